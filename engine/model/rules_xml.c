/* rules_xml.c - the rules document of Set Dynamic Variables. */
#include <stdlib.h>
#include <string.h>

#include <ts/rules.h>
#include <ts/text.h>

#include "load.h"

/* What is handed out is its first member. */
typedef struct owned_rules {
    ts_rules rules;
    ts_arena *arena;
} owned_rules;

static void load_variable(ts_load *load, ts_xml *e, ts_rule_variable *out)
{
    const char *name = ts_xml_attr_get(e, "Name");
    out->name = name ? name : "";
    if (ts_str_blank(name))
        ts_load_warn(load, "load-missing-name", e->line,
                     "a variable of a rule has no name and cannot be set");
    out->line = e->line;
    out->value = ts_load_value(e);
    ts_load_bool(load, e, "IsSecret", &out->secret);
    ts_load_leftovers(load, e, "Name IsSecret");
}

static void load_variables(ts_load *load, ts_xml *rule, ts_rule *out)
{
    size_t count = 0, n = 0;
    for (ts_xml *list = ts_xml_next(rule, NULL); list; list = ts_xml_next(rule, list))
        if (strcmp(list->name, "Variables") == 0)
            for (ts_xml *v = ts_xml_next(list, NULL); v; v = ts_xml_next(list, v))
                count += strcmp(v->name, "Variable") == 0;
    ts_rule_variable *variables = ts_load_alloc(load, count ? count : 1, sizeof *variables);
    if (!variables)
        return;
    for (ts_xml *list = NULL; (list = ts_xml_each(rule, list, "Variables")) != NULL;) {
        for (ts_xml *v = NULL; (v = ts_xml_each(list, v, "Variable")) != NULL;)
            load_variable(load, v, &variables[n++]);
        ts_load_leftovers(load, list, "Variable");
    }
    out->variables = variables;
    out->n_variables = n;
}

static void load_rule(ts_load *load, ts_xml *e, ts_rule *out)
{
    out->line = e->line;
    for (ts_xml *c = NULL; (c = ts_xml_each(e, c, "condition")) != NULL;)
        out->condition = ts_load_both(load, out->condition, ts_load_condition(load, c));
    load_variables(load, e, out);
    ts_load_leftovers(load, e, "condition Variables");
}

static bool load_rules(ts_load *load, ts_xml *root, ts_rules *out, ts_err **err)
{
    if (strcmp(root->name, "Rules") != 0)
        return ts_xml_fail(root, err, "the rules begin with <%s>: expected <Rules>", root->name);
    size_t count = 0, n = 0;
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e))
        count += strcmp(e->name, "Rule") == 0;
    if (count > TS_RULES_MAX)
        return ts_fail(err, TS_LIMIT, "%s:%u: more than %u rules in one step", ts_xml_file(root),
                       (unsigned)root->line, TS_RULES_MAX);
    ts_rule *rules = ts_load_alloc(load, count ? count : 1, sizeof *rules);
    if (!rules)
        return ts_fail_nomem(err);
    for (ts_xml *e = NULL; (e = ts_xml_each(root, e, "Rule")) != NULL;)
        load_rule(load, e, &rules[n++]);
    ts_load_leftovers(load, root, "Rule");
    out->rules = rules;
    out->n_rules = n;
    return ts_load_finish(load, &out->warnings, &out->n_warnings, err);
}

static bool parse(owned_rules *owned, const char *text, const char *file, uint32_t line,
                  ts_err **err)
{
    /* An XML declaration may stand only at the very start, and exports end with a line end. */
    for (; *text && strchr(" \t\r\n", *text); text++)
        line += *text == '\n';
    if (!*text)
        return true;
    const char *name = ts_arena_strdup(owned->arena, file);
    if (!name)
        return ts_fail_nomem(err);
    ts_xml_source source = {.file = name,
                            .data = text,
                            .size = strlen(text),
                            .max = TS_RULES_BYTES_MAX,
                            .line = line,
                            .expected = "the <Rules> of Set Dynamic Variables"};
    ts_xml_doc *doc = ts_xml_parse(&source, owned->arena, err);
    if (!doc)
        return false;
    ts_load load;
    ts_load_init(&load, owned->arena);
    bool ok = load_rules(&load, ts_xml_root(doc), &owned->rules, err);
    ts_load_done(&load);
    ts_xml_free(doc);
    return ok;
}

const ts_rules *ts_rules_parse(const char *text, const char *file, uint32_t line, ts_err **err)
{
    owned_rules *owned = ts_alloc(sizeof *owned);
    if (owned)
        owned->arena = ts_arena_new();
    if (!owned || !owned->arena) {
        free(owned);
        ts_fail_nomem(err);
        return NULL;
    }
    if (parse(owned, text, file, line > 0 ? line : 1, err))
        return &owned->rules;
    ts_rules_free(&owned->rules);
    ts_wrap(err, "cannot read the rules of Set Dynamic Variables");
    return NULL;
}

/* Values are in the arena, which knows nothing of secrets: they are overwritten before it goes. */
static void wipe_secrets(ts_rule_variable *variables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!variables[i].secret || !*variables[i].value)
            continue;
        union {
            const char *read;
            char *write;
        } value = {variables[i].value};
        ts_wipe(value.write, strlen(value.write));
    }
}

void ts_rules_free(const ts_rules *rules)
{
    if (!rules)
        return;
    union {
        const ts_rules *read;
        owned_rules *write;
    } owned = {rules};
    for (size_t i = 0; i < rules->n_rules; i++) {
        union {
            const ts_rule_variable *read;
            ts_rule_variable *write;
        } variables = {rules->rules[i].variables};
        wipe_secrets(variables.write, rules->rules[i].n_variables);
    }
    ts_arena_free(owned.write->arena);
    free(owned.write);
}
