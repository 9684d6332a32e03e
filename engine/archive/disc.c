/* disc.c - a file out of a disc image: by UDF, else by ISO 9660 through libarchive. */
#include "disc.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "ts_archive.h"
#include "udf.h"

#define BLOCK (1024u * 1024u)

static bool read_file(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    uint8_t *out = data;
    while (size > 0) {
        size_t got = 0;
        if (!ts_file_pread(ctx, out, size, offset, &got, err))
            return false;
        if (got == 0)
            return ts_fail(err, TS_INTEGRITY, "the disc image ends too early");
        out += got;
        offset += got;
        size -= got;
    }
    return true;
}

bool ts_disc_is(const char *path)
{
    /* Volume descriptors: a byte, then five characters, from sector 16 on. */
    static const char *const marks[] = {"CD001", "NSR02", "NSR03"};
    ts_file *file = ts_file_is_folder(path) ? NULL : ts_file_open(path, TS_FILE_READ, false, NULL);
    bool is = false;
    for (uint64_t sector = 16; file && !is && sector < 32; sector++) {
        char id[5];
        size_t got = 0;
        if (!ts_file_pread(file, id, sizeof id, sector * TS_UDF_SECTOR + 1, &got, NULL) || got < 5)
            break;
        for (size_t i = 0; i < TS_COUNT(marks); i++)
            is |= memcmp(id, marks[i], 5) == 0;
    }
    ts_file_close(file);
    return is;
}

/* --- UDF ------------------------------------------------------------------------------------ */

static bool copy_extent(const ts_reader *disc, const ts_udf_extent *e, uint8_t *block, ts_file *to,
                        ts_err **err)
{
    for (uint64_t at = 0; at < e->size;) {
        size_t n = e->size - at < BLOCK ? (size_t)(e->size - at) : BLOCK;
        if (e->hole)
            memset(block, 0, n);
        else if (!disc->read(disc->ctx, e->offset + at, block, n, err))
            return false;
        if (!ts_file_append(to, block, n, err))
            return false;
        at += n;
    }
    return true;
}

static bool copy_out(const ts_reader *disc, const ts_udf_file *f, const char *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *block = ts_alloc(BLOCK);
    if (!block)
        return ts_fail_nomem(err);
    ts_file *out = ts_file_open(to, TS_FILE_CREATE, false, err);
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < f->n_extents; i++)
        ok = copy_extent(disc, &f->extents[i], block, out, err);
    ts_file_close(out);
    return ok;
}

static bool from_udf(const ts_reader *disc, const char *const *names, size_t n, const char *to,
                     size_t *which, bool *found, ts_err **err)
{
    *found = false;
    for (size_t i = 0; i < n && !*found; i++) {
        ts_udf_file f;
        if (!ts_udf_find(disc, names[i], found, &f, err))
            return false;
        if (!*found)
            continue;
        *which = i;
        bool ok = copy_out(disc, &f, to, err);
        free(f.extents);
        return ok;
    }
    return true;
}

/* --- ISO 9660 ------------------------------------------------------------------------------- */

static bool write_entry(ts_zip *iso, const char *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *block = ts_alloc(BLOCK);
    if (!block)
        return ts_fail_nomem(err);
    ts_file *out = ts_file_open(to, TS_FILE_CREATE, false, err);
    size_t got = 1;
    bool ok = out != NULL;
    while (ok && got > 0)
        ok = ts_zip_read_some(iso, block, BLOCK, &got, err) && ts_file_append(out, block, got, err);
    ts_file_close(out);
    return ok;
}

/* Entries come in the order of their content, so the first name of the list may be met last. */
static bool from_iso(const char *disc, const char *const *names, size_t n, const char *to,
                     size_t *which, bool *found, ts_err **err)
{
    ts_zip *iso = ts_iso_open_file(disc, err);
    bool ok = iso != NULL;
    *which = n;
    while (ok) {
        const char *path;
        ok = ts_zip_next(iso, &path, err);
        if (!ok || !path)
            break;
        for (size_t i = 0; ok && i < *which; i++) {
            if (!ts_str_ieq(path, names[i]))
                continue;
            ok = write_entry(iso, to, err);
            *which = i;
        }
    }
    *found = *which < n;
    ts_zip_close(iso);
    return ok;
}

bool ts_disc_extract(const char *disc, const char *const *names, size_t n, const char *to,
                     size_t *which, ts_err **err)
{
    uint64_t size = 0;
    bool found = false;
    ts_file *file = ts_file_open(disc, TS_FILE_READ, false, err);
    bool ok = file && ts_file_size(file, &size, err);
    ts_reader reader = {.name = disc, .size = size, .read = read_file, .ctx = file};
    ok = ok && from_udf(&reader, names, n, to, which, &found, err);
    ts_file_close(file);
    ok = ok && (found || from_iso(disc, names, n, to, which, &found, err));
    if (ok && !found)
        ok = ts_fail(err, TS_NOT_FOUND, "'%s' does not have '%s'%s", disc, names[0],
                     n > 1 ? " or any other that was looked for" : "");
    if (!ok)
        ts_file_remove(to, NULL);
    return ok;
}
