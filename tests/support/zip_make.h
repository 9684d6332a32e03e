/* zip_make.h - zip files for tests, stored without compression, made in memory. */
#ifndef TS_TESTS_ZIP_MAKE_H
#define TS_TESTS_ZIP_MAKE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct zip_make {
    uint8_t *data; /* the file, once zip_make_end was called */
    size_t size;
    uint8_t *directory;
    size_t directory_size;
    uint16_t count;
} zip_make;

static inline uint32_t zip_crc(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static inline size_t zip_room(size_t size)
{
    size_t room = 256;
    while (room < size)
        room *= 2;
    return room;
}

static inline void zip_put(uint8_t **block, size_t *size, const void *data, size_t len)
{
    if (!*block || zip_room(*size + len) > zip_room(*size))
        *block = realloc(*block, zip_room(*size + len));
    if (!*block)
        abort();
    memcpy(*block + *size, data, len);
    *size += len;
}

static inline void zip_number(uint8_t **block, size_t *size, uint32_t value, size_t bytes)
{
    uint8_t le[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                     (uint8_t)(value >> 24)};
    zip_put(block, size, le, bytes);
}

static inline void zip_add_crc(zip_make *zip, const char *name, const void *data, size_t size,
                               uint32_t crc)
{
    uint32_t at = (uint32_t)zip->size, len = (uint32_t)strlen(name);
    uint8_t **f = &zip->data, **d = &zip->directory;
    size_t *fs = &zip->size, *ds = &zip->directory_size;
    zip_put(f, fs, "PK\3\4\x14\0\0\0\0\0\0\0\x21\0", 14);
    zip_put(d, ds, "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\x21\0", 16);
    for (int i = 0; i < 2; i++) {
        uint8_t **b = i ? d : f;
        size_t *s = i ? ds : fs;
        zip_number(b, s, crc, 4);
        zip_number(b, s, (uint32_t)size, 4);
        zip_number(b, s, (uint32_t)size, 4);
        zip_number(b, s, len, 2);
        zip_number(b, s, 0, 2);
    }
    zip_put(f, fs, name, len);
    zip_put(f, fs, data, size);
    zip_put(d, ds, "\0\0\0\0\0\0\0\0\0\0", 10); /* comment, disk, attributes */
    zip_number(d, ds, at, 4);
    zip_put(d, ds, name, len);
    zip->count++;
}

static inline void zip_add(zip_make *zip, const char *name, const void *data, size_t size)
{
    zip_add_crc(zip, name, data, size, zip_crc(data, size));
}

static inline void zip_add_text(zip_make *zip, const char *name, const char *text)
{
    zip_add(zip, name, text, strlen(text));
}

static inline void zip_make_end(zip_make *zip)
{
    uint32_t at = (uint32_t)zip->size;
    zip_put(&zip->data, &zip->size, zip->directory ? zip->directory : (const uint8_t *)"",
            zip->directory_size);
    zip_put(&zip->data, &zip->size, "PK\5\6\0\0\0\0", 8);
    zip_number(&zip->data, &zip->size, zip->count, 2);
    zip_number(&zip->data, &zip->size, zip->count, 2);
    zip_number(&zip->data, &zip->size, (uint32_t)zip->directory_size, 4);
    zip_number(&zip->data, &zip->size, at, 4);
    zip_number(&zip->data, &zip->size, 0, 2);
}

static inline void zip_make_free(zip_make *zip)
{
    free(zip->data);
    free(zip->directory);
    *zip = (zip_make){.data = NULL};
}

#endif
