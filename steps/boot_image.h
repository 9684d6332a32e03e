/* boot_image.h - Windows PE from the disk: which boot image, and how the machine gets to it from
 * the full Windows. Apply Windows PE (MDT) and Restart Computer. */
#ifndef TS_STEPS_BOOT_IMAGE_H
#define TS_STEPS_BOOT_IMAGE_H

#include <ts/step.h>

/* Names the boot image: a .wim file, or a package with one. Else it is that of the sequence
 * (_SMSTSBootImageID), else that of the deployment share. */
#define TS_BOOT_IMAGE_VARIABLE "TSBootImage"

#define TS_IN_BOOT_IMAGE                                                                           \
    TS_IN_TEXT(TS_BOOT_IMAGE_VARIABLE, NULL,                                                       \
               "taskseq's own: the boot image, a .wim file or a package with one; empty: that of " \
               "the sequence, or of the deployment share.")

/* All four: false is an engine fault; the step's own failure is in `out`. */

/* Copies the image and boot.sdi to the disk of the Windows that runs. */
bool ts_boot_image_stage(ts_ctx *c, ts_result *out, ts_err **err);
/* The machine starts the staged image at its next start. */
bool ts_boot_image_start(ts_ctx *c, ts_result *out, ts_err **err);
/* Both; what is staged already stays when `keep`. */
bool ts_boot_image_ready(ts_ctx *c, bool keep, ts_result *out, ts_err **err);
/* For precheck functions: in the full Windows, can it be done, and is the image known? */
bool ts_boot_image_precheck(ts_ctx *c, ts_result *out, ts_err **err);

/* LTIApply.wsf /PE */
bool ts_mdt_apply_pe_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
