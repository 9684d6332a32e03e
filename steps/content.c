/* content.c - Download Package Content. */
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_TEXT("OSDDownloadDownloadPackages", "DownloadPackages",
               "Package ids, separated by commas."),
    TS_IN_INT("OSDPackageCount", "NumPackages", NULL, "Number of packages."),
    TS_IN_INT("OSDPackage", "PackageInfo", NULL, "Number of packages as the editor keeps it."),
    TS_IN_PACKAGE("OSDPackage#PackageId", "PackageInfo#PackageId", "Id of a package."),
    TS_IN_TEXT("OSDPackage#Name", "PackageInfo#Name", "Name of a package."),
    TS_IN_TEXT("OSDPackage#PkgType", "PackageInfo#PkgType", "Kind of package."),
    TS_IN_TEXT("OSDPackage#Size", "PackageInfo#Size", "Size as the editor keeps it."),
    TS_IN_ENUM("OSDDownloadDestinationLocationType", "DestinationLocationType", "TSCache",
               "TSCache CCMCache Custom", "Where the content goes."),
    TS_IN_PATH("OSDDownloadDestinationPath", "DestinationCustomPath",
               "Folder for Custom; the package id is added to it."),
    TS_IN("OSDDownloadDestinationVariable", "DestinationVariable", TS_STRING, TS_OUTPUT, NULL,
          "Base name: <base>01, <base>02 ... receive the folders, in the order of the packages."),
    TS_IN_BOOL("OSDDownloadContinueDownloadOnError", "ContinueDownloadOnError", "true",
               "Go on with the next package when one fails."),
    TS_IN_END,
};
static const char *const outputs[] = {"_SMSTSLastContentDownloadLocation", NULL};
static const char *const programs[] = {"osddownloadcontent", NULL};

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
};
