/* bitlocker.c - Enable, Disable and Pre-provision BitLocker, with MDT's ZTIBde and
 * ZTIDisableBDEProtectors. */
#include "bitlocker_run.h"
#include "inputs.h"
#include "steps.h"

static const ts_input workbench_inputs[] = {TS_IN_WORKBENCH, TS_IN_END};

#define TS_IN_ENCRYPTION                                                                           \
    TS_IN_BOOL("OSDBitLockerEncryptFullDisk", "EncryptFullDisk", "false",                          \
               "Encrypt the whole drive, not only the space in use."),                             \
        TS_IN_TEXT("OSDBitLockerEncryptMethod", "EncryptMethod",                                   \
                   "Number of the encryption method; 0: as Windows chooses.")

static const ts_input enable_inputs[] = {
    TS_IN_ENUM("OSDBitLockerMode", "Mode", "TPM", "TPM Key TPMAndKey TPMAndPIN TPMKEY TPMPIN",
               "What unlocks the drive (MDT spells TPMKEY, TPMPIN)."),
    TS_IN_TEXT("OSDBitLockerTargetDrive", "TargetDrive",
               "Drive to encrypt; empty: the one with Windows."),
    TS_IN_TEXT("OSDBitLockerStartupKeyDrive", "StartupKeyDrive",
               "Drive or folder for the startup key."),
    TS_IN_ENUM("OSDBitLockerCreateRecoveryPassword", "CreateRecoveryPassword", NULL, "AD None",
               "AD: make a recovery password and store it in Active Directory."),
    TS_IN_BOOL("OSDBitLockerWaitForEncryption", "WaitForEncryption", "false",
               "Wait until the drive is encrypted."),
    TS_IN_ENCRYPTION,
    TS_IN_BOOL("OSDBitLockerSkipWhenNoValidTPM", "SkipWhenNoValidTPM", "false",
               "Do nothing on a machine without a usable TPM."),
    TS_IN_SECRET("OSDBitLockerPIN", "PIN", "PIN for TPMAndPIN."),
    TS_IN_SECRET("OSDBitLockerRecoveryPassword", NULL,
                 "Recovery password to use instead of a new one: 8 groups of 6 digits."),
    TS_IN_UNHEEDED("OSDBitLockerStartupKey", NULL, TS_SECRET, NULL,
                   "Startup key to use instead of a new one, in base64."),
    TS_IN_UNHEEDED("OSDRecoveryKeyPollingFrequency", NULL, TS_INT, "300",
                   "Seconds between looks whether the key was escrowed, 15 at least."),
    TS_IN_UNHEEDED("OSDRecoveryKeyPollingTimeout", NULL, TS_INT, "1800",
                   "Seconds to wait for the escrow, 30 at least."),
    TS_IN_ENUM("BdeInstallSuppress", NULL, NULL, "YES NO", "MDT: YES leaves BitLocker off."),
    TS_IN_SECRET("BdePin", NULL, "MDT: PIN for TPMPIN."),
    TS_IN_TEXT("BdeRecoveryKey", NULL, "MDT: AD, or empty."),
    TS_IN_UNHEEDED("BdeKeyLocation", NULL, TS_PATH, NULL, "MDT: folder for key files."),
    TS_IN_UNHEEDED("TpmOwnerPassword", NULL, TS_SECRET, NULL, "MDT: password of the TPM owner."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const enable_programs[] = {"osdbitlocker", "ztibde", NULL};
static const char *const enable_outputs[] = {"IsBDE", NULL};

const ts_step_class ts_step_enable_bitlocker = {
    .type = "SMS_TaskSequence_EnableBitLockerAction",
    .title = "Enable BitLocker",
    .family = "bitlocker",
    .help = "Turns on BitLocker for a drive.",
    .programs = enable_programs,
    .phase = TS_PHASE_ANY,
    .effects = TS_EFFECT(BITLOCKER) | TS_EFFECT(NET) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = enable_inputs,
    .outputs = enable_outputs,
    .run = ts_enable_bitlocker_run,
    .precheck = ts_enable_bitlocker_precheck,
};

static const ts_input disable_inputs[] = {
    TS_IN_TEXT("OSDBitLockerTargetDrive", "TargetDrive", "Drive; empty: the one with Windows."),
    TS_IN_INT("OSDBitLockerRebootCount", "RebootCount", "1",
              "Restarts before the protection comes back, 1 to 15."),
    TS_IN_INT("OSDBitLockerRebootCountOverride", NULL, NULL,
              "Counts instead of RebootCount, 0 to 15; 0: until it is enabled again."),
    TS_IN_END,
};
static const char *const disable_programs[] = {"osdbitlocker", NULL};

const ts_step_class ts_step_disable_bitlocker = {
    .type = "SMS_TaskSequence_DisableBitLockerAction",
    .title = "Disable BitLocker",
    .family = "bitlocker",
    .help = "Suspends the BitLocker protectors of a drive for some restarts.",
    .programs = disable_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(BITLOCKER),
    .resume = TS_RESUME_AGAIN,
    .inputs = disable_inputs,
    .run = ts_disable_bitlocker_run,
};

static const ts_input offline_inputs[] = {
    TS_IN_TEXT("OSDBitLockerDestinationVariable", "DestinationVariable",
               "Variable that holds the drive to encrypt."),
    TS_IN_TEXT("OSDBitLockerDestinationDrive", "DestinationDrive", "Drive letter to encrypt."),
    TS_IN_INT("OSDBitLockerDestinationDisk", "DestinationDisk", NULL,
              "Disk number to encrypt on, from 0."),
    TS_IN_INT("OSDBitLockerDestinationPartition", "DestinationPartition", NULL,
              "Partition number to encrypt, from 1."),
    TS_IN_BOOL("OSDBitLockerSkipWhenTPMInvalid", "SkipWhenTPMInvalid", "true",
               "Do nothing on a machine without a usable TPM."),
    TS_IN_ENCRYPTION,
    TS_IN_END,
};
static const char *const offline_programs[] = {"osdofflinebitlocker", NULL};

const ts_step_class ts_step_offline_bitlocker = {
    .type = "SMS_TaskSequence_OfflineEnableBitLockerAction",
    .title = "Pre-provision BitLocker",
    .family = "bitlocker",
    .help = "Encrypts the space in use from WinPE; Enable BitLocker adds the protectors later.",
    .programs = offline_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(BITLOCKER),
    .resume = TS_RESUME_AGAIN,
    .inputs = offline_inputs,
    .run = ts_offline_bitlocker_run,
};

static const char *const protector_programs[] = {"ztidisablebdeprotectors", NULL};

const ts_step_class ts_step_zti_disable_bde_protectors = {
    .type = "ZTIDisableBDEProtectors",
    .title = "Disable BDE Protectors (MDT)",
    .family = "bitlocker",
    .help = "Suspends the BitLocker protectors so that the machine can start WinPE.",
    .programs = protector_programs,
    .effects = TS_EFFECT(BITLOCKER),
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .run = ts_bde_protectors_run,
};
