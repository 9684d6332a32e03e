/* win32_file.c - whole files on Windows: read, replace, rename, remove. */
#include <stdlib.h>
#include <wchar.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define CHUNK     65536u
#define TRIES     20u /* a virus scanner holds a new file open for a moment */
#define TRY_PAUSE 25u /* ms */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

bool ts_file_read(const char *path, size_t max, char **out, size_t *size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return false;
    TS_CLEANUP(ts_handle_close)
    HANDLE h = CreateFileW(name, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return ts_fail_win32(err, GetLastError(), "open", path);
    LARGE_INTEGER known = {0};
    if (GetFileSizeEx(h, &known) && known.QuadPart > 0 && (uint64_t)known.QuadPart > max)
        return ts_fail(err, TS_LIMIT, "'%s' has %llu bytes, more than the limit of %zu", path,
                       (unsigned long long)known.QuadPart, max);
    size_t cap = known.QuadPart > 0 ? (size_t)known.QuadPart + 1 : 4096;
    size_t len = 0;
    TS_CLEANUP(ts_free_ptr) char *data = ts_alloc(cap + 1);
    if (!data)
        return ts_fail_nomem(err);
    for (;;) {
        if (len == cap && !ts_read_grow(&data, &cap, err))
            return false;
        DWORD part = cap - len > CHUNK ? CHUNK : (DWORD)(cap - len);
        DWORD n = 0;
        if (!ReadFile(h, data + len, part, &n, NULL) && GetLastError() != ERROR_BROKEN_PIPE)
            return ts_fail_win32(err, GetLastError(), "read", path);
        if (n == 0)
            break;
        len += n;
        if (len > max)
            return ts_fail(err, TS_LIMIT, "'%s' has more than the limit of %zu bytes", path, max);
    }
    data[len] = '\0';
    *out = data;
    data = NULL;
    *size = len;
    return true;
}

static bool is_held(DWORD number)
{
    return number == ERROR_SHARING_VIOLATION || number == ERROR_ACCESS_DENIED ||
           number == ERROR_LOCK_VIOLATION;
}

/* 0, or why not. */
static DWORD move_over(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    DWORD number = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | flags))
            return 0;
        number = GetLastError();
        DWORD attributes = GetFileAttributesW(to);
        if (!is_held(number) ||
            (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0))
            break;
        if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0)
            SetFileAttributesW(to, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
        else
            Sleep(TRY_PAUSE);
    }
    return number;
}

/* The rights of a file that is replaced go over to the new one, as its mode does on Linux. */
static void keep_rights(const wchar_t *old, const wchar_t *new)
{
    DWORD size = 0;
    GetFileSecurityW(old, DACL_SECURITY_INFORMATION, NULL, 0, &size);
    TS_CLEANUP(ts_free_ptr) void *rights = size > 0 ? ts_alloc(size) : NULL;
    if (rights && GetFileSecurityW(old, DACL_SECURITY_INFORMATION, rights, size, &size))
        (void)SetFileSecurityW(new, DACL_SECURITY_INFORMATION, rights);
}

static DWORD write_new(const wchar_t *name, const char *data, size_t size)
{
    HANDLE h = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
                           FILE_ATTRIBUTE_NORMAL, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD number = 0;
    while (size > 0 && number == 0) {
        DWORD part = size > (1u << 24) ? 1u << 24 : (DWORD)size;
        DWORD n = 0;
        if (!WriteFile(h, data, part, &n, NULL))
            number = GetLastError();
        data += n;
        size -= n;
    }
    if (number == 0 && !FlushFileBuffers(h))
        number = GetLastError();
    CloseHandle(h);
    return number;
}

bool ts_file_write_atomic(const char *path, const void *data, size_t size, ts_err **err)
{
    uint64_t random = 0;
    if (!ts_random(&random, sizeof(random), err))
        return false;
    TS_CLEANUP(ts_free_ptr)
    char *beside = ts_sprintf("%s.%016llx.tmp", path, (unsigned long long)random);
    if (!beside)
        return ts_fail_nomem(err);
    TS_CLEANUP(ts_free_ptr) wchar_t *to = ts_wide_path(path, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *from = to ? ts_wide_path(beside, err) : NULL;
    if (!from)
        return false;
    DWORD number = write_new(from, data, size);
    if (number == 0) {
        keep_rights(to, from);
        number = move_over(from, to, MOVEFILE_WRITE_THROUGH);
    }
    if (number == 0)
        return true;
    DeleteFileW(from);
    return ts_fail_win32(err, number, "write", path);
}

static DWORD attributes_of(const char *path)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, NULL);
    return name ? GetFileAttributesW(name) : INVALID_FILE_ATTRIBUTES;
}

bool ts_file_exists(const char *path)
{
    return attributes_of(path) != INVALID_FILE_ATTRIBUTES;
}

bool ts_file_is_folder(const char *path)
{
    DWORD attributes = attributes_of(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* 0, or why not. */
static DWORD remove_one(const wchar_t *name)
{
    DWORD number = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        DWORD attributes = GetFileAttributesW(name);
        if (attributes == INVALID_FILE_ATTRIBUTES)
            return GetLastError();
        if (attributes & FILE_ATTRIBUTE_READONLY)
            SetFileAttributesW(name, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
        if (attributes & FILE_ATTRIBUTE_DIRECTORY ? RemoveDirectoryW(name) : DeleteFileW(name))
            return 0;
        number = GetLastError();
        if (number != ERROR_SHARING_VIOLATION && number != ERROR_DIR_NOT_EMPTY)
            break;
        if (number == ERROR_DIR_NOT_EMPTY && i > 2)
            break; /* what was removed a moment ago may still be in the way, but not for long */
        Sleep(TRY_PAUSE);
    }
    return number;
}

bool ts_file_remove(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return false;
    DWORD number = remove_one(name);
    return number == 0 || number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ||
           ts_fail_win32(err, number, "remove", path);
}

static bool remove_tree(const char *path, const char *top, unsigned depth, ts_err **err)
{
    if (depth > TS_FOLDER_DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "cannot remove '%s': folders are nested deeper than %u", top,
                       TS_FOLDER_DEPTH_MAX);
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (!ts_folder_list(path, &names, err))
        return false;
    for (size_t i = 0; names[i]; i++) {
        TS_CLEANUP(ts_free_ptr) char *below = ts_path_join(path, names[i]);
        if (!below)
            return ts_fail_nomem(err);
        DWORD attributes = attributes_of(below);
        bool enter = attributes != INVALID_FILE_ATTRIBUTES &&
                     (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
                     (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
        if (enter ? !remove_tree(below, top, depth + 1, err) : !ts_file_remove(below, err))
            return false;
    }
    return ts_file_remove(path, err);
}

bool ts_folder_remove(const char *path, ts_err **err)
{
    DWORD attributes = attributes_of(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return true;
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0 ||
        (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
        return ts_file_remove(path, err);
    return remove_tree(path, path, 1, err);
}

static bool move_file(const char *from, const char *to, DWORD flags, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *a = ts_wide_path(from, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *b = a ? ts_wide_path(to, err) : NULL;
    if (!b)
        return false;
    DWORD number = move_over(a, b, flags);
    return number == 0 ||
           ts_fail_os_as(err, number == ERROR_FILE_NOT_FOUND ? TS_NOT_FOUND : TS_OS, TS_OS_WIN32,
                         number, "cannot rename '%s' to '%s'", from, to);
}

bool ts_file_rename(const char *from, const char *to, ts_err **err)
{
    return move_file(from, to, MOVEFILE_WRITE_THROUGH, err);
}

bool ts_file_move(const char *from, const char *to, ts_err **err)
{
    return move_file(from, to, 0, err);
}
