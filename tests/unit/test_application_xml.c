/* test_application_xml.c - catalogues of applications: each limit, one below and one beyond. */
#include "many.h"

#include <ts/application.h>
#include <ts/mem.h>
#include <ts/text.h>

static ts_code code_of(const char *text, size_t size)
{
    ts_err *err = NULL;
    ts_applications *c = ts_applications_parse("a.xml", text, size, &err);
    ts_code code = ts_err_code(err);
    assert_true((c != NULL) == (code == TS_OK));
    ts_err_free(err);
    ts_applications_free(c);
    return code;
}

static ts_code code_of_many(const char *head, const char *before, const char *after, size_t n,
                            const char *tail)
{
    ts_buf text = many(TS_APPLICATIONS_BYTES_MAX, head, before, after, n, tail);
    ts_code code = code_of(text.data, text.len);
    ts_buf_done(&text);
    return code;
}

static ts_code code_of_applications(size_t n)
{
    return code_of_many("<applications>", "<application command='c' name='", "'/>", n,
                        "</applications>");
}

static ts_code code_of_codes(size_t n)
{
    return code_of_many("<applications><application name='A' command='c' success='", "", " ", n,
                        "'/></applications>");
}

static ts_code code_of_detections(size_t n)
{
    return code_of_many("<applications><application name='A' command='c'>", "<detect file='", "'/>",
                        n, "</application></applications>");
}

static ts_code code_of_requirements(size_t n)
{
    return code_of_many("<applications><application name='A' command='c'>", "<require product='",
                        "'/>", n, "</application></applications>");
}

static ts_code code_of_dependencies(size_t n)
{
    return code_of_many("<applications><application name='1' command='c'/>"
                        "<application name='A' command='c'>",
                        "<dependency name='1'/><!--", "-->", n, "</application></applications>");
}

static void lists_of_an_application_have_a_limit(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(code_of_codes(TS_APPLICATION_CODES_MAX), TS_OK);
    assert_int_equal(code_of_codes(TS_APPLICATION_CODES_MAX + 1), TS_SYNTAX);
    assert_int_equal(code_of_detections(TS_APPLICATION_ITEMS_MAX), TS_OK);
    assert_int_equal(code_of_detections(TS_APPLICATION_ITEMS_MAX + 1), TS_SYNTAX);
    assert_int_equal(code_of_requirements(TS_APPLICATION_ITEMS_MAX), TS_OK);
    assert_int_equal(code_of_requirements(TS_APPLICATION_ITEMS_MAX + 1), TS_SYNTAX);
    assert_int_equal(code_of_dependencies(TS_APPLICATION_ITEMS_MAX), TS_OK);
    assert_int_equal(code_of_dependencies(TS_APPLICATION_ITEMS_MAX + 1), TS_SYNTAX);
}

static void catalogue_has_a_limit(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(code_of_applications(TS_APPLICATIONS_MAX + 1), TS_LIMIT);
    char *text = ts_alloc(TS_APPLICATIONS_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, ' ', TS_APPLICATIONS_BYTES_MAX + 1);
    memcpy(text, "<applications/>", 15);
    assert_int_equal(code_of(text, TS_APPLICATIONS_BYTES_MAX), TS_OK);
    assert_int_equal(code_of(text, TS_APPLICATIONS_BYTES_MAX + 1), TS_LIMIT);
    free(text);
}

/* Longest chain that a catalogue can have: looking for cycles must not run out of stack. */
static void chain_of_all_applications_is_no_cycle(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, TS_APPLICATIONS_BYTES_MAX);
    ts_buf_str(&text, "<applications>");
    for (size_t i = 0; i + 1 < TS_APPLICATIONS_MAX; i++)
        ts_buf_printf(&text,
                      "<application name='%zu' command='c'><dependency name='%zu'/></application>",
                      i, i + 1);
    ts_buf_printf(&text, "<application name='%u' command='c'/></applications>",
                  TS_APPLICATIONS_MAX - 1);
    assert_int_equal(code_of(text.data, text.len), TS_OK);
    ts_buf_done(&text);
}

static void assert_error(const char *text, const char *expected)
{
    ts_err *err = NULL;
    assert_null(ts_applications_parse("a.xml", text, strlen(text), &err));
    assert_string_equal(ts_err_text(err), expected);
    ts_err_free(err);
}

/* Names tell case apart, ids do not; of several that fit the first of the file counts. */
static void application_is_found_by_name_and_by_id(void **state)
{
    TS_UNUSED(state);
    static const char text[] = "<applications><program package='P' name='x' command='c'/>"
                               "<application name='b' id='Scope/1' command='c'/>"
                               "<application name='B' id='scope/2' command='c'/>"
                               "<application name='c' id='SCOPE/1' command='c'/>"
                               "<application name='a' id='x' command='c'/></applications>";
    static const struct {
        const char *name;
        char first; /* first letter of the one that is found; 0: none */
    } cases[] = {{"b", 'b'},     {"B", 'B'}, {"scope/1", 'b'}, {"SCOPE/2", 'B'}, {"C", 0},
                 {"Scope/3", 0}, {"X", 'a'}, {"", 0},          {"a", 'a'}};
    ts_applications *c = ts_applications_parse("a.xml", text, strlen(text), NULL);
    assert_non_null(c);
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        const ts_application *a = ts_applications_find(c, cases[i].name);
        assert_int_equal(a ? a->name[0] : 0, cases[i].first);
    }
    ts_applications_free(c);
}

static void name_given_twice_is_an_error_with_its_line(void **state)
{
    TS_UNUSED(state);
    assert_error("<applications>\n<application name='b' command='c'/>\n"
                 "<application name='a' command='c'/>\n<application name='b' command='c'/>\n"
                 "</applications>",
                 "a.xml:4: application 'b' is there twice");
    assert_error("<applications>\n<application name='b' id='N' command='c'/>\n"
                 "<application name='n' command='c'/>\n</applications>",
                 "a.xml:3: application 'n' is there twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_an_application_have_a_limit),
        cmocka_unit_test(application_is_found_by_name_and_by_id),
        cmocka_unit_test(name_given_twice_is_an_error_with_its_line),
        cmocka_unit_test(catalogue_has_a_limit),
        cmocka_unit_test(chain_of_all_applications_is_no_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
