/* wim_job.c - see wim_job.h. */
#include "wim_job.h"

#include <stdlib.h>

#include <ts/mem.h>

#include "wimlib_error.h"

bool ts_wim_fail(const ts_wim_job *job, int rc, const char *what, const char *file, ts_err **err)
{
    if (*job->cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled: cannot %s '%s'", what, file);
    TS_CLEANUP(ts_free_ptr)
    char *text = job->system->narrow(job->api->error_string((enum wimlib_error_code)rc), NULL);
    return ts_wimlib_fail(rc, text ? text : "no text", what, file, err);
}

static bool add_part(const ts_wim_job *job, WIMStruct *wim, const char *part, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wimlib_tchar *path = job->system->path(part, err);
    if (!path)
        return false;
    const wimlib_tchar *const paths[] = {path};
    int rc = job->api->reference(wim, paths, 1, 0, 0);
    return rc == 0 || ts_wim_fail(job, rc, "use the part", part, err);
}

WIMStruct *ts_wim_open_file(const ts_wim_job *job, const char *file, const char *const *parts,
                            ts_err **err)
{
    WIMStruct *wim = NULL;
    TS_CLEANUP(ts_free_ptr) wimlib_tchar *path = job->system->path(file, err);
    if (!path)
        return NULL;
    int rc = job->api->open(path, 0, &wim);
    bool ok = rc == 0 || ts_wim_fail(job, rc, "open the image file", file, err);
    for (; ok && parts && *parts; parts++)
        ok = add_part(job, wim, *parts, err);
    if (ok)
        return wim;
    job->api->free(wim);
    return NULL;
}

enum wimlib_progress_status ts_wim_progress(enum wimlib_progress_msg message,
                                            union wimlib_progress_info *info, void *ctx)
{
    const ts_wim_job *job = ctx;
    const ts_image_apply *what = job->what;
    if (*job->cancel)
        return WIMLIB_PROGRESS_STATUS_ABORT;
    if (what && what->progress && message == WIMLIB_PROGRESS_MSG_EXTRACT_STREAMS)
        what->progress(what->progress_ctx, info->extract.completed_bytes, info->extract.total_bytes,
                       "files");
    return WIMLIB_PROGRESS_STATUS_CONTINUE;
}

bool ts_wim_apply_open(const ts_wim_job *job, WIMStruct *wim, ts_err **err)
{
    ts_wim_job watched = *job;
    job->api->watch(wim, ts_wim_progress, &watched);
    int rc = job->api->extract(wim, (int)job->what->index, job->target, job->flags);
    if (rc != 0)
        return ts_wim_fail(job, rc, "apply the image of", job->what->file, err);
    return !job->what->verify || ts_wim_verify(job, wim, err);
}
