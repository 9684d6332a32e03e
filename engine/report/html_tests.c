/* html_tests.c - results of tests and coverage on a page. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

static void add_case(ts_buf *out, const ts_test_case *one)
{
    static const ts_outcome outcomes[] = {TS_OUTCOME_OK, TS_OUTCOME_FAILED, TS_OUTCOME_CONDITION};
    static const char *const words[] = {"passed", "failed", "skipped"};
    ts_outcome look = outcomes[one->state];
    ts_buf_printf(out, "<tr><td class=\"%s\" title=\"%s\">%s</td><td>", ts_html_class(look),
                  words[one->state], ts_html_mark(look));
    if (one->suite[0] != '\0') {
        ts_buf_str(out, "<span class=\"dim\">");
        ts_html_text(out, one->suite);
        ts_buf_str(out, " \u203a </span>");
    }
    ts_html_text(out, one->name);
    if (one->text[0] != '\0') {
        ts_buf_str(out, one->state == TS_TEST_FAILED ? "<pre>" : "<p class=\"dim\">");
        ts_html_text(out, one->text);
        ts_buf_str(out, one->state == TS_TEST_FAILED ? "</pre>" : "</p>");
    }
    ts_buf_printf(out, "</td><td class=\"num\">%.1f ms</td></tr>\n", (double)one->micros / 1000.0);
}

/* Failures first: that is what a reader came for. */
static void add_file(ts_buf *out, const ts_test_file *file)
{
    ts_buf_str(out, "<h3>");
    ts_html_text(out, file->path);
    ts_buf_str(out, "</h3>\n");
    if (file->error != NULL) {
        ts_buf_str(out, "<pre class=\"bad\">");
        ts_html_text(out, file->error);
        ts_buf_str(out, "</pre>\n");
    }
    if (file->n_cases == 0)
        return;
    ts_buf_str(out, "<table class=\"list\"><tbody>\n");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < file->n_cases; i++)
            if ((file->cases[i].state == TS_TEST_FAILED) == (pass == 0))
                add_case(out, &file->cases[i]);
    ts_buf_str(out, "</tbody></table>\n");
}

void ts_html_tests(ts_buf *out, const ts_test_report *report)
{
    ts_buf_printf(
        out,
        "<div class=\"verdict %s\"><b>%s</b> <p class=\"dim\">%zu passed, %zu failed, %zu "
        "skipped in %.1f ms</p></div>\n<h2>Tests</h2>\n",
        report->failed > 0 ? "bad" : "good", report->failed > 0 ? "failed" : "passed",
        report->passed, report->failed, report->skipped, (double)report->micros / 1000.0);
    for (size_t i = 0; i < report->n_files; i++)
        add_file(out, &report->files[i]);
}

/* --- Coverage ------------------------------------------------------------------------------ */

static void add_meter(ts_buf *out, const char *name, size_t seen, size_t all)
{
    if (all == 0)
        return;
    double percent = 100.0 * (double)seen / (double)all;
    ts_buf_printf(out,
                  "<tr><td>%s</td><td><span class=\"meter\"><i style=\"width:%.1f%%\"></i></span>"
                  "</td><td class=\"num\">%.1f %%</td><td class=\"num\">%zu of %zu</td></tr>\n",
                  name, percent, percent, seen, all);
}

static void add_meters(ts_buf *out, const ts_cover_totals *t)
{
    ts_buf_str(out, "<table>\n");
    add_meter(out, "steps", t->steps_seen, t->steps);
    add_meter(out, "condition outcomes", t->outcomes_seen, t->outcomes);
    add_meter(out, "error edges", t->edges_seen, t->edges);
    add_meter(out, "Lua lines", t->lines_seen, t->lines);
    ts_buf_str(out, "</table>\n");
}

static void add_leaf(ts_buf *out, const ts_cover_leaf *leaf)
{
    char *text = ts_cond_describe(leaf->cond);
    bool full = leaf->yes > 0 && leaf->no > 0;
    ts_buf_printf(out, "<tr><td></td><td class=\"num\">%" PRIu32 "</td><td class=\"dim\">if <code>",
                  leaf->cond->line);
    ts_html_text(out, text == NULL ? "" : text);
    ts_buf_printf(out,
                  "</code></td><td class=\"%s\" colspan=\"2\">true %" PRIu32 ", false %" PRIu32
                  "</td></tr>\n",
                  full ? "good" : "bad", leaf->yes, leaf->no);
    free(text);
}

static void add_sequence(ts_buf *out, const ts_cover_sequence *s)
{
    ts_cover_totals t = {0};
    size_t leaf = 0;
    ts_coverage_sequence_totals(s, &t);
    ts_buf_str(out, "<h3>");
    ts_html_text(out, s->sequence->name);
    ts_buf_str(out, "</h3>\n");
    add_meters(out, &t);
    ts_buf_str(out,
               "<details><summary>steps and conditions</summary>\n<table class=\"list\"><thead>"
               "<tr><th></th><th class=\"num\">line</th><th>step</th><th class=\"num\">ran</th>"
               "<th class=\"num\">failed</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < s->sequence->n_nodes; i++) {
        const ts_node *node = &s->sequence->nodes[i];
        if (ts_cover_counts(node)) {
            bool ran = s->steps[i].runs > 0;
            ts_buf_printf(out, "<tr class=\"%s\"><td>%s</td><td class=\"num\">%" PRIu32 "</td><td>",
                          ran ? "" : "bad", ran ? "\u25cf" : "\u25cb", node->line);
            ts_html_text(out, node->path);
            ts_buf_printf(out,
                          "</td><td class=\"num\">%" PRIu32 "</td><td class=\"num\">%" PRIu32
                          "</td></tr>\n",
                          s->steps[i].runs, s->steps[i].fails);
        }
        for (; leaf < s->n_leaves && s->leaves[leaf].node == node; leaf++)
            add_leaf(out, &s->leaves[leaf]);
    }
    ts_buf_str(out, "</tbody></table></details>\n");
}

static void add_script(ts_buf *out, const ts_cover_lua *script)
{
    ts_cover_totals t = {0};
    const char *p = script->source;
    ts_coverage_script_totals(script, &t);
    ts_buf_str(out, "<h3>");
    ts_html_text(out, script->path);
    ts_buf_str(out, "</h3>\n");
    add_meters(out, &t);
    ts_buf_str(out, "<details><summary>lines</summary><pre class=\"src\">");
    for (size_t i = 1; i <= script->n_lines; i++) {
        size_t n = strcspn(p, "\n");
        char *line = ts_strndup(p, n);
        const char *name = !script->code[i] ? "" : script->hits[i] > 0 ? "hit" : "miss";
        ts_buf_printf(out, "<span class=\"%s\">%5zu %6" PRIu32 "</span>  ", name, i,
                      script->hits[i]);
        ts_html_text(out, line == NULL ? "" : line);
        ts_buf_char(out, '\n');
        free(line);
        p += n + (p[n] == '\n');
    }
    ts_buf_str(out, "</pre></details>\n");
}

void ts_html_coverage(ts_buf *out, const ts_coverage *coverage)
{
    ts_cover_totals all;
    ts_coverage_totals(coverage, &all);
    ts_buf_printf(out, "<h2>Coverage: %.1f %%</h2>\n", ts_coverage_percent(&all));
    add_meters(out, &all);
    for (size_t i = 0; i < coverage->n_sequences; i++)
        add_sequence(out, coverage->sequences[i]);
    for (size_t i = 0; i < coverage->n_scripts; i++)
        add_script(out, coverage->scripts[i]);
}
