/* cmd_diff.c - taskseq diff: what a change of a sequence changes, and for whom. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "diff.h"
#include "load.h"
#include "os.h"
#include "prestart_files.h"
#include "share.h"
#include "simulate.h"

static const ts_opt opts[] = {
    {.name = "machine",
     .letter = 'm',
     .arg = "MACHINE",
     .repeat = true,
     .words = TS_WORDS_MACHINE,
     .help = "simulate both on this machine: a shipped profile's name or a .json file"},
    TS_VAR_OPTS,
    TS_STEPS_OPT,
    TS_PRESTART_OPT,
    TS_SCRIPT_LIMIT_OPT,
    TS_SHARE_OPT,
    {.name = "json", .help = "print JSON"},
    {.name = "markdown", .help = "print Markdown, for a pull request"},
    {.name = NULL},
};

static bool simulate(const ts_args *args, size_t operand, const ts_loaded *loaded,
                     const ts_vars *vars, ts_simulated *results, size_t count, ts_err **err)
{
    ts_watchdog *watchdog = ts_cli_watchdog(args, err);
    if (watchdog == NULL)
        return false;
    ts_loaded_watch(loaded, watchdog);
    const ts_simulate plan = {.bundle = loaded->bundle,
                              .sequence = ts_bundle_entry(loaded->bundle),
                              .steps = loaded->steps,
                              .vars = vars,
                              .watchdog = watchdog,
                              .args = args,
                              .file = ts_args_operand(args, operand),
                              .keep = true};
    unsigned jobs = ts_cpu_count();
    for (size_t i = 0; i < count; i++)
        results[i].machine = ts_args_value_at(args, "machine", i);
    ts_simulate_all(&plan, results, count,
                    jobs > TS_SIMULATE_JOBS_MAX ? TS_SIMULATE_JOBS_MAX : jobs);
    ts_loaded_watch(loaded, NULL);
    ts_watchdog_free(watchdog);
    return true;
}

static bool take_error(ts_simulated *result, const char *file, ts_err **err)
{
    if (result->error == NULL)
        return true;
    *err = result->error;
    result->error = NULL;
    return ts_wrap(err, "%s on machine '%s'", file, result->machine);
}

static bool add_machines(const ts_args *args, ts_diff *diff, const ts_loaded *a, const ts_loaded *b,
                         const ts_vars *vars, ts_err **err)
{
    size_t count = ts_args_values(args, "machine");
    ts_simulated *results = ts_alloc_array(2 * count + 1, sizeof *results);
    if (results == NULL)
        return ts_fail_nomem(err);
    ts_simulated *after = results + count;
    bool ok = count == 0 || (simulate(args, 0, a, vars, results, count, err) &&
                             simulate(args, 1, b, vars, after, count, err));
    for (size_t i = 0; ok && i < count; i++)
        ok = take_error(&results[i], ts_args_operand(args, 0), err) &&
             take_error(&after[i], ts_args_operand(args, 1), err) &&
             ts_diff_add_machine(diff, results[i].name, results[i].story, after[i].story, err);
    for (size_t i = 0; i < 2 * count; i++)
        ts_simulated_done(&results[i]);
    free(results);
    return ok;
}

static bool print(const ts_args *args, const ts_diff *diff, ts_err **err)
{
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (ts_args_has(args, "json"))
        ts_diff_json(diff, &out);
    else if (ts_args_has(args, "markdown"))
        ts_diff_markdown(diff, &out);
    else
        ts_diff_text(diff, &style, &out);
    bool ok = ts_buf_ok(&out, "the comparison", err) && ts_cli_write("-", &out, err);
    ts_buf_done(&out);
    return ok;
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_loaded a = {0}, b = {0};
    ts_diff *diff = NULL;
    ts_vars *vars = ts_vars_new();
    if (vars == NULL)
        ts_fail_nomem(&err);
    bool ok = vars != NULL && ts_cli_vars(args, vars, &err) &&
              ts_loaded_open_with(&a, args, ts_args_operand(args, 0), &err) &&
              ts_loaded_open_with(&b, args, ts_args_operand(args, 1), &err) &&
              (diff = ts_diff_new(a.bundle, b.bundle, b.steps, &err)) != NULL &&
              add_machines(args, diff, &a, &b, vars, &err) && print(args, diff, &err);
    int status = ok ? 0 : ts_cli_fail(&err);
    ts_diff_free(diff);
    ts_loaded_done(&a);
    ts_loaded_done(&b);
    ts_vars_free(vars);
    return status;
}

const ts_command ts_command_diff = {
    .name = "diff",
    .operands = "OLD NEW",
    .min = 2,
    .max = 2,
    .words = TS_WORDS_FILE,
    .summary = "what changed between two sequences, and what that changes on which machine",
    .text =
        "Steps that were added, removed, moved or changed (condition, settings, type, command "
        "line). With --machine both versions are simulated there: which steps run now and did not, "
        "which do not run any more, which effects are new. What gets more dangerous stands on top. "
        "Passwords are not shown.\n\n"
        "Exit status: 0 also when they differ.\n\n"
        "  taskseq diff old.xml new.xml\n"
        "  taskseq diff old.xml new.xml -m laptop-nvme-tpm2 -m vmware-bios --markdown",
    .opts = opts,
    .run = run,
};
