/* cmd_steps.c - taskseq steps: the step catalogue. */
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"
#include "steps_report.h"

#define TYPE_PREFIX "SMS_TaskSequence_"

static const ts_opt opts[] = {
    {.name = "json", .help = "print JSON"},
    {.name = "names", .help = "types only, one a line"},
    TS_STEPS_OPT,
    {.name = NULL},
};

static bool has_program(const ts_step_class *cls, const char *name)
{
    for (size_t i = 0; cls->programs != NULL && cls->programs[i] != NULL; i++)
        if (ts_str_ieq(cls->programs[i], name))
            return true;
    return false;
}

/* The type, its end ("RunCommandLineAction"), the title, or a script's name. */
static const ts_step_class *find_class(const ts_steps *steps, const char *name)
{
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        const char *bare = ts_str_ihas_prefix(cls->type, TYPE_PREFIX)
                               ? cls->type + strlen(TYPE_PREFIX)
                               : cls->type;
        if (ts_str_ieq(cls->type, name) || ts_str_ieq(bare, name) || ts_str_ieq(cls->title, name) ||
            has_program(cls, name))
            return cls;
    }
    return NULL;
}

static int unknown_type(const ts_steps *steps, const char *name)
{
    const char *best = NULL;
    unsigned distance = 8;
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        unsigned d = ts_str_distance(cls->type, name);
        unsigned title = ts_str_distance(cls->title, name);
        d = title < d ? title : d;
        if (d < distance || (best == NULL && ts_str_icontains(cls->type, name) != NULL)) {
            distance = d < distance ? d : distance;
            best = cls->type;
        }
    }
    if (best != NULL)
        return ts_cli_usage("there is no step type '%s'; did you mean '%s'?", name, best);
    return ts_cli_usage("there is no step type '%s'; 'taskseq steps' lists them", name);
}

static void add_names(const ts_steps *steps, ts_buf *out)
{
    for (size_t i = 0; i < ts_steps_count(steps); i++)
        ts_buf_printf(out, "%s\n", ts_steps_at(steps, i)->type);
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_loaded loaded = {.steps = ts_loaded_steps(&err)};
    if (loaded.steps == NULL || !ts_loaded_add_custom(&loaded, args, NULL, &err)) {
        ts_loaded_done(&loaded);
        return ts_cli_fail(&err);
    }
    const ts_steps *steps = loaded.steps;
    const ts_step_class *cls = NULL;
    int status = 0;
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (ts_args_count(args) == 1) {
        cls = find_class(steps, ts_args_operand(args, 0));
        if (cls == NULL)
            status = unknown_type(steps, ts_args_operand(args, 0));
    }
    ts_style style = ts_cli_style(args);
    if (status == 0 && ts_args_has(args, "json"))
        ts_report_steps_json(steps, cls, &out);
    else if (status == 0 && ts_args_has(args, "names"))
        add_names(steps, &out);
    else if (status == 0 && cls != NULL)
        ts_report_step(cls, &style, &out);
    else if (status == 0)
        ts_report_steps(steps, &style, &out);
    ts_loaded_done(&loaded);
    return ts_cli_finish(&out, status);
}

const ts_command ts_command_steps = {
    .name = "steps",
    .operands = "[TYPE]",
    .min = 0,
    .max = 1,
    .words = TS_WORDS_STEP,
    .summary = "the step types that are known, or the inputs of one",
    .text = "TYPE is a type as in the file, its end, its title, or the name of an MDT script:\n\n"
            "  taskseq steps SMS_TaskSequence_RunCommandLineAction\n"
            "  taskseq steps 'Run Command Line'\n"
            "  taskseq steps ztidiskpart",
    .opts = opts,
    .run = run,
};
