/* win32_ask.c - questions to the person at the machine, and where media are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define DRIVES 26u

static HANDLE input(void)
{
    return GetStdHandle(STD_INPUT_HANDLE);
}

bool ts_console_can_ask(void)
{
    DWORD mode = 0;
    return GetConsoleMode(input(), &mode) != 0;
}

/* Standard input that is no console: a file or a pipe, in UTF-8. */
static bool line_of_file(char *out, bool *end, ts_err **err)
{
    char *got = fgets(out, (int)TS_CONSOLE_LINE_MAX, stdin);
    *end = got == NULL;
    if (*end) {
        out[0] = '\0';
        return true;
    }
    size_t len = strcspn(out, "\r\n");
    bool whole = out[len] != '\0' || feof(stdin) || len + 1 < TS_CONSOLE_LINE_MAX;
    out[len] = '\0';
    return whole ||
           ts_fail(err, TS_LIMIT, "a line is longer than %u bytes", TS_CONSOLE_LINE_MAX - 1);
}

static bool line_of_console(char *out, ts_err **err)
{
    wchar_t wide[TS_CONSOLE_LINE_MAX / 4];
    DWORD n = 0;
    if (!ReadConsoleW(input(), wide, TS_COUNT(wide), &n, NULL))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot read what is typed");
    while (n > 0 && (wide[n - 1] == L'\n' || wide[n - 1] == L'\r'))
        n--;
    char *text = ts_narrow_n(wide, n, err);
    ts_wipe(wide, sizeof wide);
    if (!text)
        return false;
    snprintf(out, TS_CONSOLE_LINE_MAX, "%s", text);
    ts_free_secret(text);
    return true;
}

bool ts_console_line(bool hidden, char out[TS_CONSOLE_LINE_MAX], bool *end, ts_err **err)
{
    DWORD mode = 0;
    if (!GetConsoleMode(input(), &mode))
        return line_of_file(out, end, err);
    *end = false;
    SetConsoleMode(input(), ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT |
                                (hidden ? 0u : (DWORD)ENABLE_ECHO_INPUT));
    bool ok = line_of_console(out, err);
    SetConsoleMode(input(), mode);
    return ok;
}

bool ts_console_shell(ts_err **err)
{
    wchar_t program[MAX_PATH + 8];
    UINT n = GetSystemDirectoryW(program, MAX_PATH);
    if (n == 0 || n >= MAX_PATH)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot find cmd.exe");
    wcscpy(program + n, L"\\cmd.exe");
    STARTUPINFOW how = {.cb = sizeof how};
    PROCESS_INFORMATION child;
    if (!CreateProcessW(program, NULL, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &how,
                        &child))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot start cmd.exe");
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    return true;
}

/* --- F8 ------------------------------------------------------------------------------------ */

struct ts_prompt_key {
    HANDLE stop;
    ts_thread *thread;
};

/* All that was typed is taken out: nobody else reads while a sequence runs. */
static void take_keys(void)
{
    INPUT_RECORD records[16];
    DWORD n = 0;
    if (!ReadConsoleInputW(input(), records, TS_COUNT(records), &n))
        return;
    for (DWORD i = 0; i < n; i++)
        if (records[i].EventType == KEY_EVENT && records[i].Event.KeyEvent.bKeyDown &&
            records[i].Event.KeyEvent.wVirtualKeyCode == VK_F8)
            (void)ts_console_shell(NULL);
}

static void watch_keys(void *ctx)
{
    const ts_prompt_key *key = ctx;
    HANDLE both[] = {key->stop, input()};
    while (WaitForMultipleObjects(TS_COUNT(both), both, FALSE, INFINITE) == WAIT_OBJECT_0 + 1)
        take_keys();
}

ts_prompt_key *ts_prompt_key_start(void)
{
    ts_prompt_key *key = ts_console_can_ask() ? ts_alloc(sizeof *key) : NULL;
    if (!key)
        return NULL;
    key->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    key->thread = key->stop ? ts_thread_start(watch_keys, key, NULL) : NULL;
    if (key->thread)
        return key;
    ts_prompt_key_stop(key);
    return NULL;
}

void ts_prompt_key_stop(ts_prompt_key *key)
{
    if (!key)
        return;
    if (key->thread) {
        SetEvent(key->stop);
        ts_thread_join(key->thread);
    }
    ts_handle_close(&key->stop);
    free(key);
}

/* --- Media --------------------------------------------------------------------------------- */

bool ts_media_roots(char ***out, ts_err **err)
{
    DWORD there = GetLogicalDrives();
    char **list = ts_alloc((DRIVES + 1) * sizeof(char *) + DRIVES * 4u);
    size_t n = 0;
    if (!list)
        return ts_fail_nomem(err);
    /* No box that asks for a disk in an empty drive. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    char *text = (char *)(list + DRIVES + 1);
    for (unsigned i = 0; i < DRIVES; i++) {
        if (!(there & 1u << i))
            continue;
        list[n] = text + n * 4;
        memcpy(list[n++], (char[]){(char)('A' + i), ':', '/', 0}, 4);
    }
    *out = list;
    return true;
}
