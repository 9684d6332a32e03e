/* diff_write.c - a comparison as text, Markdown and JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "json.h"

static const char *const kind_ids[] = {"added", "removed", "moved", "changed"};
static const char *const kind_marks[] = {"+", "-", ">", "~"};

static bool is_bad(ts_verdict v)
{
    return v == TS_VERDICT_FAILURE || v == TS_VERDICT_UNFINISHED;
}

void ts_diff_risks(const ts_diff *d, void (*add)(void *ctx, const char *text), void *ctx)
{
    static const struct {
        unsigned effect;
        const char *what;
    } risks[] = {{TS_EFFECT(DISK_WIPE), "disk wipe"},
                 {TS_EFFECT(IMAGE), "applying an image"},
                 {TS_EFFECT(DISK_WRITE), "changing partitions"},
                 {TS_EFFECT(BITLOCKER), "changing drive encryption"},
                 {TS_EFFECT(IDENTITY), "changing name, domain or workgroup"},
                 {TS_EFFECT(CERT), "changing trusted certificates"}};
    char text[200];
    for (size_t r = 0; r <= TS_COUNT(risks); r++) {
        size_t n = 0;
        for (size_t i = 0; i < d->n_machines; i++) {
            const ts_diff_machine *m = &d->machines[i];
            n += r == 1 ? is_bad(m->after) && !is_bad(m->before)
                        : (m->effects_gained & risks[r > 1 ? r - 1 : r].effect) != 0;
        }
        if (n == 0)
            continue;
        const char *plural = n == 1 ? "" : "s";
        if (r == 1)
            snprintf(text, sizeof text,
                     "the sequence would now fail on %zu machine%s on which it "
                     "did not fail before",
                     n, plural);
        else
            snprintf(text, sizeof text, "%s now reaches %zu machine%s that it did not reach before",
                     risks[r > 1 ? r - 1 : r].what, n, plural);
        add(ctx, text);
    }
}

/* Values on one line, cut at a character. */
static void add_value(ts_buf *out, const char *text)
{
    size_t n = strlen(text);
    if (n > TS_DIFF_VALUE_MAX) {
        n = TS_DIFF_VALUE_MAX;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        ts_buf_char(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    if (text[n] != '\0')
        ts_buf_str(out, "...");
}

static const ts_node *node_of(const ts_diff_change *c)
{
    return c->b != NULL ? c->b : c->a;
}

static void field_text(const ts_diff_field *f, ts_buf *out)
{
    ts_buf_printf(out, "%s: ", f->name);
    if (f->before[0] == '\0') {
        ts_buf_str(out, "none -> ");
        add_value(out, f->after);
    } else {
        add_value(out, f->before);
        ts_buf_str(out, " -> ");
        add_value(out, f->after[0] == '\0' ? "none" : f->after);
    }
}

static bool same_steps(const ts_diff_step *a, const ts_diff_step *b)
{
    while (a != NULL && b != NULL && a->node == b->node) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static bool same_lines(const ts_diff_line *a, const ts_diff_line *b)
{
    while (a != NULL && b != NULL && strcmp(a->text, b->text) == 0) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static bool same_effect(const ts_diff_machine *a, const ts_diff_machine *b)
{
    return a->before == b->before && a->after == b->after &&
           a->effects_gained == b->effects_gained && a->effects_lost == b->effects_lost &&
           a->bytes_before == b->bytes_before && a->bytes_after == b->bytes_after &&
           same_lines(a->script_gained, b->script_gained) &&
           same_lines(a->script_lost, b->script_lost) && same_steps(a->gained, b->gained) &&
           same_steps(a->lost, b->lost);
}

/* Is machine i the first of those for which the same changes? */
static bool is_first(const ts_diff *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_effect(&d->machines[k], &d->machines[i]))
            return false;
    return true;
}

static void add_names(const ts_diff *d, size_t first, ts_buf *out)
{
    size_t n = 0;
    for (size_t i = first; i < d->n_machines; i++)
        if (same_effect(&d->machines[first], &d->machines[i]))
            ts_buf_printf(out, "%s%s", n++ > 0 ? ", " : "", d->machines[i].name);
    if (n > 1)
        ts_buf_printf(out, " (%zu machines)", n);
}

static void add_effects(unsigned effects, ts_buf *out)
{
    bool first = true;
    for (int bit = 0; bit < TS_EFFECT_COUNT; bit++) {
        if ((effects & 1u << bit) == 0)
            continue;
        ts_buf_printf(out, "%s%s", first ? "" : ", ", ts_effect_id((ts_effect_bit)bit));
        first = false;
    }
}

static void add_paths(const ts_diff_step *steps, ts_buf *out)
{
    for (const ts_diff_step *s = steps; s != NULL; s = s->next)
        ts_buf_printf(out, "%s%s", s == steps ? "" : ", ", s->node->path);
}

static void add_lines(const ts_diff_line *lines, const char *before, const char *what, ts_buf *out)
{
    for (; lines != NULL; lines = lines->next) {
        ts_buf_printf(out, "%spre-start script %s: ", before, what);
        add_value(out, lines->text);
        ts_buf_char(out, '\n');
    }
}

/* One line a difference; `line` is what stands in front. */
static void add_machine(const ts_diff_machine *m, const char *line, ts_buf *out)
{
    if (m->alike)
        ts_buf_printf(out, "%snothing changes\n", line);
    if (m->before != m->after)
        ts_buf_printf(out, "%sresult: %s -> %s\n", line, ts_verdict_id(m->before),
                      ts_verdict_id(m->after));
    add_lines(m->script_gained, line, "now", out);
    add_lines(m->script_lost, line, "no longer", out);
    if (m->gained != NULL) {
        ts_buf_printf(out, "%snow runs: ", line);
        add_paths(m->gained, out);
        ts_buf_char(out, '\n');
    }
    if (m->lost != NULL) {
        ts_buf_printf(out, "%sno longer runs: ", line);
        add_paths(m->lost, out);
        ts_buf_char(out, '\n');
    }
    if (m->effects_gained != 0) {
        ts_buf_printf(out, "%snew effects: ", line);
        add_effects(m->effects_gained, out);
        ts_buf_char(out, '\n');
    }
    if (m->effects_lost != 0) {
        ts_buf_printf(out, "%seffects that are gone: ", line);
        add_effects(m->effects_lost, out);
        ts_buf_char(out, '\n');
    }
    if (m->bytes_before != m->bytes_after)
        ts_buf_printf(out, "%sdownloads: %" PRIu64 " -> %" PRIu64 " bytes\n", line, m->bytes_before,
                      m->bytes_after);
}

/* --- Text ----------------------------------------------------------------------------------- */

typedef struct text_job {
    const ts_style *style;
    ts_buf *out;
    size_t n;
} text_job;

static void risk_text(void *ctx, const char *text)
{
    text_job *job = ctx;
    job->n++;
    ts_style_text(job->style, TS_INK_ALARM, " ! ", job->out);
    ts_buf_char(job->out, ' ');
    ts_style_text(job->style, TS_INK_RED, text, job->out);
    ts_buf_char(job->out, '\n');
}

static void change_text(const ts_diff_change *c, const ts_style *style, ts_buf *out)
{
    static const ts_ink inks[] = {TS_INK_GREEN, TS_INK_RED, TS_INK_BLUE, TS_INK_YELLOW};
    char place[64];
    const ts_node *node = node_of(c);
    ts_buf_str(out, "  ");
    ts_style_text(style, inks[c->kind], kind_marks[c->kind], out);
    ts_buf_printf(out, " %s%s ", kind_ids[c->kind], node->kind == TS_NODE_GROUP ? " group" : "");
    ts_style_line(style, TS_INK_BOLD, node->path, out);
    if (c->a != NULL && c->b != NULL)
        snprintf(place, sizeof place, " (line %" PRIu32 " -> %" PRIu32 ")", c->a->line, c->b->line);
    else
        snprintf(place, sizeof place, " (line %" PRIu32 ")", node->line);
    ts_style_text(style, TS_INK_DIM, place, out);
    ts_buf_char(out, '\n');
    for (const ts_diff_field *f = c->fields; f != NULL; f = f->next) {
        ts_buf line;
        ts_buf_init(&line, 8 * TS_DIFF_VALUE_MAX);
        field_text(f, &line);
        ts_buf_str(out, "      ");
        ts_style_wrap(style, TS_INK_PLAIN, ts_buf_text(&line), 6, "        ", 8, out);
        ts_buf_char(out, '\n');
        ts_buf_done(&line);
    }
}

void ts_diff_text(const ts_diff *d, const ts_style *style, ts_buf *out)
{
    text_job job = {.style = style, .out = out};
    ts_diff_risks(d, risk_text, &job);
    if (job.n > 0)
        ts_buf_char(out, '\n');
    ts_style_text(style, TS_INK_BOLD, d->n_changes == 0 ? "The sequences are alike\n" : "Steps\n",
                  out);
    for (size_t i = 0; i < d->n_changes; i++)
        change_text(&d->changes[i], style, out);
    if (d->n_machines > 0)
        ts_style_text(style, TS_INK_BOLD, "\nMachines\n", out);
    for (size_t i = 0; i < d->n_machines; i++) {
        if (!is_first(d, i))
            continue;
        ts_buf names;
        ts_buf_init(&names, TS_REPORT_BYTES_MAX);
        add_names(d, i, &names);
        ts_buf_str(out, "  ");
        ts_style_wrap(style, TS_INK_BOLD, ts_buf_text(&names), 2, "  ", 2, out);
        ts_buf_char(out, '\n');
        ts_buf_done(&names);
        add_machine(&d->machines[i], "      ", out);
    }
}

/* --- Markdown ------------------------------------------------------------------------------- */

/* As code: nothing in a name or value can be markup. */
static void add_code(ts_buf *out, const char *text)
{
    ts_buf value;
    ts_buf_init(&value, 8 * TS_DIFF_VALUE_MAX);
    add_value(&value, text);
    ts_buf_str(out, "`");
    for (const char *p = ts_buf_text(&value); *p != '\0'; p++)
        ts_buf_char(out, *p == '`' ? '\'' : *p);
    ts_buf_str(out, "`");
    ts_buf_done(&value);
}

static void risk_markdown(void *ctx, const char *text)
{
    text_job *job = ctx;
    job->n++;
    ts_buf_printf(job->out, "> **Risk:** %s\n>\n", text);
}

void ts_diff_markdown(const ts_diff *d, ts_buf *out)
{
    text_job job = {.out = out};
    ts_buf_str(out, "## Changes of the task sequence\n\n");
    ts_diff_risks(d, risk_markdown, &job);
    ts_buf_str(out, job.n > 0 ? "\n" : "");
    if (d->n_changes == 0)
        ts_buf_str(out, "The sequences are alike.\n");
    for (size_t i = 0; i < d->n_changes; i++) {
        const ts_diff_change *c = &d->changes[i];
        ts_buf_printf(out, "- **%s**%s ", kind_ids[c->kind],
                      node_of(c)->kind == TS_NODE_GROUP ? " group" : "");
        add_code(out, node_of(c)->path);
        ts_buf_printf(out, " (line %" PRIu32 ")\n", node_of(c)->line);
        for (const ts_diff_field *f = c->fields; f != NULL; f = f->next) {
            ts_buf_printf(out, "  - %s: ", f->name);
            add_code(out, f->before[0] == '\0' ? "none" : f->before);
            ts_buf_str(out, " \u2192 ");
            add_code(out, f->after[0] == '\0' ? "none" : f->after);
            ts_buf_char(out, '\n');
        }
    }
    if (d->n_machines > 0)
        ts_buf_str(out, "\n### For whom\n\n");
    for (size_t i = 0; i < d->n_machines; i++) {
        if (!is_first(d, i))
            continue;
        ts_buf_str(out, "- ");
        add_names(d, i, out);
        ts_buf_char(out, '\n');
        add_machine(&d->machines[i], "  - ", out);
    }
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void risk_json(void *ctx, const char *text)
{
    ts_json_put_str(ctx, NULL, text);
}

static void change_json(ts_json_writer *w, const ts_diff_change *c)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "change", kind_ids[c->kind]);
    ts_json_put_str(w, "kind", node_of(c)->kind == TS_NODE_GROUP ? "group" : "step");
    ts_json_put_str(w, "path", node_of(c)->path);
    if (c->a != NULL)
        ts_json_put_uint(w, "line_before", c->a->line);
    if (c->b != NULL)
        ts_json_put_uint(w, "line_after", c->b->line);
    ts_json_begin_array(w, "fields");
    for (const ts_diff_field *f = c->fields; f != NULL; f = f->next) {
        ts_json_begin_object(w, NULL);
        ts_json_put_str(w, "name", f->name);
        ts_json_put_str(w, "before", f->before);
        ts_json_put_str(w, "after", f->after);
        ts_json_end(w);
    }
    ts_json_end(w);
    ts_json_end(w);
}

static void steps_json(ts_json_writer *w, const char *key, const ts_diff_step *steps)
{
    ts_json_begin_array(w, key);
    for (; steps != NULL; steps = steps->next)
        ts_json_put_str(w, NULL, steps->node->path);
    ts_json_end(w);
}

static void lines_json(ts_json_writer *w, const char *key, const ts_diff_line *lines)
{
    ts_json_begin_array(w, key);
    for (; lines != NULL; lines = lines->next)
        ts_json_put_str(w, NULL, lines->text);
    ts_json_end(w);
}

static void effects_json(ts_json_writer *w, const char *key, unsigned effects)
{
    ts_json_begin_array(w, key);
    for (int bit = 0; bit < TS_EFFECT_COUNT; bit++)
        if ((effects & 1u << bit) != 0)
            ts_json_put_str(w, NULL, ts_effect_id((ts_effect_bit)bit));
    ts_json_end(w);
}

static void machine_json(ts_json_writer *w, const ts_diff_machine *m)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "machine", m->name);
    ts_json_put_str(w, "before", ts_verdict_id(m->before));
    ts_json_put_str(w, "after", ts_verdict_id(m->after));
    steps_json(w, "now_runs", m->gained);
    steps_json(w, "no_longer_runs", m->lost);
    lines_json(w, "prestart_now", m->script_gained);
    lines_json(w, "prestart_no_longer", m->script_lost);
    effects_json(w, "effects_gained", m->effects_gained);
    effects_json(w, "effects_lost", m->effects_lost);
    ts_json_put_uint(w, "bytes_before", m->bytes_before);
    ts_json_put_uint(w, "bytes_after", m->bytes_after);
    ts_json_end(w);
}

void ts_diff_json(const ts_diff *d, ts_buf *out)
{
    ts_json_writer w;
    ts_json_writer_init(&w, out, true);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "schema", "taskseq-diff-1");
    ts_json_begin_array(&w, "risks");
    ts_diff_risks(d, risk_json, &w);
    ts_json_end(&w);
    ts_json_begin_array(&w, "changes");
    for (size_t i = 0; i < d->n_changes; i++)
        change_json(&w, &d->changes[i]);
    ts_json_end(&w);
    ts_json_begin_array(&w, "machines");
    for (size_t i = 0; i < d->n_machines; i++)
        machine_json(&w, &d->machines[i]);
    ts_json_end(&w);
    ts_json_end(&w);
}
