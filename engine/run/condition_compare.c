/* condition_compare.c - comparison rules of conditions, and the words that explain a leaf.
 *
 * The rules whose source is not public are VAR-CASE, VAR-VERSION and VAR-VALUE-EXPANDED of
 * docs/reference/undocumented.md; each decides here and nowhere else. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "condition_leaf.h"

#define QUOTE_MAX 80u /* bytes of a value in a reason */

/* --- Words -------------------------------------------------------------------------------- */

void ts_leaf_fact(ts_leaf *leaf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (leaf->explain)
        ts_buf_vprintf(&leaf->fact, fmt, args);
    va_end(args);
}

void ts_leaf_want(ts_leaf *leaf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (leaf->explain)
        ts_buf_vprintf(&leaf->want, fmt, args);
    va_end(args);
}

void ts_leaf_quote(ts_leaf *leaf, ts_buf *out, const char *text, unsigned flags)
{
    if (!leaf->explain)
        return;
    char *owned = NULL;
    if (flags & TS_VALUE_SECRET)
        text = "***";
    else /* before it is cut: a cut secret would not be recognised */
        text = ts_vars_mask(leaf->env->vars, text, &owned);
    size_t n = strlen(text);
    bool cut = n > QUOTE_MAX;
    if (cut)
        for (n = QUOTE_MAX; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
            ; /* not inside a character */
    ts_buf_char(out, '"');
    for (size_t i = 0; i < n; i++)
        ts_buf_char(out, (unsigned char)text[i] < 0x20 ? ' ' : text[i]);
    ts_buf_str(out, cut ? "...\"" : "\"");
    free(owned);
}

void ts_leaf_want_op(ts_leaf *leaf, ts_cond_op op, const char *text, unsigned flags)
{
    static const char *const words[] = {
        [TS_OP_NONE] = "",
        [TS_OP_EXISTS] = "",
        [TS_OP_NOT_EXISTS] = "",
        [TS_OP_EQUALS] = "",
        [TS_OP_NOT_EQUALS] = "anything but ",
        [TS_OP_LESS] = "less than ",
        [TS_OP_LESS_EQUAL] = "at most ",
        [TS_OP_GREATER] = "more than ",
        [TS_OP_GREATER_EQUAL] = "at least ",
        [TS_OP_LIKE] = "like ",
        [TS_OP_NOT_LIKE] = "not like ",
        [TS_OP_ANY_VERSION] = "",
        [TS_OP_THIS_VERSION] = "",
    };
    ts_leaf_want(leaf, "%s", words[op]);
    ts_leaf_quote(leaf, &leaf->want, text, flags);
}

void ts_leaf_decided(ts_leaf *leaf, const char *rule, const char *fmt, ...)
{
    if (!leaf->env->decided)
        return;
    ts_buf buf;
    ts_buf_init(&buf, TS_COND_REASON_MAX);
    ts_buf_printf(&buf, "condition (line %u): ", (unsigned)leaf->cond->line);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&buf, fmt, args);
    va_end(args);
    char *owned = NULL;
    const char *text = ts_vars_mask(leaf->env->vars, ts_buf_text(&buf), &owned);
    leaf->env->decided(leaf->env->decided_ctx, rule, text);
    free(owned);
    ts_buf_done(&buf);
}

bool ts_leaf_fault(const ts_leaf *leaf, ts_err **err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(err, TS_SCHEMA, fmt, args);
    va_end(args);
    return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
}

/* --- Fields and host answers -------------------------------------------------------------- */

bool ts_leaf_has_field(const ts_leaf *leaf, const char *name)
{
    for (size_t i = 0; i < leaf->cond->n_fields; i++)
        if (ts_str_ieq(leaf->cond->fields[i].name, name))
            return true;
    return false;
}

bool ts_leaf_field(ts_leaf *leaf, const char *name, ts_value *out, bool *known, ts_err **err)
{
    const char *text = ts_cond_field_value(leaf->cond, name);
    *known = true;
    /* pretty-printed files put a line end and blanks into empty values */
    if (!ts_vars_expand(leaf->env->vars, ts_str_blank(text) ? "" : text, out, NULL, err))
        return false;
    if (out->flags & TS_VALUE_UNKNOWN) {
        *known = false;
        leaf->result = TS_UNSURE;
        ts_leaf_quote(leaf, &leaf->fact, text, 0);
        ts_leaf_fact(leaf, " is not known (%s)", out->why ? out->why : "no reason given");
    }
    return true;
}

bool ts_leaf_host_error(ts_leaf *leaf, bool *there, ts_err **err)
{
    ts_code code = ts_err_code(*err);
    if (code != TS_NOT_FOUND && code != TS_UNSUPPORTED && code != TS_STATE)
        return false;
    *there = false;
    if (code == TS_STATE) {
        leaf->result = TS_UNSURE;
        ts_leaf_fact(leaf, "%s", ts_err_text(*err));
    } else if (code == TS_UNSUPPORTED) {
        ts_leaf_decided(leaf, "COND-NOT-HERE", "%s: taken as not there", ts_err_text(*err));
    }
    ts_err_clear(err);
    return true;
}

/* --- Comparison --------------------------------------------------------------------------- */

bool ts_cond_order_holds(ts_cond_op op, int order)
{
    switch (op) {
    case TS_OP_EQUALS:
        return order == 0;
    case TS_OP_NOT_EQUALS:
        return order != 0;
    case TS_OP_LESS:
        return order < 0;
    case TS_OP_LESS_EQUAL:
        return order <= 0;
    case TS_OP_GREATER:
        return order > 0;
    case TS_OP_GREATER_EQUAL:
        return order >= 0;
    case TS_OP_NONE:
    case TS_OP_EXISTS:
    case TS_OP_NOT_EXISTS:
    case TS_OP_LIKE:
    case TS_OP_NOT_LIKE:
    case TS_OP_ANY_VERSION:
    case TS_OP_THIS_VERSION:
        break;
    }
    return false;
}

static bool next_part(const char **p, uint64_t *out)
{
    *out = 0;
    if (!**p)
        return true;
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        if (*out > UINT32_MAX)
            return false;
        *out = *out * 10 + (uint64_t)(**p - '0');
    }
    if (**p == '.' && (*p)[1])
        (*p)++;
    return true;
}

/* Rule FILE-VERSION. */
bool ts_cond_compare_versions(const char *a, const char *b, int *order)
{
    if (!*a || !*b)
        return false;
    *order = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t x, y;
        if (!next_part(&a, &x) || !next_part(&b, &y))
            return false;
        if (*order == 0 && x != y)
            *order = x < y ? -1 : 1;
    }
    return !*a && !*b;
}

/* The whole-value match of `like` as it would be with regard to case. */
static bool wildcard_exact(const char *text, const char *pattern)
{
    const char *star = NULL, *mark = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            mark = text;
        } else if (*pattern && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static void tell_case(ts_leaf *leaf, ts_cond_op op, const char *left, const char *right,
                      bool secret)
{
    ts_leaf_decided(leaf, "VAR-CASE",
                    "'%s' %s '%s' depends on upper and lower case, which is not "
                    "regarded",
                    secret ? "***" : left, ts_cond_op_name(op), secret ? "***" : right);
}

static bool compare_text(ts_leaf *leaf, ts_cond_op op, const char *left, const char *right,
                         bool secret)
{
    bool out = ts_cond_order_holds(op, ts_str_casecmp(left, right));
    if (!leaf->env->decided)
        return out;
    if (out != ts_cond_order_holds(op, strcmp(left, right)))
        tell_case(leaf, op, left, right, secret);
    int order;
    if (!secret && ts_cond_compare_versions(left, right, &order) &&
        ts_cond_order_holds(op, order) != out)
        ts_leaf_decided(leaf, "VAR-VERSION",
                        "'%s' %s '%s' is %s, because only integers compare as numbers; as versions "
                        "it would be %s",
                        left, ts_cond_op_name(op), right, out ? "true" : "false",
                        out ? "false" : "true");
    return out;
}

bool ts_leaf_compare(ts_leaf *leaf, ts_cond_op op, const char *left, const char *right, bool secret,
                     bool *out, ts_err **err)
{
    int64_t a, b;
    if (op == TS_OP_LIKE || op == TS_OP_NOT_LIKE) {
        bool match = ts_str_wildcard(left, right);
        if (leaf->env->decided && match != wildcard_exact(left, right))
            tell_case(leaf, op, left, right, secret);
        *out = match == (op == TS_OP_LIKE);
        return true;
    }
    if (op < TS_OP_EQUALS || op > TS_OP_GREATER_EQUAL)
        return ts_leaf_fault(leaf, err, "operator '%s' does not fit a %s",
                             op == TS_OP_NONE ? ts_cond_field_value(leaf->cond, "Operator")
                                              : ts_cond_op_name(op),
                             leaf->cond->type);
    if (ts_str_int64(left, &a) && ts_str_int64(right, &b))
        *out = ts_cond_order_holds(op, a < b ? -1 : a > b);
    else
        *out = compare_text(leaf, op, left, right, secret);
    return true;
}
