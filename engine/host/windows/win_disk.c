/* win_disk.c - the disks of the machine and their partition tables, from the storage stack itself:
 * Windows PE has WMI classes for them only with optional components. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win_device.h"

#include <ts/mem.h>
#include <ts/text.h>

#define SECTOR     512u /* bytes, where a disk does not say */
#define DESCRIPTOR 4096u
/* Windows puts empty entries of MBR tables in as well: four for each logical drive. */
#define ENTRIES (4u * TS_PARTITIONS_MAX)

/* --- Partition table ----------------------------------------------------------------------- */

/* Type GUIDs of GPT (Windows docs: PARTITION_INFORMATION_GPT). */
static const struct {
    GUID type;
    ts_partition_kind kind;
} gpt_kinds[] = {
    {{0xc12a7328, 0xf81f, 0x11d2, {0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}},
     TS_PARTITION_EFI},
    {{0xe3c9e316, 0x0b5c, 0x4db8, {0x81, 0x7d, 0xf9, 0x2d, 0xf0, 0x02, 0x15, 0xae}},
     TS_PARTITION_MSR},
    {{0xde94bba4, 0x06d1, 0x4d40, {0xa1, 0x6a, 0xbf, 0xd5, 0x01, 0x79, 0xd6, 0xac}},
     TS_PARTITION_RECOVERY},
};
#define GPT_HIDDEN UINT64_C(0x4000000000000000) /* GPT_BASIC_DATA_ATTRIBUTE_HIDDEN */

static ts_partition_kind kind_gpt(const PARTITION_INFORMATION_EX *entry)
{
    for (size_t i = 0; i < TS_COUNT(gpt_kinds); i++) {
        if (memcmp(&entry->Gpt.PartitionType, &gpt_kinds[i].type, sizeof(GUID)) == 0)
            return gpt_kinds[i].kind;
    }
    return (entry->Gpt.Attributes & GPT_HIDDEN) != 0 ? TS_PARTITION_HIDDEN : TS_PARTITION_PRIMARY;
}

/* index: of the entry; the first four are the primary table. */
static ts_partition_kind kind_mbr(const PARTITION_INFORMATION_EX *entry, DWORD index)
{
    switch (entry->Mbr.PartitionType) {
    case 0x05:
    case 0x0f:
        return TS_PARTITION_EXTENDED;
    case 0x27:
        return TS_PARTITION_RECOVERY;
    case 0x17:
    case 0x1b:
    case 0x1c:
        return TS_PARTITION_HIDDEN;
    case 0xef:
        return TS_PARTITION_EFI;
    default:
        return index < 4 ? TS_PARTITION_PRIMARY : TS_PARTITION_LOGICAL;
    }
}

static void add_part(ts_win_layout *layout, const PARTITION_INFORMATION_EX *entry, DWORD index)
{
    bool mbr = entry->PartitionStyle == PARTITION_STYLE_MBR;
    bool nested = mbr && index >= 4 &&
                  (entry->Mbr.PartitionType == 0x05 || entry->Mbr.PartitionType == 0x0f);
    if (layout->n == TS_PARTITIONS_MAX || entry->PartitionLength.QuadPart <= 0 || nested ||
        (mbr && entry->Mbr.PartitionType == 0))
        return;
    layout->parts[layout->n++] = (ts_win_part){.number = entry->PartitionNumber,
                                               .kind = mbr ? kind_mbr(entry, index)
                                                           : kind_gpt(entry),
                                               .offset = (uint64_t)entry->StartingOffset.QuadPart,
                                               .bytes = (uint64_t)entry->PartitionLength.QuadPart,
                                               .active = mbr && entry->Mbr.BootIndicator};
}

static bool read_layout(const ts_windows *machine, HANDLE device, ts_win_layout *out)
{
    size_t size = sizeof(DRIVE_LAYOUT_INFORMATION_EX) + ENTRIES * sizeof(PARTITION_INFORMATION_EX);
    TS_CLEANUP(ts_free_ptr) DRIVE_LAYOUT_INFORMATION_EX *raw = ts_alloc(size);
    if (!raw) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    if (!machine->devices->control(device, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, NULL, 0, raw,
                                   (DWORD)size))
        return false;
    out->style = raw->PartitionStyle == PARTITION_STYLE_GPT   ? TS_DISK_GPT
                 : raw->PartitionStyle == PARTITION_STYLE_MBR ? TS_DISK_MBR
                                                              : TS_DISK_RAW;
    out->n = 0;
    for (DWORD i = 0; out->style != TS_DISK_RAW && i < raw->PartitionCount && i < ENTRIES; i++)
        add_part(out, &raw->PartitionEntry[i], i);
    return true;
}

static HANDLE open_disk(const ts_windows *machine, uint32_t index)
{
    wchar_t path[40];
    _snwprintf(path, TS_COUNT(path) - 1, L"\\\\.\\PhysicalDrive%u", (unsigned)index);
    path[TS_COUNT(path) - 1] = L'\0';
    return machine->devices->open(path);
}

ts_win_layout *ts_win_layout_read(ts_windows *machine, uint32_t disk, ts_err **err)
{
    ts_win_layout *layout = ts_alloc(sizeof(*layout));
    if (!layout) {
        ts_fail_nomem(err);
        return NULL;
    }
    HANDLE device = open_disk(machine, disk);
    bool ok = device != INVALID_HANDLE_VALUE && read_layout(machine, device, layout);
    DWORD number = ok ? 0 : GetLastError();
    if (device != INVALID_HANDLE_VALUE)
        machine->devices->close(device);
    if (ok)
        return layout;
    free(layout);
    ts_fail_os_as(err, number == ERROR_FILE_NOT_FOUND ? TS_NOT_FOUND : TS_OS, TS_OS_WIN32, number,
                  "cannot read the partition table of disk %" PRIu32, disk);
    return NULL;
}

/* --- Disks --------------------------------------------------------------------------------- */

/* Text at an offset of the descriptor; padded with blanks. */
static void put_text(char *to, size_t size, const char *data, DWORD at, DWORD end)
{
    char text[256];
    size_t n = 0;
    while (at > 0 && at + n < end && data[at + n] && n < sizeof(text) - 1) {
        char c = data[at + n];
        text[n++] = c >= ' ' && c <= '~' ? c : '?';
    }
    text[n] = '\0';
    const char *trimmed = ts_str_trim(text);
    size_t used = strlen(to);
    if (*trimmed)
        snprintf(to + used, size - used, "%s%s", used > 0 ? " " : "", trimmed);
}

static void describe(const ts_windows *machine, HANDLE device, ts_disk_info *out)
{
    STORAGE_PROPERTY_QUERY query = {.PropertyId = StorageDeviceProperty,
                                    .QueryType = PropertyStandardQuery};
    union {
        STORAGE_DEVICE_DESCRIPTOR head;
        char bytes[DESCRIPTOR];
    } d = {.bytes = {0}};
    if (!machine->devices->control(device, IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), &d,
                                   sizeof(d)))
        return;
    DWORD end = d.head.Size < DESCRIPTOR ? d.head.Size : DESCRIPTOR;
    put_text(out->model, sizeof(out->model), d.bytes, d.head.VendorIdOffset, end);
    put_text(out->model, sizeof(out->model), d.bytes, d.head.ProductIdOffset, end);
    put_text(out->serial, sizeof(out->serial), d.bytes, d.head.SerialNumberOffset, end);
    out->is_removable = d.head.RemovableMedia || d.head.BusType == BusTypeUsb ||
                        d.head.BusType == BusType1394 || d.head.BusType == BusTypeSd;
}

/* false, and GetLastError: it cannot be asked; ERROR_NOT_READY: a reader without a card. */
static bool ask_disk(const ts_windows *machine, HANDLE device, ts_disk_info *out)
{
    union {
        DISK_GEOMETRY_EX geometry;
        char bytes[512];
    } g = {.bytes = {0}};
    if (!machine->devices->control(device, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, NULL, 0, &g,
                                   sizeof(g)))
        return false;
    out->bytes = (uint64_t)g.geometry.DiskSize.QuadPart;
    out->sector = g.geometry.Geometry.BytesPerSector ? g.geometry.Geometry.BytesPerSector : SECTOR;
    describe(machine, device, out);
    TS_CLEANUP(ts_free_ptr) ts_win_layout *layout = ts_alloc(sizeof(*layout));
    if (layout && read_layout(machine, device, layout)) {
        out->style = layout->style;
        out->n_partitions = (uint32_t)layout->n;
    }
    ts_win_disk_safety(machine, device, out);
    return true;
}

static bool is_absent(DWORD number)
{
    return number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ||
           number == ERROR_NOT_READY || number == ERROR_NO_MEDIA_IN_DRIVE ||
           number == ERROR_INVALID_FUNCTION;
}

/* *there false: no such disk. */
static bool look_at(const ts_windows *machine, uint32_t index, ts_disk_info *out, bool *there,
                    ts_err **err)
{
    *out = (ts_disk_info){.index = index, .sector = SECTOR};
    HANDLE device = open_disk(machine, index);
    bool ok = device != INVALID_HANDLE_VALUE && ask_disk(machine, device, out);
    DWORD number = ok ? 0 : GetLastError();
    if (device != INVALID_HANDLE_VALUE)
        machine->devices->close(device);
    *there = ok;
    return ok || is_absent(number) ||
           ts_fail_os(err, TS_OS_WIN32, number, "cannot look at disk %" PRIu32, index);
}

bool ts_win_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err)
{
    ts_disk_info *disks = ts_alloc_array(TS_DISKS_MAX, sizeof(*disks));
    size_t n = 0;
    if (!disks)
        return ts_fail_nomem(err);
    for (uint32_t i = 0; i < TS_DISKS_MAX; i++) { /* numbers may have gaps */
        bool there = false;
        if (!look_at(self, i, &disks[n], &there, err)) {
            free(disks);
            return false;
        }
        n += there;
    }
    *out = disks;
    *count = n;
    return true;
}

bool ts_win_disk_get(ts_windows *machine, uint32_t index, ts_disk_info *out, ts_err **err)
{
    bool there = false;
    return look_at(machine, index, out, &there, err) &&
           (there || ts_fail(err, TS_NOT_FOUND, "there is no disk %" PRIu32, index));
}

bool ts_win_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes, ts_err **err)
{
    ts_disk_info info;
    if (!ts_win_disk_get(self, disk, &info, err))
        return false;
    *bytes = ts_disk_table_room(info.bytes, info.sector, style);
    return true;
}
