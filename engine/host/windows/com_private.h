/* com_private.h - the COM objects that scripts expect: inside of engine/host/windows.
 *
 * com_server.c   the thread, the class factories
 * com_registry.c the names in the registry
 * com_object.c   IDispatch by hand, from a table of members
 * com_types.c    the same table as type information: PowerShell finds members by it only
 * com_env.c      Microsoft.SMS.TSEnvironment
 * com_progress.c Microsoft.SMS.TSProgressUI */
#ifndef TS_COM_PRIVATE_H
#define TS_COM_PRIVATE_H

#include "win_private.h"

#define TS_COM_PARAMS_MAX 10u

/* A call, with its arguments in the order of the script. */
typedef struct ts_com_call {
    const char *address; /* of the variable service */
    const DISPPARAMS *params;
    VARIANT *result; /* may be NULL */
    BSTR *why;       /* text of a failure */
} ts_com_call;

typedef struct ts_com_member {
    const wchar_t *name;
    DISPID id;
    WORD kind;                   /* DISPATCH_METHOD, _PROPERTYGET or _PROPERTYPUT */
    unsigned min, n;             /* parameters, the value of a put among them */
    VARTYPE result;              /* VT_VOID: none */
    const wchar_t *const *names; /* of the n parameters */
    HRESULT (*fn)(const ts_com_call *call);
} ts_com_member;

typedef struct ts_com_class {
    const wchar_t *prog_id;
    const wchar_t *title;
    CLSID clsid;
    IID iid; /* of the dispatch interface */
    const ts_com_member *members;
    size_t n_members;
} ts_com_class;

extern const ts_com_class ts_com_env, ts_com_progress;

#define TS_COM_CLASSES 2u
extern const ts_com_class *const ts_com_classes[TS_COM_CLASSES];

/* com_registry.c. Makes `program` the server of all classes; *root: where. All or nothing.
 * TS_REFUSED: another engine on this machine has them. */
bool ts_com_register(const wchar_t *program, HKEY *root, ts_err **err);
/* Takes them back; a name that was somebody else's before is his again. */
void ts_com_unregister(HKEY root);

/* Text of the n-th argument, owned; "" when it was left out. NULL: it is no text. */
wchar_t *ts_com_text(const ts_com_call *call, unsigned n);
/* The same as UTF-8. */
char *ts_com_utf8(const ts_com_call *call, unsigned n);
/* Gives text back. */
HRESULT ts_com_return(const ts_com_call *call, const char *utf8);
/* The failure of a call, with the error's text; frees it. */
HRESULT ts_com_fail(const ts_com_call *call, HRESULT code, ts_err *err);

/* com_object.c: an object of the class, for IClassFactory. */
HRESULT ts_com_object_new(const ts_com_class *cls, const char *address, ITypeInfo *types,
                          REFIID iid, void **out);
/* com_types.c. NULL: scripts that need it (PowerShell) find no members. */
ITypeInfo *ts_com_types_new(const ts_com_class *cls);

#endif
