/* flow.c - where the machine can be (Windows PE, full OS, either) when each instruction is reached.
 *
 * A sequence may start in either. A condition on _SMSTSInWinPE narrows it, a restart or Setup
 * Windows moves it, and a step that works in one of them only leaves no other behind it. */
#include <string.h>

#include "lint.h"

/* Where a condition can be true, and where it can be false. */
typedef struct narrow {
    unsigned yes, no;
} narrow;

static narrow narrow_variable(const struct ts_cond *cond)
{
    narrow any = {TS_LINT_BOTH, TS_LINT_BOTH};
    bool value;
    if (!ts_str_ieq(ts_cond_field_value(cond, "Variable"), "_SMSTSInWinPE"))
        return any;
    if (cond->op != TS_OP_EQUALS && cond->op != TS_OP_NOT_EQUALS)
        return any;
    /* the variable is "true" or "false" (ConfigMgr docs: variables reference) */
    if (!ts_str_bool(ts_cond_field_value(cond, "Value"), &value))
        return any;
    bool pe = value == (cond->op == TS_OP_EQUALS);
    return pe ? (narrow){TS_LINT_PE, TS_LINT_FULL} : (narrow){TS_LINT_FULL, TS_LINT_PE};
}

static narrow narrow_cond(const struct ts_cond *cond)
{
    narrow out = {TS_LINT_BOTH, TS_LINT_BOTH};
    switch (cond->kind) {
    case TS_COND_VARIABLE:
        return narrow_variable(cond);
    case TS_COND_AND:
        out.no = 0;
        for (size_t i = 0; i < cond->n_children; i++) {
            narrow child = narrow_cond(cond->children[i]);
            out.yes &= child.yes;
            out.no |= child.no;
        }
        return out;
    case TS_COND_OR:
    case TS_COND_NOT:
        out.yes = 0;
        for (size_t i = 0; i < cond->n_children; i++) {
            narrow child = narrow_cond(cond->children[i]);
            out.yes |= child.yes;
            out.no &= child.no;
        }
        return cond->kind == TS_COND_OR ? out : (narrow){out.no, out.yes};
    case TS_COND_WMI:
    case TS_COND_FILE:
    case TS_COND_FOLDER:
    case TS_COND_REGISTRY:
    case TS_COND_SOFTWARE:
    case TS_COND_OS:
    case TS_COND_MAKE_MODEL:
    case TS_COND_COMPUTER:
    case TS_COND_LOCATION:
    case TS_COND_UNKNOWN:
        break;
    }
    return out;
}

static unsigned phase_set(ts_phase phase)
{
    return phase == TS_PHASE_WINPE     ? TS_LINT_PE
           : phase == TS_PHASE_FULL_OS ? TS_LINT_FULL
                                       : TS_LINT_BOTH;
}

unsigned lint_needs(const lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    return phase_set(node->run_in) & (cls ? phase_set(cls->phase) : TS_LINT_BOTH);
}

bool lint_is_restart(const lint *l, const ts_node *node, unsigned *target)
{
    const lint_node *info = &l->nodes[node->index];
    if (node->kind != TS_NODE_STEP || (strcmp(info->program, "smsboot") != 0 &&
                                       !lint_is_type(node, "SMS_TaskSequence_RebootAction")))
        return false;
    const char *to = ts_node_setting(node, "SMSRebootTarget");
    if (!to)
        to = ts_node_setting(node, "Target");
    if (!to || !*to) {
        const char *option = ts_str_icontains(node->action, "/target:");
        to = option ? option + strlen("/target:") : "";
    }
    /* MDT writes WinPE everywhere and boots what the disk holds */
    *target = l->mdt                            ? TS_LINT_BOTH
              : ts_str_ihas_prefix(to, "HD")    ? TS_LINT_FULL
              : ts_str_ihas_prefix(to, "WinPE") ? TS_LINT_PE
                                                : TS_LINT_BOTH;
    return true;
}

static unsigned flow_range(lint *l, uint32_t first, uint32_t end, unsigned in, unsigned *seen);

static unsigned flow_step(lint *l, const ts_node *node, unsigned taken)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    unsigned need = lint_needs(l, node), target;
    unsigned out = taken;
    if (node->kind == TS_NODE_SUBSEQUENCE)
        return TS_LINT_BOTH;
    if (lint_is_restart(l, node, &target))
        out = target;
    else if (cls && cls->hands_over == TS_RESTART_OS)
        out = TS_LINT_FULL;
    else if (cls && cls->hands_over == TS_RESTART_PE)
        out = TS_LINT_PE;
    else if (taken & need)
        out = taken & need;
    return node->continue_on_error ? out | taken : out;
}

static unsigned flow_node(lint *l, const ts_node *node, unsigned in, bool dead)
{
    lint_node *info = &l->nodes[node->index];
    narrow cond = {TS_LINT_BOTH, 0};
    if (node->condition)
        cond = narrow_cond(node->condition);
    info->phases = info->off ? 0 : in & cond.yes;
    info->dead = dead || (!info->off && info->phases == 0);
    unsigned skipped = in & cond.no, out = info->phases;
    if (node->kind == TS_NODE_GROUP) {
        unsigned seen = info->phases;
        out = flow_range(l, node->index + 1, node->end, info->phases, &seen);
        if (node->continue_on_error)
            out |= seen;
    } else if (info->phases != 0) {
        out = flow_step(l, node, info->phases);
    }
    info->after = info->phases == 0 ? in : out | skipped;
    return info->after;
}

static unsigned flow_range(lint *l, uint32_t first, uint32_t end, unsigned in, unsigned *seen)
{
    for (uint32_t i = first; i < end; i = l->seq->nodes[i].end) {
        const ts_node *node = &l->seq->nodes[i];
        bool dead = node->parent && l->nodes[node->parent->index].dead;
        in = flow_node(l, node, in, dead);
        *seen |= in;
    }
    return in;
}

/* Behind foreign code variables may have any value. */
static void mark_blind(lint *l)
{
    bool blind = false;
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        lint_node *info = &l->nodes[i];
        info->blind = blind;
        if (info->off || l->seq->nodes[i].kind == TS_NODE_GROUP)
            continue;
        blind = blind || !info->cls || info->cls->opaque ||
                l->seq->nodes[i].kind == TS_NODE_SUBSEQUENCE || !info->known;
    }
}

void lint_flow(lint *l)
{
    unsigned seen = 0;
    flow_range(l, 0, (uint32_t)l->seq->n_nodes, TS_LINT_BOTH, &seen);
    mark_blind(l);
}

bool lint_alive(const lint *l, const ts_node *node)
{
    const lint_node *info = &l->nodes[node->index];
    return !info->off && !info->dead;
}
