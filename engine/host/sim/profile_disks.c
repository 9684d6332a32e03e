/* profile_disks.c - disks, partitions and extra drives of a machine profile. */
#include <inttypes.h>
#include <string.h>

#include "sim.h"

#define MIB (UINT64_C(1) << 20)

static bool is_taken(sim_machine *m, char letter)
{
    for (size_t i = 0; i < m->n_drives; i++) {
        if ((m->drives[i].letter & ~0x20) == (letter & ~0x20)) {
            return true;
        }
    }
    return sim_disk_by_letter(m, letter, NULL) != NULL;
}

/* "C" or "C:", free so far. */
static bool read_letter(sim_machine *m, ts_json *object, char *out, ts_err **err)
{
    const char *text = NULL;
    if (!ts_json_str(object, "letter", TS_JSON_OPTIONAL, &text, err)) {
        return false;
    }
    if (!text) {
        return true;
    }
    char letter = (char)(text[0] & ~0x20);
    bool shaped = letter >= 'A' && letter <= 'Z' &&
                  (text[1] == '\0' || (text[1] == ':' && text[2] == '\0'));
    if (!shaped) {
        return ts_json_fail(object, TS_SCHEMA, err, "letter '%s' is no drive letter", text);
    }
    if (letter == 'X' && m->phase == SIM_PE) {
        return ts_json_fail(object, TS_SCHEMA, err, "letter X: is the boot drive of Windows PE");
    }
    if (is_taken(m, letter)) {
        return ts_json_fail(object, TS_SCHEMA, err, "letter %c: is given twice", letter);
    }
    *out = letter;
    return true;
}

static bool read_filesystem(ts_json *object, const char **out, ts_err **err)
{
    static const char *const names[] = {"", "NTFS", "FAT32", "FAT", "exFAT", "ReFS"};
    unsigned which = 0;
    if (!ts_json_choice(object, "filesystem", TS_JSON_OPTIONAL, "none ntfs fat32 fat exfat refs",
                        &which, err)) {
        return false;
    }
    *out = names[which];
    return true;
}

static bool read_installed(sim_machine *m, ts_json *object, sim_partition *p, ts_err **err)
{
    ts_json at;
    bool found = false;
    if (!ts_json_child(object, "os", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &found, err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    sim_os *os = ts_arena_alloc(m->arena, sizeof(*os));
    if (!os) {
        return ts_fail_nomem(err);
    }
    *os = m->target;
    p->os = os;
    return sim_profile_os_read(m, &at, os, err);
}

static bool read_partition(sim_machine *m, ts_json *at, const sim_disk *disk, sim_partition *p,
                           uint64_t left, ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    p->size = left;
    p->label = "";
    p->id = m->next_partition_id++;
    if (!ts_json_choice(at, "type", TS_JSON_OPTIONAL, SIM_PARTITION_TYPES, &p->type, err) ||
        !ts_json_bytes(at, "size", TS_JSON_OPTIONAL, &p->size, err) ||
        !ts_json_bytes(at, "used", TS_JSON_OPTIONAL, &p->used, err) ||
        !read_filesystem(at, &p->filesystem, err) ||
        !ts_json_str(at, "label", TS_JSON_OPTIONAL, &p->label, err) ||
        !read_letter(m, at, &p->letter, err) ||
        !ts_json_flag_of(at, "active", TS_JSON_OPTIONAL, &p->active, err) ||
        !ts_json_choice(at, "bitlocker", TS_JSON_OPTIONAL, SIM_BITLOCKER_STATES, &p->bitlocker,
                        err) ||
        !read_installed(m, at, p, err) || !ts_json_done(at, err)) {
        return false;
    }
    if (p->size > left) {
        return ts_json_fail(at, TS_SCHEMA, err,
                            "%" PRIu64 " bytes, but only %" PRIu64 " are left on the disk", p->size,
                            left);
    }
    if (p->used > p->size) {
        return ts_json_fail(at, TS_SCHEMA, err, "more is used than the partition has");
    }
    bool gpt_only = p->type == SIM_EFI || p->type == SIM_MSR;
    bool mbr_only = p->type == SIM_EXTENDED || p->type == SIM_LOGICAL || p->active;
    if ((gpt_only && disk->style != SIM_GPT) || (mbr_only && disk->style != SIM_MBR)) {
        return ts_json_fail(at, TS_SCHEMA, err, "this kind of partition needs \"style\": \"%s\"",
                            gpt_only ? "gpt" : "mbr");
    }
    return true;
}

static bool read_partitions(sim_machine *m, ts_json *object, sim_disk *d, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    if (!sim_profile_list(object, "partitions", TS_SIM_LIST_MAX, &list, &n, err)) {
        return false;
    }
    if (n > 0 && d->style == SIM_RAW) {
        return ts_json_fail(&list, TS_SCHEMA, err,
                            "a raw disk has no partitions: set \"style\" to \"gpt\" or \"mbr\"");
    }
    d->partitions = ts_arena_alloc(m->arena, n * sizeof(*d->partitions) + 1);
    if (!d->partitions) {
        return ts_fail_nomem(err);
    }
    /* The first MiB holds the table: Windows aligns to it. */
    uint64_t left = d->size > MIB ? d->size - MIB : 0;
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        sim_partition p = {0};
        if (!read_partition(m, &at, d, &p, left, err)) {
            return false;
        }
        d->partitions[d->n_partitions++] = p;
        /* A logical partition lies inside the extended one. */
        left -= p.type == SIM_LOGICAL ? 0 : p.size;
        left = p.type == SIM_EXTENDED && i + 1 < n ? p.size : left;
    }
    return true;
}

static bool read_disk(sim_machine *m, ts_json *at, sim_disk *d, ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    d->model = "Disk";
    d->sector = 512;
    if (!ts_json_str(at, "model", TS_JSON_OPTIONAL, &d->model, err) ||
        !ts_json_str(at, "serial", TS_JSON_OPTIONAL, &d->serial, err) ||
        !ts_json_bytes(at, "size", TS_JSON_REQUIRED, &d->size, err) ||
        !ts_json_int(at, "sector", TS_JSON_OPTIONAL, 512, 4096, &d->sector, err) ||
        !ts_json_choice(at, "bus", TS_JSON_OPTIONAL, SIM_BUSES, &d->bus, err) ||
        !ts_json_choice(at, "style", TS_JSON_OPTIONAL, SIM_STYLES, &d->style, err) ||
        !ts_json_flag_of(at, "removable", TS_JSON_OPTIONAL, &d->removable, err)) {
        return false;
    }
    if (d->sector != 512 && d->sector != 4096) {
        return ts_json_fail(at, TS_SCHEMA, err, "sector must be 512 or 4096");
    }
    return read_partitions(m, at, d, err) && ts_json_done(at, err);
}

static bool read_drive(sim_machine *m, ts_json *at, sim_drive *d, ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    uint64_t used = 0;
    d->label = "";
    if (!read_letter(m, at, &d->letter, err) ||
        !ts_json_choice(at, "kind", TS_JSON_OPTIONAL, SIM_DRIVE_KINDS, &d->kind, err) ||
        !ts_json_str(at, "label", TS_JSON_OPTIONAL, &d->label, err) ||
        !ts_json_str(at, "provider", TS_JSON_OPTIONAL, &d->provider, err) ||
        !read_filesystem(at, &d->filesystem, err) ||
        !ts_json_bytes(at, "size", TS_JSON_OPTIONAL, &d->size, err) ||
        !ts_json_bytes(at, "used", TS_JSON_OPTIONAL, &used, err) || !ts_json_done(at, err)) {
        return false;
    }
    if (!d->letter) {
        return ts_json_fail(at, TS_SCHEMA, err, "'letter' is missing");
    }
    d->free = d->size > used ? d->size - used : 0;
    return true;
}

static bool read_drives(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    if (!sim_profile_list(root, "drives", 26, &list, &n, err)) {
        return false;
    }
    m->drives = ts_arena_alloc(m->arena, n * sizeof(*m->drives) + 1);
    if (!m->drives) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        sim_drive d = {0};
        ts_json_at(&list, i, &at);
        if (!read_drive(m, &at, &d, err)) {
            return false;
        }
        m->drives[m->n_drives++] = d;
    }
    return true;
}

bool sim_profile_disks(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    if (!sim_profile_list(root, "disks", TS_SIM_LIST_MAX, &list, &n, err)) {
        return false;
    }
    m->disks = ts_arena_alloc(m->arena, n * sizeof(*m->disks) + 1);
    if (!m->disks) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        m->n_disks++; /* letters are looked up among the disks read so far, this one included */
        if (!read_disk(m, &at, &m->disks[i], err)) {
            return false;
        }
    }
    /* The Windows that runs is on C:. */
    sim_partition *system = sim_disk_by_letter(m, 'C', NULL);
    if (m->phase == SIM_FULL && system) {
        system->os = &m->os[SIM_FULL];
    }
    return read_drives(m, root, err);
}
