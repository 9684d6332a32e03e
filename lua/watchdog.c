/* watchdog.c - see watchdog.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "os.h"
#include "watchdog.h"

#define NS_PER_MS  UINT64_C(1000000)
#define LONG_WAIT  (24u * 3600u * 1000u) /* ms; nothing is armed */
#define NAME_SHOWN 200                   /* bytes of the script's name in the text */

struct ts_watchdog {
    ts_watchdog_fire fire;
    void *ctx;
    uint32_t usual; /* ms */
    ts_mutex *mutex;
    ts_cv *cv;
    ts_thread *thread;
    bool armed, resting, stop;
    uint32_t limit; /* ms of this script */
    uint64_t since; /* ns: when the time began to count */
    uint64_t spent; /* ns before that */
    char name[NAME_SHOWN + 1];
};

static uint64_t spent_ms(const ts_watchdog *w)
{
    uint64_t running = w->resting ? 0 : ts_clock_steady() - w->since;
    return (w->spent + running) / NS_PER_MS;
}

static void tell(ts_watchdog *w)
{
    char text[NAME_SHOWN + 160];
    snprintf(text, sizeof text,
             "the script '%s' did not end within %u seconds and cannot be stopped from inside; "
             "the watchdog ended the program",
             w->name, w->limit / 1000u);
    w->fire(w->ctx, text); /* with the mutex held: the script's thread cannot go on meanwhile */
}

static void watch(void *ctx)
{
    ts_watchdog *w = ctx;
    ts_mutex_lock(w->mutex);
    while (!w->stop) {
        uint64_t spent = w->armed ? spent_ms(w) : 0;
        if (w->armed && !w->resting && spent >= w->limit) {
            tell(w);
            w->armed = false;
        }
        bool counts = w->armed && !w->resting;
        ts_cv_wait(w->cv, w->mutex, counts ? (uint32_t)(w->limit - spent) : LONG_WAIT);
    }
    ts_mutex_unlock(w->mutex);
}

ts_watchdog *ts_watchdog_new(ts_watchdog_fire fire, void *ctx, uint32_t milliseconds, ts_err **err)
{
    ts_watchdog *w = ts_alloc(sizeof *w);
    if (!w) {
        ts_fail_nomem(err);
        return NULL;
    }
    w->fire = fire;
    w->ctx = ctx;
    w->usual = milliseconds ? milliseconds : TS_WATCHDOG_SECONDS * 1000u;
    w->mutex = ts_mutex_new();
    w->cv = ts_cv_new();
    if (!w->mutex || !w->cv)
        ts_fail_nomem(err);
    else
        w->thread = ts_thread_start(watch, w, err);
    if (w->thread)
        return w;
    ts_watchdog_free(w);
    return NULL;
}

void ts_watchdog_free(ts_watchdog *w)
{
    if (!w)
        return;
    if (w->thread) {
        ts_mutex_lock(w->mutex);
        w->stop = true;
        ts_cv_wake(w->cv);
        ts_mutex_unlock(w->mutex);
        ts_thread_join(w->thread);
    }
    ts_cv_free(w->cv);
    ts_mutex_free(w->mutex);
    free(w);
}

void ts_watchdog_arm(ts_watchdog *w, const char *name, uint32_t milliseconds)
{
    ts_mutex_lock(w->mutex);
    w->name[0] = 0;
    strncat(w->name, name, NAME_SHOWN);
    w->limit = milliseconds ? milliseconds : w->usual;
    w->armed = true;
    w->resting = false;
    w->spent = 0;
    w->since = ts_clock_steady();
    ts_cv_wake(w->cv);
    ts_mutex_unlock(w->mutex);
}

void ts_watchdog_disarm(ts_watchdog *w)
{
    ts_mutex_lock(w->mutex);
    w->armed = false;
    ts_mutex_unlock(w->mutex);
}

void ts_watchdog_pause(ts_watchdog *w, bool rest)
{
    ts_mutex_lock(w->mutex);
    uint64_t now = ts_clock_steady();
    if (rest && !w->resting)
        w->spent += now - w->since;
    w->since = now;
    w->resting = rest;
    ts_cv_wake(w->cv);
    ts_mutex_unlock(w->mutex);
}
