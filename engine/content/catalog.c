/* catalog.c - the catalogue in memory. */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"

ts_catalog *ts_catalog_new(ts_err **err)
{
    ts_catalog *c = ts_alloc(sizeof *c);
    if (c && (c->arena = ts_arena_new()) != NULL) {
        c->site = "";
        return c;
    }
    free(c);
    ts_fail_nomem(err);
    return NULL;
}

void ts_catalog_free(ts_catalog *catalog)
{
    if (catalog) {
        ts_arena_free(catalog->arena);
        free(catalog);
    }
}

ts_catalog_package *ts_catalog_package_find(const ts_catalog *catalog, const char *id,
                                            uint64_t version)
{
    ts_catalog_package *best = NULL;
    for (ts_catalog_package *p = catalog->packages; p; p = p->next) {
        if (!ts_str_ieq(p->id, id) || (version && p->version != version))
            continue;
        if (!best || p->version > best->version)
            best = p;
    }
    return best;
}

ts_catalog_deployment *ts_catalog_deployment_find(const ts_catalog *catalog, const char *id)
{
    for (ts_catalog_deployment *d = catalog->deployments; d; d = d->next) {
        if (ts_str_ieq(d->id, id))
            return d;
    }
    return NULL;
}

static const char *copy(ts_catalog *c, const char *text)
{
    return ts_arena_strdup(c->arena, text ? text : "");
}

bool ts_catalog_package_add(ts_catalog *catalog, const ts_catalog_package *item, ts_err **err)
{
    ts_catalog_package *p = ts_arena_alloc(catalog->arena, sizeof *p);
    if (!p)
        return ts_fail_nomem(err);
    *p = *item;
    p->id = copy(catalog, item->id);
    p->name = copy(catalog, item->name);
    p->next = NULL;
    ts_catalog_package **at = &catalog->packages;
    while (*at)
        at = &(*at)->next;
    *at = p;
    return (p->id && p->name) || ts_fail_nomem(err);
}

bool ts_catalog_source_add(ts_catalog *catalog, const ts_catalog_source *item, ts_err **err)
{
    ts_catalog_source *s = ts_arena_alloc(catalog->arena, sizeof *s);
    if (!s)
        return ts_fail_nomem(err);
    *s = *item;
    s->id = copy(catalog, item->id);
    s->url = copy(catalog, item->url);
    s->type = copy(catalog, item->type ? item->type : "static");
    s->auth = copy(catalog, item->auth ? item->auth : "none");
    s->next = NULL;
    ts_catalog_source **at = &catalog->sources;
    while (*at)
        at = &(*at)->next;
    *at = s;
    return (s->id && s->url && s->type && s->auth) || ts_fail_nomem(err);
}

ts_catalog_deployment *ts_catalog_deployment_add(ts_catalog *catalog,
                                                 const ts_catalog_deployment *item, ts_err **err)
{
    ts_catalog_deployment *d = ts_arena_alloc(catalog->arena, sizeof *d);
    if (d) {
        *d = *item;
        d->id = copy(catalog, item->id);
        d->name = copy(catalog, item->name);
        d->file = copy(catalog, item->file);
        d->next = NULL;
        d->targets = d->packages = NULL;
    }
    if (!d || !d->id || !d->name || !d->file) {
        ts_fail_nomem(err);
        return NULL;
    }
    ts_catalog_deployment **at = &catalog->deployments;
    while (*at)
        at = &(*at)->next;
    *at = d;
    return d;
}

bool ts_catalog_word_add(ts_catalog *catalog, ts_catalog_word **list, const char *text,
                         uint64_t version, ts_err **err)
{
    ts_catalog_word *w = ts_arena_alloc(catalog->arena, sizeof *w);
    if (w)
        w->text = copy(catalog, text);
    if (!w || !w->text)
        return ts_fail_nomem(err);
    w->version = version;
    while (*list)
        list = &(*list)->next;
    *list = w;
    return true;
}

bool ts_catalog_deployment_remove(ts_catalog *catalog, const char *id)
{
    for (ts_catalog_deployment **at = &catalog->deployments; *at; at = &(*at)->next) {
        if (ts_str_ieq((*at)->id, id)) {
            *at = (*at)->next;
            return true;
        }
    }
    return false;
}

bool ts_catalog_machine_id(const char *key, const char *what, char out[33], ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, 256);
    bool mac = ts_str_ihas_prefix(what, "mac:");
    if (!mac && !ts_str_ihas_prefix(what, "uuid:"))
        return ts_fail(err, TS_USAGE,
                       "'%s' is no target: 'unknown', 'all', 'uuid:...' or 'mac:...'", what);
    for (const char *p = what; *p; p++) {
        bool dash = mac && *p == '-'; /* 00-11-22 and 00:11:22 are one address */
        ts_buf_char(&text, dash ? ':' : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
    }
    uint8_t digest[32];
    char hex[65];
    bool ok = ts_buf_ok(&text, "a target", err) &&
              ts_hmac_sha256(key, strlen(key), ts_buf_text(&text), text.len, digest, err);
    ts_buf_done(&text);
    if (!ok)
        return false;
    ts_hex(digest, 32, hex);
    memcpy(out, hex, 32);
    out[32] = '\0';
    return true;
}
