/* boot_image.c - see boot_image.h. */
#include "boot_image.h"

#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "mdt_share.h"

#define BOOT_PE      "BootPE" /* MDT: a boot image was staged */
#define OF_SEQUENCE  "_SMSTSBootImageID"
#define SHARE_FOLDER "Boot" /* of a deployment share: "Update Deployment Share" writes it */

/* Where the image is. Neither of both: a simulation, which takes it to be there. */
typedef struct source {
    char *file;          /* owned */
    const char *package; /* its id */
} source;

static void source_done(source *s)
{
    free(s->file);
}

/* --- Which image --------------------------------------------------------------------------- */

static bool of_share(ts_ctx *c, const char *root, source *s, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *fact = NULL;
    const char *arch = ts_vars_text(ts_ctx_vars(c), "Architecture");
    ts_err *why = NULL;
    mdt_share_find found = MDT_SHARE_LACKS;
    if (!*arch) {
        if (!ts_host_fact(ts_ctx_host(c), TS_FACT_ARCHITECTURE, &fact, &why))
            return ts_step_own(out, why, err);
        arch = fact;
    }
    const char *word = ts_str_ieq(arch, "x86") ? "x86" : "x64";
    TS_CLEANUP(ts_free_ptr)
    char *below = ts_sprintf(SHARE_FOLDER "/LiteTouchPE_%s.wim", word);
    char *file = below ? ts_path_join(root, below) : NULL;
    if (!file)
        return ts_fail_nomem(err);
    bool ok = mdt_share_look(c, root, file, &found, &why);
    if (ok && found == MDT_SHARE_HAS) {
        s->file = file;
        return true;
    }
    if (ok && found == MDT_SHARE_LACKS)
        ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                       "the deployment share has no '%s': update it, or name the boot image "
                       "(variable " TS_BOOT_IMAGE_VARIABLE ")",
                       below);
    free(file);
    return ok || ts_step_own(out, why, err);
}

static bool of_variable(const char *text, source *s, ts_err **err)
{
    if (!strpbrk(text, "/\\:")) {
        s->package = text;
        return true;
    }
    s->file = ts_strdup(text);
    return s->file || ts_fail_nomem(err);
}

/* `out` failed: none is known. */
static bool choose(ts_ctx *c, source *s, ts_result *out, ts_err **err)
{
    const ts_vars *vars = ts_ctx_vars(c);
    const char *given = ts_vars_text(vars, TS_BOOT_IMAGE_VARIABLE);
    const char *root = ts_vars_text(vars, "DeployRoot");
    if (*given)
        return of_variable(given, s, err);
    s->package = ts_vars_text(vars, OF_SEQUENCE);
    if (*s->package)
        return true;
    s->package = NULL;
    if (*root)
        return of_share(c, root, s, out, err);
    if (ts_ctx_may_assume(c))
        return true;
    return ts_result_fail(
        out, TS_STEP_CODE_NOT_FOUND,
        "no boot image is known: neither the sequence nor a deployment share (DeployRoot) has one; "
        "name a .wim file, or a package with one, in the variable " TS_BOOT_IMAGE_VARIABLE);
}

static bool is_wim(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && ts_str_ieq(name + len - 4, ".wim");
}

/* The one .wim file of a package ("boot.XYZ00005.wim" in those of ConfigMgr). */
static bool in_package(ts_ctx *c, source *s, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *names = NULL;
    ts_err *why = NULL;
    unsigned n = 0;
    const char *found = "";
    const char *folder = ts_step_package(c, s->package, out, err);
    if (!folder)
        return out->failed;
    if (!ts_host_folder_list(ts_ctx_host(c), folder, &names, &why))
        return ts_step_own(out, why, err);
    for (char *name = names, *end; *name; name = end) {
        end = name + strcspn(name, "\n");
        if (*end)
            *end++ = '\0';
        if (!is_wim(name))
            continue;
        found = name;
        n++;
    }
    if (n != 1)
        return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                              "package '%s' has %u .wim files: that of a boot image has one",
                              s->package, n);
    s->file = ts_path_join(folder, found);
    return s->file || ts_fail_nomem(err);
}

/* --- On the disk --------------------------------------------------------------------------- */

/* "C:/_SMSTaskSequence/WinPE", and a file there. Owned. */
static char *place(ts_ctx *c, const char *name)
{
    char letter = ts_step_windows(c);
    return ts_sprintf("%c:/" TS_BOOT_IMAGE_FOLDER "%s%s", letter ? letter : 'C', *name ? "/" : "",
                      name);
}

static bool is_there(ts_ctx *c, const char *path)
{
    ts_file_info info = {.exists = false};
    return ts_host_file_info(ts_ctx_host(c), path, &info, NULL) && info.exists && !info.is_folder;
}

/* A Windows image that is none, or a damaged one, is found before the machine depends on it. */
static bool check_image(ts_ctx *c, const char *file, ts_result *out, ts_err **err)
{
    ts_image_info *list = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    bool ok = ts_host_images(ts_ctx_host(c), file, &list, &n, &why);
    free(list);
    if (!ok) {
        ts_wrap(&why, "boot image '%s'", file);
        return ts_step_own(out, why, err);
    }
    return n > 0 || ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "'%s' holds no image", file);
}

static bool put(ts_ctx *c, const char *from, const char *name, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *to = place(c, name);
    if (!to)
        return ts_fail_nomem(err);
    return ts_host_file_copy(ts_ctx_host(c), from, to, &why) || ts_step_own(out, why, err);
}

/* Beside the image; else every Windows has it, for its own recovery media. */
static bool put_sdi(ts_ctx *c, const char *wim, ts_result *out, ts_err **err)
{
    const char *windows = ts_host_env(ts_ctx_host(c), "SystemRoot");
    TS_CLEANUP(ts_free_ptr) char *root = ts_strdup(windows ? windows : "C:/Windows");
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(wim);
    if (!root || !folder)
        return ts_fail_nomem(err);
    const char *const places[][2] = {
        {folder, TS_BOOT_IMAGE_SDI},
        {root, "Boot/DVD/EFI/" TS_BOOT_IMAGE_SDI},
        {root, "Boot/DVD/PCAT/" TS_BOOT_IMAGE_SDI},
    };
    for (size_t i = 0; i < TS_COUNT(places); i++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(places[i][0], places[i][1]);
        if (!path)
            return ts_fail_nomem(err);
        if (is_there(c, path))
            return put(c, path, TS_BOOT_IMAGE_SDI, out, err);
    }
    return ts_ctx_may_assume(c) || /* a profile does not list the files of Windows */
           ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                          "there is no boot.sdi, neither beside '%s' nor in '%s/Boot/DVD': put one "
                          "beside the image (from Boot of Windows PE media)",
                          wim, root);
}

static bool copy_image(ts_ctx *c, const char *wim, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *folder = place(c, "");
    if (!folder)
        return ts_fail_nomem(err);
    if (!check_image(c, wim, out, err) || out->failed)
        return out->failed;
    if (!ts_host_folder_make(ts_ctx_host(c), folder, &why))
        return ts_step_own(out, why, err);
    ts_ctx_log(c, TS_LEVEL_INFO, "The boot image is '%s'", wim);
    return put(c, wim, TS_BOOT_IMAGE_WIM, out, err) && (out->failed || put_sdi(c, wim, out, err));
}

/* False: the step failed, or *err. */
static bool may(ts_ctx *c, ts_result *out)
{
    const char *lack = ts_host_lacks_boot_image(ts_ctx_host(c));
    if (!lack) /* what goes along to the new Windows goes along to Windows PE */
        lack = ts_host_lacks_agent(ts_ctx_host(c));
    if (lack)
        ts_result_unsupported(out, "%s", lack);
    return !lack;
}

bool ts_boot_image_stage(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_CLEANUP(source_done) source s = {.file = NULL};
    if (!may(c, out))
        return true;
    if (!choose(c, &s, out, err) || out->failed)
        return out->failed;
    if (s.package && (!in_package(c, &s, out, err) || out->failed))
        return out->failed;
    if (s.file)
        return copy_image(c, s.file, out, err);
    out->assumed = true;
    ts_ctx_log(c, TS_LEVEL_INFO,
               "The file does not say which boot image is assigned to the sequence: one is taken "
               "to be there (a run wants it in the variable " TS_BOOT_IMAGE_VARIABLE ")");
    return true;
}

bool ts_boot_image_start(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *folder = place(c, "");
    TS_CLEANUP(ts_free_ptr) char *wim = place(c, TS_BOOT_IMAGE_WIM);
    if (!folder || !wim)
        return ts_fail_nomem(err);
    if (!may(c, out))
        return true;
    if (!is_there(c, wim) && !ts_ctx_may_assume(c))
        return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                              "there is no '%s': a step that stages the boot image (Apply Windows "
                              "PE) stands before this one",
                              wim);
    return ts_host_boot_image(ts_ctx_host(c), folder, &why) || ts_step_own(out, why, err);
}

bool ts_boot_image_ready(ts_ctx *c, bool keep, ts_result *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *wim = place(c, TS_BOOT_IMAGE_WIM);
    if (!wim)
        return ts_fail_nomem(err);
    if (!(keep && is_there(c, wim)) && !ts_boot_image_stage(c, out, err))
        return false;
    return out->failed || ts_boot_image_start(c, out, err);
}

/* --- Before the run ------------------------------------------------------------------------ */

bool ts_boot_image_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_CLEANUP(source_done) source s = {.file = NULL};
    ts_package_look look = {.known = true};
    ts_err *why = NULL;
    /* Behind a restart it is another system that does it. */
    if (ts_host_phase(ts_ctx_host(c)) != TS_PHASE_FULL_OS || !may(c, out))
        return true;
    if (!choose(c, &s, out, err) || out->failed)
        return out->failed;
    if (s.package && !ts_ctx_package_look(c, s.package, &look, &why))
        return ts_step_finding(out, why, err);
    if (s.package && (!look.known || look.missing))
        return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                              "boot image '%s' is %s; publish its package, or name a .wim file "
                              "(variable " TS_BOOT_IMAGE_VARIABLE ")",
                              s.package,
                              look.known ? "not in the catalogue"
                                         : "a package, and no content "
                                           "source is given (--site)");
    if (s.file && !is_there(c, s.file) && !ts_ctx_may_assume(c))
        return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND, "there is no boot image '%s'", s.file);
    return true;
}

/* --- Apply Windows PE (MDT) ---------------------------------------------------------------- */

bool ts_mdt_apply_pe_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *action = ts_ctx_action(c)->text;
    bool only_stage = ts_str_icontains(action, "/STAGE") != NULL;
    bool only_entry = ts_str_icontains(action, "/BCD") != NULL;
    if (!only_entry && (!ts_boot_image_stage(c, out, err) || out->failed))
        return out->failed;
    if (only_stage)
        return true;
    if (!ts_boot_image_start(c, out, err) || out->failed)
        return out->failed;
    return ts_step_set_text(c, out, BOOT_PE, "True", err);
}
