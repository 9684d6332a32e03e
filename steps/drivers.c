/* drivers.c - Apply Driver Package, Auto Apply Drivers, MDT's Inject Drivers. */
#include "drivers_run.h"
#include "inputs.h"
#include "mdt_deploy.h"
#include "steps.h"

#define TS_IN_UNSIGNED                                                                             \
    TS_IN_BOOL("OSDAllowUnsignedDriver", "UnsignedDriver", "false",                                \
               "Allow drivers without a signature (deprecated).")

static const ts_input package_inputs[] = {
    TS_IN_PACKAGE("OSDApplyDriverDriverPackageID", "DriverPackageID",
                  "Driver package (hidden; also in the command line)."),
    TS_IN_UNSIGNED,
    TS_IN_BOOL("OSDRecurse", "Recurse", "false",
               "Kept by the editor; without effect here: every driver of the package is added."),
    TS_IN_UNHEEDED("OSDInstallDriversAdditionalOptions", NULL, TS_STRING, NULL,
                   "More options for DISM; needs Recurse."),
    TS_IN_UNHEEDED("OSDApplyDriverBootCriticalContentUniqueID", "BootCriticalContentUniqueID",
                   TS_STRING, NULL, "Content id of a mass storage driver (old Windows)."),
    TS_IN_TEXT("OSDApplyDriverBootCriticalINFFile", "BootCriticalINFFile",
               "INF file of that driver; without effect here."),
    TS_IN_TEXT("OSDApplyDriverBootCriticalHardwareComponent", "BootCriticalHardwareComponent",
               "'scsi' when that driver is given; without effect here."),
    TS_IN_TEXT("OSDApplyDriverBootCriticalID", "BootCriticalID",
               "Id of that driver; without effect here."),
    TS_IN_END,
};
static const char *const driver_programs[] = {"osddriverclient", NULL};

const ts_step_class ts_step_apply_driver_package = {
    .type = "SMS_TaskSequence_ApplyDriverPackageAction",
    .title = "Apply Driver Package",
    .family = "drivers",
    .help = "Adds every driver of a package to the new Windows.",
    .programs = driver_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(DRIVER) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = package_inputs,
    .precheck = ts_driver_package_precheck,
    .run = ts_driver_package_run,
};

static const ts_input auto_inputs[] = {
    TS_IN_BOOL("OSDAutoApplyDriverBestMatch", "BestMatch", "true",
               "Only the best driver for each device; false: every driver that fits."),
    TS_IN_UNHEEDED("OSDAutoApplyDriverCategoryList", "CategoryList", TS_STRING, NULL,
                   "Driver categories to look in, separated by commas."),
    TS_IN_UNSIGNED,
    TS_IN_UNHEEDED("SMSTSDriverRequestConnectTimeOut", NULL, TS_INT, "60",
                   "Seconds to connect to the driver catalogue."),
    TS_IN_UNHEEDED("SMSTSDriverRequestReceiveTimeOut", NULL, TS_INT, "480",
                   "Seconds to wait for its answer."),
    TS_IN_UNHEEDED("SMSTSDriverRequestResolveTimeOut", NULL, TS_INT, "60",
                   "Seconds for name resolution."),
    TS_IN_UNHEEDED("SMSTSDriverRequestSendTimeOut", NULL, TS_INT, "60",
                   "Seconds to send the request."),
    TS_IN_END,
};

const ts_step_class ts_step_auto_apply_drivers = {
    .type = "SMS_TaskSequence_AutoApplyAction",
    .title = "Auto Apply Drivers",
    .family = "drivers",
    .help = "Finds drivers for the machine's devices and adds them to the new Windows.",
    .programs = driver_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(DRIVER) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = auto_inputs,
    .run = ts_auto_drivers_run,
    .precheck = ts_auto_drivers_precheck,
};

static const ts_input mdt_inputs[] = {
    TS_IN_TEXT("DriverSelectionProfile", NULL,
               "Selection profile that chooses the driver folders."),
    TS_IN_ENUM("DriverInjectionMode", NULL, "AUTO", "AUTO ALL",
               "AUTO: drivers of the machine's devices; ALL: every driver of the profile."),
    TS_IN_TEXT("DriverGroup#", NULL, "Driver folders to take as well (DriverGroup001 ...)."),
    TS_IN_TEXT("DriverPaths#", NULL,
               "More folders with drivers (DriverPaths001 ...); without effect here."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const mdt_outputs[] = {TS_MDT_DRIVERS_VARIABLE, TS_MDT_DRIVERS_PROFILE_VARIABLE,
                                          NULL};
static const char *const mdt_programs[] = {"ztidrivers", NULL};

const ts_step_class ts_step_mdt_inject_drivers = {
    .type = "BDD_InjectDrivers",
    .title = "Inject Drivers (MDT)",
    .family = "drivers",
    .help = "Copies the drivers that the machine needs from the deployment share for the new "
            "Windows.",
    .programs = mdt_programs,
    .effects = TS_EFFECT(DRIVER) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = mdt_inputs,
    .outputs = mdt_outputs,
    .run = ts_mdt_drivers_run,
};
