/* share.c - a deployment share of MDT, for the simulated machine. Only Control is copied: programs
 * are not run, and images are described by the machine profile. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/sim.h>

#include "os.h"
#include "share.h"

#define DRIVE 'Z'

static bool has_ending(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && ts_str_ieq(name + n - e, ending);
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
           put_folder(host, control, "Z:\\Control", true, err) &&
           set_new(vars, "DeployRoot", "Z:", err) &&
           set_new(vars, "ScriptRoot", "Z:\\Scripts", err) && set_sequence_id(vars, full, err);
}
