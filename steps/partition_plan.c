/* partition_plan.c - a partition layout from the step's inputs: sizes, percent of what is left,
 * letters. Everything is checked before the disk is touched. */
#include "partition_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

#define BASE "OSDPartitions"

typedef struct layout {
    ts_partition_plan parts[TS_PARTITIONS_MAX];
    const char *variables[TS_PARTITIONS_MAX]; /* that receive the letters; "" none */
    ts_disk_plan plan;
    uint64_t left;   /* bytes on the disk */
    uint64_t inside; /* bytes in the extended partition */
    bool boot;       /* the layout is to be started from */
    bool mdt;        /* the step runs ZTIDiskpart, which differs */
    bool stays;      /* the disk is left as it is, and that is no failure */
    bool converts;   /* BIOS to UEFI: TSUEFIDrive asks for the restart that does it */
} layout;

static bool fail(ts_result *out, const char *text)
{
    ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "%s", text);
    return false;
}

/* Nothing is wiped that the sequence does not name; MDT's step means disk 0 (MDT documentation:
 * OSDDiskIndex). */
static bool choose_disk(ts_ctx *c, bool mdt, uint32_t *disk, ts_result *out)
{
    const char *variable = ts_ctx_text(c, "OSDDiskIndexVariable");
    const char *text = ts_ctx_text(c, "OSDDiskIndex");
    int64_t n = 0;
    if (ts_str_blank(text))
        text = mdt ? "0" : "";
    if (*variable) {
        text = ts_vars_text(ts_ctx_vars(c), variable);
        if (!text || !*text) {
            ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                           "the disk number is in variable '%s', which is not set", variable);
            return false;
        }
    }
    if (!*text) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "no disk is named: set OSDDiskIndex to the number of the disk (0 is the "
                       "first one)");
        return false;
    }
    if (!ts_str_int64(text, &n) || n < 0 || n > 10000) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "disk number '%s' is not possible (from 0)",
                       text);
        return false;
    }
    *disk = (uint32_t)n;
    return true;
}

#define GB UINT64_C(1000000000) /* as makers of disks count, and as the wipe is shown */

/* A size that the sequence gives; true: there is none, or it is one. */
static bool size_wanted(ts_ctx *c, const char *input, int64_t otherwise, uint64_t *gb,
                        ts_result *out)
{
    const char *text = ts_ctx_text(c, input);
    int64_t n = otherwise;
    if (!ts_str_blank(text) && (!ts_str_int64(text, &n) || n < 0)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "%s '%s' is no number of GB", input, text);
        return false;
    }
    *gb = (uint64_t)n;
    return true;
}

/* Model and size, when the sequence gives them: another disk under this number stays as it is. */
static bool check_match(ts_ctx *c, const ts_disk_info *disk, ts_result *out)
{
    const char *model = ts_ctx_text(c, "TSDiskModel");
    uint64_t least = 0;
    uint64_t most = 0;
    if (!size_wanted(c, "TSDiskSizeMin", 0, &least, out) ||
        !size_wanted(c, "TSDiskSizeMax", INT64_MAX, &most, out))
        return false;
    if (*model && !ts_str_wildcard(disk->model, model))
        ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                       "disk %" PRIu32 " stays as it is: it is a '%s', and the sequence wants "
                       "'%s' (TSDiskModel)",
                       disk->index, *disk->model ? disk->model : "disk without a model", model);
    else if (disk->bytes / GB < least || disk->bytes / GB > most)
        ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                       "disk %" PRIu32 " stays as it is: it has %" PRIu64 " GB, and the sequence "
                       "wants %s%s%s%s%s (TSDiskSizeMin, TSDiskSizeMax)",
                       disk->index, disk->bytes / GB, least ? "at least " : "",
                       least ? ts_ctx_text(c, "TSDiskSizeMin") : "",
                       least && most < INT64_MAX ? " and " : "", most < INT64_MAX ? "at most " : "",
                       most < INT64_MAX ? ts_ctx_text(c, "TSDiskSizeMax") : "");
    return !out->failed;
}

static bool is_uefi(ts_ctx *c)
{
    char *firmware = NULL;
    bool uefi = ts_host_fact(ts_ctx_host(c), TS_FACT_FIRMWARE, &firmware, NULL) &&
                ts_str_ieq(firmware, "uefi");
    free(firmware);
    return uefi;
}

static bool choose_style(ts_ctx *c, layout *l, ts_result *out)
{
    const char *style = ts_ctx_text(c, "OSDPartitionStyle");
    bool gpt_boot = ts_ctx_bool(c, "OSDGPTBootDisk");
    if (ts_str_ieq(style, "GPT") || ts_str_ieq(style, "MBR")) {
        l->plan.style = ts_str_ieq(style, "GPT") ? TS_DISK_GPT : TS_DISK_MBR;
    } else if (*style) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "partition style '%s' is neither GPT nor MBR",
                       style);
        return false;
    } else {
        l->plan.style = gpt_boot || is_uefi(c) ? TS_DISK_GPT : TS_DISK_MBR;
        ts_ctx_log(c, TS_LEVEL_INFO, "no partition style is given: %s, as the firmware needs it",
                   l->plan.style == TS_DISK_GPT ? "GPT" : "MBR");
    }
    l->boot = gpt_boot;
    return true;
}

static bool kind_of(const char *type, ts_partition_kind *out)
{
    static const struct {
        const char *name;
        ts_partition_kind kind;
    } kinds[] = {{"Primary", TS_PARTITION_PRIMARY},  {"Extended", TS_PARTITION_EXTENDED},
                 {"Logical", TS_PARTITION_LOGICAL},  {"Hidden", TS_PARTITION_HIDDEN},
                 {"EFI", TS_PARTITION_EFI},          {"MSR", TS_PARTITION_MSR},
                 {"Recovery", TS_PARTITION_RECOVERY}};
    for (size_t i = 0; i < TS_COUNT(kinds); i++)
        if (ts_str_ieq(kinds[i].name, type)) {
            *out = kinds[i].kind;
            return true;
        }
    return false;
}

/* Bytes of the partition. ConfigMgr docs: without a size all that is left, and percent is of what
 * is left. Units are diskpart's: 1 MB is 1 MiB. */
static bool size_of(const char *size, const char *unit, bool mdt, uint64_t left, uint64_t *bytes)
{
    int64_t n = 0;
    /* MDT documentation, ZTIDiskpart: 1 GB is 1000 MB. */
    uint64_t gb = mdt ? 1000 : 1024;
    uint64_t mib = 1;
    if (ts_str_blank(size)) {
        *bytes = left - left % TS_MIB;
        return true;
    }
    if (!ts_str_int64(size, &n) || n <= 0)
        return false;
    if (ts_str_ieq(unit, "Percent") || ts_str_ieq(unit, "%")) {
        if (n > 100)
            return false;
        *bytes = left / TS_MIB * (uint64_t)n / 100 * TS_MIB;
        return true;
    }
    mib = ts_str_ieq(unit, "GB") ? gb : ts_str_ieq(unit, "TB") ? gb * gb : 1;
    bool known = mib > 1 || ts_str_blank(unit) || ts_str_ieq(unit, "MB");
    if (!known || (uint64_t)n > UINT64_MAX / TS_MIB / mib)
        return false;
    *bytes = (uint64_t)n * mib * TS_MIB;
    return true;
}

static bool read_size(ts_ctx *c, layout *l, unsigned i, ts_result *out)
{
    ts_partition_plan *p = &l->parts[l->plan.n_partitions];
    const char *size = ts_ctx_item(c, BASE, i, "Size");
    const char *unit = ts_ctx_item(c, BASE, i, "SizeUnits");
    bool logical = p->kind == TS_PARTITION_LOGICAL;
    uint64_t *left = logical ? &l->inside : &l->left;
    uint64_t table = logical && *left >= TS_MIB ? TS_MIB : 0; /* each has a table before it */
    if (!size_of(size, unit, l->mdt, *left - table, &p->bytes)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "partition %u: size '%s %s' is not possible",
                       i + 1, size, unit);
        return false;
    }
    if (p->bytes == 0 || p->bytes + table > *left) {
        ts_result_fail(
            out, TS_STEP_CODE_DISK_FULL,
            "partition %u needs %" PRIu64 " MiB, and %" PRIu64 " MiB are left on disk %" PRIu32
            ": the disk is too small for this layout: make partitions smaller, or take another "
            "disk",
            i + 1, p->bytes / TS_MIB, *left / TS_MIB, l->plan.disk);
        return false;
    }
    *left -= p->bytes + table;
    if (p->kind == TS_PARTITION_EXTENDED)
        l->inside = p->bytes;
    return true;
}

static bool truth(const char *text, bool otherwise)
{
    bool value = otherwise;
    return !*text || !ts_str_bool(text, &value) ? otherwise : value;
}

static bool read_format(ts_ctx *c, layout *l, unsigned i, ts_result *out)
{
    ts_partition_plan *p = &l->parts[l->plan.n_partitions];
    const char *fs = ts_ctx_item(c, BASE, i, "FileSystem");
    const char *label = ts_ctx_item(c, BASE, i, "VolumeName");
    if (strlen(label) >= sizeof(p->label)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "partition %u: label '%s' is too long", i + 1,
                       label);
        return false;
    }
    memcpy(p->label, label, strlen(label) + 1);
    if (p->kind == TS_PARTITION_MSR || p->kind == TS_PARTITION_EXTENDED)
        return true; /* nothing can be in these */
    if (ts_str_ieq(fs, "NTFS") || ts_str_ieq(fs, "FAT32")) {
        p->filesystem = ts_str_ieq(fs, "NTFS") ? TS_FS_NTFS : TS_FS_FAT32;
    } else if (!ts_str_blank(fs) && !ts_str_ieq(fs, "NONE")) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "partition %u: file system '%s' is neither NTFS nor FAT32", i + 1, fs);
        return false;
    }
    /* The firmware reads nothing else, and the vendor's editor offers no choice. */
    if (p->kind == TS_PARTITION_EFI)
        p->filesystem = TS_FS_FAT32;
    return true;
}

static bool read_partition(ts_ctx *c, layout *l, unsigned i, ts_result *out)
{
    size_t at = l->plan.n_partitions; /* behind what MDT has added */
    ts_partition_plan *p = &l->parts[at];
    const char *type = ts_ctx_item(c, BASE, i, "Type");
    if (!kind_of(type, &p->kind)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "partition %u: type '%s' is not known", i + 1,
                       type);
        return false;
    }
    if (!read_size(c, l, i, out) || !read_format(c, l, i, out))
        return false;
    bool bootable = truth(ts_ctx_item(c, BASE, i, "Bootable"), false);
    p->active = bootable && l->plan.style == TS_DISK_MBR && !l->boot; /* one only */
    l->boot |= p->active;
    p->quick = truth(ts_ctx_item(c, BASE, i, "QuickFormat"), true);
    l->variables[at] = ts_ctx_item(c, BASE, i, "VolumeLetterVariable");
    l->converts |= ts_str_ieq(l->variables[at], "TSUEFIDrive");
    /* Partitions of the system get a letter when a variable asks for it, so that Windows is C:. */
    bool system = p->kind == TS_PARTITION_EFI || p->kind == TS_PARTITION_RECOVERY ||
                  p->kind == TS_PARTITION_HIDDEN;
    p->letter = p->filesystem != TS_FS_NONE &&
                (*l->variables[at] ||
                 (!system && truth(ts_ctx_item(c, BASE, i, "AssignVolumeLetter"), true)));
    return true;
}

/* A disk that this firmware could not start from is found before it is wiped. */
static bool check_firmware(ts_ctx *c, const layout *l, ts_result *out)
{
    bool uefi = is_uefi(c);
    if (!l->boot || l->converts || uefi == (l->plan.style == TS_DISK_GPT))
        return true;
    return fail(out, uefi
                         ? "this machine starts with UEFI and cannot start from an MBR disk: use a "
                           "GPT layout, with a condition on _SMSTSBootUEFI"
                         : "this machine starts with a BIOS and cannot start from a GPT disk: use "
                           "an MBR layout, with a condition on _SMSTSBootUEFI");
}

static bool check_dynamic(ts_ctx *c, ts_result *out)
{
    if (ts_host_makes_dynamic_disks(ts_ctx_host(c)))
        return true;
    return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                          "%s cannot make dynamic disks (deprecated by Microsoft): use the disk "
                          "type BASIC",
                          ts_host_name(ts_ctx_host(c)));
}

static bool check_type(ts_ctx *c, ts_result *out)
{
    return !ts_str_ieq(ts_ctx_text(c, "OSDDiskType"), "DYNAMIC") || check_dynamic(c, out);
}

static bool add_extra(layout *l, ts_partition_kind kind, uint64_t mib, ts_filesystem filesystem,
                      const char *label, ts_result *out)
{
    ts_partition_plan *p = &l->parts[l->plan.n_partitions];
    *p = (ts_partition_plan){
        .kind = kind, .bytes = mib * TS_MIB, .filesystem = filesystem, .quick = true};
    memcpy(p->label, label, strlen(label) + 1);
    if (p->bytes > l->left)
        return fail(out, "the disk is too small for the boot partitions that MDT adds");
    l->variables[l->plan.n_partitions++] = "";
    l->left -= p->bytes;
    return true;
}

/* What the step describes: partitions, those to start from, FAT32 ones to start from. */
static void survey(ts_ctx *c, unsigned count, unsigned *bootable, unsigned *fat)
{
    for (unsigned i = 0; i < count; i++) {
        bool efi = ts_str_ieq(ts_ctx_item(c, BASE, i, "Type"), "EFI");
        bool boots = efi || truth(ts_ctx_item(c, BASE, i, "Bootable"), false);
        *bootable += boots;
        *fat += efi || (boots && ts_str_ieq(ts_ctx_item(c, BASE, i, "FileSystem"), "FAT32"));
    }
}

/* MDT documentation, ZTIDiskpart: boot partitions are added when the step describes none. */
static bool add_extras(ts_ctx *c, layout *l, unsigned count, ts_result *out)
{
    unsigned bootable = 0;
    unsigned fat = 0;
    bool uefi = is_uefi(c);
    int64_t size = ts_ctx_int(c, "BdeDriveSize");
    survey(c, count, &bootable, &fat);
    if (uefi && bootable)
        l->plan.style = TS_DISK_GPT;
    if (ts_str_ieq(ts_ctx_text(c, "DONotCreateExtraPartition"), "YES") ||
        (bootable && count > 1 && (!uefi || fat)))
        return true;
    if (size < 300 || size > 100000)
        return fail(out, "BdeDriveSize is less than the 300 MB that a boot partition needs");
    ts_ctx_log(c, TS_LEVEL_INFO, "MDT adds boot partitions (DONotCreateExtraPartition is not YES)");
    if (!uefi || l->plan.style == TS_DISK_MBR) {
        if (!add_extra(l, TS_PARTITION_PRIMARY, (uint64_t)size, TS_FS_NTFS, "System", out))
            return false;
        l->parts[0].active = l->boot = true;
        return true;
    }
    l->boot = true;
    return add_extra(l, TS_PARTITION_RECOVERY, 499, TS_FS_NTFS, "Windows RE tools", out) &&
           add_extra(l, TS_PARTITION_EFI, (uint64_t)size, TS_FS_FAT32, "System", out) &&
           add_extra(l, TS_PARTITION_MSR, 128, TS_FS_NONE, "", out);
}

static unsigned described(ts_ctx *c, bool counted, int64_t count)
{
    unsigned n = 0;
    if (counted)
        return (unsigned)count;
    while (n < TS_PARTITIONS_MAX && *ts_ctx_item(c, BASE, n, "Type"))
        n++;
    return n;
}

static bool read_layout(ts_ctx *c, layout *l, ts_result *out)
{
    int64_t count = ts_ctx_int(c, BASE);
    bool counted = *ts_ctx_text(c, BASE) != '\0';
    if (counted && (count < 0 || count > (int64_t)TS_PARTITIONS_MAX))
        return fail(out, "the number of partitions is not possible");
    unsigned n = described(c, counted, count);
    if (l->mdt && n > 0 && !add_extras(c, l, n, out))
        return false;
    if (n + l->plan.n_partitions > TS_PARTITIONS_MAX)
        return fail(out, "the number of partitions is not possible");
    for (unsigned i = 0; i < n; i++) {
        if (!read_partition(c, l, i, out))
            return false;
        l->plan.n_partitions++;
    }
    return l->plan.n_partitions > 0 || fail(out, "the step describes no partition");
}

static bool set_letters(ts_ctx *c, const layout *l, ts_result *out, ts_err **err)
{
    for (size_t i = 0; i < l->plan.n_partitions; i++) {
        const char text[3] = {l->parts[i].got, ':', '\0'};
        if (l->parts[i].got && *l->variables[i] &&
            !ts_step_set_text(c, out, l->variables[i], text, err))
            return false;
    }
    return true;
}

/* A disk that a safety rule keeps off is refused by the host as well; here before anything else. */
static bool check_disk(ts_ctx *c, uint32_t disk, ts_result *out, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    if (!ts_host_disks(ts_ctx_host(c), &disks, &n, &why))
        return ts_step_finding(out, why, err);
    for (size_t i = 0; i < n; i++) {
        if (disks[i].index != disk)
            continue;
        if (*disks[i].keep_off)
            ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED, "disk %" PRIu32 " stays as it is: %s",
                           disk, disks[i].keep_off);
        else
            check_match(c, &disks[i], out);
    }
    free(disks);
    return true;
}

/* MDT (ZTIDiskpart.wsf): a disk with the deployment share is not partitioned, and the step
 * succeeds. A share of the network has the letter of no volume. */
static bool find_share(ts_ctx *c, layout *l, ts_result *out, ts_err **err)
{
    const char *root = ts_vars_text(ts_ctx_vars(c), "DeployRoot");
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    if (!*root || root[1] != ':')
        return true;
    if (!ts_host_volumes(ts_ctx_host(c), l->plan.disk, &volumes, &n, &why))
        return ts_step_own(out, why, err);
    for (size_t i = 0; i < n; i++)
        l->stays |= volumes[i].letter == (root[0] & ~0x20);
    free(volumes);
    if (l->stays)
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "The deployment share '%s' is on disk %" PRIu32 ": the disk stays as it is",
                   root, l->plan.disk);
    return true;
}

/* The whole plan, without touching the disk; a failure is in `out`. */
static bool plan(ts_ctx *c, layout *l, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    l->mdt = ts_str_icontains(ts_ctx_switches(c)->text, "ztidiskpart") != NULL;
    if (!choose_disk(c, l->mdt, &l->plan.disk, out) || !choose_style(c, l, out))
        return true;
    if (l->mdt && (!find_share(c, l, out, err) || l->stays || out->failed))
        return l->stays || out->failed;
    if (!ts_host_disk_room(ts_ctx_host(c), l->plan.disk, l->plan.style, &l->left, &why))
        return ts_step_own(out, why, err);
    if (!check_disk(c, l->plan.disk, out, err))
        return false;
    if (!out->failed && read_layout(c, l, out) && check_firmware(c, l, out))
        check_type(c, out);
    return true;
}

static bool make(ts_ctx *c, layout *l, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    if (!plan(c, l, out, err))
        return false;
    if (out->failed || l->stays)
        return true;
    if (!ts_host_disk_partition(ts_ctx_host(c), &l->plan, &why) ||
        (ts_str_ieq(ts_ctx_text(c, "OSDDiskType"), "DYNAMIC") &&
         !ts_host_disk_to_dynamic(ts_ctx_host(c), l->plan.disk, &why)))
        return ts_step_own(out, why, err);
    return set_letters(c, l, out, err);
}

static layout *new_layout(ts_err **err)
{
    layout *l = ts_alloc(sizeof *l);
    if (l)
        l->plan.partitions = l->parts;
    else
        ts_fail_nomem(err);
    return l;
}

bool ts_partition_disk_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_str_ieq(ts_ctx_text(c, "DoNotFormatAndPartition"), "YES")) {
        ts_ctx_log(c, TS_LEVEL_INFO, "DoNotFormatAndPartition is YES: the disk stays as it is");
        return true;
    }
    layout *l = new_layout(err);
    bool ok = l && make(c, l, out, err);
    free(l);
    return ok;
}

/* For those that look further: how large the volumes will be, and whether a machine starts from
 * the disk. */
static bool note_plan(ts_ctx *c, const layout *l, ts_err **err)
{
    char name[48];
    char value[24];
    uint64_t most = 0;
    bool boots = false;
    for (size_t i = 0; i < l->plan.n_partitions; i++) {
        boots |= l->parts[i].kind == TS_PARTITION_EFI || l->parts[i].active;
        bool data = l->parts[i].kind == TS_PARTITION_PRIMARY ||
                    l->parts[i].kind == TS_PARTITION_LOGICAL;
        if (data && l->parts[i].bytes > most)
            most = l->parts[i].bytes;
    }
    snprintf(name, sizeof name, TS_STEP_PLANNED_VOLUME "%" PRIu32, l->plan.disk);
    snprintf(value, sizeof value, "%" PRIu64, most);
    if (!ts_vars_set_engine(ts_ctx_vars(c), name, value, err))
        return false;
    snprintf(name, sizeof name, TS_STEP_PLANNED_BOOT "%" PRIu32, l->plan.disk);
    return ts_vars_set_engine(ts_ctx_vars(c), name, boots ? "true" : "false", err);
}

bool ts_partition_disk_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_str_ieq(ts_ctx_text(c, "DoNotFormatAndPartition"), "YES") || !ts_step_all_known(c))
        return true;
    const char *variable = ts_ctx_text(c, "OSDDiskIndexVariable");
    const ts_value *disk = *variable ? ts_vars_get(ts_ctx_vars(c), variable) : NULL;
    if (*variable && (!disk || disk->flags & TS_VALUE_UNKNOWN))
        return true; /* a step on the way may choose the disk */
    layout *l = new_layout(err);
    if (!l)
        return false;
    bool ok = plan(c, l, out, err) && (out->failed || l->stays || note_plan(c, l, err));
    free(l);
    return ok;
}

bool ts_convert_disk_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_UNUSED(err);
    return check_dynamic(c, out);
}

bool ts_convert_disk_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    int64_t disk = 0;
    ts_err *why = NULL;
    const char *text = ts_ctx_text(c, "OSDConvertDiskIndex");
    if (!ts_str_int64(text, &disk) || disk < 0 || disk > 10000)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "disk number '%s' is not possible",
                              text);
    return ts_host_disk_to_dynamic(ts_ctx_host(c), (uint32_t)disk, &why) ||
           ts_step_own(out, why, err);
}
