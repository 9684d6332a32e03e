/* zip.c - reading zip files, through libarchive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include <ts/mem.h>

#include "os.h"
#include "ts_archive.h"

#define FILE_BLOCK (256u * 1024u) /* read at once */

struct ts_zip {
    struct archive *archive;
    ts_file *file; /* NULL: in memory */
    ts_err *fault; /* of the file */
    uint64_t offset;
    uint8_t *block;
    const char *name;
    char *path; /* of the current entry */
    int64_t modified;
    unsigned entries;
};

bool ts_zip_is(const void *data, size_t size)
{
    return size >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
}

/* The file's own error says more than libarchive's. */
static bool damaged(ts_zip *zip, const char *what, ts_err **err)
{
    const char *why = archive_error_string(zip->archive);
    if (zip->fault) {
        if (err)
            *err = zip->fault;
        else
            ts_err_free(zip->fault);
        zip->fault = NULL;
        return ts_wrap(err, "cannot read the archive '%s'", zip->name);
    }
    return ts_fail(err, TS_SYNTAX, "cannot read the archive '%s'%s%s: %s", zip->name,
                   what ? ": " : "", what ? what : "", why ? why : "no reason given");
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **data)
{
    ts_zip *zip = ctx;
    size_t got = 0;
    *data = zip->block;
    if (!zip->fault &&
        ts_file_pread(zip->file, zip->block, FILE_BLOCK, zip->offset, &got, &zip->fault)) {
        zip->offset += got;
        return (la_ssize_t)got;
    }
    archive_set_error(a, ARCHIVE_FATAL, "cannot read");
    return -1;
}

/* libarchive reads a zip's directory first, so it must be able to jump. */
static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
    ts_zip *zip = ctx;
    uint64_t size = 0;
    if (!ts_file_size(zip->file, &size, zip->fault ? NULL : &zip->fault)) {
        archive_set_error(a, ARCHIVE_FATAL, "cannot read");
        return ARCHIVE_FATAL;
    }
    int64_t base = whence == SEEK_CUR   ? (int64_t)zip->offset
                   : whence == SEEK_END ? (int64_t)size
                                        : 0;
    if (base + offset < 0 || base + offset > (int64_t)size) {
        archive_set_error(a, ARCHIVE_FATAL, "a position outside the file");
        return ARCHIVE_FATAL;
    }
    zip->offset = (uint64_t)(base + offset);
    return base + offset;
}

static ts_zip *new_zip(const char *name, ts_err **err)
{
    ts_zip *zip = ts_alloc(sizeof *zip);
    if (zip)
        zip->archive = archive_read_new();
    if (!zip || !zip->archive) {
        ts_zip_close(zip);
        ts_fail_nomem(err);
        return NULL;
    }
    zip->name = name;
    return zip;
}

ts_zip *ts_zip_open(const char *name, const void *data, size_t size, ts_err **err)
{
    ts_zip *zip = new_zip(name, err);
    if (zip && (archive_read_support_format_zip(zip->archive) != ARCHIVE_OK ||
                archive_read_open_memory(zip->archive, data, size) != ARCHIVE_OK)) {
        damaged(zip, NULL, err);
        ts_zip_close(zip);
        return NULL;
    }
    return zip;
}

static ts_zip *open_file(const char *path, int (*support)(struct archive *), ts_err **err)
{
    ts_zip *zip = new_zip(path, err);
    if (!zip)
        return NULL;
    zip->block = ts_alloc(FILE_BLOCK);
    zip->file = zip->block ? ts_file_open(path, TS_FILE_READ, false, err) : NULL;
    if (!zip->block)
        ts_fail_nomem(err);
    if (zip->file && (support(zip->archive) != ARCHIVE_OK ||
                      archive_read_set_seek_callback(zip->archive, on_seek) != ARCHIVE_OK ||
                      archive_read_open(zip->archive, zip, NULL, on_read, NULL) != ARCHIVE_OK))
        damaged(zip, NULL, err);
    else if (zip->file)
        return zip;
    ts_zip_close(zip);
    return NULL;
}

ts_zip *ts_zip_open_file(const char *path, ts_err **err)
{
    return open_file(path, archive_read_support_format_zip, err);
}

ts_zip *ts_iso_open_file(const char *path, ts_err **err)
{
    return open_file(path, archive_read_support_format_iso9660, err);
}

void ts_zip_close(ts_zip *zip)
{
    if (!zip)
        return;
    if (zip->archive)
        archive_read_free(zip->archive);
    ts_file_close(zip->file);
    ts_err_free(zip->fault);
    free(zip->block);
    free(zip->path);
    free(zip);
}

bool ts_zip_next(ts_zip *zip, const char **path, ts_err **err)
{
    ts_free_ptr(&zip->path);
    for (;;) {
        struct archive_entry *entry;
        int status = archive_read_next_header(zip->archive, &entry);
        if (status == ARCHIVE_EOF) {
            *path = NULL;
            return true;
        }
        if (status < ARCHIVE_WARN) /* a warning is a name that this locale cannot show */
            return damaged(zip, NULL, err);
        if (++zip->entries > TS_ZIP_ENTRIES_MAX)
            return ts_fail(err, TS_LIMIT, "the zip file '%s' has more than %u entries", zip->name,
                           TS_ZIP_ENTRIES_MAX);
        if (archive_entry_filetype(entry) == AE_IFDIR)
            continue;
        const char *name = archive_entry_pathname_utf8(entry);
        if (!name)
            name = archive_entry_pathname(entry);
        zip->path = ts_strdup(name ? name : "?");
        if (!zip->path)
            return ts_fail_nomem(err);
        zip->modified = archive_entry_mtime_is_set(entry)
                            ? (int64_t)archive_entry_mtime(entry) * 1000
                            : 0;
        for (char *p = zip->path; *p; p++) /* .NET wrote '\' into zips for years */
            if (*p == '\\')
                *p = '/';
        *path = zip->path;
        return true;
    }
}

bool ts_zip_read(ts_zip *zip, ts_buf *out, ts_err **err)
{
    char block[16384];
    for (;;) {
        la_ssize_t got = archive_read_data(zip->archive, block, sizeof block);
        if (got < 0)
            return damaged(zip, zip->path, err);
        if (got == 0)
            return true;
        ts_buf_add(out, block, (size_t)got);
        if (!ts_buf_ok(out, zip->path, err))
            return ts_wrap(err, "zip file '%s'", zip->name);
    }
}

bool ts_zip_read_some(ts_zip *zip, void *data, size_t size, size_t *got, ts_err **err)
{
    la_ssize_t n = archive_read_data(zip->archive, data, size);
    if (n < 0)
        return damaged(zip, zip->path, err);
    *got = (size_t)n;
    return true;
}

int64_t ts_zip_modified(const ts_zip *zip)
{
    return zip->modified;
}
