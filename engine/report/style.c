/* style.c - colours, widths and wrapping of reports for people. */
#include <stdint.h>
#include <string.h>

#include "style.h"

static const char *const inks[] = {
    [TS_INK_PLAIN] = "",        [TS_INK_DIM] = "\033[2m",         [TS_INK_BOLD] = "\033[1m",
    [TS_INK_RED] = "\033[31m",  [TS_INK_GREEN] = "\033[32m",      [TS_INK_YELLOW] = "\033[33m",
    [TS_INK_BLUE] = "\033[36m", [TS_INK_ALARM] = "\033[1;41;97m",
};

void ts_style_on(const ts_style *style, ts_ink ink, ts_buf *out)
{
    if (style->color && ink != TS_INK_PLAIN)
        ts_buf_str(out, inks[ink]);
}

void ts_style_off(const ts_style *style, ts_ink ink, ts_buf *out)
{
    if (style->color && ink != TS_INK_PLAIN)
        ts_buf_str(out, "\033[0m");
}

void ts_style_text(const ts_style *style, ts_ink ink, const char *text, ts_buf *out)
{
    ts_style_on(style, ink, out);
    ts_buf_str(out, text);
    ts_style_off(style, ink, out);
}

/* One code point; bytes that are not UTF-8 count one by one. */
static size_t next_point(const char *text, uint32_t *point)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    uint32_t value = n == 1 ? p[0] : n == 2 ? p[0] & 0x1fu : n == 3 ? p[0] & 0x0fu : p[0] & 0x07u;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            n = 0;
        else
            value = value << 6 | (p[i] & 0x3fu);
    }
    *point = n == 0 ? 0xfffd : value;
    return n == 0 ? 1 : n;
}

/* Blocks that terminals draw two columns wide (Unicode East Asian Width W and F), coarse. */
static unsigned point_columns(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
                {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || c == 0xfeff)
        return 0;
    for (size_t i = 0; i < TS_COUNT(wide); i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return 1;
}

static size_t columns_of(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len;) {
        uint32_t c;
        i += next_point(text + i, &c);
        columns += point_columns(c);
    }
    return columns;
}

size_t ts_style_columns(const char *text)
{
    return columns_of(text, strlen(text));
}

/* Bidirectional controls can make a line show something else than it says. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void add_clean(const ts_style *style, const char *text, size_t len, ts_buf *out)
{
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t n = next_point(text + i, &c);
        if (is_unsafe(c) || (c >= 0x80 && !style->utf8) || c == 0xfffd)
            ts_buf_char(out, '?');
        else
            ts_buf_add(out, text + i, n);
        i += n;
    }
}

void ts_style_line(const ts_style *style, ts_ink ink, const char *text, ts_buf *out)
{
    ts_style_on(style, ink, out);
    add_clean(style, text, strlen(text), out);
    ts_style_off(style, ink, out);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t break_line(const ts_style *style, ts_ink ink, const char *prefix, size_t indent,
                         ts_buf *out)
{
    ts_style_off(style, ink, out);
    ts_buf_char(out, '\n');
    ts_style_text(style, TS_INK_DIM, prefix, out);
    ts_style_on(style, ink, out);
    return indent;
}

/* A word longer than a line is cut where the line ends. */
static size_t add_long_word(const ts_style *style, ts_ink ink, const char *word, size_t len,
                            size_t column, const char *prefix, size_t indent, ts_buf *out)
{
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t n = next_point(word + i, &c);
        if (column + point_columns(c) > style->width && column > indent)
            column = break_line(style, ink, prefix, indent, out);
        add_clean(style, word + i, n, out);
        column += point_columns(c);
        i += n;
    }
    return column;
}

size_t ts_style_wrap(const ts_style *style, ts_ink ink, const char *text, size_t column,
                     const char *prefix, size_t indent, ts_buf *out)
{
    bool start = true;
    ts_style_on(style, ink, out);
    for (const char *p = text; *p != '\0';) {
        while (is_blank(*p))
            p++;
        size_t len = 0;
        while (p[len] != '\0' && !is_blank(p[len]))
            len++;
        if (len == 0)
            break;
        size_t need = columns_of(p, len) + (start ? 0 : 1);
        if (style->width > 0 && column + need > style->width && column > indent) {
            column = break_line(style, ink, prefix, indent, out);
            start = true;
            need = columns_of(p, len);
        }
        if (!start) {
            ts_buf_char(out, ' ');
            column++;
            need--;
        }
        if (style->width > 0 && column + need > style->width) {
            column = add_long_word(style, ink, p, len, column, prefix, indent, out);
        } else {
            add_clean(style, p, len, out);
            column += need;
        }
        start = false;
        p += len;
    }
    ts_style_off(style, ink, out);
    return column;
}
