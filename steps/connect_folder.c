/* connect_folder.c - Connect To Network Folder. */
#include "inputs.h"
#include "steps.h"

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

const ts_step_class ts_step_connect_folder = {
    .type = "SMS_TaskSequence_ConnectNetworkFolderAction",
    .title = "Connect To Network Folder",
    .family = "connect_folder",
    .help = "Connects a network share, with a drive letter when one is given.",
    .programs = programs,
    .effects = TS_EFFECT(NET) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
};
