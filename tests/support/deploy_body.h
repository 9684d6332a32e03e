/* deploy_body.h - bodies of sequences that deploy Windows, for tests of the steps. */
#ifndef TS_TESTS_DEPLOY_BODY_H
#define TS_TESTS_DEPLOY_BODY_H

#define V(name, value) "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define STEP_WITH(attributes, type, action, settings)                                              \
    "<step type=\"SMS_TaskSequence_" type "\" name=\"S\" successCodeList=\"0\"" attributes         \
    "><action>" action "</action><defaultVarList>" settings "</defaultVarList></step>"
#define STEP(type, action, settings) STEP_WITH("", type, action, settings)
/* The formatter does not come to rest on these. */
/* clang-format off */
#define ANY_DISK(settings) STEP("PartitionDiskAction", "osddiskpart.exe", settings)
#define DISK(settings)     ANY_DISK(V("OSDDiskIndex", "0") settings)
#define EFI                                                                                        \
    V("OSDPartitionStyle", "gpt")                                                                  \
    V("OSDGPTBootDisk", "true")                                                                    \
    V("OSDPartitions0Type", "efi")                                                                 \
    V("OSDPartitions0Size", "260")                                                                 \
    V("OSDPartitions0SizeUnits", "mb") V("OSDPartitions1Type", "MSR")                              \
        V("OSDPartitions1Size", "16")
#define UEFI_LAYOUT                                                                                \
    V("OSDPartitions", "4")                                                                        \
    EFI V("OSDPartitions2Type", "Primary") V("OSDPartitions2FileSystem", "ntfs")                   \
        V("OSDPartitions2Size", "90") V("OSDPartitions2SizeUnits", "PERCENT")                      \
            V("OSDPartitions2VolumeLetterVariable", "OSDisk") V("OSDPartitions3Type", "RECOVERY")  \
                V("OSDPartitions3FileSystem", "NTFS")
#define BIOS_LAYOUT                                                                                \
    V("OSDPartitionStyle", "MBR")                                                                  \
    V("OSDPartitions0Type", "Primary")                                                             \
    V("OSDPartitions0FileSystem", "NTFS") V("OSDPartitions0Bootable", "true")
#define APPLY_WITH(settings)                                                                       \
    STEP("ApplyOperatingSystemAction", "OSDApplyOS.exe",                                           \
         V("ImagePackageID", "TSQ00001") V("OSDImageIndex", "1")                                   \
             V("DestinationVariable", "OSDisk") settings)
#define APPLY APPLY_WITH("")
#define SETTINGS_OF(name, more)                                                                    \
    STEP("ApplyWindowsSettingsAction", "osdwinsettings.exe /config",                               \
         V("OSDComputerName", name) more)
#define SETTINGS(more) SETTINGS_OF("PC-7", more)
#define NETWORK(settings)                                                                          \
    STEP("ApplyNetworkSettingsAction", "osdnetsettings.exe configure", settings)
#define SETUP               STEP("SetupWindowsAndSMSAction", "OSDSetupWindows.exe", "")
#define BITLOCKER(settings) STEP("EnableBitLockerAction", "OSDBitLocker.exe /enable", settings)
#define APPS(settings)      STEP("InstallApplicationAction", "smsappinstall.exe", settings)
/* clang-format on */

#define WITH_IMAGES(images)                                                                        \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"images\": [" images "], " DRY_HARDWARE "}"
#define BIOS_PE "{\"name\": \"m\", \"firmware\": \"bios\", " DRY_HARDWARE "}"

#endif
