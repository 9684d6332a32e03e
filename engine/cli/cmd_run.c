/* cmd_run.c - taskseq run: executes a sequence on this machine. */
#include "cli.h"
#include "commands.h"
#include "execute.h"
#include "prestart_files.h"

static const ts_opt opts[] = {
    TS_VAR_OPTS,
    {.name = "sequence", .arg = "ID", .help = "package id or name, when the file holds several"},
    TS_PRESTART_OPT,
    TS_STEPS_OPT,
    TS_EXECUTE_OPTS,
    {.name = "verify",
     .help = "read back every image that was applied and compare it with the image's hashes; "
             "one more pass over all its files (also after 'resume')"},
    {.name = NULL},
};

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_loaded loaded = {0};
    ts_execute e = {.args = args, .loaded = &loaded, .file = ts_args_operand(args, 0)};
    e.vars = ts_vars_new();
    bool ok = e.vars != NULL || ts_fail_nomem(&err);
    ok = ok && ts_loaded_open_with(&loaded, args, e.file, &err);
    if (ok)
        e.sequence = ts_loaded_sequence(&loaded, ts_args_value(args, "sequence"), &err);
    ok = ok && e.sequence != NULL && ts_cli_vars(args, e.vars, &err) &&
         ts_loaded_remember(&loaded, e.vars, &err);
    if (ok && ts_args_has(args, "verify"))
        ok = ts_vars_set(e.vars, TS_VERIFY_VARIABLE, "true", 0, &err);
    int status = ok ? ts_execute_run(&e) : ts_cli_fail(&err);
    ts_loaded_done(&loaded);
    ts_vars_free(e.vars);
    return status;
}

const ts_command ts_command_run = {
    .name = "run",
    .operands = "SEQUENCE",
    .min = 1,
    .max = 1,
    .words = TS_WORDS_FILE,
    .summary = "run a sequence on this machine",
    .text =
        "CHANGES THIS MACHINE. 'taskseq simulate' shows before what would happen.\n\n"
        "Before the first effect every step that can be reached is checked: when one cannot run "
        "here, nothing is run. Progress goes to the terminal, all details to smsts.log. When a "
        "step asks for a restart, the run ends with status 3 (or restarts the machine, with "
        "--allow-restart), and 'taskseq resume' goes on behind it.\n\n"
        "Pre-start scripts (--prestart, and the variable SMSTSPrestartScript) run before that; one "
        "that fails refuses the start. What they set stays set.\n\n"
        "Exit status: 0 success, 1 the sequence failed, 3 restart required, 68 refused before "
        "the first effect; others as listed in taskseq(1).",
    .opts = opts,
    .run = run,
};
