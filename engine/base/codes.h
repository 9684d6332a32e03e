/* codes.h - tables of numbers of other systems: number, name, one line of text. */
#ifndef TS_BASE_CODES_H
#define TS_BASE_CODES_H

#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

typedef struct ts_number {
    uint32_t number;
    const char *name; /* as the vendor's headers or manual have it; "" when there is none */
    const char *text; /* lower case, no full stop */
} ts_number;

/* The table of a kind, sorted by number; NULL (count 0) when there is none. Win32 numbers inside an
 * HRESULT (0x8007xxxx) are in the Win32 table. */
const ts_number *ts_numbers(ts_os_kind kind, size_t *count);
const ts_number *ts_number_find(ts_os_kind kind, uint32_t number); /* or NULL */

extern const ts_number ts_numbers_win32[];
extern const size_t ts_numbers_win32_count;
extern const ts_number ts_numbers_hresult[];
extern const size_t ts_numbers_hresult_count;
extern const ts_number ts_numbers_curl[];
extern const size_t ts_numbers_curl_count;
extern const ts_number ts_numbers_x509[];
extern const size_t ts_numbers_x509_count;
extern const ts_number ts_numbers_http[];
extern const size_t ts_numbers_http_count;
extern const ts_number ts_numbers_wimlib[];
extern const size_t ts_numbers_wimlib_count;
extern const ts_number ts_numbers_exit[];
extern const size_t ts_numbers_exit_count;

#endif
