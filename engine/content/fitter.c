/* fitter.c - a thread that writes files while the network brings more: packs are cut apart, small
 * files are written from memory. Each file's SHA-256 is checked as it is written, or was when it
 * came. */
#include <stdlib.h>
#include <string.h>

#include "installer.h"

#include "crypto.h"
#include "os.h"
#include "pack.h"

typedef struct job {
    const ts_blob *blob;
    uint8_t *data; /* NULL: a pack */
    struct job *next;
} job;

struct ts_fitter {
    ts_thread *thread;
    ts_mutex *mutex;
    ts_cv *cv;
    job *first, **end;
    uint64_t bytes; /* of the jobs that wait */
    bool stop;
    bool failed;
    ts_err *err;
};

/* --- Packs ---------------------------------------------------------------------------------- */

static bool copy_entry(ts_pack *pack, const ts_tree_file *f, ts_file *out, ts_hash *hash,
                       uint8_t *chunk, ts_err **err)
{
    uint64_t size = 0;
    for (size_t got = 1; got > 0; size += got) {
        if (!ts_pack_read(pack, chunk, TS_STEP_BYTES, &got, err))
            return false;
        if (size + got > f->size)
            return ts_fail(err, TS_INTEGRITY, "'%s' is longer in its pack than listed", f->path);
        if (!ts_hash_add(hash, chunk, got, err) ||
            (got > 0 && !ts_file_append(out, chunk, got, err)))
            return false;
    }
    uint8_t digest[32];
    char hex[65];
    if (!ts_hash_final(hash, digest, err))
        return false;
    ts_hex(digest, 32, hex);
    return (size == f->size && strcmp(hex, f->sha256) == 0) ||
           ts_fail(err, TS_INTEGRITY, "'%s' in its pack does not match its hash", f->path);
}

static bool write_entry(ts_installer *in, ts_pack *pack, const ts_tree_file *f, uint8_t *chunk,
                        ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = ts_install_place(in, f, err);
    if (!to)
        return false;
    ts_file *out = ts_file_open(to, TS_FILE_CREATE, false, err);
    ts_hash *hash = out ? ts_hash_new(err) : NULL;
    bool ok = hash && copy_entry(pack, f, out, hash, chunk, err);
    ts_hash_free(hash);
    ts_file_close(out);
    if (!ok)
        ts_file_remove(to, NULL);
    return ok && ts_install_finish(f, to, err);
}

/* Only what the list has in this pack is written, and once. */
static bool cut_pack(ts_installer *in, const ts_blob *b, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *chunk = ts_alloc(TS_STEP_BYTES);
    if (!chunk)
        return ts_fail_nomem(err);
    ts_pack *pack = ts_pack_open(file, err);
    bool more = true, ok = pack != NULL;
    while (ok) {
        ts_pack_entry e;
        ok = ts_pack_next(pack, &e, &more, err);
        if (!ok || !more)
            break;
        ts_tree_file *f = ts_tree_find(in->tree, e.name);
        size_t i = f ? (size_t)(f - in->tree->files) : 0;
        if (!f || f->folder || !f->pack || strcmp(f->pack, b->name) != 0)
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is in the pack and not in the file list", e.name);
        else if (in->written[i])
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is in the pack twice", e.name);
        else if (in->missing[i])
            ok = write_entry(in, pack, f, chunk, err);
        if (ok)
            in->written[i] = true;
    }
    ts_pack_close(pack);
    return ok || ts_wrap(err, "pack '%s'", b->name);
}

static bool install_pack(ts_installer *in, const ts_blob *b, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_store_path(in->work, b->sha256);
    TS_CLEANUP(ts_free_ptr) char *clear = NULL;
    if (!from)
        return ts_fail_nomem(err);
    if (!b->encrypted)
        return cut_pack(in, b, from, err);
    clear = ts_part_path(in->work, b->sha256, "clear");
    if (!clear)
        return ts_fail_nomem(err);
    bool ok = ts_blob_decrypt(b, in->key, from, clear, err) && cut_pack(in, b, clear, err);
    ts_file_remove(clear, NULL);
    return ok;
}

/* --- Small files ---------------------------------------------------------------------------- */

static bool write_small(ts_installer *in, const ts_tree_file *f, const uint8_t *data, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = ts_install_place(in, f, err);
    if (!to)
        return false;
    ts_file *out = ts_file_open(to, TS_FILE_CREATE, false, err);
    bool ok = out && ts_file_append(out, data, (size_t)f->size, err);
    ts_file_close(out);
    if (!ok)
        ts_file_remove(to, NULL);
    return ok && ts_install_finish(f, to, err);
}

/* Into every file that has this content. */
static bool install_small(ts_installer *in, const job *j, ts_err **err)
{
    for (size_t k = ts_install_refs(in, j->blob->sha256); k < in->n_refs; k++) {
        const ts_file_ref *ref = &in->refs[k];
        if (strcmp(ref->sha256, j->blob->sha256) != 0)
            break;
        if (!write_small(in, &in->tree->files[ref->file], j->data, err))
            return false;
        in->written[ref->file] = true;
    }
    return true;
}

/* --- The thread ----------------------------------------------------------------------------- */

static uint64_t weight(const job *j)
{
    return j->data ? j->blob->size : 0;
}

static void free_job(job *j)
{
    free(j->data);
    free(j);
}

static void run(void *ctx)
{
    ts_installer *in = ctx;
    ts_fitter *f = in->fitter;
    ts_mutex_lock(f->mutex);
    while (!f->stop || f->first) {
        job *j = f->first;
        if (!j) {
            ts_cv_wait(f->cv, f->mutex, 1000);
            continue;
        }
        f->first = j->next;
        if (!f->first)
            f->end = &f->first;
        bool skip = f->failed;
        ts_mutex_unlock(f->mutex);
        ts_err *err = NULL;
        bool ok = skip || (j->data ? install_small(in, j, &err) : install_pack(in, j->blob, &err));
        ts_mutex_lock(f->mutex);
        if (!ok) {
            f->failed = true;
            f->err = err;
        }
        f->bytes -= weight(j);
        free_job(j);
        ts_cv_wake(f->cv);
    }
    ts_mutex_unlock(f->mutex);
}

static void free_fitter(ts_fitter *f)
{
    for (job *j = f->first, *next; j; j = next) {
        next = j->next;
        free_job(j);
    }
    ts_mutex_free(f->mutex);
    ts_cv_free(f->cv);
    ts_err_clear(&f->err);
    free(f);
}

bool ts_fitter_open(ts_installer *in, ts_err **err)
{
    ts_fitter *f = ts_alloc(sizeof *f);
    if (!f)
        return ts_fail_nomem(err);
    f->end = &f->first;
    f->mutex = ts_mutex_new();
    f->cv = ts_cv_new();
    if (f->mutex && f->cv) {
        in->fitter = f;
        return true;
    }
    free_fitter(f);
    return ts_fail_nomem(err);
}

bool ts_fitter_start(ts_installer *in, ts_err **err)
{
    in->fitter->thread = ts_thread_start(run, in, err);
    return in->fitter->thread != NULL;
}

bool ts_fitter_has_room(const ts_installer *in)
{
    const ts_fitter *f = in->fitter;
    return f->thread || f->bytes < TS_FITTER_BYTES / 2; /* with the thread put() waits */
}

static bool take_error(ts_fitter *f, ts_err **err)
{
    if (err)
        *err = f->err;
    else
        ts_err_clear(&f->err);
    f->err = NULL;
    return false;
}

static bool put(ts_installer *in, const ts_blob *blob, uint8_t *data, ts_err **err)
{
    ts_fitter *f = in->fitter;
    job *j = ts_alloc(sizeof *j);
    if (!j) {
        free(data);
        return ts_fail_nomem(err);
    }
    *j = (job){.blob = blob, .data = data};
    ts_mutex_lock(f->mutex);
    while (f->thread && f->bytes + weight(j) > TS_FITTER_BYTES && !f->failed)
        ts_cv_wait(f->cv, f->mutex, 1000);
    bool ok = !f->failed;
    if (ok) {
        f->bytes += weight(j);
        *f->end = j;
        f->end = &j->next;
        ts_cv_wake(f->cv);
    } else {
        free_job(j);
        if (!f->err) /* told already */
            ts_fail(err, TS_CANCELLED, "cancelled");
        else
            take_error(f, err);
    }
    ts_mutex_unlock(f->mutex);
    return ok;
}

bool ts_fitter_pack(ts_installer *in, const ts_blob *pack, ts_err **err)
{
    return put(in, pack, NULL, err);
}

bool ts_fitter_small(ts_installer *in, const ts_blob *blob, uint8_t *data, ts_err **err)
{
    return put(in, blob, data, err);
}

bool ts_fitter_end(ts_installer *in, ts_err **err)
{
    ts_fitter *f = in->fitter;
    ts_mutex_lock(f->mutex);
    f->stop = true;
    ts_cv_wake(f->cv);
    ts_mutex_unlock(f->mutex);
    if (f->thread)
        ts_thread_join(f->thread);
    in->fitter = NULL; /* only now: the thread looks for it when it begins */
    bool ok = !f->failed || take_error(f, err);
    free_fitter(f);
    return ok;
}
