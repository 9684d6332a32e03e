/* deploy_wmi.c - the WMI classes of disks when image files stand for them: they describe the files,
 * not the disks of the machine that works on them. Letters are those that the volumes have here, as
 * Windows PE would give them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_ops.h"
#include "deploy_private.h"
#include "deploy_wmi.h"

static const char *file_system_name(ts_filesystem filesystem)
{
    static const char *const names[] = {NULL, "NTFS", "FAT32", NULL};
    return (size_t)filesystem < TS_COUNT(names) ? names[filesystem] : NULL;
}

static void fill_disk(ts_lx_rows *rows, const ts_disk_info *disk)
{
    ts_lx_add(rows);
    ts_lx_textf(rows, "DeviceID", "\\\\.\\PHYSICALDRIVE%" PRIu32, disk->index);
    ts_lx_textf(rows, "Name", "\\\\.\\PHYSICALDRIVE%" PRIu32, disk->index);
    ts_lx_int(rows, "Index", disk->index);
    ts_lx_text(rows, "Model", disk->model);
    ts_lx_text(rows, "Caption", disk->model);
    ts_lx_text(rows, "Description", "Disk drive");
    ts_lx_text(rows, "Manufacturer", "(Standard disk drives)");
    ts_lx_text(rows, "InterfaceType", "SCSI");
    ts_lx_text(rows, "MediaType", "Fixed hard disk media");
    ts_lx_bool(rows, "MediaLoaded", true);
    ts_lx_int(rows, "Size", (int64_t)disk->bytes);
    ts_lx_int(rows, "BytesPerSector", disk->sector);
    ts_lx_int(rows, "TotalSectors", (int64_t)(disk->bytes / disk->sector));
    ts_lx_int(rows, "Partitions", disk->n_partitions);
    ts_lx_text(rows, "Status", "OK");
}

/* What Windows writes into Win32_DiskPartition.Type. */
static const char *type_of(const ts_disk_info *disk, const ts_volume_info *v)
{
    bool gpt = disk->style == TS_DISK_GPT;
    if (gpt && v->kind == TS_PARTITION_EFI)
        return "GPT: System";
    if (gpt)
        return v->kind == TS_PARTITION_PRIMARY || v->kind == TS_PARTITION_HIDDEN ? "GPT: Basic Data"
                                                                                 : "GPT: Unknown";
    if (v->kind == TS_PARTITION_EXTENDED)
        return "Extended w/Extended Int 13";
    return v->filesystem == TS_FS_FAT32 ? "Win95 w/Extended Int 13" : "Installable File System";
}

static void fill_partition(ts_lx_rows *rows, const ts_disk_info *disk, const ts_volume_info *v)
{
    unsigned index = v->partition - 1;
    bool boot = v->is_active || v->kind == TS_PARTITION_EFI;
    ts_lx_add(rows);
    ts_lx_textf(rows, "DeviceID", "Disk #%" PRIu32 ", Partition #%u", disk->index, index);
    ts_lx_textf(rows, "Name", "Disk #%" PRIu32 ", Partition #%u", disk->index, index);
    ts_lx_textf(rows, "Caption", "Disk #%" PRIu32 ", Partition #%u", disk->index, index);
    ts_lx_int(rows, "DiskIndex", disk->index);
    ts_lx_int(rows, "Index", index);
    ts_lx_int(rows, "Size", (int64_t)v->bytes);
    ts_lx_int(rows, "StartingOffset", (int64_t)v->offset);
    ts_lx_int(rows, "BlockSize", disk->sector);
    ts_lx_int(rows, "NumberOfBlocks", (int64_t)(v->bytes / disk->sector));
    ts_lx_text(rows, "Type", type_of(disk, v));
    ts_lx_bool(rows, "Bootable", boot);
    ts_lx_bool(rows, "BootPartition", boot);
    ts_lx_bool(rows, "PrimaryPartition",
               v->kind != TS_PARTITION_LOGICAL && v->kind != TS_PARTITION_EXTENDED);
}

static void fill_volume(ts_lx_rows *rows, const ts_disk_info *disk, const ts_volume_info *v)
{
    const char letter[] = {v->letter, ':', '\0'};
    if (!file_system_name(v->filesystem))
        return;
    ts_lx_add(rows);
    if (v->letter)
        ts_lx_text(rows, "DriveLetter", letter);
    ts_lx_textf(rows, "DeviceID", "disk%" PRIu32 "partition%" PRIu32, disk->index, v->partition);
    ts_lx_int(rows, "DriveType", 3);
    ts_lx_text(rows, "FileSystem", file_system_name(v->filesystem));
    ts_lx_text(rows, "Label", v->label);
    ts_lx_int(rows, "Capacity", (int64_t)v->bytes);
    ts_lx_int(rows, "FreeSpace", (int64_t)v->free);
    ts_lx_bool(rows, "SystemVolume", v->is_active || v->kind == TS_PARTITION_EFI);
}

static void fill_logical_disk(ts_lx_rows *rows, const ts_disk_info *disk, const ts_volume_info *v)
{
    const char letter[] = {v->letter, ':', '\0'};
    TS_UNUSED(disk);
    if (!v->letter)
        return;
    ts_lx_add(rows);
    ts_lx_text(rows, "DeviceID", letter);
    ts_lx_text(rows, "Name", letter);
    ts_lx_text(rows, "Caption", letter);
    ts_lx_text(rows, "Description", "Local Fixed Disk");
    ts_lx_int(rows, "DriveType", 3);
    ts_lx_text(rows, "FileSystem", file_system_name(v->filesystem));
    ts_lx_text(rows, "VolumeName", v->label);
    ts_lx_int(rows, "Size", (int64_t)v->bytes);
    ts_lx_int(rows, "FreeSpace", (int64_t)v->free);
}

static void fill_link(ts_lx_rows *rows, const ts_disk_info *disk, const ts_volume_info *v)
{
    if (!v->letter && !file_system_name(v->filesystem))
        return;
    ts_lx_add(rows);
    ts_lx_textf(rows, "Antecedent",
                "Win32_DiskPartition.DeviceID=\"Disk #%" PRIu32 ", Partition #%u\"", disk->index,
                v->partition - 1);
    if (v->letter)
        ts_lx_textf(rows, "Dependent", "Win32_LogicalDisk.DeviceID=\"%c:\"", v->letter);
    else
        ts_lx_textf(rows, "Dependent",
                    "Win32_Volume.DeviceID=\"disk%" PRIu32 "partition%" PRIu32 "\"", disk->index,
                    v->partition);
}

/* One row for a disk, or one for each of its partitions. */
static const struct {
    const char *name;
    void (*disk)(ts_lx_rows *rows, const ts_disk_info *disk);
    void (*part)(ts_lx_rows *rows, const ts_disk_info *disk, const ts_volume_info *v);
} classes[] = {
    {"Win32_DiskDrive", fill_disk, NULL},
    {"Win32_DiskPartition", NULL, fill_partition},
    {"Win32_Volume", NULL, fill_volume},
    {"Win32_LogicalDisk", NULL, fill_logical_disk},
    {"Win32_LogicalDiskToPartition", NULL, fill_link},
};

typedef struct work {
    ts_linux *machine;
    size_t class_at;
    ts_err *error;
} work;

static void fill_parts(ts_lx_rows *rows, work *w, const ts_disk_info *disk)
{
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    if (!ts_linux_volumes(w->machine, disk->index, &volumes, &n, &w->error))
        return;
    for (size_t i = 0; i < n; i++)
        classes[w->class_at].part(rows, disk, &volumes[i]);
    free(volumes);
}

static void fill(ts_lx_rows *rows)
{
    work *w = rows->ctx;
    ts_disk_info *disks = NULL;
    size_t n = 0;
    if (!ts_linux_disks(w->machine, &disks, &n, &w->error))
        return;
    for (size_t i = 0; i < n && !w->error; i++) {
        if (classes[w->class_at].disk)
            classes[w->class_at].disk(rows, &disks[i]);
        else
            fill_parts(rows, w, &disks[i]);
    }
    free(disks);
}

bool ts_lx_is_disk_class(const ts_lx_class *class_of)
{
    for (size_t i = 0; i < TS_COUNT(classes); i++) {
        if (strcmp(class_of->name, classes[i].name) == 0)
            return true;
    }
    return false;
}

bool ts_lx_image_rows(ts_linux *machine, const ts_lx_class *class_of, ts_wmi_rows *out,
                      ts_err **err)
{
    work w = {.machine = machine};
    while (strcmp(class_of->name, classes[w.class_at].name) != 0)
        w.class_at++;
    ts_wmi_rows rows = {0};
    bool ok = ts_lx_class_fill_by(class_of, fill, &w, machine->sysroot, &rows, err);
    if (ok && w.error) {
        ts_wmi_rows_done(&rows);
        ok = ts_fail(err, ts_err_code(w.error), "%s", ts_err_text(w.error));
    }
    ts_err_free(w.error);
    if (ok)
        *out = rows;
    return ok;
}
