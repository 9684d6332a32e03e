/* error.c - the error chain. */
#define TS_ERROR_C

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/error.h>
#include <ts/mem.h>

struct ts_err {
    ts_code code;
    ts_os_kind kind;
    uint32_t number;
    char *text;
};

/* Recording that memory is out must not need memory. Never written, never freed. */
static const ts_err no_memory = {.code = TS_NOMEM};

static bool set_static(ts_err **err)
{
    if (err) {
        union { /* the caller sees ts_err *, and only passes it back to this file */
            const ts_err *constant;
            ts_err *plain;
        } p = {.constant = &no_memory};
        *err = p.plain;
    }
    return false;
}

bool ts_fail_nomem(ts_err **err)
{
    assert(!err || !*err);
    return set_static(err);
}

bool ts_fail_take(ts_err **err, ts_err *from)
{
    assert(!err || !*err);
    if (err)
        *err = from;
    else
        ts_err_free(from);
    return false;
}

static char *format(const char *fmt, va_list args) TS_PRINTF(1, 0);
static char *format(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *text = n < 0 ? NULL : ts_alloc((size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, args);
    return text;
}

static ts_err *make(ts_code code, ts_os_kind kind, uint32_t number, char *text)
{
    ts_err *e = text ? ts_alloc(sizeof *e) : NULL;
    if (!e) {
        free(text);
        return NULL;
    }
    *e = (ts_err){.code = code, .kind = kind, .number = number, .text = text};
    return e;
}

bool ts_fail_va(ts_err **err, ts_code code, const char *fmt, va_list args)
{
    assert(!err || !*err);
    if (!err)
        return false;
    ts_err *e = make(code, TS_OS_NONE, 0, format(fmt, args));
    if (!e)
        return set_static(err);
    *err = e;
    return false;
}

bool ts_fail(ts_err **err, ts_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(err, code, fmt, args);
    va_end(args);
    return false;
}

static const char *kind_label(ts_os_kind kind)
{
    switch (kind) {
    case TS_OS_ERRNO:
        return "errno";
    case TS_OS_WIN32:
        return "win32";
    case TS_OS_CURL:
        return "curl";
    case TS_OS_X509:
        return "openssl verify";
    case TS_OS_HTTP:
        return "http";
    case TS_OS_WIMLIB:
        return "wimlib";
    case TS_OS_EXIT:
        return "exit code";
    case TS_OS_HRESULT:
    case TS_OS_NONE:
        break;
    }
    return "";
}

static char *with_number(char *text, ts_os_kind kind, uint32_t number)
{
    const char *meaning = ts_os_text(kind, number);
    char *full;
    if (kind == TS_OS_HRESULT)
        full = ts_sprintf("%s: %s%s(0x%08X)", text, meaning ? meaning : "", meaning ? " " : "",
                          number);
    else
        full = ts_sprintf("%s: %s%s(%s %u)", text, meaning ? meaning : "", meaning ? " " : "",
                          kind_label(kind), number);
    free(text);
    return full;
}

static bool fail_os_va(ts_err **err, ts_code code, ts_os_kind kind, uint32_t number,
                       const char *fmt, va_list args) TS_PRINTF(5, 0);
static bool fail_os_va(ts_err **err, ts_code code, ts_os_kind kind, uint32_t number,
                       const char *fmt, va_list args)
{
    assert(!err || !*err);
    if (!err)
        return false;
    char *text = format(fmt, args);
    ts_err *e = make(code, kind, number, text ? with_number(text, kind, number) : NULL);
    if (!e)
        return set_static(err);
    *err = e;
    return false;
}

bool ts_fail_os(ts_err **err, ts_os_kind kind, uint32_t number, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_os_va(err, TS_OS, kind, number, fmt, args);
    va_end(args);
    return false;
}

bool ts_fail_os_as(ts_err **err, ts_code code, ts_os_kind kind, uint32_t number, const char *fmt,
                   ...)
{
    va_list args;
    va_start(args, fmt);
    fail_os_va(err, code, kind, number, fmt, args);
    va_end(args);
    return false;
}

/* One more phrase; without memory the cause survives without it. Takes phrase. */
static void join(ts_err *err, char *phrase, bool before)
{
    const char *text = err->text ? err->text : "";
    char *full = !phrase  ? NULL
                 : before ? ts_sprintf("%s: %s", phrase, text)
                          : ts_sprintf("%s%s", text, phrase);
    free(phrase);
    if (full) {
        free(err->text);
        err->text = full;
    }
}

bool ts_wrap(ts_err **err, const char *fmt, ...)
{
    if (!err || !*err || *err == &no_memory)
        return false;
    va_list args;
    va_start(args, fmt);
    join(*err, format(fmt, args), true);
    va_end(args);
    return false;
}

bool ts_err_add(ts_err **err, const char *fmt, ...)
{
    if (!err || !*err || *err == &no_memory)
        return false;
    va_list args;
    va_start(args, fmt);
    join(*err, format(fmt, args), false);
    va_end(args);
    return false;
}

ts_code ts_err_code(const ts_err *err)
{
    return err ? err->code : TS_OK;
}

const char *ts_err_text(const ts_err *err)
{
    if (!err)
        return "";
    return err->text ? err->text : ts_code_text(err->code);
}

ts_os_kind ts_err_os(const ts_err *err, uint32_t *number)
{
    if (number)
        *number = err ? err->number : 0;
    return err ? err->kind : TS_OS_NONE;
}

void ts_err_free(ts_err *err)
{
    if (!err || err == &no_memory)
        return;
    free(err->text);
    free(err);
}

void ts_err_clear(ts_err **err)
{
    ts_err_free(*err);
    *err = NULL;
}
