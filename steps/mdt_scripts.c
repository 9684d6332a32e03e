/* mdt_scripts.c - MDT: what is left of its scripts: toolkit package, PowerShell host, runbooks,
 * tattoo, policies, logs, suspend. */
#include <stdio.h>

#include <ts/text.h>
#include <ts/time.h>

#include "helpers.h"
#include "inputs.h"
#include "mdt_optional.h"
#include "powershell.h"
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
    .cannot =
        "MDT's scripts are part of this engine and need no toolkit package: leave the step out",
};

static const ts_input powershell_inputs[] = {
    TS_IN("ScriptName", NULL, TS_STRING, TS_REQUIRED, NULL,
          "Script, found in the Scripts folder of the deployment share."),
    TS_IN_TEXT("Parameters", NULL, "Parameters of the script."),
    TS_IN_BOOL(TS_POWERSHELL_LOG, NULL, "false", "Write the parameters to the log."),
    TS_IN_PACKAGE("PackageID", NULL, "Package with the script (ConfigMgr integration)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const powershell_programs[] = {"ztipowershell", NULL};
static const char *const powershell_needs[] = {"powershell.exe", "pwsh", NULL};

const ts_step_class ts_step_mdt_run_powershell = {
    .type = "BDD_RunPowerShellAction",
    .title = "Run PowerShell Script (MDT)",
    .family = "mdt_scripts",
    .help = "Runs a PowerShell script of the deployment share.",
    .programs = powershell_programs,
    .needs = powershell_needs,
    .effects = TS_EFFECT(EXEC),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = powershell_inputs,
    .run = ts_mdt_powershell_run,
    .precheck = ts_mdt_powershell_precheck,
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
    .cannot = "this build has no client for Orchestrator: start the runbook from a script",
};

static const char *const tatoo_programs[] = {"ztitatoo", NULL};

#define TATTOO_KEY "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Deployment 4"

/* Names of the values: MDT's ZTITatoo.mof, which shows them as the WMI class Microsoft_BDD_Info. */
static const struct {
    const char *value, *variable;
} tattoo[] = {
    {"Deployment Method", "DeploymentMethod"},        {"Deployment Type", "DeploymentType"},
    {"Task Sequence ID", "TaskSequenceID"},           {"Task Sequence Name", "TaskSequenceName"},
    {"Task Sequence Version", "TaskSequenceVersion"}, {"OSD Package ID", "_SMSTSPackageID"},
    {"OSD Program Name", "_SMSTSProgramName"},        {"OSD Advertisement ID", "_SMSTSAdvertID"},
};

static bool run_tatoo(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_host *host = ts_ctx_host(c);
    ts_err *why = NULL;
    char stamp[96];
    int bias = ts_host_bias(host); /* UTC minus local time */
    ts_civil t = ts_time_civil(ts_host_now(host) - (int64_t)bias * 60000);
    snprintf(stamp, sizeof stamp, "%04d%02d%02d%02d%02d%02d.000000%c%03d", t.year, t.month, t.day,
             t.hour, t.minute, t.second, bias > 0 ? '-' : '+', bias > 0 ? bias : -bias);
    bool ok = ts_host_reg_set(host, TATTOO_KEY, "Deployment Timestamp", TS_REG_SZ, stamp, &why);
    for (size_t i = 0; ok && i < TS_COUNT(tattoo); i++) {
        const char *text = ts_vars_text(ts_ctx_vars(c), tattoo[i].variable);
        ok = !*text || ts_host_reg_set(host, TATTOO_KEY, tattoo[i].value, TS_REG_SZ, text, &why);
    }
    return ok || ts_step_own(out, why, err);
}

const ts_step_class ts_step_zti_tatoo = {
    .type = "ZTITatoo",
    .title = "Tattoo (MDT)",
    .family = "mdt_scripts",
    .help = "Leaves the facts of the deployment in the registry of the new Windows.",
    .programs = tatoo_programs,
    .effects = TS_EFFECT(REGISTRY),
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .run = run_tatoo,
};

static const ts_input opt_inputs[] = {
    TS_IN_ENUM("CEIPOptIn", NULL, NULL, "YES NO",
               "Take part in the customer experience programme; without effect here."),
    TS_IN_ENUM("WEROptIn", NULL, NULL, "YES NO",
               "Send Windows error reports; without effect here."),
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
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = opt_inputs,
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
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
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
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
    .cannot = "use the shipped Lua step Copy Logs (sequences/steps/copy_logs.lua)",
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
    .cannot = "the engine cannot wait for a person at the desktop: use the shipped Lua step Show "
              "Message, or a sequence of its own for what follows",
};
