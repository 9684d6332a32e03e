/* json_where.c - in which line a value stands: jansson's tree has no positions, so the text, which
 * is known to be valid, is walked again along the way to the value. Only errors pay for it. */
#include <string.h>

#include <ts/error.h>
#include <ts/text.h>

#include "json_private.h"

typedef struct cursor {
    const char *p;
    const char *end;
} cursor;

static void skip_blanks(cursor *c)
{
    while (c->p < c->end && strchr(" \t\r\n,:", *c->p)) {
        c->p++;
    }
}

static void skip_string(cursor *c)
{
    for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
        if (*c->p == '\\' && c->p + 1 < c->end) {
            c->p++;
        }
    }
    if (c->p < c->end) {
        c->p++;
    }
}

/* One value, whatever is in it. */
static void skip_value(cursor *c)
{
    size_t depth = 0;
    do {
        skip_blanks(c);
        if (c->p >= c->end) {
            return;
        }
        if (*c->p == '"') {
            skip_string(c);
        } else if (*c->p == '{' || *c->p == '[') {
            depth++;
            c->p++;
        } else if (*c->p == '}' || *c->p == ']') {
            depth -= depth > 0;
            c->p++;
        } else {
            while (c->p < c->end && !strchr(" \t\r\n,:]}\"", *c->p)) {
                c->p++;
            }
        }
        skip_blanks(c);
    } while (depth > 0);
}

/* The position of a key in its object; jansson keeps the order of the file. */
static size_t ordinal_of(const ts_json *at)
{
    if (!at->key) {
        return at->index;
    }
    size_t n = 0;
    union {
        const void *in;
        json_t *out;
    } raw = {.in = at->parent->raw};
    for (void *it = json_object_iter(raw.out); it; it = json_object_iter_next(raw.out, it)) {
        if (strcmp(json_object_iter_key(it), at->key) == 0) {
            return n;
        }
        n++;
    }
    return n;
}

/* Moves from the start of a container to the start of one of its members. */
static void enter_member(cursor *c, const ts_json *member)
{
    size_t n = ordinal_of(member);
    c->p++;
    for (size_t i = 0;; i++) {
        skip_blanks(c);
        if (member->key && i == n) {
            const char *name = c->p;
            skip_string(c);
            skip_blanks(c);
            /* An error about an object or array is best told at its name. */
            c->p = c->p < c->end && strchr("{[", *c->p) ? c->p : name;
            return;
        }
        if (i == n || c->p >= c->end) {
            return;
        }
        if (member->key) {
            skip_string(c);
        }
        skip_value(c);
    }
}

uint32_t ts_json_line(const ts_json *at)
{
    const ts_json *way[TS_JSON_DEPTH_MAX + 1];
    size_t n = 0;
    for (const ts_json *p = at; p && p->parent; p = p->parent) {
        if (n > TS_JSON_DEPTH_MAX) {
            return 0;
        }
        way[n++] = p;
    }
    cursor c = {at->doc->data, at->doc->data + at->doc->size};
    skip_blanks(&c);
    while (n > 0 && c.p < c.end) {
        enter_member(&c, way[--n]);
    }
    uint32_t line = 1;
    for (const char *p = at->doc->data; p < c.p && p < c.end; p++) {
        line += *p == '\n';
    }
    return line;
}

static void write_path(ts_buf *out, const ts_json *at)
{
    if (!at || !at->parent) {
        return;
    }
    write_path(out, at->parent);
    if (at->key) {
        ts_buf_printf(out, "%s%s", out->len ? "." : "", at->key);
    } else {
        ts_buf_printf(out, "[%zu]", at->index);
    }
}

bool ts_json_fail(const ts_json *at, ts_code code, ts_err **err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(err, code, fmt, args);
    va_end(args);
    ts_buf path;
    ts_buf_init(&path, 1024);
    write_path(&path, at);
    if (path.len > 0) {
        ts_wrap(err, "%s:%u: %s", at->doc->file, ts_json_line(at), ts_buf_text(&path));
    } else {
        ts_wrap(err, "%s:%u", at->doc->file, ts_json_line(at));
    }
    ts_buf_done(&path);
    return false;
}
