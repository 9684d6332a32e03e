/* wim_export.h - WIM and ESD files written anew: some of the images, or in the form for pipes. By
 * wimlib, where it is there; Windows builds have none and say so. */
#ifndef TS_WIM_EXPORT_H
#define TS_WIM_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

/* Writes the images (indexes from 1, in this order; n 0: all) of one file to another. Solid
 * compression (ESD) becomes LZX, all else is copied as it is compressed. The same input makes the
 * same bytes. TS_NOT_FOUND: no such image; TS_INTEGRITY: damaged; TS_UNSUPPORTED: no wimlib in this
 * build. */
bool ts_wim_export(const char *from, const char *to, const uint32_t *images, size_t n, bool pipable,
                   ts_err **err);

#endif
