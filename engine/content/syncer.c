/* syncer.c - one thread, one wish at a time. */
#include "syncer.h"

#include <stdlib.h>

#include <ts/mem.h>

struct ts_syncer {
    ts_thread *thread;
    ts_mutex *mutex;
    ts_cv *cv;
    ts_file *file; /* wished or under way */
    bool busy, stop;
};

static void work(void *ctx)
{
    ts_syncer *s = ctx;
    ts_mutex_lock(s->mutex);
    while (!s->stop) {
        if (!s->file) {
            ts_cv_wait(s->cv, s->mutex, 1000);
            continue;
        }
        s->busy = true;
        ts_mutex_unlock(s->mutex);
        ts_file_sync(s->file, NULL); /* a failure shows when the file is completed */
        ts_mutex_lock(s->mutex);
        s->busy = false;
        s->file = NULL;
        ts_cv_wake(s->cv);
    }
    ts_mutex_unlock(s->mutex);
}

ts_syncer *ts_syncer_new(ts_err **err)
{
    ts_syncer *s = ts_alloc(sizeof *s);
    if (!s) {
        ts_fail_nomem(err);
        return NULL;
    }
    s->mutex = ts_mutex_new();
    s->cv = ts_cv_new();
    if (!s->mutex || !s->cv)
        ts_fail_nomem(err);
    else
        s->thread = ts_thread_start(work, s, err);
    if (s->thread)
        return s;
    ts_syncer_free(s);
    return NULL;
}

void ts_syncer_free(ts_syncer *syncer)
{
    if (!syncer)
        return;
    if (syncer->thread) {
        ts_mutex_lock(syncer->mutex);
        syncer->stop = true;
        ts_cv_wake(syncer->cv);
        ts_mutex_unlock(syncer->mutex);
        ts_thread_join(syncer->thread);
    }
    ts_mutex_free(syncer->mutex);
    ts_cv_free(syncer->cv);
    free(syncer);
}

void ts_syncer_ask(ts_syncer *syncer, ts_file *file)
{
    ts_mutex_lock(syncer->mutex);
    if (!syncer->file) {
        syncer->file = file;
        ts_cv_wake(syncer->cv);
    }
    ts_mutex_unlock(syncer->mutex);
}

void ts_syncer_leave(ts_syncer *syncer, const ts_file *file)
{
    ts_mutex_lock(syncer->mutex);
    if (syncer->file == file && !syncer->busy)
        syncer->file = NULL;
    while (syncer->file == file)
        ts_cv_wait(syncer->cv, syncer->mutex, 1000);
    ts_mutex_unlock(syncer->mutex);
}
