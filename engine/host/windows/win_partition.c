/* win_partition.c - partitioning and formatting by diskpart, which every Windows PE has. It needs
 * no WMI, does what administrators know, and says in words what went wrong. Whether it did what it
 * was told is asked of the storage stack afterwards.
 *
 * Diskpart runs twice for a disk: the first time it cleans the disk and chooses the kind of table.
 * Some versions put a reserved partition on a new GPT disk by themselves; the second script removes
 * what is there and makes the plan. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_device.h"

#include <ts/mem.h>
#include <ts/text.h>

#define SCRIPT_MAX (64u * 1024u)
#define PAUSE      250u                           /* ms */
#define FAT32_MAX  (UINT64_C(32) * 1024 * TS_MIB) /* Windows docs, format: FAT32 up to 32 GB */
#define NTFS_LABEL 32u
#define FAT_LABEL  11u
#define RECOVERY   "de94bba4-06d1-4d40-a16a-bfd50179d6ac"

/* --- Diskpart ------------------------------------------------------------------------------ */

static bool run_script(const ts_windows *machine, const ts_buf *script, const char *what,
                       ts_err **err)
{
    const char *folder = ts_env_get("TEMP");
    TS_CLEANUP(ts_free_ptr)
    char *file = ts_sprintf("%s/taskseq-diskpart-%lu.txt", folder ? folder : "C:/Windows/Temp",
                            (unsigned long)ts_process_id());
    TS_CLEANUP(ts_free_ptr) char *tool = file ? ts_win_tool(machine, "diskpart.exe", err) : NULL;
    if (!tool)
        return file ? ts_wrap(err, "cannot %s", what) : ts_fail_nomem(err);
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(file, err);
    if (!native || !ts_buf_ok(script, "the script for diskpart", err) ||
        !ts_file_write_atomic(file, script->data, script->len, err))
        return ts_wrap(err, "cannot %s", what);
    const char *const argv[] = {tool, "/s", native, NULL};
    bool ok = ts_win_tool_run(machine, argv, NULL, what, err);
    (void)ts_file_remove(file, NULL);
    return ok;
}

/* --- Checks before the first effect -------------------------------------------------------- */

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text > 0x7e)
            return false;
    }
    return true;
}

/* A quote cannot be written in diskpart's language; the rest is what the file systems refuse. */
static bool check_label(ts_filesystem filesystem, const char *label, ts_err **err)
{
    bool fat = filesystem == TS_FS_FAT32;
    unsigned max = fat ? FAT_LABEL : NTFS_LABEL;
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(label ? label : "", err);
    if (!wide)
        return false;
    if (wcslen(wide) > max)
        return ts_fail(err, TS_SCHEMA, "the label '%s' is longer than the %u characters of %s",
                       label, max, fat ? "FAT32" : "NTFS");
    for (const wchar_t *p = wide; *p; p++) {
        if (*p < L' ' || wcschr(fat ? L"\"*?/\\|,;:+=<>[]." : L"\"", *p))
            return ts_fail(err, TS_SCHEMA, "the label '%s' has a character that %s cannot have",
                           label, fat ? "a FAT32 volume" : "a volume");
    }
    return true;
}

static bool check_part(const ts_disk_plan *plan, const ts_partition_plan *part, ts_err **err)
{
    bool gpt = plan->style == TS_DISK_GPT;
    bool only_gpt = part->kind == TS_PARTITION_EFI || part->kind == TS_PARTITION_MSR;
    bool only_mbr = part->kind == TS_PARTITION_EXTENDED || part->kind == TS_PARTITION_LOGICAL;
    if ((only_gpt && !gpt) || (only_mbr && gpt))
        return ts_fail(err, TS_SCHEMA, "a %s disk has no partition of this kind",
                       gpt ? "GPT" : "MBR");
    if (part->filesystem == TS_FS_FAT32 && part->bytes > FAT32_MAX)
        return ts_fail(err, TS_SCHEMA, "Windows formats at most 32 GB with FAT32");
    if (part->filesystem == TS_FS_NONE)
        return true;
    /* Such a label is set through the letter, see put_format. */
    if (!part->letter && !is_ascii(part->label))
        return ts_fail(
            err, TS_SCHEMA,
            "the label '%s' has characters that are not ASCII, which only a volume with a "
            "drive letter can get; give it a letter or another label",
            part->label);
    return check_label(part->filesystem, part->label, err);
}

static bool check_plan(ts_windows *machine, const ts_disk_plan *plan, ts_err **err)
{
    ts_disk_info disk;
    uint64_t offsets[TS_PARTITIONS_MAX];
    unsigned primary = 0;
    if (!ts_win_disk_get(machine, plan->disk, &disk, err) ||
        !ts_disk_table_offsets(plan, ts_disk_table_room(disk.bytes, disk.sector, plan->style),
                               offsets, err))
        return false;
    for (size_t i = 0; i < plan->n_partitions; i++) {
        if (!check_part(plan, &plan->partitions[i], err))
            return ts_wrap(err, "partition %zu", i + 1);
        primary += plan->partitions[i].kind != TS_PARTITION_LOGICAL;
    }
    return plan->style != TS_DISK_MBR || primary <= 4 ||
           ts_fail(err, TS_LIMIT, "an MBR disk has room for 4 primary partitions, not %u", primary);
}

/* --- The script ---------------------------------------------------------------------------- */

/* Scripts are read in a code page of which Windows PE decides: another label is set afterwards. */
static void put_format(ts_buf *s, ts_filesystem filesystem, const char *label, bool quick,
                       const char *more)
{
    ts_buf_printf(s, "format fs=%s%s", filesystem == TS_FS_FAT32 ? "fat32" : "ntfs",
                  quick ? " quick" : "");
    if (label && *label && is_ascii(label))
        ts_buf_printf(s, " label=\"%s\"", label);
    ts_buf_printf(s, "%s\n", more);
}

static void put_attributes(ts_buf *s, const ts_partition_plan *part, bool gpt)
{
    if (part->kind == TS_PARTITION_RECOVERY && gpt)
        ts_buf_str(s, "set id=\"" RECOVERY "\"\ngpt attributes=0x8000000000000001\n");
    else if (part->kind == TS_PARTITION_RECOVERY)
        ts_buf_str(s, "set id=27\n");
    else if (part->kind == TS_PARTITION_HIDDEN && gpt)
        ts_buf_str(s, "gpt attributes=0xC000000000000000\n");
    else if (part->kind == TS_PARTITION_HIDDEN)
        ts_buf_str(s, "set id=17\n");
}

static void put_part(ts_buf *s, const ts_partition_plan *part, bool gpt)
{
    static const char *const kinds[] = {
        [TS_PARTITION_PRIMARY] = "primary",   [TS_PARTITION_EFI] = "efi",
        [TS_PARTITION_MSR] = "msr",           [TS_PARTITION_RECOVERY] = "primary",
        [TS_PARTITION_EXTENDED] = "extended", [TS_PARTITION_LOGICAL] = "logical",
        [TS_PARTITION_HIDDEN] = "primary",
    };
    ts_buf_printf(s, "create partition %s size=%" PRIu64 "\n", kinds[part->kind],
                  part->bytes / TS_MIB);
    if (part->filesystem != TS_FS_NONE)
        put_format(s, part->filesystem, part->label, part->quick, "");
    if (part->active && !gpt)
        ts_buf_str(s, "active\n");
    if (part->got)
        ts_buf_printf(s, "assign letter=%c\n", part->got);
    put_attributes(s, part, gpt);
}

/* --- What Windows says afterwards ---------------------------------------------------------- */

static bool wait_a_bit(const ts_windows *machine, uint64_t until)
{
    if (*machine->local.cancel || ts_clock_steady() >= until)
        return false;
    ts_sleep(PAUSE);
    return true;
}

static uint64_t patience(const ts_windows *machine)
{
    return ts_clock_steady() + (uint64_t)machine->settle * 1000000u;
}

/* Letters of the old volumes go with them, a moment later. */
static void wait_for_letters_to_go(ts_windows *machine, uint32_t disk)
{
    uint64_t until = patience(machine);
    for (;;) {
        ts_win_extent letters[26];
        bool there = false;
        ts_win_letters(machine, letters);
        for (unsigned i = 0; i < 26; i++)
            there |= letters[i].disk == disk;
        if (!there || !wait_a_bit(machine, until))
            return;
    }
}

static bool choose_letters(const ts_windows *machine, ts_disk_plan *plan, ts_err **err)
{
    DWORD used = machine->devices->letters();
    for (size_t i = 0; i < plan->n_partitions; i++) {
        ts_partition_plan *part = &plan->partitions[i];
        char letter = 'C';
        part->got = 0;
        if (!part->letter)
            continue;
        while (letter <= 'Z' && (used & 1u << (letter - 'A')) != 0)
            letter++;
        if (letter > 'Z')
            return ts_fail(err, TS_LIMIT, "partition %zu: no drive letter is free", i + 1);
        part->got = letter;
        used |= 1u << (letter - 'A');
    }
    return true;
}

static bool is_as_planned(const ts_disk_plan *plan, const ts_volume_info *volumes, size_t n,
                          ts_err **err)
{
    if (n != plan->n_partitions)
        return ts_fail(err, TS_OS, "the disk has %zu partitions and not %zu", n,
                       plan->n_partitions);
    for (size_t i = 0; i < n; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        if (part->got && volumes[i].letter != part->got)
            return ts_fail(err, TS_OS, "partition %zu did not get the letter %c:", i + 1,
                           part->got);
        if (part->filesystem != TS_FS_NONE && volumes[i].filesystem != part->filesystem)
            return ts_fail(err, TS_OS, "partition %zu is not formatted as the plan says", i + 1);
    }
    return true;
}

static bool check_result(ts_windows *machine, const ts_disk_plan *plan, ts_err **err)
{
    uint64_t until = patience(machine);
    for (;;) {
        TS_CLEANUP(ts_err_clear) ts_err *why = NULL;
        ts_volume_info *volumes = NULL;
        size_t n = 0;
        bool ok = ts_win_volumes(machine, plan->disk, &volumes, &n, &why) &&
                  is_as_planned(plan, volumes, n, &why);
        free(volumes);
        if (ok)
            return true;
        if (!wait_a_bit(machine, until))
            return ts_fail(err, TS_OS, "diskpart reported success, but %s", ts_err_text(why));
    }
}

static bool set_label(const ts_volume_info *volume, const char *label, ts_err **err)
{
    wchar_t root[] = {(wchar_t)volume->letter, L':', L'\\', L'\0'};
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(label, err);
    if (!wide)
        return false;
    return SetVolumeLabelW(root, wide) ||
           ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot set the label '%s' of %c:", label,
                      volume->letter);
}

static bool set_labels(const ts_disk_plan *plan, ts_err **err)
{
    for (size_t i = 0; i < plan->n_partitions; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        const ts_volume_info volume = {.letter = part->got};
        if (part->filesystem != TS_FS_NONE && part->got && !is_ascii(part->label) &&
            !set_label(&volume, part->label, err))
            return false;
    }
    return true;
}

/* --- Operations ---------------------------------------------------------------------------- */

static bool clean(ts_windows *machine, const ts_disk_plan *plan, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf s;
    ts_buf_init(&s, SCRIPT_MAX);
    /* A disk without a table becomes MBR with its first partition (Windows docs: "BIOS/MBR-based
     * hard drive partitions"). */
    ts_buf_printf(&s, "select disk %" PRIu32 "\nclean\n%s", plan->disk,
                  plan->style == TS_DISK_GPT ? "convert gpt\n" : "");
    return run_script(machine, &s, "clean the disk", err);
}

static bool make(ts_windows *machine, const ts_disk_plan *plan, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf s;
    ts_buf_init(&s, SCRIPT_MAX);
    TS_CLEANUP(ts_free_ptr) ts_win_layout *there = ts_win_layout_read(machine, plan->disk, err);
    if (!there)
        return false;
    ts_buf_printf(&s, "select disk %" PRIu32 "\n", plan->disk);
    for (size_t i = 0; i < there->n; i++)
        ts_buf_printf(&s, "select partition %lu\ndelete partition override\n",
                      (unsigned long)there->parts[i].number);
    for (size_t i = 0; i < plan->n_partitions; i++)
        put_part(&s, &plan->partitions[i], plan->style == TS_DISK_GPT);
    return run_script(machine, &s, "make the partitions", err);
}

bool ts_win_disk_partition(void *self, ts_disk_plan *plan, ts_err **err)
{
    ts_windows *machine = self;
    if (!check_plan(machine, plan, err))
        return ts_wrap(err, "disk %" PRIu32, plan->disk);
    bool ok = clean(machine, plan, err);
    if (ok) {
        wait_for_letters_to_go(machine, plan->disk);
        ok = choose_letters(machine, plan, err) && make(machine, plan, err) &&
             check_result(machine, plan, err) && set_labels(plan, err);
    }
    return ok || ts_wrap(err, "disk %" PRIu32, plan->disk);
}

bool ts_win_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                          bool quick, ts_err **err)
{
    ts_windows *machine = self;
    ts_volume_info volume;
    TS_CLEANUP(ts_buf_done) ts_buf s;
    ts_buf_init(&s, SCRIPT_MAX);
    if (!check_label(filesystem, label, err) || !ts_win_volume_of(machine, letter, &volume, err))
        return false;
    if (filesystem == TS_FS_FAT32 && volume.bytes > FAT32_MAX)
        return ts_fail(err, TS_SCHEMA, "volume %c: Windows formats at most 32 GB with FAT32",
                       letter);
    ts_buf_printf(&s, "select volume %c\n", volume.letter);
    put_format(&s, filesystem, label, quick, " override");
    if (!run_script(machine, &s, "format the volume", err) ||
        !ts_win_volume_of(machine, letter, &volume, err))
        return ts_wrap(err, "volume %c:", letter);
    if (volume.filesystem != filesystem)
        return ts_fail(err, TS_OS,
                       "volume %c: diskpart reported success, but the volume is not formatted",
                       letter);
    return !label || is_ascii(label) || set_label(&volume, label, err);
}

bool ts_win_disk_to_dynamic(void *self, uint32_t disk, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf s;
    ts_buf_init(&s, SCRIPT_MAX);
    ts_buf_printf(&s, "select disk %" PRIu32 "\nconvert dynamic\n", disk);
    return run_script(self, &s, "make the disk dynamic", err) ||
           ts_wrap(err, "disk %" PRIu32, disk);
}
