/* com_object.c - IDispatch by hand: names, arguments and results from a table of members. Every
 * call becomes a request to the variable service, which the run answers on its own thread while it
 * waits for the program: COM's threads never touch the variables. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COBJMACROS
#include "com_private.h"

#include <ts/mem.h>
#include <ts/text.h>

typedef struct object {
    IDispatch dispatch; /* the first: a pointer to it is one to the object */
    LONG references;
    const ts_com_class *cls;
    char *address;
    ITypeInfo *types; /* may be NULL */
} object;

/* --- Arguments and results ------------------------------------------------------------------ */

static void free_wiped(wchar_t **text)
{
    if (*text)
        ts_wipe(*text, wcslen(*text) * sizeof(**text));
    free(*text);
}

wchar_t *ts_com_text(const ts_com_call *call, unsigned n)
{
    VARIANT text;
    if (n >= call->params->cArgs)
        return ts_wide_copy(L"");
    VARIANT *arg = &call->params->rgvarg[call->params->cArgs - 1 - n];
    if (V_VT(arg) == VT_NULL || V_VT(arg) == VT_EMPTY || V_VT(arg) == VT_ERROR)
        return ts_wide_copy(L"");
    VariantInit(&text);
    if (FAILED(VariantChangeType(&text, arg, 0, VT_BSTR)))
        return NULL;
    wchar_t *copy = ts_wide_copy(V_BSTR(&text) ? V_BSTR(&text) : L"");
    if (V_BSTR(&text)) /* it may be the value of a password; the argument itself is COM's */
        ts_wipe(V_BSTR(&text), SysStringByteLen(V_BSTR(&text)));
    VariantClear(&text);
    return copy;
}

char *ts_com_utf8(const ts_com_call *call, unsigned n)
{
    TS_CLEANUP(free_wiped) wchar_t *wide = ts_com_text(call, n);
    return wide ? ts_narrow(wide, NULL) : NULL;
}

HRESULT ts_com_return(const ts_com_call *call, const char *utf8)
{
    TS_CLEANUP(free_wiped) wchar_t *wide = ts_wide(utf8, NULL);
    BSTR text = wide ? SysAllocString(wide) : NULL;
    if (!text)
        return E_OUTOFMEMORY;
    if (!call->result) {
        SysFreeString(text);
        return S_OK;
    }
    V_VT(call->result) = VT_BSTR;
    V_BSTR(call->result) = text;
    return S_OK;
}

HRESULT ts_com_fail(const ts_com_call *call, HRESULT code, ts_err *err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *text = err ? ts_wide(ts_err_text(err), NULL) : NULL;
    if (text)
        *call->why = SysAllocString(text);
    ts_err_free(err);
    return code;
}

/* --- IUnknown ------------------------------------------------------------------------------ */

static object *self_of(IDispatch *dispatch)
{
    return (object *)dispatch;
}

static HRESULT WINAPI query(IDispatch *dispatch, REFIID iid, void **out)
{
    object *o = self_of(dispatch);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        !IsEqualIID(iid, &o->cls->iid)) {
        *out = NULL;
        return E_NOINTERFACE;
    }
    InterlockedIncrement(&o->references);
    *out = dispatch;
    return S_OK;
}

static ULONG WINAPI add_ref(IDispatch *dispatch)
{
    return (ULONG)InterlockedIncrement(&self_of(dispatch)->references);
}

static ULONG WINAPI release(IDispatch *dispatch)
{
    object *o = self_of(dispatch);
    LONG left = InterlockedDecrement(&o->references);
    if (left == 0) {
        if (o->types)
            ITypeInfo_Release(o->types);
        free(o->address);
        free(o);
    }
    return (ULONG)left;
}

/* --- IDispatch ----------------------------------------------------------------------------- */

static HRESULT WINAPI type_count(IDispatch *dispatch, UINT *n)
{
    *n = self_of(dispatch)->types ? 1 : 0;
    return S_OK;
}

static HRESULT WINAPI type_info(IDispatch *dispatch, UINT index, LCID locale, ITypeInfo **out)
{
    TS_UNUSED(locale);
    const object *o = self_of(dispatch);
    *out = NULL;
    if (index != 0 || !o->types)
        return DISP_E_BADINDEX;
    ITypeInfo_AddRef(o->types);
    *out = o->types;
    return S_OK;
}

static DISPID id_of(const ts_com_class *cls, const wchar_t *name)
{
    for (size_t i = 0; i < cls->n_members; i++)
        if (_wcsicmp(cls->members[i].name, name) == 0)
            return cls->members[i].id;
    return DISPID_UNKNOWN;
}

static HRESULT WINAPI names(IDispatch *dispatch, REFIID iid, LPOLESTR *list, UINT n, LCID locale,
                            DISPID *ids)
{
    TS_UNUSED(iid);
    TS_UNUSED(locale);
    for (UINT i = 0; i < n; i++) /* behind the first come names of arguments, which are not taken */
        ids[i] = i == 0 ? id_of(self_of(dispatch)->cls, list[0]) : DISPID_UNKNOWN;
    return n == 1 && ids[0] != DISPID_UNKNOWN ? S_OK : DISP_E_UNKNOWNNAME;
}

/* VBScript asks "method or get" for x.Value("A"). */
static const ts_com_member *find(const ts_com_class *cls, DISPID id, WORD flags)
{
    WORD want = flags & DISPATCH_PROPERTYPUTREF ? DISPATCH_PROPERTYPUT : flags;
    for (size_t i = 0; i < cls->n_members; i++)
        if (cls->members[i].id == id && (cls->members[i].kind & want))
            return &cls->members[i];
    return NULL;
}

static void tell(EXCEPINFO *exception, const ts_com_class *cls, BSTR why, HRESULT code)
{
    *exception = (EXCEPINFO){
        .scode = code, .bstrDescription = why, .bstrSource = SysAllocString(cls->prog_id)};
}

static HRESULT WINAPI invoke(IDispatch *dispatch, DISPID id, REFIID iid, LCID locale, WORD flags,
                             DISPPARAMS *params, VARIANT *result, EXCEPINFO *exception, UINT *bad)
{
    TS_UNUSED(iid);
    TS_UNUSED(locale);
    TS_UNUSED(bad);
    const object *o = self_of(dispatch);
    const ts_com_member *m = find(o->cls, id, flags);
    BSTR why = NULL;
    if (!m)
        return DISP_E_MEMBERNOTFOUND;
    if (params->cArgs < m->min || params->cArgs > m->n)
        return DISP_E_BADPARAMCOUNT;
    if (result)
        VariantInit(result);
    const ts_com_call call = {
        .address = o->address, .params = params, .result = result, .why = &why};
    HRESULT code = m->fn(&call);
    if (SUCCEEDED(code) || !why || !exception) {
        SysFreeString(why);
        return code;
    }
    tell(exception, o->cls, why, code);
    return DISP_E_EXCEPTION;
}

static IDispatchVtbl table = {
    .QueryInterface = query,
    .AddRef = add_ref,
    .Release = release,
    .GetTypeInfoCount = type_count,
    .GetTypeInfo = type_info,
    .GetIDsOfNames = names,
    .Invoke = invoke,
};

HRESULT ts_com_object_new(const ts_com_class *cls, const char *address, ITypeInfo *types,
                          REFIID iid, void **out)
{
    object *o = ts_alloc(sizeof *o);
    *out = NULL;
    if (!o)
        return E_OUTOFMEMORY;
    o->dispatch.lpVtbl = &table;
    o->references = 1;
    o->cls = cls;
    o->address = ts_strdup(address);
    o->types = types;
    if (types)
        ITypeInfo_AddRef(types);
    HRESULT result = o->address ? query(&o->dispatch, iid, out) : E_OUTOFMEMORY;
    release(&o->dispatch);
    return result;
}
