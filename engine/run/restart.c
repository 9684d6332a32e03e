/* restart.c - who asks for a restart, and what the run does about it.
 *
 * ConfigMgr docs ("Task sequence variables"): SMSTSRebootRequested (HD or WinPE) is read after the
 * step ends; the sequence goes on with the next step, or with the same one when SMSTSRetryRequested
 * has a value. Exit code 3010 counts as HD. Old scripts write "true": it means the full OS. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

#define CODE_RESTART_REQUIRED 3010

/* Where the vendor's engine keeps its folder and log once Windows runs (ConfigMgr docs: log files).
 * A real run has its own folders (--work, --log), which do not move. */
static bool move_folders(ts_run *run, ts_err **err)
{
    return ts_run_set(run, "_SMSTSMDataPath", "C:\\_SMSTaskSequence", err) &&
           ts_run_set(run, "_SMSTSLogPath", "C:\\_SMSTaskSequence\\Logs\\Smstslog", err);
}

bool ts_run_set_phase(ts_run *run, ts_err **err)
{
    bool pe = ts_host_phase(run->options->host) == TS_PHASE_WINPE;
    return ts_run_set(run, "_SMSTSInWinPE", pe ? "true" : "false", err) &&
           (pe || !run->options->simulate || move_folders(run, err));
}

static ts_restart target_of(ts_run *run, const char *text)
{
    bool yes = false;
    if (ts_str_ieq(text, "WinPE"))
        return TS_RESTART_PE;
    if (ts_str_ieq(text, "HD"))
        return TS_RESTART_OS;
    if (ts_str_bool(text, &yes) && !yes)
        return TS_RESTART_NONE;
    if (!yes)
        ts_run_log(run, TS_LEVEL_WARNING, NULL,
                   "SMSTSRebootRequested is '%s', not HD or WinPE: taken as HD", text);
    return TS_RESTART_OS;
}

static bool forget(ts_run *run, const char *name, const ts_value *value, ts_err **err)
{
    return !value || ts_vars_set(run->options->vars, name, "", 0, err);
}

bool ts_restart_take_request(ts_run *run, const ts_result *result, ts_restart *target, bool *retry,
                             ts_err **err)
{
    const ts_value *request = ts_vars_get(run->options->vars, "SMSTSRebootRequested");
    const ts_value *again = ts_vars_get(run->options->vars, "SMSTSRetryRequested");
    const char *asked = request ? request->text : "";
    *retry = again && *again->text;
    *target = result->restart;
    if (*asked)
        *target = target_of(run, asked);
    else if (*target == TS_RESTART_NONE && result->code == CODE_RESTART_REQUIRED)
        *target = TS_RESTART_OS;
    if (*target == TS_RESTART_NONE)
        *retry = false;
    return forget(run, "SMSTSRebootRequested", request, err) &&
           forget(run, "SMSTSRetryRequested", again, err);
}

void ts_restart_notice(ts_run *run, const ts_result *result)
{
    ts_run_report *report = run->report;
    int64_t seconds = 0;
    const char *text = ts_vars_text(run->options->vars, "SMSTSRebootMessage");
    bool delay = ts_str_int64(ts_vars_text(run->options->vars, "SMSTSRebootDelay"), &seconds) &&
                 seconds >= 0 && seconds <= UINT32_MAX;
    report->restart_notice = result->restart_notice || delay;
    report->restart_seconds = result->restart_notice ? result->restart_seconds
                              : delay                ? (uint32_t)seconds
                                                     : 0;
    if (result->restart_notice)
        text = result->restart_text ? result->restart_text : "";
    char *owned = NULL;
    snprintf(report->restart_text, sizeof report->restart_text, "%s",
             ts_vars_mask(run->options->vars, text, &owned));
    free(owned);
}

/* The machine cannot come back: ConfigMgr docs say that continue-on-error does not help here. */
static bool refuse(ts_run *run, ts_err *why, ts_flow *flow)
{
    char *owned = NULL;
    ts_event event = {
        .kind = TS_EVENT_RESTART, .level = TS_LEVEL_ERROR, .outcome = TS_OUTCOME_FAILED};
    event.text = ts_vars_mask(run->options->vars, ts_err_text(why), &owned);
    ts_run_send(run, &event);
    ts_free_ptr(&owned);
    ts_err_free(why);
    run->report->node = run->node;
    run->report->code = -1;
    run->report->failed++;
    run->frame->group = NULL; /* no group forgives it */
    *flow = TS_FLOW_FAILED;
    return true;
}

bool ts_restart_do(ts_run *run, ts_restart target, uint32_t next, ts_flow *flow, ts_err **err)
{
    bool went_on = false;
    ts_err *why = NULL;
    if (!ts_journal_restart(run, next, target, err))
        return false;
    if (!ts_host_hand_over(run->options->host, target, &went_on, &why)) {
        if (ts_err_code(why) == TS_STATE)
            return refuse(run, why, flow);
        return ts_fail_take(err, why);
    }
    ts_event event = {.kind = TS_EVENT_RESTART,
                      .level = TS_LEVEL_INFO,
                      .outcome = TS_OUTCOME_OK,
                      .text = target == TS_RESTART_PE ? "restart to Windows PE"
                                                      : "restart to the full OS"};
    ts_run_send(run, &event);
    run->report->restart = target;
    if (++run->report->restarts > TS_RUN_RESTARTS_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u restarts in one run: a loop?",
                       TS_RUN_RESTARTS_MAX);
    if (!went_on) {
        *flow = TS_FLOW_RESTART;
        return true;
    }
    return ts_run_set_phase(run, err);
}
