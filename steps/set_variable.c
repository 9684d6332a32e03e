/* set_variable.c - Set Task Sequence Variable, also as MDT's ZTISetVariable.
 *
 * Name and value come from the step's settings; only when they are missing the command line is
 * read (`tsenv.exe "NAME=VALUE" /hiddenflag:False`): a value may hold quotes, which the command
 * line does not escape (exported sequences). */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN("VariableName", NULL, TS_STRING, TS_OUTPUT, NULL, "Variable to set."),
    TS_IN_TEXT("VariableValue", NULL,
               "Its new value, expanded now; empty: the variable is deleted."),
    TS_IN_BOOL("DoNotShowVariableValue", NULL, "false", "The value is a secret."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const programs[] = {"tsenv", "ztisetvariable", NULL};

/* What is to be set, as the file has it. */
typedef struct assignment {
    char *name;
    char *value;
    bool hidden;
} assignment;

static void assignment_done(assignment *a)
{
    ts_free_secret(a->name);
    ts_free_secret(a->value);
}

/* NAME=VALUE of the command line: between the first and the last quote, or one word. */
static bool from_action(const char *action, assignment *out, ts_err **err)
{
    const char *hidden = ts_str_icontains(action, "/hiddenflag:");
    const char *end = hidden ? hidden : action + strlen(action);
    const char *begin = memchr(action, '"', (size_t)(end - action));
    out->hidden = hidden && ts_str_ihas_prefix(hidden + strlen("/hiddenflag:"), "true");
    if (begin) {
        begin++;
        for (const char *c = end; c-- > begin;) {
            if (*c == '"') {
                end = c;
                break;
            }
        }
    } else {
        begin = strpbrk(action, " \t");
        begin = begin && begin < end ? begin + strspn(begin, " \t") : end;
        end = begin + strcspn(begin, " \t");
    }
    const char *equals = memchr(begin, '=', (size_t)(end - begin));
    if (!equals)
        return true;
    out->name = ts_strndup(begin, (size_t)(equals - begin));
    out->value = ts_strndup(equals + 1, (size_t)(end - equals - 1));
    return (out->name && out->value) || ts_fail_nomem(err);
}

static bool from_settings(ts_ctx *c, const char *name, assignment *out, ts_err **err)
{
    const char *value = ts_ctx_raw(c, "VariableValue");
    out->name = ts_strdup(name);
    out->value = ts_strdup(value ? value : "");
    return (out->name && out->value) || ts_fail_nomem(err);
}

static bool apply(ts_ctx *c, const char *name, ts_value *value, ts_result *out, ts_err **err)
{
    if (!ts_step_set(c, out, name, value, err))
        return false;
    if (out->failed)
        return true;
    if (value->flags & TS_VALUE_UNKNOWN)
        ts_ctx_log(c, TS_LEVEL_INFO, "Set variable '%s' (value not known)", name);
    else if (value->flags & TS_VALUE_SECRET)
        ts_ctx_log(c, TS_LEVEL_INFO, "Set variable '%s' (value hidden)", name);
    else if (!*value->text)
        ts_ctx_log(c, TS_LEVEL_INFO, "Deleted variable '%s'", name);
    else
        ts_ctx_log(c, TS_LEVEL_INFO, "Set variable '%s' = '%s'", name, value->text);
    return true;
}

static bool expand_and_set(ts_ctx *c, const assignment *a, ts_result *out, ts_err **err)
{
    ts_value name = {.text = NULL}, value = {.text = NULL};
    ts_err *why = NULL;
    bool ok = ts_vars_expand(ts_ctx_vars(c), a->name, &name, NULL, &why) &&
              ts_vars_expand(ts_ctx_vars(c), a->value, &value, NULL, &why);
    if (!ok) {
        ok = ts_step_own(out, why, err);
    } else if (ts_str_blank(name.text)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "the step does not name a variable");
    } else {
        if (a->hidden)
            value.flags |= TS_VALUE_SECRET;
        ok = apply(c, name.text, &value, out, err);
    }
    if (name.text)
        ts_value_done(&name);
    if (value.text)
        ts_value_done(&value);
    return ok;
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    assignment a = {.name = NULL};
    const char *name = ts_ctx_raw(c, "VariableName");
    const char *hide = ts_ctx_raw(c, "DoNotShowVariableValue");
    const char *action = ts_ctx_node(c)->action;
    bool by_name = !ts_str_blank(name), hidden = false;
    bool ok = by_name ? from_settings(c, name, &a, err) : from_action(action, &a, err);
    a.hidden = a.hidden || (ts_str_bool(hide, &hidden) && hidden) ||
               (by_name && ts_str_icontains(action, "/hiddenflag:true"));
    if (ok && !a.name)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "the step does not name a variable: neither VariableName nor NAME=VALUE in "
                       "its command line");
    else if (ok)
        ok = expand_and_set(c, &a, out, err);
    assignment_done(&a);
    return ok;
}

const ts_step_class ts_step_set_variable = {
    .type = "SMS_TaskSequence_SetVariableAction",
    .title = "Set Task Sequence Variable",
    .family = "set_variable",
    .help = "Sets a task sequence variable for the rest of the run.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .pure = true,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .run = run,
};
