/* diff.h - two versions of a sequence: which steps changed, and what that changes for whom. */
#ifndef TS_DIFF_H
#define TS_DIFF_H

#include <ts/sequence.h>
#include <ts/step.h>

#include "story.h"
#include "style.h"

#define TS_DIFF_VALUE_MAX 300u /* bytes of a value that is shown; more is cut */

typedef enum ts_diff_kind {
    TS_DIFF_ADDED,
    TS_DIFF_REMOVED,
    TS_DIFF_MOVED,  /* other group, or another place among its neighbours */
    TS_DIFF_CHANGED /* condition, settings, type, command line, flags */
} ts_diff_kind;

typedef struct ts_diff_field {
    const char *name;           /* "condition", "setting 'X'" */
    const char *before, *after; /* "" when it was not there; secrets are *** */
    struct ts_diff_field *next;
} ts_diff_field;

typedef struct ts_diff_change {
    ts_diff_kind kind;
    const ts_node *a, *b; /* NULL: not in that version */
    ts_diff_field *fields, *fields_tail;
} ts_diff_change;

/* Two sequences that belong together: the entries, or children with the same package id. */
typedef struct ts_diff_pair {
    const ts_sequence *a, *b;
    uint32_t *to_b; /* instruction of a in b; UINT32_MAX: gone */
    uint32_t *to_a;
    struct ts_diff_pair *next;
} ts_diff_pair;

typedef struct ts_diff_step {
    const ts_node *node;
    struct ts_diff_step *next;
} ts_diff_step;

/* What a pre-start script does or sets. */
typedef struct ts_diff_line ts_diff_line;
struct ts_diff_line {
    const char *text;
    const ts_diff_line *next;
};

typedef struct ts_diff_machine {
    const char *name;
    ts_verdict before, after;
    ts_diff_step *gained;                  /* steps of b that run now and did not */
    ts_diff_step *lost;                    /* steps of a that ran and do not now */
    unsigned effects_gained, effects_lost; /* TS_EFFECT bits */
    uint64_t bytes_before, bytes_after;    /* downloads */
    const ts_diff_line *script_gained;     /* what pre-start scripts do and set now and did not */
    const ts_diff_line *script_lost;
    bool alike; /* nothing changes for it */
} ts_diff_machine;

typedef struct ts_diff {
    ts_arena *arena;
    ts_diff_pair *pairs;
    const ts_steps *steps;
    ts_diff_change *changes;
    size_t n_changes, cap_changes;
    ts_diff_machine *machines;
    size_t n_machines;
} ts_diff;

/* The bundles must outlive the result. */
ts_diff *ts_diff_new(const ts_bundle *a, const ts_bundle *b, const ts_steps *steps, ts_err **err);
void ts_diff_free(ts_diff *diff);
/* The same machine with both versions. */
bool ts_diff_add_machine(ts_diff *diff, const char *name, const ts_story *a, const ts_story *b,
                         ts_err **err);

/* Sentences about the risk, the gravest first: "disk wipe now reaches 3 machines that it did not
 * reach before". Calls `add` for each; none: nothing gets more dangerous. */
void ts_diff_risks(const ts_diff *diff, void (*add)(void *ctx, const char *text), void *ctx);
void ts_diff_text(const ts_diff *diff, const ts_style *style, ts_buf *out);
void ts_diff_markdown(const ts_diff *diff, ts_buf *out);
void ts_diff_json(const ts_diff *diff, ts_buf *out);

#endif
