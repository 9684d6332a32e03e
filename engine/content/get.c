/* get.c - blobs into a store: from folders, then over the network. While it is fetched a blob is
 * <work>/parts/<hex>.part with a map of one byte a piece; what the map claims is hashed again
 * before it counts, because after a power cut it may claim what the disk never got. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "crypto.h"
#include "os.h"

/* The map's byte of an unfinished piece: 1 + how many 254ths are written. */
#define MARK_STEPS 254u

typedef struct slot {
    const ts_blob *blob;
    ts_want *want;
    uint8_t *state;
    uint32_t *partial;   /* bytes of unfinished pieces that are written */
    uint8_t *marks;      /* what the map says of each piece: 0, 1 done, else how far it is */
    size_t left;         /* pieces that are not there */
    ts_file *part, *map; /* open while it is written */
    uint64_t unsynced;
    uint8_t *memory; /* a small one that the watcher takes */
} slot;

typedef struct getter {
    ts_content *c;
    const char *what, *work;
    const ts_watch *watch; /* NULL: nobody reads meanwhile */
    slot *slots;
    ts_net_object *objects;
    size_t n;
    bool damaged; /* a folder had something under the name of a blob that was not it */
} getter;

char *ts_store_path(const char *work, const char *sha256)
{
    return ts_sprintf("%s/blobs/sha256/%s", work, sha256);
}

char *ts_part_path(const char *work, const char *sha256, const char *end)
{
    return ts_sprintf("%s/parts/%s.%s", work, sha256, end);
}

static char *part_path(const getter *g, const ts_blob *b, const char *end)
{
    return ts_part_path(g->work, b->sha256, end);
}

static void tell_ready(const getter *g, size_t piece)
{
    if (g->watch && g->watch->ready)
        g->watch->ready(g->watch->ctx, piece);
}

/* --- checking what is there ----------------------------------------------------------------- */

static bool hash_range(ts_file *file, ts_hash *hash, uint64_t offset, uint64_t len, uint8_t *chunk,
                       uint8_t digest[32])
{
    while (len > 0) {
        size_t want = len < TS_STEP_BYTES ? (size_t)len : TS_STEP_BYTES, got = 0;
        if (!ts_file_pread(file, chunk, want, offset, &got, NULL) || got == 0 ||
            !ts_hash_add(hash, chunk, got, NULL)) {
            ts_hash_final(hash, digest, NULL);
            return false;
        }
        offset += got;
        len -= got;
    }
    return ts_hash_final(hash, digest, NULL);
}

bool ts_file_matches(const char *path, uint64_t size, const char *sha256)
{
    ts_path_info info;
    if (!ts_path_look(path, &info, NULL) || info.kind != TS_PATH_FILE || info.size != size)
        return false;
    TS_CLEANUP(ts_free_ptr) uint8_t *chunk = ts_alloc(TS_STEP_BYTES);
    ts_file *file = chunk ? ts_file_open(path, TS_FILE_READ, false, NULL) : NULL;
    ts_hash *hash = file ? ts_hash_new(NULL) : NULL;
    uint8_t digest[32];
    char hex[65] = "";
    if (hash && hash_range(file, hash, 0, size, chunk, digest))
        ts_hex(digest, 32, hex);
    ts_hash_free(hash);
    ts_file_close(file);
    return strcmp(hex, sha256) == 0;
}

static bool copy_bytes(ts_file *in, ts_file *out, ts_hash *hash, uint64_t size, uint8_t *chunk,
                       ts_err **err)
{
    for (uint64_t at = 0; at < size;) {
        size_t want = size - at < TS_STEP_BYTES ? (size_t)(size - at) : TS_STEP_BYTES, got = 0;
        if (!ts_file_pread(in, chunk, want, at, &got, err))
            return false;
        if (got == 0)
            return ts_fail(err, TS_INTEGRITY, "the file is too short");
        if (!ts_hash_add(hash, chunk, got, err) || !ts_file_append(out, chunk, got, err))
            return false;
        at += got;
    }
    return true;
}

bool ts_file_copy_checked(const char *from, const char *to, uint64_t size, const char *sha256,
                          ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *chunk = ts_alloc(TS_STEP_BYTES);
    if (!chunk)
        return ts_fail_nomem(err);
    ts_file *in = ts_file_open(from, TS_FILE_READ, false, err);
    ts_file *out = in ? ts_file_open(to, TS_FILE_CREATE, false, err) : NULL;
    ts_hash *hash = out ? ts_hash_new(err) : NULL;
    uint8_t digest[32];
    char hex[65] = "";
    bool ok = hash && copy_bytes(in, out, hash, size, chunk, err) &&
              ts_hash_final(hash, digest, err);
    if (ok) {
        ts_hex(digest, 32, hex);
        ok = strcmp(hex, sha256) == 0 ||
             ts_fail(err, TS_INTEGRITY, "'%s' does not match its hash", from);
    }
    ts_hash_free(hash);
    ts_file_close(in);
    ts_file_close(out);
    if (!ok)
        ts_file_remove(to, NULL);
    return ok;
}

/* --- parts ---------------------------------------------------------------------------------- */

/* Hashes the pieces that the map claims. */
static void resume_part(getter *g, slot *s, const char *map, size_t map_size)
{
    TS_CLEANUP(ts_free_ptr) char *path = part_path(g, s->blob, "part");
    TS_CLEANUP(ts_free_ptr) uint8_t *chunk = ts_alloc(TS_STEP_BYTES);
    ts_file *file = path && chunk ? ts_file_open(path, TS_FILE_READ, false, NULL) : NULL;
    ts_hash *hash = file ? ts_hash_new(NULL) : NULL;
    size_t good = 0, bad = 0;
    for (size_t p = 0;
         hash && p < s->blob->n_pieces && p < map_size && !ts_net_cancelled(g->c->net); p++) {
        uint64_t start = (uint64_t)p * s->blob->piece;
        uint64_t len = s->blob->size - start < s->blob->piece ? s->blob->size - start
                                                              : s->blob->piece;
        uint8_t digest[32];
        if ((uint8_t)map[p] > 1) /* its hash decides when the rest is there */
            s->partial[p] = (uint32_t)(len * ((uint8_t)map[p] - 1u) / MARK_STEPS);
        if (map[p] != 1)
            continue;
        if (hash_range(file, hash, start, len, chunk, digest) &&
            memcmp(digest, s->blob->hashes + 32 * p, 32) == 0) {
            s->state[p] = TS_PIECE_DONE;
            s->left--;
            good++;
            tell_ready(g, p);
        } else {
            bad++;
        }
    }
    ts_hash_free(hash);
    ts_file_close(file);
    if (good || bad)
        ts_content_say(g->c, TS_LEVEL_INFO,
                       "'%s': %zu pieces of an earlier download are good, %zu are "
                       "damaged and fetched again",
                       s->blob->name, good, bad);
}

static void resume(getter *g, slot *s)
{
    TS_CLEANUP(ts_free_ptr) char *path = part_path(g, s->blob, "map");
    TS_CLEANUP(ts_free_ptr) char *map = NULL;
    size_t size = 0;
    if (path && ts_file_read(path, TS_MANIFEST_PIECES_MAX + 64, &map, &size, NULL) && size > 4) {
        uint32_t piece = 0;
        memcpy(&piece, map, 4);
        if (piece == s->blob->piece) /* else: an older manifest cut it differently */
            resume_part(g, s, map + 4, size - 4);
    }
}

static bool open_part(getter *g, slot *s, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *part = part_path(g, s->blob, "part");
    TS_CLEANUP(ts_free_ptr) char *map = part_path(g, s->blob, "map");
    if (!part || !map)
        return ts_fail_nomem(err);
    if (s->blob->n_pieces == 1 && s->blob->size < TS_SMALL_FILE_BYTES) {
        s->part = ts_file_open(part, TS_FILE_CREATE, false, err); /* thousands: few calls each */
        return s->part != NULL;
    }
    s->part = ts_file_open(part, TS_FILE_UPDATE, false, err);
    bool passing = g->watch && g->watch->passing;
    if (!s->part ||
        !(passing ? ts_file_sparse(s->part, err) : ts_file_reserve(s->part, s->blob->size, err)) ||
        !ts_file_truncate(s->part, s->blob->size, err)) /* an older part may be longer */
        return false;
    if (s->blob->n_pieces == 1)
        return true;
    uint32_t piece = s->blob->piece;
    for (size_t p = 0; p < s->blob->n_pieces; p++)
        s->marks[p] = s->state[p] == TS_PIECE_DONE;
    s->map = ts_file_open(map, TS_FILE_CREATE, false, err);
    return s->map && ts_file_pwrite(s->map, &piece, 4, 0, err) &&
           ts_file_pwrite(s->map, s->marks, s->blob->n_pieces, 4, err);
}

/* Sixteen times a piece the map learns how far it is, so that a kill costs little. */
static bool mark_progress(slot *s, uint64_t end, ts_err **err)
{
    size_t p = (size_t)((end - 1) / s->blob->piece);
    uint64_t start = (uint64_t)p * s->blob->piece;
    uint64_t len = s->blob->size - start < s->blob->piece ? s->blob->size - start : s->blob->piece;
    uint8_t mark = (uint8_t)(1 + (end - start) * MARK_STEPS / len);
    if (mark < 2 || mark >> 4 == s->marks[p] >> 4)
        return true;
    s->marks[p] = mark;
    return ts_file_pwrite(s->map, &mark, 1, 4 + p, err);
}

static void close_part(getter *g, slot *s)
{
    if (s->part)
        ts_syncer_leave(g->c->syncer, s->part);
    ts_file_close(s->part);
    ts_file_close(s->map);
    s->part = s->map = NULL;
}

/* What a power cut may take is fetched again: thousands of syncs would cost minutes, packs are cut
 * apart soon, and the disk is busy with the work of whoever reads a stream. */
static bool is_worth_a_sync(const getter *g, const ts_blob *b)
{
    bool is_stream = g->watch && g->watch->first;
    return b->size >= TS_SYNC_BYTES && b->role != TS_BLOB_PACK && !is_stream;
}

static bool is_for_memory(const getter *g, const ts_blob *b)
{
    return g->watch && g->watch->small &&
           (!g->watch->has_room || g->watch->has_room(g->watch->ctx)) &&
           b->size <= TS_MEMORY_BLOB_BYTES && b->n_pieces == 1 && b->role == TS_BLOB_FILE &&
           !b->encrypted;
}

static bool give_memory(getter *g, slot *s, ts_err **err)
{
    uint8_t *data = s->memory;
    s->memory = NULL;
    s->want->here = true;
    return g->watch->small(g->watch->ctx, s->want, data, err);
}

/* All pieces are there: on the disk, then under its name. */
static bool complete(getter *g, slot *s, ts_err **err)
{
    if (s->memory)
        return give_memory(g, s, err);
    s->want->here = true;
    if (g->watch && g->watch->passing)
        return true;
    TS_CLEANUP(ts_free_ptr) char *part = part_path(g, s->blob, "part");
    TS_CLEANUP(ts_free_ptr) char *map = part_path(g, s->blob, "map");
    TS_CLEANUP(ts_free_ptr) char *final = ts_store_path(g->work, s->blob->sha256);
    if (!part || !map || !final)
        return ts_fail_nomem(err);
    if (s->part && is_worth_a_sync(g, s->blob)) {
        ts_file *file = s->part;
        char *taken[3] = {part, final, s->blob->n_pieces > 1 ? map : NULL};
        s->part = NULL;
        part = final = NULL;
        if (taken[2])
            map = NULL;
        close_part(g, s);
        return ts_syncer_complete(g->c->syncer, file, taken[0], taken[1], taken[2], err);
    }
    close_part(g, s);
    bool ok = ts_file_move(part, final, err) &&
              (s->blob->n_pieces == 1 || ts_file_remove(map, err));
    bool told = ok && g->watch && g->watch->stored && s->blob->role == TS_BLOB_PACK;
    return told ? g->watch->stored(g->watch->ctx, s->want, err) : ok;
}

static bool sink_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                       ts_err **err)
{
    getter *g = ctx;
    slot *s = &g->slots[object];
    if (s->memory || (!s->part && is_for_memory(g, s->blob))) {
        if (!s->memory && !(s->memory = ts_alloc((size_t)s->blob->size)))
            return ts_fail_nomem(err);
        memcpy(s->memory + offset, data, len);
        return true;
    }
    if (!s->part && !open_part(g, s, err))
        return ts_wrap(err, "'%s'", s->blob->name);
    s->unsynced += len;
    if (s->unsynced >= TS_SYNC_BYTES) {
        s->unsynced = 0;
        if (is_worth_a_sync(g, s->blob))
            ts_syncer_ask(g->c->syncer, s->part);
    }
    return ts_file_pwrite(s->part, data, len, offset, err) &&
           (!s->map || mark_progress(s, offset + len, err));
}

static bool sink_read(void *ctx, size_t object, uint64_t offset, void *data, size_t len,
                      ts_err **err)
{
    getter *g = ctx;
    slot *s = &g->slots[object];
    size_t got = 0;
    if (s->memory) {
        memcpy(data, s->memory + offset, len);
        return true;
    }
    if (!s->part && !open_part(g, s, err))
        return ts_wrap(err, "'%s'", s->blob->name);
    return ts_file_pread(s->part, data, len, offset, &got, err) &&
           (got == len || ts_fail(err, TS_STATE, "a part of '%s' is too short", s->blob->name));
}

static bool sink_piece(void *ctx, size_t object, size_t piece, ts_err **err)
{
    static const uint8_t mark = 1;
    getter *g = ctx;
    slot *s = &g->slots[object];
    if (s->map && !ts_file_pwrite(s->map, &mark, 1, 4 + piece, err))
        return false;
    s->marks[piece] = mark;
    if (--s->left == 0 && !complete(g, s, err))
        return false;
    tell_ready(g, piece);
    return true;
}

static size_t sink_horizon(void *ctx, size_t object)
{
    TS_UNUSED(object);
    const getter *g = ctx;
    return g->watch->horizon(g->watch->ctx);
}

static size_t sink_first(void *ctx, size_t object)
{
    TS_UNUSED(object);
    const getter *g = ctx;
    return g->watch->first(g->watch->ctx);
}

static bool sink_begun(void *ctx, ts_err **err)
{
    const getter *g = ctx;
    return g->watch->begun(g->watch->ctx, err);
}

static void sink_progress(void *ctx, const ts_transfer_stats *st)
{
    getter *g = ctx;
    ts_content_progress p = {.what = g->what,
                             .done = st->done,
                             .total = st->total,
                             .received = st->received,
                             .speed = st->speed,
                             .seconds = st->speed ? (uint32_t)((st->total - st->done) / st->speed)
                                                  : UINT32_MAX,
                             .connections = st->connections,
                             .retries = st->retries,
                             .source = st->source};
    if (g->c->options.progress)
        g->c->options.progress(g->c->options.ctx, &p);
}

/* --- sources -------------------------------------------------------------------------------- */

/* From a folder: a blob is there whole or not at all. */
static bool from_folders(getter *g, slot *s, ts_err **err)
{
    const ts_site *site = g->c->site;
    TS_CLEANUP(ts_free_ptr) char *final = ts_store_path(g->work, s->blob->sha256);
    TS_CLEANUP(ts_free_ptr) char *part = part_path(g, s->blob, "part");
    if (!final || !part)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < site->n_sources && !s->want->here; i++) {
        if (site->sources[i].kind != TS_SOURCE_FOLDER)
            continue;
        TS_CLEANUP(ts_free_ptr) char *from = ts_store_path(site->sources[i].url, s->blob->sha256);
        ts_err *reason = NULL;
        if (!from)
            return ts_fail_nomem(err);
        if (!ts_file_exists(from))
            continue;
        if (ts_file_copy_checked(from, part, s->blob->size, s->blob->sha256, &reason) &&
            ts_file_rename(part, final, &reason)) {
            s->want->here = true;
            ts_free_ptr(&g->c->location);
            g->c->location = ts_strdup(site->sources[i].url);
        } else {
            g->damaged = g->damaged || ts_err_code(reason) == TS_INTEGRITY;
            ts_content_say(g->c, TS_LEVEL_WARNING, "source '%s': %s", site->sources[i].id,
                           ts_err_text(reason));
            ts_err_clear(&reason);
        }
    }
    return true;
}

static size_t net_sources(ts_content *c, ts_net_source *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->site->n_sources; i++) {
        const ts_site_source *s = &c->site->sources[i];
        if (s->kind == TS_SOURCE_FOLDER)
            continue;
        bool auth = s->kind == TS_SOURCE_OCI || s->auth == TS_AUTH_BEARER;
        out[n++] = (ts_net_source){.id = s->id,
                                   .url = s->url,
                                   .registry = s->kind == TS_SOURCE_OCI,
                                   .priority = s->priority,
                                   .connections = s->connections,
                                   .bears = &c->bears[i],
                                   .client_cert = s->auth == TS_AUTH_CLIENT_CERT,
                                   .auth = auth ? &c->auths[i].is : NULL};
    }
    return n;
}

static bool over_network(getter *g, ts_err **err)
{
    ts_content *c = g->c;
    ts_net_source sources[TS_CONTENT_SOURCES_MAX];
    size_t n = net_sources(c, sources);
    ts_net_sink sink = {.write = sink_write,
                        .piece = sink_piece,
                        .read = sink_read,
                        .horizon = g->watch && g->watch->horizon ? sink_horizon : NULL,
                        .first = g->watch && g->watch->first ? sink_first : NULL,
                        .begun = g->watch && g->watch->begun ? sink_begun : NULL,
                        .progress = c->options.progress ? sink_progress : NULL,
                        .ctx = g};
    if (n == 0)
        return ts_fail(err, g->damaged ? TS_INTEGRITY : TS_NOT_FOUND, "'%s' is %s",
                       g->objects[0].name,
                       g->damaged ? "damaged on every source that has it" : "on no source");
    ts_transfer_stats stats;
    bool ok = ts_transfer_run(c->net, sources, n, g->objects, g->n, &sink, &stats, err);
    ok = ts_syncer_wait(c->syncer, ok ? err : NULL) && ok;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(sources[i].id, stats.source) == 0 || (i == 0 && !*stats.source)) {
            ts_free_ptr(&c->location);
            c->location = ts_strdup(sources[i].url);
        }
    }
    ts_content_say(c, TS_LEVEL_INFO,
                   "%s: %" PRIu64 " bytes over the network, %u retries, %u wrong "
                   "pieces",
                   g->what, stats.received, stats.retries, stats.bad_pieces);
    return ok && (c->location || ts_fail_nomem(err));
}

/* --- the whole ------------------------------------------------------------------------------ */

static void drop_slot(getter *g)
{
    slot *s = &g->slots[--g->n];
    close_part(g, s);
    free(s->state);
    free(s->marks);
    free(s->partial);
    free(s->memory);
}

static bool add_slot(getter *g, ts_want *want, ts_err **err)
{
    slot *s = &g->slots[g->n];
    const ts_blob *b = want->blob;
    TS_CLEANUP(ts_free_ptr) char *final = ts_store_path(g->work, b->sha256);
    if (!final)
        return ts_fail_nomem(err);
    if (ts_file_exists(final)) {
        want->here = ts_file_matches(final, b->size, b->sha256);
        if (want->here || !ts_file_remove(final, err))
            return want->here;
        ts_content_say(g->c, TS_LEVEL_WARNING, "'%s' is damaged in the cache and fetched again",
                       b->name);
    }
    *s = (slot){.blob = b, .want = want, .left = b->n_pieces};
    s->state = ts_alloc(b->n_pieces + 1);
    s->marks = ts_alloc(b->n_pieces + 1);
    s->partial = ts_alloc_array(b->n_pieces + 1, sizeof *s->partial);
    g->n++;
    if (!s->state || !s->marks || !s->partial)
        return ts_fail_nomem(err);
    bool streamed = g->watch && g->watch->horizon;
    if (!streamed && !from_folders(g, s, err))
        return false;
    if (want->here) {
        drop_slot(g);
        return true;
    }
    if (b->n_pieces > 1)
        resume(g, s);
    if (s->left == 0) {
        bool ok = complete(g, s, err);
        drop_slot(g);
        return ok;
    }
    g->objects[g->n - 1] = (ts_net_object){.name = b->name,
                                           .size = b->size,
                                           .piece = b->piece,
                                           .n_pieces = b->n_pieces,
                                           .hashes = b->hashes,
                                           .state = s->state,
                                           .partial = s->partial};
    memcpy(g->objects[g->n - 1].sha256, b->sha256, 65);
    return true;
}

static int by_digest(const void *a, const void *b)
{
    const ts_want *const *x = a, *const *y = b;
    int order = strcmp((*x)->blob->sha256, (*y)->blob->sha256);
    return order ? order : (*x > *y) - (*x < *y);
}

/* Which ones have the digest of one before them. */
static bool mark_repeated(const ts_want *wants, size_t n, bool *again, ts_err **err)
{
    const ts_want **sorted = ts_alloc_array(n, sizeof(ts_want *));
    if (!sorted)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &wants[i];
    qsort(sorted, n, sizeof(ts_want *), by_digest);
    for (size_t i = 1; i < n; i++)
        again[sorted[i] - wants] = strcmp(sorted[i]->blob->sha256, sorted[i - 1]->blob->sha256) ==
                                   0;
    free(sorted);
    return true;
}

static bool make_work(const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *blobs = ts_sprintf("%s/blobs/sha256", work);
    TS_CLEANUP(ts_free_ptr) char *parts = ts_sprintf("%s/parts", work);
    if (!blobs || !parts)
        return ts_fail_nomem(err);
    return ts_folder_make_shared(blobs, err) && ts_folder_make_shared(parts, err);
}

/* Space for what is still to come, before the first byte. */
static bool check_space(const getter *g, ts_err **err)
{
    uint64_t need = 0, left = 0;
    for (size_t i = 0; i < g->n; i++) {
        TS_CLEANUP(ts_free_ptr) char *part = part_path(g, g->slots[i].blob, "part");
        ts_path_info info;
        uint64_t size = g->slots[i].blob->size;
        if (!part || !ts_path_look(part, &info, NULL)) /* it is preallocated, or has holes */
            info.on_disk = 0;
        need += info.on_disk < size ? size - info.on_disk : 0;
    }
    if (g->watch && g->watch->passing) /* it takes a window, which was looked for */
        return true;
    return ts_disk_free(g->work, &left, err) &&
           (need <= left ||
            ts_fail(err, TS_LIMIT, "'%s' has %" PRIu64 " MiB free, and %" PRIu64 " are needed",
                    g->work, left >> 20, need >> 20));
}

bool ts_content_get_blobs(ts_content *c, const char *what, const char *work, ts_want *wants,
                          size_t n, const ts_watch *watch, ts_err **err)
{
    getter g = {.c = c, .what = what, .work = work, .watch = watch};
    if (!make_work(work, err))
        return false;
    g.slots = ts_alloc_array(n, sizeof *g.slots);
    g.objects = ts_alloc_array(n, sizeof *g.objects);
    bool *again = ts_alloc_array(n, sizeof *again);
    bool ok = (g.slots && g.objects && again) || ts_fail_nomem(err);
    ok = ok && mark_repeated(wants, n, again, err); /* equal files are one blob */
    for (size_t i = 0; ok && i < n; i++)
        ok = again[i] || add_slot(&g, &wants[i], err);
    free(again);
    ok = ok && check_space(&g, err) && (g.n == 0 || over_network(&g, err));
    while (g.n > 0)
        drop_slot(&g);
    for (size_t i = 0; ok && i < n; i++)
        wants[i].here = true;
    free(g.slots);
    free(g.objects);
    return ok;
}
