/* win_wmi.c - WMI through COM. The system evaluates the query: only it knows the whole language,
 * and some classes (CIM_DataFile) must never be listed as a whole. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COBJMACROS
#include "win_wmi.h"

#include <wbemcli.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#define TURN 1000 /* ms between looks at the cancel flag */

/* --- Connection --------------------------------------------------------------------------- */

void ts_win_wmi_close(ts_windows *machine)
{
    if (machine->wmi)
        IWbemServices_Release(machine->wmi);
    machine->wmi = NULL;
    if (machine->com)
        CoUninitialize();
    machine->com = false;
}

bool ts_win_wmi_fail(ts_err **err, HRESULT result, const char *space, const char *what)
{
    uint32_t number = (uint32_t)result;
    if (result == (HRESULT)WBEM_E_INVALID_NAMESPACE)
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_HRESULT, number,
                             "there is no WMI namespace '%s'", space);
    if (result == (HRESULT)WBEM_E_INVALID_CLASS || result == (HRESULT)WBEM_E_NOT_FOUND)
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_HRESULT, number,
                             "the WMI namespace '%s' cannot answer '%s'", space, what);
    if (result == (HRESULT)WBEM_E_INVALID_QUERY || result == (HRESULT)WBEM_E_UNPARSABLE_QUERY)
        return ts_fail_os_as(err, TS_SCHEMA, TS_OS_HRESULT, number,
                             "WMI does not accept the query '%s'", what);
    if (result == REGDB_E_CLASSNOTREG)
        return ts_fail_os_as(err, TS_UNSUPPORTED, TS_OS_HRESULT, number,
                             "this Windows has no WMI (the component of Windows PE is WinPE-WMI)");
    return ts_fail_os(err, TS_OS_HRESULT, number, "WMI cannot answer '%s' in '%s'", what, space);
}

static bool start_com(ts_windows *machine, ts_err **err)
{
    if (machine->com)
        return true;
    HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(result) && result != RPC_E_CHANGED_MODE)
        return ts_fail_os(err, TS_OS_HRESULT, (uint32_t)result, "cannot start COM");
    machine->com = SUCCEEDED(result);
    /* A second call in one process answers "too late", which is fine. */
    (void)CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_DEFAULT,
                               RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL);
    return true;
}

static bool open_space(IWbemLocator *locator, const char *space, IWbemServices **out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(space, err);
    BSTR name = wide ? SysAllocString(wide) : NULL;
    if (!name)
        return wide ? ts_fail_nomem(err) : false;
    HRESULT result = IWbemLocator_ConnectServer(locator, name, NULL, NULL, NULL,
                                                WBEM_FLAG_CONNECT_USE_MAX_WAIT, NULL, NULL, out);
    SysFreeString(name);
    if (FAILED(result))
        return ts_win_wmi_fail(err, result, space, "a connection");
    /* The provider acts as the caller, and what travels is encrypted: MicrosoftTpm and BitLocker
     * answer nobody else. */
    result = CoSetProxyBlanket((IUnknown *)*out, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                               RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                               EOAC_NONE);
    if (SUCCEEDED(result) || result == E_NOINTERFACE) /* Wine's object is no proxy */
        return true;
    IWbemServices_Release(*out);
    *out = NULL;
    return ts_fail_os(err, TS_OS_HRESULT, (uint32_t)result, "cannot secure the connection to WMI");
}

bool ts_win_wmi_connect(ts_windows *machine, const char *space, ts_err **err)
{
    if (machine->wmi && ts_str_ieq(machine->wmi_space, space))
        return true;
    if (strlen(space) >= sizeof(machine->wmi_space))
        return ts_fail(err, TS_LIMIT, "the WMI namespace '%s' is longer than %zu bytes", space,
                       sizeof(machine->wmi_space) - 1);
    if (!start_com(machine, err))
        return false;
    if (machine->wmi)
        IWbemServices_Release(machine->wmi);
    machine->wmi = NULL;
    void *locator = NULL;
    HRESULT result = CoCreateInstance(&CLSID_WbemLocator, NULL, CLSCTX_INPROC_SERVER,
                                      &IID_IWbemLocator, &locator);
    if (FAILED(result))
        return ts_win_wmi_fail(err, result, space, "a connection");
    bool ok = open_space(locator, space, &machine->wmi, err);
    IWbemLocator_Release((IWbemLocator *)locator);
    if (ok)
        memcpy(machine->wmi_space, space, strlen(space) + 1);
    return ok;
}

/* --- Rows --------------------------------------------------------------------------------- */

static size_t count_properties(IWbemClassObject *object)
{
    SAFEARRAY *names = NULL;
    if (FAILED(IWbemClassObject_GetNames(object, NULL, WBEM_FLAG_ALWAYS, NULL, &names)))
        return 0;
    LONG low = 0;
    LONG high = -1;
    SafeArrayGetLBound(names, 1, &low);
    SafeArrayGetUBound(names, 1, &high);
    SafeArrayDestroy(names);
    return high >= low ? (size_t)(high - low + 1) : 0;
}

static bool add_property(ts_arena *arena, ts_wmi_row *row, ts_wmi_value *values, BSTR name,
                         const VARIANT *value, long cim, ts_err **err)
{
    ts_wmi_value *out = &values[row->n_values];
    TS_CLEANUP(ts_free_ptr) char *narrow = ts_narrow(name, err);
    if (!narrow)
        return false;
    *out = (ts_wmi_value){.name = ts_arena_strdup(arena, narrow)};
    if (!out->name)
        return ts_fail_nomem(err);
    row->n_values++;
    return ts_win_wmi_value(arena, value, cim, out, err);
}

bool ts_win_wmi_row(ts_arena *arena, IWbemClassObject *object, ts_wmi_row *row, ts_err **err)
{
    size_t max = count_properties(object);
    ts_wmi_value *values = ts_arena_alloc(arena, max * sizeof(*values) + 1);
    if (!values)
        return ts_fail_nomem(err);
    *row = (ts_wmi_row){.values = values};
    if (FAILED(IWbemClassObject_BeginEnumeration(object, 0)))
        return ts_fail(err, TS_OS, "cannot read what WMI answered");
    bool ok = true;
    while (ok && row->n_values < max) {
        BSTR name = NULL;
        VARIANT value;
        VariantInit(&value);
        long cim = 0;
        if (IWbemClassObject_Next(object, 0, &name, &value, &cim, NULL) != WBEM_S_NO_ERROR)
            break;
        ok = add_property(arena, row, values, name, &value, cim, err);
        SysFreeString(name);
        VariantClear(&value);
    }
    IWbemClassObject_EndEnumeration(object);
    return ok;
}

static bool add_row(ts_wmi_rows *rows, size_t *cap, IWbemClassObject *object, ts_err **err)
{
    if (rows->n_rows >= TS_WQL_ROWS_MAX)
        return ts_fail(err, TS_LIMIT, "the answer has more than %u rows", TS_WQL_ROWS_MAX);
    if (rows->n_rows == *cap) {
        size_t more = *cap ? *cap * 2 : 16;
        ts_wmi_row *bigger = ts_arena_alloc(rows->arena, more * sizeof(*bigger));
        if (!bigger)
            return ts_fail_nomem(err);
        if (rows->n_rows > 0)
            memcpy(bigger, rows->rows, rows->n_rows * sizeof(*bigger));
        rows->rows = bigger;
        *cap = more;
    }
    return ts_win_wmi_row(rows->arena, object, &rows->rows[rows->n_rows++], err);
}

static bool read_rows(const ts_windows *machine, IEnumWbemClassObject *found, const char *text,
                      ts_wmi_rows *rows, ts_err **err)
{
    uint64_t until = ts_clock_steady() + (uint64_t)TS_WIN_WMI_DEADLINE * 1000000u;
    size_t cap = 0;
    for (;;) {
        if (*machine->local.cancel)
            return ts_fail(err, TS_CANCELLED, "cancelled while WMI answers '%s'", text);
        if (ts_clock_steady() >= until)
            return ts_fail(err, TS_TIMEOUT, "WMI did not answer '%s' within %u s", text,
                           TS_WIN_WMI_DEADLINE / 1000);
        IWbemClassObject *object = NULL;
        ULONG n = 0;
        HRESULT result = IEnumWbemClassObject_Next(found, TURN, 1, &object, &n);
        if (result == (HRESULT)WBEM_S_TIMEDOUT)
            continue;
        if (FAILED(result))
            return ts_win_wmi_fail(err, result, machine->wmi_space, text);
        if (n == 0)
            return true;
        bool ok = add_row(rows, &cap, object, err);
        IWbemClassObject_Release(object);
        if (!ok)
            return false;
    }
}

bool ts_win_wmi_query(void *self, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                      ts_err **err)
{
    ts_windows *machine = self;
    const char *text = ts_wql_text(query);
    if (!ts_win_wmi_connect(machine, name_space, err))
        return false;
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(text, err);
    BSTR language = SysAllocString(L"WQL");
    BSTR words = wide ? SysAllocString(wide) : NULL;
    IEnumWbemClassObject *found = NULL;
    HRESULT result = E_OUTOFMEMORY;
    if (language && words)
        result = IWbemServices_ExecQuery(machine->wmi, language, words,
                                         WBEM_FLAG_FORWARD_ONLY | WBEM_FLAG_RETURN_IMMEDIATELY,
                                         NULL, &found);
    SysFreeString(language);
    SysFreeString(words);
    if (!wide)
        return false;
    if (FAILED(result))
        return ts_win_wmi_fail(err, result, name_space, text);
    (void)CoSetProxyBlanket((IUnknown *)found, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                            RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                            EOAC_NONE);
    ts_wmi_rows rows = {.arena = ts_arena_new()};
    bool ok = rows.arena ? read_rows(machine, found, text, &rows, err) : ts_fail_nomem(err);
    IEnumWbemClassObject_Release(found);
    if (ok)
        *out = rows;
    else
        ts_wmi_rows_done(&rows);
    return ok;
}
