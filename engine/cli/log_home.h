/* log_home.h - where smsts.log lives in Windows PE: in memory first, and on the new disk once there
 * is one (ConfigMgr docs: "Log file locations"). */
#ifndef TS_CLI_LOG_HOME_H
#define TS_CLI_LOG_HOME_H

#include <ts/deploy.h>
#include <ts/event.h>
#include <ts/vars.h>

#include "sinks.h"

#define TS_LOG_HOME        "_SMSTaskSequence/Logs/Smstslog" /* below a volume */
#define TS_LOG_HOME_TARGET "OSDTargetSystemDrive" /* ConfigMgr docs: "Task sequence variables" */

/* The log goes to the largest NTFS volume that the run has made or formatted, and to that of the
 * new Windows once a step has said which one it is. It moves between two steps, and back into
 * memory before its volume is wiped; when that fails, a new log begins in memory. A move to a
 * volume that fails is a warning in the log, and is not tried again for that volume. */
typedef struct ts_log_home {
    ts_smsts_log *log;
    ts_host *host;
    ts_vars *vars;
    const ts_events *events;
    const char *memory; /* folder */
    char folder[64];    /* "C:/_SMSTaskSequence/Logs/Smstslog"; "": memory */
    char made;          /* the largest volume so far; 0: none */
    uint64_t bytes;     /* its size */
    char refused;       /* a move there failed */
    ts_volume_watch watch;
} ts_log_home;

/* Adds a sink and watches the volumes of the host. Everything is borrowed; *home must stay where it
 * is. */
bool ts_log_home_start(ts_log_home *home, ts_events *events, ts_err **err);
void ts_log_home_stop(ts_log_home *home); /* before the host and the log */
const char *ts_log_home_folder(const ts_log_home *home);
/* A variable with a folder, as programs of this system write it: "/" begins a switch in cmd.exe. */
bool ts_log_home_set_folder(ts_vars *vars, const char *variable, const char *folder, ts_err **err);

#endif
