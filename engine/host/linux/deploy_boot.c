/* deploy_boot.c - what makes the firmware start a Windows: boot files and boot store on the system
 * partition, and an entry in the firmware's variables where there are any. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_bcd.h"
#include "deploy_ops.h"
#include "deploy_private.h"

#define DEPTH_MAX 8u /* folders below Windows\Boot\EFI; there is one: the language */

/* Files of the volume are copied by way of one temporary file. */
typedef struct boot {
    ts_linux *machine;
    ts_lx_place windows;
    ts_lx_place system;
    ts_lx_ntfs *volume;
    char *temp;
} boot;

static void boot_done(boot *b)
{
    (void)ts_lx_ntfs_close(b->volume, NULL);
    ts_lx_temp_done(&b->temp);
}

static bool to_file(void *ctx, const void *data, size_t size, ts_err **err)
{
    return ts_file_append(ctx, data, size, err);
}

static bool copy_file(boot *b, const char *from, const char *to, ts_err **err)
{
    ts_file *file = ts_file_open(b->temp, TS_FILE_CREATE, true, err);
    bool ok = file && ts_lx_ntfs_read(b->volume, from, NULL, to_file, file, err);
    ts_file_close(file);
    return ok && ts_lx_fat_put(&b->system, b->temp, to, err);
}

static bool copy_tree(boot *b, const char *from, const char *to, unsigned depth, ts_err **err)
{
    ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    bool ok = depth < DEPTH_MAX ||
              ts_fail(err, TS_LIMIT, "'%s' is more than %u folders deep", from, DEPTH_MAX);
    ok = ok && ts_lx_ntfs_list(b->volume, from, &names, err) &&
         ts_lx_fat_mkdir(&b->system, to, err);
    for (const char *line = ok ? ts_buf_text(&names) : ""; ok && *line;) {
        size_t len = strcspn(line, "\n");
        bool folder = line[len - 1] == '/';
        TS_CLEANUP(ts_free_ptr)
        char *source = ts_sprintf("%s/%.*s", from, (int)(len - folder), line);
        TS_CLEANUP(ts_free_ptr)
        char *target = ts_sprintf("%s/%.*s", to, (int)(len - folder), line);
        ok = (source && target) || ts_fail_nomem(err);
        ok = ok && (folder ? copy_tree(b, source, target, depth + 1, err)
                           : copy_file(b, source, target, err));
        line += len + 1;
    }
    ts_buf_done(&names);
    return ok;
}

static bool copy_if_there(boot *b, const char *from, const char *to, ts_err **err)
{
    ts_file_info info;
    return ts_lx_ntfs_info(b->volume, from, &info, err) &&
           (!info.exists || copy_tree(b, from, to, 0, err));
}

/* UEFI specification: what the firmware starts from a disk that it has no entry for. */
static const char *fallback_name(boot *b)
{
    ts_file_info arm = {0};
    bool is_arm = ts_lx_ntfs_info(b->volume, "Windows/SysArm32", &arm, NULL) && arm.exists;
    return is_arm ? "EFI/Boot/bootaa64.efi" : "EFI/Boot/bootx64.efi";
}

static bool copy_boot_files(boot *b, ts_err **err)
{
    ts_file_info info;
    if (!ts_lx_ntfs_info(b->volume, "Windows/Boot/EFI/bootmgfw.efi", &info, err))
        return false;
    if (!info.exists)
        return ts_fail(err, TS_NOT_FOUND,
                       "the volume has no 'Windows\\Boot\\EFI\\bootmgfw.efi': apply an image of an "
                       "installed Windows (not of Windows PE or of the setup media) first");
    return copy_tree(b, "Windows/Boot/EFI", "EFI/Microsoft/Boot", 0, err) &&
           copy_if_there(b, "Windows/Boot/Fonts", "EFI/Microsoft/Boot/Fonts", err) &&
           copy_if_there(b, "Windows/Boot/Resources", "EFI/Microsoft/Boot/Resources", err) &&
           copy_file(b, "Windows/Boot/EFI/bootmgfw.efi", fallback_name(b), err);
}

/* --- The system partition ------------------------------------------------------------------- */

static const ts_lx_part *part_at(const ts_lx_table *table, uint64_t offset)
{
    for (size_t i = 0; i < table->n_parts; i++) {
        if (table->parts[i].offset == offset)
            return &table->parts[i];
    }
    return NULL;
}

static const ts_lx_part *system_part(const ts_lx_table *table)
{
    for (size_t i = 0; i < table->n_parts; i++) {
        const ts_lx_part *part = &table->parts[i];
        if (table->style == TS_DISK_GPT ? part->kind == TS_PARTITION_EFI : part->active)
            return part;
    }
    return NULL;
}

static bool find_system(const ts_lx_table *table, boot *b, ts_err **err)
{
    const ts_lx_part *part = system_part(table);
    if (!part)
        return ts_fail(err, TS_STATE, "disk %" PRIu32 " has no %s", b->windows.disk,
                       table->style == TS_DISK_GPT ? "EFI system partition"
                                                   : "active partition to start from");
    b->system = b->windows;
    b->system.partition = part->number;
    b->system.offset = part->offset;
    b->system.bytes = part->bytes;
    if (!ts_lx_place_look(&b->system, err))
        return false;
    if (b->system.filesystem == TS_FS_FAT32)
        return true;
    if (table->style == TS_DISK_MBR)
        return ts_fail(err, TS_UNSUPPORTED,
                       "the active partition of disk %" PRIu32
                       " is not FAT32: a start by BIOS needs Microsoft's boot code, which Linux "
                       "cannot write; use UEFI, or run the sequence in Windows PE",
                       b->windows.disk);
    return ts_fail(err, TS_STATE,
                   "the EFI system partition of disk %" PRIu32 " is not formatted with FAT32",
                   b->windows.disk);
}

/* --- Store and firmware ---------------------------------------------------------------------- */

static ts_lx_bcd_partition bcd_partition(const ts_lx_table *table, const ts_lx_part *part)
{
    return (ts_lx_bcd_partition){.is_mbr = table->style == TS_DISK_MBR,
                                 .disk = table->id,
                                 .id = part->id,
                                 .offset = part->offset};
}

static bool write_store(const ts_lx_table *table, boot *b, const char *locale, ts_err **err)
{
    const ts_lx_part *windows = part_at(table, b->windows.offset);
    const ts_lx_part *system = part_at(table, b->system.offset);
    ts_lx_bcd bcd = {.locale = locale && *locale ? locale : "en-US", .name = "Windows"};
    if (!windows || !system)
        return ts_fail(err, TS_STATE, "the partition table changed meanwhile");
    bcd.windows = bcd_partition(table, windows);
    bcd.system = bcd_partition(table, system);
    return (ts_lx_bcd_make(b->temp, &bcd, err) &&
            ts_lx_fat_put(&b->system, b->temp, "EFI/Microsoft/Boot/BCD", err)) ||
           ts_wrap(err, "cannot write the boot store");
}

/* Only for a disk of this machine, and only where the firmware has variables. The fallback name
 * starts the disk without the entry, so a firmware that takes none is no failure. */
static void tell_firmware(const boot *b, bool is_image)
{
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%s/sys/firmware/efi/efivars", b->machine->sysroot);
    char part[16];
    (void)snprintf(part, sizeof(part), "%" PRIu32, b->system.partition);
    const char *argv[] = {"efibootmgr",
                          "-q",
                          "-c",
                          "-d",
                          b->system.path,
                          "-p",
                          part,
                          "-L",
                          "Windows Boot Manager",
                          "-l",
                          "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
                          NULL};
    if (!is_image && folder && ts_file_is_folder(folder))
        (void)ts_lx_tool(argv, "add an entry to the firmware", NULL, NULL, NULL);
}

bool ts_linux_boot_files(void *self, char windows, const char *locale, ts_err **err)
{
    ts_linux *machine = self;
    TS_CLEANUP(boot_done) boot b = {.machine = machine};
    if (!ts_lx_place_of(machine, windows, &b.windows, err) ||
        !ts_lx_place_may_change(&b.windows, err))
        return false;
    ts_lx_table *table = ts_lx_table_read(b.windows.path, err);
    bool ok = table && find_system(table, &b, err);
    ok = ok && (b.volume = ts_lx_ntfs_open(&b.windows, false, err)) != NULL;
    ok = ok && (b.temp = ts_lx_temp(err)) != NULL && copy_boot_files(&b, err) &&
         write_store(table, &b, locale, err);
    free(table);
    if (!ok)
        return ts_wrap(err, "cannot make the Windows on %c: bootable", windows);
    tell_firmware(&b, machine->n_images > 0);
    return true;
}
