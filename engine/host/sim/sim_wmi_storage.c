/* sim_wmi_storage.c - WMI classes about disks, from the simulated disks as they are now. Property
 * names and meanings: Microsoft's WMI class reference. */
#include <inttypes.h>
#include <string.h>

#include "sim.h"

#define CIMV2           "root\\cimv2"
#define MIB             (UINT64_C(1) << 20)
#define BOOT_DRIVE_SIZE (512u * MIB) /* the RAM disk of Windows PE */

static void disk_drive(sim_rows *r)
{
    static const char *const interfaces[] = {"IDE",  "SCSI", "USB", "SCSI",
                                             "SCSI", "SCSI", "IDE", "SCSI"};
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        sim_row_begin(r);
        sim_put_fmt(r, "DeviceID", "\\\\.\\PHYSICALDRIVE%zu", i);
        sim_put_fmt(r, "Name", "\\\\.\\PHYSICALDRIVE%zu", i);
        sim_put_uint(r, "Index", i);
        sim_put_text(r, "Model", d->model);
        sim_put_text(r, "Caption", d->model);
        sim_put_text(r, "SerialNumber", d->serial);
        sim_put_text(r, "InterfaceType", interfaces[d->bus]);
        sim_put_text(r, "MediaType",
                     d->removable        ? "Removable Media"
                     : d->bus == SIM_USB ? "External hard disk media"
                                         : "Fixed hard disk media");
        sim_put_uint(r, "Size", d->size);
        sim_put_uint(r, "BytesPerSector", (uint64_t)d->sector);
        sim_put_uint(r, "Partitions", d->n_partitions);
        sim_put_text(r, "Status", "OK");
        sim_put_null(r, "PNPDeviceID");
        sim_row_end(r);
    }
}

static const char *partition_type_name(const sim_disk *d, const sim_partition *p)
{
    if (d->style == SIM_GPT) {
        return p->type == SIM_EFI       ? "GPT: System"
               : p->type == SIM_PRIMARY ? "GPT: Basic Data"
                                        : "GPT: Unknown";
    }
    if (p->type == SIM_EXTENDED) {
        return "Extended w/Extended Int 13";
    }
    return ts_str_ihas_prefix(p->filesystem, "FAT") ? "Win95 w/Extended Int 13"
                                                    : "Installable File System";
}

/* Windows lists no MSR partition here, and numbers the ones it lists from 0. */
static void disk_partition(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        uint64_t offset = MIB;
        unsigned index = 0;
        for (size_t k = 0; k < d->n_partitions; k++) {
            const sim_partition *p = &d->partitions[k];
            if (p->type != SIM_MSR) {
                bool boot = d->style == SIM_GPT ? p->type == SIM_EFI : p->active;
                sim_row_begin(r);
                sim_put_fmt(r, "DeviceID", "Disk #%zu, Partition #%u", i, index);
                sim_put_fmt(r, "Name", "Disk #%zu, Partition #%u", i, index);
                sim_put_uint(r, "DiskIndex", i);
                sim_put_uint(r, "Index", index++);
                sim_put_text(r, "Type", partition_type_name(d, p));
                sim_put_uint(r, "Size", p->size);
                sim_put_uint(r, "StartingOffset", offset);
                sim_put_uint(r, "BlockSize", (uint64_t)d->sector);
                sim_put_uint(r, "NumberOfBlocks", p->size / (uint64_t)d->sector);
                sim_put_bool(r, "Bootable", boot);
                sim_put_bool(r, "BootPartition", boot);
                sim_put_bool(r, "PrimaryPartition", p->type != SIM_LOGICAL);
                sim_row_end(r);
            }
            offset += p->size;
        }
    }
}

typedef struct volume {
    char letter;
    uint64_t drive_type; /* 2 removable, 3 local, 4 network, 5 compact disc */
    const char *label, *filesystem, *provider;
    uint64_t size, free;
    bool locked;
} volume;

static void logical_row(sim_rows *r, const volume *v)
{
    static const char *const descriptions[] = {
        "", "", "Removable Disk", "Local Fixed Disk", "Network Connection", "CD-ROM Disc"};
    bool readable = !v->locked && v->filesystem && *v->filesystem;
    sim_row_begin(r);
    sim_put_fmt(r, "DeviceID", "%c:", v->letter);
    sim_put_fmt(r, "Name", "%c:", v->letter);
    sim_put_fmt(r, "Caption", "%c:", v->letter);
    sim_put_uint(r, "DriveType", v->drive_type);
    sim_put_text(r, "Description", descriptions[v->drive_type]);
    sim_put_text(r, "FileSystem", readable ? v->filesystem : NULL);
    sim_put_text(r, "VolumeName", readable ? v->label : NULL);
    sim_put_text(r, "ProviderName", v->provider);
    if (readable) {
        sim_put_uint(r, "Size", v->size);
        sim_put_uint(r, "FreeSpace", v->free);
    } else {
        sim_put_null(r, "Size");
        sim_put_null(r, "FreeSpace");
    }
    sim_put_null(r, "VolumeSerialNumber");
    if (v->drive_type == 3) {
        sim_put_uint(r, "MediaType", 12);
    } else {
        sim_put_null(r, "MediaType");
    }
    sim_row_end(r);
}

static volume volume_of(const sim_disk *d, const sim_partition *p)
{
    return (volume){.letter = p->letter,
                    .drive_type = d->removable ? 2 : 3,
                    .label = p->label,
                    .filesystem = p->filesystem,
                    .size = p->size,
                    .free = p->size - p->used,
                    .locked = p->bitlocker == SIM_BITLOCKER_LOCKED};
}

static volume boot_volume(void)
{
    return (volume){.letter = 'X',
                    .drive_type = 3,
                    .label = "Boot",
                    .filesystem = "NTFS",
                    .size = BOOT_DRIVE_SIZE,
                    .free = BOOT_DRIVE_SIZE / 2};
}

static void logical_disk(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        for (size_t k = 0; k < d->n_partitions; k++) {
            if (d->partitions[k].letter) {
                volume v = volume_of(d, &d->partitions[k]);
                logical_row(r, &v);
            }
        }
    }
    for (size_t i = 0; i < r->m->n_drives; i++) {
        static const uint64_t types[] = {2, 5, 4};
        const sim_drive *d = &r->m->drives[i];
        volume v = {.letter = d->letter,
                    .drive_type = types[d->kind],
                    .label = d->label,
                    .filesystem = d->filesystem,
                    .provider = d->provider,
                    .size = d->size,
                    .free = d->free};
        logical_row(r, &v);
    }
    if (r->m->phase == SIM_PE) {
        volume v = boot_volume();
        logical_row(r, &v);
    }
}

static void volume_row(sim_rows *r, uint32_t id, const volume *v, bool boot, bool system)
{
    bool readable = !v->locked && v->filesystem && *v->filesystem;
    sim_row_begin(r);
    sim_put_fmt(r, "DeviceID", "\\\\?\\Volume{00000000-0000-0000-0000-%012u}\\", id);
    if (v->letter) {
        sim_put_fmt(r, "DriveLetter", "%c:", v->letter);
        sim_put_fmt(r, "Name", "%c:\\", v->letter);
    } else {
        sim_put_null(r, "DriveLetter");
        sim_put_fmt(r, "Name", "\\\\?\\Volume{00000000-0000-0000-0000-%012u}\\", id);
    }
    sim_put_text(r, "Label", readable ? v->label : NULL);
    sim_put_text(r, "FileSystem", readable ? v->filesystem : NULL);
    sim_put_uint(r, "Capacity", v->size);
    sim_put_uint(r, "FreeSpace", readable ? v->free : 0);
    sim_put_uint(r, "BlockSize", 4096);
    sim_put_uint(r, "DriveType", v->drive_type);
    sim_put_bool(r, "BootVolume", boot);
    sim_put_bool(r, "SystemVolume", system);
    sim_row_end(r);
}

static void volumes(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        for (size_t k = 0; k < d->n_partitions; k++) {
            const sim_partition *p = &d->partitions[k];
            if (p->type == SIM_MSR || p->type == SIM_EXTENDED) {
                continue;
            }
            volume v = volume_of(d, p);
            bool boot = p->os && r->m->phase == SIM_FULL;
            volume_row(r, p->id, &v, boot, p->type == SIM_EFI || p->active);
        }
    }
    if (r->m->phase == SIM_PE) {
        volume v = boot_volume();
        volume_row(r, 0, &v, true, false);
    }
}

/* ProtectionStatus 0 off, 1 on, 2 unknown (locked); ConversionStatus 1: fully encrypted. */
static void encryptable_volume(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        for (size_t k = 0; k < d->n_partitions; k++) {
            const sim_partition *p = &d->partitions[k];
            bool can = p->type == SIM_PRIMARY || p->type == SIM_LOGICAL;
            if (!can || !p->letter || !*p->filesystem) {
                continue;
            }
            bool encrypted = p->bitlocker != SIM_BITLOCKER_OFF;
            sim_row_begin(r);
            sim_put_fmt(r, "DeviceID", "\\\\?\\Volume{00000000-0000-0000-0000-%012u}\\", p->id);
            sim_put_fmt(r, "DriveLetter", "%c:", p->letter);
            sim_put_uint(r, "ProtectionStatus",
                         p->bitlocker == SIM_BITLOCKER_ON       ? 1
                         : p->bitlocker == SIM_BITLOCKER_LOCKED ? 2
                                                                : 0);
            sim_put_uint(r, "ConversionStatus", encrypted);
            sim_put_uint(r, "EncryptionMethod", encrypted ? 7 : 0); /* XTS-AES 256 */
            sim_put_uint(r, "VolumeType", p->os ? 0 : 1);
            sim_put_bool(r, "IsVolumeInitializedForProtection", encrypted);
            sim_row_end(r);
        }
    }
}

/* Partition numbers as in disk_partition; paths as Windows writes them. */
static void logical_disk_to_partition(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_disks; i++) {
        const sim_disk *d = &r->m->disks[i];
        unsigned index = 0;
        for (size_t k = 0; k < d->n_partitions; k++) {
            const sim_partition *p = &d->partitions[k];
            if (p->letter) {
                sim_row_begin(r);
                sim_put_fmt(r, "Antecedent",
                            "\\\\%s\\root\\cimv2:Win32_DiskPartition.DeviceID=\"Disk #%zu, "
                            "Partition #%u\"",
                            r->m->host_name, i, index);
                sim_put_fmt(r, "Dependent",
                            "\\\\%s\\root\\cimv2:Win32_LogicalDisk.DeviceID=\"%c:\"",
                            r->m->host_name, p->letter);
                sim_row_end(r);
            }
            index += p->type != SIM_MSR;
        }
    }
}

const sim_derived sim_storage_classes[] = {
    {CIMV2, "Win32_DiskDrive", disk_drive},
    {CIMV2, "Win32_DiskPartition", disk_partition},
    {CIMV2, "Win32_LogicalDisk", logical_disk},
    {CIMV2, "Win32_LogicalDiskToPartition", logical_disk_to_partition},
    {CIMV2, "Win32_Volume", volumes},
    {"root\\cimv2\\Security\\MicrosoftVolumeEncryption", "Win32_EncryptableVolume",
     encryptable_volume},
    {NULL, NULL, NULL},
};
