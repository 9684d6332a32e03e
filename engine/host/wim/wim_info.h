/* wim_info.h - what an image file holds. */
#ifndef TS_WIM_INFO_H
#define TS_WIM_INFO_H

#include <ts/deploy.h>

/* Of a file, whole or the first part of a split one. Owned array. TS_NOT_FOUND; TS_INTEGRITY:
 * damaged, or no WIM file; TS_LIMIT. */
bool ts_wim_file_images(const char *file, ts_image_info **out, size_t *count, ts_err **err);
/* Of one that is still to come. TS_UNSUPPORTED: it cannot be applied while it comes. */
bool ts_wim_stream_images(const ts_reader *stream, ts_image_info **out, size_t *count,
                          ts_err **err);

#endif
