/* wim_verify.c - reads an applied image back from the volume and compares it with the SHA-1 that
 * the WIM file keeps of every stream. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "crypto.h"
#include "wim_job.h"

#define VERIFY_ABORT (-1)

typedef struct verify {
    const ts_wim_job *job;
    void *reading;
    ts_sha1 *hash;
    ts_err *error;
} verify;

static bool add(void *ctx, const void *data, size_t size, ts_err **err)
{
    verify *v = ctx;
    if (*v->job->cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled while verifying");
    return ts_sha1_add(v->hash, data, size, err);
}

static void tell_difference(verify *v, const wimlib_tchar *path, const wimlib_tchar *stream)
{
    const ts_wim_system *system = v->job->system;
    TS_CLEANUP(ts_free_ptr) char *file = system->narrow(path, NULL);
    TS_CLEANUP(ts_free_ptr) char *name = stream ? system->narrow(stream, NULL) : NULL;
    ts_fail(&v->error, TS_INTEGRITY,
            "'%s%s%s' on the volume is not what the image holds: the disk did not keep what was "
            "written",
            file ? file : "?", name ? ":" : "", name ? name : "");
}

static bool check_stream(verify *v, const wimlib_tchar *path,
                         const struct wimlib_stream_entry *stream)
{
    static const uint8_t none[TS_SHA1_BYTES];
    uint8_t got[TS_SHA1_BYTES];
    const wimlib_tchar *name = stream->stream_name;
    if (memcmp(stream->resource.sha1_hash, none, sizeof(none)) == 0)
        return true; /* empty */
    if (!v->job->system->read(v->reading, path, name, add, v, &v->error) ||
        !ts_sha1_final(v->hash, got, &v->error))
        return false;
    if (memcmp(got, stream->resource.sha1_hash, sizeof(got)) == 0)
        return true;
    tell_difference(v, path, name);
    return false;
}

static int check_file(const struct wimlib_dir_entry *entry, void *ctx)
{
    verify *v = ctx;
    /* The data of a link is its target, and that of an encrypted file is not plain. */
    uint32_t other = WIMLIB_FILE_ATTRIBUTE_REPARSE_POINT | WIMLIB_FILE_ATTRIBUTE_ENCRYPTED;
    bool folder = (entry->attributes & WIMLIB_FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (!(entry->attributes & other) && !folder &&
        !check_stream(v, entry->full_path, &entry->streams[0]))
        return VERIFY_ABORT;
    for (uint32_t i = 1; i <= entry->num_named_streams; i++) {
        if (!check_stream(v, entry->full_path, &entry->streams[i]))
            return VERIFY_ABORT;
    }
    return 0;
}

bool ts_wim_verify(const ts_wim_job *job, WIMStruct *wim, ts_err **err)
{
    const ts_image_apply *what = job->what;
    verify v = {.job = job, .hash = ts_sha1_new(err)};
    v.reading = v.hash ? job->system->read_begin(job->ctx, err) : NULL;
    int rc = 0;
    if (v.reading)
        rc = job->api->iterate(wim, (int)what->index, WIMLIB_WIM_ROOT_PATH,
                               WIMLIB_ITERATE_DIR_TREE_FLAG_RECURSIVE, check_file, &v);
    bool ok = v.reading && rc == 0;
    if (v.error)
        ok = ts_fail(err, ts_err_code(v.error), "verification of volume %c: failed: %s",
                     what->letter, ts_err_text(v.error));
    else if (v.reading && rc != 0)
        ok = ts_wim_fail(job, rc, "verify the image of",
                         what->file ? what->file : what->stream->name, err);
    ts_err_free(v.error);
    if (v.reading)
        job->system->read_end(v.reading);
    ts_sha1_free(v.hash);
    return ok;
}
