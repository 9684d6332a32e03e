/* install_lists.c - which applications or packages a step installs: its own, or a list in
 * variables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "install.h"

#define APPLICATIONS_MAX 99  /* two digits */
#define PACKAGES_MAX     999 /* three digits */

typedef struct batch {
    ts_applications *catalogue; /* NULL: not known (simulation) */
    ts_installed done;
    bool failed_any;
    bool go_on;
} batch;

static void assume_one(ts_ctx *c, const char *name, ts_result *out)
{
    out->assumed = true;
    ts_ctx_log(c, TS_LEVEL_INFO, "'%s' is assumed to install: no catalogue says how", name);
}

/* Notes how one item ended; false: stop the step here. ConfigMgr docs, "continue installing other
 * applications in the list": the sequence goes on whatever failed, so the step succeeds;
 * _TSAppInstallStatus tells. */
static bool note(ts_ctx *c, batch *b, const char *name, ts_result *one, ts_result *out)
{
    bool failed = one->failed;
    out->assumed |= one->assumed;
    if (failed) {
        b->failed_any = true;
        ts_ctx_log(c, TS_LEVEL_ERROR, "'%s': %s", name, one->text ? one->text : "failed");
        if (!b->go_on)
            ts_result_fail(out, one->code, "'%s': %s", name, one->text ? one->text : "failed");
    }
    ts_result_done(one);
    return !failed || b->go_on;
}

/* --- Applications --------------------------------------------------------------------------------
 */

static bool install_retrying(ts_ctx *c, batch *b, const ts_application *a, ts_result *one,
                             ts_err **err)
{
    /* ConfigMgr docs: only where the next application is not installed after a failure. */
    int64_t retries = b->go_on ? 0 : ts_ctx_int(c, "OSDAppInstallRetries");
    int64_t pause = ts_ctx_int(c, "OSDAppInstallRetryTimeout");
    for (int64_t attempt = 0;; attempt++) {
        if (!ts_step_install(c, a, &b->done, one, err))
            return false;
        if (!one->failed || attempt >= retries || attempt >= 100)
            return true;
        ts_ctx_log(c, TS_LEVEL_WARNING, "'%s': %s; trying again", a->name,
                   one->text ? one->text : "failed");
        ts_result_done(one);
        if (!ts_host_sleep(ts_ctx_host(c), pause > 0 && pause < 3600000 ? (uint32_t)pause : 30000,
                           err))
            return false;
    }
}

/* false: engine fault. *on false: the step ends here. */
static bool application(ts_ctx *c, batch *b, const char *name, bool *on, ts_result *out,
                        ts_err **err)
{
    ts_result one = {.code = 0};
    *on = true;
    if (!b->catalogue) {
        assume_one(c, name, out);
        return true;
    }
    const ts_application *a = ts_applications_find(b->catalogue, name);
    if (!a) { /* ConfigMgr docs: a name that does not fit is left out */
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "there is no application '%s' in the catalogue (case counts): left out", name);
        return true;
    }
    bool ok = install_retrying(c, b, a, &one, err);
    *on = note(c, b, name, &one, out);
    return ok;
}

/* The step's own list: names of the editor's array, else the model names. */
static bool own_applications(ts_ctx *c, batch *b, ts_result *out, ts_err **err)
{
    bool on = true;
    for (unsigned i = 0; on && i < APPLICATIONS_MAX; i++) {
        const char *name = ts_ctx_item(c, "OSDApp", i, "Name");
        const char *shown = ts_ctx_item(c, "OSDApp", i, "DisplayName");
        if (!*name && !*shown)
            break;
        bool by_name = b->catalogue && ts_applications_find(b->catalogue, name);
        if (!application(c, b, by_name || !*shown ? name : shown, &on, out, err))
            return false;
    }
    if (*ts_ctx_item(c, "OSDApp", 0, "Name") || *ts_ctx_item(c, "OSDApp", 0, "DisplayName"))
        return true;
    for (const char *list = ts_ctx_text(c, "ApplicationName"); on && *list;) {
        size_t len = strcspn(list, ",");
        char *name TS_CLEANUP(ts_free_ptr) = ts_strndup(list, len);
        if (!name)
            return ts_fail_nomem(err);
        char *trimmed = ts_str_trim(name);
        if (*trimmed && !application(c, b, trimmed, &on, out, err))
            return false;
        list += len + (list[len] == ',');
    }
    return true;
}

/* <base>01, <base>02 ... up to the first that is missing. The value of <base>NN or NULL. */
static const char *list_item(ts_ctx *c, const char *base, unsigned n, unsigned digits)
{
    char name[300];
    if (strlen(base) > 255)
        return NULL;
    snprintf(name, sizeof name, "%s%0*u", base, (int)digits, n);
    const char *text = ts_vars_text(ts_ctx_vars(c), name);
    return text && *text ? text : NULL;
}

/* The list ends at the first name that is not set; what stands behind it is told. */
static void tell_gap(ts_ctx *c, const char *base, unsigned n, unsigned digits, unsigned most)
{
    for (unsigned next = n + 1; next <= most && next <= n + 10; next++)
        if (list_item(c, base, next, digits)) {
            ts_ctx_log(c, TS_LEVEL_WARNING,
                       "%s%0*u is not set: the list ends there, and %s%0*u is left out", base,
                       (int)digits, n, base, (int)digits, next);
            return;
        }
}

static bool listed_applications(ts_ctx *c, batch *b, ts_result *out, ts_err **err)
{
    bool on = true;
    const char *base = ts_ctx_text(c, "BaseVariableName");
    for (unsigned n = 1; on && n <= APPLICATIONS_MAX; n++) {
        const char *name = list_item(c, base, n, 2);
        if (!name) {
            tell_gap(c, base, n, 2, APPLICATIONS_MAX);
            break;
        }
        if (!application(c, b, name, &on, out, err))
            return false;
    }
    return true;
}

bool ts_step_installs_any(ts_ctx *c, bool programs)
{
    const char *base = ts_ctx_text(c, "BaseVariableName");
    if (*base)
        return list_item(c, base, 1, programs ? 3 : 2) != NULL;
    return programs || *ts_ctx_item(c, "OSDApp", 0, "Name") ||
           *ts_ctx_item(c, "OSDApp", 0, "DisplayName") || *ts_ctx_text(c, "ApplicationName");
}

/* ConfigMgr docs: _TSAppInstallStatus, TSErrorOnWarning. */
static bool set_status(ts_ctx *c, const batch *b, ts_result *out, ts_err **err)
{
    ts_result set = {.code = 0};
    const char *status = b->failed_any ? "Error" : b->done.unmet ? "Warning" : "Success";
    bool ok = ts_step_set_text(c, &set, "_TSAppInstallStatus", status, err);
    ts_result_done(&set);
    if (ok && !out->failed && !b->failed_any && b->done.unmet && ts_ctx_bool(c, "TSErrorOnWarning"))
        ts_result_fail(out, -1,
                       "an application does not apply to this machine (see the warnings before), "
                       "and TSErrorOnWarning is true");
    return ok;
}

bool ts_install_application_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    batch b = {.go_on = ts_ctx_bool(c, "ContinueOnInstallError")};
    ts_result fetched = {.code = 0};
    if (!ts_step_installs_any(c, false)) {
        ts_ctx_log(c, TS_LEVEL_INFO, "there is no application to install");
        return ts_step_set_text(c, out, "_TSAppInstallStatus", "Success", err);
    }
    b.catalogue = ts_step_catalogue(c, &fetched, err);
    bool ok = b.catalogue || !err || !*err;
    if (fetched.failed) {
        ts_result_fail(out, fetched.code, "catalogue of applications: %s",
                       fetched.text ? fetched.text : "failed");
        b.failed_any = true;
    } else if (ok) {
        ok = *ts_ctx_text(c, "BaseVariableName") ? listed_applications(c, &b, out, err)
                                                 : own_applications(c, &b, out, err);
    }
    ts_result_done(&fetched);
    ts_applications_free(b.catalogue);
    if (!ok)
        return false;
    if (b.done.restart && !out->failed)
        out->restart = TS_RESTART_OS;
    return set_status(c, &b, out, err);
}

/* --- Packages ------------------------------------------------------------------------------------
 */

static bool package(ts_ctx *c, batch *b, const char *id, const char *name, bool *on, ts_result *out,
                    ts_err **err)
{
    ts_result one = {.code = 0};
    bool ok = true;
    *on = true;
    if (!b->catalogue) {
        assume_one(c, id, out);
        return true;
    }
    const ts_application *a = ts_applications_program(b->catalogue, id, name);
    if (a)
        ok = ts_step_install(c, a, &b->done, &one, err);
    else
        ts_result_fail(&one, TS_STEP_CODE_NO_PROGRAM,
                       "the catalogue has no program '%s' of package '%s' (case counts)", name, id);
    *on = note(c, b, id, &one, out);
    return ok;
}

/* ConfigMgr docs: 'PKGID:Program'; what has not this form fails. */
static bool listed_packages(ts_ctx *c, batch *b, ts_result *out, ts_err **err)
{
    bool on = true;
    const char *base = ts_ctx_text(c, "BaseVariableName");
    for (unsigned n = 1; on && n <= PACKAGES_MAX; n++) {
        const char *text = list_item(c, base, n, 3);
        const char *colon = text ? strchr(text, ':') : NULL;
        if (!text) {
            tell_gap(c, base, n, 3, PACKAGES_MAX);
            break;
        }
        char *id TS_CLEANUP(ts_free_ptr) = ts_strndup(text, colon ? (size_t)(colon - text) : 0);
        if (!id)
            return ts_fail_nomem(err);
        if (!colon || !*id || !colon[1]) {
            ts_result one = {.code = 0};
            ts_result_fail(&one, TS_STEP_CODE_BAD_VALUE, "%s%03u is not 'PKGID:Program'", base, n);
            on = note(c, b, text, &one, out);
        } else if (!package(c, b, id, colon + 1, &on, out, err)) {
            return false;
        }
    }
    return true;
}

bool ts_install_package_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *base = ts_ctx_text(c, "BaseVariableName");
    batch b = {.go_on = *base && ts_ctx_bool(c, "ContinueOnInstallError")};
    bool on = true;
    if (*base && !list_item(c, base, 1, 3)) {
        ts_ctx_log(c, TS_LEVEL_INFO, "%s001 is not set: there is no package to install", base);
        return true;
    }
    if (!*base && !*ts_ctx_text(c, "PackageID"))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "no package is given");
    b.catalogue = ts_step_catalogue(c, out, err);
    if (!b.catalogue && (out->failed || (err && *err)))
        return !err || !*err;
    bool ok = *base ? listed_packages(c, &b, out, err)
                    : package(c, &b, ts_ctx_text(c, "PackageID"),
                              ts_ctx_text(c, "_SMSSWDProgramName"), &on, out, err);
    ts_applications_free(b.catalogue);
    if (ok && b.done.restart && !out->failed)
        out->restart = TS_RESTART_OS;
    return ok;
}
