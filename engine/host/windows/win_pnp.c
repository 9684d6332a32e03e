/* win_pnp.c - the Plug and Play ids of the devices that are there. setupapi.dll is loaded when it
 * is needed: it is large, and most runs never ask. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_private.h"

#include <setupapi.h>

#include <ts/mem.h>
#include <ts/text.h>

#define IDS_MAX  (4u * 1024u * 1024u) /* bytes of the answer */
#define LIST_MAX 16384u               /* bytes of the ids of one device */

typedef struct setup {
    HDEVINFO(WINAPI *open)(const GUID *, LPCWSTR, HWND, DWORD);
    BOOL(WINAPI *next)(HDEVINFO, DWORD, SP_DEVINFO_DATA *);
    BOOL(WINAPI *property)(HDEVINFO, SP_DEVINFO_DATA *, DWORD, DWORD *, BYTE *, DWORD, DWORD *);
    BOOL(WINAPI *close)(HDEVINFO);
} setup;

static bool load(const ts_windows *machine, setup *api, ts_err **err)
{
    static const char *const names[] = {"SetupDiGetClassDevsW", "SetupDiEnumDeviceInfo",
                                        "SetupDiGetDeviceRegistryPropertyW",
                                        "SetupDiDestroyDeviceInfoList"};
    HMODULE library = ts_win_library(machine, "setupapi.dll", false, err);
    FARPROC *to = (FARPROC *)api; /* functions only, in this order */
    _Static_assert(sizeof(*api) == TS_COUNT(names) * sizeof(*to), "one name for each function");
    for (size_t i = 0; library && i < TS_COUNT(names); i++) {
        to[i] = GetProcAddress(library, names[i]);
        if (!to[i])
            return ts_fail(err, TS_UNSUPPORTED, "the setupapi.dll of this Windows has no %s",
                           names[i]);
    }
    return library != NULL;
}

/* The members of a list, each behind a ',' unless it is the first of the line. */
static bool add_ids(const setup *api, HDEVINFO all, SP_DEVINFO_DATA *device, DWORD property,
                    bool *first, ts_buf *out)
{
    union {
        wchar_t text[LIST_MAX / sizeof(wchar_t)];
        BYTE bytes[LIST_MAX];
    } list = {.bytes = {0}};
    DWORD type = 0;
    /* The last two characters stay zero: the list ends, whatever the driver wrote. */
    if (!api->property(all, device, property, &type, list.bytes,
                       LIST_MAX - 2 * (DWORD)sizeof(wchar_t), NULL) ||
        type != REG_MULTI_SZ)
        return true;
    for (const wchar_t *id = list.text; *id; id += wcslen(id) + 1) {
        TS_CLEANUP(ts_free_ptr) char *text = ts_narrow(id, NULL);
        if (!text)
            return false;
        ts_buf_printf(out, "%s%s", *first ? "" : ",", text);
        *first = false;
    }
    return true;
}

static bool list_devices(const setup *api, HDEVINFO all, ts_buf *out, ts_err **err)
{
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    for (DWORD i = 0; api->next(all, i, &device); i++) {
        bool first = true;
        if (!add_ids(api, all, &device, SPDRP_HARDWAREID, &first, out) ||
            !add_ids(api, all, &device, SPDRP_COMPATIBLEIDS, &first, out))
            return ts_fail_nomem(err);
        if (!first)
            ts_buf_char(out, '\n');
    }
    return ts_buf_ok(out, "the list of devices", err);
}

bool ts_win_pnp_ids(void *self, char **out, ts_err **err)
{
    TS_UNUSED(self);
    setup api;
    TS_CLEANUP(ts_buf_done) ts_buf ids;
    ts_buf_init(&ids, IDS_MAX);
    if (!load(self, &api, err))
        return false;
    HDEVINFO all = api.open(NULL, NULL, NULL, DIGCF_ALLCLASSES | DIGCF_PRESENT);
    if (all == INVALID_HANDLE_VALUE)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot list the devices");
    bool ok = list_devices(&api, all, &ids, err);
    api.close(all);
    char *text = ok ? ts_buf_take(&ids) : NULL;
    if (ok && !text)
        return ts_fail_nomem(err);
    if (ok)
        *out = text;
    return ok;
}
