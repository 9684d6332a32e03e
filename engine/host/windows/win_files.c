/* win_files.c - files of a Windows machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

/* "10.0.1.2" from the version resource; "" when it has none. */
static void file_version(const wchar_t *name, char *out, size_t size)
{
    DWORD zero = 0;
    DWORD n = GetFileVersionInfoSizeW(name, &zero);
    TS_CLEANUP(ts_free_ptr) void *data = n > 0 ? ts_alloc(n) : NULL;
    void *found = NULL;
    UINT len = 0;
    if (!data || !GetFileVersionInfoW(name, 0, n, data) ||
        !VerQueryValueW(data, L"\\", &found, &len) || len < sizeof(VS_FIXEDFILEINFO))
        return;
    const VS_FIXEDFILEINFO *info = found;
    snprintf(out, size, "%lu.%lu.%lu.%lu", (unsigned long)(info->dwFileVersionMS >> 16),
             (unsigned long)(info->dwFileVersionMS & 0xffff),
             (unsigned long)(info->dwFileVersionLS >> 16),
             (unsigned long)(info->dwFileVersionLS & 0xffff));
}

bool ts_win_file_info(void *self, const char *path, ts_file_info *out, ts_err **err)
{
    TS_UNUSED(self);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, err);
    if (!name)
        return false;
    ts_file_info info = {0};
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &data)) {
        TS_CLEANUP(ts_err_clear) ts_err *why = NULL;
        DWORD number = GetLastError();
        ts_fail_win32(&why, number, "look at", path);
        if (ts_err_code(why) != TS_NOT_FOUND && number != ERROR_NOT_READY)
            return ts_fail_win32(err, number, "look at", path);
        *out = info;
        return true;
    }
    ts_path_info seen;
    if (!ts_path_look(path, &seen, err))
        return false;
    info.exists = true;
    info.is_folder = (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    info.size = info.is_folder ? 0 : (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    info.modified = seen.modified;
    if (!info.is_folder)
        file_version(name, info.version, sizeof(info.version));
    *out = info;
    return true;
}

bool ts_win_file_read(void *self, const char *path, size_t max, char **out, size_t *size,
                      ts_err **err)
{
    TS_UNUSED(self);
    return ts_file_read(path, max, out, size, err);
}

/* A file system without rights has none to set. */
static bool close_file(const char *path, ts_err **err)
{
    ts_err *why = NULL;
    uint32_t number = 0;
    if (ts_folder_restrict(path, &why))
        return true;
    ts_err_os(why, &number);
    if (number != ERROR_NOT_SUPPORTED && number != ERROR_INVALID_FUNCTION)
        return ts_fail_take(err, why);
    ts_err_free(why);
    return true;
}

static bool is_closed(const char *path)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide_path(path, NULL);
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD size = 0, version = 0;
    if (!name)
        return false;
    GetFileSecurityW(name, DACL_SECURITY_INFORMATION, NULL, 0, &size);
    TS_CLEANUP(ts_free_ptr) void *rights = size > 0 ? ts_alloc(size) : NULL;
    return rights && GetFileSecurityW(name, DACL_SECURITY_INFORMATION, rights, size, &size) &&
           GetSecurityDescriptorControl(rights, &control, &version) &&
           (control & SE_DACL_PROTECTED) != 0;
}

bool ts_win_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                       ts_err **err)
{
    TS_UNUSED(self);
    if (!append)
        return ts_file_write_atomic(path, data, size, err) &&
               (!ts_local_is_closed(path) || close_file(path, err));
    ts_file *file = ts_file_open(path, TS_FILE_APPEND, false, err);
    bool ok = file && ts_file_append(file, data, size, err);
    ts_file_close(file);
    return ok;
}

static DWORD CALLBACK look_at_cancel(LARGE_INTEGER a, LARGE_INTEGER b, LARGE_INTEGER c,
                                     LARGE_INTEGER d, DWORD e, DWORD f, HANDLE g, HANDLE h,
                                     LPVOID ctx)
{
    TS_UNUSED(a);
    TS_UNUSED(b);
    TS_UNUSED(c);
    TS_UNUSED(d);
    TS_UNUSED(e);
    TS_UNUSED(f);
    TS_UNUSED(g);
    TS_UNUSED(h);
    const ts_windows *machine = ctx;
    return *machine->local.cancel ? PROGRESS_CANCEL : PROGRESS_CONTINUE;
}

/* The system copies: streams and attributes come along, and server to server it copies there. */
bool ts_win_file_copy(void *self, const char *from, const char *to, ts_err **err)
{
    const ts_windows *machine = self;
    TS_CLEANUP(ts_free_ptr) wchar_t *a = ts_wide_path(from, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *b = a ? ts_wide_path(to, err) : NULL;
    if (!b)
        return false;
    DWORD attributes = GetFileAttributesW(b);
    bool read_only = attributes != INVALID_FILE_ATTRIBUTES &&
                     (attributes & FILE_ATTRIBUTE_READONLY) != 0;
    if (read_only)
        SetFileAttributesW(b, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (CopyFileExW(a, b, look_at_cancel, self, NULL, 0))
        return true;
    DWORD number = GetLastError();
    if (*machine->local.cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled while copying");
    bool missing = number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND;
    return ts_fail_os_as(err, missing ? TS_NOT_FOUND : TS_OS, TS_OS_WIN32, number,
                         "cannot copy '%s' to '%s'", from, to);
}

bool ts_win_file_delete(void *self, const char *path, ts_err **err)
{
    TS_UNUSED(self);
    return ts_file_remove(path, err);
}

bool ts_win_folder_make(void *self, const char *path, ts_err **err)
{
    TS_UNUSED(self);
    if (!ts_local_is_closed(path))
        return ts_folder_make_shared(path, err);
    /* What is put into a closed folder inherits its rights; the one at the root may be there
     * already: packages went into it. */
    size_t root = path[0] != '\0' && path[1] == ':' ? 3 : 1;
    size_t len = root + strcspn(path + root, "/\\");
    TS_CLEANUP(ts_free_ptr) char *top = ts_strndup(path, len);
    if (!top)
        return ts_fail_nomem(err);
    return ts_folder_make(path, err) && (is_closed(top) || close_file(top, err));
}

bool ts_win_folder_list(void *self, const char *path, char **out, ts_err **err)
{
    TS_UNUSED(self);
    ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    bool ok = ts_local_list(path, &names, err) && ts_buf_ok(&names, "the list of names", err);
    char *text = ok ? ts_buf_take(&names) : NULL;
    ts_buf_done(&names);
    if (ok && !text)
        return ts_fail_nomem(err);
    if (ok)
        *out = text;
    return ok;
}
