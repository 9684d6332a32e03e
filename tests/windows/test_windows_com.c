/* test_windows_com.c - the COM objects seen by a client in C, in another process: type information
 * (PowerShell finds members by it only), late binding, errors. The program starts itself as client.
 */
#define COBJMACROS
#include "win_private.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "local.h"

/* --- Client: the exit code is the number of the line that failed ----------------------------- */

#define NEED(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            return __LINE__;                                                                       \
    } while (0)

/* The getter of Value; where it stands in the list is not the same everywhere. */
static FUNCDESC *find_getter(ITypeInfo *types, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        FUNCDESC *fn = NULL;
        if (FAILED(ITypeInfo_GetFuncDesc(types, i, &fn)))
            continue;
        if (fn->memid == DISPID_VALUE && fn->invkind == INVOKE_PROPERTYGET)
            return fn;
        ITypeInfo_ReleaseFuncDesc(types, fn);
    }
    return NULL;
}

static int client_types(IDispatch *env)
{
    UINT n = 0;
    ITypeInfo *types = NULL;
    TYPEATTR *attr = NULL;
    BSTR name = NULL;
    NEED(SUCCEEDED(IDispatch_GetTypeInfoCount(env, &n)) && n == 1);
    NEED(SUCCEEDED(IDispatch_GetTypeInfo(env, 0, 0, &types)));
    NEED(SUCCEEDED(ITypeInfo_GetTypeAttr(types, &attr)));
    NEED(attr->typekind == TKIND_DISPATCH && attr->cFuncs >= 3);
    FUNCDESC *fn = find_getter(types, attr->cFuncs);
    NEED(fn && fn->cParams == 1);
    NEED(SUCCEEDED(ITypeInfo_GetNames(types, fn->memid, &name, 1, &n)) && n == 1);
    NEED(wcscmp(name, L"Value") == 0);
    SysFreeString(name);
    ITypeInfo_ReleaseFuncDesc(types, fn);
    ITypeInfo_ReleaseTypeAttr(types, attr);
    ITypeInfo_Release(types);
    return 0;
}

static int client_calls(IDispatch *env)
{
    wchar_t text[] = L"Value";
    LPOLESTR name = text;
    DISPID id = 1;
    DISPID put = DISPID_PROPERTYPUT;
    VARIANT args[2], result;
    EXCEPINFO why = {0};
    NEED(SUCCEEDED(IDispatch_GetIDsOfNames(env, &IID_NULL, &name, 1, 0, &id)) &&
         id == DISPID_VALUE);
    VariantInit(&result);
    V_VT(&args[0]) = VT_I4; /* a number becomes text */
    V_I4(&args[0]) = 42;
    V_VT(&args[1]) = VT_BSTR;
    V_BSTR(&args[1]) = SysAllocString(L"Answer");
    DISPPARAMS both = {.rgvarg = args, .cArgs = 2, .rgdispidNamedArgs = &put, .cNamedArgs = 1};
    NEED(SUCCEEDED(
        IDispatch_Invoke(env, id, &IID_NULL, 0, DISPATCH_PROPERTYPUT, &both, NULL, &why, NULL)));
    DISPPARAMS one = {.rgvarg = &args[1], .cArgs = 1};
    NEED(SUCCEEDED(
        IDispatch_Invoke(env, id, &IID_NULL, 0, DISPATCH_PROPERTYGET, &one, &result, &why, NULL)));
    NEED(V_VT(&result) == VT_BSTR && wcscmp(V_BSTR(&result), L"42") == 0);
    VariantClear(&result);
    SysFreeString(V_BSTR(&args[1]));
    V_BSTR(&args[1]) = SysAllocString(L"_SMSTSInWinPE");
    NEED(IDispatch_Invoke(env, id, &IID_NULL, 0, DISPATCH_PROPERTYPUT, &both, NULL, &why, NULL) ==
         DISP_E_EXCEPTION);
    NEED(why.scode == E_ACCESSDENIED && wcsstr(why.bstrDescription, L"_SMSTSInWinPE"));
    NEED(IDispatch_Invoke(env, id, &IID_NULL, 0, DISPATCH_PROPERTYGET, &both, &result, &why,
                          NULL) == DISP_E_BADPARAMCOUNT);
    return 0;
}

static int client(void)
{
    CLSID cls;
    IDispatch *env = NULL;
    NEED(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)));
    NEED(SUCCEEDED(CLSIDFromProgID(L"Microsoft.SMS.TSEnvironment", &cls)));
    NEED(SUCCEEDED(
        CoCreateInstance(&cls, NULL, CLSCTX_LOCAL_SERVER, &IID_IDispatch, (void **)&env)));
    int line = client_types(env);
    line = line ? line : client_calls(env);
    IDispatch_Release(env);
    CoUninitialize();
    return line;
}

/* --- Server -------------------------------------------------------------------------------- */

static char answer[64];

static bool get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    *found = strcmp(name, "Answer") == 0;
    ts_buf_str(out, *found ? answer : "");
    return true;
}

static bool set(void *ctx, const char *name, const char *value, bool secret, ts_err **err)
{
    TS_UNUSED(ctx);
    TS_UNUSED(secret);
    if (name[0] == '_')
        return ts_fail(err, TS_REFUSED, "'%s' belongs to the engine", name);
    snprintf(answer, sizeof answer, "%s", value);
    return true;
}

static bool list(void *ctx, ts_buf *out)
{
    TS_UNUSED(ctx);
    ts_buf_str(out, "Answer\n");
    return true;
}

static bool is_registered(void)
{
    CLSID cls;
    return SUCCEEDED(CLSIDFromProgID(L"Microsoft.SMS.TSEnvironment", &cls));
}

static void client_reaches_the_run_while_it_waits_for_it(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    const ts_var_service service = {.get = get, .set = set, .list = list};
    ts_host *host = ts_host_local_new(TS_PHASE_ANY, &err);
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(&err);
    const char *argv[] = {self, "client", NULL};
    ts_program program = {.argv = argv, .service = &service, .timeout = 60000};
    ts_program_result result = {0};
    assert_non_null(host);
    assert_false(is_registered()); /* only a program that a step starts needs them */
    if (!ts_host_run(host, &program, &result, &err))
        fail_msg("%s", ts_err_text(err));
    if (result.exit_code != 0)
        fail_msg("line %u of the client failed", (unsigned)result.exit_code);
    assert_string_equal(answer, "42");
    assert_true(is_registered());
    ts_program_result_done(&result);
    ts_host_free(host);
    assert_false(is_registered());
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_reaches_the_run_while_it_waits_for_it),
    };
    return argc > 1 && strcmp(argv[1], "client") == 0 ? client()
                                                      : cmocka_run_group_tests(tests, NULL, NULL);
}
