/* win_image.h - what the files about images share. */
#ifndef TS_WIN_IMAGE_H
#define TS_WIN_IMAGE_H

#include "win_private.h"

/* "the image is applied by WAY", for the log. */
void ts_win_image_tell(const ts_image_apply *what, const char *way);

/* win_wimgapi.c: by the DLL that is a part of Windows PE. TS_UNSUPPORTED: it is not there; nothing
 * was done. */
bool ts_win_wimgapi_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                          uint64_t bytes, ts_err **err);
bool ts_win_wimgapi_capture(const ts_windows *machine, char letter, const char *file,
                            const char *name, const char *description, ts_err **err);

/* win_wimlib.c: by the libwim-15.dll that the administrator put beside the program. Loads it when
 * it is there; *beside says whether it is. NULL: it is not, or it cannot be used (err). Borrowed
 * from the machine. */
const ts_win_wimlib *ts_win_wimlib_of(ts_windows *machine, bool *beside, ts_err **err);
const char *ts_win_wimlib_text(const ts_win_wimlib *wimlib); /* name and version */
/* After ts_win_wimlib_of has found it. A file or a stream. */
bool ts_win_wimlib_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                         ts_err **err);

#endif
