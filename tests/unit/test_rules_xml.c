/* test_rules_xml.c - the rules document of Set Dynamic Variables. */
#include "check.h"

#include <stdio.h>

#include <ts/mem.h>
#include <ts/rules.h>

#define TYPE(name) "type=\"SMS_TaskSequence_" name "ConditionExpression\""
#define SET(name, secret, value)                                                                   \
    "<Variables><Variable Name=\"" name "\" IsSecret=\"" secret "\">" value                        \
    "</Variable></Variables>"

static const ts_rules *parse(const char *text)
{
    ts_err *err = NULL;
    const ts_rules *rules = ts_rules_parse(text, "s.xml", 40, &err);
    if (!rules)
        fail_msg("%s", ts_err_text(err));
    return rules;
}

static void refused(const char *text, ts_code code, const char *phrase)
{
    ts_err *err = NULL;
    assert_null(ts_rules_parse(text, "s.xml", 40, &err));
    if (ts_err_code(err) != code || !strstr(ts_err_text(err), phrase))
        fail_msg("expected '%s', got '%s'", phrase, ts_err_text(err));
    ts_err_free(err);
}

static void rules_keep_order_conditions_and_secrets(void **state)
{
    (void)state;
    const ts_rules *r = parse("<Rules><Rule>" SET(
        "A", "false",
        "1") "</Rule>\n"
             "<Rule><condition><expression " TYPE(
                 "Variable") "><variable name=\"Operator\">equals</variable><variable "
                             "name=\"Value\">x</variable><variable name=\"Variable\">V</variable>"
                             "</expression></condition>"
                             "<Variables><Variable Name=\"B\" IsSecret=\"True\">s&amp;1</Variable>"
                             "<Variable Name=\"C\">\n</Variable></Variables></Rule></Rules>\n");
    assert_int_equal(r->n_rules, 2);
    assert_null(r->rules[0].condition);
    assert_string_equal(r->rules[0].variables[0].name, "A");
    assert_string_equal(r->rules[0].variables[0].value, "1");
    assert_false(r->rules[0].variables[0].secret);
    assert_int_equal(r->rules[0].line, 40);
    assert_int_equal(r->rules[1].line, 41);
    assert_int_equal(r->rules[1].condition->kind, TS_COND_VARIABLE);
    assert_int_equal(r->rules[1].n_variables, 2);
    assert_true(r->rules[1].variables[0].secret);
    assert_string_equal(r->rules[1].variables[0].value, "s&1");
    assert_string_equal(r->rules[1].variables[1].value, "");
    assert_int_equal(r->n_warnings, 0);
    ts_rules_free(r);
}

static void condition_types_of_rules_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *reads;
        ts_cond_kind kind;
    } cases[] = {
        {"<expression " TYPE("MakeModel") "><variable name=\"Make\">Dell*</variable><variable "
                                          "name=\"Model\">XPS 1?</variable></expression>",
         "Make like \"Dell*\" and Model like \"XPS 1?\"", TS_COND_MAKE_MODEL},
        {"<expression " TYPE("Computer") "><variable name=\"AssetTag\"/><variable "
                                         "name=\"MACAddress\">00:11</variable><variable "
                                         "name=\"SerialNumber\">S1</variable>"
                                         "<variable name=\"UUID\"/></expression>",
         "MACAddress like \"00:11\" or SerialNumber like \"S1\"", TS_COND_COMPUTER},
        {"<expression " TYPE("Location") "><variable name=\"DefaultGateway\">10.0.0.1</variable>"
                                         "</expression>",
         "DefaultGateway like \"10.0.0.1\"", TS_COND_LOCATION},
        {"<expression " TYPE("Computer") "/>",
         "(SMS_TaskSequence_ComputerConditionExpression without a value)", TS_COND_COMPUTER},
        {"<expression type=\"Other\"/>", "unknown condition 'Other'", TS_COND_UNKNOWN},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        char text[1000];
        snprintf(text, sizeof text, "<Rules><Rule><condition>%s</condition>%s</Rule></Rules>",
                 cases[i].xml, SET("A", "false", "1"));
        const ts_rules *r = parse(text);
        assert_int_equal(r->rules[0].condition->kind, cases[i].kind);
        char *reads = ts_cond_describe(r->rules[0].condition);
        assert_string_equal(reads, cases[i].reads);
        free(reads);
        ts_rules_free(r);
    }
}

static void blank_text_has_no_rules(void **state)
{
    (void)state;
    static const char *const blank[] = {"", " \n", "<Rules/>"};
    for (size_t i = 0; i < TS_COUNT(blank); i++) {
        const ts_rules *r = parse(blank[i]);
        assert_int_equal(r->n_rules, 0);
        ts_rules_free(r);
    }
}

static void faults_stand_where_the_setting_stands(void **state)
{
    (void)state;
    refused("<Rules>\n<Rule>", TS_SYNTAX, "s.xml:41:");
    refused("\n\n <Rulez/>", TS_SYNTAX,
            "s.xml:42:1: the rules begin with <Rulez>: expected <Rules>");
    refused("Name=Value", TS_SYNTAX, "expected '<' as the first character of the <Rules>");
}

static void odd_parts_are_warnings(void **state)
{
    (void)state;
    const ts_rules *r = parse("<Rules><Rule><Variables><Variable Name=\"\" IsSecret=\"perhaps\" "
                              "Extra=\"1\">x</Variable></Variables></Rule><Rulle/></Rules>");
    assert_int_equal(r->n_warnings, 4);
    assert_string_equal(r->warnings[0].rule, "load-missing-name");
    assert_string_equal(r->warnings[1].rule, "load-bad-value");
    assert_string_equal(r->warnings[2].rule, "load-unknown-attribute");
    assert_non_null(strstr(r->warnings[3].text, "did you mean 'Rule'?"));
    ts_rules_free(r);
}

static void number_of_rules_is_limited(void **state)
{
    (void)state;
    size_t size = (size_t)(TS_RULES_MAX + 1) * 7 + 20;
    char *text = malloc(size), *p = text;
    assert_non_null(text);
    p += snprintf(p, size, "<Rules>");
    for (unsigned i = 0; i <= TS_RULES_MAX; i++, p += 7)
        memcpy(p, "<Rule/>", 7);
    memcpy(p, "</Rules>", 9);
    refused(text, TS_LIMIT, "more than 10000 rules");
    memset(strstr(text, "<Rule/>"), ' ', 7); /* one less */
    const ts_rules *r = parse(text);
    assert_int_equal(r->n_rules, TS_RULES_MAX);
    ts_rules_free(r);
    free(text);
}

static void size_of_rules_is_limited(void **state)
{
    (void)state;
    char *text = malloc(TS_RULES_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, ' ', TS_RULES_BYTES_MAX + 1);
    memcpy(text, "<Rules/>", 8);
    text[TS_RULES_BYTES_MAX + 1] = '\0';
    refused(text, TS_LIMIT, "more than the limit of 4194304");
    text[TS_RULES_BYTES_MAX] = '\0';
    ts_rules_free(parse(text));
    free(text);
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    const char *text = "<Rules x=\"1\"><Rule><condition/>" SET("A", "true", "1") "</Rule></Rules>";
    ts_alloc_fail_at(0);
    ts_rules_free(parse(text));
    uint64_t calls = ts_alloc_fail_at(0);
    for (uint64_t n = 1; n <= calls; n++) {
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        const ts_rules *r = ts_rules_parse(text, "s.xml", 1, &err);
        ts_alloc_fail_at(0);
        assert_null(r);
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_keep_order_conditions_and_secrets),
        cmocka_unit_test(condition_types_of_rules_are_known),
        cmocka_unit_test(blank_text_has_no_rules),
        cmocka_unit_test(faults_stand_where_the_setting_stands),
        cmocka_unit_test(odd_parts_are_warnings),
        cmocka_unit_test(number_of_rules_is_limited),
        cmocka_unit_test(size_of_rules_is_limited),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
