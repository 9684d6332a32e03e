/* disc.h - a file out of a disc image (.iso). Windows' own discs are UDF, with a stub of ISO 9660
 * that only says so; others are ISO 9660 with Joliet or Rock Ridge. Both are read. */
#ifndef TS_DISC_H
#define TS_DISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

/* True when the file has the mark of ISO 9660 or UDF. */
bool ts_disc_is(const char *path);
/* Writes the first of these files ("sources/install.wim"; case does not count) that the disc has to
 * `to`; *which is its place in the list. TS_NOT_FOUND: it has none; TS_INTEGRITY: damaged. */
bool ts_disc_extract(const char *disc, const char *const *names, size_t n, const char *to,
                     size_t *which, ts_err **err);

#endif
