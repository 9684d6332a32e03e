/* mdt_roles_run.c - roles and features of the running Windows. MDT documentation and behaviour,
 * "ZTIOSRole.wsf": one after the other, by DISM on a client and by PowerShell on a server; one that
 * fails is an error in the log and the sequence goes on; one that wants a restart gets it at once,
 * and the step goes on behind it. */
#include "mdt_roles_run.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "facts.h"
#include "helpers.h"

#define RESTART_CODE 3010u /* ERROR_SUCCESS_REBOOT_REQUIRED */

typedef struct batch {
    ts_ctx *c;
    ts_result *out;
    bool remove, server, restart;
    const char *done; /* list of those that were done before a restart */
    unsigned n_done;
} batch;

static bool is_done(batch *b, const char *name)
{
    char item[64];
    bool done = false;
    for (b->n_done = 0; b->n_done < TS_MDT_ROLES_MAX; b->n_done++) {
        snprintf(item, sizeof item, "%s%03u", b->done, b->n_done + 1);
        const char *text = ts_vars_text(ts_ctx_vars(b->c), item);
        if (!*text)
            break;
        done |= ts_str_ieq(text, name);
    }
    return done;
}

static bool note_done(batch *b, const char *name, ts_err **err)
{
    char item[64];
    if (b->n_done == TS_MDT_ROLES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u roles and features are noted in '%s'",
                       TS_MDT_ROLES_MAX, b->done);
    snprintf(item, sizeof item, "%s%03u", b->done, b->n_done + 1);
    return ts_step_set_text(b->c, b->out, item, name, err);
}

/* Names go into a command of PowerShell: only what names of features are made of. */
static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            return false;
    return *name != '\0';
}

static char *server_script(const batch *b, const char *name, const char *source)
{
    const char *all = b->remove && ts_ctx_bool(b->c, "CompletelyRemove") ? " -Remove" : "";
    char *quoted TS_CLEANUP(ts_free_ptr) = ts_strdup(source);
    for (char *p = quoted; p && *p; p++)
        if (*p == '\'' || *p == '"') /* no path has them */
            *p = '_';
    char *verb = !quoted     ? NULL
                 : b->remove ? ts_sprintf("Uninstall-WindowsFeature -Name '%s'%s", name, all)
                 : *quoted
                     ? ts_sprintf("Install-WindowsFeature -Name '%s' -Source '%s'", name, quoted)
                     : ts_sprintf("Install-WindowsFeature -Name '%s'", name);
    char *text = verb ? ts_sprintf("$r = %s -ErrorAction Stop; if (-not $r.Success) { exit 1 }; "
                                   "if ($r.RestartNeeded -ne 'No') { exit 3010 }; exit 0",
                                   verb)
                      : NULL;
    free(verb);
    return text;
}

static bool run_program(batch *b, const char *const *argv, const char *name, ts_err **err)
{
    ts_result one = {.code = 0};
    ts_program program = {.argv = argv, .keep_output = true};
    bool ok = ts_ctx_run_program(b->c, &program, &one, NULL, err);
    b->out->assumed |= one.assumed;
    b->restart = ok && one.code == RESTART_CODE;
    if (ok && (one.failed || (one.code != 0 && one.code != RESTART_CODE)))
        ts_ctx_log(b->c, TS_LEVEL_ERROR, "'%s' was not %s (code %lld)%s%s; the sequence goes on",
                   name, b->remove ? "removed" : "installed", (long long)one.code,
                   one.text ? ": " : "", one.text ? one.text : "");
    ts_result_done(&one);
    return ok;
}

static bool process_client(batch *b, const char *name, const char *source, ts_err **err)
{
    const char *argv[10] = {"dism.exe", "/Online",
                            b->remove ? "/Disable-Feature" : "/Enable-Feature"};
    char *feature TS_CLEANUP(ts_free_ptr) = ts_sprintf("/FeatureName:%s", name);
    char *from TS_CLEANUP(ts_free_ptr) = ts_sprintf("/Source:%s", source);
    size_t n = 3;
    if (!feature || !from)
        return ts_fail_nomem(err);
    argv[n++] = feature;
    if (b->remove && ts_ctx_bool(b->c, "CompletelyRemove"))
        argv[n++] = "/Remove";
    if (!b->remove)
        argv[n++] = "/All";
    if (!b->remove && *source) {
        argv[n++] = from;
        argv[n++] = "/LimitAccess";
    }
    argv[n++] = "/NoRestart";
    argv[n] = NULL;
    return run_program(b, argv, name, err);
}

static bool process_server(batch *b, const char *name, const char *source, ts_err **err)
{
    char *script TS_CLEANUP(ts_free_ptr) = server_script(b, name, source);
    const char *const argv[] = {
        "powershell.exe", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command",
        script,           NULL};
    return script ? run_program(b, argv, name, err) : ts_fail_nomem(err);
}

static bool process(batch *b, const char *name, ts_err **err)
{
    const char *source = b->remove ? "" : ts_ctx_text(b->c, "WindowsSource");
    if (is_done(b, name)) {
        ts_ctx_log(b->c, TS_LEVEL_INFO, "'%s' was done by this sequence already", name);
        return true;
    }
    if (!b->remove && ts_str_ieq(name, "ADDS")) {
        ts_ctx_log(b->c, TS_LEVEL_INFO, "'ADDS' comes with the promotion of the server");
        return true;
    }
    if (!is_name(name)) {
        ts_ctx_log(b->c, TS_LEVEL_ERROR,
                   "'%s' is no name of a role or feature; the sequence goes on", name);
        return true;
    }
    return (b->server ? process_server(b, name, source, err)
                      : process_client(b, name, source, err)) &&
           note_done(b, name, err);
}

/* "A, B": one after the other. */
static bool process_list(batch *b, const char *variable, unsigned *n, ts_err **err)
{
    char *list TS_CLEANUP(ts_free_ptr) = ts_strdup(ts_vars_text(ts_ctx_vars(b->c), variable));
    if (!list)
        return ts_fail_nomem(err);
    for (char *at = list; at && !b->restart;) {
        char *end = strchr(at, ',');
        if (end)
            *end = '\0';
        char *name = ts_str_trim(at);
        *n += *name != '\0';
        if (*name && !process(b, name, err))
            return false;
        at = end ? end + 1 : NULL;
    }
    return true;
}

static bool run(ts_ctx *c, bool remove, ts_result *out, ts_err **err)
{
    static const char *const add_lists[] = {
        "OSRoles",         "OSRoleServices",         "OSFeatures",
        "OptionalOSRoles", "OptionalOSRoleServices", "OptionalOSFeatures"};
    static const char *const remove_lists[] = {"UninstallOSRoles",
                                               "UninstallOSRoleServices",
                                               "UninstallOSFeatures",
                                               "UninstallOptionalOSRoles",
                                               "UninstallOptionalOSRoleServices",
                                               "UninstallOptionalOSFeatures"};
    batch b = {.c = c,
               .out = out,
               .remove = remove,
               .done = remove ? "UninstalledRoles" : "InstalledRoles"};
    const char *const *lists = remove ? remove_lists : add_lists;
    unsigned n = 0;
    if (ts_host_phase(ts_ctx_host(c)) != TS_PHASE_FULL_OS)
        return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                              "roles and features are those of a running Windows, and this is "
                              "Windows PE: put the step into the State Restore group");
    char *server TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_OS_IS_SERVER, out, err);
    if (!server)
        return out->failed;
    b.server = ts_str_ieq(server, "True");
    for (size_t i = 0; i < TS_COUNT(add_lists); i++)
        if (!process_list(&b, lists[i], &n, err))
            return false;
    if (n == 0)
        ts_ctx_log(c, TS_LEVEL_INFO, "no role, role service or feature is named: nothing to do");
    return !b.restart || (ts_step_set_text(c, out, "SMSTSRebootRequested", "HD", err) &&
                          ts_step_set_text(c, out, "SMSTSRetryRequested", "true", err));
}

bool ts_mdt_install_roles_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    return run(c, false, out, err);
}

bool ts_mdt_uninstall_roles_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    return run(c, true, out, err);
}
