/* style.h - how reports for people are laid out: colours, box characters, width. The caller (the
 * command line) knows the terminal; a report only follows the style it is given. */
#ifndef TS_STYLE_H
#define TS_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/text.h>

#define TS_STYLE_WIDTH_MIN  40u
#define TS_STYLE_WIDTH_MAX  200u
#define TS_REPORT_BYTES_MAX (256u * 1024u * 1024u) /* of one report */

typedef struct ts_style {
    bool color;     /* ANSI sequences */
    bool utf8;      /* box characters and marks outside ASCII */
    bool all;       /* every effect and variable, not only what matters */
    unsigned width; /* columns; 0: no wrapping */
} ts_style;

typedef enum ts_ink {
    TS_INK_PLAIN,
    TS_INK_DIM,
    TS_INK_BOLD,
    TS_INK_RED,
    TS_INK_GREEN,
    TS_INK_YELLOW,
    TS_INK_BLUE,
    TS_INK_ALARM /* white on red */
} ts_ink;

/* Switches the ink on and off; nothing without colour. */
void ts_style_on(const ts_style *style, ts_ink ink, ts_buf *out);
void ts_style_off(const ts_style *style, ts_ink ink, ts_buf *out);
void ts_style_text(const ts_style *style, ts_ink ink, const char *text, ts_buf *out);

/* Columns that the text takes: one per code point, two for East Asian wide ones, none for
 * combining marks. Control characters count as one (ts_style_line replaces them). */
size_t ts_style_columns(const char *text);

/* Adds text as words, broken at the style's width. `column` is where the cursor stands; a line
 * that goes on starts with `prefix` (printed dim) which is `indent` columns wide. Control
 * characters are shown as '?', so that text from a file cannot drive the terminal; without utf8
 * characters outside ASCII are shown as '?'. Returns the column after the text. */
size_t ts_style_wrap(const ts_style *style, ts_ink ink, const char *text, size_t column,
                     const char *prefix, size_t indent, ts_buf *out);
/* The same on one line without breaks. */
void ts_style_line(const ts_style *style, ts_ink ink, const char *text, ts_buf *out);

#endif
