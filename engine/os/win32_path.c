/* win32_path.c - what is at a path; links, times. */
#include <stdlib.h>

#include <windows.h>

#include <ts/mem.h>

#include "os.h"

#define EPOCH_TICKS INT64_C(116444736000000000) /* 1601 to 1970 in units of 100 ns */

static wchar_t *wide(const char *path, ts_err **err)
{
    int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    wchar_t *text = n > 0 ? ts_alloc_array((size_t)n, sizeof *text) : NULL;
    if (!text || !MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, text, n)) {
        free(text);
        ts_fail(err, TS_OS, "the path '%s' is no UTF-8, or memory is out", path);
        return NULL;
    }
    for (wchar_t *p = text; *p; p++) {
        if (*p == L'/')
            *p = L'\\';
    }
    return text;
}

static bool fail_path(ts_err **err, const char *what, const char *path)
{
    DWORD number = GetLastError();
    ts_code code = number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ? TS_NOT_FOUND
                                                                                    : TS_OS;
    return ts_fail_os_as(err, code, TS_OS_WIN32, number, "cannot %s '%s'", what, path);
}

bool ts_path_look(const char *path, ts_path_info *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = wide(path, err);
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!name)
        return false;
    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &data))
        return fail_path(err, "look at", path);
    ts_path_info info = {.kind = TS_PATH_FILE};
    if (data.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        info.kind = TS_PATH_LINK;
    else if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        info.kind = TS_PATH_FOLDER;
    else
        info.size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    int64_t ticks = (int64_t)((uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 |
                              data.ftLastWriteTime.dwLowDateTime);
    info.modified = (ticks - EPOCH_TICKS) / 10000;
    *out = info;
    return true;
}

bool ts_file_link(const char *from, const char *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *a = wide(from, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *b = a ? wide(to, err) : NULL;
    if (!b)
        return false;
    return CreateHardLinkW(b, a, NULL) || fail_path(err, "make a second name", to);
}

bool ts_file_set_modified(const char *path, int64_t modified, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = wide(path, err);
    if (!name)
        return false;
    HANDLE h = CreateFileW(name, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, 0, NULL);
    uint64_t ticks = (uint64_t)(modified * 10000 + EPOCH_TICKS);
    FILETIME when = {.dwLowDateTime = (DWORD)(ticks & 0xffffffffu),
                     .dwHighDateTime = (DWORD)(ticks >> 32)};
    bool ok = h != INVALID_HANDLE_VALUE && SetFileTime(h, NULL, NULL, &when);
    if (!ok)
        fail_path(err, "set the time of", path);
    if (h != INVALID_HANDLE_VALUE)
        CloseHandle(h);
    return ok;
}

bool ts_file_set_executable(const char *path, ts_err **err)
{
    TS_UNUSED(path);
    TS_UNUSED(err);
    return true; /* Windows tells programs by their names */
}
