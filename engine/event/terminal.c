/* terminal.c - progress of a run for a person: a line a step, problems in words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "sinks.h"

#define LINE_BYTES  4096u /* of one line; a longer text is cut */
#define PLACE_BYTES 256u  /* of a file's name and line */

struct ts_terminal {
    ts_terminal_options options;
    bool open;    /* live: a line without its end is on the screen */
    bool wiped;   /* a disk or volume, since this program began */
    bool tried;   /* to wipe one, and failed */
    bool refused; /* to wipe one, before anything of it was touched */
};

static const char *colour_of(const ts_terminal *t, ts_level level)
{
    if (!t->options.colour)
        return "";
    return level == TS_LEVEL_ERROR     ? "\x1b[31m"
           : level == TS_LEVEL_WARNING ? "\x1b[33m"
                                       : "\x1b[32m";
}

static void put(ts_terminal *t, const char *text)
{
    t->options.write(t->options.ctx, text, strlen(text));
}

/* Replaces the line that is under way. */
static void put_line(ts_terminal *t, bool end, const char *fmt, ...) TS_PRINTF(3, 4);
static void put_line(ts_terminal *t, bool end, const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    unsigned width = t->options.width ? t->options.width : 80;
    if (!end && width < sizeof line) /* a wrapped line cannot be rewritten in place */
        line[width - 1] = 0;
    if (t->open)
        put(t, "\r\x1b[K");
    put(t, line);
    if (end)
        put(t, "\n");
    t->open = !end;
}

static void duration(char *out, size_t size, uint64_t ms)
{
    if (ms < 1000)
        snprintf(out, size, "%u ms", (unsigned)ms);
    else if (ms < 60000)
        snprintf(out, size, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
    else
        snprintf(out, size, "%u min %02u s", (unsigned)(ms / 60000), (unsigned)(ms % 60000 / 1000));
}

/* "file:line" of a step that failed. */
static void place(char *out, size_t size, const char *before, const ts_event *e)
{
    out[0] = '\0';
    if (e->node && e->sequence)
        snprintf(out, size, "%s%s:%u", before, ts_path_base(e->sequence->file), e->node->line);
}

static void step_end(ts_terminal *t, const ts_event *e)
{
    char time[32];
    char where[PLACE_BYTES] = "";
    const char *off = t->options.colour ? "\x1b[0m" : "";
    duration(time, sizeof time, e->duration);
    const char *word = e->outcome == TS_OUTCOME_OK ? "ok" : ts_outcome_id(e->outcome);
    if (e->outcome == TS_OUTCOME_FAILED || e->outcome == TS_OUTCOME_CONTINUED)
        place(where, sizeof where, " at ", e);
    put_line(t, true, "[%2u/%u] %s: %s%s%s%s (%s)%s%s", e->step, e->steps, e->node->name,
             colour_of(t, e->level), word, off, where, time, e->text ? "\n        " : "",
             e->text ? e->text : "");
}

static void progress(ts_terminal *t, const ts_event *e)
{
    if (!t->options.live)
        return;
    unsigned percent = e->total ? (unsigned)(e->done * 100 / e->total) : 0;
    put_line(t, false, "[%2u/%u] %s: %u %% %s", e->step, e->steps, e->node ? e->node->name : "",
             percent, e->text ? e->text : "");
}

static void run_failed(ts_terminal *t, const ts_event *e, const char *time)
{
    char where[PLACE_BYTES];
    char code[48] = "";
    place(where, sizeof where, ", ", e);
    if (e->code != -1) /* -1: the step has no code, its text says all */
        snprintf(code, sizeof code, ", code %u (0x%08X)", (uint32_t)e->code, (uint32_t)e->code);
    put_line(t, true, "%sThe task sequence failed%s after %s%s%s%s%s%s.", colour_of(t, e->level),
             t->options.colour ? "\x1b[0m" : "", time, e->node ? " at step '" : "",
             e->node ? e->node->name : "", e->node ? "'" : "", where, code);
    if (t->wiped)
        put_line(t, true,
                 "A disk or volume was wiped before: what was on it is lost, and it may "
                 "hold no system that starts.");
    else if (t->tried)
        put_line(t, true,
                 "A wipe of a disk or volume was tried and failed: what was on it may be lost.");
    else if (t->refused)
        put_line(t, true, "A wipe of a disk or volume was refused: nothing on it was changed.");
}

static void run_end(ts_terminal *t, const ts_event *e)
{
    char time[32];
    duration(time, sizeof time, e->duration);
    const char *off = t->options.colour ? "\x1b[0m" : "";
    if (e->outcome == TS_OUTCOME_FAILED)
        run_failed(t, e, time);
    else if (e->outcome == TS_OUTCOME_RESTART)
        put_line(t, true, "Restart required; go on afterwards with `taskseq resume`.");
    else
        put_line(t, true, "%sThe task sequence succeeded%s in %s.", colour_of(t, e->level), off,
                 time);
}

static void effect(ts_terminal *t, const ts_event *e)
{
    if ((e->effects & TS_EFFECT(DISK_WIPE)) == 0)
        return;
    t->tried = t->tried || (e->detail != NULL && !e->refused);
    t->refused = t->refused || e->refused;
    t->wiped = t->wiped || e->detail == NULL;
}

static void on_event(void *ctx, const ts_event *e)
{
    ts_terminal *t = ctx;
    if (e->kind == TS_EVENT_PRESTART_END && e->outcome == TS_OUTCOME_OK)
        put_line(t, true, "pre-start script '%s': ok", e->text);
    else if (e->kind == TS_EVENT_RUN_BEGIN)
        put_line(t, true, "%s on %s", e->text, e->detail ? e->detail : "this machine");
    else if (e->kind == TS_EVENT_STEP_BEGIN && t->options.live)
        put_line(t, false, "[%2u/%u] %s ...", e->step, e->steps, e->node->name);
    else if (e->kind == TS_EVENT_STEP_END)
        step_end(t, e);
    else if (e->kind == TS_EVENT_GROUP_END && e->outcome != TS_OUTCOME_OK)
        put_line(t, true, "        group '%s' failed%s%s%s", e->node->name,
                 e->outcome == TS_OUTCOME_CONTINUED ? ", continue on error is set" : "",
                 e->text ? ": " : "", e->text ? e->text : "");
    else if (e->kind == TS_EVENT_PROGRESS || e->kind == TS_EVENT_DOWNLOAD)
        progress(t, e);
    else if (e->kind == TS_EVENT_LOG && e->level >= TS_LEVEL_WARNING)
        put_line(t, true, "        %s%s%s", colour_of(t, e->level), e->text,
                 t->options.colour ? "\x1b[0m" : "");
    else if (e->kind == TS_EVENT_EFFECT)
        effect(t, e);
    else if (e->kind == TS_EVENT_RESTART)
        put_line(t, true, "        %s", e->text);
    else if (e->kind == TS_EVENT_RUN_END)
        run_end(t, e);
}

ts_terminal *ts_terminal_new(const ts_terminal_options *options, ts_err **err)
{
    ts_terminal *t = ts_alloc(sizeof *t);
    if (!t) {
        ts_fail_nomem(err);
        return NULL;
    }
    t->options = *options;
    return t;
}

ts_sink ts_terminal_sink(ts_terminal *terminal)
{
    return (ts_sink){.event = on_event, .ctx = terminal};
}

void ts_terminal_free(ts_terminal *terminal)
{
    free(terminal);
}
