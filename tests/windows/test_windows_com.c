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

LONG NTAPI NtDeleteKey(HANDLE key); /* a link cannot be deleted by its name */

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

static ts_host *new_host(void)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_local_new(TS_PHASE_ANY, &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    return host;
}

static char said[512];

static void say(void *ctx, const char *who, const char *text)
{
    TS_UNUSED(ctx);
    snprintf(said, sizeof said, "%s: %s", who, text);
}

static const ts_var_service service = {.get = get, .set = set, .list = list, .say = say};

/* This program with the word; its exit code. */
static uint32_t run_self(ts_host *host, const char *word)
{
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(&err);
    const char *argv[] = {self, word, NULL};
    ts_program program = {.argv = argv, .service = &service, .timeout = 60000};
    ts_program_result result = {0};
    if (!self || !ts_host_run(host, &program, &result, &err))
        fail_msg("%s", ts_err_text(err));
    uint32_t code = result.exit_code;
    ts_program_result_done(&result);
    return code;
}

static void client_reaches(ts_host *host)
{
    answer[0] = '\0';
    uint32_t line = run_self(host, "client");
    if (line != 0)
        fail_msg("line %u of the client failed; %s", (unsigned)line, said);
    assert_string_equal(answer, "42");
    assert_true(is_registered());
}

/* For what is registered. An engine makes its server once; a client of a second one in the same
 * process waits for ever now and then under Wine, so the other tests have none. */
static void starts_a_program(ts_host *host)
{
    assert_int_equal(run_self(host, "nothing"), 0);
    assert_true(is_registered());
}

static void client_reaches_the_run_while_it_waits_for_it(void **state)
{
    TS_UNUSED(state);
    ts_host *host = new_host();
    assert_false(is_registered()); /* only a program that a step starts needs them */
    client_reaches(host);
    ts_host_free(host);
    assert_false(is_registered());
}

/* --- Two engines ---------------------------------------------------------------------------- */

/* The second has no objects, says so, and takes them when the first has ended. */
static void second_run_leaves_the_objects_to_the_first(void **state)
{
    TS_UNUSED(state);
    ts_host *first = new_host();
    ts_host *second = new_host();
    starts_a_program(first);
    said[0] = '\0';
    starts_a_program(second);
    assert_non_null(strstr(said, "scripts: process "));
    said[0] = '\0';
    starts_a_program(first);
    starts_a_program(second);
    assert_string_equal(said, ""); /* once is enough */
    ts_host_free(first);
    assert_false(is_registered());
    starts_a_program(second);
    assert_string_equal(said, "");
    ts_host_free(second);
    assert_false(is_registered());
}

/* --- What others have in the registry ------------------------------------------------------- */

#define NAME    L"Software\\Classes\\Microsoft.SMS.TSProgressUI"
#define CLIENTS L"{00000000-1111-2222-3333-444444444444}"
#define CLASS   L"Software\\Classes\\CLSID\\{6F0D4D35-0F5A-4C40-9A66-1FA2305C5101}"

static bool has_key(HKEY root, const wchar_t *path)
{
    HKEY key = NULL;
    bool there = RegOpenKeyExW(root, path, 0, KEY_READ, &key) == ERROR_SUCCESS;
    if (there)
        RegCloseKey(key);
    return there;
}

static void class_of_name(wchar_t out[64])
{
    DWORD size = 64 * sizeof *out;
    out[0] = L'\0';
    RegGetValueW(HKEY_LOCAL_MACHINE, NAME L"\\CLSID", NULL, RRF_RT_REG_SZ, NULL, out, &size);
}

static DWORD values_of_name(void)
{
    HKEY key = NULL;
    DWORD n = 0;
    assert_int_equal(RegOpenKeyExW(HKEY_LOCAL_MACHINE, NAME L"\\CLSID", 0, KEY_READ, &key), 0);
    RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, &n, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return n;
}

static int add_clients_class(void **state)
{
    TS_UNUSED(state);
    return RegSetKeyValueW(HKEY_LOCAL_MACHINE, NAME L"\\CLSID", NULL, REG_SZ, CLIENTS,
                           sizeof CLIENTS) == ERROR_SUCCESS
               ? 0
               : -1;
}

static int remove_name(void **state)
{
    TS_UNUSED(state);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, NAME);
    return 0;
}

static void clients_class_is_back_after_a_run(void **state)
{
    TS_UNUSED(state);
    wchar_t now[64];
    ts_host *host = new_host();
    starts_a_program(host);
    class_of_name(now);
    assert_true(now[0] && wcscmp(now, CLIENTS) != 0);
    ts_host_free(host);
    class_of_name(now);
    assert_true(wcscmp(now, CLIENTS) == 0);
    assert_int_equal(values_of_name(), 1);
}

/* What a power cut leaves: the key as it was during a run, as it is not volatile; and, as after the
 * end of the process alone, a claim of a process whose number is used again. (Not by ending an
 * engine: Wine's rpcss goes on giving out the class of one that was ended.) */
static void cut_the_power(void)
{
    static const wchar_t copy[] = L"Software\\Taskseq-test-copy";
    const struct {
        DWORD process;
        FILETIME started;
    } claim = {GetCurrentProcessId(), {1, 1}};
    HKEY key = NULL;
    ts_host *host = new_host();
    starts_a_program(host);
    assert_int_equal(RegCreateKeyW(HKEY_LOCAL_MACHINE, copy, &key), 0);
    assert_int_equal(RegCopyTreeW(HKEY_LOCAL_MACHINE, NAME L"\\CLSID", key), 0);
    RegCloseKey(key);
    ts_host_free(host);
    assert_int_equal(RegOpenKeyExW(HKEY_LOCAL_MACHINE, NAME L"\\CLSID", 0, KEY_WRITE, &key), 0);
    assert_int_equal(RegCopyTreeW(HKEY_LOCAL_MACHINE, copy, key), 0);
    RegCloseKey(key);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, copy);
    assert_int_equal(
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, CLASS, L"Owner", REG_BINARY, &claim, sizeof claim), 0);
}

static void clients_class_outlives_a_power_cut(void **state)
{
    TS_UNUSED(state);
    wchar_t now[64];
    cut_the_power();
    class_of_name(now);
    assert_true(now[0] && wcscmp(now, CLIENTS) != 0);
    ts_host *host = new_host();
    starts_a_program(host); /* what was left is taken over */
    ts_host_free(host);
    class_of_name(now);
    assert_true(wcscmp(now, CLIENTS) == 0);
    assert_int_equal(values_of_name(), 1);
    assert_false(is_registered());
}

/* --- A registry that takes a part only ------------------------------------------------------- */

/* HKEY_LOCAL_MACHINE takes the first class and refuses the second: a key that is a link to nowhere
 * cannot be opened. */
static void half_of_a_registration_is_taken_back(void **state)
{
    TS_UNUSED(state);
    static const wchar_t nowhere[] = L"\\Registry\\Machine\\Software\\Taskseq-nowhere\\a\\b";
    HKEY link = NULL;
    assert_int_equal(RegCreateKeyExW(HKEY_LOCAL_MACHINE, NAME, 0, NULL, REG_OPTION_CREATE_LINK,
                                     KEY_WRITE | DELETE, NULL, &link, NULL),
                     0);
    assert_int_equal(RegSetValueExW(link, L"SymbolicLinkValue", 0, REG_LINK, (const BYTE *)nowhere,
                                    sizeof nowhere - sizeof *nowhere),
                     0);
    ts_host *host = new_host();
    uint32_t code = run_self(host, "nothing");
    bool machine = has_key(HKEY_LOCAL_MACHINE, CLASS);
    bool user = has_key(HKEY_CURRENT_USER, CLASS);
    ts_host_free(host);
    bool left = has_key(HKEY_CURRENT_USER, CLASS);
    NtDeleteKey(link);
    RegCloseKey(link);
    assert_int_equal(code, 0);
    assert_false(machine);
    assert_true(user);
    assert_false(left);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_reaches_the_run_while_it_waits_for_it),
        cmocka_unit_test(second_run_leaves_the_objects_to_the_first),
        cmocka_unit_test_setup_teardown(clients_class_is_back_after_a_run, add_clients_class,
                                        remove_name),
        cmocka_unit_test_setup_teardown(clients_class_outlives_a_power_cut, add_clients_class,
                                        remove_name),
        cmocka_unit_test(half_of_a_registration_is_taken_back),
    };
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "client") == 0)
        return client();
    return *word ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
