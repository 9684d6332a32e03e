/* text.c - comparison, numbers, wildcards. */
#include <string.h>

#include <ts/text.h>

/* Without a jump: every condition, name and step type goes through it. */
static unsigned lower(char c)
{
    unsigned u = (unsigned char)c;
    return u - 'A' < 26u ? u | 0x20u : u;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

int ts_str_ncasecmp(const char *a, const char *b, size_t n)
{
    a = a ? a : "";
    b = b ? b : "";
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            unsigned x = lower(a[i]), y = lower(b[i]);
            if (x != y)
                return (int)x - (int)y;
        } else if (!a[i]) {
            return 0;
        }
    }
    return 0;
}

int ts_str_casecmp(const char *a, const char *b)
{
    return ts_str_ncasecmp(a, b, SIZE_MAX);
}

bool ts_str_ieq(const char *a, const char *b)
{
    a = a ? a : "";
    b = b ? b : "";
    if (strcmp(a, b) ==
        0) /* the library's is many times as fast, and most equal text is the same */
        return true;
    size_t i = 0;
    while (a[i] && (a[i] == b[i] || lower(a[i]) == lower(b[i])))
        i++;
    return a[i] == b[i];
}

bool ts_str_ihas_prefix(const char *text, const char *prefix)
{
    return ts_str_ncasecmp(text, prefix, strlen(prefix)) == 0;
}

const char *ts_str_icontains(const char *text, const char *part)
{
    size_t n = strlen(part);
    unsigned first = lower(*part);
    if (n == 0)
        return text;
    for (; text && *text; text++)
        if (lower(*text) == first && ts_str_ncasecmp(text, part, n) == 0)
            return text;
    return NULL;
}

bool ts_str_blank(const char *text)
{
    for (; text && *text; text++)
        if (!is_blank(*text))
            return false;
    return true;
}

char *ts_str_trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t n = strlen(text);
    while (n > 0 && is_blank(text[n - 1]))
        n--;
    text[n] = 0;
    return text;
}

bool ts_str_wildcard(const char *text, const char *pattern)
{
    const char *star = NULL, *mark = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            mark = text;
        } else if (*pattern == '?' || (*pattern && lower(*pattern) == lower(*text))) {
            pattern++;
            /* '?' stands for one character, not for one byte of it */
            do
                text++;
            while (pattern[-1] == '?' && ((unsigned char)*text & 0xC0) == 0x80);
        } else if (star) { /* let the last star take one byte more */
            pattern = star + 1;
            text = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

bool ts_str_int64(const char *text, int64_t *out)
{
    const char *p = text ? text : "";
    while (is_blank(*p))
        p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (*p < '0' || *p > '9')
        return false;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX, value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (!ts_str_blank(p))
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ts_str_numbered(const char *pattern, const char *name)
{
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (*pattern != *name && lower(*pattern) != lower(*name))
                return false;
            name++;
            continue;
        }
        if (!is_digit(*name))
            return false;
        while (is_digit(*name))
            name++;
    }
    return *name == 0;
}

bool ts_str_bool(const char *text, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"yes", true},  {"no", false}, {"1", true},
                 {"0", false},   {"on", true},     {"off", false}, {"", false}};
    for (size_t i = 0; i < TS_COUNT(words); i++)
        if (ts_str_ieq(text, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    return false;
}

#define KIND_BYTES 4096u /* how much of the start decides whether a file is binary */

const char *ts_text_kind(const char *data, size_t size)
{
    static const struct {
        const char *start, *kind;
    } kinds[] = {{"PK\3\4", "a zip archive"},
                 {"MSWIM", "a WIM image"},
                 {"\xff\xfe", "a UTF-16 text"},
                 {"\xfe\xff", "a UTF-16 text"},
                 {"<![LOG[", "a log (smsts.log)"},
                 {"<", "an XML file"},
                 {"{", "JSON"},
                 {"[", "JSON"}};
    size_t at = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < size && strchr(" \t\r\n", data[at]) && data[at])
        at++;
    if (at == size)
        return "an empty file";
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        size_t n = strlen(kinds[i].start);
        if (size - at >= n && memcmp(data + at, kinds[i].start, n) == 0)
            return kinds[i].kind;
    }
    return memchr(data, 0, size < KIND_BYTES ? size : KIND_BYTES) ? "a binary file" : "plain text";
}

#define DISTANCE_MAX 64u

unsigned ts_str_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na > DISTANCE_MAX || nb > DISTANCE_MAX)
        return DISTANCE_MAX;
    unsigned row[DISTANCE_MAX + 1];
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}
