/* ts/run.h - the interpreter: runs a sequence against a host.
 *
 * Semantics: an instruction table with groups as instructions; conditions when reached; errors
 * bubble through groups until a continue-on-error (ConfigMgr docs "Planning considerations for
 * automating tasks"); a failure is never repeated; 3010 and SMSTSRebootRequested restart. The same
 * code runs a simulation: only the host differs. */
#ifndef TS_RUN_H
#define TS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/event.h>
#include <ts/host.h>
#include <ts/reader.h>
#include <ts/sequence.h>
#include <ts/step.h>
#include <ts/vars.h>

#define TS_RUN_CHILD_DEPTH_MAX 16u  /* child sequences in child sequences */
#define TS_RUN_RESTARTS_MAX    100u /* restarts of one run: a loop of restarts ends */
#define TS_RUN_NOTICE_MAX      512u /* bytes of a restart's text (SMSRebootMessage) */
#define TS_RUN_TIMEOUT_CODE                                                                        \
    0x800705B4 /* code of a step that timed out (undocumented: rule TIMEOUT-CODE) */

typedef struct ts_run ts_run;
typedef struct ts_journal ts_journal;

/* Finds a package's content for a step; NULL in ts_run_options: content steps are unsupported. */
typedef struct ts_packages {
    bool (*folder)(void *ctx, ts_ctx *c, const char *package_id, const char **folder, ts_err **err);
    /* The same without waiting for a large one (ts_ctx_package_look); NULL: nothing is known. */
    bool (*look)(void *ctx, ts_ctx *c, const char *package_id, ts_package_look *out, ts_err **err);
    /* The three are NULL where packages are only fetched whole; see ts_ctx_package_files. */
    bool (*files)(void *ctx, ts_ctx *c, const char *package_id, char **paths, ts_err **err);
    const ts_reader *(*open)(void *ctx, ts_ctx *c, const char *package_id, const char *path,
                             ts_err **err);
    void (*close)(void *ctx, ts_ctx *c, bool done);
    /* A step has ended: the packages that it was given may go; keep: it wants them to stay. NULL:
     * they stay. */
    void (*release)(void *ctx, ts_ctx *c, bool keep);
    void *ctx;
} ts_packages;

typedef struct ts_run_options {
    const ts_bundle *bundle;     /* the sequence and its children */
    const ts_sequence *sequence; /* NULL: the bundle's entry */
    const ts_steps *steps;
    ts_host *host;
    ts_vars *vars; /* already filled with what the user gave */
    const ts_events *events;
    ts_journal *journal;         /* NULL: no journal (simulation) */
    const ts_packages *packages; /* may be NULL */
    bool explore_skip;           /* simulation: at an unknown condition assume "skip", not "run" */
    bool simulate;               /* pre-flight findings are marked on the steps, not a refusal */
    /* Tests: asked before a step runs; true makes it end with *code without running. */
    bool (*inject)(void *ctx, const ts_node *node, int64_t *code);
    void *inject_ctx;
    /* Tests: asked behind every instruction that went on, before its end is in the journal (`over`
     * false) and after (true); true ends the run there as a power cut does: TS_CANCELLED. */
    bool (*cut)(void *ctx, const ts_node *node, bool over);
    void *cut_ctx;
} ts_run_options;

typedef struct ts_run_report {
    ts_outcome outcome;  /* OK, FAILED, RESTART */
    ts_restart restart;  /* where to, when outcome is RESTART */
    bool restart_notice; /* the sequence says how: seconds of notice and text (masked, may be "") */
    uint32_t restart_seconds;
    char restart_text[TS_RUN_NOTICE_MAX + 1];
    uint32_t ran, skipped, failed, continued, maybe, unsupported, restarts;
    int64_t code; /* of the last action that failed */
    const ts_node
        *node;         /* the step that made the run fail; NULL otherwise; borrowed of the bundle */
    uint64_t duration; /* milliseconds */
} ts_run_report;

/* Everything that would stop a run on this host, before its first effect (architecture rule 7):
 * every enabled step that can be reached before the next hand-over, and the values of every step
 * that is sure to be reached, as far as they are known by then. true: nothing. */
bool ts_run_preflight(const ts_run_options *options, ts_err **err);

/* Runs, or goes on from the journal's resume point. false is an engine fault; a sequence that
 * failed is true with report->outcome FAILED. */
bool ts_run_sequence(const ts_run_options *options, ts_run_report *report, ts_err **err);

/* --- Journal: the state is the journal; resume = replay ----------------------------------- */

/* Bytes of one record: the longest value, each byte of it escaped, and its name. */
#define TS_JOURNAL_RECORD_MAX (2u * TS_VAR_VALUE_MAX + 64u * 1024u)

/* Starts a new journal file; TS_STATE when one is there that is not finished. `key` encrypts secret
 * values (a file beside the journal, readable by the owner only). */
ts_journal *ts_journal_create(const char *folder, const char *sequence_file,
                              const ts_sequence *sequence, ts_err **err);
/* Opens one for resume: checks every record, drops a torn last one, gives what is needed. */
ts_journal *ts_journal_open(const char *folder, ts_err **err);
const char *ts_journal_sequence_file(const ts_journal *journal);
const char *ts_journal_sequence_sha256(const ts_journal *journal);
bool ts_journal_is_finished(const ts_journal *journal);
/* The run went on elsewhere (ts_journal_leave): the place, else NULL. Borrowed. It then counts as
 * finished here. */
const char *ts_journal_gone_to(const ts_journal *journal);
/* The last that happened is the order to restart into the full OS. */
bool ts_journal_awaits_os(const ts_journal *journal);
/* The same for a restart into Windows PE. */
bool ts_journal_awaits_pe(const ts_journal *journal);
/* A copy of journal and key in `folder`, for the machine where the run goes on. There the sequence
 * lies at `sequence_file`, relative to the folder that the journal is in then; `changes` are
 * variables that have another value there ("": none). The key travels in clear: whoever has both
 * files can read the secrets, here as there. */
typedef struct ts_journal_change {
    const char *name, *value;
} ts_journal_change;
bool ts_journal_export(const ts_journal *journal, const char *folder, const char *sequence_file,
                       const ts_journal_change *changes, size_t n, ts_err **err);
/* The run goes on at `place`, from a copy: a resume here is refused. */
bool ts_journal_leave(ts_journal *journal, const char *place, ts_err **err);
/* A person decided about the step that a power cut interrupted: again, or go on behind it. False:
 * no step was interrupted. */
bool ts_journal_set_interrupted(ts_journal *journal, bool again);
/* The running step can neither end nor be unwound (a script stuck in C code), and the process is
 * about to leave: a resume takes the step as failed with this text. From the watchdog's thread,
 * while the run's own thread writes nothing. TS_STATE: no step runs. */
bool ts_journal_fail_step(ts_journal *journal, const char *text, ts_err **err);
/* Variables as of the last record. */
bool ts_journal_restore_vars(const ts_journal *journal, ts_vars *vars, ts_err **err);
void ts_journal_close(ts_journal *journal);

#endif
