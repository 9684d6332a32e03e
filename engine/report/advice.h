/* advice.h - what a number most often means in a deployment, and what to do next. */
#ifndef TS_ADVICE_H
#define TS_ADVICE_H

#include <stdint.h>

#include <ts/error.h>

typedef struct ts_advice {
    ts_os_kind kind;
    uint32_t number;
    const char *cause;  /* sentences */
    const char *action; /* sentences */
} ts_advice;

/* NULL: no advice for this number. Several numbers with one cause (WinHTTP 12007, curl 6, WSA
 * 11001) lead to one advice. */
const ts_advice *ts_advice_find(ts_os_kind kind, uint32_t number);
/* What to do about one of our own error codes. Never NULL for an error. */
const char *ts_advice_code(ts_code code);
const char *ts_os_kind_name(ts_os_kind kind); /* "Win32 error", "HRESULT", "curl error" ... */

#endif
