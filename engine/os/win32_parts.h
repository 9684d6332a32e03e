/* win32_parts.h - what the Windows files of engine/os and engine/host/windows share: the edge
 * where UTF-8 with '/' becomes UTF-16 with '\\', and back. */
#ifndef TS_OS_WIN32_PARTS_H
#define TS_OS_WIN32_PARTS_H

#include <windows.h>

#include "parts.h"

#define TS_WIDE_PATH_MAX 32768u /* characters; the longest path that Windows has */
/* Read and write for the owner, the system and administrators, for nobody else; not inherited. */
#define TS_OWNER_ONLY L"D:P(A;OICI;GA;;;OW)(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)"

/* Owned. NULL: TS_SCHEMA, no UTF-8; TS_NOMEM. NULL text gives an error as well. */
wchar_t *ts_wide(const char *text, ts_err **err);
wchar_t *ts_wide_copy(const wchar_t *text); /* owned; NULL when memory is out */
/* A path for the W functions: back slashes, and "\\?\" in front where it is longer than the 260
 * characters that they take without. Owned. */
wchar_t *ts_wide_path(const char *path, ts_err **err);
/* Owned UTF-8; unpaired surrogates become U+FFFD. n: characters. */
char *ts_narrow_n(const wchar_t *text, size_t n, ts_err **err);
char *ts_narrow(const wchar_t *text, ts_err **err);
/* The same for a path: '/', and no "\\?\" in front. */
char *ts_narrow_path(const wchar_t *path, ts_err **err);

/* TS_NOT_FOUND for what is missing, else TS_OS: "cannot open 'x': ...". Always false. */
bool ts_fail_win32(ts_err **err, DWORD number, const char *what, const char *path);
void ts_handle_close(HANDLE *handle); /* for TS_CLEANUP; NULL and INVALID_HANDLE_VALUE are fine */
/* The security of TS_OWNER_ONLY; released with LocalFree. NULL: GetLastError says why. */
PSECURITY_DESCRIPTOR ts_owner_only(void);

/* win32_console.c: what Ctrl+C does. FALSE: nobody has asked to be told. */
BOOL ts_interrupt_now(void);

/* win32_ipc.c, driven by the loop that waits for a child. */
#define TS_IPC_WAIT_MAX TS_IPC_CLIENTS_MAX
size_t ts_ipc_server_watch(ts_ipc_server *server, HANDLE *events); /* how many were filled */
DWORD ts_ipc_server_wait(const ts_ipc_server *server); /* ms to the next deadline, or INFINITE */
void ts_ipc_server_serve(ts_ipc_server *server, const ts_var_service *service);
void ts_ipc_server_drop(ts_ipc_server *server); /* ends all conversations */

/* win32_launch.c: what CreateProcess is told. */
typedef struct ts_launch {
    wchar_t *program;      /* NULL: Windows finds it from the command line */
    wchar_t *command_line; /* CreateProcess may write into it */
    wchar_t *folder;       /* NULL: the engine's */
    wchar_t *env;          /* NULL: the engine's */
} ts_launch;
bool ts_launch_make(ts_launch *launch, const ts_program *program, const ts_ipc_server *server,
                    ts_err **err);
void ts_launch_done(ts_launch *launch);
/* Starts it suspended, with `output` as its output (NULL: dropped), in a process group of its own.
 */
bool ts_launch_start(const ts_launch *launch, const ts_program *program, HANDLE output,
                     PROCESS_INFORMATION *out, ts_err **err);

#endif
