/* share.c - a deployment share of MDT, for the simulated machine. Of its files Control is copied:
 * programs are not run, images are described by the machine profile, drivers by Drivers.xml. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/share.h>
#include <ts/sim.h>

#include "os.h"
#include "share.h"

#define DRIVE 'Z'

static bool has_ending(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && ts_str_ieq(name + n - e, ending);
}

/* What is there and cannot be looked at is an error: a dry run that takes it for missing misleads.
 */
static bool look(const char *path, bool *there, ts_err **err)
{
    ts_path_info info;
    ts_err *why = NULL;
    *there = ts_file_exists(path);
    if (*there)
        return true;
    if (ts_path_look(path, &info, &why))
        return ts_fail(err, TS_NOT_FOUND, "--share: '%s' is a link, and nothing is where it leads",
                       path);
    if (ts_err_code(why) != TS_NOT_FOUND)
        return ts_fail_take(err, why) || ts_wrap(err, "--share");
    ts_err_free(why);
    return true;
}

static bool put_file(ts_host *host, const char *from, const char *to, ts_err **err)
{
    if (!has_ending(from, ".ini") && !has_ending(from, ".xml"))
        return true;
    char *data = NULL;
    size_t size = 0;
    bool ok = ts_file_read(from, TS_SHARE_FILE_MAX, &data, &size, err) &&
              ts_host_sim_file(host, to, data, size, err);
    free(data);
    return ok;
}

/* `deep`: folders in it, too (Control\\TSID\\Unattend.xml). */
static bool put_folder(ts_host *host, const char *from, const char *to, bool deep, ts_err **err)
{
    char **names = NULL;
    if (!ts_folder_list(from, &names, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && names[i] != NULL; i++) {
        TS_CLEANUP(ts_free_ptr) char *in = ts_path_join(from, names[i]);
        TS_CLEANUP(ts_free_ptr) char *out = ts_sprintf("%s\\%s", to, names[i]);
        if (in == NULL || out == NULL)
            ok = ts_fail_nomem(err);
        else if (!ts_file_is_folder(in))
            ok = put_file(host, in, out, err);
        else
            ok = !deep || put_folder(host, in, out, false, err);
    }
    free(names);
    return ok;
}

/* The folder's name as it is written: file systems of Linux tell case apart. Owned. */
static char *control_folder(const char *share, ts_err **err)
{
    char **names = NULL;
    char *found = NULL;
    if (!ts_folder_list(share, &names, err))
        return NULL;
    for (size_t i = 0; found == NULL && names[i] != NULL; i++)
        if (ts_str_ieq(names[i], "Control"))
            found = ts_path_join(share, names[i]);
    free(names);
    if (found == NULL)
        ts_fail(err, TS_NOT_FOUND,
                "--share: '%s' has no folder 'Control': give the folder of a deployment share",
                share);
    return found;
}

static bool set_new(ts_vars *vars, const char *name, const char *value, ts_err **err)
{
    return ts_vars_get(vars, name) != NULL || ts_vars_set(vars, name, value, 0, err);
}

/* Control/W11/ts.xml is the sequence W11. */
static bool set_sequence_id(ts_vars *vars, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(file);
    TS_CLEANUP(ts_free_ptr) char *above = folder == NULL ? NULL : ts_path_dir(folder);
    if (above == NULL)
        return ts_fail_nomem(err);
    return !ts_str_ieq(ts_path_base(above), "Control") ||
           set_new(vars, "TaskSequenceID", ts_path_base(folder), err);
}

/* Images themselves are not read, but whether they are there: an empty file stands for each. Of a
 * share without the folder of its images (only Control was copied) all are taken to be there. */
static bool put_image(ts_host *host, const char *share, bool whole, const ts_share_system *s,
                      ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = NULL;
    TS_CLEANUP(ts_free_ptr) char *from = NULL;
    if (!*s->image || ts_path_is_absolute(s->image))
        return true; /* the step says so */
    to = ts_share_system_image(s, "Z:", err);
    if (!to)
        return false;
    from = ts_path_join(share, to + strlen("Z:/"));
    if (!from)
        return ts_fail_nomem(err);
    bool there = true;
    return (!whole || look(from, &there, err)) &&
           (!there || ts_host_sim_file(host, to, "", 0, err));
}

static bool put_images(ts_host *host, const char *share, ts_err **err)
{
    char *data = NULL;
    size_t size = 0;
    static const char list_file[] = "Z:\\Control\\OperatingSystems.xml";
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(share, "Operating Systems");
    if (folder == NULL)
        return ts_fail_nomem(err);
    ts_file_info info = {.exists = false};
    if (!ts_host_file_info(host, list_file, &info, err))
        return false;
    if (!info.exists)
        return true;
    ts_share_systems *list = NULL;
    if (ts_host_file_read(host, list_file, &data, &size, err))
        list = ts_share_systems_parse(list_file, data, size, err);
    free(data);
    bool whole = false;
    bool ok = list && look(folder, &whole, err);
    for (size_t i = 0; ok && i < ts_share_systems_count(list); i++)
        ok = put_image(host, share, whole, ts_share_systems_at(list, i), err);
    ts_share_systems_free(list);
    return ok;
}

/* The same for drivers: their INF files are not read, Drivers.xml has their ids. */
static bool put_driver(ts_host *host, const char *share, bool whole, const ts_share_driver *d,
                       ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = ts_share_driver_path(d, "Z:", NULL);
    TS_CLEANUP(ts_free_ptr) char *from = to ? ts_path_join(share, to + strlen("Z:/")) : NULL;
    if (to == NULL)
        return true; /* the step says so */
    if (from == NULL)
        return ts_fail_nomem(err);
    bool there = true;
    return (!whole || look(from, &there, err)) &&
           (!there || ts_host_sim_file(host, to, "", 0, err));
}

static bool put_drivers(ts_host *host, const char *share, ts_err **err)
{
    static const char list_file[] = "Z:\\Control\\Drivers.xml";
    ts_share_text text = {.file = list_file};
    const ts_share_choice everything = {.profile = NULL};
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(share, "Out-of-box Drivers");
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    ts_file_info info = {.exists = false};
    if (folder == NULL)
        return ts_fail_nomem(err);
    if (!ts_host_file_info(host, list_file, &info, err))
        return false;
    if (!info.exists)
        return true;
    if (!ts_host_file_read_up_to(host, list_file, TS_SHARE_LIST_BYTES_MAX, &data, &text.size, err))
        return false;
    text.data = data;
    ts_share_drivers *list = ts_share_drivers_read(&text, &text, &text, &everything, err);
    bool whole = false;
    bool ok = list && look(folder, &whole, err);
    for (size_t i = 0; ok && i < ts_share_drivers_count(list); i++)
        ok = put_driver(host, share, whole, ts_share_drivers_at(list, i), err);
    ts_share_drivers_free(list);
    return ok;
}

/* And for the boot images, which "Update Deployment Share" makes. */
static bool put_boot_images(ts_host *host, const char *share, ts_err **err)
{
    static const char *const names[] = {"Boot/LiteTouchPE_x64.wim", "Boot/LiteTouchPE_x86.wim"};
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(share, "Boot");
    if (folder == NULL)
        return ts_fail_nomem(err);
    bool whole = false;
    bool ok = look(folder, &whole, err);
    for (size_t i = 0; ok && i < TS_COUNT(names); i++) {
        TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(share, names[i]);
        TS_CLEANUP(ts_free_ptr) char *to = ts_path_join("Z:", names[i]);
        if (from == NULL || to == NULL)
            return ts_fail_nomem(err);
        bool there = true;
        ok = (!whole || look(from, &there, err)) &&
             (!there || ts_host_sim_file(host, to, "", 0, err));
    }
    return ok;
}

/* The one file of Scripts that steps read. */
static bool put_bios_list(ts_host *host, const char *share, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(share, "Scripts/ZTIBIOSCheck.xml");
    if (from == NULL)
        return ts_fail_nomem(err);
    bool there = false;
    return look(from, &there, err) &&
           (!there || put_file(host, from, "Z:\\Scripts\\ZTIBIOSCheck.xml", err));
}

bool ts_share_mount(const ts_args *args, const char *sequence_file, ts_host *host, ts_vars *vars,
                    ts_err **err)
{
    const char *share = ts_args_value(args, "share");
    if (share == NULL)
        return true;
    TS_CLEANUP(ts_free_ptr) char *control = control_folder(share, err);
    TS_CLEANUP(ts_free_ptr)
    char *full = control == NULL ? NULL : ts_path_absolute(sequence_file, err);
    if (full == NULL)
        return false;
    return ts_host_sim_drive(host, DRIVE, "\\\\share\\deploy$", err) &&
           put_folder(host, control, "Z:\\Control", true, err) && put_images(host, share, err) &&
           put_drivers(host, share, err) && put_boot_images(host, share, err) &&
           put_bios_list(host, share, err) && set_new(vars, "DeployRoot", "Z:", err) &&
           set_new(vars, "ScriptRoot", "Z:\\Scripts", err) && set_sequence_id(vars, full, err);
}
