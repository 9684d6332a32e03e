/* deploy.h - what the steps that deploy Windows share: drive letters, targets, files of a package,
 * and the answer file of the new Windows. */
#ifndef TS_STEPS_DEPLOY_H
#define TS_STEPS_DEPLOY_H

#include <ts/deploy.h>
#include <ts/step.h>
#include <ts/unattend.h>

#define TS_STEP_CODE_DISK_FULL  0x80070070 /* ERROR_DISK_FULL */
#define TS_STEP_CODE_NO_DRIVE   0x8007000F /* ERROR_INVALID_DRIVE */
#define TS_STEP_CODE_NOT_JOINED 0x80070A84 /* NERR_SetupNotJoined (2692) */

/* 'C' of "C", "C:", "C:\"; 0 when the text is none of these. */
char ts_step_letter(const char *text);

/* Names of the inputs that say which volume is meant. */
typedef struct ts_step_target {
    const char *variable, *letter, *disk, *partition;
} ts_step_target;
/* Nothing is on the volume but what Windows and this engine put on every one. */
bool ts_step_is_bare(ts_host *host, char letter);
/* The volume that the inputs name, or the first free formatted one with nothing on it. 0: the step
 * failed, `out` says why (or an engine fault is in *err). */
char ts_step_find_target(ts_ctx *c, const ts_step_target *names, ts_result *out, ts_err **err);
/* The volume of the new Windows (OSDTargetSystemDrive), in the full OS the running one. 0: none. */
char ts_step_windows(ts_ctx *c);

/* The volume with the Windows that was applied, 0: there is none yet. In the full OS the running
 * one. */
char ts_step_new_windows(ts_ctx *c);
/* The domain of this machine, owned; "" when it is in none, or nobody knows. */
bool ts_step_domain(ts_ctx *c, char **out, ts_err **err);

/* The package's local folder; NULL: the step failed or an engine fault is in *err. */
const char *ts_step_package(ts_ctx *c, const char *id, ts_result *out, ts_err **err);

/* The answer file of the Windows on a volume. Owned; NULL: the step failed or *err is set. */
ts_unattend *ts_step_unattend_open(ts_ctx *c, char letter, ts_result *out, ts_err **err);
/* Writes it back; false: engine fault; a failure of its own is in `out`. */
bool ts_step_unattend_save(ts_ctx *c, char letter, ts_unattend *unattend, ts_result *out,
                           ts_err **err);

#endif
