/* cmd_steps.c - taskseq steps: the step catalogue. */
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"
#include "steps_report.h"

#define SLIPS_MAX   3u
#define PART_MIN    4u /* characters of a part of a name that is looked for */
#define PARTS_SHOWN 5u
#define NEAR_BYTES  2048u
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
static const char *bare_type(const ts_step_class *cls)
{
    return ts_str_ihas_prefix(cls->type, TYPE_PREFIX) ? cls->type + strlen(TYPE_PREFIX) : cls->type;
}

static const ts_step_class *find_class(const ts_steps *steps, const char *name)
{
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        if (ts_str_ieq(cls->type, name) || ts_str_ieq(bare_type(cls), name) ||
            ts_str_ieq(cls->title, name) || has_program(cls, name))
            return cls;
    }
    return NULL;
}

/* Slips of the keyboard: one in four characters, at most three. `farthest` when it is more. */
static unsigned slips(const char *known, const char *name, unsigned farthest)
{
    size_t most = strlen(name) / 4;
    unsigned d = ts_str_distance(known, name);
    return d <= most && d < farthest ? d : farthest;
}

/* The types whose name is near, or (none is) of which it is a part. */
static void add_near(const ts_steps *steps, const char *name, ts_buf *out)
{
    unsigned best = SLIPS_MAX + 1;
    const ts_step_class *nearest = NULL;
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        unsigned d = slips(cls->type, name, best);
        d = slips(bare_type(cls), name, d);
        d = slips(cls->title, name, d);
        if (d < best)
            nearest = cls;
        best = d;
    }
    if (nearest)
        ts_buf_printf(out, "'%s'", nearest->type);
    unsigned n = 0;
    for (size_t i = 0; !nearest && strlen(name) >= PART_MIN && i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        if ((ts_str_icontains(bare_type(cls), name) || ts_str_icontains(cls->title, name)) &&
            n++ < PARTS_SHOWN)
            ts_buf_printf(out, "%s'%s'", n > 1 ? ", " : "", cls->type);
    }
}

static int unknown_type(const ts_steps *steps, const char *name)
{
    ts_buf list;
    ts_buf_init(&list, NEAR_BYTES);
    add_near(steps, name, &list);
    int status = list.len > 0
                     ? ts_cli_usage("there is no step type '%s'; did you mean %s?", name,
                                    ts_buf_text(&list))
                     : ts_cli_usage("there is no step type '%s'; 'taskseq steps' lists them", name);
    ts_buf_done(&list);
    return status;
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
