/* kept.h - what a run was started with: options that a resume need not say again. They are
 * variables of the run, so the journal has them, and none of them is a secret. */
#ifndef TS_CLI_KEPT_H
#define TS_CLI_KEPT_H

#include "execute.h"

/* An option of TS_EXECUTE_OPTS: of this command line, else what the run has kept. NULL: neither. */
const char *ts_kept_value(const ts_execute *execute, const char *option);
/* --disk in the same way: calls fn with each, until it gives false. */
bool ts_kept_disks(const ts_execute *execute, bool (*fn)(void *ctx, const char *spec, ts_err **err),
                   void *ctx, ts_err **err);
/* Keeps what this command line says, with absolute paths; `work` is where the journal is. */
bool ts_kept_remember(ts_execute *execute, const char *work, ts_err **err);

/* In another Windows the folders and disks of here mean nothing: all are given up, but for the site
 * file, which lies at `site` there, relative to the work folder (NULL: there is none). `out` has
 * room for TS_KEPT_MAX; returns how many were filled. */
#define TS_KEPT_MAX 16u
size_t ts_kept_leave(const char *site, ts_journal_change *out);

#endif
