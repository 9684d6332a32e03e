/* coverage.h - what tests have seen of sequences and of steps in Lua, counted from events.
 *
 * - step: it ran at least once;
 * - condition outcome: each leaf of a condition was seen true, and seen false (two outcomes a
 * leaf);
 * - error edge: a step was seen to fail at least once (forgiven or not);
 * - Lua line: a line of a step's script ran. Lines without code (blank, comment, a lone 'end') do
 *   not count; the rest is taken from the text, as Lua does not say which lines hold code.
 * Disabled steps and what is below disabled groups do not count. */
#ifndef TS_COVERAGE_H
#define TS_COVERAGE_H

#include <ts/condition.h>
#include <ts/error.h>
#include <ts/event.h>
#include <ts/mem.h>
#include <ts/sequence.h>
#include <ts/text.h>

#include "style.h"

typedef struct ts_cover_step {
    uint32_t runs, fails;
} ts_cover_step;

typedef struct ts_cover_leaf {
    const struct ts_cond *cond;
    const ts_node *node;
    uint32_t yes, no;
} ts_cover_leaf;

typedef struct ts_cover_sequence {
    const ts_sequence *sequence;
    ts_cover_step *steps;   /* by instruction */
    ts_cover_leaf *leaves;  /* in the order of the file */
    ts_cover_leaf **sorted; /* by address, for look-up */
    size_t n_leaves;
} ts_cover_sequence;

typedef struct ts_cover_lua {
    const char *path;
    const char *source;
    bool *code;     /* by line from 1: it counts */
    uint32_t *hits; /* by line from 1 */
    size_t n_lines;
} ts_cover_lua;

typedef struct ts_cover_totals {
    size_t steps, steps_seen, outcomes, outcomes_seen, edges, edges_seen, lines, lines_seen;
} ts_cover_totals;

typedef struct ts_coverage {
    ts_arena *arena;
    ts_cover_sequence **sequences; /* in the order in which they were added */
    size_t n_sequences;
    ts_cover_lua **scripts;
    size_t n_scripts;
    ts_cover_sequence *last; /* of the last event */
    bool no_memory;
} ts_coverage;

ts_coverage *ts_coverage_new(ts_err **err);
void ts_coverage_free(ts_coverage *coverage);
/* Every sequence of the bundle counts from here; it must outlive the coverage. Twice is fine. */
bool ts_coverage_add_bundle(ts_coverage *coverage, const ts_bundle *bundle, ts_err **err);
ts_sink ts_coverage_sink(ts_coverage *coverage);
/* A script; the same path again gives the same object. NULL with TS_NOMEM. */
ts_cover_lua *ts_coverage_add_lua(ts_coverage *coverage, const char *path, const char *source,
                                  size_t size, ts_err **err);
void ts_coverage_line(ts_cover_lua *script, int line);

bool ts_cover_counts(
    const ts_node *node); /* a step that is neither disabled nor in a disabled group */
void ts_coverage_sequence_totals(const ts_cover_sequence *sequence, ts_cover_totals *out);
void ts_coverage_script_totals(const ts_cover_lua *script, ts_cover_totals *out);
void ts_coverage_totals(const ts_coverage *coverage, ts_cover_totals *out);
/* What --fail-under looks at: steps, condition outcomes and Lua lines together; error edges are
 * told apart, as few tests make every step fail. 100 when there is nothing. */
double ts_coverage_percent(const ts_cover_totals *totals);

void ts_coverage_text(const ts_coverage *coverage, const ts_style *style, ts_buf *out);
/* Cobertura XML: a sequence or script is a class, its lines are those of steps and leaves; a leaf
 * is a branch with two outcomes. time: seconds since 1970. */
bool ts_coverage_cobertura(const ts_coverage *coverage, int64_t time, ts_buf *out, ts_err **err);

#endif
