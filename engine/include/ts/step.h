/* ts/step.h - what a step is: const data plus one function. Steps see <ts/...> and nothing else.
 *
 * A step declares its inputs, phase, effects and resume rule; reading, checking, masking, schema,
 * documentation and completion all come from the declaration. Real run, simulation and test differ
 * only in the host. */
#ifndef TS_STEP_H
#define TS_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/event.h>
#include <ts/host.h>
#include <ts/reader.h>
#include <ts/sequence.h>
#include <ts/vars.h>

typedef enum ts_input_type {
    TS_STRING,
    TS_BOOL, /* true/false */
    TS_INT,  /* decimal */
    TS_ENUM, /* one of choices, without regard to case */
    TS_PATH,
    TS_PACKAGE, /* a package id: content is needed */
    TS_SECRET,  /* password: masked everywhere */
    TS_XML      /* a document inside the text (Set Dynamic Variables rules) */
} ts_input_type;

#define TS_STEP_ITEMS_LOOKED                                                                       \
    32u /* members of an array whose options without effect are looked at */

typedef enum ts_input_flag {
    TS_REQUIRED = 1,
    TS_OUTPUT = 2,       /* the value names a variable that the step writes */
    TS_RAW = 4,          /* not expanded when read (script text, XML) */
    TS_QUASI_SECRET = 8, /* masked in logs, but no password (product key) */
    TS_STREAMED = 16,    /* TS_PACKAGE: used while it is fetched, where that is possible */
    TS_NO_EFFECT = 32    /* an option of the vendor with which this build does nothing: a value that
                            is not the default is a warning when the step runs */
} ts_input_flag;

/* One input. `name` is the environment variable of <variable name=>; '#' in a name stands for the
 * index of an array member ("OSDPartitions#Type") or the number of a list ("Applications#", which
 * is Applications001 and so on). */
typedef struct ts_input {
    const char *name;
    const char *property; /* editor property when it differs from name, else NULL */
    ts_input_type type;
    unsigned flags;      /* ts_input_flag */
    const char *def;     /* default, NULL: none */
    const char *choices; /* TS_ENUM: blank-separated */
    const char *help;    /* one sentence */
} ts_input;

/* Does the value ask for something that this build does not do (TS_NO_EFFECT)? The default and ""
 * do not. */
bool ts_input_asks_in_vain(const ts_input *input, const char *value);

/* What the journal does after a power cut inside the step. */
typedef enum ts_resume {
    TS_RESUME_AGAIN, /* repeat it: it is idempotent */
    TS_RESUME_STOP,  /* stop with an explanation: a person must look */
    TS_RESUME_NEXT   /* it was done when it began (a restart) */
} ts_resume;

typedef struct ts_ctx ts_ctx;

/* What came of a step. Zeroed by the caller. */
typedef struct ts_result {
    int64_t code; /* exit code, 0 = success; -1 with `text` when there is none better */
    bool failed;  /* failed whatever the success codes say (time-out, refused ...) */
    bool assumed; /* simulation: the outcome was assumed, not known */
    bool timed_out;
    bool unsupported;   /* what the step would have to do this build cannot: a simulation takes what
                           its class declares as done, on a machine it failed */
    ts_restart restart; /* the step asks for a restart; the sequence goes on behind it */
    bool restart_notice; /* the step says how: seconds of notice, text (owned, or NULL) */
    uint32_t restart_seconds;
    char *restart_text;
    char *text; /* owned: one phrase for people (why it failed), or NULL */
} ts_result;
void ts_result_done(ts_result *result);
/* Records the step's own failure (true: no engine fault): code, a phrase, failed = true. */
bool ts_result_fail(ts_result *out, int64_t code, const char *fmt, ...) TS_PRINTF(3, 4);
/* The same, with ERROR_NOT_SUPPORTED and unsupported = true. */
bool ts_result_unsupported(ts_result *out, const char *fmt, ...) TS_PRINTF(2, 3);
/* Takes an error as the step's own failure: code from its OS number or -1, text from it. Frees it.
 */
bool ts_result_take(ts_result *out, ts_err *error);

typedef struct ts_step_class ts_step_class;
/* false is an engine fault; the step's own outcome is in `out`. */
typedef bool (*ts_step_run)(ts_ctx *c, ts_result *out, ts_err **err);
/* Optional: faults that can be said before a run (also before the first effect). Findings go out
 * through ts_check_finding (ts/check.h). */
struct ts_check;
typedef void (*ts_step_check)(struct ts_check *check, const ts_node *node);

struct ts_step_class {
    const char *type;   /* "SMS_TaskSequence_RunCommandLineAction" */
    const char *title;  /* "Run Command Line" */
    const char *family; /* page: steps/<family>.md */
    const char *help;   /* one sentence: what it does */
    /* Programs dispatched here by base name ("ztidiskpart"), or by base name and a word of the
     * arguments ("ltiapply /post"), NULL-terminated or NULL. Built-in classes may share one: that
     * of the step's type runs it, else the one with the word, else the first in the table. */
    const char *const *programs;
    /* Programs of which the host must have one ("powershell.exe", "pwsh"), NULL-terminated or NULL.
     */
    const char *const *needs;
    ts_phase phase;
    unsigned effects; /* TS_EFFECT(...) */
    ts_resume resume;
    bool opaque;         /* runs foreign code: may set variables that nobody declared */
    bool own_codes;      /* ignores successCodeList; the step decides */
    bool never_continue; /* continue-on-error never helps (ConfigMgr docs: Setup Windows) */
    ts_restart
        hands_over; /* the machine is elsewhere when it ends (Setup Windows: TS_RESTART_OS) */
    bool agent;     /* installs the agent that goes on there: asked by the pre-flight */
    const ts_input *inputs;     /* ends with name NULL; NULL: none */
    const char *const *outputs; /* variables it sets, NULL-terminated, '#' as above; NULL: none */
    ts_step_run run;     /* NULL: declared only (known to check, steps, simulate), cannot run */
    const char *cannot;  /* then: why, and what to do instead, as a phrase; else NULL */
    ts_step_check check; /* NULL: none */
    /* What would make the step fail, asked before anything is destroyed: at the start of a run, and
     * again right before the first step that destroys. Asks the host questions, changes nothing
     * (its variables are a copy: what it sets there later precheck functions see); a failure in
     * `out` is the finding. A value that a step on the way sets is unknown
     * (ts_ctx_value): it gives no finding. NULL: nothing can be said. */
    ts_step_run precheck;
    bool pure;  /* it only sets variables from variables and facts: a look ahead may run it */
    void *self; /* Lua steps */
};

/* The table: steps/steps.c lists every class (TS_STEPS in steps/steps.h). */
typedef struct ts_steps ts_steps;
ts_steps *ts_steps_new(const ts_step_class *const *builtin,
                       ts_err **err); /* NULL-terminated; borrowed */
void ts_steps_free(ts_steps *steps);
/* A class from outside (Lua). TS_SCHEMA when the type exists. Borrowed. */
bool ts_steps_add(ts_steps *steps, const ts_step_class *cls, ts_err **err);
size_t ts_steps_count(const ts_steps *steps);
const ts_step_class *ts_steps_at(const ts_steps *steps, size_t index);          /* sorted by type */
const ts_step_class *ts_steps_by_type(const ts_steps *steps, const char *type); /* or NULL */
/* Dispatch: by the program in <action> (a known MDT script), then by type, else a command line when
 * there is an action; NULL: nothing fits (an unknown type without an action). */
const ts_step_class *ts_steps_for(const ts_steps *steps, const ts_node *node);
/* True when the class was found by program or type; false: it is a plain command line. */
bool ts_steps_is_known(const ts_steps *steps, const ts_node *node);

/* --- What a running step may use --------------------------------------------------------- */

const ts_node *ts_ctx_node(const ts_ctx *c);
const ts_step_class *ts_ctx_class(const ts_ctx *c);
const ts_events *ts_ctx_events(const ts_ctx *c); /* NULL: nobody listens */
ts_host *ts_ctx_host(ts_ctx *c);
ts_vars *ts_ctx_vars(ts_ctx *c);
/* Value of an input, expanded (unless TS_RAW), default applied, looked up as ConfigMgr does:
 * run-wide variable, then the step's own. Borrowed until the step ends. "" when missing. */
const char *ts_ctx_text(ts_ctx *c, const char *input);
const ts_value *ts_ctx_value(ts_ctx *c, const char *input); /* with flags; never NULL */
bool ts_ctx_bool(ts_ctx *c, const char *input);
int64_t ts_ctx_int(ts_ctx *c, const char *input);
/* Array member: ts_ctx_item(c, "OSDPartitions", 0, "Type"). "" when missing. */
const char *ts_ctx_item(ts_ctx *c, const char *base, unsigned index, const char *member);
/* The action, expanded, with its flags. Borrowed until the step ends. */
const ts_value *ts_ctx_action(ts_ctx *c);
/* The same for a step that does itself what the named script would do: only its switches count, and
 * that nobody knows the script's folder (%SCRIPTROOT%) is not worth a warning. */
const ts_value *ts_ctx_switches(ts_ctx *c);
/* The setting as the file has it, not expanded; NULL when missing. */
const char *ts_ctx_raw(ts_ctx *c, const char *name);
/* Sets a run-wide variable as a step does ('_' names only when the class declares them as output).
 */
bool ts_ctx_set(ts_ctx *c, const char *name, const char *value, unsigned flags, ts_err **err);
/* The local folder with a package's content, fetched and verified now when needed. Borrowed until
 * the step ends. */
bool ts_ctx_package(ts_ctx *c, const char *package_id, const char **folder, ts_err **err);
/* The same while it is fetched. Paths of the files of a package, one a line, owned; "" when
 * it must be fetched whole: it is here already, or nothing here can stream. */
bool ts_ctx_package_files(ts_ctx *c, const char *package_id, char **paths, ts_err **err);
/* One of them, read while it is fetched; what is read was verified. One at a time; borrowed until
 * it is closed. TS_UNSUPPORTED: it must be fetched with its package (a small one). */
const ts_reader *ts_ctx_package_open(ts_ctx *c, const char *package_id, const char *path,
                                     ts_err **err);
/* done: it is not needed again; else what came is kept for another try. Fine when none is open. */
void ts_ctx_package_close(ts_ctx *c, bool done);
/* The packages of this step stay to the end of the run (Download Package Content); others go when
 * their step ends, unless SMSTSPersistContent is true (ConfigMgr docs: task sequence variables). */
void ts_ctx_package_keep(ts_ctx *c);
/* Simulation: the last such folder is taken to be there; what is in it is not known. */
bool ts_ctx_package_is_assumed(const ts_ctx *c);
/* Simulation: what only the network, a server or a script of somebody else would tell is taken to
 * be as it must (ts_result.assumed, or a value that is unknown). false: a machine, where the step
 * fails instead of guessing. */
bool ts_ctx_may_assume(const ts_ctx *c);
/* ERROR_FILE_NOT_FOUND as an HRESULT: the finding that no source has a package. */
#define TS_CODE_NO_PACKAGE 0x80070002

/* What can be said of a package without waiting for it; for precheck functions. */
typedef struct ts_package_look {
    bool known;         /* false: nobody can say (no content source) */
    bool missing;       /* no content source has it */
    const char *folder; /* its files, when they are here or small enough to be fetched at once;
                           NULL: not here yet. Borrowed as of ts_ctx_package */
    bool whole;         /* nothing of the folder is still to come */
} ts_package_look;
bool ts_ctx_package_look(ts_ctx *c, const char *package_id, ts_package_look *out, ts_err **err);
/* Fills program->service, env and folder, runs it, logs as the vendor does, and puts exit code,
 * time-out, and text into `out`; `output` (may be NULL) gets the output, owned. */
bool ts_ctx_run_program(ts_ctx *c, ts_program *program, ts_result *out, char **output,
                        ts_err **err);
void ts_ctx_log(ts_ctx *c, ts_level level, const char *fmt, ...) TS_PRINTF(3, 4);
/* Progress inside the step: done of total, in any unit; text may be NULL. */
void ts_ctx_progress(ts_ctx *c, uint64_t done, uint64_t total, const char *text);
/* Evaluates a condition in this step's world (Set Dynamic Variables). */
struct ts_cond;
bool ts_ctx_condition(ts_ctx *c, const struct ts_cond *cond, bool *out, char **reason,
                      ts_err **err);
/* Runs a child sequence by package id in the same environment; its outcome is in `out`. */
bool ts_ctx_child(ts_ctx *c, const char *package_id, ts_result *out, ts_err **err);

#endif
