/* deploy_tools.c - the programs that deployment uses, and files for their input and output. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_private.h"

bool ts_lx_tool(const char *const *argv, const char *what, const volatile bool *cancel, char **out,
                ts_err **err)
{
    /* mtools refuses file systems whose geometry is not that of a floppy or of an old BIOS. */
    static const char *const env[] = {"MTOOLS_SKIP_CHECK=1", "LC_ALL=C", NULL};
    ts_program program = {.argv = argv, .keep_output = true, .env = env};
    ts_program_result result = {0};
    if (!ts_process_run(&program, NULL, cancel, &result, err))
        return ts_wrap(err, "cannot %s", what);
    bool ok = result.exit_code == 0 ||
              ts_fail_os(err, TS_OS_EXIT, result.exit_code, "cannot %s: '%s' failed: %s", what,
                         argv[0], ts_str_trim(result.output));
    if (ok && out) {
        *out = result.output;
        result.output = NULL;
    }
    ts_program_result_done(&result);
    return ok;
}

char *ts_lx_temp(ts_err **err)
{
    const char *folder = ts_env_get("TMPDIR");
    char *path = ts_sprintf("%s/taskseq-XXXXXX", folder && *folder ? folder : "/tmp");
    if (!path) {
        ts_fail_nomem(err);
        return NULL;
    }
    int fd = mkstemp(path); /* mode 0600 */
    if (fd < 0) {
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot make a temporary file '%s'", path);
        free(path);
        return NULL;
    }
    close(fd);
    return path;
}

void ts_lx_temp_done(char **path)
{
    if (*path)
        (void)unlink(*path);
    ts_free_ptr(path);
}
