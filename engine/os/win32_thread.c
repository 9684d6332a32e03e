/* win32_thread.c - threads on Windows. */
#include <process.h>
#include <stdlib.h>

#include "win32_parts.h"

#include <ts/mem.h>

struct ts_thread {
    HANDLE handle;
    void (*fn)(void *);
    void *ctx;
};

static unsigned __stdcall thread_main(void *arg)
{
    ts_thread *thread = arg;
    thread->fn(thread->ctx);
    return 0;
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
    uintptr_t handle = _beginthreadex(NULL, 0, thread_main, thread, 0, NULL);
    if (handle == 0) {
        free(thread);
        ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot start a thread");
        return NULL;
    }
    thread->handle = (HANDLE)handle;
    return thread;
}

void ts_thread_join(ts_thread *thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    free(thread);
}

struct ts_mutex {
    SRWLOCK lock;
};

ts_mutex *ts_mutex_new(void)
{
    ts_mutex *mutex = ts_alloc(sizeof(*mutex));
    if (mutex)
        InitializeSRWLock(&mutex->lock);
    return mutex;
}

void ts_mutex_free(ts_mutex *mutex)
{
    free(mutex);
}

void ts_mutex_lock(ts_mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}

void ts_mutex_unlock(ts_mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}

struct ts_cv {
    CONDITION_VARIABLE cond;
};

ts_cv *ts_cv_new(void)
{
    ts_cv *cv = ts_alloc(sizeof(*cv));
    if (cv)
        InitializeConditionVariable(&cv->cond);
    return cv;
}

void ts_cv_free(ts_cv *cv)
{
    free(cv);
}

void ts_cv_wake(ts_cv *cv)
{
    WakeAllConditionVariable(&cv->cond);
}

bool ts_cv_wait(ts_cv *cv, ts_mutex *mutex, uint32_t milliseconds)
{
    DWORD limit = milliseconds == INFINITE ? milliseconds - 1 : milliseconds;
    return SleepConditionVariableSRW(&cv->cond, &mutex->lock, limit, 0) != 0;
}
