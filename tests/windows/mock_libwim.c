/* mock_libwim.c - a libwim-15.dll that keeps what it was asked (TS_MOCK_LOG), and what came through
 * the pipe beside that ("stream.bin"). Every image holds one file, "file.txt" with 100 letters p.
 * TS_MOCK_MODE: "ok"; "old" (its version); "denied" (no rights); "full" (the disk); "wait" (until
 * it is told to stop); "early" (it needs the first 1000 bytes of a stream only); "nomem" (before it
 * takes the pipe, which stays open); "wrong" (what it writes is not what the image holds). */
#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <wimlib.h>

/* SHA-1 of 100 letters p. */
static const uint8_t content[20] = {0x74, 0xcb, 0x6c, 0x94, 0x7f, 0xf3, 0xf1, 0x02, 0x16, 0xb9,
                                    0x1a, 0x46, 0x5c, 0x9f, 0xbd, 0x34, 0x0d, 0xd8, 0xdf, 0x3a};

struct WIMStruct {
    wimlib_progress_func_t watch;
    void *ctx;
};

static int mode_is(const char *mode)
{
    char now[40] = "";
    GetEnvironmentVariableA("TS_MOCK_MODE", now, sizeof(now));
    return strcmp(now, mode) == 0;
}

static FILE *open_beside(const char *name, const char *how)
{
    char path[400] = "";
    GetEnvironmentVariableA("TS_MOCK_LOG", path, sizeof(path));
    char *last = strrchr(path, '/');
    if (name && last)
        strcpy(last + 1, name);
    return fopen(path, how);
}

static void say(const wchar_t *fmt, ...)
{
    wchar_t line[1000];
    char text[4000];
    va_list args;
    va_start(args, fmt);
    _vsnwprintf(line, 999, fmt, args);
    va_end(args);
    line[999] = L'\0';
    WideCharToMultiByte(CP_UTF8, 0, line, -1, text, sizeof(text), NULL, NULL);
    FILE *f = open_beside(NULL, "ab");
    if (f) {
        fprintf(f, "%s\n", text);
        fclose(f);
    }
}

uint32_t wimlib_get_version(void)
{
    return mode_is("old") ? 1u << 20 | 9u << 10 | 2u : 1u << 20 | 14u << 10 | 4u;
}

int wimlib_global_init(int flags)
{
    say(L"init flags %d", flags);
    return mode_is("denied") ? WIMLIB_ERR_INSUFFICIENT_PRIVILEGES : 0;
}

const wimlib_tchar *wimlib_get_error_string(enum wimlib_error_code code)
{
    return code == WIMLIB_ERR_WRITE ? L"Failed to write data" : L"Gr\u00fc\u00dfe";
}

void wimlib_free(WIMStruct *wim)
{
    if (wim)
        say(L"free");
    free(wim);
}

int wimlib_open_wim(const wimlib_tchar *file, int flags, WIMStruct **wim)
{
    say(L"open %ls flags %d", file, flags);
    *wim = calloc(1, sizeof(**wim));
    return *wim ? 0 : WIMLIB_ERR_NOMEM;
}

int wimlib_reference_resource_files(WIMStruct *wim, const wimlib_tchar *const *files, unsigned n,
                                    int ref_flags, int open_flags)
{
    (void)wim;
    say(L"reference %u %ls flags %d %d", n, files[0], ref_flags, open_flags);
    return 0;
}

void wimlib_register_progress_function(WIMStruct *wim, wimlib_progress_func_t fn, void *ctx)
{
    wim->watch = fn;
    wim->ctx = ctx;
}

static int report(wimlib_progress_func_t fn, void *ctx, uint64_t done)
{
    union wimlib_progress_info info;
    memset(&info, 0, sizeof(info));
    info.extract.completed_bytes = done;
    info.extract.total_bytes = 100;
    return fn(WIMLIB_PROGRESS_MSG_EXTRACT_STREAMS, &info, ctx) == WIMLIB_PROGRESS_STATUS_ABORT
               ? WIMLIB_ERR_ABORTED_BY_PROGRESS
               : 0;
}

static int work(const wimlib_tchar *target, wimlib_progress_func_t fn, void *ctx)
{
    wchar_t path[1000];
    int rc = report(fn, ctx, 50);
    while (rc == 0 && mode_is("wait")) {
        Sleep(50);
        rc = report(fn, ctx, 50);
    }
    if (rc == 0 && mode_is("full"))
        rc = WIMLIB_ERR_WRITE;
    if (rc != 0)
        return rc;
    _snwprintf(path, 999, L"%ls\\file.txt", target);
    path[999] = L'\0';
    FILE *f = _wfopen(path, L"wb");
    for (int i = 0; f && i < 100; i++)
        fputc(mode_is("wrong") && i == 99 ? 'q' : 'p', f);
    if (f)
        fclose(f);
    return report(fn, ctx, 100);
}

int wimlib_extract_image(WIMStruct *wim, int image, const wimlib_tchar *target, int flags)
{
    say(L"extract %d to %ls flags %d", image, target, flags);
    return work(target, wim->watch, wim->ctx);
}

int wimlib_extract_image_from_pipe_with_progress(int fd, const wimlib_tchar *image,
                                                 const wimlib_tchar *target, int flags,
                                                 wimlib_progress_func_t fn, void *ctx)
{
    char data[1000];
    int n = 1;
    say(L"stream %ls to %ls flags %d", image, target, flags);
    if (mode_is("nomem"))
        return WIMLIB_ERR_NOMEM;
    FILE *f = open_beside("stream.bin", "wb");
    while (f && (n = _read(fd, data, sizeof(data))) > 0) {
        fwrite(data, 1, (size_t)n, f);
        if (mode_is("early"))
            break;
    }
    if (f)
        fclose(f);
    _close(fd); /* as wimlib does */
    return work(target, fn, ctx);
}

int wimlib_iterate_dir_tree(WIMStruct *wim, int image, const wimlib_tchar *path, int flags,
                            wimlib_iterate_dir_tree_callback_t fn, void *ctx)
{
    (void)wim;
    say(L"iterate %d %ls flags %d", image, path, flags);
    size_t size = sizeof(struct wimlib_dir_entry) + sizeof(struct wimlib_stream_entry);
    struct wimlib_dir_entry *e = calloc(1, size);
    if (!e)
        return WIMLIB_ERR_NOMEM;
    e->full_path = L"\\";
    e->attributes = WIMLIB_FILE_ATTRIBUTE_DIRECTORY;
    int rc = fn(e, ctx);
    e->filename = L"file.txt";
    e->full_path = L"\\file.txt";
    e->attributes = WIMLIB_FILE_ATTRIBUTE_NORMAL;
    e->depth = 1;
    memcpy(e->streams[0].resource.sha1_hash, content, sizeof(content));
    rc = rc == 0 ? fn(e, ctx) : rc;
    free(e);
    return rc;
}
