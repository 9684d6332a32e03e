/* deploy_verify.c - reads an applied image back from the volume and compares it with the SHA-1 that
 * the WIM file keeps of every stream. What lies in the page cache is dropped first, so that the
 * disk answers and not the memory. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>

#include "crypto.h"
#include "deploy_image.h"

#define VERIFY_ABORT (-1)

typedef struct verify {
    const ts_linux *machine;
    ts_lx_ntfs *volume;
    ts_sha1 *hash;
    uint64_t bytes;
    uint64_t files;
    ts_err *error;
} verify;

static bool add(void *ctx, const void *data, size_t size, ts_err **err)
{
    verify *v = ctx;
    v->bytes += size;
    if (*v->machine->local.cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled while verifying");
    return ts_sha1_add(v->hash, data, size, err);
}

static bool check_stream(verify *v, const char *path, const struct wimlib_stream_entry *stream)
{
    static const uint8_t none[TS_SHA1_BYTES];
    uint8_t got[TS_SHA1_BYTES];
    const char *name = stream->stream_name;
    if (memcmp(stream->resource.sha1_hash, none, sizeof(none)) == 0)
        return true; /* empty */
    return ts_lx_ntfs_read(v->volume, path, name, add, v, &v->error) &&
           ts_sha1_final(v->hash, got, &v->error) &&
           (memcmp(got, stream->resource.sha1_hash, sizeof(got)) == 0 ||
            ts_fail(&v->error, TS_INTEGRITY,
                    "'%s%s%s' on the volume is not what the image holds: the disk did not keep "
                    "what was written",
                    path, name ? ":" : "", name ? name : ""));
}

static int check_file(const struct wimlib_dir_entry *entry, void *ctx)
{
    verify *v = ctx;
    /* The data of a link is its target, and that of an encrypted file is not written here. */
    uint32_t other = WIMLIB_FILE_ATTRIBUTE_REPARSE_POINT | WIMLIB_FILE_ATTRIBUTE_ENCRYPTED;
    bool folder = (entry->attributes & WIMLIB_FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (!(entry->attributes & other) && !folder &&
        !check_stream(v, entry->full_path, &entry->streams[0]))
        return VERIFY_ABORT;
    for (uint32_t i = 1; i <= entry->num_named_streams; i++) {
        if (!check_stream(v, entry->full_path, &entry->streams[i]))
            return VERIFY_ABORT;
    }
    v->files += !folder;
    return 0;
}

static void drop_cache(const ts_lx_place *place)
{
    int fd = open(place->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fdatasync(fd);
    (void)posix_fadvise(fd, (off_t)place->offset, (off_t)place->bytes, POSIX_FADV_DONTNEED);
    close(fd);
}

bool ts_lx_image_verify(const ts_linux *machine, WIMStruct *wim, const ts_image_apply *what,
                        const ts_lx_place *place, ts_err **err)
{
    drop_cache(place);
    verify v = {.machine = machine, .hash = ts_sha1_new(err)};
    v.volume = v.hash ? ts_lx_ntfs_open(place, false, err) : NULL;
    int rc = 0;
    if (v.volume)
        rc = wimlib_iterate_dir_tree(wim, (int)what->index, "/",
                                     WIMLIB_ITERATE_DIR_TREE_FLAG_RECURSIVE, check_file, &v);
    bool ok = v.volume && rc == 0;
    if (v.error)
        ok = ts_fail(err, ts_err_code(v.error), "verification of volume %c: failed: %s",
                     what->letter, ts_err_text(v.error));
    else if (v.volume && rc != 0)
        ok = ts_lx_wim_fail(rc, machine, err, "verify the image of",
                            what->file ? what->file : what->stream->name);
    ts_err_free(v.error);
    (void)ts_lx_ntfs_close(v.volume, NULL);
    ts_sha1_free(v.hash);
    return ok;
}
