/* zip_write.c - writing zip files in memory, through libarchive. */
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include <ts/mem.h>

#include "ts_archive.h"

struct ts_zip_writer {
    struct archive *archive;
    ts_buf *out;
};

static la_ssize_t take(struct archive *archive, void *ctx, const void *data, size_t size)
{
    ts_buf *out = ctx;
    ts_buf_add(out, data, size);
    if (!out->over_limit && !out->no_memory)
        return (la_ssize_t)size;
    archive_set_error(archive, ARCHIVE_FATAL, "too large");
    return -1;
}

/* The buffer knows best what went wrong. */
static bool failed(const ts_zip_writer *w, ts_err **err)
{
    const char *why = archive_error_string(w->archive);
    return ts_buf_ok(w->out, "the zip file", err) &&
           ts_fail(err, TS_OS, "cannot write a zip file: %s", why ? why : "no reason given");
}

ts_zip_writer *ts_zip_writer_new(ts_buf *out, ts_err **err)
{
    ts_zip_writer *w = ts_alloc(sizeof *w);
    if (w)
        w->archive = archive_write_new();
    if (!w || !w->archive) {
        ts_zip_writer_free(w);
        ts_fail_nomem(err);
        return NULL;
    }
    w->out = out;
    if (archive_write_set_format_zip(w->archive) == ARCHIVE_OK &&
        archive_write_set_bytes_in_last_block(w->archive, 1) == ARCHIVE_OK &&
        archive_write_open(w->archive, out, NULL, take, NULL) == ARCHIVE_OK)
        return w;
    failed(w, err);
    ts_zip_writer_free(w);
    return NULL;
}

bool ts_zip_writer_add(ts_zip_writer *w, const char *path, const void *data, size_t size,
                       ts_err **err)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return ts_fail_nomem(err);
    archive_entry_set_pathname_utf8(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 946684800, 0); /* 2000: a zip cannot say less than 1980 */
    bool ok = archive_write_header(w->archive, entry) == ARCHIVE_OK &&
              archive_write_data(w->archive, data, size) == (la_ssize_t)size;
    archive_entry_free(entry);
    return ok || failed(w, err);
}

bool ts_zip_writer_end(ts_zip_writer *w, ts_err **err)
{
    return archive_write_close(w->archive) == ARCHIVE_OK || failed(w, err);
}

void ts_zip_writer_free(ts_zip_writer *w)
{
    if (!w)
        return;
    if (w->archive)
        archive_write_free(w->archive);
    free(w);
}
