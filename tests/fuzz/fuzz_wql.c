/* fuzz_wql.c - any text as a WQL query, and what parses against a row; first byte of the input: how
 * much of it is a property's value. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/wql.h>

#include "fuzz.h"

static void match(const ts_wql *wql, const char *text)
{
    const ts_wmi_value values[] = {
        {.name = "a", .kind = TS_WMI_TEXT, .text = text},
        {.name = "b", .kind = TS_WMI_INT, .integer = 7},
        {.name = "c", .kind = TS_WMI_BOOL, .integer = 1},
        {.name = "d", .kind = TS_WMI_NULL},
        {.name = "e", .kind = TS_WMI_REAL, .real = 1.5},
        {.name = "f", .kind = TS_WMI_TEXT, .text = "20240301120000.000000+060"},
        {.name = "g", .kind = TS_WMI_UINT, .natural = UINT64_MAX},
    };
    const ts_wmi_row row = {.values = values, .n_values = TS_COUNT(values)};
    ts_err *err = NULL;
    bool out = false;
    bool ok = ts_wql_match(wql, &row, &out, &err);
    assert(ok == (err == NULL));
    TS_UNUSED(ok);
    ts_err_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t value = data[0] < size ? data[0] : 0;
    char *text = ts_strndup((const char *)data + 1, value);
    char *query = ts_strndup((const char *)data + 1 + value, size - 1 - value);
    ts_arena *arena = ts_arena_new();
    if (!text || !query || !arena)
        abort();
    ts_err *err = NULL;
    const ts_wql *wql = ts_wql_parse(arena, query, &err);
    assert((wql != NULL) == (err == NULL));
    if (wql)
        match(wql, text);
    ts_err_free(err);
    ts_arena_free(arena);
    free(query);
    free(text);
    return 0;
}
