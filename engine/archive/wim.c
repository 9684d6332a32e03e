/* wim.c - header, lookup table and XML data of a WIM file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "wim_private.h"

#define VERSION      0x10d00u
#define VERSION_LZMS 0x00e00u /* also of solid files; their table says which it is */

/* Of the file. */
#define COMPRESSED      0x00000002u
#define SPANNED         0x00000008u
#define RESOURCES_ONLY  0x00000010u
#define METADATA_ONLY   0x00000020u
#define BEING_WRITTEN   0x00000040u
#define ANY_COMPRESSION 0x002e0000u /* XPRESS, LZX, LZMS, XPRESS again */

static const uint8_t ordinary_magic[8] = {'M', 'S', 'W', 'I', 'M'};
static const uint8_t pipable_magic[8] = {'W', 'L', 'P', 'W', 'M'};

/* --- Numbers ------------------------------------------------------------------------------- */

static uint64_t number(const uint8_t *p, unsigned bytes)
{
    uint64_t n = 0;
    for (unsigned i = bytes; i > 0; i--)
        n = n << 8 | p[i - 1];
    return n;
}

static uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)number(p, 2);
}

uint32_t ts_wim_u32(const uint8_t *p)
{
    return (uint32_t)number(p, 4);
}

uint64_t ts_wim_u64(const uint8_t *p)
{
    return number(p, 8);
}

void ts_wim_put(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static void put_place(uint8_t p[TS_WIM_PLACE], const ts_wim_place *place)
{
    ts_wim_put(p, place->stored, 7);
    p[7] = place->flags;
    ts_wim_put(p + 8, place->offset, 8);
    ts_wim_put(p + 16, place->size, 8);
}

static ts_wim_place get_place(const uint8_t *p)
{
    return (ts_wim_place){.stored = number(p, 7),
                          .flags = p[7],
                          .offset = number(p + 8, 8),
                          .size = number(p + 16, 8)};
}

uint64_t ts_wim_chunks(const ts_wim *wim, const ts_wim_place *place)
{
    return (place->size - 1) / wim->chunk + 1;
}

unsigned ts_wim_chunk_entry(const ts_wim_place *place)
{
    return place->size > UINT32_MAX ? 8 : 4;
}

/* --- Checks -------------------------------------------------------------------------------- */

static bool damaged(const ts_wim *wim, const char *what, ts_err **err)
{
    return ts_fail(err, TS_INTEGRITY,
                   "the image file '%s' is damaged: %s; take a good copy and publish it anew",
                   wim->reader->name, what);
}

static bool is_inside(const ts_wim *wim, const ts_wim_place *place)
{
    return place->stored <= wim->reader->size && place->offset >= TS_WIM_HEADER_BYTES &&
           place->offset <= wim->reader->size - place->stored;
}

static bool check_place(const ts_wim *wim, const ts_wim_place *place, ts_err **err)
{
    if (place->flags & TS_WIM_SOLID)
        return ts_fail(err, TS_UNSUPPORTED,
                       "the image file '%s' is solid (an .esd file): it cannot be streamed",
                       wim->reader->name);
    if (place->flags & TS_WIM_SPANNED)
        return ts_fail(err, TS_UNSUPPORTED,
                       "the image file '%s' is a part of a split image: it cannot be streamed",
                       wim->reader->name);
    if (!is_inside(wim, place) || place->size == 0 || place->stored == 0)
        return damaged(wim, "its table names bytes that are not in the file", err);
    if (!(place->flags & TS_WIM_COMPRESSED))
        return place->stored == place->size ||
               damaged(wim, "the sizes of a file that is not compressed differ", err);
    if (wim->chunk == 0)
        return damaged(wim, "it has compressed content and names no compression", err);
    uint64_t chunks = ts_wim_chunks(wim, place);
    if (chunks > TS_WIM_CHUNKS_MAX)
        return ts_fail(err, TS_LIMIT,
                       "a file in the image file '%s' has more than %u compressed chunks",
                       wim->reader->name, TS_WIM_CHUNKS_MAX);
    /* A table, at least one byte for each chunk, and in a pipable file its length. */
    uint64_t least = (chunks - 1) * ts_wim_chunk_entry(place) + chunks * (wim->pipable ? 5 : 1);
    return place->stored >= least || damaged(wim, "a compressed file is too short", err);
}

/* --- Header -------------------------------------------------------------------------------- */

bool ts_wim_is(const void *data, size_t size)
{
    return size >= sizeof ordinary_magic &&
           (memcmp(data, ordinary_magic, sizeof ordinary_magic) == 0 ||
            memcmp(data, pipable_magic, sizeof pipable_magic) == 0);
}

static bool check_kind(const ts_wim *wim, uint32_t flags, ts_err **err)
{
    const uint8_t *h = wim->header;
    uint32_t version = ts_wim_u32(h + 12);
    const char *why = NULL;
    if (ts_wim_u32(h + 8) != TS_WIM_HEADER_BYTES)
        return damaged(wim, "its header has an unknown length", err);
    if (flags & BEING_WRITTEN)
        return damaged(wim, "whoever wrote it did not finish", err);
    if (version != VERSION && version != VERSION_LZMS)
        why = "of an unknown version";
    else if ((flags & SPANNED) || get_u16(h + 0x28) != 1 || get_u16(h + 0x2a) != 1)
        why = "a part of a split image";
    else if (flags & (RESOURCES_ONLY | METADATA_ONLY))
        why = "only a part of an image";
    return !why || ts_fail(err, TS_UNSUPPORTED, "the image file '%s' is %s: it cannot be streamed",
                           wim->reader->name, why);
}

static bool check_chunk(ts_wim *wim, uint32_t flags, ts_err **err)
{
    uint32_t chunk = ts_wim_u32(wim->header + 0x14);
    if (!(flags & COMPRESSED))
        return true;
    if (!(flags & ANY_COMPRESSION) || chunk < TS_WIM_CHUNK_SIZE_MIN ||
        chunk > TS_WIM_CHUNK_SIZE_MAX || (chunk & (chunk - 1)) != 0)
        return damaged(wim, "its compression is unknown", err);
    wim->chunk = chunk;
    return true;
}

static bool read_start(ts_wim *wim, ts_err **err)
{
    const ts_reader *r = wim->reader;
    if (r->size < TS_WIM_HEADER_BYTES)
        return ts_fail(err, TS_INTEGRITY, "'%s' is no WIM file: it is too short", r->name);
    if (!r->read(r->ctx, 0, wim->header, TS_WIM_HEADER_BYTES, err))
        return false;
    if (!ts_wim_is(wim->header, TS_WIM_HEADER_BYTES))
        return ts_fail(err, TS_INTEGRITY, "'%s' is no WIM file", r->name);
    /* A pipable file has another header at its end, which knows where things are. */
    wim->pipable = wim->header[0] == pipable_magic[0];
    if (wim->pipable &&
        (!r->read(r->ctx, r->size - TS_WIM_HEADER_BYTES, wim->header, TS_WIM_HEADER_BYTES, err)))
        return false;
    if (wim->pipable && memcmp(wim->header, pipable_magic, sizeof pipable_magic) != 0)
        return damaged(wim, "its end is missing", err);
    return true;
}

static bool read_header(ts_wim *wim, ts_err **err)
{
    if (!read_start(wim, err))
        return false;
    uint32_t flags = ts_wim_u32(wim->header + TS_WIM_AT_FLAGS);
    wim->n_images = ts_wim_u32(wim->header + 0x2c);
    if (!check_kind(wim, flags, err) || !check_chunk(wim, flags, err))
        return false;
    if (wim->n_images > TS_WIM_IMAGES_MAX)
        return ts_fail(err, TS_LIMIT, "the image file '%s' has more than %u images",
                       wim->reader->name, TS_WIM_IMAGES_MAX);
    return wim->n_images > 0 || damaged(wim, "it has no image", err);
}

/* --- XML data and lookup table -------------------------------------------------------------- */

/* Something that is stored as it is, whole. Owned. */
static uint8_t *read_plain(const ts_wim *wim, unsigned at, size_t max, const char *what,
                           size_t *size, ts_err **err)
{
    ts_wim_place place = get_place(wim->header + at);
    if (place.flags & (TS_WIM_COMPRESSED | TS_WIM_SOLID)) {
        ts_fail(err, TS_UNSUPPORTED,
                "the %s of the image file '%s' is compressed: it cannot be streamed", what,
                wim->reader->name);
        return NULL;
    }
    if (place.stored > max) {
        ts_fail(err, TS_LIMIT, "the %s of the image file '%s' is larger than %zu bytes", what,
                wim->reader->name, max);
        return NULL;
    }
    if (!is_inside(wim, &place) || place.stored != place.size || place.stored == 0) {
        ts_fail(err, TS_INTEGRITY,
                "the image file '%s' is damaged: its %s is not in the file; take a good copy and "
                "publish it anew",
                wim->reader->name, what);
        return NULL;
    }
    uint8_t *data = ts_alloc((size_t)place.stored);
    bool ok = data ? wim->reader->read(wim->reader->ctx, place.offset, data, (size_t)place.stored,
                                       err)
                   : ts_fail_nomem(err);
    if (!ok)
        ts_free_ptr(&data);
    *size = (size_t)place.stored;
    return data;
}

static bool add_entry(ts_wim *wim, const uint8_t *p, uint32_t *images, ts_err **err)
{
    ts_wim_resource r = {.at = get_place(p)};
    memcpy(r.sha1, p + 30, TS_WIM_SHA1);
    /* Room that a shorter table left, or a file without content: nothing to send. */
    if ((r.at.flags & TS_WIM_FREE) || (r.at.size == 0 && r.at.stored == 0))
        return true;
    if (!check_place(wim, &r.at, err))
        return false;
    if (get_u16(p + 24) != 1)
        return damaged(wim, "its table names another part", err);
    if (!(r.at.flags & TS_WIM_METADATA)) {
        wim->data[wim->n_data++] = r;
        return true;
    }
    if (r.at.stored > TS_WIM_METADATA_MAX)
        return ts_fail(err, TS_LIMIT,
                       "the directory of an image in '%s' is larger than %u MiB when packed",
                       wim->reader->name, TS_WIM_METADATA_MAX >> 20);
    if (*images == wim->n_images)
        return damaged(wim, "it has more directories than images", err);
    wim->images[(*images)++] = r; /* in the order of the images */
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const ts_wim_resource *x = a, *y = b;
    return x->at.offset < y->at.offset ? -1 : x->at.offset > y->at.offset;
}

/* What the table names is read once at most: a small file cannot make a large stream. */
static bool check_overlap(const ts_wim *wim, ts_err **err)
{
    for (size_t i = 1; i < wim->n_data; i++) {
        const ts_wim_place *before = &wim->data[i - 1].at;
        if (wim->data[i].at.offset - before->offset < before->stored)
            return damaged(wim, "two files lie at the same place", err);
    }
    return true;
}

static bool read_table(ts_wim *wim, ts_err **err)
{
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr)
    uint8_t *table = read_plain(wim, TS_WIM_AT_TABLE, TS_WIM_TABLE_MAX, "lookup table", &size, err);
    if (!table)
        return false;
    size_t n = size / TS_WIM_ENTRY_BYTES;
    if (size % TS_WIM_ENTRY_BYTES != 0)
        return damaged(wim, "its lookup table is cut", err);
    wim->images = ts_alloc_array(wim->n_images, sizeof *wim->images);
    wim->data = ts_alloc_array(n, sizeof *wim->data);
    if (!wim->images || !wim->data)
        return ts_fail_nomem(err);
    uint32_t images = 0;
    for (size_t i = 0; i < n; i++) {
        if (!add_entry(wim, table + i * TS_WIM_ENTRY_BYTES, &images, err))
            return false;
    }
    if (images != wim->n_images)
        return damaged(wim, "the directory of an image is missing", err);
    if (wim->n_data > 1)
        qsort(wim->data, wim->n_data, sizeof *wim->data, by_offset);
    return check_overlap(wim, err);
}

static bool read_all(ts_wim *wim, ts_err **err)
{
    if (!read_header(wim, err) || !read_table(wim, err))
        return false;
    wim->xml = read_plain(wim, TS_WIM_AT_XML, TS_WIM_XML_MAX, "XML data", &wim->xml_size, err);
    return wim->xml != NULL;
}

ts_wim *ts_wim_open(const ts_reader *reader, ts_err **err)
{
    ts_wim *wim = ts_alloc(sizeof *wim);
    if (!wim) {
        ts_fail_nomem(err);
        return NULL;
    }
    wim->reader = reader;
    if (read_all(wim, err))
        return wim;
    ts_wim_close(wim);
    return NULL;
}

void ts_wim_close(ts_wim *wim)
{
    if (!wim)
        return;
    free(wim->images);
    free(wim->data);
    free(wim->xml);
    free(wim);
}

bool ts_wim_xml(const ts_reader *reader, uint8_t **out, size_t *size, ts_err **err)
{
    ts_wim wim = {.reader = reader};
    if (!read_start(&wim, err))
        return false;
    uint8_t *xml = read_plain(&wim, TS_WIM_AT_XML, TS_WIM_XML_MAX, "XML data", size, err);
    if (xml)
        *out = xml;
    return xml != NULL;
}

uint32_t ts_wim_images(const ts_wim *wim)
{
    return wim->n_images;
}

/* --- The directory alone --------------------------------------------------------------------- */

static bool add_metadata(const ts_wim *wim, uint32_t image, ts_buf *out, ts_err **err)
{
    if (image == 0)
        return true;
    const ts_wim_place *place = &wim->images[image - 1].at;
    TS_CLEANUP(ts_free_ptr) uint8_t *data = ts_alloc((size_t)place->stored);
    if (!data)
        return ts_fail_nomem(err);
    if (!wim->reader->read(wim->reader->ctx, place->offset, data, (size_t)place->stored, err))
        return false;
    ts_buf_add(out, data, (size_t)place->stored);
    return true;
}

bool ts_wim_directory(const ts_wim *wim, uint32_t image, ts_buf *out, ts_err **err)
{
    static const ts_wim_place none;
    uint8_t header[TS_WIM_HEADER_BYTES];
    uint8_t entry[TS_WIM_ENTRY_BYTES];
    if (image > wim->n_images)
        return ts_fail(err, TS_NOT_FOUND, "the image file '%s' has no image %" PRIu32,
                       wim->reader->name, image);
    size_t packed = image ? (size_t)wim->images[image - 1].at.stored : 0;
    ts_wim_place table = {.offset = TS_WIM_HEADER_BYTES + packed,
                          .stored = (uint64_t)wim->n_images * TS_WIM_ENTRY_BYTES,
                          .flags = TS_WIM_METADATA};
    table.size = table.stored;
    ts_wim_place xml = {.offset = table.offset + table.stored,
                        .stored = wim->xml_size,
                        .size = wim->xml_size,
                        .flags = TS_WIM_METADATA};
    memcpy(header, wim->header, sizeof header);
    put_place(header + TS_WIM_AT_TABLE, &table);
    put_place(header + TS_WIM_AT_XML, &xml);
    put_place(header + TS_WIM_AT_BOOT, &none);
    ts_wim_put(header + TS_WIM_AT_BOOT_ID, 0, 4);
    put_place(header + TS_WIM_AT_INTEGRITY, &none);
    ts_buf_add(out, header, sizeof header);
    if (!add_metadata(wim, image, out, err))
        return false;
    for (uint32_t i = 0; i < wim->n_images; i++) {
        ts_wim_place place = wim->images[i].at;
        if (i + 1 == image)
            place.offset = TS_WIM_HEADER_BYTES;
        memset(entry, 0, sizeof entry);
        put_place(entry, &place);
        entry[24] = 1; /* part */
        entry[26] = 1; /* used once */
        memcpy(entry + 30, wim->images[i].sha1, TS_WIM_SHA1);
        ts_buf_add(out, entry, sizeof entry);
    }
    ts_buf_add(out, wim->xml, wim->xml_size);
    if (wim->pipable)
        ts_buf_add(out, header, sizeof header);
    return ts_buf_ok(out, "the directory of an image file", err);
}
