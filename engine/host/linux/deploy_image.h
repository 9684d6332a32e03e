/* deploy_image.h - what the files around wimlib share. */
#ifndef TS_DEPLOY_IMAGE_H
#define TS_DEPLOY_IMAGE_H

#include <wimlib.h>

#include "deploy_private.h"

/* The context of ts_lx_wim_progress. */
typedef struct ts_lx_watch {
    const ts_linux *machine;
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text);
    void *ctx;
} ts_lx_watch;

/* Reports, and ends the work when the host is cancelled. */
enum wimlib_progress_status ts_lx_wim_progress(enum wimlib_progress_msg message,
                                               union wimlib_progress_info *info, void *ctx);
/* "cannot WHAT 'FILE': ..."; always false. */
bool ts_lx_wim_fail(int rc, const ts_linux *machine, ts_err **err, const char *what,
                    const char *file);
/* parts: further .swm files, NULL-terminated, or NULL. */
WIMStruct *ts_lx_wim_open(const ts_linux *machine, const char *file, const char *const *parts,
                          ts_err **err);
void ts_lx_wim_done(WIMStruct **wim);

/* deploy_stream.c */
bool ts_lx_image_stream(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                        ts_lx_watch *watch, ts_err **err);
/* deploy_verify.c: reads back every stream of every file. TS_INTEGRITY names the first that
 * differs. */
bool ts_lx_image_verify(const ts_linux *machine, WIMStruct *wim, const ts_image_apply *what,
                        const ts_lx_place *place, ts_err **err);

#endif
