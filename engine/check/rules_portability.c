/* rules_portability.c - the vendor's limits: what this engine takes and ConfigMgr does not. */
#include <string.h>

#include "lint.h"

/* ConfigMgr docs: "Using task sequence variables", "Task sequence steps", "Reduce the size of task
 * sequence policy". */
#define VALUE_MAX       4000u
#define TITLE_MAX       50u
#define DESCRIPTION_MAX 256u
#define START_IN_MAX    127u
#define SEQUENCE_MAX    (2u * 1024u * 1024u)

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0u) != 0x80u;
    return n;
}

static bool is_raw(const lint *l, const ts_node *node, const ts_setting *setting)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++)
        if (ts_str_numbered(in->name, setting->name))
            return (in->flags & TS_RAW) || in->type == TS_XML;
    return ts_str_ieq(setting->name, "OSDRunPowerShellScriptSourceScript") ||
           ts_str_ieq(setting->name, "OSDSetDynamicVariablesRules");
}

static void check_texts(lint *l, const ts_node *node)
{
    size_t n = length(node->name);
    if (n > TITLE_MAX)
        ts_check_finding(l->check, "limit-name", node, 0,
                         "the name has %zu characters; ConfigMgr's editor takes %u", n, TITLE_MAX);
    n = length(node->description);
    if (n > DESCRIPTION_MAX)
        ts_check_finding(l->check, "limit-description", node, 0,
                         "the description has %zu characters; ConfigMgr takes %u", n,
                         DESCRIPTION_MAX);
    const char *folder = ts_node_setting(node, "WorkingDirectory");
    n = length(folder && *folder ? folder : node->start_in);
    if (n > START_IN_MAX)
        ts_check_finding(l->check, "limit-start-in", node, 0,
                         "the start folder has %zu characters; ConfigMgr takes %u", n,
                         START_IN_MAX);
    for (size_t i = 0; i < node->n_settings; i++) {
        n = length(node->settings[i].value);
        if (n > VALUE_MAX && !is_raw(l, node, &node->settings[i]))
            ts_check_finding(l->check, "limit-value", node, node->settings[i].line,
                             "'%s' has %zu characters; ConfigMgr takes %u", node->settings[i].name,
                             n, VALUE_MAX);
    }
}

void lint_rules_portability(lint *l)
{
    if (l->seq->bytes > SEQUENCE_MAX)
        ts_check_finding(l->check, "limit-sequence", NULL, 0,
                         "the sequence has %llu bytes; ConfigMgr's editor takes %u",
                         (unsigned long long)l->seq->bytes, SEQUENCE_MAX);
    for (size_t i = 0; i < l->seq->n_nodes; i++)
        check_texts(l, &l->seq->nodes[i]);
}
