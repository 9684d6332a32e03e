/* apply_image.h - what Apply Operating System Image and Apply Data Image do. */
#ifndef TS_STEPS_APPLY_IMAGE_H
#define TS_STEPS_APPLY_IMAGE_H

#include <ts/deploy.h>
#include <ts/step.h>
#include <ts/unattend.h>

/* False: the image is for another processor; `out` says so. */
bool ts_step_image_architecture(ts_ctx *c, const ts_image_info *image, ts_result *out);
uint64_t ts_step_image_room(const ts_image_info *image); /* bytes that its volume must have */
/* The administrator's answer file in the folder, expanded. NULL: the step failed, or it is not
 * known (simulation). */
ts_unattend *ts_step_own_answer_file(ts_ctx *c, const char *folder, const char *architecture,
                                     ts_result *out, ts_err **err);

/* Applies image `which` (index, edition or name) of a package to a volume and makes it start. */
bool ts_apply_windows(ts_ctx *c, const char *id, const char *which, char letter, ts_result *out,
                      ts_err **err);
bool ts_apply_os_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_apply_data_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
