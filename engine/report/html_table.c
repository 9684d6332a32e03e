/* html_table.c - many machines on a page: table, behaviours, trees. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "table.h"

#define NAMES_SHOWN 20u /* machines; more are folded */

/* A behaviour of one machine goes by that machine's name. */
static void add_head(ts_buf *out, const ts_table *t, size_t k)
{
    char name[8];
    ts_buf_str(out, "<th scope=\"col\" title=\"");
    ts_html_text(out, t->shown[k]->text);
    ts_buf_printf(out, "\"><span>%s ", ts_table_letter(k, name));
    if (t->members[k] == 1)
        ts_html_text(out, t->shown[k]->machine);
    else
        ts_buf_printf(out, "%zu machines", t->members[k]);
    ts_buf_str(out, "</span></th>");
}

static void add_line(ts_buf *out, const ts_table *t, const ts_table_line *at, size_t first,
                     size_t n)
{
    const ts_node *node = &at->sequence->nodes[at->index];
    bool differs = ts_table_differs(t, at);
    ts_buf_printf(out,
                  "<tr class=\"%s%s\"><th scope=\"row\" style=\"padding-left:%.1frem\" title=\"",
                  node->kind == TS_NODE_GROUP ? "group" : "step", differs ? " differs" : "",
                  0.5 + 0.9 * (double)at->depth);
    ts_html_text(out, node->name);
    ts_buf_str(out, "\">");
    ts_html_text(out, node->name[0] == '\0' ? "(no name)" : node->name);
    ts_buf_str(out, "</th>");
    for (size_t k = first; k < first + n; k++) {
        int mark = ts_table_mark(t, k, at);
        if (mark < 0)
            ts_buf_str(out, "<td title=\"not reached\"></td>");
        else
            ts_buf_printf(out, "<td class=\"%s\" title=\"%s\">%s</td>",
                          ts_html_class((ts_outcome)mark), ts_html_word((ts_outcome)mark),
                          ts_html_mark((ts_outcome)mark));
    }
    ts_buf_str(out, "</tr>\n");
}

static void add_table(ts_buf *out, const ts_table *t, size_t first, size_t n)
{
    ts_buf_str(out, "<table class=\"matrix\"><thead><tr><th class=\"corner\">step</th>");
    for (size_t k = first; k < first + n; k++)
        add_head(out, t, k);
    ts_buf_str(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < t->n_lines; i++)
        add_line(out, t, &t->lines[i], first, n);
    ts_buf_str(out, "</tbody></table>\n");
}

static void add_legend(ts_buf *out)
{
    static const ts_outcome outcomes[] = {
        TS_OUTCOME_OK,     TS_OUTCOME_CONDITION, TS_OUTCOME_DISABLED,   TS_OUTCOME_MAY,
        TS_OUTCOME_FAILED, TS_OUTCOME_CONTINUED, TS_OUTCOME_UNSUPPORTED};
    ts_buf_str(out, "<p class=\"legend\">");
    for (size_t i = 0; i < TS_COUNT(outcomes); i++)
        ts_buf_printf(out, "<span class=\"%s\"><span class=\"m\">%s</span> %s</span> ",
                      ts_html_class(outcomes[i]), ts_html_mark(outcomes[i]),
                      ts_html_word(outcomes[i]));
    ts_buf_str(out, "</p>\n");
}

static void add_behaviour(ts_buf *out, const ts_table *t, size_t k, const ts_html_machine *machines,
                          size_t count)
{
    char name[8];
    const ts_story *story = NULL;
    const ts_column *column = t->shown[k];
    ts_buf_printf(out, "<div class=\"course\"><b>%s</b> <span class=\"%s\">",
                  ts_table_letter(k, name), ts_html_verdict_class(column->verdict));
    ts_html_text(out, column->text);
    ts_buf_str(out, "</span>");
    if (column->totals.wipes > 0)
        ts_buf_str(out, "<span class=\"badge\">wipes a disk</span>");
    ts_buf_printf(out, "<br/><span class=\"dim\">%zu machine%s: ", t->members[k],
                  t->members[k] == 1 ? "" : "s");
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (t->of[i] != k)
            continue;
        ts_buf_str(out, first ? "" : ", ");
        ts_html_text(out, machines[i].column->machine);
        story = first ? machines[i].story : story;
        first = false;
    }
    ts_buf_str(out, "</span>");
    if (story != NULL && story->n_rows > 0 && k < TS_HTML_TREES_MAX) {
        ts_buf_str(out, "<details class=\"noprint\"><summary>steps with reasons</summary>\n");
        ts_html_tree(out, story);
        ts_buf_str(out, "</details>");
    }
    ts_buf_str(out, "</div>\n");
}

static void add_wipers(ts_buf *out, const ts_html_machine *machines, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += machines[i].column->totals.wipes > 0;
    if (n == 0)
        return;
    ts_buf_printf(out, "<div class=\"wipes\"><b>Destroys data on %zu of %zu machines</b>%s<p>", n,
                  count, n > NAMES_SHOWN ? "<details><summary>which</summary>" : "");
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (machines[i].column->totals.wipes == 0)
            continue;
        ts_buf_str(out, first ? "" : ", ");
        ts_html_text(out, machines[i].column->machine);
        first = false;
    }
    ts_buf_str(out, n > NAMES_SHOWN ? "</p></details></div>\n" : "</p></div>\n");
}

static void add_all(ts_buf *out, const ts_table *t, const ts_html_machine *machines, size_t count)
{
    ts_verdict worst = TS_VERDICT_SUCCESS;
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        ts_verdict v = machines[i].column->verdict;
        bad += v == TS_VERDICT_FAILURE || v == TS_VERDICT_UNFINISHED;
        worst = v > worst ? v : worst;
    }
    ts_buf_printf(out, "<div class=\"verdict %s\"><b>%zu machines, %zu different course%s</b> ",
                  ts_html_verdict_class(bad > 0 ? TS_VERDICT_FAILURE : worst), count, t->n_shown,
                  t->n_shown == 1 ? "" : "s");
    if (bad > 0)
        ts_buf_printf(out, "<p>%zu would fail.</p>", bad);
    ts_buf_str(out, "</div>\n");
    add_wipers(out, machines, count);
    ts_buf_str(out, "<h2>Steps by machines</h2>\n");
    add_legend(out);
    bool wide = t->n_shown > TS_HTML_PRINT_COLUMNS;
    ts_buf_printf(out, "<div class=\"scroll%s\">", wide ? " noprint" : "");
    add_table(out, t, 0, t->n_shown);
    ts_buf_str(out, "</div>\n");
    if (wide) { /* paper does not scroll */
        ts_buf_str(out, "<div class=\"onlyprint\">\n");
        for (size_t k = 0; k < t->n_shown; k += TS_HTML_PRINT_COLUMNS)
            add_table(out, t, k,
                      t->n_shown - k < TS_HTML_PRINT_COLUMNS ? t->n_shown - k
                                                             : TS_HTML_PRINT_COLUMNS);
        ts_buf_str(out, "</div>\n");
    }
    ts_buf_str(out, "<h2>Courses</h2>\n");
    for (size_t k = 0; k < t->n_shown; k++)
        add_behaviour(out, t, k, machines, count);
    if (t->n_shown > TS_HTML_TREES_MAX)
        ts_buf_printf(out,
                      "<p class=\"dim\">Steps with reasons stand below the first %u courses "
                      "only.</p>\n",
                      TS_HTML_TREES_MAX);
}

void ts_html_machines(ts_buf *out, const ts_sequence *sequence, const ts_html_machine *machines,
                      size_t count)
{
    ts_table t = {0};
    const ts_column **columns = ts_alloc_array(count + 1, sizeof(ts_column *));
    for (size_t i = 0; columns != NULL && i < count; i++)
        columns[i] = machines[i].column;
    if (columns != NULL && ts_table_build(&t, sequence, columns, count))
        add_all(out, &t, machines, count);
    else
        out->no_memory = true;
    ts_table_done(&t);
    free(columns);
}
