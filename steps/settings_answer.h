/* settings_answer.h - what Apply Windows Settings and Apply Network Settings do. */
#ifndef TS_STEPS_SETTINGS_ANSWER_H
#define TS_STEPS_SETTINGS_ANSWER_H

#include <ts/step.h>

bool ts_windows_settings_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_windows_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_network_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_network_settings_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
