/* vars_internal.h - what vars.c, secrets.c and expand.c share. */
#ifndef TS_MODEL_VARS_INTERNAL_H
#define TS_MODEL_VARS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>
#include <ts/vars.h>

/* Every secret value that was ever seen, and the forms in which it can turn up in text. */
typedef struct ts_secrets {
    char **values; /* the secrets themselves, each once */
    size_t n_values, cap_values;
    struct ts_pattern *patterns;
    size_t n_patterns, cap_patterns;
    size_t first_of_value; /* first pattern of the value that is being added */
} ts_secrets;

/* True when it is there already or was added. */
bool ts_secrets_add(ts_secrets *secrets, const char *value, size_t len, ts_err **err);
const char *ts_secrets_mask(const ts_secrets *secrets, const char *text, char **owned);
void ts_secrets_done(ts_secrets *secrets); /* wipes */

/* Look-up by a name that is not NUL-terminated. */
const ts_value *ts_vars_get_n(const ts_vars *vars, const char *name, size_t len);
/* The process environment's value, NULL when missing. */
const char *ts_vars_env_get(const ts_vars *vars, const char *name);
/* Both do nothing (false) when nobody listens. */
bool ts_vars_wants_decisions(const ts_vars *vars);
void ts_vars_tell_decision(const ts_vars *vars, const char *rule, const char *text);

#endif
