/* image_find.h - the image file of a package and the image in it. */
#ifndef TS_STEPS_IMAGE_FIND_H
#define TS_STEPS_IMAGE_FIND_H

#include <ts/deploy.h>
#include <ts/step.h>

#define TS_SWM_PARTS_MAX 64u

typedef struct ts_step_image {
    char *file;                        /* owned */
    char *parts[TS_SWM_PARTS_MAX + 1]; /* owned: further .swm parts; ends with NULL */
    ts_image_info info;                /* index included */
} ts_step_image;

/* Looks for .wim, .esd or .swm files in the folder of the package, and in its "sources". `which`:
 * an index, an edition or a name. false: the step failed (or an engine fault is in *err). */
bool ts_step_image_find(ts_ctx *c, const char *folder, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err);
void ts_step_image_done(ts_step_image *image);

#endif
