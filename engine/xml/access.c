/* access.c - typed accessors that consume, and the report of what nobody asked for. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "xml.h"

#define NAME_MAX_BYTES 64u /* names longer than this are no typing errors of ours */

bool ts_xml_fail(const ts_xml *e, ts_err **err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(err, TS_SYNTAX, fmt, args);
    va_end(args);
    return ts_wrap(err, "%s:%u:%u", ts_xml_file(e), (unsigned)e->line, (unsigned)e->column);
}

const char *ts_xml_attr_get(ts_xml *e, const char *name)
{
    for (uint32_t i = 0; i < e->n_attrs; i++) {
        if (strcmp(e->attrs[i].name, name) == 0) {
            e->attrs[i].used = true;
            return e->attrs[i].value;
        }
    }
    return NULL;
}

bool ts_xml_str(ts_xml *e, const char *name, ts_xml_flag flag, const char **out, ts_err **err)
{
    const char *value = ts_xml_attr_get(e, name);
    if (value)
        *out = value;
    else if (flag == TS_XML_REQUIRED)
        return ts_xml_fail(e, err, "element '%s' has no attribute '%s': add it", e->name, name);
    return true;
}

bool ts_xml_bool(ts_xml *e, const char *name, ts_xml_flag flag, bool *out, ts_err **err)
{
    const char *value = NULL;
    if (!ts_xml_str(e, name, flag, &value, err))
        return false;
    if (value && !ts_str_bool(value, out))
        return ts_xml_fail(e, err, "attribute '%s' of element '%s' is '%s': expected true or false",
                           name, e->name, value);
    return true;
}

bool ts_xml_int(ts_xml *e, const char *name, ts_xml_flag flag, int64_t min, int64_t max,
                int64_t *out, ts_err **err)
{
    const char *value = NULL;
    int64_t number;
    if (!ts_xml_str(e, name, flag, &value, err))
        return false;
    if (!value)
        return true;
    if (!ts_str_int64(value, &number) || number < min || number > max)
        return ts_xml_fail(e, err,
                           "attribute '%s' of element '%s' is '%s': expected a number from %lld to "
                           "%lld",
                           name, e->name, value, (long long)min, (long long)max);
    *out = number;
    return true;
}

ts_xml *ts_xml_child(ts_xml *e, const char *name)
{
    for (ts_xml *c = e->first; c; c = c->next) {
        if (!c->used && strcmp(c->name, name) == 0) {
            c->used = true;
            return c;
        }
    }
    return NULL;
}

ts_xml *ts_xml_each(ts_xml *e, ts_xml *prev, const char *name)
{
    for (ts_xml *c = prev ? prev->next : e->first; c; c = c->next) {
        if (strcmp(c->name, name) == 0) {
            c->used = true;
            return c;
        }
    }
    return NULL;
}

bool ts_xml_child_text(ts_xml *e, const char *name, ts_xml_flag flag, const char **out,
                       ts_err **err)
{
    ts_xml *child = ts_xml_child(e, name);
    if (child)
        *out = ts_xml_text(child);
    else if (flag == TS_XML_REQUIRED)
        return ts_xml_fail(e, err, "element '%s' has no '<%s>' inside: add it", e->name, name);
    return true;
}

ts_xml *ts_xml_next(ts_xml *e, ts_xml *prev)
{
    return prev ? prev->next : e->first;
}

const char *ts_xml_text(ts_xml *e)
{
    e->text_used = true;
    return e->text;
}

/* The known name that was probably meant; "" when none is near. */
static void nearest(const char *name, const char *known, char *out, size_t size)
{
    unsigned best = 3; /* one or two slips of the keyboard */
    out[0] = 0;
    for (const char *p = known; *p;) {
        size_t n = strcspn(p, " ");
        char candidate[NAME_MAX_BYTES];
        snprintf(candidate, sizeof candidate, "%.*s", (int)(n < sizeof candidate ? n : 0), p);
        unsigned far = ts_str_ieq(candidate, name) ? 0 : ts_str_distance(candidate, name);
        if (candidate[0] && far < best && far < strlen(name)) {
            best = far;
            snprintf(out, size, "%s", candidate);
        }
        p += n;
        while (*p == ' ')
            p++;
    }
}

static bool report_one(ts_xml_stray kind, uint32_t line, const ts_xml *owner, const char *name,
                       const char *known, ts_xml_report report, void *ctx, ts_err **err)
{
    char meant[NAME_MAX_BYTES];
    nearest(name, known, meant, sizeof meant);
    char *text = ts_sprintf("%s '%s' is not expected in element '%s'%s%s%s",
                            kind == TS_XML_STRAY_ATTRIBUTE ? "attribute" : "element", name,
                            owner->name, meant[0] ? ": did you mean '" : "", meant,
                            meant[0] ? "'?" : "");
    if (!text)
        return ts_fail_nomem(err);
    report(ctx, kind, line, text);
    ts_free_ptr(&text);
    return true;
}

bool ts_xml_done(ts_xml *e, const char *known, ts_xml_report report, void *ctx, ts_err **err)
{
    for (uint32_t i = 0; i < e->n_attrs; i++)
        if (!e->attrs[i].used && !report_one(TS_XML_STRAY_ATTRIBUTE, e->line, e, e->attrs[i].name,
                                             known, report, ctx, err))
            return false;
    for (ts_xml *c = e->first; c; c = c->next)
        if (!c->used &&
            !report_one(TS_XML_STRAY_ELEMENT, c->line, e, c->name, known, report, ctx, err))
            return false;
    if (!e->text_used && !ts_str_blank(e->text)) {
        char *text = ts_sprintf("text is not expected directly in element '%s'", e->name);
        if (!text)
            return ts_fail_nomem(err);
        report(ctx, TS_XML_STRAY_TEXT, e->text_line, text);
        ts_free_ptr(&text);
    }
    return true;
}

typedef struct strict {
    const ts_xml *e;
    ts_err **err;
    bool failed;
} strict;

static void fail_first(void *ctx, ts_xml_stray kind, uint32_t line, const char *text)
{
    strict *s = ctx;
    (void)kind;
    if (s->failed)
        return;
    s->failed = true;
    ts_fail(s->err, TS_SYNTAX, "%s:%u: %s", ts_xml_file(s->e), (unsigned)line, text);
}

bool ts_xml_done_strict(ts_xml *e, const char *known, ts_err **err)
{
    strict s = {e, err, false};
    return ts_xml_done(e, known, fail_first, &s, err) && !s.failed;
}
