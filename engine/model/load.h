/* load.h - shared by the files that turn XML into the model. Nothing here outlives a load. */
#ifndef TS_MODEL_LOAD_H
#define TS_MODEL_LOAD_H

#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/sequence.h>

#include "xml.h"

/* Collects warnings of one document; texts live in the arena. */
typedef struct ts_load {
    ts_arena *arena;
    ts_load_warning *warnings; /* heap */
    size_t n_warnings, cap_warnings;
    bool no_memory; /* sticky: checked once at the end */
} ts_load;

void ts_load_init(ts_load *load, ts_arena *arena);
void ts_load_done(ts_load *load);
void ts_load_warn(ts_load *load, const char *rule, uint32_t line, const char *fmt, ...)
    TS_PRINTF(4, 5);
/* Warns about what nobody consumed. */
void ts_load_leftovers(ts_load *load, ts_xml *e, const char *known);
/* Moves the warnings into the arena. False when memory was out at any time. */
bool ts_load_finish(ts_load *load, const ts_load_warning **warnings, size_t *count, ts_err **err);
/* From the arena; NULL sets the sticky flag. */
void *ts_load_alloc(ts_load *load, size_t count, size_t size);
char *ts_load_strdup(ts_load *load, const char *text);

/* The text of an element; white space only counts as empty, because pretty-printed files put a
 * line end and blanks into empty values. */
const char *ts_load_value(ts_xml *e);
/* true/false; anything else is a warning and leaves *out. */
void ts_load_bool(ts_load *load, ts_xml *e, const char *name, bool *out);

/* A <condition>; never NULL but when memory is out. An empty one is an AND without children. */
const struct ts_cond *ts_load_condition(ts_load *load, ts_xml *condition);
/* Both must hold. */
const struct ts_cond *ts_load_both(ts_load *load, const struct ts_cond *a, const struct ts_cond *b);

/* Fills nodes, globals, references, warnings, version, line of *out from a <sequence> element, and
 * name and description when they are still NULL. */
bool ts_sequence_from_xml(ts_arena *arena, ts_xml *sequence, ts_sequence *out, ts_err **err);

#endif
