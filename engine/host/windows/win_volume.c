/* win_volume.c - volumes: what is on a partition, and which drive letter leads to it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_device.h"

#include <ts/mem.h>
#include <ts/text.h>

#define ROOT_MAX 80u
#define LOCKED   0x80310000u /* FVE_E_LOCKED_VOLUME */

/* --- Letters ------------------------------------------------------------------------------- */

size_t ts_win_extents(const ts_windows *machine, const wchar_t *path,
                      ts_win_extent out[TS_WIN_EXTENTS_MAX])
{
    union {
        VOLUME_DISK_EXTENTS head;
        char bytes[sizeof(VOLUME_DISK_EXTENTS) + TS_WIN_EXTENTS_MAX * sizeof(DISK_EXTENT)];
    } e = {.bytes = {0}};
    HANDLE device = machine->devices->open(path);
    if (device == INVALID_HANDLE_VALUE)
        return 0;
    bool ok = machine->devices->control(device, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, NULL, 0, &e,
                                        sizeof(e));
    machine->devices->close(device);
    size_t n = 0;
    for (; ok && n < e.head.NumberOfDiskExtents && n < TS_WIN_EXTENTS_MAX; n++)
        out[n] = (ts_win_extent){
            .disk = e.head.Extents[n].DiskNumber,
            .offset = (uint64_t)e.head.Extents[n].StartingOffset.QuadPart,
        };
    return n;
}

void ts_win_letters(const ts_windows *machine, ts_win_extent out[26])
{
    DWORD there = machine->devices->letters();
    for (unsigned i = 0; i < 26; i++) {
        wchar_t root[] = {(wchar_t)(L'A' + i), L':', L'\\', L'\0'};
        wchar_t path[] = {L'\\', L'\\', L'.', L'\\', root[0], L':', L'\0'};
        ts_win_extent extents[TS_WIN_EXTENTS_MAX];
        out[i] = (ts_win_extent){.disk = MAXDWORD};
        if ((there & 1u << i) == 0)
            continue;
        UINT type = machine->devices->drive_type(root);
        if ((type == DRIVE_FIXED || type == DRIVE_REMOVABLE) &&
            ts_win_extents(machine, path, extents) > 0)
            out[i] = extents[0];
    }
}

char ts_win_letter_at(const ts_win_extent letters[26], uint32_t disk, uint64_t offset)
{
    for (unsigned i = 0; i < 26; i++) {
        if (letters[i].disk == disk && letters[i].offset == offset)
            return (char)('A' + (char)i);
    }
    return 0;
}

/* --- What is on it ------------------------------------------------------------------------- */

static ts_filesystem filesystem_of(const wchar_t *name)
{
    if (_wcsicmp(name, L"NTFS") == 0)
        return TS_FS_NTFS;
    if (_wcsicmp(name, L"FAT32") == 0)
        return TS_FS_FAT32;
    return *name && _wcsicmp(name, L"RAW") != 0 ? TS_FS_OTHER : TS_FS_NONE;
}

static void put_label(ts_volume_info *out, const wchar_t *label)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_narrow(label, NULL);
    size_t len = text ? strlen(text) : 0;
    if (len >= sizeof(out->label))
        len = 0; /* Windows takes 32 characters; cutting one in two would make no text */
    if (len > 0)
        memcpy(out->label, text, len);
    out->label[len] = '\0';
}

static void look_inside(const ts_windows *machine, const wchar_t *root, ts_volume_info *out)
{
    static const wchar_t hive[] = L"Windows\\System32\\config\\SYSTEM";
    wchar_t label[64] = L"";
    wchar_t filesystem[32] = L"";
    wchar_t path[ROOT_MAX + TS_COUNT(hive)];
    if (!machine->devices->volume(root, label, TS_COUNT(label), filesystem, TS_COUNT(filesystem))) {
        out->is_locked = GetLastError() == LOCKED;
        return;
    }
    out->filesystem = filesystem_of(filesystem);
    put_label(out, label);
    uint64_t free_bytes = 0;
    if (machine->devices->space(root, &free_bytes))
        out->free = free_bytes;
    wcscpy(path, root);
    wcscat(path, hive);
    out->has_windows = machine->devices->exists(path);
}

static void describe(const ts_windows *machine, uint32_t disk, const ts_win_part *part,
                     const ts_win_extent letters[26], ts_volume_info *out)
{
    wchar_t root[ROOT_MAX];
    out->disk = disk;
    out->kind = part->kind;
    out->offset = part->offset;
    out->bytes = part->bytes;
    out->is_active = part->active;
    if (part->kind == TS_PARTITION_EXTENDED || part->kind == TS_PARTITION_MSR)
        return; /* no volumes */
    out->letter = ts_win_letter_at(letters, disk, part->offset);
    /* A volume without a letter is reached through the object manager. */
    if (out->letter)
        _snwprintf(root, ROOT_MAX - 1, L"%c:\\", (wchar_t)out->letter);
    else
        _snwprintf(root, ROOT_MAX - 1, L"\\\\?\\GLOBALROOT\\Device\\Harddisk%u\\Partition%u\\",
                   (unsigned)disk, (unsigned)part->number);
    root[ROOT_MAX - 1] = L'\0';
    look_inside(machine, root, out);
}

bool ts_win_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err)
{
    ts_windows *machine = self;
    ts_win_extent letters[26];
    TS_CLEANUP(ts_free_ptr) ts_win_layout *layout = ts_win_layout_read(machine, disk, err);
    if (!layout)
        return false;
    ts_volume_info *list = ts_alloc_array(layout->n + 1, sizeof(*list));
    if (!list)
        return ts_fail_nomem(err);
    ts_win_letters(machine, letters);
    for (size_t i = 0; i < layout->n; i++) {
        list[i].partition = (uint32_t)i + 1;
        describe(machine, disk, &layout->parts[i], letters, &list[i]);
    }
    *out = list;
    *count = layout->n;
    return true;
}

bool ts_win_volume_of(ts_windows *machine, char letter, ts_volume_info *out, ts_err **err)
{
    ts_win_extent letters[26];
    ts_win_letters(machine, letters);
    const ts_win_extent *at = &letters[(letter & ~0x20) - 'A'];
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    if (at->disk == MAXDWORD)
        return ts_fail(err, TS_NOT_FOUND, "no volume of a disk has the letter %c:", letter);
    if (!ts_win_volumes(machine, at->disk, &volumes, &n, err))
        return false;
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        found = volumes[i].offset == at->offset && volumes[i].letter;
        if (found)
            *out = volumes[i];
    }
    free(volumes);
    return found || ts_fail(err, TS_NOT_FOUND, "volume %c: is on no partition of disk %lu", letter,
                            (unsigned long)at->disk);
}
