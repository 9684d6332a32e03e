/* cmd_resume.c - taskseq resume: goes on after a restart or a power cut. */
#include "cli.h"
#include "commands.h"
#include "resume.h"

static const ts_opt opts[] = {
    {.name = "again", .help = "the step that a power cut interrupted runs again"},
    {.name = "skip", .help = "the run goes on behind the step that a power cut interrupted"},
    TS_EXECUTE_OPTS,
    {.name = NULL},
};

static int run(const ts_args *args)
{
    bool again = ts_args_has(args, "again");
    bool skip = ts_args_has(args, "skip");
    if (again && skip)
        return ts_cli_usage("--again and --skip exclude each other; choose one");
    ts_execute e = {.args = args};
    return ts_resume_work(&e, again ? TS_RESUME_RUN_AGAIN : skip ? TS_RESUME_SKIP : TS_RESUME_RULE);
}

const ts_command ts_command_resume = {
    .name = "resume",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "go on with a run after a restart or a power cut",
    .text =
        "Reads the journal in the work folder. When power failed inside a step that is not safe to "
        "repeat, resume stops and says so: look at the machine, then say --again or --skip.",
    .opts = opts,
    .run = run,
};
