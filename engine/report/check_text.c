/* check_text.c - findings for people: place, what, an excerpt with a caret, what to do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "check_report.h"
#include "os.h"

/* The text of the file that the last finding was in. */
typedef struct source {
    const char *file; /* borrowed; compared as text */
    char *text;       /* NULL: not readable as UTF-8 text (zip member, UTF-16): no excerpt */
    size_t size;
} source;

const char *ts_severity_id(ts_severity severity)
{
    static const char *const ids[] = {[TS_SEVERITY_NOTE] = "note",
                                      [TS_SEVERITY_WARNING] = "warning",
                                      [TS_SEVERITY_ERROR] = "error"};
    return ids[severity];
}

size_t ts_checked_count(const ts_checked *files, size_t count, ts_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (files[i].check == NULL) {
            n += severity == TS_SEVERITY_ERROR;
            continue;
        }
        for (size_t k = 0; k < ts_check_count(files[i].check); k++)
            n += ts_check_at(files[i].check, k)->rule->severity == severity;
    }
    return n;
}

static void open_source(source *s, const char *file)
{
    if (s->file != NULL && strcmp(s->file, file) == 0)
        return;
    free(s->text);
    *s = (source){.file = file};
    if (!ts_file_read(file, TS_CHECK_SOURCE_MAX, &s->text, &s->size, NULL))
        s->text = NULL;
    if (s->text != NULL && !ts_utf8_valid(s->text, s->size)) {
        free(s->text);
        s->text = NULL;
    }
}

/* The n-th line, owned, tabs as one blank; NULL when there is none. */
static char *line_of(const source *s, uint32_t n)
{
    if (s->text == NULL || n == 0)
        return NULL;
    const char *p = s->text, *end = s->text + s->size;
    for (uint32_t i = 1; i < n; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL)
            return NULL;
        p++;
    }
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    char *line = ts_strndup(p, (size_t)((stop == NULL ? end : stop) - p));
    for (char *c = line; c != NULL && *c != '\0'; c++)
        if (*c == '\t' || *c == '\r')
            *c = ' ';
    return line;
}

/* Where the first value that the message quotes stands in the line, or the first character that is
 * no blank. */
static size_t find_spot(const char *line, const char *text, size_t *len)
{
    for (const char *open = strchr(text, '\''); open != NULL;) {
        const char *close = strchr(open + 1, '\'');
        if (close == NULL)
            break;
        char *value = ts_strndup(open + 1, (size_t)(close - open - 1));
        const char *at = value == NULL || value[0] == '\0' ? NULL : ts_str_icontains(line, value);
        free(value);
        if (at != NULL) {
            *len = (size_t)(close - open - 1);
            return (size_t)(at - line);
        }
        open = strchr(close + 1, '\'');
    }
    *len = 1;
    return strspn(line, " ");
}

#define EXCERPT_MARGIN 16u /* columns before the spot when a line is cut */

static void add_excerpt(const source *s, const ts_finding *finding, const ts_style *style,
                        ts_buf *out)
{
    char *line = finding->secret_line ? NULL : line_of(s, finding->line);
    if (line == NULL || ts_str_blank(line)) {
        free(line);
        return;
    }
    size_t len;
    size_t spot = find_spot(line, finding->text, &len);
    char lead[24];
    int lead_width = snprintf(lead, sizeof lead, "%6" PRIu32 " | ", finding->line);
    size_t room = style->width == 0 ? 200 : style->width - (size_t)lead_width - 1;
    size_t first = strspn(line, " ");
    if (spot - first + len > room && spot > first + EXCERPT_MARGIN)
        first = spot - EXCERPT_MARGIN;
    while (((unsigned char)line[first] & 0xc0) == 0x80)
        first--;
    size_t stop = first;
    while (line[stop] != '\0' && stop - first < room)
        stop++;
    while (((unsigned char)line[stop] & 0xc0) == 0x80)
        stop--;
    line[stop] = '\0';
    ts_style_text(style, TS_INK_DIM, lead, out);
    ts_style_line(style, TS_INK_PLAIN, line + first, out);
    ts_buf_char(out, '\n');
    snprintf(lead, sizeof lead, "%*s | ", lead_width - 3, "");
    ts_style_text(style, TS_INK_DIM, lead, out);
    for (size_t i = first; i < spot && i < stop; i++)
        if (((unsigned char)line[i] & 0xc0) != 0x80)
            ts_buf_char(out, ' ');
    ts_style_on(style, TS_INK_GREEN, out);
    ts_buf_char(out, '^');
    for (size_t i = 1; i < len && spot + i < stop; i++)
        ts_buf_char(out, '~');
    ts_style_off(style, TS_INK_GREEN, out);
    ts_buf_char(out, '\n');
    free(line);
}

static ts_ink severity_ink(ts_severity severity)
{
    return severity == TS_SEVERITY_ERROR     ? TS_INK_RED
           : severity == TS_SEVERITY_WARNING ? TS_INK_YELLOW
                                             : TS_INK_BLUE;
}

static void add_finding(source *s, const char *file, const ts_finding *finding, bool advice,
                        const ts_style *style, ts_buf *out)
{
    const char *in = finding->sequence == NULL ? file : finding->sequence->file;
    ts_buf place;
    ts_buf_init(&place, TS_REPORT_BYTES_MAX);
    ts_buf_printf(&place, "%s:%" PRIu32 ": ", in, finding->line);
    ts_style_line(style, TS_INK_BOLD, ts_buf_text(&place), out);
    size_t column = ts_style_columns(ts_buf_text(&place));
    ts_buf_clear(&place);
    ts_buf_printf(&place, "%s: ", ts_severity_id(finding->rule->severity));
    ts_style_text(style, severity_ink(finding->rule->severity), ts_buf_text(&place), out);
    column += place.len;
    column = ts_style_wrap(style, TS_INK_PLAIN, finding->text, column, "    ", 4, out);
    ts_buf_clear(&place);
    ts_buf_printf(&place, "[%s]", finding->rule->id);
    if (style->width > 0 && column + 1 + place.len > style->width)
        ts_buf_str(out, "\n    ");
    else
        ts_buf_char(out, ' ');
    ts_style_text(style, TS_INK_DIM, ts_buf_text(&place), out);
    ts_buf_char(out, '\n');
    ts_buf_done(&place);
    open_source(s, in);
    add_excerpt(s, finding, style, out);
    if (finding->node != NULL) {
        ts_buf_str(out, "    ");
        ts_style_text(style, TS_INK_DIM, "in: ", out);
        ts_style_wrap(style, TS_INK_DIM, finding->node->path, 8, "        ", 8, out);
        ts_buf_char(out, '\n');
    }
    if (advice && finding->rule->advice != NULL) {
        ts_buf_str(out, "    do: ");
        ts_style_wrap(style, TS_INK_PLAIN, finding->rule->advice, 8, "        ", 8, out);
        ts_buf_char(out, '\n');
    }
}

static void add_sum(const ts_checked *files, size_t count, const ts_style *style, ts_buf *out)
{
    size_t errors = ts_checked_count(files, count, TS_SEVERITY_ERROR);
    size_t warnings = ts_checked_count(files, count, TS_SEVERITY_WARNING);
    size_t notes = ts_checked_count(files, count, TS_SEVERITY_NOTE);
    char text[160];
    snprintf(text, sizeof text, "%zu error%s, %zu warning%s, %zu note%s in %zu file%s\n", errors,
             errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s", notes,
             notes == 1 ? "" : "s", count, count == 1 ? "" : "s");
    ts_ink ink = errors > 0 ? TS_INK_RED : warnings > 0 ? TS_INK_YELLOW : TS_INK_GREEN;
    ts_style_text(style, ink, text, out);
}

/* The advice of a rule is printed with its first finding only. */
static bool is_first(const ts_checked *files, size_t file, size_t index)
{
    const ts_check_rule *rule = ts_check_at(files[file].check, index)->rule;
    for (size_t i = 0; i <= file; i++) {
        size_t n = files[i].check == NULL ? 0 : i == file ? index : ts_check_count(files[i].check);
        for (size_t k = 0; k < n; k++)
            if (ts_check_at(files[i].check, k)->rule == rule)
                return false;
    }
    return true;
}

void ts_report_check_text(const ts_checked *files, size_t count, const ts_style *style, ts_buf *out)
{
    source s = {0};
    for (size_t i = 0; i < count; i++) {
        if (files[i].check == NULL) {
            ts_style_text(style, TS_INK_RED, "error: ", out);
            ts_style_wrap(style, TS_INK_PLAIN, files[i].error, 7, "    ", 4, out);
            ts_buf_char(out, '\n');
            continue;
        }
        for (size_t k = 0; k < ts_check_count(files[i].check); k++)
            add_finding(&s, files[i].file, ts_check_at(files[i].check, k), is_first(files, i, k),
                        style, out);
    }
    add_sum(files, count, style, out);
    free(s.text);
}
