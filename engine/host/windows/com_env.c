/* com_env.c - Microsoft.SMS.TSEnvironment (ConfigMgr SDK: "How to use task sequence variables in a
 * running task sequence"): Value(name) reads and writes, GetVariables gives the names. A missing
 * variable reads as "". Secrets read in clear, as with ConfigMgr. */
#include <stdlib.h>
#include <string.h>

#define COBJMACROS
#include "com_private.h"

#include <ts/mem.h>
#include <ts/text.h>

static const wchar_t *const value_names[] = {L"name", L"value"};

static void wipe(ts_buf *buf)
{
    if (buf->data)
        ts_wipe(buf->data, buf->cap);
    ts_buf_done(buf);
}

static HRESULT get_value(const ts_com_call *call)
{
    ts_err *err = NULL;
    bool found = false;
    ts_buf value;
    TS_CLEANUP(ts_free_ptr) char *name = ts_com_utf8(call, 0);
    if (!name)
        return DISP_E_TYPEMISMATCH;
    ts_buf_init(&value, TS_IPC_ANSWER_MAX);
    bool ok = ts_ipc_get(call->address, name, &value, &found, &err);
    HRESULT result = ok ? ts_com_return(call, found ? ts_buf_text(&value) : "")
                        : ts_com_fail(call, E_FAIL, err);
    wipe(&value);
    return result;
}

/* A name with '_' belongs to the engine: the request is refused, and the script sees why. */
static HRESULT put_value(const ts_com_call *call)
{
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *name = ts_com_utf8(call, 0);
    char *value = name ? ts_com_utf8(call, 1) : NULL;
    if (!value)
        return DISP_E_TYPEMISMATCH;
    bool ok = ts_ipc_set(call->address, name, value, false, &err);
    ts_free_secret(value);
    return ok ? S_OK : ts_com_fail(call, E_ACCESSDENIED, err);
}

static ULONG count_lines(const char *text)
{
    ULONG n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static HRESULT put_names(SAFEARRAY *list, char *names)
{
    LONG i = 0;
    for (char *next = names; *next; i++) {
        char *end = strchr(next, '\n');
        if (!end)
            return E_UNEXPECTED; /* the engine ends each name so */
        *end = '\0';
        TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(next, NULL);
        VARIANT name;
        V_VT(&name) = VT_BSTR;
        V_BSTR(&name) = wide ? SysAllocString(wide) : NULL;
        HRESULT result = V_BSTR(&name) ? SafeArrayPutElement(list, &i, &name) : E_OUTOFMEMORY;
        VariantClear(&name);
        if (FAILED(result))
            return result;
        next = end + 1;
    }
    return S_OK;
}

/* An array of variants: VBScript's For Each takes no other. */
static HRESULT get_variables(const ts_com_call *call)
{
    ts_err *err = NULL;
    ts_buf names;
    ts_buf_init(&names, TS_IPC_ANSWER_MAX);
    if (!ts_ipc_list(call->address, &names, &err)) {
        ts_buf_done(&names);
        return ts_com_fail(call, E_FAIL, err);
    }
    TS_CLEANUP(ts_free_ptr) char *text = ts_buf_take(&names);
    SAFEARRAY *list = text ? SafeArrayCreateVector(VT_VARIANT, 0, count_lines(text)) : NULL;
    HRESULT result = list ? put_names(list, text) : E_OUTOFMEMORY;
    if (FAILED(result) || !call->result) {
        if (list)
            SafeArrayDestroy(list);
        return result;
    }
    V_VT(call->result) = VT_ARRAY | VT_VARIANT;
    V_ARRAY(call->result) = list;
    return S_OK;
}

static const ts_com_member members[] = {
    {L"Value", DISPID_VALUE, DISPATCH_PROPERTYGET, 1, 1, VT_BSTR, value_names, get_value},
    {L"Value", DISPID_VALUE, DISPATCH_PROPERTYPUT, 2, 2, VT_VOID, value_names, put_value},
    {L"GetVariables", 1, DISPATCH_METHOD, 0, 0, VT_VARIANT, NULL, get_variables},
};

const ts_com_class ts_com_env = {
    .prog_id = L"Microsoft.SMS.TSEnvironment",
    .title = L"TSEnvironment",
    .clsid = {0x6f0d4d35, 0x0f5a, 0x4c40, {0x9a, 0x66, 0x1f, 0xa2, 0x30, 0x5c, 0x51, 0x01}},
    .iid = {0x6f0d4d35, 0x0f5a, 0x4c40, {0x9a, 0x66, 0x1f, 0xa2, 0x30, 0x5c, 0x51, 0x02}},
    .members = members,
    .n_members = sizeof members / sizeof members[0],
};
