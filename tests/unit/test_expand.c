/* test_expand.c - %NAME% in text. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

static ts_vars *vars;

static const char *environment(void *ctx, const char *name)
{
    TS_UNUSED(ctx);
    if (ts_str_ieq(name, "windir"))
        return "X:\\Windows";
    return ts_str_ieq(name, "ProgramFiles(x86)") ? "C:\\PF86" : NULL;
}

static int setup(void **state)
{
    TS_UNUSED(state);
    vars = ts_vars_new();
    bool ok = vars && ts_vars_set(vars, "A", "1", 0, NULL) &&
              ts_vars_set(vars, "B", "%A%", 0, NULL) &&
              ts_vars_set(vars, "Secret", "s3cret", TS_VALUE_SECRET, NULL) &&
              ts_vars_set_unknown(vars, "Unk", "output of step 3", NULL);
    ts_vars_set_env(vars, environment, NULL);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    ts_vars_free(vars);
    return 0;
}

static void gives(const char *text, const char *expected, unsigned unresolved)
{
    ts_value v;
    unsigned n = 99;
    assert_true(ts_vars_expand(vars, text, &v, &n, NULL));
    assert_string_equal(v.text, expected);
    assert_int_equal(n, unresolved);
    ts_value_done(&v);
}

static void names_are_replaced_without_regard_to_case(void **state)
{
    TS_UNUSED(state);
    gives("", "", 0);
    gives("plain", "plain", 0);
    gives("<%A%|%a%>", "<1|1>", 0);
    ts_value v;
    assert_true(ts_vars_expand(vars, NULL, &v, NULL, NULL));
    assert_string_equal(v.text, "");
    ts_value_done(&v);
}

static void results_are_not_scanned_again(void **state)
{
    TS_UNUSED(state);
    gives("%B%", "%A%", 0);
}

static void unknown_names_stay_as_they_are(void **state)
{
    TS_UNUSED(state);
    gives("x %NoSuch% y", "x %NoSuch% y", 1);
    gives("'%hewlett%packard%'", "'%hewlett%packard%'", 1);
    gives("%NoSuch%%A%", "%NoSuch%1", 1);
}

static void percent_signs_that_are_no_reference_stay(void **state)
{
    TS_UNUSED(state);
    gives("100%", "100%", 0);
    gives("%", "%", 0);
    gives("%%", "%%", 0);
    gives("50% of %A%", "50% of 1", 0);
    gives("%%A%%", "%1%", 0);
    gives("%TIME:~0,2% %A%", "%TIME:~0,2% 1", 0);
    gives("%A", "%A", 0);
}

static void environment_is_asked_after_the_variables(void **state)
{
    TS_UNUSED(state);
    gives("%WINDIR%\\x", "X:\\Windows\\x", 0);
    gives("%ProgramFiles(x86)%", "C:\\PF86", 0);
    assert_true(ts_vars_set(vars, "windir", "mine", 0, NULL));
    gives("%WINDIR%\\x", "mine\\x", 0);
}

static void step_defaults_take_part(void **state)
{
    TS_UNUSED(state);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "OSDRecurse", "true", 0, NULL));
    gives("/recurse:%OSDRecurse%", "/recurse:true", 0);
    ts_vars_step_end(vars);
    gives("/recurse:%OSDRecurse%", "/recurse:%OSDRecurse%", 1);
}

static void flags_are_the_union_of_what_went_in(void **state)
{
    TS_UNUSED(state);
    ts_value v;
    assert_true(ts_vars_expand(vars, "%A%-%Secret%", &v, NULL, NULL));
    assert_string_equal(v.text, "1-s3cret");
    assert_int_equal(v.flags, TS_VALUE_SECRET);
    assert_null(v.why);
    ts_value_done(&v);
    assert_true(ts_vars_expand(vars, "%Unk%/%Secret%", &v, NULL, NULL));
    assert_int_equal(v.flags, TS_VALUE_SECRET | TS_VALUE_UNKNOWN);
    assert_string_equal(v.text, "/s3cret");
    /* the reason outlives the variable */
    assert_true(ts_vars_set(vars, "Unk", "now known", 0, NULL));
    assert_string_equal(v.why, "output of step 3");
    ts_value_done(&v);
    assert_null(v.text);
}

static void text_over_the_limit_is_an_error(void **state)
{
    TS_UNUSED(state);
    char *big = ts_alloc(TS_VAR_VALUE_MAX + 1);
    memset(big, 'x', TS_VAR_VALUE_MAX);
    assert_true(ts_vars_set(vars, "Big", big, 0, NULL));
    free(big);
    ts_value v;
    assert_true(ts_vars_expand(vars, "%Big%%Big%", &v, NULL, NULL));
    assert_int_equal(strlen(v.text), TS_VAR_EXPAND_MAX);
    ts_value_done(&v);
    ts_err *err = NULL;
    assert_false(ts_vars_expand(vars, "%Big%%Big%1", &v, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
}

static void hear(void *ctx, const char *rule, const char *text)
{
    ts_buf_printf(ctx, "%s: %s;", rule, text);
}

static void decision_about_an_unknown_name_is_told_once(void **state)
{
    TS_UNUSED(state);
    ts_buf buf;
    ts_buf_init(&buf, 1000);
    ts_vars_on_decision(vars, hear, &buf);
    gives("%A% %TOOLROOT%", "1 %TOOLROOT%", 1);
    assert_string_equal(
        ts_buf_text(&buf),
        "EXPAND-UNKNOWN: '%TOOLROOT%' is neither a variable nor in the environment: "
        "left as it is;");
    ts_buf_done(&buf);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(names_are_replaced_without_regard_to_case),
        T(results_are_not_scanned_again),
        T(unknown_names_stay_as_they_are),
        T(percent_signs_that_are_no_reference_stay),
        T(environment_is_asked_after_the_variables),
        T(step_defaults_take_part),
        T(flags_are_the_union_of_what_went_in),
        T(text_over_the_limit_is_an_error),
        T(decision_about_an_unknown_name_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
