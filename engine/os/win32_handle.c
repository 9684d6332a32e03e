/* win32_handle.c - open files on Windows. Every read and write says where, so that the position
 * of the handle never matters. */
#include <limits.h>
#include <stdlib.h>

#include "win32_parts.h"

#include <winioctl.h>

#include <ts/mem.h>

#define PART      (1u << 24) /* bytes of one call at most */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

struct ts_file {
    HANDLE handle;
    char *path; /* for error texts */
    bool append;
    uint64_t at; /* behind the last append, when not opened for appending */
};

static DWORD disposition(ts_file_mode mode)
{
    switch (mode) {
    case TS_FILE_READ:
        return OPEN_EXISTING;
    case TS_FILE_APPEND:
    case TS_FILE_UPDATE:
    case TS_FILE_LOCK:
        return OPEN_ALWAYS;
    case TS_FILE_CREATE:
        return CREATE_ALWAYS;
    }
    return OPEN_EXISTING;
}

/* What only the owner may read is not written through a link that somebody else left there, and a
 * file that was there gets the rights too. A file system without rights (FAT) ignores them. */
static HANDLE open_private(const wchar_t *name, ts_file_mode mode)
{
    SECURITY_ATTRIBUTES rights = {.nLength = sizeof(rights),
                                  .lpSecurityDescriptor = ts_owner_only()};
    if (!rights.lpSecurityDescriptor)
        return INVALID_HANDLE_VALUE;
    DWORD attributes = GetFileAttributesW(name);
    bool there = attributes != INVALID_FILE_ATTRIBUTES;
    HANDLE h = INVALID_HANDLE_VALUE;
    if (there && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
        SetLastError(ERROR_CANT_ACCESS_FILE);
    else
        h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &rights,
                        disposition(mode), FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD number = h == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    if (there && h != INVALID_HANDLE_VALUE &&
        !SetFileSecurityW(name, DACL_SECURITY_INFORMATION, rights.lpSecurityDescriptor)) {
        number = GetLastError();
        if (number != ERROR_NOT_SUPPORTED && number != ERROR_INVALID_FUNCTION)
            ts_handle_close(&h);
    }
    LocalFree(rights.lpSecurityDescriptor);
    SetLastError(number);
    return h ? h : INVALID_HANDLE_VALUE;
}

/* What is opened is the link itself, if it is one, so that nobody can put it there in between. A
 * lock needs no right to write: another user's file can be locked as well. */
static HANDLE open_lock(const wchar_t *name)
{
    const DWORD flags = FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT;
    BY_HANDLE_FILE_INFORMATION info;
    HANDLE h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_ALWAYS, flags,
                           NULL);
    DWORD number = GetLastError();
    if (h == INVALID_HANDLE_VALUE) {
        h = CreateFileW(name, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, flags, NULL);
        SetLastError(number); /* why it cannot be made */
    }
    if (h == INVALID_HANDLE_VALUE || (GetFileInformationByHandle(h, &info) &&
                                      !(info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)))
        return h;
    CloseHandle(h);
    SetLastError(ERROR_CANT_ACCESS_FILE);
    return INVALID_HANDLE_VALUE;
}

ts_file *ts_file_open(const char *path, ts_file_mode mode, bool owner_only, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return NULL;
    HANDLE h = INVALID_HANDLE_VALUE;
    if (owner_only && mode != TS_FILE_READ)
        h = open_private(name, mode);
    else if (mode == TS_FILE_LOCK)
        h = open_lock(name);
    else
        h = CreateFileW(name, mode == TS_FILE_READ ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE,
                        SHARE_ALL, NULL, disposition(mode), FILE_ATTRIBUTE_NORMAL, NULL);
    if (h == INVALID_HANDLE_VALUE) {
        ts_fail_win32(err, GetLastError(), "open", path);
        return NULL;
    }
    ts_file *file = ts_alloc(sizeof(*file));
    char *copy = file ? ts_strdup(path) : NULL;
    if (!copy) {
        free(file);
        CloseHandle(h);
        ts_fail_nomem(err);
        return NULL;
    }
    file->handle = h;
    file->path = copy;
    file->append = mode == TS_FILE_APPEND;
    return file;
}

void ts_file_close(ts_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    free(file->path);
    free(file);
}

static OVERLAPPED place(uint64_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)(offset & 0xffffffffu),
                        .OffsetHigh = (DWORD)(offset >> 32)};
}

/* offset UINT64_MAX: at the end, as one step with finding out where that is (WriteFile docs). */
static bool write_at(ts_file *file, const char *data, size_t size, uint64_t offset, ts_err **err)
{
    while (size > 0) {
        OVERLAPPED where = place(offset);
        DWORD n = 0;
        if (!WriteFile(file->handle, data, size > PART ? PART : (DWORD)size, &n, &where))
            return ts_fail_win32(err, GetLastError(), "write", file->path);
        data += n;
        size -= n;
        if (offset != UINT64_MAX)
            offset += n;
    }
    return true;
}

bool ts_file_append(ts_file *file, const void *data, size_t size, ts_err **err)
{
    if (file->append)
        return write_at(file, data, size, UINT64_MAX, err);
    if (!write_at(file, data, size, file->at, err))
        return false;
    file->at += size;
    return true;
}

bool ts_file_pwrite(ts_file *file, const void *data, size_t size, uint64_t offset, ts_err **err)
{
    if (offset > (uint64_t)INT64_MAX || size > (uint64_t)INT64_MAX - offset)
        return ts_fail_win32(err, ERROR_FILE_TOO_LARGE, "write", file->path);
    return write_at(file, data, size, offset, err);
}

bool ts_file_pread(ts_file *file, void *data, size_t size, uint64_t offset, size_t *got,
                   ts_err **err)
{
    if (offset > (uint64_t)INT64_MAX)
        return ts_fail_win32(err, ERROR_INVALID_PARAMETER, "read", file->path);
    char *at = data;
    size_t left = size;
    while (left > 0) {
        OVERLAPPED where = place(offset);
        DWORD n = 0;
        if (!ReadFile(file->handle, at, left > PART ? PART : (DWORD)left, &n, &where) &&
            GetLastError() != ERROR_HANDLE_EOF)
            return ts_fail_win32(err, GetLastError(), "read", file->path);
        if (n == 0)
            break;
        at += n;
        left -= n;
        offset += n;
    }
    *got = size - left;
    return true;
}

bool ts_file_sync(ts_file *file, ts_err **err)
{
    return FlushFileBuffers(file->handle) || ts_fail_win32(err, GetLastError(), "sync", file->path);
}

bool ts_file_size(ts_file *file, uint64_t *size, ts_err **err)
{
    LARGE_INTEGER now = {0};
    if (!GetFileSizeEx(file->handle, &now))
        return ts_fail_win32(err, GetLastError(), "look at", file->path);
    *size = (uint64_t)now.QuadPart;
    return true;
}

bool ts_file_truncate(ts_file *file, uint64_t size, ts_err **err)
{
    if (size > (uint64_t)INT64_MAX)
        return ts_fail_win32(err, ERROR_FILE_TOO_LARGE, "set the size of", file->path);
    FILE_END_OF_FILE_INFO end = {.EndOfFile = {.QuadPart = (LONGLONG)size}};
    return SetFileInformationByHandle(file->handle, FileEndOfFileInfo, &end, sizeof(end)) ||
           ts_fail_win32(err, GetLastError(), "set the size of", file->path);
}

/* A longer end of file takes the clusters at once; that is where a full disk says so. */
bool ts_file_reserve(ts_file *file, uint64_t size, ts_err **err)
{
    uint64_t now = 0;
    if (!ts_file_size(file, &now, err))
        return false;
    return size <= now || ts_file_truncate(file, size, err);
}

bool ts_file_sparse(ts_file *file, ts_err **err)
{
    DWORD n = 0;
    return DeviceIoControl(file->handle, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &n, NULL) ||
           ts_fail_win32(err, GetLastError(), "make holes in", file->path);
}

bool ts_file_punch(ts_file *file, uint64_t offset, uint64_t size, ts_err **err)
{
    DWORD n = 0;
    FILE_ZERO_DATA_INFORMATION hole = {.FileOffset = {.QuadPart = (LONGLONG)offset},
                                       .BeyondFinalZero = {.QuadPart = (LONGLONG)(offset + size)}};
    return DeviceIoControl(file->handle, FSCTL_SET_ZERO_DATA, &hole, sizeof hole, NULL, 0, &n,
                           NULL) ||
           ts_fail_win32(err, GetLastError(), "free a part of", file->path);
}

/* Windows keeps others from reading what is locked: a byte that no file has. */
ts_file_lock_result ts_file_lock(ts_file *file, ts_err **err)
{
    OVERLAPPED where = place(UINT64_C(1) << 62);
    if (LockFileEx(file->handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                   &where))
        return TS_FILE_LOCKED;
    DWORD number = GetLastError();
    if (number == ERROR_LOCK_VIOLATION || number == ERROR_IO_PENDING)
        return TS_FILE_IN_USE;
    ts_fail_win32(err, number, "lock", file->path);
    return TS_FILE_NO_LOCKS;
}
