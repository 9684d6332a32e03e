/* win_boot.c - boot files and boot store by bcdboot, which Windows PE has. It wants a letter for
 * the system partition; one that has none gets one for the time of the call. Without /s it would
 * take the partition that the firmware started from: in Windows PE that may be the stick. */
#include <stdlib.h>
#include <string.h>

#include "win_device.h"

#include <ts/mem.h>
#include <ts/text.h>

static bool is_system(const ts_volume_info *v, ts_disk_style style)
{
    return style == TS_DISK_GPT ? v->kind == TS_PARTITION_EFI : v->is_active;
}

static bool find_system(ts_windows *machine, char windows, ts_volume_info *out,
                        ts_disk_style *style, ts_err **err)
{
    ts_volume_info volume;
    ts_volume_info *list = NULL;
    size_t n = 0;
    if (!ts_win_volume_of(machine, windows, &volume, err))
        return false;
    TS_CLEANUP(ts_free_ptr)
    ts_win_layout *layout = ts_win_layout_read(machine, volume.disk, err);
    if (!layout || !ts_win_volumes(machine, volume.disk, &list, &n, err))
        return false;
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        found = is_system(&list[i], layout->style);
        if (found)
            *out = list[i];
    }
    free(list);
    *style = layout->style;
    return found || ts_fail(err, TS_STATE, "disk %u has no %s", (unsigned)volume.disk,
                            layout->style == TS_DISK_GPT ? "EFI system partition"
                                                         : "active partition to start from");
}

/* An MBR disk starts by UEFI as well when its active partition is FAT32; which of the two it will
 * be is what this machine does. */
static const char *firmware_for(ts_windows *machine, ts_disk_style style,
                                const ts_volume_info *system)
{
    bool uefi = false;
    bool secure_boot = false;
    if (style == TS_DISK_GPT)
        return "UEFI";
    (void)ts_win_firmware(machine, &uefi, &secure_boot, NULL);
    return uefi && system->filesystem == TS_FS_FAT32 ? "UEFI" : "BIOS";
}

static wchar_t free_letter(const ts_windows *machine)
{
    DWORD used = machine->devices->letters();
    wchar_t letter = L'Z';
    while (letter > L'C' && (used & 1u << (letter - L'A')) != 0)
        letter--;
    return letter > L'C' ? letter : 0;
}

static bool run_bcdboot(const ts_windows *machine, char windows, char system, const char *firmware,
                        const char *locale, ts_err **err)
{
    const char folder[] = {windows, ':', '\\', 'W', 'i', 'n', 'd', 'o', 'w', 's', '\0'};
    const char drive[] = {system, ':', '\0'};
    bool has_locale = locale && *locale;
    TS_CLEANUP(ts_free_ptr) char *tool = ts_win_tool(machine, "bcdboot.exe", err);
    const char *const argv[] = {tool,
                                folder,
                                "/s",
                                drive,
                                "/f",
                                firmware,
                                has_locale ? "/l" : NULL,
                                has_locale ? locale : NULL,
                                NULL};
    return tool && ts_win_tool_run(machine, argv, NULL, "write the boot files", err);
}

bool ts_win_boot_files(void *self, char windows, const char *locale, ts_err **err)
{
    ts_windows *machine = self;
    ts_volume_info system = {.letter = 0};
    ts_disk_style style = TS_DISK_RAW;
    if (!find_system(machine, windows, &system, &style, err))
        return ts_wrap(err, "cannot make the Windows on %c: bootable", windows);
    wchar_t root[] = {(wchar_t)system.letter, L':', L'\\', L'\0'};
    bool mine = system.letter == 0;
    if (mine) {
        root[0] = free_letter(machine);
        if (!root[0])
            return ts_fail(err, TS_LIMIT, "no drive letter is free for the system partition");
        if (!machine->devices->mount(root, system.disk, system.offset))
            return ts_fail_os(err, TS_OS_WIN32, GetLastError(),
                              "cannot give the system partition a letter");
    }
    bool ok = run_bcdboot(machine, windows, (char)root[0], firmware_for(machine, style, &system),
                          locale, err);
    if (mine)
        machine->devices->unmount(root);
    return ok || ts_wrap(err, "the Windows on %c: was not made bootable", windows);
}
