/* sim_wmi.c - WMI classes of the simulated machine. Rows are derived from the profile's sections
 * the first time somebody asks and kept until the machine changes; the profile's "wmi" section goes
 * before: a list of rows replaces a class, an object is laid over every derived row. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define KEY_MAX 256u

void sim_wmi_key(const char *name_space, const char *class_name, char *out, size_t size)
{
    size_t n = 0;
    const char *space = name_space && *name_space ? name_space : "root\\cimv2";
    if (strncmp(space, "\\\\.\\", 4) == 0) {
        space += 4;
    }
    for (; *space && n + 2 < size; space++) {
        char c = *space == '/' ? '\\' : *space;
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    while (n > 0 && out[n - 1] == '\\') {
        n--;
    }
    out[n++] = ':';
    for (; *class_name && n + 1 < size; class_name++) {
        char c = *class_name;
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    out[n] = '\0';
}

void sim_wmi_forget(sim_machine *m)
{
    sim_map_done(&m->wmi_cache);
    ts_arena_free(m->wmi_arena);
    m->wmi_arena = NULL;
}

/* --- Building rows -------------------------------------------------------------------------- */

void sim_row_begin(sim_rows *rows)
{
    rows->n_values = 0;
}

/* A fresh array in the arena with the old content: what is left behind is small and short-lived. */
static void *grow(sim_rows *rows, const void *old, size_t n, size_t cap, size_t size)
{
    void *grown = ts_arena_alloc(rows->m->wmi_arena, cap * size);
    if (!grown) {
        rows->failed = true;
        return NULL;
    }
    if (n) {
        memcpy(grown, old, n * size);
    }
    return grown;
}

void sim_row_end(sim_rows *rows)
{
    if (rows->failed) {
        return;
    }
    if (rows->rows.n_rows == rows->cap_rows) {
        size_t cap = rows->cap_rows ? rows->cap_rows * 2 : 2;
        ts_wmi_row *grown = grow(rows, rows->rows.rows, rows->rows.n_rows, cap, sizeof(*grown));
        if (!grown) {
            return;
        }
        rows->rows.rows = grown;
        rows->cap_rows = cap;
    }
    ts_wmi_value *values = grow(rows, rows->values, rows->n_values, rows->n_values + 1,
                                sizeof(*values));
    if (values) {
        ts_wmi_row *row = &rows->rows.rows[rows->rows.n_rows++];
        row->values = values;
        row->n_values = rows->n_values;
    }
}

static ts_wmi_value *add_value(sim_rows *rows, const char *name, ts_wmi_kind kind)
{
    if (!rows->failed && rows->n_values == rows->cap_values) {
        size_t cap = rows->cap_values ? rows->cap_values * 2 : 48;
        ts_wmi_value *grown = grow(rows, rows->values, rows->n_values, cap, sizeof(*grown));
        if (grown) {
            rows->values = grown;
            rows->cap_values = cap;
        }
    }
    if (rows->failed) {
        return &rows->nowhere;
    }
    ts_wmi_value *value = &rows->values[rows->n_values++];
    memset(value, 0, sizeof(*value));
    value->name = name;
    value->kind = kind;
    return value;
}

void sim_put_text(sim_rows *rows, const char *name, const char *text)
{
    bool there = text && *text;
    add_value(rows, name, there ? TS_WMI_TEXT : TS_WMI_NULL)->text = there ? text : NULL;
}

void sim_put_fmt(sim_rows *rows, const char *name, const char *fmt, ...)
{
    ts_buf text;
    ts_buf_init(&text, 64u * 1024u);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    char *kept = ts_arena_strdup(rows->m->wmi_arena, ts_buf_text(&text));
    rows->failed = rows->failed || !kept || text.no_memory;
    ts_buf_done(&text);
    sim_put_text(rows, name, kept);
}

void sim_put_uint(sim_rows *rows, const char *name, uint64_t number)
{
    if (number > INT64_MAX) {
        add_value(rows, name, TS_WMI_UINT)->natural = number;
    } else {
        add_value(rows, name, TS_WMI_INT)->integer = (int64_t)number;
    }
}

void sim_put_bool(sim_rows *rows, const char *name, bool value)
{
    add_value(rows, name, TS_WMI_BOOL)->integer = value;
}

void sim_put_null(sim_rows *rows, const char *name)
{
    add_value(rows, name, TS_WMI_NULL);
}

/* --- Finding a class ------------------------------------------------------------------------ */

static const sim_derived *find_derived(const char *key)
{
    static const sim_derived *const tables[] = {sim_hardware_classes, sim_storage_classes,
                                                sim_system_classes};
    char other[KEY_MAX];
    for (size_t t = 0; t < TS_COUNT(tables); t++) {
        for (const sim_derived *d = tables[t]; d->name; d++) {
            sim_wmi_key(d->name_space, d->name, other, sizeof(other));
            if (strcmp(other, key) == 0) {
                return d;
            }
        }
    }
    return NULL;
}

/* Classes that every Windows has and no profile section describes: that they are not in the profile
 * does not mean that they do not exist. */
static bool is_everywhere(const char *key)
{
    static const char *const names[] = {
        "root\\cimv2:win32_process",
        "root\\cimv2:win32_service",
        "root\\cimv2:win32_product",
        "root\\cimv2:win32_pnpentity",
        "root\\cimv2:win32_pnpsigneddriver",
        "root\\cimv2:win32_videocontroller",
        "root\\cimv2:win32_quickfixengineering",
        "root\\cimv2:win32_optionalfeature",
        "root\\cimv2:win32_useraccount",
        "root\\cimv2:win32_userprofile",
        "root\\cimv2:win32_group",
        "root\\cimv2:win32_printer",
        "root\\cimv2:win32_systemdriver",
        "root\\cimv2:win32_environment",
        "root\\cimv2:win32_timezone",
        "root\\cimv2:win32_share",
        "root\\cimv2:win32_keyboard",
        "root\\cimv2:win32_desktopmonitor",
        "root\\cimv2:win32_usbcontrollerdevice",
        "root\\cimv2:win32_idecontroller",
        "root\\cimv2:win32_scsicontroller",
        "root\\cimv2:win32_sounddevice",
        "root\\cimv2:win32_cdromdrive",
        "root\\cimv2:cim_datafile",
        "root\\cimv2:win32_directory",
        "root\\cimv2:win32_networkconnection",
        "root\\cimv2:win32_startupcommand",
        "root\\cimv2:win32_registry",
        "root\\cimv2:win32_pagefileusage",
    };
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        if (strcmp(names[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static bool absent(const sim_machine *m, const char *name_space, const char *class_name,
                   const char *key, ts_err **err)
{
    if (!m->wmi_complete || is_everywhere(key)) {
        return ts_fail(err, TS_STATE,
                       "the profile of machine '%s' does not say what class '%s' of namespace '%s' "
                       "holds; add it to 'wmi'",
                       m->name, class_name, name_space);
    }
    return ts_fail(err, TS_NOT_FOUND, "machine '%s' has no WMI class '%s' in namespace '%s'",
                   m->name, class_name, name_space);
}

/* --- Deriving and overlaying ---------------------------------------------------------------- */

static bool overlay_row(sim_rows *out, const ts_wmi_row *base, const ts_wmi_row *over)
{
    sim_row_begin(out);
    for (size_t i = 0; i < base->n_values; i++) {
        const ts_wmi_value *value = ts_wmi_row_get(over, base->values[i].name);
        *add_value(out, "", TS_WMI_NULL) = value ? *value : base->values[i];
    }
    for (size_t i = 0; i < over->n_values; i++) {
        if (!ts_wmi_row_get(base, over->values[i].name)) {
            *add_value(out, "", TS_WMI_NULL) = over->values[i];
        }
    }
    sim_row_end(out);
    return !out->failed;
}

static bool overlay(sim_machine *m, ts_wmi_rows *rows, const sim_class *over)
{
    sim_rows out = {.m = m};
    const ts_wmi_row empty = {0};
    size_t n = rows->n_rows ? rows->n_rows : 1;
    for (size_t i = 0; i < n; i++) {
        if (!overlay_row(&out, rows->n_rows ? &rows->rows[i] : &empty, &over->rows.rows[0])) {
            return false;
        }
    }
    *rows = out.rows;
    return true;
}

static bool make_class(sim_machine *m, const char *key, const sim_derived *derived,
                       const sim_class *told, sim_class **out, ts_err **err)
{
    if (!m->wmi_arena) {
        m->wmi_arena = ts_arena_new();
    }
    if (!m->wmi_arena) {
        return ts_fail_nomem(err);
    }
    sim_rows rows = {.m = m};
    if (derived && !(told && !told->merges)) {
        derived->build(&rows);
    } else if (told && !told->merges) {
        rows.rows = told->rows;
    }
    bool ok = !rows.failed && (!told || !told->merges || overlay(m, &rows.rows, told));
    sim_class *made = ok ? ts_arena_alloc(m->wmi_arena, sizeof(*made)) : NULL;
    char *kept = made ? ts_arena_strdup(m->wmi_arena, key) : NULL;
    if (!kept) {
        return ts_fail_nomem(err);
    }
    made->rows = rows.rows;
    *out = made;
    return sim_map_put(&m->wmi_cache, kept, made, err);
}

bool sim_wmi_class(void *self, const char *name_space, const char *class_name,
                   const ts_wmi_rows **out, ts_err **err)
{
    sim_machine *m = self;
    char key[KEY_MAX];
    sim_wmi_key(name_space, class_name, key, sizeof(key));
    sim_class *found = sim_map_get(&m->wmi_cache, key);
    if (!found) {
        const sim_class *told = sim_map_get(&m->told, key);
        const sim_derived *derived = find_derived(key);
        if (!told && !derived) {
            return absent(m, name_space, class_name, key, err);
        }
        if (!make_class(m, key, derived, told, &found, err)) {
            return false;
        }
    }
    *out = &found->rows;
    return true;
}
