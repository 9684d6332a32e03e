/* deploy_files.c - "C:/Windows/Panther/unattend.xml": paths that lead into a volume. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_private.h"

typedef struct target {
    ts_lx_place place;
    char *path; /* on the volume, with '/', without one at its ends */
} target;

static void target_done(target *t)
{
    ts_free_ptr(&t->path);
}

bool ts_lx_is_volume_path(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

static bool target_of(ts_linux *machine, const char *path, target *out, ts_err **err)
{
    *out = (target){0};
    if (!ts_lx_place_of(machine, path[0], &out->place, err))
        return ts_wrap(err, "'%s'", path);
    if (out->place.filesystem != TS_FS_NTFS && out->place.filesystem != TS_FS_FAT32)
        return ts_fail(err, TS_STATE, "'%s': the volume %c: has no file system; format it first",
                       path, path[0]);
    out->path = ts_strdup(path + 2 + strspn(path + 2, "/\\"));
    if (!out->path)
        return ts_fail_nomem(err);
    for (char *p = out->path; *p; p++)
        *p = *p == '\\' ? '/' : *p;
    for (size_t len = strlen(out->path); len > 0 && out->path[len - 1] == '/'; len--)
        out->path[len - 1] = '\0';
    return true;
}

static bool target_to_change(ts_linux *machine, const char *path, target *out, ts_err **err)
{
    return target_of(machine, path, out, err) &&
           (ts_lx_place_may_change(&out->place, err) || ts_wrap(err, "'%s'", path));
}

static bool is_ntfs(const target *t)
{
    return t->place.filesystem == TS_FS_NTFS;
}

/* What is done inside an open NTFS volume. */
typedef bool (*inside)(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err);

static bool in_ntfs(const target *t, bool write, inside fn, void *ctx, ts_err **err)
{
    ts_lx_ntfs *volume = ts_lx_ntfs_open(&t->place, write, err);
    bool ok = volume && fn(volume, t->path, ctx, err);
    return ts_lx_ntfs_close(volume, ok ? err : NULL) && ok;
}

/* --- Questions ----------------------------------------------------------------------------- */

static bool ntfs_info(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    return ts_lx_ntfs_info(volume, path, ctx, err);
}

/* A letter that no volume has, and a volume without a file system, have no files. */
bool ts_lx_volume_info(ts_linux *machine, const char *path, ts_file_info *out, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    ts_err *why = NULL;
    *out = (ts_file_info){0};
    if (!target_of(machine, path, &t, &why)) {
        bool missing = ts_err_code(why) == TS_NOT_FOUND || ts_err_code(why) == TS_STATE;
        bool ok = missing || ts_fail(err, ts_err_code(why), "%s", ts_err_text(why));
        ts_err_free(why);
        return ok;
    }
    return is_ntfs(&t) ? in_ntfs(&t, false, ntfs_info, out, err)
                       : ts_lx_fat_info(&t.place, t.path, out, err);
}

static bool collect(void *ctx, const void *data, size_t size, ts_err **err)
{
    ts_buf_add(ctx, data, size);
    return ts_buf_ok(ctx, "the file", err);
}

static bool ntfs_read(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    return ts_lx_ntfs_read(volume, path, NULL, collect, ctx, err);
}

bool ts_lx_volume_read(ts_linux *machine, const char *path, size_t max, char **out, size_t *size,
                       ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    if (!target_of(machine, path, &t, err))
        return false;
    if (!is_ntfs(&t))
        return ts_lx_fat_read(&t.place, t.path, max, out, size, err);
    ts_buf text;
    ts_buf_init(&text, max);
    bool ok = in_ntfs(&t, false, ntfs_read, &text, err);
    size_t len = text.len;
    char *data = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    if (!data)
        return ok && ts_fail_nomem(err);
    *out = data;
    *size = len;
    return true;
}

static bool ntfs_list(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    return ts_lx_ntfs_list(volume, path, ctx, err);
}

bool ts_lx_volume_list(ts_linux *machine, const char *path, ts_buf *out, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    return target_of(machine, path, &t, err) &&
           (is_ntfs(&t) ? in_ntfs(&t, false, ntfs_list, out, err)
                        : ts_lx_fat_list(&t.place, t.path, out, err));
}

/* --- Changes ------------------------------------------------------------------------------- */

typedef struct bytes {
    const void *data;
    size_t size;
    bool append;
} bytes;

static bool ntfs_write(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    const bytes *b = ctx;
    return ts_lx_ntfs_write(volume, path, b->data, b->size, b->append, err);
}

static bool fat_write(const target *t, const bytes *b, ts_err **err)
{
    TS_CLEANUP(ts_lx_temp_done) char *temp = ts_lx_temp(err);
    TS_CLEANUP(ts_free_ptr) char *old = NULL;
    size_t size = 0;
    ts_err *why = NULL;
    if (!temp)
        return false;
    if (b->append && !ts_lx_fat_read(&t->place, t->path, TS_HOST_FILE_MAX, &old, &size, &why)) {
        bool missing = ts_err_code(why) == TS_NOT_FOUND;
        bool ok = missing || ts_fail(err, ts_err_code(why), "%s", ts_err_text(why));
        ts_err_free(why);
        if (!ok)
            return false;
    }
    ts_file *file = ts_file_open(temp, TS_FILE_CREATE, true, err);
    bool ok = file && (size == 0 || ts_file_append(file, old, size, err)) &&
              ts_file_append(file, b->data, b->size, err);
    ts_file_close(file);
    return ok && ts_lx_fat_put(&t->place, temp, t->path, err);
}

bool ts_lx_volume_write(ts_linux *machine, const char *path, const void *data, size_t size,
                        bool append, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    bytes b = {.data = data, .size = size, .append = append};
    return target_to_change(machine, path, &t, err) &&
           (is_ntfs(&t) ? in_ntfs(&t, true, ntfs_write, &b, err) : fat_write(&t, &b, err));
}

typedef struct source {
    const char *from;
    const atomic_bool *cancel;
} source;

static bool ntfs_put(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    const source *s = ctx;
    return ts_lx_ntfs_write_file(volume, path, s->from, s->cancel, err);
}

static bool to_file(void *ctx, const void *data, size_t size, ts_err **err)
{
    return ts_file_append(ctx, data, size, err);
}

static bool ntfs_get(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    return ts_lx_ntfs_read(volume, path, NULL, to_file, ctx, err);
}

static bool get(ts_linux *machine, const char *from, const char *to, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    if (!target_of(machine, from, &t, err) ||
        (!is_ntfs(&t) && !ts_lx_fat_read(&t.place, t.path, TS_HOST_FILE_MAX, &data, &size, err)))
        return false;
    ts_file *file = ts_file_open(to, TS_FILE_CREATE, false, err);
    bool ok = file && (is_ntfs(&t) ? in_ntfs(&t, false, ntfs_get, file, err)
                                   : ts_file_append(file, data, size, err));
    ok = ok && ts_file_sync(file, err);
    ts_file_close(file);
    if (!ok && file)
        (void)ts_file_remove(to, NULL);
    return ok;
}

static bool put(ts_linux *machine, const char *from, const char *to, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    source s = {.from = from, .cancel = machine->local.cancel};
    return target_to_change(machine, to, &t, err) &&
           (is_ntfs(&t) ? in_ntfs(&t, true, ntfs_put, &s, err)
                        : ts_lx_fat_put(&t.place, from, t.path, err));
}

bool ts_lx_volume_copy(ts_linux *machine, const char *from, const char *to, ts_err **err)
{
    if (!ts_lx_is_volume_path(to))
        return get(machine, from, to, err);
    if (!ts_lx_is_volume_path(from))
        return put(machine, from, to, err);
    TS_CLEANUP(ts_lx_temp_done) char *temp = ts_lx_temp(err);
    return temp && get(machine, from, temp, err) && put(machine, temp, to, err);
}

static bool ntfs_delete_(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    TS_UNUSED(ctx);
    return ts_lx_ntfs_delete(volume, path, err);
}

bool ts_lx_volume_delete(ts_linux *machine, const char *path, ts_err **err)
{
    ts_file_info info;
    if (!ts_lx_volume_info(machine, path, &info, err))
        return false;
    if (!info.exists)
        return true; /* missing is success */
    TS_CLEANUP(target_done) target t;
    return target_to_change(machine, path, &t, err) &&
           (is_ntfs(&t) ? in_ntfs(&t, true, ntfs_delete_, NULL, err)
                        : ts_lx_fat_delete(&t.place, t.path, err));
}

static bool ntfs_mkdir(ts_lx_ntfs *volume, const char *path, void *ctx, ts_err **err)
{
    TS_UNUSED(ctx);
    return ts_lx_ntfs_mkdir(volume, path, err);
}

bool ts_lx_volume_mkdir(ts_linux *machine, const char *path, ts_err **err)
{
    TS_CLEANUP(target_done) target t;
    return target_to_change(machine, path, &t, err) &&
           (is_ntfs(&t) ? in_ntfs(&t, true, ntfs_mkdir, NULL, err)
                        : ts_lx_fat_mkdir(&t.place, t.path, err));
}
