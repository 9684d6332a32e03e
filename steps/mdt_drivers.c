/* mdt_drivers.c - MDT's Inject Drivers: out-of-box drivers of the deployment share, or a driver
 * package. MDT documentation and behaviour, "ZTIDrivers.wsf": DriverSelectionProfile and
 * DriverGroup001 ... choose the folders, DriverInjectionMode ALL takes every driver in them that is
 * for the image's processor, AUTO those with a Plug and Play id of this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/share.h>
#include <ts/text.h>

#include "deploy.h"
#include "drivers_run.h"
#include "helpers.h"
#include "mdt_deploy.h"
#include "mdt_share.h"

#define GROUPS_MAX 999u /* three digits */

static const char *text_of(ts_ctx *c, const char *name)
{
    return ts_vars_text(ts_ctx_vars(c), name);
}

static const char *group_of(ts_ctx *c, unsigned n)
{
    char name[32];
    snprintf(name, sizeof name, "DriverGroup%03u", n);
    return text_of(c, name);
}

/* --- The share -------------------------------------------------------------------------------- */

typedef struct share_file {
    ts_share_text text;
    char *path, *data;
} share_file;

static void share_file_done(share_file *f)
{
    free(f->path);
    free(f->data);
}

/* A file of Control; without data when the share does not have it. */
static bool read_file(ts_ctx *c, const char *root, const char *name, share_file *f, ts_err **err)
{
    mdt_share_find found = MDT_SHARE_LACKS;
    char *below TS_CLEANUP(ts_free_ptr) = ts_sprintf("Control/%s", name);
    f->path = below ? ts_path_join(root, below) : NULL;
    if (!f->path)
        return ts_fail_nomem(err);
    f->text.file = f->path;
    if (!mdt_share_look(c, root, f->path, &found, err))
        return false;
    if (found != MDT_SHARE_HAS)
        return true;
    if (!ts_host_file_read_up_to(ts_ctx_host(c), f->path, TS_SHARE_LIST_BYTES_MAX, &f->data,
                                 &f->text.size, err))
        return false;
    f->text.data = f->data;
    return true;
}

static const char *platform(ts_ctx *c)
{
    const char *known = text_of(c, "_TSTargetArchitecture");
    known = *known ? known : text_of(c, "ImageProcessor");
    return ts_str_ieq(known, "amd64") ? "x64" : known;
}

/* Does a device of the machine have one of the driver's ids? Lines of `ids` are devices. */
static const char *fitting_id(const ts_share_driver *d, const char *ids)
{
    for (const char *at = ids; *at;) {
        size_t len = strcspn(at, ",\n");
        for (size_t i = 0; len > 0 && d->ids[i]; i++)
            if (strlen(d->ids[i]) == len && ts_str_ncasecmp(d->ids[i], at, len) == 0)
                return d->ids[i];
        at += len + (at[len] != '\0');
    }
    return NULL;
}

/* `ids` NULL: every one. */
static bool add_chosen(ts_ctx *c, const ts_share_drivers *list, const char *ids, const char *root,
                       char letter, ts_err **err)
{
    size_t n = ts_share_drivers_count(list), added = 0;
    const char *wanted = platform(c);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        const ts_share_driver *d = ts_share_drivers_at(list, i);
        const char *id = ids ? fitting_id(d, ids) : "";
        if (!id || (*wanted && !ts_share_driver_is_for(d, wanted)))
            continue;
        char *path TS_CLEANUP(ts_free_ptr) = ts_share_driver_path(d, root, err);
        ts_ctx_log(c, TS_LEVEL_INFO, "driver '%s' ('%s')%s%s", d->name, d->source,
                   *id ? " fits this machine by its id " : " is added: DriverInjectionMode is ALL",
                   id);
        ts_ctx_progress(c, i, n, d->name);
        ok = path && ts_host_driver_add(ts_ctx_host(c), letter, path,
                                        ts_ctx_bool(c, "OSDAllowUnsignedDriver"), err);
        added++;
    }
    if (ok)
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "%zu drivers were added: the share has %zu, %zu are in the chosen folders",
                   added, ts_share_drivers_total(list), n);
    return ok;
}

static bool add_of_list(ts_ctx *c, const ts_share_drivers *list, bool all, char letter,
                        ts_result *out, ts_err **err)
{
    const char *resource = text_of(c, "ResourceRoot");
    const char *root = *resource ? resource : text_of(c, "DeployRoot");
    char *ids TS_CLEANUP(ts_free_ptr) = NULL;
    ts_err *why = NULL;
    if (!all && !ts_host_pnp_ids(ts_ctx_host(c), &ids, &why)) {
        if (ts_err_code(why) != TS_STATE)
            return ts_step_own(out, why, err);
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s: no driver is added", ts_err_text(why));
        ts_err_free(why);
        out->assumed = true;
        return true;
    }
    return add_chosen(c, list, all ? NULL : ids, root, letter, &why) || ts_step_own(out, why, err);
}

static ts_share_drivers *choose(ts_ctx *c, const char *root, const share_file *drivers,
                                const char *profile, ts_err **err)
{
    const char *names[GROUPS_MAX + 1] = {NULL};
    share_file groups = {.path = NULL}, profiles = {.path = NULL};
    ts_share_choice choice = {.profile = profile,
                              .definition = text_of(c, "CustomDriverSelectionProfile"),
                              .groups = names,
                              .whole_names = ts_str_ieq(text_of(c, "SkipGroupSubFolders"), "YES")};
    for (unsigned i = 0; i < GROUPS_MAX && *group_of(c, i + 1); i++)
        names[i] = group_of(c, i + 1);
    bool all = !*profile || ts_str_ieq(profile, "Everything");
    if (all && names[0] && !*choice.definition)
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "DriverGroup001 is '%s', but MDT looks at groups only when "
                   "DriverSelectionProfile is not Everything: set it to Nothing",
                   names[0]);
    ts_share_drivers *list = NULL;
    if (read_file(c, root, "DriverGroups.xml", &groups, err) &&
        read_file(c, root, "SelectionProfiles.xml", &profiles, err))
        list = ts_share_drivers_read(&drivers->text, &groups.text, &profiles.text, &choice, err);
    share_file_done(&groups);
    share_file_done(&profiles);
    return list;
}

/* *found false: the share has no list of drivers, or there is no share. */
static bool add_of_share(ts_ctx *c, const char *mode, const char *profile, char letter, bool *found,
                         ts_result *out, ts_err **err)
{
    const char *root = text_of(c, "DeployRoot");
    share_file drivers = {.path = NULL};
    ts_err *why = NULL;
    bool ok = !*root || read_file(c, root, "Drivers.xml", &drivers, &why);
    *found = drivers.data != NULL;
    ts_share_drivers *list = ok && *found ? choose(c, root, &drivers, profile, &why) : NULL;
    if (list)
        ok = add_of_list(c, list, ts_str_ieq(mode, "ALL"), letter, out, err);
    else if (why)
        ok = ts_step_own(out, why, err);
    ts_share_drivers_free(list);
    share_file_done(&drivers);
    return ok;
}

/* --- A package -------------------------------------------------------------------------------- */

static bool add_of_package(ts_ctx *c, const char *mode, const char *profile, char letter,
                           ts_result *out, ts_err **err)
{
    const char *id = text_of(c, "TSDriversPackage");
    ts_package_look look = {.known = false};
    id = *id ? id : TS_DRIVERS_PACKAGE;
    ts_err *why = NULL;
    if (*profile && !ts_str_ieq(profile, "All Drivers") && !ts_str_ieq(profile, "Everything"))
        ts_ctx_log(
            c, TS_LEVEL_WARNING,
            "selection profile '%s' and driver groups are not looked at: they need "
            "Control/Drivers.xml of the deployment share (DeployRoot); the drivers are those "
            "of package '%s' (TSDriversPackage)",
            profile, id);
    if (!ts_ctx_package_look(c, id, &look, &why))
        return ts_step_own(out, why, err);
    if (look.missing) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "no package '%s' is published (TSDriversPackage names another): no driver is "
                   "added",
                   id);
        return true;
    }
    return ts_drivers_add(c, id, ts_str_ieq(mode, "ALL"), letter, out, err);
}

/* --- The step --------------------------------------------------------------------------------- */

bool ts_mdt_add_drivers(ts_ctx *c, const char *mode, const char *profile, char letter,
                        ts_result *out, ts_err **err)
{
    bool found = false;
    if (!add_of_share(c, mode, profile, letter, &found, out, err))
        return false;
    return found || out->failed || add_of_package(c, mode, profile, letter, out, err);
}

/* MDT copies drivers in Windows PE only; the image may not be there yet. */
bool ts_mdt_drivers_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *profile = ts_ctx_text(c, "DriverSelectionProfile");
    const char *mode = ts_ctx_text(c, "DriverInjectionMode");
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS) {
        ts_ctx_log(c, TS_LEVEL_INFO, "drivers are added in Windows PE: nothing to do here");
        return true;
    }
    if (ts_str_ieq(profile, "Nothing") && !*group_of(c, 1) &&
        !*text_of(c, "CustomDriverSelectionProfile")) {
        ts_ctx_log(c, TS_LEVEL_INFO, "DriverSelectionProfile is Nothing: no driver is added");
        return true;
    }
    char letter = ts_step_new_windows(c);
    if (letter && ts_step_letter(text_of(c, TS_MDT_DRIVERS_DONE_VARIABLE)) == letter) {
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "Install Operating System has added the drivers to %c: already: nothing to do",
                   letter);
        return true;
    }
    if (letter)
        return ts_mdt_add_drivers(c, mode, profile, letter, out, err);
    ts_ctx_log(c, TS_LEVEL_INFO,
               "no operating system was applied yet: Install Operating System adds the drivers");
    return ts_step_set_text(c, out, TS_MDT_DRIVERS_VARIABLE, mode, err) &&
           ts_step_set_text(c, out, TS_MDT_DRIVERS_PROFILE_VARIABLE, profile, err);
}
