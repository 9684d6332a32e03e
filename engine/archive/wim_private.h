/* wim_private.h - an opened WIM file. */
#ifndef TS_WIM_PRIVATE_H
#define TS_WIM_PRIVATE_H

#include "wim.h"

#define TS_WIM_ENTRY_BYTES 50u

/* Of a resource. */
#define TS_WIM_FREE       0x01u
#define TS_WIM_METADATA   0x02u
#define TS_WIM_COMPRESSED 0x04u
#define TS_WIM_SPANNED    0x08u
#define TS_WIM_SOLID      0x10u

/* Where things stand in the header. */
#define TS_WIM_AT_FLAGS     0x10u
#define TS_WIM_AT_TABLE     0x30u
#define TS_WIM_AT_XML       0x48u
#define TS_WIM_AT_BOOT      0x60u
#define TS_WIM_AT_BOOT_ID   0x78u
#define TS_WIM_AT_INTEGRITY 0x7cu
#define TS_WIM_PLACE        24u /* bytes of such a place */

typedef struct ts_wim_place {
    uint64_t offset;
    uint64_t stored; /* bytes in the file */
    uint64_t size;   /* unpacked */
    uint8_t flags;
} ts_wim_place;

typedef struct ts_wim_resource {
    ts_wim_place at;
    uint8_t sha1[TS_WIM_SHA1];
} ts_wim_resource;

struct ts_wim {
    const ts_reader *reader;
    uint8_t header[TS_WIM_HEADER_BYTES];
    bool pipable;
    uint32_t n_images;
    uint32_t chunk;          /* bytes, unpacked; 0: nothing is compressed */
    ts_wim_resource *images; /* directories, n_images */
    ts_wim_resource *data;   /* sorted by offset, none overlaps another */
    size_t n_data;
    uint8_t *xml;
    size_t xml_size;
};

uint32_t ts_wim_u32(const uint8_t *p);
uint64_t ts_wim_u64(const uint8_t *p);
void ts_wim_put(uint8_t *p, uint64_t value, unsigned bytes); /* little-endian */
/* Of a compressed resource; the file was opened, so they are within their limits. */
uint64_t ts_wim_chunks(const ts_wim *wim, const ts_wim_place *place);
/* Bytes of one entry of its chunk table, which has one entry less than there are chunks. */
unsigned ts_wim_chunk_entry(const ts_wim_place *place);

#endif
