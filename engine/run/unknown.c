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

/* While the sequences are looked at. Sequences read few names and set many, so the names that are
 * set need no list: they are looked up among those that are read. */
typedef struct survey {
    name_list reads; /* sorted without regard to case, each once */
    bool *is_set;    /* of each of reads */
    name_list rules; /* documents of Set Dynamic Variables */
} survey;

static bool add(name_list *list, const char *name, ts_err **err)
{
    if (!name || !*name)
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

static int compare_names(const void *a, const void *b)
{
    return ts_str_casecmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(name_list *list)
{
    size_t n = 0;
    if (list->n > 0)
        qsort(list->names, list->n, sizeof *list->names, compare_names);
    for (size_t i = 0; i < list->n; i++)
        if (n == 0 || !ts_str_ieq(list->names[n - 1], list->names[i]))
            list->names[n++] = list->names[i];
    list->n = n;
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

/* Something in the sequence sets this name; '#' in the name of a declared output: any number. */
static void mark_set(survey *s, const char *name)
{
    if (s->reads.n == 0 || !name || !*name)
        return;
    if (strchr(name, '#')) {
        for (size_t i = 0; i < s->reads.n; i++)
            s->is_set[i] = s->is_set[i] || ts_str_numbered(name, s->reads.names[i]);
        return;
    }
    const char **found = bsearch(&name, s->reads.names, s->reads.n, sizeof *s->reads.names,
                                 compare_names);
    if (found)
        s->is_set[found - s->reads.names] = true;
}

static const char *named_output(const ts_step_class *cls, const ts_setting *setting)
{
    const ts_input *in = ts_step_find_input(cls, setting->name);
    return in && in->flags & TS_OUTPUT ? setting->value : NULL;
}

/* Variables that a step sets by its declaration: outputs, and those that its inputs name. */
static bool add_set(name_list *sets, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    for (const char *const *o = cls ? cls->outputs : NULL; o && *o; o++)
        if (!add(sets, *o, err))
            return false;
    for (size_t i = 0; i < node->n_settings; i++)
        if (!add(sets, named_output(cls, &node->settings[i]), err))
            return false;
    return true;
}

/* Rules of Set Dynamic Variables are a document inside a setting. */
static bool mark_sets(survey *s, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    for (const char *const *o = cls ? cls->outputs : NULL; o && *o; o++)
        mark_set(s, *o);
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *setting = &node->settings[i];
        const ts_input *in = ts_step_find_input(cls, setting->name);
        if (in && in->flags & TS_OUTPUT)
            mark_set(s, setting->value);
        else if (in && in->type == TS_XML && !add(&s->rules, setting->value, err))
            return false;
    }
    return true;
}

static bool collect_reads(const ts_bundle *bundle, name_list *reads, ts_err **err)
{
    for (size_t b = 0; b < ts_bundle_count(bundle); b++) {
        const ts_sequence *s = ts_bundle_get(bundle, b);
        for (size_t i = 0; i < s->n_nodes; i++)
            if (!add_read(reads, s->nodes[i].condition, err))
                return false;
    }
    sort(reads);
    return true;
}

static bool collect_sets(const ts_run_options *options, survey *s, ts_err **err)
{
    for (size_t b = 0; b < ts_bundle_count(options->bundle); b++) {
        const ts_sequence *sequence = ts_bundle_get(options->bundle, b);
        for (size_t i = 0; i < sequence->n_globals; i++)
            mark_set(s, sequence->globals[i].name);
        for (size_t i = 0; i < sequence->n_nodes; i++) {
            const ts_node *node = &sequence->nodes[i];
            if (node->kind != TS_NODE_GROUP &&
                !mark_sets(s, node, ts_steps_for(options->steps, node), err))
                return false;
        }
    }
    return true;
}

/* Looking for Name="X" in the text of the rules is enough here: a name too many only makes the
 * simulation less cautious about that one variable. */
static bool is_set_by_rules(const survey *s, const char *name)
{
    if (s->rules.n == 0)
        return false;
    TS_CLEANUP(ts_free_ptr) char *mark = ts_sprintf("Name=\"%s\"", name);
    for (size_t i = 0; mark && i < s->rules.n; i++)
        if (ts_str_icontains(s->rules.names[i], mark))
            return true;
    return false;
}

static bool survey_all(const ts_run_options *options, survey *s, name_list *outside, ts_err **err)
{
    if (!options->bundle)
        return true;
    if (!collect_reads(options->bundle, &s->reads, err))
        return false;
    if (s->reads.n == 0)
        return true;
    s->is_set = ts_alloc_array(s->reads.n, sizeof *s->is_set);
    if (!s->is_set)
        return ts_fail_nomem(err);
    if (!collect_sets(options, s, err))
        return false;
    for (size_t i = 0; i < s->reads.n; i++)
        if (!s->is_set[i] && !is_set_by_rules(s, s->reads.names[i]) &&
            !add(outside, s->reads.names[i], err))
            return false;
    return true;
}

struct ts_unknowns *ts_unknowns_new(const ts_run_options *options, ts_err **err)
{
    struct ts_unknowns *u = ts_alloc(sizeof *u);
    if (!u) {
        ts_fail_nomem(err);
        return NULL;
    }
    survey s = {.is_set = NULL};
    bool ok = survey_all(options, &s, &u->outside, err);
    free(s.reads.names);
    free(s.rules.names);
    free(s.is_set);
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

static bool forget_outputs(ts_run *run, const ts_node *node, const name_list *outputs, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *why = ts_sprintf("output of '%s' (line %u), not mocked", node->name, node->line);
    if (!why)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < outputs->n; i++)
        if (!strchr(outputs->names[i], '#') &&
            !ts_vars_set_unknown(run->options->vars, outputs->names[i], why, err))
            return false;
    return true;
}

/* --- Programs that set no variables --------------------------------------------------------- */

/* Programs of Windows that run nobody's script and do not know task sequences: what they do to the
 * machine is assumed, but the variables stay as they are. */
static const char *const plain_programs[] = {
    "attrib",   "bcdboot", "bcdedit",  "bootsect",   "certutil", "cipher",   "compact",  "defrag",
    "diskpart", "dism",    "expand",   "find",       "findstr",  "fsutil",   "gpupdate", "icacls",
    "ipconfig", "label",   "lpksetup", "manage-bde", "mountvol", "net",      "netdom",   "netsh",
    "nltest",   "pnputil", "powercfg", "reagentc",   "reg",      "robocopy", "sc",       "schtasks",
    "secedit",  "setx",    "shutdown", "subst",      "takeown",  "taskkill", "tasklist", "timeout",
    "tzutil",   "w32tm",   "wevtutil", "wmic",       "wpeinit",  "wpeutil",  "wusa",     "xcopy",
};
static const char *const shell_words[] = {"copy", "del", "echo", "erase",  "exit",  "md", "mkdir",
                                          "move", "rd",  "ren",  "rename", "rmdir", "ver"};

static bool is_one_of(const char *word, size_t len, const char *const *list, size_t n)
{
    if (len > 4 && ts_str_ncasecmp(word + len - 4, ".exe", 4) == 0)
        len -= 4;
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && ts_str_ncasecmp(word, list[i], len) == 0)
            return true;
    return false;
}

/* One command of the shell: "cmd /c copy a b". A chain may hold anything. */
static bool is_plain_shell(const char *action)
{
    const char *at = ts_str_icontains(action, "/c ");
    if (!at || strpbrk(at, "&|"))
        return false;
    at += strlen("/c ");
    at += strspn(at, " \"");
    size_t len = strcspn(at, " \"");
    return is_one_of(at, len, shell_words, TS_COUNT(shell_words)) ||
           is_one_of(at, len, plain_programs, TS_COUNT(plain_programs));
}

bool ts_step_is_opaque(const ts_node *node, const ts_step_class *cls)
{
    char program[64];
    if (!cls || !cls->opaque)
        return false;
    ts_node_program(node, program, sizeof program);
    if (strcmp(program, "cmd") == 0)
        return !is_plain_shell(node->action);
    return !is_one_of(program, strlen(program), plain_programs, TS_COUNT(plain_programs));
}

bool ts_unknowns_after(ts_run *run, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    if (!run->unknowns)
        return true;
    name_list outputs = {0};
    bool ok = add_set(&outputs, node, cls, err) &&
              (outputs.n == 0 || forget_outputs(run, node, &outputs, err));
    free(outputs.names);
    return ok && (!ts_step_is_opaque(node, cls) || spread(run, node, err));
}
