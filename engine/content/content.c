/* content.c - opening and closing; what the commands call. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "cache.h"
#include "crypto.h"
#include "keys.h"
#include "os.h"

#define NO_LOCATION 0x80040102u /* ConfigMgr: no location has the content */

void ts_content_say(const ts_content *c, ts_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_log_say(c->options.log, c->options.ctx, level, fmt, args);
    va_end(args);
}

int64_t ts_content_now(const ts_content *c)
{
    int64_t now = c->options.now ? c->options.now : ts_clock_now() / 1000;
    return now < c->site->clock_floor ? c->site->clock_floor : now;
}

static void net_log(void *ctx, ts_level level, const char *text)
{
    const ts_content *c = ctx;
    if (c->options.log)
        c->options.log(c->options.ctx, level, text);
}

static bool open_net(ts_content *c, ts_err **err)
{
    const ts_site *s = c->site;
    const ts_content_options *o = &c->options;
    /* The clock of a machine that lay in a cupboard is behind; the site file knows a time that has
     * surely passed. */
    bool behind = ts_clock_now() / 1000 < s->clock_floor;
    if (behind)
        ts_content_say(c, TS_LEVEL_WARNING,
                       "this machine's clock is behind the time that the site "
                       "file names; set it");
    ts_net_options net = {.ca_pem = s->trust.len ? s->trust.data : NULL,
                          .ca_len = s->trust.len,
                          .system_store = s->system_store,
                          .pfx = s->pfx,
                          .pfx_len = s->pfx_len,
                          .pfx_password = s->pfx_password,
                          .revocation = s->revocation,
                          .crl_pem = s->crls.len ? s->crls.data : NULL,
                          .crl_len = s->crls.len,
                          .now = o->now || behind ? ts_content_now(c) : 0,
                          .proxy = s->proxy,
                          .no_proxy = s->no_proxy,
                          .rate = s->rate,
                          .connect_ms = o->connect_ms,
                          .stall_ms = o->stall_ms,
                          .idle_ms = o->idle_ms,
                          .backoff_ms = o->backoff_ms,
                          .tries = o->tries,
                          .cancel = o->cancel,
                          .log = net_log,
                          .log_ctx = c};
    c->net = ts_net_new(&net, err);
    return c->net != NULL;
}

/* One process: two would take each other's parts, and room that the other one counts on. */
static bool open_cache(ts_content *c, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *store = ts_store_path(c->cache, "");
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(c->cache, TS_LOCK_NAME);
    TS_CLEANUP(ts_free_ptr) char *thing = ts_sprintf("the cache '%s'", c->cache);
    if (!store || !path || !thing)
        return ts_fail_nomem(err);
    if (!ts_folder_make_shared(store, err))
        return false;
    if (c->options.cache_held)
        return true;
    c->lock = ts_lock_take(path, thing, c->options.purpose ? c->options.purpose : "fetching",
                           TS_CONTENT_LOCK_MS, err);
    if (!c->lock)
        return ts_err_code(err ? *err : NULL) == TS_BUSY &&
               ts_err_add(err, "; give this one another cache, or none");
    if (ts_lock_weak(c->lock))
        ts_content_say(c, TS_LEVEL_WARNING,
                       "%s cannot be locked: let no other process use it meanwhile (%s)", thing,
                       ts_lock_weak(c->lock));
    return true;
}

static bool set_up(ts_content *c, ts_err **err)
{
    const ts_content_options *o = &c->options;
    c->site = ts_site_new(o, err);
    if (!c->site || !open_net(c, err))
        return false;
    for (size_t i = 0; i < TS_CONTENT_SOURCES_MAX; i++)
        ts_auth_init(&c->auths[i], c->site, &c->site->sources[i]);
    c->syncer = ts_syncer_new(err);
    if (!c->syncer)
        return false;
    c->cache = ts_strdup(o->cache);
    c->cache_max = o->cache_max;
    if (o->cache && !c->cache)
        return ts_fail_nomem(err);
    return !c->cache || open_cache(c, err);
}

ts_content *ts_content_open(const ts_content_options *options, ts_err **err)
{
    ts_content *c = ts_alloc(sizeof *c);
    if (!c) {
        ts_fail_nomem(err);
        return NULL;
    }
    c->options = *options;
    if (set_up(c, err))
        return c;
    ts_content_close(c);
    return NULL;
}

void ts_content_close(ts_content *content)
{
    if (!content)
        return;
    ts_syncer_free(content->syncer);
    for (size_t i = 0; i < TS_CONTENT_SOURCES_MAX; i++)
        ts_auth_done(&content->auths[i]);
    ts_net_free(content->net);
    ts_site_free(content->site);
    ts_catalog_free(content->catalog);
    ts_lock_release(content->lock);
    for (size_t i = 0; i < TS_RECENT_BLOBS; i++)
        free(content->recent[i].data);
    free(content->cache);
    free(content->location);
    free(content);
}

const char *ts_content_last_location(const ts_content *content)
{
    return content->location ? content->location : "";
}

/* A cache that cannot be written costs speed, not the run. */
void ts_content_note_use(const ts_content *c, const char *const *digests, size_t n)
{
    ts_err *reason = NULL;
    if (!ts_cache_note_use(c->cache, digests, n, ts_clock_now(), &reason))
        ts_content_say(c, TS_LEVEL_WARNING, "cache: %s", ts_err_text(reason));
    ts_err_clear(&reason);
}

ts_tree *ts_content_tree(ts_content *c, const ts_manifest *m, const uint8_t *key, ts_err **err)
{
    const ts_blob *blob = ts_manifest_tree(m);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t len = 0;
    if (!blob) {
        ts_fail(err, TS_SCHEMA, "the manifest of package '%s' names no file list", m->id);
        return NULL;
    }
    if (!ts_content_blob(c, blob->sha256, blob->size, TS_MANIFEST_BYTES_MAX, &data, &len, err))
        return NULL;
    if (c->cache) /* it stays as long as the package */
        ts_content_note_use(c, (const char *const[]){blob->sha256}, 1);
    if (blob->encrypted && !ts_bytes_decrypt(blob, key, data, &len, err))
        return NULL;
    return ts_tree_read("the file list", data, len, err);
}

static bool open_manifest(ts_content *c, const ts_catalog_package *p, ts_package_parts *out,
                          ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t len = 0;
    if (*p->key && !ts_unhex(p->key, out->key, 32))
        return ts_fail(err, TS_SCHEMA, "the key of package '%s' cannot be read", p->id);
    if (!ts_content_blob(c, p->manifest, p->size, TS_MANIFEST_BYTES_MAX, &data, &len, err))
        return false;
    ts_manifest *m = out->manifest = ts_manifest_read("the manifest", data, len, err);
    if (m && (!ts_str_ieq(m->id, p->id) || m->version != p->version))
        return ts_fail(err, TS_INTEGRITY, "the manifest is that of package '%s' version %" PRIu64,
                       m->id, m->version);
    if (m && c->cache) /* it stays as long as the package */
        ts_content_note_use(c, (const char *const[]){p->manifest}, 1);
    return m != NULL;
}

bool ts_content_advise(ts_err **err)
{
    const char *advice = "";
    switch ((int)ts_err_code(err ? *err : NULL)) {
    case TS_NOT_FOUND:
        advice = "that source lacks it: copy the repository there again ('taskseq publish check "
                 "--source URL' names all that is missing)";
        break;
    case TS_INTEGRITY:
        advice = "what lies there is not what was published: copy the repository there again";
        break;
    case TS_NET:
    case TS_TIMEOUT:
    case TS_TRUST:
        advice = "'taskseq doctor URL' looks at each link of the way there";
        break;
    default:
        return false;
    }
    return ts_err_add(err, "; %s", advice);
}

static bool fail_missing(const ts_catalog *catalog, const char *id, uint64_t version, ts_err **err)
{
    const ts_catalog_package *other = ts_catalog_package_find(catalog, id, 0);
    return other ? ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_HRESULT, NO_LOCATION,
                                 "package '%s' is in the catalogue, but not version "
                                 "%" PRIu64 "; the newest is %" PRIu64,
                                 id, version, other->version)
                 : ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_HRESULT, NO_LOCATION,
                                 "package '%s' is not in the catalogue (version %" PRIu64
                                 "); publish it and sign the repository",
                                 id, catalog->version);
}

/* While the catalogue comes over the first, connections for what it will name; not where a request
 * without credentials would look like an attack. */
static void warm(ts_content *c)
{
    const ts_site_source *s = c->site->sources;
    if (c->catalog || c->site->n_sources == 0 || s->kind != TS_SOURCE_STATIC ||
        s->auth == TS_AUTH_BEARER)
        return;
    TS_CLEANUP(ts_free_ptr) char *url = ts_sprintf("%scatalog.xml", s->url);
    if (url)
        ts_net_warm(c->net, url, s->auth == TS_AUTH_CLIENT_CERT,
                    s->connections ? s->connections - 1 : TS_CONNECTIONS_FIRST);
}

static bool open_package(ts_content *c, const char *id, uint64_t version, bool with_tree,
                         ts_package_parts *out, ts_err **err)
{
    const ts_catalog *catalog = NULL;
    *out = (ts_package_parts){0};
    if (!ts_content_catalog(c, &catalog, err)) {
        ts_wrap(err, "package '%s'", id);
        ts_content_advise(err);
        return false;
    }
    const ts_catalog_package *p = ts_catalog_package_find(catalog, id, version);
    if (!p)
        return fail_missing(catalog, id, version, err);
    out->version = p->version;
    if (open_manifest(c, p, out, err) &&
        (!with_tree || (out->tree = ts_content_tree(c, out->manifest, out->key, err)) != NULL))
        return true;
    ts_package_parts_done(out);
    ts_wrap(err, "package '%s' version %" PRIu64, p->id, p->version);
    ts_content_advise(err);
    return false;
}

bool ts_content_open_package(ts_content *c, const char *id, uint64_t version, ts_package_parts *out,
                             ts_err **err)
{
    return open_package(c, id, version, true, out, err);
}

void ts_package_parts_done(ts_package_parts *parts)
{
    ts_wipe(parts->key, sizeof parts->key);
    ts_tree_free(parts->tree);
    ts_manifest_free(parts->manifest);
    *parts = (ts_package_parts){0};
}

/* Of this machine's own files: no source can help. */
static bool is_local(const ts_err *err)
{
    ts_os_kind kind = ts_err_os(err, NULL);
    return kind == TS_OS_ERRNO || kind == TS_OS_WIN32;
}

bool ts_content_package(ts_content *content, const char *id, uint64_t version, const char *folder,
                        uint64_t *got, ts_err **err)
{
    ts_package_parts parts;
    warm(content);
    if (!open_package(content, id, version, false, &parts, err))
        return false;
    if (got)
        *got = parts.version;
    bool ok = ts_content_install(content, parts.manifest, NULL, parts.key, folder, err);
    if (!ok) {
        bool local = is_local(err ? *err : NULL);
        ts_wrap(err, "package '%s' version %" PRIu64, id, parts.version);
        if (!local)
            ts_content_advise(err);
    }
    ts_package_parts_done(&parts);
    return ok;
}

bool ts_content_list(ts_content *content, const char *id, uint64_t version, ts_content_file_fn tell,
                     void *ctx, ts_err **err)
{
    ts_package_parts parts;
    if (!ts_content_open_package(content, id, version, &parts, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < parts.tree->n_files; i++) {
        const ts_tree_file *f = &parts.tree->files[i];
        ok = f->folder || tell(ctx, f->path, f->size, err);
    }
    ts_package_parts_done(&parts);
    return ok;
}

bool ts_content_sequence(ts_content *content, const char *deployment, const char *file,
                         ts_err **err)
{
    const ts_catalog *catalog = NULL;
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t len = 0;
    if (!ts_content_catalog(content, &catalog, err))
        return false;
    const ts_catalog_deployment *d = ts_catalog_deployment_find(catalog, deployment);
    if (!d)
        return ts_fail(err, TS_NOT_FOUND, "deployment '%s' is not in the catalogue", deployment);
    return ts_content_blob(content, d->sequence, d->size, TS_MANIFEST_BYTES_MAX, &data, &len,
                           err) &&
           ts_file_write_atomic(file, data, len, err);
}
