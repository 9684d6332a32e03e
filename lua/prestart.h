/* prestart.h - scripts that run before anything else of a run: they trust an internal authority,
 * name the machine, look at the network, choose a sequence. The variables that they set stay. */
#ifndef TS_LUA_PRESTART_H
#define TS_LUA_PRESTART_H

#include <ts/error.h>
#include <ts/event.h>
#include <ts/host.h>
#include <ts/vars.h>

#include "watchdog.h"

/* Variable with further scripts, divided by ';'. */
#define TS_PRESTART_VARIABLE "SMSTSPrestartScript"

typedef struct ts_prestart {
    ts_host *host;
    ts_vars *vars;
    const ts_events *events; /* may be NULL */
    ts_watchdog *watchdog;   /* may be NULL */
} ts_prestart;

/* Runs one file. It may return nothing, true or 0; anything else, and every error, refuses the
 * start (TS_SCRIPT or the code of the error that it raised, with file and line). */
bool ts_prestart_run(const ts_prestart *prestart, const char *file, ts_err **err);

#endif
