/* repo.c - the repository's folder, draft and OCI index. */
#include "repo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "os.h"

#define INDEX_MAX (64u * 1024u * 1024u)

#define TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TYPE_CONFIG   "application/vnd.taskseq.package.v1+json"
#define TYPE_METALINK "application/metalink4+xml"
#define TYPE_BLOB     "application/vnd.taskseq.blob.v1"
#define TYPE_CATALOG  "application/vnd.taskseq.catalog.v1+xml"
#define TYPE_P7S      "application/pkcs7-signature"
#define TYPE_SEQUENCE "application/vnd.taskseq.sequence.v1+xml"

struct ts_repo_lock {
    ts_lock *lock;
};

bool ts_repo_prepare(const char *repo, ts_err **err)
{
    static const char *const folders[] = {"blobs/sha256", "signatures", "packages"};
    for (size_t i = 0; i < TS_COUNT(folders); i++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s/%s", repo, folders[i]);
        if (!path)
            return ts_fail_nomem(err);
        if (!ts_folder_make_shared(path, err))
            return false;
    }
    TS_CLEANUP(ts_free_ptr) char *layout = ts_path_join(repo, "oci-layout");
    static const char text[] = "{\"imageLayoutVersion\":\"1.0.0\"}\n";
    if (!layout)
        return ts_fail_nomem(err);
    return ts_file_exists(layout) || ts_file_write_atomic(layout, text, sizeof text - 1, err);
}

ts_repo_lock *ts_repo_lock_take(const char *repo, const char *what, ts_log_fn log, void *ctx,
                                ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, TS_LOCK_NAME);
    TS_CLEANUP(ts_free_ptr) char *thing = ts_sprintf("repository '%s'", repo);
    if (!path || !thing) {
        ts_fail_nomem(err);
        return NULL;
    }
    ts_repo_lock *lock = ts_alloc(sizeof *lock);
    if (!lock)
        ts_fail_nomem(err);
    else if (ts_folder_make_shared(repo, err))
        lock->lock = ts_lock_take(path, thing, what, TS_CONTENT_LOCK_MS, err);
    if (!lock || !lock->lock) {
        free(lock);
        return NULL;
    }
    const char *weak = ts_lock_weak(lock->lock);
    TS_CLEANUP(ts_free_ptr)
    char *text = weak ? ts_sprintf("%s cannot be locked: let no other process change it "
                                   "meanwhile (%s)",
                                   thing, weak)
                      : NULL;
    if (text && log)
        log(ctx, TS_LEVEL_WARNING, text);
    return lock;
}

void ts_repo_lock_release(ts_repo_lock *lock)
{
    if (!lock)
        return;
    ts_lock_release(lock->lock);
    free(lock);
}

static bool read_catalog(const char *repo, const char *name, ts_catalog **out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, name);
    if (!path)
        return ts_fail_nomem(err);
    *out = NULL;
    if (!ts_file_exists(path))
        return true;
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    if (!ts_file_read(path, TS_CATALOG_BYTES_MAX, &data, &size, err))
        return false;
    *out = ts_catalog_read(path, data, size, err);
    return *out != NULL;
}

ts_catalog *ts_repo_draft(const char *repo, ts_err **err)
{
    ts_catalog *c = NULL;
    if (!read_catalog(repo, "catalog.draft.xml", &c, err))
        return NULL;
    if (!c && !read_catalog(repo, "catalog.xml", &c, err))
        return NULL;
    return c ? c : ts_catalog_new(err);
}

bool ts_repo_public(const char *repo, ts_catalog **out, ts_err **err)
{
    return read_catalog(repo, "catalog.xml", out, err);
}

ts_manifest *ts_repo_manifest(const char *repo, const ts_catalog_package *package, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_repo_blob_path(repo, package->manifest);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    char digest[65];
    if (!path) {
        ts_fail_nomem(err);
        return NULL;
    }
    ts_manifest *m = NULL;
    if (ts_file_read(path, TS_MANIFEST_BYTES_MAX, &data, &size, err) &&
        ts_sha256_text(data, size, digest, err)) {
        if (strcmp(digest, package->manifest) == 0)
            m = ts_manifest_read(path, data, size, err);
        else
            ts_fail(err, TS_INTEGRITY, "'%s' does not match its name", path);
    }
    if (!m)
        ts_wrap(err, "manifest of package '%s' version %" PRIu64, package->id, package->version);
    return m;
}

static void descriptor(ts_buf *out, const char *type, const char *sha256, uint64_t size)
{
    ts_buf_printf(out, "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%" PRIu64, type,
                  sha256, size);
}

/* Writes one artifact (an OCI manifest with these layers) and its line of the index. */
static bool artifact(const char *repo, const char *tag, const ts_buf *layers, ts_buf *index,
                     ts_err **err)
{
    char config[65], digest[65];
    if (!ts_repo_put(repo, "{}", 2, config, NULL, err))
        return false;
    ts_buf text;
    ts_buf_init(&text, INDEX_MAX);
    ts_buf_str(&text, "{\"schemaVersion\":2,\"mediaType\":\"" TYPE_MANIFEST "\",\"config\":");
    descriptor(&text, TYPE_CONFIG, config, 2);
    ts_buf_printf(&text, "},\"layers\":[%s]}\n", ts_buf_text(layers));
    bool ok = ts_buf_ok(layers, "the index", err) && ts_buf_ok(&text, "the index", err) &&
              ts_repo_put(repo, text.data, text.len, digest, NULL, err);
    if (ok) {
        ts_buf_str(index, index->len ? ",\n" : "");
        descriptor(index, TYPE_MANIFEST, digest, text.len);
        ts_buf_printf(index, ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}}",
                      tag);
    }
    ts_buf_done(&text);
    return ok;
}

static void layer(ts_buf *out, const char *type, const char *sha256, uint64_t size)
{
    /* A registry refuses a manifest that names one layer twice; equal files are one blob. */
    if (out->len && strstr(out->data, sha256))
        return;
    ts_buf_str(out, out->len ? "," : "");
    descriptor(out, type, sha256, size);
    ts_buf_char(out, '}');
}

static bool index_package(const char *repo, const ts_catalog_package *p, ts_buf *index,
                          ts_err **err)
{
    ts_manifest *m = ts_repo_manifest(repo, p, err);
    if (!m)
        return false;
    ts_buf layers;
    ts_buf_init(&layers, INDEX_MAX);
    layer(&layers, TYPE_METALINK, p->manifest, p->size);
    for (size_t i = 0; i < m->n_blobs; i++)
        layer(&layers, TYPE_BLOB, m->blobs[i].sha256, m->blobs[i].size);
    TS_CLEANUP(ts_free_ptr) char *tag = ts_sprintf("%s-%" PRIu64, p->id, p->version);
    bool ok = tag ? artifact(repo, tag, &layers, index, err) : ts_fail_nomem(err);
    ts_buf_done(&layers);
    ts_manifest_free(m);
    return ok;
}

static bool index_deployment(const char *repo, const ts_catalog_deployment *d, ts_buf *index,
                             ts_err **err)
{
    ts_buf layers;
    ts_buf_init(&layers, 4096);
    layer(&layers, TYPE_SEQUENCE, d->sequence, d->size);
    bool ok = artifact(repo, d->id, &layers, index, err);
    ts_buf_done(&layers);
    return ok;
}

static bool index_catalog(const char *repo, const ts_catalog *c, const ts_catalog *other,
                          ts_buf *index, ts_err **err)
{
    for (const ts_catalog_package *p = c->packages; p; p = p->next) {
        bool twice = other && ts_catalog_package_find(other, p->id, p->version);
        if (!twice && !index_package(repo, p, index, err))
            return false;
    }
    for (const ts_catalog_deployment *d = c->deployments; d; d = d->next) {
        bool twice = other && ts_catalog_deployment_find(other, d->id);
        if (!twice && !index_deployment(repo, d, index, err))
            return false;
    }
    return true;
}

/* The public catalogue with its signature as an artifact, so that a registry alone is a source. */
static bool index_public(const char *repo, ts_buf *index, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, "catalog.xml");
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    TS_CLEANUP(ts_free_ptr) char *sig = NULL;
    size_t size = 0, sig_size = 0;
    char digest[65], sig_digest[65];
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_file_exists(path))
        return true;
    if (!ts_file_read(path, TS_CATALOG_BYTES_MAX, &data, &size, err) ||
        !ts_repo_put(repo, data, size, digest, NULL, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *sig_path = ts_sprintf("%s/signatures/%s.p7s", repo, digest);
    if (!sig_path)
        return ts_fail_nomem(err);
    if (!ts_file_read(sig_path, INDEX_MAX, &sig, &sig_size, err) ||
        !ts_repo_put(repo, sig, sig_size, sig_digest, NULL, err))
        return false;
    ts_buf layers;
    ts_buf_init(&layers, 4096);
    layer(&layers, TYPE_CATALOG, digest, size);
    layer(&layers, TYPE_P7S, sig_digest, sig_size);
    bool ok = artifact(repo, "catalog", &layers, index, err);
    ts_buf_done(&layers);
    return ok;
}

bool ts_repo_index(const char *repo, const ts_catalog *draft, ts_err **err)
{
    ts_catalog *published = NULL;
    if (!ts_repo_public(repo, &published, err))
        return false;
    ts_buf lines, text;
    ts_buf_init(&lines, INDEX_MAX);
    ts_buf_init(&text, INDEX_MAX);
    bool ok = index_catalog(repo, draft, NULL, &lines, err) &&
              (!published || index_catalog(repo, published, draft, &lines, err)) &&
              index_public(repo, &lines, err) && ts_buf_ok(&lines, "the index", err);
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, "index.json");
    if (ok && path) {
        ts_buf_printf(&text, "{\"schemaVersion\":2,\"manifests\":[\n%s\n]}\n", ts_buf_text(&lines));
        ok = ts_buf_ok(&text, "the index", err) &&
             ts_file_write_atomic(path, text.data, text.len, err);
    } else if (ok) {
        ok = ts_fail_nomem(err);
    }
    ts_buf_done(&lines);
    ts_buf_done(&text);
    ts_catalog_free(published);
    return ok;
}

char *ts_repo_work(const char *repo, ts_err **err)
{
    uint64_t random = 0;
    if (!ts_random(&random, sizeof random, err))
        return NULL;
    char *path = ts_sprintf("%s/blobs/.work-%016llx", repo, (unsigned long long)random);
    if (!path)
        ts_fail_nomem(err);
    return path;
}

bool ts_repo_save_draft(const char *repo, const ts_catalog *draft, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, TS_CATALOG_BYTES_MAX);
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(repo, "catalog.draft.xml");
    bool ok = (path || ts_fail_nomem(err)) && ts_catalog_write(draft, &text, err) &&
              ts_buf_ok(&text, "the catalogue", err) &&
              ts_file_write_atomic(path, text.data, text.len, err);
    ts_buf_done(&text);
    return ok;
}

bool ts_repo_save(const char *repo, const ts_catalog *draft, ts_err **err)
{
    return ts_repo_save_draft(repo, draft, err) && ts_repo_index(repo, draft, err);
}

bool ts_repo_package_blobs(const char *repo, const ts_catalog_package *p, ts_repo_visit visit,
                           void *ctx, ts_err **err)
{
    if (!visit(ctx, p->manifest, p->size, p->id, err))
        return false;
    ts_manifest *m = ts_repo_manifest(repo, p, err);
    bool ok = m != NULL;
    for (size_t i = 0; ok && i < m->n_blobs; i++)
        ok = visit(ctx, m->blobs[i].sha256, m->blobs[i].size, p->id, err);
    ts_manifest_free(m);
    return ok;
}

bool ts_repo_each_blob(const char *repo, const ts_catalog *catalog, ts_repo_visit visit, void *ctx,
                       ts_err **err)
{
    for (const ts_catalog_package *p = catalog->packages; p; p = p->next) {
        if (!ts_repo_package_blobs(repo, p, visit, ctx, err))
            return false;
    }
    for (const ts_catalog_deployment *d = catalog->deployments; d; d = d->next) {
        if (!visit(ctx, d->sequence, d->size, d->id, err))
            return false;
    }
    return true;
}
