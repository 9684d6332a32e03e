/* wimlib_error.h - what wimlib's numbers mean, for all who use that library. */
#ifndef TS_WIMLIB_ERROR_H
#define TS_WIMLIB_ERROR_H

#include <ts/error.h>

/* "cannot WHAT 'FILE': TEXT", and what to do where that is known; always false. rc is one of
 * WIMLIB_ERR_*, text what the library says about it. TS_NOT_FOUND: no such file or image;
 * TS_INTEGRITY: the file is damaged; TS_NOMEM; else TS_OS. */
bool ts_wimlib_fail(int rc, const char *text, const char *what, const char *file, ts_err **err);

#endif
