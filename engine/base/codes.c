/* codes.c - our codes, and look-up in the tables of other systems' numbers. */
#include <stdlib.h>
#include <string.h>

#include "codes.h"

static const struct {
    const char *name;
    int exit;
    const char *text;
} codes[] = {
#define ROW(name, status, text) {#name, status, text},
    TS_CODES(ROW)
#undef ROW
};

const char *ts_code_name(ts_code code)
{
    return codes[code].name;
}

int ts_code_exit(ts_code code)
{
    return codes[code].exit;
}

const char *ts_code_text(ts_code code)
{
    return codes[code].text;
}

const ts_number *ts_numbers(ts_os_kind kind, size_t *count)
{
    static const struct {
        const ts_number *rows;
        const size_t *count;
    } tables[] = {
        [TS_OS_WIN32] = {ts_numbers_win32, &ts_numbers_win32_count},
        [TS_OS_HRESULT] = {ts_numbers_hresult, &ts_numbers_hresult_count},
        [TS_OS_CURL] = {ts_numbers_curl, &ts_numbers_curl_count},
        [TS_OS_X509] = {ts_numbers_x509, &ts_numbers_x509_count},
        [TS_OS_HTTP] = {ts_numbers_http, &ts_numbers_http_count},
        [TS_OS_WIMLIB] = {ts_numbers_wimlib, &ts_numbers_wimlib_count},
        [TS_OS_EXIT] = {ts_numbers_exit, &ts_numbers_exit_count},
    };
    *count = tables[kind].count == NULL ? 0 : *tables[kind].count;
    return tables[kind].rows;
}

static int compare_numbers(const void *key, const void *row)
{
    uint32_t number = *(const uint32_t *)key;
    uint32_t other = ((const ts_number *)row)->number;
    return (number > other) - (number < other);
}

const ts_number *ts_number_find(ts_os_kind kind, uint32_t number)
{
    if (kind == TS_OS_HRESULT && (number & 0xFFFF0000u) == 0x80070000u) { /* FACILITY_WIN32 */
        kind = TS_OS_WIN32;
        number &= 0xFFFFu;
    }
    size_t count;
    const ts_number *rows = ts_numbers(kind, &count);
    if (rows == NULL)
        return NULL;
    return bsearch(&number, rows, count, sizeof *rows, compare_numbers);
}

const char *ts_os_text(ts_os_kind kind, uint32_t number)
{
    if (kind == TS_OS_ERRNO)
        return strerror((int)number);
    const ts_number *row = ts_number_find(kind, number);
    return row == NULL ? NULL : row->text;
}
