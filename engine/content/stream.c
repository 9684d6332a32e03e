/* stream.c - one file in order while it is fetched. The transfer runs on a thread of its own and
 * writes the part file; the reader follows, a piece at a time. What the transfer verified in this
 * run is served as it is; what lay there before (cache, folders) is verified piece by piece. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "cache.h"
#include "crypto.h"
#include "keys.h"
#include "os.h"
#include "repo.h"

#define WAIT_MS 200 /* between two looks at the cancel flag */

struct ts_content_stream {
    ts_content *c;
    ts_package_parts parts; /* of a stream that was opened by package */
    const ts_blob *blob;
    const char *work;
    char *own_work;
    uint8_t key[32]; /* of an encrypted blob */
    ts_watch watch;
    ts_want want;
    ts_thread *thread; /* NULL: the file is here already, so far */
    ts_file *file;     /* what is read: a file that is here, or the part */
    size_t place;      /* local: which of the places the file is from */
    uint64_t offset;   /* of the blob, of the next chunk */
    uint8_t *chunk;    /* clear bytes that are handed out next */
    uint8_t *sealed;   /* of an encrypted blob: the chunk as it travels */
    size_t chunk_len;
    size_t chunk_size; /* of the blob's bytes in one chunk */
    ts_err *failed;    /* the reader's own error */
    bool passing;      /* what was read in order is given up */
    ts_file *hole;     /* passing: the part and its map, to write */
    ts_file *map;
    uint8_t *gone;   /* of each piece: it was given up */
    size_t begin;    /* where the reading in order began */
    ts_mutex *mutex; /* for what follows */
    ts_cv *cv;
    uint8_t *ready; /* of each piece: verified, and in the file */
    size_t reading; /* the piece that the reader is at */
    size_t window;  /* pieces that may be asked for, from that one on */
    size_t widest;  /* that window gets */
    bool over;      /* the thread is done */
    ts_err *err;    /* ... and how */
};

/* --- The transfer's thread ------------------------------------------------------------------ */

static void piece_ready(void *ctx, size_t piece)
{
    ts_content_stream *s = ctx;
    ts_mutex_lock(s->mutex);
    s->ready[piece] = 1;
    ts_cv_wake(s->cv);
    ts_mutex_unlock(s->mutex);
}

static size_t first_wanted(void *ctx)
{
    ts_content_stream *s = ctx;
    ts_mutex_lock(s->mutex);
    size_t at = s->reading;
    ts_mutex_unlock(s->mutex);
    return at;
}

/* Whoever looks around in a file shares the line with nothing else: neither with what is ahead, nor
 * with what was jumped over. */
static size_t horizon(void *ctx)
{
    ts_content_stream *s = ctx;
    ts_mutex_lock(s->mutex);
    size_t end = s->reading + s->window;
    bool alone = s->passing || s->window < s->widest;
    if (alone && end > s->blob->n_pieces)
        end = s->blob->n_pieces;
    ts_mutex_unlock(s->mutex);
    return end;
}

/* The reader is at a piece. A short step ahead is reading in order too: content that an image does
 * not need is left out. */
static void move_to(ts_content_stream *s, size_t piece)
{
    if (piece == s->reading)
        return;
    bool in_order = piece > s->reading && piece - s->reading <= s->window;
    size_t twice = s->window * 2 < s->widest ? s->window * 2 : s->widest;
    s->window = in_order ? twice : 1;
    s->begin = in_order ? s->begin : piece;
    s->reading = piece;
    ts_net_wake(s->c->net);
}

static void run(void *ctx)
{
    ts_content_stream *s = ctx;
    ts_err *err = NULL;
    bool ok = ts_content_get_blobs(s->c, s->blob->name, s->work, &s->want, 1, &s->watch, &err);
    ts_mutex_lock(s->mutex);
    if (ok)
        memset(s->ready, 1, s->blob->n_pieces);
    s->err = err;
    s->over = true;
    ts_cv_wake(s->cv);
    ts_mutex_unlock(s->mutex);
}

/* --- Pieces --------------------------------------------------------------------------------- */

static uint64_t piece_len(const ts_blob *b, size_t p)
{
    uint64_t start = (uint64_t)p * b->piece;
    return b->size - start < b->piece ? b->size - start : b->piece;
}

static bool read_all(ts_file *file, uint8_t *data, size_t len, uint64_t offset, ts_err **err)
{
    for (size_t n = 0, got = 0; n < len; n += got) {
        if (!ts_file_pread(file, data + n, len - n, offset + n, &got, err))
            return false;
        if (got == 0)
            return ts_fail(err, TS_INTEGRITY, "the file is too short");
    }
    return true;
}

static bool piece_matches(ts_content_stream *s, size_t p)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *step = ts_alloc(TS_STEP_BYTES);
    ts_hash *hash = step ? ts_hash_new(NULL) : NULL;
    uint64_t at = (uint64_t)p * s->blob->piece, end = at + piece_len(s->blob, p);
    uint8_t digest[32] = {0};
    bool ok = hash != NULL;
    while (ok && at < end) {
        size_t n = end - at < TS_STEP_BYTES ? (size_t)(end - at) : TS_STEP_BYTES;
        ok = read_all(s->file, step, n, at, NULL) && ts_hash_add(hash, step, n, NULL);
        at += n;
    }
    ok = ok && ts_hash_final(hash, digest, NULL) &&
         memcmp(digest, s->blob->hashes + 32 * p, 32) == 0;
    ts_hash_free(hash);
    return ok;
}

/* --- Where it is read from ------------------------------------------------------------------ */

/* The next place that has the file: the store, then the folders among the sources. Owned. */
static char *next_place(ts_content_stream *s)
{
    const ts_site *site = s->c->site;
    if (s->place == 0) {
        s->place++;
        return ts_store_path(s->work, s->blob->sha256);
    }
    while (s->place <= site->n_sources) {
        const ts_site_source *src = &site->sources[s->place++ - 1];
        if (src->kind == TS_SOURCE_FOLDER)
            return ts_store_path(src->url, s->blob->sha256);
    }
    return NULL;
}

static bool open_local(ts_content_stream *s)
{
    ts_file_close(s->file);
    s->file = NULL;
    for (char *path = next_place(s); path; path = next_place(s)) {
        ts_path_info info;
        if (ts_path_look(path, &info, NULL) && info.kind == TS_PATH_FILE &&
            info.size == s->blob->size)
            s->file = ts_file_open(path, TS_FILE_READ, false, NULL);
        free(path);
        if (s->file) {
            memset(s->ready, 0, s->blob->n_pieces);
            return true;
        }
    }
    return false;
}

static bool start_transfer(ts_content_stream *s, ts_err **err)
{
    s->watch = (ts_watch){
        .ready = piece_ready,
        .horizon = horizon,
        .first = first_wanted,
        .passing = s->passing,
        .ctx = s,
    };
    memset(s->ready, 0, s->blob->n_pieces);
    s->want = (ts_want){.blob = s->blob};
    s->thread = ts_thread_start(run, s, err);
    return s->thread != NULL;
}

/* The part is renamed into the store when its last piece is there. */
static bool open_part(ts_content_stream *s, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *part = ts_part_path(s->work, s->blob->sha256, "part");
    TS_CLEANUP(ts_free_ptr) char *final = ts_store_path(s->work, s->blob->sha256);
    if (!part || !final)
        return ts_fail_nomem(err);
    s->file = ts_file_open(part, TS_FILE_READ, false, NULL);
    if (!s->file)
        s->file = ts_file_open(final, TS_FILE_READ, false, err);
    return s->file != NULL;
}

/* --- A file that has no room as a whole ----------------------------------------------------- */

static bool open_holes(ts_content_stream *s, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *part = ts_part_path(s->work, s->blob->sha256, "part");
    TS_CLEANUP(ts_free_ptr) char *map = ts_part_path(s->work, s->blob->sha256, "map");
    if (!part || !map)
        return ts_fail_nomem(err);
    if (!s->hole)
        s->hole = ts_file_open(part, TS_FILE_UPDATE, false, err);
    if (s->hole && !s->map)
        s->map = ts_file_open(map, TS_FILE_UPDATE, false, err);
    return s->map != NULL;
}

/* The map first: a resume must not look for what is gone. */
static bool give_up(ts_content_stream *s, size_t p, ts_err **err)
{
    static const uint8_t nothing = 0;
    s->gone[p] = 1;
    return open_holes(s, err) && ts_file_pwrite(s->map, &nothing, 1, 4 + p, err) &&
           ts_file_punch(s->hole, (uint64_t)p * s->blob->piece, piece_len(s->blob, p), err);
}

/* Behind the reader, as far back as it has read in order; not of the chunk that it waits for. */
static bool give_up_behind(ts_content_stream *s, ts_err **err)
{
    size_t end = (size_t)(s->offset / s->blob->piece);
    for (size_t p = s->begin; p < s->reading && p < end; p++) {
        ts_mutex_lock(s->mutex);
        bool ready = s->ready[p];
        ts_mutex_unlock(s->mutex);
        if (ready && !s->gone[p] && !give_up(s, p, err))
            return false;
    }
    return true;
}

static void end_transfer(ts_content_stream *s)
{
    if (!s->thread)
        return;
    ts_net_stop(s->c->net, true);
    ts_thread_join(s->thread);
    ts_net_stop(s->c->net, false);
    s->thread = NULL;
}

/* The reader goes back to what was given up: a new transfer, which knows from the map what is
 * there.
 */
static bool fetch_again(ts_content_stream *s, size_t p, ts_err **err)
{
    end_transfer(s);
    ts_err_clear(&s->err);
    s->over = false;
    s->reading = s->begin = p;
    s->window = 1;
    memset(s->gone, 0, s->blob->n_pieces);
    return start_transfer(s, err);
}

static bool pass_on(ts_content_stream *s, size_t p, ts_err **err)
{
    return s->gone[p] ? fetch_again(s, p, err) : give_up_behind(s, err);
}

static bool wait_for(ts_content_stream *s, size_t p, ts_err **err)
{
    const atomic_bool *cancel = s->c->options.cancel;
    if (s->passing && !pass_on(s, p, err))
        return false;
    ts_mutex_lock(s->mutex);
    move_to(s, p);
    while (!s->ready[p] && !s->over && !(cancel && *cancel))
        ts_cv_wait(s->cv, s->mutex, WAIT_MS);
    bool ok = s->ready[p];
    if (!ok && s->over && s->err) {
        if (err)
            *err = s->err;
        else
            ts_err_clear(&s->err);
        s->err = NULL;
    } else if (!ok) {
        ts_fail(err, TS_CANCELLED, "cancelled");
    }
    ts_mutex_unlock(s->mutex);
    return ok && (s->file || open_part(s, err));
}

/* Every piece of [offset, end) was verified and can be read from s->file. Another place begins with
 * none of them. */
static bool need(ts_content_stream *s, uint64_t end, ts_err **err)
{
    size_t first = (size_t)(s->offset / s->blob->piece);
    for (size_t p = first; (uint64_t)p * s->blob->piece < end;) {
        if (s->thread) {
            if (!wait_for(s, p++, err))
                return false;
        } else if (s->ready[p] || piece_matches(s, p)) {
            s->ready[p++] = 1;
        } else {
            ts_content_say(s->c, TS_LEVEL_WARNING, "piece %zu of '%s' is damaged in place", p,
                           s->blob->name);
            if (!open_local(s) && !start_transfer(s, err))
                return false;
            p = first;
        }
    }
    return true;
}

/* --- Reading -------------------------------------------------------------------------------- */

static bool next_chunk(ts_content_stream *s, ts_err **err)
{
    uint64_t left = s->blob->size - s->offset;
    size_t n = left < s->chunk_size ? (size_t)left : s->chunk_size;
    uint8_t *raw = s->blob->encrypted ? s->sealed : s->chunk;
    if (s->c->options.cancel && *s->c->options.cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled");
    if (!need(s, s->offset + n, err) || !read_all(s->file, raw, n, s->offset, err))
        return false;
    s->chunk_len = n;
    if (s->blob->encrypted) {
        if (n <= TS_TAG_BYTES)
            return ts_fail(err, TS_INTEGRITY, "the last chunk is cut off");
        if (!ts_chunk_decrypt(s->key, s->offset / s->chunk_size, raw, n, s->chunk, err))
            return false;
        s->chunk_len = n - TS_TAG_BYTES;
    }
    s->offset += n;
    return true;
}

/* Errors are final: a reader that goes on would miss what came between. */
static bool fail_again(const ts_content_stream *s, ts_err **err)
{
    return ts_fail(err, ts_err_code(s->failed), "%s", ts_err_text(s->failed));
}

/* The chunk that has the clear byte at `offset`, and where in it. */
static bool seek(ts_content_stream *s, uint64_t offset, size_t *at)
{
    uint64_t clear = s->blob->encrypted ? TS_CIPHER_CHUNK : s->chunk_size;
    uint64_t number = offset / clear;
    bool held = s->chunk_len > 0 && number == (s->offset - 1) / s->chunk_size;
    s->offset = held ? s->offset : number * s->chunk_size;
    if (!held && !next_chunk(s, &s->failed))
        return ts_wrap(&s->failed, "'%s'", s->blob->name);
    *at = (size_t)(offset % clear);
    return *at < s->chunk_len || ts_fail(&s->failed, TS_INTEGRITY,
                                         "'%s' is shorter than its manifest says", s->blob->name);
}

bool ts_content_stream_read_at(ts_content_stream *stream, uint64_t offset, void *data, size_t size,
                               ts_err **err)
{
    ts_content_stream *s = stream;
    uint64_t all = ts_content_stream_size(s);
    if (offset > all || size > all - offset)
        return ts_fail(err, TS_USAGE, "'%s' has no %zu bytes at %" PRIu64, s->blob->name, size,
                       offset);
    for (uint8_t *out = data; size > 0;) {
        size_t at = 0;
        if (s->failed || !seek(s, offset, &at))
            return fail_again(s, err);
        size_t n = s->chunk_len - at;
        n = n < size ? n : size;
        memcpy(out, s->chunk + at, n);
        out += n;
        offset += n;
        size -= n;
    }
    return true;
}

void ts_content_stream_ahead(ts_content_stream *stream, uint64_t offset)
{
    ts_content_stream *s = stream;
    uint64_t clear = s->blob->encrypted ? TS_CIPHER_CHUNK : s->chunk_size;
    ts_mutex_lock(s->mutex);
    s->reading = s->begin = (size_t)(offset / clear * s->chunk_size / s->blob->piece);
    s->window = s->widest;
    ts_mutex_unlock(s->mutex);
    ts_net_wake(s->c->net);
}

uint64_t ts_content_stream_size(const ts_content_stream *stream)
{
    return stream->blob->encrypted ? stream->blob->plain_size : stream->blob->size;
}

/* --- Opening and closing -------------------------------------------------------------------- */

static bool is_cached(const ts_content_stream *s)
{
    return s->c->cache && strcmp(s->c->cache, s->work) == 0;
}

static bool room_for_all(const ts_content_stream *s, ts_err **err)
{
    const ts_content *c = s->c;
    ts_path_info info = {0};
    uint64_t left = 0;
    if (is_cached(s))
        return ts_cache_make_room(c->cache, c->cache_max, s->blob->name, &s->blob, 1, err);
    TS_CLEANUP(ts_free_ptr) char *part = ts_part_path(s->work, s->blob->sha256, "part");
    if (!part)
        return ts_fail_nomem(err);
    if (!ts_folder_make_shared(s->work, err) || !ts_disk_free(s->work, &left, err))
        return false;
    bool there = ts_path_look(part, &info, NULL);
    return left >= s->blob->size || (there && left + info.on_disk >= s->blob->size) ||
           ts_fail(err, TS_LIMIT,
                   "'%s' has %" PRIu64 " MiB free, and %" PRIu64 " MiB are needed for '%s'",
                   s->work, left >> 20, s->blob->size >> 20, s->blob->name);
}

/* Room for what is fetched ahead, and as much again for what was jumped to; and holes. */
static bool room_to_pass(const ts_content_stream *s, ts_err **err)
{
    const ts_content *c = s->c;
    uint64_t need = (uint64_t)s->blob->piece * 2 * TS_STREAM_PASSING, left = 0;
    TS_CLEANUP(ts_free_ptr) char *parts = ts_path_join(s->work, "parts");
    TS_CLEANUP(ts_free_ptr) char *part = ts_part_path(s->work, s->blob->sha256, "part");
    if (!parts || !part)
        return ts_fail_nomem(err);
    if (s->blob->n_pieces <= (size_t)2 * TS_STREAM_PASSING || !ts_folder_make_shared(parts, err))
        return false;
    bool room = is_cached(s) ? ts_cache_make_bytes(c->cache, c->cache_max, s->blob->name, need, err)
                             : ts_disk_free(s->work, &left, err) && left >= need;
    ts_file *file = room ? ts_file_open(part, TS_FILE_UPDATE, false, err) : NULL;
    bool holes = file && ts_file_sparse(file, err);
    ts_file_close(file);
    return holes;
}

/* Whether the whole file is kept or passes by is decided here, also for whoever only looks into it
 * before a disk is wiped. */
static bool find_room(ts_content_stream *s, ts_err **err)
{
    ts_err *why = NULL;
    bool all = room_for_all(s, &why);
    s->passing = !all && ts_err_code(why) == TS_LIMIT && room_to_pass(s, NULL);
    s->widest = s->passing ? TS_STREAM_PASSING : TS_STREAM_WINDOW;
    bool none = !all && !s->passing && ts_err_code(why) == TS_LIMIT;
    if (none) /* to fetch it first would take more room still: no TS_LIMIT, which leads there */
        ts_fail(err, TS_REFUSED, "%s", ts_err_text(why));
    else if (!all && !s->passing)
        return ts_fail_take(err, why);
    ts_err_clear(&why);
    return !none;
}

bool ts_content_stream_passes(const ts_content_stream *stream)
{
    return stream->passing;
}

static bool set_up(ts_content_stream *s, const uint8_t package_key[32], ts_err **err)
{
    const ts_blob *b = s->blob;
    s->chunk_size = b->encrypted ? TS_CIPHER_CHUNK + TS_TAG_BYTES : TS_STEP_BYTES;
    s->mutex = ts_mutex_new();
    s->cv = ts_cv_new();
    s->ready = ts_alloc(b->n_pieces + 1);
    s->gone = ts_alloc(b->n_pieces + 1);
    s->chunk = ts_alloc(s->chunk_size);
    s->sealed = b->encrypted ? ts_alloc(s->chunk_size) : NULL;
    if (!s->mutex || !s->cv || !s->ready || !s->gone || !s->chunk || (b->encrypted && !s->sealed))
        return ts_fail_nomem(err);
    if (b->encrypted && !ts_blob_key(package_key, b->plain, s->key, err))
        return false;
    return open_local(s) || (find_room(s, err) && start_transfer(s, err));
}

ts_content_stream *ts_stream_open_blob(ts_content *c, const ts_blob *blob,
                                       const uint8_t package_key[32], const char *work,
                                       ts_err **err)
{
    ts_content_stream *s = ts_alloc(sizeof *s);
    if (!s) {
        ts_fail_nomem(err);
        return NULL;
    }
    s->c = c;
    s->window = 1;
    s->widest = TS_STREAM_WINDOW;
    s->blob = blob;
    s->work = work;
    if (set_up(s, package_key, err))
        return s;
    ts_content_stream_close(s);
    return NULL;
}

static const ts_blob *find_blob(const ts_package_parts *parts, const char *path, ts_err **err)
{
    const ts_tree_file *f = ts_tree_find(parts->tree, path);
    const ts_blob *b = f && !f->folder && !f->pack ? ts_manifest_find(parts->manifest, f->path)
                                                   : NULL;
    if (b && b->role == TS_BLOB_FILE && b->size > 0 &&
        strcmp(b->encrypted ? b->plain : b->sha256, f->sha256) == 0)
        return b;
    if (!f || f->folder)
        ts_fail(err, TS_NOT_FOUND, "it has no file '%s'", path);
    else if (f->pack || f->size == 0)
        ts_fail(err, TS_UNSUPPORTED, "'%s' is small and travels in a pack; fetch the package",
                path);
    else
        ts_fail(err, TS_SCHEMA, "manifest and file list disagree about '%s'", path);
    return NULL;
}

ts_content_stream *ts_content_stream_open(ts_content *content, const char *id, uint64_t version,
                                          const char *path, const char *work, ts_err **err)
{
    ts_package_parts parts;
    const char *place = content->cache ? content->cache : work;
    if (!place) {
        ts_fail(err, TS_USAGE, "a stream needs a cache or a work folder");
        return NULL;
    }
    if (!ts_content_open_package(content, id, version, &parts, err))
        return NULL;
    const ts_blob *blob = find_blob(&parts, path, err);
    char *own = blob ? ts_strdup(place) : NULL;
    if (blob && !own)
        ts_fail_nomem(err);
    ts_content_stream *s = own ? ts_stream_open_blob(content, blob, parts.key, own, err) : NULL;
    if (s) {
        s->parts = parts;
        s->own_work = own;
        return s;
    }
    free(own);
    ts_package_parts_done(&parts);
    ts_wrap(err, "package '%s'", id);
    return NULL;
}

/* A part with holes is worth nothing to the next one. */
static void remove_part(const ts_content_stream *s)
{
    static const char *const ends[] = {"part", "map"};
    for (size_t i = 0; i < TS_COUNT(ends); i++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_part_path(s->work, s->blob->sha256, ends[i]);
        if (path)
            ts_file_remove(path, NULL);
    }
}

void ts_content_stream_close(ts_content_stream *stream)
{
    if (!stream)
        return;
    end_transfer(stream);
    ts_file_close(stream->file);
    ts_file_close(stream->hole);
    ts_file_close(stream->map);
    if (stream->passing)
        remove_part(stream);
    else if (stream->offset > 0 && is_cached(stream)) {
        const char *digest = stream->blob->sha256;
        ts_content_note_use(stream->c, &digest, 1);
    }
    ts_err_clear(&stream->err);
    ts_err_clear(&stream->failed);
    ts_mutex_free(stream->mutex);
    ts_cv_free(stream->cv);
    ts_wipe(stream->key, sizeof stream->key);
    ts_package_parts_done(&stream->parts);
    free(stream->ready);
    free(stream->gone);
    free(stream->chunk);
    free(stream->sealed);
    free(stream->own_work);
    free(stream);
}
