/* sim_deploy.c - disks and volumes of the simulated machine, with the arithmetic of real ones. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>

#include "sim.h"

#define MBR_REACH       (UINT64_C(1) << 41) /* 2 TiB: 32-bit sector numbers of 512 bytes */
#define MBR_PRIMARY_MAX 4u
#define GPT_SECTORS     33u /* header and 128 entries behind the data (UEFI specification 5.3) */

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    len = len < size ? len : size - 1;
    memcpy(out, text ? text : "", len);
    out[len] = '\0';
}

static const char *keep_off(sim_machine *m, const sim_disk *disk)
{
    sim_disk *system = NULL;
    if (m->phase == SIM_FULL && sim_disk_by_letter(m, 'C', &system) && system == disk) {
        return "the Windows that runs is on it";
    }
    return "";
}

bool sim_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err)
{
    sim_machine *m = self;
    ts_disk_info *list = ts_alloc_array(m->n_disks + 1, sizeof(*list));
    if (!list) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < m->n_disks; i++) {
        const sim_disk *d = &m->disks[i];
        list[i] = (ts_disk_info){.index = (uint32_t)i,
                                 .bytes = d->size,
                                 .sector = (uint32_t)d->sector,
                                 .style = (ts_disk_style)d->style,
                                 .is_removable = d->removable,
                                 .n_partitions = (uint32_t)d->n_partitions};
        copy_text(list[i].model, sizeof(list[i].model), d->model);
        copy_text(list[i].serial, sizeof(list[i].serial), d->serial);
        copy_text(list[i].keep_off, sizeof(list[i].keep_off), keep_off(m, d));
    }
    *out = list;
    *count = m->n_disks;
    return true;
}

static bool disk_at(sim_machine *m, uint32_t index, sim_disk **out, ts_err **err)
{
    if (index >= m->n_disks) {
        ts_fail(err, TS_NOT_FOUND, "there is no disk %" PRIu32 " (the machine has %zu)", index,
                m->n_disks);
        return false; /* in one word, so that the compiler sees it */
    }
    *out = &m->disks[index];
    return true;
}

static ts_filesystem filesystem_of(const sim_partition *p)
{
    return !*p->filesystem                      ? TS_FS_NONE
           : ts_str_ieq(p->filesystem, "NTFS")  ? TS_FS_NTFS
           : ts_str_ieq(p->filesystem, "FAT32") ? TS_FS_FAT32
                                                : TS_FS_OTHER;
}

bool sim_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err)
{
    sim_machine *m = self;
    sim_disk *d = NULL;
    if (!disk_at(m, disk, &d, err)) {
        return false;
    }
    ts_volume_info *list = ts_alloc_array(d->n_partitions + 1, sizeof(*list));
    if (!list) {
        return ts_fail_nomem(err);
    }
    uint64_t at = TS_MIB;
    for (size_t i = 0; i < d->n_partitions; i++) {
        const sim_partition *p = &d->partitions[i];
        bool locked = p->bitlocker == SIM_BITLOCKER_LOCKED;
        /* The kinds have the same order in both enums (checked in the unit test). */
        list[i] = (ts_volume_info){.letter = p->letter,
                                   .disk = disk,
                                   .partition = (uint32_t)i + 1,
                                   .kind = (ts_partition_kind)p->type,
                                   .filesystem = locked ? TS_FS_OTHER : filesystem_of(p),
                                   .offset = at,
                                   .bytes = p->size,
                                   .free = locked ? 0 : p->size - p->used,
                                   .is_active = p->active,
                                   .is_locked = locked,
                                   .has_windows = p->os != NULL};
        copy_text(list[i].label, sizeof(list[i].label), p->label);
        /* Logical partitions lie inside the extended one, each behind its own table. */
        at += p->type == SIM_EXTENDED ? TS_MIB : p->size;
    }
    *out = list;
    *count = d->n_partitions;
    return true;
}

static uint64_t room_of(const sim_disk *d, ts_disk_style style)
{
    uint64_t end = d->size;
    if (style == TS_DISK_GPT) {
        uint64_t tail = GPT_SECTORS * (uint64_t)d->sector;
        end = end > tail ? end - tail : 0;
    } else if (d->sector == 512 && end > MBR_REACH) {
        end = MBR_REACH;
    }
    end -= end % TS_MIB;
    return end > TS_MIB ? end - TS_MIB : 0; /* the first MiB holds the table */
}

bool sim_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes, ts_err **err)
{
    sim_disk *d = NULL;
    if (!disk_at(self, disk, &d, err)) {
        return false;
    }
    *bytes = room_of(d, style);
    return true;
}

static bool check_kind(const ts_disk_plan *plan, size_t i, size_t *primaries, bool *extended,
                       ts_err **err)
{
    ts_partition_kind kind = plan->partitions[i].kind;
    bool gpt = plan->style == TS_DISK_GPT;
    bool gpt_only = kind == TS_PARTITION_EFI || kind == TS_PARTITION_MSR;
    bool mbr_only = kind == TS_PARTITION_EXTENDED || kind == TS_PARTITION_LOGICAL ||
                    kind == TS_PARTITION_HIDDEN;
    if ((gpt && mbr_only) || (!gpt && gpt_only)) {
        return ts_fail(err, TS_SCHEMA, "partition %zu: this kind does not exist on %s disks", i + 1,
                       gpt ? "GPT" : "MBR");
    }
    if (kind == TS_PARTITION_LOGICAL && !*extended) {
        return ts_fail(err, TS_SCHEMA,
                       "partition %zu is logical, but no extended partition stands before it",
                       i + 1);
    }
    *extended |= kind == TS_PARTITION_EXTENDED;
    *primaries += kind != TS_PARTITION_LOGICAL;
    if (!gpt && *primaries > MBR_PRIMARY_MAX) {
        return ts_fail(err, TS_LIMIT, "an MBR disk has room for %u primary partitions",
                       MBR_PRIMARY_MAX);
    }
    return true;
}

static bool check_plan(const sim_disk *d, const ts_disk_plan *plan, ts_err **err)
{
    uint64_t sum = 0;
    uint64_t inside = 0; /* what is left in the extended partition */
    size_t primaries = 0;
    bool extended = false;
    for (size_t i = 0; i < plan->n_partitions; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        if (!check_kind(plan, i, &primaries, &extended, err)) {
            return false;
        }
        if (part->kind == TS_PARTITION_LOGICAL) {
            if (part->bytes + TS_MIB > inside) {
                return ts_fail(err, TS_LIMIT,
                               "partition %zu does not fit into the extended partition", i + 1);
            }
            inside -= part->bytes + TS_MIB;
            continue;
        }
        inside = part->kind == TS_PARTITION_EXTENDED ? part->bytes : inside;
        sum += part->bytes;
        if (sum < part->bytes || sum > room_of(d, plan->style)) {
            return ts_fail(err, TS_LIMIT,
                           "partition %zu does not fit: the disk has room for %" PRIu64
                           " MiB, and %" PRIu64 " MiB are asked for up to here",
                           i + 1, room_of(d, plan->style) / TS_MIB, sum / TS_MIB);
        }
    }
    return true;
}

static bool is_free(sim_machine *m, char letter)
{
    for (size_t i = 0; i < m->n_drives; i++) {
        if ((m->drives[i].letter & ~0x20) == letter) {
            return false;
        }
    }
    return letter != sim_system_letter(m) && !sim_disk_by_letter(m, letter, NULL);
}

static char next_letter(sim_machine *m)
{
    for (const char *letter = "CDEFGHIJKLMNOPQRSTUVWYZ"; *letter; letter++) { /* X: Windows PE */
        if (is_free(m, *letter)) {
            return *letter;
        }
    }
    return 0;
}

static const char *filesystem_text(ts_filesystem filesystem)
{
    return filesystem == TS_FS_NTFS ? "NTFS" : filesystem == TS_FS_FAT32 ? "FAT32" : "";
}

#define FAT32_LABEL_MAX 11u
#define NTFS_LABEL_MAX  32u
#define FAT32_MIN       (33u * TS_MIB)                 /* fewer clusters than FAT32 needs below */
#define FAT32_MAX       (UINT64_C(32) * 1024 * TS_MIB) /* Windows' own format stops at 32 GiB */

static bool check_format(ts_filesystem filesystem, const char *label, uint64_t bytes, ts_err **err)
{
    size_t max = filesystem == TS_FS_FAT32 ? FAT32_LABEL_MAX : NTFS_LABEL_MAX;
    if (filesystem == TS_FS_NONE) {
        return true;
    }
    if (filesystem == TS_FS_FAT32 && (bytes < FAT32_MIN || bytes > FAT32_MAX)) {
        return ts_fail(err, TS_LIMIT,
                       "FAT32 needs 33 MiB to 32 GiB, and the volume has %" PRIu64 " MiB",
                       bytes / TS_MIB);
    }
    if (label && strlen(label) > max) {
        return ts_fail(err, TS_LIMIT, "label '%s' is longer than the %zu characters of %s", label,
                       max, filesystem_text(filesystem));
    }
    return true;
}

static bool add(sim_machine *m, sim_disk *d, ts_partition_plan *part, ts_err **err)
{
    sim_partition *p = &d->partitions[d->n_partitions];
    *p = (sim_partition){.id = m->next_partition_id++,
                         .type = (unsigned)part->kind,
                         .size = part->bytes,
                         .filesystem = filesystem_text(part->filesystem),
                         .label = ts_arena_strdup(m->arena, part->label),
                         .active = part->active};
    if (!p->label) {
        return ts_fail_nomem(err);
    }
    part->got = 0;
    if (part->letter && part->kind != TS_PARTITION_MSR && part->kind != TS_PARTITION_EXTENDED) {
        part->got = p->letter = next_letter(m);
        if (!p->letter) {
            return ts_fail(err, TS_LIMIT, "no drive letter is free any more");
        }
    }
    d->n_partitions++;
    return true;
}

bool sim_disk_partition(void *self, ts_disk_plan *plan, ts_err **err)
{
    sim_machine *m = self;
    sim_disk *d = NULL;
    if (!disk_at(m, plan->disk, &d, err) || !check_plan(d, plan, err)) {
        return false;
    }
    for (size_t i = 0; i < plan->n_partitions; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        if (!check_format(part->filesystem, part->label, part->bytes, err)) {
            return ts_wrap(err, "partition %zu", i + 1);
        }
    }
    sim_partition *room = ts_arena_alloc(m->arena, plan->n_partitions * sizeof(*room) + 1);
    if (!room) {
        return ts_fail_nomem(err);
    }
    sim_disk_wipe(m, d);
    d->partitions = room;
    d->style = (unsigned)plan->style;
    for (size_t i = 0; i < plan->n_partitions; i++) {
        if (!add(m, d, &plan->partitions[i], err)) {
            return ts_wrap(err, "partition %zu", i + 1);
        }
    }
    sim_wmi_forget(m);
    return true;
}

bool sim_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                       bool quick, ts_err **err)
{
    TS_UNUSED(quick);
    sim_machine *m = self;
    sim_partition *p = sim_disk_by_letter(m, letter, NULL);
    if (!p) {
        return ts_fail(err, TS_NOT_FOUND, "no volume of a disk has the letter %c:", letter);
    }
    if (!check_format(filesystem, label, p->size, err)) {
        return false;
    }
    const char *kept = ts_arena_strdup(m->arena, label ? label : "");
    if (!kept) {
        return ts_fail_nomem(err);
    }
    sim_partition_drop_files(m, p);
    p->filesystem = filesystem_text(filesystem);
    p->label = kept;
    p->used = 0;
    p->os = NULL;
    p->bitlocker = SIM_BITLOCKER_OFF;
    sim_wmi_forget(m);
    return true;
}

bool sim_disk_to_dynamic(void *self, uint32_t disk, ts_err **err)
{
    sim_disk *d = NULL;
    if (!disk_at(self, disk, &d, err)) {
        return false;
    }
    if (d->style == SIM_RAW) {
        return ts_fail(err, TS_STATE,
                       "disk %" PRIu32 " has no partition table: partition it before", disk);
    }
    return true;
}
