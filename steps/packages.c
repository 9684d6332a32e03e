/* packages.c - Install Package: one program of a package, or a list of them in variables. */
#include "deploy_precheck.h"
#include "inputs.h"
#include "install.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_PACKAGE("PackageID", NULL, "Package (hidden; also in the command line)."),
    TS_IN_TEXT("_SMSSWDProgramName", "ProgramName", "Program of the package."),
    TS_IN_TEXT("BaseVariableName", NULL,
               "Base name of a list: <base>001, <base>002 ... hold 'PKGID:Program'."),
    TS_IN_BOOL("ContinueOnInstallError", NULL, "false",
               "Go on with the next package when one fails."),
    TS_IN_BOOL("OSDDoNotLogCommand", NULL, "false", "Keep the program name out of the log."),
    TS_IN_END,
};

const ts_step_class ts_step_install_package = {
    .type = "SMS_TaskSequence_InstallSoftwareAction",
    .title = "Install Package",
    .family = "packages",
    .help = "Runs a program of a package, or the programs that a list of variables names.",
    .phase = TS_PHASE_FULL_OS,
    /* A command line of its package, nothing more: any machine that runs programs can do it. */
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(NET),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = inputs,
    .run = ts_install_package_run,
    .precheck = ts_install_package_precheck,
};
