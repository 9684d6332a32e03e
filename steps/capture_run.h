/* capture_run.h - what the steps that read the running Windows, or make an image of it, do. */
#ifndef TS_STEPS_CAPTURE_RUN_H
#define TS_STEPS_CAPTURE_RUN_H

#include <ts/step.h>

bool ts_capture_image_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_backup_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_sysprep_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_capture_windows_settings_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_capture_adapters(ts_ctx *c, ts_result *out, ts_err **err); /* into OSDAdapter... */
bool ts_capture_network_settings_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
