/* run_command_line.c - Run Command Line: also every step that is a plain command line.
 *
 * The action is the command line; `smsswd.exe /run:[PKG] ` in front of it names the package
 * (exported sequences). MDT steps have no such prefix. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_TEXT("CommandLine", NULL, "Copy of the command line, kept by the editor (hidden)."),
    TS_IN_PACKAGE("PackageID", NULL,
                  "Package whose folder is the working folder (ConfigMgr: in the command line)."),
    TS_IN_SUCCESS_CODES,
    TS_IN_PATH("WorkingDirectory", NULL, "Working folder; a relative one is below the package's."),
    TS_IN("SMSTSRunCommandLineOutputVariableName", "OutputVariableName", TS_STRING, TS_OUTPUT, NULL,
          "Variable that receives the last 1,000 characters of the output."),
    TS_IN_BOOL(
        "SMSTSDisableWow64Redirection", "DisableWow64Redirection", "false",
        "Kept by the editor; without effect here: programs always see the 64-bit folders and "
        "registry."),
    TS_IN_BOOL("OSDDoNotLogCommand", NULL, "false", "Keep the command line out of the log."),
    TS_IN_BOOL("_SMSTSRunCommandLineAsUser", "RunAsUser", "false",
               "Run this step as the account below."),
    TS_IN_BOOL("SMSTSRunCommandLineAsUser", NULL, "false",
               "Run every command line step as the account below."),
    TS_IN_TEXT("RunAsUser", NULL, "MDT's name of the flag."),
    TS_IN_TEXT("SMSTSRunCommandLineUserName", "UserName", "Account (DOMAIN\\user)."),
    TS_IN_SECRET("SMSTSRunCommandLineUserPassword", "UserPassword", "Password of that account."),
    TS_IN_BOOL("LoadProfile", NULL, "false",
               "MDT: load the account's profile (kept by the Workbench)."),
    TS_IN_END,
};
static const ts_step_run_as run_as = {
    .flag = "_SMSTSRunCommandLineAsUser",
    .flag_all = "SMSTSRunCommandLineAsUser",
    .user = "SMSTSRunCommandLineUserName",
    .password = "SMSTSRunCommandLineUserPassword",
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* Behind "smsswd.exe", with or without quotes, folder and extension; NULL: another program. */
static char *behind_smsswd(char *at)
{
    bool quoted = *at == '"';
    char *name = quoted ? at + 1 : at, *end = name;
    while (*end && *end != '"' && (quoted || !is_blank(*end)))
        end++;
    for (char *c = name; c < end; c++)
        if (*c == '\\' || *c == '/')
            name = c + 1;
    size_t len = (size_t)(end - name);
    if (!(len == 6 || len == 10) || ts_str_ncasecmp(name, "smsswd.exe", len) != 0)
        return NULL;
    return skip_blanks(quoted && *end ? end + 1 : end);
}

/* Splits "smsswd.exe /run:PKG00001 command" in place. The package is "" when there is none. False:
 * it is smsswd.exe, but not in the form that runs a command. */
static bool split_action(char *action, const char **package, char **command)
{
    char *at = skip_blanks(action);
    for (size_t len = strlen(at); len > 0 && is_blank(at[len - 1]); len--)
        at[len - 1] = '\0';
    char *run = behind_smsswd(at);
    *package = "";
    *command = at;
    if (!run)
        return true;
    if (ts_str_ncasecmp(run, "/run:", 5) != 0)
        return false;
    char *end = run + 5;
    while (*end && !is_blank(*end))
        end++;
    *package = run + 5;
    *command = skip_blanks(end);
    *end = '\0';
    return true;
}

/* The folder of the package, when there is one. */
static bool open_package(ts_ctx *c, const char *package, const char **folder, ts_result *out,
                         ts_err **err)
{
    ts_err *why = NULL;
    *folder = "";
    if (!*package)
        package = ts_ctx_text(c, "PackageID");
    if (!*package || ts_ctx_package(c, package, folder, &why))
        return true;
    *folder = "";
    return ts_step_own(out, why, err);
}

static bool start_folder(ts_ctx *c, const char *base, char **folder, ts_err **err)
{
    ts_value start_in = {.text = NULL};
    const char *wanted = ts_ctx_text(c, "WorkingDirectory");
    if (*wanted || !*ts_ctx_node(c)->start_in)
        return ts_step_folder(wanted, base, folder, err);
    if (!ts_vars_expand(ts_ctx_vars(c), ts_ctx_node(c)->start_in, &start_in, NULL, err))
        return false;
    bool ok = ts_step_folder(start_in.text, base, folder, err);
    ts_value_done(&start_in);
    return ok;
}

static bool run_command(ts_ctx *c, const char *command, const char *base, ts_result *out,
                        ts_err **err)
{
    char *folder TS_CLEANUP(ts_free_ptr) = NULL;
    char *output TS_CLEANUP(ts_free_ptr) = NULL;
    ts_program program = {
        .command_line = command,
        .secret = ts_ctx_bool(c, "OSDDoNotLogCommand"),
        .keep_output = true,
    };
    if (!start_folder(c, base, &folder, err))
        return false;
    program.folder = folder;
    if (!ts_step_set_user(c, &run_as, &program, out))
        return true;
    return ts_ctx_run_program(c, &program, out, &output, err) &&
           ts_step_set_output(c, out, "SMSTSRunCommandLineOutputVariableName", output, err);
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_value *action = ts_ctx_action(c);
    char *text = ts_strdup(action->text), *command;
    const char *package, *folder;
    if (!text)
        return ts_fail_nomem(err);
    out->assumed = (action->flags & TS_VALUE_UNKNOWN) != 0;
    bool ok = true;
    if (!split_action(text, &package, &command))
        ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                       "smsswd.exe runs commands with '/run:' only; a program of a package is an "
                       "Install Package step");
    else if (!*command)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "the step has no command line");
    else
        ok = open_package(c, package, &folder, out, err) &&
             (out->failed || run_command(c, command, folder, out, err));
    if (action->flags & TS_VALUE_SECRET)
        ts_free_secret(text);
    else
        free(text);
    return ok;
}

const ts_step_class ts_step_run_command_line = {
    .type = "SMS_TaskSequence_RunCommandLineAction",
    .title = "Run Command Line",
    .family = "run_command_line",
    .help = "Runs a command line, in the folder of a package when it names one.",
    .effects = TS_EFFECT(EXEC),
    .resume = TS_RESUME_STOP,
    .opaque = true,
    .inputs = inputs,
    .run = run,
};
