/* mdt_expression.c - a piece of VBScript: reading and operators; functions are in mdt_functions.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdt_functions.h"

static bool or_level(mdt_eval *e, mdt_any *out);

static void skip_blanks(mdt_eval *e)
{
    while (*e->at == ' ' || *e->at == '\t')
        e->at++;
}

static bool take(mdt_eval *e, const char *sign)
{
    skip_blanks(e);
    size_t len = strlen(sign);
    if (strncmp(e->at, sign, len) != 0)
        return false;
    e->at += len;
    return true;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A word operator; not the beginning of a longer name. */
static bool take_word(mdt_eval *e, const char *word)
{
    skip_blanks(e);
    size_t len = strlen(word);
    if (ts_str_ncasecmp(e->at, word, len) != 0 || is_word(e->at[len]))
        return false;
    e->at += len;
    return true;
}

static bool read_text(mdt_eval *e, mdt_any *out)
{
    ts_buf text;
    ts_buf_init(&text, MDT_EXPRESSION_MAX);
    const char *p = e->at + 1;
    for (; *p && (*p != '"' || p[1] == '"'); p++) {
        p += *p == '"';
        ts_buf_char(&text, *p);
    }
    bool closed = *p == '"';
    e->at = p + closed;
    bool ok = closed ? mdt_text(e, out, ts_buf_text(&text))
                     : mdt_refuse(e, "a text is not closed by a quote");
    ts_buf_done(&text);
    return ok;
}

static bool read_number(mdt_eval *e, mdt_any *out)
{
    char *end = NULL;
    *out = (mdt_any){.kind = MDT_NUMBER, .number = strtod(e->at, &end)};
    e->at = end;
    return true;
}

/* "(a, b)" behind a function; none is the same as "()". */
static bool read_arguments(mdt_eval *e, mdt_any *args, size_t *n)
{
    *n = 0;
    if (!take(e, "(") || take(e, ")"))
        return true;
    do {
        if (*n == MDT_ARGUMENTS_MAX)
            return mdt_refuse(e, "a function has more than 6 arguments");
        if (!or_level(e, &args[*n]))
            return false;
        ++*n;
    } while (take(e, ","));
    return take(e, ")") || mdt_refuse(e, "a bracket is not closed");
}

/* Split(text, "-")(1): one of a list. */
static bool pick(mdt_eval *e, mdt_any *out)
{
    while (out->kind == MDT_LIST_OF_TEXT && take(e, "(")) {
        mdt_any index;
        double n = 0;
        if (!or_level(e, &index) || !mdt_number_of(e, &index, &n))
            return false;
        if (!take(e, ")"))
            return mdt_refuse(e, "a bracket is not closed");
        if (n < 0 || n >= (double)out->count)
            return mdt_refuse(e, "a list has no element of this number");
        if (!mdt_text(e, out, out->list[(size_t)n]))
            return false;
    }
    return true;
}

static bool read_name(mdt_eval *e, mdt_any *out)
{
    char name[64];
    size_t len = 0;
    while (is_word(e->at[len]) || e->at[len] == '.')
        len++;
    if (len >= sizeof name)
        return mdt_refuse(e, "a name is longer than 63 characters");
    memcpy(name, e->at, len);
    name[len] = '\0';
    e->at += len;
    skip_blanks(e);
    bool is_call = *e->at == '(';
    mdt_any args[MDT_ARGUMENTS_MAX];
    size_t n = 0;
    return read_arguments(e, args, &n) && mdt_call(e, name, is_call, args, n, out) && pick(e, out);
}

static bool primary(mdt_eval *e, mdt_any *out)
{
    skip_blanks(e);
    if (*e->at == '"')
        return read_text(e, out);
    if (*e->at >= '0' && *e->at <= '9')
        return read_number(e, out);
    if (take(e, "("))
        return or_level(e, out) && (take(e, ")") || mdt_refuse(e, "a bracket is not closed"));
    if (is_word(*e->at))
        return read_name(e, out);
    return mdt_refuse(e, *e->at ? "a sign that is not known" : "something is missing at its end");
}

static bool sign_level(mdt_eval *e, mdt_any *out)
{
    bool minus = take(e, "-");
    if (!minus && !take(e, "+"))
        return primary(e, out);
    if (++e->depth > MDT_EXPRESSION_DEPTH_MAX)
        return mdt_refuse(e, "it is nested too deeply");
    double n = 0;
    bool ok = sign_level(e, out) && mdt_number_of(e, out, &n);
    e->depth--;
    *out = (mdt_any){.kind = MDT_NUMBER, .number = minus ? -n : n};
    return ok;
}

static bool calculate_whole(mdt_eval *e, char sign, double a, double b, double *out)
{
    int64_t left = 0, right = 0;
    if (!mdt_whole(e, a, &left) || !mdt_whole(e, b, &right))
        return false;
    if (right == 0)
        return mdt_refuse(e, "a division by zero");
    *out = (double)(sign == 'm' ? left % right : left / right);
    return true;
}

static bool calculate(mdt_eval *e, char sign, mdt_any *left, const mdt_any *right)
{
    double a = 0, b = 0, n = 0;
    if (!mdt_number_of(e, left, &a) || !mdt_number_of(e, right, &b))
        return false;
    if (sign == '/' && b == 0)
        return mdt_refuse(e, "a division by zero");
    bool whole = sign == 'm' || sign == '\\';
    if (whole && !calculate_whole(e, sign, a, b, &n))
        return false;
    if (!whole)
        n = sign == '*' ? a * b : sign == '/' ? a / b : sign == '-' ? a - b : a + b;
    *left = (mdt_any){.kind = MDT_NUMBER, .number = n};
    return true;
}

static bool times_level(mdt_eval *e, mdt_any *out)
{
    if (!sign_level(e, out))
        return false;
    for (;;) {
        char sign = take(e, "*")          ? '*'
                    : take(e, "/")        ? '/'
                    : take(e, "\\")       ? '\\'
                    : take_word(e, "mod") ? 'm'
                                          : '\0';
        mdt_any right;
        if (!sign)
            return true;
        if (!sign_level(e, &right) || !calculate(e, sign, out, &right))
            return false;
    }
}

/* + joins two texts and adds everything else. */
static bool plus_level(mdt_eval *e, mdt_any *out)
{
    if (!times_level(e, out))
        return false;
    for (;;) {
        char sign = take(e, "+") ? '+' : take(e, "-") ? '-' : '\0';
        mdt_any right = {0};
        if (!sign)
            return true;
        if (!times_level(e, &right))
            return false;
        bool texts = sign == '+' && out->kind == MDT_TEXT && right.kind == MDT_TEXT;
        if (!(texts ? mdt_join(e, out, &right) : calculate(e, sign, out, &right)))
            return false;
    }
}

static bool join_level(mdt_eval *e, mdt_any *out)
{
    if (!plus_level(e, out))
        return false;
    while (take(e, "&")) {
        mdt_any right;
        if (!plus_level(e, &right) || !mdt_join(e, out, &right))
            return false;
    }
    return true;
}

static bool compare(mdt_eval *e, const char *sign, mdt_any *left, const mdt_any *right)
{
    int order;
    if (left->kind == MDT_TEXT && right->kind == MDT_TEXT) {
        order = strcmp(left->text, right->text);
    } else {
        double a = 0, b = 0;
        if (!mdt_number_of(e, left, &a) || !mdt_number_of(e, right, &b))
            return false;
        order = a < b ? -1 : a > b;
    }
    bool is = (strchr(sign, '=') && order == 0) || (strchr(sign, '<') && order < 0) ||
              (strchr(sign, '>') && order > 0);
    *left = (mdt_any){.kind = MDT_BOOL, .number = is ? -1 : 0};
    return true;
}

static bool compare_level(mdt_eval *e, mdt_any *out)
{
    static const char *const signs[] = {"<>", "<=", ">=", "=", "<", ">"};
    if (!join_level(e, out))
        return false;
    for (size_t i = 0; i < TS_COUNT(signs); i++) {
        mdt_any right;
        if (take(e, signs[i]))
            return join_level(e, &right) && compare(e, signs[i], out, &right);
    }
    return true;
}

static bool not_level(mdt_eval *e, mdt_any *out)
{
    if (!take_word(e, "not"))
        return compare_level(e, out);
    double n = 0;
    bool ok = compare_level(e, out) && mdt_number_of(e, out, &n);
    *out = (mdt_any){.kind = MDT_BOOL, .number = n != 0 ? 0 : -1};
    return ok;
}

static bool and_level(mdt_eval *e, mdt_any *out)
{
    if (!not_level(e, out))
        return false;
    while (take_word(e, "and")) {
        mdt_any right;
        double a = 0, b = 0;
        if (!not_level(e, &right) || !mdt_number_of(e, out, &a) || !mdt_number_of(e, &right, &b))
            return false;
        *out = (mdt_any){.kind = MDT_BOOL, .number = a != 0 && b != 0 ? -1 : 0};
    }
    return true;
}

static bool or_level(mdt_eval *e, mdt_any *out)
{
    if (++e->depth > MDT_EXPRESSION_DEPTH_MAX)
        return mdt_refuse(e, "it is nested too deeply");
    if (!and_level(e, out))
        return false;
    while (take_word(e, "or")) {
        mdt_any right;
        double a = 0, b = 0;
        if (!and_level(e, &right) || !mdt_number_of(e, out, &a) || !mdt_number_of(e, &right, &b))
            return false;
        *out = (mdt_any){.kind = MDT_BOOL, .number = a != 0 || b != 0 ? -1 : 0};
    }
    e->depth--;
    return true;
}

bool mdt_expression(mdt_world *world, const char *text, ts_buf *out, ts_err **err)
{
    mdt_eval e = {.world = world, .at = text};
    mdt_any value;
    if (strlen(text) > MDT_EXPRESSION_MAX)
        return ts_fail(err, TS_LIMIT, "the expression has more than %u bytes", MDT_EXPRESSION_MAX);
    bool ok = or_level(&e, &value);
    skip_blanks(&e);
    if (ok && *e.at)
        ok = mdt_refuse(&e, "something stands behind its end");
    const char *shown = ok ? mdt_show(&e, &value) : NULL;
    if (shown)
        ts_buf_str(out, shown);
    mdt_eval_done(&e);
    if (e.no_memory)
        return ts_fail_nomem(err);
    return shown ? true : ts_fail(err, TS_SCHEMA, "%s%s%s", e.problem, *e.name ? ": " : "", e.name);
}
