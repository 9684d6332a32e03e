/* load.c - what all parts of loading share: warnings and small readers. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "load.h"

#define WARNING_BYTES_MAX 1024u

void ts_load_init(ts_load *load, ts_arena *arena)
{
    *load = (ts_load){.arena = arena};
}

void ts_load_done(ts_load *load)
{
    free(load->warnings);
    load->warnings = NULL;
}

void *ts_load_alloc(ts_load *load, size_t count, size_t size)
{
    void *p = count > SIZE_MAX / size ? NULL : ts_arena_alloc(load->arena, count * size);
    if (!p)
        load->no_memory = true;
    return p;
}

char *ts_load_strdup(ts_load *load, const char *text)
{
    char *copy = ts_arena_strdup(load->arena, text);
    if (!copy)
        load->no_memory = true;
    return copy;
}

static ts_load_warning *next_warning(ts_load *load)
{
    if (load->n_warnings == load->cap_warnings) {
        size_t cap = load->cap_warnings ? load->cap_warnings * 2 : 16;
        ts_load_warning *more = ts_realloc_array(load->warnings, cap, sizeof *more);
        if (!more) {
            load->no_memory = true;
            return NULL;
        }
        load->warnings = more;
        load->cap_warnings = cap;
    }
    return &load->warnings[load->n_warnings++];
}

void ts_load_warn(ts_load *load, const char *rule, uint32_t line, const char *fmt, ...)
{
    if (load->n_warnings > TS_LOAD_WARNINGS_MAX)
        return;
    ts_load_warning *w = next_warning(load);
    if (!w)
        return;
    w->rule = rule;
    w->line = line;
    if (load->n_warnings > TS_LOAD_WARNINGS_MAX) {
        w->rule = "load-more-warnings";
        w->text = "there are more warnings than are kept";
        return;
    }
    ts_buf text;
    ts_buf_init(&text, WARNING_BYTES_MAX);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    /* a longer one quotes a huge name: the rule and the line say enough */
    w->text = text.over_limit ? fmt : ts_load_strdup(load, ts_buf_text(&text));
    if (!w->text || text.no_memory)
        load->no_memory = true;
    ts_buf_done(&text);
}

static void stray(void *ctx, ts_xml_stray kind, uint32_t line, const char *text)
{
    static const char *const rules[] = {
        [TS_XML_STRAY_ATTRIBUTE] = "load-unknown-attribute",
        [TS_XML_STRAY_ELEMENT] = "load-unknown-element",
        [TS_XML_STRAY_TEXT] = "load-stray-text",
    };
    ts_load_warn(ctx, rules[kind], line, "%s", text);
}

void ts_load_leftovers(ts_load *load, ts_xml *e, const char *known)
{
    ts_err *err = NULL;
    if (!ts_xml_done(e, known, stray, load, &err))
        load->no_memory = true;
    ts_err_free(err);
}

bool ts_load_finish(ts_load *load, const ts_load_warning **warnings, size_t *count, ts_err **err)
{
    ts_load_warning *copy = ts_load_alloc(load, load->n_warnings ? load->n_warnings : 1,
                                          sizeof *copy);
    if (load->no_memory)
        return ts_fail_nomem(err);
    if (load->n_warnings > 0)
        memcpy(copy, load->warnings, load->n_warnings * sizeof *copy);
    *warnings = copy;
    *count = load->n_warnings;
    return true;
}

const char *ts_load_value(ts_xml *e)
{
    const char *text = ts_xml_text(e);
    return ts_str_blank(text) ? "" : text;
}

void ts_load_bool(ts_load *load, ts_xml *e, const char *name, bool *out)
{
    const char *value = ts_xml_attr_get(e, name);
    if (value && !ts_str_bool(value, out))
        ts_load_warn(load, "load-bad-value", e->line,
                     "attribute '%s' is '%s', expected true or false: taken as %s", name, value,
                     *out ? "true" : "false");
}
