/* com_server.c - the COM objects for the time of a run: registered, served, and unregistered. */
#include <stdlib.h>

#define COBJMACROS
#include "com_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define START_MS 30000u /* a slow disk, a machine under load */

typedef struct factory {
    IClassFactory base; /* the first */
    const ts_com_class *cls;
    ITypeInfo *types;
    const char *address;
    DWORD cookie;
} factory;

const ts_com_class *const ts_com_classes[TS_COM_CLASSES] = {&ts_com_env, &ts_com_progress};

struct ts_com {
    factory factories[TS_COM_CLASSES];
    char *address;
    wchar_t *program;
    HKEY root; /* NULL: nothing is registered */
    HANDLE ready, stop;
    ts_thread *thread;
    HRESULT result; /* of the thread, once it is ready */
    bool stuck;     /* the thread hangs in COM */
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

/* --- The thread ---------------------------------------------------------------------------- */

static HRESULT open_classes(ts_com *com)
{
    HRESULT result = S_OK;
    for (size_t i = 0; SUCCEEDED(result) && i < TS_COM_CLASSES; i++) {
        factory *f = &com->factories[i];
        f->types = ts_com_types_new(f->cls);
        result = CoRegisterClassObject(&f->cls->clsid, (IUnknown *)&f->base, CLSCTX_LOCAL_SERVER,
                                       REGCLS_MULTIPLEUSE, &f->cookie);
    }
    return result;
}

static void close_classes(ts_com *com)
{
    for (size_t i = 0; i < TS_COM_CLASSES; i++) {
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

static bool start_thread(ts_com *com, ts_err **err)
{
    com->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    com->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!com->ready || !com->stop)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot make an event for COM");
    com->thread = ts_thread_start(serve, com, err);
    if (!com->thread)
        return false;
    com->stuck = WaitForSingleObject(com->ready, START_MS) != WAIT_OBJECT_0;
    if (com->stuck)
        return ts_fail(err, TS_TIMEOUT,
                       "cannot serve the COM objects for scripts: COM did not answer within %u s",
                       START_MS / 1000);
    return SUCCEEDED(com->result) || ts_fail_os(err, TS_OS_HRESULT, (uint32_t)com->result,
                                                "cannot serve the COM objects for scripts");
}

static bool start(ts_com *com, ts_err **err)
{
    for (size_t i = 0; i < TS_COM_CLASSES; i++) {
        com->factories[i].base.lpVtbl = &table;
        com->factories[i].cls = ts_com_classes[i];
        com->factories[i].address = com->address;
    }
    return ts_com_register(com->program, &com->root, err) && start_thread(com, err);
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
    com->program = com->address ? ts_wide_path(program, err) : NULL;
    if (!com->address)
        ts_fail_nomem(err);
    if (com->program && start(com, err))
        return com;
    ts_com_stop(com);
    return NULL;
}

void ts_com_stop(ts_com *com)
{
    if (!com)
        return;
    if (com->thread)
        SetEvent(com->stop);
    if (com->thread && !com->stuck)
        ts_thread_join(com->thread);
    if (com->root)
        ts_com_unregister(com->root);
    if (com->stuck)
        return; /* the thread has it all, and ends when COM lets it go on */
    ts_handle_close(&com->ready);
    ts_handle_close(&com->stop);
    free(com->program);
    free(com->address);
    free(com);
}
