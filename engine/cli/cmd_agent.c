/* cmd_agent.c - taskseq agent: goes on with a run in the new Windows, as a service. Not for people:
 * SetupComplete.cmd calls `agent install`, and Windows `agent run`. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "hand_over.h"
#include "os.h"
#include "resume.h"

#define TITLE      "taskseq (task sequence)"
#define SETUP_WAIT 900u /* s that Windows Setup may take to end behind SetupComplete.cmd */

static const ts_opt install_opts[] = {
    {.name = "work",
     .arg = "FOLDER",
     .words = TS_WORDS_FOLDER,
     .help = "where the journal is (default: the program's own folder)"},
    {.name = NULL},
};
static const ts_opt run_opts[] = {
    TS_EXECUTE_OPTS,
    {.name = NULL},
};

/* Owned. */
static char *work_folder(const ts_args *args, ts_err **err)
{
    const char *given = ts_args_value(args, "work");
    if (given != NULL)
        return ts_path_absolute(given, err);
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
    char *folder = program == NULL ? NULL : ts_path_dir(program);
    if (program != NULL && folder == NULL)
        ts_fail_nomem(err);
    return folder;
}

/* --- agent install ------------------------------------------------------------------------- */

static bool install(const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
    const char *const argv[] = {program, "agent", "run", "--work", work, NULL};
    TS_CLEANUP(ts_free_ptr) char *command = program == NULL ? NULL : ts_command_join(argv, err);
    return command != NULL && ts_folder_restrict(work, err) &&
           ts_service_install(TS_AGENT_SERVICE, TITLE, command, err) &&
           ts_service_start(TS_AGENT_SERVICE, err);
}

static int run_install(const ts_args *args)
{
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *work = work_folder(args, &err);
    return work != NULL && install(work, &err) ? 0 : ts_cli_fail(&err);
}

/* --- agent run ----------------------------------------------------------------------------- */

typedef struct agent {
    const ts_args *args;
    const char *work;
} agent;

/* A service has no screen. What cannot be said in smsts.log goes to a file beside it. */
static void write_to_file(const char *work)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(work, "Logs");
    TS_CLEANUP(ts_free_ptr) char *file = folder == NULL ? NULL : ts_path_join(folder, "agent.log");
    if (file != NULL && ts_folder_make(folder, NULL) && freopen(file, "ab", stderr) != NULL)
        setvbuf(stderr, NULL, _IONBF, 0);
}

/* Microsoft docs ("Add a custom script to Windows Setup"): Windows must not be restarted while the
 * script runs. */
static void wait_for_setup(void)
{
    for (unsigned i = 0; i < SETUP_WAIT && ts_setup_in_progress(); i++)
        ts_sleep(1000);
}

/* A run that waits for Windows PE is not: the boot image is in this folder, and it may come back.
 */
static bool is_over(const char *work)
{
    ts_journal *journal = ts_journal_open(work, NULL);
    bool over = journal != NULL && ts_journal_is_finished(journal) &&
                ts_journal_gone_to(journal) == NULL;
    ts_journal_close(journal);
    return over;
}

static bool clean_up(const agent *a, ts_err **err)
{
    const ts_execute e = {.args = a->args};
    ts_host *host = ts_execute_host(&e, err);
    bool ok = host != NULL && ts_host_agent_remove(host, a->work, err);
    ts_host_free(host);
    return ok;
}

static int go_on(void *ctx)
{
    const agent *a = ctx;
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *log = ts_path_join(a->work, TS_HAND_OVER_LOGS);
    write_to_file(a->work);
    if (log == NULL) {
        ts_fail_nomem(&err);
        return ts_cli_fail(&err);
    }
    wait_for_setup();
    ts_execute e = {.args = a->args, .work = a->work, .log = log, .allow_restart = true};
    int status = ts_resume_work(&e, TS_RESUME_RULE);
    if (is_over(a->work) && !clean_up(a, &err))
        return ts_cli_fail(&err);
    /* The machine restarts, which is no fault of the service. */
    return status == ts_code_exit(TS_RESTART) ? 0 : status;
}

static int run_service(const ts_args *args)
{
    ts_err *err = NULL;
    int status = 0;
    TS_CLEANUP(ts_free_ptr) char *work = work_folder(args, &err);
    agent a = {.args = args, .work = work};
    bool ok = work != NULL && ts_service_run(TS_AGENT_SERVICE, go_on, &a, &status, &err);
    return ok ? status : ts_cli_fail(&err);
}

const ts_command ts_command_agent_install = {
    .name = "agent install",
    .operands = "",
    .summary = "go on with a run in the new Windows: make and start the service",
    .text = "SetupComplete.cmd of the new Windows calls it; see docs/reference/agent.md.",
    .opts = install_opts,
    .hidden = true,
    .run = run_install,
};
const ts_command ts_command_agent_run = {
    .name = "agent run",
    .operands = "",
    .summary = "the service; started by Windows only",
    .opts = run_opts,
    .hidden = true,
    .run = run_service,
};
