/* apply_image.c - applies an image to a volume. What can be found out before the volume is wiped is
 * found out before. */
#include "apply_image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "image_find.h"

#define WINDOWS_MARGIN (UINT64_C(1024) * TS_MIB) /* for the page file and the first start */

static const ts_step_target target_inputs = {"DestinationVariable", "DestinationDriveLetter",
                                             "DestinationDisk", "DestinationPartition"};

static bool is_stop(const ts_result *out, ts_err **err)
{
    return out->failed || (err && *err);
}

bool ts_step_image_architecture(ts_ctx *c, const ts_image_info *image, ts_result *out)
{
    char *fact TS_CLEANUP(ts_free_ptr) = NULL;
    if (!*image->architecture || !ts_host_fact(ts_ctx_host(c), TS_FACT_ARCHITECTURE, &fact, NULL) ||
        !*fact)
        return true;
    bool older = ts_str_ieq(image->architecture, "x86") && ts_str_ieq(fact, "X64");
    if (older || ts_str_ieq(image->architecture, fact))
        return true;
    ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                   "the image is for %s, and this machine is %s: choose an image for it",
                   image->architecture, fact);
    return false;
}

uint64_t ts_step_image_room(const ts_image_info *image)
{
    return image->bytes + (image->is_windows ? WINDOWS_MARGIN : 0);
}

static bool check_room(const ts_image_info *image, const ts_volume_info *v, ts_result *out)
{
    uint64_t need = ts_step_image_room(image);
    if (v->is_locked)
        ts_result_fail(
            out, TS_STEP_CODE_NO_DRIVE,
            "volume %c: is locked by BitLocker: partition the disk anew, or unlock it before",
            v->letter);
    else if (v->filesystem == TS_FS_NONE)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "volume %c: is not formatted: give it a file system in the partition step",
                       v->letter);
    else if (image->is_windows && v->filesystem != TS_FS_NTFS)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "volume %c: is not formatted with NTFS, which Windows needs", v->letter);
    else if (need > v->bytes)
        ts_result_fail(out, TS_STEP_CODE_DISK_FULL,
                       "image '%s' needs %" PRIu64 " MiB, and volume %c: has %" PRIu64
                       " MiB: make the partition larger, or take another disk",
                       image->name, need / TS_MIB, v->letter, v->bytes / TS_MIB);
    return !out->failed;
}

/* Is a path on the volume, so that wiping it would destroy what is needed? */
static bool is_on(const char *path, char letter)
{
    return path && path[0] && path[1] == ':' && (path[0] & ~0x20) == letter;
}

/* ConfigMgr docs: the target volume is wiped, but not the folder with the user state. A volume that
 * holds nothing stays as it is: it may be encrypted already (Pre-provision BitLocker). */
static bool wipe(ts_ctx *c, const ts_volume_info *v, const char *content, ts_err **err)
{
    if (ts_step_is_bare(ts_ctx_host(c), v->letter))
        return true;
    if (is_on(ts_vars_text(ts_ctx_vars(c), "_SMSTSUserStatePath"), v->letter) ||
        is_on(content, v->letter)) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "volume %c: holds the user state or the image itself and is not wiped: files "
                   "that are on it stay",
                   v->letter);
        return true;
    }
    return ts_host_volume_format(ts_ctx_host(c), v->letter, v->filesystem, v->label, true, err);
}

static void progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    ts_ctx_progress(ctx, done, total, text);
}

static void tell(void *ctx, bool warning, const char *text)
{
    ts_ctx_log(ctx, warning ? TS_LEVEL_WARNING : TS_LEVEL_INFO, "%s", text);
}

static bool apply(ts_ctx *c, const ts_step_image *image, char letter, ts_err **err)
{
    /* const char *const * and char ** differ in the eyes of C only. */
    const char *parts[TS_SWM_PARTS_MAX + 1] = {NULL};
    for (size_t i = 0; image->parts[i]; i++)
        parts[i] = image->parts[i];
    ts_image_apply what = {.file = image->stream ? NULL : image->file,
                           .stream = image->stream,
                           .parts = parts[0] ? parts : NULL,
                           .index = image->info.index,
                           .letter = letter,
                           .verify = ts_ctx_bool(c, TS_VERIFY_VARIABLE),
                           .progress = progress,
                           .progress_ctx = c,
                           .tell = tell,
                           .tell_ctx = c};
    ts_ctx_log(c, TS_LEVEL_INFO, "applying image %" PRIu32 " '%s' (%s %s) of '%s' to %c:%s",
               image->info.index, image->info.name, image->info.version, image->info.architecture,
               image->file, letter, image->stream ? " while it is fetched" : "");
    return ts_host_image_apply(ts_ctx_host(c), &what, err);
}

ts_unattend *ts_step_own_answer_file(ts_ctx *c, const char *folder, const char *architecture,
                                     ts_result *out, ts_err **err)
{
    const char *name = ts_ctx_text(c, "OSDConfigFileName");
    char *path TS_CLEANUP(ts_free_ptr) = ts_path_join(folder, *name ? name : "unattend.xml");
    if (!path) {
        ts_fail_nomem(err);
        return NULL;
    }
    return ts_step_answer_file(c, path, architecture, out, err);
}

ts_unattend *ts_step_answer_file(ts_ctx *c, const char *path, const char *architecture,
                                 ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    char *data = NULL;
    size_t size = 0;
    ts_unattend *u = NULL;
    bool ok = ts_host_file_read(ts_ctx_host(c), path, &data, &size, &why);
    if (!ok && ts_err_code(why) == TS_NOT_FOUND && ts_ctx_package_is_assumed(c)) {
        ts_err_free(why);
        ts_ctx_log(c, TS_LEVEL_INFO, "the answer file '%s' is assumed to be a good one", path);
        return NULL;
    }
    ok = ok && (u = ts_unattend_read(path, data, size, architecture, &why)) != NULL &&
         ts_unattend_expand(u, ts_ctx_vars(c), &why);
    free(data);
    if (!ok) {
        ts_wrap(&why, "the answer file cannot be used");
        ts_step_own(out, why, err);
        ts_unattend_free(u);
        return NULL;
    }
    return u;
}

/* Read and expanded before anything is changed. NULL without failure: there is none. */
static ts_unattend *answer_file(ts_ctx *c, const ts_apply_source *source, const char *architecture,
                                ts_result *out, ts_err **err)
{
    if (source->answers)
        return ts_step_answer_file(c, source->answers, architecture, out, err);
    const char *id = ts_ctx_text(c, "ConfigFilePackage");
    const char *folder = *id ? ts_step_package(c, id, out, err) : NULL;
    return folder ? ts_step_own_answer_file(c, folder, architecture, out, err) : NULL;
}

static const char *answer_architecture(const ts_image_info *image)
{
    return ts_str_ieq(image->architecture, "x64")     ? "amd64"
           : ts_str_ieq(image->architecture, "arm64") ? "arm64"
           : ts_str_ieq(image->architecture, "x86")   ? "x86"
                                                      : "amd64";
}

static bool set_target(ts_ctx *c, char letter, const ts_image_info *image, ts_result *out,
                       ts_err **err)
{
    const char drive[3] = {letter, ':', '\0'};
    const char root[11] = {letter, ':', '\\', 'W', 'i', 'n', 'd', 'o', 'w', 's', '\0'};
    return ts_step_set_text(c, out, "OSDTargetSystemDrive", drive, err) &&
           ts_step_set_text(c, out, "OSDTargetSystemRoot", root, err) &&
           ts_step_set_text(c, out, "_TSTargetArchitecture", answer_architecture(image), err);
}

static bool install(ts_ctx *c, const ts_apply_source *source, const ts_step_image *image,
                    const ts_volume_info *v, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    ts_unattend *u = answer_file(c, source, answer_architecture(&image->info), out, err);
    if (is_stop(out, err)) {
        ts_unattend_free(u);
        return !err || !*err;
    }
    bool ok = wipe(c, v, source->file ? source->file : image->folder, &why) &&
              apply(c, image, v->letter, &why);
    if (ok && image->info.is_windows)
        ok = ts_host_boot_files(ts_ctx_host(c), v->letter, NULL, &why);
    if (!ok) {
        ts_unattend_free(u);
        return ts_step_own(out, why, err);
    }
    ok = set_target(c, v->letter, &image->info, out, err) &&
         (!u || ts_step_unattend_save(c, v->letter, u, out, err));
    ts_unattend_free(u);
    return ok;
}

/* Found before the volume is wiped, not when the boot files are written. */
static bool check_boot(ts_ctx *c, const ts_image_info *image, const ts_volume_info *v,
                       ts_result *out, ts_err **err)
{
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    bool boots = !image->is_windows;
    ts_err *why = NULL;
    if (!ts_host_volumes(ts_ctx_host(c), v->disk, &volumes, &n, &why))
        return ts_step_own(out, why, err);
    for (size_t i = 0; i < n; i++)
        boots |= volumes[i].kind == TS_PARTITION_EFI || volumes[i].is_active;
    free(volumes);
    if (!boots)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE, "%s", TS_STEP_NO_BOOT);
    return true;
}

bool ts_apply_windows(ts_ctx *c, const ts_apply_source *source, char letter, ts_result *out,
                      ts_err **err)
{
    ts_step_image image;
    ts_volume_info volume;
    ts_err *why = NULL;
    /* One package cannot be read and fetched at the same time. */
    bool whole = ts_str_ieq(ts_ctx_text(c, "ConfigFilePackage"), source->package);
    if (source->file
            ? !ts_step_image_file(c, source->file, source->which, &image, out, err)
            : !ts_step_image_open(c, source->package, source->which, whole, &image, out, err)) {
        ts_step_image_close(c, &image, false);
        return !err || !*err;
    }
    bool ok = true;
    if (!ts_host_volume(ts_ctx_host(c), letter, &volume, &why))
        ok = ts_step_own(out, why, err);
    else if (ts_step_image_architecture(c, &image.info, out) &&
             check_room(&image.info, &volume, out))
        ok = check_boot(c, &image.info, &volume, out, err) &&
             (out->failed || install(c, source, &image, &volume, out, err));
    ts_step_image_close(c, &image, ok && !out->failed);
    return ok;
}

bool ts_apply_os_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool setup = *ts_ctx_text(c, "ImagePackageID") == '\0';
    const char *id = ts_ctx_text(c, setup ? "InstallPackageID" : "ImagePackageID");
    const char *which = ts_ctx_text(c, setup ? "OSDInstallEditionIndex" : "OSDImageIndex");
    char letter = ts_step_find_target(c, &target_inputs, out, err);
    if (!letter)
        return !err || !*err;
    const ts_apply_source source = {.package = id,
                                    .which = setup && ts_str_ieq(which, "0") ? "1" : which};
    return ts_apply_windows(c, &source, letter, out, err);
}

bool ts_apply_data_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_step_image image;
    ts_volume_info v;
    ts_err *why = NULL;
    char letter = ts_step_find_target(c, &target_inputs, out, err);
    if (!letter)
        return !err || !*err;
    bool ok = ts_step_image_open(c, ts_ctx_text(c, "ImagePackageID"),
                                 ts_ctx_text(c, "OSDDataImageIndex"), false, &image, out, err);
    if (!ok) {
        ts_step_image_close(c, &image, false);
        return !err || !*err;
    }
    bool wiping = ts_ctx_bool(c, "OSDWipeDestinationPartition");
    if (!ts_host_volume(ts_ctx_host(c), letter, &v, &why))
        ok = ts_step_own(out, why, err);
    else if (check_room(&image.info, &v, out))
        ok = ((!wiping || wipe(c, &v, image.folder, &why)) && apply(c, &image, letter, &why)) ||
             ts_step_own(out, why, err);
    ts_step_image_close(c, &image, ok && !out->failed);
    return ok;
}
