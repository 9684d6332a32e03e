/* com_types.c - type information of a class, made in memory. */
#include <stdlib.h>
#include <wchar.h>

#define COBJMACROS
#include "com_private.h"

static HRESULT add_member(ICreateTypeInfo *types, UINT index, const ts_com_member *m)
{
    ELEMDESC params[TS_COM_PARAMS_MAX] = {0};
    wchar_t *names[TS_COM_PARAMS_MAX + 1] = {NULL};
    FUNCDESC fn = {.memid = m->id,
                   .funckind = FUNC_DISPATCH,
                   .invkind = (INVOKEKIND)m->kind,
                   .callconv = CC_STDCALL,
                   .cParams = (SHORT)m->n,
                   .cParamsOpt = (SHORT)(m->n - m->min),
                   .lprgelemdescParam = params};
    fn.elemdescFunc.tdesc.vt = m->result;
    for (unsigned i = 0; i < m->n; i++) {
        params[i].tdesc.vt = VT_VARIANT;
        params[i].paramdesc.wParamFlags = i < m->min ? PARAMFLAG_FIN
                                                     : PARAMFLAG_FIN | PARAMFLAG_FOPT;
    }
    HRESULT result = ICreateTypeInfo_AddFuncDesc(types, index, &fn);
    if (FAILED(result))
        return result;
    /* The value of a put has no name. */
    UINT n = 1 + m->n - (m->kind == DISPATCH_PROPERTYPUT ? 1u : 0u);
    for (UINT i = 0; i < n && SUCCEEDED(result); i++) {
        names[i] = ts_wide_copy(i ? m->names[i - 1] : m->name);
        result = names[i] ? result : E_OUTOFMEMORY;
    }
    if (SUCCEEDED(result))
        result = ICreateTypeInfo_SetFuncAndParamNames(types, index, names, n);
    for (UINT i = 0; i < n; i++)
        free(names[i]);
    return result;
}

static ITypeInfo *fill(ICreateTypeInfo *types, const ts_com_class *cls)
{
    ITypeInfo *out = NULL;
    HRESULT result = ICreateTypeInfo_SetGuid(types, &cls->iid);
    if (SUCCEEDED(result))
        result = ICreateTypeInfo_SetTypeFlags(types, TYPEFLAG_FDISPATCHABLE);
    for (UINT i = 0; SUCCEEDED(result) && i < cls->n_members; i++)
        result = add_member(types, i, &cls->members[i]);
    if (SUCCEEDED(result))
        result = ICreateTypeInfo_LayOut(types);
    if (SUCCEEDED(result))
        result = ICreateTypeInfo_QueryInterface(types, &IID_ITypeInfo, (void **)&out);
    return SUCCEEDED(result) ? out : NULL;
}

ITypeInfo *ts_com_types_new(const ts_com_class *cls)
{
    ICreateTypeLib2 *library = NULL;
    ICreateTypeInfo *types = NULL;
    ITypeInfo *out = NULL;
    wchar_t name[] = L"TaskSequence";
    wchar_t *title = ts_wide_copy(cls->title);
    /* Never saved; the name is that of no file. */
    if (title && SUCCEEDED(CreateTypeLib2(SYS_WIN64, L"taskseq.tlb", &library)) &&
        SUCCEEDED(ICreateTypeLib2_SetName(library, name)) &&
        SUCCEEDED(ICreateTypeLib2_CreateTypeInfo(library, title, TKIND_DISPATCH, &types)))
        out = fill(types, cls);
    if (types)
        ICreateTypeInfo_Release(types);
    if (library)
        ICreateTypeLib2_Release(library);
    free(title);
    return out;
}
