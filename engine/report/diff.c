/* diff.c - finds what belongs together, and what differs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/vars.h>

#include "diff.h"

#define NONE UINT32_MAX

void ts_diff_free(ts_diff *diff)
{
    if (diff == NULL)
        return;
    free(diff->changes);
    free(diff->machines);
    ts_arena_free(diff->arena);
    free(diff);
}

/* --- What belongs together ------------------------------------------------------------------ */

static void join(ts_diff_pair *p, uint32_t a, uint32_t b)
{
    p->to_b[a] = b;
    p->to_a[b] = a;
}

typedef bool (*alike)(const ts_node *a, const ts_node *b);

static bool same_path(const ts_node *a, const ts_node *b)
{
    return strcmp(a->path, b->path) == 0;
}

static bool same_name(const ts_node *a, const ts_node *b)
{
    return a->name[0] != '\0' && strcmp(a->name, b->name) == 0 && ts_str_ieq(a->type, b->type);
}

/* A step under a new name. */
static bool same_work(const ts_node *a, const ts_node *b)
{
    return a->kind != TS_NODE_GROUP && a->action[0] != '\0' && ts_str_ieq(a->type, b->type) &&
           strcmp(a->action, b->action) == 0;
}

typedef struct by_key {
    uint64_t key;
    uint32_t index;
} by_key;

static uint64_t hash(uint64_t h, const char *text)
{
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h * 31;
}

static uint64_t key_of(const ts_node *n, alike test)
{
    uint64_t h = 14695981039346656037u + (uint64_t)n->kind;
    if (test == same_path)
        return hash(h, n->path);
    return hash(h, test == same_name ? n->name : n->action);
}

static int compare_keys(const void *x, const void *y)
{
    const by_key *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static size_t first_of(const by_key *keys, size_t n, uint64_t key)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (keys[mid].key < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool match(ts_diff_pair *p, alike test)
{
    by_key *keys = ts_alloc_array(p->b->n_nodes + 1, sizeof *keys);
    size_t n = 0;
    if (keys == NULL)
        return false;
    for (uint32_t i = 0; i < p->b->n_nodes; i++)
        if (p->to_a[i] == NONE)
            keys[n++] = (by_key){.key = key_of(&p->b->nodes[i], test), .index = i};
    qsort(keys, n, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < p->a->n_nodes; i++) {
        const ts_node *a = &p->a->nodes[i];
        if (p->to_b[i] != NONE)
            continue;
        uint64_t key = key_of(a, test);
        for (size_t k = first_of(keys, n, key); k < n && keys[k].key == key; k++) {
            const ts_node *b = &p->b->nodes[keys[k].index];
            if (p->to_a[keys[k].index] != NONE || a->kind != b->kind || !test(a, b))
                continue;
            join(p, i, keys[k].index);
            break;
        }
    }
    free(keys);
    return true;
}

static ts_diff_pair *make_pair(ts_diff *d, const ts_sequence *a, const ts_sequence *b)
{
    ts_diff_pair *p = ts_arena_alloc(d->arena, sizeof *p);
    if (p == NULL)
        return NULL;
    p->a = a;
    p->b = b;
    p->to_b = ts_arena_alloc(d->arena, (a->n_nodes + 1) * sizeof *p->to_b);
    p->to_a = ts_arena_alloc(d->arena, (b->n_nodes + 1) * sizeof *p->to_a);
    if (p->to_a == NULL || p->to_b == NULL)
        return NULL;
    memset(p->to_b, 0xff, (a->n_nodes + 1) * sizeof *p->to_b);
    memset(p->to_a, 0xff, (b->n_nodes + 1) * sizeof *p->to_a);
    if (!match(p, same_path) || !match(p, same_name) || !match(p, same_work))
        return NULL;
    p->next = d->pairs;
    d->pairs = p;
    return p;
}

/* --- What differs --------------------------------------------------------------------------- */

static ts_diff_change *add_change(ts_diff *d, ts_diff_kind kind, const ts_node *a, const ts_node *b)
{
    if (d->n_changes == d->cap_changes) {
        size_t cap = d->cap_changes == 0 ? 64 : d->cap_changes * 2;
        ts_diff_change *grown = ts_realloc_array(d->changes, cap, sizeof *grown);
        if (grown == NULL)
            return NULL;
        d->changes = grown;
        d->cap_changes = cap;
    }
    d->changes[d->n_changes] = (ts_diff_change){.kind = kind, .a = a, .b = b};
    return &d->changes[d->n_changes++];
}

static bool add_field(ts_diff *d, ts_diff_change *change, const char *name, const char *before,
                      const char *after)
{
    if (strcmp(before, after) == 0)
        return true;
    ts_diff_field *f = ts_arena_alloc(d->arena, sizeof *f);
    if (f == NULL)
        return false;
    f->name = ts_arena_strdup(d->arena, name);
    f->before = ts_arena_strdup(d->arena, before);
    f->after = ts_arena_strdup(d->arena, after);
    if (f->name == NULL || f->before == NULL || f->after == NULL)
        return false;
    if (change->fields_tail == NULL)
        change->fields = f;
    else
        change->fields_tail->next = f;
    change->fields_tail = f;
    return true;
}

static bool is_secret(const ts_diff *d, const ts_node *node, const char *name)
{
    const ts_step_class *cls = ts_steps_for(d->steps, node);
    if (ts_var_name_is_secret(name))
        return true;
    for (const ts_input *in = cls == NULL ? NULL : cls->inputs; in && in->name; in++)
        if (ts_str_ieq(in->name, name) || (in->property != NULL && ts_str_ieq(in->property, name)))
            return in->type == TS_SECRET || (in->flags & TS_QUASI_SECRET) != 0;
    return false;
}

/* A command line with a secret in it, or one that sets a hidden variable, is not shown. */
static bool action_is_secret(const ts_diff *d, const ts_node *node)
{
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        bool not_shown = ts_str_ieq(s->name, "DoNotShowVariableValue") &&
                         ts_str_ieq(s->value, "true");
        if (not_shown || (s->value[0] != '\0' && is_secret(d, node, s->name)))
            return true;
    }
    return ts_str_icontains(node->action, "/hiddenflag:true") != NULL;
}

static const ts_setting *setting_of(const ts_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_ieq(node->settings[i].name, name))
            return &node->settings[i];
    return NULL;
}

static bool add_setting(ts_diff *d, ts_diff_change *c, const char *name, const ts_setting *x,
                        const ts_setting *y)
{
    const char *before = x == NULL ? "" : x->value, *after = y == NULL ? "" : y->value;
    char label[300];
    if (strcmp(before, after) == 0)
        return true;
    snprintf(label, sizeof label, "setting '%.250s'", name);
    bool hide = is_secret(d, c->a, name) || is_secret(d, c->b, name) ||
                ((action_is_secret(d, c->a) || action_is_secret(d, c->b)) &&
                 ts_str_icontains(name, "VariableValue") != NULL);
    if (hide)
        return add_field(d, c, label, before[0] == '\0' ? "" : "***",
                         after[0] == '\0'    ? ""
                         : before[0] == '\0' ? "***"
                                             : "*** (another)");
    return add_field(d, c, label, before, after);
}

static bool add_settings(ts_diff *d, ts_diff_change *c)
{
    for (size_t i = 0; i < c->a->n_settings; i++) {
        const ts_setting *s = &c->a->settings[i];
        if (!add_setting(d, c, s->name, s, setting_of(c->b, s->name)))
            return false;
    }
    for (size_t i = 0; i < c->b->n_settings; i++) {
        const ts_setting *s = &c->b->settings[i];
        if (setting_of(c->a, s->name) == NULL && !add_setting(d, c, s->name, NULL, s))
            return false;
    }
    return true;
}

static bool add_condition(ts_diff *d, ts_diff_change *c)
{
    char *a = c->a->condition == NULL ? ts_strdup("") : ts_cond_describe(c->a->condition);
    char *b = c->b->condition == NULL ? ts_strdup("") : ts_cond_describe(c->b->condition);
    bool ok = a != NULL && b != NULL && add_field(d, c, "condition", a, b);
    free(a);
    free(b);
    return ok;
}

static bool add_action(ts_diff *d, ts_diff_change *c)
{
    if (strcmp(c->a->action, c->b->action) == 0)
        return true;
    bool hide = action_is_secret(d, c->a) || action_is_secret(d, c->b);
    return hide ? add_field(d, c, "command line", "(holds a secret)", "(holds a secret, differs)")
                : add_field(d, c, "command line", c->a->action, c->b->action);
}

static void codes_text(const ts_node *node, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < node->n_success && used + 24 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%" PRId64, i > 0 ? " " : "",
                                 node->success[i]);
}

static bool add_flags(ts_diff *d, ts_diff_change *c)
{
    static const char *const phases[] = {"any", "Windows PE", "full Windows"};
    static const char *const words[] = {"no", "yes"};
    const ts_node *a = c->a, *b = c->b;
    char x[256], y[256];
    codes_text(a, x, sizeof x);
    codes_text(b, y, sizeof y);
    bool ok = add_field(d, c, "success codes", x, y);
    snprintf(x, sizeof x, "%" PRIu32 " s", a->timeout);
    snprintf(y, sizeof y, "%" PRIu32 " s", b->timeout);
    return ok && add_field(d, c, "time-out", x, y) &&
           add_field(d, c, "disabled", words[a->disabled], words[b->disabled]) &&
           add_field(d, c, "continue on error", words[a->continue_on_error],
                     words[b->continue_on_error]) &&
           add_field(d, c, "runs in", phases[a->run_in], phases[b->run_in]);
}

static bool compare_nodes(ts_diff *d, const ts_node *a, const ts_node *b)
{
    size_t at = d->n_changes;
    if (add_change(d, TS_DIFF_CHANGED, a, b) == NULL)
        return false;
    ts_diff_change *c = &d->changes[at];
    if (!add_field(d, c, "name", a->name, b->name) || !add_field(d, c, "type", a->type, b->type) ||
        !add_condition(d, c) || !add_action(d, c) || !add_settings(d, c) || !add_flags(d, c))
        return false;
    if (c->fields == NULL)
        d->n_changes--;
    return true;
}

/* Marks the nodes of `a` that keep their order in b: a longest increasing run of to_b. The rest was
 * moved. */
static bool find_kept(const ts_diff_pair *p, bool *kept)
{
    size_t n = p->a->n_nodes, length = 0;
    uint32_t *tails = ts_alloc_array(n + 1, sizeof *tails);
    uint32_t *before = ts_alloc_array(n + 1, sizeof *before);
    bool ok = tails != NULL && before != NULL;
    for (uint32_t i = 0; ok && i < n; i++) {
        size_t low = 0, high = length;
        if (p->to_b[i] == NONE)
            continue;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (p->to_b[tails[mid]] < p->to_b[i])
                low = mid + 1;
            else
                high = mid;
        }
        before[i] = low > 0 ? tails[low - 1] : NONE;
        tails[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (uint32_t i = ok && length > 0 ? tails[length - 1] : NONE; i != NONE; i = before[i])
        kept[i] = true;
    free(tails);
    free(before);
    return ok;
}

static const char *group_name(const ts_node *node)
{
    return node->parent == NULL ? "(top)" : node->parent->path;
}

/* In another group: unless the group itself went there, or was renamed. */
static bool group_differs(const ts_diff_pair *p, const ts_node *a, const ts_node *b)
{
    if (a->parent == NULL || b->parent == NULL)
        return a->parent != b->parent;
    return p->to_b[a->parent->index] != b->parent->index;
}

static bool compare_order(ts_diff *d, const ts_diff_pair *p)
{
    bool *kept = ts_alloc_array(p->a->n_nodes + 1, sizeof *kept);
    bool ok = kept != NULL && find_kept(p, kept);
    for (uint32_t i = 0; ok && i < p->a->n_nodes; i++) {
        const ts_node *a = &p->a->nodes[i];
        if (p->to_b[i] == NONE)
            continue;
        const ts_node *b = &p->b->nodes[p->to_b[i]];
        bool other = group_differs(p, a, b);
        /* What lies in a moved group moved with it. */
        bool with_group = !other && a->parent != NULL && !kept[a->parent->index];
        if ((kept[i] && !other) || with_group)
            continue;
        ts_diff_change *c = add_change(d, TS_DIFF_MOVED, a, b);
        ok = c != NULL &&
             (other ? add_field(d, c, "group", group_name(a), group_name(b))
                    : add_field(d, c, "place", a->index > b->index ? "later" : "earlier",
                                a->index > b->index ? "earlier" : "later"));
    }
    free(kept);
    return ok;
}

static bool compare(ts_diff *d, const ts_diff_pair *p)
{
    for (uint32_t i = 0; i < p->b->n_nodes; i++)
        if (p->to_a[i] == NONE && !add_change(d, TS_DIFF_ADDED, NULL, &p->b->nodes[i]))
            return false;
    for (uint32_t i = 0; i < p->a->n_nodes; i++)
        if (p->to_b[i] == NONE && !add_change(d, TS_DIFF_REMOVED, &p->a->nodes[i], NULL))
            return false;
    for (uint32_t i = 0; i < p->a->n_nodes; i++)
        if (p->to_b[i] != NONE && !compare_nodes(d, &p->a->nodes[i], &p->b->nodes[p->to_b[i]]))
            return false;
    return compare_order(d, p);
}

ts_diff *ts_diff_new(const ts_bundle *a, const ts_bundle *b, const ts_steps *steps, ts_err **err)
{
    ts_diff *d = ts_alloc(sizeof *d);
    if (d != NULL)
        d->arena = ts_arena_new();
    bool ok = d != NULL && d->arena != NULL;
    if (ok) {
        d->steps = steps;
        const ts_diff_pair *p = make_pair(d, ts_bundle_entry(a), ts_bundle_entry(b));
        ok = p != NULL && compare(d, p);
    }
    for (size_t i = 0; ok && i < ts_bundle_count(b); i++) {
        const ts_sequence *child = ts_bundle_get(b, i);
        const ts_sequence *other = ts_bundle_find(a, child->package_id);
        if (child == ts_bundle_entry(b) || child->package_id[0] == '\0' || other == NULL ||
            other == ts_bundle_entry(a))
            continue;
        const ts_diff_pair *p = make_pair(d, other, child);
        ok = p != NULL && compare(d, p);
    }
    if (ok)
        return d;
    ts_diff_free(d);
    ts_fail_nomem(err);
    return NULL;
}

/* --- For whom ------------------------------------------------------------------------------- */

static bool row_ran(const ts_row *row)
{
    return row->node != NULL && row->outcome != TS_OUTCOME_CONDITION &&
           row->outcome != TS_OUTCOME_DISABLED;
}

static bool *ran_of(const ts_story *story, const ts_sequence *sequence)
{
    bool *ran = ts_alloc_array(sequence->n_nodes + 1, sizeof *ran);
    for (size_t i = 0; ran != NULL && i < story->n_rows; i++)
        if (story->rows[i].sequence == sequence && row_ran(&story->rows[i]))
            ran[story->rows[i].node->index] = true;
    return ran;
}

static unsigned effects_of(const ts_story *story)
{
    unsigned effects = 0;
    for (size_t i = 0; i < story->n_rows; i++)
        for (const ts_note *n = story->rows[i].notes; n != NULL; n = n->next)
            effects |= n->kind == TS_NOTE_EFFECT ? n->effects : 0;
    return effects;
}

static bool add_step(ts_diff *d, ts_diff_step ***tail, const ts_node *node)
{
    ts_diff_step *step = ts_arena_alloc(d->arena, sizeof *step);
    if (step == NULL)
        return false;
    step->node = node;
    **tail = step;
    *tail = &step->next;
    return true;
}

static bool compare_runs(ts_diff *d, const ts_diff_pair *p, const ts_story *a, const ts_story *b,
                         ts_diff_step ***gained, ts_diff_step ***lost)
{
    bool *ran_a = ran_of(a, p->a), *ran_b = ran_of(b, p->b);
    bool ok = ran_a != NULL && ran_b != NULL;
    for (uint32_t i = 0; ok && i < p->b->n_nodes; i++)
        if (ran_b[i] && p->b->nodes[i].kind != TS_NODE_GROUP &&
            (p->to_a[i] == NONE || !ran_a[p->to_a[i]]))
            ok = add_step(d, gained, &p->b->nodes[i]);
    for (uint32_t i = 0; ok && i < p->a->n_nodes; i++)
        if (ran_a[i] && p->a->nodes[i].kind != TS_NODE_GROUP &&
            (p->to_b[i] == NONE || !ran_b[p->to_b[i]]))
            ok = add_step(d, lost, &p->a->nodes[i]);
    free(ran_a);
    free(ran_b);
    return ok;
}

static bool add_line(ts_diff *d, const ts_row *row, const ts_note *note, const ts_diff_line **list)
{
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    ts_buf_printf(&text, "%s: %s", row->script, note->text);
    if (note->kind == TS_NOTE_VARIABLE && note->detail == NULL)
        ts_buf_str(&text, " is deleted");
    else if (note->kind == TS_NOTE_VARIABLE)
        ts_buf_printf(&text, " = \"%s\"", note->detail);
    ts_diff_line *line = ts_arena_alloc(d->arena, sizeof *line);
    const char *kept = line == NULL ? NULL : ts_arena_strdup(d->arena, ts_buf_text(&text));
    ts_buf_done(&text);
    if (kept == NULL)
        return false;
    *line = (ts_diff_line){.text = kept, .next = *list};
    *list = line;
    return true;
}

/* What the pre-start scripts of a story did and set, the last first. */
static bool script_lines(ts_diff *d, const ts_story *story, const ts_diff_line **list)
{
    *list = NULL;
    for (size_t i = 0; i < story->n_rows; i++) {
        const ts_row *row = &story->rows[i];
        for (const ts_note *n = row->script == NULL ? NULL : row->notes; n != NULL; n = n->next)
            if ((n->kind == TS_NOTE_EFFECT || n->kind == TS_NOTE_VARIABLE) &&
                !add_line(d, row, n, list))
                return false;
    }
    return true;
}

/* Those of `lines` that are not in `others`, in the order of the run. */
static bool only_in(ts_diff *d, const ts_diff_line *lines, const ts_diff_line *others,
                    const ts_diff_line **list)
{
    for (*list = NULL; lines != NULL; lines = lines->next) {
        const ts_diff_line *o = others;
        while (o != NULL && strcmp(o->text, lines->text) != 0)
            o = o->next;
        ts_diff_line *line = o != NULL ? NULL : ts_arena_alloc(d->arena, sizeof *line);
        if (o == NULL && line == NULL)
            return false;
        if (line != NULL) {
            *line = (ts_diff_line){.text = lines->text, .next = *list};
            *list = line;
        }
    }
    return true;
}

static bool compare_scripts(ts_diff *d, ts_diff_machine *m, const ts_story *a, const ts_story *b)
{
    const ts_diff_line *before, *after;
    return script_lines(d, a, &before) && script_lines(d, b, &after) &&
           only_in(d, after, before, &m->script_gained) &&
           only_in(d, before, after, &m->script_lost);
}

bool ts_diff_add_machine(ts_diff *d, const char *name, const ts_story *a, const ts_story *b,
                         ts_err **err)
{
    ts_diff_machine *grown = ts_realloc_array(d->machines, d->n_machines + 1, sizeof *grown);
    if (grown == NULL)
        return ts_fail_nomem(err);
    d->machines = grown;
    unsigned before = effects_of(a), after = effects_of(b);
    ts_diff_machine m = {.name = ts_arena_strdup(d->arena, name),
                         .before = ts_story_verdict(a),
                         .after = ts_story_verdict(b),
                         .effects_gained = after & ~before,
                         .effects_lost = before & ~after,
                         .bytes_before = a->totals.bytes,
                         .bytes_after = b->totals.bytes};
    ts_diff_step **gained = &m.gained, **lost = &m.lost;
    bool ok = m.name != NULL && compare_scripts(d, &m, a, b);
    for (const ts_diff_pair *p = d->pairs; ok && p != NULL; p = p->next)
        ok = compare_runs(d, p, a, b, &gained, &lost);
    m.alike = m.script_gained == NULL && m.script_lost == NULL && m.gained == NULL &&
              m.lost == NULL && m.effects_gained == 0 && m.effects_lost == 0 &&
              m.before == m.after && m.bytes_before == m.bytes_after;
    if (!ok)
        return ts_fail_nomem(err);
    d->machines[d->n_machines++] = m;
    return true;
}
