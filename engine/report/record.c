/* record.c - keeps events in memory for reports. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "record.h"

struct ts_record {
    unsigned kinds;
    ts_arena *arena;
    ts_event *events;
    size_t count, cap;
    size_t text; /* bytes in the arena */
    size_t max_events, max_text;
    bool over_limit;
    bool no_memory;
};

ts_record *ts_record_new(unsigned kinds, ts_err **err)
{
    ts_record *record = ts_alloc(sizeof *record);
    ts_arena *arena = ts_arena_new();
    if (record == NULL || arena == NULL) {
        free(record);
        ts_arena_free(arena);
        ts_fail_nomem(err);
        return NULL;
    }
    record->kinds = kinds;
    record->arena = arena;
    record->max_events = TS_RECORD_EVENTS_MAX;
    record->max_text = TS_RECORD_TEXT_MAX;
    return record;
}

void ts_record_free(ts_record *record)
{
    if (record == NULL)
        return;
    ts_arena_free(record->arena);
    free(record->events);
    free(record);
}

void ts_record_limit(ts_record *record, size_t events, size_t text)
{
    record->max_events = events;
    record->max_text = text;
}

static const char *keep_text(ts_record *record, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    if (size > record->max_text - record->text) {
        record->over_limit = true;
        return NULL;
    }
    const char *copy = ts_arena_strdup(record->arena, text);
    if (copy == NULL)
        record->no_memory = true;
    else
        record->text += size;
    return copy;
}

static bool make_room(ts_record *record)
{
    if (record->count < record->cap)
        return true;
    if (record->count >= record->max_events) {
        record->over_limit = true;
        return false;
    }
    size_t cap = record->cap == 0 ? 64 : record->cap * 2;
    if (cap > record->max_events)
        cap = record->max_events;
    ts_event *events = ts_realloc_array(record->events, cap, sizeof *events);
    if (events == NULL) {
        record->no_memory = true;
        return false;
    }
    record->events = events;
    record->cap = cap;
    return true;
}

static void on_event(void *ctx, const ts_event *event)
{
    ts_record *record = ctx;
    if ((record->kinds & 1u << event->kind) == 0)
        return;
    if (event->kind == TS_EVENT_LOG && event->level < TS_LEVEL_WARNING &&
        record->kinds == TS_RECORD_REPORT)
        return;
    if (record->over_limit || record->no_memory || !make_room(record))
        return;
    ts_event copy = *event;
    copy.text = keep_text(record, event->text);
    copy.detail = keep_text(record, event->detail);
    copy.component = keep_text(record, event->component);
    copy.source = keep_text(record, event->source);
    if (!record->over_limit && !record->no_memory)
        record->events[record->count++] = copy;
}

ts_sink ts_record_sink(ts_record *record)
{
    return (ts_sink){.event = on_event, .ctx = record};
}

size_t ts_record_count(const ts_record *record)
{
    return record->count;
}

const ts_event *ts_record_at(const ts_record *record, size_t index)
{
    return &record->events[index];
}

bool ts_record_complete(const ts_record *record, ts_err **err)
{
    if (record->no_memory)
        return ts_fail_nomem(err);
    if (record->over_limit)
        return ts_fail(err, TS_LIMIT,
                       "the report holds the first %zu events only: more than %zu events or %zu "
                       "bytes of text",
                       record->count, record->max_events, record->max_text);
    return true;
}
