/* win_wimgapi.c - images by wimgapi.dll, which every Windows PE has. It is loaded when it is
 * needed: MinGW has no import library for it, and a Windows without it still does all the rest.
 *
 * The DLL works on a thread of its own and reports there, perhaps on others of its own as well;
 * this thread waits, passes progress on, and looks whether the run was cancelled. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_image.h"

#include <ts/mem.h>
#include <ts/text.h>

/* Windows docs: "Windows Imaging Interface Reference". */
#define FLAG_VERIFY      0x00000002u
#define REFERENCE_APPEND 0x00010000u
#define COMPRESS_LZX     2u
#define MESSAGE          (WM_APP + 0x1476)
#define MESSAGE_PROGRESS (MESSAGE + 2)
#define MESSAGE_PROCESS  (MESSAGE + 3)
#define MESSAGE_ERROR    (MESSAGE + 9)
#define ABORT_IMAGE      0xffffffffu
#define NO_CALLBACK      0xffffffffu

#define LOOK 200u /* ms between looks at progress and cancel flag */

typedef DWORD(CALLBACK *message_fn)(DWORD message, WPARAM wparam, LPARAM lparam, PVOID user);

typedef struct wimgapi {
    HANDLE(WINAPI *create)(LPCWSTR, DWORD, DWORD, DWORD, DWORD, DWORD *);
    BOOL(WINAPI *close)(HANDLE);
    BOOL(WINAPI *set_temporary)(HANDLE, LPCWSTR);
    BOOL(WINAPI *set_reference)(HANDLE, LPCWSTR, DWORD);
    HANDLE(WINAPI *load)(HANDLE, DWORD);
    BOOL(WINAPI *apply)(HANDLE, LPCWSTR, DWORD);
    HANDLE(WINAPI *capture)(HANDLE, LPCWSTR, DWORD);
    BOOL(WINAPI *set_information)(HANDLE, void *, DWORD);
    DWORD(WINAPI *watch)(HANDLE, FARPROC, void *);
    BOOL(WINAPI *unwatch)(HANDLE, FARPROC);
} wimgapi;

static bool load(const ts_windows *machine, wimgapi *api, ts_err **err)
{
    static const char *const names[] = {"WIMCreateFile",
                                        "WIMCloseHandle",
                                        "WIMSetTemporaryPath",
                                        "WIMSetReferenceFile",
                                        "WIMLoadImage",
                                        "WIMApplyImage",
                                        "WIMCaptureImage",
                                        "WIMSetImageInformation",
                                        "WIMRegisterMessageCallback",
                                        "WIMUnregisterMessageCallback"};
    HMODULE library = ts_win_library(machine, "wimgapi.dll", false, err);
    FARPROC *to = (FARPROC *)api; /* functions only, in this order */
    _Static_assert(sizeof(*api) == TS_COUNT(names) * sizeof(*to), "one name for each function");
    for (size_t i = 0; library && i < TS_COUNT(names); i++) {
        to[i] = GetProcAddress(library, names[i]);
        if (!to[i])
            return ts_fail(err, TS_UNSUPPORTED, "the wimgapi.dll of this Windows has no %s",
                           names[i]);
    }
    return library != NULL;
}

/* --- One piece of work --------------------------------------------------------------------- */

typedef struct work {
    const wimgapi *api;
    HANDLE wim;
    HANDLE image; /* to apply; of a capture: its result */
    const wchar_t *path;
    const wchar_t *description; /* capture: XML; NULL: apply */
    DWORD flags;
    HANDLE done;  /* event */
    DWORD number; /* GetLastError of what failed; 0: all is well */
    atomic_uint percent;
    atomic_bool abort;
    /* Of the first file that failed; read when the work is over. */
    atomic_bool failed;
    DWORD file_number;
    wchar_t file[256];
} work;

static void keep_failure(work *w, const wchar_t *file, DWORD number)
{
    if (atomic_exchange(&w->failed, true))
        return;
    w->file_number = number;
    _snwprintf(w->file, TS_COUNT(w->file) - 1, L"%ls", file ? file : L"");
}

/* Below the root: the engine's folder, with the log and the state of this run, and what dism leaves
 * out by itself (Windows docs: "DISM configuration list"). */
static bool is_left_out(const wchar_t *path)
{
    static const wchar_t *const names[] = {L"\\_SMSTaskSequence", L"\\$ntfs.log",
                                           L"\\hiberfil.sys",     L"\\pagefile.sys",
                                           L"\\swapfile.sys",     L"\\System Volume Information",
                                           L"\\RECYCLER",         L"\\Windows\\CSC"};
    const wchar_t *colon = wcschr(path, L':');
    const wchar_t *below = colon ? colon + 1 : path;
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        size_t n = wcslen(names[i]);
        if (_wcsnicmp(below, names[i], n) == 0 && (below[n] == L'\0' || below[n] == L'\\'))
            return true;
    }
    return false;
}

static DWORD CALLBACK on_message(DWORD message, WPARAM wparam, LPARAM lparam, PVOID user)
{
    work *w = user;
    if (message == MESSAGE_PROGRESS)
        atomic_store(&w->percent, (unsigned)wparam);
    else if (message == MESSAGE_ERROR)
        keep_failure(w, (const wchar_t *)wparam, (DWORD)lparam);
    else if (message == MESSAGE_PROCESS && w->description && is_left_out((const wchar_t *)wparam))
        *(BOOL *)lparam = FALSE;
    return atomic_load(&w->abort) ? ABORT_IMAGE : ERROR_SUCCESS;
}

static bool describe(work *w)
{
    return w->api->set_information(w->image, (void *)(uintptr_t)w->description,
                                   (DWORD)(wcslen(w->description) * sizeof(wchar_t)));
}

static void run_work(void *ctx)
{
    work *w = ctx;
    bool ok;
    if (w->description) {
        w->image = w->api->capture(w->wim, w->path, w->flags);
        ok = w->image && describe(w);
    } else {
        ok = w->api->apply(w->image, w->path, w->flags);
    }
    w->number = ok ? 0 : GetLastError();
    if (!ok && w->number == 0)
        w->number = ERROR_GEN_FAILURE;
    SetEvent(w->done);
}

/* TS_INTEGRITY is for the image alone: a disk that is full or broken is no fault of it. */
static ts_code code_of(DWORD number)
{
    switch (number) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return TS_NOT_FOUND;
    case ERROR_BAD_FORMAT:
    case ERROR_INVALID_DATA:
    case ERROR_FILE_CORRUPT:
    case ERROR_HANDLE_EOF:
        return TS_INTEGRITY;
    default:
        return TS_OS;
    }
}

static bool explain(const work *w, const char *what, const char *file, ts_err **err)
{
    if (!atomic_load(&w->failed))
        return ts_fail_os_as(err, code_of(w->number), TS_OS_WIN32, w->number, "cannot %s '%s'",
                             what, file);
    TS_CLEANUP(ts_free_ptr) char *name = ts_narrow_path(w->file, NULL);
    return ts_fail_os_as(err, code_of(w->number), TS_OS_WIN32,
                         w->file_number ? w->file_number : w->number, "cannot %s '%s': file '%s'",
                         what, file, name ? name : "?");
}

static bool wait_for(const ts_windows *machine, work *w, const ts_image_apply *what, uint64_t bytes,
                     ts_err **err)
{
    w->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!w->done)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot make an event");
    ts_thread *thread = ts_thread_start(run_work, w, err);
    unsigned told = 0;
    while (thread && WaitForSingleObject(w->done, LOOK) == WAIT_TIMEOUT) {
        unsigned percent = atomic_load(&w->percent);
        if (*machine->local.cancel)
            atomic_store(&w->abort, true);
        if (what && what->progress && percent > told && percent <= 100) {
            told = percent;
            what->progress(what->progress_ctx, bytes ? bytes / 100 * percent : percent,
                           bytes ? bytes : 100, "files");
        }
    }
    ts_thread_join(thread);
    CloseHandle(w->done);
    return thread != NULL;
}

static bool do_work(const ts_windows *machine, work *w, const ts_image_apply *what, uint64_t bytes,
                    const char *doing, const char *file, ts_err **err)
{
    union {
        message_fn typed;
        FARPROC any;
    } fn = {.typed = on_message};
    if (w->api->watch(w->wim, fn.any, w) == NO_CALLBACK)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot watch the work on '%s'", file);
    bool ok = wait_for(machine, w, what, bytes, err);
    (void)w->api->unwatch(w->wim, fn.any);
    if (!ok)
        return false;
    if (*machine->local.cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled: cannot %s '%s'", doing, file);
    return w->number == 0 || explain(w, doing, file, err);
}

/* --- Applying ------------------------------------------------------------------------------ */

static bool add_parts(const wimgapi *api, HANDLE wim, const char *const *parts, ts_err **err)
{
    for (; parts && *parts; parts++) {
        TS_CLEANUP(ts_free_ptr) wchar_t *path = ts_wide_path(*parts, err);
        if (!path)
            return false;
        if (!api->set_reference(wim, path, REFERENCE_APPEND))
            return ts_fail_os_as(err, code_of(GetLastError()), TS_OS_WIN32, GetLastError(),
                                 "cannot use the part '%s'", *parts);
    }
    return true;
}

static bool apply_opened(const ts_windows *machine, const wimgapi *api, HANDLE wim,
                         const ts_image_apply *what, const char *target, uint64_t bytes,
                         ts_err **err)
{
    if (!add_parts(api, wim, what->parts, err))
        return false;
    TS_CLEANUP(ts_free_ptr) wchar_t *path = ts_wide_path(target, err);
    if (!path)
        return false;
    work w = {.api = api,
              .wim = wim,
              .image = api->load(wim, what->index),
              .path = path,
              .flags = what->verify ? FLAG_VERIFY : 0};
    if (!w.image)
        return ts_fail_os_as(err, code_of(GetLastError()), TS_OS_WIN32, GetLastError(),
                             "cannot load image %lu of '%s'", (unsigned long)what->index,
                             what->file);
    bool ok = do_work(machine, &w, what, bytes, "apply the image of", what->file, err);
    api->close(w.image);
    return ok;
}

/* A folder on the volume: the memory of Windows PE is small. Owned; false: no memory. */
static bool use_temporary(const wimgapi *api, HANDLE wim, char letter, char **folder, ts_err **err)
{
    *folder = ts_sprintf("%c:/taskseq-%lu.tmp", letter, (unsigned long)ts_process_id());
    TS_CLEANUP(ts_free_ptr) wchar_t *path = *folder ? ts_wide_path(*folder, err) : NULL;
    if (!*folder)
        return ts_fail_nomem(err);
    if (!path || !ts_folder_make_shared(*folder, err))
        return false;
    return api->set_temporary(wim, path) ||
           ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot work in '%s'", *folder);
}

static void remove_temporary(char **folder)
{
    if (*folder)
        (void)ts_folder_remove(*folder, NULL);
    ts_free_ptr(folder);
}

bool ts_win_wimgapi_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                          uint64_t bytes, ts_err **err)
{
    wimgapi api;
    DWORD result = 0;
    TS_CLEANUP(remove_temporary) char *folder = NULL;
    TS_CLEANUP(ts_free_ptr)
    wchar_t *file = load(machine, &api, err) ? ts_wide_path(what->file, err) : NULL;
    if (!file)
        return false;
    ts_win_image_tell(what, "wimgapi.dll");
    HANDLE wim = api.create(file, GENERIC_READ, OPEN_EXISTING, what->verify ? FLAG_VERIFY : 0, 0,
                            &result);
    if (!wim)
        return ts_fail_os_as(err, code_of(GetLastError()), TS_OS_WIN32, GetLastError(),
                             "cannot open the image file '%s'", what->file);
    bool ok = use_temporary(&api, wim, what->letter, &folder, err) &&
              apply_opened(machine, &api, wim, what, target, bytes, err);
    api.close(wim);
    return ok;
}

/* --- Capturing ----------------------------------------------------------------------------- */

static void put_xml_text(ts_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            ts_buf_str(out, "&amp;");
        else if (*text == '<')
            ts_buf_str(out, "&lt;");
        else
            ts_buf_char(out, *text);
    }
}

/* UTF-16 with its mark in front, as WIMSetImageInformation wants it. Owned. */
static wchar_t *make_description(const char *name, const char *description, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf xml;
    ts_buf_init(&xml, 64u * 1024u);
    ts_buf_str(&xml, "\xEF\xBB\xBF<IMAGE><NAME>");
    put_xml_text(&xml, name);
    ts_buf_str(&xml, "</NAME><DESCRIPTION>");
    put_xml_text(&xml, description ? description : "");
    ts_buf_str(&xml, "</DESCRIPTION></IMAGE>");
    return ts_buf_ok(&xml, "the description of the image", err) ? ts_wide(xml.data, err) : NULL;
}

bool ts_win_wimgapi_capture(const ts_windows *machine, char letter, const char *file,
                            const char *name, const char *description, ts_err **err)
{
    wimgapi api;
    DWORD result = 0;
    TS_CLEANUP(remove_temporary) char *folder = NULL;
    TS_CLEANUP(ts_free_ptr)
    wchar_t *path = load(machine, &api, err) ? ts_wide_path(file, err) : NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *xml = path ? make_description(name, description, err) : NULL;
    const wchar_t source[] = {(wchar_t)letter, L':', L'\\', L'\0'};
    if (!xml)
        return false;
    HANDLE wim = api.create(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS, 0, COMPRESS_LZX,
                            &result);
    if (!wim)
        return ts_fail_os_as(err, code_of(GetLastError()), TS_OS_WIN32, GetLastError(),
                             "cannot make the image file '%s'", file);
    work w = {.api = &api, .wim = wim, .path = source, .description = xml};
    bool ok = use_temporary(&api, wim, letter, &folder, err) &&
              do_work(machine, &w, NULL, 0, "capture into", file, err);
    if (w.image)
        api.close(w.image);
    api.close(wim);
    if (!ok)
        (void)ts_file_remove(file, NULL); /* half an image looks like one */
    return ok;
}
