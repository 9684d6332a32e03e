/* run_task_sequence.c - Run Task Sequence: a child in the same environment. */
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_TEXT("OSDSubTasksequencePackageID", "TsPackageID", "Package id of the child sequence."),
    TS_IN_TEXT("OSDSubTasksequenceTsName", "TsName", "Its name for people, kept by the editor."),
    TS_IN_TEXT("OSDSubTasksequenceTsReferencePackages", "TsReferencePackages",
               "Packages of the child, kept by the editor."),
    TS_IN_TEXT("OSDSubTasksequenceTsReferenceApplications", "TsReferenceApplications",
               "Applications of the child, kept by the editor."),
    TS_IN_TEXT("OSDSubTasksequenceTsReferenceSoftwareUpdates", "TsReferenceSoftwareUpdates",
               "Updates of the child, kept by the editor."),
    TS_IN_TEXT("SubTaskSequenceID", NULL, "MDT: id of the child in the deployment share."),
    TS_IN_TEXT("SubTaskSequenceGUID", NULL, "MDT: its GUID, kept by the Workbench."),
    TS_IN_END,
};
static const char *const programs[] = {"subtasksequence", NULL};

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *package = ts_ctx_text(c, "OSDSubTasksequencePackageID");
    const char *mdt = ts_ctx_text(c, "SubTaskSequenceID");
    if (*package)
        return ts_ctx_child(c, package, out, err);
    if (*mdt)
        return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                              "child '%s' is in an MDT deployment share, which this build does not "
                              "read: put its steps into the sequence",
                              mdt);
    return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "the step does not name a child sequence");
}

const ts_step_class ts_step_run_task_sequence = {
    .type = "SMS_TaskSequence_SubTasksequence",
    .title = "Run Task Sequence",
    .family = "run_task_sequence",
    .help = "Runs another task sequence in the same environment.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .run = run,
};
