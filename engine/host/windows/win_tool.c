/* win_tool.c - the programs and DLLs of Windows itself. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define WORDS_MAX 400u /* bytes of a tool's output in an error text */
#define SEARCH    (LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32)

static char *in_system(const char *name, ts_err **err)
{
    wchar_t folder[MAX_PATH];
    UINT n = GetSystemDirectoryW(folder, MAX_PATH);
    TS_CLEANUP(ts_free_ptr) char *system = ts_narrow_n(folder, n < MAX_PATH ? n : 0, err);
    char *path = system ? ts_path_join(system, name) : NULL;
    if (system && !path)
        ts_fail_nomem(err);
    if (path && !ts_file_exists(path)) {
        ts_fail(err, TS_NOT_FOUND, "this Windows has no '%s' in '%s'", name, system);
        ts_free_ptr(&path);
    }
    return path;
}

char *ts_win_tool(const ts_windows *machine, const char *name, ts_err **err)
{
    if (machine->tools) {
        char *path = ts_path_join(machine->tools, name);
        if (!path || ts_file_exists(path)) {
            if (!path)
                ts_fail_nomem(err);
            return path;
        }
        free(path);
    }
    return in_system(name, err);
}

bool ts_win_tool_exists(const ts_windows *machine, const char *name)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_win_tool(machine, name, NULL);
    return path != NULL;
}

/* One line, the end of it: the tools begin with their name and version, and end with the reason. */
static const char *words_of(char *output)
{
    size_t n = 0;
    bool blank = true;
    for (const char *p = output; *p; p++) {
        bool space = isspace((unsigned char)*p) != 0;
        if (!space || !blank)
            output[n++] = space ? ' ' : *p;
        blank = space;
    }
    while (n > 0 && output[n - 1] == ' ')
        n--;
    output[n] = '\0';
    size_t start = n > WORDS_MAX ? n - WORDS_MAX : 0;
    while (start > 0 && output[start] && output[start - 1] != ' ')
        start++;
    return n > 0 ? output + start : "it said nothing";
}

bool ts_win_tool_run(const ts_windows *machine, const char *const *argv, const uint32_t *good,
                     const char *what, ts_err **err)
{
    ts_program program = {.argv = argv, .keep_output = true};
    ts_program_result result = {0};
    if (!ts_process_run(&program, NULL, machine->local.cancel, &result, err))
        return ts_wrap(err, "cannot %s", what);
    bool ok = result.exit_code == 0;
    for (; !ok && good && *good; good++)
        ok = result.exit_code == *good;
    if (!ok)
        ts_fail_os(err, TS_OS_EXIT, result.exit_code, "cannot %s: '%s' failed: %s", what,
                   ts_path_base(argv[0]), words_of(result.output));
    ts_program_result_done(&result);
    return ok;
}

/* The DLL beside the engine is asked for by its whole path, that of Windows in System32 only; what
 * they need in turn beside them and in System32: never in the working folder or PATH, where anybody
 * may have put one. */
void *ts_win_library(const ts_windows *machine, const char *name, bool beside, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = NULL;
    if (beside) {
        TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
        TS_CLEANUP(ts_free_ptr) char *folder = program ? ts_path_dir(program) : NULL;
        path = folder ? ts_path_join(folder, name) : NULL;
    } else if (machine->tools) {
        path = ts_path_join(machine->tools, name);
    }
    if (!path || !ts_file_exists(path)) {
        ts_free_ptr(&path);
        path = beside ? NULL : in_system(name, NULL);
    }
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = path ? ts_wide_path(path, NULL) : NULL;
    HMODULE library = wide ? LoadLibraryExW(wide, NULL, SEARCH) : NULL;
    if (!library && wide)
        ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot load '%s'", path);
    else if (!library)
        ts_fail(err, TS_UNSUPPORTED, "this Windows has no '%s'", name);
    return library;
}
