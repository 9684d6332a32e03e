/* setup_windows.c - Setup Windows and ConfigMgr: the hand-over from WinPE to the new Windows. */
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_PACKAGE("_SMSClientPackageID", "ClientPackageID", "Client package."),
    TS_IN_PACKAGE("_SMSClientPreProductionPackageID", "PreProductionClientPackageID",
                  "Pre-production client package."),
    TS_IN_BOOL("_SMSClientUsePreProductionPackage", "UsePreProductionClientPackage", "false",
               "Use the pre-production client."),
    TS_IN_TEXT("SMSClientInstallProperties", "ClientInstallProperties",
               "Properties for the installation of the client."),
    TS_IN_END,
};
static const char *const programs[] = {"osdsetupwindows", NULL};

const ts_step_class ts_step_setup_windows = {
    .type = "SMS_TaskSequence_SetupWindowsAndSMSAction",
    .title = "Setup Windows and ConfigMgr",
    .family = "setup_windows",
    .help = "Restarts from WinPE into the new Windows, lets its setup finish and installs the "
            "client.",
    .programs = programs,
    .phase = TS_PHASE_ANY,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(SETTINGS) | TS_EFFECT(SOFTWARE) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_STOP,
    .never_continue = true,
    .hands_over = TS_RESTART_OS,
    .inputs = inputs,
};
