/* capture_run.c - an image of a prepared Windows: Capture Operating System Image, MDT's ZTIBackup
 * and LTISysprep. */
#include "capture_run.h"

#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

#define NAME_MAX_ 127u /* characters of an image's name */

/* The first volume with a Windows on it; 0: none. */
static char find_windows(ts_host *host)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    char letter = 0;
    if (!ts_host_disks(host, &disks, &n, NULL))
        return 0;
    for (size_t i = 0; i < n && !letter; i++) {
        ts_volume_info *v = NULL;
        size_t volumes = 0;
        if (!ts_host_volumes(host, disks[i].index, &v, &volumes, NULL))
            continue;
        for (size_t k = 0; k < volumes && !letter; k++)
            letter = v[k].has_windows ? v[k].letter : 0;
        free(v);
    }
    free(disks);
    return letter;
}

/* OSDTargetSystemRoot ("C:\Windows"), the Windows that was applied, else the only one there is. */
static char source_volume(ts_ctx *c, ts_result *out)
{
    const char *root = ts_ctx_text(c, "OSDTargetSystemRoot");
    const char drive[2] = {root[0], '\0'};
    char letter = *root ? ts_step_letter(drive) : ts_step_windows(c);
    letter = letter ? letter : find_windows(ts_ctx_host(c));
    if (!letter)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE, "no volume of this machine has a Windows on it");
    return letter;
}

static bool is_share(const char *path)
{
    return (path[0] == '\\' || path[0] == '/') && path[1] == path[0];
}

/* \\server\share\folder\x.wim: the part that is connected to. Owned; NULL: no memory. */
static char *share_of(const char *path)
{
    size_t at = 2 + strcspn(path + 2, "\\/");
    at += path[at] != '\0';
    return ts_strndup(path, at + strcspn(path + at, "\\/"));
}

static bool connect(ts_ctx *c, const char *path, ts_err **err)
{
    const char *user = ts_ctx_text(c, "OSDCaptureAccount");
    if (!is_share(path) || !*user)
        return true;
    char *share TS_CLEANUP(ts_free_ptr) = share_of(path);
    return share ? ts_host_net_connect(ts_ctx_host(c), 0, share, user,
                                       ts_ctx_text(c, "OSDCaptureAccountPassword"), err)
                 : ts_fail_nomem(err);
}

static bool capture(ts_ctx *c, char letter, const char *file, const char *name, const char *text,
                    ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    ts_ctx_log(c, TS_LEVEL_INFO, "capturing %c: into '%s'", letter, file);
    return ts_host_image_capture(ts_ctx_host(c), letter, file, name, text, &why) ||
           ts_step_own(out, why, err);
}

bool ts_capture_image_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *file = ts_ctx_text(c, "OSDCaptureDestination");
    const char *text = ts_ctx_text(c, "OSDImageDescription");
    const char *version = ts_ctx_text(c, "OSDImageVersion");
    size_t len = strlen(file);
    ts_err *why = NULL;
    if (len < 5 || !ts_str_ieq(file + len - 4, ".wim"))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDCaptureDestination '%s' is no full path of a .wim file", file);
    if (strlen(version) > 32)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDImageVersion has more than 32 characters");
    char letter = source_volume(c, out);
    if (!letter)
        return true;
    if (!connect(c, file, &why))
        return ts_step_own(out, why, err);
    char *name TS_CLEANUP(ts_free_ptr) = ts_sprintf("Captured Windows%s%.*s", *version ? " " : "",
                                                    32, version);
    return name ? capture(c, letter, file, name, text, out, err) : ts_fail_nomem(err);
}

/* --- MDT -----------------------------------------------------------------------------------------
 */

static bool makes_image(ts_ctx *c)
{
    return ts_str_ieq(ts_ctx_text(c, "DoCapture"), "YES");
}

/* <share>\<dir>\<file>; NULL: the step failed, or no memory. */
static char *backup_file(ts_ctx *c, const char *folder, ts_result *out, ts_err **err)
{
    const char *file = ts_ctx_text(c, "BackupFile");
    if (!*folder || !*file) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "%s is empty: it says where the image is written",
                       *folder ? "BackupFile" : "BackupShare");
        return NULL;
    }
    const char *dir = makes_image(c) ? ts_ctx_text(c, "BackupDir") : "";
    char *path = ts_sprintf("%s%s%s\\%s", folder, *dir ? "\\" : "", dir, file);
    if (!path)
        ts_fail_nomem(err);
    return path;
}

bool ts_mdt_backup_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *where = ts_ctx_text(c, "ComputerBackupLocation");
    bool image = makes_image(c);
    bool network = image || ts_str_ieq(where, "NETWORK") || ts_str_ieq(where, "AUTO");
    if (!image && (!*where || ts_str_ieq(where, "NONE"))) {
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "neither DoCapture nor ComputerBackupLocation asks for an image");
        return true;
    }
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS)
        return ts_result_fail(
            out, TS_STEP_CODE_NOT_SUPPORTED,
            "a running Windows cannot be captured: restart into Windows PE first");
    char letter = source_volume(c, out);
    if (!letter)
        return true;
    char *file TS_CLEANUP(ts_free_ptr) = backup_file(
        c, network ? ts_ctx_text(c, "BackupShare") : where, out, err);
    return file ? capture(c, letter, file, "Captured Windows", "", out, err) : out->failed;
}

/* MDT documentation, LTISysprep: YES and SYSPREP prepare the machine; PREPARE leaves that to a
 * person. */
bool ts_mdt_sysprep_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    static const char *const argv[] = {"C:\\Windows\\System32\\Sysprep\\sysprep.exe",
                                       "/quiet",
                                       "/generalize",
                                       "/oobe",
                                       "/quit",
                                       NULL};
    const ts_program sysprep = {.argv = argv};
    if (!makes_image(c) && !ts_str_ieq(ts_ctx_text(c, "DoCapture"), "SYSPREP")) {
        ts_ctx_log(c, TS_LEVEL_INFO, "DoCapture is neither YES nor SYSPREP: nothing is prepared");
        return true;
    }
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE) {
        ts_ctx_log(c, TS_LEVEL_INFO, "Windows PE is not prepared");
        return true;
    }
    if (ts_str_ieq(ts_ctx_text(c, "SkipRearm"), "YES"))
        return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                              "SkipRearm YES: this build does not keep the activation state");
    ts_program run = sysprep;
    return ts_ctx_run_program(c, &run, out, NULL, err);
}
