/* check.c - checks every sequence of a bundle: loading warnings, the rule families, the steps' own
 * checks. */
#include <stdlib.h>
#include <string.h>

#include "lint.h"

static void (*const families[])(lint *l) = {
    lint_rules_conditions, /* first: it finds what can never run */
    lint_rules_structure,  lint_rules_phase,   lint_rules_variables, lint_rules_commands,
    lint_rules_security,   lint_rules_content, lint_rules_network,   lint_rules_portability,
};

static void take_load_warnings(lint *l)
{
    for (size_t i = 0; i < l->seq->n_warnings; i++) {
        const ts_load_warning *w = &l->seq->warnings[i];
        ts_check_finding(l->check, w->rule, NULL, w->line, "%s", w->text);
    }
}

static void look_up_nodes(lint *l)
{
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        lint_node *info = &l->nodes[i];
        const lint_node *group = node->parent ? &l->nodes[node->parent->index] : NULL;
        info->cls = ts_steps_for(l->steps, node);
        info->known = node->kind != TS_NODE_GROUP && ts_steps_is_known(l->steps, node);
        info->off = node->disabled || (group && group->off);
        if (node->kind != TS_NODE_GROUP)
            ts_node_program(node, info->program, sizeof info->program);
    }
}

/* MDT writes schema 3.00; so do its templates for ConfigMgr. */
static bool is_mdt(const lint *l)
{
    static const char *const prefixes[] = {"zti", "lti", "psd"};
    if (strncmp(l->seq->version, "3.0", 3) != 0)
        return false;
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        for (size_t k = 0; k < TS_COUNT(prefixes); k++)
            if (ts_str_ihas_prefix(l->nodes[i].program, prefixes[k]))
                return true;
        if (ts_str_ihas_prefix(l->seq->nodes[i].type, "BDD_"))
            return true;
    }
    return false;
}

static void ask_steps(lint *l)
{
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_step_class *cls = l->nodes[i].cls;
        if (cls && cls->check && !l->nodes[i].off)
            cls->check(l->check, &l->seq->nodes[i]);
    }
}

static bool check_sequence(ts_check *check, const ts_bundle *bundle, const ts_sequence *seq,
                           const ts_steps *steps, ts_err **err)
{
    lint l = {.check = check, .bundle = bundle, .steps = steps, .seq = seq};
    l.nodes = ts_alloc_array(seq->n_nodes ? seq->n_nodes : 1, sizeof *l.nodes);
    if (!l.nodes)
        return ts_fail_nomem(err);
    lint_check_begin(check, seq);
    take_load_warnings(&l);
    look_up_nodes(&l);
    l.mdt = is_mdt(&l);
    lint_flow(&l);
    lint_names_collect(&l);
    for (size_t i = 0; i < sizeof families / sizeof *families && !l.no_memory; i++)
        families[i](&l);
    ask_steps(&l);
    lint_names_free(l.names);
    free(l.nodes);
    return l.no_memory ? ts_fail_nomem(err) : true;
}

ts_check *ts_check_bundle(const ts_bundle *bundle, const ts_steps *steps, ts_err **err)
{
    ts_check *check = lint_check_new();
    if (!check) {
        ts_fail_nomem(err);
        return NULL;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < ts_bundle_count(bundle); i++)
        ok = check_sequence(check, bundle, ts_bundle_get(bundle, i), steps, err);
    if (ok && !lint_check_finish(check))
        ok = ts_fail_nomem(err);
    if (!ok) {
        ts_check_free(check);
        return NULL;
    }
    return check;
}
