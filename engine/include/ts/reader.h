/* ts/reader.h - bytes that lie somewhere, read at positions. */
#ifndef TS_READER_H
#define TS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

/* One thread at a time reads. A reader that fetches what it is asked for (content of a site) is
 * fast when positions rise; a few jumps are fine. */
typedef struct ts_reader {
    const char *name; /* for messages */
    uint64_t size;
    /* Exactly `size` bytes from `offset`; the caller stays inside the size. */
    bool (*read)(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err);
    /* May be NULL: from here on it will be read in order, so what comes can be got already. */
    void (*ahead)(void *ctx, uint64_t offset);
    void *ctx;
} ts_reader;

#endif
