/* tail.c - the end of a program's output. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "parts.h"

#define FIRST_SIZE  4096u
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

void ts_tail_init(ts_tail *tail, size_t max)
{
    memset(tail, 0, sizeof(*tail));
    tail->max = max;
}

void ts_tail_done(ts_tail *tail)
{
    if (tail->data)
        ts_wipe(tail->data, tail->cap);
    free(tail->data);
    ts_tail_init(tail, tail->max);
}

/* Room for `more` bytes, up to max. Copies by hand: what realloc leaves behind may be a secret. */
static bool grow(ts_tail *tail, size_t more)
{
    size_t want = tail->len + more;
    if (want <= tail->cap || tail->cap == tail->max)
        return true;
    size_t cap = tail->cap ? tail->cap : FIRST_SIZE;
    while (cap < want && cap < tail->max)
        cap *= 2;
    if (cap > tail->max)
        cap = tail->max;
    char *data = ts_alloc(cap);
    if (!data)
        return false;
    if (tail->len > 0)
        memcpy(data, tail->data, tail->len);
    if (tail->data)
        ts_wipe(tail->data, tail->cap);
    free(tail->data);
    tail->data = data;
    tail->cap = cap;
    return true;
}

void ts_tail_add(ts_tail *tail, const char *data, size_t len)
{
    if (len > tail->max) {
        data += len - tail->max;
        len = tail->max;
        tail->cut = true;
    }
    if (tail->no_memory || !grow(tail, len)) {
        tail->no_memory = true;
        return;
    }
    if (tail->cap == 0)
        return; /* nothing is to be kept */
    size_t end = tail->start + tail->len;
    for (size_t done = 0; done < len;) {
        size_t at = (end + done) % tail->cap;
        size_t n = len - done < tail->cap - at ? len - done : tail->cap - at;
        memcpy(tail->data + at, data + done, n);
        done += n;
    }
    tail->len += len;
    if (tail->len > tail->cap) {
        tail->start = (tail->start + tail->len - tail->cap) % tail->cap;
        tail->len = tail->cap;
        tail->cut = true;
    }
}

static size_t sequence_length(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static void add_clean(ts_buf *out, const char *data, size_t len)
{
    while (len > 0) {
        size_t n = sequence_length((unsigned char)*data);
        if (*data != '\0' && n <= len && ts_utf8_valid(data, n)) {
            ts_buf_add(out, data, n);
        } else {
            ts_buf_str(out, REPLACEMENT);
            n = 1;
        }
        data += n;
        len -= n;
    }
}

void ts_tail_bytes(const ts_tail *tail, ts_buf *out)
{
    size_t first = tail->len < tail->cap - tail->start ? tail->len : tail->cap - tail->start;
    if (tail->len > 0) {
        ts_buf_add(out, tail->data + tail->start, first);
        ts_buf_add(out, tail->data, tail->len - first);
    }
}

char *ts_tail_take(ts_tail *tail, ts_err **err)
{
    if (tail->no_memory) {
        ts_fail_nomem(err);
        return NULL;
    }
    TS_CLEANUP(ts_buf_done) ts_buf raw;
    ts_buf_init(&raw, tail->max);
    ts_tail_bytes(tail, &raw);
    /* A cut may fall into a character; its rest is not worth a replacement mark. */
    size_t skip = 0;
    while (tail->cut && skip < raw.len && skip < 3 &&
           ((unsigned char)raw.data[skip] & 0xC0) == 0x80)
        skip++;
    ts_buf out;
    ts_buf_init(&out, tail->max * 3);
    if (raw.len > skip && !memchr(raw.data, '\0', raw.len) &&
        ts_utf8_valid(raw.data + skip, raw.len - skip))
        ts_buf_add(&out, raw.data + skip, raw.len - skip);
    else if (raw.len > skip)
        add_clean(&out, raw.data + skip, raw.len - skip);
    bool ok = ts_buf_ok(&raw, "output", err) && ts_buf_ok(&out, "output", err);
    if (raw.data)
        ts_wipe(raw.data, raw.cap);
    ts_tail_done(tail);
    char *text = ok ? ts_buf_take(&out) : NULL;
    ts_buf_done(&out);
    if (ok && !text)
        ts_fail_nomem(err);
    return text;
}
