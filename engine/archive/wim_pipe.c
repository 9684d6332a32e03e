/* wim_pipe.c - an ordinary WIM file in the form that wimlib reads from pipes.
 *
 * That form: the header with another magic; the XML data; the directory of each image; the content;
 * each of them behind 40 bytes (magic, unpacked size, SHA-1, flags). A compressed chunk is preceded
 * by its length in 4 bytes, and the chunk table, which a reader of pipes skips, comes behind the
 * last one (zeros here). wimlib describes it in the comment of write_pipable_wim() in its write.c.
 *
 * The bytes are made in pieces: from memory, zeros, or copied out of the file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "wim_private.h"

#define WINDOW     (1024u * 1024u) /* read from the file at once */
#define MAGIC      UINT64_C(0x2b9b9ba2443db9d8)
#define HEAD_BYTES 40u

/* What comes next. */
typedef enum stage { HEADER, XML_HEAD, XML, DIRECTORY, CONTENT, END } stage;

struct ts_wim_pipe {
    const ts_wim *wim;
    uint32_t image;
    bool (*wanted)(void *ctx, const uint8_t sha1[TS_WIM_SHA1]);
    void *wanted_ctx;
    stage stage;
    uint32_t next_image;
    size_t next_data;
    bool content; /* has begun */
    /* The piece that is being handed out: bytes of memory, then of the file, then zeros. */
    const uint8_t *memory;
    size_t memory_left;
    uint64_t at; /* in the file */
    uint64_t file_left;
    uint64_t zeros;
    uint8_t small[TS_WIM_HEADER_BYTES];
    /* The compressed resource whose chunks come next; NULL: none. */
    const ts_wim_place *place;
    uint8_t *table;
    size_t table_room;
    uint64_t chunk, n_chunks;
    /* What was read of the file. */
    uint8_t *window;
    uint64_t window_at;
    size_t window_size;
};

/* --- The file ------------------------------------------------------------------------------- */

static bool fill_window(ts_wim_pipe *p, uint64_t at, ts_err **err)
{
    const ts_reader *r = p->wim->reader;
    uint64_t left = r->size - at;
    size_t want = left < WINDOW ? (size_t)left : WINDOW;
    p->window_size = 0;
    if (!r->read(r->ctx, at, p->window, want, err))
        return false;
    p->window_at = at;
    p->window_size = want;
    return true;
}

static bool copy(ts_wim_pipe *p, uint64_t at, void *data, size_t size, ts_err **err)
{
    for (uint8_t *out = data; size > 0;) {
        bool inside = at >= p->window_at && at - p->window_at < p->window_size;
        if (!inside && !fill_window(p, at, err))
            return false;
        size_t from = (size_t)(at - p->window_at);
        size_t n = p->window_size - from < size ? p->window_size - from : size;
        memcpy(out, p->window + from, n);
        out += n;
        at += n;
        size -= n;
    }
    return true;
}

/* --- Pieces --------------------------------------------------------------------------------- */

static void send_small(ts_wim_pipe *p, size_t size)
{
    p->memory = p->small;
    p->memory_left = size;
}

static void make_head(ts_wim_pipe *p, uint64_t size, const uint8_t sha1[TS_WIM_SHA1],
                      uint32_t flags)
{
    memset(p->small, 0, HEAD_BYTES);
    ts_wim_put(p->small, MAGIC, 8);
    ts_wim_put(p->small + 8, size, 8);
    if (sha1)
        memcpy(p->small + 16, sha1, TS_WIM_SHA1);
    ts_wim_put(p->small + 36, flags, 4);
    send_small(p, HEAD_BYTES);
}

static void make_header(ts_wim_pipe *p)
{
    static const uint8_t magic[8] = {'W', 'L', 'P', 'W', 'M'};
    memcpy(p->small, p->wim->header, TS_WIM_HEADER_BYTES);
    memcpy(p->small, magic, sizeof magic);
    /* Places in the file mean nothing in a stream. */
    memset(p->small + TS_WIM_AT_TABLE, 0, TS_WIM_AT_BOOT - TS_WIM_AT_TABLE + TS_WIM_PLACE);
    ts_wim_put(p->small + TS_WIM_AT_BOOT_ID, 0, 4);
    memset(p->small + TS_WIM_AT_INTEGRITY, 0, TS_WIM_PLACE);
    send_small(p, TS_WIM_HEADER_BYTES);
}

static bool start_resource(ts_wim_pipe *p, const ts_wim_resource *r, ts_err **err)
{
    const ts_wim_place *place = &r->at;
    make_head(p, place->size, r->sha1, place->flags & (TS_WIM_METADATA | TS_WIM_COMPRESSED));
    p->at = place->offset;
    if (!(place->flags & TS_WIM_COMPRESSED)) {
        p->file_left = place->stored;
        return true;
    }
    p->n_chunks = ts_wim_chunks(p->wim, place);
    p->chunk = 0;
    size_t table = (size_t)(p->n_chunks - 1) * ts_wim_chunk_entry(place);
    if (table > p->table_room) {
        free(p->table);
        p->table = ts_alloc(table);
        p->table_room = p->table ? table : 0;
        if (!p->table)
            return ts_fail_nomem(err);
    }
    if (!copy(p, place->offset, p->table, table, err))
        return false;
    p->at += table;
    p->place = place;
    return true;
}

/* Where chunk `i` begins behind the table; that of the end for i == n_chunks. */
static uint64_t chunk_start(const ts_wim_pipe *p, uint64_t i)
{
    unsigned entry = ts_wim_chunk_entry(p->place);
    if (i == 0)
        return 0;
    if (i == p->n_chunks)
        return p->place->stored - (p->n_chunks - 1) * entry;
    const uint8_t *at = p->table + (size_t)(i - 1) * entry;
    return entry == 8 ? ts_wim_u64(at) : ts_wim_u32(at);
}

static bool start_chunk(ts_wim_pipe *p, ts_err **err)
{
    if (p->chunk == p->n_chunks) {
        p->zeros = (p->n_chunks - 1) * ts_wim_chunk_entry(p->place);
        p->place = NULL;
        return true;
    }
    uint64_t start = chunk_start(p, p->chunk);
    uint64_t end = chunk_start(p, p->chunk + 1);
    uint64_t most = chunk_start(p, p->n_chunks);
    p->chunk++;
    if (start >= end || end > most || end - start > p->wim->chunk)
        return ts_fail(err, TS_INTEGRITY,
                       "the image file '%s' is damaged: a table of compressed chunks is wrong",
                       p->wim->reader->name);
    ts_wim_put(p->small, end - start, 4);
    send_small(p, 4);
    p->file_left = end - start;
    return true;
}

/* A stream has a directory for each image, and a reader skips those that it does not want. */
static bool start_directory(ts_wim_pipe *p, ts_err **err)
{
    uint32_t i = p->next_image++;
    if (i + 1 == p->image)
        return start_resource(p, &p->wim->images[i], err);
    make_head(p, 1, NULL, TS_WIM_METADATA);
    p->zeros = 1;
    return true;
}

static void go_ahead(const ts_wim_pipe *p, uint64_t offset)
{
    if (p->wim->reader->ahead)
        p->wim->reader->ahead(p->wim->reader->ctx, offset);
}

static bool start_content(ts_wim_pipe *p, ts_err **err)
{
    while (p->next_data < p->wim->n_data) {
        const ts_wim_resource *r = &p->wim->data[p->next_data++];
        if (p->wanted && !p->wanted(p->wanted_ctx, r->sha1))
            continue;
        if (!p->content)
            go_ahead(p, r->at.offset);
        p->content = true;
        return start_resource(p, r, err);
    }
    p->stage = END;
    return true;
}

static bool next_piece(ts_wim_pipe *p, ts_err **err)
{
    if (p->place)
        return start_chunk(p, err);
    switch (p->stage) {
    case HEADER:
        make_header(p);
        p->stage = XML_HEAD;
        return true;
    case XML_HEAD:
        make_head(p, p->wim->xml_size, NULL, TS_WIM_METADATA);
        p->stage = XML;
        return true;
    case XML:
        p->memory = p->wim->xml;
        p->memory_left = p->wim->xml_size;
        p->stage = DIRECTORY;
        return true;
    case DIRECTORY:
        if (p->next_image < p->wim->n_images)
            return start_directory(p, err);
        p->stage = CONTENT;
        return true;
    case CONTENT:
        return start_content(p, err);
    case END:
        break;
    }
    return true;
}

/* --- The stream ------------------------------------------------------------------------------ */

ts_wim_pipe *ts_wim_pipe_new(const ts_wim *wim, uint32_t image,
                             bool (*wanted)(void *ctx, const uint8_t sha1[TS_WIM_SHA1]), void *ctx,
                             ts_err **err)
{
    if (image == 0 || image > wim->n_images) {
        ts_fail(err, TS_NOT_FOUND, "the image file '%s' has no image %" PRIu32, wim->reader->name,
                image);
        return NULL;
    }
    ts_wim_pipe *p = ts_alloc(sizeof *p);
    if (p)
        p->window = ts_alloc(WINDOW);
    if (!p || !p->window) {
        ts_wim_pipe_free(p);
        ts_fail_nomem(err);
        return NULL;
    }
    p->wim = wim;
    p->image = image;
    p->wanted = wanted;
    p->wanted_ctx = ctx;
    if (wim->pipable) { /* as it is */
        p->file_left = wim->reader->size;
        p->stage = END;
        go_ahead(p, 0);
    }
    return p;
}

void ts_wim_pipe_free(ts_wim_pipe *pipe)
{
    if (!pipe)
        return;
    free(pipe->table);
    free(pipe->window);
    free(pipe);
}

static bool is_over(const ts_wim_pipe *p)
{
    return p->stage == END && !p->place && !p->memory_left && !p->file_left && !p->zeros;
}

bool ts_wim_pipe_read(ts_wim_pipe *pipe, void *data, size_t size, size_t *got, ts_err **err)
{
    uint8_t *out = data;
    size_t done = 0;
    while (done < size && !is_over(pipe)) {
        size_t room = size - done;
        size_t n = 0;
        if (pipe->memory_left > 0) {
            n = pipe->memory_left < room ? pipe->memory_left : room;
            memcpy(out + done, pipe->memory, n);
            pipe->memory += n;
            pipe->memory_left -= n;
        } else if (pipe->file_left > 0) {
            n = pipe->file_left < room ? (size_t)pipe->file_left : room;
            if (!copy(pipe, pipe->at, out + done, n, err))
                return false;
            pipe->at += n;
            pipe->file_left -= n;
        } else if (pipe->zeros > 0) {
            n = pipe->zeros < room ? (size_t)pipe->zeros : room;
            memset(out + done, 0, n);
            pipe->zeros -= n;
        } else if (!next_piece(pipe, err)) {
            return false;
        }
        done += n;
    }
    *got = done;
    return true;
}
