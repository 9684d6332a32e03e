/* fuzz_pack.c - packs: whatever the bytes, names stay inside and sizes within their limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_pack *p = ts_pack_open_bytes(data, size, NULL);
    ts_pack_entry e;
    bool more = true;
    uint8_t chunk[4096];
    uint64_t total = 0;
    for (unsigned i = 0; p && i < 64 && ts_pack_next(p, &e, &more, NULL) && more; i++) {
        if (!ts_path_is_inside(e.name) || e.size > TS_PACK_BYTES_MAX)
            abort();
        size_t got = 1;
        while (got > 0 && total < 1024 * 1024 && ts_pack_read(p, chunk, sizeof chunk, &got, NULL))
            total += got;
    }
    ts_pack_close(p);
    return 0;
}
