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
#define TS_VAR_VALUE_MAX                                                                           \
    (16u * 1024u * 1024u) /* bytes; the vendor's documented 4,000 characters is a lint rule */
#define TS_VAR_COUNT_MAX   100000u
#define TS_VAR_EXPAND_MAX  (32u * 1024u * 1024u) /* bytes of one expanded text */
#define TS_VAR_SECRETS_MAX 1000u /* different secret values that one ts_vars remembers */
#define TS_VAR_MASK_WORD   4u    /* bytes; a shorter secret is masked as a whole word only */
#define TS_VAR_FILE_MAX    (64u * 1024u * 1024u) /* bytes of one file of variables */

typedef enum ts_value_flag {
    TS_VALUE_SECRET = 1,  /* prints as ***; whatever is expanded from it is secret too */
    TS_VALUE_UNKNOWN = 2, /* simulation: nobody can know the value; `why` says why */
    TS_VALUE_ASSUMED = 4  /* simulation: the value follows from an assumption */
} ts_value_flag;

typedef struct ts_value {
    const char *text; /* never NULL; "" when unknown */
    unsigned flags;   /* ts_value_flag */
    const char *why;  /* reason of UNKNOWN (and of ASSUMED when one is known), NULL otherwise;
                         lives as long as text */
} ts_value;

typedef struct ts_vars ts_vars;

ts_vars *ts_vars_new(void);
void ts_vars_free(ts_vars *vars); /* wipes secrets */

/* Is this a name that a user may give a variable? Says what is wrong. */
bool ts_var_name_check(const char *name, ts_err **err);

/* Names that always hold a secret, whoever sets them: the password variables of the built-in steps,
 * network access account, media certificate, product keys (ConfigMgr docs: variables reference). */
bool ts_var_name_is_secret(const char *name);

/* Set for a user, script or step: refuses bad names (TS_SCHEMA) and read-only ('_') ones
 * (TS_REFUSED). TS_LIMIT: value or count over the numbers above. flags: TS_VALUE_SECRET, ASSUMED.
 * A secret variable stays secret when it is set again. value may be NULL (deletes) and may point
 * into vars. */
bool ts_vars_set(ts_vars *vars, const char *name, const char *value, unsigned flags, ts_err **err);
/* Set for the engine itself: '_' names are allowed. */
bool ts_vars_set_engine(ts_vars *vars, const char *name, const char *value, ts_err **err);
bool ts_vars_set_engine_flags(ts_vars *vars, const char *name, const char *value, unsigned flags,
                              ts_err **err);
/* Simulation: the value can no longer be known. `why` is copied. */
bool ts_vars_set_unknown(ts_vars *vars, const char *name, const char *why, ts_err **err);

/* Look up run-wide, then in the step's defaults; NULL when missing. Borrowed until the next
 * change of vars. */
const ts_value *ts_vars_get(const ts_vars *vars, const char *name);
/* The text, "" when missing (or unknown). */
const char *ts_vars_text(const ts_vars *vars, const char *name);

/* The step layer: one at a time. `name`/`value` pairs are set with ts_vars_step_default between
 * begin and end; end drops them all. Names of real files are taken as they are: any text without
 * '%', '=' and control characters. */
void ts_vars_step_begin(ts_vars *vars);
bool ts_vars_step_default(ts_vars *vars, const char *name, const char *value, unsigned flags,
                          ts_err **err);
void ts_vars_step_end(ts_vars *vars);

/* Every run-wide variable, sorted by name without regard to case. Return false to stop. Do not
 * change vars meanwhile. */
typedef bool (*ts_vars_visit)(void *ctx, const char *name, const ts_value *value);
bool ts_vars_each(const ts_vars *vars, ts_vars_visit visit, void *ctx, ts_err **err);
size_t ts_vars_count(const ts_vars *vars);

/* Told after every run-wide change (journal, log), not when a value is set to what it was. value is
 * NULL for a deletion. One listener, which must not change vars. */
typedef void (*ts_vars_listener)(void *ctx, const char *name, const ts_value *value);
void ts_vars_listen(ts_vars *vars, ts_vars_listener listener, void *ctx);

/* Process environment as a fallback of %NAME% (and of condition paths); a name that is not a task
 * sequence variable is asked here. Returns NULL when missing; borrowed until the next call. */
typedef const char *(*ts_vars_env)(void *ctx, const char *name);
void ts_vars_set_env(ts_vars *vars, ts_vars_env env, void *ctx);

/* Told when a rule of docs/reference/undocumented.md decided something: the rule's id and one line
 * for the log, without secrets. */
typedef void (*ts_decided)(void *ctx, const char *rule, const char *text);
void ts_vars_on_decision(ts_vars *vars, ts_decided decided, void *ctx);

/* Expands %NAME% in one left-to-right pass; results are not scanned again (rule EXPAND-ONCE). An
 * unknown name stays as it is written (docs/reference/undocumented.md, rule EXPAND-UNKNOWN) and is
 * counted in *unresolved when that is not NULL. out->text is owned by the caller (ts_free_secret
 * when secret, free otherwise; ts_value_done does both) and holds out->why behind its end; flags
 * are the union of what went in. TS_LIMIT: longer than TS_VAR_EXPAND_MAX. */
bool ts_vars_expand(const ts_vars *vars, const char *text, ts_value *out, unsigned *unresolved,
                    ts_err **err);
void ts_value_done(ts_value *value); /* zeroes it; a zeroed value is fine */

/* Masks every secret value that vars ever held in text: a new string, "***" in its place. Masked
 * are the value as it is, in base64 (of its UTF-8 and UTF-16 bytes, also in the middle of a longer
 * text), URL-encoded and XML-escaped. Returns text itself (borrowed) when there is nothing to mask;
 * *owned gets the new string or NULL. Out of memory gives the constant
 * "(text hidden: out of memory)". */
const char *ts_vars_mask(const ts_vars *vars, const char *text, char **owned);

/* Sets the variables of a file: a JSON object {"NAME": "value", "PIN": {"value": "1", "secret":
 * true}}, lines NAME=value ('#' and ';' start a comment line, [sections] are skipped, blanks around
 * are cut), or XML with <var name="..">value</var> or <variable name="..">value</variable> elements
 * (secret="true" marks a secret). Which one it is is seen from the first character; UTF-8, or
 * UTF-16 with a byte order mark. '_' names are allowed in XML only: that is the form in which media
 * carry the engine's own variables. Errors name the file and the line; variables in front of the
 * faulty one are set. */
bool ts_vars_load_file(ts_vars *vars, const char *path, ts_err **err);
/* The same from memory; `name` stands for the file in errors. */
bool ts_vars_load(ts_vars *vars, const char *name, const char *data, size_t size, ts_err **err);

/* Names of array members: OSDPartitions + 0 + Type -> OSDPartitions0Type (index not padded), and
 * base-name lists APP01 (digits = 2) or PKG001 (digits = 3), from 1. Owned; NULL on no memory. */
char *ts_var_array_name(const char *base, unsigned index, const char *member);
char *ts_var_list_name(const char *base, unsigned index, unsigned digits);

#endif
