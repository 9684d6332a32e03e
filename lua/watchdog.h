/* watchdog.h - the hard stop: a thread that ends a script which no count hook can stop (C code such
 * as string.find on a hostile pattern). It cannot unwind the script's thread, so it tells somebody
 * who writes the failure down and leaves the process. */
#ifndef TS_LUA_WATCHDOG_H
#define TS_LUA_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_WATCHDOG_SECONDS     600u  /* wall-clock limit of a script that has none of its own */
#define TS_WATCHDOG_LOOK        1000u /* milliseconds: so much later it may be noticed */
#define TS_WATCHDOG_SCRIPTS_MAX 512u  /* at once: on threads, and one in another */

typedef struct ts_watchdog ts_watchdog;
/* Told on the watchdog's thread while the script's thread still runs; does not return. */
typedef void (*ts_watchdog_fire)(void *ctx, const char *text);

/* milliseconds: the limit when arm is given 0; 0: TS_WATCHDOG_SECONDS. */
ts_watchdog *ts_watchdog_new(ts_watchdog_fire fire, void *ctx, uint32_t milliseconds, ts_err **err);
void ts_watchdog_free(ts_watchdog *watchdog); /* NULL is fine */
/* The limit holds for every script, whatever arm is given: in a simulation time-outs of steps are
 * on the simulated clock. */
void ts_watchdog_strict(ts_watchdog *watchdog);
/* A script begins on this thread; `name` stands in the text and is borrowed until disarm, which
 * ends the thread's youngest one. */
void ts_watchdog_arm(ts_watchdog *watchdog, const char *name, uint32_t milliseconds);
void ts_watchdog_disarm(ts_watchdog *watchdog);
/* Time of the thread's scripts does not count while it rests: an operation of the host has limits
 * of its own. */
void ts_watchdog_pause(ts_watchdog *watchdog, bool rest);

#endif
