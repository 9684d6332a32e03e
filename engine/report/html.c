/* html.c - the page, and one run on it: verdict, tree, timeline, effects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "html.h"
#include "html_style.h"

void ts_html_text(ts_buf *out, const char *text)
{
    bool valid = ts_utf8_valid(text, strlen(text));
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            ts_buf_str(out, "&amp;");
        else if (c == '<')
            ts_buf_str(out, "&lt;");
        else if (c == '>')
            ts_buf_str(out, "&gt;");
        else if (c == '"')
            ts_buf_str(out, "&quot;");
        else if ((c < ' ' && c != '\n' && c != '\t') || c == 127 || (c > 127 && !valid))
            ts_buf_char(out, '?');
        else
            ts_buf_char(out, *text);
    }
}

void ts_html_begin(ts_buf *out, const char *title, const char *subtitle)
{
    ts_buf_str(out,
               "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
               "<head>\n<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" "
               "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>");
    ts_html_text(out, title);
    ts_buf_str(out, "</title>\n<style>\n");
    for (size_t i = 0; i < TS_COUNT(html_style); i++)
        ts_buf_str(out, html_style[i]);
    ts_buf_str(out, "</style>\n</head>\n<body>\n<h1>");
    ts_html_text(out, title);
    ts_buf_str(out, "</h1>\n");
    if (subtitle[0] != '\0') {
        ts_buf_str(out, "<p class=\"sub\">");
        ts_html_text(out, subtitle);
        ts_buf_str(out, "</p>\n");
    }
}

void ts_html_end(ts_buf *out)
{
    ts_buf_str(out, "</body>\n</html>\n");
}

typedef struct look {
    const char *name, *mark, *word;
} look;

static const look *look_of(ts_outcome outcome)
{
    static const look looks[TS_OUTCOME_COUNT] = {
        [TS_OUTCOME_NONE] = {"none", "\u2026", "did not end"},
        [TS_OUTCOME_OK] = {"ok", "\u25cf", "ran"},
        [TS_OUTCOME_FAILED] = {"failed", "\u00d7", "failed"},
        [TS_OUTCOME_CONTINUED] = {"cont", "!", "failed, continued"},
        [TS_OUTCOME_DISABLED] = {"off", "\u00b7", "disabled"},
        [TS_OUTCOME_CONDITION] = {"skip", "\u25cb", "skipped"},
        [TS_OUTCOME_MAY] = {"may", "?", "may run"},
        [TS_OUTCOME_UNSUPPORTED] = {"unsup", "\u25a0", "not supported by this build"},
        [TS_OUTCOME_RESTART] = {"ok", "\u25cf", "restart"},
    };
    return &looks[outcome];
}

const char *ts_html_class(ts_outcome outcome)
{
    return look_of(outcome)->name;
}

const char *ts_html_mark(ts_outcome outcome)
{
    return look_of(outcome)->mark;
}

const char *ts_html_word(ts_outcome outcome)
{
    return look_of(outcome)->word;
}

const char *ts_html_verdict_class(ts_verdict verdict)
{
    static const char *const classes[] = {
        [TS_VERDICT_SUCCESS] = "good",     [TS_VERDICT_ASSUMED] = "good",
        [TS_VERDICT_UNSUPPORTED] = "warn", [TS_VERDICT_FAILURE] = "bad",
        [TS_VERDICT_RESTART] = "warn",     [TS_VERDICT_UNFINISHED] = "bad",
    };
    return classes[verdict];
}

void ts_html_duration(ts_buf *out, uint64_t ms)
{
    uint64_t s = ms / 1000;
    if (ms < 1000)
        ts_buf_printf(out, "%" PRIu64 " ms", ms);
    else if (s < 60)
        ts_buf_printf(out, "%" PRIu64 ".%" PRIu64 " s", s, ms % 1000 / 100);
    else if (s < 3600)
        ts_buf_printf(out, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else
        ts_buf_printf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s % 3600 / 60);
}

/* --- Tree ---------------------------------------------------------------------------------- */

static void add_note(ts_buf *out, const ts_note *note)
{
    ts_buf_str(out, ts_note_wipes(note) ? "<li class=\"wipe\">" : "<li>");
    if (note->kind == TS_NOTE_VARIABLE) {
        ts_buf_str(out, "<code>");
        ts_html_text(out, note->text);
        bool known = note->detail != NULL && note->detail[0] != '\0';
        ts_buf_str(out, known                  ? "</code> = <code>"
                        : note->detail == NULL ? "</code> deleted"
                                               : "</code> is unknown");
        if (known) {
            ts_html_text(out, note->detail);
            ts_buf_str(out, "</code>");
        }
    } else {
        static const char *const words[] = {
            "", "", "restart: ", "download: ", "child sequence: ", "warning: "};
        ts_buf_str(out, words[note->kind]);
        ts_html_text(out, note->text);
        if (note->detail != NULL && note->detail[0] != '\0') {
            ts_buf_str(out, " <span class=\"bad\">");
            ts_html_text(out, note->detail);
            ts_buf_str(out, "</span>");
        }
    }
    if (note->assumed && strstr(note->text, "assumed") == NULL)
        ts_buf_str(out, " (assumed)");
    ts_buf_str(out, "</li>");
}

/* The engine's own bookkeeping says nothing to a reader, as in the tree on the terminal. */
static bool is_noise(const ts_note *note)
{
    return note->kind == TS_NOTE_VARIABLE && note->text[0] == '_';
}

static ts_outcome shown_outcome(const ts_row *row)
{
    bool plain = row->outcome == TS_OUTCOME_OK || row->outcome == TS_OUTCOME_CONDITION;
    return row->maybe && plain ? TS_OUTCOME_MAY : row->outcome;
}

/* Exit codes of programs are small and decimal; what Windows tells is hexadecimal; -1 is no code.
 * What it means, unless there is a reason that says it. */
static void add_code(ts_buf *out, const ts_row *row)
{
    bool small = row->code >= 0 && row->code < 65536;
    const char *known = ts_os_text(small ? TS_OS_WIN32 : TS_OS_HRESULT, (uint32_t)row->code);
    if (row->code == -1)
        return;
    if (small)
        ts_buf_printf(out, " with %" PRId64, row->code);
    else
        ts_buf_printf(out, " with 0x%08" PRIX32, (uint32_t)row->code);
    if (row->reason[0] == '\0' && known != NULL) {
        ts_buf_str(out, " (");
        ts_html_text(out, known);
        ts_buf_char(out, ')');
    }
}

static void add_reason(ts_buf *out, const ts_row *row, ts_outcome outcome)
{
    bool failed = outcome == TS_OUTCOME_FAILED || outcome == TS_OUTCOME_CONTINUED;
    bool plain = outcome == TS_OUTCOME_OK || outcome == TS_OUTCOME_RESTART;
    if (plain && row->reason[0] == '\0' && !row->assumed)
        return;
    ts_buf_printf(out, "<span class=\"why%s\">", failed ? " bad" : "");
    ts_buf_str(out, plain ? row->assumed ? "assumed to succeed" : "" : ts_html_word(outcome));
    if (failed && !row->is_group)
        add_code(out, row);
    if (row->reason[0] != '\0') {
        ts_buf_str(out, ": ");
        ts_html_text(out, row->reason);
    }
    ts_buf_str(out, "</span>");
}

static void add_row(ts_buf *out, const ts_row *row)
{
    if (row->node == NULL && row->script == NULL) {
        ts_buf_printf(out,
                      "<span class=\"m\">\u2026</span> <span class=\"why\">%" PRIu32
                      " step%s not reached, from '",
                      row->unreached, row->unreached == 1 ? "" : "s");
        ts_html_text(out, row->reason);
        ts_buf_str(out, "'</span>");
        return;
    }
    ts_outcome outcome = shown_outcome(row);
    ts_buf_printf(out, "<span class=\"m\" title=\"%s\">%s</span> <span class=\"n\">",
                  ts_html_word(outcome), ts_html_mark(outcome));
    ts_buf_str(out, row->script == NULL ? "" : "Pre-start script ");
    ts_html_text(out, ts_row_name(row));
    ts_buf_str(out, "</span>");
    add_reason(out, row, outcome);
    bool any = false;
    for (const ts_note *note = row->notes; note != NULL; note = note->next) {
        if (is_noise(note))
            continue;
        ts_buf_str(out, any ? "" : "<ul>");
        any = true;
        add_note(out, note);
    }
    ts_buf_str(out, any ? "</ul>" : "");
}

/* Rows with deeper rows behind them can be folded. */
void ts_html_tree(ts_buf *out, const ts_story *story)
{
    unsigned open = 0;
    ts_buf_str(out, "<div class=\"tree\">\n");
    for (size_t i = 0; i < story->n_rows; i++) {
        const ts_row *row = &story->rows[i];
        for (; open > row->depth; open--)
            ts_buf_str(out, "</div></details>\n");
        bool kids = i + 1 < story->n_rows && story->rows[i + 1].depth > row->depth &&
                    row->depth == open;
        bool shown = row->node != NULL || row->script != NULL;
        const char *name = !shown ? "none" : ts_html_class(shown_outcome(row));
        if (kids) {
            ts_buf_printf(out, "<details open=\"open\"><summary class=\"%s\">", name);
            add_row(out, row);
            ts_buf_str(out, "</summary><div class=\"kids\">\n");
            open++;
        } else {
            ts_buf_printf(out, "<div class=\"row %s\">", name);
            add_row(out, row);
            ts_buf_str(out, "</div>\n");
        }
    }
    for (; open > 0; open--)
        ts_buf_str(out, "</div></details>\n");
    ts_buf_str(out, "</div>\n");
}

/* --- One run ------------------------------------------------------------------------------- */

static void add_count(ts_buf *out, uint32_t n, const char *what, bool *first)
{
    if (n == 0)
        return;
    ts_buf_printf(out, "%s%" PRIu32 " %s", *first ? "" : ", ", n, what);
    *first = false;
}

static void add_place(ts_buf *out, const ts_row *row)
{
    ts_buf place;
    ts_buf_init(&place, TS_REPORT_BYTES_MAX);
    ts_row_place(row, &place);
    ts_html_text(out, ts_buf_text(&place));
    ts_buf_done(&place);
}

static void add_verdict(ts_buf *out, const ts_story *story)
{
    ts_verdict verdict = ts_story_verdict(story);
    const ts_totals *t = &story->totals;
    bool first = true;
    ts_buf_printf(out, "<div class=\"verdict %s\"><b>", ts_html_verdict_class(verdict));
    ts_html_text(out, ts_verdict_id(verdict));
    ts_buf_str(out, "</b> ");
    ts_html_text(out, story->host);
    if (story->failure != NULL && story->failure->node != NULL) {
        ts_buf_str(out, "<p>Step '");
        ts_html_text(out, story->failure->node->name);
        ts_buf_str(out, "' (");
        add_place(out, story->failure);
        ts_buf_str(out, ") failed");
        add_code(out, story->failure);
        ts_buf_str(out, ". ");
        ts_html_text(out, story->failure->reason);
        ts_buf_str(out, "</p><p>Disks: ");
        ts_story_disks(story, out);
        ts_buf_str(out, ".</p>");
    }
    ts_buf_str(out, "<p class=\"dim\">Steps: ");
    add_count(out, t->ran, "ran", &first);
    add_count(out, t->failed, "failed", &first);
    add_count(out, t->continued, "failed and continued", &first);
    add_count(out, t->skipped, "skipped", &first);
    add_count(out, t->disabled, "disabled", &first);
    add_count(out, t->maybe, "may run", &first);
    add_count(out, t->unsupported, "not supported", &first);
    add_count(out, t->unreached, "not reached", &first);
    ts_buf_printf(out, "%s. Restarts: %" PRIu32 ". Duration: ", first ? "none" : "", t->restarts);
    ts_html_duration(out, story->duration);
    ts_buf_str(out, ".</p></div>\n");
}

static void add_wipes(ts_buf *out, const ts_story *story)
{
    if (story->totals.wipes == 0)
        return;
    ts_buf_printf(out, "<div class=\"wipes\"><b>Destroys data: %" PRIu32 " disk wipe%s</b><ul>",
                  story->totals.wipes, story->totals.wipes == 1 ? "" : "s");
    for (size_t i = 0; i < story->n_rows; i++) {
        const ts_row *row = &story->rows[i];
        for (const ts_note *note = row->notes; note != NULL; note = note->next) {
            if (!ts_note_wipes(note))
                continue;
            ts_buf_str(out, "<li>");
            ts_html_text(out, row->node == NULL ? ts_row_name(row) : row->node->path);
            ts_buf_str(out, ": ");
            ts_html_text(out, note->text);
            ts_buf_str(out, "</li>");
        }
    }
    ts_buf_str(out, "</ul></div>\n");
}

static void add_bar(ts_buf *out, const ts_story *story, const ts_row *row, double whole)
{
    double left = 100.0 * (double)(row->began - story->began) / whole;
    double width = 100.0 * (double)row->duration / whole;
    left = left < 0 ? 0 : left > 100 ? 100 : left;
    width = width > 100 - left ? 100 - left : width;
    ts_buf_str(out, "<tr><td class=\"num\">+");
    ts_html_duration(out, row->began > story->began ? (uint64_t)(row->began - story->began) : 0);
    ts_buf_str(out, "</td><td>");
    ts_html_text(out, row->node->name);
    ts_buf_printf(out,
                  "</td><td style=\"width:50%%\"><div class=\"track\"><i class=\"%s\" "
                  "style=\"left:%.2f%%;width:%.2f%%\"></i></div></td><td class=\"num\">",
                  ts_html_class(row->outcome), left, width);
    ts_html_duration(out, row->duration);
    ts_buf_str(out, "</td></tr>\n");
}

static void add_timeline(ts_buf *out, const ts_story *story)
{
    int64_t end = story->began + (int64_t)story->duration;
    for (size_t i = 0; i < story->n_rows; i++)
        if (story->rows[i].began > 0 && story->rows[i].node != NULL &&
            story->rows[i].began + (int64_t)story->rows[i].duration > end)
            end = story->rows[i].began + (int64_t)story->rows[i].duration;
    if (end <= story->began)
        return;
    ts_buf_str(out, "<h2>Timeline</h2>\n<table class=\"list line\"><thead><tr><th class=\"num\">"
                    "start</th><th>step</th><th></th><th class=\"num\">duration</th></tr></thead>"
                    "<tbody>\n");
    for (size_t i = 0; i < story->n_rows; i++)
        if (story->rows[i].began > 0 && !story->rows[i].is_group && story->rows[i].node != NULL)
            add_bar(out, story, &story->rows[i], (double)(end - story->began));
    ts_buf_str(out, "</tbody></table>\n");
}

static void add_effect(ts_buf *out, const ts_row *row, const ts_note *note)
{
    bool wipe = (note->effects & TS_EFFECT(DISK_WIPE)) != 0;
    ts_buf_str(out, wipe ? "<tr class=\"bad\"><td>" : "<tr><td>");
    ts_html_text(out, ts_row_name(row));
    ts_buf_str(out, "</td><td>");
    bool first = true;
    for (int bit = 0; bit < TS_EFFECT_COUNT; bit++) {
        if ((note->effects & 1u << bit) == 0)
            continue;
        ts_buf_printf(out, "%s%s", first ? "" : ", ", ts_effect_id((ts_effect_bit)bit));
        first = false;
    }
    ts_buf_str(out, "</td><td>");
    ts_html_text(out, note->text);
    if (note->detail != NULL) {
        ts_buf_str(out, " <span class=\"bad\">");
        ts_html_text(out, note->detail);
        ts_buf_str(out, "</span>");
    }
    bool told = strstr(note->text, "assumed") != NULL;
    ts_buf_str(out, note->assumed && !told ? " (assumed)</td></tr>\n" : "</td></tr>\n");
}

static void add_effects(ts_buf *out, const ts_story *story)
{
    bool any = false;
    for (size_t i = 0; i < story->n_rows; i++) {
        for (const ts_note *note = story->rows[i].notes; note != NULL; note = note->next) {
            if (note->kind != TS_NOTE_EFFECT)
                continue;
            if (!any)
                ts_buf_str(out, "<h2>Effects on the machine</h2>\n<table class=\"list\"><thead><tr>"
                                "<th>step</th><th>kind</th><th>what</th></tr></thead><tbody>\n");
            any = true;
            add_effect(out, &story->rows[i], note);
        }
    }
    if (any)
        ts_buf_str(out, "</tbody></table>\n");
}

void ts_html_story(ts_buf *out, const ts_story *story)
{
    add_verdict(out, story);
    add_wipes(out, story);
    ts_buf_str(out, "<h2>Steps</h2>\n");
    ts_html_tree(out, story);
    add_timeline(out, story);
    add_effects(out, story);
}

void ts_html_error(ts_buf *out, const char *machine, const char *text)
{
    ts_buf_str(out, "<div class=\"verdict bad\"><b>not simulated</b> ");
    ts_html_text(out, machine);
    ts_buf_str(out, "<p>");
    ts_html_text(out, text);
    ts_buf_str(out, "</p></div>\n");
}
