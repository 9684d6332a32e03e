/* cmd_simulate.c - taskseq simulate: the dry run. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "html.h"
#include "load.h"
#include "machines.h"
#include "os.h"
#include "prestart_files.h"
#include "share.h"
#include "simulate.h"
#include "simulate_json.h"
#include "steps.h"
#include "tree.h"

#define NAMES_BYTES_MAX 65536u

static const ts_opt opts[] = {
    {.name = "machine",
     .letter = 'm',
     .arg = "MACHINE",
     .repeat = true,
     .words = TS_WORDS_MACHINE,
     .help = "machine to simulate: a shipped profile's name or a .json file"},
    TS_VAR_OPTS,
    {.name = "mock",
     .arg = "PROGRAM=CODE",
     .repeat = true,
     .help =
         "a program's exit code, or 'missing'; PROGRAM is a name, or a name and arguments, with "
         "* and ?"},
    {.name = "fail",
     .arg = "STEP=CODE",
     .repeat = true,
     .help = "let a step end with this code; STEP is its name or path, with * and ?"},
    {.name = "unknown",
     .arg = "WHAT",
     .choices = "run skip",
     .help = "what a step does whose condition cannot be known (default: run)"},
    {.name = "sequence", .arg = "ID", .help = "package id or name, when the file holds several"},
    TS_PRESTART_OPT,
    TS_SHARE_OPT,
    TS_STEPS_OPT,
    TS_SCRIPT_LIMIT_OPT,
    {.name = "json",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write the result as JSON to a file, or to standard output for '-'"},
    {.name = "html",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write a report as one HTML page"},
    {.name = "jobs",
     .letter = 'j',
     .arg = "N",
     .help = "machines at the same time (default: one a processor)"},
    {.name = "verbose", .letter = 'v', .help = "show every effect and variable"},
    {.name = NULL},
};

static bool parse_code(const char *option, const char *text, int64_t *out, ts_err **err)
{
    if (ts_str_ihas_prefix(text, "0x")) {
        char *end = NULL;
        unsigned long long value = strtoull(text + 2, &end, 16);
        if (text[2] == '\0' || *end != '\0' || value > UINT32_MAX)
            return ts_fail(err, TS_USAGE, "--%s: '%s' is no exit code", option, text);
        *out = (int64_t)value;
        return true;
    }
    return ts_cli_number(option, text, INT32_MIN, UINT32_MAX, out, err);
}

/* "setup.exe /quiet*=3010": name, patterns for the arguments, code. */
static bool add_mock(ts_simulate *plan, const char *text, ts_err **err)
{
    char *program = NULL;
    const char *code = NULL;
    int64_t number = 0;
    if (!ts_cli_pair("mock", text, true, &program, &code, err))
        return false;
    ts_sim_mock *mock = &plan->mocks[plan->n_mocks];
    mock->program = program;
    plan->n_mocks++;
    char *blank = strchr(program, ' ');
    if (blank != NULL) {
        *blank = '\0';
        mock->arguments = blank + 1;
    }
    if (ts_str_ieq(code, "missing")) {
        mock->missing = true;
        return true;
    }
    if (!parse_code("mock", code, &number, err))
        return false;
    mock->exit_code = (uint32_t)number;
    return true;
}

static bool add_mocks(const ts_args *args, ts_simulate *plan, ts_err **err)
{
    size_t n = ts_args_values(args, "mock");
    plan->mocks = ts_alloc_array(n + 1, sizeof *plan->mocks);
    if (plan->mocks == NULL)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!add_mock(plan, ts_args_value_at(args, "mock", i), err))
            return false;
    return true;
}

static bool fits_some_step(const ts_bundle *bundle, const char *step)
{
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *sequence = ts_bundle_get(bundle, i);
        for (size_t k = 0; k < sequence->n_nodes; k++) {
            const ts_node *node = &sequence->nodes[k];
            if (node->kind != TS_NODE_GROUP &&
                (ts_str_wildcard(node->name, step) || ts_str_wildcard(node->path, step)))
                return true;
        }
    }
    return false;
}

static bool add_fails(const ts_args *args, ts_simulate *plan, ts_err **err)
{
    size_t n = ts_args_values(args, "fail");
    plan->fails = ts_alloc_array(n + 1, sizeof *plan->fails);
    if (plan->fails == NULL)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        ts_fail_at *fail = &plan->fails[plan->n_fails];
        const char *code = NULL;
        if (!ts_cli_pair("fail", ts_args_value_at(args, "fail", i), true, &fail->step, &code, err))
            return false;
        plan->n_fails++;
        if (!parse_code("fail", code, &fail->code, err))
            return false;
        if (!fits_some_step(plan->bundle, fail->step))
            return ts_fail(err, TS_USAGE, "--fail: no step has the name or path '%s'", fail->step);
    }
    return true;
}

static void free_plan(ts_simulate *plan)
{
    for (size_t i = 0; i < plan->n_mocks; i++) {
        union {
            const char *in;
            void *out;
        } program = {.in = plan->mocks[i].program};
        free(program.out);
    }
    for (size_t i = 0; i < plan->n_fails; i++)
        free(plan->fails[i].step);
    free(plan->mocks);
    free(plan->fails);
}

/* 0 all is well, 1 some machine fails, 69 some step cannot run; an error's own status before these.
 */
static int status_of(const ts_simulated *results, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count; i++) {
        if (results[i].error != NULL)
            return ts_code_exit(ts_err_code(results[i].error));
        if (results[i].verdict == TS_VERDICT_FAILURE || results[i].verdict == TS_VERDICT_UNFINISHED)
            status = ts_code_exit(TS_FAILED);
        else if (results[i].verdict == TS_VERDICT_UNSUPPORTED && status == 0)
            status = ts_code_exit(TS_UNSUPPORTED);
    }
    return status;
}

static bool write_json(const char *file, const ts_sequence *sequence, const ts_simulated *results,
                       size_t count, ts_err **err)
{
    const char **machines = ts_alloc_array(count + 1, sizeof *machines);
    if (machines == NULL)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (results[i].json != NULL)
            machines[n++] = results[i].json;
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_simulate_json(&out, sequence, machines, n);
    bool ok = ts_cli_write(file, &out, err);
    ts_buf_done(&out);
    free(machines);
    return ok;
}

/* Not when a pre-start script refused the start: the error says it all. */
static bool has_run(const ts_simulated *result)
{
    return result->story != NULL && result->story->sequence != NULL && result->story->n_rows > 0;
}

static bool write_html(const char *file, const ts_sequence *sequence, const ts_simulated *results,
                       size_t count, ts_err **err)
{
    ts_html_machine *machines = ts_alloc_array(count + 1, sizeof *machines);
    if (machines == NULL)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (results[i].column != NULL)
            machines[n++] = (ts_html_machine){.column = results[i].column,
                                              .story = results[i].story};
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_html_begin(&out, sequence->name, sequence->file);
    if (count > 1)
        ts_html_machines(&out, sequence, machines, n);
    else if (results[0].error != NULL)
        ts_html_error(&out, results[0].machine, ts_err_text(results[0].error));
    if (count == 1 && has_run(&results[0]))
        ts_html_story(&out, results[0].story);
    ts_html_end(&out);
    bool ok = ts_cli_write(file, &out, err);
    ts_buf_done(&out);
    free(machines);
    return ok;
}

static bool print_table(const ts_args *args, const ts_sequence *sequence,
                        const ts_simulated *results, size_t count, ts_err **err)
{
    const ts_column **columns = ts_alloc_array(count + 1, sizeof(ts_column *));
    if (columns == NULL)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (results[i].column != NULL)
            columns[n++] = results[i].column;
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_report_matrix(sequence, columns, n, &style, &out);
    bool ok = ts_cli_write("-", &out, err);
    ts_buf_done(&out);
    free(columns);
    return ok;
}

static bool print_tree(const ts_args *args, const ts_simulated *result, ts_err **err)
{
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_report_tree(result->story, &style, &out);
    bool ok = ts_cli_write("-", &out, err);
    ts_buf_done(&out);
    return ok;
}

/* Reports, then the exit status. */
static int report(const ts_args *args, const ts_sequence *sequence, ts_simulated *results,
                  size_t count)
{
    ts_err *err = NULL;
    const char *json = ts_args_value(args, "json");
    bool ok = json == NULL || write_json(json, sequence, results, count, &err);
    const char *html = ts_args_value(args, "html");
    ok = ok && (html == NULL || write_html(html, sequence, results, count, &err));
    bool to_screen = json == NULL || strcmp(json, "-") != 0;
    if (ok && to_screen && count > 1)
        ok = print_table(args, sequence, results, count, &err);
    else if (ok && to_screen && has_run(&results[0]))
        ok = print_tree(args, &results[0], &err);
    if (!ok)
        return ts_cli_fail(&err);
    int status = status_of(results, count);
    /* In the table an error stands beside its machine; alone it goes where errors go. */
    if (count == 1 && results[0].error != NULL)
        return ts_cli_fail(&results[0].error);
    return status;
}

static int no_machine(void)
{
    ts_buf names;
    ts_buf_init(&names, NAMES_BYTES_MAX);
    ts_machine_names_text(&names);
    int status = ts_cli_usage(
        "'simulate' needs a machine: --machine NAME, where NAME is one of: %s; "
        "or the path of a profile of your own ('taskseq machine capture' makes one)",
        ts_buf_text(&names));
    ts_buf_done(&names);
    return status;
}

static bool prepare(const ts_args *args, const ts_loaded *loaded, ts_vars *vars, ts_simulate *plan,
                    unsigned *jobs, ts_err **err)
{
    const char *unknown = ts_args_value(args, "unknown");
    const char *text = ts_args_value(args, "jobs");
    int64_t number = ts_cpu_count();
    plan->args = args;
    plan->file = ts_args_operand(args, 0);
    plan->bundle = loaded->bundle;
    plan->steps = loaded->steps;
    plan->vars = vars;
    plan->explore_skip = unknown != NULL && strcmp(unknown, "skip") == 0;
    plan->json = ts_args_has(args, "json");
    plan->keep = ts_args_values(args, "machine") == 1 || ts_args_has(args, "html");
    if (text != NULL && !ts_cli_number("jobs", text, 1, TS_SIMULATE_JOBS_MAX, &number, err))
        return false;
    plan->watchdog = ts_cli_watchdog(args, err);
    if (plan->watchdog == NULL)
        return false;
    ts_loaded_watch(loaded, plan->watchdog);
    *jobs = (unsigned)(number > TS_SIMULATE_JOBS_MAX ? TS_SIMULATE_JOBS_MAX : number);
    plan->sequence = ts_loaded_sequence(loaded, ts_args_value(args, "sequence"), err);
    return plan->sequence != NULL && ts_cli_vars(args, vars, err) && add_mocks(args, plan, err) &&
           add_fails(args, plan, err);
}

static int simulate(const ts_args *args, const ts_loaded *loaded, ts_vars *vars)
{
    ts_err *err = NULL;
    ts_simulate plan = {0};
    unsigned jobs = 1;
    size_t count = ts_args_values(args, "machine");
    ts_simulated *results = ts_alloc_array(count, sizeof *results);
    if (results == NULL)
        ts_fail_nomem(&err);
    int status;
    if (results != NULL && prepare(args, loaded, vars, &plan, &jobs, &err)) {
        for (size_t i = 0; i < count; i++)
            results[i].machine = ts_args_value_at(args, "machine", i);
        ts_simulate_all(&plan, results, count, jobs);
        status = report(args, plan.sequence, results, count);
    } else {
        status = ts_cli_fail(&err);
    }
    for (size_t i = 0; results != NULL && i < count; i++)
        ts_simulated_done(&results[i]);
    free(results);
    ts_loaded_watch(loaded, NULL);
    ts_watchdog_free(plan.watchdog);
    free_plan(&plan);
    return status;
}

static int run(const ts_args *args)
{
    if (!ts_args_has(args, "machine"))
        return no_machine();
    ts_err *err = NULL;
    ts_loaded loaded = {0};
    ts_vars *vars = ts_vars_new();
    int status;
    if (vars == NULL)
        ts_fail_nomem(&err);
    if (vars != NULL && ts_loaded_open_with(&loaded, args, ts_args_operand(args, 0), &err))
        status = simulate(args, &loaded, vars);
    else
        status = ts_cli_fail(&err);
    ts_loaded_done(&loaded);
    ts_vars_free(vars);
    return status;
}

const ts_command ts_command_simulate = {
    .name = "simulate",
    .operands = "SEQUENCE",
    .min = 1,
    .max = 1,
    .words = TS_WORDS_FILE,
    .summary =
        "dry run on a described machine: every step with run or skip and why; changes nothing",
    .text =
        "SEQUENCE is a ConfigMgr export (.zip or object.xml), an MDT ts.xml, or a bare sequence. "
        "The machine is simulated: its disks, firmware, registry, files and programs come from "
        "the profile. Programs that nobody mocked are assumed to succeed, and shown so.\n\n"
        "With several --machine the result is one table, steps by machines; machines on which all "
        "goes alike share a column.\n\n"
        "Exit status: 0 the sequence would succeed, 1 it would fail, 69 it holds steps that this "
        "build cannot run; others as listed in taskseq(1).\n\n"
        "  taskseq simulate ts.xml --machine laptop-nvme-tpm2\n"
        "  taskseq simulate export.zip -m hyperv-gen2 --fail 'Apply OS*=0x80070070'\n"
        "  taskseq simulate ts.xml -m a.json -m b.json --mock 'setup.exe /quiet*=3010' --json "
        "r.json",
    .opts = opts,
    .run = run,
};
