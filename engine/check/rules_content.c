/* rules_content.c - step inputs, package references, dynamic lists. */
#include <stdio.h>
#include <string.h>

#include <ts/vars.h>

#include "lint.h"

#define NO_PACKAGE "00000000" /* what a console export writes for a package that is gone */

/* --- Inputs ----------------------------------------------------------------------------------- */

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = choices; *p;) {
        size_t word = strcspn(p, " ");
        if (word == len && ts_str_ncasecmp(p, value, len) == 0)
            return true;
        p += word + (p[word] == ' ');
    }
    return false;
}

static void check_value(lint *l, const ts_node *node, const ts_input *in, const ts_setting *s)
{
    int64_t number;
    bool truth;
    if (!*s->value || strchr(s->value, '%'))
        return;
    if (in->type == TS_ENUM && in->choices && !is_choice(in->choices, s->value))
        ts_check_finding(l->check, "input-value", node, s->line,
                         "'%s' is '%.100s', expected one of: %s", s->name, s->value, in->choices);
    else if (in->type == TS_INT && !ts_str_int64(s->value, &number))
        ts_check_finding(l->check, "input-value", node, s->line,
                         "'%s' is '%.100s', expected a whole number", s->name, s->value);
    else if (in->type == TS_BOOL && !ts_str_bool(s->value, &truth))
        ts_check_finding(l->check, "input-value", node, s->line,
                         "'%s' is '%.100s', expected true or false", s->name, s->value);
}

static void check_inputs(lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++) {
        for (size_t i = 0; i < node->n_settings; i++)
            if (ts_str_numbered(in->name, node->settings[i].name))
                check_value(l, node, in, &node->settings[i]);
        const char *value = ts_node_setting(node, in->name);
        if (!value && in->property)
            value = ts_node_setting(node, in->property);
        const lint_name *set = lint_names_find(l->names, in->name);
        if ((in->flags & TS_REQUIRED) && ts_str_blank(value) && !in->def &&
            !(set && (set->writes > 0 || set->mentioned || set->global)) && node->n_settings > 0)
            ts_check_finding(l->check, "input-required", node, 0, "step '%s' lacks '%s': %s",
                             node->name, in->name, in->help);
    }
}

/* --- Packages --------------------------------------------------------------------------------- */

static bool is_package_id(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    return len == 8 && text[len] == 0;
}

static bool is_referenced(const lint *l, const char *id)
{
    for (size_t i = 0; i < l->seq->n_references; i++)
        if (ts_str_ieq(l->seq->references[i].package, id))
            return true;
    return ts_str_ieq(l->seq->boot_image, id) || ts_bundle_find(l->bundle, id) != NULL;
}

static void check_packages(lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        bool package = ts_str_icontains(s->name, "PackageID") != NULL;
        for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name && !package; in++)
            package = in->type == TS_PACKAGE && ts_str_numbered(in->name, s->name);
        if (!package || !is_package_id(s->value))
            continue;
        if (strcmp(s->value, NO_PACKAGE) == 0)
            ts_check_finding(l->check, "package-gone", node, s->line,
                             "'%s' is '%s': the package was deleted or never chosen", s->name,
                             s->value);
        else if (l->seq->n_references > 0 && lint_may_work(l, l->seq->n_references) &&
                 !is_referenced(l, s->value))
            ts_check_finding(l->check, "package-unreferenced", node, s->line,
                             "package '%s' is used here but is not in the list of references",
                             s->value);
    }
}

static bool is_used(lint *l, const char *id)
{
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (ts_str_icontains(node->action, id))
            return true;
        for (size_t k = 0; k < node->n_settings; k++)
            if (ts_str_icontains(node->settings[k].value, id))
                return true;
    }
    return false;
}

static void check_references(lint *l)
{
    for (size_t i = 0; i < l->seq->n_references; i++) {
        const char *id = l->seq->references[i].package;
        if (!*id || !lint_may_work(l, l->seq->n_nodes * 10))
            continue;
        if (strcmp(id, NO_PACKAGE) != 0 && !ts_str_ieq(id, l->seq->boot_image) && !is_used(l, id))
            ts_check_finding(l->check, "package-unused", NULL, l->seq->references[i].line,
                             "package '%s' is in the list of references, but no step uses it", id);
    }
}

/* --- Dynamic lists ---------------------------------------------------------------------------- */

/* The base name behind /basevar:, "" when there is none. */
static void base_name(const ts_node *node, char *out, size_t size)
{
    const char *at = ts_str_icontains(node->action, "/basevar:");
    size_t n = 0;
    for (at = at ? at + strlen("/basevar:") : ""; *at && !strchr(" \t\"%", *at); at++)
        if (n + 1 < size)
            out[n++] = *at;
    out[n] = 0;
}

/* APP01, APP02 ... (PKG001 ...): the list ends at the first number that is missing, so a list that
 * begins later installs nothing (ConfigMgr docs: Install Application, Install Package). */
static void check_list(lint *l, const ts_node *node)
{
    char base[TS_VAR_NAME_MAX + 1], member[TS_VAR_NAME_MAX + 8];
    base_name(node, base, sizeof base);
    if (!*base || l->nodes[node->index].blind)
        return;
    bool package = lint_is_class(l, node, "SMS_TaskSequence_InstallSoftwareAction");
    unsigned missing = 0;
    for (unsigned i = 1; i <= 99; i++) {
        snprintf(member, sizeof member, "%s%0*u", base, package ? 3 : 2, i);
        const lint_name *name = lint_names_find(l->names, member);
        bool set = name && (name->writes > 0 || name->global);
        if (!set && !missing)
            missing = i;
        if (!set || !missing || missing == i)
            continue;
        ts_check_finding(l->check, "list-gap", name->writer ? name->writer : node, name->write_line,
                         "'%s' is set, but number %u of the list '%s' is not: the list ends there",
                         member, missing, base);
        return;
    }
}

void lint_rules_content(lint *l)
{
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (node->kind == TS_NODE_GROUP || !lint_alive(l, node))
            continue;
        check_inputs(l, node);
        check_packages(l, node);
        check_list(l, node);
    }
    check_references(l);
}
