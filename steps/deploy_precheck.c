/* deploy_precheck.c - what can be said of Apply Operating System, Apply Data Image and the install
 * steps before a disk is wiped. A package that is neither here nor small gives no finding. */
#include "deploy_precheck.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "apply_image.h"
#include "deploy.h"
#include "helpers.h"
#include "image_find.h"
#include "install.h"
#include "partition_plan.h"

/* The package that an input or variable names; without a folder: not here, or not known. */
static ts_package_look look_at(ts_ctx *c, const char *id, ts_result *out, ts_err **err)
{
    ts_package_look look = {.known = false};
    ts_err *why = NULL;
    if (!ts_ctx_package_look(c, id, &look, &why)) {
        look.folder = NULL;
        ts_step_finding(out, why, err);
    }
    return look;
}

static ts_package_look look_at_input(ts_ctx *c, const char *input, ts_result *out, ts_err **err)
{
    const char *id = ts_ctx_text(c, input);
    return !*id || ts_step_is_unknown(c, input) ? (ts_package_look){.known = false}
                                                : look_at(c, id, out, err);
}

/* The partitions are not made yet: what the steps on the way will make, else the whole disk. */
static uint64_t largest_on(ts_ctx *c, const ts_disk_info *disk)
{
    char name[48];
    int64_t planned = 0;
    snprintf(name, sizeof name, TS_STEP_PLANNED_VOLUME "%" PRIu32, disk->index);
    const char *text = ts_vars_text(ts_ctx_vars(c), name);
    return ts_str_int64(text, &planned) && planned >= 0 ? (uint64_t)planned
           : *disk->keep_off                            ? 0
                                                        : disk->bytes;
}

static bool check_room(ts_ctx *c, const ts_image_info *image, ts_result *out, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    uint64_t most = 0;
    uint64_t need = ts_step_image_room(image);
    ts_err *why = NULL;
    if (!ts_host_disks(ts_ctx_host(c), &disks, &n, &why))
        return ts_step_finding(out, why, err);
    for (size_t i = 0; i < n; i++) {
        uint64_t bytes = largest_on(c, &disks[i]);
        most = bytes > most ? bytes : most;
    }
    if (most == 0)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE, "there is no volume for image '%s': %s%s",
                       image->name,
                       n ? "disk 0 may not be touched: " : "this machine shows no disk",
                       n ? disks[0].keep_off : "");
    else if (need > most)
        ts_result_fail(out, TS_STEP_CODE_DISK_FULL,
                       "image '%s' needs %" PRIu64 " MiB, and the largest volume of this machine "
                       "that is there for it would have %" PRIu64
                       " MiB: make the partition larger, or take another disk",
                       image->name, need / TS_MIB, most / TS_MIB);
    free(disks);
    return true;
}

/* Every disk that will be there is made on the way, and none with a partition to start from. */
static bool check_boot(ts_ctx *c, const ts_image_info *image, ts_result *out, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    bool boots = false;
    ts_err *why = NULL;
    if (!image->is_windows)
        return true;
    if (!ts_host_disks(ts_ctx_host(c), &disks, &n, &why))
        return ts_step_finding(out, why, err);
    for (size_t i = 0; i < n && !boots; i++) {
        char name[48];
        snprintf(name, sizeof name, TS_STEP_PLANNED_BOOT "%" PRIu32, disks[i].index);
        boots = !ts_str_ieq(ts_vars_text(ts_ctx_vars(c), name), "false");
    }
    free(disks);
    if (n > 0 && !boots)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE, "%s", TS_STEP_NO_BOOT);
    return true;
}

static bool check_image(ts_ctx *c, const ts_step_image *image, ts_result *out, ts_err **err)
{
    return !ts_step_image_architecture(c, &image->info, out) ||
           (check_room(c, &image->info, out, err) &&
            (out->failed || check_boot(c, &image->info, out, err)));
}

bool ts_apply_precheck_file(ts_ctx *c, const char *file, const char *which, ts_result *out,
                            ts_err **err)
{
    ts_step_image image;
    if (ts_step_image_file(c, file, which, &image, out, err))
        check_image(c, &image, out, err);
    ts_step_image_done(&image);
    return !err || !*err;
}

/* Of a package that is not here the directory of its image is read, where that can be done. */
bool ts_apply_precheck_image(ts_ctx *c, const char *id, const char *which, ts_result *out,
                             ts_err **err)
{
    ts_step_image image;
    ts_result found = {.code = 0};
    ts_package_look look = look_at(c, id, out, err);
    if (!look.known || look.missing || out->failed || (err && *err))
        return !err || !*err;
    bool ok = look.folder ? ts_step_image_find(c, look.folder, which, &image, &found, err)
                          : ts_step_image_peek(c, id, which, &image, &found, err);
    /* Here, and incomplete yet: the step itself will say when there is no image in it. */
    bool absent = found.failed && found.code == TS_STEP_CODE_NOT_FOUND && look.folder &&
                  !look.whole;
    if (found.failed && !absent)
        ts_result_fail(out, found.code, "%s", found.text ? found.text : "the image is no good");
    ts_result_done(&found);
    if (ok)
        check_image(c, &image, out, err);
    ts_step_image_done(&image);
    return !err || !*err;
}

/* The image may not be here yet, so the file may be for any architecture. */
static bool check_answers(ts_ctx *c, const char *folder, ts_result *out, ts_err **err)
{
    static const char *const architectures[] = {"amd64", "arm64", "x86"};
    ts_result first = {.code = 0};
    bool good = false;
    for (size_t i = 0; i < TS_COUNT(architectures) && !good && (!err || !*err); i++) {
        ts_result one = {.code = 0};
        ts_unattend_free(ts_step_own_answer_file(c, folder, architectures[i], &one, err));
        good = !one.failed;
        if (i == 0)
            first = one;
        else
            ts_result_done(&one);
    }
    if (!good && first.failed)
        ts_result_fail(out, first.code, "%s", first.text ? first.text : "the answer file is bad");
    ts_result_done(&first);
    return !err || !*err;
}

/* `package`, `which`: the inputs that name the image. */
static bool check_inputs(ts_ctx *c, const char *package, const char *which, ts_result *out,
                         ts_err **err)
{
    const char *id = ts_ctx_text(c, package);
    const char *name = ts_ctx_text(c, which);
    if (!*id || ts_step_is_unknown(c, package) || ts_step_is_unknown(c, which))
        return true;
    if (ts_str_ieq(which, "OSDInstallEditionIndex") && ts_str_ieq(name, "0"))
        name = "1";
    return ts_apply_precheck_image(c, id, name, out, err);
}

bool ts_apply_os_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool setup = *ts_ctx_text(c, "ImagePackageID") == '\0';
    if (!check_inputs(c, setup ? "InstallPackageID" : "ImagePackageID",
                      setup ? "OSDInstallEditionIndex" : "OSDImageIndex", out, err) ||
        out->failed)
        return !err || !*err;
    const char *answers = look_at_input(c, "ConfigFilePackage", out, err).folder;
    return answers && !ts_step_is_unknown(c, "OSDConfigFileName")
               ? check_answers(c, answers, out, err)
               : !err || !*err;
}

bool ts_apply_data_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    return check_inputs(c, "ImagePackageID", "OSDDataImageIndex", out, err);
}

/* --- Applications and programs ---------------------------------------------------------------- */

/* The content of an application and of those that it needs is on a source. The catalogue has no
 * cycles: this ends. */
static bool check_content(ts_ctx *c, const ts_application *a, ts_result *out, ts_err **err)
{
    ts_package_look look = {.known = false};
    ts_err *why = NULL;
    for (size_t i = 0; i < a->n_dependencies && !out->failed; i++)
        if (!check_content(c, a->dependencies[i], out, err))
            return false;
    if (out->failed || !a->package)
        return true;
    if (!ts_ctx_package_look(c, a->package, &look, &why))
        return ts_step_finding(out, why, err);
    if (look.missing)
        ts_result_fail(out, TS_CODE_NO_PACKAGE,
                       "'%s': its package '%s' is not in the catalogue of packages", a->name,
                       a->package);
    return true;
}

/* What the variables of a list hold by now; a name that does not fit is left out by the step. */
static bool check_list(ts_ctx *c, const ts_applications *catalogue, const char *base,
                       unsigned digits, ts_result *out, ts_err **err)
{
    for (unsigned n = 1; n < 1000 && !out->failed; n++) {
        char *name TS_CLEANUP(ts_free_ptr) = ts_var_list_name(base, n, digits);
        if (!name)
            return ts_fail_nomem(err);
        const char *text = ts_vars_text(ts_ctx_vars(c), name);
        const char *colon = digits == 3 ? strchr(text, ':') : NULL;
        const ts_application *a = NULL;
        if (!*text)
            break;
        if (digits == 2)
            a = ts_applications_find(catalogue, text);
        else if (colon) {
            char *id TS_CLEANUP(ts_free_ptr) = ts_strndup(text, (size_t)(colon - text));
            a = id ? ts_applications_program(catalogue, id, colon + 1) : NULL;
        }
        if (a && !check_content(c, a, out, err))
            return false;
    }
    return true;
}

/* The step's own names: the editor's array, or its one program. */
static bool check_own(ts_ctx *c, const ts_applications *catalogue, bool programs, ts_result *out,
                      ts_err **err)
{
    if (programs) {
        const char *id = ts_ctx_text(c, "PackageID");
        const char *name = ts_ctx_text(c, "_SMSSWDProgramName");
        const ts_application *a = ts_applications_program(catalogue, id, name);
        if (!*id || ts_step_is_unknown(c, "PackageID"))
            return true;
        if (!a)
            return ts_result_fail(out, TS_STEP_CODE_NO_PROGRAM,
                                  "the catalogue has no program '%s' of package '%s' (case counts)",
                                  name, id);
        return check_content(c, a, out, err);
    }
    for (unsigned i = 0; i < 99 && !out->failed; i++) {
        const char *name = ts_ctx_item(c, "OSDApp", i, "Name");
        const char *shown = ts_ctx_item(c, "OSDApp", i, "DisplayName");
        if (!*name && !*shown)
            break;
        const ts_application *a = ts_applications_find(catalogue, name);
        a = a ? a : ts_applications_find(catalogue, shown);
        if (a && !check_content(c, a, out, err))
            return false;
    }
    return true;
}

static bool install_precheck(ts_ctx *c, bool programs, ts_result *out, ts_err **err)
{
    const char *base = ts_ctx_text(c, "BaseVariableName");
    const char *id = ts_vars_text(ts_ctx_vars(c), "TSApplicationsPackage");
    bool known = !ts_step_is_unknown(c, "BaseVariableName");
    if (known && !ts_step_installs_any(c, programs))
        return true; /* by now nothing is to be installed, and then no catalogue is needed */
    const char *folder = look_at(c, *id ? id : TS_APPLICATIONS_PACKAGE, out, err).folder;
    if (!folder)
        return !err || !*err;
    ts_applications *catalogue = ts_step_catalogue_in(c, folder, out, err);
    bool ok = !err || !*err;
    if (catalogue && known && *base)
        ok = check_list(c, catalogue, base, programs ? 3 : 2, out, err);
    else if (catalogue && known)
        ok = check_own(c, catalogue, programs, out, err);
    ts_applications_free(catalogue);
    return ok;
}

bool ts_install_application_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    return install_precheck(c, false, out, err);
}

bool ts_install_package_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    return install_precheck(c, true, out, err);
}
