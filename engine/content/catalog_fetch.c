/* catalog_fetch.c - the catalogue from the first source that has a good one; small blobs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "crypto.h"
#include "json.h"
#include "keys.h"
#include "os.h"

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"

bool ts_content_get(ts_content *c, size_t source, const char *path, const char *accept, size_t max,
                    const char *method, ts_net_answer *out, ts_err **err)
{
    const ts_site_source *s = &c->site->sources[source];
    ts_auth *auth = &c->auths[source];
    TS_CLEANUP(ts_free_ptr) char *url = ts_sprintf("%s%s", s->url, path);
    if (!url)
        return ts_fail_nomem(err);
    for (unsigned try = 0;; try++) {
        ts_buf header;
        ts_buf_init(&header, 65536);
        if (ts_url_is_https(url) && !ts_auth_value(&auth->is, c->net, &header, err)) {
            ts_buf_done(&header);
            return false;
        }
        ts_net_request request = {.method = method,
                                  .url = url,
                                  .accept = accept,
                                  .authorization = header.len ? header.data : NULL,
                                  .client_cert = s->auth == TS_AUTH_CLIENT_CERT,
                                  .max = max,
                                  /* Another source is nearer than the end of a long back-off. */
                                  .tries = c->tries                 ? c->tries
                                           : c->site->n_sources > 1 ? 2
                                                                    : 0};
        bool ok = ts_net_fetch(c->net, &request, out, err);
        if (header.data)
            ts_wipe(header.data, header.len);
        ts_buf_done(&header);
        if (ok || out->status != 401 || try > 0)
            return ok;
        bool can = s->kind == TS_SOURCE_OCI || (s->auth == TS_AUTH_BEARER && c->site->token_url);
        if (!can)
            return false;
        ts_err_clear(err);
        TS_CLEANUP(ts_free_ptr) char *challenge = ts_strdup(out->challenge ? out->challenge : "");
        if (!challenge || !auth->is.renew(auth, c->net, challenge, err))
            return challenge ? false : ts_fail_nomem(err);
    }
}

static bool read_source(ts_content *c, size_t source, const char *path, const char *accept,
                        size_t max, char **out, size_t *len, ts_err **err)
{
    const ts_site_source *s = &c->site->sources[source];
    if (s->kind == TS_SOURCE_FOLDER) {
        TS_CLEANUP(ts_free_ptr) char *file = ts_sprintf("%s%s", s->url, path);
        return file ? ts_file_read(file, max, out, len, err) : ts_fail_nomem(err);
    }
    ts_net_answer answer = {0};
    bool ok = ts_content_get(c, source, path, accept, max, NULL, &answer, err);
    if (ok) {
        *out = answer.body;
        *len = answer.len;
        answer.body = NULL;
        ok = *out || ts_fail_nomem(err);
    }
    ts_net_answer_done(&answer);
    return ok;
}

#define BLOB_PATH_BYTES (sizeof "blobs/sha256/" + 64)

static void blob_path(const ts_content *c, size_t source, const char *sha256,
                      char out[BLOB_PATH_BYTES])
{
    bool oci = c->site->sources[source].kind == TS_SOURCE_OCI;
    snprintf(out, BLOB_PATH_BYTES, "blobs/sha256%c%.64s", oci ? ':' : '/', sha256);
}

bool ts_content_ask_blob(ts_content *c, size_t source, const char *sha256, uint64_t size,
                         ts_err **err)
{
    char path[BLOB_PATH_BYTES];
    ts_net_answer answer = {0};
    blob_path(c, source, sha256, path);
    bool ok = ts_content_get(c, source, path, NULL, 0, "HEAD", &answer, err);
    if (ok && answer.length >= 0 && (uint64_t)answer.length != size)
        ok = ts_fail(err, TS_INTEGRITY, "'%s' has %" PRId64 " bytes there, not %" PRIu64, sha256,
                     answer.length, size);
    ts_net_answer_done(&answer);
    return ok;
}

static bool blob_of_source(ts_content *c, size_t source, const char *sha256, size_t max, char **out,
                           size_t *len, ts_err **err)
{
    char path[BLOB_PATH_BYTES];
    char digest[65];
    blob_path(c, source, sha256, path);
    if (!read_source(c, source, path, NULL, max, out, len, err) ||
        !ts_sha256_text(*out, *len, digest, err))
        return false;
    if (strcmp(digest, sha256) == 0)
        return true;
    ts_free_ptr(out);
    return ts_fail(err, TS_INTEGRITY, "source '%s' gives wrong content for %s%s",
                   c->site->sources[source].id, c->site->sources[source].url, path);
}

/* Why each source did not give it: all of that stands in the final message. */
typedef struct reasons {
    ts_buf text;
    ts_code code;
    ts_err *first; /* of the only source the number is kept as well */
    const char *first_id;
    size_t n;
} reasons;

static void add_reason(reasons *r, const char *id, ts_err **err)
{
    ts_buf_printf(&r->text, "%s source '%s': %s", r->n ? ";" : "", id, ts_err_text(*err));
    if (r->code != TS_TRUST && r->code != TS_INTEGRITY)
        r->code = ts_err_code(*err);
    if (r->n++ == 0) {
        r->first = *err;
        r->first_id = id;
        *err = NULL;
    }
    ts_err_clear(err);
}

static void reasons_done(reasons *r)
{
    ts_buf_done(&r->text);
    ts_err_clear(&r->first);
}

static bool fail_reasons(reasons *r, const char *what, ts_err **err)
{
    if (r->n == 1 && err) {
        *err = r->first;
        r->first = NULL;
        ts_wrap(err, "%s: source '%s'", what, r->first_id);
    } else {
        ts_fail(err, r->code, "%s:%s", what,
                r->n ? ts_buf_text(&r->text) : " no source is given (--source or site file)");
    }
    reasons_done(r);
    return false;
}

static char *copy_bytes(const char *data, size_t len) /* with a NUL behind; NULL: no memory */
{
    char *copy = ts_alloc(len + 1);
    if (copy)
        memcpy(copy, data, len);
    return copy;
}

static bool is_recent(const ts_content *c, const char *sha256, size_t max, char **out, size_t *len)
{
    for (size_t i = 0; i < TS_RECENT_BLOBS; i++) {
        const ts_recent *r = &c->recent[i];
        if (!r->data || r->len > max || strcmp(r->sha256, sha256) != 0)
            continue;
        *out = copy_bytes(r->data, r->len);
        *len = r->len;
        return *out != NULL;
    }
    return false;
}

/* Without memory it is fetched again. */
static void remember(ts_content *c, const char *sha256, const char *data, size_t len)
{
    char *copy = len <= TS_RECENT_BYTES ? copy_bytes(data, len) : NULL;
    if (!copy)
        return;
    free(c->recent[0].data);
    memmove(&c->recent[0], &c->recent[1], (TS_RECENT_BLOBS - 1) * sizeof c->recent[0]);
    ts_recent *r = &c->recent[TS_RECENT_BLOBS - 1];
    *r = (ts_recent){.data = copy, .len = len};
    memcpy(r->sha256, sha256, strlen(sha256) + 1);
}

bool ts_content_blob(ts_content *c, const char *sha256, uint64_t size, size_t max, char **out,
                     size_t *len, ts_err **err)
{
    char digest[65];
    if (is_recent(c, sha256, max, out, len))
        return true;
    TS_CLEANUP(ts_free_ptr) char *cached = c->cache ? ts_store_path(c->cache, sha256) : NULL;
    if (size > max)
        return ts_fail(err, TS_LIMIT,
                       "a blob of %" PRIu64 " bytes; at most %zu are read into memory", size, max);
    if (cached && ts_file_exists(cached) && ts_file_read(cached, max, out, len, NULL)) {
        if (ts_sha256_text(*out, *len, digest, NULL) && strcmp(digest, sha256) == 0)
            return true;
        ts_free_ptr(out);
    }
    reasons why = {.code = TS_NOT_FOUND};
    ts_buf_init(&why.text, 64 * 1024);
    for (size_t i = 0; i < c->site->n_sources; i++) {
        ts_err *reason = NULL;
        if (blob_of_source(c, i, sha256, (size_t)size + 1, out, len, &reason)) {
            reasons_done(&why);
            remember(c, sha256, *out, *len);
            /* A cache that cannot be written costs speed, not the run. */
            if (cached && !ts_file_write_atomic(cached, *out, *len, &reason))
                ts_content_say(c, TS_LEVEL_WARNING, "cache: %s", ts_err_text(reason));
            ts_err_clear(&reason);
            return true;
        }
        if (ts_err_code(reason) == TS_CANCELLED) {
            reasons_done(&why);
            ts_err_clear(&reason);
            return ts_fail(err, TS_CANCELLED, "cancelled");
        }
        add_reason(&why, c->site->sources[i].id, &reason);
    }
    TS_CLEANUP(ts_free_ptr) char *what = ts_sprintf("no source has blob %s", sha256);
    return fail_reasons(&why, what ? what : "no source has the blob", err);
}

/* --- catalogue ------------------------------------------------------------------------------ */

/* The digests of an artifact's two layers. */
static bool read_artifact(const char *text, size_t len, char first[65], char second[65],
                          ts_err **err)
{
    ts_json_doc *doc = ts_json_parse("the registry's manifest", text, len, TS_CATALOG_BYTES_MAX,
                                     err);
    if (!doc)
        return false;
    ts_json root, layers;
    bool found = false;
    ts_json_root(doc, &root);
    bool ok = ts_json_kind_of(&root) == TS_JSON_OBJECT &&
              ts_json_child(&root, "layers", TS_JSON_REQUIRED, TS_JSON_ARRAY, &layers, &found,
                            NULL) &&
              ts_json_count(&layers) == 2;
    char *outs[2] = {first, second};
    for (size_t i = 0; ok && i < 2; i++) {
        ts_json one;
        const char *digest = NULL;
        ts_json_at(&layers, i, &one);
        ok = ts_json_kind_of(&one) == TS_JSON_OBJECT &&
             ts_json_str(&one, "digest", TS_JSON_REQUIRED, &digest, NULL) &&
             strncmp(digest, "sha256:", 7) == 0 && ts_sha256_is(digest + 7);
        if (ok)
            memcpy(outs[i], digest + 7, 65);
    }
    ts_json_free(doc);
    return ok || ts_fail(err, TS_SYNTAX, "the registry's manifest of the catalogue is not ours");
}

static bool get_oci(ts_content *c, size_t i, char **text, size_t *len, char **sig, size_t *sig_len,
                    ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *manifest = NULL;
    size_t size = 0;
    char first[65], second[65];
    return read_source(c, i, "manifests/catalog", OCI_MANIFEST, TS_CATALOG_BYTES_MAX, &manifest,
                       &size, err) &&
           read_artifact(manifest, size, first, second, err) &&
           blob_of_source(c, i, first, TS_CATALOG_BYTES_MAX, text, len, err) &&
           blob_of_source(c, i, second, TS_SIGNATURE_MAX, sig, sig_len, err);
}

static bool get_static(ts_content *c, size_t i, char **text, size_t *len, char **sig,
                       size_t *sig_len, ts_err **err)
{
    char digest[65];
    if (!read_source(c, i, "catalog.xml", NULL, TS_CATALOG_BYTES_MAX, text, len, err) ||
        !ts_sha256_text(*text, *len, digest, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("signatures/%s.p7s", digest);
    if (!path)
        return ts_fail_nomem(err);
    if (read_source(c, i, path, NULL, TS_SIGNATURE_MAX, sig, sig_len, err))
        return true;
    return ts_wrap(err, "the catalogue has no signature there (not signed, or changed on the way)");
}

/* The highest version that this cache has seen: a source must not lead back to an old one. */
static uint64_t seen_version(const ts_content *c)
{
    TS_CLEANUP(ts_free_ptr)
    char *path = c->cache ? ts_path_join(c->cache, "catalog-version") : NULL;
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t len = 0;
    int64_t version = 0;
    if (path && ts_file_read(path, 64, &text, &len, NULL) && ts_str_int64(text, &version) &&
        version > 0)
        return (uint64_t)version;
    return 0;
}

static void remember_version(const ts_content *c, uint64_t version)
{
    TS_CLEANUP(ts_free_ptr)
    char *path = c->cache ? ts_path_join(c->cache, "catalog-version") : NULL;
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("%" PRIu64 "\n", version);
    if (path && text && version > seen_version(c))
        ts_file_write_atomic(path, text, strlen(text), NULL);
}

static bool check_catalog(ts_content *c, const ts_catalog *catalog, ts_err **err)
{
    uint64_t seen = seen_version(c);
    uint64_t least = seen > c->site->min_version ? seen : c->site->min_version;
    if (catalog->version < least)
        return ts_fail(err, TS_TRUST,
                       "the catalogue has version %" PRIu64 ", and version %" PRIu64
                       " was seen or is demanded; an old copy?",
                       catalog->version, least);
    int64_t now = ts_content_now(c);
    if (now > catalog->expires)
        return ts_fail(err, TS_TRUST,
                       "the catalogue is out of date since %" PRId64 " minutes; sign the "
                       "repository again, or check this machine's clock",
                       (now - catalog->expires) / 60);
    return true;
}

static bool verify(ts_content *c, const char *text, size_t len, const char *sig, size_t sig_len,
                   ts_err **err)
{
    const ts_buf *trust = c->site->signers.len ? &c->site->signers : &c->site->trust;
    if (!trust->len)
        return ts_fail(err, TS_TRUST,
                       "nobody is trusted to sign catalogues; name the signer (or the "
                       "authority that issued it) with --signer or in the site file");
    TS_CLEANUP(ts_free_ptr) char *signer = NULL;
    if (!ts_cms_verify(text, len, sig, sig_len, trust->data, trust->len, ts_content_now(c), &signer,
                       err))
        return ts_wrap(err, "the catalogue's signature") ||
               ts_err_add(err,
                          "; who may sign is said by --signer or <signer>, else by --cacert or "
                          "<trust>");
    ts_content_say(c, TS_LEVEL_VERBOSE, "the catalogue is signed by '%s'", signer ? signer : "");
    return true;
}

static bool get_catalog(ts_content *c, size_t i, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    TS_CLEANUP(ts_free_ptr) char *sig = NULL;
    size_t len = 0, sig_len = 0;
    bool oci = c->site->sources[i].kind == TS_SOURCE_OCI;
    if (!(oci ? get_oci : get_static)(c, i, &text, &len, &sig, &sig_len, err))
        return false;
    if (!verify(c, text, len, sig, sig_len, err))
        return false;
    ts_catalog *catalog = ts_catalog_read("catalog.xml", text, len, err);
    if (!catalog || !check_catalog(c, catalog, err)) {
        ts_catalog_free(catalog);
        return false;
    }
    c->catalog = catalog;
    remember_version(c, catalog->version);
    return true;
}

/* Sources that the catalogue offers join those that were given. */
static bool add_sources(ts_content *c, ts_err **err)
{
    for (const ts_catalog_source *s = c->catalog->sources; s; s = s->next) {
        ts_source_auth auth = strcmp(s->auth, "bearer") == 0               ? TS_AUTH_BEARER
                              : strcmp(s->auth, "client-certificate") == 0 ? TS_AUTH_CLIENT_CERT
                                                                           : TS_AUTH_NONE;
        bool oci = strcmp(s->type, "oci") == 0 && !ts_str_ihas_prefix(s->url, "oci+");
        TS_CLEANUP(ts_free_ptr) char *url = ts_sprintf("%s%s", oci ? "oci+" : "", s->url);
        if (!url)
            return ts_fail_nomem(err);
        uint32_t connections = c->options.connections ? c->options.connections : s->connections;
        if (c->site->n_sources == TS_CONTENT_SOURCES_MAX) {
            ts_content_say(c, TS_LEVEL_WARNING,
                           "source '%s' of the catalogue is not used: there are %u already", s->id,
                           TS_CONTENT_SOURCES_MAX);
            return true;
        }
        if (!ts_site_add_source(c->site, s->id, url, auth, s->priority, connections, err))
            return false;
    }
    return true;
}

bool ts_content_catalog(ts_content *c, const ts_catalog **out, ts_err **err)
{
    reasons why = {.code = TS_USAGE};
    ts_buf_init(&why.text, 64 * 1024);
    for (size_t i = 0; !c->catalog && i < c->site->n_sources; i++) {
        ts_err *reason = NULL;
        if (get_catalog(c, i, &reason)) {
            if (!add_sources(c, err)) {
                reasons_done(&why);
                return false;
            }
            break;
        }
        if (ts_err_code(reason) == TS_CANCELLED) {
            reasons_done(&why);
            ts_err_clear(&reason);
            return ts_fail(err, TS_CANCELLED, "cancelled");
        }
        add_reason(&why, c->site->sources[i].id, &reason);
        free(c->location);
        c->location = ts_strdup(c->site->sources[i].url);
    }
    if (!c->catalog)
        return fail_reasons(&why, "no source gives a catalogue that can be used", err);
    reasons_done(&why);
    *out = c->catalog;
    return true;
}
