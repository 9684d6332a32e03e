/* rules_variables.c - names that cannot be set, values that nobody sets or reads. */
#include <string.h>

#include <ts/rules.h>
#include <ts/vars.h>

#include "lint.h"

/* --- Names ------------------------------------------------------------------------------------ */

static bool is_engine_output(const lint *l, const ts_node *node, const char *name)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (const char *const *out = cls ? cls->outputs : NULL; out && *out; out++)
        if (ts_str_numbered(*out, name))
            return true;
    return false;
}

static void check_name(lint *l, const ts_node *node, uint32_t line, const char *name)
{
    ts_err *err = NULL;
    if (strchr(name, '%') || is_engine_output(l, node, name))
        return;
    name += strspn(name, " \t");
    if (name[0] == '_') {
        ts_check_finding(l->check, "variable-read-only", node, line,
                         "'%s' is read-only: a name that begins with _ belongs to the engine",
                         name);
        return;
    }
    if (!ts_var_name_check(name, &err))
        ts_check_finding(l->check, "variable-name", node, line, "%s", ts_err_text(err));
    ts_err_free(err);
}

static void check_rules(lint *l, const ts_node *node)
{
    const ts_setting *setting = lint_setting(node, "OSDSetDynamicVariablesRules");
    ts_err *err = NULL;
    if (!setting)
        return;
    const ts_rules *rules = lint_dynamic_rules(l, setting, &err);
    if (!rules) {
        ts_check_finding(l->check, "dynamic-rules", node, setting->line,
                         "the rules cannot be read: %s", ts_err_text(err));
        ts_err_free(err);
        return;
    }
    for (size_t i = 0; i < rules->n_warnings; i++)
        ts_check_finding(l->check, rules->warnings[i].rule, node, rules->warnings[i].line, "%s",
                         rules->warnings[i].text);
    for (size_t i = 0; i < rules->n_rules; i++)
        for (size_t k = 0; k < rules->rules[i].n_variables; k++)
            if (*rules->rules[i].variables[k].name)
                check_name(l, node, rules->rules[i].variables[k].line,
                           rules->rules[i].variables[k].name);
    ts_rules_free(rules);
}

static void check_names(lint *l, const ts_node *node)
{
    const char *name, *value;
    uint32_t line;
    if (lint_set_variable(l, node, &name, &value, &line) ||
        strcmp(l->nodes[node->index].program, "tsenv") == 0) {
        if (!lint_set_variable(l, node, &name, &value, &line) || ts_str_blank(name))
            ts_check_finding(l->check, "variable-name", node, 0,
                             "step '%s' sets a variable, but does not say which", node->name);
        else
            check_name(l, node, line, name);
    }
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_icontains(node->settings[i].name, "OutputVariableName") &&
            *node->settings[i].value)
            check_name(l, node, node->settings[i].line, node->settings[i].value);
    check_rules(l, node);
}

/* --- Reads without a write -------------------------------------------------------------------- */

static bool is_list_member(const lint *l, const char *name)
{
    size_t len = strlen(name), base = len;
    char stem[TS_VAR_NAME_MAX + 1];
    while (base > 0 && name[base - 1] >= '0' && name[base - 1] <= '9')
        base--;
    if (base == len || base == 0)
        return false;
    memcpy(stem, name, base);
    stem[base] = 0;
    return lint_names_find(l->names, stem) != NULL;
}

/* The name somebody probably meant: one that is set, else one that exists. */
static const char *hint(lint *l, const lint_name *name)
{
    unsigned best = 0, distance = 0;
    const char *found = NULL;
    for (size_t i = 0; i < lint_names_count(l->names); i++) {
        const lint_name *other = lint_names_at(l->names, i);
        unsigned d = other->writes > 0 || other->global ? lint_near(name->name, other->name) : 0;
        if (d > 0 && (best == 0 || d < best)) {
            best = d;
            found = other->name;
        }
    }
    const char *known = lint_known_near(name->name, &distance);
    return known && (best == 0 || distance < best) ? known : found;
}

static void check_unset(lint *l, const lint_name *name, size_t *hints)
{
    if (name->reads == 0 || name->writes > 0 || name->global || name->mentioned ||
        lint_known_var(name->name) || is_list_member(l, name->name))
        return;
    const char *meant = NULL;
    if ((*hints)++ < TS_LINT_HINTS_MAX)
        meant = hint(l, name);
    if (meant)
        ts_check_finding(l->check, "variable-typo", name->reader, name->read_line,
                         "nothing sets '%s': is '%s' meant?", name->name, meant);
    else
        ts_check_finding(l->check, "variable-unset", name->reader, name->read_line,
                         "nothing in this sequence sets '%s'%s", name->name,
                         name->reader && l->nodes[name->reader->index].blind
                             ? "; a script before may do it"
                             : "; it must come from the collection, the device or the media");
}

static void check_unused(lint *l, const lint_name *name)
{
    const char *set, *value;
    uint32_t line;
    if (name->reads > 0 || name->writes == 0 || name->mentioned || lint_known_var(name->name))
        return;
    /* a list (APP01, PKG001) is read through its base name */
    size_t len = strlen(name->name);
    if (name->name[len - 1] >= '0' && name->name[len - 1] <= '9')
        return;
    if (!lint_set_variable(l, name->writer, &set, &value, &line))
        return;
    ts_check_finding(l->check, "variable-unused", name->writer, name->write_line,
                     "nothing in this sequence reads '%s'", name->name);
}

void lint_rules_variables(lint *l)
{
    size_t hints = 0;
    for (size_t i = 0; i < l->seq->n_nodes; i++)
        if (!l->nodes[i].off && l->seq->nodes[i].kind == TS_NODE_STEP)
            check_names(l, &l->seq->nodes[i]);
    for (size_t i = 0; i < lint_names_count(l->names); i++) {
        const lint_name *name = lint_names_at(l->names, i);
        check_unset(l, name, &hints);
        check_unused(l, name);
    }
}
