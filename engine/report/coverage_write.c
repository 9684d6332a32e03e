/* coverage_write.c - coverage as text and as Cobertura XML. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "xml.h"

static double part(size_t seen, size_t all)
{
    return all == 0 ? 1.0 : (double)seen / (double)all;
}

static void add_number(const ts_style *style, const char *name, size_t seen, size_t all,
                       ts_buf *out)
{
    char text[96];
    if (all == 0)
        return;
    snprintf(text, sizeof text, "  %-20s %5.1f %%  (%zu of %zu)\n", name, 100.0 * part(seen, all),
             seen, all);
    ts_style_text(style, seen == all ? TS_INK_GREEN : TS_INK_PLAIN, text, out);
}

static void add_totals(const ts_style *style, const ts_cover_totals *t, ts_buf *out)
{
    add_number(style, "steps", t->steps_seen, t->steps, out);
    add_number(style, "condition outcomes", t->outcomes_seen, t->outcomes, out);
    add_number(style, "error edges", t->edges_seen, t->edges, out);
    add_number(style, "Lua lines", t->lines_seen, t->lines, out);
}

static void add_gap(const ts_style *style, const char *file, uint32_t line, const char *text,
                    ts_buf *out)
{
    char place[300];
    snprintf(place, sizeof place, "    %.250s:%" PRIu32 ": ", ts_path_base(file), line);
    ts_style_text(style, TS_INK_DIM, place, out);
    ts_style_line(style, TS_INK_PLAIN, text, out);
    ts_buf_char(out, '\n');
}

static void add_leaf_gap(const ts_style *style, const ts_cover_sequence *s,
                         const ts_cover_leaf *leaf, ts_buf *out)
{
    char *what = ts_cond_describe(leaf->cond);
    const char *never = leaf->yes + leaf->no == 0 ? "never evaluated"
                        : leaf->yes == 0          ? "never true"
                                                  : "never false";
    char *text = ts_sprintf("%s: condition of '%s': %s", never, leaf->node->name,
                            what == NULL ? "" : what);
    if (text != NULL)
        add_gap(style, s->sequence->file, leaf->cond->line, text, out);
    free(text);
    free(what);
}

static void add_gaps(const ts_style *style, const ts_cover_sequence *s, ts_buf *out)
{
    for (size_t i = 0; i < s->sequence->n_nodes; i++) {
        const ts_node *node = &s->sequence->nodes[i];
        if (!ts_cover_counts(node) || s->steps[i].runs > 0)
            continue;
        char *text = ts_sprintf("never run: step '%s'", node->path);
        if (text != NULL)
            add_gap(style, s->sequence->file, node->line, text, out);
        free(text);
    }
    for (size_t i = 0; i < s->n_leaves; i++)
        if (s->leaves[i].yes == 0 || s->leaves[i].no == 0)
            add_leaf_gap(style, s, &s->leaves[i], out);
}

/* Lines that never ran, as ranges: "3, 7-9". */
static void add_lines(const ts_cover_lua *script, ts_buf *out)
{
    bool first = true;
    for (size_t i = 1; i <= script->n_lines; i++) {
        if (!script->code[i] || script->hits[i] > 0)
            continue;
        size_t end = i;
        while (end < script->n_lines && script->code[end + 1] && script->hits[end + 1] == 0)
            end++;
        ts_buf_str(out, first ? "    never run: " : ", ");
        if (end > i)
            ts_buf_printf(out, "%zu-%zu", i, end);
        else
            ts_buf_printf(out, "%zu", i);
        first = false;
        i = end;
    }
    if (!first)
        ts_buf_char(out, '\n');
}

void ts_coverage_text(const ts_coverage *coverage, const ts_style *style, ts_buf *out)
{
    ts_cover_totals all;
    char line[64];
    ts_coverage_totals(coverage, &all);
    snprintf(line, sizeof line, "\nCoverage: %.1f %%\n", ts_coverage_percent(&all));
    ts_style_text(style, TS_INK_BOLD, line, out);
    for (size_t i = 0; i < coverage->n_sequences; i++) {
        const ts_cover_sequence *s = coverage->sequences[i];
        ts_cover_totals t = {0};
        ts_coverage_sequence_totals(s, &t);
        ts_style_line(style, TS_INK_BOLD, s->sequence->name, out);
        ts_buf_char(out, '\n');
        add_totals(style, &t, out);
        add_gaps(style, s, out);
    }
    for (size_t i = 0; i < coverage->n_scripts; i++) {
        ts_cover_totals t = {0};
        ts_coverage_script_totals(coverage->scripts[i], &t);
        ts_style_line(style, TS_INK_BOLD, ts_path_base(coverage->scripts[i]->path), out);
        ts_buf_char(out, '\n');
        add_totals(style, &t, out);
        add_lines(coverage->scripts[i], out);
    }
}

/* --- Cobertura ----------------------------------------------------------------------------- */

static void put_rate(ts_xml_writer *w, const char *name, size_t seen, size_t all)
{
    char text[32];
    snprintf(text, sizeof text, "%.4f", part(seen, all));
    ts_xml_writer_attr(w, name, text);
}

static void put_uint(ts_xml_writer *w, const char *name, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, number);
    ts_xml_writer_attr(w, name, text);
}

static void put_rates(ts_xml_writer *w, const ts_cover_totals *t)
{
    put_rate(w, "line-rate", t->steps_seen + t->lines_seen, t->steps + t->lines);
    put_rate(w, "branch-rate", t->outcomes_seen, t->outcomes);
    ts_xml_writer_attr(w, "complexity", "0");
}

static void begin_class(ts_xml_writer *w, const char *name, const char *file,
                        const ts_cover_totals *t)
{
    char *inner = ts_strndup(file, strcspn(file, "!")); /* "export.zip!.../object.xml" */
    ts_xml_writer_open(w, "class");
    ts_xml_writer_attr(w, "name", name);
    ts_xml_writer_attr(w, "filename", inner == NULL ? file : inner);
    put_rates(w, t);
    ts_xml_writer_open(w, "methods");
    ts_xml_writer_close(w);
    ts_xml_writer_open(w, "lines");
    free(inner);
}

static void put_leaf(ts_xml_writer *w, const ts_cover_leaf *leaf)
{
    char text[32];
    int seen = (leaf->yes > 0) + (leaf->no > 0);
    ts_xml_writer_open(w, "line");
    put_uint(w, "number", leaf->cond->line);
    put_uint(w, "hits", (uint64_t)leaf->yes + leaf->no);
    ts_xml_writer_attr(w, "branch", "true");
    snprintf(text, sizeof text, "%d%% (%d/2)", seen * 50, seen);
    ts_xml_writer_attr(w, "condition-coverage", text);
    ts_xml_writer_close(w);
}

static void put_line(ts_xml_writer *w, uint64_t line, uint32_t hits)
{
    ts_xml_writer_open(w, "line");
    put_uint(w, "number", line);
    put_uint(w, "hits", hits);
    ts_xml_writer_attr(w, "branch", "false");
    ts_xml_writer_close(w);
}

static void put_sequence(ts_xml_writer *w, const ts_cover_sequence *s)
{
    ts_cover_totals t = {0};
    ts_coverage_sequence_totals(s, &t);
    begin_class(w, s->sequence->name, s->sequence->file, &t);
    size_t leaf = 0;
    for (size_t i = 0; i < s->sequence->n_nodes; i++) {
        const ts_node *node = &s->sequence->nodes[i];
        if (ts_cover_counts(node))
            put_line(w, node->line, s->steps[i].runs);
        for (; leaf < s->n_leaves && s->leaves[leaf].node == node; leaf++)
            put_leaf(w, &s->leaves[leaf]);
    }
    ts_xml_writer_close(w);
    ts_xml_writer_close(w);
}

static void put_script(ts_xml_writer *w, const ts_cover_lua *script)
{
    ts_cover_totals t = {0};
    ts_coverage_script_totals(script, &t);
    begin_class(w, ts_path_base(script->path), script->path, &t);
    for (size_t i = 1; i <= script->n_lines; i++)
        if (script->code[i])
            put_line(w, i, script->hits[i]);
    ts_xml_writer_close(w);
    ts_xml_writer_close(w);
}

bool ts_coverage_cobertura(const ts_coverage *coverage, int64_t time, ts_buf *out, ts_err **err)
{
    ts_xml_writer w;
    ts_cover_totals t;
    ts_coverage_totals(coverage, &t);
    ts_xml_writer_init(&w, out);
    ts_xml_writer_open(&w, "coverage");
    put_rates(&w, &t);
    put_uint(&w, "lines-covered", t.steps_seen + t.lines_seen);
    put_uint(&w, "lines-valid", t.steps + t.lines);
    put_uint(&w, "branches-covered", t.outcomes_seen);
    put_uint(&w, "branches-valid", t.outcomes);
    ts_xml_writer_attr(&w, "version", "1");
    put_uint(&w, "timestamp", (uint64_t)time);
    ts_xml_writer_open(&w, "packages");
    ts_xml_writer_open(&w, "package");
    ts_xml_writer_attr(&w, "name", "sequences");
    put_rates(&w, &t);
    ts_xml_writer_open(&w, "classes");
    for (size_t i = 0; i < coverage->n_sequences; i++)
        put_sequence(&w, coverage->sequences[i]);
    for (size_t i = 0; i < coverage->n_scripts; i++)
        put_script(&w, coverage->scripts[i]);
    return ts_xml_writer_end(&w, err);
}
