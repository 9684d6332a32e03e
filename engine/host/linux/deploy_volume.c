/* deploy_volume.c - volumes: what is on a partition, and the table of drive letters.
 *
 * Letters as Windows PE gives them: C, D, ... to the data volumes in the order of disks and
 * partitions. EFI, reserved, recovery and hidden partitions get none, nor does anything on a disk
 * that must not be touched. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_ops.h"
#include "deploy_private.h"

#define FIRST_LETTER 'C' /* A and B are floppy drives */

/* --- What is on it ------------------------------------------------------------------------- */

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool ts_lx_place_look(ts_lx_place *place, ts_err **err)
{
    unsigned char boot[512] = {0};
    size_t got = 0;
    ts_file *file = ts_file_open(place->path, TS_FILE_READ, false, err);
    bool ok = file && ts_file_pread(file, boot, sizeof(boot), place->offset, &got, err);
    ts_file_close(file);
    if (!ok)
        return false;
    place->filesystem = TS_FS_NONE;
    place->locked = memcmp(boot + 3, "-FVE-FS-", 8) == 0;
    *place->label = '\0';
    if (memcmp(boot + 3, "NTFS    ", 8) == 0) {
        place->filesystem = TS_FS_NTFS;
    } else if (memcmp(boot + 82, "FAT32   ", 8) == 0) {
        place->filesystem = TS_FS_FAT32;
        (void)snprintf(place->label, sizeof(place->label), "%.11s", (const char *)boot + 71);
        (void)ts_str_trim(place->label);
    } else if (boot[510] == 0x55 && boot[511] == 0xaa) {
        place->filesystem = TS_FS_OTHER;
    }
    return true;
}

static void place_from(ts_lx_place *place, const ts_lx_disk *disk, const ts_lx_part *part)
{
    *place = (ts_lx_place){.disk = disk->info.index,
                           .partition = part->number,
                           .sector = disk->info.sector,
                           .kind = part->kind,
                           .offset = part->offset,
                           .bytes = part->bytes};
    (void)snprintf(place->path, sizeof(place->path), "%s", disk->path);
    (void)snprintf(place->keep_off, sizeof(place->keep_off), "%s", disk->info.keep_off);
}

bool ts_lx_place_may_change(const ts_lx_place *place, ts_err **err)
{
    return !*place->keep_off || ts_fail(err, TS_REFUSED, "disk %u must not be changed now: %s",
                                        (unsigned)place->disk, place->keep_off);
}

void ts_lx_place_text(const ts_lx_place *place, char out[TS_LX_PLACE_MAX])
{
    (void)snprintf(out, TS_LX_PLACE_MAX, "%s@%llu:%llu", place->path,
                   (unsigned long long)place->offset, (unsigned long long)place->bytes);
}

/* --- Letters ------------------------------------------------------------------------------- */

static char letter_at(const ts_linux *machine, uint32_t disk, uint64_t offset)
{
    for (size_t i = 0; i < TS_COUNT(machine->letters); i++) {
        const ts_lx_letter *letter = &machine->letters[i];
        if (letter->used && letter->disk == disk && letter->offset == offset)
            return (char)('A' + (char)i);
    }
    return 0;
}

char ts_lx_letter_give(ts_linux *machine, uint32_t disk, uint64_t offset)
{
    for (size_t i = FIRST_LETTER - 'A'; i < TS_COUNT(machine->letters); i++) {
        ts_lx_letter *letter = &machine->letters[i];
        if (letter->used)
            continue;
        *letter = (ts_lx_letter){.used = true, .disk = disk, .offset = offset};
        return (char)('A' + (char)i);
    }
    return 0;
}

void ts_lx_letters_drop(ts_linux *machine, uint32_t disk)
{
    for (size_t i = 0; i < TS_COUNT(machine->letters); i++) {
        if (machine->letters[i].disk == disk)
            machine->letters[i].used = false;
    }
}

static void load_disk(ts_linux *machine, const ts_lx_disk *disk)
{
    ts_lx_table *table = ts_lx_table_read(disk->path, NULL);
    for (size_t i = 0; table && i < table->n_parts; i++) {
        ts_lx_place place;
        place_from(&place, disk, &table->parts[i]);
        bool data = place.kind == TS_PARTITION_PRIMARY || place.kind == TS_PARTITION_LOGICAL;
        if (data && ts_lx_place_look(&place, NULL) &&
            (place.locked || place.filesystem == TS_FS_NTFS || place.filesystem == TS_FS_FAT32))
            (void)ts_lx_letter_give(machine, disk->info.index, place.offset);
    }
    free(table);
}

void ts_lx_letters_load(ts_linux *machine)
{
    if (machine->letters_loaded)
        return;
    machine->letters_loaded = true;
    ts_lx_disk *disks = NULL;
    size_t n = 0;
    if (!ts_lx_disk_list(machine, &disks, &n, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        if (!*disks[i].info.keep_off)
            load_disk(machine, &disks[i]);
    }
    free(disks);
}

bool ts_lx_place_of(ts_linux *machine, char letter, ts_lx_place *out, ts_err **err)
{
    ts_lx_letters_load(machine);
    char upper = (char)toupper((unsigned char)letter);
    bool given = upper >= 'A' && upper <= 'Z' && machine->letters[upper - 'A'].used;
    if (!given)
        return ts_fail(err, TS_NOT_FOUND, "no volume has the letter %c:", letter);
    const ts_lx_letter *found = &machine->letters[upper - 'A'];
    ts_lx_disk disk;
    if (!ts_lx_disk_get(machine, found->disk, &disk, err))
        return ts_wrap(err, "volume %c:", upper);
    ts_lx_table *table = ts_lx_table_read(disk.path, err);
    bool there = false;
    for (size_t i = 0; table && i < table->n_parts && !there; i++) {
        there = table->parts[i].offset == found->offset;
        if (there)
            place_from(out, &disk, &table->parts[i]);
    }
    bool read = table != NULL;
    free(table);
    return read && (there || ts_fail(err, TS_NOT_FOUND, "volume %c: is no longer there", upper)) &&
           ts_lx_place_look(out, err);
}

/* --- Operations ---------------------------------------------------------------------------- */

/* FAT32 keeps the number of free clusters in a sector that the boot sector names; it is a hint. */
static uint64_t fat_free(const ts_lx_place *place)
{
    unsigned char boot[512] = {0};
    unsigned char info[512] = {0};
    size_t got = 0;
    ts_file *file = ts_file_open(place->path, TS_FILE_READ, false, NULL);
    bool ok = file && ts_file_pread(file, boot, sizeof(boot), place->offset, &got, NULL);
    uint64_t sector = (uint64_t)boot[11] | (uint64_t)boot[12] << 8;
    uint64_t at = ((uint64_t)boot[48] | (uint64_t)boot[49] << 8) * sector;
    ok = ok && ts_file_pread(file, info, sizeof(info), place->offset + at, &got, NULL);
    ts_file_close(file);
    uint32_t clusters = get32(info + 488);
    return ok && clusters != UINT32_MAX ? clusters * sector * boot[13] : 0;
}

static void describe(const ts_linux *machine, const ts_lx_place *place, bool active,
                     ts_volume_info *out)
{
    *out = (ts_volume_info){.disk = place->disk,
                            .partition = place->partition,
                            .kind = place->kind,
                            .filesystem = place->filesystem,
                            .offset = place->offset,
                            .bytes = place->bytes,
                            .is_active = active,
                            .is_locked = place->locked,
                            .letter = letter_at(machine, place->disk, place->offset)};
    (void)snprintf(out->label, sizeof(out->label), "%s", place->label);
    if (place->filesystem == TS_FS_FAT32)
        out->free = fat_free(place);
    if (place->filesystem != TS_FS_NTFS)
        return;
    ts_lx_ntfs *volume = ts_lx_ntfs_open(place, false, NULL);
    ts_file_info hive = {0};
    if (volume) {
        ts_lx_ntfs_facts(volume, out->label, sizeof(out->label), &out->free);
        out->has_windows = ts_lx_ntfs_info(volume, "Windows/System32/config/SYSTEM", &hive, NULL) &&
                           hive.exists;
    }
    (void)ts_lx_ntfs_close(volume, NULL);
}

bool ts_linux_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err)
{
    ts_linux *machine = self;
    ts_lx_disk found;
    ts_lx_letters_load(machine);
    if (!ts_lx_disk_get(machine, disk, &found, err))
        return false;
    ts_lx_table *table = ts_lx_table_read(found.path, err);
    ts_volume_info *list = table ? ts_alloc_array(table->n_parts + 1, sizeof(*list)) : NULL;
    bool ok = list != NULL || (table && ts_fail_nomem(err));
    for (size_t i = 0; ok && i < table->n_parts; i++) {
        ts_lx_place place;
        place_from(&place, &found, &table->parts[i]);
        ok = ts_lx_place_look(&place, err);
        if (ok)
            describe(machine, &place, table->parts[i].active, &list[i]);
    }
    if (ok) {
        *out = list;
        *count = table->n_parts;
    } else {
        free(list);
    }
    free(table);
    return ok;
}

bool ts_linux_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                            bool quick, ts_err **err)
{
    ts_lx_place place;
    return ts_lx_place_of(self, letter, &place, err) &&
           ts_lx_volume_format(self, &place, filesystem, label, quick, err);
}
