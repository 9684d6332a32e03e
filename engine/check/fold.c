/* fold.c - conditions that come out the same on every machine.
 *
 * Each variable that is compared with constants takes every one of them, "missing" and "something
 * else"; every other leaf is true or false as it likes. When no assignment makes the whole true, or
 * every one does, the condition is constant. Small conditions are decided, large ones are left. */
#include <string.h>

#include "lint.h"

enum { MISSING = 0, OTHER = 1, FIRST_VALUE = 2 }; /* values of a variable */

/* A variable with its values, or a leaf that is free (two values: 0 false, 1 true). */
typedef struct axis {
    const char *variable; /* NULL: free */
    const struct ts_cond *leaf;
    const char *values[TS_LINT_FOLD_LEAVES];
    size_t n_values; /* of the axis */
    size_t now;
} axis;

typedef struct fold {
    lint *l;
    axis axes[TS_LINT_FOLD_LEAVES];
    size_t n_axes;
    struct {
        size_t axis;
        size_t value; /* of a variable: what the leaf compares with */
    } leaves[TS_LINT_FOLD_LEAVES];
    size_t n_leaves;
    size_t cursor;
    size_t cond; /* number of the condition being collected */
    lint_changed changed;
    void *ctx;
    bool too_large;
} fold;

bool lint_may_work(lint *l, uint64_t looks)
{
    l->work += looks;
    return l->work <= TS_LINT_WORK_MAX;
}

static bool same_fields(const struct ts_cond *a, const struct ts_cond *b)
{
    if (a->n_fields != b->n_fields)
        return false;
    for (size_t i = 0; i < a->n_fields; i++)
        if (!ts_str_ieq(a->fields[i].value, ts_cond_field_value(b, a->fields[i].name)))
            return false;
    return true;
}

static bool same_leaf(const struct ts_cond *a, const struct ts_cond *b)
{
    return a->kind == b->kind && a->op == b->op && a->n_children == 0 && b->n_children == 0 &&
           a->kind != TS_COND_UNKNOWN && same_fields(a, b);
}

bool lint_same_cond(const struct ts_cond *a, const struct ts_cond *b)
{
    if (a->n_children == 0 && b->n_children == 0)
        return a->kind >= TS_COND_VARIABLE && same_leaf(a, b);
    if (a->kind != b->kind || a->n_children != b->n_children)
        return false;
    for (size_t i = 0; i < a->n_children; i++)
        if (!lint_same_cond(a->children[i], b->children[i]))
            return false;
    return true;
}

/* Only comparisons that have one meaning are looked into: equal or not, there or not. */
static bool is_plain(const struct ts_cond *leaf)
{
    return leaf->kind == TS_COND_VARIABLE &&
           (leaf->op == TS_OP_EXISTS || leaf->op == TS_OP_NOT_EXISTS || leaf->op == TS_OP_EQUALS ||
            leaf->op == TS_OP_NOT_EQUALS) &&
           !strchr(ts_cond_field_value(leaf, "Value"), '%');
}

static size_t new_axis(fold *f, const char *variable, const struct ts_cond *leaf)
{
    f->axes[f->n_axes] = (axis){.variable = variable, .leaf = leaf, .n_values = 2};
    return f->n_axes++;
}

static bool same_value(const char *a, const char *b)
{
    int64_t x, y;
    return ts_str_int64(a, &x) && ts_str_int64(b, &y) ? x == y : ts_str_ieq(a, b);
}

static size_t value_on(axis *a, const char *value)
{
    if (!*value)
        return MISSING; /* empty and missing are one state */
    for (size_t i = FIRST_VALUE; i < a->n_values; i++)
        if (same_value(a->values[i - FIRST_VALUE], value))
            return i;
    a->values[a->n_values - FIRST_VALUE] = value;
    return a->n_values++;
}

static void add_variable(fold *f, const struct ts_cond *leaf)
{
    const char *name = ts_cond_field_value(leaf, "Variable");
    size_t at = 0;
    bool moved = f->changed && f->changed(f->ctx, f->cond, name);
    while (at < f->n_axes &&
           (moved || !f->axes[at].variable || !ts_str_ieq(f->axes[at].variable, name)))
        at++;
    if (at == f->n_axes)
        at = new_axis(f, moved ? "" : name, leaf);
    f->leaves[f->n_leaves].axis = at;
    if (leaf->op == TS_OP_EQUALS || leaf->op == TS_OP_NOT_EQUALS)
        f->leaves[f->n_leaves].value = value_on(&f->axes[at], ts_cond_field_value(leaf, "Value"));
    f->n_leaves++;
}

static void collect(fold *f, const struct ts_cond *cond)
{
    for (size_t i = 0; i < cond->n_children && !f->too_large; i++)
        collect(f, cond->children[i]);
    if (cond->n_children > 0 || cond->kind < TS_COND_VARIABLE)
        return;
    if (f->n_leaves == TS_LINT_FOLD_LEAVES) {
        f->too_large = true;
        return;
    }
    if (is_plain(cond)) {
        add_variable(f, cond);
        return;
    }
    size_t at = 0;
    while (at < f->n_axes && (f->axes[at].variable || !same_leaf(f->axes[at].leaf, cond)))
        at++;
    f->leaves[f->n_leaves++].axis = at < f->n_axes ? at : new_axis(f, NULL, cond);
}

/* Leaves come in the order of collect, so every child is visited. */
static bool eval(fold *f, const struct ts_cond *cond)
{
    if (cond->n_children == 0 && cond->kind >= TS_COND_VARIABLE) {
        size_t leaf = f->cursor++;
        const axis *a = &f->axes[f->leaves[leaf].axis];
        if (!a->variable)
            return a->now == 1;
        bool equal = a->now == f->leaves[leaf].value;
        return cond->op == TS_OP_EQUALS       ? equal
               : cond->op == TS_OP_NOT_EQUALS ? !equal
               : cond->op == TS_OP_EXISTS     ? a->now != MISSING
                                              : a->now == MISSING;
    }
    bool all = true, any = false;
    for (size_t i = 0; i < cond->n_children; i++) {
        bool child = eval(f, cond->children[i]);
        all = all && child;
        any = any || child;
    }
    return cond->kind == TS_COND_AND ? all : cond->kind == TS_COND_OR ? any : !any;
}

static bool next_assignment(fold *f)
{
    for (size_t i = 0; i < f->n_axes; i++) {
        if (++f->axes[i].now < f->axes[i].n_values)
            return true;
        f->axes[i].now = 0;
    }
    return false;
}

static bool is_small(fold *f)
{
    uint64_t product = 1;
    for (size_t i = 0; i < f->n_axes && product <= TS_LINT_FOLD_VALUES; i++)
        product *= f->axes[i].n_values;
    return product <= TS_LINT_FOLD_VALUES && lint_may_work(f->l, product * (f->n_leaves + 1));
}

ts_tri lint_fold(lint *l, const struct ts_cond *const *conds, size_t count, lint_changed changed,
                 void *ctx)
{
    fold f = {.l = l, .changed = changed, .ctx = ctx};
    for (size_t i = 0; i < count && !f.too_large; i++) {
        f.cond = i;
        collect(&f, conds[i]);
    }
    if (f.too_large || f.n_leaves == 0 || !is_small(&f))
        return TS_UNSURE;
    bool ever = false, always = true;
    do {
        bool all = true;
        f.cursor = 0;
        for (size_t i = 0; i < count; i++)
            all = eval(&f, conds[i]) && all;
        ever = ever || all;
        always = always && all;
    } while (next_assignment(&f) && !(ever && !always));
    return !ever ? TS_NO : always ? TS_YES : TS_UNSURE;
}
