/* win_safety.c - why nothing destructive may touch a disk. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_device.h"

#include <ts/mem.h>
#include <ts/text.h>

/* Windows docs: GET_DISK_ATTRIBUTES; MinGW's headers do not have it. */
#ifndef IOCTL_DISK_GET_DISK_ATTRIBUTES
#define IOCTL_DISK_GET_DISK_ATTRIBUTES                                                             \
    CTL_CODE(IOCTL_DISK_BASE, 0x003c, METHOD_BUFFERED, FILE_ANY_ACCESS)
#endif
#define IS_OFFLINE   UINT64_C(1)
#define IS_READ_ONLY UINT64_C(2)
typedef struct disk_attributes {
    DWORD version;
    DWORD reserved;
    ULONGLONG attributes;
} disk_attributes;

static void TS_PRINTF(2, 3) keep_off(ts_disk_info *disk, const char *fmt, ...)
{
    va_list args;
    if (*disk->keep_off)
        return; /* the first reason is the weightiest */
    va_start(args, fmt);
    (void)vsnprintf(disk->keep_off, sizeof(disk->keep_off), fmt, args);
    va_end(args);
}

static bool is_on(const ts_windows *machine, const wchar_t *path, const ts_disk_info *disk)
{
    ts_win_extent extents[TS_WIN_EXTENTS_MAX];
    size_t n = ts_win_extents(machine, path, extents);
    for (size_t i = 0; i < n; i++) {
        if (extents[i].disk == disk->index)
            return true;
    }
    return false;
}

static bool letter_is_on(const ts_windows *machine, wchar_t letter, const ts_disk_info *disk)
{
    const wchar_t path[] = {L'\\', L'\\', L'.', L'\\', letter, L':', L'\0'};
    return iswalpha(letter) && is_on(machine, path, disk);
}

static bool read_value(const wchar_t *key, const wchar_t *name, DWORD kind, wchar_t *out,
                       DWORD bytes)
{
    memset(out, 0, bytes);
    return RegGetValueW(HKEY_LOCAL_MACHINE, key, name, kind, NULL, out, &bytes) == ERROR_SUCCESS;
}

/* The manager writes what it uses: "\??\C:\pagefile.sys", one or more. */
static void check_page_files(const ts_windows *machine, ts_disk_info *disk)
{
    wchar_t files[1024];
    if (!read_value(L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management",
                    L"ExistingPageFiles", RRF_RT_REG_MULTI_SZ, files, sizeof(files)))
        return;
    for (const wchar_t *file = files; *file; file += wcslen(file) + 1) {
        const wchar_t *drive = wcschr(file, L':');
        if (drive && drive > file && letter_is_on(machine, drive[-1], disk))
            keep_off(disk, "a page file of this Windows is on it");
    }
}

/* The full OS: the disk that the firmware started may be another one than that of Windows. */
static void check_system(const ts_windows *machine, ts_disk_info *disk)
{
    wchar_t device[256];
    wchar_t path[300] = L"\\\\?\\GLOBALROOT";
    if (!read_value(L"SYSTEM\\Setup", L"SystemPartition", RRF_RT_REG_SZ, device, sizeof(device)))
        return;
    wcscat(path, device);
    if (is_on(machine, path, disk))
        keep_off(disk, "the boot files of this Windows are on it");
}

/* The stick that Windows PE was started from. A boot image that lies on a fixed disk is in memory
 * by now, and the sequence that put it there may well wipe that disk. (Windows docs: wpeutil
 * UpdateBootInfo.) */
static void check_medium(const ts_windows *machine, ts_disk_info *disk)
{
    wchar_t drive[64];
    if (disk->is_removable &&
        read_value(L"SYSTEM\\CurrentControlSet\\Control", L"PEBootRamdiskSourceDrive",
                   RRF_RT_REG_SZ, drive, sizeof(drive)) &&
        letter_is_on(machine, drive[0], disk))
        keep_off(disk, "this Windows PE was started from it");
}

static void check_engine(const ts_windows *machine, ts_disk_info *disk)
{
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(NULL);
    if (program && program[0] && program[1] == ':' &&
        letter_is_on(machine, (wchar_t)program[0], disk))
        keep_off(disk, "the engine runs from it");
}

void ts_win_disk_safety(const ts_windows *machine, HANDLE device, ts_disk_info *disk)
{
    disk_attributes attributes = {.version = 0};
    const char *system = ts_env_get("SystemDrive");
    wchar_t letter = system && *system ? (wchar_t)system[0] : L'C';
    if (letter_is_on(machine, letter, disk))
        keep_off(disk, machine->local.phase == TS_PHASE_WINPE ? "this Windows PE runs from it"
                                                              : "this Windows runs from it");
    check_engine(machine, disk);
    if (machine->local.phase == TS_PHASE_WINPE)
        check_medium(machine, disk);
    else
        check_system(machine, disk);
    check_page_files(machine, disk);
    if (machine->devices->control(device, IOCTL_DISK_GET_DISK_ATTRIBUTES, NULL, 0, &attributes,
                                  sizeof(attributes))) {
        if ((attributes.attributes & IS_OFFLINE) != 0)
            keep_off(disk, "it is offline ('online disk' of diskpart changes that)");
        if ((attributes.attributes & IS_READ_ONLY) != 0)
            keep_off(disk, "it is read-only ('attributes disk clear readonly' of diskpart)");
    }
    if (!machine->devices->control(device, IOCTL_DISK_IS_WRITABLE, NULL, 0, NULL, 0) &&
        GetLastError() == ERROR_WRITE_PROTECT)
        keep_off(disk, "it is write-protected");
}
