/* ts/vars.h - task sequence variables.
 *
 * Names are not case-sensitive: letters, digits, '_' and '-', 1 to TS_VAR_NAME_MAX characters;
 * leading and trailing blanks are ignored. A leading '_' means read-only: only the engine sets it.
 * Setting a variable to the empty text deletes it, so empty and missing are one state.
 * (ConfigMgr docs: "Using task sequence variables".)
 *
 * Two layers: the run-wide one, and the defaults of the step that is running
 * (its <defaultVarList>). A run-wide variable hides a step default of the same name
 * (ConfigMgr docs: setting WorkingDirectory once overrides the Start-in of later steps). */
#ifndef TS_VARS_H
#define TS_VARS_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>

#define TS_VAR_NAME_MAX 256u
#define TS_VAR_VALUE_MAX (16u * 1024u * 1024u) /* bytes; the vendor's documented 4,000 characters is a lint rule */
#define TS_VAR_COUNT_MAX 100000u
#define TS_VAR_EXPAND_MAX (32u * 1024u * 1024u) /* bytes of one expanded text */

typedef enum ts_value_flag {
    TS_VALUE_SECRET = 1,   /* prints as ***; whatever is expanded from it is secret too */
    TS_VALUE_UNKNOWN = 2,  /* simulation: nobody can know the value; `why` says why */
    TS_VALUE_ASSUMED = 4   /* simulation: the value follows from an assumption */
} ts_value_flag;

typedef struct ts_value {
    const char *text; /* never NULL; "" when unknown */
    unsigned flags;   /* ts_value_flag */
    const char *why;  /* reason of UNKNOWN/ASSUMED, NULL otherwise; borrowed */
} ts_value;

typedef struct ts_vars ts_vars;

ts_vars *ts_vars_new(void);
void ts_vars_free(ts_vars *vars); /* wipes secrets */

/* Is this a name that a user may give a variable? Says what is wrong. */
bool ts_var_name_check(const char *name, ts_err **err);

/* Set for a user, script or step: refuses bad names and read-only ('_') ones (TS_REFUSED).
 * A secret variable stays secret when it is set again. */
bool ts_vars_set(ts_vars *vars, const char *name, const char *value, unsigned flags, ts_err **err);
/* Set for the engine itself: '_' names are allowed. */
bool ts_vars_set_engine(ts_vars *vars, const char *name, const char *value, ts_err **err);
/* Simulation: the value can no longer be known. `why` is copied. */
bool ts_vars_set_unknown(ts_vars *vars, const char *name, const char *why, ts_err **err);

/* Look up run-wide, then in the step's defaults; NULL when missing. Borrowed until the next
 * change of vars. */
const ts_value *ts_vars_get(const ts_vars *vars, const char *name);
/* The text, "" when missing (or unknown). */
const char *ts_vars_text(const ts_vars *vars, const char *name);

/* The step layer: one at a time. `name`/`value` pairs are set with ts_vars_step_default between
 * begin and end; end drops them all. */
void ts_vars_step_begin(ts_vars *vars);
bool ts_vars_step_default(ts_vars *vars, const char *name, const char *value, unsigned flags,
                          ts_err **err);
void ts_vars_step_end(ts_vars *vars);

/* Every run-wide variable, sorted by name without regard to case. Return false to stop. Do not
 * change vars meanwhile. */
typedef bool (*ts_vars_visit)(void *ctx, const char *name, const ts_value *value);
bool ts_vars_each(const ts_vars *vars, ts_vars_visit visit, void *ctx, ts_err **err);
size_t ts_vars_count(const ts_vars *vars);

/* Told after every run-wide change (journal, log). value is NULL for a deletion. One listener. */
typedef void (*ts_vars_listener)(void *ctx, const char *name, const ts_value *value);
void ts_vars_listen(ts_vars *vars, ts_vars_listener listener, void *ctx);

/* Process environment as a fallback of %NAME% (and of condition paths); a name that is not a task
 * sequence variable is asked here. Returns NULL when missing; borrowed until the next call. */
typedef const char *(*ts_vars_env)(void *ctx, const char *name);
void ts_vars_set_env(ts_vars *vars, ts_vars_env env, void *ctx);

/* Expands %NAME% in one left-to-right pass; results are not scanned again. An unknown name stays
 * as it is written (docs/reference/undocumented.md, rule EXPAND-UNKNOWN) and is counted in
 * *unresolved when that is not NULL. out->text is owned by the caller (ts_free_secret when
 * secret, free otherwise; ts_value_done does both); flags are the union of what went in. */
bool ts_vars_expand(const ts_vars *vars, const char *text, ts_value *out, unsigned *unresolved,
                    ts_err **err);
void ts_value_done(ts_value *value);

/* Masks every secret value that vars ever held in text: a new string, "***" in its place. Returns
 * text itself (borrowed) when there is nothing to mask; *owned gets the new string or NULL.
 * Out of memory gives the constant "(text hidden: out of memory)". */
const char *ts_vars_mask(const ts_vars *vars, const char *text, char **owned);

/* Names of array members: OSDPartitions + 0 + Type -> OSDPartitions0Type (index not padded), and
 * base-name lists APP01 (digits = 2) or PKG001 (digits = 3), from 1. Owned; NULL on no memory. */
char *ts_var_array_name(const char *base, unsigned index, const char *member);
char *ts_var_list_name(const char *base, unsigned index, unsigned digits);

#endif
