/* connect_folder.c - Connect To Network Folder. */
#include "deploy.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#include <ts/text.h>

static const ts_input inputs[] = {
    TS_IN("SMSConnectNetworkFolderPath", "Path", TS_PATH, TS_REQUIRED, NULL,
          "Share to connect to (\\\\server\\share)."),
    TS_IN_TEXT("SMSConnectNetworkFolderDriveLetter", "DriveLetter",
               "Drive letter, D: to Z: but not X:; may be empty."),
    TS_IN_TEXT("SMSConnectNetworkFolderAccount", "Username", "Account (DOMAIN\\user)."),
    TS_IN_SECRET("SMSConnectNetworkFolderPassword", "Password", "Password of that account."),
    TS_IN_END,
};
static const char *const programs[] = {"smsnetuse", NULL};

/* *letter 0: none is wanted. False: it is not possible. */
static bool read_drive(ts_ctx *c, char *letter, ts_result *out)
{
    const char *drive = ts_ctx_text(c, "SMSConnectNetworkFolderDriveLetter");
    *letter = ts_str_blank(drive) ? 0 : ts_step_letter(drive);
    /* ConfigMgr docs: D to Z, and X is the drive of Windows PE. */
    if (!ts_str_blank(drive) && (*letter < 'D' || *letter == 'X'))
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "drive '%s' is not possible: D: to Z:, but not X:", drive);
    return !out->failed;
}

static bool connect_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    char letter = 0;
    TS_UNUSED(err);
    if (!ts_step_is_unknown(c, "SMSConnectNetworkFolderDriveLetter"))
        (void)read_drive(c, &letter, out);
    return true;
}

static bool connect_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *path = ts_ctx_text(c, "SMSConnectNetworkFolderPath");
    char letter = 0;
    ts_err *why = NULL;
    if (!read_drive(c, &letter, out))
        return true;
    return ts_host_net_connect(ts_ctx_host(c), letter, path,
                               ts_ctx_text(c, "SMSConnectNetworkFolderAccount"),
                               ts_ctx_text(c, "SMSConnectNetworkFolderPassword"), &why) ||
           ts_step_own(out, why, err);
}

const ts_step_class ts_step_connect_folder = {
    .type = "SMS_TaskSequence_ConnectNetworkFolderAction",
    .title = "Connect To Network Folder",
    .family = "connect_folder",
    .help = "Connects a network share, with a drive letter when one is given.",
    .programs = programs,
    .effects = TS_EFFECT(NET) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .run = connect_run,
    .precheck = connect_precheck,
};
