/* mock_wimgapi.c - a wimgapi.dll that keeps what it was asked (TS_MOCK_LOG) and behaves as
 * TS_MOCK_MODE says: "ok", "full" (a file fails for want of room), "wait" (until it is told to
 * stop), "damaged" (the file cannot be opened). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <windows.h>

#define EXPORT __declspec(dllexport)
#define WIM    ((HANDLE)(INT_PTR)7)
#define IMAGE  ((HANDLE)(INT_PTR)8)

typedef DWORD(CALLBACK *message_fn)(DWORD message, WPARAM wparam, LPARAM lparam, PVOID user);

EXPORT HANDLE WINAPI WIMCreateFile(LPCWSTR path, DWORD access, DWORD disposition, DWORD flags,
                                   DWORD compression, DWORD *result);
EXPORT BOOL WINAPI WIMCloseHandle(HANDLE handle);
EXPORT BOOL WINAPI WIMSetTemporaryPath(HANDLE wim, LPCWSTR path);
EXPORT BOOL WINAPI WIMSetReferenceFile(HANDLE wim, LPCWSTR path, DWORD flags);
EXPORT HANDLE WINAPI WIMLoadImage(HANDLE wim, DWORD index);
EXPORT BOOL WINAPI WIMApplyImage(HANDLE image, LPCWSTR path, DWORD flags);
EXPORT HANDLE WINAPI WIMCaptureImage(HANDLE wim, LPCWSTR path, DWORD flags);
EXPORT BOOL WINAPI WIMSetImageInformation(HANDLE image, void *data, DWORD size);
EXPORT DWORD WINAPI WIMRegisterMessageCallback(HANDLE wim, FARPROC fn, void *user);
EXPORT BOOL WINAPI WIMUnregisterMessageCallback(HANDLE wim, FARPROC fn);

static FARPROC callback;
static void *callback_user;

static void say(const wchar_t *fmt, ...)
{
    char name[400] = "";
    wchar_t line[1000];
    char text[4000];
    va_list args;
    GetEnvironmentVariableA("TS_MOCK_LOG", name, sizeof(name));
    va_start(args, fmt);
    _vsnwprintf(line, 999, fmt, args);
    va_end(args);
    line[999] = L'\0';
    WideCharToMultiByte(CP_UTF8, 0, line, -1, text, sizeof(text), NULL, NULL);
    FILE *f = fopen(name, "ab");
    if (f) {
        fprintf(f, "%s\n", text);
        fclose(f);
    }
}

static int mode_is(const char *mode)
{
    char now[40] = "";
    GetEnvironmentVariableA("TS_MOCK_MODE", now, sizeof(now));
    return strcmp(now, mode) == 0;
}

static DWORD tell(DWORD number, WPARAM wparam, LPARAM lparam)
{
    union {
        FARPROC any;
        message_fn typed;
    } fn = {.any = callback};
    return fn.any ? fn.typed(WM_APP + 0x1476 + number, wparam, lparam, callback_user) : 0;
}

/* Progress, and what the mode says; TRUE: it was done. */
static BOOL work(void)
{
    static wchar_t file[] = L"D:\\Windows\\big.bin";
    for (DWORD percent = 25; percent <= 100; percent += 25) {
        if (tell(2, percent, 1000) != 0) {
            SetLastError(ERROR_REQUEST_ABORTED);
            return FALSE;
        }
        if (mode_is("full")) {
            tell(9, (WPARAM)file, ERROR_DISK_FULL);
            SetLastError(ERROR_GEN_FAILURE);
            return FALSE;
        }
        Sleep(300);
        if (mode_is("wait"))
            percent = 25;
    }
    return TRUE;
}

HANDLE WINAPI WIMCreateFile(LPCWSTR path, DWORD access, DWORD disposition, DWORD flags,
                            DWORD compression, DWORD *result)
{
    say(L"create %ls access %08lx disposition %lu flags %lu compression %lu", path, access,
        disposition, flags, compression);
    *result = 0;
    if (!mode_is("damaged"))
        return WIM;
    SetLastError(ERROR_BAD_FORMAT);
    return NULL;
}

BOOL WINAPI WIMCloseHandle(HANDLE handle)
{
    say(L"close %ls", handle == WIM ? L"file" : handle == IMAGE ? L"image" : L"?");
    return TRUE;
}

BOOL WINAPI WIMSetTemporaryPath(HANDLE wim, LPCWSTR path)
{
    (void)wim;
    say(L"temporary %ls",
        GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES ? L"folder there" : L"missing");
    return TRUE;
}

BOOL WINAPI WIMSetReferenceFile(HANDLE wim, LPCWSTR path, DWORD flags)
{
    (void)wim;
    say(L"reference %ls %08lx", path, flags);
    return TRUE;
}

HANDLE WINAPI WIMLoadImage(HANDLE wim, DWORD index)
{
    (void)wim;
    say(L"load %lu", index);
    return IMAGE;
}

BOOL WINAPI WIMApplyImage(HANDLE image, LPCWSTR path, DWORD flags)
{
    (void)image;
    say(L"apply %ls flags %lu", path, flags);
    return work();
}

HANDLE WINAPI WIMCaptureImage(HANDLE wim, LPCWSTR path, DWORD flags)
{
    (void)wim;
    static wchar_t files[][60] = {L"C:\\_SMSTaskSequence",
                                  L"C:\\_smstasksequence\\Logs\\Smstslog\\smsts.log",
                                  L"C:\\pagefile.sys",
                                  L"C:\\_SMSTaskSequences",
                                  L"C:\\Users\\_SMSTaskSequence\\pagefile.sys",
                                  L"C:\\Windows\\explorer.exe"};
    say(L"capture %ls flags %lu", path, flags);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        BOOL wanted = TRUE;
        (void)tell(3, (WPARAM)files[i], (LPARAM)&wanted);
        if (wanted)
            say(L"file %ls", files[i]);
    }
    return work() ? IMAGE : NULL;
}

BOOL WINAPI WIMSetImageInformation(HANDLE image, void *data, DWORD size)
{
    wchar_t text[400] = L"";
    const wchar_t *from = data;
    (void)image;
    if (size < sizeof(text))
        memcpy(text, from, size);
    say(L"information %ls%ls", text[0] == 0xfeff ? L"mark " : L"", text + (text[0] == 0xfeff));
    return TRUE;
}

DWORD WINAPI WIMRegisterMessageCallback(HANDLE wim, FARPROC fn, void *user)
{
    (void)wim;
    callback = fn;
    callback_user = user;
    return 0;
}

BOOL WINAPI WIMUnregisterMessageCallback(HANDLE wim, FARPROC fn)
{
    (void)wim;
    callback = fn == callback ? NULL : callback;
    return TRUE;
}
