/* updates.c - Install Software Updates, MDT's Windows Update, packages and language packs. */
#include "inputs.h"
#include "mdt_optional.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_ENUM("SMSInstallUpdateTarget", "Target", "Mandatory", "All Mandatory",
               "All: every deployed update; Mandatory: the required ones."),
    TS_IN_INT("RetryCount", NULL, "2", "Repeat after an unexpected restart, at most so often."),
    TS_IN_BOOL("SMSTSSoftwareUpdateScanUseCache", "UseCache", "true",
               "Use the result of an earlier scan."),
    TS_IN_INT("SMSTSSoftwareUpdateScanTimeout", NULL, "3600", "Seconds that a scan may take."),
    TS_IN_INT("SMSTSWaitForSecondReboot", NULL, NULL,
              "Seconds to wait after a restart for a second one."),
    TS_IN_INT("SMSTSMPListRequestTimeout", NULL, "60000",
              "Milliseconds before the management point list is asked for again."),
    TS_IN_BOOL("SMSTSMPListRequestTimeoutEnabled", NULL, "true",
               "Ask again for the management point list off the intranet."),
    TS_IN_END,
};
static const char *const programs[] = {"tsinstallswupdate", NULL};

const ts_step_class ts_step_install_updates = {
    .type = "SMS_TaskSequence_InstallUpdateAction",
    .title = "Install Software Updates",
    .family = "updates",
    .help = "Installs the updates that are deployed to the machine.",
    .programs = programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(NET) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .cannot = "there is no ConfigMgr client to ask: use an image with its updates in it",
};

static const ts_input wu_inputs[] = {
    TS_IN_TEXT("WsusServer", NULL, "Update server; empty: Microsoft's."),
    TS_IN_TEXT("WUMU_ExcludeKB#", NULL,
               "Updates to leave out by KB number (WUMU_ExcludeKB001 ...)."),
    TS_IN_TEXT("WUMU_ExcludeID#", NULL,
               "Updates to leave out by update id (WUMU_ExcludeID001 ...)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const wu_programs[] = {"ztiwindowsupdate", NULL};

const ts_step_class ts_step_mdt_windows_update = {
    .type = "ZTIWindowsUpdate",
    .title = "Windows Update (MDT)",
    .family = "updates",
    .help = "Searches for updates, installs them and restarts until none is left, seven rounds at "
            "most.",
    .programs = wu_programs,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(NET) | TS_EFFECT(REGISTRY) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .inputs = wu_inputs,
    .cannot = "the Windows Update agent is not asked: use an image with its updates in it, or a "
              "PowerShell step",
};

static const ts_input patch_inputs[] = {
    TS_IN_TEXT("PackageSelectionProfile", NULL, "Selection profile that chooses the packages."),
    TS_IN_TEXT("PackageGroup#", NULL, "Package folders to take as well (PackageGroup001 ...)."),
    TS_IN_TEXT("LanguagePacks#", NULL, "Language packs to add (LanguagePacks001 ...)."),
    TS_IN_PACKAGE("PackageID", NULL, "Package with the files (ConfigMgr integration)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const patch_programs[] = {"ztipatches", NULL};

const ts_step_class ts_step_mdt_updates_offline = {
    .type = "BDD_InstallUpdatesOffline",
    .title = "Install Updates Offline (MDT)",
    .family = "updates",
    .help = "Adds packages and language packs of the deployment share to the new Windows before "
            "its first start.",
    .programs = patch_programs,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = patch_inputs,
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
};

static const ts_input language_inputs[] = {
    TS_IN_PACKAGE("PackageID", NULL, "Package with the language packs."),
    TS_IN_TEXT("LanguagePacks#", NULL, "Language packs to add (LanguagePacks001 ...)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};

const ts_step_class ts_step_mdt_language_offline = {
    .type = "BDD_InstallLanguagePacksOffline",
    .title = "Install Language Packs Offline (MDT)",
    .family = "updates",
    .help = "Adds the language packs of a package to the new Windows before its first start.",
    .programs = patch_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = language_inputs,
    .cannot = "add language packs to the image, or run DISM as a command line",
};

static const char *const online_programs[] = {"ztilangpacksonline", NULL};

const ts_step_class ts_step_mdt_language_online = {
    .type = "BDD_InstallLanguagePacksOnline",
    .title = "Install Language Packs Online (MDT)",
    .family = "updates",
    .help = "Adds the language packs of a package to the running Windows.",
    .programs = online_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = language_inputs,
    .cannot = "run DISM as a command line (dism /Online /Add-Package)",
};
