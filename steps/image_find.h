/* image_find.h - the image file of a package and the image in it. */
#ifndef TS_STEPS_IMAGE_FIND_H
#define TS_STEPS_IMAGE_FIND_H

#include <ts/deploy.h>
#include <ts/step.h>

#define TS_SWM_PARTS_MAX 64u

typedef struct ts_step_image {
    char *file;                        /* owned; of a stream: its path in the package */
    const ts_reader *stream;           /* NULL: the file is here */
    const char *folder;                /* of the package, borrowed; NULL: a stream */
    char *parts[TS_SWM_PARTS_MAX + 1]; /* owned: further .swm parts; ends with NULL */
    ts_image_info info;                /* index included */
} ts_step_image;

/* Looks for .wim, .esd or .swm files in the folder of the package, and in its "sources". `which`:
 * an index, an edition or a name. false: the step failed (or an engine fault is in *err). */
bool ts_step_image_find(ts_ctx *c, const char *folder, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err);
/* The same of an image file, not a package. */
bool ts_step_image_file(ts_ctx *c, const char *file, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err);
void ts_step_image_done(ts_step_image *image);

/* The name of the image file among names, one a line, that are cut into texts; NULL: none. */
const char *ts_step_image_choose(char *names, size_t size, unsigned *images);
/* Takes the list of a file's images and chooses one. */
bool ts_step_image_take(ts_image_info *list, size_t n, const char *which, ts_step_image *image,
                        ts_result *out);

/* The same in a package, by its id: read while it is fetched where host and content can do that,
 * else fetched first. `whole`: never streamed. */
bool ts_step_image_open(ts_ctx *c, const char *id, const char *which, bool whole,
                        ts_step_image *image, ts_result *out, ts_err **err);
/* What the package's image is, without fetching the package: its directory is read. false without
 * failure: that is not possible with this package or host. ts_step_image_done. */
bool ts_step_image_peek(ts_ctx *c, const char *id, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err);
/* Instead of ts_step_image_done. used: applied; it is not needed again. */
void ts_step_image_close(ts_ctx *c, ts_step_image *image, bool used);

#endif
