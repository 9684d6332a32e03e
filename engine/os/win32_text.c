/* win32_text.c - UTF-8 to UTF-16 and back, error texts, rights of a file that only its owner reads.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32_parts.h"

#include <sddl.h>

#include <ts/mem.h>
#include <ts/text.h>

#define SHORT_PATH 240u /* below MAX_PATH less the 8.3 name that CreateDirectory keeps room for */

wchar_t *ts_wide(const char *text, ts_err **err)
{
    int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (n <= 0) {
        ts_fail(err, TS_SCHEMA, "'%s' is not UTF-8 text", text ? text : "");
        return NULL;
    }
    wchar_t *wide = ts_alloc_array((size_t)n, sizeof(*wide));
    if (!wide) {
        ts_fail_nomem(err);
        return NULL;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, n);
    return wide;
}

wchar_t *ts_wide_copy(const wchar_t *text)
{
    size_t n = wcslen(text) + 1;
    wchar_t *copy = ts_alloc_array(n, sizeof(*copy));
    return copy ? memcpy(copy, text, n * sizeof(*copy)) : NULL;
}

/* "\\?\" takes no ".", no '/' and no relative path: Windows resolves them first. */
static wchar_t *long_path(wchar_t *path, ts_err **err)
{
    DWORD n = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = n ? ts_alloc_array((size_t)n + 8, sizeof(*full)) : NULL;
    if (!full) {
        free(path);
        if (n == 0)
            ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot resolve a long path");
        else
            ts_fail_nomem(err);
        return NULL;
    }
    bool unc = path[0] == L'\\' && path[1] == L'\\';
    wcscpy(full, unc ? L"\\\\?\\UNC" : L"\\\\?\\");
    size_t at = wcslen(full) - (unc ? 1u : 0u);
    wchar_t keep = full[at];
    GetFullPathNameW(path, n, full + at, NULL);
    if (unc) { /* "\\?\UNC" and "\server\share": one of the two back slashes goes */
        full[at] = keep;
    }
    free(path);
    return full;
}

wchar_t *ts_wide_path(const char *path, ts_err **err)
{
    wchar_t *wide = ts_wide(path, err);
    if (!wide)
        return NULL;
    for (wchar_t *p = wide; *p; p++) {
        if (*p == L'/')
            *p = L'\\';
    }
    bool is_device = wcsncmp(wide, L"\\\\?\\", 4) == 0 || wcsncmp(wide, L"\\\\.\\", 4) == 0;
    size_t len = wcslen(wide);
    bool is_drive = len > 1 && wide[1] == L':';
    DWORD here = is_drive || is_device ? 0 : GetCurrentDirectoryW(0, NULL);
    return is_device || len + here < SHORT_PATH ? wide : long_path(wide, err);
}

char *ts_narrow_n(const wchar_t *text, size_t n, ts_err **err)
{
    ts_buf out;
    ts_buf_init(&out, n * 3);
    ts_utf8_from_utf16(&out, (const uint8_t *)text, n * sizeof(*text), false);
    char *narrow = ts_buf_take(&out);
    if (!narrow)
        ts_fail_nomem(err);
    return narrow;
}

char *ts_narrow(const wchar_t *text, ts_err **err)
{
    return ts_narrow_n(text, wcslen(text), err);
}

char *ts_narrow_path(const wchar_t *path, ts_err **err)
{
    char *narrow = NULL;
    if (wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0) {
        narrow = ts_narrow(path + 6, err);
        if (narrow)
            narrow[0] = '/';
    } else {
        narrow = ts_narrow(wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path, err);
    }
    for (char *p = narrow; p && *p; p++) {
        if (*p == '\\')
            *p = '/';
    }
    return narrow;
}

bool ts_fail_win32(ts_err **err, DWORD number, const char *what, const char *path)
{
    bool missing = number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ||
                   number == ERROR_INVALID_NAME || number == ERROR_BAD_NETPATH ||
                   number == ERROR_BAD_NET_NAME;
    return ts_fail_os_as(err, missing ? TS_NOT_FOUND : TS_OS, TS_OS_WIN32, number, "cannot %s '%s'",
                         what, path);
}

void ts_handle_close(HANDLE *handle)
{
    if (*handle && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

PSECURITY_DESCRIPTOR ts_owner_only(void)
{
    PSECURITY_DESCRIPTOR rights = NULL;
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(TS_OWNER_ONLY, SDDL_REVISION_1,
                                                                &rights, NULL)
               ? rights
               : NULL;
}
