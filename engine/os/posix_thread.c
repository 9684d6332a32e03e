/* posix_thread.c - threads on POSIX systems. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <ts/mem.h>

#include "os.h"

struct ts_thread {
    pthread_t id;
    void (*fn)(void *);
    void *ctx;
};

static void *thread_main(void *arg)
{
    ts_thread *thread = arg;
    thread->fn(thread->ctx);
    return NULL;
}

ts_thread *ts_thread_start(void (*fn)(void *), void *ctx, ts_err **err)
{
    ts_thread *thread = ts_alloc(sizeof(*thread));
    if (!thread) {
        ts_fail_nomem(err);
        return NULL;
    }
    thread->fn = fn;
    thread->ctx = ctx;
    /* Signals belong to the interpreter's thread: it waits for children and is interrupted. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&thread->id, NULL, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0) {
        free(thread);
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot start a thread");
        return NULL;
    }
    return thread;
}

void ts_thread_join(ts_thread *thread)
{
    if (!thread)
        return;
    pthread_join(thread->id, NULL);
    free(thread);
}

struct ts_mutex {
    pthread_mutex_t lock;
};

ts_mutex *ts_mutex_new(void)
{
    ts_mutex *mutex = ts_alloc(sizeof(*mutex));
    if (mutex && pthread_mutex_init(&mutex->lock, NULL) != 0) {
        free(mutex);
        return NULL;
    }
    return mutex;
}

void ts_mutex_free(ts_mutex *mutex)
{
    if (!mutex)
        return;
    pthread_mutex_destroy(&mutex->lock);
    free(mutex);
}

void ts_mutex_lock(ts_mutex *mutex)
{
    int number = pthread_mutex_lock(&mutex->lock);
    assert(number == 0);
    TS_UNUSED(number);
}

void ts_mutex_unlock(ts_mutex *mutex)
{
    int number = pthread_mutex_unlock(&mutex->lock);
    assert(number == 0);
    TS_UNUSED(number);
}

struct ts_cv {
    pthread_cond_t cond;
};

ts_cv *ts_cv_new(void)
{
    ts_cv *cv = ts_alloc(sizeof(*cv));
    if (!cv)
        return NULL;
    /* The steady clock: a machine that sets its time during deployment must not hang or hurry. */
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        free(cv);
        return NULL;
    }
    bool ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(&cv->cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
    if (!ok) {
        free(cv);
        return NULL;
    }
    return cv;
}

void ts_cv_free(ts_cv *cv)
{
    if (!cv)
        return;
    pthread_cond_destroy(&cv->cond);
    free(cv);
}

void ts_cv_wake(ts_cv *cv)
{
    pthread_cond_broadcast(&cv->cond);
}

bool ts_cv_wait(ts_cv *cv, ts_mutex *mutex, uint32_t milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(milliseconds / 1000);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(&cv->cond, &mutex->lock, &until) != ETIMEDOUT;
}
