/* win_wimlib.c - images by wimlib, where the administrator has put its libwim-15.dll beside the
 * program: then they are applied while they come, and read back.
 *
 * wimlib reads a stream from a file descriptor, and these belong to a C run-time library. Ours and
 * the DLL's may be two (msvcrt.dll and the Universal CRT), so the descriptor is made by the one
 * that the DLL imports. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_image.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "wim_job.h"

#define NAME        "libwim-15.dll"
#define VERSION_MIN ((1u << 20) | (13u << 10)) /* 1.13.0: the oldest that was tried */
#define PIPE_BYTES  (1024u * 1024u)
#define READ_BYTES  (1024u * 1024u) /* a multiple of every sector size */

struct ts_win_wimlib {
    /* Functions only, in the order of `names`. */
    struct {
        uint32_t (*version)(void);
        int (*init)(int flags);
        ts_wimlib api;
    } fn;
    int (*open_handle)(intptr_t handle, int flags); /* of the DLL's C run-time library */
    int (*close)(int fd);
    char text[64]; /* "libwim-15.dll (wimlib 1.14.5)" */
};

/* --- Loading ------------------------------------------------------------------------------- */

static bool find_functions(HMODULE library, ts_win_wimlib *w, ts_err **err)
{
    static const char *const names[] = {"wimlib_get_version",
                                        "wimlib_global_init",
                                        "wimlib_get_error_string",
                                        "wimlib_free",
                                        "wimlib_open_wim",
                                        "wimlib_reference_resource_files",
                                        "wimlib_register_progress_function",
                                        "wimlib_extract_image",
                                        "wimlib_extract_image_from_pipe_with_progress",
                                        "wimlib_iterate_dir_tree"};
    FARPROC *to = (FARPROC *)&w->fn;
    _Static_assert(sizeof(w->fn) == TS_COUNT(names) * sizeof(*to), "one name for each function");
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        to[i] = GetProcAddress(library, names[i]);
        if (!to[i])
            return ts_fail(err, TS_UNSUPPORTED, "it has no %s: it is no wimlib, or an old one",
                           names[i]);
    }
    return true;
}

/* The C run-time library that a DLL imports; NULL: none that is known. */
static HMODULE runtime_of(HMODULE library)
{
    const unsigned char *base = (const unsigned char *)library;
    const IMAGE_DOS_HEADER *dos = (const void *)base;
    const IMAGE_NT_HEADERS *nt = (const void *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *at = &nt->OptionalHeader
                                          .DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *import = (const void *)(base + at->VirtualAddress);
    for (; at->Size > 0 && import->Name; import++) {
        const char *name = (const char *)base + import->Name;
        if (ts_str_ieq(name, "msvcrt.dll"))
            return GetModuleHandleW(L"msvcrt.dll");
        if (ts_str_ieq(name, "ucrtbase.dll") || ts_str_ncasecmp(name, "api-ms-win-crt-", 15) == 0)
            return GetModuleHandleW(L"ucrtbase.dll");
    }
    return NULL;
}

static bool find_runtime(HMODULE library, ts_win_wimlib *w, ts_err **err)
{
    HMODULE runtime = runtime_of(library);
    union {
        FARPROC any;
        int (*open)(intptr_t, int);
        int (*close)(int);
    } open = {.any = runtime ? GetProcAddress(runtime, "_open_osfhandle") : NULL},
      close = {.any = runtime ? GetProcAddress(runtime, "_close") : NULL};
    w->open_handle = open.open;
    w->close = close.close;
    return (open.any && close.any) ||
           ts_fail(err, TS_UNSUPPORTED,
                   "it imports neither msvcrt.dll nor the Universal C run-time library, so it "
                   "cannot be given a stream");
}

static bool check_version(ts_win_wimlib *w, ts_err **err)
{
    unsigned version = w->fn.version();
    unsigned major = version >> 20;
    unsigned minor = version >> 10 & 0x3ff;
    snprintf(w->text, sizeof(w->text), NAME " (wimlib %u.%u.%u)", major, minor, version & 0x3ff);
    return (major == 1 && version >= VERSION_MIN) ||
           ts_fail(err, TS_UNSUPPORTED,
                   "it is wimlib %u.%u.%u: version 1.13.0 or a later 1.x is "
                   "needed",
                   major, minor, version & 0x3ff);
}

/* Without the rights to restore files wimlib would leave out owners and permissions. */
static bool init(const ts_win_wimlib *w, ts_err **err)
{
    int rc = w->fn.init(WIMLIB_INIT_FLAG_STRICT_APPLY_PRIVILEGES);
    if (rc == 0)
        return true;
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_narrow(w->fn.api.error_string((enum wimlib_error_code)rc), NULL);
    return ts_fail_os(
        err, TS_OS_WIMLIB, (uint32_t)rc, "it does not start: %s%s", text ? text : "no text",
        rc == WIMLIB_ERR_INSUFFICIENT_PRIVILEGES ? "; run taskseq as an administrator" : "");
}

/* Windows says "%1 is not a valid Win32 application", which helps nobody. */
static bool tell_load(ts_err *why, ts_err **err)
{
    uint32_t number = 0;
    if (ts_err_os(why, &number) != TS_OS_WIN32 || number != ERROR_BAD_EXE_FORMAT) {
        ts_fail(err, ts_err_code(why), "%s", ts_err_text(why));
        return false;
    }
    return ts_fail_os_as(err, TS_UNSUPPORTED, TS_OS_WIN32, number,
                         "it is damaged, or for another processor than this program");
}

static HMODULE find_library(const ts_windows *machine, ts_err **err)
{
    ts_err *why = NULL;
    HMODULE library = ts_win_library(machine, NAME, true, &why);
    if (!library)
        tell_load(why, err);
    ts_err_free(why);
    return library;
}

const ts_win_wimlib *ts_win_wimlib_of(ts_windows *machine, bool *beside, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
    TS_CLEANUP(ts_free_ptr) char *folder = program ? ts_path_dir(program) : NULL;
    TS_CLEANUP(ts_free_ptr) char *path = folder ? ts_path_join(folder, NAME) : NULL;
    *beside = path && ts_file_exists(path);
    if (machine->wimlib || !*beside)
        return machine->wimlib;
    ts_win_wimlib *w = ts_alloc(sizeof(*w));
    HMODULE library = w ? find_library(machine, err) : NULL;
    if (!w)
        ts_fail_nomem(err);
    if (library && find_functions(library, w, err) && check_version(w, err) &&
        find_runtime(library, w, err) && init(w, err)) {
        machine->wimlib = w;
        return w;
    }
    if (library)
        FreeLibrary(library);
    free(w);
    ts_wrap(err, "'%s' cannot be used", path);
    return NULL;
}

const char *ts_win_wimlib_text(const ts_win_wimlib *wimlib)
{
    return wimlib->text;
}

/* --- What Windows does in its own way -------------------------------------------------------- */

typedef struct place {
    const ts_win_wimlib *wimlib;
    char letter;
    const char *target; /* folder, with '/' */
} place;

/* On the volume: the memory of Windows PE is small. */
static char *temp(void *ctx, ts_err **err)
{
    const place *p = ctx;
    char *path = ts_sprintf("%c:/taskseq-%lu.tmp", p->letter, (unsigned long)ts_process_id());
    if (!path)
        ts_fail_nomem(err);
    return path;
}

static void temp_done(char *path)
{
    if (path)
        (void)ts_file_remove(path, NULL);
    free(path);
}

static bool make_pipe(void *ctx, int *reader, intptr_t *rest, intptr_t *writer, ts_err **err)
{
    const place *p = ctx;
    HANDLE from = NULL;
    HANDLE to = NULL;
    HANDLE second = NULL;
    HANDLE self = GetCurrentProcess();
    if (!CreatePipe(&from, &to, NULL, PIPE_BYTES))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot make a pipe");
    if (!DuplicateHandle(self, from, self, &second, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        DWORD number = GetLastError();
        CloseHandle(from);
        CloseHandle(to);
        return ts_fail_os(err, TS_OS_WIN32, number, "cannot keep a pipe");
    }
    *reader = p->wimlib->open_handle((intptr_t)from, _O_RDONLY | _O_BINARY);
    *rest = (intptr_t)second;
    *writer = (intptr_t)to;
    if (*reader >= 0)
        return true;
    CloseHandle(from);
    CloseHandle(second);
    CloseHandle(to);
    return ts_fail(err, TS_LIMIT, "too many open files: cannot give the image to " NAME);
}

static bool push(intptr_t writer, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        DWORD n = 0;
        if (!WriteFile((HANDLE)writer, data + done, (DWORD)(size - done), &n, NULL))
            return false;
        done += n;
    }
    return true;
}

static void close_reader(void *ctx, int reader)
{
    const place *p = ctx;
    (void)p->wimlib->close(reader);
}

static void close_writer(intptr_t writer)
{
    CloseHandle((HANDLE)writer);
}

static void drain(intptr_t rest)
{
    char dropped[4096];
    DWORD n = 0;
    while (ReadFile((HANDLE)rest, dropped, sizeof(dropped), &n, NULL))
        continue;
    CloseHandle((HANDLE)rest);
}

/* --- Reading back ---------------------------------------------------------------------------- */

typedef struct reading {
    const place *place;
    void *buffer; /* of whole pages: reads past the cache need that */
} reading;

static void *read_begin(void *ctx, ts_err **err)
{
    (void)ts_win_privilege(SE_BACKUP_NAME); /* files that nobody may read are read as well */
    reading *r = ts_alloc(sizeof(*r));
    if (r) {
        r->place = ctx;
        r->buffer = VirtualAlloc(NULL, READ_BYTES, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    }
    if (r && r->buffer)
        return r;
    free(r);
    ts_fail_nomem(err);
    return NULL;
}

static void read_end(void *ctx)
{
    reading *r = ctx;
    VirtualFree(r->buffer, 0, MEM_RELEASE);
    free(r);
}

/* UTF-16 of "C:\folder\file:stream". Owned. */
static wchar_t *stream_path(const place *p, const wchar_t *path, const wchar_t *stream,
                            ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *file = ts_narrow_path(path, err);
    TS_CLEANUP(ts_free_ptr) char *name = file && stream ? ts_narrow(stream, err) : NULL;
    if (!file || (stream && !name))
        return NULL;
    size_t len = strlen(p->target);
    while (len > 0 && p->target[len - 1] == '/')
        len--;
    TS_CLEANUP(ts_free_ptr)
    char *whole = ts_sprintf("%.*s%s%s%s", (int)len, p->target, file, name ? ":" : "",
                             name ? name : "");
    if (!whole)
        ts_fail_nomem(err);
    return whole ? ts_wide_path(whole, err) : NULL;
}

/* Past the cache, so that the disk answers and not the memory. */
static bool read_back(void *ctx, const wchar_t *path, const wchar_t *stream, ts_wim_data data,
                      void *data_ctx, ts_err **err)
{
    const reading *r = ctx;
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = stream_path(r->place, path, stream, err);
    TS_CLEANUP(ts_free_ptr) char *shown = wide ? ts_narrow_path(wide, err) : NULL;
    if (!shown)
        return false;
    TS_CLEANUP(ts_handle_close)
    HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_FLAG_NO_BUFFERING | FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return ts_fail_win32(err, GetLastError(), "read back", shown);
    DWORD got = 0;
    do {
        if (!ReadFile(file, r->buffer, READ_BYTES, &got, NULL))
            return ts_fail_win32(err, GetLastError(), "read back", shown);
        if (got > 0 && !data(data_ctx, r->buffer, got, err))
            return false;
    } while (got > 0);
    return true;
}

static const ts_wim_system wim_system = {
    .narrow = ts_narrow_path, /* texts without slashes stay as they are */
    .path = ts_wide_path,
    .temp = temp,
    .temp_done = temp_done,
    .pipe = make_pipe,
    .push = push,
    .close_reader = close_reader,
    .close_writer = close_writer,
    .drain = drain,
    .read_begin = read_begin,
    .read = read_back,
    .read_end = read_end,
};

/* --- Applying ------------------------------------------------------------------------------ */

static bool apply_file(const ts_wim_job *job, ts_err **err)
{
    WIMStruct *wim = ts_wim_open_file(job, job->what->file, job->what->parts, err);
    bool ok = wim && ts_wim_apply_open(job, wim, err);
    job->api->free(wim);
    return ok;
}

bool ts_win_wimlib_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                         ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *path = ts_wide_path(target, err);
    if (!path)
        return false;
    place where = {.wimlib = machine->wimlib, .letter = what->letter, .target = target};
    const ts_wim_job job = {.api = &machine->wimlib->fn.api,
                            .system = &wim_system,
                            .ctx = &where,
                            .cancel = machine->local.cancel,
                            .what = what,
                            .target = path};
    return what->stream ? ts_wim_apply_stream(&job, err) : apply_file(&job, err);
}
