/* win_image.h - what the files about images share. */
#ifndef TS_WIN_IMAGE_H
#define TS_WIN_IMAGE_H

#include "win_private.h"

/* win_wimgapi.c: by the DLL that is a part of Windows PE. TS_UNSUPPORTED: it is not there; nothing
 * was done. */
bool ts_win_wimgapi_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                          uint64_t bytes, ts_err **err);
bool ts_win_wimgapi_capture(const ts_windows *machine, char letter, const char *file,
                            const char *name, const char *description, ts_err **err);

#endif
