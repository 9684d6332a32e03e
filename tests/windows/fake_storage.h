/* fake_storage.h - a storage stack with three disks that diskpart_did changes; for one test
 * program, hence static. */
#ifndef TS_TESTS_FAKE_STORAGE_H
#define TS_TESTS_FAKE_STORAGE_H

#include "check.h"

#include <stdio.h>
#include <wchar.h>

#include "win_device.h"

#include <ts/mem.h>

#include "fake_tools.h"

#define GIB (UINT64_C(1024) * TS_MIB)

typedef struct part {
    const char *type; /* "efi", "msr", "data", "recovery", "hidden"; MBR: "07", "0f", ... */
    uint64_t offset;  /* MiB */
    uint64_t bytes;   /* MiB */
    char letter;      /* 0: none */
    const wchar_t *filesystem; /* NULL: none; "locked": BitLocker */
    const wchar_t *label;
    bool active;
    bool windows;
} part;

typedef struct disk {
    DWORD index;
    uint64_t bytes;
    PARTITION_STYLE style;
    const char *product;
    STORAGE_BUS_TYPE bus;
    bool write_protected;
    ULONGLONG attributes;
    size_t n;
    part parts[12];
} disk;

static disk disks[4];
static size_t n_disks;
static void (*diskpart_did)(unsigned call); /* what the call changed */
static unsigned seen_calls;

static void catch_up(void)
{
    unsigned calls = diskpart_did ? ts_fake_tools_calls() : 0;
    while (seen_calls < calls)
        diskpart_did(++seen_calls);
}

#define DISK_HANDLE(i)   ((HANDLE)(intptr_t)(100 + (i)))
#define VOLUME_HANDLE(l) ((HANDLE)(intptr_t)(200 + (l)))
#define HANDLE_NUMBER(h) ((int)(intptr_t)(h))

static disk *disk_of(DWORD index)
{
    for (size_t i = 0; i < n_disks; i++) {
        if (disks[i].index == index)
            return &disks[i];
    }
    return NULL;
}

static part *part_of(wchar_t letter, disk **on)
{
    for (size_t d = 0; d < n_disks; d++) {
        for (size_t p = 0; p < disks[d].n; p++) {
            if (letter && disks[d].parts[p].letter == (char)letter) {
                *on = &disks[d];
                return &disks[d].parts[p];
            }
        }
    }
    return NULL;
}

static HANDLE fake_open(const wchar_t *path)
{
    disk *on = NULL;
    unsigned index = 0;
    catch_up();
    if (swscanf(path, L"\\\\.\\PhysicalDrive%u", &index) == 1 && disk_of(index))
        return DISK_HANDLE(index);
    if (wcsncmp(path, L"\\\\.\\", 4) == 0 && path[5] == L':' && part_of(path[4], &on))
        return VOLUME_HANDLE(path[4]);
    SetLastError(ERROR_FILE_NOT_FOUND);
    return INVALID_HANDLE_VALUE;
}

static void fake_close(HANDLE device)
{
    TS_UNUSED(device);
    SetLastError(ERROR_INVALID_HANDLE); /* must not be what is reported */
}

static void put_type(const disk *d, const part *p, PARTITION_INFORMATION_EX *to)
{
    static const struct {
        const char *name;
        GUID guid;
    } guids[] = {
        {"efi", {0xc12a7328, 0xf81f, 0x11d2, {0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}}},
        {"msr", {0xe3c9e316, 0x0b5c, 0x4db8, {0x81, 0x7d, 0xf9, 0x2d, 0xf0, 0x02, 0x15, 0xae}}},
        {"data", {0xebd0a0a2, 0xb9e5, 0x4433, {0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7}}},
        {"hidden", {0xebd0a0a2, 0xb9e5, 0x4433, {0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7}}},
        {"recovery",
         {0xde94bba4, 0x06d1, 0x4d40, {0xa1, 0x6a, 0xbf, 0xd5, 0x01, 0x79, 0xd6, 0xac}}},
    };
    if (d->style == PARTITION_STYLE_MBR) {
        to->Mbr.PartitionType = (BYTE)strtoul(p->type, NULL, 16);
        to->Mbr.BootIndicator = p->active;
        return;
    }
    for (size_t i = 0; i < TS_COUNT(guids); i++) {
        if (strcmp(guids[i].name, p->type) == 0)
            to->Gpt.PartitionType = guids[i].guid;
    }
    to->Gpt.Attributes = strcmp(p->type, "hidden") == 0 ? UINT64_C(0xC000000000000000) : 0;
}

static bool put_layout(const disk *d, DRIVE_LAYOUT_INFORMATION_EX *out, DWORD size)
{
    if (size < sizeof(*out) + d->n * sizeof(out->PartitionEntry[0])) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return false;
    }
    out->PartitionStyle = (DWORD)d->style;
    out->PartitionCount = (DWORD)d->n;
    DWORD number = 0;
    for (size_t i = 0; i < d->n; i++) {
        PARTITION_INFORMATION_EX *to = &out->PartitionEntry[i];
        bool container = d->style == PARTITION_STYLE_MBR &&
                         (strcmp(d->parts[i].type, "0f") == 0 || *d->parts[i].type == '\0');
        *to = (PARTITION_INFORMATION_EX){.PartitionStyle = d->style};
        to->StartingOffset.QuadPart = (LONGLONG)(d->parts[i].offset * TS_MIB);
        to->PartitionLength.QuadPart = (LONGLONG)(d->parts[i].bytes * TS_MIB);
        to->PartitionNumber = container ? 0 : ++number;
        put_type(d, &d->parts[i], to);
    }
    return true;
}

static bool put_descriptor(const disk *d, STORAGE_DEVICE_DESCRIPTOR *out, DWORD size)
{
    char *text = (char *)out;
    memset(out, 0, size);
    out->BusType = d->bus;
    out->VendorIdOffset = 100;
    memcpy(text + 100, "ACME    ", 9);
    out->ProductIdOffset = 120;
    snprintf(text + 120, 40, "%s  ", d->product);
    out->SerialNumberOffset = 180;
    memcpy(text + 180, "  S/N 1\x01", 9);
    out->Size = 200;
    return size >= 200;
}

static bool ask_disk(const disk *d, DWORD code, void *out, DWORD size)
{
    DISK_GEOMETRY_EX *geometry = out;
    switch (code) {
    case IOCTL_DISK_GET_DRIVE_GEOMETRY_EX:
        geometry->DiskSize.QuadPart = (LONGLONG)d->bytes;
        geometry->Geometry.BytesPerSector = 512;
        return true;
    case IOCTL_DISK_GET_DRIVE_LAYOUT_EX:
        return put_layout(d, out, size);
    case IOCTL_STORAGE_QUERY_PROPERTY:
        return put_descriptor(d, out, size);
    case CTL_CODE(IOCTL_DISK_BASE, 0x003c, METHOD_BUFFERED, FILE_ANY_ACCESS):
        memcpy((char *)out + 8, &d->attributes, sizeof(d->attributes));
        return true;
    case IOCTL_DISK_IS_WRITABLE:
        SetLastError(ERROR_WRITE_PROTECT);
        return !d->write_protected;
    default:
        SetLastError(ERROR_INVALID_FUNCTION);
        return false;
    }
}

static bool fake_control(HANDLE device, DWORD code, void *in, DWORD in_size, void *out, DWORD size)
{
    TS_UNUSED(in);
    TS_UNUSED(in_size);
    int number = HANDLE_NUMBER(device);
    if (number < 200)
        return ask_disk(disk_of((DWORD)number - 100), code, out, size);
    disk *on = NULL;
    const part *p = part_of((wchar_t)(number - 200), &on);
    VOLUME_DISK_EXTENTS *extents = out;
    if (!p || code != IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS)
        return false;
    extents->NumberOfDiskExtents = 1;
    extents->Extents[0].DiskNumber = on->index;
    extents->Extents[0].StartingOffset.QuadPart = (LONGLONG)(p->offset * TS_MIB);
    return true;
}

static DWORD fake_letters(void)
{
    DWORD bits = 1u << ('X' - 'A'); /* the RAM disk */
    catch_up();
    for (size_t d = 0; d < n_disks; d++)
        for (size_t p = 0; p < disks[d].n; p++)
            bits |= disks[d].parts[p].letter ? 1u << (disks[d].parts[p].letter - 'A') : 0;
    return bits;
}

static UINT fake_drive_type(const wchar_t *root)
{
    disk *on = NULL;
    return part_of(root[0], &on) ? DRIVE_FIXED : DRIVE_RAMDISK;
}

static const part *part_at(const wchar_t *root)
{
    unsigned d = 0;
    unsigned number = 0;
    disk *on = NULL;
    if (root[1] == L':')
        return part_of(root[0], &on);
    if (swscanf(root, L"\\\\?\\GLOBALROOT\\Device\\Harddisk%u\\Partition%u\\", &d, &number) != 2)
        return NULL;
    on = disk_of(d);
    return on && number >= 1 && number <= on->n ? &on->parts[number - 1] : NULL;
}

static bool fake_volume(const wchar_t *root, wchar_t *label, DWORD label_size, wchar_t *filesystem,
                        DWORD filesystem_size)
{
    const part *p = part_at(root);
    bool locked = p && p->filesystem && wcscmp(p->filesystem, L"locked") == 0;
    if (!p || !p->filesystem || locked) {
        SetLastError(locked ? 0x80310000u : ERROR_UNRECOGNIZED_VOLUME);
        return false;
    }
    assert_true(label_size > 34 && filesystem_size > 10);
    wcscpy(label, p->label ? p->label : L"");
    wcscpy(filesystem, p->filesystem);
    return true;
}

static bool fake_space(const wchar_t *root, uint64_t *free_bytes)
{
    *free_bytes = part_at(root)->bytes * TS_MIB / 2;
    return true;
}

static bool fake_exists(const wchar_t *path)
{
    const part *p = part_at(path);
    return wcsstr(path, L"\\Windows\\System32\\config\\SYSTEM") && p && p->windows;
}

static char mounts[200]; /* what was given a letter and taken */

static bool fake_mount(const wchar_t *root, DWORD index, uint64_t offset)
{
    size_t used = strlen(mounts);
    snprintf(mounts + used, sizeof(mounts) - used, "%c: disk %lu at %llu; ", (char)root[0],
             (unsigned long)index, (unsigned long long)(offset / TS_MIB));
    SetLastError(ERROR_NOT_FOUND);
    return index != 3;
}

static void fake_unmount(const wchar_t *root)
{
    size_t used = strlen(mounts);
    snprintf(mounts + used, sizeof(mounts) - used, "%c: gone; ", (char)root[0]);
}

static const ts_win_devices fake_devices = {.open = fake_open,
                                            .close = fake_close,
                                            .control = fake_control,
                                            .letters = fake_letters,
                                            .drive_type = fake_drive_type,
                                            .volume = fake_volume,
                                            .space = fake_space,
                                            .exists = fake_exists,
                                            .mount = fake_mount,
                                            .unmount = fake_unmount};

static const disk system_disk = {
    .index = 0,
    .bytes = 64 * GIB,
    .style = PARTITION_STYLE_GPT,
    .product = "Fast 1",
    .bus = BusTypeNvme,
    .n = 5,
    .parts = {{"efi", 1, 260, 0, L"FAT32", L"SYSTEM", false, false},
              {"msr", 261, 16, 0, NULL, NULL, false, false},
              {"data", 277, 60000, 'C', L"NTFS", L"Gr\x00fc\x00df", false, true},
              {"recovery", 60277, 900, 0, L"NTFS", L"Recovery", false, false},
              {"hidden", 61177, 100, 0, L"ReFS", L"", false, false}},
};
static const disk usb_disk = {
    .index = 2,
    .bytes = 8 * GIB,
    .style = PARTITION_STYLE_MBR,
    .product = "Stick",
    .bus = BusTypeUsb,
    .write_protected = true,
    .n = 5,
    .parts = {{"0c", 1, 1000, 'E', L"FAT32", L"STICK", true, false},
              {"0f", 1001, 5000, 0, NULL, NULL, false, false},
              {"00", 0, 0, 0, NULL, NULL, false, false},
              {"17", 6001, 100, 0, L"NTFS", L"", false, false},
              {"07", 1002, 4000, 'F', L"locked", L"", false, false}},
};
static const disk empty_disk = {.index = 3,
                                .bytes = 128 * GIB,
                                .style = PARTITION_STYLE_RAW,
                                .product = "Blank",
                                .bus = BusTypeSata};

#endif
