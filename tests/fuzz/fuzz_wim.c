/* fuzz_wim.c - header, lookup table and chunk tables of a WIM file: whatever the bytes, nothing
 * outside the file is asked for, and the stream is not much longer than the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/compiler.h>

#include "wim.h"

typedef struct input {
    const uint8_t *data;
    size_t size;
} input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_input(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    TS_UNUSED(err);
    const input *in = ctx;
    if (offset > in->size || size > in->size - offset)
        abort();
    memcpy(data, in->data + offset, size);
    return true;
}

static bool want_even(void *ctx, const uint8_t sha1[TS_WIM_SHA1])
{
    TS_UNUSED(ctx);
    return sha1[0] % 2 == 0;
}

static void drain(const ts_wim *wim, uint32_t image, size_t size, bool all)
{
    uint8_t chunk[4096];
    size_t got = 1;
    uint64_t total = 0;
    ts_wim_pipe *pipe = ts_wim_pipe_new(wim, image, all ? NULL : want_even, NULL, NULL);
    while (pipe && got > 0 && ts_wim_pipe_read(pipe, chunk, sizeof chunk, &got, NULL)) {
        total += got;
        /* 40 bytes for what took 50 in the table, 4 for each chunk; 41 for each image, and XML and
         * directory may lie over the content. */
        if (total > 10 * (uint64_t)size + 1000 + 41u * TS_WIM_IMAGES_MAX)
            abort();
    }
    ts_wim_pipe_free(pipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    const ts_reader reader = {.name = "fuzz", .size = size, .read = read_input, .ctx = &in};
    ts_wim *wim = ts_wim_open(&reader, NULL);
    if (!wim)
        return 0;
    uint32_t n = ts_wim_images(wim);
    ts_buf out;
    ts_buf_init(&out, 1u << 24);
    (void)ts_wim_directory(wim, n, &out, NULL);
    ts_buf_done(&out);
    drain(wim, 1, size, true);
    drain(wim, n, size, false);
    ts_wim_close(wim);
    return 0;
}
