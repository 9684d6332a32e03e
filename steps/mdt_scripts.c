/* mdt_scripts.c - MDT: what is left of its scripts: toolkit package, PowerShell host, runbooks,
 * BIOS check, tattoo, policies, logs, suspend. */
#include "inputs.h"
#include "steps.h"

static const ts_input workbench_inputs[] = {TS_IN_WORKBENCH, TS_IN_END};

static const ts_input package_inputs[] = {
    TS_IN_PACKAGE("BDDPackageID", "PackageID", "MDT toolkit package."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const package_programs[] = {"ztisccm", NULL};
static const char *const package_outputs[] = {
    "DeployRoot",       "ScriptRoot",     "ResourceRoot", "ToolRoot",
    "DeploymentMethod", "DeploymentType", "Phase",        NULL};

const ts_step_class ts_step_mdt_use_package = {
    .type = "BDD_UsePackage",
    .title = "Use Toolkit Package (MDT)",
    .family = "mdt_scripts",
    .help = "Fetches the MDT toolkit package of a ConfigMgr sequence and points the scripts to it.",
    .programs = package_programs,
    .effects = TS_EFFECT(NET) | TS_EFFECT(FILE),
    .resume = TS_RESUME_AGAIN,
    .inputs = package_inputs,
    .outputs = package_outputs,
};

static const ts_input powershell_inputs[] = {
    TS_IN("ScriptName", NULL, TS_STRING, TS_REQUIRED, NULL,
          "Script, found in the Scripts folder of the deployment share."),
    TS_IN_TEXT("Parameters", NULL, "Parameters of the script."),
    TS_IN_PACKAGE("PackageID", NULL, "Package with the script (ConfigMgr integration)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const powershell_programs[] = {"ztipowershell", NULL};

const ts_step_class ts_step_mdt_run_powershell = {
    .type = "BDD_RunPowerShellAction",
    .title = "Run PowerShell Script (MDT)",
    .family = "mdt_scripts",
    .help = "Runs a PowerShell script in MDT's own host, which gives it the drive TSEnv:.",
    .programs = powershell_programs,
    .effects = TS_EFFECT(EXEC),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = powershell_inputs,
};

static const ts_input runbook_inputs[] = {
    TS_IN_TEXT("OrchestratorServer", NULL, "Orchestrator server."),
    TS_IN_TEXT("RunbookName", NULL, "Name of the runbook."),
    TS_IN_TEXT("RunbookID", NULL, "Id of the runbook."),
    TS_IN_TEXT("RunbookParameterMode", NULL, "Where the parameters come from."),
    TS_IN_TEXT("RunbookParameters", NULL, "Parameters."),
    TS_IN_BOOL("WaitUntilComplete", NULL, "true", "Wait until the runbook ends."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const runbook_programs[] = {"ztiexecuterunbook", NULL};

const ts_step_class ts_step_mdt_execute_runbook = {
    .type = "BDD_ExecuteRunbook",
    .title = "Execute Runbook (MDT)",
    .family = "mdt_scripts",
    .help = "Starts an Orchestrator runbook; its output values become variables.",
    .programs = runbook_programs,
    .effects = TS_EFFECT(NET),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = runbook_inputs,
};

static const char *const bios_programs[] = {"ztibioscheck", NULL};

const ts_step_class ts_step_zti_bios_check = {
    .type = "ZTIBIOSCheck",
    .title = "Check BIOS (MDT)",
    .family = "mdt_scripts",
    .help = "Looks the machine's BIOS up in ZTIBIOSCheck.xml; a machine that is not listed passes.",
    .programs = bios_programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
};

static const char *const tatoo_programs[] = {"ztitatoo", NULL};

const ts_step_class ts_step_zti_tatoo = {
    .type = "ZTITatoo",
    .title = "Tattoo (MDT)",
    .family = "mdt_scripts",
    .help = "Leaves the facts of the deployment in the registry of the new Windows.",
    .programs = tatoo_programs,
    .effects = TS_EFFECT(REGISTRY),
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
};

static const ts_input opt_inputs[] = {
    TS_IN_ENUM("CEIPOptIn", NULL, NULL, "YES NO",
               "Take part in the customer experience programme."),
    TS_IN_ENUM("WEROptIn", NULL, NULL, "YES NO", "Send Windows error reports."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const opt_programs[] = {"ztioptin", NULL};

const ts_step_class ts_step_zti_opt_in = {
    .type = "ZTIOptIn",
    .title = "Opt In to CEIP and WER (MDT)",
    .family = "mdt_scripts",
    .help = "Sets two registry switches that current Windows no longer reads.",
    .programs = opt_programs,
    .effects = TS_EFFECT(REGISTRY),
    .resume = TS_RESUME_AGAIN,
    .inputs = opt_inputs,
};

static const ts_input gpo_inputs[] = {
    TS_IN_ENUM("ApplyGPOPack", NULL, NULL, "YES NO", "NO leaves the policies as they are."),
    TS_IN_TEXT("GPOPackPath", NULL, "Folder of the policy pack below Templates/GPOPacks."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const gpo_programs[] = {"ztiapplygpopack", NULL};

const ts_step_class ts_step_zti_gpo_pack = {
    .type = "ZTIApplyGPOPack",
    .title = "Apply Local GPO Package (MDT)",
    .family = "mdt_scripts",
    .help = "Applies local policies of the deployment share.",
    .programs = gpo_programs,
    .effects = TS_EFFECT(SETTINGS) | TS_EFFECT(REGISTRY),
    .resume = TS_RESUME_AGAIN,
    .inputs = gpo_inputs,
};

static const ts_input log_inputs[] = {
    TS_IN_PATH("SLShare", NULL, "Share for the logs."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const log_programs[] = {"zticopylogs", NULL};

const ts_step_class ts_step_zti_copy_logs = {
    .type = "ZTICopyLogs",
    .title = "Copy Logs (MDT)",
    .family = "mdt_scripts",
    .help = "Copies the logs to the share in SLShare.",
    .programs = log_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = log_inputs,
};

static const char *const suspend_programs[] = {"ltisuspend", NULL};

const ts_step_class ts_step_lti_suspend = {
    .type = "LTISuspend",
    .title = "Suspend (MDT)",
    .family = "mdt_scripts",
    .help = "Stops the sequence until a person resumes it from the desktop.",
    .programs = suspend_programs,
    .effects = TS_EFFECT(FILE),
    .resume = TS_RESUME_NEXT,
    .inputs = workbench_inputs,
};
