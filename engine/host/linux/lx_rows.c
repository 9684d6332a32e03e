/* lx_rows.c - building rows, and reading what they are made of. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "linux_wmi.h"
#include "os.h"

static void fail(ts_lx_rows *rows)
{
    rows->no_memory = true;
}

const char *ts_lx_keep(ts_lx_rows *rows, const char *text, size_t len)
{
    char *copy = text ? ts_arena_strndup(rows->rows.arena, text, len) : NULL;
    if (text && !copy)
        fail(rows);
    return copy;
}

/* --- Rows --------------------------------------------------------------------------------- */

static size_t count_words(const char *words)
{
    size_t n = *words ? 1 : 0;
    for (; *words; words++)
        n += *words == ' ';
    return n;
}

static bool grow(ts_lx_rows *rows)
{
    if (rows->rows.n_rows < rows->cap)
        return true;
    size_t cap = rows->cap ? rows->cap * 2 : 8;
    ts_wmi_row *bigger = ts_arena_alloc(rows->rows.arena, cap * sizeof(*bigger));
    if (!bigger)
        return false;
    for (size_t i = 0; i < rows->rows.n_rows; i++)
        bigger[i] = rows->rows.rows[i];
    rows->rows.rows = bigger;
    rows->cap = cap;
    return true;
}

void ts_lx_add(ts_lx_rows *rows)
{
    const char *names = rows->class_of->properties;
    size_t n = count_words(names);
    ts_wmi_value *values = ts_arena_alloc(rows->rows.arena, n * sizeof(*values));
    if (!values || !grow(rows)) {
        fail(rows);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(names, " ");
        values[i].name = ts_lx_keep(rows, names, len);
        values[i].kind = TS_WMI_NULL;
        names += len + 1;
    }
    rows->rows.rows[rows->rows.n_rows++] = (ts_wmi_row){.values = values, .n_values = n};
}

/* The value of the last row; NULL only when memory is out. */
static ts_wmi_value *value_of(ts_lx_rows *rows, const char *property)
{
    if (rows->no_memory)
        return NULL;
    const ts_wmi_row *row = &rows->rows.rows[rows->rows.n_rows - 1];
    for (size_t i = 0; i < row->n_values; i++) {
        if (strcmp(row->values[i].name, property) == 0) {
            union {
                const ts_wmi_value *in;
                ts_wmi_value *out;
            } value = {.in = &row->values[i]}; /* made by ts_lx_add, still ours */
            return value.out;
        }
    }
    assert(false && "the class does not list this property");
    return NULL;
}

void ts_lx_text(ts_lx_rows *rows, const char *property, const char *text)
{
    ts_wmi_value *value = value_of(rows, property);
    if (!value || !text || *text == '\0')
        return;
    value->text = ts_lx_keep(rows, text, strlen(text));
    value->kind = value->text ? TS_WMI_TEXT : TS_WMI_NULL;
}

void ts_lx_textf(ts_lx_rows *rows, const char *property, const char *fmt, ...)
{
    TS_CLEANUP(ts_buf_done) ts_buf text;
    ts_buf_init(&text, TS_LX_FILE_MAX);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    if (text.no_memory)
        fail(rows);
    ts_lx_text(rows, property, ts_buf_text(&text));
}

void ts_lx_int(ts_lx_rows *rows, const char *property, int64_t number)
{
    ts_wmi_value *value = value_of(rows, property);
    if (value) {
        value->kind = TS_WMI_INT;
        value->integer = number;
    }
}

void ts_lx_bool(ts_lx_rows *rows, const char *property, bool truth)
{
    ts_wmi_value *value = value_of(rows, property);
    if (value) {
        value->kind = TS_WMI_BOOL;
        value->integer = truth;
    }
}

void ts_lx_date(ts_lx_rows *rows, const char *property, int64_t milliseconds)
{
    int y, mo, d, h, mi, s;
    ts_clock_local(milliseconds, &y, &mo, &d, &h, &mi, &s);
    ts_lx_textf(rows, property, "%04d%02d%02d%02d%02d%02d.%06d%+04d", y, mo, d, h, mi, s,
                (int)(milliseconds % 1000) * 1000, -ts_clock_bias(milliseconds));
}

bool ts_lx_class_fill_by(const ts_lx_class *class_of, void (*fill_rows)(ts_lx_rows *rows),
                         void *ctx, const char *sysroot, ts_wmi_rows *out, ts_err **err)
{
    ts_lx_rows rows = {.class_of = class_of, .sysroot = sysroot, .ctx = ctx};
    rows.rows.arena = ts_arena_new();
    if (!rows.rows.arena)
        return ts_fail_nomem(err);
    fill_rows(&rows);
    if (rows.no_memory) {
        ts_arena_free(rows.rows.arena);
        return ts_fail_nomem(err);
    }
    *out = rows.rows;
    return true;
}

bool ts_lx_class_fill(const ts_lx_class *class_of, const char *sysroot, ts_wmi_rows *out,
                      ts_err **err)
{
    return ts_lx_class_fill_by(class_of, class_of->fill, NULL, sysroot, out, err);
}

/* --- Reading ------------------------------------------------------------------------------ */

static char *path_of(ts_lx_rows *rows, const char *fmt, va_list args) TS_PRINTF(2, 0);
static char *path_of(ts_lx_rows *rows, const char *fmt, va_list args)
{
    ts_buf path;
    ts_buf_init(&path, 4096);
    ts_buf_str(&path, rows->sysroot);
    ts_buf_vprintf(&path, fmt, args);
    if (path.no_memory)
        fail(rows);
    char *text = ts_buf_take(&path);
    ts_buf_done(&path);
    return text;
}

/* The whole file; NULL when it cannot be read. */
static char *read_file(ts_lx_rows *rows, const char *path, size_t *size)
{
    char *data = NULL;
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    if (!ts_file_read(path, TS_LX_FILE_MAX, &data, size, &err) && ts_err_code(err) == TS_NOMEM)
        fail(rows);
    return data;
}

static const char *read_at(ts_lx_rows *rows, const char *fmt, va_list args) TS_PRINTF(2, 0);
static const char *read_at(ts_lx_rows *rows, const char *fmt, va_list args)
{
    TS_CLEANUP(ts_free_ptr) char *path = path_of(rows, fmt, args);
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *data = path ? read_file(rows, path, &size) : NULL;
    if (!data || !ts_utf8_valid(data, strlen(data)))
        return NULL;
    const char *text = ts_str_trim(data);
    return ts_lx_keep(rows, text, strlen(text));
}

const char *ts_lx_read(ts_lx_rows *rows, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = read_at(rows, fmt, args);
    va_end(args);
    return text;
}

bool ts_lx_read_int(ts_lx_rows *rows, int64_t *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = read_at(rows, fmt, args);
    va_end(args);
    return text && ts_str_int64(text, out);
}

bool ts_lx_there(ts_lx_rows *rows, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    TS_CLEANUP(ts_free_ptr) char *path = path_of(rows, fmt, args);
    va_end(args);
    return path && ts_file_exists(path);
}

const unsigned char *ts_lx_bytes(ts_lx_rows *rows, const char *path, size_t *size)
{
    TS_CLEANUP(ts_free_ptr) char *whole = ts_sprintf("%s%s", rows->sysroot, path);
    TS_CLEANUP(ts_free_ptr) char *data = whole ? read_file(rows, whole, size) : NULL;
    unsigned char *kept = data ? ts_arena_alloc(rows->rows.arena, *size + 1) : NULL;
    if (!whole || (data && !kept))
        fail(rows);
    if (!kept) {
        *size = 0;
        return NULL;
    }
    memcpy(kept, data, *size);
    return kept;
}

const char *ts_lx_link(ts_lx_rows *rows, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    TS_CLEANUP(ts_free_ptr) char *path = path_of(rows, fmt, args);
    va_end(args);
    char target[4096];
    ssize_t n = path ? readlink(path, target, sizeof(target)) : -1;
    return n > 0 ? ts_lx_keep(rows, target, (size_t)n) : NULL;
}

const char *const *ts_lx_list(ts_lx_rows *rows, const char *path)
{
    static const char *const none[] = {NULL};
    TS_CLEANUP(ts_free_ptr) char *whole = ts_sprintf("%s%s", rows->sysroot, path);
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    if (!whole || !ts_folder_list(whole, &names, &err)) {
        if (!whole || ts_err_code(err) == TS_NOMEM)
            fail(rows);
        return none;
    }
    size_t n = 0;
    while (names[n])
        n++;
    const char **kept = ts_arena_alloc(rows->rows.arena, (n + 1) * sizeof(*kept));
    if (!kept) {
        fail(rows);
        return none;
    }
    for (size_t i = 0; i < n; i++)
        kept[i] = ts_lx_keep(rows, names[i], strlen(names[i]));
    return rows->no_memory ? none : kept;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '"';
}

const char *ts_lx_line(ts_lx_rows *rows, const char *text, const char *key)
{
    size_t key_len = strlen(key);
    while (text && *text) {
        size_t len = strcspn(text, "\n");
        const char *end = text + len;
        const char *p = text + key_len;
        if (len > key_len && strncmp(text, key, key_len) == 0) {
            while (p < end && is_blank(*p))
                p++;
            if (p < end && (*p == ':' || *p == '=')) {
                p++;
                while (p < end && is_blank(*p))
                    p++;
                while (end > p && is_blank(end[-1]))
                    end--;
                return ts_lx_keep(rows, p, (size_t)(end - p));
            }
        }
        text += len + (text[len] == '\n');
    }
    return NULL;
}

bool ts_lx_field(const char *line, unsigned index, char *out, size_t size)
{
    for (;; index--) {
        line += strspn(line, " \t");
        size_t len = strcspn(line, " \t\n");
        if (len == 0)
            return false;
        if (index == 0) {
            len = len < size ? len : size - 1;
            memcpy(out, line, len);
            out[len] = '\0';
            return true;
        }
        line += len;
    }
}

bool ts_lx_next_line(const char **text)
{
    const char *p = *text;
    p += strcspn(p, "\n");
    *text = p + (*p == '\n');
    return **text != '\0';
}
