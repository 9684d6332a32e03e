/* watchdog.c - see watchdog.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "os.h"
#include "watchdog.h"

#define NS_PER_MS UINT64_C(1000000)

typedef struct watched {
    uint32_t thread;
    const char *name;
    bool resting;
    uint32_t limit; /* ms of this script */
    uint64_t since; /* ns: when the time began to count */
    uint64_t spent; /* ns before that */
} watched;

struct ts_watchdog {
    ts_watchdog_fire fire;
    void *ctx;
    uint32_t usual; /* ms */
    bool strict, stop;
    ts_mutex *mutex;
    ts_cv *cv;
    ts_thread *thread;
    size_t n;
    watched scripts[TS_WATCHDOG_SCRIPTS_MAX]; /* in the order in which they began */
};

static uint64_t spent_ms(const watched *s)
{
    uint64_t running = s->resting ? 0 : ts_clock_steady() - s->since;
    return (s->spent + running) / NS_PER_MS;
}

static void tell(ts_watchdog *w, const watched *s)
{
    char text[512];
    snprintf(text, sizeof text,
             "the script '%.200s' did not end within %u seconds and cannot be stopped from inside; "
             "the watchdog ended the program (--script-limit gives more time)",
             s->name, s->limit / 1000u);
    w->fire(w->ctx, text); /* with the mutex held: the script's thread cannot go on meanwhile */
}

/* Looks now and then instead of being woken: scripts begin and end often. */
static void watch(void *ctx)
{
    ts_watchdog *w = ctx;
    ts_mutex_lock(w->mutex);
    while (!w->stop) {
        uint32_t wait = w->usual < TS_WATCHDOG_LOOK ? w->usual : TS_WATCHDOG_LOOK;
        for (size_t i = 0; i < w->n; i++) {
            watched *s = &w->scripts[i];
            uint64_t spent = s->resting ? 0 : spent_ms(s);
            if (spent >= s->limit) {
                tell(w, s);
                s->limit = UINT32_MAX;
            }
            if (s->limit - spent < wait)
                wait = (uint32_t)(s->limit - spent);
        }
        ts_cv_wait(w->cv, w->mutex, wait);
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

void ts_watchdog_strict(ts_watchdog *w)
{
    w->strict = true;
}

void ts_watchdog_arm(ts_watchdog *w, const char *name, uint32_t milliseconds)
{
    ts_mutex_lock(w->mutex);
    assert(w->n < TS_WATCHDOG_SCRIPTS_MAX);
    w->scripts[w->n++] = (watched){.thread = ts_thread_id(),
                                   .name = name,
                                   .limit = milliseconds && !w->strict ? milliseconds : w->usual,
                                   .since = ts_clock_steady()};
    ts_mutex_unlock(w->mutex);
}

void ts_watchdog_disarm(ts_watchdog *w)
{
    uint32_t me = ts_thread_id();
    ts_mutex_lock(w->mutex);
    size_t i = w->n;
    while (i > 0 && w->scripts[i - 1].thread != me)
        i--;
    if (i > 0) {
        memmove(&w->scripts[i - 1], &w->scripts[i], (w->n - i) * sizeof *w->scripts);
        w->n--;
    }
    ts_mutex_unlock(w->mutex);
}

void ts_watchdog_pause(ts_watchdog *w, bool rest)
{
    uint32_t me = ts_thread_id();
    ts_mutex_lock(w->mutex);
    uint64_t now = ts_clock_steady();
    for (size_t i = 0; i < w->n; i++) {
        watched *s = &w->scripts[i];
        if (s->thread != me)
            continue;
        if (rest && !s->resting)
            s->spent += now - s->since;
        s->since = now;
        s->resting = rest;
    }
    ts_mutex_unlock(w->mutex);
}
