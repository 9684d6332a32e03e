/* deploy_drivers.c - drivers for a Windows that is not running. Linux has no DISM, so nothing is
 * added to the driver store: the folder of the INF file goes to C:\Drivers, and the search path of
 * Plug and Play (DevicePath; Microsoft: "Configure Windows to search additional folders for device
 * drivers") gets it, so that setup finds the driver when it installs devices. A driver that the
 * start itself needs, as of a storage controller, must be in the image already. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_ops.h"
#include "deploy_private.h"

#define DRIVERS_MAX 9999u /* driver folders on one volume */
#define DEPTH_MAX   16u
#define VERSION_KEY "Microsoft\\Windows\\CurrentVersion"

static bool copy_folder(ts_linux *machine, const char *from, const char *to, unsigned depth,
                        ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *names = NULL;
    if (depth == DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' is more than %u folders deep", from, DEPTH_MAX);
    if (!ts_linux_folder_list(machine, from, &names, err) ||
        !ts_linux_folder_make(machine, to, err))
        return false;
    bool ok = true;
    for (const char *line = names; ok && *line;) {
        size_t len = strcspn(line, "\n");
        bool folder = line[len - 1] == '/';
        TS_CLEANUP(ts_free_ptr)
        char *source = ts_sprintf("%s/%.*s", from, (int)(len - folder), line);
        TS_CLEANUP(ts_free_ptr)
        char *target = ts_sprintf("%s/%.*s", to, (int)(len - folder), line);
        ok = (source && target) || ts_fail_nomem(err);
        ok = ok && (folder ? copy_folder(machine, source, target, depth + 1, err)
                           : ts_linux_file_copy(machine, source, target, err));
        line += len + 1;
    }
    return ok;
}

/* "C:/Drivers/0001", the first that is not there; owned. */
static char *free_folder(ts_linux *machine, char letter, char number[8], ts_err **err)
{
    for (unsigned i = 1; i <= DRIVERS_MAX; i++) {
        ts_file_info info;
        (void)snprintf(number, 8, "%04u", i);
        char *path = ts_sprintf("%c:/Drivers/%s", letter, number);
        if (path && ts_linux_file_info(machine, path, &info, err) && !info.exists)
            return path;
        bool failed = !path || (err && *err);
        free(path);
        if (failed) {
            if (!path)
                ts_fail_nomem(err);
            return NULL;
        }
    }
    ts_fail(err, TS_LIMIT, "there are more than %u driver folders", DRIVERS_MAX);
    return NULL;
}

static bool search_there(ts_linux *machine, char letter, const char *number, ts_err **err)
{
    bool found = false;
    ts_reg_type type = TS_REG_NONE;
    TS_CLEANUP(ts_free_ptr) char *old = NULL;
    if (!ts_linux_offline_reg_get(machine, letter, "SOFTWARE", VERSION_KEY, "DevicePath", &found,
                                  &type, &old, err))
        return false;
    TS_CLEANUP(ts_free_ptr)
    char *path = ts_sprintf("%s;%%SystemDrive%%\\Drivers\\%s",
                            old && *old ? old : "%SystemRoot%\\inf", number);
    return (path || ts_fail_nomem(err)) &&
           ts_linux_offline_reg_set(machine, letter, "SOFTWARE", VERSION_KEY, "DevicePath",
                                    TS_REG_EXPAND_SZ, path, err);
}

/* Many INF files lie in one folder, and a folder is copied with all below it: it goes once. The
 * list is "C/path/of/folder/" a line. */
static bool is_there(const ts_linux *machine, char letter, const char *folder)
{
    size_t len = strlen(folder);
    for (const char *line = ts_buf_text(&machine->driver_folders); *line;) {
        size_t n = strcspn(line, "\n"); /* with the letter and the slash at its end */
        bool same = len + 2 >= n && line[0] == letter && strncmp(line + 1, folder, n - 2) == 0;
        if (same && (folder[n - 2] == '\0' || folder[n - 2] == '/'))
            return true;
        line += n + (line[n] == '\n');
    }
    return false;
}

static bool remember(ts_linux *machine, char letter, const char *folder, ts_err **err)
{
    ts_buf_printf(&machine->driver_folders, "%c%s/\n", letter, folder);
    return ts_buf_ok(&machine->driver_folders, "the list of driver folders", err);
}

static bool add_folder(ts_linux *machine, char letter, const char *from, ts_err **err)
{
    char number[8];
    TS_CLEANUP(ts_free_ptr) char *to = free_folder(machine, letter, number, err);
    return to && copy_folder(machine, from, to, 0, err) &&
           search_there(machine, letter, number, err) && remember(machine, letter, from, err);
}

bool ts_linux_driver_add(void *self, char letter, const char *inf, bool allow_unsigned,
                         ts_err **err)
{
    ts_linux *machine = self;
    ts_file_info info;
    letter = (char)toupper((unsigned char)letter);
    TS_UNUSED(allow_unsigned); /* Windows decides when it installs the device */
    if (!letter)
        return ts_fail(err, TS_UNSUPPORTED, "Linux runs here: there is no Windows to add '%s' to",
                       inf);
    if (!ts_linux_file_info(machine, inf, &info, err))
        return false;
    if (!info.exists)
        return ts_fail(err, TS_NOT_FOUND, "there is no driver '%s'", inf);
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_dir(inf);
    if (!from)
        return ts_fail_nomem(err);
    return is_there(machine, letter, from) || add_folder(machine, letter, from, err) ||
           ts_wrap(err, "cannot add driver '%s'", inf);
}
