/* json_write.c - builds a document with jansson and writes it out. */
#include <stdlib.h>
#include <string.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "json_private.h"

struct ts_json_writer {
    json_t *stack[TS_JSON_DEPTH_MAX]; /* borrowed of root, but for the root itself */
    size_t depth;
    json_t *root;
    bool failed; /* no memory */
    bool too_deep;
};

ts_json_writer *ts_json_writer_new(void)
{
    ts_json_use_allocator();
    return ts_alloc(sizeof(ts_json_writer));
}

void ts_json_writer_free(ts_json_writer *w)
{
    if (w) {
        json_decref(w->root);
        free(w);
    }
}

/* Takes `value`; NULL is the sticky failure. */
static void put(ts_json_writer *w, const char *key, json_t *value)
{
    if (!value || w->failed || w->too_deep) {
        w->failed = w->failed || !value;
        json_decref(value);
        return;
    }
    if (!w->root) {
        w->root = value;
        return;
    }
    json_t *top = w->depth ? w->stack[w->depth - 1] : NULL;
    int rc = json_is_object(top) ? json_object_set_new(top, key ? key : "", value)
                                 : json_array_append_new(top, value);
    w->failed = rc != 0;
}

static void begin(ts_json_writer *w, const char *key, json_t *value)
{
    if (w->depth == TS_JSON_DEPTH_MAX) {
        w->too_deep = true;
        json_decref(value);
        return;
    }
    put(w, key, value);
    if (!w->failed && !w->too_deep) {
        w->stack[w->depth++] = value;
    }
}

void ts_json_begin_object(ts_json_writer *w, const char *key)
{
    begin(w, key, json_object());
}
void ts_json_begin_array(ts_json_writer *w, const char *key)
{
    begin(w, key, json_array());
}

void ts_json_end(ts_json_writer *w)
{
    if (w->depth > 0) {
        w->depth--;
    }
}

/* Windows tools print code pages of all kinds: what is no UTF-8 must not lose the whole document.
 */
static json_t *text_value(const char *text)
{
    size_t len = strlen(text);
    if (ts_utf8_valid(text, len)) {
        return json_string_nocheck(text);
    }
    TS_CLEANUP(ts_free_ptr) char *copy = ts_strdup(text);
    for (size_t i = 0; copy && i < len; i++) {
        if ((unsigned char)copy[i] >= 0x80) {
            copy[i] = '?';
        }
    }
    return copy ? json_string_nocheck(copy) : NULL;
}

void ts_json_put_str(ts_json_writer *w, const char *key, const char *text)
{
    put(w, key, text ? text_value(text) : json_null());
}

void ts_json_put_int(ts_json_writer *w, const char *key, int64_t number)
{
    put(w, key, json_integer(number));
}

void ts_json_put_uint(ts_json_writer *w, const char *key, uint64_t number)
{
    if (number <= INT64_MAX) {
        ts_json_put_int(w, key, (int64_t)number);
        return;
    }
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("%llu", (unsigned long long)number);
    put(w, key, text ? json_string_nocheck(text) : NULL);
}

void ts_json_put_real(ts_json_writer *w, const char *key, double number)
{
    put(w, key, json_real(number));
}

void ts_json_put_bool(ts_json_writer *w, const char *key, bool value)
{
    put(w, key, json_boolean(value));
}

void ts_json_put_null(ts_json_writer *w, const char *key)
{
    put(w, key, json_null());
}

static int add_text(const char *text, size_t size, void *ctx)
{
    ts_buf *out = ctx;
    ts_buf_add(out, text, size);
    return out->over_limit || out->no_memory ? -1 : 0;
}

bool ts_json_finish(ts_json_writer *w, bool pretty, ts_buf *out, ts_err **err)
{
    if (w->too_deep) {
        return ts_fail(err, TS_LIMIT, "nested deeper than %u", TS_JSON_DEPTH_MAX);
    }
    if (w->failed || !w->root) {
        return ts_fail_nomem(err);
    }
    size_t flags = JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT);
    int rc = json_dump_callback(w->root, add_text, out, flags);
    if (!ts_buf_ok(out, "JSON text", err)) {
        return false;
    }
    return rc == 0 ? true : ts_fail_nomem(err);
}
