/* mdt_deploy.h - MDT's scripts that deploy, as this engine does them. */
#ifndef TS_STEPS_MDT_DEPLOY_H
#define TS_STEPS_MDT_DEPLOY_H

#include <ts/step.h>

/* Variable between Inject Drivers, which MDT runs before the image is there, and Install Operating
 * System, which then adds the drivers: "AUTO" or "ALL". */
#define TS_MDT_DRIVERS_VARIABLE "TSInjectDrivers"
/* ... and the selection profile of that step. */
#define TS_MDT_DRIVERS_PROFILE_VARIABLE "TSInjectDriversProfile"
/* Set by Install Operating System behind it: the drive ("C:") of the Windows that has its drivers.
 * MDT's sequences have Inject Drivers a second time, in Postinstall, where MDT adds nothing. */
#define TS_MDT_DRIVERS_DONE_VARIABLE "TSInjectDriversDone"

bool ts_mdt_install_os_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_install_os_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_configure_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_configure_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_drivers_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_nic_config_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_recover_domain_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_copy_scripts_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_post_apply_run(ts_ctx *c, ts_result *out, ts_err **err);

/* Drivers for the Windows on a volume: of the share that DeployRoot names, chosen by profile and
 * groups, else of the driver package. mode: "AUTO" or "ALL". */
bool ts_mdt_add_drivers(ts_ctx *c, const char *mode, const char *profile, char letter,
                        ts_result *out, ts_err **err);

/* Writes MDT's variables into the answer file of the Windows on a volume. */
bool ts_mdt_write_answers(ts_ctx *c, char letter, ts_result *out, ts_err **err);

#endif
