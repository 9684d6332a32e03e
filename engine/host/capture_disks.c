/* capture_disks.c - the disks of a machine profile. */
#include <string.h>

#include <ts/sim.h>
#include <ts/text.h>

#include "capture_private.h"

#define MIB (INT64_C(1024) * 1024)

static const ts_wmi_row *find(const ts_wmi_rows *rows, const char *property, const char *text)
{
    for (size_t i = 0; i < rows->n_rows; i++) {
        if (ts_str_ieq(ts_capture_text(&rows->rows[i], property), text))
            return &rows->rows[i];
    }
    return NULL;
}

static const char *bus_of(const ts_wmi_row *disk)
{
    const char *type = ts_capture_text(disk, "InterfaceType");
    const char *path = ts_capture_text(disk, "PNPDeviceID");
    if (ts_str_icontains(path, "nvme"))
        return "nvme";
    if (ts_str_icontains(path, "mmcblk") || ts_str_ihas_prefix(path, "SD\\"))
        return "emmc";
    if (ts_str_ieq(type, "USB"))
        return "usb";
    return ts_str_ieq(type, "IDE") ? "sata" : "scsi";
}

static bool is_of_disk(const ts_wmi_row *partition, const ts_wmi_row *disk)
{
    return ts_capture_number(partition, "DiskIndex", -1) == ts_capture_number(disk, "Index", -2);
}

/* Extended partitions are left out, and the logical ones in them stand as primary ones: a profile
 * describes what a sequence finds, not how an old table chains it. */
static bool is_extended(const ts_wmi_row *partition)
{
    return ts_str_ihas_prefix(ts_capture_text(partition, "Type"), "Extended");
}

/* The size that a partition and all before it on its disk may have together. */
static int64_t room_of(const ts_wmi_row *disk)
{
    return ts_capture_number(disk, "Size", 0) - MIB;
}

/* Linux without udev does not tell the type: UEFI machines have GPT disks. */
static bool is_gpt(const ts_capture *c, const ts_wmi_row *partition)
{
    const char *type = ts_capture_text(partition, "Type");
    return *type ? ts_str_ihas_prefix(type, "GPT") : c->uefi;
}

static const char *style_of(const ts_capture *c, const ts_wmi_row *disk)
{
    const char *style = "raw";
    for (size_t i = 0; i < c->rows[TS_CAPTURE_PARTITION].n_rows; i++) {
        const ts_wmi_row *partition = &c->rows[TS_CAPTURE_PARTITION].rows[i];
        if (is_of_disk(partition, disk))
            style = is_gpt(c, partition) ? "gpt" : "mbr";
    }
    return style;
}

/* The text between the quotes of 'Win32_LogicalDisk.DeviceID="C:"'; back slashes are doubled. */
static void key_of(const char *path, char *out, size_t size)
{
    const char *p = strchr(path, '"');
    size_t n = 0;
    for (p = p ? p + 1 : ""; *p && *p != '"' && n + 1 < size; p++) {
        p += p[0] == '\\' && p[1] == '\\';
        out[n++] = *p;
    }
    out[n] = '\0';
}

/* The volume on a partition: a logical disk on Windows, a volume elsewhere. */
static const ts_wmi_row *volume_of(const ts_capture *c, const ts_wmi_row *partition)
{
    for (size_t i = 0; i < c->rows[TS_CAPTURE_DISK_LINK].n_rows; i++) {
        const ts_wmi_row *link = &c->rows[TS_CAPTURE_DISK_LINK].rows[i];
        char key[128];
        key_of(ts_capture_text(link, "Antecedent"), key, sizeof(key));
        if (!ts_str_ieq(key, ts_capture_text(partition, "DeviceID")))
            continue;
        key_of(ts_capture_text(link, "Dependent"), key, sizeof(key));
        const ts_wmi_row *volume = find(&c->rows[TS_CAPTURE_LOGICAL_DISK], "DeviceID", key);
        return volume ? volume : find(&c->rows[TS_CAPTURE_VOLUME], "DeviceID", key);
    }
    return NULL;
}

static void put_volume(ts_capture *c, const ts_wmi_row *volume, int64_t size)
{
    static const char *const known[] = {"NTFS", "FAT32", "FAT", "exFAT", "ReFS"};
    const char *type = ts_capture_text(volume, "FileSystem");
    for (size_t i = 0; i < TS_COUNT(known); i++) {
        if (ts_str_ieq(type, known[i]))
            ts_json_put_str(&c->json, "filesystem", known[i]);
    }
    ts_capture_put_text(c, "label", ts_capture_text(volume, "VolumeName"));
    ts_capture_put_text(c, "label", ts_capture_text(volume, "Label"));
    const char *letter = ts_capture_text(volume, "DeviceID");
    bool is_letter = strlen(letter) == 2 && letter[1] == ':';
    if (is_letter && (c->full_os || (letter[0] & ~0x20) != 'X'))
        ts_json_put_str(&c->json, "letter", letter);
    int64_t capacity = ts_capture_number(volume, "Size", ts_capture_number(volume, "Capacity", 0));
    int64_t free_bytes = ts_capture_number(volume, "FreeSpace", -1);
    if (free_bytes >= 0 && free_bytes < capacity && capacity - free_bytes <= size)
        ts_json_put_int(&c->json, "used", capacity - free_bytes);
}

static void put_partition(ts_capture *c, const ts_wmi_row *partition, int64_t size, bool gpt)
{
    const char *type = ts_capture_text(partition, "Type");
    const char *kind = "primary";
    if (gpt && ts_str_ieq(type, "GPT: System"))
        kind = "efi";
    else if (gpt && ts_str_ieq(type, "GPT: Unknown")) /* the reserved one is small */
        kind = size <= 128 * MIB ? "msr" : "recovery";
    ts_json_begin_object(&c->json, NULL);
    ts_json_put_str(&c->json, "type", kind);
    ts_json_put_int(&c->json, "size", size);
    const ts_wmi_row *volume = volume_of(c, partition);
    if (volume)
        put_volume(c, volume, size);
    if (!gpt && ts_capture_flag(partition, "BootPartition"))
        ts_json_put_bool(&c->json, "active", true);
    ts_json_end(&c->json);
}

static void put_partitions(ts_capture *c, const ts_wmi_row *disk, bool gpt)
{
    int64_t left = room_of(disk);
    size_t written = 0;
    ts_json_begin_array(&c->json, "partitions");
    for (size_t i = 0; i < c->rows[TS_CAPTURE_PARTITION].n_rows && written < TS_SIM_LIST_MAX; i++) {
        const ts_wmi_row *partition = &c->rows[TS_CAPTURE_PARTITION].rows[i];
        int64_t size = ts_capture_number(partition, "Size", 0);
        if (!is_of_disk(partition, disk) || is_extended(partition) || size <= 0)
            continue;
        size = size > left ? left : size;
        left -= size;
        put_partition(c, partition, size, gpt);
        written++;
    }
    ts_json_end(&c->json);
}

static void put_disk(ts_capture *c, const ts_wmi_row *disk)
{
    const char *style = style_of(c, disk);
    int64_t sector = ts_capture_number(disk, "BytesPerSector", 512);
    ts_json_begin_object(&c->json, NULL);
    ts_capture_put_text(c, "model", ts_capture_text(disk, "Model"));
    ts_capture_put_text(c, "serial", ts_capture_text(disk, "SerialNumber"));
    ts_json_put_int(&c->json, "size", ts_capture_number(disk, "Size", 0));
    ts_json_put_int(&c->json, "sector", sector == 4096 ? 4096 : 512);
    ts_json_put_str(&c->json, "bus", bus_of(disk));
    ts_json_put_str(&c->json, "style", style);
    ts_json_put_bool(&c->json, "removable",
                     ts_str_ihas_prefix(ts_capture_text(disk, "MediaType"), "Removable"));
    if (strcmp(style, "raw") != 0)
        put_partitions(c, disk, strcmp(style, "gpt") == 0);
    ts_json_end(&c->json);
}

/* Windows lists disks in any order; a profile has them by number. */
void ts_capture_put_disks(ts_capture *c)
{
    const ts_wmi_rows *disks = &c->rows[TS_CAPTURE_DISK];
    ts_json_begin_array(&c->json, "disks");
    for (int64_t index = 0; index < (int64_t)TS_SIM_LIST_MAX; index++) {
        for (size_t i = 0; i < disks->n_rows; i++) {
            if (ts_capture_number(&disks->rows[i], "Index", -1) == index)
                put_disk(c, &disks->rows[i]);
        }
    }
    ts_json_end(&c->json);
}
