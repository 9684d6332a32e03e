/* user_state.c - Capture and Restore User State, state stores; MDT's ZTIUserState, ZTIGroups,
 * ZTIMoveStateStore and ZTIAppXmlGen. */
#include "inputs.h"
#include "mdt_optional.h"
#include "steps.h"

static const ts_input workbench_inputs[] = {TS_IN_WORKBENCH, TS_IN_END};

#define TS_IN_MIGRATE                                                                              \
    TS_IN_PATH("OSDStateStorePath", NULL, "Folder or share of the user state."),                   \
        TS_IN_ENUM("OSDMigrateMode", "Mode", "Simple", "Simple Advanced",                          \
                   "Simple: the standard files; Advanced: those of ConfigFiles."),                 \
        TS_IN_TEXT("OSDMigrateConfigFiles", "ConfigFiles",                                         \
                   "USMT configuration files, separated by commas."),                              \
        TS_IN_BOOL("OSDMigrateEnableVerboseLogging", "EnableVerboseLogging", "false",              \
                   "Verbose USMT log.")

static const ts_input capture_inputs[] = {
    TS_IN_PACKAGE("_OSDMigrateUsmtPackageID", "UsmtPackageID", "USMT package."),
    TS_IN_MIGRATE,
    TS_IN_BOOL("OSDMigrateContinueOnLockedFiles", "ContinueOnLockedFiles", "true",
               "Go on when files are in use."),
    TS_IN_BOOL("OSDMigrateSkipEncryptedFiles", "SkipEncryptedFiles", "false",
               "Leave out files encrypted with EFS."),
    TS_IN_ENUM("OSDMigrateFileAccess", "FileAccess", "Normal", "Normal VSS",
               "How files are read; VSS: from a shadow copy."),
    TS_IN_BOOL("_OSDMigrateOfflineUserState", "OfflineUserState", "false", "Capture from WinPE."),
    TS_IN_BOOL("_OSDMigrateUseHardlinks", "UseHardlinks", "false",
               "Keep the state on the disk with hard links."),
    TS_IN_TEXT("OSDMigrateAdditionalCaptureOptions", NULL, "More options for ScanState."),
    TS_IN_END,
};
static const char *const usmt_programs[] = {"osdmigrateuserstate", NULL};
static const char *const capture_outputs[] = {"_SMSTSUserStatePath", NULL};

const ts_step_class ts_step_capture_user_state = {
    .type = "SMS_TaskSequence_CaptureUserStateAction",
    .title = "Capture User State",
    .family = "user_state",
    .help = "Saves users' files and settings with USMT.",
    .programs = usmt_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(EXEC) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = capture_inputs,
    .outputs = capture_outputs,
    .cannot = "user state is not saved here: run scanstate and loadstate as command lines",
};

static const ts_input restore_inputs[] = {
    TS_IN_PACKAGE("_OSDMigrateUsmtRestorePackageID", "UsmtRestorePackageID", "USMT package."),
    TS_IN_MIGRATE,
    TS_IN_BOOL("OSDMigrateContinueOnRestore", "ContinueOnRestore", "true",
               "Go on when files cannot be restored."),
    TS_IN_BOOL("OSDMigrateLocalAccounts", "LocalAccounts", "false",
               "Restore local accounts as well."),
    TS_IN_SECRET("OSDMigrateLocalAccountPassword", "LocalAccountPassword",
                 "Password that restored local accounts get."),
    TS_IN_TEXT("OSDMigrateAdditionalRestoreOptions", NULL, "More options for LoadState."),
    TS_IN_END,
};

const ts_step_class ts_step_restore_user_state = {
    .type = "SMS_TaskSequence_RestoreUserStateAction",
    .title = "Restore User State",
    .family = "user_state",
    .help = "Brings users' files and settings back with USMT.",
    .programs = usmt_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(EXEC) | TS_EFFECT(ACCOUNT) | TS_EFFECT(NET) |
               TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = restore_inputs,
    .cannot = "user state is not saved here: run scanstate and loadstate as command lines",
};

static const ts_input store_inputs[] = {
    TS_IN_ENUM("OSDStateRequestType", "RequestType", "capture", "capture restore",
               "What the store is for (hidden; also in the command line)."),
    TS_IN_INT("OSDStateSMPRetryCount", "SMPRetryCount", NULL,
              "Tries to find a state migration point."),
    TS_IN_INT("OSDStateSMPRetryTime", "SMPRetryTime", NULL, "Seconds between these tries."),
    TS_IN_BOOL("OSDStateFallbackToNAA", "FallbackToNAA", "false",
               "Use the network access account when the computer's own fails."),
    TS_IN_END,
};
static const char *const store_programs[] = {"osdsmpclient", NULL};
static const char *const store_outputs[] = {"OSDStateStorePath", NULL};

const ts_step_class ts_step_request_state_store = {
    .type = "SMS_TaskSequence_RequestStateStoreAction",
    .title = "Request State Store",
    .family = "user_state",
    .help = "Asks a state migration point for a folder to save state in, or for the one with it.",
    .programs = store_programs,
    .effects = TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = store_inputs,
    .outputs = store_outputs,
    .cannot = "there is no state migration point to ask: name a share in OSDStateStorePath, and "
              "run scanstate or loadstate as command lines",
};

static const ts_input release_inputs[] = {
    TS_IN_PATH("OSDStateStorePath", NULL, "Folder that Request State Store gave."),
    TS_IN_END,
};

const ts_step_class ts_step_release_state_store = {
    .type = "SMS_TaskSequence_ReleaseStateStoreAction",
    .title = "Release State Store",
    .family = "user_state",
    .help = "Tells the state migration point that the folder is no longer used.",
    .programs = store_programs,
    .effects = TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = release_inputs,
    .cannot = "there is no state migration point to release: leave the step out",
};

static const ts_input zti_inputs[] = {
    TS_IN_TEXT("UserDataLocation", NULL, "AUTO, NETWORK, NONE, or a folder."),
    TS_IN_PATH("UDShare", NULL, "Share for the state."),
    TS_IN_TEXT("UDDir", NULL, "Folder on that share."),
    TS_IN_TEXT("UDProfiles", NULL, "Profiles to save, separated by commas."),
    TS_IN_PATH("StatePath", NULL, "Folder that holds the state."),
    TS_IN_TEXT("ScanStateArgs", NULL, "Options for ScanState."),
    TS_IN_TEXT("LoadStateArgs", NULL, "Options for LoadState."),
    TS_IN_TEXT("USMTMigFiles#", NULL, "USMT migration files (USMTMigFiles001 ...)."),
    TS_IN_TEXT("USMTConfigFile", NULL, "USMT configuration file."),
    TS_IN_BOOL("USMTOfflineMigration", NULL, "false", "Save the state from WinPE."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const zti_programs[] = {"ztiuserstate", NULL};
static const char *const zti_outputs[] = {"StatePath", "UserDataLocation", "USMTLocal",
                                          "OSDStateStorePath", NULL};

const ts_step_class ts_step_zti_user_state = {
    .type = "ZTIUserState",
    .title = "User State (MDT)",
    .family = "user_state",
    .help = "Estimates, saves or brings back users' files and settings with USMT.",
    .programs = zti_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(EXEC) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = zti_inputs,
    .outputs = zti_outputs,
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
};

static const ts_input group_inputs[] = {
    TS_IN_ENUM("CaptureGroups", NULL, "YES", "YES NO ALL", "Which local groups are saved."),
    TS_IN_TEXT("Groups#", NULL, "Local groups to save (Groups001 ...)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const group_programs[] = {"ztigroups", NULL};

const ts_step_class ts_step_zti_groups = {
    .type = "ZTIGroups",
    .title = "Capture or Restore Groups (MDT)",
    .family = "user_state",
    .help = "Saves the members of local groups, or brings them back.",
    .programs = group_programs,
    .effects = TS_EFFECT(ACCOUNT) | TS_EFFECT(FILE),
    .resume = TS_RESUME_AGAIN,
    .inputs = group_inputs,
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
};

static const char *const move_programs[] = {"ztimovestatestore", NULL};

const ts_step_class ts_step_zti_move_state_store = {
    .type = "ZTIMoveStateStore",
    .title = "Move State Store (MDT)",
    .family = "user_state",
    .help = "Moves saved state and backup to where they survive the end of the run.",
    .programs = move_programs,
    .effects = TS_EFFECT(FILE),
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .cannot = "user state is not saved here: run scanstate and loadstate as command lines",
};

static const char *const xml_programs[] = {"ztiappxmlgen", NULL};
static const char *const xml_outputs[] = {"USMTMigFiles#", NULL};

const ts_step_class ts_step_zti_app_xml_gen = {
    .type = "ZTIAppXmlGen",
    .title = "Generate Application Migration File (MDT)",
    .family = "user_state",
    .help = "Writes a USMT file for the programs' file types that are installed.",
    .programs = xml_programs,
    .effects = TS_EFFECT(FILE),
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .outputs = xml_outputs,
    .cannot = "user state is not saved here: run scanstate and loadstate as command lines",
};
