/* tree.c - a run as a tree for people.
 *
 * The marks are in WGL4, the set of characters that the raster and TrueType fonts of Windows
 * consoles have (also in Windows PE), not only in UTF-8 terminals of Linux. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "tree.h"

#define PREFIX_MAX 512u /* bytes of the lines left of a row */

typedef struct view {
    const ts_style *style;
    ts_buf *out;
    bool *more;             /* by depth: does a later sibling follow? */
    unsigned levels;        /* that are drawn; deeper ones lie on one another */
    char here[PREFIX_MAX];  /* before the row itself */
    char below[PREFIX_MAX]; /* before lines that belong to the row */
    size_t columns;         /* of both */
} view;

const char *ts_outcome_mark(const ts_row *row, const ts_style *style, ts_ink *ink)
{
    static const struct {
        const char *utf8, *ascii;
        ts_ink ink;
    } marks[TS_OUTCOME_COUNT] = {
        [TS_OUTCOME_NONE] = {"\u2026", "~", TS_INK_YELLOW},
        [TS_OUTCOME_OK] = {"\u25cf", "+", TS_INK_GREEN},
        [TS_OUTCOME_FAILED] = {"\u00d7", "X", TS_INK_RED},
        [TS_OUTCOME_CONTINUED] = {"!", "!", TS_INK_YELLOW},
        [TS_OUTCOME_DISABLED] = {"\u00b7", ".", TS_INK_DIM},
        [TS_OUTCOME_CONDITION] = {"\u25cb", "-", TS_INK_DIM},
        [TS_OUTCOME_MAY] = {"?", "?", TS_INK_YELLOW},
        [TS_OUTCOME_UNSUPPORTED] = {"\u25a0", "#", TS_INK_YELLOW},
        [TS_OUTCOME_RESTART] = {"\u25cf", "+", TS_INK_GREEN},
    };
    ts_outcome outcome = row->outcome;
    if (row->maybe && (outcome == TS_OUTCOME_OK || outcome == TS_OUTCOME_CONDITION))
        outcome = TS_OUTCOME_MAY;
    *ink = marks[outcome].ink;
    return style->utf8 ? marks[outcome].utf8 : marks[outcome].ascii;
}

static void append(char *text, const char *part)
{
    size_t len = strlen(text);
    size_t n = strlen(part);
    if (len + n < PREFIX_MAX)
        memcpy(text + len, part, n + 1);
}

static void make_prefix(view *v, const ts_row *row)
{
    const char *bar = v->style->utf8 ? "\u2502 " : "| ";
    const char *tee = v->style->utf8 ? "\u251c\u2500" : "+-";
    const char *end = v->style->utf8 ? "\u2514\u2500" : "`-";
    v->here[0] = v->below[0] = '\0';
    v->columns = 0;
    v->more[row->depth] = !row->last;
    for (unsigned d = 0; d < row->depth && d + 1 < v->levels; d++) {
        append(v->here, v->more[d] ? bar : "  ");
        append(v->below, v->more[d] ? bar : "  ");
        v->columns += 2;
    }
    append(v->here, row->last ? end : tee);
    append(v->below, row->last ? "  " : bar);
    v->columns += 2;
}

/* The line below a row that carries notes: bars on the left, then blanks under the name. */
static size_t start_line(view *v, char *prefix, unsigned extra)
{
    prefix[0] = '\0';
    append(prefix, v->below);
    for (unsigned i = 0; i < extra; i++)
        append(prefix, " ");
    return v->columns + extra;
}

static const char *status_word(const ts_row *row, ts_ink *ink)
{
    *ink = TS_INK_DIM;
    switch (row->outcome) {
    case TS_OUTCOME_DISABLED:
        return "disabled";
    case TS_OUTCOME_CONDITION:
        if (!row->maybe)
            return "skipped";
        *ink = TS_INK_YELLOW;
        return "may run, here skipped";
    case TS_OUTCOME_MAY:
        *ink = TS_INK_YELLOW;
        return "may run";
    case TS_OUTCOME_UNSUPPORTED:
        *ink = TS_INK_YELLOW;
        return "not supported";
    case TS_OUTCOME_FAILED:
        *ink = TS_INK_RED;
        return "FAILED";
    case TS_OUTCOME_CONTINUED:
        *ink = TS_INK_YELLOW;
        return "failed, continued";
    case TS_OUTCOME_NONE:
        *ink = TS_INK_YELLOW;
        return "did not end";
    case TS_OUTCOME_OK:
    case TS_OUTCOME_RESTART:
    case TS_OUTCOME_COUNT:
        break;
    }
    if (row->maybe) {
        *ink = TS_INK_YELLOW;
        return "may run";
    }
    return NULL;
}

/* A failed code as administrators know it: small ones decimal, HRESULTs in hex; unless the reason
 * says it already. */
static void add_code(ts_buf *text, const ts_row *row)
{
    bool hex = row->code > 0xffff || row->code < 0;
    if (strstr(row->reason, "exit code") != NULL || (row->code == -1 && row->reason[0] != '\0'))
        return;
    if (hex)
        ts_buf_printf(text, " (0x%08" PRIX32 ")", (uint32_t)row->code);
    else
        ts_buf_printf(text, " (exit code %" PRId64 ")", row->code);
}

/* What the code means, unless the reason says that. */
static void add_meaning(ts_buf *text, const ts_row *row)
{
    bool hex = row->code > 0xffff || row->code < 0;
    const char *known = ts_os_text(hex ? TS_OS_HRESULT : TS_OS_WIN32, (uint32_t)row->code);
    if (row->reason[0] == '\0' && row->code != -1 && known != NULL)
        ts_buf_printf(text, ": %s", known);
}

static void add_row_line(view *v, const ts_row *row)
{
    ts_ink ink;
    const char *mark = ts_outcome_mark(row, v->style, &ink);
    bool off = row->outcome == TS_OUTCOME_DISABLED || row->outcome == TS_OUTCOME_CONDITION;
    ts_style_text(v->style, TS_INK_DIM, v->here, v->out);
    ts_style_text(v->style, ink, mark, v->out);
    ts_buf_char(v->out, ' ');
    char prefix[PREFIX_MAX];
    size_t indent = start_line(v, prefix, 4);
    const char *name = ts_row_name(row);
    ts_ink name_ink = off ? TS_INK_DIM : row->is_group ? TS_INK_BOLD : TS_INK_PLAIN;
    const char *lead = row->script == NULL ? "" : "Pre-start script ";
    if (lead[0] != '\0')
        ts_style_text(v->style, TS_INK_DIM, lead, v->out);
    size_t before = v->columns + 2 + strlen(lead);
    size_t column = ts_style_wrap(v->style, name_ink, name, before, prefix, indent, v->out);
    ts_ink word_ink;
    const char *word = status_word(row, &word_ink);
    bool assumed = row->assumed && !row->inherited && !row->is_group;
    if (word == NULL && !assumed) {
        ts_buf_char(v->out, '\n');
        return;
    }
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    ts_buf_str(&text, word == NULL ? "assumed to succeed" : word);
    bool failed = row->outcome == TS_OUTCOME_FAILED || row->outcome == TS_OUTCOME_CONTINUED;
    if (failed && !row->is_group) {
        add_code(&text, row);
        if (row->node != NULL) {
            ts_buf_str(&text, " at ");
            ts_row_place(row, &text);
        }
        add_meaning(&text, row);
    }
    bool told = row->outcome == TS_OUTCOME_DISABLED || (row->is_group && failed);
    if (row->reason[0] != '\0' && !told) {
        ts_buf_str(&text, ": ");
        ts_buf_str(&text, row->reason);
    }
    const char *all = ts_buf_text(&text);
    size_t width = v->style->width;
    /* Beside the name when it fits in one line, else below it: easier to read than a ragged wrap.
     */
    if (width > 0 && column + 2 + ts_style_columns(all) > width) {
        ts_buf_char(v->out, '\n');
        ts_style_text(v->style, TS_INK_DIM, prefix, v->out);
        column = indent;
    } else {
        ts_buf_str(v->out, "  ");
        column += 2;
    }
    ts_style_wrap(v->style, word == NULL ? TS_INK_DIM : word_ink, all, column, prefix, indent,
                  v->out);
    ts_buf_char(v->out, '\n');
    ts_buf_done(&text);
}

static void add_note_line(view *v, ts_ink ink, const char *lead, const char *text)
{
    char prefix[PREFIX_MAX];
    size_t indent = start_line(v, prefix, 2);
    ts_style_text(v->style, TS_INK_DIM, prefix, v->out);
    ts_style_text(v->style, ink, lead, v->out);
    append(prefix, "  ");
    size_t column = indent + ts_style_columns(lead);
    ts_style_wrap(v->style, ink, text, column, prefix, indent + 2, v->out);
    ts_buf_char(v->out, '\n');
}

/* An unsupported step reports what its declaration says, as bits: in words. */
static void add_bits(ts_buf *text, unsigned effects)
{
    bool first = true;
    for (unsigned bit = 0; bit < TS_EFFECT_COUNT; bit++) {
        if ((effects & 1u << bit) == 0)
            continue;
        ts_buf_printf(text, "%s%s", first ? "not simulated: " : ", ",
                      ts_effect_text((ts_effect_bit)bit));
        first = false;
    }
}

static void add_effect(view *v, const ts_row *row, const ts_note *note, unsigned *shown,
                       unsigned *hidden)
{
    bool wipe = ts_note_wipes(note);
    /* A restart has a line of its own. */
    if (note->effects == TS_EFFECT(RESTART) && note->detail == NULL && !v->style->all)
        return;
    if (!wipe && note->detail == NULL && !v->style->all && *shown >= TS_TREE_EFFECTS_SHOWN) {
        (*hidden)++;
        return;
    }
    /* The reason of the failure says it already, perhaps with what to do behind it. */
    if (note->detail != NULL && strncmp(row->reason, note->detail, strlen(note->detail)) == 0 &&
        !v->style->all)
        return;
    (*shown)++;
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    if (row->outcome == TS_OUTCOME_UNSUPPORTED && note == row->notes)
        add_bits(&text, note->effects);
    else
        ts_buf_str(&text, note->text);
    if (note->assumed && strstr(ts_buf_text(&text), "assumed") == NULL && !row->inherited &&
        row->outcome != TS_OUTCOME_UNSUPPORTED)
        ts_buf_str(&text, " (assumed)");
    if (note->detail != NULL)
        ts_buf_printf(&text, ": %s", note->detail);
    const char *arrow = v->style->utf8 ? "\u2192 " : "> ";
    if (wipe)
        add_note_line(v, TS_INK_ALARM, note->assumed ? "MAY WIPE DISK " : "WIPES DISK ",
                      ts_buf_text(&text));
    else
        add_note_line(v, note->detail != NULL ? TS_INK_RED : TS_INK_DIM, arrow, ts_buf_text(&text));
    ts_buf_done(&text);
}

static void add_variable(view *v, const ts_note *note, unsigned *shown, unsigned *hidden)
{
    /* The engine's own bookkeeping says nothing to a reader. */
    if (!v->style->all && (note->text[0] == '_' || *shown >= TS_TREE_VARIABLES_SHOWN)) {
        *hidden += note->text[0] != '_';
        return;
    }
    (*shown)++;
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    if (note->detail == NULL)
        ts_buf_printf(&text, "%s is deleted", note->text);
    else if (note->assumed && note->detail[0] == '\0')
        ts_buf_printf(&text, "%s is not known from here on", note->text);
    else
        ts_buf_printf(&text, "%s = \"%s\"", note->text, note->detail);
    add_note_line(v, TS_INK_BLUE, "", ts_buf_text(&text));
    ts_buf_done(&text);
}

static void add_hidden(view *v, unsigned effects, unsigned variables)
{
    ts_buf text;
    ts_buf_init(&text, 256);
    ts_buf_str(&text, "and ");
    if (effects > 0)
        ts_buf_printf(&text, "%u more effect%s", effects, effects == 1 ? "" : "s");
    if (variables > 0)
        ts_buf_printf(&text, "%s%u more variable%s", effects > 0 ? ", " : "", variables,
                      variables == 1 ? "" : "s");
    ts_buf_str(&text, " (--verbose shows all)");
    add_note_line(v, TS_INK_DIM, "", ts_buf_text(&text));
    ts_buf_done(&text);
}

static void add_notes(view *v, const ts_row *row)
{
    unsigned effects = 0, variables = 0, hidden_effects = 0, hidden_variables = 0;
    char line[128];
    for (const ts_note *note = row->notes; note != NULL; note = note->next) {
        switch (note->kind) {
        case TS_NOTE_EFFECT:
            add_effect(v, row, note, &effects, &hidden_effects);
            break;
        case TS_NOTE_VARIABLE:
            add_variable(v, note, &variables, &hidden_variables);
            break;
        case TS_NOTE_RESTART:
            add_note_line(v, TS_INK_BLUE, v->style->utf8 ? "\u25ba " : ">> ", note->text);
            break;
        case TS_NOTE_DOWNLOAD:
            snprintf(line, sizeof line, " (%.1f MB)", (double)note->bytes / 1e6);
            add_note_line(v, TS_INK_DIM, "download ", note->text);
            break;
        case TS_NOTE_CHILD:
            add_note_line(v, TS_INK_DIM, "child sequence ", note->text);
            break;
        case TS_NOTE_WARNING:
            if (strstr(row->reason, note->text) == NULL) /* else it says so already */
                add_note_line(v, TS_INK_YELLOW, "warning: ", note->text);
            break;
        }
    }
    if (hidden_effects + hidden_variables > 0)
        add_hidden(v, hidden_effects, hidden_variables);
}

static void add_row(view *v, const ts_row *row)
{
    make_prefix(v, row);
    if (row->unreached > 0) {
        ts_style_text(v->style, TS_INK_DIM, v->here, v->out);
        char line[64];
        snprintf(line, sizeof line, "%" PRIu32 " step%s not reached, from ", row->unreached,
                 row->unreached == 1 ? "" : "s");
        ts_style_text(v->style, TS_INK_DIM, line, v->out);
        char prefix[PREFIX_MAX];
        size_t indent = start_line(v, prefix, 2);
        ts_style_wrap(v->style, TS_INK_DIM, row->reason, v->columns + strlen(line), prefix, indent,
                      v->out);
        ts_buf_char(v->out, '\n');
        return;
    }
    if (row->node == NULL && row->script == NULL)
        return;
    add_row_line(v, row);
    add_notes(v, row);
}

static void add_head(const ts_story *story, const ts_style *style, ts_buf *out)
{
    const char *file = story->sequence == NULL ? "" : story->sequence->file;
    if (strcmp(ts_path_base(file), story->name) !=
        0) { /* a bare sequence is named after its file */
        ts_style_wrap(style, TS_INK_BOLD, story->name, 0, "  ", 2, out);
        ts_buf_char(out, '\n');
    }
    if (file[0] != '\0') {
        ts_style_wrap(style, TS_INK_DIM, file, 0, "  ", 2, out);
        ts_buf_char(out, '\n');
    }
    if (story->host[0] != '\0') {
        ts_buf_str(out, "on ");
        ts_style_wrap(style, TS_INK_PLAIN, story->host, 3, "  ", 2, out);
        ts_buf_str(out, "\n\n");
    }
}

static void add_total(ts_buf *text, uint32_t count, const char *what)
{
    if (count == 0)
        return;
    if (text->len > 0)
        ts_buf_str(text, ", ");
    ts_buf_printf(text, "%" PRIu32 " %s", count, what);
}

static void add_totals(const ts_story *story, const ts_style *style, ts_buf *out)
{
    const ts_totals *t = &story->totals;
    ts_buf text;
    ts_buf_init(&text, 4096);
    add_total(&text, t->ran, "ran");
    if (t->maybe > 0)
        ts_buf_printf(&text, " (%" PRIu32 " of them perhaps)", t->maybe);
    add_total(&text, t->skipped, "skipped");
    add_total(&text, t->disabled, "disabled");
    add_total(&text, t->continued, "failed and continued");
    add_total(&text, t->failed, "failed");
    add_total(&text, t->unsupported, "not supported");
    add_total(&text, t->unreached, "not reached");
    add_total(&text, t->restarts, t->restarts == 1 ? "restart" : "restarts");
    add_total(&text, t->wipes, t->wipes == 1 ? "disk wipe" : "disk wipes");
    if (text.len == 0)
        ts_buf_str(&text, "no step");
    ts_buf_char(out, '\n');
    ts_style_wrap(style, TS_INK_PLAIN, ts_buf_text(&text), 0, "  ", 2, out);
    ts_buf_char(out, '\n');
    ts_buf_done(&text);
}

/* A run from its event file, which names no file of the sequence: it was a real one. */
static bool has_happened(const ts_story *story)
{
    return story->sequence != NULL && story->sequence->file[0] == '\0';
}

static void verdict_failure(const ts_story *story, ts_buf *text)
{
    const ts_row *row = story->failure;
    ts_buf_str(text, has_happened(story) ? "FAILED" : "would FAIL");
    if (row != NULL) {
        ts_buf_printf(text, " at step '%s' (", row->node->name);
        ts_row_place(row, text);
        ts_buf_char(text, ')');
        add_code(text, row);
        add_meaning(text, row);
    }
    if (row != NULL && row->reason[0] != '\0')
        ts_buf_printf(text, ": %s", row->reason);
    else if (story->verdict[0] != '\0')
        ts_buf_printf(text, ": %s", story->verdict);
}

void ts_report_verdict(const ts_story *story, const ts_style *style, ts_buf *out)
{
    const ts_totals *t = &story->totals;
    ts_buf text;
    ts_buf_init(&text, TS_REPORT_BYTES_MAX);
    ts_ink ink = TS_INK_YELLOW;
    ts_verdict verdict = ts_story_verdict(story);
    switch (verdict) {
    case TS_VERDICT_SUCCESS:
        ink = TS_INK_GREEN;
        ts_buf_str(&text, has_happened(story) ? "succeeded" : "would succeed");
        break;
    case TS_VERDICT_ASSUMED:
        ink = TS_INK_GREEN;
        ts_buf_printf(&text, "would succeed, if what is assumed holds (%" PRIu32 " step%s)",
                      t->maybe + t->assumed, t->maybe + t->assumed == 1 ? "" : "s");
        break;
    case TS_VERDICT_UNSUPPORTED:
        ts_buf_printf(&text,
                      "cannot run here: %" PRIu32 " step%s not supported by this build or host",
                      t->unsupported, t->unsupported == 1 ? " is" : "s are");
        break;
    case TS_VERDICT_FAILURE:
        ink = TS_INK_RED;
        verdict_failure(story, &text);
        break;
    case TS_VERDICT_RESTART:
        ts_buf_str(&text, "goes on after a restart");
        break;
    case TS_VERDICT_UNFINISHED:
        ink = TS_INK_RED;
        ts_buf_str(&text, story->sequence == NULL ? "did not start: no step ran"
                                                  : "did not come to an end");
        break;
    }
    if (t->continued > 0 && (verdict == TS_VERDICT_SUCCESS || verdict == TS_VERDICT_ASSUMED))
        ts_buf_printf(&text, ", although %" PRIu32 " step%s (continue on error)", t->continued,
                      has_happened(story) ? t->continued == 1 ? " failed" : "s failed"
                      : t->continued == 1 ? " fails"
                                          : "s fail");
    ts_style_text(style, TS_INK_BOLD, "Verdict: ", out);
    ts_style_wrap(style, ink, ts_buf_text(&text), 9, "         ", 9, out);
    ts_buf_char(out, '\n');
    ts_buf_done(&text);
}

static void add_disks(const ts_story *story, const ts_style *style, ts_buf *out)
{
    const ts_totals *t = &story->totals;
    ts_ink ink = t->wipes > 0                             ? TS_INK_RED
                 : t->wipes_failed > 0 || t->programs > 0 ? TS_INK_YELLOW
                                                          : TS_INK_GREEN;
    ts_buf text;
    if (ts_story_verdict(story) != TS_VERDICT_FAILURE)
        return;
    ts_buf_init(&text, 256);
    ts_story_disks(story, &text);
    ts_style_text(style, TS_INK_BOLD, "Disks:   ", out);
    ts_style_wrap(style, ink, ts_buf_text(&text), 9, "         ", 9, out);
    ts_buf_char(out, '\n');
    ts_buf_done(&text);
}

void ts_report_tree(const ts_story *story, const ts_style *style, ts_buf *out)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < story->n_rows; i++)
        deepest = story->rows[i].depth > deepest ? story->rows[i].depth : deepest;
    view v = {.style = style, .out = out};
    /* Names keep at least half of the line however deep the groups are. */
    v.levels = style->width == 0 ? 64 : style->width / 4;
    v.levels = v.levels > 64 ? 64 : v.levels;
    v.more = ts_alloc_array((size_t)deepest + 1, sizeof *v.more);
    if (v.more == NULL) {
        out->no_memory = true;
        return;
    }
    add_head(story, style, out);
    for (size_t i = 0; i < story->n_rows; i++)
        add_row(&v, &story->rows[i]);
    free(v.more);
    add_totals(story, style, out);
    ts_report_verdict(story, style, out);
    add_disks(story, style, out);
}
