/* install.c - one application or program: is it there, its dependencies, its command, its codes. */
#include "install.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

ts_applications *ts_step_catalogue(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *id = ts_vars_text(ts_ctx_vars(c), "TSApplicationsPackage");
    const char *folder = ts_step_package(c, *id ? id : TS_APPLICATIONS_PACKAGE, out, err);
    return folder ? ts_step_catalogue_in(c, folder, out, err) : NULL;
}

ts_applications *ts_step_catalogue_in(ts_ctx *c, const char *folder, ts_result *out, ts_err **err)
{
    ts_applications *catalogue = NULL;
    ts_err *why = NULL;
    char *data = NULL;
    size_t size = 0;
    char *path TS_CLEANUP(ts_free_ptr) = ts_path_join(folder, TS_APPLICATIONS_FILE);
    bool ok = path ? ts_host_file_read(ts_ctx_host(c), path, &data, &size, &why)
                   : ts_fail_nomem(&why);
    if (!ok && ts_err_code(why) == TS_NOT_FOUND && ts_ctx_package_is_assumed(c)) {
        ts_err_free(why);
        return NULL;
    }
    catalogue = ok ? ts_applications_parse(path, data, size, &why) : NULL;
    free(data);
    if (!catalogue)
        ts_step_own(out, why, err);
    return catalogue;
}

/* Is a version at least the wanted one, part by part? */
static bool at_least(const char *have, const char *want)
{
    while (*have || *want) {
        char *end = NULL;
        unsigned long h = strtoul(have, &end, 10);
        have = end + (*end == '.');
        unsigned long w = strtoul(want, &end, 10);
        if (end == want && *want)
            return false;
        want = end + (*end == '.');
        if (h != w)
            return h > w;
        if (*have && strspn(have, "0123456789") == 0)
            return true;
    }
    return true;
}

/* MDT's way: a key of the uninstall list, in the native or in the 32-bit view. */
static bool detect_uninstall(ts_host *host, const char *key, bool *there, ts_err **err)
{
    static const char *const views[] = {"HKLM\\SOFTWARE", "HKLM\\SOFTWARE\\Wow6432Node"};
    *there = false;
    for (size_t i = 0; i < TS_COUNT(views) && !*there; i++) {
        ts_reg_type type;
        char *text TS_CLEANUP(ts_free_ptr) = NULL;
        char *path TS_CLEANUP(ts_free_ptr) = ts_sprintf(
            "%s\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\%s", views[i], key);
        if (!path)
            return ts_fail_nomem(err);
        if (!ts_host_reg_get(host, path, NULL, there, &type, &text, err))
            return false;
    }
    return true;
}

static bool detect_one(ts_host *host, const ts_detection *d, bool *there, ts_err **err)
{
    ts_file_info info;
    char *text = NULL;
    bool found = false;
    if (d->file) {
        if (!ts_host_file_info(host, d->file, &info, err))
            return false;
        *there = info.exists && (!d->version || at_least(info.version, d->version));
        return true;
    }
    if (d->product) {
        bool ok = ts_host_product(host, d->product, NULL, &found, &text, err);
        *there = found && (!d->version || at_least(text ? text : "", d->version));
        free(text);
        return ok;
    }
    if (d->uninstall)
        return detect_uninstall(host, d->uninstall, there, err);
    ts_reg_type type;
    bool ok = ts_host_reg_get(host, d->registry, d->value, &found, &type, &text, err);
    *there = found && (!d->data || !d->value || ts_str_ieq(text, d->data));
    free(text);
    return ok;
}

static bool all_true(ts_ctx *c, const ts_detection *list, size_t n, bool *yes, ts_err **err)
{
    for (size_t i = 0; i < n && *yes; i++)
        if (!detect_one(ts_ctx_host(c), &list[i], yes, err))
            return false;
    return true;
}

/* Without a rule nobody can say that it is there. */
static bool detect(ts_ctx *c, const ts_application *a, bool *there, ts_err **err)
{
    *there = a->n_detections > 0;
    return all_true(c, a->detections, a->n_detections, there, err) ||
           ts_wrap(err, "cannot find out whether '%s' is installed", a->name);
}

bool ts_step_applies(ts_ctx *c, const ts_application *a, bool *yes, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    *yes = true;
    if (!all_true(c, a->requirements, a->n_requirements, yes, &why)) {
        ts_wrap(&why, "cannot find out whether '%s' applies to this machine", a->name);
        return ts_step_own(out, why, err);
    }
    if (!*yes)
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "'%s' does not apply to this machine (a requirement of the catalogue is not "
                   "met): left out",
                   a->name);
    return true;
}

static bool has_code(const int64_t *codes, size_t n, int64_t code)
{
    for (size_t i = 0; i < n; i++)
        if ((uint32_t)codes[i] == (uint32_t)code)
            return true;
    return false;
}

/* What the code means: the catalogue's lists, or MDT's: success codes of the step, and a restart
 * only where the application asks for one. */
static bool judge(const ts_application *a, const ts_install_codes *codes, bool *restart,
                  ts_result *out)
{
    bool wants = !codes && has_code(a->restart, a->n_restart, out->code);
    bool good = codes ? has_code(codes->success, codes->n_success, out->code)
                      : wants || has_code(a->success, a->n_success, out->code);
    if (!good)
        return ts_result_fail(out, out->code, "'%s' ended with exit code %" PRId64, a->name,
                              out->code);
    *restart |= wants || a->reboot;
    out->code = 0;
    return true;
}

static bool run_command(ts_ctx *c, const ts_application *a, const ts_install_codes *codes,
                        bool *restart, ts_result *out, ts_err **err)
{
    const char *package = a->package ? ts_step_package(c, a->package, out, err) : NULL;
    if (a->package && !package)
        return !err || !*err;
    char *folder TS_CLEANUP(ts_free_ptr) = NULL;
    ts_value command = {0};
    unsigned unresolved = 0;
    if (!ts_step_folder(a->folder ? a->folder : "", package, &folder, err) ||
        !ts_vars_expand(ts_ctx_vars(c), a->command, &command, &unresolved, err))
        return false;
    ts_program program = {.command_line = command.text,
                          .folder = folder,
                          .secret = (command.flags & TS_VALUE_SECRET) != 0};
    bool ok = ts_ctx_run_program(c, &program, out, NULL, err);
    ts_value_done(&command);
    return ok && (out->failed || judge(a, codes, restart, out));
}

static bool verify(ts_ctx *c, const ts_application *a, bool restart, ts_result *out, ts_err **err)
{
    bool there = false;
    ts_err *why = NULL;
    /* What an assumed program did is not known, and a pending restart may hide it. */
    if (out->failed || out->assumed || restart || a->n_detections == 0)
        return true;
    if (!detect(c, a, &there, &why))
        return ts_step_own(out, why, err);
    if (!there)
        ts_result_fail(out, TS_STEP_CODE_NOT_DETECTED,
                       "'%s' was installed, but its detection rule does not find it", a->name);
    return true;
}

bool ts_step_install_one(ts_ctx *c, const ts_application *a, const ts_install_codes *codes,
                         bool *restart, ts_result *out, ts_err **err)
{
    bool pending = false;
    if (!a->command)
        return true;
    ts_ctx_log(c, TS_LEVEL_INFO, "installing '%s'", a->name);
    if (!run_command(c, a, codes, &pending, out, err))
        return false;
    *restart |= pending;
    return verify(c, a, pending, out, err);
}

bool ts_step_is_installed(ts_ctx *c, const ts_application *a, bool *there, ts_result *out,
                          ts_err **err)
{
    ts_err *why = NULL;
    *there = false;
    if (!detect(c, a, there, &why))
        return ts_step_own(out, why, err);
    if (*there)
        ts_ctx_log(c, TS_LEVEL_INFO, "'%s' is installed already", a->name);
    return true;
}

/* ConfigMgr docs, _TSAppInstallStatus: what needs an application that does not apply is left out
 * as well. */
static bool install_dependencies(ts_ctx *c, const ts_application *a, ts_installed *done,
                                 bool *unmet, ts_result *out, ts_err **err)
{
    for (size_t i = 0; i < a->n_dependencies && !out->failed && !*unmet; i++) {
        const ts_application *needed = a->dependencies[i];
        ts_installed one = {.restart = false};
        ts_ctx_log(c, TS_LEVEL_INFO, "'%s' needs '%s'", a->name, needed->name);
        if (!ts_step_install(c, needed, &one, out, err))
            return false;
        done->restart |= one.restart;
        *unmet = one.unmet;
        if (*unmet)
            ts_ctx_log(c, TS_LEVEL_WARNING, "'%s' needs '%s', which does not apply: left out",
                       a->name, needed->name);
    }
    return true;
}

bool ts_step_install(ts_ctx *c, const ts_application *a, ts_installed *done, ts_result *out,
                     ts_err **err)
{
    bool there = false;
    bool here = false;
    bool unmet = false;
    if (!ts_step_is_installed(c, a, &there, out, err))
        return false;
    if (there || out->failed)
        return true;
    if (!ts_step_applies(c, a, &here, out, err))
        return false;
    if (out->failed)
        return true;
    /* The catalogue has no cycles: this ends. */
    if (here && !install_dependencies(c, a, done, &unmet, out, err))
        return false;
    done->unmet |= !here || unmet;
    return !here || unmet || out->failed ||
           ts_step_install_one(c, a, NULL, &done->restart, out, err);
}
