/* simulate_json.c - a simulation as data. */
#include <string.h>

#include "simulate_json.h"

static void write_effects(ts_json_writer *w, unsigned effects)
{
    if (effects == 0)
        return;
    ts_json_begin_array(w, "effects");
    for (unsigned bit = 0; bit < TS_EFFECT_COUNT; bit++)
        if ((effects & 1u << bit) != 0)
            ts_json_put_str(w, NULL, ts_effect_id((ts_effect_bit)bit));
    ts_json_end(w);
}

static void write_note(ts_json_writer *w, const ts_note *note)
{
    static const char *const kinds[] = {
        [TS_NOTE_EFFECT] = "effect",   [TS_NOTE_VARIABLE] = "variable",
        [TS_NOTE_RESTART] = "restart", [TS_NOTE_DOWNLOAD] = "download",
        [TS_NOTE_CHILD] = "child",     [TS_NOTE_WARNING] = "warning",
    };
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "kind", kinds[note->kind]);
    if (note->kind == TS_NOTE_VARIABLE) {
        ts_json_put_str(w, "name", note->text);
        ts_json_put_str(w, "value", note->detail);
    } else {
        ts_json_put_str(w, "text", note->text);
        ts_json_put_str_opt(w, "error", note->detail);
    }
    write_effects(w, note->effects);
    if (note->kind == TS_NOTE_DOWNLOAD)
        ts_json_put_uint(w, "bytes", note->bytes);
    ts_json_put_true(w, "assumed", note->assumed);
    ts_json_end(w);
}

static const char *row_outcome(const ts_row *row)
{
    if (row->unreached > 0)
        return "not reached";
    if (row->outcome == TS_OUTCOME_NONE)
        return "unfinished";
    return ts_outcome_id(row->outcome);
}

static void write_row(ts_json_writer *w, const ts_row *row)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "outcome", row_outcome(row));
    ts_json_put_uint(w, "depth", row->depth);
    if (row->unreached > 0) {
        ts_json_put_uint(w, "steps", row->unreached);
        ts_json_put_str(w, "first", row->reason);
        ts_json_end(w);
        return;
    }
    ts_json_put_str(w, "kind", row->script != NULL ? "prestart" : row->is_group ? "group" : "step");
    ts_json_put_str_opt(w, "name", row->script);
    if (row->node != NULL) {
        ts_json_put_str(w, "path", row->node->path);
        ts_json_put_str(w, "name", row->node->name);
        ts_json_put_str_opt(w, "type", row->node->type);
        ts_json_put_str(w, "file", row->sequence->file);
        ts_json_put_uint(w, "line", row->node->line);
    }
    ts_json_put_true(w, "may_run", row->maybe);
    ts_json_put_true(w, "assumed", row->assumed);
    if (row->code != 0)
        ts_json_put_int(w, "code", row->code);
    ts_json_put_str_opt(w, "reason", row->reason);
    ts_json_put_str_opt(w, "title", row->title);
    ts_json_put_uint(w, "duration_ms", row->duration);
    if (row->notes != NULL) {
        ts_json_begin_array(w, "notes");
        for (const ts_note *note = row->notes; note != NULL; note = note->next)
            write_note(w, note);
        ts_json_end(w);
    }
    ts_json_end(w);
}

static void write_totals(ts_json_writer *w, const ts_totals *t)
{
    ts_json_begin_object(w, "totals");
    ts_json_put_uint(w, "ran", t->ran);
    ts_json_put_uint(w, "skipped", t->skipped);
    ts_json_put_uint(w, "disabled", t->disabled);
    ts_json_put_uint(w, "failed", t->failed);
    ts_json_put_uint(w, "continued", t->continued);
    ts_json_put_uint(w, "may_run", t->maybe);
    ts_json_put_uint(w, "assumed", t->assumed);
    ts_json_put_uint(w, "unsupported", t->unsupported);
    ts_json_put_uint(w, "not_reached", t->unreached);
    ts_json_put_uint(w, "restarts", t->restarts);
    ts_json_put_uint(w, "disk_wipes", t->wipes);
    ts_json_put_uint(w, "download_bytes", t->bytes);
    ts_json_end(w);
}

void ts_simulate_json_machine(ts_json_writer *w, const char *machine, const ts_story *story,
                              const ts_err *error)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "machine", machine);
    ts_json_put_str(w, "host", story->host);
    ts_json_put_str(w, "verdict", ts_verdict_id(ts_story_verdict(story)));
    ts_json_put_str_opt(w, "text", story->verdict);
    if (error != NULL)
        ts_json_put_str(w, "error", ts_err_text(error));
    if (story->code != 0)
        ts_json_put_int(w, "code", story->code);
    ts_json_put_uint(w, "duration_ms", story->duration);
    if (story->failure != NULL) {
        ts_json_begin_object(w, "failure");
        ts_json_put_str(w, "path", story->failure->node->path);
        ts_json_put_str(w, "file", story->failure->sequence->file);
        ts_json_put_uint(w, "line", story->failure->node->line);
        ts_json_put_int(w, "code", story->failure->code);
        ts_json_put_str_opt(w, "reason", story->failure->reason);
        ts_json_end(w);
    }
    write_totals(w, &story->totals);
    ts_json_begin_array(w, "steps");
    for (size_t i = 0; i < story->n_rows; i++)
        write_row(w, &story->rows[i]);
    ts_json_end(w);
    ts_json_end(w);
}

void ts_simulate_json(ts_buf *out, const ts_sequence *sequence, const char *const *machines,
                      size_t count)
{
    ts_json_writer w;
    ts_json_writer_init(&w, out, true);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "schema", TS_SIMULATE_JSON_SCHEMA);
    ts_json_begin_object(&w, "sequence");
    ts_json_put_str(&w, "name", sequence->name);
    ts_json_put_str(&w, "file", sequence->file);
    ts_json_put_str_opt(&w, "package_id", sequence->package_id);
    ts_json_put_str(&w, "sha256", sequence->sha256);
    ts_json_end(&w);
    ts_json_begin_array(&w, "machines");
    for (size_t i = 0; i < count; i++)
        ts_json_put_raw(&w, NULL, machines[i]);
    ts_json_end(&w);
    ts_json_end(&w);
}
