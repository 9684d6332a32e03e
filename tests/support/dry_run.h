/* dry_run.h - steps through the real interpreter on a simulated machine, for tests of the built-in
 * steps: what the machine is, what the sequence is, what came of every step. */
#ifndef TS_TESTS_DRY_RUN_H
#define TS_TESTS_DRY_RUN_H

#include <ts/run.h>
#include <ts/sim.h>

/* A machine with a few facts, in Windows PE or in the full OS. */
#define DRY_PE "{\"name\": \"m\", \"firmware\": \"uefi\", " DRY_HARDWARE "}"
#define DRY_FULL                                                                                   \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, " DRY_HARDWARE "}"
#define DRY_HARDWARE                                                                               \
    "\"host_name\": \"PC1\", \"memory\": \"8 GiB\", \"smbios\": {\"manufacturer\": \"Contoso\", "  \
    "\"model\": \"One\", \"serial\": \"S-1\", \"asset_tag\": \"A-1\", \"chassis\": \"laptop\"}, "  \
    "\"processor\": {\"mhz\": 2400}, \"disks\": [{\"size\": \"256 GB\"}], "                        \
    "\"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"ip\": [\"10.0.0.5\", \"169.254.1.1\"], "        \
    "\"gateway\": \"10.0.0.1\"}]"

typedef struct dry_run {
    ts_bundle *bundle;
    ts_steps *steps;
    ts_vars *vars;
    ts_host *host;
    ts_events events;
    ts_run_options options;
    ts_run_report report;
    ts_buf trace; /* "NAME outcome code\n", "restart to ...\n" */
    ts_buf texts; /* why steps ended as they did, a line each */
    ts_buf log;   /* log lines */
} dry_run;

/* `body` is what stands inside <sequence>, or a whole document. Fails the test when it does not
 * load. */
void dry_open(dry_run *d, const char *machine, const char *body);
/* The same as a simulation without content sources: what is not there is assumed. */
void dry_open_assuming(dry_run *d, const char *machine, const char *body);
void dry_close(dry_run *d);
void dry_set(dry_run *d, const char *name, const char *value);
void dry_mock(dry_run *d, const char *program, const char *arguments, uint32_t exit_code,
              const char *output);
void dry_go(dry_run *d);
/* Runs and compares the trace. */
void dry_expect(dry_run *d, const char *trace);
void dry_expect_var(dry_run *d, const char *name, const char *value);
void dry_expect_text(dry_run *d, const char *part); /* in texts */
void dry_expect_log(dry_run *d, const char *part);
void dry_expect_no_log(dry_run *d, const char *part);
/* Such a simulation fails and some step says why. */
void dry_fails(const char *machine, const char *body, const char *why);
/* The answer file that Windows Setup gets; owned. */
char *dry_answer_file(dry_run *d);
void dry_expect_answer(dry_run *d, const char *part);

#endif
