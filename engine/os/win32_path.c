/* win32_path.c - what is at a path; links, times. */
#include <stdlib.h>

#include "win32_parts.h"

#include <ts/mem.h>

#define EPOCH_TICKS INT64_C(116444736000000000) /* 1601 to 1970 in units of 100 ns */

bool ts_path_look(const char *path, ts_path_info *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!name)
        return false;
    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &data))
        return ts_fail_win32(err, GetLastError(), "look at", path);
    ts_path_info info = {.kind = TS_PATH_FILE};
    if (data.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        info.kind = TS_PATH_LINK;
    else if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        info.kind = TS_PATH_FOLDER;
    else
        info.size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    info.on_disk = info.size;
    if (data.dwFileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) {
        SetLastError(NO_ERROR); /* the same value is a size and a failure */
        DWORD high = 0, low = GetCompressedFileSizeW(name, &high);
        if (low != INVALID_FILE_SIZE || GetLastError() == NO_ERROR)
            info.on_disk = (uint64_t)high << 32 | low;
    }
    int64_t ticks = (int64_t)((uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 |
                              data.ftLastWriteTime.dwLowDateTime);
    info.modified = (ticks - EPOCH_TICKS) / 10000;
    *out = info;
    return true;
}

bool ts_file_link(const char *from, const char *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *a = ts_wide_path(from, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *b = a ? ts_wide_path(to, err) : NULL;
    if (!b)
        return false;
    return CreateHardLinkW(b, a, NULL) ||
           ts_fail_win32(err, GetLastError(), "make a second name", to);
}

bool ts_file_set_modified(const char *path, int64_t modified, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return false;
    HANDLE h = CreateFileW(name, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, 0, NULL);
    uint64_t ticks = (uint64_t)(modified * 10000 + EPOCH_TICKS);
    FILETIME when = {.dwLowDateTime = (DWORD)(ticks & 0xffffffffu),
                     .dwHighDateTime = (DWORD)(ticks >> 32)};
    bool ok = h != INVALID_HANDLE_VALUE && SetFileTime(h, NULL, NULL, &when);
    if (!ok)
        ts_fail_win32(err, GetLastError(), "set the time of", path);
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

char *ts_path_native(const char *path, ts_err **err)
{
    char *native = ts_strdup(path);
    for (char *p = native; p && *p; p++) {
        if (*p == '/')
            *p = '\\';
    }
    if (!native)
        ts_fail_nomem(err);
    return native;
}
