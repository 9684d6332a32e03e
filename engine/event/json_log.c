/* json_log.c - events as JSON lines; fields are described in docs/reference/events.md. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>
#include <ts/time.h>

#include "json.h"
#include "os.h"
#include "sinks.h"

#define LINE_MAX_BYTES (4u * 1024u * 1024u) /* of one event */

struct ts_json_log {
    ts_file *file;
    char *path;
    ts_err *lost; /* the first write that failed */
};

static void put_time(ts_json_writer *w, int64_t time)
{
    ts_civil t = ts_time_civil(time);
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day,
             t.hour, t.minute, t.second, t.millisecond);
    ts_json_put_str(w, "time", text);
}

static void put_node(ts_json_writer *w, const ts_event *e)
{
    ts_json_begin_object(w, "node");
    ts_json_put_str(w, "path", e->node->path);
    ts_json_put_str(w, "name", e->node->name);
    ts_json_put_str_opt(w, "type", e->node->type);
    ts_json_put_uint(w, "instruction", e->node->index);
    ts_json_put_uint(w, "line", e->node->line);
    ts_json_end(w);
}

static void put_effects(ts_json_writer *w, unsigned effects)
{
    ts_json_begin_array(w, "effects");
    for (int bit = 0; bit < TS_EFFECT_COUNT; bit++)
        if (effects & 1u << bit)
            ts_json_put_str(w, NULL, ts_effect_id((ts_effect_bit)bit));
    ts_json_end(w);
}

static bool has_code(const ts_event *e)
{
    return e->kind == TS_EVENT_STEP_END || e->kind == TS_EVENT_RUN_END ||
           e->kind == TS_EVENT_CHILD_END || e->kind == TS_EVENT_LEAF;
}

static void put_event(ts_json_writer *w, const ts_event *e)
{
    static const char *const levels[] = {"verbose", "info", "warning", "error"};
    ts_json_begin_object(w, NULL);
    put_time(w, e->time);
    ts_json_put_str(w, "event", ts_event_kind_id(e->kind));
    ts_json_put_str(w, "level", levels[e->level]);
    if (e->steps)
        ts_json_put_uint(w, "step", e->step);
    if (e->steps)
        ts_json_put_uint(w, "steps", e->steps);
    if (e->node)
        put_node(w, e);
    ts_json_put_str_opt(w, "outcome", ts_outcome_id(e->outcome));
    if (has_code(e))
        ts_json_put_int(w, "code", e->code);
    if (e->assumed)
        ts_json_put_bool(w, "assumed", true);
    if (e->refused)
        ts_json_put_bool(w, "refused", true);
    if (e->effects)
        put_effects(w, e->effects);
    if (e->total)
        ts_json_put_uint(w, "done", e->done);
    if (e->total)
        ts_json_put_uint(w, "total", e->total);
    if (e->duration)
        ts_json_put_uint(w, "duration_ms", e->duration);
    ts_json_put_str_opt(w, "component", e->component);
    ts_json_put_str_opt(w, "text", e->text);
    ts_json_put_str_opt(w, "detail", e->detail);
    if (e->source_line)
        ts_json_put_uint(w, "source_line", e->source_line);
    ts_json_end(w);
}

static void on_event(void *ctx, const ts_event *e)
{
    ts_json_log *log = ctx;
    if (log->lost)
        return;
    ts_buf line;
    ts_buf_init(&line, LINE_MAX_BYTES);
    ts_json_writer w;
    ts_json_writer_init(&w, &line, false);
    put_event(&w, e);
    ts_buf_char(&line, '\n');
    if (ts_json_finish(&w, &log->lost))
        ts_file_append(log->file, line.data, line.len, &log->lost);
    ts_buf_done(&line);
}

ts_json_log *ts_json_log_open(const char *path, ts_err **err)
{
    ts_json_log *log = ts_alloc(sizeof *log);
    if (!log) {
        ts_fail_nomem(err);
        return NULL;
    }
    log->path = ts_strdup(path);
    if (!log->path)
        ts_fail_nomem(err);
    else
        log->file = ts_file_open(path, TS_FILE_APPEND, false, err);
    if (log->file)
        return log;
    ts_json_log_close(log, NULL);
    return NULL;
}

ts_sink ts_json_log_sink(ts_json_log *log)
{
    return (ts_sink){.event = on_event, .ctx = log};
}

bool ts_json_log_close(ts_json_log *log, ts_err **err)
{
    if (!log)
        return true;
    bool ok = !log->lost;
    if (log->lost && err) {
        *err = log->lost;
        log->lost = NULL;
        ts_wrap(err, "events of '%s' were lost", log->path);
    }
    ts_err_free(log->lost);
    ts_file_close(log->file);
    free(log->path);
    free(log);
    return ok;
}
