/* ts/condition.h - condition trees: parsed with the sequence, evaluated when a node is reached.
 *
 * Rules (ConfigMgr SDK reference and docs; what is undocumented is in
 * docs/reference/undocumented.md under the rule name given here):
 * - children directly under <condition> are AND-ed; `not` is true when no child is true;
 * - an empty <condition> or `and` is true; an empty `or` takes the siblings behind it as its
 *   children (rule COND-EMPTY-OR);
 * - an unknown expression type or operator is an error, never true;
 * - a WMI query that fails is false in a run (rule COND-WMI-ERROR) and reported. */
#ifndef TS_CONDITION_H
#define TS_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/host.h>
#include <ts/vars.h>

typedef enum ts_tri { TS_NO, TS_YES, TS_UNSURE } ts_tri;

typedef enum ts_cond_kind {
    TS_COND_AND,
    TS_COND_OR,
    TS_COND_NOT, /* true when no child is true */
    TS_COND_VARIABLE,
    TS_COND_WMI,
    TS_COND_FILE,
    TS_COND_FOLDER,
    TS_COND_REGISTRY,
    TS_COND_SOFTWARE,
    TS_COND_OS,         /* MDT's OSConditionExpression: architecture and version */
    TS_COND_MAKE_MODEL, /* of Set Dynamic Variables rules */
    TS_COND_COMPUTER,   /* of Set Dynamic Variables rules */
    TS_COND_LOCATION,   /* of Set Dynamic Variables rules: default gateway */
    TS_COND_UNKNOWN     /* type or operator that the engine does not know: evaluating is an error */
} ts_cond_kind;

typedef enum ts_cond_op {
    TS_OP_NONE,
    TS_OP_EXISTS,
    TS_OP_NOT_EXISTS,
    TS_OP_EQUALS,
    TS_OP_NOT_EQUALS,
    TS_OP_LESS,
    TS_OP_LESS_EQUAL,
    TS_OP_GREATER,
    TS_OP_GREATER_EQUAL,
    TS_OP_LIKE,
    TS_OP_NOT_LIKE,
    TS_OP_ANY_VERSION,
    TS_OP_THIS_VERSION
} ts_cond_op;

typedef struct ts_wql ts_wql; /* ts/wql.h */

/* One named value of an <expression>; the order in the file does not matter. */
typedef struct ts_cond_field {
    const char *name;
    const char *value;
} ts_cond_field;

struct ts_cond {
    ts_cond_kind kind;
    uint32_t line;
    const char *label; /* name of an osExpressionGroup, "" otherwise */
    const char *type;  /* expression type as written */
    ts_cond_op op;
    const ts_cond_field *fields;
    size_t n_fields;
    const ts_wql *query; /* TS_COND_WMI; NULL when it does not parse */
    const char *problem; /* why kind is UNKNOWN or query is NULL; NULL when all is well */
    bool ignore_failure; /* ignoreQueryFailure="true" */
    const struct ts_cond *const *children;
    size_t n_children;
};

const char *ts_cond_field_value(const struct ts_cond *cond, const char *name); /* "" when missing */
const char *ts_cond_op_name(ts_cond_op op);                                    /* "notEquals" */
/* The operator of a name, without regard to case ("Equals", "notequals" and "nonExists" are real);
 * TS_OP_NONE when it is unknown. */
ts_cond_op ts_cond_op_parse(const char *name);

/* Called for every leaf that was evaluated, in order (coverage). */
typedef void (*ts_cond_leaf)(void *ctx, const struct ts_cond *leaf, ts_tri result);

typedef struct ts_cond_env {
    const ts_vars *vars;
    ts_host *host;
    ts_cond_leaf leaf; /* may be NULL */
    void *leaf_ctx;
    ts_decided decided; /* a rule of docs/reference/undocumented.md decided; may be NULL */
    void *decided_ctx;
} ts_cond_env;

#define TS_COND_REASON_MAX 2000u /* bytes of a reason; longer ones are cut between two leaves */

/* Evaluates. `reason` (may be NULL: then none is made) gets one short phrase that names the
 * deciding values: Model is "HP EliteBook 840", condition wants like "Latitude*". Secrets are
 * masked. Errors: TS_SCHEMA for an unknown type or operator and for a value that cannot be
 * read (with file line), TS_NOMEM; errors of the host are passed up, except: "no such thing"
 * (TS_NOT_FOUND), and a kind of question that this machine cannot have an answer to
 * (TS_UNSUPPORTED: the registry of Linux), count as not there (rule COND-NOT-HERE); "the profile
 * does not say" (TS_STATE) is TS_UNSURE; a failing WMI query is TS_NO with the reason (rule
 * COND-WMI-ERROR). */
bool ts_cond_eval(const struct ts_cond *cond, const ts_cond_env *env, ts_tri *out, char **reason,
                  ts_err **err);

/* The condition as one line of text for people: Model like "Latitude*" and not (file exists
 * "C:\x"). Owned. */
char *ts_cond_describe(const struct ts_cond *cond);

#endif
