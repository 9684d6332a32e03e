/* simulate_json.h - what `taskseq simulate --json` writes: docs/reference/simulate-json.md. */
#ifndef TS_SIMULATE_JSON_H
#define TS_SIMULATE_JSON_H

#include "json.h"
#include "story.h"

#define TS_SIMULATE_JSON_SCHEMA "taskseq-simulate-1"
#define TS_SIMULATE_JSON_DEPTH  2u /* where the object of a machine stands in the document */

/* The object of one machine. error: why it could not be simulated to the end; NULL: it was. */
void ts_simulate_json_machine(ts_json_writer *w, const char *machine, const ts_story *story,
                              const ts_err *error);
/* The document: the sequence, and one object (text made by the function above) a machine. */
void ts_simulate_json(ts_buf *out, const ts_sequence *sequence, const char *const *machines,
                      size_t count);

#endif
