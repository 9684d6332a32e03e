/* replay.h - a run from its event file (docs/reference/events.md, JSON lines), for reports.
 *
 * The file does not hold the sequence: steps that were never reached are not known, and groups are
 * known by the steps in them. A run that went on after a restart or power cut is one run; of
 * several runs in one file the last is taken; a start that a pre-start script refused is a run of
 * its own without 'run.begin' (the story has no sequence then). A torn last line (power cut) is
 * dropped. */
#ifndef TS_REPLAY_H
#define TS_REPLAY_H

#include <ts/mem.h>

#include "record.h"

#define TS_REPLAY_LINE_MAX   (4u * 1024u * 1024u) /* bytes of one event */
#define TS_REPLAY_FRAMES_MAX 10000u               /* child sequences of one run */

typedef struct ts_replay {
    ts_record *record; /* what ts_story_new takes */
    size_t runs;       /* in the file */
    ts_arena *arena;
} ts_replay;

/* `file` stands in messages: TS_SYNTAX and TS_SCHEMA with file and line. */
ts_replay *ts_replay_new(const char *file, const char *text, size_t size, ts_err **err);
void ts_replay_free(ts_replay *replay);

#endif
