/* load.h - what most commands start with: a sequence file and the step table. */
#ifndef TS_CLI_LOAD_H
#define TS_CLI_LOAD_H

#include <ts/error.h>
#include <ts/sequence.h>
#include <ts/step.h>
#include <ts/vars.h>

#include "lua_steps.h"
#include "opt.h"

#define TS_LOADED_FOLDERS_MAX 16u /* folders with steps in Lua */
/* Remembers the folders for resume: absolute paths, one a line. */
#define TS_STEPS_VARIABLE "_TaskseqSteps"
#define TS_STEPS_OPT                                                                               \
    {                                                                                              \
        .name = "steps", .arg = "FOLDER", .repeat = true, .words = TS_WORDS_FOLDER,                \
        .help = "folder with steps in Lua; a folder 'steps' beside the sequence is used anyway"    \
    }

/* Of simulations and tests; a real run has its own. */
#define TS_SIMULATED_SCRIPT_SECONDS 60u
#define TS_SCRIPT_LIMIT_OPT                                                                        \
    {                                                                                              \
        .name = "script-limit", .arg = "SECONDS",                                                  \
        .help = "a Lua script that runs longer and cannot be stopped ends the program "            \
                "(default: 60)"                                                                    \
    }

typedef struct ts_loaded {
    ts_bundle *bundle;
    ts_steps *steps;
    ts_lua_steps *custom[TS_LOADED_FOLDERS_MAX];
    char *folders[TS_LOADED_FOLDERS_MAX]; /* absolute */
    size_t n_custom;
} ts_loaded;

/* The built-in step table. NULL with an error. */
ts_steps *ts_loaded_steps(ts_err **err);
/* Reads the file. `loaded` is zeroed by the caller and
 * may be half filled on failure; ts_loaded_done frees it in any case. */
bool ts_loaded_open(ts_loaded *loaded, const char *file, ts_err **err);
void ts_loaded_done(ts_loaded *loaded);
/* Steps in Lua, into loaded->steps (made when it is not there yet). A folder that was loaded before
 * is skipped. */
bool ts_loaded_add_folder(ts_loaded *loaded, const char *folder, ts_err **err);
/* The folders of --steps and, when `file` is given, 'steps' beside it. */
bool ts_loaded_add_custom(ts_loaded *loaded, const ts_args *args, const char *file, ts_err **err);
/* Both: the steps in Lua, then the file that uses them. */
bool ts_loaded_open_with(ts_loaded *loaded, const ts_args *args, const char *file, ts_err **err);
/* Folders to a variable, and from it; relative ones lie below `work`. */
bool ts_loaded_remember(const ts_loaded *loaded, ts_vars *vars, ts_err **err);
bool ts_loaded_recall(ts_loaded *loaded, const ts_vars *vars, const char *work, ts_err **err);
void ts_loaded_watch(const ts_loaded *loaded, ts_watchdog *watchdog);
/* For scripts of simulations and tests (--script-limit): it says so and leaves the process with
 * TS_SCRIPT's status. Owned. */
ts_watchdog *ts_cli_watchdog(const ts_args *args, ts_err **err);
/* By package id or name, or the entry when `id` is NULL. TS_NOT_FOUND lists what the file holds. */
const ts_sequence *ts_loaded_sequence(const ts_loaded *loaded, const char *id, ts_err **err);

#endif
