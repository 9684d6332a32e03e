/* syncer.c - one thread: files that are complete in their order, and one wish for a sync. */
#include "syncer.h"

#include <stdlib.h>

#include <ts/mem.h>

typedef struct job {
    ts_file *file;
    char *from, *to, *extra;
    struct job *next;
} job;

struct ts_syncer {
    ts_thread *thread;
    ts_mutex *mutex;
    ts_cv *cv;
    ts_file *file;      /* wished */
    const ts_file *now; /* under way */
    job *first, **end;  /* complete; the first one stays until it is done */
    ts_err *err;        /* the first failure of a completion */
    bool stop;
};

static void free_job(job *j)
{
    ts_file_close(j->file);
    free(j->from);
    free(j->to);
    free(j->extra);
    free(j);
}

static bool complete(job *j, ts_err **err)
{
    bool ok = ts_file_sync(j->file, err);
    ts_file_close(j->file); /* before the rename: Windows */
    j->file = NULL;
    return ok && ts_file_rename(j->from, j->to, err) &&
           (!j->extra || ts_file_remove(j->extra, err));
}

/* With the mutex held; gives it back for the time of the work. */
static void work_once(ts_syncer *s)
{
    ts_err *err = NULL;
    job *j = s->first;
    ts_file *file = s->file;
    s->now = j ? j->file : file;
    s->file = j ? s->file : NULL;
    ts_mutex_unlock(s->mutex);
    if (j)
        complete(j, &err);
    else
        ts_file_sync(file, NULL); /* a failure shows when the file is completed */
    ts_mutex_lock(s->mutex);
    s->now = NULL;
    if (j) {
        s->first = j->next;
        if (!s->first)
            s->end = &s->first;
        free_job(j);
    }
    if (err && !s->err)
        s->err = err;
    else
        ts_err_clear(&err);
    ts_cv_wake(s->cv);
}

static void work(void *ctx)
{
    ts_syncer *s = ctx;
    ts_mutex_lock(s->mutex);
    while (!s->stop || s->first) {
        if (s->first || s->file)
            work_once(s);
        else
            ts_cv_wait(s->cv, s->mutex, 1000);
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
    s->end = &s->first;
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
    ts_err_clear(&syncer->err);
    ts_mutex_free(syncer->mutex);
    ts_cv_free(syncer->cv);
    free(syncer);
}

void ts_syncer_ask(ts_syncer *syncer, ts_file *file)
{
    ts_mutex_lock(syncer->mutex);
    if (!syncer->file && !syncer->now) {
        syncer->file = file;
        ts_cv_wake(syncer->cv);
    }
    ts_mutex_unlock(syncer->mutex);
}

/* With the mutex held. */
static void forget(ts_syncer *s, const ts_file *file)
{
    if (s->file == file)
        s->file = NULL;
    while (s->now == file)
        ts_cv_wait(s->cv, s->mutex, 1000);
}

void ts_syncer_leave(ts_syncer *syncer, const ts_file *file)
{
    ts_mutex_lock(syncer->mutex);
    forget(syncer, file);
    ts_mutex_unlock(syncer->mutex);
}

bool ts_syncer_complete(ts_syncer *syncer, ts_file *file, char *from, char *to, char *extra,
                        ts_err **err)
{
    job *j = ts_alloc(sizeof *j);
    if (!j) {
        ts_syncer_leave(syncer, file);
        ts_file_close(file);
        free(from);
        free(to);
        free(extra);
        return ts_fail_nomem(err);
    }
    *j = (job){.file = file, .from = from, .to = to, .extra = extra};
    ts_mutex_lock(syncer->mutex);
    if (syncer->file == file)
        syncer->file = NULL;
    *syncer->end = j;
    syncer->end = &j->next;
    ts_cv_wake(syncer->cv);
    ts_mutex_unlock(syncer->mutex);
    return true;
}

bool ts_syncer_wait(ts_syncer *syncer, ts_err **err)
{
    ts_mutex_lock(syncer->mutex);
    while (syncer->first)
        ts_cv_wait(syncer->cv, syncer->mutex, 1000);
    ts_err *failure = syncer->err;
    syncer->err = NULL;
    ts_mutex_unlock(syncer->mutex);
    if (!failure)
        return true;
    return ts_fail_take(err, failure);
}
