/* buf.c - a bounded, growing buffer with sticky failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#define FIRST_BYTES 64u

void ts_buf_init(ts_buf *buf, size_t max)
{
    *buf = (ts_buf){.max = max};
}

void ts_buf_done(ts_buf *buf)
{
    free(buf->data);
    *buf = (ts_buf){.max = buf->max};
}

void ts_buf_clear(ts_buf *buf)
{
    buf->len = 0;
    buf->over_limit = buf->no_memory = false;
    if (buf->data)
        buf->data[0] = 0;
}

static bool make_room(ts_buf *buf, size_t extra)
{
    if (buf->over_limit || buf->no_memory)
        return false;
    if (extra > buf->max || buf->len > buf->max - extra) {
        buf->over_limit = true;
        return false;
    }
    size_t need = buf->len + extra + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : FIRST_BYTES;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *data = ts_realloc_array(buf->data, cap, 1);
    if (!data) {
        buf->no_memory = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void ts_buf_add(ts_buf *buf, const void *data, size_t len)
{
    if (len == 0 || !make_room(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = 0;
}

void ts_buf_str(ts_buf *buf, const char *text)
{
    if (text)
        ts_buf_add(buf, text, strlen(text));
}

void ts_buf_char(ts_buf *buf, char c)
{
    ts_buf_add(buf, &c, 1);
}

void ts_buf_vprintf(ts_buf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n <= 0 || !make_room(buf, (size_t)n))
        return;
    vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
    buf->len += (size_t)n;
}

void ts_buf_printf(ts_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(buf, fmt, args);
    va_end(args);
}

bool ts_buf_ok(const ts_buf *buf, const char *what, ts_err **err)
{
    if (buf->no_memory)
        return ts_fail_nomem(err);
    if (buf->over_limit)
        return ts_fail(err, TS_LIMIT, "%s is longer than %zu bytes", what, buf->max);
    return true;
}

char *ts_buf_take(ts_buf *buf)
{
    char *data = buf->data;
    bool good = !buf->over_limit && !buf->no_memory;
    *buf = (ts_buf){.max = buf->max};
    if (!good) {
        free(data);
        return NULL;
    }
    return data ? data : ts_strdup("");
}

const char *ts_buf_text(const ts_buf *buf)
{
    return buf->data && buf->len ? buf->data : "";
}
