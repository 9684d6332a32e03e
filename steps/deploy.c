/* deploy.c - what the steps that deploy Windows share. */
#include "deploy.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"

char ts_step_letter(const char *text)
{
    size_t rest = text && isalpha((unsigned char)text[0]) ? 1 : 0;
    if (!rest)
        return 0;
    rest += text[rest] == ':';
    rest += text[rest] == '\\' || text[rest] == '/';
    return text[rest] ? 0 : (char)toupper((unsigned char)text[0]);
}

/* The letter of partition `partition` (from 1) of a disk. */
static char by_partition(ts_ctx *c, int64_t disk, int64_t partition, ts_result *out, ts_err **err)
{
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    char letter = 0;
    if (disk < 0 || disk >= TS_DISKS_MAX) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "disk %" PRId64 " is not possible", disk);
        return 0;
    }
    if (!ts_host_volumes(ts_ctx_host(c), (uint32_t)disk, &volumes, &n, &why)) {
        ts_step_own(out, why, err);
        return 0;
    }
    if (partition < 1 || (uint64_t)partition > n)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "disk %" PRId64 " has no partition %" PRId64 " (it has %zu)", disk,
                       partition, n);
    else if (!(letter = volumes[partition - 1].letter))
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "partition %" PRId64 " of disk %" PRId64 " has no drive letter: let the "
                       "partition step assign one",
                       partition, disk);
    free(volumes);
    return letter;
}

bool ts_step_is_bare(ts_host *host, char letter)
{
    static const char *const harmless[] = {"System Volume Information/", "$RECYCLE.BIN/",
                                           "_SMSTaskSequence/"};
    const char root[4] = {letter, ':', '/', '\0'};
    char *list TS_CLEANUP(ts_free_ptr) = NULL;
    if (!ts_host_folder_list(host, root, &list, NULL))
        return false;
    for (const char *names = list; *names;) {
        size_t len = strcspn(names, "\n");
        bool known = false;
        for (size_t i = 0; i < TS_COUNT(harmless); i++)
            known |= len == strlen(harmless[i]) && ts_str_ncasecmp(names, harmless[i], len) == 0;
        if (!known)
            return false;
        names += len + (names[len] == '\n');
    }
    return true;
}

/* *full: one that would do holds files; only what the sequence names is overwritten. */
static char free_on(ts_host *host, uint32_t disk, char *full, ts_err **err)
{
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    char letter = 0;
    if (!ts_host_volumes(host, disk, &volumes, &n, err))
        return 0;
    for (size_t i = 0; i < n && !letter; i++) {
        const ts_volume_info *v = &volumes[i];
        bool data = v->kind == TS_PARTITION_PRIMARY || v->kind == TS_PARTITION_LOGICAL;
        /* The active partition of an MBR disk holds the boot files when there is another one. */
        bool boot = v->is_active && n > 1;
        if (!data || boot || v->filesystem != TS_FS_NTFS || !v->letter || v->is_locked)
            continue;
        if (!v->has_windows && ts_step_is_bare(host, v->letter))
            letter = v->letter;
        else if (!*full)
            *full = v->letter;
    }
    free(volumes);
    return letter;
}

/* ConfigMgr docs: "next available formatted partition", not used by an Apply step before. */
static char next_free(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    char letter = 0;
    char full = 0;
    if (!ts_host_disks(ts_ctx_host(c), &disks, &n, &why)) {
        ts_step_own(out, why, err);
        return 0;
    }
    for (size_t i = 0; i < n && !letter && !why; i++)
        if (!disks[i].is_removable && !*disks[i].keep_off)
            letter = free_on(ts_ctx_host(c), disks[i].index, &full, &why);
    free(disks);
    if (why)
        ts_step_own(out, why, err);
    else if (!letter && full)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "the step names no target, and volume %c: holds files: name it as the "
                       "target, or partition a disk before",
                       full);
    else if (!letter)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "no formatted NTFS partition with a drive letter is free: partition a disk "
                       "before, or name the target");
    return letter;
}

/* "C:" or "0,2": what a variable or input says. */
static char by_text(ts_ctx *c, const char *what, const char *text, ts_result *out, ts_err **err)
{
    char letter = ts_step_letter(text);
    int64_t disk = 0;
    int64_t partition = 0;
    const char *comma = strchr(text, ',');
    char *first TS_CLEANUP(ts_free_ptr) = comma ? ts_strndup(text, (size_t)(comma - text)) : NULL;
    if (!letter && first && ts_str_int64(first, &disk) && ts_str_int64(comma + 1, &partition))
        return by_partition(c, disk, partition, out, err);
    if (!letter)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "%s is '%s': neither a drive letter nor 'disk,partition'", what, text);
    return letter;
}

char ts_step_find_target(ts_ctx *c, const ts_step_target *names, ts_result *out, ts_err **err)
{
    const char *variable = ts_ctx_text(c, names->variable);
    const char *letter = ts_ctx_text(c, names->letter);
    if (*variable) {
        const ts_value *v = ts_vars_get(ts_ctx_vars(c), variable);
        if (!v || !*v->text) {
            ts_result_fail(
                out, TS_STEP_CODE_NO_DRIVE,
                "the target is in variable '%s', which is not set: the partition step sets "
                "the variable that is named for the volume",
                variable);
            return 0;
        }
        return by_text(c, variable, v->text, out, err);
    }
    if (*letter)
        return by_text(c, names->letter, letter, out, err);
    if (*ts_ctx_text(c, names->disk))
        return by_partition(c, ts_ctx_int(c, names->disk), ts_ctx_int(c, names->partition), out,
                            err);
    return next_free(c, out, err);
}

char ts_step_windows(ts_ctx *c)
{
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS)
        return ts_step_letter(ts_host_env(ts_ctx_host(c), "SystemDrive"));
    const char *drive = ts_vars_text(ts_ctx_vars(c), "OSDTargetSystemDrive");
    return ts_step_letter(drive && *drive ? drive : ts_vars_text(ts_ctx_vars(c), "OSDisk"));
}

/* MDT's phases up to the one that installs: a Windows that is there is the one to be replaced. */
static bool is_before_install(ts_ctx *c)
{
    static const char *const phases[] = {"VALIDATION", "STATECAPTURE", "PREINSTALL", "INSTALL"};
    const char *phase = ts_vars_text(ts_ctx_vars(c), "PHASE");
    bool found = false;
    for (size_t i = 0; i < TS_COUNT(phases); i++)
        found = found || ts_str_ieq(phase, phases[i]);
    return found;
}

char ts_step_new_windows(ts_ctx *c)
{
    ts_volume_info v;
    char letter = ts_step_windows(c);
    bool there = letter && (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS ||
                            *ts_vars_text(ts_ctx_vars(c), "OSDTargetSystemDrive") ||
                            (!is_before_install(c) &&
                             ts_host_volume(ts_ctx_host(c), letter, &v, NULL) && v.has_windows));
    return there ? letter : 0;
}

bool ts_step_domain(ts_ctx *c, char **out, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_wmi_rows rows = {.arena = NULL};
    const char *name = "";
    const ts_wql *query = arena ? ts_wql_parse(arena,
                                               "SELECT Domain FROM Win32_ComputerSystem WHERE "
                                               "PartOfDomain = TRUE",
                                               NULL)
                                : NULL;
    if (query && ts_host_wmi(ts_ctx_host(c), NULL, query, &rows, NULL) && rows.n_rows) {
        const ts_wmi_value *v = ts_wmi_row_get(&rows.rows[0], "Domain");
        name = v && v->kind == TS_WMI_TEXT ? v->text : "";
    }
    *out = ts_strdup(name);
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return *out || ts_fail_nomem(err);
}

const char *ts_step_package(ts_ctx *c, const char *id, ts_result *out, ts_err **err)
{
    const char *folder = NULL;
    ts_err *why = NULL;
    if (!*id) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "no package is given");
        return NULL;
    }
    if (!ts_ctx_package(c, id, &folder, &why)) {
        ts_step_own(out, why, err);
        return NULL;
    }
    return folder;
}

/* Windows Setup takes the answer file from here in its later passes (Microsoft: Windows Setup
 * automation overview, implicit answer file search order). */
static char *unattend_path(char letter)
{
    return ts_sprintf("%c:/Windows/Panther/unattend.xml", letter);
}

static const char *architecture_of(ts_ctx *c, char *kept, size_t size)
{
    const char *known = ts_vars_text(ts_ctx_vars(c), "_TSTargetArchitecture");
    char *fact = NULL;
    if (!*known && ts_host_fact(ts_ctx_host(c), TS_FACT_ARCHITECTURE, &fact, NULL)) {
        size_t len = strlen(fact);
        len = len < size ? len : size - 1;
        memcpy(kept, fact, len);
        kept[len] = '\0';
        free(fact);
        known = kept;
    }
    return ts_str_ieq(known, "arm64") ? "arm64" : ts_str_ieq(known, "x86") ? "x86" : "amd64";
}

ts_unattend *ts_step_unattend_open(ts_ctx *c, char letter, ts_result *out, ts_err **err)
{
    char kept[16] = "";
    ts_file_info info;
    ts_err *why = NULL;
    ts_unattend *u = NULL;
    char *path TS_CLEANUP(ts_free_ptr) = unattend_path(letter);
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    size_t size = 0;
    if (!path) {
        ts_fail_nomem(err);
        return NULL;
    }
    const char *architecture = architecture_of(c, kept, sizeof kept);
    if (ts_host_file_info(ts_ctx_host(c), path, &info, &why) && !info.exists)
        u = ts_unattend_new(architecture, &why);
    else if (!why && ts_host_file_read(ts_ctx_host(c), path, &data, &size, &why))
        u = ts_unattend_read(path, data, size, architecture, &why);
    if (data)
        ts_wipe(data, size);
    if (!u)
        ts_step_own(out, why, err);
    return u;
}

static void log_finding(void *ctx, const char *text)
{
    ts_ctx_log(ctx, TS_LEVEL_WARNING, "answer file: %s", text);
}

bool ts_step_unattend_save(ts_ctx *c, char letter, ts_unattend *unattend, ts_result *out,
                           ts_err **err)
{
    ts_err *why = NULL;
    ts_buf text;
    ts_buf_init(&text, TS_HOST_FILE_MAX);
    char *path TS_CLEANUP(ts_free_ptr) = unattend_path(letter);
    char *folder TS_CLEANUP(ts_free_ptr) = ts_sprintf("%c:/Windows/Panther", letter);
    bool ok = path && folder ? true : ts_fail_nomem(&why);
    ts_unattend_check(unattend, log_finding, c);
    ok = ok && ts_unattend_write(unattend, &text, &why) &&
         ts_host_folder_make(ts_ctx_host(c), folder, &why) &&
         ts_host_file_write(ts_ctx_host(c), path, ts_buf_text(&text), text.len, false, &why);
    if (text.data)
        ts_wipe(text.data, text.len);
    ts_buf_done(&text);
    return ok || ts_step_own(out, why, err);
}
