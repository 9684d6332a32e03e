/* settings_answer.h - what Apply Windows Settings and Apply Network Settings do. */
#ifndef TS_STEPS_SETTINGS_ANSWER_H
#define TS_STEPS_SETTINGS_ANSWER_H

#include <ts/step.h>
#include <ts/unattend.h>

/* One text input and where it goes. */
typedef struct ts_settings_map {
    const char *input;
    ts_unattend_pass pass;
    const char *component;
    const char *path;
} ts_settings_map;

/* Inputs with a value, each to its place. */
bool ts_settings_set(ts_ctx *c, ts_unattend *u, const ts_settings_map *map, size_t n, ts_err **err);
/* False: the value is no good; `out` says so. *zone: as Windows spells it, "" when none is wanted.
 */
bool ts_settings_check_name(const char *name, ts_result *out);
bool ts_settings_check_zone(const char *what, const char *wanted, const char **zone,
                            ts_result *out);
bool ts_settings_check_key(const char *what, const char *key, ts_result *out);
bool ts_settings_set_zone(ts_unattend *u, const char *zone, ts_err **err);
/* What Setup would otherwise ask a person, where the administrator's file does not say it. */
bool ts_settings_set_quiet(ts_unattend *u, ts_err **err);
bool ts_settings_enable_administrator(ts_unattend *u, const char *password, ts_err **err);

bool ts_windows_settings_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_windows_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_network_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_network_settings_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
