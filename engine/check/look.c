/* look.c - helpers that look into one step: what it runs, what it sets, the script inside it. */
#include <stdlib.h>
#include <string.h>

#include <ts/rules.h>

#include "lint.h"

const ts_setting *lint_setting(const ts_node *node, const char *name)
{
    for (size_t i = node->n_settings; i-- > 0;)
        if (ts_str_ieq(node->settings[i].name, name))
            return &node->settings[i];
    for (size_t i = node->n_settings; i-- > 0;)
        if (node->settings[i].property && ts_str_ieq(node->settings[i].property, name))
            return &node->settings[i];
    return NULL;
}

uint32_t lint_setting_line(const ts_node *node, const char *name)
{
    const ts_setting *setting = lint_setting(node, name);
    return setting ? setting->line : node->line;
}

bool lint_is_type(const ts_node *node, const char *type)
{
    return ts_str_ieq(node->type, type);
}

bool lint_is_class(const lint *l, const ts_node *node, const char *type)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    return cls && ts_str_ieq(cls->type, type);
}

bool lint_is_powershell(const lint *l, const ts_node *node)
{
    return lint_is_class(l, node, "SMS_TaskSequence_RunPowerShellScriptAction");
}

bool lint_is_command(const lint *l, const ts_node *node)
{
    return node->kind == TS_NODE_STEP && !lint_is_powershell(l, node) &&
           (!l->nodes[node->index].known ||
            lint_is_class(l, node, "SMS_TaskSequence_RunCommandLineAction"));
}

bool lint_wipes(const lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    return cls && (cls->effects & TS_EFFECT(DISK_WIPE)) != 0;
}

const char *lint_command(const ts_node *node)
{
    const char *p = node->action;
    p += strspn(p, " \t\r\n");
    if (!ts_str_ihas_prefix(p, "smsswd.exe"))
        return p;
    const char *run = ts_str_icontains(p, "/run:");
    if (!run)
        return p;
    run += strcspn(run, " \t\r\n");
    return run + strspn(run, " \t\r\n");
}

/* tsenv.exe "NAME=VALUE" of files that lack the two properties; the value may hold quotes. */
static bool from_action(const lint *l, const ts_node *node, const char **name, const char **value)
{
    const char *at = ts_str_icontains(node->action, "tsenv.exe");
    const char *open = at ? strchr(at, '"') : NULL;
    const char *equal = open ? strchr(open, '=') : NULL;
    if (!equal)
        return false;
    ts_arena *arena = lint_arena(l->check);
    const char *end = ts_str_icontains(equal, "\" /hiddenflag:");
    const char *last = strrchr(equal, '"');
    size_t len = end    ? (size_t)(end - equal - 1)
                 : last ? (size_t)(last - equal - 1)
                        : strlen(equal + 1);
    *name = ts_arena_strndup(arena, open + 1, (size_t)(equal - open - 1));
    *value = ts_arena_strndup(arena, equal + 1, len);
    if (!*name || !*value)
        lint_no_memory(l->check);
    return *name && *value;
}

bool lint_set_variable(const lint *l, const ts_node *node, const char **name, const char **value,
                       uint32_t *line)
{
    const lint_node *info = &l->nodes[node->index];
    if (node->kind != TS_NODE_STEP ||
        (strcmp(info->program, "tsenv") != 0 && strcmp(info->program, "ztisetvariable") != 0 &&
         !lint_is_type(node, "SMS_TaskSequence_SetVariableAction")))
        return false;
    const ts_setting *setting = lint_setting(node, "VariableName");
    const char *text = ts_node_setting(node, "VariableValue");
    *line = setting ? setting->line : node->action_line;
    if (setting && *setting->value) {
        *name = setting->value;
        *value = text ? text : "";
        return true;
    }
    return from_action(l, node, name, value);
}

static bool is_reference_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u > ' ' && u != 0x7F && !strchr("%\"'<>|&\\/:;,*?=^!`~+", c);
}

bool lint_next_reference(const char **at, char *name, size_t size)
{
    for (const char *p = strchr(*at, '%'); p; p = strchr(p, '%')) {
        size_t len = 0;
        p++;
        while (is_reference_char(p[len]))
            len++;
        /* %20 of an escaped address is no name; no name begins with a digit */
        if (len == 0 || p[len] != '%' || (*p >= '0' && *p <= '9'))
            continue;
        *at = p + len + 1;
        size_t n = len < size ? len : size - 1;
        memcpy(name, p, n);
        name[n] = 0;
        return true;
    }
    *at += strlen(*at);
    return false;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The console stores base64 of UTF-16LE with a byte order mark. A text that is none of it gives no
 * script: the step's own check says so. */
char *lint_script(const lint *l, const ts_node *node)
{
    const char *text = ts_node_setting(node, "OSDRunPowerShellScriptSourceScript");
    size_t len = text ? strlen(text) : 0, n = 0;
    if (len < 4 || len > TS_LINT_SCRIPT_MAX)
        return NULL;
    uint8_t *bytes = ts_alloc(len / 4 * 3 + 4);
    if (!bytes) {
        lint_no_memory(l->check);
        return NULL;
    }
    uint32_t group = 0;
    unsigned bits = 0;
    for (const char *p = text; *p && *p != '='; p++) {
        int digit = base64_digit(*p);
        if (digit < 0)
            continue;
        group = (group << 6 | (uint32_t)digit) & 0xFFFFFFu;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[n++] = (uint8_t)(group >> bits & 0xFFu);
        }
    }
    ts_buf script;
    ts_buf_init(&script, TS_LINT_SCRIPT_MAX * 2);
    size_t skip = n >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE ? 2 : 0;
    if (skip || (n >= 2 && bytes[1] == 0))
        ts_utf8_from_utf16(&script, bytes + skip, n - skip, false);
    free(bytes);
    if (script.no_memory)
        lint_no_memory(l->check);
    return script.len > 0 ? ts_buf_take(&script) : (ts_buf_done(&script), NULL);
}

const ts_rules *lint_dynamic_rules(const lint *l, const ts_setting *setting, ts_err **err)
{
    ts_err *why = NULL;
    const ts_rules *rules = ts_rules_parse(setting->value, l->seq->file, setting->line, &why);
    if (ts_err_code(why) == TS_NOMEM)
        lint_no_memory(l->check);
    if (err)
        *err = why;
    else
        ts_err_free(why);
    return rules;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool lint_has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = text; (p = ts_str_icontains(p, word)) != NULL; p++)
        if ((p == text || !is_word_char(p[-1])) && !is_word_char(p[len]))
            return true;
    return false;
}

const ts_node *lint_enclosing(const ts_node *node, bool (*is)(const ts_node *))
{
    for (; node; node = node->parent)
        if (is(node))
            return node;
    return NULL;
}
