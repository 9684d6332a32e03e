/* publish_sign.c - sign, check, collect garbage. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"
#include "os.h"
#include "repo.h"

#define PEM_MAX (1024u * 1024u)
#define DAY_MS  (INT64_C(24) * 3600 * 1000)

static bool blob_size(const char *repo, const char *sha256, uint64_t *size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_repo_blob_path(repo, sha256);
    ts_path_info info;
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_path_look(path, &info, err))
        return false;
    *size = info.size;
    return true;
}

static bool has_blob(void *ctx, const char *sha256, uint64_t size, const char *what, ts_err **err)
{
    uint64_t is = 0;
    if (!blob_size(ctx, sha256, &is, err))
        return ts_wrap(err, "'%s' is not complete in the repository", what);
    return is == size ||
           ts_fail(err, TS_INTEGRITY, "'%s' has %" PRIu64 " bytes, not %" PRIu64, sha256, is, size);
}

/* As every reader will: a certificate that is out of date, for web servers only, or of a kind that
 * CMS does not verify is told here, and not by the machines. */
static bool readers_take(const ts_buf *catalog, const ts_buf *sig, const ts_sign_options *o,
                         const char *cert, size_t cert_len, ts_err **err)
{
    return ts_cms_verify(catalog->data, catalog->len, sig->data, sig->len, cert, cert_len,
                         ts_clock_now() / 1000, NULL, err) ||
           ts_wrap(err, "no reader would take what '%s' signs; nothing was published",
                   o->cert_file);
}

static bool write_signature(const char *repo, const ts_buf *catalog, const ts_sign_options *o,
                            ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *cert = NULL;
    char *key = NULL;
    size_t cert_len = 0, key_len = 0;
    char digest[65];
    ts_buf sig;
    ts_buf_init(&sig, TS_SIGNATURE_MAX);
    bool ok = ts_file_read(o->cert_file, PEM_MAX, &cert, &cert_len, err) &&
              ts_file_read(o->key_file, PEM_MAX, &key, &key_len, err) &&
              ts_cms_sign(catalog->data, catalog->len, cert, cert_len, key, key_len, o->password,
                          &sig, err) &&
              readers_take(catalog, &sig, o, cert, cert_len, err) &&
              ts_sha256_text(catalog->data, catalog->len, digest, err);
    if (key)
        ts_wipe(key, key_len);
    free(key);
    TS_CLEANUP(ts_free_ptr)
    char *path = ok ? ts_sprintf("%s/signatures/%s.p7s", repo, digest) : NULL;
    ok = ok && (path || ts_fail_nomem(err)) && ts_file_write_atomic(path, sig.data, sig.len, err);
    ts_buf_done(&sig);
    return ok;
}

/* The signature lies under the digest of what it signs and is there first: whoever reads a
 * catalogue finds the one that belongs to it, whatever is published meanwhile. */
static bool publish(const char *repo, ts_catalog *draft, const ts_sign_options *o, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *public_path = ts_path_join(repo, "catalog.xml");
    TS_CLEANUP(ts_free_ptr) char *draft_path = ts_path_join(repo, "catalog.draft.xml");
    ts_buf text;
    ts_buf_init(&text, TS_CATALOG_BYTES_MAX);
    bool ok = (public_path && draft_path) || ts_fail_nomem(err);
    ok = ok && ts_catalog_write(draft, &text, err) && ts_buf_ok(&text, "the catalogue", err) &&
         write_signature(repo, &text, o, err) &&
         ts_file_write_atomic(draft_path, text.data, text.len, err) &&
         ts_file_write_atomic(public_path, text.data, text.len, err) &&
         ts_repo_index(repo, draft, err);
    ts_buf_done(&text);
    return ok;
}

static bool touch(void *ctx, const char *sha256, uint64_t size, const char *what, ts_err **err)
{
    TS_UNUSED(size);
    TS_UNUSED(what);
    TS_UNUSED(err);
    TS_CLEANUP(ts_free_ptr) char *path = ts_repo_blob_path(ctx, sha256);
    if (path)
        ts_file_set_modified(path, ts_clock_now(), NULL);
    return true;
}

static bool is_same_package(const ts_catalog *catalog, const ts_catalog_package *p)
{
    const ts_catalog_package *now = ts_catalog_package_find(catalog, p->id, p->version);
    return now && strcmp(now->manifest, p->manifest) == 0;
}

/* What readers of the old catalogue are fetching becomes garbage now: gc counts its days from here,
 * and not from when it was published. A blob that is gone already is none to keep. */
static void touch_retired(void *repo, const ts_catalog *old, const ts_catalog *draft)
{
    for (const ts_catalog_package *p = old->packages; p; p = p->next) {
        if (!is_same_package(draft, p))
            ts_repo_package_blobs(repo, p, touch, repo, NULL);
    }
    for (const ts_catalog_deployment *d = old->deployments; d; d = d->next) {
        const ts_catalog_deployment *now = ts_catalog_deployment_find(draft, d->id);
        if (!now || strcmp(now->sequence, d->sequence) != 0)
            touch(repo, d->sequence, d->size, d->id, NULL);
    }
}

bool ts_repo_sign(const char *repo, const ts_sign_options *options, uint64_t *version, ts_err **err)
{
    if (!ts_repo_prepare(repo, err))
        return false;
    ts_catalog *draft = ts_repo_draft(repo, err);
    ts_catalog *old = NULL;
    union { /* the visitor takes void * and only reads it */
        const char *in;
        void *out;
    } where = {.in = repo};
    bool ok = draft && ts_repo_public(repo, &old, err) &&
              ts_repo_each_blob(repo, draft, has_blob, where.out, err);
    if (ok) {
        uint64_t before = old && old->version > draft->version ? old->version : draft->version;
        draft->version = before + 1;
        draft->issued = ts_clock_now() / 1000;
        draft->expires = draft->issued + (int64_t)(options->days ? options->days : 14) * 86400;
        if (options->site)
            draft->site = ts_arena_strdup(draft->arena, options->site);
        if (old)
            touch_retired(where.out, old, draft);
        ok = draft->site ? publish(repo, draft, options, err) : ts_fail_nomem(err);
    }
    if (ok && version)
        *version = draft->version;
    ts_catalog_free(old);
    ts_catalog_free(draft);
    return ok;
}

/* --- check ---------------------------------------------------------------------------------- */

typedef struct checker {
    const char *repo;
    ts_log_fn log;
    void *log_ctx;
    ts_check_result result;
    ts_buf seen; /* digests, 64 bytes each */
} checker;

static void problem(checker *c, ts_err **err)
{
    c->result.problems++;
    if (c->log)
        c->log(c->log_ctx, TS_LEVEL_ERROR, ts_err_text(*err));
    ts_err_clear(err);
}

static bool seen(ts_buf *list, const char *sha256)
{
    for (size_t i = 0; i + 64 <= list->len; i += 64) {
        if (memcmp(list->data + i, sha256, 64) == 0)
            return true;
    }
    ts_buf_add(list, sha256, 64);
    return false;
}

static bool check_blob(void *ctx, const char *sha256, uint64_t size, const char *what, ts_err **err)
{
    TS_UNUSED(err);
    checker *c = ctx;
    if (seen(&c->seen, sha256))
        return true;
    ts_err *fault = NULL;
    ts_arena *arena = ts_arena_new();
    TS_CLEANUP(ts_free_ptr) char *path = ts_repo_blob_path(c->repo, sha256);
    ts_blob blob = {0};
    if (!arena || !path)
        ts_fail_nomem(&fault);
    else if (!ts_blob_of_file(path, arena, &blob, &fault))
        ts_wrap(&fault, "'%s'", what);
    else if (blob.size != size || strcmp(blob.sha256, sha256) != 0)
        ts_fail(&fault, TS_INTEGRITY, "'%s': '%s' does not match its name or size", what, path);
    ts_arena_free(arena);
    c->result.blobs++;
    c->result.bytes += blob.size;
    if (fault)
        problem(c, &fault);
    return true;
}

/* A deployment whose packages are gone would fail on the machine; here it fails at the desk. */
static void check_deployments(checker *c, const ts_catalog *catalog)
{
    for (const ts_catalog_deployment *d = catalog->deployments; d; d = d->next) {
        for (const ts_catalog_word *w = d->packages; w; w = w->next) {
            ts_err *fault = NULL;
            if (ts_catalog_package_find(catalog, w->text, w->version))
                continue;
            ts_fail(&fault, TS_NOT_FOUND,
                    "deployment '%s' needs version %" PRIu64 " of package '%s', "
                    "which is not in the repository",
                    d->id, w->version, w->text);
            problem(c, &fault);
        }
    }
}

static void check_catalog(checker *c, const ts_catalog *catalog)
{
    for (ts_catalog_package *p = catalog->packages; p; p = p->next) {
        ts_err *fault = NULL;
        ts_catalog one = {.packages = p};
        ts_catalog_package *rest = p->next;
        p->next = NULL; /* one at a time: a broken manifest must not hide the others */
        bool ok = ts_repo_each_blob(c->repo, &one, check_blob, c, &fault);
        p->next = rest;
        if (!ok)
            problem(c, &fault);
    }
    ts_catalog sequences = {.deployments = catalog->deployments};
    ts_repo_each_blob(c->repo, &sequences, check_blob, c, NULL);
    check_deployments(c, catalog);
    if (catalog->expires && catalog->expires * 1000 < ts_clock_now()) {
        ts_err *fault = NULL;
        ts_fail(&fault, TS_TRUST, "the public catalogue is out of date; sign it again");
        problem(c, &fault);
    }
}

bool ts_repo_check(const char *repo, ts_log_fn log, void *log_ctx, ts_check_result *out,
                   ts_err **err)
{
    checker c = {.repo = repo, .log = log, .log_ctx = log_ctx};
    ts_buf_init(&c.seen, 64u * TS_REPO_BLOBS_MAX);
    ts_catalog *draft = ts_repo_draft(repo, err);
    ts_catalog *published = NULL;
    bool ok = draft && ts_repo_public(repo, &published, err);
    if (ok) {
        check_catalog(&c, draft);
        if (published)
            check_catalog(&c, published);
        *out = c.result;
    }
    ts_buf_done(&c.seen);
    ts_catalog_free(draft);
    ts_catalog_free(published);
    return ok;
}

/* --- garbage -------------------------------------------------------------------------------- */

static bool note(void *ctx, const char *sha256, uint64_t size, const char *what, ts_err **err)
{
    TS_UNUSED(size);
    TS_UNUSED(what);
    seen(ctx, sha256);
    return ts_buf_ok(ctx, "the list of blobs", err);
}

/* What the index names: OCI manifests, the catalogue's own blobs. */
static bool note_index(const char *repo, ts_buf *live, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, "index.json");
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t size = 0;
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_file_exists(path))
        return true;
    if (!ts_file_read(path, TS_MANIFEST_BYTES_MAX, &text, &size, err))
        return false;
    for (const char *p = strstr(text, "sha256:"); p; p = strstr(p + 7, "sha256:")) {
        if (strlen(p) < 7 + 64 || seen(live, p + 7))
            continue;
        char digest[65];
        memcpy(digest, p + 7, 64);
        digest[64] = '\0';
        TS_CLEANUP(ts_free_ptr) char *blob = ts_repo_blob_path(repo, digest);
        TS_CLEANUP(ts_free_ptr) char *inner = NULL;
        if (!blob || !ts_file_read(blob, TS_MANIFEST_BYTES_MAX, &inner, &size, err))
            return blob ? false : ts_fail_nomem(err);
        for (const char *q = strstr(inner, "sha256:"); q; q = strstr(q + 7, "sha256:")) {
            if (strlen(q) >= 7 + 64)
                seen(live, q + 7);
        }
    }
    return ts_buf_ok(live, "the list of blobs", err);
}

/* Removes what is older than keep_days in `folder` and is garbage; adds to what was removed. */
static bool sweep(const char *folder, unsigned keep_days,
                  bool (*garbage)(ts_buf *live, const char *name), ts_buf *live, uint64_t *count,
                  uint64_t *bytes, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (!ts_folder_list(folder, &names, err))
        return false;
    int64_t limit = ts_clock_now() - (int64_t)keep_days * DAY_MS;
    for (size_t i = 0; names[i]; i++) {
        ts_path_info info;
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, names[i]);
        if (!path)
            return ts_fail_nomem(err);
        if (!garbage(live, names[i]) || !ts_path_look(path, &info, NULL) || info.modified > limit)
            continue;
        if (info.kind == TS_PATH_FOLDER ? !ts_folder_remove(path, err) : !ts_file_remove(path, err))
            return false;
        *count += 1;
        *bytes += info.size;
    }
    return true;
}

static bool is_dead(ts_buf *live, const char *name)
{
    size_t n = live->len;
    bool is_live = strlen(name) == 64 && seen(live, name);
    live->len = n;
    return !is_live;
}

/* What publications that were killed left: parts of blobs, unpacked content. */
static bool is_work(ts_buf *live, const char *name)
{
    TS_UNUSED(live);
    return strncmp(name, ".part-", 6) == 0 || strncmp(name, ".work-", 6) == 0;
}

static bool sweep_repo(const char *repo, unsigned keep_days, ts_buf *live, uint64_t *blobs,
                       uint64_t *bytes, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *work = ts_path_join(repo, "blobs");
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(repo, "blobs/sha256");
    uint64_t parts = 0;
    if (!work || !folder)
        return ts_fail_nomem(err);
    return sweep(folder, keep_days, is_dead, live, blobs, bytes, err) &&
           sweep(work, keep_days, is_work, live, &parts, bytes, err);
}

bool ts_repo_gc(const char *repo, unsigned keep_days, uint64_t *blobs, uint64_t *bytes,
                ts_err **err)
{
    ts_buf live;
    ts_buf_init(&live, 64u * TS_REPO_BLOBS_MAX);
    ts_catalog *draft = ts_repo_draft(repo, err);
    ts_catalog *published = NULL;
    *blobs = *bytes = 0;
    bool ok = draft && ts_repo_public(repo, &published, err) && ts_repo_index(repo, draft, err) &&
              ts_repo_each_blob(repo, draft, note, &live, err) &&
              (!published || ts_repo_each_blob(repo, published, note, &live, err)) &&
              note_index(repo, &live, err) && sweep_repo(repo, keep_days, &live, blobs, bytes, err);
    ts_buf_done(&live);
    ts_catalog_free(draft);
    ts_catalog_free(published);
    return ok;
}
