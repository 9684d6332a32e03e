/* wim_make.h - a WIM file that is made byte by byte. */
#ifndef TS_TESTS_WIM_MAKE_H
#define TS_TESTS_WIM_MAKE_H

#include <stdint.h>
#include <string.h>

#define CHUNK 4096u
#define MAX   (64u * 1024u)

/* A file with two images, a compressed resource of three chunks, and a plain one:
 *   208 directory 1 (9 bytes), 217 directory 2 (11), 228 compressed (8 table, 10 + 20 + 7), 273
 * plain (100), 373 table (200), 573 XML (20) */
typedef struct made {
    uint8_t bytes[MAX];
    size_t size;
    unsigned reads;
    size_t fail_from; /* reading from here on fails; 0: never */
} made;

enum { DIR1 = 208, DIR2 = 217, PACKED = 228, PLAIN = 273, TABLE = 373, XML = 573, END = 593 };
enum { ENTRY = 50, PACKED_BYTES = 45, PACKED_SIZE = 2 * CHUNK + 100 };

static void put(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static void put_place(uint8_t *p, uint64_t stored, uint8_t flags, uint64_t offset, uint64_t size)
{
    put(p, stored, 7);
    p[7] = flags;
    put(p + 8, offset, 8);
    put(p + 16, size, 8);
}

static uint8_t *entry(made *m, unsigned i)
{
    return m->bytes + TABLE + (size_t)i * ENTRY;
}

static void put_entry(made *m, unsigned i, uint64_t stored, uint8_t flags, uint64_t offset,
                      uint64_t size)
{
    uint8_t *p = entry(m, i);
    put_place(p, stored, flags, offset, size);
    put(p + 24, 1, 2);
    put(p + 26, 1, 4);
    memset(p + 30, 'a' + (int)i, 20);
}

static void make(made *m)
{
    memset(m, 0, sizeof *m);
    uint8_t *h = m->bytes;
    memcpy(h, "MSWIM", 5);
    put(h + 8, 208, 4);
    put(h + 12, 0x10d00, 4);
    put(h + 16, 0x20002, 4); /* compressed, XPRESS */
    put(h + 20, CHUNK, 4);
    put(h + 0x28, 1, 2);
    put(h + 0x2a, 1, 2);
    put(h + 0x2c, 2, 4);
    put_place(h + 0x30, 200, 2, TABLE, 200);
    put_place(h + 0x48, 20, 2, XML, 20);
    memcpy(h + DIR1, "directory", 9);
    memcpy(h + DIR2, "directory 2", 11);
    put(h + PACKED, 10, 4); /* where the second chunk begins, and the third */
    put(h + PACKED + 4, 30, 4);
    memset(h + PACKED + 8, '1', 10);
    memset(h + PACKED + 18, '2', 20);
    memset(h + PACKED + 38, '3', 7);
    memset(h + PLAIN, 'p', 100);
    put_entry(m, 0, 100, 0, PLAIN, 100); /* in another order than they lie */
    put_entry(m, 1, 9, 2, DIR1, 9);
    put_entry(m, 2, PACKED_BYTES, 4, PACKED, PACKED_SIZE);
    put_entry(m, 3, 11, 2, DIR2, 11);
    memcpy(h + XML, "\xff\xfe<\0W\0I\0M\0/\0>\0\r\0\n\0", 18);
    m->size = END;
}

#endif
