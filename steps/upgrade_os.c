/* upgrade_os.c - Upgrade Operating System: Windows Setup over the running Windows. */
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_PACKAGE("OSDUpgradeInstallPackageID", "InstallPackageID",
                  "Operating system upgrade package."),
    TS_IN_PATH("OSDUpgradeInstallPath", "InstallPath",
               "Folder with Windows Setup, instead of a package."),
    TS_IN_INT("OSDUpgradeInstallEditionIndex", "InstallEditionIndex", "1", "Index of the edition."),
    TS_IN("OSDUpgradeOsProductKey", "OsProductKey", TS_STRING, TS_QUASI_SECRET, NULL,
          "Product key."),
    TS_IN_PACKAGE("OSDUpgradeDriverPackageID", "DriverPackageID",
                  "Driver package that Setup gets."),
    TS_IN_PATH("OSDUpgradeStagedContent", "StagedContent", "Folder with drivers that Setup gets."),
    TS_IN_TEXT("OSDUpgradePreserveSettings", "PreserveSettings",
               "What is kept ('Upgrade': everything)."),
    TS_IN_BOOL("OSDUpgradeScanOnly", "ScanOnly", "false", "Only run the compatibility scan."),
    TS_IN_BOOL("OSDUpgradeIgnoreMessages", "IgnoreMessages", "false",
               "Ignore compatibility messages that may be dismissed."),
    TS_IN_TEXT("OSDUpgradeDynamicUpdateSettings", "DynamicUpdateSettings",
               "Dynamic update: Disable, or OverridePolicy to use it whatever the policy says."),
    TS_IN_INT("OSDUpgradeSetupTimeout", "SetupTimeout", NULL,
              "Minutes that Windows Setup may take."),
    TS_IN_TEXT("OSDFeatureUpdateAssignmentID", "FeatureUpdateAssignmentId",
               "Feature update deployment, instead of a package."),
    TS_IN_TEXT("OSDUpgradeFeatureUpdateName", "FeatureUpdateName", "Name of the feature update."),
    TS_IN_TEXT("OSDSetupAdditionalUpgradeOptions", NULL, "More options for setup.exe."),
    TS_IN_INT("SetupCompletePause", NULL, NULL,
              "Seconds to wait before the sequence goes on after Setup."),
    TS_IN_END,
};
static const char *const outputs[] = {"_SMSTSOSUpgradeActionReturnCode", "_SMSTSSetupRollback",
                                      NULL};
static const char *const programs[] = {"osdupgradeos", NULL};

const ts_step_class ts_step_upgrade_os = {
    .type = "SMS_TaskSequence_UpgradeOperatingSystemAction",
    .title = "Upgrade Operating System",
    .family = "upgrade_os",
    .help = "Upgrades the running Windows in place, or scans whether it could.",
    .programs = programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(SOFTWARE) | TS_EFFECT(NET) |
               TS_EFFECT(RESTART),
    .resume = TS_RESUME_STOP,
    .hands_over = TS_RESTART_OS,
    .inputs = inputs,
    .outputs = outputs,
    .cannot = "this build does not follow Windows Setup through an upgrade: run setup.exe as a "
              "command line",
};
