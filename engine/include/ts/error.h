/* ts/error.h - one error type for the whole engine.
 *
 * A function that can fail returns bool (or a pointer) and takes a `ts_err **` last.
 * Success: true, *err untouched. Failure: false, *err set. A NULL err means that the caller does
 * not want the details. Nobody below engine/cli prints.
 *
 * Messages are lower case, without a full stop, values in single quotes, and never hold a secret.
 * Each layer adds one phrase of context in front:
 *   step 'Join' (client.xml:212): cannot join workgroup 'FIELD': access denied (win32 5) */
#ifndef TS_ERROR_H
#define TS_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <ts/compiler.h>

/* name, exit status, fixed text. A code is added only when a caller acts on the difference. */
#define TS_CODES(X)                                                                                \
    X(OK, 0, "success")                                                                            \
    X(FAILED, 1, "the task sequence failed")                                                       \
    X(USAGE, 2, "wrong usage")                                                                     \
    X(RESTART, 3, "restart required")                                                              \
    X(SYNTAX, 65, "malformed input")                                                               \
    X(SCHEMA, 65, "input does not fit what is declared")                                           \
    X(NOT_FOUND, 66, "not found")                                                                  \
    X(REFUSED, 68, "refused before the first effect")                                              \
    X(UNSUPPORTED, 69, "not supported on this host")                                               \
    X(NOMEM, 70, "out of memory")                                                                  \
    X(OS, 71, "operating system call failed")                                                      \
    X(SCRIPT, 73, "Lua script failed")                                                             \
    X(LIMIT, 73, "limit exceeded")                                                                 \
    X(TIMEOUT, 74, "timed out")                                                                    \
    X(NET, 75, "transfer failed")                                                                  \
    X(BUSY, 75, "in use by another process")                                                       \
    X(INTEGRITY, 76, "content does not match its hash")                                            \
    X(TRUST, 77, "not trusted")                                                                    \
    X(STATE, 78, "saved state does not fit")                                                       \
    X(CANCELLED, 130, "cancelled")

typedef enum ts_code {
#define TS_CODE_ENUM(name, status, text) TS_##name,
    TS_CODES(TS_CODE_ENUM)
#undef TS_CODE_ENUM
        TS_CODE_COUNT
} ts_code;

/* Which numbering an OS number belongs to; the number is kept raw. */
typedef enum ts_os_kind {
    TS_OS_NONE,
    TS_OS_ERRNO,   /* errno */
    TS_OS_WIN32,   /* GetLastError */
    TS_OS_HRESULT, /* 0x8....... */
    TS_OS_CURL,    /* CURLcode */
    TS_OS_X509,    /* OpenSSL X509_V_ERR_* */
    TS_OS_HTTP,    /* HTTP status */
    TS_OS_WIMLIB,  /* enum wimlib_error_code */
    TS_OS_EXIT     /* exit code of a program */
} ts_os_kind;

typedef struct ts_err ts_err;

/* Start an error; always false, so that `return ts_fail(...)` reads well. Asserts that *err is
 * NULL: setting twice is a bug. Never fails: out of memory yields the static TS_NOMEM error. */
bool ts_fail(ts_err **err, ts_code code, const char *fmt, ...) TS_PRINTF(3, 4);
bool ts_fail_va(ts_err **err, ts_code code, const char *fmt, va_list args) TS_PRINTF(3, 0);
/* The same for an OS call; appends the OS text and number to the message. */
bool ts_fail_os(ts_err **err, ts_os_kind kind, uint32_t number, const char *fmt, ...)
    TS_PRINTF(4, 5);
/* The same with a code of the caller's choice (TS_NET with a curl number, say). */
bool ts_fail_os_as(ts_err **err, ts_code code, ts_os_kind kind, uint32_t number, const char *fmt,
                   ...) TS_PRINTF(5, 6);
/* The static out-of-memory error; allocates nothing. Always false. */
bool ts_fail_nomem(ts_err **err);
/* An error that came from elsewhere becomes the caller's (freed when nobody wants it). Always
 * false.
 */
bool ts_fail_take(ts_err **err, ts_err *from);
/* Put one phrase before an error that came from below; always false. No-op on NULL and on the
 * static out-of-memory error. */
bool ts_wrap(ts_err **err, const char *fmt, ...) TS_PRINTF(2, 3);
/* Puts text behind it: what to do. Always false; a no-op like ts_wrap. */
bool ts_err_add(ts_err **err, const char *fmt, ...) TS_PRINTF(2, 3);

/* The analyser sees one file at a time: without this it follows paths on which a failure succeeds.
 */
#if defined(__clang_analyzer__) && !defined(TS_ERROR_C)
#define ts_fail(...)       (ts_fail(__VA_ARGS__), false)
#define ts_fail_os(...)    (ts_fail_os(__VA_ARGS__), false)
#define ts_fail_os_as(...) (ts_fail_os_as(__VA_ARGS__), false)
#define ts_fail_nomem(err) (ts_fail_nomem(err), false)
#define ts_fail_take(...)  (ts_fail_take(__VA_ARGS__), false)
#define ts_wrap(...)       (ts_wrap(__VA_ARGS__), false)
#endif

ts_code ts_err_code(const ts_err *err);     /* TS_OK for NULL */
const char *ts_err_text(const ts_err *err); /* borrowed until ts_err_free; "" for NULL */
ts_os_kind ts_err_os(const ts_err *err, uint32_t *number); /* TS_OS_NONE when there is none */
void ts_err_free(ts_err *err);
/* For TS_CLEANUP, and to drop an error on purpose: frees *err and sets it to NULL. */
void ts_err_clear(ts_err **err);

const char *ts_code_name(ts_code code); /* "NOMEM" */
int ts_code_exit(ts_code code);         /* process exit status */
const char *ts_code_text(ts_code code); /* fixed text */

/* One line about a number: "access denied", NULL when unknown. Borrowed, static. The tables live
 * in engine/base/codes_*.c and work on every platform (a Linux workstation explains Windows
 * numbers). */
const char *ts_os_text(ts_os_kind kind, uint32_t number);

#endif
