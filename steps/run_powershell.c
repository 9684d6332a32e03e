/* run_powershell.c - Run PowerShell Script: a script in the step (base64 of UTF-16LE with a byte
 * order mark, exported sequences), or a file of a package. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "inputs.h"
#include "powershell.h"
#include "steps.h"

#define SCRIPT_MAX (4u * 1024u * 1024u) /* bytes of one inline script */
#define COMMAND_BYTES_MAX                                                                          \
    (64u * 1024u) /* of path and parameters; Windows takes 32,767 characters */

static const ts_input inputs[] = {
    TS_IN("OSDRunPowerShellScriptSourceScript", "SourceScript", TS_STRING, TS_RAW, NULL,
          "The script: base64 of UTF-16LE with a byte order mark."),
    TS_IN_PACKAGE("OSDRunPowerShellScriptPackageID", "PackageID",
                  "Package with the script, instead of SourceScript."),
    TS_IN_TEXT("OSDRunPowerShellScriptScriptName", "ScriptName",
               "File of the script in the package."),
    TS_IN_TEXT("OSDRunPowerShellScriptParameters", "Parameters",
               "Parameters of the script; quote values with single quotes."),
    TS_IN_ENUM("OSDRunPowerShellScriptExecutionPolicy", "ExecutionPolicy", "AllSigned",
               "AllSigned Undefined Bypass",
               "Which scripts may run; Undefined: as the machine is set."),
    TS_IN("OSDRunPowerShellScriptOutputVariableName", "OutputVariableName", TS_STRING, TS_OUTPUT,
          NULL, "Variable that receives the last 1,000 characters of the output."),
    TS_IN_TEXT("OSDRunPowerShellScriptSuccessCodes", "SuccessCodes",
               "Copy of the step's success codes, kept by the editor (hidden)."),
    TS_IN_PATH("SMSTSRunPowerShellWorkingDirectory", "WorkingDirectory",
               "Working folder; a relative one is below the package's."),
    TS_IN_BOOL(TS_POWERSHELL_LOG, NULL, "false", "Write the parameters to the log."),
    TS_IN_BOOL("_SMSTSRunPowerShellAsUser", "RunAsUser", "false",
               "Run this step as the account below."),
    TS_IN_BOOL("SMSTSRunPowerShellAsUser", NULL, "false",
               "Run every script step as the account below."),
    TS_IN_TEXT("SMSTSRunPowerShellUserName", "UserName", "Account (DOMAIN\\user)."),
    TS_IN_SECRET("SMSTSRunPowerShellUserPassword", "UserPassword", "Password of that account."),
    TS_IN_END,
};
static const ts_step_run_as run_as = {
    .flag = "_SMSTSRunPowerShellAsUser",
    .flag_all = "SMSTSRunPowerShellAsUser",
    .user = "SMSTSRunPowerShellUserName",
    .password = "SMSTSRunPowerShellUserPassword",
};
static const char *const programs[] = {"osdrunpowershellscript", NULL};
static const char *const needs[] = {"powershell.exe", "pwsh", NULL};

/* Where the script is. */
typedef struct script {
    char *path;       /* owned */
    const char *base; /* folder of the package, "" without one */
    bool staged;      /* it was written for this step: delete it */
} script;

/* A folder of the engine, or ConfigMgr's (%windir%\temp\smstspowershellscripts, its docs),
 * whichever can be made first: before the disk is partitioned the engine's drive may not be there.
 * *folder stays NULL when the step failed. Never a folder that everybody may write to. */
static bool staging_folder(ts_ctx *c, ts_result *out, char **folder, ts_err **err)
{
    const char *windows = ts_host_env(ts_ctx_host(c), "windir");
    const struct {
        const char *folder, *name;
    } places[] = {{ts_vars_text(ts_ctx_vars(c), "_SMSTSMDataPath"), "SMSTSPowerShellScripts"},
                  {windows ? windows : "", "temp/smstspowershellscripts"}};
    ts_err *why = NULL;
    for (size_t i = 0; i < TS_COUNT(places); i++) {
        if (!*places[i].folder)
            continue;
        ts_err_clear(&why);
        char *made = ts_path_join(places[i].folder, places[i].name);
        if (!made)
            return ts_fail_nomem(err);
        if (ts_host_folder_make(ts_ctx_host(c), made, &why)) {
            *folder = made;
            return true;
        }
        free(made);
        if (ts_err_code(why) != TS_NOT_FOUND)
            break;
    }
    if (why) {
        ts_wrap(&why, "cannot keep the script for PowerShell");
        return ts_step_own(out, why, err);
    }
    return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                          "no folder to keep the script in: neither _SMSTSMDataPath (the work "
                          "folder of the run) nor windir is set");
}

/* Writes the script's bytes as they are: PowerShell reads UTF-16 with its byte order mark, and a
 * signature stays valid. */
static bool stage(ts_ctx *c, const char *source, script *s, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    char *folder TS_CLEANUP(ts_free_ptr) = NULL;
    if (!staging_folder(c, out, &folder, err))
        return false;
    if (!folder)
        return true;
    ts_buf bytes TS_CLEANUP(ts_buf_done);
    ts_buf_init(&bytes, SCRIPT_MAX);
    if (!ts_base64_decode(&bytes, source, &why)) {
        ts_wrap(&why, "the script in SourceScript");
        return ts_step_own(out, why, err);
    }
    s->path = ts_sprintf("%s/step%u.ps1", folder, ts_ctx_node(c)->index);
    if (!s->path)
        return ts_fail_nomem(err);
    s->staged = true;
    if (ts_host_file_write(ts_ctx_host(c), s->path, bytes.data ? bytes.data : "", bytes.len, false,
                           &why))
        return true;
    ts_wrap(&why, "cannot keep the script for PowerShell");
    return ts_step_own(out, why, err);
}

static bool find_in_package(ts_ctx *c, script *s, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    const char *package = ts_ctx_text(c, "OSDRunPowerShellScriptPackageID");
    char *name TS_CLEANUP(ts_free_ptr) = ts_strdup(
        ts_ctx_text(c, "OSDRunPowerShellScriptScriptName"));
    if (!name)
        return ts_fail_nomem(err);
    for (char *p = name; *p; p++)
        *p = *p == '\\' ? '/' : *p;
    if (!*package || !*name)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "the step has no script: neither SourceScript nor package and "
                              "ScriptName");
    if (!ts_path_is_inside(name))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "script '%s' is not inside its package",
                              name);
    if (!ts_ctx_package(c, package, &s->base, &why)) {
        s->base = "";
        return ts_step_own(out, why, err);
    }
    s->path = ts_path_join(s->base, name);
    return s->path || ts_fail_nomem(err);
}

/* powershell.exe where there is one, else PowerShell 7 (Linux, or Windows that has only it). */
static const char *find_powershell(ts_ctx *c, ts_result *out)
{
    const char *lack = ts_host_lacks_program(ts_ctx_host(c), "powershell.exe");
    if (!lack)
        return "powershell.exe";
    if (!ts_host_lacks_program(ts_ctx_host(c), "pwsh"))
        return "pwsh";
    ts_result_fail(out, TS_STEP_CODE_NOT_FOUND, "%s; nor is there PowerShell 7 (pwsh)", lack);
    return NULL;
}

/* & 'path' parameters; exit $LASTEXITCODE   (a script's `exit n` is the code of the step) */
static char *command_text(const char *path, const char *parameters, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, COMMAND_BYTES_MAX);
    ts_buf_str(&text, "& '");
    for (; *path; path++) {
        if (*path == '\'')
            ts_buf_char(&text, '\'');
        ts_buf_char(&text, *path);
    }
    ts_buf_printf(&text, "'%s%s; exit $LASTEXITCODE", *parameters ? " " : "", parameters);
    char *result = ts_buf_ok(&text, "command line of PowerShell", err) ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    return result;
}

static bool start(ts_ctx *c, const ts_powershell *s, const char *powershell, const char *command,
                  ts_result *out, char **output, ts_err **err)
{
    bool has_policy = *s->policy && !ts_str_ieq(s->policy, "Undefined");
    const char *argv[10] = {powershell, "-NoLogo", "-NonInteractive", "-NoProfile"};
    size_t n = 4;
    if (has_policy) {
        argv[n++] = "-ExecutionPolicy";
        argv[n++] = s->policy;
    }
    argv[n++] = "-Command";
    argv[n++] = command;
    char *folder TS_CLEANUP(ts_free_ptr) = NULL;
    bool hide = *s->parameters && !ts_ctx_bool(c, TS_POWERSHELL_LOG);
    ts_program program = {.argv = argv, .keep_output = true, .secret = hide};
    if (!ts_step_folder(s->folder, s->base, &folder, err))
        return false;
    program.folder = folder;
    if (s->who && !ts_step_set_user(c, s->who, &program, out))
        return true;
    ts_ctx_log(c, TS_LEVEL_INFO, "Running PowerShell script '%s' with %s%s", s->path, powershell,
               hide ? " (parameters are not logged: OSDLogPowerShellParameters is not TRUE)" : "");
    return ts_ctx_run_program(c, &program, out, output, err);
}

bool ts_powershell_run(ts_ctx *c, const ts_powershell *s, ts_result *out, char **output,
                       ts_err **err)
{
    const char *powershell = find_powershell(c, out);
    if (!powershell)
        return true;
    ts_err *why = NULL;
    char *command = command_text(s->path, s->parameters, &why);
    bool ok = command ? start(c, s, powershell, command, out, output, err)
                      : ts_step_own(out, why, err);
    ts_free_secret(command); /* the parameters may be made of secrets */
    return ok;
}

static bool run_script(ts_ctx *c, const script *s, ts_result *out, ts_err **err)
{
    char *output TS_CLEANUP(ts_free_ptr) = NULL;
    const ts_powershell call = {
        .path = s->path,
        .parameters = ts_ctx_text(c, "OSDRunPowerShellScriptParameters"),
        .policy = ts_ctx_text(c, "OSDRunPowerShellScriptExecutionPolicy"),
        .folder = ts_ctx_text(c, "SMSTSRunPowerShellWorkingDirectory"),
        .base = s->base,
        .who = &run_as,
    };
    return ts_powershell_run(c, &call, out, &output, err) &&
           ts_step_set_output(c, out, "OSDRunPowerShellScriptOutputVariableName", output, err);
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    script s = {.base = ""};
    const char *source = ts_ctx_text(c, "OSDRunPowerShellScriptSourceScript");
    bool ok = ts_str_blank(source) ? find_in_package(c, &s, out, err)
                                   : stage(c, source, &s, out, err);
    if (ok && !out->failed)
        ok = run_script(c, &s, out, err);
    if (s.staged && s.path) {
        ts_err *why = NULL;
        if (!ts_host_file_delete(ts_ctx_host(c), s.path, &why))
            ts_ctx_log(c, TS_LEVEL_WARNING, "the script stays behind: %s", ts_err_text(why));
        ts_err_free(why);
    }
    free(s.path);
    return ok;
}

const ts_step_class ts_step_run_powershell = {
    .type = "SMS_TaskSequence_RunPowerShellScriptAction",
    .title = "Run PowerShell Script",
    .family = "run_powershell",
    .help = "Runs a PowerShell script that is in the step or in a package.",
    .programs = programs,
    .needs = needs,
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(FILE),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = inputs,
    .run = run,
};
