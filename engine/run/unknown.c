/* unknown.c - simulation: which variables nobody can know after a step that nobody mocked.
 *
 * Unknown lives in values, never in the machine. An opaque step makes unknown its declared outputs,
 * and variables that the sequence reads and nothing in it sets: only such a step can be meant to
 * set them. */
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

typedef struct name_list {
    const char **names; /* borrowed of the sequences and classes */
    size_t n, cap;
} name_list;

struct ts_unknowns {
    name_list outside; /* read, and set by nothing in the sequence */
    bool spread;       /* they are unknown already */
};

static bool has(const name_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (ts_name_matches(list->names[i], name))
            return true;
    return false;
}

static bool add(name_list *list, const char *name, ts_err **err)
{
    if (!name || !*name || has(list, name))
        return true;
    if (list->n == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 32;
        const char **names = ts_realloc_array(list->names, cap, sizeof *names);
        if (!names)
            return ts_fail_nomem(err);
        list->names = names;
        list->cap = cap;
    }
    list->names[list->n++] = name;
    return true;
}

static bool add_read(name_list *reads, const ts_cond *cond, ts_err **err)
{
    if (!cond)
        return true;
    if (cond->kind == TS_COND_VARIABLE) {
        const char *name = ts_cond_field_value(cond, "Variable");
        /* '_' names belong to the engine: a script cannot set them. */
        return name[0] == '_' || add(reads, name, err);
    }
    for (size_t i = 0; i < cond->n_children; i++)
        if (!add_read(reads, cond->children[i], err))
            return false;
    return true;
}

/* Variables that a step sets by its declaration: outputs, and those that its inputs name. */
static bool add_set(name_list *sets, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    for (const char *const *o = cls ? cls->outputs : NULL; o && *o; o++)
        if (!add(sets, *o, err))
            return false;
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        const ts_input *in = ts_step_find_input(cls, s->name);
        if (in && in->flags & TS_OUTPUT && !add(sets, s->value, err))
            return false;
    }
    return true;
}

static bool collect(const ts_sequence *s, const ts_steps *steps, name_list *reads, name_list *sets,
                    ts_err **err)
{
    for (size_t i = 0; i < s->n_globals; i++)
        if (!add(sets, s->globals[i].name, err))
            return false;
    for (size_t i = 0; i < s->n_nodes; i++) {
        const ts_node *node = &s->nodes[i];
        if (!add_read(reads, node->condition, err) ||
            (node->kind != TS_NODE_GROUP && !add_set(sets, node, ts_steps_for(steps, node), err)))
            return false;
    }
    return true;
}

/* Rules of Set Dynamic Variables are a document inside a setting. Looking for Name="X" in its text
 * is enough here: a name too many only makes the simulation less cautious about that one variable.
 */
static bool is_set_by_rules(const ts_sequence *s, const ts_steps *steps, const char *name)
{
    TS_CLEANUP(ts_free_ptr) char *mark = ts_sprintf("Name=\"%s\"", name);
    for (size_t i = 0; mark && i < s->n_nodes; i++) {
        const ts_node *node = &s->nodes[i];
        for (size_t k = 0; k < node->n_settings; k++) {
            const ts_setting *setting = &node->settings[k];
            const ts_input *in = strstr(setting->value, "<Rules")
                                     ? ts_step_find_input(ts_steps_for(steps, node), setting->name)
                                     : NULL;
            if (in && in->type == TS_XML && ts_str_icontains(setting->value, mark))
                return true;
        }
    }
    return false;
}

static bool is_outside(const ts_run_options *options, const name_list *sets, const char *name)
{
    size_t n = options->bundle ? ts_bundle_count(options->bundle) : 0;
    for (size_t i = 0; i < n; i++)
        if (is_set_by_rules(ts_bundle_get(options->bundle, i), options->steps, name))
            return false;
    return !has(sets, name);
}

struct ts_unknowns *ts_unknowns_new(const ts_run_options *options, ts_err **err)
{
    struct ts_unknowns *u = ts_alloc(sizeof *u);
    if (!u) {
        ts_fail_nomem(err);
        return NULL;
    }
    name_list reads = {0}, sets = {0};
    bool ok = true;
    size_t n = options->bundle ? ts_bundle_count(options->bundle) : 0;
    for (size_t i = 0; ok && i < n; i++)
        ok = collect(ts_bundle_get(options->bundle, i), options->steps, &reads, &sets, err);
    for (size_t i = 0; ok && i < reads.n; i++)
        if (is_outside(options, &sets, reads.names[i]))
            ok = add(&u->outside, reads.names[i], err);
    free(reads.names);
    free(sets.names);
    if (ok)
        return u;
    ts_unknowns_free(u);
    return NULL;
}

void ts_unknowns_free(struct ts_unknowns *unknowns)
{
    if (!unknowns)
        return;
    free(unknowns->outside.names);
    free(unknowns);
}

static bool spread(ts_run *run, const ts_node *node, ts_err **err)
{
    struct ts_unknowns *u = run->unknowns;
    if (u->spread)
        return true;
    u->spread = true;
    TS_CLEANUP(ts_free_ptr)
    char *why = ts_sprintf(
        "'%s' (line %u) or a later step may have set it; nobody mocked what it does", node->name,
        node->line);
    if (!why)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < u->outside.n; i++)
        if (!ts_vars_get(run->options->vars, u->outside.names[i]) &&
            !ts_vars_set_unknown(run->options->vars, u->outside.names[i], why, err))
            return false;
    return true;
}

bool ts_unknowns_after(ts_run *run, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    if (!run->unknowns)
        return true;
    name_list outputs = {0};
    bool ok = add_set(&outputs, node, cls, err);
    TS_CLEANUP(ts_free_ptr)
    char *why = ts_sprintf("output of '%s' (line %u), not mocked", node->name, node->line);
    ok = ok && (why || ts_fail_nomem(err));
    for (size_t i = 0; ok && i < outputs.n; i++)
        if (!strchr(outputs.names[i], '#'))
            ok = ts_vars_set_unknown(run->options->vars, outputs.names[i], why, err);
    free(outputs.names);
    return ok && (!cls->opaque || spread(run, node, err));
}
