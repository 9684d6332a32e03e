/* apply_image.h - what Apply Operating System Image and Apply Data Image do. */
#ifndef TS_STEPS_APPLY_IMAGE_H
#define TS_STEPS_APPLY_IMAGE_H

#include <ts/deploy.h>
#include <ts/step.h>
#include <ts/unattend.h>

/* False: the image is for another processor; `out` says so. */
bool ts_step_image_architecture(ts_ctx *c, const ts_image_info *image, ts_result *out);
/* Why no firmware would start the Windows of an image, and what to do. */
#define TS_STEP_NO_BOOT                                                                            \
    "the disk has no partition to start Windows from: make an EFI partition in the GPT layout, "   \
    "or "                                                                                          \
    "a bootable one in the MBR layout"
uint64_t ts_step_image_room(const ts_image_info *image); /* bytes that its volume must have */
/* The administrator's answer file, expanded. NULL: the step failed, or it is not
 * known (simulation). */
ts_unattend *ts_step_answer_file(ts_ctx *c, const char *path, const char *architecture,
                                 ts_result *out, ts_err **err);
/* The same of the step's OSDConfigFileName in a folder. */
ts_unattend *ts_step_own_answer_file(ts_ctx *c, const char *folder, const char *architecture,
                                     ts_result *out, ts_err **err);

/* Where an image is. */
typedef struct ts_apply_source {
    const char *package; /* its id */
    const char *file;    /* instead of the package: the image file; NULL: the package */
    const char *which;   /* index, edition or name */
    const char *answers; /* answer file; NULL: the one of the step's ConfigFilePackage */
} ts_apply_source;

/* Applies an image to a volume and makes it start. */
bool ts_apply_windows(ts_ctx *c, const ts_apply_source *source, char letter, ts_result *out,
                      ts_err **err);
bool ts_apply_os_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_apply_data_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
