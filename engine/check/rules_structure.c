/* rules_structure.c - steps that nothing can run, groups that hide or swallow what is in them. */
#include <stdlib.h>
#include <string.h>

#include "lint.h"

static bool is_script(const ts_node *node)
{
    return ts_str_icontains(node->action, ".wsf") || ts_str_icontains(node->action, ".vbs");
}

static void check_kind(lint *l, const ts_node *node)
{
    const lint_node *info = &l->nodes[node->index];
    if (!info->cls) {
        ts_check_finding(l->check, "step-no-action", node, 0,
                         "step '%s' has no command line, and its type '%s' is not known: nothing "
                         "can run it",
                         node->name, node->type);
        return;
    }
    if (lint_is_command(l, node) && is_script(node)) {
        ts_check_finding(l->check, "step-vbscript", node, node->action_line,
                         "step '%s' runs the script '%s', for which there is no native step",
                         node->name, info->program);
        return;
    }
    if (!info->known && *node->type && !ts_steps_by_type(l->steps, node->type))
        ts_check_finding(l->check, "step-unknown-type", node, 0,
                         "the type '%s' is not known: the step runs as a command line", node->type);
}

/* One note for the whole sequence: it is about this build, not about the sequence. */
static void check_declared_only(lint *l)
{
    const ts_node *first = NULL;
    size_t steps = 0, classes = 0;
    ts_buf titles;
    ts_buf_init(&titles, TS_CHECK_TEXT_MAX / 2);
    for (size_t c = 0; c < ts_steps_count(l->steps); c++) {
        const ts_step_class *cls = ts_steps_at(l->steps, c);
        size_t before = steps;
        for (size_t i = 0; !cls->run && i < l->seq->n_nodes; i++) {
            const ts_node *node = &l->seq->nodes[i];
            if (l->nodes[i].cls != cls || !lint_alive(l, node))
                continue;
            steps++;
            if (!first || node->index < first->index)
                first = node;
        }
        if (steps > before)
            ts_buf_printf(&titles, "%s%s", classes++ ? ", " : "", cls->title);
    }
    if (first)
        ts_check_finding(l->check, "step-declared-only", first, 0,
                         "this build knows, but cannot run, the type of %zu step%s: %s", steps,
                         steps == 1 ? "" : "s", ts_buf_text(&titles));
    ts_buf_done(&titles);
}

static size_t enabled_inside(const lint *l, const ts_node *group)
{
    size_t count = 0;
    for (uint32_t i = group->index + 1; i < group->end; i++)
        count += l->seq->nodes[i].kind != TS_NODE_GROUP && !l->seq->nodes[i].disabled;
    return count;
}

static bool is_off(const ts_node *node)
{
    return node->disabled;
}

static void check_disabled_group(lint *l, const ts_node *node)
{
    if (node->kind != TS_NODE_GROUP || !node->disabled ||
        lint_enclosing(node->parent, is_off) != NULL)
        return;
    size_t count = enabled_inside(l, node);
    if (count > 0)
        ts_check_finding(l->check, "group-disabled", node, 0,
                         "group '%s' is disabled: the %zu enabled step%s in it never run%s",
                         node->name, count, count == 1 ? "" : "s", count == 1 ? "s" : "");
}

static bool reads_outcome(const struct ts_cond *cond)
{
    if (!cond)
        return false;
    if (cond->kind == TS_COND_VARIABLE) {
        const char *name = ts_cond_field_value(cond, "Variable");
        return ts_str_ihas_prefix(name, "_SMSTSLastAction") ||
               ts_str_ihas_prefix(name, "AllStepsSucce");
    }
    for (size_t i = 0; i < cond->n_children; i++)
        if (reads_outcome(cond->children[i]))
            return true;
    return false;
}

/* The last instruction that looks at the outcome of what ran before it; 0: none. */
static uint32_t last_look(const lint *l)
{
    for (size_t i = l->seq->n_nodes; i-- > 0;) {
        const ts_node *node = &l->seq->nodes[i];
        if (!l->nodes[i].off &&
            (reads_outcome(node->condition) || ts_str_icontains(node->action, "_SMSTSLastAction")))
            return node->index;
    }
    return 0;
}

/* A main group that goes on after an error ends the sequence as a success, unless a later step
 * looks at the outcome (MDT team: the last step raises the saved code again). A small group, say
 * one that tidies up, may well fail in silence. */
static void check_swallowing(lint *l, const ts_node *node, uint32_t look, size_t enabled)
{
    if (node->kind != TS_NODE_GROUP || node->parent || !node->continue_on_error ||
        look > node->index || enabled == 0 || !lint_alive(l, node) ||
        enabled_inside(l, node) * 2 < enabled)
        return;
    ts_check_finding(l->check, "group-swallows-errors", node, 0,
                     "group '%s' continues on error and nothing behind looks at the outcome: the "
                     "sequence succeeds whatever fails in it",
                     node->name);
}

static void check_retry(lint *l, const ts_node *node)
{
    const char *const counts[] = {"SMS_TaskSequence_InstallApplicationAction",
                                  "SMS_TaskSequence_InstallUpdateAction",
                                  "SMS_TaskSequence_InstallSoftwareAction"};
    if (node->retry_count == 0)
        return;
    for (size_t i = 0; i < TS_COUNT(counts); i++)
        if (lint_is_class(l, node, counts[i]))
            return;
    ts_check_finding(l->check, "retry-ignored", node, 0,
                     "retryCount '%u' does not repeat a step that fails", node->retry_count);
}

/* --- Child sequences -------------------------------------------------------------------------- */

static const char *child_id(const ts_node *node)
{
    const char *id = ts_node_setting(node, "OSDSubTasksequencePackageID");
    return id ? id : "";
}

/* Does a chain of calls lead from `from` to `to`? `seen` keeps loops that do not pass `to` finite.
 */
static bool calls(lint *l, const ts_sequence *from, const ts_sequence *to, bool *seen)
{
    const ts_bundle *bundle = l->bundle;
    if (!lint_may_work(l, from->n_nodes))
        return false;
    for (size_t s = 0; s < ts_bundle_count(bundle); s++) {
        if (ts_bundle_get(bundle, s) != from)
            continue;
        if (seen[s])
            return false;
        seen[s] = true;
    }
    for (size_t i = 0; i < from->n_nodes; i++) {
        const ts_node *node = &from->nodes[i];
        if (node->kind != TS_NODE_SUBSEQUENCE || ts_node_is_off(node))
            continue;
        const ts_sequence *next = ts_bundle_find(bundle, child_id(node));
        if (next && (next == to || calls(l, next, to, seen)))
            return true;
    }
    return false;
}

static void check_child(lint *l, const ts_node *node)
{
    if (node->kind != TS_NODE_SUBSEQUENCE)
        return;
    const char *id = child_id(node), *name = ts_node_setting(node, "TsName");
    uint32_t line = lint_setting_line(node, "OSDSubTasksequencePackageID");
    if (!*id) {
        ts_check_finding(l->check, "child-no-target", node, 0,
                         "step '%s' does not say which sequence it runs", node->name);
        return;
    }
    const ts_sequence *child = ts_bundle_find(l->bundle, id);
    if (!child) {
        ts_check_finding(l->check, "child-missing", node, line,
                         "child sequence '%s' (%s) is not in this file", id,
                         name && *name ? name : "without a name");
        return;
    }
    bool *seen = ts_alloc_array(ts_bundle_count(l->bundle), sizeof *seen);
    if (!seen) {
        l->no_memory = true;
        return;
    }
    if (child == l->seq || calls(l, child, l->seq, seen))
        ts_check_finding(l->check, "child-recursion", node, line,
                         "child sequence '%s' runs this sequence again", id);
    free(seen);
}

static bool is_secret(const ts_input *in, const ts_setting *s)
{
    return in->type == TS_SECRET || in->flags & TS_QUASI_SECRET || ts_var_name_is_secret(s->name);
}

static void check_options(lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (size_t i = 0; cls && cls->run && i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        for (const ts_input *in = cls->inputs; in && in->name; in++)
            if (ts_str_numbered(in->name, s->name) && !strchr(s->value, '%') &&
                ts_input_asks_in_vain(in, s->value))
                ts_check_finding(l->check, "step-option-no-effect", node, s->line,
                                 "'%s' is '%.80s', and this build does nothing with it", s->name,
                                 is_secret(in, s) ? "***" : s->value);
    }
}

void lint_rules_structure(lint *l)
{
    size_t enabled = 0;
    for (size_t i = 0; i < l->seq->n_nodes; i++)
        enabled += l->seq->nodes[i].kind != TS_NODE_GROUP && !l->nodes[i].off;
    uint32_t look = last_look(l);
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        check_disabled_group(l, node);
        if (l->nodes[i].off)
            continue;
        check_swallowing(l, node, look, enabled);
        if (node->kind == TS_NODE_GROUP)
            continue;
        check_kind(l, node);
        check_retry(l, node);
        check_child(l, node);
        check_options(l, node);
    }
    check_declared_only(l);
    if (enabled == 0)
        ts_check_finding(l->check, "sequence-empty", NULL, 0,
                         "the sequence has no enabled step: it does nothing and succeeds");
}
