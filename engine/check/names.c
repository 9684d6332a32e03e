/* names.c - every variable that the sequence reads or sets, and where first.
 *
 * A name inside a script may be read or set there, nobody can tell; it is "mentioned". */
#include <stdlib.h>
#include <string.h>

#include <ts/rules.h>
#include <ts/vars.h>

#include "lint.h"

struct lint_names {
    lint_name *items;
    size_t count, cap;
    uint32_t *slots; /* item + 1; 0: free. Their number is a power of two. */
    size_t n_slots;
};

/* --- The table ------------------------------------------------------------------------------- */

static uint64_t hash(const char *name, size_t len)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 1099511628211u;
    }
    return h ^ (h >> 29);
}

static size_t place(const lint_names *names, const char *name, size_t len)
{
    size_t at = (size_t)hash(name, len) & (names->n_slots - 1);
    for (; names->slots[at]; at = (at + 1) & (names->n_slots - 1)) {
        const char *there = names->items[names->slots[at] - 1].name;
        if (ts_str_ncasecmp(there, name, len) == 0 && there[len] == 0)
            break;
    }
    return at;
}

static bool grow(lint_names *names)
{
    size_t cap = names->cap ? names->cap * 2 : 64;
    lint_name *items = ts_realloc_array(names->items, cap, sizeof *items);
    if (!items)
        return false;
    names->items = items;
    uint32_t *slots = ts_alloc_array(cap * 2, sizeof *slots);
    if (!slots)
        return false;
    free(names->slots);
    names->slots = slots;
    names->n_slots = cap * 2;
    names->cap = cap;
    for (size_t i = 0; i < names->count; i++)
        slots[place(names, items[i].name, strlen(items[i].name))] = (uint32_t)i + 1;
    return true;
}

/* The entry of a name; blanks round it do not count (ConfigMgr docs). NULL: no name, no memory. */
static lint_name *entry(lint *l, const char *name)
{
    lint_names *names = l->names;
    name += strspn(name, " \t");
    size_t len = strlen(name);
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
        len--;
    if (len == 0 || len > TS_VAR_NAME_MAX || memchr(name, '%', len))
        return NULL;
    if (names->count == names->cap && !grow(names)) {
        l->no_memory = true;
        return NULL;
    }
    size_t at = place(names, name, len);
    if (names->slots[at])
        return &names->items[names->slots[at] - 1];
    const char *copy = ts_arena_strndup(lint_arena(l->check), name, len);
    if (!copy) {
        l->no_memory = true;
        return NULL;
    }
    names->slots[at] = (uint32_t)names->count + 1;
    names->items[names->count] = (lint_name){.name = copy};
    return &names->items[names->count++];
}

size_t lint_names_count(const lint_names *names)
{
    return names->count;
}

lint_name *lint_names_at(const lint_names *names, size_t index)
{
    return &names->items[index];
}

static lint_name *find(const lint_names *names, const char *name, size_t len)
{
    if (names->count == 0)
        return NULL;
    uint32_t slot = names->slots[place(names, name, len)];
    return slot ? &names->items[slot - 1] : NULL;
}

lint_name *lint_names_find(const lint_names *names, const char *name)
{
    return find(names, name, strlen(name));
}

void lint_names_free(lint_names *names)
{
    if (!names)
        return;
    free(names->items);
    free(names->slots);
    free(names);
}

/* --- Reads and writes ------------------------------------------------------------------------- */

static void reads(lint *l, const ts_node *node, uint32_t line, const char *name)
{
    lint_name *n = entry(l, name);
    if (!n)
        return;
    if (n->reads++ == 0) {
        n->reader = node;
        n->read_line = line;
    }
}

static void writes(lint *l, const ts_node *node, uint32_t line, const char *name)
{
    lint_name *n = entry(l, name);
    if (!n)
        return;
    if (n->writes++ == 0) {
        n->writer = node;
        n->write_line = line;
    }
}

/* A step's own input is its own business, not a variable that somebody must set. */
static bool is_own(const lint *l, const ts_node *node, const char *name)
{
    if (lint_setting(node, name))
        return true;
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++)
        if (ts_str_numbered(in->name, name))
            return true;
    return false;
}

static void reads_text(lint *l, const ts_node *node, uint32_t line, const char *text)
{
    char name[TS_VAR_NAME_MAX + 1];
    while (lint_next_reference(&text, name, sizeof name))
        if (!is_own(l, node, name))
            reads(l, node, line, name);
}

static void reads_condition(lint *l, const ts_node *node, const struct ts_cond *cond)
{
    if (cond->kind == TS_COND_VARIABLE)
        reads(l, node, cond->line, ts_cond_field_value(cond, "Variable"));
    for (size_t i = 0; cond->kind != TS_COND_WMI && i < cond->n_fields; i++)
        reads_text(l, node, cond->line, cond->fields[i].value);
    for (size_t i = 0; i < cond->n_children; i++)
        reads_condition(l, node, cond->children[i]);
}

static const ts_input *input_of(const ts_step_class *cls, const ts_setting *setting)
{
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++)
        if (ts_str_numbered(in->name, setting->name) ||
            (setting->property && ts_str_ieq(in->name, setting->property)))
            return in;
    return NULL;
}

static bool names_output(const ts_setting *setting, const ts_input *in)
{
    if (in && (in->flags & TS_OUTPUT))
        return true;
    return ts_str_icontains(setting->name, "OutputVariable") ||
           ts_str_icontains(setting->name, "VolumeLetterVariable") ||
           ts_str_icontains(setting->name, "DestinationVariable");
}

static void collect_rules(lint *l, const ts_node *node, const ts_setting *setting)
{
    const ts_rules *rules = lint_dynamic_rules(l, setting, NULL);
    if (!rules)
        return; /* rules_variables.c reports it */
    for (size_t i = 0; i < rules->n_rules; i++) {
        const ts_rule *rule = &rules->rules[i];
        if (rule->condition)
            reads_condition(l, node, rule->condition);
        for (size_t k = 0; k < rule->n_variables; k++) {
            writes(l, node, rule->variables[k].line, rule->variables[k].name);
            reads_text(l, node, rule->variables[k].line, rule->variables[k].value);
        }
    }
    ts_rules_free(rules);
}

static void collect_settings(lint *l, const ts_node *node)
{
    const ts_step_class *cls = l->nodes[node->index].cls;
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        const ts_input *in = input_of(cls, s);
        if (!*s->value)
            continue;
        if (ts_str_ieq(s->name, "OSDSetDynamicVariablesRules"))
            collect_rules(l, node, s);
        else if (names_output(s, in))
            writes(l, node, s->line, s->value);
        else if (!(in && (in->flags & TS_RAW)))
            reads_text(l, node, s->line, s->value);
        if (ts_str_icontains(s->name, "VHDInputVariable") ||
            ts_str_ieq(s->name, "OSDDiskIndexVariable"))
            reads(l, node, s->line, s->value);
    }
}

static void collect_node(lint *l, const ts_node *node)
{
    const char *name, *value;
    uint32_t line;
    const ts_step_class *cls = l->nodes[node->index].cls;
    if (node->condition)
        reads_condition(l, node, node->condition);
    reads_text(l, node, node->action_line, node->action);
    reads_text(l, node, node->line, node->start_in);
    collect_settings(l, node);
    if (lint_set_variable(l, node, &name, &value, &line)) {
        writes(l, node, line, name);
        reads_text(l, node, line, value);
    }
    for (const char *const *out = cls ? cls->outputs : NULL; out && *out; out++)
        if (!strchr(*out, '#'))
            writes(l, node, node->line, *out);
}

/* --- Words of scripts ------------------------------------------------------------------------- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Words that stand between percent signs are references, which count as reads already. */
static void mention_words(lint *l, const char *text, const char *except)
{
    for (const char *p = text; *p;) {
        size_t len = 0;
        while (is_word_char(p[len]))
            len++;
        bool reference = len > 0 && p > text && p[-1] == '%' && p[len] == '%';
        lint_name *name = len == 0 || reference ? NULL : find(l->names, p, len);
        if (name && !ts_str_ieq(name->name, except))
            name->mentioned = true;
        p += len ? len : 1;
    }
}

static void mention_node(lint *l, const ts_node *node)
{
    const char *name = "", *value;
    uint32_t line;
    if (!lint_set_variable(l, node, &name, &value, &line))
        name = "";
    mention_words(l, node->action, name);
    for (size_t i = 0; i < node->n_settings; i++)
        if (!ts_str_ieq(node->settings[i].name, "VariableName") &&
            !ts_str_icontains(node->settings[i].name, "OutputVariable"))
            mention_words(l, node->settings[i].value, name);
    char *script = lint_script(l, node);
    if (script)
        mention_words(l, script, "");
    free(script);
}

void lint_names_collect(lint *l)
{
    l->names = ts_alloc(sizeof *l->names);
    if (!l->names) {
        l->no_memory = true;
        return;
    }
    for (size_t i = 0; i < l->seq->n_globals; i++) {
        lint_name *n = entry(l, l->seq->globals[i].name);
        if (n)
            n->global = true;
    }
    for (size_t i = 0; i < l->seq->n_nodes && !l->no_memory; i++)
        if (!l->nodes[i].off)
            collect_node(l, &l->seq->nodes[i]);
    for (size_t i = 0; i < l->seq->n_nodes && !l->no_memory; i++)
        if (!l->nodes[i].off && l->names->count > 0)
            mention_node(l, &l->seq->nodes[i]);
}
