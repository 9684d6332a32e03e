/* partition_disk.c - Format and Partition Disk (also MDT's ZTIDiskpart), Convert Disk to Dynamic,
 * and MDT's Create Virtual Hard Disk. */
#include "inputs.h"
#include "partition_plan.h"
#include "steps.h"

static const ts_input disk_inputs[] = {
    TS_IN_INT("OSDDiskIndex", "DiskIndex", NULL,
              "Number of the disk, from 0. MDT's form without one: disk 0."),
    TS_IN_TEXT("OSDDiskIndexVariable", "DiskIndexVariable",
               "Variable that holds the disk number; counts for this step only."),
    TS_IN_TEXT("TSDiskModel", NULL,
               "taskseq's own: the disk is wiped only when its model is like this (* and ?)."),
    TS_IN_INT("TSDiskSizeMin", NULL, NULL,
              "taskseq's own: the disk is wiped only when it has so many GB at least."),
    TS_IN_INT("TSDiskSizeMax", NULL, NULL,
              "taskseq's own: the disk is wiped only when it has so many GB at most."),
    TS_IN_ENUM("OSDPartitionStyle", "PartitionStyle", NULL, "GPT MBR", "Partition table to write."),
    TS_IN_ENUM("OSDDiskType", "DiskType", "BASIC", "BASIC DYNAMIC", "Disk type (deprecated)."),
    TS_IN_BOOL("OSDGPTBootDisk", "GPTBootDisk", "false",
               "Make this GPT disk bootable with an EFI system partition."),
    TS_IN_UNHEEDED("OSDDiskpartBiosCompatibilityMode", "DiskpartBiosCompatibilityMode", TS_BOOL,
                   "false", "Leave out sector alignment for old firmware (deprecated)."),
    TS_IN_INT("OSDPartitions", "Partitions", NULL, "Number of partitions that follow."),
    TS_IN_ENUM("OSDPartitions#Type", "Partitions#Type", NULL,
               "Primary Extended Logical Hidden EFI MSR Recovery", "Kind of partition."),
    TS_IN_ENUM("OSDPartitions#FileSystem", "Partitions#FileSystem", NULL, "NTFS FAT32 NONE",
               "File system; without one the partition is not formatted."),
    TS_IN_BOOL("OSDPartitions#Bootable", "Partitions#Bootable", "false",
               "Mark it active (MBR) or as the boot partition (GPT)."),
    TS_IN_BOOL("OSDPartitions#QuickFormat", "Partitions#QuickFormat", "true", "Quick format."),
    TS_IN_TEXT("OSDPartitions#VolumeName", "Partitions#VolumeName", "Volume label."),
    TS_IN_INT("OSDPartitions#Size", "Partitions#Size", NULL,
              "Size in SizeUnits; without one: all the space that is left."),
    TS_IN_ENUM("OSDPartitions#SizeUnits", "Partitions#SizeUnits", "MB", "MB GB TB Percent %",
               "Unit of Size; percent is of the space that is left."),
    TS_IN_BOOL("OSDPartitions#AssignVolumeLetter", "Partitions#AssignVolumeLetter", "true",
               "Give the volume a drive letter."),
    TS_IN("OSDPartitions#VolumeLetterVariable", "Partitions#VolumeLetterVariable", TS_STRING,
          TS_OUTPUT, NULL, "Variable that receives the drive letter ('C:')."),
    TS_IN_ENUM("DONotCreateExtraPartition", NULL, NULL, "YES NO",
               "MDT: do not add the boot partition that it would otherwise create."),
    TS_IN_TEXT("OSDDiskPartitions#Type", NULL,
               "MDT: kind of an extra partition, written by the Workbench."),
    TS_IN_UNHEEDED("OSDDiskPartDoNotRemoveOEMPartitions", NULL, TS_STRING, NULL,
                   "PSD: keep partitions of the manufacturer."),
    TS_IN_ENUM("DoNotFormatAndPartition", NULL, NULL, "YES NO",
               "MDT: leave the disk as it is and only find the volume for Windows."),
    TS_IN_INT("BdeDriveSize", NULL, "499", "MDT: size of the boot partition in MB."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const disk_outputs[] = {"IsBDE", NULL};
static const char *const disk_programs[] = {"ztidiskpart", "osddiskpart", NULL};

const ts_step_class ts_step_partition_disk = {
    .type = "SMS_TaskSequence_PartitionDiskAction",
    .title = "Format and Partition Disk",
    .family = "partition_disk",
    .help = "Erases a disk and writes a new partition layout.",
    .programs = disk_programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE),
    .resume = TS_RESUME_AGAIN,
    .inputs = disk_inputs,
    .outputs = disk_outputs,
    .run = ts_partition_disk_run,
    .precheck = ts_partition_disk_precheck,
};

static const ts_input convert_inputs[] = {
    TS_IN("OSDConvertDiskIndex", "DiskIndex", TS_INT, TS_REQUIRED, NULL,
          "Number of the disk to convert, from 0."),
    TS_IN_END,
};
static const char *const convert_programs[] = {"osddiskpart", NULL};

const ts_step_class ts_step_convert_disk = {
    .type = "SMS_TaskSequence_ConvertDiskAction",
    .title = "Convert Disk to Dynamic",
    .family = "partition_disk",
    .help = "Converts a basic disk to a dynamic one (deprecated).",
    .programs = convert_programs,
    .effects = TS_EFFECT(DISK_WRITE),
    .resume = TS_RESUME_AGAIN,
    .inputs = convert_inputs,
    .run = ts_convert_disk_run,
    .precheck = ts_convert_disk_precheck,
};

static const ts_input vhd_inputs[] = {
    TS_IN_TEXT("VHDInputVariable", NULL,
               "Variable that holds the drive on which the file is made."),
    TS_IN("VHDOutputVariable", NULL, TS_STRING, TS_OUTPUT, NULL,
          "Variable that receives the disk number of the new virtual disk."),
    TS_IN_TEXT("VHDCreateFileName", NULL, "Name of the file; RANDOM or empty: a new name."),
    TS_IN_TEXT("VHDCreateDiffVHD", NULL, "Name of a differencing disk to make beside it."),
    TS_IN_INT("VHDCreateSizePercent", NULL, NULL, "Largest size in percent of the free space."),
    TS_IN_INT("VHDCreateSizeMax", NULL, NULL, "Largest size in MB."),
    TS_IN_TEXT("VHDCreateType", NULL, "Kind of file: EXPANDABLE (Dynamic) or FIXED."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const vhd_programs[] = {"ztivhdcreate", NULL};

const ts_step_class ts_step_virtual_hard_disk = {
    .type = "SMS_TaskSequence_VirtualHardDiskAction",
    .title = "Create Virtual Hard Disk (MDT)",
    .family = "partition_disk",
    .help = "Creates a VHD file and attaches it as a disk.",
    .programs = vhd_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(DISK_WRITE),
    .resume = TS_RESUME_STOP,
    .inputs = vhd_inputs,
    .cannot =
        "this build makes no virtual disks: attach one before, with diskpart as a command line",
};
