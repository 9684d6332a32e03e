/* host_wmi.c - WQL over the rows of one class, for hosts whose rows we hold ourselves. */
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/wql.h>

#include "host_ops.h"

static bool copy_row(ts_arena *arena, const ts_wmi_row *from, ts_wmi_row *to, ts_err **err)
{
    ts_wmi_value *values = ts_arena_alloc(arena, from->n_values * sizeof(*values) + 1);
    if (!values) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < from->n_values; i++) {
        values[i] = from->values[i];
        values[i].name = ts_arena_strdup(arena, from->values[i].name);
        if (!values[i].name) {
            return ts_fail_nomem(err);
        }
        if (from->values[i].text) {
            values[i].text = ts_arena_strdup(arena, from->values[i].text);
            if (!values[i].text) {
                return ts_fail_nomem(err);
            }
        }
    }
    to->values = values;
    to->n_values = from->n_values;
    return true;
}

/* WMI answers "invalid query" to a name that the class does not have, wherever it stands. A class
 * without rows cannot tell its names here: such a query answers no rows. */
static bool check_names(const ts_wql *query, const ts_wmi_rows *rows, ts_err **err)
{
    const char *const *names = NULL;
    size_t n = ts_wql_properties(query, &names);
    for (size_t i = 0; i < n && rows->n_rows > 0; i++) {
        if (!ts_wmi_row_get(&rows->rows[0], names[i])) {
            return ts_fail(err, TS_SCHEMA, "class '%s' has no property '%s'", ts_wql_class(query),
                           names[i]);
        }
    }
    return true;
}

bool ts_host_rows_match(const ts_wql *query, const ts_wmi_rows *rows, ts_wmi_rows *out,
                        ts_err **err)
{
    if (rows->n_rows > TS_WQL_ROWS_MAX) {
        return ts_fail(err, TS_LIMIT, "class '%s' has %zu rows, the limit is %u",
                       ts_wql_class(query), rows->n_rows, TS_WQL_ROWS_MAX);
    }
    if (!check_names(query, rows, err)) {
        return false;
    }
    ts_wmi_rows found = {.arena = ts_arena_new()};
    if (found.arena) {
        found.rows = ts_arena_alloc(found.arena, rows->n_rows * sizeof(*found.rows) + 1);
    }
    bool ok = found.rows ? true : ts_fail_nomem(err);
    for (size_t i = 0; ok && i < rows->n_rows; i++) {
        bool match = false;
        ok = ts_wql_match(query, &rows->rows[i], &match, err);
        if (ok && match) {
            ok = copy_row(found.arena, &rows->rows[i], &found.rows[found.n_rows], err);
            found.n_rows++;
        }
    }
    if (!ok) {
        ts_arena_free(found.arena);
        return false;
    }
    *out = found;
    return true;
}
