/* fuzz_udf.c - discs in UDF: whatever the bytes, nothing outside the image is asked for, and a file
 * that is found lies inside.
 *
 * A disc is 600 KiB of mostly nothing, so an input is what stands on it: pieces of three bytes for
 * the place (in units of four bytes), one for the length, and the content. The sum in a
 * descriptor's tag is made right here, or next to no input would be read further than the first. */
#include <stdlib.h>
#include <string.h>

#include <ts/compiler.h>

#include "udf.h"

#include "fuzz.h"

#define DISC (300u * TS_UDF_SECTOR)

static uint8_t disc[DISC];

static bool read_disc(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    TS_UNUSED(ctx);
    TS_UNUSED(err);
    if (offset > DISC || size > DISC - offset)
        abort();
    memcpy(data, disc + offset, size);
    return true;
}

static void fill(const uint8_t *data, size_t size)
{
    memset(disc, 0, sizeof disc);
    while (size >= 4) {
        size_t place = 4u * ((size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16);
        size_t len = data[3];
        data += 4;
        size -= 4;
        len = len < size ? len : size;
        if (place < DISC && len <= DISC - place) {
            memcpy(disc + place, data, len);
            uint8_t sum = 0;
            for (size_t i = 0; len >= 16 && i < 16; i++)
                sum = (uint8_t)(sum + (i == 4 ? 0 : disc[place + i]));
            if (len >= 16)
                disc[place + 4] = sum;
        }
        data += len;
        size -= len;
    }
}

static void look(const ts_udf_file *f)
{
    uint64_t total = 0;
    for (size_t i = 0; i < f->n_extents; i++) {
        const ts_udf_extent *e = &f->extents[i];
        if (!e->hole && (e->offset > DISC || e->size > DISC - e->offset))
            abort();
        total += e->size;
    }
    if (total != f->size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"sources/install.wim", "A"};
    const ts_reader reader = {.name = "fuzz", .size = DISC, .read = read_disc};
    fill(data, size);
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        ts_udf_file f = {.extents = NULL};
        ts_err *err = NULL;
        bool found = false;
        bool ok = ts_udf_find(&reader, names[i], &found, &f, &err);
        if (ok != (err == NULL))
            abort();
        if (ok && found) {
            look(&f);
            free(f.extents);
        }
        ts_err_free(err);
    }
    return 0;
}
