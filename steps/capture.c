/* capture.c - Prepare and Capture an image; MDT's ZTIBackup and LTISysprep. */
#include "capture_run.h"
#include "inputs.h"
#include "steps.h"

static const ts_input image_inputs[] = {
    TS_IN("OSDCaptureDestination", "CaptureDestination", TS_PATH, TS_REQUIRED, NULL,
          "Full path of the WIM file to write."),
    TS_IN_TEXT("OSDCaptureAccount", "CaptureUsername", "Account for the share (DOMAIN\\user)."),
    TS_IN_SECRET("OSDCaptureAccountPassword", "CapturePassword", "Password of that account."),
    TS_IN_UNHEEDED("OSDImageCreator", "ImageCreator", TS_STRING, NULL,
                   "Creator, kept in the image."),
    TS_IN_TEXT("OSDImageDescription", "ImageDescription", "Description, kept in the image."),
    TS_IN_TEXT("OSDImageVersion", "ImageVersion",
               "Version, kept in the image; 32 characters at most."),
    TS_IN_PATH("OSDTargetSystemRoot", NULL, "Windows folder to capture."),
    TS_IN_END,
};
static const char *const image_programs[] = {"osdcapturesystemimage", NULL};

const ts_step_class ts_step_capture_image = {
    .type = "SMS_TaskSequence_CaptureSystemImageAction",
    .title = "Capture Operating System Image",
    .family = "capture",
    .help = "Captures the prepared Windows into a WIM file.",
    .programs = image_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(FILE) | TS_EFFECT(NET) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = image_inputs,
    .run = ts_capture_image_run,
};

static const ts_input prepare_inputs[] = {
    TS_IN_BOOL("OSDBuildStorageDriverList", "BuildStorageDriverList", "false",
               "List mass storage drivers for sysprep (deprecated)."),
    TS_IN_BOOL("OSDKeepActivation", "KeepActivation", "false", "Keep the activation state."),
    TS_IN_BOOL("OSDShutdownPreparedOs", "ShutdownPreparedOs", "false",
               "Shut down instead of restarting."),
    TS_IN_END,
};
static const char *const prepare_programs[] = {"osdprepareos", NULL};
static const char *const prepare_outputs[] = {"OSDTargetSystemRoot", NULL};

const ts_step_class ts_step_prepare_os = {
    .type = "SMS_TaskSequence_PrepareOSAction",
    .title = "Prepare Windows for Capture",
    .family = "capture",
    .help = "Runs sysprep and restarts the machine to WinPE.",
    .programs = prepare_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(SETTINGS) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_STOP,
    .hands_over = TS_RESTART_PE,
    .inputs = prepare_inputs,
    .outputs = prepare_outputs,
    .cannot = "this build does not generalize a Windows: run sysprep.exe as a command line",
};

static const ts_input client_inputs[] = {
    TS_IN_BOOL("SMSTSUninstallCCMClient", NULL, "false",
               "Remove the client also where the sequence would keep it."),
    TS_IN_END,
};
static const char *const client_programs[] = {"osdpreparesmsclient", NULL};

const ts_step_class ts_step_prepare_client = {
    .type = "SMS_TaskSequence_PrepareSMSClientAction",
    .title = "Prepare ConfigMgr Client for Capture",
    .family = "capture",
    .help = "Removes the client, or what makes it this machine's, before a capture.",
    .programs = client_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(SOFTWARE) | TS_EFFECT(REGISTRY),
    .resume = TS_RESUME_AGAIN,
    .inputs = client_inputs,
    .cannot = "there is no ConfigMgr client to prepare: leave the step out",
};

static const ts_input tools_inputs[] = {
    TS_IN_PACKAGE("SysprepPackageID", NULL,
                  "Package with sysprep (hidden; also in the command line)."),
    TS_IN_END,
};

const ts_step_class ts_step_install_deploy_tools = {
    .type = "SMS_TaskSequence_InstallDeployToolsAction",
    .title = "Install Deployment Tools",
    .family = "capture",
    .help = "Puts sysprep on the machine (Windows before Vista only).",
    .programs = prepare_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = tools_inputs,
    .cannot = "the files are for Windows XP: leave the step out",
};

static const ts_input backup_inputs[] = {
    TS_IN_TEXT("ComputerBackupLocation", NULL, "AUTO, NETWORK, NONE, or a folder."),
    TS_IN_PATH("BackupShare", NULL, "Share for the image."),
    TS_IN_TEXT("BackupDir", NULL, "Folder on that share."),
    TS_IN_TEXT("BackupFile", NULL, "Name of the WIM file."),
    TS_IN_UNHEEDED("BackupDrive", NULL, TS_STRING, "ALL", "Drive to save, or ALL."),
    TS_IN_TEXT("DoCapture", NULL, "YES, PREPARE or SYSPREP: this run makes an image."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const backup_programs[] = {"ztibackup", NULL};

const ts_step_class ts_step_zti_backup = {
    .type = "ZTIBackup",
    .title = "Backup (MDT)",
    .family = "capture",
    .help = "Saves the machine, or the prepared Windows, into a WIM file.",
    .programs = backup_programs,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = backup_inputs,
    .run = ts_mdt_backup_run,
};

static const ts_input sysprep_inputs[] = {
    TS_IN_TEXT("DoCapture", NULL, "YES, PREPARE or SYSPREP: this run makes an image."),
    TS_IN_ENUM("SkipRearm", NULL, NULL, "YES NO", "Keep the activation state."),
    TS_IN_UNHEEDED("SysPrepDriverSelectionProfile", NULL, TS_STRING, NULL,
                   "Selection profile of the drivers that go into the image."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const sysprep_programs[] = {"ltisysprep", NULL};

const ts_step_class ts_step_lti_sysprep = {
    .type = "LTISysprep",
    .title = "Sysprep (MDT)",
    .family = "capture",
    .help = "Prepares the running Windows for a capture with sysprep.",
    .programs = sysprep_programs,
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(SETTINGS),
    .resume = TS_RESUME_STOP,
    .inputs = sysprep_inputs,
    .run = ts_mdt_sysprep_run,
};
