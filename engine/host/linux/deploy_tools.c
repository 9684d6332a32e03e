/* deploy_tools.c - the programs that deployment uses, and files for their input and output. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_private.h"

#define TOOL_ARGS_MAX 24u /* of the command lines in this folder */

/* The folder's first program of that name; true when it is there. */
static bool find_in(const char *folders, const char *name, char *out, size_t size)
{
    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        int n = snprintf(out, size, "%.*s/%s", (int)len, folders, name);
        if (len > 0 && n > 0 && (size_t)n < size && access(out, X_OK) == 0 &&
            !ts_file_is_folder(out))
            return true;
        folders += len + (folders[len] == ':');
    }
    return false;
}

bool ts_lx_find_program(const char *name, char *out, size_t size)
{
    return find_in(ts_env_get("PATH"), name, out, size);
}

bool ts_lx_find_tool(const char *name, char *out, size_t size)
{
    return ts_lx_find_program(name, out, size) ||
           find_in("/usr/local/sbin:/usr/sbin:/sbin", name, out, size);
}

bool ts_lx_tool(const char *const *argv, const char *what, const atomic_bool *cancel, char **out,
                ts_err **err)
{
    /* mtools refuses file systems whose geometry is not that of a floppy or of an old BIOS. */
    static const char *const env[] = {"MTOOLS_SKIP_CHECK=1", "LC_ALL=C", NULL};
    const char *args[TOOL_ARGS_MAX] = {NULL};
    char path[TS_LX_TOOL_PATH_MAX];
    for (size_t i = 0; argv[i]; i++) {
        assert(i + 1 < TOOL_ARGS_MAX);
        args[i] = argv[i];
    }
    if (ts_lx_find_tool(argv[0], path, sizeof(path)))
        args[0] = path;
    ts_program program = {.argv = args, .keep_output = true, .env = env};
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
