/* json_write.c - JSON text into a buffer. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <ts/error.h>
#include <ts/text.h>

#include "json.h"

void ts_json_writer_init(ts_json_writer *w, ts_buf *out, bool pretty)
{
    *w = (ts_json_writer){.out = out, .pretty = pretty};
    w->first[0] = true;
}

void ts_json_writer_init_at(ts_json_writer *w, ts_buf *out, size_t depth)
{
    ts_json_writer_init(w, out, true);
    w->too_deep = depth > TS_JSON_DEPTH_MAX;
    if (!w->too_deep) {
        w->depth = depth;
        w->first[depth] = true;
    }
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

static void new_line(ts_json_writer *w)
{
    if (!w->pretty)
        return;
    ts_buf_char(w->out, '\n');
    for (size_t i = 0; i < w->depth; i++)
        ts_buf_str(w->out, "  ");
}

static void begin_value(ts_json_writer *w, const char *key)
{
    if (!w->first[w->depth])
        ts_buf_char(w->out, ',');
    w->first[w->depth] = false;
    if (w->depth > 0)
        new_line(w);
    if (key != NULL) {
        write_string(w->out, key);
        ts_buf_str(w->out, w->pretty ? ": " : ":");
    }
}

static void begin(ts_json_writer *w, const char *key, char open, char close)
{
    if (w->too_deep || w->depth == TS_JSON_DEPTH_MAX) {
        w->too_deep = true;
        return;
    }
    begin_value(w, key);
    ts_buf_char(w->out, open);
    w->depth++;
    w->first[w->depth] = true;
    w->close[w->depth] = close;
}

void ts_json_begin_object(ts_json_writer *w, const char *key)
{
    begin(w, key, '{', '}');
}

void ts_json_begin_array(ts_json_writer *w, const char *key)
{
    begin(w, key, '[', ']');
}

void ts_json_end(ts_json_writer *w)
{
    if (w->too_deep || w->depth == 0)
        return;
    bool empty = w->first[w->depth];
    char close = w->close[w->depth];
    w->depth--;
    if (!empty)
        new_line(w);
    ts_buf_char(w->out, close);
    if (w->depth == 0 && w->pretty)
        ts_buf_char(w->out, '\n');
}

void ts_json_put_null(ts_json_writer *w, const char *key)
{
    begin_value(w, key);
    ts_buf_str(w->out, "null");
}

void ts_json_put_str(ts_json_writer *w, const char *key, const char *text)
{
    if (text == NULL) {
        ts_json_put_null(w, key);
        return;
    }
    begin_value(w, key);
    write_string(w->out, text);
}

void ts_json_put_int(ts_json_writer *w, const char *key, int64_t number)
{
    begin_value(w, key);
    ts_buf_printf(w->out, "%" PRId64, number);
}

/* Readers of JSON keep 64 bits with a sign at best. */
void ts_json_put_uint(ts_json_writer *w, const char *key, uint64_t number)
{
    begin_value(w, key);
    ts_buf_printf(w->out, number <= INT64_MAX ? "%" PRIu64 : "\"%" PRIu64 "\"", number);
}

void ts_json_put_real(ts_json_writer *w, const char *key, double number)
{
    if (!(fabs(number) <= DBL_MAX)) { /* MinGW's isfinite narrows to float first */
        w->not_finite = true;
        return;
    }
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    begin_value(w, key);
    ts_buf_str(w->out, text);
    if (strpbrk(text, ".e") == NULL)
        ts_buf_str(w->out, ".0"); /* still a real when it is read again */
}

void ts_json_put_bool(ts_json_writer *w, const char *key, bool value)
{
    begin_value(w, key);
    ts_buf_str(w->out, value ? "true" : "false");
}

void ts_json_put_raw(ts_json_writer *w, const char *key, const char *json)
{
    begin_value(w, key);
    ts_buf_str(w->out, json + strspn(json, " \n"));
}

void ts_json_put_str_opt(ts_json_writer *w, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        ts_json_put_str(w, key, text);
}

void ts_json_put_true(ts_json_writer *w, const char *key, bool value)
{
    if (value)
        ts_json_put_bool(w, key, true);
}

bool ts_json_finish(const ts_json_writer *w, ts_err **err)
{
    if (w->too_deep)
        return ts_fail(err, TS_LIMIT, "nested deeper than %u", TS_JSON_DEPTH_MAX);
    if (w->not_finite)
        return ts_fail(err, TS_SCHEMA, "JSON has no word for a number that is not finite");
    return ts_buf_ok(w->out, "JSON text", err);
}
