/* condition_leaf.h - one leaf of a condition tree: what the files condition_*.c share. */
#ifndef TS_RUN_CONDITION_LEAF_H
#define TS_RUN_CONDITION_LEAF_H

#include <stdbool.h>

#include <ts/condition.h>
#include <ts/text.h>

typedef struct ts_leaf {
    const struct ts_cond *cond;
    const ts_cond_env *env;
    bool explain;  /* fact and want are wanted */
    ts_tri result; /* TS_NO to begin with */
    ts_buf fact;   /* what is: Model is "HP" */
    ts_buf want;   /* what the condition wants: like "Latitude*"; "" when the fact says it all */
    bool want_is_fact; /* when it holds, want repeats the fact */
} ts_leaf;

/* One function per kind; each sets result and, when explain, fact and want. */
bool ts_leaf_variable(ts_leaf *leaf, ts_err **err);
bool ts_leaf_registry(ts_leaf *leaf, ts_err **err);
bool ts_leaf_software(ts_leaf *leaf, ts_err **err);
bool ts_leaf_file(ts_leaf *leaf, ts_err **err); /* and folder */
bool ts_leaf_wmi(ts_leaf *leaf, ts_err **err);
bool ts_leaf_os(ts_leaf *leaf, ts_err **err);
bool ts_leaf_machine(ts_leaf *leaf, ts_err **err); /* make and model, computer, location */

/* --- Helpers (condition_compare.c) ------------------------------------------------------- */

/* printf into fact or want, when the leaf is to be explained. */
void ts_leaf_fact(ts_leaf *leaf, const char *fmt, ...) TS_PRINTF(2, 3);
void ts_leaf_want(ts_leaf *leaf, const char *fmt, ...) TS_PRINTF(2, 3);
/* The text in quotes, cut to what one reads at a glance; "***" when it is secret. */
void ts_leaf_quote(ts_leaf *leaf, ts_buf *out, const char *text, unsigned flags);
/* at least "6" */
void ts_leaf_want_op(ts_leaf *leaf, ts_cond_op op, const char *text, unsigned flags);
void ts_leaf_decided(ts_leaf *leaf, const char *rule, const char *fmt, ...) TS_PRINTF(3, 4);
/* TS_SCHEMA with the line of the condition in front. */
bool ts_leaf_fault(const ts_leaf *leaf, ts_err **err, const char *fmt, ...) TS_PRINTF(3, 4);

/* The field's value with variables expanded (ts_value_done). An unknown value makes the leaf
 * TS_UNSURE: then *known is false and the caller returns true. */
bool ts_leaf_field(ts_leaf *leaf, const char *name, ts_value *out, bool *known, ts_err **err);
bool ts_leaf_has_field(const ts_leaf *leaf, const char *name);

/* Does `order` (< 0, 0, > 0) satisfy a comparing operator? */
bool ts_cond_order_holds(ts_cond_op op, int order);
/* Compares as variable conditions do: numbers when both are integers, else text without regard to
 * case. False for an operator that does not compare (TS_SCHEMA). */
bool ts_leaf_compare(ts_leaf *leaf, ts_cond_op op, const char *left, const char *right, bool secret,
                     bool *out, ts_err **err);
/* Dotted numbers, up to four parts, missing parts are 0. False when one is none. */
bool ts_cond_compare_versions(const char *a, const char *b, int *order);

/* TS_NOT_FOUND and TS_UNSUPPORTED of the host mean "not there", TS_STATE means TS_UNSURE: clears
 * them and returns true with *there = false; other errors stay (false). */
bool ts_leaf_host_error(ts_leaf *leaf, bool *there, ts_err **err);

#endif
