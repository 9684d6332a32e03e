/* rules_conditions.c - conditions that cannot be evaluated, never change anything, or contradict
 * each other. */
#include <stdlib.h>
#include <string.h>

#include "lint.h"

#define CHAIN_MAX 64u /* conditions of a node and the groups round it */

/* --- One leaf --------------------------------------------------------------------------------- */

static bool is_dotted_number(const char *text)
{
    return strchr(text, '.') && strspn(text, "0123456789.") == strlen(text);
}

static void check_variable(lint *l, const ts_node *node, const struct ts_cond *cond)
{
    const char *name = ts_cond_field_value(cond, "Variable");
    const char *value = ts_cond_field_value(cond, "Value");
    bool order = cond->op >= TS_OP_LESS && cond->op <= TS_OP_GREATER_EQUAL;
    bool like = cond->op == TS_OP_LIKE || cond->op == TS_OP_NOT_LIKE;
    if (order && is_dotted_number(value))
        ts_check_finding(l->check, "condition-version-text", node, cond->line,
                         "'%s' %s '%s' compares text, not version numbers: \"10.0\" comes before "
                         "\"6.1\"",
                         name, ts_cond_op_name(cond->op), value);
    if (like && value[0] == '%' && value[1] && value[strlen(value) - 1] == '%' &&
        !strchr(value, '*'))
        ts_check_finding(l->check, "condition-like-percent", node, cond->line,
                         "'%s' %s '%s': the wildcard of variable conditions is *, not %%", name,
                         ts_cond_op_name(cond->op), value);
    else if (like && !strpbrk(value, "*?%") && *value)
        ts_check_finding(l->check, "condition-like-plain", node, cond->line,
                         "'%s' %s '%s' has no wildcard: it is the same as %s", name,
                         ts_cond_op_name(cond->op), value,
                         cond->op == TS_OP_LIKE ? "equals" : "notEquals");
}

static void check_registry(lint *l, const ts_node *node, const struct ts_cond *cond)
{
    static const char *const hives[] = {"HKEY_LOCAL_MACHINE\\", "HKEY_CURRENT_USER\\",
                                        "HKEY_USERS\\", "HKEY_CURRENT_CONFIG\\",
                                        "HKEY_CLASSES_ROOT\\"};
    const char *path = ts_cond_field_value(cond, "KeyPath");
    bool known = strchr(path, '%') == path;
    for (size_t i = 0; i < TS_COUNT(hives); i++)
        known = known || ts_str_ihas_prefix(path, hives[i]);
    const char *again = ts_str_icontains(path + (*path != 0), "HKEY_");
    if (!known || again)
        ts_check_finding(l->check, "condition-registry-path", node, cond->line,
                         "the registry path '%s' %s", path,
                         again ? "names a hive twice" : "does not begin with a hive");
}

static bool is_listed(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (ts_str_ieq(list[i], text))
            return true;
    return false;
}

static bool is_missing_in_pe(const char *name_space, const char *class_name)
{
    /* Windows PE has no MSI service, no ConfigMgr client and no component store of its own */
    static const char *const classes[] = {"Win32_Product",
                                          "Win32_InstalledWin32Program",
                                          "Win32_QuickFixEngineering",
                                          "Win32_OptionalFeature",
                                          "Win32_ReliabilityRecords",
                                          "Win32_ServerFeature",
                                          "Win32_InstalledStoreProgram"};
    static const char *const spaces[] = {"root\\ccm", "root\\cimv2\\sms", "root\\SecurityCenter",
                                         "root\\RSOP"};
    for (size_t i = 0; i < TS_COUNT(spaces); i++)
        if (ts_str_ihas_prefix(name_space, spaces[i]))
            return true;
    return is_listed(classes, TS_COUNT(classes), class_name);
}

static void check_wmi(lint *l, const ts_node *node, const struct ts_cond *cond)
{
    const char *query = ts_cond_field_value(cond, "Query");
    if (!cond->query) {
        ts_check_finding(l->check, "wql-syntax", node, cond->line,
                         "the query '%.200s' is wrong: %s", query,
                         cond->problem ? cond->problem : "it does not parse");
        return;
    }
    const char *class_name = ts_wql_class(cond->query), *where = ts_wql_where(cond->query);
    const char *space = ts_cond_field_value(cond, "Namespace");
    if (l->nodes[node->index].phases == TS_LINT_PE && is_missing_in_pe(space, class_name))
        ts_check_finding(l->check, "wql-not-in-winpe", node, cond->line,
                         "'%s' (%s) does not exist in Windows PE, where this step runs: the "
                         "condition is false",
                         class_name, *space ? space : "root\\cimv2");
    if (ts_str_ieq(class_name, "Win32_Product"))
        ts_check_finding(l->check, "wql-win32-product", node, cond->line,
                         "asking '%s' makes Windows Installer check every installed product",
                         class_name);
    const char *like = ts_str_icontains(where, "like");
    const char *open = like ? strpbrk(like, "'\"") : NULL;
    const char *close = open ? strchr(open + 1, *open) : NULL;
    if (close && memchr(open, '*', (size_t)(close - open)) &&
        !memchr(open, '%', (size_t)(close - open)))
        ts_check_finding(l->check, "wql-like-star", node, cond->line,
                         "LIKE %.*s: the wildcard of WQL is %%, not *",
                         (int)(close - open + 1 < 100 ? close - open + 1 : 100), open);
}

static void check_leaves(lint *l, const ts_node *node, const struct ts_cond *cond)
{
    switch (cond->kind) {
    case TS_COND_UNKNOWN:
        ts_check_finding(l->check, "condition-unknown", node, cond->line, "%s",
                         cond->problem ? cond->problem : "the condition is not known");
        break;
    case TS_COND_VARIABLE:
        check_variable(l, node, cond);
        break;
    case TS_COND_WMI:
        check_wmi(l, node, cond);
        break;
    case TS_COND_REGISTRY:
        check_registry(l, node, cond);
        break;
    case TS_COND_AND:
    case TS_COND_OR:
    case TS_COND_NOT:
    case TS_COND_FILE:
    case TS_COND_FOLDER:
    case TS_COND_SOFTWARE:
    case TS_COND_OS:
    case TS_COND_MAKE_MODEL:
    case TS_COND_COMPUTER:
    case TS_COND_LOCATION:
        break;
    }
    for (size_t i = 0; i < cond->n_children; i++) {
        check_leaves(l, node, cond->children[i]);
        for (size_t k = 0; k < i && i < 100; k++) {
            if (!lint_same_cond(cond->children[i], cond->children[k]))
                continue;
            ts_check_finding(l->check, "condition-duplicate", node, cond->children[i]->line,
                             "the same test stands here twice (first: line %u)",
                             cond->children[k]->line);
            break;
        }
    }
}

/* --- The whole -------------------------------------------------------------------------------- */

typedef struct chain {
    lint *l;
    const ts_node *nodes[CHAIN_MAX]; /* [0]: the node itself, then outwards */
} chain;

static bool engine_changes(const char *name)
{
    return ts_str_ihas_prefix(name, "_SMSTSLastAction") ||
           ts_str_ihas_prefix(name, "_SMSTSCurrentAction") ||
           ts_str_ihas_prefix(name, "_SMSTSNextInstruction") ||
           ts_str_ihas_prefix(name, "_SMSTSInWinPE") || ts_str_ihas_prefix(name, "_TS");
}

static bool sets(lint *l, const ts_node *node, const char *name)
{
    const lint_node *info = &l->nodes[node->index];
    const char *set, *value;
    uint32_t line;
    if (info->off || node->kind == TS_NODE_GROUP)
        return false;
    if (lint_set_variable(l, node, &set, &value, &line))
        return ts_str_ieq(set, name) || strchr(set, '%');
    if (ts_node_setting(node, "OSDSetDynamicVariablesRules"))
        return true;
    if (lint_is_command(l, node) || lint_is_powershell(l, node) || !info->cls ||
        info->cls->opaque || info->cls->outputs || node->kind == TS_NODE_SUBSEQUENCE)
        return name[0] != '_';
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_ieq(node->settings[i].value, name))
            return true;
    return false;
}

/* Between a group's condition and the one of a node inside, the variable may have been set. */
static bool changed(void *ctx, size_t cond, const char *name)
{
    const chain *c = ctx;
    if (cond == 0)
        return false;
    if (engine_changes(name))
        return true;
    uint32_t from = c->nodes[cond]->index + 1, to = c->nodes[0]->index;
    if (!lint_may_work(c->l, to - from))
        return true;
    for (uint32_t i = from; i < to; i++)
        if (sets(c->l, &c->l->seq->nodes[i], name))
            return true;
    return false;
}

static size_t make_chain(chain *c, const ts_node *node, const struct ts_cond **conds)
{
    size_t n = 0;
    for (; node && n < CHAIN_MAX; node = node->parent) {
        if (!node->condition)
            continue;
        c->nodes[n] = node;
        conds[n++] = node->condition;
    }
    return n;
}

static void report(lint *l, const ts_node *node, const char *rule, const char *what)
{
    char *text = ts_cond_describe(node->condition);
    if (!text) {
        l->no_memory = true;
        return;
    }
    ts_check_finding(l->check, rule, node, node->condition->line, "%s: %.300s", what, text);
    free(text);
}

static void mark_dead(lint *l, const ts_node *node)
{
    for (uint32_t i = node->index; i < node->end; i++)
        l->nodes[i].dead = true;
}

static void check_whole(lint *l, const ts_node *node)
{
    chain c = {.l = l};
    const struct ts_cond *conds[CHAIN_MAX];
    size_t n = make_chain(&c, node, conds);
    ts_tri own = lint_fold(l, conds, 1, NULL, NULL);
    if (own == TS_NO) {
        report(l, node, "condition-always-false", "the condition is never true");
        mark_dead(l, node);
    } else if (own == TS_YES) {
        report(l, node, "condition-always-true", "the condition is always true");
    } else if (n > 1 && lint_fold(l, conds, n, changed, &c) == TS_NO) {
        report(l, node, "condition-contradicts-group",
               "the condition can not be true where the group's condition is");
        mark_dead(l, node);
    }
}

/* Where the machine cannot be (flow.c), outermost only. */
static void check_reached(lint *l, const ts_node *node)
{
    const lint_node *info = &l->nodes[node->index];
    if (!info->dead || (node->parent && l->nodes[node->parent->index].dead) || !node->condition)
        return;
    report(l, node, "step-unreachable",
           "never reached: the machine is not there (Windows PE, full OS) when the condition is "
           "asked");
}

void lint_rules_conditions(lint *l)
{
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (l->nodes[i].off || !node->condition)
            continue;
        check_leaves(l, node, node->condition);
        if (l->nodes[i].dead)
            check_reached(l, node);
        else
            check_whole(l, node);
    }
}
