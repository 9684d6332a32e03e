/* bitlocker_run.h - what the BitLocker steps do. */
#ifndef TS_STEPS_BITLOCKER_RUN_H
#define TS_STEPS_BITLOCKER_RUN_H

#include <ts/step.h>

bool ts_enable_bitlocker_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_enable_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_disable_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_offline_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_bde_protectors_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
