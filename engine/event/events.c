/* events.c - names of events, and sending them to sinks. */
#include <ts/event.h>

const char *ts_event_kind_id(ts_event_kind kind)
{
    static const char *const ids[] = {
#define ROW(name, id) id,
        TS_EVENT_KINDS(ROW)
#undef ROW
    };
    return ids[kind];
}

const char *ts_outcome_id(ts_outcome outcome)
{
    static const char *const ids[] = {
#define ROW(name, id) id,
        TS_OUTCOMES(ROW)
#undef ROW
    };
    return ids[outcome];
}

bool ts_events_add(ts_events *events, ts_sink sink)
{
    if (events->n_sinks == TS_SINKS_MAX)
        return false;
    events->sinks[events->n_sinks++] = sink;
    return true;
}

void ts_events_send(const ts_events *events, const ts_event *event)
{
    for (size_t i = 0; i < events->n_sinks; i++)
        events->sinks[i].event(events->sinks[i].ctx, event);
}
