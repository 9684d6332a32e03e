/* win32_folder.c - folders on Windows: make, list, where they are, what is free. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

/* "C:/", "//server/share": what cannot be made. */
static size_t root_length(const char *path)
{
    if (path[0] != '\0' && path[1] == ':')
        return path[2] == '/' || path[2] == '\\' ? 3 : 2;
    if ((path[0] != '/' && path[0] != '\\') || path[1] != path[0])
        return path[0] == '/' || path[0] == '\\' ? 1 : 0;
    size_t at = 2 + strcspn(path + 2, "/\\");
    if (path[at] != '\0')
        at += 1 + strcspn(path + at + 1, "/\\");
    return path[at] != '\0' ? at + 1 : at;
}

static bool make_one(const char *path, SECURITY_ATTRIBUTES *rights, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return false;
    if (CreateDirectoryW(name, rights))
        return true;
    DWORD number = GetLastError();
    return ts_file_is_folder(path) || ts_fail_win32(err, number, "make folder", path);
}

static bool make_folders(const char *path, SECURITY_ATTRIBUTES *rights, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *work = ts_strdup(path);
    if (!work)
        return ts_fail_nomem(err);
    if (work[0] == '\0')
        return ts_fail_win32(err, ERROR_PATH_NOT_FOUND, "make folder", path);
    for (char *p = work + root_length(work);; p++) {
        if (*p != '/' && *p != '\\' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        bool empty = p == work || p[-1] == '/' || p[-1] == '\\' || p[-1] == ':';
        if (!(empty && end != '\0') && !make_one(work, rights, err))
            return false;
        *p = end;
        if (end == '\0')
            return true;
    }
}

bool ts_folder_make(const char *path, ts_err **err)
{
    SECURITY_ATTRIBUTES rights = {.nLength = sizeof(rights),
                                  .lpSecurityDescriptor = ts_owner_only()};
    if (!rights.lpSecurityDescriptor)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot restrict '%s' to its owner",
                          path);
    bool ok = make_folders(path, &rights, err);
    LocalFree(rights.lpSecurityDescriptor);
    return ok;
}

bool ts_folder_make_shared(const char *path, ts_err **err)
{
    return make_folders(path, NULL, err);
}

/* Names one behind the other, each with its NUL. */
static bool read_names(HANDLE find, WIN32_FIND_DATAW *entry, ts_buf *names, size_t *count,
                       const char *path, ts_err **err)
{
    do {
        if (wcscmp(entry->cFileName, L".") == 0 || wcscmp(entry->cFileName, L"..") == 0)
            continue;
        ts_utf8_from_utf16(names, (const uint8_t *)entry->cFileName,
                           wcslen(entry->cFileName) * sizeof(wchar_t), false);
        ts_buf_add(names, "", 1);
        (*count)++;
    } while (FindNextFileW(find, entry));
    if (GetLastError() != ERROR_NO_MORE_FILES)
        return ts_fail_win32(err, GetLastError(), "list", path);
    return ts_buf_ok(names, "list of files", err);
}

bool ts_folder_list(const char *path, char ***out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *pattern = ts_path_join(path, "*");
    TS_CLEANUP(ts_free_ptr) wchar_t *name = pattern ? ts_wide_path(pattern, err) : NULL;
    if (!name)
        return pattern ? false : ts_fail_nomem(err);
    WIN32_FIND_DATAW entry;
    HANDLE find = FindFirstFileW(name, &entry);
    TS_CLEANUP(ts_buf_done) ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    size_t count = 0;
    if (find == INVALID_HANDLE_VALUE) {
        /* The root of an empty drive has not even "." */
        if (GetLastError() != ERROR_FILE_NOT_FOUND || !ts_file_is_folder(path))
            return ts_fail_win32(err, GetLastError(), "list", path);
        return ts_names_list(&names, 0, out, err);
    }
    bool ok = read_names(find, &entry, &names, &count, path, err);
    FindClose(find);
    return ok && ts_names_list(&names, count, out, err);
}

/* Links resolved; NULL where that is not possible, or would turn a drive into a server's path. */
static char *resolve(const wchar_t *name)
{
    TS_CLEANUP(ts_handle_close)
    HANDLE h = CreateFileW(name, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *real = ts_alloc_array(TS_WIDE_PATH_MAX, sizeof(*real));
    DWORD n = real ? GetFinalPathNameByHandleW(h, real, TS_WIDE_PATH_MAX, 0) : 0;
    if (n == 0 || n >= TS_WIDE_PATH_MAX || n < 6 || real[5] != L':')
        return NULL;
    return ts_narrow_path(real, NULL);
}

char *ts_path_absolute(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return NULL;
    char *real = resolve(name);
    if (real)
        return real;
    TS_CLEANUP(ts_free_ptr) wchar_t *full = ts_alloc_array(TS_WIDE_PATH_MAX, sizeof(*full));
    if (!full) {
        ts_fail_nomem(err);
        return NULL;
    }
    DWORD n = GetFullPathNameW(name, TS_WIDE_PATH_MAX, full, NULL);
    if (n == 0 || n >= TS_WIDE_PATH_MAX) {
        ts_fail_win32(err, GetLastError(), "resolve", path);
        return NULL;
    }
    return ts_narrow_path(full, err);
}

char *ts_folder_current(ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *here = ts_alloc_array(TS_WIDE_PATH_MAX, sizeof(*here));
    if (!here) {
        ts_fail_nomem(err);
        return NULL;
    }
    DWORD n = GetCurrentDirectoryW(TS_WIDE_PATH_MAX, here);
    if (n == 0 || n >= TS_WIDE_PATH_MAX) {
        ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot find the current folder");
        return NULL;
    }
    return ts_narrow_path(here, err);
}

bool ts_disk_free(const char *path, uint64_t *bytes, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_file_is_folder(path) ? ts_strdup(path) : ts_path_dir(path);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = folder ? ts_wide_path(folder, err) : NULL;
    if (!name)
        return folder ? false : ts_fail_nomem(err);
    if (!ts_file_exists(path))
        return ts_fail_win32(err, ERROR_PATH_NOT_FOUND, "ask for the free space of", path);
    ULARGE_INTEGER available = {0};
    if (!GetDiskFreeSpaceExW(name, &available, NULL, NULL))
        return ts_fail_win32(err, GetLastError(), "ask for the free space of", path);
    *bytes = available.QuadPart;
    return true;
}
