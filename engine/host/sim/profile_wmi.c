/* profile_wmi.c - extra WMI rows of a machine profile. */
#include <string.h>

#include "sim.h"

static const char *join_array(sim_machine *m, const ts_json *list)
{
    ts_buf text;
    ts_buf_init(&text, 64u * 1024u);
    for (size_t i = 0; i < ts_json_count(list); i++) {
        ts_json at;
        ts_json_at(list, i, &at);
        ts_buf_str(&text, i ? "," : "");
        if (ts_json_kind_of(&at) == TS_JSON_INT) {
            ts_buf_printf(&text, "%lld", (long long)ts_json_integer(&at));
        } else {
            ts_buf_str(&text, ts_json_text(&at));
        }
    }
    const char *kept = ts_arena_strdup(m->arena, ts_buf_text(&text));
    ts_buf_done(&text);
    return kept;
}

static bool read_property(sim_machine *m, const ts_json *at, ts_wmi_value *out, ts_err **err)
{
    out->name = at->key;
    switch (ts_json_kind_of(at)) {
    case TS_JSON_NULL:
        out->kind = TS_WMI_NULL;
        return true;
    case TS_JSON_BOOL:
        out->kind = TS_WMI_BOOL;
        out->integer = ts_json_true(at);
        return true;
    case TS_JSON_INT:
        out->kind = TS_WMI_INT;
        out->integer = ts_json_integer(at);
        return true;
    case TS_JSON_REAL:
        out->kind = TS_WMI_REAL;
        out->real = ts_json_real(at);
        return true;
    case TS_JSON_TEXT:
        out->kind = TS_WMI_TEXT;
        out->text = ts_json_text(at);
        return true;
    case TS_JSON_ARRAY:
        out->kind = TS_WMI_TEXT;
        out->text = join_array(m, at);
        return out->text ? true : ts_fail_nomem(err);
    case TS_JSON_OBJECT:
        break;
    }
    return ts_json_fail(at, TS_SCHEMA, err,
                        "a WMI property is a text, a number, true, false, null or a list");
}

static bool read_row(sim_machine *m, const ts_json *at, ts_wmi_row *row, ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "a row is an object of properties");
    }
    size_t n = ts_json_count(at);
    ts_wmi_value *values = ts_arena_alloc(m->arena, n * sizeof(*values) + 1);
    if (!values) {
        return ts_fail_nomem(err);
    }
    ts_json member;
    for (void *cursor = NULL; ts_json_next(at, &cursor, &member);) {
        if (!read_property(m, &member, &values[row->n_values++], err)) {
            return false;
        }
    }
    row->values = values;
    return true;
}

/* A list of rows, or one object that is laid over what is derived. */
static bool read_class(sim_machine *m, const char *name_space, ts_json *at, ts_err **err)
{
    ts_json_kind kind = ts_json_kind_of(at);
    if (kind != TS_JSON_ARRAY && kind != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err,
                            "a class is a list of rows [...], or one object "
                            "{...} to lay over the derived rows");
    }
    size_t n = kind == TS_JSON_ARRAY ? ts_json_count(at) : 1;
    if (n > TS_SIM_ENTRIES_MAX) {
        return ts_json_fail(at, TS_LIMIT, err, "%zu rows, the limit is %u", n, TS_SIM_ENTRIES_MAX);
    }
    char key[256];
    sim_wmi_key(name_space, at->key, key, sizeof(key));
    const char *kept = ts_arena_strdup(m->arena, key);
    sim_class *made = ts_arena_alloc(m->arena, sizeof(*made));
    ts_wmi_row *rows = ts_arena_alloc(m->arena, n * sizeof(*rows) + 1);
    if (!kept || !made || !rows) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json row = *at;
        if (kind == TS_JSON_ARRAY) {
            ts_json_at(at, i, &row);
        }
        if (!read_row(m, &row, &rows[i], err)) {
            return false;
        }
    }
    made->merges = kind == TS_JSON_OBJECT;
    made->rows.rows = rows;
    made->rows.n_rows = n;
    return sim_map_put(&m->told, kept, made, err);
}

bool sim_profile_wmi(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json wmi;
    ts_json space;
    ts_json cls;
    bool found = false;
    m->wmi_complete = true;
    if (!ts_json_flag_of(root, "wmi_complete", TS_JSON_OPTIONAL, &m->wmi_complete, err) ||
        !ts_json_child(root, "wmi", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &wmi, &found, err)) {
        return false;
    }
    for (void *s = NULL; found && ts_json_next(&wmi, &s, &space);) {
        if (ts_json_kind_of(&space) != TS_JSON_OBJECT) {
            return ts_json_fail(&space, TS_SCHEMA, err, "a namespace is an object of classes");
        }
        for (void *c = NULL; ts_json_next(&space, &c, &cls);) {
            if (!read_class(m, space.key, &cls, err)) {
                return false;
            }
        }
    }
    return true;
}
