/* interp.h - inside of the interpreter; nobody outside engine/run includes it.
 *
 * run.c       the loop: next instruction, condition, group, step, error rules
 * step_exec.c one step: world, run, result, restart requests
 * builtins.c  variables that the engine sets from the machine
 * ctx.c       what a running step may use (ts_ctx_*)
 * program.c   programs of steps, and the variables they read and write
 * unknown.c   simulation: what nobody can know
 * preflight.c what would stop a run, before its first effect
 * journal*.c  the state on disk */
#ifndef TS_INTERP_H
#define TS_INTERP_H

#include <ts/deploy.h>
#include <ts/run.h>

/* One sequence that is running: the main one, or a child. */
typedef struct ts_frame ts_frame;
struct ts_frame {
    const ts_sequence *sequence;
    ts_frame *parent;
    uint32_t at;          /* instruction pointer */
    const ts_node *group; /* the innermost group that is under way */
    uint32_t assumed_end; /* instructions before this one follow from an assumption */
};

/* What the loop does after an instruction. */
typedef enum ts_flow { TS_FLOW_ON, TS_FLOW_FAILED, TS_FLOW_RESTART } ts_flow;

/* Simulation: where the log is (log_place.c). */
typedef struct ts_log_place {
    char made;      /* the largest volume that was made; 0: none */
    uint64_t bytes; /* its size */
    char at;        /* where _SMSTSLogPath points; 0: memory */
    ts_volume_watch watch;
} ts_log_place;

struct ts_run {
    const ts_run_options *options;
    ts_run_report *report;
    ts_frame *frame;       /* the innermost */
    const ts_node *node;   /* the current instruction */
    uint32_t depth;        /* of frames */
    uint32_t steps;        /* total of the main sequence, for "step n of m" */
    uint32_t step;         /* number of the current one */
    bool quiet;            /* decisions are not told now */
    bool world_is_assumed; /* simulation: everything from here follows from an assumption */
    const uint32_t
        *resume_at; /* instruction of each depth, outermost first; NULL: from the start */
    size_t n_resume_at;
    struct ts_unknowns *unknowns; /* simulation only */
    bool looked_ahead;            /* before the first step that destroys */
    ts_log_place log_place;
};

typedef struct ts_step_value ts_step_value;

/* A step that is running. */
struct ts_ctx {
    ts_run *run;
    const ts_node *node;
    const ts_step_class *cls;
    ts_step_value *values; /* inputs that were read; freed with the step */
    ts_flow child_flow;    /* a child sequence asked to stop for a restart */
    bool output_assumed;   /* a program's outcome was assumed */
    bool keeps_packages;
    bool package_assumed; /* the last package was assumed to be there */
    bool looking;         /* nothing runs: a look ahead asks */
    bool deaf;            /* looking: no content source answers */
    bool distrust;        /* looking: a script on the way may change any variable */
};

/* run.c */
bool ts_run_frame(ts_run *run, const ts_sequence *sequence, ts_flow *flow, ts_err **err);
bool ts_run_is_assumed(const ts_run *run);
bool ts_run_is_watched(const ts_run *run);      /* somebody gets the events */
void ts_run_send(ts_run *run, ts_event *event); /* fills time, sequence, node, step, assumed */
void ts_run_log(ts_run *run, ts_level level, const char *component, const char *fmt, ...)
    TS_PRINTF(4, 5);
bool ts_run_set(ts_run *run, const char *name, const char *value, ts_err **err);

/* builtins.c */
bool ts_run_set_builtins(ts_run *run, ts_err **err);
bool ts_run_set_globals(ts_run *run, ts_err **err); /* of the sequence */

/* step_exec.c: `flow` says how the loop goes on; *repeat: the same instruction again. */
bool ts_step_execute(ts_run *run, const ts_node *node, ts_flow *flow, bool *repeat, ts_err **err);

/* Begins the step's layer of variables: its settings as defaults. */
bool ts_step_set_defaults(ts_run *run, const ts_node *node, const ts_step_class *cls, ts_err **err);

/* preflight.c: before the first step that destroys (`c`): would a later one fail, by its values as
 * they are known now? Then this one fails, with what was found. */
bool ts_look_ahead(ts_ctx *c, ts_result *out, ts_err **err);

/* ctx.c */
void ts_ctx_done(ts_ctx *c);
const ts_input *ts_step_find_input(const ts_step_class *cls, const char *name);
unsigned ts_setting_flags(const ts_step_class *cls, const ts_setting *setting);

/* restart.c */
/* After a step: does it, or a variable, ask for a restart? Clears the request. */
bool ts_restart_take_request(ts_run *run, const ts_result *result, ts_restart *target, bool *retry,
                             ts_err **err);
/* What people are told before the restart: the step's words, or SMSTSRebootDelay and
 * SMSTSRebootMessage. Before take_request, or behind it: it clears neither. */
void ts_restart_notice(ts_run *run, const ts_result *result);
/* Hands over to `target`; next: the instruction that the run goes on with. */
bool ts_restart_do(ts_run *run, ts_restart target, uint32_t next, ts_flow *flow, ts_err **err);
bool ts_run_set_phase(ts_run *run, ts_err **err);

/* log_place.c */
void ts_log_place_start(ts_run *run);
void ts_log_place_stop(ts_run *run);
bool ts_log_place_update(ts_run *run, ts_err **err); /* behind a step */

/* unknown.c */
struct ts_unknowns *ts_unknowns_new(const ts_run_options *options, ts_err **err);
void ts_unknowns_free(struct ts_unknowns *unknowns);
/* An opaque step ran and nobody knows what it did: its outputs, and variables that nothing else in
 * the sequence sets, can no longer be known. */
bool ts_unknowns_after(ts_run *run, const ts_node *node, const ts_step_class *cls, ts_err **err);
/* May the step set variables that nobody declared? Its class says so, and it does not just start a
 * program of Windows that cannot. */
bool ts_step_is_opaque(const ts_node *node, const ts_step_class *cls);

/* journal_write.c: what the loop records; all are no-ops without a journal. */
bool ts_journal_begin(ts_run *run, ts_err **err);
bool ts_journal_before(ts_run *run, ts_err **err);
bool ts_journal_after(ts_run *run, ts_err **err); /* the pointer has moved */
bool ts_journal_restart(ts_run *run, uint32_t next, ts_restart target, ts_err **err);
bool ts_journal_end(ts_run *run, ts_outcome outcome, ts_err **err);
void ts_journal_variable(ts_journal *journal, const char *name, const ts_value *value);
/* Where a resumed run goes on; *fresh: from the start. */
bool ts_journal_resume_point(const ts_run_options *options, const uint32_t **at, size_t *n,
                             bool *fresh, ts_err **err);

#endif
