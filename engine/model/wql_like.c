/* wql_like.c - WQL's LIKE: %, _, [abc], [a-z] (also written [a=z]), [^a]; no regard to case
 * (WMI documentation: "LIKE Operator"; both forms of a range: rule WQL-LIKE-RANGE). */
#include <string.h>

#include "wql_internal.h"

/* One character of UTF-8, folded; bytes that are no UTF-8 stand for themselves. */
static uint32_t next_char(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    unsigned extra = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
    uint32_t c = extra == 3 ? *p & 7u : extra == 2 ? *p & 15u : extra == 1 ? *p & 31u : *p;
    for (unsigned i = 1; i <= extra; i++) {
        if ((p[i] & 0xC0) != 0x80) { /* also the end of the text */
            extra = 0;
            c = *p;
            break;
        }
        c = c << 6 | (p[i] & 0x3Fu);
    }
    *text += extra + 1;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Is the character in the set that begins behind '['? *end gets the place behind ']'. */
static bool in_set(uint32_t c, const char *set, const char **end)
{
    bool negated = *set == '^', found = false;
    const char *p = set + negated;
    while (*p != ']') {
        uint32_t low = next_char(&p), high = low;
        if ((*p == '-' || *p == '=') && p[1] != ']') {
            p++;
            high = next_char(&p);
        }
        found = found || (c >= low && c <= high);
    }
    *end = p + 1;
    return found != negated;
}

/* Does one character of the text fit what the pattern begins with (no '%')? Moves both on. */
static bool step(const char **text, const char **pattern)
{
    const char *p = *pattern;
    if (!*p)
        return false;
    uint32_t c = next_char(text);
    if (*p == '_') {
        *pattern = p + 1;
        return true;
    }
    if (*p == '[' && strchr(p + 1, ']'))
        return in_set(c, p + 1, pattern);
    return next_char(pattern) == c;
}

bool ts_wql_like(const char *text, const char *pattern)
{
    const char *star = NULL, *mark = NULL;
    for (;;) {
        if (*pattern == '%') {
            star = ++pattern;
            mark = text;
            continue;
        }
        if (!*text)
            return !*pattern;
        if (step(&text, &pattern))
            continue;
        if (!star)
            return false;
        next_char(&mark);
        text = mark;
        pattern = star;
    }
}
