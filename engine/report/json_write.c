/* json_write.c - JSON text into a buffer. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "json_write.h"

void ts_json_write_init(ts_json_write *w, ts_buf *out, bool compact)
{
    *w = (ts_json_write){.out = out, .compact = compact};
    w->first[0] = true;
}

void ts_json_write_init_at(ts_json_write *w, ts_buf *out, unsigned depth)
{
    assert(depth + 1 < TS_JSON_WRITE_DEPTH_MAX);
    ts_json_write_init(w, out, false);
    w->depth = depth;
    w->first[depth] = true;
}

/* Length of the well-formed UTF-8 sequence at p, 0 when there is none. */
static size_t sequence_length(const unsigned char *p)
{
    for (size_t n = 1; n <= 4; n++) {
        if (n > 1 && (p[n - 1] & 0xc0) != 0x80)
            return 0;
        if (ts_utf8_valid((const char *)p, n))
            return n;
    }
    return 0;
}

static void write_string(ts_buf *out, const char *text)
{
    ts_buf_char(out, '"');
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        size_t plain = 0;
        while (p[plain] >= 0x20 && p[plain] < 0x7f && p[plain] != '"' && p[plain] != '\\')
            plain++;
        ts_buf_add(out, p, plain);
        p += plain;
        if (*p == '\0')
            break;
        if (*p == '"' || *p == '\\') {
            ts_buf_char(out, '\\');
            ts_buf_char(out, (char)*p++);
        } else if (*p == '\n') {
            ts_buf_str(out, "\\n");
            p++;
        } else if (*p == '\t') {
            ts_buf_str(out, "\\t");
            p++;
        } else if (*p < 0x20 || *p == 0x7f) {
            ts_buf_printf(out, "\\u%04x", *p++);
        } else {
            size_t n = sequence_length(p);
            if (n == 0)
                ts_buf_str(out, "\\ufffd");
            else
                ts_buf_add(out, p, n);
            p += n == 0 ? 1 : n;
        }
    }
    ts_buf_char(out, '"');
}

static void new_line(ts_json_write *w)
{
    if (w->compact)
        return;
    ts_buf_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        ts_buf_str(w->out, "  ");
}

static void begin_value(ts_json_write *w, const char *key)
{
    if (!w->first[w->depth])
        ts_buf_char(w->out, ',');
    w->first[w->depth] = false;
    if (w->depth > 0)
        new_line(w);
    if (key != NULL) {
        write_string(w->out, key);
        ts_buf_str(w->out, w->compact ? ":" : ": ");
    }
}

static void open_value(ts_json_write *w, const char *key, char bracket)
{
    begin_value(w, key);
    ts_buf_char(w->out, bracket);
    assert(w->depth + 1 < TS_JSON_WRITE_DEPTH_MAX);
    w->depth++;
    w->first[w->depth] = true;
}

static void close_value(ts_json_write *w, char bracket)
{
    assert(w->depth > 0);
    bool empty = w->first[w->depth];
    w->depth--;
    if (!empty)
        new_line(w);
    ts_buf_char(w->out, bracket);
    if (w->depth == 0)
        ts_buf_char(w->out, '\n');
}

void ts_json_write_object(ts_json_write *w, const char *key)
{
    open_value(w, key, '{');
}

void ts_json_write_object_end(ts_json_write *w)
{
    close_value(w, '}');
}

void ts_json_write_array(ts_json_write *w, const char *key)
{
    open_value(w, key, '[');
}

void ts_json_write_array_end(ts_json_write *w)
{
    close_value(w, ']');
}

void ts_json_write_text(ts_json_write *w, const char *key, const char *text)
{
    begin_value(w, key);
    if (text == NULL)
        ts_buf_str(w->out, "null");
    else
        write_string(w->out, text);
}

void ts_json_write_int(ts_json_write *w, const char *key, int64_t value)
{
    begin_value(w, key);
    ts_buf_printf(w->out, "%" PRId64, value);
}

void ts_json_write_uint(ts_json_write *w, const char *key, uint64_t value)
{
    begin_value(w, key);
    ts_buf_printf(w->out, "%" PRIu64, value);
}

void ts_json_write_bool(ts_json_write *w, const char *key, bool value)
{
    begin_value(w, key);
    ts_buf_str(w->out, value ? "true" : "false");
}

void ts_json_write_raw(ts_json_write *w, const char *key, const char *json)
{
    begin_value(w, key);
    ts_buf_str(w->out, json + strspn(json, " \n"));
}

void ts_json_write_text_opt(ts_json_write *w, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        ts_json_write_text(w, key, text);
}

void ts_json_write_true(ts_json_write *w, const char *key, bool value)
{
    if (value)
        ts_json_write_bool(w, key, true);
}
