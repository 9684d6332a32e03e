/* record.h - a sink that keeps events in memory, for reports that are made at the end.
 *
 * Bounded: when a limit is reached or memory is out, later events are dropped and
 * ts_record_complete says so; what was kept stays usable. Sequences and nodes are borrowed: the
 * bundle must live as long as the record. */
#ifndef TS_RECORD_H
#define TS_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>
#include <ts/event.h>

#define TS_RECORD_EVENTS_MAX 2000000u
#define TS_RECORD_TEXT_MAX   (128u * 1024u * 1024u) /* bytes of all texts together */

/* Kinds that the reports of this folder read; of logs what warns: the rest and progress are for
 * logs and screens. */
#define TS_RECORD_REPORT (~((1u << TS_EVENT_PROGRESS) | (1u << TS_EVENT_LEAF)))
#define TS_RECORD_ALL    (~0u)

typedef struct ts_record ts_record;

/* kinds: bits 1u << TS_EVENT_x. NULL: out of memory. */
ts_record *ts_record_new(unsigned kinds, ts_err **err);
void ts_record_free(ts_record *record);
ts_sink ts_record_sink(ts_record *record); /* borrows the record */
size_t ts_record_count(const ts_record *record);
const ts_event *ts_record_at(const ts_record *record, size_t index);
/* Was every event kept? Else TS_LIMIT or TS_NOMEM. */
bool ts_record_complete(const ts_record *record, ts_err **err);
/* Tests: a smaller limit. */
void ts_record_limit(ts_record *record, size_t events, size_t text);

#endif
