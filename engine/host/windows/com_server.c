/* com_server.c - the COM objects for the time of a run: registered, served, and unregistered.
 *
 * Below HKEY_LOCAL_MACHINE where the engine may write (Windows PE, an administrator, a service),
 * because COM ignores what a user registered for programs with higher rights; else below
 * HKEY_CURRENT_USER. The keys are volatile: after a power cut they are gone. Both views get them,
 * so that 32-bit scripts find the objects as well. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COBJMACROS
#include "com_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define CLASSES    2u
#define GUID_CHARS 40 /* "{...}" and its NUL */
#define START_MS   10000u
#define ROOT       L"Software\\Classes"

typedef struct factory {
    IClassFactory base; /* the first */
    const ts_com_class *cls;
    ITypeInfo *types;
    const char *address;
    DWORD cookie;
    wchar_t old[GUID_CHARS]; /* whose class the name was before; "": nobody's */
} factory;

struct ts_com {
    factory factories[CLASSES];
    char *address;
    wchar_t *program;
    HKEY root;
    HANDLE ready, stop;
    ts_thread *thread;
    HRESULT result;
};

/* --- Class factories: they live as long as the server --------------------------------------- */

static HRESULT WINAPI query(IClassFactory *base, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);
    *out = ours ? base : NULL;
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI keep(IClassFactory *base)
{
    TS_UNUSED(base);
    return 2;
}

static HRESULT WINAPI create(IClassFactory *base, IUnknown *outer, REFIID iid, void **out)
{
    const factory *f = (factory *)base;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION
                 : ts_com_object_new(f->cls, f->address, f->types, iid, out);
}

static HRESULT WINAPI lock(IClassFactory *base, BOOL on)
{
    TS_UNUSED(base);
    TS_UNUSED(on);
    return S_OK;
}

static IClassFactoryVtbl table = {.QueryInterface = query,
                                  .AddRef = keep,
                                  .Release = keep,
                                  .CreateInstance = create,
                                  .LockServer = lock};

/* --- Registry ------------------------------------------------------------------------------ */

static const REGSAM views[] = {KEY_WOW64_64KEY, KEY_WOW64_32KEY};

/* Makes a key and sets its default value. */
static LSTATUS put(HKEY root, REGSAM view, const wchar_t *path, const wchar_t *text)
{
    HKEY key = NULL;
    LSTATUS status = RegCreateKeyExW(root, path, 0, NULL, REG_OPTION_VOLATILE, KEY_WRITE | view,
                                     NULL, &key, NULL);
    if (status != ERROR_SUCCESS)
        return status;
    status = RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)text,
                            (DWORD)((wcslen(text) + 1) * sizeof *text));
    RegCloseKey(key);
    return status;
}

static void cut(HKEY root, REGSAM view, const wchar_t *parent, const wchar_t *name)
{
    HKEY key = NULL;
    if (RegOpenKeyExW(root, parent, 0, KEY_ALL_ACCESS | view, &key) != ERROR_SUCCESS)
        return;
    RegDeleteTreeW(key, name);
    RegCloseKey(key);
}

static void guid_text(const ts_com_class *cls, wchar_t out[GUID_CHARS])
{
    if (StringFromGUID2(&cls->clsid, out, GUID_CHARS) == 0)
        out[0] = L'\0';
}

static LSTATUS register_name(ts_com *com, factory *f, const wchar_t *guid)
{
    wchar_t path[160];
    DWORD size = sizeof f->old;
    _snwprintf(path, TS_COUNT(path), ROOT L"\\%ls\\CLSID", f->cls->prog_id);
    /* An installed ConfigMgr client has the name: it gets it back. */
    if (RegGetValueW(com->root, path, NULL, RRF_RT_REG_SZ, NULL, f->old, &size) != ERROR_SUCCESS ||
        wcscmp(f->old, guid) == 0)
        f->old[0] = L'\0';
    return put(com->root, 0, path, guid);
}

static LSTATUS register_class(ts_com *com, factory *f)
{
    wchar_t guid[GUID_CHARS];
    wchar_t path[160];
    guid_text(f->cls, guid);
    LSTATUS status = register_name(com, f, guid);
    for (size_t i = 0; status == ERROR_SUCCESS && i < TS_COUNT(views); i++) {
        _snwprintf(path, TS_COUNT(path), ROOT L"\\CLSID\\%ls", guid);
        status = put(com->root, views[i], path, f->cls->title);
        _snwprintf(path, TS_COUNT(path), ROOT L"\\CLSID\\%ls\\LocalServer32", guid);
        if (status == ERROR_SUCCESS)
            status = put(com->root, views[i], path, com->program);
    }
    return status;
}

static void unregister_class(ts_com *com, const factory *f)
{
    wchar_t guid[GUID_CHARS];
    wchar_t path[160];
    guid_text(f->cls, guid);
    for (size_t i = 0; i < TS_COUNT(views); i++)
        cut(com->root, views[i], ROOT L"\\CLSID", guid);
    _snwprintf(path, TS_COUNT(path), ROOT L"\\%ls\\CLSID", f->cls->prog_id);
    if (f->old[0])
        put(com->root, 0, path, f->old);
    else
        cut(com->root, 0, ROOT, f->cls->prog_id);
}

static LSTATUS register_all(ts_com *com)
{
    static HKEY const roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    LSTATUS status = ERROR_SUCCESS;
    for (size_t r = 0; r < TS_COUNT(roots); r++) {
        com->root = roots[r];
        status = ERROR_SUCCESS;
        for (size_t i = 0; status == ERROR_SUCCESS && i < CLASSES; i++)
            status = register_class(com, &com->factories[i]);
        if (status == ERROR_SUCCESS)
            return status;
    }
    com->root = NULL;
    return status;
}

/* --- The thread ---------------------------------------------------------------------------- */

static HRESULT open_classes(ts_com *com)
{
    HRESULT result = S_OK;
    for (size_t i = 0; SUCCEEDED(result) && i < CLASSES; i++) {
        factory *f = &com->factories[i];
        f->types = ts_com_types_new(f->cls);
        result = CoRegisterClassObject(&f->cls->clsid, (IUnknown *)&f->base, CLSCTX_LOCAL_SERVER,
                                       REGCLS_MULTIPLEUSE, &f->cookie);
    }
    return result;
}

static void close_classes(ts_com *com)
{
    for (size_t i = 0; i < CLASSES; i++) {
        if (com->factories[i].cookie)
            CoRevokeClassObject(com->factories[i].cookie);
        if (com->factories[i].types)
            ITypeInfo_Release(com->factories[i].types);
    }
}

/* COM calls the objects on threads of its own; this one keeps its apartment alive. */
static void serve(void *ctx)
{
    ts_com *com = ctx;
    com->result = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    bool began = SUCCEEDED(com->result);
    if (began)
        com->result = open_classes(com);
    SetEvent(com->ready);
    if (SUCCEEDED(com->result))
        WaitForSingleObject(com->stop, INFINITE);
    close_classes(com);
    if (began)
        CoUninitialize();
}

static bool start(ts_com *com, ts_err **err)
{
    static const ts_com_class *const classes[CLASSES] = {&ts_com_env, &ts_com_progress};
    for (size_t i = 0; i < CLASSES; i++) {
        com->factories[i].base.lpVtbl = &table;
        com->factories[i].cls = classes[i];
        com->factories[i].address = com->address;
    }
    LSTATUS status = register_all(com);
    if (status != ERROR_SUCCESS)
        return ts_fail_os(err, TS_OS_WIN32, (uint32_t)status,
                          "cannot register the COM objects for scripts");
    com->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    com->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    com->thread = com->ready && com->stop ? ts_thread_start(serve, com, err) : NULL;
    if (!com->thread)
        return false;
    bool ok = WaitForSingleObject(com->ready, START_MS) == WAIT_OBJECT_0 && SUCCEEDED(com->result);
    return ok || ts_fail_os(err, TS_OS_HRESULT, (uint32_t)com->result,
                            "cannot serve the COM objects for scripts");
}

ts_com *ts_com_start(const char *address, ts_err **err)
{
    ts_com *com = ts_alloc(sizeof *com);
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
    if (!com || !program) {
        free(com);
        if (program)
            ts_fail_nomem(err);
        return NULL;
    }
    com->address = ts_strdup(address);
    com->program = ts_wide_path(program, err);
    if (com->address && com->program && start(com, err))
        return com;
    ts_com_stop(com);
    return NULL;
}

void ts_com_stop(ts_com *com)
{
    if (!com)
        return;
    if (com->thread) {
        SetEvent(com->stop);
        ts_thread_join(com->thread);
    }
    for (size_t i = 0; com->root && i < CLASSES; i++)
        unregister_class(com, &com->factories[i]);
    ts_handle_close(&com->ready);
    ts_handle_close(&com->stop);
    free(com->program);
    free(com->address);
    free(com);
}
