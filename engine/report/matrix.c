/* matrix.c - steps by machines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "matrix.h"
#include "tree.h"

typedef struct cell {
    const ts_sequence *sequence;
    uint32_t index;
    uint32_t caller;    /* position in cells of the step that called this sequence + 1; 0: none */
    unsigned char mark; /* ts_outcome; TS_OUTCOME_MAY covers "may run" as well */
} cell;

struct ts_column {
    char *machine;
    char *text; /* verdict as text */
    ts_verdict verdict;
    bool error;
    ts_totals totals;
    cell *cells;
    size_t n_cells;
};

/* One line of the table. */
typedef struct line {
    const ts_sequence *sequence;
    uint32_t index;
    unsigned depth;
} line;

typedef struct table {
    line *lines;
    size_t n_lines, cap;
    const ts_column **shown; /* one of each behaviour */
    cell **sorted;           /* its cells, for look-up */
    size_t *of;              /* behaviour of each column */
    size_t *members;         /* how many machines behave so */
    size_t n_shown;
} table;

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
        column->cells[column->n_cells++] = (cell){
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
        const cell *x = &a->cells[i], *y = &b->cells[i];
        if (x->sequence != y->sequence || x->index != y->index || x->mark != y->mark)
            return false;
    }
    return true;
}

static bool add_line(table *t, size_t at, const ts_sequence *sequence, uint32_t index,
                     unsigned depth)
{
    if (t->n_lines == t->cap) {
        size_t cap = t->cap == 0 ? 256 : t->cap * 2;
        line *lines = ts_realloc_array(t->lines, cap, sizeof *lines);
        if (lines == NULL)
            return false;
        t->lines = lines;
        t->cap = cap;
    }
    memmove(&t->lines[at + 1], &t->lines[at], (t->n_lines - at) * sizeof *t->lines);
    t->lines[at] = (line){.sequence = sequence, .index = index, .depth = depth};
    t->n_lines++;
    return true;
}

/* All steps of a sequence, behind line `at`. */
static bool add_sequence(table *t, size_t at, const ts_sequence *sequence, unsigned depth)
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

static bool find_line(const table *t, const ts_sequence *sequence, uint32_t index, size_t *at)
{
    for (size_t i = 0; i < t->n_lines; i++) {
        if (t->lines[i].sequence == sequence && t->lines[i].index == index) {
            *at = i;
            return true;
        }
    }
    return false;
}

static bool add_children(table *t, const ts_column *column)
{
    for (size_t i = 0; i < column->n_cells; i++) {
        const cell *c = &column->cells[i];
        size_t at;
        if (c->caller == 0 || find_line(t, c->sequence, c->index, &at))
            continue;
        const cell *caller = &column->cells[c->caller - 1];
        if (!find_line(t, caller->sequence, caller->index, &at))
            continue;
        if (!add_sequence(t, at + 1, c->sequence, t->lines[at].depth + 1))
            return false;
    }
    return true;
}

static int compare_cells(const void *a, const void *b)
{
    const cell *x = a, *y = b;
    if (x->sequence != y->sequence)
        return (uintptr_t)x->sequence < (uintptr_t)y->sequence ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool sort_cells(table *t, size_t k)
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

static bool build(table *t, const ts_sequence *sequence, const ts_column *const *columns,
                  size_t count)
{
    t->shown = ts_alloc_array(count + 1, sizeof *t->shown);
    t->sorted = ts_alloc_array(count + 1, sizeof *t->sorted);
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

/* A, B ... Z, AA, AB ... */
static const char *letter(size_t k, char out[8])
{
    char *p = out + 7;
    *p = '\0';
    for (k++; k > 0 && p > out; k /= 26) {
        k--;
        *--p = (char)('A' + k % 26);
    }
    return p;
}

static ts_ink verdict_ink(const ts_column *column)
{
    switch (column->verdict) {
    case TS_VERDICT_SUCCESS:
    case TS_VERDICT_ASSUMED:
        return TS_INK_GREEN;
    case TS_VERDICT_FAILURE:
    case TS_VERDICT_UNFINISHED:
        return TS_INK_RED;
    case TS_VERDICT_UNSUPPORTED:
    case TS_VERDICT_RESTART:
        break;
    }
    return TS_INK_YELLOW;
}

#define MEMBERS_SHOWN 6u /* machine names of one behaviour, unless style->all */

static void add_behaviour(const table *t, size_t k, const ts_column *const *columns, size_t count,
                          const ts_style *style, ts_buf *out)
{
    char name[8];
    char lead[64];
    ts_buf names;
    ts_buf_init(&names, TS_REPORT_BYTES_MAX);
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (t->of[i] != k)
            continue;
        if (shown < MEMBERS_SHOWN || style->all)
            ts_buf_printf(&names, "%s%s", shown > 0 ? ", " : "", columns[i]->machine);
        shown++;
    }
    if (shown > MEMBERS_SHOWN && !style->all)
        ts_buf_printf(&names, " and %zu more", shown - MEMBERS_SHOWN);
    snprintf(lead, sizeof lead, "%3s  ", letter(k, name));
    ts_style_text(style, TS_INK_BOLD, lead, out);
    if (t->members[k] > 1) {
        snprintf(lead, sizeof lead, "%zu machines: ", t->members[k]);
        ts_buf_str(out, lead);
    } else {
        lead[0] = '\0';
    }
    ts_style_wrap(style, TS_INK_PLAIN, ts_buf_text(&names), 5 + strlen(lead), "     ", 5, out);
    ts_buf_str(out, "\n     ");
    const ts_column *column = t->shown[k];
    ts_style_wrap(style, verdict_ink(column), column->text, 5, "     ", 5, out);
    if (column->totals.wipes > 0) {
        ts_buf_str(out, "  ");
        ts_style_text(style, TS_INK_ALARM, "wipes a disk", out);
    }
    ts_buf_char(out, '\n');
    ts_buf_done(&names);
}

static int mark_of(const table *t, size_t k, const line *at)
{
    const cell key = {.sequence = at->sequence, .index = at->index};
    const cell *found = bsearch(&key, t->sorted[k], t->shown[k]->n_cells, sizeof key,
                                compare_cells);
    return found == NULL ? -1 : found->mark;
}

static void add_name(const ts_style *style, ts_ink ink, const char *name, unsigned depth,
                     size_t width, ts_buf *out)
{
    size_t column = (size_t)depth * 2 < width / 2 ? (size_t)depth * 2 : width / 2;
    for (size_t i = 0; i < column; i++)
        ts_buf_char(out, ' ');
    /* Cut at a character, never inside one. */
    char *cut = ts_strdup(name);
    if (cut == NULL)
        return;
    size_t len = strlen(cut);
    while (len > 0 && ts_style_columns(cut) > width - column) {
        do
            len--;
        while (len > 0 && ((unsigned char)cut[len] & 0xc0) == 0x80);
        cut[len] = '\0';
    }
    ts_style_line(style, ink, cut, out);
    for (size_t i = column + ts_style_columns(cut); i < width; i++)
        ts_buf_char(out, ' ');
    free(cut);
}

static void add_table_line(const table *t, const line *at, size_t first, size_t n,
                           size_t name_width, const ts_style *style, ts_buf *out)
{
    const ts_node *node = &at->sequence->nodes[at->index];
    bool differs = false;
    for (size_t k = 1; k < t->n_shown; k++)
        differs |= mark_of(t, k, at) != mark_of(t, 0, at);
    ts_ink name_ink = differs ? TS_INK_BOLD : ts_node_is_off(node) ? TS_INK_DIM : TS_INK_PLAIN;
    add_name(style, name_ink, node->name, at->depth, name_width, out);
    for (size_t k = first; k < first + n; k++) {
        int mark = mark_of(t, k, at);
        ts_buf_str(out, "   ");
        if (mark < 0) {
            ts_buf_char(out, ' ');
            continue;
        }
        ts_row row = {.outcome = (ts_outcome)mark};
        ts_ink ink;
        const char *text = ts_outcome_mark(&row, style, &ink);
        ts_style_text(style, ink, text, out);
    }
    ts_buf_char(out, '\n');
}

static void add_legend(const ts_style *style, ts_buf *out)
{
    static const struct {
        ts_outcome outcome;
        const char *word;
    } words[] = {{TS_OUTCOME_OK, "ran"},
                 {TS_OUTCOME_CONDITION, "skipped"},
                 {TS_OUTCOME_DISABLED, "disabled"},
                 {TS_OUTCOME_MAY, "may run"},
                 {TS_OUTCOME_FAILED, "failed"},
                 {TS_OUTCOME_CONTINUED, "failed, continued"},
                 {TS_OUTCOME_UNSUPPORTED, "not supported"}};
    size_t column = 0;
    for (size_t i = 0; i < TS_COUNT(words); i++) {
        ts_row row = {.outcome = words[i].outcome};
        ts_ink ink;
        const char *mark = ts_outcome_mark(&row, style, &ink);
        size_t need = 5 + strlen(words[i].word);
        if (style->width > 0 && column + need > style->width) {
            ts_buf_char(out, '\n');
            column = 0;
        }
        ts_style_text(style, ink, mark, out);
        ts_buf_printf(out, " %s%s", words[i].word, i + 1 < TS_COUNT(words) ? "   " : "");
        column += need;
    }
    ts_buf_str(out, "\n\n");
}

static void add_table(const table *t, const ts_style *style, ts_buf *out)
{
    size_t width = style->width == 0 ? 100 : style->width;
    size_t name_width = width / 2 > 60 ? 60 : width / 2;
    size_t fit = (width - name_width) / 4;
    if (fit == 0)
        fit = 1;
    for (size_t first = 0; first < t->n_shown; first += fit) {
        size_t n = t->n_shown - first < fit ? t->n_shown - first : fit;
        char name[8], text[16];
        add_name(style, TS_INK_PLAIN, "", 0, name_width, out);
        for (size_t k = first; k < first + n; k++) {
            snprintf(text, sizeof text, "%4s", letter(k, name));
            ts_style_text(style, TS_INK_BOLD, text, out);
        }
        ts_buf_char(out, '\n');
        for (size_t i = 0; i < t->n_lines; i++)
            add_table_line(t, &t->lines[i], first, n, name_width, style, out);
        ts_buf_char(out, '\n');
    }
}

void ts_report_matrix(const ts_sequence *sequence, const ts_column *const *columns, size_t count,
                      const ts_style *style, ts_buf *out)
{
    table t = {0};
    if (build(&t, sequence, columns, count)) {
        ts_style_wrap(style, TS_INK_BOLD, sequence->name, 0, "  ", 2, out);
        char line_text[96];
        if (t.n_shown == 1)
            snprintf(line_text, sizeof line_text, "\n%zu machines, all go alike\n\n", count);
        else
            snprintf(line_text, sizeof line_text, "\n%zu machines, %zu different courses\n\n",
                     count, t.n_shown);
        ts_buf_str(out, line_text);
        add_table(&t, style, out);
        add_legend(style, out);
        for (size_t k = 0; k < t.n_shown; k++)
            add_behaviour(&t, k, columns, count, style, out);
    } else {
        out->no_memory = true;
    }
    for (size_t k = 0; t.sorted != NULL && k < t.n_shown; k++)
        free(t.sorted[k]);
    free(t.sorted);
    free(t.lines);
    free(t.shown);
    free(t.of);
    free(t.members);
}
