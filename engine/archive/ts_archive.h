/* ts_archive.h - reading archives. The only folder that sees libarchive and zstd.
 *
 * (Not archive.h: libarchive has that name.) Whatever the archive claims about itself, memory is
 * bounded: by the number of entries, and by the bytes that a caller takes from one entry. */
#ifndef TS_ARCHIVE_H
#define TS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_ZIP_ENTRIES_MAX 65536u /* a console export of a large sequence has a few thousand */

/* True when the bytes begin like a zip file, whatever its name ("Build&Capture.zip.old" is real).
 */
bool ts_zip_is(const void *data, size_t size);

/* A zip file in memory. `data` and `name` (for messages) are borrowed until ts_zip_close. */
typedef struct ts_zip ts_zip;
ts_zip *ts_zip_open(const char *name, const void *data, size_t size, ts_err **err);
/* The same from a file of any size; `path` is borrowed. TS_NOT_FOUND. */
ts_zip *ts_zip_open_file(const char *path, ts_err **err);
/* The same of an ISO 9660 disc, for disc.c: its entries come in the order of their content. */
ts_zip *ts_iso_open_file(const char *path, ts_err **err);
void ts_zip_close(ts_zip *zip);
/* The next file; folders are left out. *path is NULL at the end, borrowed until the next call.
 * TS_SYNTAX when the archive is damaged, TS_LIMIT. */
bool ts_zip_next(ts_zip *zip, const char **path, ts_err **err);
/* Appends the current file's content; *out has the bound. TS_SYNTAX when it is damaged or
 * encrypted, TS_LIMIT. */
bool ts_zip_read(ts_zip *zip, ts_buf *out, ts_err **err);
/* The next bytes of it; *got is 0 at its end. For files that are larger than memory. */
bool ts_zip_read_some(ts_zip *zip, void *data, size_t size, size_t *got, ts_err **err);
/* What the directory says of the current file; milliseconds since 1970, 0: not known. */
int64_t ts_zip_modified(const ts_zip *zip);

/* A zip file in memory, the same bytes for the same entries. */
typedef struct ts_zip_writer ts_zip_writer;
ts_zip_writer *ts_zip_writer_new(ts_buf *out, ts_err **err); /* out is borrowed and has the bound */
bool ts_zip_writer_add(ts_zip_writer *w, const char *path, const void *data, size_t size,
                       ts_err **err);
bool ts_zip_writer_end(ts_zip_writer *w, ts_err **err); /* completes it; once */
void ts_zip_writer_free(ts_zip_writer *w);

#endif
