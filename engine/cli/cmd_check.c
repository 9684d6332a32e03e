/* cmd_check.c - taskseq check: faults and findings of sequence files. */
#include <stdlib.h>
#include <string.h>

#include <ts/check.h>
#include <ts/mem.h>

#include "check_report.h"
#include "cli.h"
#include "commands.h"
#include "load.h"

static const ts_opt opts[] = {
    {.name = "format",
     .arg = "FORMAT",
     .choices = "text json sarif",
     .help = "text (default), json, or sarif (for code hosts and editors)"},
    {.name = "output",
     .letter = 'o',
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write to a file (default: standard output)"},
    {.name = "rule",
     .arg = "RULE",
     .repeat = true,
     .words = TS_WORDS_RULE,
     .help = "report only this rule"},
    {.name = "ignore",
     .arg = "RULE",
     .repeat = true,
     .words = TS_WORDS_RULE,
     .help = "do not report this rule"},
    {.name = "strict", .help = "warnings count as errors for the exit status"},
    {.name = "rules", .help = "list the rules"},
    TS_STEPS_OPT,
    {.name = NULL},
};

typedef struct checked_file {
    ts_bundle *bundle;
    ts_check *check;
    ts_err *error;
} checked_file;

static bool is_given(const ts_args *args, const char *option, const char *id)
{
    for (size_t i = 0; i < ts_args_values(args, option); i++)
        if (strcmp(ts_args_value_at(args, option, i), id) == 0)
            return true;
    return false;
}

static bool is_wanted(void *ctx, const ts_finding *finding)
{
    const ts_args *args = ctx;
    if (ts_args_values(args, "rule") > 0 && !is_given(args, "rule", finding->rule->id))
        return false;
    return !is_given(args, "ignore", finding->rule->id);
}

/* A misspelt id would report nothing, or ignore nothing, for ever. */
static const char *unknown_rule(const ts_args *args)
{
    static const char *const options[] = {"rule", "ignore"};
    for (size_t o = 0; o < TS_COUNT(options); o++)
        for (size_t i = 0; i < ts_args_values(args, options[o]); i++)
            if (ts_check_rule_find(ts_args_value_at(args, options[o], i)) == NULL)
                return ts_args_value_at(args, options[o], i);
    return NULL;
}

static void check_file(const ts_args *args, const char *path, const ts_steps *steps,
                       checked_file *file, ts_checked *out)
{
    file->bundle = ts_bundle_load(path, &file->error);
    if (file->bundle != NULL)
        file->check = ts_check_bundle(file->bundle, steps, &file->error);
    union {
        const ts_args *in;
        void *out;
    } ctx = {.in = args};
    if (file->check != NULL)
        ts_check_keep(file->check, is_wanted, ctx.out);
    *out = (ts_checked){.file = path, .check = file->check, .error = ts_err_text(file->error)};
}

static bool write_report(const ts_args *args, const ts_checked *files, size_t count, ts_err **err)
{
    const char *format = ts_args_value(args, "format");
    const char *path = ts_args_value(args, "output");
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_style style = ts_cli_style(args);
    style.color = style.color && path == NULL;
    if (format != NULL && strcmp(format, "json") == 0)
        ts_report_check_json(files, count, &out);
    else if (format != NULL && strcmp(format, "sarif") == 0)
        ts_report_check_sarif(files, count, TASKSEQ_VERSION, &out);
    else
        ts_report_check_text(files, count, &style, &out);
    bool ok = ts_cli_write(path == NULL ? "-" : path, &out, err);
    ts_buf_done(&out);
    return ok;
}

/* 1 with errors (or warnings, when strict); a file that did not load gives its own status. */
static int status_of(const ts_args *args, const checked_file *work, const ts_checked *files,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (work[i].error != NULL)
            return ts_code_exit(ts_err_code(work[i].error));
    bool strict = ts_args_has(args, "strict");
    bool bad = ts_checked_count(files, count, TS_SEVERITY_ERROR) > 0 ||
               (strict && ts_checked_count(files, count, TS_SEVERITY_WARNING) > 0);
    return bad ? ts_code_exit(TS_FAILED) : 0;
}

static int list_rules(const ts_args *args)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        ts_buf_printf(&out, "%-8s ", ts_severity_id(rules[i].severity));
        ts_style_line(&style, TS_INK_BOLD, rules[i].id, &out);
        ts_buf_str(&out, "\n         ");
        ts_style_wrap(&style, TS_INK_PLAIN, rules[i].title, 9, "         ", 9, &out);
        ts_buf_char(&out, '\n');
    }
    return ts_cli_finish(&out, 0);
}

static int check_all(const ts_args *args, const ts_steps *steps)
{
    ts_err *err = NULL;
    size_t count = ts_args_count(args);
    checked_file *work = ts_alloc_array(count, sizeof *work);
    ts_checked *files = ts_alloc_array(count, sizeof *files);
    int status = 0;
    if (work == NULL || files == NULL) {
        ts_fail_nomem(&err);
        status = ts_cli_fail(&err);
        count = 0;
    }
    for (size_t i = 0; i < count; i++)
        check_file(args, ts_args_operand(args, i), steps, &work[i], &files[i]);
    if (count > 0)
        status = write_report(args, files, count, &err) ? status_of(args, work, files, count)
                                                        : ts_cli_fail(&err);
    for (size_t i = 0; i < count; i++) {
        ts_check_free(work[i].check);
        ts_bundle_free(work[i].bundle);
        ts_err_clear(&work[i].error);
    }
    free(work);
    free(files);
    return status;
}

static int run(const ts_args *args)
{
    if (ts_args_has(args, "rules"))
        return list_rules(args);
    if (ts_args_count(args) == 0)
        return ts_cli_usage("'check' needs a file: taskseq check SEQUENCE...");
    const char *unknown = unknown_rule(args);
    if (unknown != NULL)
        return ts_cli_usage("there is no rule '%s'; 'taskseq check --rules' lists them", unknown);
    ts_err *err = NULL;
    ts_loaded loaded = {.steps = ts_loaded_steps(&err)};
    bool ok = loaded.steps != NULL;
    for (size_t i = 0; ok && i < ts_args_count(args); i++)
        ok = ts_loaded_add_custom(&loaded, args, ts_args_operand(args, i), &err);
    int status = ok ? check_all(args, loaded.steps) : ts_cli_fail(&err);
    ts_loaded_done(&loaded);
    return status;
}

const ts_command ts_command_check = {
    .name = "check",
    .operands = "SEQUENCE...",
    .min = 0,
    .max = SIZE_MAX,
    .words = TS_WORDS_FILE,
    .summary = "faults and findings of sequence files, with line, reason and what to do",
    .text =
        "Reads the files and reports what would fail or surprise, without running anything. "
        "'taskseq explain RULE' says more about a rule.\n\n"
        "Exit status: 0 no errors (warnings do not count without --strict), 1 errors were found, "
        "65 a file does not load.\n\n"
        "  taskseq check ts.xml\n"
        "  taskseq check ts.xml --ignore variable-unset --strict\n"
        "  taskseq check *.xml --format sarif --output findings.sarif",
    .opts = opts,
    .run = run,
};
