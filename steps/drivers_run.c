/* drivers_run.c - driver packages: every driver, or those that fit the machine's devices. */
#include "drivers_run.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "inf.h"

typedef struct found {
    char *paths[TS_DRIVERS_MAX];
    size_t n;
} found;

static void found_free(found *f)
{
    for (size_t i = 0; f && i < f->n; i++)
        free(f->paths[i]);
    free(f);
}

static bool is_inf(const char *name, size_t len)
{
    return len > 4 && ts_str_ncasecmp(name + len - 4, ".inf", 4) == 0;
}

static bool find_in(ts_host *host, const char *folder, unsigned depth, found *f, ts_err **err)
{
    char *names TS_CLEANUP(ts_free_ptr) = NULL;
    if (depth > TS_DRIVERS_DEPTH)
        return ts_fail(err, TS_LIMIT, "'%s' lies more than %u folders deep", folder,
                       TS_DRIVERS_DEPTH);
    if (!ts_host_folder_list(host, folder, &names, err))
        return false;
    for (const char *name = names; *name;) {
        size_t len = strcspn(name, "\n");
        bool below = len > 0 && name[len - 1] == '/';
        char *one TS_CLEANUP(ts_free_ptr) = ts_strndup(name, below ? len - 1 : len);
        char *path = one ? ts_path_join(folder, one) : NULL;
        if (!path)
            return ts_fail_nomem(err);
        bool ok = true;
        if (below)
            ok = find_in(host, path, depth + 1, f, err);
        else if (is_inf(name, len) && f->n == TS_DRIVERS_MAX)
            ok = ts_fail(err, TS_LIMIT, "the package has more than %u drivers", TS_DRIVERS_MAX);
        else if (is_inf(name, len)) {
            f->paths[f->n++] = path;
            path = NULL;
        }
        free(path);
        if (!ok)
            return false;
        name += len + (name[len] == '\n');
    }
    return true;
}

static void no_inf(const char *id, const char *folder, ts_result *out)
{
    ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                   "driver package '%s' has no INF file ('%s'): publish the unpacked drivers, not "
                   "their setup program",
                   id, folder);
}

/* The INF files of a package; NULL: the step failed or *err is set. */
static found *find_all(ts_ctx *c, const char *id, ts_result *out, ts_err **err)
{
    const char *folder = ts_step_package(c, id, out, err);
    ts_err *why = NULL;
    found *f = folder ? ts_alloc(sizeof *f) : NULL;
    if (!folder)
        return NULL;
    if (!f) {
        ts_fail_nomem(err);
        return NULL;
    }
    bool ok = find_in(ts_ctx_host(c), folder, 0, f, &why);
    if (!ok)
        ts_step_own(out, why, err);
    else if (f->n == 0)
        no_inf(id, folder, out);
    if (!ok || f->n == 0) {
        found_free(f);
        return NULL;
    }
    return f;
}

static char target(ts_ctx *c, ts_result *out)
{
    char letter = ts_step_windows(c);
    if (!letter)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "no operating system was applied before (OSDTargetSystemDrive is not set)");
    return letter;
}

static bool add_all(ts_ctx *c, const char *id, char letter, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    found *f = find_all(c, id, out, err);
    if (!f)
        return !err || !*err;
    bool ok = true;
    for (size_t i = 0; ok && i < f->n; i++) {
        ts_ctx_progress(c, i, f->n, f->paths[i]);
        ok = ts_host_driver_add(ts_ctx_host(c), letter, f->paths[i],
                                ts_ctx_bool(c, "OSDAllowUnsignedDriver"), &why);
    }
    found_free(f);
    return ok || ts_step_own(out, why, err);
}

/* Of a package that is here. */
static bool look_for_inf(ts_ctx *c, const char *id, const ts_package_look *look, ts_result *out,
                         ts_err **err)
{
    ts_err *why = NULL;
    found *f = look->folder && look->whole ? ts_alloc(sizeof *f) : NULL;
    if (!f)
        return !look->folder || !look->whole || ts_fail_nomem(err);
    bool ok = find_in(ts_ctx_host(c), look->folder, 0, f, &why) || ts_step_own(out, why, err);
    if (ok && !out->failed && f->n == 0)
        no_inf(id, look->folder, out);
    found_free(f);
    return ok;
}

bool ts_driver_package_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *id = ts_ctx_text(c, "OSDApplyDriverDriverPackageID");
    ts_package_look look = {.known = false};
    ts_err *why = NULL;
    if (!*id || ts_step_is_unknown(c, "OSDApplyDriverDriverPackageID"))
        return true;
    if (!ts_ctx_package_look(c, id, &look, &why))
        return ts_step_finding(out, why, err);
    return look_for_inf(c, id, &look, out, err);
}

bool ts_driver_package_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    char letter = target(c, out);
    return !letter || add_all(c, ts_ctx_text(c, "OSDApplyDriverDriverPackageID"), letter, out, err);
}

/* --- Auto Apply Drivers --------------------------------------------------------------------- */

/* How well a driver fits, smaller is better. Microsoft ("How Windows ranks drivers", identifier
 * score): the place of the id in the device's list, most specific first; a hardware id of the INF
 * file before a compatible one; of equals the one with the later date, then with the higher version
 * (DriverVer). Feature and signature scores are left to Windows. */
typedef struct rank {
    unsigned place; /* from 0; UINT_MAX: does not fit */
    uint64_t date;  /* yyyymmdd */
    uint64_t version;
} rank;

typedef struct device {
    char *ids;   /* joined by ',', most specific first; into the text of the host */
    size_t best; /* INF with the best rank; SIZE_MAX: none */
    rank rank;
} device;

static bool is_better(const rank *a, const rank *b)
{
    if (a->place != b->place)
        return a->place < b->place;
    return a->date != b->date ? a->date > b->date : a->version > b->version;
}

/* "mm/dd/yyyy,w.x.y.z": four parts of 16 bits. */
static void read_version(const char *text, rank *out)
{
    unsigned long part[7] = {0};
    char *end = NULL;
    for (size_t i = 0; i < TS_COUNT(part) && *text; i++) {
        part[i] = strtoul(text, &end, 10);
        if (end == text)
            break;
        text = end + (*end && strchr("/,.- ", *end) != NULL);
    }
    out->date = part[2] * 10000u + part[0] * 100u + part[1];
    for (size_t i = 3; i < TS_COUNT(part); i++)
        out->version = out->version << 16 | (part[i] & 0xFFFFu);
}

/* The INF's best id in the device's list. */
static rank rank_of(const char *ids, const ts_inf *inf, const char **id)
{
    rank r = {.place = UINT_MAX};
    unsigned place = 0;
    for (const char *at = ids; *at && r.place == UINT_MAX; place++) {
        size_t len = strcspn(at, ",");
        for (size_t i = 0; i < inf->n_ids; i++) {
            unsigned here = place * 2 + inf->compatible[i];
            if (here < r.place && strlen(inf->ids[i]) == len &&
                ts_str_ncasecmp(inf->ids[i], at, len) == 0) {
                *id = inf->ids[i];
                r.place = here;
            }
        }
        at += len + (at[len] == ',');
    }
    read_version(inf->version, &r);
    return r;
}

/* A line each. */
static size_t count_devices(const char *text)
{
    size_t n = 1;
    for (; *text; text++)
        n += *text == '\n' ? 1 : 0;
    return n;
}

static size_t cut_devices(char *text, device *devices)
{
    size_t n = 0;
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] == '\n');
        line[len] = '\0';
        if (len > 0)
            devices[n++] = (device){.ids = line, .best = SIZE_MAX, .rank = {.place = UINT_MAX}};
        line = next;
    }
    return n;
}

static const char *machine_architecture(ts_ctx *c)
{
    const char *known = ts_vars_text(ts_ctx_vars(c), "_TSTargetArchitecture");
    return known && *known ? known : "amd64";
}

/* Ranks one INF for every device and says why it fits. */
static bool rank_one(ts_ctx *c, const char *path, size_t at, device *devices, size_t n,
                     bool *wanted, ts_err **err)
{
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    size_t size = 0;
    ts_inf inf;
    if (!ts_host_file_read(ts_ctx_host(c), path, &data, &size, err) ||
        !ts_inf_read(data, size, machine_architecture(c), &inf, err))
        return ts_wrap(err, "driver '%s'", path);
    bool best = ts_ctx_bool(c, "OSDAutoApplyDriverBestMatch");
    for (size_t d = 0; d < n; d++) {
        const char *id = "";
        rank fit = rank_of(devices[d].ids, &inf, &id);
        if (fit.place == UINT_MAX)
            continue;
        ts_ctx_log(c, TS_LEVEL_INFO, "driver '%s' (%s) fits device '%.*s': id '%s', place %u", path,
                   *inf.version ? inf.version : "no version", (int)strcspn(devices[d].ids, ","),
                   devices[d].ids, id, fit.place / 2 + 1);
        *wanted |= !best;
        if (is_better(&fit, &devices[d].rank)) {
            devices[d].rank = fit;
            devices[d].best = at;
        }
    }
    ts_inf_done(&inf);
    return true;
}

static bool choose(ts_ctx *c, const found *f, device *devices, size_t n, bool *wanted, ts_err **err)
{
    for (size_t i = 0; i < f->n; i++)
        if (!rank_one(c, f->paths[i], i, devices, n, &wanted[i], err))
            return false;
    for (size_t d = 0; d < n; d++) {
        if (devices[d].best != SIZE_MAX)
            wanted[devices[d].best] = true;
        else
            ts_ctx_log(c, TS_LEVEL_INFO, "no driver of the package fits device '%.*s'",
                       (int)strcspn(devices[d].ids, ","), devices[d].ids);
    }
    return true;
}

static bool add_chosen(ts_ctx *c, char letter, const found *f, char *ids, ts_err **err)
{
    bool *wanted = ts_alloc_array(f->n, sizeof(*wanted));
    device *devices = ts_alloc_array(count_devices(ids), sizeof(*devices));
    bool ok = wanted && devices ? true : ts_fail_nomem(err);
    size_t added = 0;
    ok = ok && choose(c, f, devices, cut_devices(ids, devices), wanted, err);
    for (size_t i = 0; ok && i < f->n; i++) {
        if (!wanted[i])
            continue;
        added++;
        ok = ts_host_driver_add(ts_ctx_host(c), letter, f->paths[i],
                                ts_ctx_bool(c, "OSDAllowUnsignedDriver"), err);
    }
    free(wanted);
    free(devices);
    if (ok)
        ts_ctx_log(c, TS_LEVEL_INFO, "%zu of %zu drivers were added", added, f->n);
    return ok;
}

static bool add_fitting(ts_ctx *c, const char *id, char letter, ts_result *out, ts_err **err)
{
    char *ids = NULL;
    ts_err *why = NULL;
    found *f = find_all(c, id, out, err);
    if (!f)
        return !err || !*err;
    bool ok = ts_host_pnp_ids(ts_ctx_host(c), &ids, &why);
    if (!ok && ts_err_code(why) == TS_STATE) {
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s: no driver is added", ts_err_text(why));
        ts_err_clear(&why);
        out->assumed = ok = true;
    } else if (ok) {
        ok = add_chosen(c, letter, f, ids, &why);
    }
    free(ids);
    found_free(f);
    return ok || ts_step_own(out, why, err);
}

static const char *drivers_package(ts_ctx *c)
{
    const char *id = ts_vars_text(ts_ctx_vars(c), "TSDriversPackage");
    return *id ? id : TS_DRIVERS_PACKAGE;
}

/* The sequence does not name the package, so nothing else misses it before the step runs. */
bool ts_auto_drivers_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *id = drivers_package(c);
    const ts_value *named = ts_vars_get(ts_ctx_vars(c), "TSDriversPackage");
    ts_package_look look = {.known = false};
    ts_err *why = NULL;
    if (named && named->flags & TS_VALUE_UNKNOWN)
        return true;
    if (!ts_ctx_package_look(c, id, &look, &why))
        return ts_step_finding(out, why, err);
    if (look.missing)
        return ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                              "the catalogue has no package '%s': publish the drivers as one, or "
                              "name it in the variable TSDriversPackage",
                              id);
    return look_for_inf(c, id, &look, out, err);
}

bool ts_auto_drivers_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    char letter = target(c, out);
    return !letter || add_fitting(c, drivers_package(c), letter, out, err);
}

bool ts_drivers_add(ts_ctx *c, const char *package, bool all, char letter, ts_result *out,
                    ts_err **err)
{
    return all ? add_all(c, package, letter, out, err) : add_fitting(c, package, letter, out, err);
}
