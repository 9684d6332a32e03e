/* table.c - folds machines into behaviours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "table.h"
#include "tree.h"

void ts_column_free(ts_column *column)
{
    if (column == NULL)
        return;
    free(column->machine);
    free(column->text);
    free(column->cells);
    free(column);
}

static size_t cells_of(const ts_story *story)
{
    size_t n = 0;
    for (size_t i = 0; i < story->n_rows; i++)
        if (story->rows[i].node != NULL)
            n += story->rows[i].node->end - story->rows[i].node->index;
    return n;
}

static void add_cells(ts_column *column, const ts_row *row, uint32_t caller)
{
    ts_outcome mark = row->outcome;
    if (row->maybe && (mark == TS_OUTCOME_OK || mark == TS_OUTCOME_CONDITION))
        mark = TS_OUTCOME_MAY;
    bool skip = row->outcome == TS_OUTCOME_CONDITION || row->outcome == TS_OUTCOME_DISABLED;
    uint32_t end = skip ? row->node->end : row->node->index + 1;
    for (uint32_t i = row->node->index; i < end; i++)
        column->cells[column->n_cells++] = (ts_cell){
            .sequence = row->sequence, .index = i, .caller = caller, .mark = (unsigned char)mark};
}

static bool fill_cells(ts_column *column, const ts_story *story)
{
    size_t n = cells_of(story);
    column->cells = ts_alloc_array(n + 1, sizeof *column->cells);
    if (column->cells == NULL)
        return false;
    for (size_t i = 0; i < story->n_rows; i++) {
        const ts_row *row = &story->rows[i];
        if (row->node == NULL || row->sequence == NULL)
            continue;
        bool child = column->n_cells > 0 && row->sequence != story->sequence &&
                     column->cells[column->n_cells - 1].sequence != row->sequence;
        add_cells(column, row, child ? (uint32_t)column->n_cells : 0);
    }
    return true;
}

ts_column *ts_column_new(const char *machine, const ts_story *story, ts_err **err)
{
    const ts_style plain = {.utf8 = true};
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    ts_report_verdict(story, &plain, &text);
    ts_column *column = ts_alloc(sizeof *column);
    if (column != NULL) {
        const char *verdict = ts_buf_text(&text);
        const char *after = strchr(verdict, ' ');
        column->machine = ts_strdup(machine);
        column->text = ts_strdup(after == NULL ? verdict : after + 1);
        column->verdict = ts_story_verdict(story);
        column->totals = story->totals;
    }
    ts_buf_done(&text);
    if (column == NULL || column->machine == NULL || column->text == NULL ||
        !fill_cells(column, story)) {
        ts_column_free(column);
        ts_fail_nomem(err);
        return NULL;
    }
    column->text[strcspn(column->text, "\n")] = '\0';
    return column;
}

ts_column *ts_column_new_error(const char *machine, const char *text, ts_err **err)
{
    ts_column *column = ts_alloc(sizeof *column);
    if (column != NULL) {
        column->machine = ts_strdup(machine);
        column->text = ts_strdup(text);
        column->error = true;
        column->verdict = TS_VERDICT_UNFINISHED;
    }
    if (column == NULL || column->machine == NULL || column->text == NULL) {
        ts_column_free(column);
        ts_fail_nomem(err);
        return NULL;
    }
    return column;
}

static bool same_behaviour(const ts_column *a, const ts_column *b)
{
    if (a->verdict != b->verdict || a->error != b->error || a->n_cells != b->n_cells)
        return false;
    if (strcmp(a->text, b->text) != 0)
        return false;
    for (size_t i = 0; i < a->n_cells; i++) {
        const ts_cell *x = &a->cells[i], *y = &b->cells[i];
        if (x->sequence != y->sequence || x->index != y->index || x->mark != y->mark)
            return false;
    }
    return true;
}

static bool add_line(ts_table *t, size_t at, const ts_sequence *sequence, uint32_t index,
                     unsigned depth)
{
    if (t->n_lines == t->cap) {
        size_t cap = t->cap == 0 ? 256 : t->cap * 2;
        ts_table_line *lines = ts_realloc_array(t->lines, cap, sizeof *lines);
        if (lines == NULL)
            return false;
        t->lines = lines;
        t->cap = cap;
    }
    memmove(&t->lines[at + 1], &t->lines[at], (t->n_lines - at) * sizeof *t->lines);
    t->lines[at] = (ts_table_line){.sequence = sequence, .index = index, .depth = depth};
    t->n_lines++;
    return true;
}

/* All steps of a sequence, behind line `at`. */
static bool add_sequence(ts_table *t, size_t at, const ts_sequence *sequence, unsigned depth)
{
    for (uint32_t i = 0; i < sequence->n_nodes; i++) {
        unsigned d = depth;
        for (const ts_node *p = sequence->nodes[i].parent; p != NULL; p = p->parent)
            d++;
        if (!add_line(t, at + i, sequence, i, d))
            return false;
    }
    return true;
}

static bool find_line(const ts_table *t, const ts_sequence *sequence, uint32_t index, size_t *at)
{
    for (size_t i = 0; i < t->n_lines; i++) {
        if (t->lines[i].sequence == sequence && t->lines[i].index == index) {
            *at = i;
            return true;
        }
    }
    return false;
}

static bool add_children(ts_table *t, const ts_column *column)
{
    for (size_t i = 0; i < column->n_cells; i++) {
        const ts_cell *c = &column->cells[i];
        size_t at;
        if (c->caller == 0 || find_line(t, c->sequence, c->index, &at))
            continue;
        const ts_cell *caller = &column->cells[c->caller - 1];
        if (!find_line(t, caller->sequence, caller->index, &at))
            continue;
        if (!add_sequence(t, at + 1, c->sequence, t->lines[at].depth + 1))
            return false;
    }
    return true;
}

static int compare_cells(const void *a, const void *b)
{
    const ts_cell *x = a, *y = b;
    if (x->sequence != y->sequence)
        return (uintptr_t)x->sequence < (uintptr_t)y->sequence ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool sort_cells(ts_table *t, size_t k)
{
    const ts_column *column = t->shown[k];
    t->sorted[k] = ts_alloc_array(column->n_cells + 1, sizeof **t->sorted);
    if (t->sorted[k] == NULL)
        return false;
    if (column->n_cells == 0)
        return true;
    memcpy(t->sorted[k], column->cells, column->n_cells * sizeof **t->sorted);
    qsort(t->sorted[k], column->n_cells, sizeof **t->sorted, compare_cells);
    return true;
}

bool ts_table_build(ts_table *t, const ts_sequence *sequence, const ts_column *const *columns,
                    size_t count)
{
    t->shown = ts_alloc_array(count + 1, sizeof(ts_column *));
    t->sorted = ts_alloc_array(count + 1, sizeof(ts_cell *));
    t->of = ts_alloc_array(count + 1, sizeof *t->of);
    t->members = ts_alloc_array(count + 1, sizeof *t->members);
    if (t->shown == NULL || t->sorted == NULL || t->of == NULL || t->members == NULL ||
        !add_sequence(t, 0, sequence, 0))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < t->n_shown && !same_behaviour(t->shown[k], columns[i]))
            k++;
        if (k == t->n_shown) {
            t->shown[t->n_shown++] = columns[i];
            if (!sort_cells(t, k) || !add_children(t, columns[i]))
                return false;
        }
        t->of[i] = k;
        t->members[k]++;
    }
    return true;
}

const char *ts_table_letter(size_t k, char out[8])
{
    char *p = out + 7;
    *p = '\0';
    for (k++; k > 0 && p > out; k /= 26) {
        k--;
        *--p = (char)('A' + k % 26);
    }
    return p;
}

int ts_table_mark(const ts_table *t, size_t k, const ts_table_line *at)
{
    const ts_cell key = {.sequence = at->sequence, .index = at->index};
    const ts_cell *found = bsearch(&key, t->sorted[k], t->shown[k]->n_cells, sizeof key,
                                   compare_cells);
    return found == NULL ? -1 : found->mark;
}

bool ts_table_differs(const ts_table *t, const ts_table_line *at)
{
    int first = -1;
    for (size_t k = 0; k < t->n_shown; k++) {
        int mark = ts_table_mark(t, k, at);
        if (first >= 0 && mark >= 0 && mark != first)
            return true;
        first = first < 0 ? mark : first;
    }
    return false;
}

void ts_table_done(ts_table *t)
{
    for (size_t k = 0; t->sorted != NULL && k < t->n_shown; k++)
        free(t->sorted[k]);
    free(t->sorted);
    free(t->lines);
    free(t->shown);
    free(t->of);
    free(t->members);
    *t = (ts_table){0};
}
