/* wql_lex.c - tokens of a WQL query. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "wql_internal.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_char(char c)
{
    return is_name_start(c) || is_digit(c) || c == '.';
}

/* Counts characters, not bytes, from where it stopped the last time. */
static unsigned column_of(ts_wql_lexer *lexer)
{
    for (; lexer->counted < lexer->at; lexer->counted++)
        lexer->column += ((unsigned char)*lexer->counted & 0xC0) != 0x80;
    return lexer->column;
}

static bool is_escape(const char *p)
{
    return *p == '\\' && (p[1] == '\\' || p[1] == '"' || p[1] == '\'');
}

/* A quoted text. The backslash takes the next quote or backslash as it is; before anything else it
 * stands for itself (rule WQL-ESCAPE). */
static bool lex_string(ts_wql_lexer *lexer, ts_wql_token *out, ts_err **err)
{
    char quote = *lexer->at;
    const char *end = lexer->at + 1;
    while (*end && *end != quote)
        end += is_escape(end) ? 2 : 1;
    if (!*end)
        return ts_fail(err, TS_SYNTAX,
                       "query column %u: the text that begins here has no closing %c", out->column,
                       quote);
    char *text = ts_arena_alloc(lexer->arena, (size_t)(end - lexer->at));
    if (!text)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (const char *p = lexer->at + 1; p < end; p++) {
        if (is_escape(p))
            p++;
        text[n++] = *p;
    }
    out->kind = TS_WQL_STRING;
    out->text = text;
    lexer->at = end + 1;
    return true;
}

static bool parse_integer(const char *digits, bool negative, ts_wmi_value *out)
{
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    uint64_t base = hex ? 16 : 10, value = 0;
    const char *p = hex ? digits + 2 : digits;
    if (!*p)
        return false;
    for (; *p; p++) {
        char c = *p;
        uint64_t digit = is_digit(c)              ? (uint64_t)(c - '0')
                         : (c >= 'a' && c <= 'f') ? (uint64_t)(c - 'a' + 10)
                         : (c >= 'A' && c <= 'F') ? (uint64_t)(c - 'A' + 10)
                                                  : 99;
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    if (negative) {
        if (value > (uint64_t)INT64_MAX)
            return false;
        out->kind = TS_WMI_INT;
        out->integer = -(int64_t)value;
    } else if (value <= (uint64_t)INT64_MAX) {
        out->kind = TS_WMI_INT;
        out->integer = (int64_t)value;
    } else {
        out->kind = TS_WMI_UINT;
        out->natural = value;
    }
    return true;
}

static bool lex_number(ts_wql_lexer *lexer, ts_wql_token *out, ts_err **err)
{
    const char *p = lexer->at;
    bool negative = *p == '-';
    const char *digits = p + negative;
    bool real = false;
    for (p = digits; is_digit(*p) || is_name_char(*p) ||
                     ((*p == '-' || *p == '+') && real && (p[-1] == 'e' || p[-1] == 'E'));
         p++)
        real = real || *p == '.' ||
               ((*p == 'e' || *p == 'E') && digits[1] != 'x' && digits[1] != 'X');
    char *text = ts_arena_strndup(lexer->arena, lexer->at, (size_t)(p - lexer->at));
    if (!text)
        return ts_fail_nomem(err);
    bool ok;
    if (real) {
        char *end;
        out->number.kind = TS_WMI_REAL;
        out->number.real = strtod(text, &end);
        ok = *end == 0;
    } else {
        ok = parse_integer(text + negative, negative, &out->number);
    }
    if (!ok)
        return ts_fail(err, TS_SYNTAX, "query column %u: '%s' is no number, or too big",
                       out->column, text);
    out->kind = TS_WQL_NUMBER;
    out->text = out->number.text = text;
    lexer->at = p;
    return true;
}

static bool lex_symbol(ts_wql_lexer *lexer, ts_wql_token *out, ts_err **err)
{
    static const char *const symbols[] = {"<>", "!=", "<=", ">=", "(", ")",
                                          ",",  "*",  ";",  "=",  "<", ">"};
    for (size_t i = 0; i < TS_COUNT(symbols); i++) {
        size_t n = strlen(symbols[i]);
        if (strncmp(lexer->at, symbols[i], n) == 0) {
            out->kind = TS_WQL_SYMBOL;
            out->text = symbols[i];
            lexer->at += n;
            return true;
        }
    }
    char c = *lexer->at;
    if (c == '%')
        return ts_fail(err, TS_SYNTAX, "query column %u: unexpected '%%'; a text needs quotes",
                       out->column);
    if ((unsigned char)c < 0x20)
        return ts_fail(err, TS_SYNTAX, "query column %u: unexpected control character 0x%02X",
                       out->column, (unsigned)(unsigned char)c);
    return ts_fail(err, TS_SYNTAX, "query column %u: unexpected '%c'", out->column, c);
}

bool ts_wql_lex(ts_wql_lexer *lexer, ts_wql_token *out, ts_err **err)
{
    while (is_space(*lexer->at))
        lexer->at++;
    char c = *lexer->at;
    *out = (ts_wql_token){.text = "", .start = lexer->at, .column = column_of(lexer)};
    if (!c)
        return true;
    if (c == '"' || c == '\'')
        return lex_string(lexer, out, err);
    if (is_digit(c) || (c == '-' && is_digit(lexer->at[1])))
        return lex_number(lexer, out, err);
    if (!is_name_start(c))
        return lex_symbol(lexer, out, err);
    const char *end = lexer->at;
    while (is_name_char(*end))
        end++;
    out->kind = TS_WQL_NAME;
    out->text = ts_arena_strndup(lexer->arena, lexer->at, (size_t)(end - lexer->at));
    lexer->at = end;
    return out->text ? true : ts_fail_nomem(err);
}
