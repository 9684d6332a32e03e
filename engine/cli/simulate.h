/* simulate.h - simulates one sequence on machines, several at a time. */
#ifndef TS_CLI_SIMULATE_H
#define TS_CLI_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>
#include <ts/run.h>
#include <ts/sim.h>

#include "matrix.h"
#include "opt.h"
#include "record.h"
#include "story.h"

#define TS_SIMULATE_MACHINES_MAX 100000u
#define TS_SIMULATE_JOBS_MAX     256u

typedef struct ts_fail_at {
    char *step; /* name or path, may hold * and ? */
    int64_t code;
    bool used; /* some step fits */
} ts_fail_at;

/* What all machines have in common; not changed while machines run. */
typedef struct ts_simulate {
    const ts_args *args; /* --prestart */
    const char *file;    /* of the sequence */
    const ts_bundle *bundle;
    const ts_sequence *sequence;
    const ts_steps *steps;
    const ts_vars *vars;   /* what the user gave */
    ts_watchdog *watchdog; /* of pre-start scripts; that of the steps is in `steps` */
    ts_sim_mock *mocks;
    size_t n_mocks;
    ts_fail_at *fails;
    size_t n_fails;
    bool explore_skip;
    bool keep; /* keep record and story (one machine, reports that need all) */
    bool json; /* make the machine's JSON object */
} ts_simulate;

/* What came of one machine. */
typedef struct ts_simulated {
    const char *machine; /* as the user named it; borrowed */
    char *name;          /* of the profile */
    ts_record *record;   /* with keep, else NULL */
    ts_story *story;     /* with keep, else NULL */
    ts_column *column;
    char *json; /* NULL without json */
    ts_verdict verdict;
    ts_err *error; /* it could not be simulated, or not to the end; NULL: all is well */
} ts_simulated;

/* Simulates machine i = 0..count-1 (results[i].machine is set by the caller) on `jobs` threads.
 * Never fails as a whole: each result has its own error. */
void ts_simulate_all(const ts_simulate *plan, ts_simulated *results, size_t count, unsigned jobs);
/* What a simulation starts with, as the vendor's engine has it: folders, the profile's variables.
 */
bool ts_simulate_prepare(ts_host *host, ts_vars *vars, ts_err **err);
void ts_simulated_done(ts_simulated *result);

#endif
