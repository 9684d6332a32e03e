/* Tables of other systems' numbers: sorted (look-up is a binary search), unique, in house style. */
#include "check.h"

#include <ctype.h>
#include <string.h>

#include "codes.h"

static const ts_os_kind kinds[] = {TS_OS_WIN32, TS_OS_HRESULT, TS_OS_CURL, TS_OS_X509,
                                   TS_OS_HTTP,  TS_OS_WIMLIB,  TS_OS_EXIT};

static void tables_are_sorted_and_unique(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        size_t count;
        const ts_number *rows = ts_numbers(kinds[i], &count);
        assert_non_null(rows);
        for (size_t k = 1; k < count; k++)
            if (rows[k].number <= rows[k - 1].number)
                fail_msg("table %d: %u stands behind %u", kinds[i], rows[k].number,
                         rows[k - 1].number);
    }
}

static void texts_have_no_full_stop(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        size_t count;
        const ts_number *rows = ts_numbers(kinds[i], &count);
        for (size_t k = 0; k < count; k++) {
            size_t len = strlen(rows[k].text);
            if (len == 0 || rows[k].text[len - 1] == '.')
                fail_msg("table %d, %u: '%s'", kinds[i], rows[k].number, rows[k].text);
        }
    }
}

static void hresult_of_win32_is_looked_up_there(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_os_text(TS_OS_HRESULT, 0x80070005u), "access denied");
    assert_string_equal(ts_os_text(TS_OS_WIN32, 5), "access denied");
    assert_string_equal(ts_number_find(TS_OS_HRESULT, 0x80072EE7u)->name,
                        "ERROR_WINHTTP_NAME_NOT_RESOLVED");
}

static void unknown_number_is_null(void **state)
{
    TS_UNUSED(state);
    assert_null(ts_os_text(TS_OS_WIN32, 0xfffe));
    assert_null(ts_os_text(TS_OS_HRESULT, 0x8000fffeu));
    assert_null(ts_os_text(TS_OS_NONE, 5));
    assert_null(
        ts_number_find(TS_OS_ERRNO, 5)); /* errno has no table: its numbers differ by system */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sorted_and_unique),
        cmocka_unit_test(texts_have_no_full_stop),
        cmocka_unit_test(hresult_of_win32_is_looked_up_there),
        cmocka_unit_test(unknown_number_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
