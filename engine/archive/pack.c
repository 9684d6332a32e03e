/* pack.c - tar + zstd through libarchive. */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define CHUNK (256u * 1024u)

struct ts_pack_writer {
    struct archive *a;
    ts_file *file;
    ts_err *err; /* of the file */
};

struct ts_pack {
    struct archive *a;
    ts_file *file;
    ts_err *err;
    uint64_t offset;
    uint64_t bytes; /* handed out so far */
    unsigned entries;
    uint8_t *chunk;
};

/* The file's own error says more than libarchive's. */
static bool fail(struct archive *a, ts_err **own, ts_code code, const char *what, ts_err **err)
{
    if (*own) {
        if (err)
            *err = *own;
        else
            ts_err_clear(own);
        *own = NULL;
        return ts_wrap(err, "%s", what);
    }
    const char *text = archive_error_string(a);
    return ts_fail(err, code, "%s: %s", what, text ? text : "unknown");
}

static la_ssize_t on_write(struct archive *a, void *ctx, const void *data, size_t size)
{
    ts_pack_writer *w = ctx;
    if (w->err || ts_file_append(w->file, data, size, &w->err))
        return w->err ? -1 : (la_ssize_t)size;
    archive_set_error(a, 5, "cannot write");
    return -1;
}

ts_pack_writer *ts_pack_create(const char *path, ts_err **err)
{
    ts_pack_writer *w = ts_alloc(sizeof *w);
    if (!w) {
        ts_fail_nomem(err);
        return NULL;
    }
    w->file = ts_file_open(path, TS_FILE_CREATE, false, err);
    w->a = w->file ? archive_write_new() : NULL;
    if (w->file && !w->a)
        ts_fail_nomem(err);
    bool ok = w->a && archive_write_set_format_pax_restricted(w->a) == ARCHIVE_OK &&
              archive_write_add_filter_zstd(w->a) == ARCHIVE_OK &&
              archive_write_set_bytes_in_last_block(w->a, 1) == ARCHIVE_OK &&
              archive_write_open(w->a, w, NULL, on_write, NULL) == ARCHIVE_OK;
    if (ok)
        return w;
    if (w->a)
        fail(w->a, &w->err, TS_OS, "cannot start a pack", err);
    ts_pack_writer_free(w);
    return NULL;
}

bool ts_pack_add(ts_pack_writer *w, const char *name, int64_t modified, bool executable,
                 const void *data, size_t size, ts_err **err)
{
    struct archive_entry *e = archive_entry_new();
    if (!e)
        return ts_fail_nomem(err);
    archive_entry_set_pathname_utf8(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, executable ? 0755 : 0644);
    archive_entry_set_size(e, (la_int64_t)size);
    archive_entry_set_mtime(e, (time_t)(modified / 1000), 0);
    bool ok = archive_write_header(w->a, e) == ARCHIVE_OK &&
              (size == 0 || archive_write_data(w->a, data, size) == (la_ssize_t)size);
    archive_entry_free(e);
    if (ok)
        return true;
    fail(w->a, &w->err, TS_OS, "cannot add to the pack", err);
    return ts_wrap(err, "'%s'", name);
}

bool ts_pack_finish(ts_pack_writer *w, ts_err **err)
{
    if (archive_write_close(w->a) != ARCHIVE_OK)
        return fail(w->a, &w->err, TS_OS, "cannot finish the pack", err);
    return ts_file_sync(w->file, err);
}

void ts_pack_writer_free(ts_pack_writer *w)
{
    if (!w)
        return;
    if (w->a)
        archive_write_free(w->a);
    ts_file_close(w->file);
    ts_err_clear(&w->err);
    free(w);
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **data)
{
    ts_pack *p = ctx;
    size_t got = 0;
    if (!ts_file_pread(p->file, p->chunk, CHUNK, p->offset, &got, &p->err)) {
        archive_set_error(a, 5, "cannot read");
        return -1;
    }
    p->offset += got;
    *data = p->chunk;
    return (la_ssize_t)got;
}

static ts_pack *start(ts_err **err)
{
    ts_pack *p = ts_alloc(sizeof *p);
    if (p)
        p->chunk = ts_alloc(CHUNK);
    if (p)
        p->a = archive_read_new();
    if (!p || !p->chunk || !p->a) {
        ts_pack_close(p);
        ts_fail_nomem(err);
        return NULL;
    }
    archive_read_support_format_tar(p->a);
    archive_read_support_filter_zstd(p->a);
    return p;
}

ts_pack *ts_pack_open(const char *path, ts_err **err)
{
    ts_pack *p = start(err);
    if (!p)
        return NULL;
    p->file = ts_file_open(path, TS_FILE_READ, false, err);
    if (!p->file) {
        ts_pack_close(p);
        return NULL;
    }
    if (archive_read_open(p->a, p, NULL, on_read, NULL) == ARCHIVE_OK)
        return p;
    fail(p->a, &p->err, TS_SYNTAX, "this is no pack", err);
    ts_pack_close(p);
    return NULL;
}

ts_pack *ts_pack_open_bytes(const void *data, size_t size, ts_err **err)
{
    ts_pack *p = start(err);
    if (!p)
        return NULL;
    if (archive_read_open_memory(p->a, data, size) == ARCHIVE_OK)
        return p;
    fail(p->a, &p->err, TS_SYNTAX, "this is no pack", err);
    ts_pack_close(p);
    return NULL;
}

void ts_pack_close(ts_pack *pack)
{
    if (!pack)
        return;
    if (pack->a)
        archive_read_free(pack->a);
    ts_file_close(pack->file);
    ts_err_clear(&pack->err);
    free(pack->chunk);
    free(pack);
}

static bool check_entry(struct archive_entry *e, const char *name, ts_err **err)
{
    if (!name || !*name)
        return ts_fail(err, TS_REFUSED, "an entry of the pack has no readable name");
    if (archive_entry_hardlink(e) || archive_entry_symlink(e) ||
        archive_entry_filetype(e) != AE_IFREG)
        return ts_fail(err, TS_REFUSED, "'%s' in the pack is no regular file", name);
    if (!ts_path_is_inside(name))
        return ts_fail(err, TS_REFUSED,
                       "'%s' in the pack leads out of its folder, or Windows cannot "
                       "have that name",
                       name);
    return true;
}

bool ts_pack_next(ts_pack *pack, ts_pack_entry *out, bool *more, ts_err **err)
{
    struct archive_entry *e = NULL;
    int rc = archive_read_next_header(pack->a, &e);
    if (rc == ARCHIVE_EOF) {
        *more = false;
        return true;
    }
    if (rc != ARCHIVE_OK)
        return fail(pack->a, &pack->err, TS_SYNTAX, "the pack is damaged", err);
    if (++pack->entries > TS_PACK_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one pack", TS_PACK_FILES_MAX);
    const char *name = archive_entry_pathname_utf8(e);
    if (!check_entry(e, name, err))
        return false;
    la_int64_t size = archive_entry_size(e);
    if (size < 0 || (uint64_t)size > TS_PACK_BYTES_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' in the pack is larger than %u bytes", name,
                       TS_PACK_BYTES_MAX);
    *out = (ts_pack_entry){.name = name,
                           .size = (uint64_t)size,
                           .modified = (int64_t)archive_entry_mtime(e) * 1000,
                           .executable = (archive_entry_perm(e) & 0100) != 0};
    *more = true;
    return true;
}

bool ts_pack_read(ts_pack *pack, void *data, size_t size, size_t *got, ts_err **err)
{
    la_ssize_t n = archive_read_data(pack->a, data, size);
    if (n < 0)
        return fail(pack->a, &pack->err, TS_SYNTAX, "the pack is damaged", err);
    pack->bytes += (uint64_t)n;
    if (pack->bytes > TS_PACK_BYTES_MAX)
        return ts_fail(err, TS_LIMIT, "the pack holds more than %u bytes of files",
                       TS_PACK_BYTES_MAX);
    *got = (size_t)n;
    return true;
}
