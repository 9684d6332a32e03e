/* secrets.c - remembers every secret value and masks it wherever it turns up in text.
 *
 * All occurrences of all forms are marked in the original text before anything is replaced, so that
 * of two secrets that overlap no piece stays readable. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "vars_internal.h"

#define ENCODED_MAX 65536u /* bytes; a longer secret is masked as it is only */
#define BASE64_MIN  6u     /* characters; fewer would hit ordinary words */

typedef struct ts_pattern {
    char *text;
    size_t len;
    bool word; /* too short to be masked inside a word */
} ts_pattern;

static void free_wiped(char *text, size_t len)
{
    if (text)
        ts_wipe(text, len);
    free(text);
}

/* Takes text. A form that this value has already is dropped. */
static bool add_pattern(ts_secrets *s, char *text, size_t len)
{
    if (!text)
        return false;
    for (size_t i = s->first_of_value; i < s->n_patterns; i++) {
        if (s->patterns[i].len == len && memcmp(s->patterns[i].text, text, len) == 0) {
            free_wiped(text, len);
            return true;
        }
    }
    if (s->n_patterns == s->cap_patterns) {
        size_t cap = s->cap_patterns ? s->cap_patterns * 2 : 16;
        ts_pattern *grown = ts_realloc_array(s->patterns, cap, sizeof(*grown));
        if (!grown) {
            free_wiped(text, len);
            return false;
        }
        s->patterns = grown;
        s->cap_patterns = cap;
    }
    s->patterns[s->n_patterns++] = (ts_pattern){
        .text = text, .len = len, .word = len < TS_VAR_MASK_WORD};
    return true;
}

/* --- The forms of a secret --------------------------------------------------------------- */

/* The base64 characters of `data`, when `skip` bytes (0 to 2) of something else come before it in
 * its group of three: those that do not depend on what stands around it, or, when the text `ends`
 * with it, up to the padding. */
static bool add_base64(ts_secrets *s, const unsigned char *data, size_t len, size_t skip, bool ends)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t first = (skip * 8 + 5) / 6; /* characters that hold bits of what comes before */
    size_t last = ((skip + len) * 8 + (ends ? 5 : 0)) / 6;
    if (last < first + BASE64_MIN)
        return true;
    char *text = ts_alloc(last - first + 1);
    if (!text)
        return false;
    for (size_t c = first; c < last; c++) {
        size_t bit = c * 6 - skip * 8;
        unsigned two = (unsigned)data[bit / 8] << 8;
        if (bit / 8 + 1 < len)
            two |= data[bit / 8 + 1];
        text[c - first] = digits[(two >> (10 - bit % 8)) & 63u];
    }
    return add_pattern(s, text, last - first);
}

static bool add_base64_forms(ts_secrets *s, const unsigned char *data, size_t len)
{
    for (size_t skip = 0; skip < 3; skip++)
        if (!add_base64(s, data, len, skip, false) || !add_base64(s, data, len, skip, true))
            return false;
    return true;
}

/* UTF-16LE, as powershell -EncodedCommand and answer files encode it. Text beyond the basic plane
 * is left out: the bytes of the rest still are a form of their own. */
static bool add_utf16_base64(ts_secrets *s, const char *value, size_t len)
{
    unsigned char *wide = ts_alloc(len * 2);
    if (!wide)
        return false;
    size_t n = 0;
    bool plain = true;
    for (size_t i = 0; i < len && plain; i++) {
        unsigned char c = (unsigned char)value[i];
        unsigned unit = c;
        if (c >= 0x80 && c < 0xE0 && i + 1 < len) {
            unit = ((c & 0x1Fu) << 6) | ((unsigned char)value[i + 1] & 0x3Fu);
            i++;
        } else if (c >= 0xE0 && c < 0xF0 && i + 2 < len) {
            unit = ((c & 0x0Fu) << 12) | (((unsigned char)value[i + 1] & 0x3Fu) << 6) |
                   ((unsigned char)value[i + 2] & 0x3Fu);
            i += 2;
        } else if (c >= 0x80) {
            plain = false;
        }
        wide[n++] = (unsigned char)(unit & 0xFF);
        wide[n++] = (unsigned char)(unit >> 8 & 0xFF);
    }
    bool ok = !plain || add_base64_forms(s, wide, n);
    ts_wipe(wide, len * 2);
    free(wide);
    return ok;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* Written once to measure, once into exactly fitting memory: a growing buffer would leave copies
 * of the secret behind. */
static bool add_url(ts_secrets *s, const char *value, size_t len, const char *digits)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += is_unreserved(value[i]) ? 1 : 3;
    if (n == len)
        return true;
    char *text = ts_alloc(n + 1);
    if (!text)
        return false;
    n = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_unreserved(value[i])) {
            text[n++] = value[i];
            continue;
        }
        text[n++] = '%';
        text[n++] = digits[(unsigned char)value[i] >> 4];
        text[n++] = digits[(unsigned char)value[i] & 15];
    }
    return add_pattern(s, text, n);
}

static const char *xml_escape(char c, bool quotes)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return quotes ? "&quot;" : NULL;
    default:
        return NULL;
    }
}

/* In text quotes stay, in attributes they do not. */
static bool add_xml(ts_secrets *s, const char *value, size_t len, bool quotes)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += xml_escape(value[i], quotes) ? strlen(xml_escape(value[i], quotes)) : 1;
    if (n == len)
        return true;
    char *text = ts_alloc(n + 1);
    if (!text)
        return false;
    n = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape = xml_escape(value[i], quotes);
        if (!escape)
            text[n++] = value[i];
        for (; escape && *escape; escape++)
            text[n++] = *escape;
    }
    return add_pattern(s, text, n);
}

static bool add_forms(ts_secrets *s, const char *value, size_t len)
{
    if (!add_pattern(s, ts_strndup(value, len), len))
        return false;
    if (len > ENCODED_MAX)
        return true;
    return add_base64_forms(s, (const unsigned char *)value, len) &&
           add_utf16_base64(s, value, len) && add_url(s, value, len, "0123456789ABCDEF") &&
           add_url(s, value, len, "0123456789abcdef") && add_xml(s, value, len, true) &&
           add_xml(s, value, len, false);
}

bool ts_secrets_add(ts_secrets *s, const char *value, size_t len, ts_err **err)
{
    for (size_t i = 0; i < s->n_values; i++)
        if (strncmp(s->values[i], value, len) == 0 && s->values[i][len] == 0)
            return true;
    if (s->n_values >= TS_VAR_SECRETS_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u different secret values in one run",
                       TS_VAR_SECRETS_MAX);
    if (s->n_values == s->cap_values) {
        size_t cap = s->cap_values ? s->cap_values * 2 : 16;
        char **grown = ts_realloc_array(s->values, cap, sizeof(*grown));
        if (!grown)
            return ts_fail_nomem(err);
        s->values = grown;
        s->cap_values = cap;
    }
    char *copy = ts_strndup(value, len);
    if (!copy)
        return ts_fail_nomem(err);
    s->values[s->n_values] = copy;
    s->first_of_value = s->n_patterns;
    if (!add_forms(s, value, len)) {
        /* forms that were made stay: masking more than needed is harmless */
        ts_free_secret(copy);
        return ts_fail_nomem(err);
    }
    s->n_values++;
    return true;
}

void ts_secrets_done(ts_secrets *s)
{
    for (size_t i = 0; i < s->n_values; i++)
        ts_free_secret(s->values[i]);
    free(s->values);
    for (size_t i = 0; i < s->n_patterns; i++)
        free_wiped(s->patterns[i].text, s->patterns[i].len);
    free(s->patterns);
    *s = (ts_secrets){0};
}

/* --- Masking ----------------------------------------------------------------------------- */

static bool is_word_byte(char c)
{
    return is_unreserved(c) ? c != '-' && c != '.' && c != '~' : (unsigned char)c >= 0x80;
}

static bool counts(const ts_pattern *p, const char *text, const char *hit)
{
    if (!p->word)
        return true;
    bool starts = hit == text || !is_word_byte(hit[-1]);
    return starts && !is_word_byte(hit[p->len]);
}

static const char *find(const ts_pattern *p, const char *text, const char *from)
{
    for (const char *hit = strstr(from, p->text); hit; hit = strstr(hit + 1, p->text))
        if (counts(p, text, hit))
            return hit;
    return NULL;
}

/* Marks the bytes of every occurrence, also of overlapping ones. */
static void mark_all(const ts_secrets *s, const char *text, unsigned char *mark)
{
    for (size_t i = 0; i < s->n_patterns; i++) {
        const ts_pattern *p = &s->patterns[i];
        const char *done = text; /* bytes before are marked already */
        for (const char *hit = find(p, text, text); hit; hit = find(p, text, hit + 1)) {
            const char *start = hit > done ? hit : done;
            memset(mark + (start - text), 1, (size_t)(hit + p->len - start));
            done = hit + p->len;
        }
    }
}

const char *ts_secrets_mask(const ts_secrets *s, const char *text, char **owned)
{
    *owned = NULL;
    bool any = false;
    for (size_t i = 0; i < s->n_patterns && !any; i++)
        any = find(&s->patterns[i], text, text) != NULL;
    if (!any)
        return text;
    size_t len = strlen(text);
    unsigned char *mark = ts_alloc(len);
    if (!mark)
        return "(text hidden: out of memory)";
    mark_all(s, text, mark);
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += !mark[i] ? 1 : (i == 0 || !mark[i - 1]) ? 3 : 0;
    char *out = ts_alloc(n + 1);
    n = 0;
    for (size_t i = 0; out && i < len; i++) {
        if (!mark[i]) {
            out[n++] = text[i];
        } else if (i == 0 || !mark[i - 1]) {
            for (size_t stars = 0; stars < 3; stars++)
                out[n++] = '*';
        }
    }
    free(mark);
    *owned = out;
    return out ? out : "(text hidden: out of memory)";
}
