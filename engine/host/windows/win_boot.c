/* win_boot.c - boot files and boot store by bcdboot, which Windows PE has. It wants a letter for
 * the system partition; one that has none gets one for the time of the call. Without /s it would
 * take the partition that the firmware started from: in Windows PE that may be the stick.
 *
 * And a boot image on the disk, by bcdedit in the full Windows: without /store it works on the
 * store that this Windows was started from. */
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

/* --- A boot image on the disk -------------------------------------------------------------- */

/* The entries have ids of their own: nothing is read from bcdedit's words, which are in the
 * language of Windows, and {ramdiskoptions}, which others may use, stays as it is. */
#define OPTIONS "{7c3a4f12-5b0e-4d5b-9f5e-2e6a61f0b7d1}"
#define LOADER  "{7c3a4f13-5b0e-4d5b-9f5e-2e6a61f0b7d1}"

typedef struct bcd {
    const ts_windows *machine;
    const char *tool;
} bcd;

static bool bcdedit(const bcd *b, const char *const *words, ts_err **err)
{
    const char *argv[10] = {b->tool};
    for (size_t i = 0; words[i]; i++)
        argv[i + 1] = words[i];
    return ts_win_tool_run(b->machine, argv, NULL, "make the boot entry for Windows PE", err);
}

static bool set(const bcd *b, const char *entry, const char *name, const char *value, ts_err **err)
{
    const char *const words[] = {"/set", entry, name, value, NULL};
    return bcdedit(b, words, err);
}

/* Microsoft docs ("Windows PE walkthrough: boot from hard disk", "BCDEdit options"): the options
 * say where boot.sdi, the empty RAM disk, is; the loader says which image goes into it. An entry of
 * an earlier restart may be there, or not: bcdedit's answer to /delete says nothing. */
static bool make_entries(const bcd *b, ts_err **err)
{
    static const char *const gone[][3] = {{"/delete", LOADER, NULL}, {"/delete", OPTIONS, NULL}};
    static const char *const options[] = {"/create",           OPTIONS,   "/d",
                                          "taskseq: RAM disk", "/device", NULL};
    static const char *const loader[] = {"/create",      LOADER,     "/d", "taskseq: Windows PE",
                                         "/application", "osloader", NULL};
    (void)bcdedit(b, gone[0], NULL);
    (void)bcdedit(b, gone[1], NULL);
    return bcdedit(b, options, err) && bcdedit(b, loader, err);
}

/* "C:" and "\_SMSTaskSequence\WinPE" of "C:/_SMSTaskSequence/WinPE". */
static bool set_entries(const bcd *b, const char *drive, const char *folder, bool uefi,
                        ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *partition = ts_sprintf("partition=%s", drive);
    TS_CLEANUP(ts_free_ptr) char *sdi = ts_sprintf("%s\\" TS_BOOT_IMAGE_SDI, folder);
    TS_CLEANUP(ts_free_ptr)
    char *disk = ts_sprintf("ramdisk=[%s]%s\\" TS_BOOT_IMAGE_WIM "," OPTIONS, drive, folder);
    if (!partition || !sdi || !disk)
        return ts_fail_nomem(err);
    return set(b, OPTIONS, "ramdisksdidevice", partition, err) &&
           set(b, OPTIONS, "ramdisksdipath", sdi, err) && set(b, LOADER, "device", disk, err) &&
           set(b, LOADER, "osdevice", disk, err) &&
           set(b, LOADER, "path",
               uefi ? "\\windows\\system32\\boot\\winload.efi"
                    : "\\windows\\system32\\boot\\winload.exe",
               err) &&
           set(b, LOADER, "systemroot", "\\windows", err) && set(b, LOADER, "winpe", "yes", err) &&
           set(b, LOADER, "detecthal", "yes", err);
}

static bool has_files(const char *folder, ts_err **err)
{
    static const char *const names[] = {TS_BOOT_IMAGE_WIM, TS_BOOT_IMAGE_SDI};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, names[i]);
        if (!path)
            return ts_fail_nomem(err);
        if (!ts_file_exists(path))
            return ts_fail(err, TS_NOT_FOUND, "there is no '%s'", path);
    }
    return true;
}

/* In the root of a drive every user may make a folder, and files there may be changed by them all:
 * the image that the machine starts must be an administrator's. A file that a user has put there
 * stays that user's when the image is copied onto it. */
static bool close_folder(const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *above = ts_path_dir(folder);
    TS_CLEANUP(ts_free_ptr) char *wim = ts_path_join(folder, TS_BOOT_IMAGE_WIM);
    TS_CLEANUP(ts_free_ptr) char *sdi = ts_path_join(folder, TS_BOOT_IMAGE_SDI);
    if (!above || !wim || !sdi)
        return ts_fail_nomem(err);
    const char *const ours[] = {above, folder, wim, sdi};
    for (size_t i = 0; i < TS_COUNT(ours); i++)
        if (!ts_file_is_ours(ours[i]))
            return ts_fail(err, TS_REFUSED,
                           "'%s' belongs to a user who is no administrator: look at it, and remove "
                           "'%s'",
                           ours[i], above);
    return ts_folder_restrict(above, err);
}

bool ts_win_boot_image(void *self, const char *folder, ts_err **err)
{
    static const char *const once[] = {"/bootsequence", LOADER, NULL};
    ts_windows *machine = self;
    bool uefi = false;
    bool secure_boot = false;
    if (!has_files(folder, err) || !close_folder(folder, err))
        return ts_wrap(err, "cannot start a boot image from the disk");
    if (folder[0] == '\0' || folder[1] != ':')
        return ts_fail(err, TS_SCHEMA, "'%s' is no folder on a volume with a letter", folder);
    const char drive[] = {folder[0], ':', '\0'};
    TS_CLEANUP(ts_free_ptr) char *below = ts_path_native(folder + 2, err);
    TS_CLEANUP(ts_free_ptr) char *tool = below ? ts_win_tool(machine, "bcdedit.exe", err) : NULL;
    const bcd b = {.machine = machine, .tool = tool};
    return tool && ts_win_firmware(machine, &uefi, &secure_boot, err) && make_entries(&b, err) &&
           set_entries(&b, drive, below, uefi, err) && bcdedit(&b, once, err);
}
