/* content.c - Download Package Content. */
#include "deploy.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

static const ts_input inputs[] = {
    TS_IN_TEXT("OSDDownloadDownloadPackages", "DownloadPackages",
               "Package ids, separated by commas."),
    TS_IN_INT("OSDPackageCount", "NumPackages", NULL, "Number of packages, kept by the editor."),
    TS_IN_INT("OSDPackage", "PackageInfo", NULL, "The same number, kept by the editor."),
    TS_IN_PACKAGE("OSDPackage#PackageId", "PackageInfo#PackageId",
                  "Id of a package, kept by the editor."),
    TS_IN_TEXT("OSDPackage#Name", "PackageInfo#Name", "Name of a package, kept by the editor."),
    TS_IN_TEXT("OSDPackage#PkgType", "PackageInfo#PkgType", "Kind of package, kept by the editor."),
    TS_IN_TEXT("OSDPackage#Size", "PackageInfo#Size", "Size of a package, kept by the editor."),
    TS_IN_ENUM("OSDDownloadDestinationLocationType", "DestinationLocationType", "TSCache",
               "TSCache CCMCache Custom", "Where the content goes."),
    TS_IN_PATH("OSDDownloadDestinationPath", "DestinationCustomPath",
               "Folder for Custom, which this build refuses."),
    TS_IN("OSDDownloadDestinationVariable", "DestinationVariable", TS_STRING, TS_OUTPUT, NULL,
          "Base name: <base>01, <base>02 ... receive the folders, in the order of the packages."),
    TS_IN_BOOL("OSDDownloadContinueDownloadOnError", "ContinueDownloadOnError", "true",
               "Go on with the next package when one fails."),
    TS_IN_END,
};
/* The location is where it came from, not where it lies; whoever fetches sets it. */
static const char *const outputs[] = {"_SMSTSLastContentDownloadLocation", NULL};
static const char *const programs[] = {"osddownloadcontent", NULL};

#define PACKAGES_MAX 99 /* two digits behind the base name */

/* <base>01 receives the folder of the first package. */
static bool publish(ts_ctx *c, unsigned n, const char *folder, ts_result *out, ts_err **err)
{
    const char *base = ts_ctx_text(c, "OSDDownloadDestinationVariable");
    if (!*base)
        return true;
    char *name TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s%02u", base, n);
    return name ? ts_step_set_text(c, out, name, folder, err) : ts_fail_nomem(err);
}

#define FOLDERS_DEEP 64u /* of a package that is copied */

static bool copy_tree(ts_host *host, const char *from, const char *to, unsigned depth, ts_err **err)
{
    char *names TS_CLEANUP(ts_free_ptr) = NULL;
    if (depth > FOLDERS_DEEP)
        return ts_fail(err, TS_LIMIT, "'%s' lies more than %u folders deep", from, FOLDERS_DEEP);
    if (!ts_host_folder_list(host, from, &names, err) || !ts_host_folder_make(host, to, err))
        return false;
    for (const char *name = names; *name;) {
        size_t len = strcspn(name, "\n");
        bool below = len > 0 && name[len - 1] == '/';
        char *one TS_CLEANUP(ts_free_ptr) = ts_strndup(name, below ? len - 1 : len);
        char *source TS_CLEANUP(ts_free_ptr) = one ? ts_path_join(from, one) : NULL;
        char *target TS_CLEANUP(ts_free_ptr) = one ? ts_path_join(to, one) : NULL;
        if (!source || !target)
            return ts_fail_nomem(err);
        if (below ? !copy_tree(host, source, target, depth + 1, err)
                  : !ts_host_file_copy(host, source, target, err))
            return false;
        name += len + (name[len] == '\n');
    }
    return true;
}

/* ConfigMgr docs, custom path: fetched to the cache, and then put into <path>\<package id>. *own:
 * that folder, owned; NULL: the cache is where it stays, or it failed (`one`). */
static bool put(ts_ctx *c, const char *id, const char *folder, char **own, ts_result *one,
                ts_err **err)
{
    ts_err *why = NULL;
    ts_host *host = ts_ctx_host(c);
    const char *path = ts_ctx_text(c, "OSDDownloadDestinationPath");
    if (!ts_str_ieq(ts_ctx_text(c, "OSDDownloadDestinationLocationType"), "Custom"))
        return true;
    size_t len = strlen(path);
    len -= len > 0 && strchr("\\/", path[len - 1]) != NULL;
    *own = ts_sprintf("%.*s\\%s", (int)len, path, id); /* as programs of Windows write it */
    if (!*own)
        return ts_fail_nomem(err);
    ts_file_info info;
    bool ok = ts_host_file_info(host, folder, &info, &why);
    if (ok &&
        (!info.exists && ts_ctx_package_is_assumed(c) ? ts_host_folder_make(host, *own, &why)
                                                      : copy_tree(host, folder, *own, 0, &why)))
        return true;
    free(*own);
    *own = NULL;
    ts_wrap(&why, "package '%s' cannot be put into '%s'", id, path);
    return ts_step_own(one, why, err);
}

/* Where the content goes, as far as it can be said before. */
static bool check_place(ts_ctx *c, ts_result *out)
{
    const char *kind = ts_ctx_text(c, "OSDDownloadDestinationLocationType");
    if (ts_str_ieq(kind, "Custom") && ts_str_blank(ts_ctx_text(c, "OSDDownloadDestinationPath")))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDDownloadDestinationPath is empty: it is the folder for the "
                              "location Custom");
    if (*kind && !ts_str_ieq(kind, "Custom") && !ts_str_ieq(kind, "TSCache") &&
        !ts_str_ieq(kind, "CCMCache"))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDDownloadDestinationLocationType '%s' is neither TSCache nor "
                              "CCMCache nor Custom",
                              kind);
    return true;
}

static bool fetch_one(ts_ctx *c, unsigned n, const char *id, ts_result *out, ts_err **err)
{
    ts_result one = {.code = 0};
    const char *folder = ts_step_package(c, id, &one, err);
    if (!folder && err && *err) {
        ts_result_done(&one);
        return false;
    }
    /* ConfigMgr docs: with the option set, the failure of a package is left at that. */
    bool forgiven = ts_ctx_bool(c, "OSDDownloadContinueDownloadOnError");
    char *own TS_CLEANUP(ts_free_ptr) = NULL;
    if (folder && !put(c, id, folder, &own, &one, err)) {
        ts_result_done(&one);
        return false;
    }
    folder = own ? own : one.failed ? NULL : folder;
    if (!folder)
        ts_ctx_log(c, TS_LEVEL_ERROR, "%s", one.text ? one.text : id);
    if (!folder && !forgiven)
        ts_result_fail(out, one.code, "%s", one.text ? one.text : id);
    ts_result_done(&one);
    return !folder || publish(c, n, folder, out, err);
}

static bool download_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *list = ts_ctx_text(c, "OSDDownloadDownloadPackages");
    const char *kind = ts_ctx_text(c, "OSDDownloadDestinationLocationType");
    unsigned n = 0;
    ts_ctx_package_keep(c); /* its folders stand in variables for later steps */
    check_place(c, out);
    if (out->failed)
        return true;
    if (ts_str_ieq(kind, "CCMCache"))
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "there is no cache of a client: the content goes to that of "
                   "the task sequence");
    while (*list && n < PACKAGES_MAX) {
        size_t len = strcspn(list, ", ");
        char *id TS_CLEANUP(ts_free_ptr) = ts_strndup(list, len);
        if (!id)
            return ts_fail_nomem(err);
        list += len + strspn(list + len, ", ");
        if (!*id)
            continue;
        if (!fetch_one(c, ++n, id, out, err))
            return false;
        if (out->failed)
            return true;
    }
    if (n == 0)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "no package is given");
    return true;
}

static bool download_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_UNUSED(err);
    if (ts_step_all_known(c))
        check_place(c, out);
    return true;
}

const ts_step_class ts_step_download_content = {
    .type = "SMS_TaskSequence_DownloadPackageContentAction",
    .title = "Download Package Content",
    .family = "content",
    .help = "Fetches packages and puts their folders into variables.",
    .programs = programs,
    .effects = TS_EFFECT(NET) | TS_EFFECT(FILE),
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .outputs = outputs,
    .run = download_run,
    .precheck = download_precheck,
};
