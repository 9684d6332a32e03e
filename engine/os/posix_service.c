/* posix_service.c - there are no services of Windows here; and two small things about files that
 * only Windows makes difficult. */
#include <errno.h>
#include <sys/stat.h>

#include "os.h"

static bool no_services(const char *name, ts_err **err)
{
    return ts_fail(err, TS_UNSUPPORTED, "there is no service '%s': this is no Windows", name);
}

bool ts_service_install(const char *name, const char *title, const char *command_line, ts_err **err)
{
    TS_UNUSED(title);
    TS_UNUSED(command_line);
    return no_services(name, err);
}

bool ts_service_start(const char *name, ts_err **err)
{
    return no_services(name, err);
}

bool ts_service_remove(const char *name, ts_err **err)
{
    return no_services(name, err);
}

bool ts_service_run(const char *name, int (*fn)(void *ctx), void *ctx, int *status, ts_err **err)
{
    TS_UNUSED(fn);
    TS_UNUSED(ctx);
    TS_UNUSED(status);
    return no_services(name, err);
}

bool ts_setup_in_progress(void)
{
    return false;
}

bool ts_folder_restrict(const char *path, ts_err **err)
{
    return chmod(path, S_IRWXU) == 0 ||
           ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot restrict '%s' to its owner", path);
}

bool ts_file_remove_later(const char *path, ts_err **err)
{
    return ts_file_remove(path, err);
}
