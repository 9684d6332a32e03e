/* win_settings.c - certificates, time zone, network drives, drivers of the Windows that runs. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_private.h"

#include <wincrypt.h>
#include <winnetwk.h>

#include <ts/mem.h>
#include <ts/text.h>

bool ts_win_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                     ts_err **err)
{
    TS_UNUSED(self);
    const wchar_t *name = store == TS_CERT_ROOT ? L"ROOT" : L"CA";
    const char *words = store == TS_CERT_ROOT ? "trusted roots" : "intermediates";
    HCERTSTORE open = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE,
                                    name);
    if (!open)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot open the machine's %s", words);
    bool ok = CertAddEncodedCertificateToStore(open, X509_ASN_ENCODING, der, (DWORD)size,
                                               CERT_STORE_ADD_NEW, NULL);
    DWORD number = ok ? 0 : GetLastError();
    CertCloseStore(open, 0);
    if (ok || number == (DWORD)CRYPT_E_EXISTS) {
        *added = ok;
        return true;
    }
    return ts_fail_os(err, TS_OS_HRESULT, number, "cannot add a certificate to the machine's %s",
                      words);
}

/* --- Time zone ---------------------------------------------------------------------------- */

/* The registry's "TZI" value (Windows docs: TIME_ZONE_INFORMATION, remarks). */
typedef struct zone_rule {
    LONG bias;
    LONG standard_bias;
    LONG daylight_bias;
    SYSTEMTIME standard_date;
    SYSTEMTIME daylight_date;
} zone_rule;

static bool read_zone(const wchar_t *name, DYNAMIC_TIME_ZONE_INFORMATION *out)
{
    wchar_t key[256] = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Time Zones\\";
    if (wcslen(key) + wcslen(name) >= 256 || wcslen(name) >= 128 || wcschr(name, L'\\'))
        return false;
    wcscat(key, name);
    zone_rule rule;
    DWORD size = sizeof(rule);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"TZI", RRF_RT_REG_BINARY, NULL, &rule, &size) !=
            ERROR_SUCCESS ||
        size != sizeof(rule))
        return false;
    *out = (DYNAMIC_TIME_ZONE_INFORMATION){.Bias = rule.bias,
                                           .StandardBias = rule.standard_bias,
                                           .DaylightBias = rule.daylight_bias,
                                           .StandardDate = rule.standard_date,
                                           .DaylightDate = rule.daylight_date};
    size = sizeof(out->StandardName);
    RegGetValueW(HKEY_LOCAL_MACHINE, key, L"Std", RRF_RT_REG_SZ, NULL, out->StandardName, &size);
    size = sizeof(out->DaylightName);
    RegGetValueW(HKEY_LOCAL_MACHINE, key, L"Dlt", RRF_RT_REG_SZ, NULL, out->DaylightName, &size);
    wcscpy(out->TimeZoneKeyName, name);
    return true;
}

bool ts_win_time_zone_set(void *self, const char *windows_name, ts_err **err)
{
    TS_UNUSED(self);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(windows_name, err);
    DYNAMIC_TIME_ZONE_INFORMATION zone;
    if (!name)
        return false;
    if (!read_zone(name, &zone))
        return ts_fail(err, TS_NOT_FOUND, "this Windows knows no time zone '%s'", windows_name);
    typedef BOOL(WINAPI * set_fn)(const DYNAMIC_TIME_ZONE_INFORMATION *);
    union {
        FARPROC any;
        set_fn typed;
    } fn = {
        .any = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetDynamicTimeZoneInformation")};
    if (!fn.any)
        return ts_fail(err, TS_UNSUPPORTED, "this Windows cannot set its time zone");
    (void)ts_win_privilege(L"SeTimeZonePrivilege"); /* the call says what is missing */
    return fn.typed(&zone) || ts_fail_os(err, TS_OS_WIN32, GetLastError(),
                                         "cannot set the time zone '%s'", windows_name);
}

/* --- Network drive ------------------------------------------------------------------------ */

/* mpr.dll is loaded when it is needed: the smallest Windows PE has no network client. */
bool ts_win_net_connect(void *self, char letter, const char *path, const char *user,
                        const char *password, ts_err **err)
{
    TS_UNUSED(self);
    typedef DWORD(WINAPI * connect_fn)(LPNETRESOURCEW, LPCWSTR, LPCWSTR, DWORD);
    HMODULE library = LoadLibraryExW(L"mpr.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    union {
        FARPROC any;
        connect_fn typed;
    } fn = {.any = library ? GetProcAddress(library, "WNetAddConnection2W") : NULL};
    if (!fn.any)
        return ts_fail(err, TS_UNSUPPORTED, "this Windows has no client for file servers");
    TS_CLEANUP(ts_free_ptr) wchar_t *where = ts_wide_path(path, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *who = where ? ts_wide(user ? user : "", err) : NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *secret = who ? ts_wide(password ? password : "", err) : NULL;
    if (!secret)
        return false;
    wchar_t drive[] = {letter ? (wchar_t)letter : L'Z', L':', L'\0'};
    NETRESOURCEW resource = {
        .dwType = RESOURCETYPE_DISK, .lpLocalName = letter ? drive : NULL, .lpRemoteName = where};
    DWORD number = fn.typed(&resource, user ? secret : NULL, user ? who : NULL, CONNECT_TEMPORARY);
    ts_wipe(secret, wcslen(secret) * sizeof(*secret));
    return number == NO_ERROR ||
           ts_fail_os(err, TS_OS_WIN32, number, "cannot connect to '%s'%s%s%s", path,
                      user ? " as '" : "", user ? user : "", user ? "'" : "");
}

/* --- Drivers ------------------------------------------------------------------------------ */

/* To the Windows on a volume by dism, to the one that runs by pnputil. */
bool ts_win_driver_add(void *self, char letter, const char *inf, bool allow_unsigned, ts_err **err)
{
    /* 3010: done, and a restart is needed, which the sequence makes anyway. 259: pnputil has added
     * it, and no device needs it yet (pnputil docs: return values). */
    static const uint32_t good[] = {3010, 259, 0};
    TS_CLEANUP(ts_free_ptr)
    char *tool = ts_win_tool(self, letter ? "dism.exe" : "pnputil.exe", err);
    TS_CLEANUP(ts_free_ptr) char *native = tool ? ts_path_native(inf, err) : NULL;
    if (!native)
        return false;
    TS_CLEANUP(ts_free_ptr) char *image = ts_sprintf("/Image:%c:\\", letter ? letter : 'C');
    TS_CLEANUP(ts_free_ptr) char *driver = ts_sprintf("/Driver:%s", native);
    TS_CLEANUP(ts_free_ptr) char *what = ts_sprintf("add the driver '%s'", inf);
    if (!image || !driver || !what)
        return ts_fail_nomem(err);
    const char *const offline[] = {tool,          image,  "/English",
                                   "/Add-Driver", driver, allow_unsigned ? "/ForceUnsigned" : NULL,
                                   NULL};
    const char *const online[] = {tool, "/add-driver", native, "/install", NULL};
    return ts_win_tool_run(self, letter ? offline : online, good, what, err);
}
