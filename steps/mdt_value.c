/* mdt_value.c - values of MDT's rules: %NAME% and #expression# replaced (ZTIUtility.vbs). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "mdt_expression.h"
#include "mdt_rules.h"
#include "mdt_value.h"

#define VALUE_MAX MDT_EXPRESSION_MAX

/* The value of a name: a property, the first element of a list, the environment; NULL: none. */
static const char *look_up(ts_ctx *c, const char *name, unsigned *flags)
{
    char element[TS_VAR_NAME_MAX + 8];
    const ts_value *value = ts_vars_get(ts_ctx_vars(c), name);
    if (!value) {
        snprintf(element, sizeof element, "%s001", name);
        value = ts_vars_get(ts_ctx_vars(c), element);
    }
    if (!value)
        return ts_host_env(ts_ctx_host(c), name);
    *flags |= value->flags;
    return value->text;
}

/* Replaces the first %NAME% that has a value. *done: there is none. */
static bool replace_one(ts_ctx *c, char **text, unsigned *flags, bool *done, ts_err **err)
{
    *done = true;
    for (const char *open = strchr(*text, '%'), *close; open; open = close) {
        char name[TS_VAR_NAME_MAX + 1];
        close = strchr(open + 1, '%');
        size_t len = close ? (size_t)(close - open - 1) : 0;
        if (!close)
            return true;
        if (len == 0 || len >= sizeof name)
            continue;
        memcpy(name, open + 1, len);
        name[len] = '\0';
        const char *value = look_up(c, name, flags);
        if (!value)
            continue;
        if (strlen(*text) + strlen(value) > VALUE_MAX)
            return ts_fail(err, TS_LIMIT, "it becomes longer than %u bytes", VALUE_MAX);
        char *made = ts_sprintf("%.*s%s%s", (int)(open - *text), *text, value, close + 1);
        if (!made)
            return ts_fail_nomem(err);
        ts_free_secret(*text);
        *text = made;
        *done = false;
        return true;
    }
    return true;
}

static bool replace_names(ts_ctx *c, char **text, unsigned *flags, ts_err **err)
{
    bool done = false;
    for (unsigned n = 0; !done; n++) {
        if (n == MDT_RULES_REPLACE_MAX)
            return ts_fail(err, TS_LIMIT,
                           "more than %u names were replaced: do the properties hold each other?",
                           MDT_RULES_REPLACE_MAX);
        if (!replace_one(c, text, flags, &done, err))
            return false;
    }
    return true;
}

static size_t count_signs(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '#';
    return n;
}

/* Every second piece between the signs is an expression. */
static bool evaluate(mdt_world *world, char *text, ts_buf *out, ts_err **err)
{
    bool inside = false;
    for (char *piece = text, *next; piece; piece = next, inside = !inside) {
        next = strchr(piece, '#');
        if (next)
            *next++ = '\0';
        if (!inside)
            ts_buf_str(out, piece);
        else if (!mdt_expression(world, piece, out, err))
            return false;
    }
    return ts_buf_ok(out, "value", err);
}

/* An expression that fails leaves the text as it is, as in MDT; a function of somebody's script is
 * a value that is missing. */
static bool cannot_evaluate(ts_ctx *c, const mdt_world *world, ts_value *out, const char **note,
                            ts_err *why, ts_err **err)
{
    ts_code code = ts_err_code(why);
    if (code == TS_NOMEM || code == TS_LIMIT)
        return ts_fail_take(err, why);
    if (world->unknown_function && !ts_ctx_may_assume(c)) {
        ts_fail(err, TS_UNSUPPORTED,
                "%s; functions of UserExit scripts are VBScript, which is not run: set the value "
                "with --var or in a pre-start script",
                ts_err_text(why));
        ts_err_free(why);
        return false;
    }
    *note = world->unknown_function
                ? "calls a function of a UserExit script, which is not run: its value is not known"
                : "what stands between # and # is no expression that is known: left as it is";
    if (world->unknown_function) {
        out->flags |= TS_VALUE_UNKNOWN;
        out->why = "a function of a UserExit script gives it";
    }
    ts_err_free(why);
    return true;
}

static bool replace_expressions(ts_ctx *c, ts_value *out, char **text, const char **note,
                                ts_err **err)
{
    size_t signs = count_signs(*text);
    if (signs == 0 || signs % 2 != 0)
        return true;
    ts_host *host = ts_ctx_host(c);
    mdt_world world = {.vars = ts_ctx_vars(c),
                       .now = ts_host_now(host) - (int64_t)ts_host_bias(host) * 60000};
    char *copy = ts_strdup(*text);
    if (!copy)
        return ts_fail_nomem(err);
    ts_buf made;
    ts_buf_init(&made, VALUE_MAX);
    ts_err *why = NULL;
    bool ok = evaluate(&world, copy, &made, &why);
    out->flags |= world.flags;
    if (ok) {
        ts_free_secret(*text);
        *text = ts_strdup(ts_buf_text(&made));
        ok = *text ? true : ts_fail_nomem(err);
    } else {
        ok = cannot_evaluate(c, &world, out, note, why, err);
    }
    ts_buf_done(&made);
    ts_free_secret(copy);
    return ok;
}

bool mdt_value(ts_ctx *c, const char *text, ts_value *out, const char **note, ts_err **err)
{
    *out = (ts_value){.text = ""};
    char *made = ts_strdup(text);
    if (!made)
        return ts_fail_nomem(err);
    bool ok = replace_names(c, &made, &out->flags, err);
    if (ok && out->flags & TS_VALUE_UNKNOWN)
        out->why = "it holds a property that is not known";
    else
        ok = ok && replace_expressions(c, out, &made, note, err);
    if (!ok) {
        ts_free_secret(made);
        return false;
    }
    out->text = made;
    return true;
}
