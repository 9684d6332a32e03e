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

static bool connect_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *drive = ts_ctx_text(c, "SMSConnectNetworkFolderDriveLetter");
    const char *path = ts_ctx_text(c, "SMSConnectNetworkFolderPath");
    char letter = ts_str_blank(drive) ? 0 : ts_step_letter(drive);
    ts_err *why = NULL;
    /* ConfigMgr docs: D to Z, and X is the drive of Windows PE. */
    if (!ts_str_blank(drive) && (letter < 'D' || letter == 'X'))
        return ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                              "drive '%s' is not possible: D: to Z:, but not X:", drive);
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
};
