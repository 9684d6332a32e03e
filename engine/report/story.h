/* story.h - a run as a tree of rows, folded from recorded events. Tree, table, JSON and HTML are
 * all made from this, so they cannot tell different stories. */
#ifndef TS_STORY_H
#define TS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/event.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sequence.h>
#include <ts/text.h>

#include "record.h"

typedef enum ts_note_kind {
    TS_NOTE_EFFECT,   /* text: what; detail: error or NULL */
    TS_NOTE_VARIABLE, /* text: name; detail: value, NULL: deleted */
    TS_NOTE_RESTART,  /* text: where to */
    TS_NOTE_DOWNLOAD, /* text: package; bytes */
    TS_NOTE_CHILD,    /* text: name of the child sequence */
    TS_NOTE_WARNING   /* text: what the step warned of */
} ts_note_kind;

typedef struct ts_note ts_note;
struct ts_note {
    ts_note_kind kind;
    unsigned effects;
    bool assumed;
    bool refused; /* a wipe that touched nothing */
    uint64_t bytes;
    const char *text;   /* never NULL */
    const char *detail; /* may be NULL */
    const ts_note *next;
};

typedef struct ts_row {
    const ts_sequence *sequence;
    const ts_node *node; /* NULL for "not reached" rows and pre-start scripts */
    const char *script;  /* of a pre-start script: its file name; NULL otherwise */
    unsigned depth;
    bool last; /* no later row at this depth under the same parent */
    bool is_group;
    bool maybe;         /* its condition could not be known; what is below assumes that it runs */
    bool inherited;     /* it stands below a row that may run */
    bool assumed;       /* its outcome follows from an assumption */
    ts_outcome outcome; /* NONE: it began and did not end */
    uint32_t unreached; /* > 0: this row stands for so many steps that were not reached */
    int64_t code;
    int64_t began;      /* milliseconds since 1970 UTC, of the host's clock; 0: it did not begin */
    uint64_t duration;  /* milliseconds */
    const char *reason; /* why skipped, may run or failed; "" when there is none */
    const char *title;  /* of the step's type; "" for groups */
    const ts_note *notes; /* in order; NULL: none */
    ts_note *notes_tail;  /* used while folding */
} ts_row;

typedef struct ts_totals {
    uint32_t ran, skipped, disabled, failed, continued, maybe, unsupported, unreached;
    uint32_t restarts, wipes, assumed;
    uint32_t wipes_failed;  /* tried and not done, or not to the end; not in wipes */
    uint32_t wipes_refused; /* nothing was touched; not in the two above */
    uint32_t programs;      /* that ran: what they did is not known */
    uint64_t bytes;         /* downloads */
} ts_totals;

typedef struct ts_story {
    ts_arena *arena;
    const ts_sequence *sequence;
    const char *name; /* of the sequence */
    const char *host; /* "simulated machine 'laptop-nvme'" */
    ts_row *rows;
    size_t n_rows;
    ts_totals totals;   /* steps; groups do not count */
    ts_outcome outcome; /* of the run; NONE: it ended early */
    int64_t code;
    const char *verdict;   /* text of the run's end */
    const ts_row *failure; /* the step that made the run fail; NULL: none */
    int64_t began;         /* milliseconds since 1970 UTC */
    uint64_t duration;
} ts_story;

/* What stands for the row: name of step or script; "(no name)" for none. Not for "not reached". */
const char *ts_row_name(const ts_row *row);

/* Was something on a disk destroyed by it? A wipe with an error is none. */
bool ts_note_wipes(const ts_note *note);
/* Where its step stands: "s.xml:6", or "line 6 of the sequence" when the file is not known. */
void ts_row_place(const ts_row *row, ts_buf *out);
/* What a failure leaves on the disks, the first that an administrator asks. */
void ts_story_disks(const ts_story *story, ts_buf *out);

/* Texts are borrowed of the record: it must live as long. NULL: out of memory. */
ts_story *ts_story_new(const ts_record *record, ts_err **err);
void ts_story_free(ts_story *story);

/* What a reader wants to know first. */
typedef enum ts_verdict {
    TS_VERDICT_SUCCESS,
    TS_VERDICT_ASSUMED,     /* succeeds if the assumptions hold */
    TS_VERDICT_UNSUPPORTED, /* some step cannot run with this build or host: not known */
    TS_VERDICT_FAILURE,
    TS_VERDICT_RESTART,   /* a run that goes on after a restart */
    TS_VERDICT_UNFINISHED /* an engine fault or a cancelled run */
} ts_verdict;
ts_verdict ts_story_verdict(const ts_story *story);
const char *ts_verdict_id(ts_verdict verdict); /* "success" */

#endif
