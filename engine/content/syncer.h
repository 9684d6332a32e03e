/* syncer.h - writes behind: a thread that brings files' bytes to the disk while more arrive, so
 * that a power cut costs little and gigabytes of dirty pages do not push the boot RAM disk out. */
#ifndef TS_SYNCER_H
#define TS_SYNCER_H

#include "os.h"

#define TS_SYNC_BYTES                                                                              \
    (16u * 1024u * 1024u) /* between two syncs of a file; smaller ones get none                    \
                           */

typedef struct ts_syncer ts_syncer;
ts_syncer *ts_syncer_new(ts_err **err);
void ts_syncer_free(ts_syncer *syncer); /* does what was asked for, first */
/* Asks for a sync; does not wait. When one is under way the wish is dropped. */
void ts_syncer_ask(ts_syncer *syncer, ts_file *file);
/* Waits until the file is not in the thread's hands: before it is closed. */
void ts_syncer_leave(ts_syncer *syncer, const ts_file *file);
/* The file is complete: it is synced and closed, then renamed, then `extra` is removed. Takes file
 * and strings over, also when it fails. */
bool ts_syncer_complete(ts_syncer *syncer, ts_file *file, char *from, char *to, char *extra,
                        ts_err **err);
/* Waits for all of that; the first failure. */
bool ts_syncer_wait(ts_syncer *syncer, ts_err **err);

#endif
