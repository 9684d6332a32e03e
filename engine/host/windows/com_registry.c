/* com_registry.c - the names of the COM objects, in the registry for the time of a run.
 *
 * Below HKEY_LOCAL_MACHINE where the engine may write (Windows PE, an administrator, a service),
 * because COM ignores what a user registered for programs with higher rights; else below
 * HKEY_CURRENT_USER. New keys are volatile: after a power cut they are gone. Both views get them,
 * so that 32-bit scripts find the objects as well. A key that was there before, with a ConfigMgr
 * client's class, stays: so what it said is kept beside it, in the registry itself, and a power cut
 * does not lose it. */
#include <stdio.h>
#include <wchar.h>

#include "com_private.h"

#include <ts/text.h>

#define GUID_CHARS 40 /* "{...}" and its NUL */
#define PATH_CHARS 160
#define ROOT       L"Software\\Classes"
#define BEFORE     L"BeforeTaskseq" /* whose class the name was */
#define OWNER      L"Owner"

/* The engine that has the names; a number of a process is used again, its start is not. */
typedef struct owner {
    DWORD process;
    FILETIME started;
} owner;

static const REGSAM views[] = {KEY_WOW64_64KEY, KEY_WOW64_32KEY};

static LSTATUS put(HKEY key, const wchar_t *name, const wchar_t *text)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
                          (DWORD)((wcslen(text) + 1) * sizeof *text));
}

/* false: none, or no text of a class. */
static bool get(HKEY key, const wchar_t *name, wchar_t out[GUID_CHARS])
{
    DWORD size = GUID_CHARS * sizeof *out;
    return RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, out, &size) == ERROR_SUCCESS &&
           out[0] != L'\0';
}

static LSTATUS make(HKEY root, REGSAM view, const wchar_t *path, HKEY *key)
{
    return RegCreateKeyExW(root, path, 0, NULL, REG_OPTION_VOLATILE, KEY_READ | KEY_WRITE | view,
                           NULL, key, NULL);
}

static LSTATUS make_with(HKEY root, REGSAM view, const wchar_t *path, const wchar_t *text)
{
    HKEY key = NULL;
    LSTATUS status = make(root, view, path, &key);
    if (status != ERROR_SUCCESS)
        return status;
    status = put(key, NULL, text);
    RegCloseKey(key);
    return status;
}

static void guid_text(const ts_com_class *cls, wchar_t out[GUID_CHARS])
{
    if (StringFromGUID2(&cls->clsid, out, GUID_CHARS) == 0)
        out[0] = L'\0';
}

/* --- One engine at a time ------------------------------------------------------------------- */

static bool started_at(HANDLE process, FILETIME *out)
{
    FILETIME ended, kernel, user;
    return GetProcessTimes(process, out, &ended, &kernel, &user) != 0;
}

static bool is_alive(const owner *who)
{
    FILETIME started;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE,
                                 who->process);
    if (!process)
        return GetLastError() == ERROR_ACCESS_DENIED;
    bool alive = started_at(process, &started) && CompareFileTime(&started, &who->started) == 0 &&
                 WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return alive;
}

/* The key of the first class belongs to one engine; what one left that was ended is taken over.
 * ERROR_BUSY: *holder runs and has it. */
static LSTATUS claim(HKEY root, DWORD *holder)
{
    wchar_t guid[GUID_CHARS];
    wchar_t path[PATH_CHARS];
    HKEY key = NULL;
    owner who = {0};
    DWORD size = sizeof who;
    guid_text(ts_com_classes[0], guid);
    _snwprintf(path, PATH_CHARS, ROOT L"\\CLSID\\%ls", guid);
    LSTATUS status = make(root, KEY_WOW64_64KEY, path, &key);
    if (status != ERROR_SUCCESS)
        return status;
    if (RegGetValueW(key, NULL, OWNER, RRF_RT_REG_BINARY, NULL, &who, &size) == ERROR_SUCCESS &&
        size == sizeof who && is_alive(&who)) {
        *holder = who.process;
        status = ERROR_BUSY;
    } else {
        who = (owner){.process = GetCurrentProcessId()};
        status = started_at(GetCurrentProcess(), &who.started)
                     ? RegSetValueExW(key, OWNER, 0, REG_BINARY, (const BYTE *)&who, sizeof who)
                     : (LSTATUS)GetLastError();
    }
    RegCloseKey(key);
    return status;
}

/* --- Names and classes ---------------------------------------------------------------------- */

static LSTATUS add_name(HKEY root, const ts_com_class *cls, const wchar_t *guid)
{
    wchar_t path[PATH_CHARS];
    wchar_t old[GUID_CHARS];
    HKEY key = NULL;
    _snwprintf(path, PATH_CHARS, ROOT L"\\%ls\\CLSID", cls->prog_id);
    LSTATUS status = make(root, 0, path, &key);
    if (status != ERROR_SUCCESS)
        return status;
    if (get(key, NULL, old) && _wcsicmp(old, guid) != 0)
        status = put(key, BEFORE, old);
    if (status == ERROR_SUCCESS)
        status = put(key, NULL, guid);
    RegCloseKey(key);
    return status;
}

static LSTATUS add_class(HKEY root, const ts_com_class *cls, const wchar_t *program)
{
    wchar_t guid[GUID_CHARS];
    wchar_t path[PATH_CHARS];
    LSTATUS status = ERROR_SUCCESS;
    guid_text(cls, guid);
    for (size_t i = 0; status == ERROR_SUCCESS && i < TS_COUNT(views); i++) {
        _snwprintf(path, PATH_CHARS, ROOT L"\\CLSID\\%ls", guid);
        status = make_with(root, views[i], path, cls->title);
        _snwprintf(path, PATH_CHARS, ROOT L"\\CLSID\\%ls\\LocalServer32", guid);
        if (status == ERROR_SUCCESS)
            status = make_with(root, views[i], path, program);
    }
    return status == ERROR_SUCCESS ? add_name(root, cls, guid) : status;
}

static void cut(HKEY root, REGSAM view, const wchar_t *parent, const wchar_t *name)
{
    HKEY key = NULL;
    if (RegOpenKeyExW(root, parent, 0, KEY_ALL_ACCESS | view, &key) != ERROR_SUCCESS)
        return;
    RegDeleteTreeW(key, name);
    RegCloseKey(key);
}

/* With what others put below a name, it stays. */
static void cut_name(HKEY root, const wchar_t *path)
{
    HKEY key = NULL;
    DWORD keys = 0;
    DWORD values = 0;
    cut(root, 0, path, L"CLSID");
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return;
    bool empty = RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL,
                                  NULL, NULL) == ERROR_SUCCESS &&
                 keys == 0 && values == 0;
    RegCloseKey(key);
    if (empty)
        RegDeleteKeyExW(root, path, 0, 0);
}

/* The value is put back before what was kept of it goes: a power cut in between loses nothing. */
static void remove_name(HKEY root, const ts_com_class *cls, const wchar_t *guid)
{
    wchar_t path[PATH_CHARS];
    wchar_t now[GUID_CHARS];
    wchar_t old[GUID_CHARS];
    HKEY key = NULL;
    _snwprintf(path, PATH_CHARS, ROOT L"\\%ls\\CLSID", cls->prog_id);
    if (RegOpenKeyExW(root, path, 0, KEY_READ | KEY_WRITE, &key) != ERROR_SUCCESS)
        return;
    bool ours = get(key, NULL, now) && _wcsicmp(now, guid) == 0;
    bool kept = get(key, BEFORE, old);
    if (kept && (!ours || put(key, NULL, old) == ERROR_SUCCESS))
        RegDeleteValueW(key, BEFORE);
    RegCloseKey(key);
    if (ours && !kept) {
        _snwprintf(path, PATH_CHARS, ROOT L"\\%ls", cls->prog_id);
        cut_name(root, path);
    }
}

/* The claim, on the first class, goes last. */
void ts_com_unregister(HKEY root)
{
    wchar_t guid[GUID_CHARS];
    for (size_t i = TS_COM_CLASSES; i-- > 0;) {
        guid_text(ts_com_classes[i], guid);
        remove_name(root, ts_com_classes[i], guid);
        for (size_t v = TS_COUNT(views); v-- > 0;)
            cut(root, views[v], ROOT L"\\CLSID", guid);
    }
}

static LSTATUS add_all(HKEY root, const wchar_t *program, DWORD *holder)
{
    LSTATUS status = claim(root, holder);
    if (status != ERROR_SUCCESS)
        return status;
    for (size_t i = 0; status == ERROR_SUCCESS && i < TS_COM_CLASSES; i++)
        status = add_class(root, ts_com_classes[i], program);
    if (status != ERROR_SUCCESS)
        ts_com_unregister(root);
    return status;
}

bool ts_com_register(const wchar_t *program, HKEY *out, ts_err **err)
{
    static HKEY const roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    LSTATUS status = ERROR_FILE_NOT_FOUND;
    DWORD holder = 0;
    for (size_t i = 0; status != ERROR_SUCCESS && holder == 0 && i < TS_COUNT(roots); i++) {
        status = add_all(roots[i], program, &holder);
        if (status == ERROR_SUCCESS)
            *out = roots[i];
    }
    if (holder != 0)
        return ts_fail(
            err, TS_REFUSED,
            "process %lu runs a task sequence on this machine too and has the COM "
            "objects for scripts: a script of this run reaches the variables of that one",
            (unsigned long)holder);
    return status == ERROR_SUCCESS || ts_fail_os(err, TS_OS_WIN32, (uint32_t)status,
                                                 "cannot register the COM objects for scripts");
}
