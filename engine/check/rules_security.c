/* rules_security.c - secrets in the file and on command lines; steps that destroy data. */
#include <stdlib.h>
#include <string.h>

#include <ts/rules.h>
#include <ts/vars.h>

#include "lint.h"

/* --- Secrets ---------------------------------------------------------------------------------- */

static bool sounds_secret(const char *name)
{
    static const char *const words[] = {"password", "passwd", "passphrase", "secret"};
    for (size_t i = 0; i < TS_COUNT(words); i++)
        if (ts_str_icontains(name, words[i]))
            return true;
    return ts_var_name_is_secret(name);
}

/* %Var% in its place is fine, and so is what the console puts for a blanked value. */
static bool is_literal(const char *value)
{
    char name[TS_VAR_NAME_MAX + 1];
    if (ts_str_blank(value) || strspn(value, "*") == strlen(value))
        return false;
    return !(*value == '%' && lint_next_reference(&value, name, sizeof name) && !*value);
}

static bool is_secret_input(const ts_step_class *cls, const ts_setting *setting)
{
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++)
        if (ts_str_numbered(in->name, setting->name))
            return in->type == TS_SECRET;
    return ts_var_name_is_secret(setting->name);
}

static void add_secret(lint *l, const ts_node *node, uint32_t line, const char *name)
{
    lint_secret_line(l->check, line ? line : node->line);
    ts_check_finding(l->check, "secret-in-file", node, line,
                     "'%s' holds a secret that everybody who has the file can read", name);
}

static void check_rule_secrets(lint *l, const ts_node *node, const ts_setting *setting)
{
    const ts_rules *rules = lint_dynamic_rules(l, setting, NULL);
    for (size_t i = 0; rules && i < rules->n_rules; i++)
        for (size_t k = 0; k < rules->rules[i].n_variables; k++) {
            const ts_rule_variable *v = &rules->rules[i].variables[k];
            if ((v->secret || ts_var_name_is_secret(v->name)) && is_literal(v->value))
                add_secret(l, node, v->line, v->name);
        }
    if (rules)
        ts_rules_free(rules);
}

static void check_settings(lint *l, const ts_node *node)
{
    const char *name, *value;
    uint32_t line;
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *setting = &node->settings[i];
        if (ts_str_ieq(setting->name, "OSDSetDynamicVariablesRules"))
            check_rule_secrets(l, node, setting);
        else if (is_secret_input(l->nodes[node->index].cls, setting) && is_literal(setting->value))
            add_secret(l, node, setting->line, setting->name);
    }
    if (!lint_set_variable(l, node, &name, &value, &line) || !is_literal(value))
        return;
    if (!sounds_secret(name) && !ts_str_icontains(node->action, "/hiddenflag:true"))
        return;
    lint_secret_line(l->check, node->action_line);
    lint_secret_line(l->check, lint_setting_line(node, "VariableValue"));
    add_secret(l, node, line, name);
}

static bool is_blank_at(const char *p)
{
    return *p == 0 || *p == ' ' || *p == '\t';
}

/* net use X: \\server\share PASSWORD /user:..., net user NAME PASSWORD */
static bool net_has_password(const char *command)
{
    const char *at = ts_str_icontains(command, "net use");
    if (!at)
        at = ts_str_icontains(command, "net.exe use");
    if (!at || (at > command && !strchr("\\/ \"&", at[-1])))
        return false;
    at = ts_str_icontains(at, "use");
    bool user = at[3] == 'r' || at[3] == 'R';
    if (!user && !ts_str_icontains(at, "/user:"))
        return false;
    at += strcspn(at, " \t");
    size_t plain = 0;
    for (;;) {
        at += strspn(at, " \t");
        if (!*at)
            break;
        size_t len = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, " \t");
        bool drive = len == 2 && at[1] == ':';
        bool share = strncmp(at, "\\\\", 2) == 0 || strncmp(at, "\"\\\\", 3) == 0;
        if (*at != '/' && *at != '*' && *at != '%' && !drive && !share)
            plain++;
        at += strnlen(at, len);
    }
    return plain > (user ? 1u : 0u);
}

static bool option_has_password(const char *command)
{
    static const char *const options[] = {"/password:",  "/password=",  "-password ", "/pwd:",
                                          "--password ", "--password=", "password=",  "/passwd:"};
    for (size_t i = 0; i < TS_COUNT(options); i++) {
        for (const char *p = command; (p = ts_str_icontains(p, options[i])) != NULL; p++) {
            const char *value = p + strlen(options[i]);
            value += *value == '"' || *value == '\'';
            if (*value && !strchr("%$(*<{-", *value) && !is_blank_at(value))
                return true;
        }
    }
    return false;
}

static void check_command_literal(lint *l, const ts_node *node)
{
    if (!lint_is_command(l, node))
        return;
    const char *command = lint_command(node);
    if (!net_has_password(command) && !option_has_password(command))
        return;
    lint_secret_line(l->check, node->action_line);
    lint_secret_line(l->check, lint_setting_line(node, "CommandLine"));
    ts_check_finding(l->check, "secret-on-command-line", node, node->action_line,
                     "the command line of '%s' holds a password", node->name);
}

/* OSDDoNotLogCommand=TRUE keeps command lines out of the vendor's log from then on. */
static bool switches_logging(const lint *l, const ts_node *node, bool *off)
{
    const char *name, *value;
    uint32_t line;
    return lint_set_variable(l, node, &name, &value, &line) &&
           ts_str_ieq(name, "OSDDoNotLogCommand") && ts_str_bool(value, off);
}

static void check_command_variables(lint *l, const ts_node *node, bool not_logged)
{
    const char *own = ts_node_setting(node, "OSDDoNotLogCommand");
    bool hidden = not_logged;
    if (own)
        ts_str_bool(own, &hidden);
    if (hidden || !lint_is_command(l, node))
        return;
    char name[TS_VAR_NAME_MAX + 1];
    for (const char *at = node->action; lint_next_reference(&at, name, sizeof name);)
        if (sounds_secret(name))
            ts_check_finding(l->check, "secret-logged", node, node->action_line,
                             "'%%%s%%' goes on a command line, which ConfigMgr writes to the log",
                             name);
}

/* --- Destruction ------------------------------------------------------------------------------ */

static bool continues(const ts_node *node)
{
    return node->continue_on_error;
}

static void check_continue(lint *l, const ts_node *node)
{
    const ts_node *where = lint_enclosing(node, continues);
    if (where == node)
        ts_check_finding(l->check, "destructive-continue", node, 0,
                         "step '%s' erases a disk or volume and continues on error: the sequence "
                         "goes on with a disk in an unknown state",
                         node->name);
    else if (where)
        ts_check_finding(l->check, "destructive-continue", where, 0,
                         "group '%s' continues on error, and '%s' (line %u) in it erases a disk or "
                         "volume",
                         where->name, node->name, node->line);
}

static bool names_machine(const struct ts_cond *cond)
{
    static const char *const variables[] = {"Make",
                                            "Model",
                                            "SerialNumber",
                                            "AssetTag",
                                            "UUID",
                                            "Product",
                                            "IsVM",
                                            "IsServer",
                                            "IsServerOS",
                                            "_SMSTSMake",
                                            "_SMSTSModel",
                                            "_SMSTSSerialNumber",
                                            "_SMSTSAssetTag",
                                            "_SMSTSUUID",
                                            "_SMSTSMacAddresses",
                                            "OSDComputerName",
                                            "_SMSTSMachineName"};
    static const char *const classes[] = {
        "Win32_ComputerSystem", "Win32_ComputerSystemProduct", "Win32_BIOS",
        "Win32_BaseBoard",      "Win32_SystemEnclosure",       "Win32_DiskDrive"};
    if (cond->kind == TS_COND_VARIABLE)
        for (size_t i = 0; i < TS_COUNT(variables); i++)
            if (ts_str_ieq(ts_cond_field_value(cond, "Variable"), variables[i]))
                return true;
    if (cond->kind == TS_COND_WMI && cond->query)
        for (size_t i = 0; i < TS_COUNT(classes); i++)
            if (ts_str_ieq(ts_wql_class(cond->query), classes[i]))
                return true;
    for (size_t i = 0; i < cond->n_children; i++)
        if (names_machine(cond->children[i]))
            return true;
    return cond->kind == TS_COND_MAKE_MODEL || cond->kind == TS_COND_COMPUTER;
}

static bool depends_on_machine(const ts_node *node)
{
    return node->condition && names_machine(node->condition);
}

static bool asserts(const lint *l, const ts_node *node)
{
    static const char *const programs[] = {"osdprestartcheck", "ztivalidate", "ztibioscheck",
                                           "psdvalidate"};
    for (size_t i = 0; i < TS_COUNT(programs); i++)
        if (strcmp(l->nodes[node->index].program, programs[i]) == 0)
            return true;
    return lint_is_class(l, node, "SMS_TaskSequence_PrestartCheckAction") ||
           lint_is_class(l, node, "BDD_Validate");
}

void lint_rules_security(lint *l)
{
    bool not_logged = false, asserted = false, wiped = false;
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (node->kind == TS_NODE_GROUP)
            continue;
        check_settings(l, node); /* a secret in a disabled step is one as well */
        if (!lint_alive(l, node))
            continue;
        switches_logging(l, node, &not_logged);
        check_command_literal(l, node);
        check_command_variables(l, node, not_logged);
        asserted = asserted || asserts(l, node);
        if (!lint_wipes(l, node))
            continue;
        check_continue(l, node);
        if (!wiped && !asserted && !lint_enclosing(node, depends_on_machine))
            ts_check_finding(l->check, "wipe-unchecked", node, 0,
                             "'%s' is the first step that erases a disk, and nothing before it "
                             "looks at which machine this is",
                             node->name);
        wiped = true;
    }
}
