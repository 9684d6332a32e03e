/* win32_console.c - what the console can show; where this program is. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define COLUMNS_MAX      100000
#define PROGRAM_PATH_MAX 32768u /* characters; the longest path that Windows has */

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#endif

void ts_console_open(bool error_stream, ts_console *out)
{
    HANDLE handle = GetStdHandle(error_stream ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
    DWORD mode = 0;
    *out = (ts_console){.is_terminal = GetConsoleMode(handle, &mode) != 0};
    /* A file or a pipe takes any bytes; the console has to be told which code page they are in,
     * and so has PowerShell, which reads a pipe in the console's. */
    out->utf8 = SetConsoleOutputCP(CP_UTF8) != 0 || !out->is_terminal;
    CONSOLE_SCREEN_BUFFER_INFO info;
    int64_t columns = 0;
    if (out->is_terminal) {
        out->color = SetConsoleMode(handle, mode | ENABLE_PROCESSED_OUTPUT |
                                                ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
        if (GetConsoleScreenBufferInfo(handle, &info))
            out->columns = (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
    }
    if (out->columns == 0 && ts_str_int64(ts_env_get("COLUMNS"), &columns) && columns > 0 &&
        columns <= COLUMNS_MAX)
        out->columns = (unsigned)columns;
}

#define PATH_VALUE_MAX 32767u /* characters of an environment variable */

static bool add_to_path(wchar_t *path, const wchar_t *folder)
{
    DWORD size = GetEnvironmentVariableW(L"PATH", path, PATH_VALUE_MAX);
    if (size > PATH_VALUE_MAX)
        return false;
    if (size > 0 && wcsstr(path, folder) != NULL)
        return true;
    if (size + wcslen(folder) + 2 > PATH_VALUE_MAX)
        return false;
    if (size > 0)
        path[size++] = L';';
    wcscpy(path + size, folder);
    return SetEnvironmentVariableW(L"PATH", path) != 0;
}

bool ts_env_add_path(const char *folder, ts_err **err)
{
    wchar_t *path = ts_alloc_array(PATH_VALUE_MAX + 1, sizeof *path);
    wchar_t *wide = ts_alloc_array(PROGRAM_PATH_MAX, sizeof *wide);
    bool ok = path != NULL && wide != NULL;
    if (!ok)
        ts_fail_nomem(err);
    if (ok && (MultiByteToWideChar(CP_UTF8, 0, folder, -1, wide, PROGRAM_PATH_MAX) == 0 ||
               !add_to_path(path, wide)))
        ok = ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot add '%s' to PATH", folder);
    free(path);
    free(wide);
    return ok;
}

unsigned ts_cpu_count(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors < 1 ? 1 : (unsigned)info.dwNumberOfProcessors;
}

char *ts_program_path(ts_err **err)
{
    wchar_t *wide = ts_alloc_array(PROGRAM_PATH_MAX, sizeof *wide);
    if (wide == NULL) {
        ts_fail_nomem(err);
        return NULL;
    }
    DWORD size = GetModuleFileNameW(NULL, wide, PROGRAM_PATH_MAX);
    if (size == 0 || size >= PROGRAM_PATH_MAX) {
        free(wide);
        ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot tell where this program is");
        return NULL;
    }
    ts_buf path;
    ts_buf_init(&path, PROGRAM_PATH_MAX * 3u);
    ts_utf8_from_utf16(&path, (const uint8_t *)wide, (size_t)size * sizeof *wide, false);
    free(wide);
    char *text = ts_buf_take(&path);
    if (text == NULL) {
        ts_fail_nomem(err);
        return NULL;
    }
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\\')
            *p = '/';
    return text;
}

bool ts_program_begin(int *argc, char ***argv, ts_err **err)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    /* Not CommandLineToArgvW: shell32.dll and what it brings along cost a start more than all the
     * rest. The list stays until the program ends. */
    TS_CLEANUP(ts_free_ptr) char *line = ts_narrow(GetCommandLineW(), err);
    char **list = line ? ts_command_split(line, err) : NULL;
    if (list == NULL)
        return ts_wrap(err, "cannot read the command line");
    int n = 0;
    while (list[n] != NULL)
        n++;
    *argc = n;
    *argv = list;
    return true;
}

/* A console handler has no context argument: these two are set before it is installed. */
static void (*volatile interrupt_fn)(void *);
static void *volatile interrupt_ctx;

BOOL ts_interrupt_now(void)
{
    void (*fn)(void *) = interrupt_fn;
    interrupt_fn = NULL;
    if (fn == NULL)
        return FALSE;
    fn(interrupt_ctx);
    return TRUE;
}

/* Runs on a thread of its own. FALSE: the next handler, which ends the program. */
static BOOL WINAPI on_console(DWORD event)
{
    (void)event;
    return ts_interrupt_now();
}

void ts_interrupt_set(void (*fn)(void *), void *ctx)
{
    interrupt_ctx = ctx;
    interrupt_fn = fn;
    SetConsoleCtrlHandler(on_console, fn != NULL);
}
