/* applications.c - Install Application, and MDT's Install Applications. */
#include "deploy_precheck.h"
#include "inputs.h"
#include "install.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_TEXT("ApplicationName", NULL,
               "Model names of the applications, separated by commas (hidden; also in the command "
               "line)."),
    TS_IN_TEXT("BaseVariableName", NULL,
               "Base name of a list: <base>01, <base>02 ... hold application names."),
    TS_IN_BOOL("ContinueOnInstallError", NULL, "false",
               "Go on with the next application when one fails."),
    TS_IN_INT("OSDAppCount", "NumApps", NULL,
              "Number of applications in this step, kept by the editor."),
    TS_IN_INT("OSDApp", "AppInfo", NULL, "The same number, kept by the editor."),
    TS_IN_TEXT("OSDApp#Name", "AppInfo#Name", "Model name of an application."),
    TS_IN_TEXT("OSDApp#DisplayName", "AppInfo#DisplayName", "Name for people."),
    TS_IN_TEXT("OSDApp#Description", "AppInfo#Description", "Description."),
    TS_IN_UNHEEDED("OSDAppClearCache", "ClearCache", TS_BOOL, "false",
                   "Remove the content after the installation."),
    TS_IN_UNHEEDED("RetryCount", NULL, TS_INT, "2",
                   "Repeat after an unexpected restart, at most so often."),
    TS_IN_INT("OSDAppInstallRetries", NULL, "0", "Repeat a failed application so often."),
    TS_IN_INT("OSDAppInstallRetryTimeout", NULL, "30000", "Milliseconds between these tries."),
    TS_IN_BOOL("TSErrorOnWarning", NULL, "false",
               "An application that does not apply fails the step."),
    TS_IN_UNHEEDED("SMSTSMPListRequestTimeout", NULL, TS_INT, "60000",
                   "Milliseconds before the management point list is asked for again."),
    TS_IN_UNHEEDED("SMSTSMPListRequestTimeoutEnabled", NULL, TS_BOOL, "true",
                   "Ask again for the management point list off the intranet."),
    TS_IN_END,
};
static const char *const outputs[] = {"_TSAppInstallStatus", "_SMSTSAppInstallNeedsRetry", NULL};
static const char *const programs[] = {"smsappinstall", NULL};

const ts_step_class ts_step_install_application = {
    .type = "SMS_TaskSequence_InstallApplicationAction",
    .title = "Install Application",
    .family = "applications",
    .help = "Installs applications, from a list in the step or in variables.",
    .programs = programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(EXEC) | TS_EFFECT(NET) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .outputs = outputs,
    .run = ts_install_application_run,
    .precheck = ts_install_application_precheck,
};

static const ts_input mdt_inputs[] = {
    TS_IN_TEXT("ApplicationGUID", NULL,
               "The one application to install; empty: those of the lists."),
    TS_IN("ApplicationSuccessCodes", NULL, TS_STRING, 0, "0 3010",
          "Exit codes of an installer that mean success, separated by blanks."),
    TS_IN_TEXT("MandatoryApplications#", NULL,
               "Applications that are always installed (MandatoryApplications001 ...)."),
    TS_IN_TEXT("Applications#", NULL, "Applications that were chosen (Applications001 ...)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const mdt_outputs[] = {"InstalledApplications#", "SMSTSRebootRequested",
                                          "SMSTSRetryRequested", NULL};
static const char *const mdt_programs[] = {"ztiapplications", "zticoalesce", NULL};

const ts_step_class ts_step_mdt_install_application = {
    .type = "BDD_InstallApplication",
    .title = "Install Applications (MDT)",
    .family = "applications",
    .help = "Installs one application of the deployment share, or those of the lists.",
    .programs = mdt_programs,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(EXEC) | TS_EFFECT(NET) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .own_codes = true,
    .inputs = mdt_inputs,
    .outputs = mdt_outputs,
    .run = ts_install_mdt_run,
};
