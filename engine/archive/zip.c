/* zip.c - zip files in memory, through libarchive. */
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include <ts/mem.h>

#include "ts_archive.h"

struct ts_zip {
    struct archive *archive;
    const char *name;
    char *path; /* of the current entry */
    unsigned entries;
};

bool ts_zip_is(const void *data, size_t size)
{
    return size >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
}

static bool damaged(const ts_zip *zip, const char *what, ts_err **err)
{
    const char *why = archive_error_string(zip->archive);
    return ts_fail(err, TS_SYNTAX, "cannot read the zip file '%s'%s%s: %s", zip->name,
                   what ? ": " : "", what ? what : "", why ? why : "no reason given");
}

ts_zip *ts_zip_open(const char *name, const void *data, size_t size, ts_err **err)
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
    if (archive_read_support_format_zip(zip->archive) != ARCHIVE_OK ||
        archive_read_open_memory(zip->archive, data, size) != ARCHIVE_OK) {
        damaged(zip, NULL, err);
        ts_zip_close(zip);
        return NULL;
    }
    return zip;
}

void ts_zip_close(ts_zip *zip)
{
    if (!zip)
        return;
    if (zip->archive)
        archive_read_free(zip->archive);
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
