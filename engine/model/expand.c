/* expand.c - %NAME% in text, and the names of lists.
 *
 * Which rules the vendor has is not documented; the decisions are EXPAND-UNKNOWN, EXPAND-ONCE and
 * EXPAND-PERCENT of docs/reference/undocumented.md, and they are made in next_piece only. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

#include "vars_internal.h"

/* One piece of the input and what it becomes. */
typedef struct piece {
    const char *text; /* what goes out */
    size_t len;
    const char *next; /* the input behind it */
    const ts_value *value;
    const char *unknown; /* name that is no variable, not NUL-terminated */
    size_t unknown_len;
} piece;

/* Characters of a name between percent signs. Environment names such as ProgramFiles(x86) have more
 * of them than variable names; blanks, quotes, path and shell characters end the attempt, so that
 * the two signs of "50% of 100%" and of cmd's %VAR:~0,3% are no name (rule EXPAND-PERCENT). */
static bool is_reference_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u > ' ' && u != 0x7F && !strchr("%\"'<>|&\\/:;,*?=^!`~+", c);
}

static piece next_piece(const ts_vars *vars, const char *at)
{
    if (*at != '%') {
        size_t len = strcspn(at, "%");
        return (piece){.text = at, .len = len, .next = at + len};
    }
    size_t len = 0;
    while (is_reference_char(at[1 + len]) && len <= TS_VAR_NAME_MAX)
        len++;
    if (len == 0 || len > TS_VAR_NAME_MAX || at[1 + len] != '%')
        return (piece){.text = at, .len = 1, .next = at + 1};
    const ts_value *value = ts_vars_get_n(vars, at + 1, len);
    if (value)
        return (piece){
            .text = value->text, .len = strlen(value->text), .next = at + len + 2, .value = value};
    char name[TS_VAR_NAME_MAX + 1];
    memcpy(name, at + 1, len);
    name[len] = 0;
    const char *env = ts_vars_env_get(vars, name);
    if (env)
        return (piece){.text = env, .len = strlen(env), .next = at + len + 2};
    return (piece){
        .text = at, .len = len + 2, .next = at + len + 2, .unknown = at + 1, .unknown_len = len};
}

static void tell_unknown(const ts_vars *vars, const piece *p)
{
    if (!ts_vars_wants_decisions(vars))
        return;
    ts_buf buf;
    ts_buf_init(&buf, TS_VAR_NAME_MAX + 80);
    ts_buf_printf(&buf, "'%%%.*s%%' is neither a variable nor in the environment: left as it is",
                  (int)p->unknown_len, p->unknown);
    ts_vars_tell_decision(vars, "EXPAND-UNKNOWN", ts_buf_text(&buf));
    ts_buf_done(&buf);
}

/* What the pieces add up to. */
typedef struct sum {
    size_t len;
    unsigned flags;
    unsigned unresolved;
    const char *why;
} sum;

static bool measure(const ts_vars *vars, const char *text, sum *out, ts_err **err)
{
    *out = (sum){0};
    for (const char *at = text; *at;) {
        piece p = next_piece(vars, at);
        if (p.len > TS_VAR_EXPAND_MAX - out->len)
            return ts_fail(err, TS_LIMIT, "text with variables is longer than %u bytes",
                           TS_VAR_EXPAND_MAX);
        out->len += p.len;
        if (p.value) {
            out->flags |= p.value->flags;
            if (!out->why)
                out->why = p.value->why;
        }
        if (p.unknown) {
            out->unresolved++;
            tell_unknown(vars, &p);
        }
        at = p.next;
    }
    return true;
}

bool ts_vars_expand(const ts_vars *vars, const char *text, ts_value *out, unsigned *unresolved,
                    ts_err **err)
{
    sum total;
    text = text ? text : "";
    if (!measure(vars, text, &total, err))
        return false;
    /* one block of exactly the right size: a growing buffer would leave copies of a secret behind
     */
    size_t why_len = total.why ? strlen(total.why) + 1 : 0;
    char *block = ts_alloc(total.len + 1 + why_len);
    if (!block)
        return ts_fail_nomem(err);
    char *to = block;
    for (const char *at = text; *at;) {
        piece p = next_piece(vars, at);
        /* the environment may have changed its mind since it was measured */
        if (p.len > total.len - (size_t)(to - block))
            break;
        memcpy(to, p.text, p.len);
        to += p.len;
        at = p.next;
    }
    *to = 0;
    *out = (ts_value){.text = block, .flags = total.flags};
    if (total.why)
        out->why = memcpy(block + total.len + 1, total.why, why_len);
    if (unresolved)
        *unresolved = total.unresolved;
    return true;
}

void ts_value_done(ts_value *value)
{
    char *text;
    memcpy(&text, &value->text, sizeof(text)); /* out->text of ts_vars_expand is owned */
    if (value->flags & TS_VALUE_SECRET)
        ts_free_secret(text);
    else
        free(text);
    *value = (ts_value){0};
}

char *ts_var_array_name(const char *base, unsigned index, const char *member)
{
    return ts_sprintf("%s%u%s", base, index, member);
}

char *ts_var_list_name(const char *base, unsigned index, unsigned digits)
{
    return ts_sprintf("%s%0*u", base, (int)digits, index);
}
