/* deploy_disk.c - the disks: block devices of the machine, or image files that stand for them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_ops.h"
#include "deploy_private.h"
#include "deploy_table.h"

#define IMAGE_SECTOR 512u /* bytes; what libfdisk takes for a file */

/* --- Listing ------------------------------------------------------------------------------- */

static void put_text(char *to, size_t size, const ts_wmi_row *row, const char *name)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, name);
    bool text = value && value->kind == TS_WMI_TEXT && value->text;
    (void)snprintf(to, size, "%s", text ? value->text : "");
}

static uint64_t number(const ts_wmi_row *row, const char *name)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, name);
    return value && value->integer > 0 ? (uint64_t)value->integer : 0;
}

/* The WMI rows have done the looking already: the same disks with the same numbers. */
static void from_row(ts_lx_disk *disk, const ts_linux *machine, const ts_wmi_row *row)
{
    char media[64];
    char node[128];
    disk->info.index = (uint32_t)number(row, "Index");
    disk->info.bytes = number(row, "Size");
    disk->info.sector = (uint32_t)number(row, "BytesPerSector");
    put_text(disk->info.model, sizeof(disk->info.model), row, "Model");
    put_text(disk->info.serial, sizeof(disk->info.serial), row, "SerialNumber");
    put_text(node, sizeof(node), row, "PNPDeviceID");
    (void)snprintf(disk->path, sizeof(disk->path), "%.800s%s", machine->sysroot, node);
    put_text(media, sizeof(media), row, "MediaType");
    disk->info.is_removable = strstr(media, "Removable") || strstr(media, "External");
    (void)snprintf(disk->name, sizeof(disk->name), "%.63s", ts_path_base(disk->path));
}

static bool list_devices(ts_linux *machine, ts_lx_disk **out, size_t *count, ts_err **err)
{
    const ts_lx_class *class_of = ts_lx_class_find("root\\cimv2", "Win32_DiskDrive");
    ts_wmi_rows rows = {0};
    if (!ts_lx_class_fill(class_of, machine->sysroot, &rows, err))
        return false;
    size_t n = rows.n_rows < TS_DISKS_MAX ? rows.n_rows : TS_DISKS_MAX;
    ts_lx_disk *disks = ts_alloc_array(n + 1, sizeof(*disks));
    for (size_t i = 0; disks && i < n; i++)
        from_row(&disks[i], machine, &rows.rows[i]);
    ts_wmi_rows_done(&rows);
    if (!disks)
        return ts_fail_nomem(err);
    *out = disks;
    *count = n;
    return true;
}

static bool list_images(ts_linux *machine, ts_lx_disk **out, size_t *count, ts_err **err)
{
    ts_lx_disk *disks = ts_alloc_array(machine->n_images, sizeof(*disks));
    if (!disks)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (uint32_t index = 0; index < TS_DISKS_MAX; index++) {
        for (size_t i = 0; i < machine->n_images; i++) {
            struct stat st;
            const ts_lx_image *image = &machine->images[i];
            if (image->index != index)
                continue;
            if (stat(image->path, &st) != 0) {
                free(disks);
                return ts_fail(err, TS_NOT_FOUND,
                               "disk %" PRIu32 " is gone: there is no '%s' any more", index,
                               image->path);
            }
            ts_lx_disk *disk = &disks[n++];
            disk->info.index = index;
            disk->info.bytes = (uint64_t)st.st_size;
            disk->info.sector = IMAGE_SECTOR;
            (void)snprintf(disk->info.model, sizeof(disk->info.model), "image file %.100s",
                           ts_path_base(image->path));
            (void)snprintf(disk->path, sizeof(disk->path), "%s", image->path);
        }
    }
    *out = disks;
    *count = n;
    return true;
}

bool ts_lx_disk_list(ts_linux *machine, ts_lx_disk **out, size_t *count, ts_err **err)
{
    ts_lx_disk *disks = NULL;
    size_t n = 0;
    if (!(machine->n_images ? list_images : list_devices)(machine, &disks, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        ts_lx_table *table = ts_lx_table_read(disks[i].path, NULL);
        if (table) { /* without the right to read it, the disk is listed all the same */
            disks[i].info.style = table->style;
            disks[i].info.n_partitions = (uint32_t)table->n_parts;
        }
        free(table);
        ts_lx_disk_safety(machine, &disks[i]);
    }
    *out = disks;
    *count = n;
    return true;
}

bool ts_lx_disk_get(ts_linux *machine, uint32_t index, ts_lx_disk *out, ts_err **err)
{
    ts_lx_disk *disks = NULL;
    size_t n = 0;
    if (!ts_lx_disk_list(machine, &disks, &n, err))
        return false;
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        found = disks[i].info.index == index;
        if (found)
            *out = disks[i];
    }
    free(disks);
    return found || ts_fail(err, TS_NOT_FOUND, "there is no disk %" PRIu32, index);
}

/* Virtual machines lock their disks (QEMU: "image locking"), and so does this, against a second
 * run. A file system that knows no locks has none. */
static void lock_image(ts_lx_image *image)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    image->lock = open(image->path, O_RDWR | O_CLOEXEC);
    image->in_use = image->lock >= 0 && fcntl(image->lock, F_OFD_SETLK, &all) != 0 &&
                    (errno == EAGAIN || errno == EACCES);
}

void ts_lx_images_unlock(ts_linux *machine)
{
    for (size_t i = 0; i < machine->n_images; i++) {
        if (machine->images[i].lock >= 0)
            close(machine->images[i].lock);
    }
}

bool ts_linux_disk_image(void *self, uint32_t disk, const char *file, ts_err **err)
{
    ts_linux *machine = self;
    struct stat st;
    if (disk >= TS_DISKS_MAX)
        return ts_fail(err, TS_LIMIT, "disk numbers end at %u", TS_DISKS_MAX - 1);
    for (size_t i = 0; i < machine->n_images; i++) {
        if (machine->images[i].index == disk)
            return ts_fail(err, TS_USAGE, "disk %" PRIu32 " is given twice", disk);
    }
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_absolute(file, err);
    if (!path)
        return false;
    if (stat(path, &st) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot use '%s' as disk %" PRIu32,
                          file, disk);
    if (!S_ISREG(st.st_mode))
        return ts_fail(err, TS_USAGE,
                       "cannot use '%s' as disk %" PRIu32 ": it is no file; the disks of the "
                       "machine are used without the option",
                       file, disk);
    if (strlen(path) >= TS_LX_PATH_MAX)
        return ts_fail(err, TS_LIMIT, "the path of disk %" PRIu32 " is longer than %u bytes", disk,
                       TS_LX_PATH_MAX - 1);
    ts_lx_image *image = &machine->images[machine->n_images++];
    image->index = disk;
    (void)snprintf(image->path, sizeof(image->path), "%s", path);
    lock_image(image);
    return true;
}

/* --- Operations ---------------------------------------------------------------------------- */

bool ts_linux_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err)
{
    ts_lx_disk *disks = NULL;
    size_t n = 0;
    if (!ts_lx_disk_list(self, &disks, &n, err))
        return false;
    ts_disk_info *infos = ts_alloc_array(n + 1, sizeof(*infos));
    for (size_t i = 0; infos && i < n; i++)
        infos[i] = disks[i].info;
    free(disks);
    if (!infos)
        return ts_fail_nomem(err);
    *out = infos;
    *count = n;
    return true;
}

bool ts_linux_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                        ts_err **err)
{
    ts_lx_disk found;
    if (!ts_lx_disk_get(self, disk, &found, err))
        return false;
    *bytes = ts_disk_table_room(found.info.bytes, found.info.sector, style);
    return true;
}

/* What was on the disk must not shine through where a new partition begins. */
static bool clear_starts(const char *path, const ts_disk_plan *plan, const uint64_t *offsets,
                         ts_err **err)
{
    static const char zeros[64 * 1024];
    ts_file *file = ts_file_open(path, TS_FILE_UPDATE, false, err);
    bool ok = file != NULL;
    for (size_t i = 0; ok && i < plan->n_partitions; i++) {
        if (plan->partitions[i].kind != TS_PARTITION_EXTENDED)
            ok = ts_file_pwrite(file, zeros, sizeof(zeros), offsets[i], err);
    }
    ts_file_close(file);
    return ok;
}

static bool finish(ts_linux *machine, const ts_lx_disk *disk, ts_partition_plan *part, size_t at,
                   uint64_t offset, ts_err **err)
{
    ts_lx_place place = {.disk = disk->info.index,
                         .partition = (uint32_t)at + 1,
                         .sector = disk->info.sector,
                         .kind = part->kind,
                         .offset = offset,
                         .bytes = part->bytes};
    (void)snprintf(place.path, sizeof(place.path), "%s", disk->path);
    if (part->filesystem != TS_FS_NONE &&
        !ts_lx_volume_format(machine, &place, part->filesystem, part->label, part->quick, err))
        return ts_wrap(err, "partition %zu", at + 1);
    part->got = part->letter ? ts_lx_letter_give(machine, disk->info.index, offset) : 0;
    return !part->letter || part->got ||
           ts_fail(err, TS_LIMIT, "partition %zu: no drive letter is free", at + 1);
}

bool ts_linux_disk_partition(void *self, ts_disk_plan *plan, ts_err **err)
{
    ts_linux *machine = self;
    ts_lx_disk disk;
    uint64_t offsets[TS_PARTITIONS_MAX];
    if (!ts_lx_disk_get(machine, plan->disk, &disk, err))
        return false;
    if (*disk.info.keep_off)
        return ts_fail(err, TS_REFUSED, "disk %" PRIu32 ": %s", plan->disk, disk.info.keep_off);
    uint64_t room = ts_disk_table_room(disk.info.bytes, disk.info.sector, plan->style);
    if (!ts_disk_table_offsets(plan, room, offsets, err))
        return ts_wrap(err, "disk %" PRIu32, plan->disk);
    ts_lx_letters_load(machine); /* so that letters of other disks stay what they are */
    ts_lx_letters_drop(machine, plan->disk);
    if (!ts_lx_table_write(disk.path, plan, offsets, err) ||
        !clear_starts(disk.path, plan, offsets, err))
        return ts_wrap(err, "cannot partition disk %" PRIu32 " (%s)", plan->disk, disk.path);
    for (size_t i = 0; i < plan->n_partitions; i++) {
        if (!finish(machine, &disk, &plan->partitions[i], i, offsets[i], err))
            return ts_wrap(err, "disk %" PRIu32 " (%s) has its new partition table", plan->disk,
                           disk.path);
    }
    return true;
}
