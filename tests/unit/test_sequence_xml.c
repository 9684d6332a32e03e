/* test_sequence_xml.c - the quirks of real sequence files, each with a small document of its own.
 * Facts: docs/reference on the file format (counts over real sequences), ConfigMgr SDK reference.
 */
#include "load.h"

#include <stdio.h>

#include <ts/condition.h>

static const ts_sequence *only(const ts_bundle *bundle)
{
    assert_int_equal(ts_bundle_count(bundle), 1);
    return ts_bundle_get(bundle, 0);
}

/* --- Structure ----------------------------------------------------------------------------- */

static void nodes_are_in_document_order_with_lines_and_ends(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence version=\"3.10\">\n"
                             "<step name=\"first\"><action>a</action></step>\n"
                             "<group name=\"G\">\n"
                             "<group name=\"H\"/>\n"
                             "<step name=\"in\">\n<action>b</action></step>\n"
                             "</group>\n"
                             "<subtasksequence name=\"child\"><action>SubTasksequence.exe</action>"
                             "</subtasksequence>\n"
                             "</sequence>");
    const ts_sequence *s = only(b);
    static const struct {
        const char *path;
        ts_node_kind kind;
        uint32_t line, end;
    } expected[] = {
        {"first#1", TS_NODE_STEP, 2, 1},        {"G#1", TS_NODE_GROUP, 3, 4},
        {"G/H#1", TS_NODE_GROUP, 4, 3},         {"G/in#1", TS_NODE_STEP, 5, 4},
        {"child#1", TS_NODE_SUBSEQUENCE, 8, 5},
    };
    assert_int_equal(s->n_nodes, TS_COUNT(expected));
    for (uint32_t i = 0; i < TS_COUNT(expected); i++) {
        assert_string_equal(s->nodes[i].path, expected[i].path);
        assert_int_equal(s->nodes[i].kind, expected[i].kind);
        assert_int_equal(s->nodes[i].line, expected[i].line);
        assert_int_equal(s->nodes[i].index, i);
        assert_int_equal(s->nodes[i].end, expected[i].end);
    }
    assert_null(s->nodes[1].parent);
    assert_ptr_equal(s->nodes[3].parent, &s->nodes[1]);
    assert_int_equal(s->nodes[3].action_line, 6);
    assert_string_equal(s->version, "3.10");
    assert_int_equal(s->line, 1);
    assert_int_equal(s->n_warnings, 0);
    ts_bundle_free(b);
}

static void repeated_names_are_told_apart_by_number(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><group name=\"G\"><step name=\"Restart\"/></group>"
                             "<group name=\"G\"><step name=\"Restart\"/><step name=\"Restart\"/>"
                             "</group><step name=\"\"/><step/></sequence>");
    const ts_sequence *s = only(b);
    static const char *const paths[] = {"G#1",         "G/Restart#1", "G#2", "G/Restart#2",
                                        "G/Restart#3", "#1",          "#2"};
    for (size_t i = 0; i < TS_COUNT(paths); i++)
        assert_string_equal(s->nodes[i].path, paths[i]);
    ts_bundle_free(b);
}

static void names_keep_variables_quotes_and_brackets(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><step name=\"[x] &quot;Set&quot; %Model% R&amp;D ...\"/>"
                             "</sequence>");
    assert_string_equal(only(b)->nodes[0].name, "[x] \"Set\" %Model% R&D ...");
    ts_bundle_free(b);
}

static void long_paths_are_cut_from_the_front(void **state)
{
    (void)state;
    char name[700], text[3000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    snprintf(text, sizeof text,
             "<sequence><group name=\"%s\"><group name=\"%s\"><step name=\"in\"/></group></group>"
             "</sequence>",
             name, name);
    ts_bundle *b = load_text(text);
    const ts_sequence *s = only(b);
    assert_int_equal(strlen(s->nodes[1].path), 4 + 699 + 2); /* ".../" + name + "#1" */
    assert_memory_equal(s->nodes[1].path, ".../nnn", 7);
    assert_string_equal(s->nodes[2].path + 4 + 699, "/in#1");
    ts_bundle_free(b);
}

static void sequence_without_groups_or_steps_loads(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence version=\"3.10\"/>");
    assert_int_equal(only(b)->n_nodes, 0);
    ts_bundle_free(b);
    b = load_text("<sequence><group name=\"a\"/><group name=\"b\"><action/></group></sequence>");
    assert_int_equal(only(b)->n_nodes, 2);
    assert_int_equal(only(b)->nodes[1].end, 2);
    assert_int_equal(only(b)->n_warnings, 0);
    ts_bundle_free(b);
}

static void children_of_a_step_come_in_any_order(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "<action>cmd</action>",
        ("<condition><expression type=\"SMS_TaskSequence_FolderConditionExpression\"><variable "
         "name=\"Path\">C:\\</variable></expression></condition>"),
        "<defaultVarList><variable name=\"V\" property=\"P\">1</variable></defaultVarList>"};
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < TS_COUNT(orders); i++) {
        char text[1000];
        snprintf(text, sizeof text, "<sequence><step name=\"s\">%s%s%s</step></sequence>",
                 parts[orders[i][0]], parts[orders[i][1]], parts[orders[i][2]]);
        ts_bundle *b = load_text(text);
        const ts_node *n = &only(b)->nodes[0];
        assert_string_equal(n->action, "cmd");
        assert_int_equal(n->condition->kind, TS_COND_FOLDER);
        assert_string_equal(ts_node_setting(n, "p"), "1");
        assert_int_equal(only(b)->n_warnings, 0);
        ts_bundle_free(b);
    }
}

static void group_condition_may_follow_its_steps(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><group name=\"g\"><action/><step name=\"s\"/><condition/>"
                             "</group></sequence>");
    assert_non_null(only(b)->nodes[0].condition);
    assert_int_equal(only(b)->nodes[0].end, 2);
    ts_bundle_free(b);
}

static void global_variables_may_come_last_and_twice(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence>\n"
                             "<globalVarList><variable name=\"A\" property=\"A\">1</variable>"
                             "</globalVarList>\n<group name=\"g\"/>\n"
                             "<globalVarList><variable name=\"B\">2</variable>\n"
                             "<variable name=\"a\">3</variable></globalVarList></sequence>");
    const ts_sequence *s = only(b);
    assert_int_equal(s->n_globals, 3);
    assert_string_equal(s->globals[0].name, "A");
    assert_string_equal(s->globals[1].value, "2");
    assert_null(s->globals[1].property);
    assert_int_equal(s->globals[2].line, 5);
    assert_int_equal(warnings_of(s, "load-repeated-variable", 5), 1);
    ts_bundle_free(b);
}

static void references_are_kept(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><referenceList><reference package=\"ABC00001\"/>\n"
                             "<reference package=\"ABC00002\" program=\"*\"/>"
                             "<reference application=\"ScopeId_1/Application_2\"/>"
                             "</referenceList></sequence>");
    const ts_sequence *s = only(b);
    assert_int_equal(s->n_references, 3);
    assert_string_equal(s->references[0].package, "ABC00001");
    assert_string_equal(s->references[0].program, "");
    assert_string_equal(s->references[1].program, "*");
    assert_int_equal(s->references[1].line, 2);
    assert_string_equal(s->references[2].application, "ScopeId_1/Application_2");
    assert_string_equal(s->references[2].package, "");
    ts_bundle_free(b);
}

/* --- Attributes ---------------------------------------------------------------------------- */

static void step_attributes_are_read(void **state)
{
    (void)state;
    ts_bundle *b = load_text(
        "<sequence name=\"N\" description=\"D\" version=\"3.00\"><step type=\"T\" name=\"s\" "
        "description=\"d\" disable=\"true\" continueOnError=\"TRUE\" runIn=\"WinPE\" "
        "startIn=\"X:\\\" timeout=\"900\" retryCount=\"2\" runFromNet=\"false\" "
        "successCodeList=\"0 3010 3221225786 -1\"/></sequence>");
    const ts_sequence *s = only(b);
    const ts_node *n = &s->nodes[0];
    static const int64_t codes[] = {0, 3010, 3221225786, -1};
    assert_string_equal(s->name, "N");
    assert_string_equal(s->description, "D");
    assert_string_equal(n->type, "T");
    assert_string_equal(n->description, "d");
    assert_string_equal(n->start_in, "X:\\");
    assert_true(n->disabled && n->continue_on_error);
    assert_int_equal(n->run_in, TS_PHASE_WINPE);
    assert_int_equal(n->timeout, 900);
    assert_int_equal(n->retry_count, 2);
    assert_int_equal(n->n_success, 4);
    assert_memory_equal(n->success, codes, sizeof codes);
    assert_int_equal(s->n_warnings, 0);
    ts_bundle_free(b);
}

static void absent_attributes_have_their_defaults(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><step name=\"s\"/><step type=\"BDD_Gather\"/>"
                             "<step runIn=\"FullOS\" successCodeList=\" \"/>"
                             "<step runIn=\"WinPEandFullOS\"/></sequence>");
    const ts_node *n = only(b)->nodes;
    assert_false(n->disabled || n->continue_on_error);
    assert_int_equal(n->run_in, TS_PHASE_ANY);
    assert_int_equal(n->timeout, 0);
    assert_int_equal(n[0].n_success, 2); /* a command line: 0 and 3010 */
    assert_int_equal(n[0].success[1], 3010);
    assert_int_equal(n[1].n_success, 1); /* a native step: 0 */
    assert_int_equal(n[1].success[0], 0);
    assert_int_equal(n[2].run_in, TS_PHASE_FULL_OS);
    assert_int_equal(n[2].n_success, 2);
    assert_int_equal(n[3].run_in, TS_PHASE_ANY);
    assert_string_equal(n->action, "");
    assert_int_equal(n->action_line, 0);
    ts_bundle_free(b);
}

static void bad_values_are_warnings_with_their_line(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence version=\"4.00\">\n<step disable=\"maybe\"/>\n"
                             "<step timeout=\"soon\"/>\n<step runIn=\"Mars\"/>\n"
                             "<step successCodeList=\"0 x 5\"/>\n<step runFromNet=\"true\"/>\n"
                             "</sequence>");
    const ts_sequence *s = only(b);
    assert_int_equal(warnings_of(s, "load-unknown-version", 1), 1);
    for (uint32_t line = 2; line <= 5; line++)
        assert_int_equal(warnings_of(s, "load-bad-value", line), 1);
    assert_int_equal(warnings_of(s, "load-run-from-net", 6), 1);
    assert_false(s->nodes[0].disabled);
    assert_int_equal(s->nodes[3].n_success, 2); /* 0 and 5 */
    assert_int_equal(s->nodes[3].success[1], 5);
    ts_bundle_free(b);
}

static void stray_attributes_are_warnings(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence>\n<step successCodes=\"0 3010\" successCodeList=\"0\"/>\n"
                             "<step successCodes=\"7\"/>\n<step Disable=\"true\"/>\n"
                             "<group expand=\"true\"/>\n<stepp/>\n</sequence>");
    const ts_sequence *s = only(b);
    assert_int_equal(warnings_of(s, "load-unknown-attribute", 2), 1);
    assert_int_equal(s->nodes[0].n_success, 1);
    assert_int_equal(s->nodes[1].success[0],
                     7); /* nothing better there: MDT's misspelling counts */
    assert_int_equal(warnings_of(s, "load-unknown-attribute", 4), 1);
    assert_false(s->nodes[2].disabled);
    assert_non_null(strstr(s->warnings[2].text, "did you mean 'disable'?"));
    assert_int_equal(warnings_of(s, "load-unknown-attribute", 5), 0);
    assert_int_equal(warnings_of(s, "load-unknown-element", 6), 1);
    ts_bundle_free(b);
}

/* --- Variables and actions ----------------------------------------------------------------- */

static void settings_keep_hidden_and_empty(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><step name=\"s\"><defaultVarList>\n"
                             "<variable name=\"OSDx\" property=\"x\" hidden=\"true\">v</variable>\n"
                             "<variable name=\"e\" property=\"e\"/>\n"
                             "<variable name=\"w\" property=\"w\">\n     </variable>\n"
                             "<variable name=\"t\" property=\"t\"> keep me </variable>\n"
                             "<variable property=\"only\">o</variable>\n"
                             "<variable>lost</variable>"
                             "</defaultVarList></step></sequence>");
    const ts_sequence *s = only(b);
    const ts_node *n = &s->nodes[0];
    assert_int_equal(n->n_settings, 5);
    assert_true(n->settings[0].hidden);
    assert_string_equal(n->settings[0].name, "OSDx");
    assert_string_equal(n->settings[0].property, "x");
    assert_int_equal(n->settings[0].line, 2);
    assert_string_equal(n->settings[1].value, "");
    assert_string_equal(n->settings[2].value, ""); /* pretty-printed "empty" */
    assert_string_equal(n->settings[3].value, " keep me ");
    assert_string_equal(n->settings[4].name, "only");
    assert_int_equal(warnings_of(s, "load-missing-name", 0), 2);
    ts_bundle_free(b);
}

static void escaped_and_encoded_values_stay_as_they_are(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><step><defaultVarList>"
                             "<variable name=\"r\">&lt;Rules&gt;&lt;/Rules&gt;\n</variable>"
                             "<variable name=\"p\">//5zAA==</variable>"
                             "</defaultVarList></step></sequence>");
    assert_string_equal(ts_node_setting(only(b)->nodes, "r"), "<Rules></Rules>\n");
    assert_string_equal(ts_node_setting(only(b)->nodes, "p"), "//5zAA==");
    ts_bundle_free(b);
}

static void actions_keep_blanks_line_ends_and_quotes(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence><step><action>cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf"
                             "</action></step>"
                             "<step><action>OsdDownloadContent.exe </action></step>"
                             "<step><action>cmd /c a &amp;&amp;\nb</action></step>"
                             "<step><action><![CDATA[a < b]]></action></step></sequence>");
    const ts_node *n = only(b)->nodes;
    assert_string_equal(n[0].action, "cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf");
    assert_string_equal(n[1].action, "OsdDownloadContent.exe ");
    assert_string_equal(n[2].action, "cmd /c a &&\nb");
    assert_string_equal(n[3].action, "a < b");
    ts_bundle_free(b);
}

static void windows_line_ends_load_like_others(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<?xml version=\"1.0\"?>\r\n<sequence>\r\n<step description=\"a&#xD;"
                             "&#xA;b\">\r\n<action>x</action>\r\n</step>\r\n</sequence>\r\n");
    assert_int_equal(only(b)->nodes[0].line, 3);
    assert_int_equal(only(b)->nodes[0].action_line, 4);
    assert_string_equal(only(b)->nodes[0].description, "a\r\nb");
    ts_bundle_free(b);
}

static void what_does_not_belong_is_said(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence>\n<step>\n"
                             "<expression type=\"SMS_TaskSequence_FolderConditionExpression\"/>\n"
                             "<action>one</action>\n<action>two</action>text</step>\n"
                             "<group>\n<action>three</action></group>\n</sequence>");
    const ts_sequence *s = only(b);
    assert_null(s->nodes[0].condition); /* MDT's stray expression is no condition */
    assert_int_equal(warnings_of(s, "load-stray-expression", 3), 1);
    assert_string_equal(s->nodes[0].action, "one");
    assert_int_equal(warnings_of(s, "load-stray-action", 5), 1);
    assert_int_equal(warnings_of(s, "load-stray-text", 5), 1);
    assert_int_equal(warnings_of(s, "load-stray-action", 7), 1);
    assert_string_equal(s->nodes[1].action, "");
    ts_bundle_free(b);
}

static void two_conditions_must_both_hold(void **state)
{
    (void)state;
    ts_bundle *b = load_text(
        "<sequence>\n<step><condition><expression "
        "type=\"SMS_TaskSequence_FolderConditionExpression\"><variable name=\"Path\">a</variable>"
        "</expression></condition>\n<condition/></step></sequence>");
    const struct ts_cond *c = only(b)->nodes[0].condition;
    assert_int_equal(c->kind, TS_COND_AND);
    assert_int_equal(c->n_children, 2);
    assert_int_equal(c->children[0]->kind, TS_COND_FOLDER);
    assert_int_equal(warnings_of(only(b), "load-second-condition", 3), 1);
    ts_bundle_free(b);
}

/* --- Bounds -------------------------------------------------------------------------------- */

static char *many(const char *one, size_t count)
{
    size_t n = strlen(one);
    char *text = malloc(n * count + 40), *p = text;
    assert_non_null(text);
    p += sprintf(p, "<sequence>");
    for (size_t i = 0; i < count; i++, p += n)
        memcpy(p, one, n);
    sprintf(p, "</sequence>");
    return text;
}

static void node_limit_holds(void **state)
{
    (void)state;
    char *text = many("<step/>", TS_SEQUENCE_NODES_MAX);
    ts_bundle *b = load_text(text);
    assert_int_equal(only(b)->n_nodes, TS_SEQUENCE_NODES_MAX);
    ts_bundle_free(b);
    free(text);
    text = many("<step/>", TS_SEQUENCE_NODES_MAX + 1);
    text_refused(text, TS_LIMIT, "200001 groups and steps are more than the limit of 200000");
    free(text);
}

static void depth_limit_is_an_error_with_a_place(void **state)
{
    (void)state;
    char *text = many("<group>", TS_SEQUENCE_DEPTH_MAX); /* not closed: the depth comes first */
    text_refused(text, TS_LIMIT, "test.xml:1:");
    free(text);
}

static void warnings_end_with_a_note(void **state)
{
    (void)state;
    char *text = many("<nope/>", TS_LOAD_WARNINGS_MAX + 50);
    ts_bundle *b = load_text(text);
    const ts_sequence *s = only(b);
    assert_int_equal(s->n_warnings, TS_LOAD_WARNINGS_MAX + 1);
    assert_string_equal(s->warnings[TS_LOAD_WARNINGS_MAX].rule, "load-more-warnings");
    ts_bundle_free(b);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_in_document_order_with_lines_and_ends),
        cmocka_unit_test(repeated_names_are_told_apart_by_number),
        cmocka_unit_test(names_keep_variables_quotes_and_brackets),
        cmocka_unit_test(long_paths_are_cut_from_the_front),
        cmocka_unit_test(sequence_without_groups_or_steps_loads),
        cmocka_unit_test(children_of_a_step_come_in_any_order),
        cmocka_unit_test(group_condition_may_follow_its_steps),
        cmocka_unit_test(global_variables_may_come_last_and_twice),
        cmocka_unit_test(references_are_kept),
        cmocka_unit_test(step_attributes_are_read),
        cmocka_unit_test(absent_attributes_have_their_defaults),
        cmocka_unit_test(bad_values_are_warnings_with_their_line),
        cmocka_unit_test(stray_attributes_are_warnings),
        cmocka_unit_test(settings_keep_hidden_and_empty),
        cmocka_unit_test(escaped_and_encoded_values_stay_as_they_are),
        cmocka_unit_test(actions_keep_blanks_line_ends_and_quotes),
        cmocka_unit_test(windows_line_ends_load_like_others),
        cmocka_unit_test(what_does_not_belong_is_said),
        cmocka_unit_test(two_conditions_must_both_hold),
        cmocka_unit_test(node_limit_holds),
        cmocka_unit_test(depth_limit_is_an_error_with_a_place),
        cmocka_unit_test(warnings_end_with_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
