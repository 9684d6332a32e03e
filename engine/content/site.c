/* site.c - options and site file. */
#include "site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/time.h>

#include "os.h"
#include "xml.h"

bool ts_content_size(const char *text, uint64_t *out)
{
    uint64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (n > (UINT64_MAX >> 34) / 10)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    if (p == text)
        return false;
    if (*p == 'k' || *p == 'K')
        n <<= 10;
    else if (*p == 'm' || *p == 'M')
        n <<= 20;
    else if (*p == 'g' || *p == 'G')
        n <<= 30;
    else if (*p)
        return false;
    if (*p && p[1])
        return false;
    *out = n;
    return true;
}

bool ts_time_parse(const char *text, int64_t *seconds)
{
    ts_civil t;
    if (strlen(text) != 20 || text[10] != 'T' || text[19] != 'Z' || !ts_civil_parse(text, &t) ||
        t.year < 1970)
        return false;
    *seconds = ts_time_from_civil(&t) / 1000;
    return true;
}

static const char *copy(ts_site *site, const char *text)
{
    return ts_arena_strdup(site->arena, text);
}

static bool set_kind(ts_site_source *s, const char **url)
{
    if (ts_str_ihas_prefix(*url, "oci+http")) {
        s->kind = TS_SOURCE_OCI;
        *url += 4;
        return true;
    }
    if (ts_str_ihas_prefix(*url, "https://") || ts_str_ihas_prefix(*url, "http://")) {
        s->kind = TS_SOURCE_STATIC;
        return true;
    }
    s->kind = TS_SOURCE_FOLDER;
    if (ts_str_ihas_prefix(*url, "file://"))
        *url += 7;
    return !strstr(*url, "://");
}

bool ts_site_add_source(ts_site *site, const char *id, const char *url, ts_source_auth auth,
                        unsigned priority, unsigned connections, ts_err **err)
{
    ts_site_source s = {.auth = auth, .priority = priority, .connections = connections};
    char number[24];
    if (site->n_sources == TS_CONTENT_SOURCES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u sources", TS_CONTENT_SOURCES_MAX);
    if (!set_kind(&s, &url))
        return ts_fail(err, TS_USAGE,
                       "'%s' is no source: https://, http://, oci+https:// or a folder", url);
    if (strlen(url) >= TS_NET_URL_MAX / 2)
        return ts_fail(err, TS_LIMIT, "the URL of a source is longer than %u bytes",
                       TS_NET_URL_MAX / 2 - 1);
    if (s.kind != TS_SOURCE_FOLDER && (strchr(url, '?') || strchr(url, '@')))
        return ts_fail(err, TS_USAGE, "the URL of a source has no query and no password in it");
    if (s.kind != TS_SOURCE_FOLDER && !ts_url_same_origin(url, url))
        return ts_fail(err, TS_USAGE, "'%s' is no URL: look at its host name and port", url);
    TS_CLEANUP(ts_free_ptr)
    char *full = ts_sprintf("%s%s", url, *url && url[strlen(url) - 1] == '/' ? "" : "/");
    snprintf(number, sizeof number, "source-%zu", site->n_sources + 1);
    s.id = copy(site, id ? id : number);
    s.url = full ? copy(site, full) : NULL;
    if (!s.id || !s.url)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < site->n_sources; i++) {
        if (strcmp(site->sources[i].url, s.url) == 0 && site->sources[i].kind == s.kind)
            return true;
    }
    site->sources[site->n_sources++] = s;
    return true;
}

static bool add_pem(ts_buf *out, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t size = 0;
    if (!ts_file_read(file, TS_PEM_BYTES_MAX, &text, &size, err))
        return false;
    ts_buf_add(out, text, size);
    ts_buf_char(out, '\n');
    return ts_buf_ok(out, "certificates", err);
}

static bool read_secret(const char *file, char **out, ts_err **err)
{
    char *text = NULL;
    size_t size = 0;
    if (!ts_file_read(file, 65536, &text, &size, err))
        return false;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r' || text[size - 1] == ' '))
        text[--size] = '\0';
    ts_free_secret(*out);
    *out = text;
    return true;
}

/* Files that the site file names lie beside it, unless their paths are absolute. */
char *ts_site_beside(const char *site_file, const char *file)
{
    if (ts_path_is_absolute(file))
        return ts_strdup(file);
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(site_file);
    return dir ? ts_path_join(dir, file) : NULL;
}

/* <trust file=/> or <trust>PEM</trust>; the same for <signer> and <crl>. */
static bool read_pem_element(ts_xml *e, const char *site_file, ts_buf *out, ts_err **err)
{
    const char *file = ts_xml_attr_get(e, "file");
    if (!file) {
        const char *text = ts_xml_text(e);
        if (!strstr(text, "-----BEGIN "))
            return ts_xml_fail(e, err, "<%s> has neither a file nor PEM text", e->name);
        ts_buf_str(out, text);
        ts_buf_char(out, '\n');
        return ts_buf_ok(out, "certificates", err);
    }
    TS_CLEANUP(ts_free_ptr) char *path = ts_site_beside(site_file, file);
    return path ? add_pem(out, path, err) : ts_fail_nomem(err);
}

static bool read_auth(ts_xml *e, const char *text, ts_source_auth *out, ts_err **err)
{
    static const char *const names[] = {"none", "client-certificate", "bearer"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (ts_source_auth)i;
            return true;
        }
    }
    return ts_xml_fail(e, err, "auth is 'none', 'client-certificate' or 'bearer', not '%s'", text);
}

static bool read_source(ts_site *site, ts_xml *e, ts_err **err)
{
    const char *id = NULL, *url = NULL, *auth = "none";
    int64_t priority = 10, connections = 0;
    ts_source_auth kind = TS_AUTH_NONE;
    return ts_xml_str(e, "id", TS_XML_OPTIONAL, &id, err) &&
           ts_xml_str(e, "url", TS_XML_REQUIRED, &url, err) &&
           ts_xml_str(e, "auth", TS_XML_OPTIONAL, &auth, err) && read_auth(e, auth, &kind, err) &&
           ts_xml_int(e, "priority", TS_XML_OPTIONAL, 1, 999999, &priority, err) &&
           ts_xml_int(e, "connections", TS_XML_OPTIONAL, 0, 16, &connections, err) &&
           ts_site_add_source(site, id, url, kind, (unsigned)priority, (unsigned)connections, err);
}

static bool read_pfx(ts_site *site, const char *path, ts_err **err)
{
    if (site->pfx)
        ts_wipe(site->pfx, site->pfx_len);
    ts_free_ptr(&site->pfx);
    return ts_file_read(path, TS_PEM_BYTES_MAX, &site->pfx, &site->pfx_len, err);
}

static bool set_secret(char **out, const char *text, ts_err **err)
{
    ts_free_secret(*out);
    *out = ts_strdup(text);
    return *out || ts_fail_nomem(err);
}

static bool read_client_certificate(ts_site *site, ts_xml *e, const char *site_file, ts_err **err)
{
    const char *file = NULL, *password = NULL, *password_file = NULL;
    if (!ts_xml_str(e, "file", TS_XML_REQUIRED, &file, err) ||
        !ts_xml_str(e, "password", TS_XML_OPTIONAL, &password, err) ||
        !ts_xml_str(e, "password-file", TS_XML_OPTIONAL, &password_file, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_site_beside(site_file, file);
    TS_CLEANUP(ts_free_ptr)
    char *secret = password_file ? ts_site_beside(site_file, password_file) : NULL;
    if (!path || (password_file && !secret))
        return ts_fail_nomem(err);
    return read_pfx(site, path, err) &&
           (!password || set_secret(&site->pfx_password, password, err)) &&
           (!secret || read_secret(secret, &site->pfx_password, err));
}

static bool read_token(ts_site *site, ts_xml *e, const char *site_file, ts_err **err)
{
    const char *file = NULL, *url = NULL;
    if (!ts_xml_str(e, "file", TS_XML_REQUIRED, &file, err) ||
        !ts_xml_str(e, "url", TS_XML_OPTIONAL, &url, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_site_beside(site_file, file);
    site->token_url = url ? copy(site, url) : NULL;
    if (!path || (url && !site->token_url))
        return ts_fail_nomem(err);
    return read_secret(path, &site->token, err);
}

static bool read_registry(ts_site *site, ts_xml *e, const char *site_file, ts_err **err)
{
    const char *user = NULL, *file = NULL;
    if (!ts_xml_str(e, "user", TS_XML_REQUIRED, &user, err) ||
        !ts_xml_str(e, "password-file", TS_XML_REQUIRED, &file, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_site_beside(site_file, file);
    if (!path)
        return ts_fail_nomem(err);
    return set_secret(&site->registry_user, user, err) &&
           read_secret(path, &site->registry_password, err);
}

/* libcurl takes a proxy that it does not know for one that nobody listens at. */
static bool is_proxy(const char *url)
{
    static const char *const kinds[] = {"http://",    "https://",  "socks4://",
                                        "socks4a://", "socks5://", "socks5h://"};
    bool known = !strstr(url, "://");
    for (size_t i = 0; i < TS_COUNT(kinds); i++)
        known = known || ts_str_ihas_prefix(url, kinds[i]);
    return known;
}

static bool read_settings(ts_site *site, ts_xml *e, ts_err **err)
{
    const char *text = NULL, *no_proxy = NULL;
    if (strcmp(e->name, "revocation") == 0) {
        if (!ts_xml_str(e, "mode", TS_XML_REQUIRED, &text, err))
            return false;
        return ts_revocation_by_name(text, &site->revocation) ||
               ts_xml_fail(e, err, "revocation is off, soft, leaf, chain or staple, not '%s'",
                           text);
    }
    if (strcmp(e->name, "system-store") == 0)
        return ts_xml_bool(e, "use", TS_XML_REQUIRED, &site->system_store, err);
    if (strcmp(e->name, "proxy") == 0) {
        if (!ts_xml_str(e, "url", TS_XML_REQUIRED, &text, err) ||
            !ts_xml_str(e, "except", TS_XML_OPTIONAL, &no_proxy, err))
            return false;
        if (!is_proxy(text))
            return ts_xml_fail(e, err, "a proxy is http://, https:// or socks5://");
        site->proxy = copy(site, text);
        site->no_proxy = no_proxy ? copy(site, no_proxy) : NULL;
        return site->proxy || ts_fail_nomem(err);
    }
    if (strcmp(e->name, "catalog") == 0) {
        int64_t version = 0;
        bool ok = ts_xml_int(e, "min-version", TS_XML_REQUIRED, 0, INT64_MAX, &version, err);
        site->min_version = (uint64_t)version;
        return ok;
    }
    if (strcmp(e->name, "clock") == 0) {
        if (!ts_xml_str(e, "not-before", TS_XML_REQUIRED, &text, err))
            return false;
        return ts_time_parse(text, &site->clock_floor) ||
               ts_xml_fail(e, err, "'%s' is no time like 2026-11-22T10:00:00Z", text);
    }
    if (strcmp(e->name, "limit") == 0) {
        if (!ts_xml_str(e, "rate", TS_XML_REQUIRED, &text, err))
            return false;
        return ts_content_size(text, &site->rate) ||
               ts_xml_fail(e, err, "'%s' is no rate like 5M (bytes a second)", text);
    }
    return ts_xml_fail(e, err, "unknown setting <%s>", e->name);
}

static bool read_element(ts_site *site, ts_xml *e, const char *file, ts_err **err)
{
    bool ok = false;
    e->used = true;
    if (strcmp(e->name, "source") == 0)
        ok = read_source(site, e, err);
    else if (strcmp(e->name, "trust") == 0)
        ok = read_pem_element(e, file, &site->trust, err);
    else if (strcmp(e->name, "signer") == 0)
        ok = read_pem_element(e, file, &site->signers, err);
    else if (strcmp(e->name, "crl") == 0)
        ok = read_pem_element(e, file, &site->crls, err);
    else if (strcmp(e->name, "client-certificate") == 0)
        ok = read_client_certificate(site, e, file, err);
    else if (strcmp(e->name, "token") == 0)
        ok = read_token(site, e, file, err);
    else if (strcmp(e->name, "registry") == 0)
        ok = read_registry(site, e, file, err);
    else if (strcmp(e->name, "boot") == 0)
        ok = ts_site_read_boot(site, e, file, err);
    else
        ok = read_settings(site, e, err);
    return ok && ts_xml_done_strict(e, "prestart", err);
}

static ts_xml_doc *parse_site(const char *file, const char *text, size_t size, ts_xml **root,
                              ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = text,
                            .size = size,
                            .max = TS_SITE_BYTES_MAX,
                            .expected = "a site file"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    *root = doc ? ts_xml_root(doc) : NULL;
    if (doc && strcmp((*root)->name, "site") != 0) {
        ts_xml_fail(*root, err, "<site> was expected");
        ts_xml_free(doc);
        return NULL;
    }
    return doc;
}

bool ts_site_read(ts_site *site, const char *file, const char *text, size_t size, ts_err **err)
{
    ts_xml *root = NULL;
    ts_xml_doc *doc = parse_site(file, text, size, &root, err);
    bool ok = doc != NULL;
    for (ts_xml *e = ok ? ts_xml_next(root, NULL) : NULL; ok && e; e = ts_xml_next(root, e))
        ok = read_element(site, e, file, err);
    ok = ok && ts_xml_done_strict(root,
                                  "source trust signer crl client-certificate token registry "
                                  "revocation system-store proxy catalog clock limit boot",
                                  err);
    ts_xml_free(doc);
    return ok;
}

static bool read_site_file(ts_site *site, const char *file, ts_err **err)
{
    char *text = NULL;
    size_t size = 0;
    if (!ts_file_read(file, TS_SITE_BYTES_MAX, &text, &size, err))
        return ts_wrap(err, "site file");
    bool ok = ts_site_read(site, file, text, size, err);
    ts_free_secret(text);
    return ok;
}

static bool each_file(ts_xml *e, bool (*fn)(void *ctx, const char *name, ts_err **err), void *ctx,
                      ts_err **err)
{
    static const char *const names[] = {"file", "password-file"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        const char *file = ts_xml_attr_get(e, names[i]);
        if (file && !fn(ctx, file, err))
            return false;
    }
    return true;
}

bool ts_content_site_files(const char *site_file,
                           bool (*fn)(void *ctx, const char *name, ts_err **err), void *ctx,
                           ts_err **err)
{
    char *text = NULL;
    size_t size = 0;
    ts_xml *root = NULL;
    if (!ts_file_read(site_file, TS_SITE_BYTES_MAX, &text, &size, err))
        return ts_wrap(err, "site file");
    ts_xml_doc *doc = parse_site(site_file, text, size, &root, err);
    bool ok = doc != NULL;
    for (ts_xml *e = ok ? ts_xml_next(root, NULL) : NULL; ok && e; e = ts_xml_next(root, e))
        ok = each_file(e, fn, ctx, err);
    ts_xml_free(doc);
    ts_free_secret(text);
    return ok;
}

/* A source on the command line gets every credential that there is; it goes to its origin only. */
static bool add_options(ts_site *site, const ts_content_options *o, ts_err **err)
{
    site->system_store = site->system_store || o->system_store;
    if (o->ca_file && !add_pem(&site->trust, o->ca_file, err))
        return ts_wrap(err, "trusted certificates");
    if (o->ca_pem && *o->ca_pem) {
        ts_buf_str(&site->trust, o->ca_pem);
        ts_buf_char(&site->trust, '\n');
    }
    if (o->signer_file && !add_pem(&site->signers, o->signer_file, err))
        return ts_wrap(err, "trusted signers");
    if (o->crl_file && !add_pem(&site->crls, o->crl_file, err))
        return ts_wrap(err, "revocation lists");
    if (o->pfx_file && !read_pfx(site, o->pfx_file, err))
        return ts_wrap(err, "client certificate");
    if (o->pfx_password && !set_secret(&site->pfx_password, o->pfx_password, err))
        return false;
    if (o->token && !set_secret(&site->token, o->token, err))
        return false;
    if (o->revocation && !ts_revocation_by_name(o->revocation, &site->revocation))
        return ts_fail(err, TS_USAGE, "revocation is off, soft, leaf, chain or staple, not '%s'",
                       o->revocation);
    if (o->proxy && !is_proxy(o->proxy))
        return ts_fail(err, TS_USAGE, "a proxy is http://, https:// or socks5://");
    if (o->proxy && !(site->proxy = copy(site, o->proxy)))
        return ts_fail_nomem(err);
    if (o->rate)
        site->rate = o->rate;
    ts_source_auth auth = site->token ? TS_AUTH_BEARER
                          : site->pfx ? TS_AUTH_CLIENT_CERT
                                      : TS_AUTH_NONE;
    for (size_t i = 0; i < o->n_sources; i++) {
        if (!ts_site_add_source(site, NULL, o->sources[i], auth, 5, 0, err))
            return false;
    }
    for (size_t i = 0; o->connections && i < site->n_sources; i++)
        site->sources[i].connections = o->connections;
    return true;
}

ts_site *ts_site_new(const ts_content_options *options, ts_err **err)
{
    ts_site *site = ts_alloc(sizeof *site);
    if (!site || !(site->arena = ts_arena_new())) {
        free(site);
        ts_fail_nomem(err);
        return NULL;
    }
    ts_buf_init(&site->trust, TS_PEM_BYTES_MAX);
    ts_buf_init(&site->signers, TS_PEM_BYTES_MAX);
    ts_buf_init(&site->crls, 4u * TS_PEM_BYTES_MAX);
    bool ok = (!options->site_file || read_site_file(site, options->site_file, err)) &&
              add_options(site, options, err);
    if (ok)
        return site;
    ts_site_free(site);
    return NULL;
}

void ts_site_free(ts_site *site)
{
    if (!site)
        return;
    ts_buf_done(&site->trust);
    ts_buf_done(&site->signers);
    ts_buf_done(&site->crls);
    if (site->pfx)
        ts_wipe(site->pfx, site->pfx_len);
    free(site->pfx);
    ts_free_secret(site->pfx_password);
    ts_free_secret(site->token);
    ts_free_secret(site->registry_user);
    ts_free_secret(site->registry_password);
    ts_arena_free(site->arena);
    free(site);
}
