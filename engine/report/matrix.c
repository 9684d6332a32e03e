/* matrix.c - steps by machines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "matrix.h"
#include "table.h"
#include "tree.h"

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

static void add_behaviour(const ts_table *t, size_t k, const ts_column *const *columns,
                          size_t count, const ts_style *style, ts_buf *out)
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
    snprintf(lead, sizeof lead, "%3s  ", ts_table_letter(k, name));
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

static void add_table_line(const ts_table *t, const ts_table_line *at, size_t first, size_t n,
                           size_t name_width, const ts_style *style, ts_buf *out)
{
    const ts_node *node = &at->sequence->nodes[at->index];
    bool differs = ts_table_differs(t, at);
    ts_ink name_ink = differs ? TS_INK_BOLD : ts_node_is_off(node) ? TS_INK_DIM : TS_INK_PLAIN;
    add_name(style, name_ink, node->name, at->depth, name_width, out);
    for (size_t k = first; k < first + n; k++) {
        int mark = ts_table_mark(t, k, at);
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

static void add_table(const ts_table *t, const ts_style *style, ts_buf *out)
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
            snprintf(text, sizeof text, "%4s", ts_table_letter(k, name));
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
    ts_table t = {0};
    if (ts_table_build(&t, sequence, columns, count)) {
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
    ts_table_done(&t);
}
