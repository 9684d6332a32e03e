/* fuzz_http.c - header lines: Content-Range, numbers, challenges. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "http_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = ts_strndup((const char *)data, size);
    if (!line)
        return 0;
    char value[128];
    uint64_t first = 0, last = 0, total = 0;
    ts_buf out;
    ts_buf_init(&out, 4096);
    if (ts_http_header((const char *)data, size, "content-range", value, sizeof value) &&
        ts_http_content_range(value, &first, &last, &total) && (first > last || last >= total))
        abort();
    if (ts_http_content_range(line, &first, &last, &total) && (first > last || last >= total))
        abort();
    ts_http_number((const char *)data, size, &first);
    ts_http_challenge(line, "Bearer", "realm", &out);
    ts_http_challenge(line, "Bearer", "scope", &out);
    ts_buf_done(&out);
    free(line);
    return 0;
}
