/* log_place.c - simulation: _SMSTSLogPath in Windows PE, where the log is in memory first and on
 * the new disk once there is one (ConfigMgr docs: "Log file locations"). The rule is that of a real
 * run: the largest NTFS volume that was made, and that of the new Windows once a step has named it.
 */
#include <stdio.h>

#include <ts/deploy.h>

#include "interp.h"

#define MEMORY "X:\\Windows\\Temp\\SMSTSLog"

static void leaving(void *ctx, char letter)
{
    ts_log_place *place = ctx;
    if (letter && letter != place->made)
        return;
    place->made = 0;
    place->bytes = 0;
}

static void ready(void *ctx, char letter, ts_filesystem filesystem, uint64_t bytes)
{
    ts_log_place *place = ctx;
    if (filesystem != TS_FS_NTFS || bytes <= place->bytes)
        return;
    place->made = letter;
    place->bytes = bytes;
}

void ts_log_place_start(ts_run *run)
{
    ts_log_place *place = &run->log_place;
    if (!run->options->simulate)
        return;
    place->watch = (ts_volume_watch){.leaving = leaving, .ready = ready, .ctx = place};
    ts_host_watch_volumes(run->options->host, &place->watch);
}

void ts_log_place_stop(ts_run *run)
{
    if (run->options->simulate)
        ts_host_watch_volumes(run->options->host, NULL);
}

bool ts_log_place_update(ts_run *run, ts_err **err)
{
    ts_log_place *place = &run->log_place;
    char folder[sizeof "C:\\_SMSTaskSequence\\Logs\\Smstslog"];
    const char *target = ts_vars_text(run->options->vars, "OSDTargetSystemDrive");
    char letter = target[0] && target[1] == ':' ? target[0] : place->made;
    if (!run->options->simulate || letter == place->at ||
        ts_host_phase(run->options->host) != TS_PHASE_WINPE)
        return true;
    place->at = letter;
    snprintf(folder, sizeof folder, "%c:\\_SMSTaskSequence\\Logs\\Smstslog", letter);
    return ts_run_set(run, "_SMSTSLogPath", letter ? folder : MEMORY, err);
}
