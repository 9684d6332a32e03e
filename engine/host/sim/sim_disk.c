/* sim_disk.c - the disks of the simulated machine: concrete state, changed by operations only. */
#include <string.h>

#include "sim.h"

#define MIB      (UINT64_C(1) << 20)
#define ESP_SIZE (260u * MIB) /* large enough for 4096-byte sectors (Windows hardware docs) */
#define MSR_SIZE (16u * MIB)

static bool letter_eq(char a, char b)
{
    return (a & ~0x20) == (b & ~0x20);
}

sim_partition *sim_disk_by_letter(sim_machine *m, char letter, sim_disk **disk)
{
    for (size_t d = 0; d < m->n_disks; d++) {
        for (size_t p = 0; p < m->disks[d].n_partitions; p++) {
            sim_partition *part = &m->disks[d].partitions[p];
            if (part->letter && letter_eq(part->letter, letter)) {
                if (disk) {
                    *disk = &m->disks[d];
                }
                return part;
            }
        }
    }
    return NULL;
}

sim_partition *sim_disk_os(sim_machine *m)
{
    sim_partition *first = NULL;
    for (size_t d = 0; d < m->n_disks; d++) {
        for (size_t p = 0; p < m->disks[d].n_partitions; p++) {
            sim_partition *part = &m->disks[d].partitions[p];
            if (part->os && part->id == m->boot_partition) {
                return part;
            }
            first = first || !part->os ? first : part;
        }
    }
    return first;
}

/* UEFI starts from a FAT32 EFI system partition on a GPT disk, a BIOS from the active, formatted
 * primary partition of an MBR disk. */
bool sim_disk_is_boot_partition(const sim_machine *m, const sim_disk *disk,
                                const sim_partition *part)
{
    if (m->uefi) {
        return disk->style == SIM_GPT && part->type == SIM_EFI &&
               ts_str_ieq(part->filesystem, "FAT32");
    }
    return disk->style == SIM_MBR && part->active && *part->filesystem;
}

bool sim_disk_can_boot(sim_machine *m, ts_err **err)
{
    bool partitions = false;
    bool bootable = false;
    for (size_t d = 0; d < m->n_disks; d++) {
        for (size_t p = 0; p < m->disks[d].n_partitions; p++) {
            partitions = true;
            bootable |= sim_disk_is_boot_partition(m, &m->disks[d], &m->disks[d].partitions[p]);
        }
    }
    if (m->n_disks == 0) {
        return ts_fail(err, TS_STATE, "the machine has no disk to boot from");
    }
    if (!partitions) {
        return ts_fail(err, TS_STATE,
                       "no disk has a partition: partition a disk and apply an operating system "
                       "before this restart");
    }
    if (!bootable) {
        return ts_fail(err, TS_STATE, "no formatted bootable partition exists: %s",
                       m->uefi ? "this UEFI machine needs a FAT32 EFI partition on a GPT disk"
                               : "this BIOS machine needs an active formatted partition on an "
                                 "MBR disk");
    }
    if (!sim_disk_os(m)) {
        return ts_fail(err, TS_STATE,
                       "a bootable partition exists, but no operating system: apply one before "
                       "this restart");
    }
    if (sim_disk_os(m)->no_boot_files) {
        return ts_fail(err, TS_STATE,
                       "an operating system was applied, but nothing wrote boot files that start "
                       "it");
    }
    return true;
}

static void add_partition(sim_machine *m, sim_disk *disk, unsigned type, uint64_t size,
                          const char *filesystem)
{
    sim_partition *part = &disk->partitions[disk->n_partitions++];
    memset(part, 0, sizeof(*part));
    part->id = m->next_partition_id++;
    part->type = type;
    part->size = size;
    part->filesystem = filesystem;
    part->label = "";
}

void sim_partition_drop_files(sim_machine *m, const sim_partition *partition)
{
    TS_CLEANUP(ts_free_ptr) char *prefix = ts_sprintf("#%u/", partition->id);
    if (!prefix) {
        return;
    }
    size_t from = sim_map_seek(&m->files, prefix);
    size_t to = from;
    while (to < m->files.n && ts_str_ihas_prefix(m->files.entries[to].key, prefix)) {
        sim_file *file = m->files.entries[to++].item;
        m->file_bytes -= file->data ? file->size : 0;
        ts_free_ptr(&file->data);
    }
    if (to == from) { /* also when the map is empty and has no memory */
        return;
    }
    memmove(&m->files.entries[from], &m->files.entries[to],
            (m->files.n - to) * sizeof(*m->files.entries));
    m->files.n -= to - from;
}

void sim_disk_wipe(sim_machine *m, sim_disk *disk)
{
    for (size_t p = 0; p < disk->n_partitions; p++) {
        sim_partition_drop_files(m, &disk->partitions[p]);
    }
    disk->n_partitions = 0;
}

static sim_disk *first_fixed_disk(sim_machine *m)
{
    for (size_t d = 0; d < m->n_disks; d++) {
        bool fixed = !m->disks[d].removable && m->disks[d].bus != SIM_USB;
        if (fixed && m->disks[d].size > ESP_SIZE + MSR_SIZE + MIB) {
            return &m->disks[d];
        }
    }
    return NULL;
}

bool sim_disk_assume_os(sim_machine *m, ts_err **err)
{
    sim_partition *os = sim_disk_os(m);
    sim_disk *disk = first_fixed_disk(m);
    if (os) {
        os->os = os->os ? os->os : &m->target;
        return true;
    }
    if (!disk) {
        return ts_fail(err, TS_STATE,
                       "the machine has no fixed disk that an operating system could "
                       "be on");
    }
    sim_disk_wipe(m, disk);
    disk->partitions = ts_arena_alloc(m->arena, 3 * sizeof(*disk->partitions));
    if (!disk->partitions) {
        return ts_fail_nomem(err);
    }
    disk->style = m->uefi ? SIM_GPT : SIM_MBR;
    uint64_t rest = disk->size - MIB;
    if (m->uefi) {
        add_partition(m, disk, SIM_EFI, ESP_SIZE, "FAT32");
        add_partition(m, disk, SIM_MSR, MSR_SIZE, "");
        rest -= ESP_SIZE + MSR_SIZE;
    }
    add_partition(m, disk, SIM_PRIMARY, rest, "NTFS");
    os = &disk->partitions[disk->n_partitions - 1];
    os->label = "Windows";
    os->active = !m->uefi;
    os->os = &m->target;
    return true;
}

void sim_disk_letters_for_os(sim_machine *m, sim_partition *os)
{
    sim_partition *other = sim_disk_by_letter(m, 'C', NULL);
    if (os && other != os) {
        if (other) {
            other->letter = os->letter;
        }
        os->letter = 'C';
    }
}
