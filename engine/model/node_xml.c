/* node_xml.c - one group, step or subtasksequence element. Children come in any order. */
#include <string.h>

#include <ts/text.h>

#include "nodes.h"

#define COMMAND_TYPE    "SMS_TaskSequence_RunCommandLineAction"
#define POWERSHELL_TYPE "SMS_TaskSequence_RunPowerShellScriptAction"

#define GROUP_KNOWN                                                                                \
    "name description disable continueOnError expand action condition group step subtasksequence"
#define STEP_KNOWN                                                                                 \
    "name type description disable continueOnError runIn startIn timeout retryCount runFromNet "   \
    "successCodeList action condition defaultVarList"

bool ts_load_is_node(const ts_xml *e)
{
    return strcmp(e->name, "step") == 0 || strcmp(e->name, "group") == 0 ||
           strcmp(e->name, "subtasksequence") == 0;
}

static const char *attr_or_empty(ts_xml *e, const char *name)
{
    const char *value = ts_xml_attr_get(e, name);
    return value ? value : "";
}

/* --- Settings ------------------------------------------------------------------------------ */

/* False: the variable has no name and is left out. */
static bool load_setting(ts_load *load, ts_xml *e, ts_setting *out)
{
    const char *name = ts_xml_attr_get(e, "name");
    out->property = ts_xml_attr_get(e, "property");
    out->name = name ? name : out->property;
    out->line = e->line;
    out->value = ts_load_value(e);
    ts_load_bool(load, e, "hidden", &out->hidden);
    ts_load_leftovers(load, e, "name property hidden");
    if (ts_str_blank(out->name)) {
        ts_load_warn(load, "load-missing-name", e->line,
                     "a variable has no name and is ignored: add the attribute 'name'");
        return false;
    }
    if (!name)
        ts_load_warn(load, "load-missing-name", e->line,
                     "a variable has no attribute 'name': its property '%s' is taken", out->name);
    return true;
}

static void warn_repeats(ts_load *load, const ts_setting *settings, size_t count)
{
    for (size_t i = 1; i < count && i < TS_LOAD_WARNINGS_MAX; i++)
        for (size_t k = 0; k < i; k++)
            if (ts_str_ieq(settings[i].name, settings[k].name)) {
                ts_load_warn(load, "load-repeated-variable", settings[i].line,
                             "variable '%s' stands here and on line %u: the last one counts",
                             settings[i].name, (unsigned)settings[k].line);
                break;
            }
}

void ts_load_settings(ts_load *load, ts_xml *owner, const char *list, const ts_setting **out,
                      size_t *count)
{
    size_t most = 0, n = 0;
    for (ts_xml *l = ts_xml_next(owner, NULL); l; l = ts_xml_next(owner, l))
        if (strcmp(l->name, list) == 0)
            for (ts_xml *v = ts_xml_next(l, NULL); v; v = ts_xml_next(l, v))
                most += strcmp(v->name, "variable") == 0;
    ts_setting *settings = NULL;
    if (most > 0 && !(settings = ts_load_alloc(load, most, sizeof *settings)))
        return;
    for (ts_xml *l = NULL; (l = ts_xml_each(owner, l, list)) != NULL;) {
        for (ts_xml *v = NULL; n < most && (v = ts_xml_each(l, v, "variable")) != NULL;)
            n += load_setting(load, v, &settings[n]);
        ts_load_leftovers(load, l, "variable");
    }
    warn_repeats(load, settings, n);
    *out = settings;
    *count = n;
}

/* --- Attributes ---------------------------------------------------------------------------- */

static void load_number(ts_load *load, ts_xml *e, const char *name, uint32_t *out)
{
    const char *value = ts_xml_attr_get(e, name);
    int64_t number;
    if (ts_str_blank(value))
        return;
    if (ts_str_int64(value, &number) && number >= 0 && number <= UINT32_MAX)
        *out = (uint32_t)number;
    else
        ts_load_warn(load, "load-bad-value", e->line,
                     "attribute '%s' is '%s', expected a whole number: taken as 0", name, value);
}

static void load_run_in(ts_load *load, ts_xml *e, ts_node *node)
{
    const char *value = attr_or_empty(e, "runIn");
    if (ts_str_ieq(value, "WinPE"))
        node->run_in = TS_PHASE_WINPE;
    else if (ts_str_ieq(value, "FullOS"))
        node->run_in = TS_PHASE_FULL_OS;
    else if (*value && !ts_str_ieq(value, "WinPEandFullOS"))
        ts_load_warn(load, "load-bad-value", e->line,
                     "attribute 'runIn' is '%s', expected WinPE, FullOS or WinPEandFullOS: taken "
                     "as both",
                     value);
}

/* One code from a blank-separated list; false at its end. */
static bool next_code(ts_load *load, const ts_xml *e, const char **at, int64_t *code)
{
    for (;;) {
        *at += strspn(*at, " \t\r\n,;");
        size_t n = strcspn(*at, " \t\r\n,;");
        if (n == 0)
            return false;
        char word[32] = "";
        if (n < sizeof word)
            memcpy(word, *at, n);
        *at += n;
        if (ts_str_int64(word, code))
            return true;
        ts_load_warn(load, "load-bad-value", e->line,
                     "the success codes hold '%s', which is not a number: left out",
                     *word ? word : "a very long word");
    }
}

static void load_codes(ts_load *load, ts_xml *e, ts_node *node)
{
    static const int64_t native[] = {0}, command[] = {0, 3010};
    const char *list = ts_xml_attr_get(e, "successCodeList");
    const char *stray = ts_xml_attr_get(e, "successCodes");
    if (stray) /* MDT's own templates have it beside successCodeList */
        ts_load_warn(load, "load-unknown-attribute", e->line,
                     "attribute 'successCodes' %s: the engine reads 'successCodeList'",
                     list ? "has no effect" : "is read in place of 'successCodeList'");
    list = list ? list : stray;
    size_t count = 0, n = 0;
    for (const char *p = list; p && *p; count++) {
        p += strspn(p, " \t\r\n,;");
        p += strcspn(p, " \t\r\n,;");
    }
    int64_t *codes = count ? ts_load_alloc(load, count, sizeof *codes) : NULL;
    for (const char *p = list; codes && next_code(load, e, &p, &codes[n]);)
        n++;
    node->success = codes;
    node->n_success = n;
    if (n > 0)
        return;
    bool is_command = node->kind == TS_NODE_STEP &&
                      (!*node->type || ts_str_ieq(node->type, COMMAND_TYPE) ||
                       ts_str_ieq(node->type, POWERSHELL_TYPE));
    node->success = is_command ? command : native;
    node->n_success = is_command ? 2 : 1;
}

/* The first action counts; a group's is always empty in real files (an editor's leftover). */
static void load_action(ts_load *load, ts_xml *e, ts_node *node)
{
    node->action = "";
    for (ts_xml *a = NULL; (a = ts_xml_each(e, a, "action")) != NULL;) {
        const char *text = ts_xml_text(a);
        ts_load_leftovers(load, a, "");
        if (node->kind == TS_NODE_GROUP) {
            if (!ts_str_blank(text))
                ts_load_warn(load, "load-stray-action", a->line,
                             "a group has an action: only steps run one, so it is ignored");
        } else if (node->action_line > 0) {
            ts_load_warn(load, "load-stray-action", a->line,
                         "the step has a second action, which is ignored (first: line %u)",
                         (unsigned)node->action_line);
        } else {
            node->action = text;
            node->action_line = a->line;
        }
    }
}

static void load_conditions(ts_load *load, ts_xml *e, ts_node *node)
{
    for (ts_xml *c = NULL; (c = ts_xml_each(e, c, "condition")) != NULL;) {
        if (node->condition)
            ts_load_warn(load, "load-second-condition", c->line,
                         "there is a second condition: both must be true");
        node->condition = ts_load_both(load, node->condition, ts_load_condition(load, c));
    }
}

static void load_step(ts_load *load, ts_xml *e, ts_node *node)
{
    load_run_in(load, e, node);
    load_number(load, e, "timeout", &node->timeout);
    load_number(load, e, "retryCount", &node->retry_count);
    load_codes(load, e, node);
    bool from_net = false;
    ts_load_bool(load, e, "runFromNet", &from_net);
    if (from_net)
        ts_load_warn(load, "load-run-from-net", e->line,
                     "runFromNet=\"true\" has no effect: content is copied before it is run");
    ts_load_settings(load, e, "defaultVarList", &node->settings, &node->n_settings);
    for (ts_xml *x = NULL; (x = ts_xml_each(e, x, "expression")) != NULL;)
        ts_load_warn(load, "load-stray-expression", x->line,
                     "an expression outside of <condition> is no condition and is ignored");
    ts_load_leftovers(load, e, STEP_KNOWN);
}

void ts_load_node(ts_load *load, ts_xml *e, ts_node *node)
{
    node->kind = strcmp(e->name, "group") == 0  ? TS_NODE_GROUP
                 : strcmp(e->name, "step") == 0 ? TS_NODE_STEP
                                                : TS_NODE_SUBSEQUENCE;
    node->line = e->line;
    node->name = attr_or_empty(e, "name");
    node->description = attr_or_empty(e, "description");
    node->type = attr_or_empty(e, "type");
    node->start_in = attr_or_empty(e, "startIn");
    ts_load_bool(load, e, "disable", &node->disabled);
    ts_load_bool(load, e, "continueOnError", &node->continue_on_error);
    load_action(load, e, node);
    load_conditions(load, e, node);
    if (node->kind != TS_NODE_GROUP) {
        load_step(load, e, node);
        return;
    }
    ts_xml_attr_get(e, "expand"); /* the editor's own */
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        c->used = c->used || ts_load_is_node(c);
    ts_load_leftovers(load, e, GROUP_KNOWN);
}
