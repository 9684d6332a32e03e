/* win_wmi_call.c - methods of WMI objects. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COBJMACROS
#include "win_wmi.h"

#include <wbemcli.h>

#include <ts/mem.h>
#include <ts/text.h>

static BSTR make_bstr(const char *text)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(text, NULL);
    BSTR b = wide ? SysAllocString(wide) : NULL;
    if (wide)
        ts_wipe(wide, wcslen(wide) * sizeof(*wide));
    return b;
}

static HRESULT put_arg(IWbemClassObject *in, const ts_win_arg *arg)
{
    VARIANT value;
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(arg->name, NULL);
    VariantInit(&value);
    if (!name)
        return E_OUTOFMEMORY;
    if (!arg->text) {
        V_VT(&value) = VT_I4; /* how WMI takes unsigned numbers of 32 bits as well */
        V_I4(&value) = (LONG)arg->number;
        return IWbemClassObject_Put(in, name, 0, &value, 0);
    }
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = make_bstr(arg->text);
    HRESULT result = V_BSTR(&value) ? IWbemClassObject_Put(in, name, 0, &value, 0) : E_OUTOFMEMORY;
    if (V_BSTR(&value)) /* it may be a PIN */
        ts_wipe(V_BSTR(&value), SysStringByteLen(V_BSTR(&value)));
    VariantClear(&value);
    return result;
}

/* The arguments as an object; NULL where the method has none. */
static HRESULT make_arguments(IWbemServices *wmi, BSTR class_name, BSTR method,
                              const ts_win_arg *args, size_t n, IWbemClassObject **out)
{
    IWbemClassObject *class_of = NULL;
    IWbemClassObject *signature = NULL;
    HRESULT result = IWbemServices_GetObject(wmi, class_name, 0, NULL, &class_of, NULL);
    if (SUCCEEDED(result))
        result = IWbemClassObject_GetMethod(class_of, method, 0, &signature, NULL);
    if (SUCCEEDED(result) && signature)
        result = IWbemClassObject_SpawnInstance(signature, 0, out);
    for (size_t i = 0; SUCCEEDED(result) && i < n; i++)
        result = *out ? put_arg(*out, &args[i]) : (HRESULT)WBEM_E_INVALID_METHOD_PARAMETERS;
    if (signature)
        IWbemClassObject_Release(signature);
    if (class_of)
        IWbemClassObject_Release(class_of);
    return result;
}

static bool read_answer(IWbemClassObject *answer, ts_wmi_rows *out, ts_err **err)
{
    ts_wmi_rows rows = {.arena = ts_arena_new(), .n_rows = 1};
    rows.rows = rows.arena ? ts_arena_alloc(rows.arena, sizeof(*rows.rows)) : NULL;
    bool ok = rows.rows ? ts_win_wmi_row(rows.arena, answer, rows.rows, err) : ts_fail_nomem(err);
    if (ok)
        *out = rows;
    else
        ts_wmi_rows_done(&rows);
    return ok;
}

static bool call(ts_windows *machine, const char *name_space, const char *path, const char *method,
                 const ts_win_arg *args, size_t n_args, ts_wmi_rows *out, ts_err **err)
{
    if (!ts_win_wmi_connect(machine, name_space, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *class_name = ts_strndup(path, strcspn(path, "."));
    BSTR wide_class = class_name ? make_bstr(class_name) : NULL;
    BSTR wide_path = make_bstr(path);
    BSTR wide_method = make_bstr(method);
    IWbemClassObject *in = NULL;
    IWbemClassObject *answer = NULL;
    HRESULT result = E_OUTOFMEMORY;
    if (wide_class && wide_path && wide_method)
        result = make_arguments(machine->wmi, wide_class, wide_method, args, n_args, &in);
    if (SUCCEEDED(result))
        result = IWbemServices_ExecMethod(machine->wmi, wide_path, wide_method, 0, NULL, in,
                                          &answer, NULL);
    SysFreeString(wide_class);
    SysFreeString(wide_path);
    SysFreeString(wide_method);
    if (in)
        IWbemClassObject_Release(in);
    bool ok = SUCCEEDED(result) && answer ? read_answer(answer, out, err)
                                          : ts_win_wmi_fail(err, result, name_space, method);
    if (answer)
        IWbemClassObject_Release(answer);
    return ok;
}

const ts_win_wmi ts_win_wmi_real = {.query = ts_win_wmi_query, .call = call};
