/* deploy_table.c - partition tables, read and written by libfdisk. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libfdisk/libfdisk.h>

#include <ts/mem.h>

#include "deploy_private.h"
#include "deploy_table.h"

static const struct {
    ts_partition_kind kind;
    const char *guid; /* GPT type (UEFI specification; Microsoft: CREATE_PARTITION types) */
    unsigned mbr;     /* MBR type */
    const char *name; /* as diskpart names them */
    uint64_t attributes;
} kinds[] = {
    /* The first row of a kind is the one that is written. Recovery: Microsoft, "UEFI/GPT-based hard
     * drive partitions": required by the platform, no drive letter. */
    {TS_PARTITION_PRIMARY, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 0x07, "Basic data partition", 0},
    {TS_PARTITION_EFI, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 0xef, "EFI system partition", 0},
    {TS_PARTITION_MSR, "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", 0, "Microsoft reserved partition",
     0},
    {TS_PARTITION_RECOVERY, "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", 0x27, "Basic data partition",
     UINT64_C(0x8000000000000001)},
    {TS_PARTITION_HIDDEN, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 0x17, "Basic data partition",
     UINT64_C(0xC000000000000000)},
    {TS_PARTITION_EXTENDED, NULL, 0x0f, NULL, 0},
    {TS_PARTITION_EXTENDED, NULL, 0x05, NULL, 0},
    {TS_PARTITION_LOGICAL, NULL, 0x07, NULL, 0},
};

#define MBR_FAT32 0x0cu

static void unref(struct fdisk_context **disk)
{
    if (*disk) {
        (void)fdisk_deassign_device(*disk, 1);
        fdisk_unref_context(*disk);
    }
}

static struct fdisk_context *open_disk(const char *path, bool write, ts_err **err)
{
    struct fdisk_context *disk = fdisk_new_context();
    if (!disk) {
        ts_fail_nomem(err);
        return NULL;
    }
    (void)fdisk_disable_dialogs(disk, 1);
    int rc = fdisk_assign_device(disk, path, !write);
    if (rc != 0) {
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)-rc, "cannot open disk '%s'", path);
        fdisk_unref_context(disk);
        return NULL;
    }
    return disk;
}

/* --- Reading ------------------------------------------------------------------------------- */

static ts_partition_kind kind_of(struct fdisk_partition *part)
{
    const struct fdisk_parttype *type = fdisk_partition_get_type(part);
    const char *guid = fdisk_parttype_get_string(type);
    const char *attributes = fdisk_partition_get_attrs(part);
    if (fdisk_partition_is_nested(part))
        return TS_PARTITION_LOGICAL;
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        bool same = guid && *guid ? kinds[i].guid && ts_str_ieq(guid, kinds[i].guid)
                                  : kinds[i].mbr == fdisk_parttype_get_code(type);
        /* libfdisk names bit 62, which hides a volume, by its number. */
        if (same && kinds[i].kind == TS_PARTITION_PRIMARY && attributes && strstr(attributes, "62"))
            return TS_PARTITION_HIDDEN;
        if (same)
            return kinds[i].kind;
    }
    return TS_PARTITION_PRIMARY;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t len = from ? strlen(from) : 0;
    if (len >= size)
        len = size - 1;
    if (len > 0)
        memcpy(to, from, len);
    to[len] = '\0';
}

static void read_part(ts_lx_table *table, struct fdisk_partition *part)
{
    if (table->n_parts == TS_PARTITIONS_MAX || !fdisk_partition_is_used(part))
        return;
    ts_lx_part *to = &table->parts[table->n_parts++];
    to->number = (uint32_t)fdisk_partition_get_partno(part) + 1;
    to->offset = (uint64_t)fdisk_partition_get_start(part) * table->sector;
    to->bytes = (uint64_t)fdisk_partition_get_size(part) * table->sector;
    to->active = fdisk_partition_is_bootable(part) == 1;
    to->kind = kind_of(part);
    copy_text(to->id, sizeof(to->id), fdisk_partition_get_uuid(part));
}

static bool read_parts(struct fdisk_context *disk, ts_lx_table *table, ts_err **err)
{
    char *id = NULL;
    struct fdisk_table *list = NULL;
    if (fdisk_get_disklabel_id(disk, &id) == 0)
        copy_text(table->id, sizeof(table->id), id);
    free(id);
    int rc = fdisk_get_partitions(disk, &list);
    struct fdisk_iter *each = rc == 0 ? fdisk_new_iter(FDISK_ITER_FORWARD) : NULL;
    struct fdisk_partition *part = NULL;
    while (each && fdisk_table_next_partition(list, each, &part) == 0)
        read_part(table, part);
    bool ok = each != NULL || ts_fail(err, TS_OS, "cannot read the partition table");
    fdisk_free_iter(each);
    fdisk_unref_table(list);
    return ok;
}

ts_lx_table *ts_lx_table_read(const char *path, ts_err **err)
{
    ts_lx_table *table = ts_alloc(sizeof(*table));
    if (!table) {
        ts_fail_nomem(err);
        return NULL;
    }
    TS_CLEANUP(unref) struct fdisk_context *disk = open_disk(path, false, err);
    bool ok = disk != NULL;
    if (ok) {
        table->sector = (uint32_t)fdisk_get_sector_size(disk);
        table->bytes = (uint64_t)fdisk_get_nsectors(disk) * table->sector;
        table->style = fdisk_is_label(disk, GPT)   ? TS_DISK_GPT
                       : fdisk_is_label(disk, DOS) ? TS_DISK_MBR
                                                   : TS_DISK_RAW;
        ok = table->style == TS_DISK_RAW || read_parts(disk, table, err);
    }
    if (!ok) {
        free(table);
        return NULL;
    }
    return table;
}

/* --- Writing ------------------------------------------------------------------------------- */

static struct fdisk_parttype *type_for(const ts_partition_plan *plan, ts_disk_style style)
{
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        if (kinds[i].kind != plan->kind)
            continue;
        if (style == TS_DISK_GPT)
            return kinds[i].guid ? fdisk_new_unknown_parttype(0, kinds[i].guid) : NULL;
        bool fat = kinds[i].mbr == 0x07 && plan->filesystem == TS_FS_FAT32;
        return kinds[i].mbr ? fdisk_new_unknown_parttype(fat ? MBR_FAT32 : kinds[i].mbr, NULL)
                            : NULL;
    }
    return NULL;
}

static size_t row_of(ts_partition_kind kind)
{
    size_t row = 0;
    while (row + 1 < TS_COUNT(kinds) && kinds[row].kind != kind)
        row++;
    return row;
}

static bool add(struct fdisk_context *disk, const ts_disk_plan *plan, size_t i, uint64_t offset,
                ts_err **err)
{
    const ts_partition_plan *from = &plan->partitions[i];
    uint64_t sector = fdisk_get_sector_size(disk);
    struct fdisk_parttype *type = type_for(from, plan->style);
    struct fdisk_partition *part = fdisk_new_partition();
    bool possible = type != NULL;
    int rc = -ENOMEM;
    size_t number = 0;
    if (type && part) {
        (void)fdisk_partition_set_type(part, type);
        (void)fdisk_partition_set_start(part, offset / sector);
        (void)fdisk_partition_set_size(part, from->bytes / sector);
        if (plan->style == TS_DISK_GPT)
            (void)fdisk_partition_set_name(part, kinds[row_of(from->kind)].name);
        (void)fdisk_partition_partno_follow_default(part, 1);
        rc = fdisk_add_partition(disk, part, &number);
    }
    if (rc == 0 && plan->style == TS_DISK_GPT && kinds[row_of(from->kind)].attributes)
        rc = fdisk_gpt_set_partition_attrs(disk, number, kinds[row_of(from->kind)].attributes);
    if (rc == 0 && plan->style == TS_DISK_MBR && from->active)
        rc = fdisk_toggle_partition_flag(disk, number, DOS_FLAG_ACTIVE);
    fdisk_unref_parttype(type);
    fdisk_unref_partition(part);
    if (!possible)
        return ts_fail(err, TS_SCHEMA, "a %s disk has no partition of the kind of partition %zu",
                       plan->style == TS_DISK_GPT ? "GPT" : "MBR", i + 1);
    return rc == 0 ||
           ts_fail_os(err, TS_OS_ERRNO, (uint32_t)-rc, "cannot add partition %zu (%" PRIu64 " MiB)",
                      i + 1, from->bytes / TS_MIB);
}

bool ts_lx_table_write(const char *path, const ts_disk_plan *plan, const uint64_t *offsets,
                       ts_err **err)
{
    TS_CLEANUP(unref) struct fdisk_context *disk = open_disk(path, true, err);
    if (!disk)
        return false;
    (void)fdisk_enable_wipe(disk, 1);
    int rc = fdisk_create_disklabel(disk, plan->style == TS_DISK_GPT ? "gpt" : "dos");
    if (rc != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)-rc, "cannot make a partition table");
    for (size_t i = 0; i < plan->n_partitions; i++) {
        if (!add(disk, plan, i, offsets[i], err))
            return false;
    }
    rc = fdisk_write_disklabel(disk);
    if (rc != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)-rc, "cannot write the partition table");
    /* So that other programs see the new partitions; we do not need the kernel for them. */
    (void)fdisk_reread_partition_table(disk);
    return true;
}
