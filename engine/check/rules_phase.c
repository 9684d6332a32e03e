/* rules_phase.c - what runs where: Windows PE or the full OS, restarts, Setup Windows. */
#include <string.h>

#include "lint.h"

#define APPLY_OS      "SMS_TaskSequence_ApplyOperatingSystemAction"
#define SETUP_WINDOWS "SMS_TaskSequence_SetupWindowsAndSMSAction"

static const char *phase_name(unsigned phases)
{
    return phases == TS_LINT_PE ? "Windows PE" : "the full OS";
}

static void check_phase(lint *l, const ts_node *node)
{
    const lint_node *info = &l->nodes[node->index];
    unsigned needs = lint_needs(l, node);
    if (needs == 0) {
        ts_check_finding(l->check, "step-run-in", node, 0,
                         "step '%s' has runIn '%s', but '%s' works in %s only", node->name,
                         node->run_in == TS_PHASE_WINPE ? "WinPE" : "FullOS", info->cls->title,
                         info->cls->phase == TS_PHASE_WINPE ? "Windows PE" : "the full OS");
        return;
    }
    if (info->phases == 0 || (info->phases & needs) || info->dead)
        return;
    ts_check_finding(l->check, "step-wrong-phase", node, 0,
                     "step '%s' works in %s only, but here the machine is in %s", node->name,
                     phase_name(needs), phase_name(info->phases));
}

/* --- Restarts --------------------------------------------------------------------------------- */

static bool has_condition(const ts_node *node)
{
    return node->condition != NULL;
}

static bool is_disk_ready(const lint *l, const ts_node *node)
{
    return lint_wipes(l, node) || strcmp(l->nodes[node->index].program, "diskpart") == 0 ||
           lint_is_command(l, node) || lint_is_powershell(l, node);
}

/* Without a formatted partition there is nowhere to keep the state over the restart (ConfigMgr
 * docs: planning considerations). A script before it may have made one. A sequence that was started
 * in the full OS has a disk. */
static void check_restart(lint *l, const ts_node *node, const ts_node *ready, const ts_node *wipe)
{
    unsigned target;
    const lint_node *info = &l->nodes[node->index];
    if (!wipe || !lint_is_restart(l, node, &target) || !(info->phases & TS_LINT_PE))
        return;
    if (info->phases == TS_LINT_BOTH && (l->mdt || lint_enclosing(node, has_condition)))
        return;
    if (ready->index > node->index)
        ts_check_finding(l->check, "restart-before-disk", node, 0,
                         "'%s' restarts %sbefore any disk is partitioned ('%s' comes later, line "
                         "%u): on an empty disk the run is lost",
                         node->name, info->phases == TS_LINT_BOTH ? "" : "Windows PE ", wipe->name,
                         wipe->line);
}

static bool runs_as(const ts_node *node)
{
    static const char *const names[] = {"SMSTSRunCommandLineUserName",
                                        "SMSTSRunPowerShellUserName"};
    for (size_t i = 0; i < TS_COUNT(names); i++)
        if (!ts_str_blank(ts_node_setting(node, names[i])))
            return true;
    return false;
}

/* There are no accounts in Windows PE (ConfigMgr docs: Run Command Line). */
static void check_account(lint *l, const ts_node *node)
{
    unsigned phases = l->nodes[node->index].phases;
    if (runs_as(node) && (node->run_in == TS_PHASE_WINPE || phases == TS_LINT_PE))
        ts_check_finding(l->check, "run-as-winpe", node, 0,
                         "step '%s' runs as a user, but here the machine is in Windows PE, where "
                         "that always fails",
                         node->name);
}

/* --- Setup Windows ---------------------------------------------------------------------------- */

static const ts_node *find_class(const lint *l, const char *type, uint32_t from, bool alive)
{
    for (uint32_t i = from; i < l->seq->n_nodes; i++)
        if (lint_is_class(l, &l->seq->nodes[i], type) &&
            (!alive || lint_alive(l, &l->seq->nodes[i])))
            return &l->seq->nodes[i];
    return NULL;
}

static bool calls_child_behind(const lint *l, const ts_node *node)
{
    for (uint32_t i = node->index + 1; i < l->seq->n_nodes; i++)
        if (l->seq->nodes[i].kind == TS_NODE_SUBSEQUENCE && lint_alive(l, &l->seq->nodes[i]))
            return true;
    return false;
}

static bool is_child(lint *l)
{
    for (size_t s = 0; s < ts_bundle_count(l->bundle) && *l->seq->package_id; s++) {
        const ts_sequence *other = ts_bundle_get(l->bundle, s);
        if (!lint_may_work(l, other->n_nodes))
            return false;
        for (size_t i = 0; i < other->n_nodes; i++) {
            const char *id = ts_node_setting(&other->nodes[i], "OSDSubTasksequencePackageID");
            if (id && ts_str_ieq(id, l->seq->package_id))
                return true;
        }
    }
    return false;
}

static void check_setup_windows(lint *l)
{
    const ts_node *apply = find_class(l, APPLY_OS, 0, true);
    if (!apply || is_child(l) || calls_child_behind(l, apply) ||
        find_class(l, SETUP_WINDOWS, apply->index, true))
        return;
    const ts_node *setup = find_class(l, SETUP_WINDOWS, 0, false);
    if (!setup)
        ts_check_finding(l->check, "setup-windows-missing", apply, 0,
                         "'%s' applies Windows, but no Setup Windows and ConfigMgr step follows: "
                         "the sequence does not go on in the new Windows",
                         apply->name);
    else if (setup->index < apply->index)
        ts_check_finding(l->check, "setup-windows-missing", setup, 0,
                         "'%s' comes before '%s' (line %u), which applies Windows", setup->name,
                         apply->name, apply->line);
    else
        ts_check_finding(l->check, "setup-windows-missing", setup, 0,
                         "'%s' is %s, but '%s' (line %u) applies Windows: the sequence does not "
                         "go on in the new Windows",
                         setup->name, ts_node_is_off(setup) ? "disabled" : "never reached",
                         apply->name, apply->line);
}

static void check_never_continue(lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    if (cls && cls->never_continue && node->continue_on_error)
        ts_check_finding(l->check, "setup-windows-continue", node, 0,
                         "continueOnError has no effect on '%s': a failure ends the sequence",
                         node->name);
}

void lint_rules_phase(lint *l)
{
    const ts_node *ready = NULL, *wipe = NULL; /* the first ones */
    for (size_t i = l->seq->n_nodes; i-- > 0;) {
        const ts_node *node = &l->seq->nodes[i];
        if (!lint_alive(l, node) || !is_disk_ready(l, node))
            continue;
        ready = node;
        wipe = lint_wipes(l, node) ? node : wipe;
    }
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (l->nodes[i].off || node->kind == TS_NODE_GROUP)
            continue;
        check_phase(l, node);
        check_restart(l, node, ready, wipe);
        check_never_continue(l, node);
        check_account(l, node);
    }
    check_setup_windows(l);
}
