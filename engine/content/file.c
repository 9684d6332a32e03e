/* file.c - single files by URL and SHA-256, and whatever a manifest lists. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "crypto.h"
#include "os.h"

typedef struct plain {
    ts_content *c;
    const char *name;
    ts_file *part, *map;
} plain;

static bool plain_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                        ts_err **err)
{
    TS_UNUSED(object);
    plain *p = ctx;
    return ts_file_pwrite(p->part, data, len, offset, err);
}

static bool plain_piece(void *ctx, size_t object, size_t piece, ts_err **err)
{
    static const uint8_t mark = TS_PIECE_DONE;
    TS_UNUSED(object);
    plain *p = ctx;
    return ts_file_pwrite(p->map, &mark, 1, piece, err);
}

static void plain_progress(void *ctx, const ts_transfer_stats *st)
{
    plain *p = ctx;
    ts_content_progress progress = {
        .what = p->name,
        .done = st->done,
        .total = st->total,
        .received = st->received,
        .speed = st->speed,
        .seconds = st->speed ? (uint32_t)((st->total - st->done) / st->speed) : UINT32_MAX,
        .connections = st->connections,
        .retries = st->retries,
        .source = st->source};
    if (p->c->options.progress)
        p->c->options.progress(p->c->options.ctx, &progress);
}

/* Name and size of what lies behind the URL. */
static bool ask_size(ts_content *c, const char *url, const ts_net_source *src, uint64_t *size,
                     ts_err **err)
{
    ts_net_answer answer = {0};
    ts_buf header;
    ts_buf_init(&header, 65536);
    if (src->auth && ts_url_is_https(url) && !ts_auth_value(src->auth, c->net, &header, err)) {
        ts_buf_done(&header);
        return false;
    }
    ts_net_request request = {.method = "HEAD",
                              .url = url,
                              .authorization = header.len ? header.data : NULL,
                              .client_cert = src->client_cert};
    bool ok = ts_net_fetch(c->net, &request, &answer, err);
    if (ok && answer.length < 0) {
        TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(url);
        ok = ts_fail(err, TS_NET, "'%s' does not tell its size", shown ? shown : "");
    }
    *size = ok ? (uint64_t)answer.length : 0;
    ts_net_answer_done(&answer);
    if (header.data)
        ts_wipe(header.data, header.len);
    ts_buf_done(&header);
    return ok;
}

/* The map of an earlier download counts when the sizes fit; the whole file's hash decides at last.
 */
static uint8_t *open_parts(plain *p, const char *part, const char *map, uint64_t size, size_t n,
                           ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *old = NULL;
    size_t old_size = 0;
    ts_path_info info;
    uint8_t *state = ts_alloc(n + 1);
    if (!state) {
        ts_fail_nomem(err);
        return NULL;
    }
    bool fits = ts_path_look(part, &info, NULL) && info.size == size &&
                ts_file_read(map, n + 1, &old, &old_size, NULL) && old_size == n;
    for (size_t i = 0; fits && i < n; i++)
        state[i] = old[i] == TS_PIECE_DONE ? TS_PIECE_DONE : TS_PIECE_FREE;
    p->part = ts_file_open(part, TS_FILE_UPDATE, false, err);
    p->map = p->part ? ts_file_open(map, TS_FILE_CREATE, false, err) : NULL;
    bool ok = p->map && ts_file_reserve(p->part, size, err) &&
              ts_file_truncate(p->part, size, err) && ts_file_pwrite(p->map, state, n, 0, err);
    if (ok)
        return state;
    free(state);
    return NULL;
}

static bool transfer(plain *p, const ts_net_source *src, const char *path, uint64_t size,
                     const char *part, const char *map, ts_err **err)
{
    size_t n = (size_t)((size - 1) / TS_PIECE_BYTES + 1);
    uint8_t *state = open_parts(p, part, map, size, n, err);
    ts_net_object object = {.name = p->name,
                            .path = path,
                            .size = size,
                            .piece = n == 1 ? (uint32_t)size : TS_PIECE_BYTES,
                            .n_pieces = n,
                            .state = state};
    ts_net_sink sink = {
        .write = plain_write, .piece = plain_piece, .progress = plain_progress, .ctx = p};
    ts_transfer_stats stats;
    bool ok = state && ts_transfer_run(p->c->net, src, 1, &object, 1, &sink, &stats, err);
    ok = ok && ts_file_sync(p->part, err);
    ts_file_close(p->part);
    ts_file_close(p->map);
    p->part = p->map = NULL;
    free(state);
    return ok;
}

static bool get_file(plain *p, const ts_net_source *src, const char *path, const char *url,
                     const char *sha256, const char *file, ts_err **err)
{
    uint64_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *part = ts_sprintf("%s.part", file);
    TS_CLEANUP(ts_free_ptr) char *map = ts_sprintf("%s.part.map", file);
    if (!part || !map)
        return ts_fail_nomem(err);
    if (!ask_size(p->c, url, src, &size, err))
        return false;
    if (size == 0)
        return ts_fail(err, TS_INTEGRITY, "the server offers an empty file");
    bool resumed = ts_file_exists(part);
    for (;;) {
        if (!transfer(p, src, path, size, part, map, err))
            return false;
        bool right = ts_file_matches(part, size, sha256);
        ts_file_remove(map, NULL);
        if (right)
            return ts_file_rename(part, file, err);
        ts_file_remove(part, NULL);
        if (!resumed)
            return ts_fail(err, TS_INTEGRITY, "what was downloaded has another SHA-256 than '%s'",
                           sha256);
        ts_content_say(p->c, TS_LEVEL_WARNING,
                       "the earlier part of the download was damaged; all of "
                       "it is fetched again");
        resumed = false;
    }
}

/* The URL as a source of its own: everything to its last '/', and the rest as a path. */
static bool as_source(ts_content *c, const char *url, char **base, const char **path,
                      ts_net_source *src, ts_err **err)
{
    size_t end = strcspn(url, "?#");
    while (end > 0 && url[end - 1] != '/')
        end--;
    bool http = ts_url_is_https(url) || ts_str_ihas_prefix(url, "http://");
    if (!http || end < 9)
        return ts_fail(err, TS_USAGE, "a URL must begin with https:// or http:// and name a file");
    *base = ts_strndup(url, end);
    if (!*base)
        return ts_fail_nomem(err);
    *path = url + end;
    bool bearer = c->site->token != NULL;
    *src = (ts_net_source){
        .id = "url", .url = *base, .client_cert = c->site->pfx != NULL && !bearer};
    for (size_t i = 0; i < c->site->n_sources; i++) { /* its origin's settings, when one is given */
        if (ts_url_same_origin(c->site->sources[i].url, url)) {
            src->connections = c->site->sources[i].connections;
            src->auth = c->site->sources[i].auth == TS_AUTH_BEARER ? &c->auths[i].is : NULL;
        }
    }
    if (c->options.connections)
        src->connections = c->options.connections;
    return true;
}

bool ts_content_file(ts_content *content, const char *url, const char *sha256, const char *file,
                     ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *base = NULL;
    TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(url);
    const char *path = NULL;
    ts_net_source src;
    ts_path_info info;
    if (!ts_sha256_is(sha256))
        return ts_fail(err, TS_USAGE, "'%s' is no SHA-256 (64 lower-case hexadecimal digits)",
                       sha256);
    if (ts_path_look(file, &info, NULL) && ts_file_matches(file, info.size, sha256))
        return true;
    if (!as_source(content, url, &base, &path, &src, err))
        return false;
    plain p = {.c = content, .name = ts_path_base(file)};
    ts_free_ptr(&content->location);
    content->location = shown;
    shown = NULL;
    if (!content->location)
        return ts_fail_nomem(err);
    return get_file(&p, &src, path, url, sha256, file, err);
}

/* --- manifests ------------------------------------------------------------------------------ */

static bool read_manifest(ts_content *c, const char *where, const char *sha256, char **out,
                          size_t *len, ts_err **err)
{
    char digest[65];
    bool url = ts_url_is_https(where) || ts_str_ihas_prefix(where, "http://");
    if (url && !sha256)
        return ts_fail(err, TS_USAGE, "a manifest from a URL needs its SHA-256 (--sha256)");
    if (url) {
        ts_net_request request = {
            .url = where, .max = TS_MANIFEST_BYTES_MAX, .client_cert = c->site->pfx != NULL};
        ts_net_answer answer = {0};
        bool ok = ts_net_fetch(c->net, &request, &answer, err);
        *out = answer.body;
        *len = answer.len;
        answer.body = NULL;
        ts_net_answer_done(&answer);
        if (!ok)
            return false;
    } else if (!ts_file_read(where, TS_MANIFEST_BYTES_MAX, out, len, err)) {
        return false;
    }
    if (!ts_sha256_text(*out, *len, digest, err))
        return false;
    return !sha256 || strcmp(digest, sha256) == 0 ||
           ts_fail(err, TS_INTEGRITY, "the manifest has another SHA-256 than '%s'", sha256);
}

/* A foreign manifest has no file list: its files are what it names. */
static ts_tree *tree_of_names(const ts_manifest *m, ts_err **err)
{
    ts_tree *t = ts_alloc(sizeof *t);
    if (t)
        t->arena = ts_arena_new();
    if (t && t->arena)
        t->files = ts_arena_alloc(t->arena, (m->n_blobs + 1) * sizeof *t->files);
    if (!t || !t->files) {
        ts_tree_free(t);
        ts_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < m->n_blobs; i++) {
        const ts_blob *b = &m->blobs[i];
        ts_tree_file *f = &t->files[t->n_files++];
        f->path = ts_arena_strdup(t->arena, b->name);
        f->size = b->size;
        f->modified = ts_clock_now();
        memcpy(f->sha256, b->sha256, 65);
        if (!f->path || b->encrypted || b->size == 0) {
            ts_fail(err, TS_UNSUPPORTED, "'%s' is empty or encrypted; fetch the package instead",
                    b->name);
            ts_tree_free(t);
            return NULL;
        }
    }
    if (ts_tree_sort(t, err))
        return t;
    ts_tree_free(t);
    return NULL;
}

bool ts_content_manifest(ts_content *content, const char *manifest, const char *sha256,
                         const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t len = 0;
    if (sha256 && !ts_sha256_is(sha256))
        return ts_fail(err, TS_USAGE, "'%s' is no SHA-256 (64 lower-case hexadecimal digits)",
                       sha256);
    if (!read_manifest(content, manifest, sha256, &data, &len, err))
        return ts_wrap(err, "manifest");
    ts_manifest *m = ts_manifest_read("the manifest", data, len, err);
    const ts_blob *blob = m ? ts_manifest_tree(m) : NULL;
    bool ok = m && (!blob || !blob->encrypted ||
                    ts_fail(err, TS_UNSUPPORTED,
                            "the package is encrypted, and its key stands in the catalogue; "
                            "fetch it with --package"));
    ts_tree *tree = ok && !blob ? tree_of_names(m, err) : NULL;
    ok = ok && (blob || tree) && ts_content_install(content, m, tree, NULL, folder, err);
    ts_tree_free(tree);
    ts_manifest_free(m);
    return ok;
}
