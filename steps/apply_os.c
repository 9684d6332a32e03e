/* apply_os.c - Apply Operating System Image and Apply Data Image. Inputs are those of ConfigMgr's
 * OSDApplyOS.exe: the package travels in the hidden property and in the command line. */
#include "apply_image.h"
#include "deploy_precheck.h"
#include "inputs.h"
#include "steps.h"

#define TS_IN_DESTINATION                                                                          \
    TS_IN_TEXT("DestinationVariable", NULL,                                                        \
               "Variable that holds the target: a drive letter, or 'disk,partition'."),            \
        TS_IN_TEXT("DestinationDriveLetter", "DestinationLogicalDrive",                            \
                   "Drive letter of the target volume."),                                          \
        TS_IN_INT("DestinationDisk", NULL, NULL, "Disk number of the target, from 0."),            \
        TS_IN_INT("DestinationPartition", NULL, NULL, "Partition number of the target, from 1."),  \
        TS_IN_BOOL(TS_VERIFY_VARIABLE, NULL, "false",                                              \
                   "taskseq's own: read back what was applied and compare it with the image "      \
                   "('taskseq run --verify').")

static const ts_input os_inputs[] = {
    TS_IN_IMAGE("ImagePackageID", NULL,
                "Operating system image package (hidden; also in the command line)."),
    TS_IN("OSDImageIndex", "ImageIndex", TS_STRING, 0, "1",
          "Index of the image in the WIM, from 1; an edition or a name works too."),
    TS_IN_IMAGE("InstallPackageID", NULL,
                "Operating system upgrade package to install from instead of an image."),
    TS_IN_INT("OSDInstallEditionIndex", "InstallEditionIndex", "0",
              "Edition index for a scripted setup (deprecated)."),
    TS_IN_PACKAGE("ConfigFilePackage", NULL, "Package that holds the answer file."),
    TS_IN_TEXT("OSDConfigFileName", "ConfigFileName", "Name of the answer file in its package."),
    TS_IN_UNHEEDED("RunFromNet", NULL, TS_BOOL, "false",
                   "Read the image from the distribution point instead of downloading it first."),
    TS_IN_UNHEEDED_ENUM("OSDLayeredDriver", "LayeredDriver", "0", "0 1 2 3 4 5 6",
                        "Keyboard layered driver for Japanese and Korean keyboards."),
    TS_IN_UNHEEDED("OSDPreserveDriveLetter", NULL, TS_BOOL, NULL,
                   "Keep the drive letter that the image was captured from (deprecated)."),
    TS_IN_DESTINATION,
    TS_IN_END,
};
static const char *const os_outputs[] = {"OSDTargetSystemDrive", "OSDTargetSystemRoot",
                                         "_TSTargetArchitecture", NULL};
static const char *const os_programs[] = {"osdapplyos", NULL};

const ts_step_class ts_step_apply_os = {
    .type = "SMS_TaskSequence_ApplyOperatingSystemAction",
    .title = "Apply Operating System Image",
    .family = "apply_os",
    .help = "Writes a Windows image to a formatted volume and makes it bootable.",
    .programs = os_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(FILE) |
               TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = os_inputs,
    .outputs = os_outputs,
    .run = ts_apply_os_run,
    .precheck = ts_apply_os_precheck,
};

static const ts_input data_inputs[] = {
    TS_IN_IMAGE("ImagePackageID", NULL, "Data image package (hidden; also in the command line)."),
    TS_IN_INT("OSDDataImageIndex", "ImageIndex", "1", "Index of the image in the WIM, from 1."),
    TS_IN_BOOL("OSDWipeDestinationPartition", "WipeDestinationPartition", "true",
               "Delete what is on the target volume first."),
    TS_IN_DESTINATION,
    TS_IN_END,
};

const ts_step_class ts_step_apply_data_image = {
    .type = "SMS_TaskSequence_ApplyDataImageAction",
    .title = "Apply Data Image",
    .family = "apply_os",
    .help = "Writes a data image to a volume.",
    .programs = os_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WIPE) | TS_EFFECT(FILE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = data_inputs,
    .run = ts_apply_data_run,
    .precheck = ts_apply_data_precheck,
};
