/* rules_network.c - what needs the company network: BitLocker escrow, domains, shares; network
 * settings that overwrite each other. */
#include <string.h>

#include "lint.h"

static bool continues(const ts_node *node)
{
    return node->continue_on_error;
}

/* The recovery password goes to Active Directory; without a domain controller the step fails. */
static void check_escrow(lint *l, const ts_node *node)
{
    if (!lint_is_class(l, node, "SMS_TaskSequence_EnableBitLockerAction"))
        return;
    const char *to = ts_node_setting(node, "OSDBitLockerCreateRecoveryPassword");
    const char *option = ts_str_icontains(node->action, "/pwd:AD");
    if (!(to && ts_str_ieq(to, "AD")) && !option)
        return;
    if (lint_enclosing(node, continues))
        return;
    if (strcmp(l->nodes[node->index].program, "ztibde") == 0)
        ts_check_finding(l->check, "bitlocker-escrow-mdt", node, 0,
                         "step '%s' keeps the recovery password in Active Directory when the rules "
                         "turn BitLocker on, and does not continue on error",
                         node->name);
    else
        ts_check_finding(l->check, "bitlocker-ad-escrow", node, 0,
                         "step '%s' keeps the recovery password in Active Directory and does not "
                         "continue on error: without a domain controller the sequence fails",
                         node->name);
}

static void check_join(lint *l, const ts_node *node)
{
    const char *type = ts_node_setting(node, "OSDJoinType");
    const char *domain = ts_node_setting(node, "OSDJoinDomainName");
    if (lint_is_class(l, node, "SMS_TaskSequence_JoinDomainWorkgroupAction") &&
        (type ? strcmp(type, "0") == 0 : !ts_str_blank(domain)))
        ts_check_finding(l->check, "needs-domain", node, 0,
                         "step '%s' joins a domain: it fails over the internet", node->name);
    const char *network = ts_node_setting(node, "OSDNetworkJoinType");
    if (lint_is_class(l, node, "SMS_TaskSequence_ApplyNetworkSettingsAction") && network &&
        strcmp(network, "0") == 0)
        ts_check_finding(l->check, "needs-domain", node,
                         lint_setting_line(node, "OSDNetworkJoinType"),
                         "step '%s' joins a domain: it fails over the internet", node->name);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("_-.%$", c) != NULL;
}

/* \\server\share at the begin of a word; \\?\ and \\.\ are devices. Its length, 0: none here. */
static size_t share_at(const char *text, const char *p)
{
    if (strncmp(p, "\\\\", 2) != 0 || (p > text && !strchr(" \t\"'=,(;@", p[-1])))
        return 0;
    size_t len = 2;
    while (p[len] && is_name_char(p[len]))
        len++;
    if (len < 4 || p[len] != '\\' || p[2] == '.' || !p[len + 1] || !is_name_char(p[len + 1]))
        return 0;
    for (len++; p[len] && is_name_char(p[len]);)
        len++;
    return len;
}

static bool add_share(lint *l, const ts_node *node, uint32_t line, const char *text)
{
    for (const char *p = strchr(text, '\\'); p; p = strchr(p + 1, '\\')) {
        size_t len = share_at(text, p);
        if (len == 0)
            continue;
        ts_check_finding(l->check, "needs-share", node, line,
                         "step '%s' uses the share '%.*s': it fails over the internet", node->name,
                         (int)(len < 120 ? len : 120), p);
        return true;
    }
    return false;
}

static void check_shares(lint *l, const ts_node *node)
{
    if (add_share(l, node, node->action_line, node->action))
        return;
    for (size_t i = 0; i < node->n_settings; i++)
        if (!ts_str_icontains(node->settings[i].name, "Rules") &&
            add_share(l, node, node->settings[i].line, node->settings[i].value))
            return;
}

/* Several values of the step are global: with several instances the last one wins, even when its
 * own condition is false (ConfigMgr docs: Apply Network Settings). */
static void check_network_settings(lint *l)
{
    size_t count = 0;
    const ts_node *conditional = NULL;
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (!lint_alive(l, node) ||
            !lint_is_class(l, node, "SMS_TaskSequence_ApplyNetworkSettingsAction"))
            continue;
        count++;
        if (node->condition)
            conditional = node;
    }
    if (count > 1 && conditional)
        ts_check_finding(l->check, "network-settings-several", conditional, 0,
                         "there are %zu Apply Network Settings steps, and '%s' has a condition of "
                         "its own: the last one's adapter settings win even when it is skipped",
                         count, conditional->name);
}

void lint_rules_network(lint *l)
{
    check_network_settings(l);
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (node->kind == TS_NODE_GROUP || !lint_alive(l, node))
            continue;
        check_escrow(l, node);
        check_join(l, node);
        check_shares(l, node);
    }
}
