/* test_vars_file.c - variables from files in their three forms. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

static ts_vars *vars;

static int setup(void **state)
{
    TS_UNUSED(state);
    vars = ts_vars_new();
    return vars ? 0 : -1;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    ts_vars_free(vars);
    return 0;
}

static void loads(const char *data, size_t size)
{
    ts_err *err = NULL;
    if (!ts_vars_load(vars, "v.txt", data, size, &err))
        fail_msg("%s", ts_err_text(err));
}

static void refused(const char *data, size_t size, ts_code code, const char *part)
{
    ts_err *err = NULL;
    assert_false(ts_vars_load(vars, "v.txt", data, size, &err));
    if (ts_err_code(err) != code || !strstr(ts_err_text(err), part))
        fail_msg("%s '%s'", ts_code_name(ts_err_code(err)), ts_err_text(err));
    ts_err_free(err);
}

#define LOADS(text)               loads(text, sizeof(text) - 1)
#define REFUSED(text, code, part) refused(text, sizeof(text) - 1, code, part)

static void lines_set_variables(void **state)
{
    TS_UNUSED(state);
    LOADS("# comment\r\n[Default]\r\n\r\n  ; another\r\n A =1\r\nPath=C:\\x=y \"q\" "
          "\r\nAdminPassword=pw-secret");
    assert_int_equal(ts_vars_count(vars), 3);
    assert_string_equal(ts_vars_text(vars, "A"), "1");
    assert_string_equal(ts_vars_text(vars, "Path"), "C:\\x=y \"q\"");
    assert_int_equal(ts_vars_get(vars, "AdminPassword")->flags, TS_VALUE_SECRET);
    LOADS("A=\n");
    assert_null(ts_vars_get(vars, "A"));
    LOADS("");
}

static void lines_that_are_wrong_are_refused_with_their_number(void **state)
{
    TS_UNUSED(state);
    REFUSED("A=1\nnonsense\n", TS_SYNTAX, "v.txt:2: a line of variables is NAME=value");
    assert_string_equal(ts_vars_text(vars, "A"), "1");
    REFUSED("A=1\n\n_SMSTSx=2", TS_REFUSED, "v.txt:3: variable '_SMSTSx' is read-only");
    REFUSED("two words=2", TS_SCHEMA, "v.txt:1: variable name 'two words'");
    REFUSED("A=\0B", TS_SYNTAX, "no text in UTF-8");
    REFUSED("A=\xFF", TS_SYNTAX, "no text in UTF-8");
}

static void utf16_and_byte_order_marks_are_understood(void **state)
{
    TS_UNUSED(state);
    LOADS("\xEF\xBB\xBF"
          "A=\xC3\xBC");
    assert_string_equal(ts_vars_text(vars, "A"), "\xC3\xBC");
    LOADS("\xFF\xFE"
          "B\0=\0\xFC\0\r\0\n\0");
    assert_string_equal(ts_vars_text(vars, "B"), "\xC3\xBC");
    LOADS("\xFE\xFF"
          "\0C\0=\0c");
    assert_string_equal(ts_vars_text(vars, "C"), "c");
}

static void json_sets_texts_numbers_and_booleans(void **state)
{
    TS_UNUSED(state);
    LOADS(" {\"A\": \"x\", \"N\": -7, \"T\": true, \"F\": false, \"Gone\": null,\n"
          "\"Pin\": {\"value\": \"123456\", \"secret\": true}, \"Open\": {\"value\": \"o\"}}");
    assert_string_equal(ts_vars_text(vars, "A"), "x");
    assert_string_equal(ts_vars_text(vars, "N"), "-7");
    assert_string_equal(ts_vars_text(vars, "T"), "True");
    assert_string_equal(ts_vars_text(vars, "F"), "False");
    assert_null(ts_vars_get(vars, "Gone"));
    assert_int_equal(ts_vars_get(vars, "Pin")->flags, TS_VALUE_SECRET);
    assert_int_equal(ts_vars_get(vars, "Open")->flags, 0);
}

static void json_that_is_wrong_is_refused_with_its_place(void **state)
{
    TS_UNUSED(state);
    REFUSED("{\"A\": ", TS_SYNTAX, "v.txt:1");
    REFUSED("{\"A\": 1,\n\"B\": []}", TS_SCHEMA, "v.txt:2");
    REFUSED("{\"A\": {\"secret\": true}}", TS_SCHEMA, "value");
    REFUSED("{\"A\": {\"value\": \"\", \"secrte\": true}}", TS_SCHEMA, "secrte");
    REFUSED("{\"_A\": \"x\"}", TS_REFUSED, "read-only");
}

static void xml_sets_variables_at_any_depth_also_the_engines(void **state)
{
    TS_UNUSED(state);
    LOADS("<?xml version=\"1.0\"?>\n<MediaVarList><var name=\"_SMSMediaGuid\">{1}</var>"
          "<x><variable name='OSDComputerName'>PC &amp; 1</variable></x>"
          "<var name=\"Pin\" secret=\"true\">998877</var></MediaVarList>");
    assert_string_equal(ts_vars_text(vars, "_SMSMediaGuid"), "{1}");
    assert_string_equal(ts_vars_text(vars, "OSDComputerName"), "PC & 1");
    assert_int_equal(ts_vars_get(vars, "Pin")->flags, TS_VALUE_SECRET);
    /* the form of media: UTF-16 with a byte order mark */
    LOADS("\xFF\xFE"
          "<\0v\0a\0r\0 \0n\0a\0m\0e\0=\0'\0Z\0'\0>\0z\0<\0/\0v\0a\0r\0>\0");
    assert_string_equal(ts_vars_text(vars, "Z"), "z");
}

static void xml_that_is_wrong_is_refused_with_its_place(void **state)
{
    TS_UNUSED(state);
    REFUSED("<vars>\n<var>x</var></vars>", TS_SYNTAX, "v.txt:2");
    REFUSED("<vars><var name='a b'>x</var></vars>", TS_SCHEMA, "v.txt:1: variable name 'a b'");
    REFUSED("<vars></vars>", TS_SCHEMA, "no variables in it");
    REFUSED("<vars><var name='a'>", TS_SYNTAX, "v.txt:1");
}

static void file_over_the_limit_or_missing_is_refused(void **state)
{
    TS_UNUSED(state);
    char *big = ts_alloc((size_t)TS_VAR_FILE_MAX + 1);
    assert_non_null(big);
    memset(big, '\n', (size_t)TS_VAR_FILE_MAX + 1);
    refused(big, (size_t)TS_VAR_FILE_MAX + 1, TS_LIMIT, "longer than");
    free(big);
    ts_err *err = NULL;
    assert_false(ts_vars_load_file(vars, "no/such/file.txt", &err));
    assert_non_null(strstr(ts_err_text(err), "no/such/file.txt"));
    ts_err_free(err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(lines_set_variables),
        T(lines_that_are_wrong_are_refused_with_their_number),
        T(utf16_and_byte_order_marks_are_understood),
        T(json_sets_texts_numbers_and_booleans),
        T(json_that_is_wrong_is_refused_with_its_place),
        T(xml_sets_variables_at_any_depth_also_the_engines),
        T(xml_that_is_wrong_is_refused_with_its_place),
        T(file_over_the_limit_or_missing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
