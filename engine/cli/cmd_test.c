/* cmd_test.c - taskseq test: tests of sequences and steps, in Lua. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "coverage.h"
#include "html.h"
#include "load.h"
#include "machines.h"
#include "os.h"
#include "simulate.h"
#include "test.h"

static const ts_opt opts[] = {
    {.name = "filter", .arg = "TEXT", .help = "only tests with this text in their name"},
    {.name = "list", .help = "show the names, run nothing"},
    {.name = "steps",
     .arg = "FOLDER",
     .words = TS_WORDS_FOLDER,
     .help = "steps in Lua that the sequences use"},
    TS_SCRIPT_LIMIT_OPT,
    {.name = "tap", .help = "print TAP (version 13) instead of text"},
    {.name = "junit", .arg = "FILE", .words = TS_WORDS_FILE, .help = "also write JUnit XML"},
    {.name = "html",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "also write a report as one HTML page"},
    {.name = "coverage", .help = "show what the tests have not seen"},
    {.name = "cobertura",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write the coverage as Cobertura XML"},
    {.name = "fail-under",
     .arg = "PERCENT",
     .help = "status 1 when the coverage is less (steps, condition outcomes, Lua lines)"},
    {.name = NULL},
};

typedef struct job {
    const ts_args *args;
    ts_test_options options;
    ts_tests *tests;
    ts_test_report *report;
    int64_t fail_under; /* -1: not asked */
} job;

static bool write_file(const char *file, ts_buf *out, const char *what, ts_err **err)
{
    bool ok = ts_buf_ok(out, what, err) && ts_cli_write(file, out, err);
    ts_buf_done(out);
    return ok;
}

static bool write_junit(const job *j, ts_err **err)
{
    const char *file = ts_args_value(j->args, "junit");
    if (file == NULL)
        return true;
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    bool ok = ts_test_junit(j->report, &out, err);
    return write_file(file, &out, "the JUnit report", ok ? err : NULL) && ok;
}

static bool write_cobertura(const job *j, ts_err **err)
{
    const char *file = ts_args_value(j->args, "cobertura");
    if (file == NULL)
        return true;
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    bool ok = ts_coverage_cobertura(j->options.coverage, ts_clock_now() / 1000, &out, err);
    return write_file(file, &out, "the Cobertura report", ok ? err : NULL) && ok;
}

static bool write_html(const job *j, ts_err **err)
{
    const char *file = ts_args_value(j->args, "html");
    if (file == NULL)
        return true;
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_html_begin(&out, "Tests", "");
    ts_html_tests(&out, j->report);
    if (j->options.coverage != NULL)
        ts_html_coverage(&out, j->options.coverage);
    ts_html_end(&out);
    return write_file(file, &out, "the HTML report", err);
}

static bool print(const job *j, ts_err **err)
{
    ts_style style = ts_cli_style(j->args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (j->options.list)
        ts_test_names(j->report, &out);
    else if (ts_args_has(j->args, "tap"))
        ts_test_tap(j->report, &out);
    else
        ts_test_text(j->report, &style, &out);
    if (ts_args_has(j->args, "coverage") && !j->options.list && !ts_args_has(j->args, "tap"))
        ts_coverage_text(j->options.coverage, &style, &out);
    return write_file("-", &out, "the report", err);
}

static int status_of(const job *j)
{
    if (j->report->failed > 0)
        return ts_code_exit(TS_FAILED);
    if (j->fail_under < 0)
        return 0;
    ts_cover_totals totals;
    ts_coverage_totals(j->options.coverage, &totals);
    double percent = ts_coverage_percent(&totals);
    if (percent >= (double)j->fail_under)
        return 0;
    ts_err *err = NULL;
    ts_fail(&err, TS_FAILED, "the coverage is %.1f %%, less than --fail-under %d", percent,
            (int)j->fail_under);
    return ts_cli_fail(&err);
}

static bool prepare(job *j, ts_err **err)
{
    const ts_args *args = j->args;
    const char *under = ts_args_value(args, "fail-under");
    j->options = (ts_test_options){
        .filter = ts_args_value(args, "filter"),
        .list = ts_args_has(args, "list"),
        .steps_dir = ts_args_value(args, "steps"),
        .steps = ts_loaded_steps,
        .machine_path = ts_machine_path,
        .prepare = ts_simulate_prepare,
        .watchdog = ts_cli_watchdog(args, err),
    };
    if (j->options.watchdog == NULL)
        return false;
    j->fail_under = -1;
    if (under != NULL && !ts_cli_number("fail-under", under, 0, 100, &j->fail_under, err))
        return false;
    if (under != NULL || ts_args_has(args, "coverage") || ts_args_has(args, "cobertura")) {
        j->options.coverage = ts_coverage_new(err);
        if (j->options.coverage == NULL)
            return false;
    }
    j->tests = ts_tests_new(&j->options, err);
    j->report = j->tests == NULL ? NULL : ts_test_report_new(err);
    return j->report != NULL;
}

static int run(const ts_args *args)
{
    job j = {.args = args};
    ts_err *err = NULL;
    bool ok = prepare(&j, &err);
    for (size_t i = 0; ok && i < ts_args_count(args); i++)
        ok = ts_tests_run(j.tests, ts_args_operand(args, i), j.report, &err);
    if (ok && j.report->n_files == 0)
        ok = ts_fail(&err, TS_NOT_FOUND, "there are no test files (*_test.lua) in '%s'",
                     ts_args_operand(args, 0));
    ok = ok && print(&j, &err) && write_junit(&j, &err) && write_html(&j, &err) &&
         write_cobertura(&j, &err);
    int status = ok ? status_of(&j) : ts_cli_fail(&err);
    ts_test_report_free(j.report);
    ts_coverage_free(j.options.coverage);
    ts_tests_free(j.tests);
    ts_watchdog_free(j.options.watchdog);
    return status;
}

const ts_command ts_command_test = {
    .name = "test",
    .operands = "FILE|FOLDER...",
    .min = 1,
    .max = SIZE_MAX,
    .words = TS_WORDS_FILE,
    .summary = "tests of sequences and of steps in Lua, on simulated machines",
    .text =
        "A test file is Lua: describe, it, before, after, expect; simulate{...} runs a sequence on "
        "a machine profile, with programs mocked and faults injected; step.run runs one step in "
        "Lua alone. Of a folder, all *_test.lua below it run. Paths inside a test file are seen "
        "from that file. docs/reference/testing.md has it all.\n\n"
        "Exit status: 0 all passed, 1 a test failed or the coverage is less than --fail-under.\n\n"
        "  taskseq test tests\n"
        "  taskseq test install_test.lua --filter BitLocker --junit results.xml\n"
        "  taskseq test tests --coverage --fail-under 80",
    .opts = opts,
    .run = run,
};
