/* mdt_powershell.c - MDT: Run PowerShell Script (ZTIPowerShell.wsf). MDT runs the script in a
 * program of its own, which gives it variables as the drive TSEnv:. Here PowerShell itself runs it:
 * a script that uses the drive is refused by name, one that uses Microsoft.SMS.TSEnvironment, or no
 * variables, runs. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "powershell.h"

#define DRIVE "TSEnv:"

/* Owned; NULL: the step failed, or *err. MDT documentation: the name is looked for in the share's
 * folder Scripts; with a package (ConfigMgr integration) in that. `before`: no package is fetched.
 */
static bool find_script(ts_ctx *c, bool before, char **path, ts_result *out, ts_err **err)
{
    const char *package = ts_ctx_text(c, "PackageID");
    const char *root = ts_vars_text(ts_ctx_vars(c), "ScriptRoot");
    TS_CLEANUP(ts_free_ptr) char *name = ts_strdup(ts_ctx_text(c, "ScriptName"));
    TS_CLEANUP(ts_free_ptr)
    char *scripts = ts_path_join(ts_vars_text(ts_ctx_vars(c), "DeployRoot"), "Scripts");
    if (!name || !scripts)
        return ts_fail_nomem(err);
    for (char *p = name; *p; p++)
        *p = *p == '\\' ? '/' : *p;
    bool whole = name[0] == '/' || (name[0] && name[1] == ':');
    if (!*name)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "the step names no script");
    if (!whole && !ts_path_is_inside(name))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "script '%s' is not inside its folder",
                              name);
    if (*package && !whole && before)
        return true;
    if (*package && !whole && !(root = ts_step_package(c, package, out, err)))
        return out->failed;
    *path = whole ? ts_strdup(name) : ts_path_join(*root ? root : scripts, name);
    return *path || ts_fail_nomem(err);
}

/* Also in UTF-16: the zeros between its letters do not count. */
static bool uses_drive(char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        if (text[i])
            text[n++] = text[i];
    text[n] = '\0';
    return ts_str_icontains(text, DRIVE) != NULL;
}

/* `before`: a file that is not there, or cannot be read, is no finding yet. */
static bool look(ts_ctx *c, const char *path, bool before, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t size = 0;
    ts_err *why = NULL;
    ts_file_info info = {.exists = false};
    bool ok = ts_host_file_info(ts_ctx_host(c), path, &info, &why);
    if (ok && !info.exists) {
        if (!before && !ts_ctx_may_assume(c))
            ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                           "there is no script '%s': connect the deployment share, or correct "
                           "ScriptName",
                           path);
        return true;
    }
    ok = ok && ts_host_file_read(ts_ctx_host(c), path, &text, &size, &why);
    if (!ok && (before || ts_ctx_may_assume(c))) { /* a profile may give its size only */
        ts_err_free(why);
        return true;
    }
    if (!ok)
        return ts_step_own(out, why, err);
    if (uses_drive(text, size))
        ts_result_unsupported(out,
                              "script '%s' uses the drive " DRIVE ", which only MDT's own host "
                              "has: let it use the object Microsoft.SMS.TSEnvironment",
                              path);
    return true;
}

bool ts_mdt_powershell_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = NULL;
    TS_CLEANUP(ts_free_ptr) char *output = NULL;
    if (!find_script(c, false, &path, out, err))
        return false;
    if (out->failed)
        return true;
    if (!look(c, path, false, out, err) || out->failed)
        return out->failed;
    const ts_powershell script = {.path = path,
                                  .parameters = ts_ctx_text(c, "Parameters"),
                                  .policy = "Bypass", /* MDT's host asks for no signature */
                                  .folder = "",
                                  .base = ""};
    return ts_powershell_run(c, &script, out, &output, err);
}

bool ts_mdt_powershell_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = NULL;
    if (!ts_step_all_known(c))
        return true;
    if (!find_script(c, true, &path, out, err))
        return false;
    return !path || look(c, path, true, out, err);
}
