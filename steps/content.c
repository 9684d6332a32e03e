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
    if (ts_str_ieq(kind, "Custom"))
        return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                              "content goes to the cache of the task sequence only: choose 'Task "
                              "sequence working directory' (TSCache), and take the folder from the "
                              "variable of the step");
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
};
