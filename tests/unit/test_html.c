/* test_html.c - pages are well-formed, escape what they show, and say what matters. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "html.h"
#include "scene.h"
#include "xml.h"

#define STEP(name, more) "<step type=\"T\" name=\"" name "\"><action>t</action>" more "</step>"
#define IF_X                                                                                       \
    "<condition><expression type=\"SMS_TaskSequence_VariableConditionExpression\">"                \
    "<variable name=\"Operator\">equals</variable><variable name=\"Value\">1</variable>"           \
    "<variable name=\"Variable\">X</variable></expression></condition>"
#define FAIL                                                                                       \
    "<defaultVarList><variable name=\"Code\" property=\"Code\">5</variable></defaultVarList>"

static const char body[] = "<group name=\"Group &lt;b&gt; &amp; &quot;q&quot;\">" STEP("A", "")
    STEP("B", IF_X) "</group>" STEP("C", FAIL) STEP("D", "");

typedef struct told {
    scene s;
    ts_record *record;
    ts_story *story;
    ts_coverage *coverage;
} told;

static void tell(told *t, const char *x)
{
    scene_open(&t->s, body);
    t->record = ts_record_new(TS_RECORD_REPORT, NULL);
    t->coverage = ts_coverage_new(NULL);
    assert_true(ts_coverage_add_bundle(t->coverage, t->s.bundle, NULL));
    assert_true(ts_events_add(&t->s.events, ts_record_sink(t->record)));
    assert_true(ts_events_add(&t->s.events, ts_coverage_sink(t->coverage)));
    assert_true(ts_vars_set(t->s.vars, "X", x, 0, NULL));
    scene_run(&t->s);
    t->story = ts_story_new(t->record, NULL);
    assert_non_null(t->story);
}

static void untell(told *t)
{
    ts_story_free(t->story);
    ts_record_free(t->record);
    ts_coverage_free(t->coverage);
    scene_close(&t->s);
}

/* Behind the DOCTYPE the page is XML, which our own parser reads (and it refuses a DOCTYPE). */
static void assert_well_formed(const ts_buf *page)
{
    const char *text = strchr(ts_buf_text(page), '\n');
    ts_err *err = NULL;
    assert_non_null(text);
    ts_xml_source source = {.file = "page.html",
                            .data = text,
                            .size = strlen(text),
                            .max = 10000000,
                            .expected = "a page"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, &err);
    if (!doc)
        fail_msg("%s", ts_err_text(err));
    assert_string_equal(ts_xml_root(doc)->name, "html");
    ts_xml_free(doc);
}

static void page_of_a_run_is_well_formed_and_escaped(void **state)
{
    TS_UNUSED(state);
    told t;
    ts_buf page;
    tell(&t, "2");
    ts_buf_init(&page, 1000000);
    ts_html_begin(&page, "A <title> & \"more\"\x01", "");
    ts_html_story(&page, t.story);
    ts_html_error(&page, "<machine>", "it's & broken\xff");
    ts_html_end(&page);
    assert_well_formed(&page);
    const char *text = ts_buf_text(&page);
    assert_non_null(strstr(text, "Group &lt;b&gt; &amp; &quot;q&quot;"));
    assert_non_null(strstr(text, "<title>A &lt;title&gt; &amp; &quot;more&quot;?</title>"));
    assert_non_null(strstr(text, "Step 'C' ("));
    assert_non_null(strstr(text, "Disks: nothing is wiped before the failure."));
    assert_non_null(strstr(text, "failed with 5 (access denied). "));
    assert_non_null(strstr(text, "condition wants")); /* why B is skipped */
    assert_non_null(strstr(text, "1 step not reached, from 'D'"));
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http://www.w3.org/1999/xhtml\" src"));
    ts_buf_done(&page);
    untell(&t);
}

static void page_of_many_machines_groups_those_that_go_alike(void **state)
{
    TS_UNUSED(state);
    told a, b;
    tell(&a, "1");
    tell(&b, "2");
    ts_html_machine machines[40];
    for (size_t i = 0; i < TS_COUNT(machines); i++) {
        char *name = ts_sprintf("pc-%02zu", i);
        machines[i].story = a.story;
        machines[i].column = ts_column_new(name, a.story, NULL);
        free(name);
    }
    ts_buf page;
    ts_buf_init(&page, 10000000);
    ts_html_begin(&page, "many", "sub");
    ts_html_machines(&page, a.story->sequence, machines, TS_COUNT(machines));
    ts_html_end(&page);
    assert_well_formed(&page);
    assert_non_null(strstr(ts_buf_text(&page), "40 machines, 1 different course<"));
    assert_non_null(strstr(ts_buf_text(&page), "40 would fail"));
    assert_non_null(strstr(ts_buf_text(&page), "A 40 machines"));
    ts_buf_done(&page);
    for (size_t i = 0; i < TS_COUNT(machines); i++) {
        union {
            const ts_column *in;
            ts_column *out;
        } u = {.in = machines[i].column};
        ts_column_free(u.out);
    }
    untell(&a);
    untell(&b);
}

static void page_of_tests_and_coverage_is_well_formed(void **state)
{
    TS_UNUSED(state);
    told t;
    ts_buf page;
    tell(&t, "2");
    ts_test_report *report = ts_test_report_new(NULL);
    ts_test_file *file = ts_test_report_file(report, "a&b_test.lua", NULL);
    ts_test_case one = {
        .suite = "s", .name = "<n>", .state = TS_TEST_FAILED, .text = "a < b\n\x02"};
    assert_true(ts_test_report_case(report, file, &one, NULL));
    assert_true(ts_test_report_error(report, file, "broken & \"so\"", NULL));
    assert_non_null(
        ts_coverage_add_lua(t.coverage, "s.lua", "-- <c>\nlocal x = 1\nend\n", 23, NULL));
    ts_buf_init(&page, 1000000);
    ts_html_begin(&page, "Tests", "");
    ts_html_tests(&page, report);
    ts_html_coverage(&page, t.coverage);
    ts_html_end(&page);
    assert_well_formed(&page);
    ts_buf_done(&page);
    ts_test_report_free(report);
    untell(&t);
}

static void coverage_counts_steps_outcomes_and_error_edges(void **state)
{
    TS_UNUSED(state);
    told t;
    ts_cover_totals totals;
    tell(&t, "2");
    ts_coverage_totals(t.coverage, &totals);
    assert_int_equal(totals.steps, 4);
    assert_int_equal(totals.steps_seen, 2); /* A, C */
    assert_int_equal(totals.outcomes, 2);
    assert_int_equal(totals.outcomes_seen, 1); /* X equals 1: false */
    assert_int_equal(totals.edges_seen, 1);
    assert_true(ts_coverage_percent(&totals) > 49.9 && ts_coverage_percent(&totals) < 50.1);
    assert_true(ts_vars_set(t.s.vars, "X", "1", 0, NULL));
    scene_run(&t.s);
    ts_coverage_totals(t.coverage, &totals);
    assert_int_equal(totals.steps_seen, 3);
    assert_int_equal(totals.outcomes_seen, 2);
    ts_buf xml;
    ts_buf_init(&xml, 100000);
    assert_true(ts_coverage_cobertura(t.coverage, 1700000000, &xml, NULL));
    assert_non_null(strstr(ts_buf_text(&xml), "condition-coverage=\"100% (2/2)\""));
    assert_non_null(strstr(ts_buf_text(&xml), "lines-covered=\"3\" lines-valid=\"4\""));
    ts_buf_done(&xml);
    untell(&t);
}

static void lua_lines_without_code_do_not_count(void **state)
{
    TS_UNUSED(state);
    static const char script[] = "-- comment\n\nlocal x = {\n  a = 1,\n}\n--[[ long\ntext ]]\n"
                                 "if x then\n  f()\nelse\n  g()\nend\nreturn x\n";
    ts_coverage *coverage = ts_coverage_new(NULL);
    ts_cover_lua *lua = ts_coverage_add_lua(coverage, "x.lua", script, sizeof script - 1, NULL);
    ts_cover_totals totals;
    ts_coverage_totals(coverage, &totals);
    assert_int_equal(totals.lines, 6); /* 3, 4, 8, 9, 11, 13 */
    ts_coverage_line(lua, 8);
    ts_coverage_line(lua, 8);
    ts_coverage_line(lua, 0);
    ts_coverage_line(lua, 1000);
    ts_coverage_totals(coverage, &totals);
    assert_int_equal(totals.lines_seen, 1);
    assert_ptr_equal(ts_coverage_add_lua(coverage, "x.lua", "", 0, NULL), lua);
    ts_coverage_free(coverage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_of_a_run_is_well_formed_and_escaped),
        cmocka_unit_test(page_of_many_machines_groups_those_that_go_alike),
        cmocka_unit_test(page_of_tests_and_coverage_is_well_formed),
        cmocka_unit_test(coverage_counts_steps_outcomes_and_error_edges),
        cmocka_unit_test(lua_lines_without_code_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
