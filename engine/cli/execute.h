/* execute.h - a real run on this machine: what `run` and `resume` share. */
#ifndef TS_CLI_EXECUTE_H
#define TS_CLI_EXECUTE_H

#include <ts/deploy.h>
#include <ts/run.h>

#include "load.h"
#include "prestart.h"
#include "opt.h"

/* --work when it is not given: in the current folder, so that a first try needs no rights. */
#define TS_EXECUTE_WORK            "taskseq-work"
#define TS_EXECUTE_RESTART_SECONDS 5u /* notice before --allow-restart restarts the machine */

/* Also of `machine capture`. */
#define TS_EXECUTE_OPT_DISK                                                                        \
    {                                                                                              \
        .name = "disk", .arg = "N=FILE", .repeat = true, .words = TS_WORDS_FILE,                   \
        .help = "an image file stands for disk N; the machine's own disks are then not touched "   \
                "(Linux)"                                                                          \
    }

/* Options of both commands; end their tables with these. */
#define TS_EXECUTE_OPTS                                                                            \
    {.name = "work",                                                                               \
     .arg = "FOLDER",                                                                              \
     .words = TS_WORDS_FOLDER,                                                                     \
     .help = "where the journal is (default: ./" TS_EXECUTE_WORK ")"},                             \
        {.name = "log",                                                                            \
         .arg = "FOLDER",                                                                          \
         .words = TS_WORDS_FOLDER,                                                                 \
         .help = "where smsts.log is (default: 'logs' in the work folder)"},                       \
        {.name = "events",                                                                         \
         .arg = "FILE",                                                                            \
         .words = TS_WORDS_FILE,                                                                   \
         .help = "also write all events as JSON lines"},                                           \
        {.name = "site",                                                                           \
         .arg = "FILE",                                                                            \
         .words = TS_WORDS_FILE,                                                                   \
         .help = "site file: where packages come from and whom to trust"},                         \
        {.name = "cache",                                                                          \
         .arg = "FOLDER",                                                                          \
         .words = TS_WORDS_FOLDER,                                                                 \
         .help = "keeps content for later runs"},                                                  \
        {.name = "cache-max",                                                                      \
         .arg = "SIZE",                                                                            \
         .help = "at most that much in the cache: 20G; who was used last stays"},                  \
        TS_EXECUTE_OPT_DISK,                                                                       \
        {.name = "agent",                                                                          \
         .arg = "FILE",                                                                            \
         .words = TS_WORDS_FILE,                                                                   \
         .help = "taskseq.exe that goes on in the new Windows (default: this program, or "         \
                 "taskseq.exe beside it)"},                                                        \
        {.name = "phase",                                                                          \
         .arg = "PHASE",                                                                           \
         .choices = "winpe full",                                                                  \
         .help = "what this machine counts as (default: the host finds out)"},                     \
        {.name = "script-limit",                                                                   \
         .arg = "SECONDS",                                                                         \
         .help = "a Lua script that runs longer and cannot be stopped ends the program "           \
                 "(default: 600)"},                                                                \
    {                                                                                              \
        .name = "allow-restart",                                                                   \
        .help = "restart the machine when the sequence asks for it; without it the run ends with " \
                "status 3 and 'resume' goes on"                                                    \
    }

typedef struct ts_execute {
    const ts_args *args;           /* TS_EXECUTE_OPTS */
    const char *work, *log, *site; /* instead of the options of that name; NULL: those */
    bool allow_restart;            /* as the option does */
    bool log_in_memory;            /* it moves to the new disk: log_home.h */
    bool work_in_memory;           /* of Windows PE: a restart into it hands over (hand_over.h) */
    char *log_end; /* out, with log_in_memory: the folder where it is at the end; owned, or NULL */
    const ts_loaded *loaded;
    const ts_sequence *sequence;
    const char *file;      /* of the sequence, as the user gave it */
    ts_journal *journal;   /* resume: the opened one; run: NULL, made after the pre-flight */
    struct ts_lock *lock;  /* of the work folder, as long as the journal is open */
    ts_watchdog *watchdog; /* of ts_execute_run, as the next */
    struct ts_content_http *http;
    char *password; /* of the client certificate; secret */
    /* Instead of the pre-start scripts: runs them, finds the sequence, and fills file and sequence.
     * NULL: both are known. */
    bool (*start)(void *ctx, struct ts_execute *e, const ts_prestart *with, const char *work,
                  ts_err **err);
    void *start_ctx;
    ts_vars *vars; /* run: what the user gave; resume: as of the journal; with kept.h's */
} ts_execute;

/* This machine, with its --phase and its --disk files. */
ts_host *ts_execute_host(const ts_execute *execute, ts_err **err);
/* Secret: the password of the client certificate that a person typed; content is fetched with it,
 * also behind a restart. */
#define TS_EXECUTE_PASSWORD "TaskseqMediaPassword"

/* The folder of --work. */
const char *ts_execute_work(const ts_execute *execute);
/* One process at a time runs in a work folder: before its journal is opened, and it is there. */
bool ts_execute_hold(ts_execute *execute, ts_err **err);
/* Takes the journal and the lock. Returns the exit status. */
int ts_execute_run(ts_execute *execute);

#endif
