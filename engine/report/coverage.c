/* coverage.c - counts; see coverage.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"

ts_coverage *ts_coverage_new(ts_err **err)
{
    ts_coverage *coverage = ts_alloc(sizeof *coverage);
    if (coverage != NULL)
        coverage->arena = ts_arena_new();
    if (coverage == NULL || coverage->arena == NULL) {
        free(coverage);
        ts_fail_nomem(err);
        return NULL;
    }
    return coverage;
}

void ts_coverage_free(ts_coverage *coverage)
{
    if (coverage == NULL)
        return;
    free(coverage->sequences);
    free(coverage->scripts);
    ts_arena_free(coverage->arena);
    free(coverage);
}

static bool is_leaf(const struct ts_cond *cond)
{
    return cond->kind != TS_COND_AND && cond->kind != TS_COND_OR && cond->kind != TS_COND_NOT;
}

static size_t count_leaves(const struct ts_cond *cond)
{
    size_t n = is_leaf(cond) ? 1 : 0;
    for (size_t i = 0; i < cond->n_children; i++)
        n += count_leaves(cond->children[i]);
    return n;
}

static void add_leaves(ts_cover_sequence *s, const ts_node *node, const struct ts_cond *cond)
{
    if (is_leaf(cond)) {
        s->leaves[s->n_leaves] = (ts_cover_leaf){.cond = cond, .node = node};
        s->sorted[s->n_leaves] = &s->leaves[s->n_leaves];
        s->n_leaves++;
    }
    for (size_t i = 0; i < cond->n_children; i++)
        add_leaves(s, node, cond->children[i]);
}

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)(*(ts_cover_leaf *const *)a)->cond;
    uintptr_t y = (uintptr_t)(*(ts_cover_leaf *const *)b)->cond;
    return (x > y) - (x < y);
}

static ts_cover_sequence *make(ts_coverage *coverage, const ts_sequence *sequence)
{
    ts_cover_sequence *s = ts_arena_alloc(coverage->arena, sizeof *s);
    size_t leaves = 0;
    for (size_t i = 0; i < sequence->n_nodes; i++)
        if (sequence->nodes[i].condition != NULL && !ts_node_is_off(&sequence->nodes[i]))
            leaves += count_leaves(sequence->nodes[i].condition);
    if (s == NULL)
        return NULL;
    s->sequence = sequence;
    s->steps = ts_arena_alloc(coverage->arena, (sequence->n_nodes + 1) * sizeof *s->steps);
    s->leaves = ts_arena_alloc(coverage->arena, (leaves + 1) * sizeof *s->leaves);
    s->sorted = ts_arena_alloc(coverage->arena, (leaves + 1) * sizeof(ts_cover_leaf *));
    if (s->steps == NULL || s->leaves == NULL || s->sorted == NULL)
        return NULL;
    for (size_t i = 0; i < sequence->n_nodes; i++)
        if (sequence->nodes[i].condition != NULL && !ts_node_is_off(&sequence->nodes[i]))
            add_leaves(s, &sequence->nodes[i], sequence->nodes[i].condition);
    qsort(s->sorted, s->n_leaves, sizeof(ts_cover_leaf *), by_address);
    return s;
}

static ts_cover_sequence *find(ts_coverage *coverage, const ts_sequence *sequence)
{
    if (coverage->last != NULL && coverage->last->sequence == sequence)
        return coverage->last;
    for (size_t i = 0; i < coverage->n_sequences; i++)
        if (coverage->sequences[i]->sequence == sequence)
            return coverage->last = coverage->sequences[i];
    return NULL;
}

bool ts_coverage_add_bundle(ts_coverage *coverage, const ts_bundle *bundle, ts_err **err)
{
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *sequence = ts_bundle_get(bundle, i);
        if (find(coverage, sequence) != NULL)
            continue;
        ts_cover_sequence **grown = ts_realloc_array(coverage->sequences, coverage->n_sequences + 1,
                                                     sizeof(ts_cover_sequence *));
        ts_cover_sequence *s = make(coverage, sequence);
        if (grown != NULL)
            coverage->sequences = grown;
        if (grown == NULL || s == NULL)
            return ts_fail_nomem(err);
        coverage->sequences[coverage->n_sequences++] = s;
    }
    return true;
}

static void on_leaf(ts_cover_sequence *s, const ts_event *event)
{
    ts_cover_leaf key = {.cond = event->leaf};
    ts_cover_leaf *at = &key;
    if (event->leaf == NULL || s->n_leaves == 0)
        return;
    ts_cover_leaf **found = bsearch(&at, s->sorted, s->n_leaves, sizeof(ts_cover_leaf *),
                                    by_address);
    if (found == NULL)
        return;
    (*found)->yes += event->code == TS_YES;
    (*found)->no += event->code == TS_NO;
}

static void on_event(void *ctx, const ts_event *event)
{
    if (event->kind != TS_EVENT_LEAF && event->kind != TS_EVENT_STEP_END)
        return;
    ts_cover_sequence *s = event->sequence == NULL ? NULL : find(ctx, event->sequence);
    if (s == NULL)
        return;
    if (event->kind == TS_EVENT_LEAF) {
        on_leaf(s, event);
    } else if (event->node != NULL && event->node->index < s->sequence->n_nodes) {
        ts_cover_step *step = &s->steps[event->node->index];
        step->runs++;
        step->fails += event->outcome == TS_OUTCOME_FAILED ||
                       event->outcome == TS_OUTCOME_CONTINUED;
    }
}

ts_sink ts_coverage_sink(ts_coverage *coverage)
{
    return (ts_sink){.event = on_event, .ctx = coverage};
}

/* --- Lua ----------------------------------------------------------------------------------- */

/* "run = function(input)": Lua gives the function the place of its end. */
static bool is_function_head(const char *line, size_t len)
{
    size_t at = len;
    for (size_t i = 0; i + 8 <= len; i++)
        at = memcmp(line + i, "function", 8) == 0 ? i + 8 : at;
    if (at == len || line[len - 1] != ')')
        return false;
    for (; at < len - 1; at++)
        if (!isalnum((unsigned char)line[at]) && !strchr("_.:,( ", line[at]))
            return false;
    return true;
}

/* Does a line hold something that Lua gives a place? */
static bool holds_code(const char *line, size_t len, bool *comment)
{
    static const char *const words[] = {"end", "else", "do", "then", "repeat", "local"};
    while (len > 0 && isspace((unsigned char)*line)) {
        line++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)line[len - 1]))
        len--;
    if (*comment || (len >= 4 && memcmp(line, "--[[", 4) == 0)) {
        *comment = true;
        for (size_t i = 0; i + 1 < len; i++)
            *comment = *comment && memcmp(line + i, "]]", 2) != 0;
        return false;
    }
    if (len == 0 || (len >= 2 && memcmp(line, "--", 2) == 0))
        return false;
    size_t n = 0; /* without what only closes: "end)", "})", "}," */
    while (n < len && strchr("})],;", line[n]) != NULL)
        n++;
    if (n == len)
        return false;
    if (is_function_head(line, len))
        return false;
    size_t tail = len;
    while (tail > 0 && strchr("})],;", line[tail - 1]) != NULL)
        tail--;
    for (size_t i = 0; i < TS_COUNT(words); i++)
        if (tail == strlen(words[i]) && memcmp(line, words[i], tail) == 0)
            return false;
    return true;
}

static void find_code(ts_cover_lua *script)
{
    const char *p = script->source;
    bool comment = false;
    for (size_t i = 1; i <= script->n_lines; i++) {
        size_t len = strcspn(p, "\n");
        script->code[i] = holds_code(p, len, &comment);
        p += len + (p[len] == '\n');
    }
}

ts_cover_lua *ts_coverage_add_lua(ts_coverage *coverage, const char *path, const char *source,
                                  size_t size, ts_err **err)
{
    for (size_t i = 0; i < coverage->n_scripts; i++)
        if (strcmp(coverage->scripts[i]->path, path) == 0)
            return coverage->scripts[i];
    ts_cover_lua **grown = ts_realloc_array(coverage->scripts, coverage->n_scripts + 1,
                                            sizeof(ts_cover_lua *));
    ts_cover_lua *script = ts_arena_alloc(coverage->arena, sizeof *script);
    if (grown != NULL)
        coverage->scripts = grown;
    if (script != NULL) {
        script->path = ts_arena_strdup(coverage->arena, path);
        script->source = ts_arena_strndup(coverage->arena, source, size);
        script->n_lines = 1;
        for (size_t i = 0; i < size; i++)
            script->n_lines += source[i] == '\n';
        script->code = ts_arena_alloc(coverage->arena,
                                      (script->n_lines + 1) * sizeof *script->code);
        script->hits = ts_arena_alloc(coverage->arena,
                                      (script->n_lines + 1) * sizeof *script->hits);
    }
    if (grown == NULL || script == NULL || script->path == NULL || script->source == NULL ||
        script->code == NULL || script->hits == NULL) {
        ts_fail_nomem(err);
        return NULL;
    }
    find_code(script);
    coverage->scripts[coverage->n_scripts++] = script;
    return script;
}

void ts_coverage_line(ts_cover_lua *script, int line)
{
    if (line < 1 || (size_t)line > script->n_lines)
        return;
    script->code[line] = true;
    script->hits[line]++;
}

/* --- Totals -------------------------------------------------------------------------------- */

bool ts_cover_counts(const ts_node *node)
{
    return node->kind != TS_NODE_GROUP && !ts_node_is_off(node);
}

void ts_coverage_sequence_totals(const ts_cover_sequence *sequence, ts_cover_totals *out)
{
    for (size_t i = 0; i < sequence->sequence->n_nodes; i++) {
        if (!ts_cover_counts(&sequence->sequence->nodes[i]))
            continue;
        out->steps++;
        out->steps_seen += sequence->steps[i].runs > 0;
        out->edges++;
        out->edges_seen += sequence->steps[i].fails > 0;
    }
    for (size_t i = 0; i < sequence->n_leaves; i++) {
        out->outcomes += 2;
        out->outcomes_seen += (size_t)(sequence->leaves[i].yes > 0) + (sequence->leaves[i].no > 0);
    }
}

void ts_coverage_script_totals(const ts_cover_lua *script, ts_cover_totals *out)
{
    for (size_t i = 1; i <= script->n_lines; i++) {
        out->lines += script->code[i];
        out->lines_seen += script->hits[i] > 0;
    }
}

void ts_coverage_totals(const ts_coverage *coverage, ts_cover_totals *out)
{
    *out = (ts_cover_totals){0};
    for (size_t i = 0; i < coverage->n_sequences; i++)
        ts_coverage_sequence_totals(coverage->sequences[i], out);
    for (size_t i = 0; i < coverage->n_scripts; i++)
        ts_coverage_script_totals(coverage->scripts[i], out);
}

double ts_coverage_percent(const ts_cover_totals *t)
{
    size_t all = t->steps + t->outcomes + t->lines;
    size_t seen = t->steps_seen + t->outcomes_seen + t->lines_seen;
    return all == 0 ? 100.0 : 100.0 * (double)seen / (double)all;
}
