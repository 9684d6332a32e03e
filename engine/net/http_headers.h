/* http_headers.h - strict readers of the header fields that decide about bytes. Input is hostile.
 */
#ifndef TS_HTTP_HEADERS_H
#define TS_HTTP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/text.h>

/* "Content-Range: bytes 0-499/1234" (RFC 9110): the value. false: anything else, also an unknown
 * total, first > last, last >= total. */
bool ts_http_content_range(const char *value, uint64_t *first, uint64_t *last, uint64_t *total);
/* Digits only, no sign, no blanks inside, fits 64 bits. */
bool ts_http_number(const char *text, size_t len, uint64_t *out);
/* Value of one header line ("Name: value\r\n") when its name is `name`; the value is trimmed and
 * copied to out (cut at size - 1). false: another header. */
bool ts_http_header(const char *line, size_t len, const char *name, char *out, size_t size);
/* A parameter of a challenge: Bearer realm="x",service="y". scheme is compared without regard to
 * case. false: not there. */
bool ts_http_challenge(const char *value, const char *scheme, const char *parameter, ts_buf *out);

#endif
