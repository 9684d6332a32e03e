/* condition_eval.c - condition trees in three values (Kleene), with the reason. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "condition_leaf.h"

#define JOIN_MAX 300u /* bytes of joined reasons after which the rest is "..." */

static bool eval(const struct ts_cond *cond, const ts_cond_env *env, bool negated, ts_tri *out,
                 ts_buf *reason, ts_err **err);

/* --- Leaves ------------------------------------------------------------------------------- */

static bool eval_kind(ts_leaf *leaf, ts_err **err)
{
    switch (leaf->cond->kind) {
    case TS_COND_VARIABLE:
        return ts_leaf_variable(leaf, err);
    case TS_COND_WMI:
        return ts_leaf_wmi(leaf, err);
    case TS_COND_FILE:
    case TS_COND_FOLDER:
        return ts_leaf_file(leaf, err);
    case TS_COND_REGISTRY:
        return ts_leaf_registry(leaf, err);
    case TS_COND_SOFTWARE:
        return ts_leaf_software(leaf, err);
    case TS_COND_OS:
        return ts_leaf_os(leaf, err);
    case TS_COND_MAKE_MODEL:
    case TS_COND_COMPUTER:
    case TS_COND_LOCATION:
        return ts_leaf_machine(leaf, err);
    case TS_COND_UNKNOWN:
    case TS_COND_AND:
    case TS_COND_OR:
    case TS_COND_NOT:
        break;
    }
    return ts_leaf_fault(leaf, err, "%s",
                         leaf->cond->problem ? leaf->cond->problem : "unknown kind of condition");
}

/* Model is "HP", condition wants like "Latitude*"; when it holds: Model is "HP" (not "Dell"). */
static void explain(const ts_leaf *leaf, bool negated, ts_buf *out)
{
    ts_buf_str(out, ts_buf_text(&leaf->fact));
    const char *want = ts_buf_text(&leaf->want);
    const char *no = negated ? "not " : "";
    if (!*want)
        return;
    if (leaf->result == TS_UNSURE || (leaf->result == TS_YES) == negated)
        ts_buf_printf(out, ", condition wants %s%s", no, want);
    else if (!leaf->want_is_fact || negated)
        ts_buf_printf(out, " (%s%s)", no, want);
}

static bool eval_leaf(const struct ts_cond *cond, const ts_cond_env *env, bool negated, ts_tri *out,
                      ts_buf *reason, ts_err **err)
{
    ts_leaf leaf = {.cond = cond, .env = env, .explain = reason != NULL, .result = TS_NO};
    ts_buf_init(&leaf.fact, TS_COND_REASON_MAX);
    ts_buf_init(&leaf.want, TS_COND_REASON_MAX);
    ts_err *own = NULL;
    bool ok = eval_kind(&leaf, err ? err : &own);
    ts_err_free(own);
    if (ok && reason)
        explain(&leaf, negated, reason);
    ts_buf_done(&leaf.fact);
    ts_buf_done(&leaf.want);
    if (!ok)
        return false;
    if (env->leaf)
        env->leaf(env->leaf_ctx, cond, leaf.result);
    *out = leaf.result;
    return true;
}

/* --- The tree ----------------------------------------------------------------------------- */

static void join(ts_buf *to, const ts_buf *part)
{
    if (part->len == 0)
        return;
    if (to->len > JOIN_MAX) {
        if (to->len < 4 || strcmp(to->data + to->len - 3, "...") != 0)
            ts_buf_str(to, "; ...");
        return;
    }
    ts_buf_str(to, to->len ? "; " : "");
    ts_buf_str(to, ts_buf_text(part));
}

/* AND ends at the first NO; OR, and NOT that is "none of", at the first YES. Without one, a child
 * that nobody can know makes the whole unsure. */
static bool eval_children(const struct ts_cond *cond, const ts_cond_env *env, bool negated,
                          ts_tri *out, ts_buf *reason, ts_err **err)
{
    bool none_of = cond->kind == TS_COND_NOT;
    ts_tri ends = cond->kind == TS_COND_AND ? TS_NO : TS_YES;
    ts_tri result = ends == TS_NO ? TS_YES : TS_NO, child = TS_NO;
    ts_buf part, others, unsure;
    ts_buf_init(&part, TS_COND_REASON_MAX);
    ts_buf_init(&others, TS_COND_REASON_MAX);
    ts_buf_init(&unsure, TS_COND_REASON_MAX);
    bool ok = true;
    for (size_t i = 0; ok && result != ends && i < cond->n_children; i++) {
        ts_buf_clear(&part);
        ok = eval(cond->children[i], env, negated != none_of, &child, reason ? &part : NULL, err);
        if (ok && child == ends)
            result = ends;
        else if (ok && child == TS_UNSURE)
            result = TS_UNSURE;
        if (ok && child != ends)
            join(child == TS_UNSURE ? &unsure : &others, &part);
    }
    if (reason)
        ts_buf_str(reason, ts_buf_text(result == ends        ? &part
                                       : result == TS_UNSURE ? &unsure
                                                             : &others));
    ts_buf_done(&part);
    ts_buf_done(&others);
    ts_buf_done(&unsure);
    if (ok)
        *out = none_of && result != TS_UNSURE ? (result == TS_YES ? TS_NO : TS_YES) : result;
    return ok;
}

static bool eval(const struct ts_cond *cond, const ts_cond_env *env, bool negated, ts_tri *out,
                 ts_buf *reason, ts_err **err)
{
    if (cond->kind != TS_COND_AND && cond->kind != TS_COND_OR && cond->kind != TS_COND_NOT)
        return eval_leaf(cond, env, negated, out, reason, err);
    if (reason && cond->label && *cond->label && strlen(cond->label) < JOIN_MAX)
        ts_buf_printf(reason, "%s: ", cond->label);
    if (cond->n_children == 0) { /* no test at all; also an `or` (rule COND-EMPTY-OR, the loader) */
        if (reason)
            ts_buf_str(reason, "no condition");
        *out = TS_YES;
        return true;
    }
    return eval_children(cond, env, negated, out, reason, err);
}

bool ts_cond_eval(const struct ts_cond *cond, const ts_cond_env *env, ts_tri *out, char **reason,
                  ts_err **err)
{
    if (!reason)
        return eval(cond, env, false, out, NULL, err);
    ts_buf buf;
    ts_buf_init(&buf, 4 * TS_COND_REASON_MAX);
    ts_tri result;
    if (!eval(cond, env, false, &result, &buf, err)) {
        ts_buf_done(&buf);
        return false;
    }
    char *text = buf.no_memory ? NULL : ts_strdup(ts_buf_text(&buf)), *owned = NULL;
    ts_buf_done(&buf);
    if (text && ts_vars_mask(env->vars, text, &owned) != text) {
        free(text);
        text = owned; /* NULL: no memory to mask with, so nothing may be shown */
    }
    if (!text)
        return ts_fail_nomem(err);
    *out = result;
    *reason = text;
    return true;
}
