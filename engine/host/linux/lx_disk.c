/* lx_disk.c - disks, partitions and volumes from /sys/block and udev's database. Disks are numbered
 * from 0 in the order of their names, of which the kernel keeps the natural one: nvme0n1, sda, sdb.
 * Linux has no drive letters: Win32_LogicalDisk has no rows, Win32_Volume no DriveLetter. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <ts/text.h>

#include "linux_wmi.h"

#define SECTOR 512 /* bytes; /sys counts in these whatever the disk does */

/* RAM disks, loops, logical volumes, optical drives and floppies are no disks to install on. */
static bool is_disk(ts_lx_rows *rows, const char *name)
{
    static const char *const others[] = {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"};
    for (size_t i = 0; i < TS_COUNT(others); i++) {
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return false;
    }
    int64_t sectors = 0;
    /* The boot partitions of eMMC are devices of their own: mmcblk0boot0. */
    return !strstr(name, "boot") && !strstr(name, "rpmb") &&
           ts_lx_read_int(rows, &sectors, "/sys/block/%s/size", name) && sectors > 0;
}

/* Calls fn for each disk in order. */
static void each_disk(ts_lx_rows *rows, void (*fn)(ts_lx_rows *, const char *, unsigned))
{
    unsigned index = 0;
    for (const char *const *n = ts_lx_list(rows, "/sys/block"); *n; n++) {
        if (is_disk(rows, *n))
            fn(rows, *n, index++);
    }
}

/* A partition is a folder of the disk's folder with its name in front: sda1, nvme0n1p2. Sorted by
 * number; 0 where there is none. */
static unsigned partition_number(ts_lx_rows *rows, const char *disk, const char *name)
{
    int64_t number = 0;
    if (strncmp(name, disk, strlen(disk)) != 0 ||
        !ts_lx_read_int(rows, &number, "/sys/block/%s/%s/partition", disk, name) || number < 1 ||
        number > 1024)
        return 0;
    return (unsigned)number;
}

static const char *const *names_in_disk(ts_lx_rows *rows, const char *disk)
{
    char path[300];
    snprintf(path, sizeof(path), "/sys/block/%.200s", disk);
    return ts_lx_list(rows, path);
}

/* A property that udev keeps of a block device: "ID_FS_TYPE". NULL without udev. */
static const char *udev(ts_lx_rows *rows, const char *device, const char *property)
{
    const char *number = ts_lx_read(rows, "/sys/class/block/%s/dev", device);
    const char *text = number ? ts_lx_read(rows, "/run/udev/data/b%s", number) : NULL;
    char key[64];
    snprintf(key, sizeof(key), "E:%s", property);
    return ts_lx_line(rows, text, key);
}

/* --- Disks --------------------------------------------------------------------------------- */

static const char *interface_of(ts_lx_rows *rows, const char *disk)
{
    const char *link = ts_lx_link(rows, "/sys/block/%s", disk);
    if (link && strstr(link, "/usb"))
        return "USB";
    if (link && strstr(link, "/ata"))
        return "IDE"; /* what Windows says of SATA */
    return "SCSI";    /* and of NVMe */
}

static const char *model_of(ts_lx_rows *rows, const char *disk)
{
    const char *model = ts_lx_read(rows, "/sys/block/%s/device/model", disk);
    if (model && *model)
        return model;
    const char *name = ts_lx_read(rows, "/sys/block/%s/device/name", disk); /* eMMC */
    return name && *name ? name : disk;
}

static const char *serial_of(ts_lx_rows *rows, const char *disk)
{
    const char *serial = ts_lx_read(rows, "/sys/block/%s/device/serial", disk);
    if (!serial || !*serial)
        serial = ts_lx_read(rows, "/sys/block/%s/serial", disk);
    if (!serial || !*serial)
        serial = udev(rows, disk, "ID_SERIAL_SHORT");
    return serial;
}

static void fill_size(ts_lx_rows *rows, const char *disk)
{
    int64_t sectors = 0;
    int64_t bytes = SECTOR;
    (void)ts_lx_read_int(rows, &sectors, "/sys/block/%s/size", disk);
    (void)ts_lx_read_int(rows, &bytes, "/sys/block/%s/queue/logical_block_size", disk);
    if (bytes < SECTOR)
        bytes = SECTOR;
    ts_lx_int(rows, "Size", sectors * SECTOR);
    ts_lx_int(rows, "BytesPerSector", bytes);
    ts_lx_int(rows, "TotalSectors", sectors * SECTOR / bytes);
}

static void fill_disk(ts_lx_rows *rows, const char *disk, unsigned index)
{
    ts_lx_add(rows);
    const char *model = model_of(rows, disk);
    const char *interface = interface_of(rows, disk);
    int64_t removable = 0;
    (void)ts_lx_read_int(rows, &removable, "/sys/block/%s/removable", disk);
    ts_lx_textf(rows, "DeviceID", "\\\\.\\PHYSICALDRIVE%u", index);
    ts_lx_textf(rows, "Name", "\\\\.\\PHYSICALDRIVE%u", index);
    ts_lx_int(rows, "Index", index);
    ts_lx_text(rows, "Model", model);
    ts_lx_text(rows, "Caption", model);
    ts_lx_text(rows, "Description", "Disk drive");
    ts_lx_text(rows, "Manufacturer", "(Standard disk drives)");
    ts_lx_text(rows, "SerialNumber", serial_of(rows, disk));
    const char *firmware = ts_lx_read(rows, "/sys/block/%s/device/firmware_rev", disk);
    ts_lx_text(rows, "FirmwareRevision",
               firmware ? firmware : ts_lx_read(rows, "/sys/block/%s/device/rev", disk));
    ts_lx_text(rows, "InterfaceType", interface);
    bool usb = strcmp(interface, "USB") == 0;
    ts_lx_text(rows, "MediaType",
               removable != 0 ? "Removable Media"
               : usb          ? "External hard disk media"
                              : "Fixed hard disk media");
    ts_lx_bool(rows, "MediaLoaded", true);
    fill_size(rows, disk);
    unsigned partitions = 0;
    for (const char *const *n = names_in_disk(rows, disk); *n; n++)
        partitions += partition_number(rows, disk, *n) != 0;
    ts_lx_int(rows, "Partitions", partitions);
    ts_lx_textf(rows, "PNPDeviceID", "/dev/%s", disk);
    ts_lx_text(rows, "Status", "OK");
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
}

void ts_lx_fill_disk(ts_lx_rows *rows)
{
    each_disk(rows, fill_disk);
}

/* --- Partitions ---------------------------------------------------------------------------- */

/* Win32_DiskPartition.Type, by GPT type or by MBR number as udev writes them. */
static const struct {
    const char *id;
    const char *type;
    bool boot;
} types[] = {
    {"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "GPT: System", true},
    {"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "GPT: Basic Data", false},
    {"0x7", "Installable File System", false},
    {"0xb", "Win95 w/Extended Int 13", false},
    {"0xc", "Win95 w/Extended Int 13", false},
    {"0x5", "Extended Partition", false},
    {"0xf", "Extended w/Extended Int 13", false},
};

static void fill_type(ts_lx_rows *rows, const char *name)
{
    const char *id = udev(rows, name, "ID_PART_ENTRY_TYPE");
    const char *scheme = udev(rows, name, "ID_PART_ENTRY_SCHEME");
    if (!id)
        return; /* no udev: not known */
    const char *flags = udev(rows, name, "ID_PART_ENTRY_FLAGS");
    bool boot = flags && strcmp(flags, "0x80") == 0;
    const char *type = scheme && strcmp(scheme, "gpt") == 0 ? "GPT: Unknown" : "Unknown";
    for (size_t i = 0; i < TS_COUNT(types); i++) {
        if (ts_str_ieq(types[i].id, id)) {
            type = types[i].type;
            boot = boot || types[i].boot;
        }
    }
    ts_lx_text(rows, "Type", type);
    ts_lx_bool(rows, "Bootable", boot);
    ts_lx_bool(rows, "BootPartition", boot);
}

static void fill_one_partition(ts_lx_rows *rows, const char *disk, unsigned disk_index,
                               const char *name, unsigned index)
{
    ts_lx_add(rows);
    ts_lx_textf(rows, "DeviceID", "Disk #%u, Partition #%u", disk_index, index);
    ts_lx_textf(rows, "Name", "Disk #%u, Partition #%u", disk_index, index);
    ts_lx_textf(rows, "Caption", "Disk #%u, Partition #%u", disk_index, index);
    ts_lx_int(rows, "DiskIndex", disk_index);
    ts_lx_int(rows, "Index", index);
    int64_t sectors = 0;
    int64_t start = 0;
    int64_t block = SECTOR;
    (void)ts_lx_read_int(rows, &sectors, "/sys/block/%s/%s/size", disk, name);
    (void)ts_lx_read_int(rows, &start, "/sys/block/%s/%s/start", disk, name);
    (void)ts_lx_read_int(rows, &block, "/sys/block/%s/queue/logical_block_size", disk);
    if (block < SECTOR)
        block = SECTOR;
    ts_lx_int(rows, "Size", sectors * SECTOR);
    ts_lx_int(rows, "StartingOffset", start * SECTOR);
    ts_lx_int(rows, "BlockSize", block);
    ts_lx_int(rows, "NumberOfBlocks", sectors * SECTOR / block);
    fill_type(rows, name);
    const char *scheme = udev(rows, name, "ID_PART_ENTRY_SCHEME");
    unsigned number = partition_number(rows, disk, name);
    if (scheme)
        ts_lx_bool(rows, "PrimaryPartition", strcmp(scheme, "gpt") == 0 || number <= 4);
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
}

/* Calls fn for each partition, by number; sysfs sorts sda10 before sda2. */
static void each_partition(ts_lx_rows *rows, const char *disk, unsigned disk_index,
                           void (*fn)(ts_lx_rows *, const char *, unsigned, const char *, unsigned))
{
    const char *const *names = names_in_disk(rows, disk);
    unsigned last = 0;
    for (unsigned index = 0;; index++) {
        const char *next = NULL;
        unsigned next_number = 0;
        for (const char *const *n = names; *n; n++) {
            unsigned number = partition_number(rows, disk, *n);
            if (number > last && (next_number == 0 || number < next_number)) {
                next = *n;
                next_number = number;
            }
        }
        if (!next)
            return;
        fn(rows, disk, disk_index, next, index);
        last = next_number;
    }
}

static void fill_partitions(ts_lx_rows *rows, const char *disk, unsigned index)
{
    each_partition(rows, disk, index, fill_one_partition);
}

void ts_lx_fill_partition(ts_lx_rows *rows)
{
    each_disk(rows, fill_partitions);
}

/* --- Volumes ------------------------------------------------------------------------------- */

/* Where "/dev/NAME" is mounted, from /proc/mounts; NULL: nowhere. */
static const char *mount_point(ts_lx_rows *rows, const char *name)
{
    const char *mounts = ts_lx_read(rows, "/proc/mounts");
    char device[300];
    int len = snprintf(device, sizeof(device), "/dev/%.200s ", name);
    while (mounts && *mounts) {
        if (len > 0 && strncmp(mounts, device, (size_t)len) == 0) {
            const char *path = mounts + len;
            return ts_lx_keep(rows, path, strcspn(path, " \n"));
        }
        mounts += strcspn(mounts, "\n");
        mounts += *mounts == '\n';
    }
    return NULL;
}

/* File systems as Windows names them. */
static const char *file_system_name(const char *type)
{
    static const char *const map[][2] = {
        {"ntfs", "NTFS"}, {"vfat", "FAT32"}, {"exfat", "exFAT"}, {"BitLocker", NULL}};
    for (size_t i = 0; i < TS_COUNT(map); i++) {
        if (strcmp(type, map[i][0]) == 0)
            return map[i][1];
    }
    return type;
}

static void fill_one_volume(ts_lx_rows *rows, const char *disk, unsigned disk_index,
                            const char *name, unsigned index)
{
    TS_UNUSED(disk_index);
    TS_UNUSED(index);
    const char *type = udev(rows, name, "ID_FS_TYPE");
    const char *mount = mount_point(rows, name);
    if (!type && !mount)
        return;
    ts_lx_add(rows);
    ts_lx_textf(rows, "DeviceID", "/dev/%s", name);
    ts_lx_text(rows, "Name", mount);
    ts_lx_text(rows, "Caption", mount);
    int64_t removable = 0;
    (void)ts_lx_read_int(rows, &removable, "/sys/block/%s/removable", disk);
    ts_lx_int(rows, "DriveType", removable != 0 ? 2 : 3);
    ts_lx_text(rows, "FileSystem", type ? file_system_name(type) : NULL);
    ts_lx_text(rows, "Label", udev(rows, name, "ID_FS_LABEL"));
    int64_t sectors = 0;
    (void)ts_lx_read_int(rows, &sectors, "/sys/block/%s/%s/size", disk, name);
    ts_lx_int(rows, "Capacity", sectors * SECTOR);
    struct statvfs st;
    if (mount && *rows->sysroot == '\0' && statvfs(mount, &st) == 0) {
        ts_lx_int(rows, "FreeSpace", (int64_t)(st.f_bavail * st.f_frsize));
        ts_lx_int(rows, "BlockSize", (int64_t)st.f_bsize);
    }
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
}

static void fill_volumes(ts_lx_rows *rows, const char *disk, unsigned index)
{
    each_partition(rows, disk, index, fill_one_volume);
}

void ts_lx_fill_volume(ts_lx_rows *rows)
{
    each_disk(rows, fill_volumes);
}

void ts_lx_fill_logical_disk(ts_lx_rows *rows)
{
    TS_UNUSED(rows);
}

/* Which volume is on which partition. Where Windows names a logical disk, a volume stands here. */
static void fill_one_link(ts_lx_rows *rows, const char *disk, unsigned disk_index, const char *name,
                          unsigned index)
{
    TS_UNUSED(disk);
    if (!udev(rows, name, "ID_FS_TYPE") && !mount_point(rows, name))
        return;
    ts_lx_add(rows);
    ts_lx_textf(rows, "Antecedent", "Win32_DiskPartition.DeviceID=\"Disk #%u, Partition #%u\"",
                disk_index, index);
    ts_lx_textf(rows, "Dependent", "Win32_Volume.DeviceID=\"/dev/%s\"", name);
}

static void fill_links(ts_lx_rows *rows, const char *disk, unsigned index)
{
    each_partition(rows, disk, index, fill_one_link);
}

void ts_lx_fill_disk_link(ts_lx_rows *rows)
{
    each_disk(rows, fill_links);
}
