/* setup_windows.c - Setup Windows and ConfigMgr: the hand-over from WinPE to the new Windows. */
#include "deploy.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#include <stdlib.h>

#include <ts/mem.h>
#include <ts/text.h>

static const ts_input inputs[] = {
    TS_IN_UNHEEDED("_SMSClientPackageID", "ClientPackageID", TS_PACKAGE, NULL,
                   "Client package: no ConfigMgr client is installed."),
    TS_IN_UNHEEDED("_SMSClientPreProductionPackageID", "PreProductionClientPackageID", TS_PACKAGE,
                   NULL, "Pre-production client package."),
    TS_IN_UNHEEDED("_SMSClientUsePreProductionPackage", "UsePreProductionClientPackage", TS_BOOL,
                   "false", "Use the pre-production client."),
    TS_IN_UNHEEDED("SMSClientInstallProperties", "ClientInstallProperties", TS_STRING, NULL,
                   "Properties for the installation of the client."),
    TS_IN_END,
};
static const char *const programs[] = {"osdsetupwindows", NULL};
static const char *const outputs[] = {TS_AGENT_VARIABLE, NULL};

/* Where the engine keeps journal and program on the new Windows' volume. */
static const char *work_folder(char letter, char *out)
{
    static const char rest[] = ":/_SMSTaskSequence";
    out[0] = letter;
    for (size_t i = 0; i < sizeof rest; i++)
        out[i + 1] = rest[i];
    return out;
}

/* Setup would ask for what the answer file does not say, and a person is not there. */
static bool complete(ts_ctx *c, ts_unattend *u, ts_err **err)
{
    if (!ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName")) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "no step has set the computer name: Windows Setup makes one");
        return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName", "*", err);
    }
    return true;
}

static bool prepare(ts_ctx *c, char letter, ts_result *out, ts_err **err)
{
    char work[32];
    ts_err *why = NULL;
    ts_host *host = ts_ctx_host(c);
    ts_unattend *u = ts_step_unattend_open(c, letter, out, err);
    if (!u)
        return !err || !*err;
    bool ok = complete(c, u, &why) ? ts_step_unattend_save(c, letter, u, out, err)
                                   : ts_step_own(out, why, err);
    ts_unattend_free(u);
    if (!ok || out->failed)
        return ok;
    ok = ts_host_boot_files(host, letter, NULL, &why) &&
         ts_host_agent_install(host, letter, work_folder(letter, work), &why);
    return ok ? ts_ctx_set(c, TS_AGENT_VARIABLE, work, 0, err) : ts_step_own(out, why, err);
}

static bool setup_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS) {
        ts_ctx_log(c, TS_LEVEL_INFO, "this Windows is set up already: nothing to do");
        return true;
    }
    char letter = ts_step_windows(c);
    ts_volume_info volume;
    ts_err *why = NULL;
    if (!letter)
        return ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                              "no operating system was applied before (OSDTargetSystemDrive is not "
                              "set)");
    if (!ts_host_volume(ts_ctx_host(c), letter, &volume, &why))
        return ts_step_own(out, why, err);
    if (!volume.has_windows)
        return ts_result_fail(
            out, TS_STEP_CODE_NOT_FOUND,
            "there is no Windows on volume %c: (Apply Operating System stands before "
            "this step)",
            letter);
    if (!prepare(c, letter, out, err))
        return false;
    if (!out->failed)
        out->restart = TS_RESTART_OS;
    return true;
}

const ts_step_class ts_step_setup_windows = {
    .type = "SMS_TaskSequence_SetupWindowsAndSMSAction",
    .title = "Setup Windows and ConfigMgr",
    .family = "setup_windows",
    .help = "Restarts from WinPE into the new Windows, lets its setup finish and goes on there.",
    .programs = programs,
    .phase = TS_PHASE_ANY,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(SETTINGS) | TS_EFFECT(SOFTWARE) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_STOP,
    .never_continue = true,
    .hands_over = TS_RESTART_OS,
    .agent = true,
    .inputs = inputs,
    .outputs = outputs,
    .run = setup_run,
};
