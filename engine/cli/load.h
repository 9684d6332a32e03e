/* load.h - what most commands start with: a sequence file and the step table. */
#ifndef TS_CLI_LOAD_H
#define TS_CLI_LOAD_H

#include <ts/error.h>
#include <ts/sequence.h>
#include <ts/step.h>

typedef struct ts_loaded {
    ts_bundle *bundle;
    ts_steps *steps;
} ts_loaded;

/* The built-in step table. NULL with an error. */
ts_steps *ts_loaded_steps(ts_err **err);
/* Reads the file. `loaded` is zeroed by the caller and
 * may be half filled on failure; ts_loaded_done frees it in any case. */
bool ts_loaded_open(ts_loaded *loaded, const char *file, ts_err **err);
void ts_loaded_done(ts_loaded *loaded);
/* By package id or name, or the entry when `id` is NULL. TS_NOT_FOUND lists what the file holds. */
const ts_sequence *ts_loaded_sequence(const ts_loaded *loaded, const char *id, ts_err **err);

#endif
