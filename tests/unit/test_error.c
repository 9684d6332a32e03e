/* test_error.c - the error chain. */
#include "check.h"

#include <ts/error.h>
#include <ts/mem.h>

static void fail_sets_code_and_text(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_false(ts_fail(&err, TS_SYNTAX, "line %d", 7));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    assert_string_equal(ts_err_text(err), "line 7");
    assert_int_equal(ts_err_os(err, NULL), TS_OS_NONE);
    ts_err_free(err);
}

static void fail_os_keeps_number_and_says_meaning(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_false(ts_fail_os(&err, TS_OS_WIN32, 5, "cannot join workgroup '%s'", "FIELD"));
    uint32_t number = 0;
    assert_int_equal(ts_err_os(err, &number), TS_OS_WIN32);
    assert_int_equal(number, 5);
    assert_string_equal(ts_err_text(err), "cannot join workgroup 'FIELD': access denied (win32 5)");
    ts_err_free(err);
}

static void hresult_of_win32_facility_is_decoded(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_fail_os_as(&err, TS_NET, TS_OS_HRESULT, 0x80070005, "open");
    assert_string_equal(ts_err_text(err), "open: access denied (0x80070005)");
    assert_int_equal(ts_err_code(err), TS_NET);
    ts_err_free(err);
}

static void wrap_puts_context_in_front(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_fail(&err, TS_OS, "inner");
    assert_false(ts_wrap(&err, "step '%s' (%s:%d)", "Join", "a.xml", 12));
    assert_string_equal(ts_err_text(err), "step 'Join' (a.xml:12): inner");
    ts_err_clear(&err);
    assert_null(err);
}

static void advice_stands_behind_and_keeps_the_number(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    uint32_t number = 0;
    ts_fail_os_as(&err, TS_NET, TS_OS_HTTP, 403, "no");
    assert_false(ts_err_add(&err, "; call '%s'", "her"));
    assert_false(ts_wrap(&err, "here"));
    assert_non_null(strstr(ts_err_text(err), "(http 403); call 'her'"));
    assert_int_equal(ts_err_os(err, &number), TS_OS_HTTP);
    assert_int_equal(number, 403);
    ts_err_clear(&err);
    assert_false(ts_err_add(&err, "nobody reads this"));
    assert_false(ts_err_add(NULL, "nor this"));
}

static void null_err_means_no_details(void **state)
{
    TS_UNUSED(state);
    assert_false(ts_fail(NULL, TS_OS, "nobody reads this"));
    assert_false(ts_wrap(NULL, "nor this"));
    ts_err *other = NULL;
    ts_fail(&other, TS_OS, "nor what came from elsewhere");
    assert_false(ts_fail_take(NULL, other));
}

static void no_memory_records_without_memory(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_alloc_fail_at(1);
    ts_fail(&err, TS_OS, "needs memory for this text");
    ts_alloc_fail_at(0);
    assert_int_equal(ts_err_code(err), TS_NOMEM);
    assert_string_equal(ts_err_text(err), "out of memory");
    ts_wrap(&err, "context");
    assert_string_equal(ts_err_text(err), "out of memory");
    ts_err_free(err);
}

static void wrap_without_memory_keeps_the_cause(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_fail(&err, TS_OS, "cause");
    ts_alloc_fail_at(1);
    ts_wrap(&err, "context");
    ts_alloc_fail_at(0);
    assert_string_equal(ts_err_text(err), "cause");
    ts_err_free(err);
}

static void codes_have_distinct_names_and_texts(void **state)
{
    TS_UNUSED(state);
    for (int i = 0; i < TS_CODE_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(ts_code_name((ts_code)i), ts_code_name((ts_code)j));
    assert_int_equal(ts_code_exit(TS_OK), 0);
    assert_int_equal(ts_code_exit(TS_FAILED), 1);
    assert_int_equal(ts_code_exit(TS_USAGE), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_sets_code_and_text),
        cmocka_unit_test(fail_os_keeps_number_and_says_meaning),
        cmocka_unit_test(hresult_of_win32_facility_is_decoded),
        cmocka_unit_test(wrap_puts_context_in_front),
        cmocka_unit_test(advice_stands_behind_and_keeps_the_number),
        cmocka_unit_test(null_err_means_no_details),
        cmocka_unit_test(no_memory_records_without_memory),
        cmocka_unit_test(wrap_without_memory_keeps_the_cause),
        cmocka_unit_test(codes_have_distinct_names_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
