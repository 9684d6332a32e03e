/* doctor.c - why content does not come: one look at each link of the way, in order. What cannot be
 * looked at because an earlier link is broken is "skipped". */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"
#include "os.h"

#define CLOCK_WARN INT64_C(300)   /* seconds */
#define CLOCK_FAIL INT64_C(86400) /* a day off breaks certificates and lists */

#define MISSING_MAX 5u /* blobs that are named; then no more are asked for */

typedef struct doctor {
    ts_doctor_fn tell;
    void *ctx;
    ts_doctor_verdict worst;
    ts_content *c;
    bool https;
} doctor;

static const char *const network_checks[] = {
    "dns", "tcp", "tls", "chain", "host name", "revocation", "authentication", "ranges"};

static void line(doctor *d, const char *check, ts_doctor_verdict verdict, const char *code,
                 const char *fmt, ...) TS_PRINTF(5, 6);
static void line(doctor *d, const char *check, ts_doctor_verdict verdict, const char *code,
                 const char *fmt, ...)
{
    ts_buf text;
    ts_buf_init(&text, 64 * 1024);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    const ts_doctor_line l = {
        .check = check, .verdict = verdict, .text = ts_buf_text(&text), .code = code};
    d->tell(d->ctx, &l);
    if (verdict != TS_DOCTOR_SKIPPED && verdict > d->worst)
        d->worst = verdict;
    ts_buf_done(&text);
}

static void skip_from(doctor *d, size_t first)
{
    for (size_t i = first; i < TS_COUNT(network_checks); i++)
        line(d, network_checks[i], TS_DOCTOR_SKIPPED, "", "not reached");
}

static void check_clock(doctor *d)
{
    int64_t now = ts_clock_now() / 1000;
    if (now < d->c->site->clock_floor)
        line(d, "clock", TS_DOCTOR_FAILED, "",
             "this machine's clock is behind the time that the site file names as passed; set it");
    else
        line(d, "clock", TS_DOCTOR_OK, "", "%scompared with the server's below",
             d->c->site->clock_floor ? "not before the site file's time; " : "");
}

static void check_proxy(doctor *d)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy"};
    const char *proxy = d->c->site->proxy;
    for (size_t i = 0; !proxy && i < TS_COUNT(names); i++)
        proxy = ts_env_get(names[i]);
    TS_CLEANUP(ts_free_ptr) char *shown = proxy && *proxy ? ts_url_show(proxy) : NULL;
    if (shown)
        line(d, "proxy", TS_DOCTOR_OK, "", "through '%s'", shown);
    else
        line(d, "proxy", TS_DOCTOR_OK, "", "none: the server is reached directly");
}

static void good_way(doctor *d, const ts_net_answer *a)
{
    line(d, "dns", TS_DOCTOR_OK, "", "%s in %" PRIu64 " ms", a->ip, a->dns_us / 1000);
    line(d, "tcp", TS_DOCTOR_OK, "", "connected after %" PRIu64 " ms", a->connect_us / 1000);
}

/* libcurl has one number for all of these; OpenSSL's text tells them apart. */
static const char *broken_tls(const char *text)
{
    if (strstr(text, "protocol version") || strstr(text, "unsupported protocol"))
        return "the server speaks only versions of TLS that are not safe any more: switch TLS 1.2 "
               "or 1.3 on there";
    if (strstr(text, "wrong version number") || strstr(text, "packet length"))
        return "what answers there does not speak TLS: another port, http instead of https, or a "
               "proxy's page";
    return "an old TLS version, a proxy that breaks TLS open, or a server without TLS there";
}

/* The request failed: the error's number says on which link. */
static void broken_way(doctor *d, const ts_net_answer *a, const ts_err *err)
{
    uint32_t number = 0;
    char code[48] = "";
    ts_os_kind kind = ts_err_os(err, &number);
    const char *text = ts_err_text(err);
    if (kind == TS_OS_CURL)
        snprintf(code, sizeof code, "curl %" PRIu32, number);
    if (a->tls.seen && a->tls.verify != 0) {
        bool revocation = ts_tls_is_revocation(a->tls.verify);
        snprintf(code, sizeof code, "x509 %ld, %s", a->tls.verify,
                 ts_tls_windows_code(a->tls.verify));
        good_way(d, a);
        line(d, "tls", TS_DOCTOR_OK, "", "the server speaks TLS 1.2 or later");
        line(d, "chain", revocation ? TS_DOCTOR_OK : TS_DOCTOR_FAILED, revocation ? "" : code, "%s",
             revocation ? "trusted" : text);
        if (revocation) {
            line(d, "host name", TS_DOCTOR_SKIPPED, "", "not reached");
            line(d, "revocation", TS_DOCTOR_FAILED, code, "%s", text);
        }
        skip_from(d, revocation ? 6 : 4);
    } else if (ts_err_code(err) == TS_TRUST) {
        bool staple = number == 91 || kind == TS_OS_X509;
        good_way(d, a);
        line(d, "tls", TS_DOCTOR_OK, "", "the server speaks TLS 1.2 or later");
        line(d, "chain", TS_DOCTOR_OK, "", "trusted");
        line(d, staple ? "revocation" : "host name", TS_DOCTOR_FAILED,
             kind == TS_OS_X509 ? "x509 23, 0x80072f8a"
             : staple           ? "curl 91, 0x80072f19"
                                : "curl 60, 0x80072f06",
             "%s", text);
        skip_from(d, 6);
    } else if (number == 6 || number == 5) {
        line(d, "dns", TS_DOCTOR_FAILED, number == 5 ? "curl 5" : "curl 6, 0x80072ee7",
             "%s; check the name, the DNS server and the network cable", text);
        skip_from(d, 1);
    } else if (number == 7 || (number == 28 && !a->connect_us)) {
        line(d, "dns", TS_DOCTOR_OK, "", "the name has an address");
        line(d, "tcp", TS_DOCTOR_FAILED, number == 7 ? "curl 7, 0x80072efd" : "curl 28, 0x80072ee2",
             "%s; nobody listens there, or a firewall is in between", text);
        skip_from(d, 2);
    } else if (kind == TS_OS_HTTP && number == 407) {
        line(d, "proxy", TS_DOCTOR_FAILED, "http 407",
             "%s; user and password stand in its URL: http://USER:PASSWORD@HOST:PORT", text);
        skip_from(d, 0);
    } else {
        good_way(d, a);
        line(d, "tls", TS_DOCTOR_FAILED, *code ? code : "0x80072f8f", "%s; %s", text,
             broken_tls(text));
        skip_from(d, 3);
    }
}

static void check_server_clock(doctor *d, const ts_net_answer *a)
{
    if (!a->date)
        return;
    int64_t off = ts_clock_now() / 1000 - a->date;
    int64_t size = off < 0 ? -off : off;
    ts_doctor_verdict v = size > CLOCK_FAIL   ? TS_DOCTOR_FAILED
                          : size > CLOCK_WARN ? TS_DOCTOR_WARNING
                                              : TS_DOCTOR_OK;
    line(d, "clock against server", v, "", "this machine is %" PRId64 " s %s the server%s", size,
         off < 0 ? "behind" : "ahead of",
         v == TS_DOCTOR_OK ? "" : "; set it: certificates and revocation lists depend on it");
}

static void check_tls(doctor *d, const ts_net_answer *a)
{
    if (!d->https) {
        line(d, "tls", TS_DOCTOR_WARNING, "",
             "http: content is verified by its hashes, but everybody on "
             "the way sees it, and no credentials are sent");
        return;
    }
    int64_t days = (a->tls.not_after - ts_content_now(d->c)) / 86400;
    line(d, "tls", TS_DOCTOR_OK, "", "TLS 1.2 or later, HTTP/%d.%d, ready after %" PRIu64 " ms",
         a->http / 10, a->http % 10, a->tls_us / 1000);
    line(d, "chain", days < 14 ? TS_DOCTOR_WARNING : TS_DOCTOR_OK, "",
         "trusted; the server's certificate ends in %" PRId64 " days%s\n%s", days,
         days < 14 ? ": renew it" : "", a->tls.chain ? a->tls.chain : "");
    line(d, "host name", TS_DOCTOR_OK, "", "the certificate is for this name");
    const char *mode = ts_revocation_name(d->c->site->revocation);
    if (a->tls.revocation)
        line(d, "revocation", TS_DOCTOR_WARNING, ts_tls_windows_code(a->tls.revocation),
             "%s (mode '%s')", a->tls.problem ? a->tls.problem : "", mode);
    else if (d->c->site->revocation == TS_REVOCATION_OFF)
        line(d, "revocation", TS_DOCTOR_WARNING, "", "not checked (mode 'off')");
    else
        line(d, "revocation", TS_DOCTOR_OK, "", "not revoked (mode '%s')", mode);
}

/* Hotels answer everything, with their own page. */
static bool is_portal(const ts_net_answer *a)
{
    bool html = a->content_type && ts_str_ihas_prefix(a->content_type, "text/html");
    return a->status == 511 || (a->status == 200 && html) ||
           ((a->status == 302 || a->status == 307) && a->location);
}

static bool check_answer(doctor *d, size_t source, const ts_net_answer *a)
{
    const ts_site_source *s = &d->c->site->sources[source];
    char code[32];
    snprintf(code, sizeof code, "http %ld", a->status);
    if (s->kind == TS_SOURCE_STATIC && is_portal(a)) {
        TS_CLEANUP(ts_free_ptr) char *to = a->location ? ts_url_show(a->location) : NULL;
        line(d, "captive portal", TS_DOCTOR_FAILED, code,
             "something between here and the server answers with a page of its own%s%s%s: sign in "
             "there, or use another network",
             to ? " ('" : "", to ? to : "", to ? "')" : "");
        return false;
    }
    line(d, "captive portal", TS_DOCTOR_OK, "", "none seen");
    if (a->status >= 500) {
        line(d, "server", TS_DOCTOR_FAILED, code,
             "it answers HTTP status %ld: it is up, but cannot work; look at its error log",
             a->status);
        return false;
    }
    if (a->status == 400 && !d->https) {
        line(d, "server", TS_DOCTOR_FAILED, code,
             "it answers HTTP status 400 to http: the port may be one for https");
        return false;
    }
    bool refused = a->status == 401 || a->status == 403 || a->status == 400;
    if (refused && !(a->status == 401 && s->kind == TS_SOURCE_OCI)) {
        line(d, "authentication", TS_DOCTOR_FAILED, code, "the server refuses: %s",
             d->c->site->pfx || d->c->site->token
                 ? "the client certificate or token is wrong, revoked or out of date"
                 : "it wants a client certificate (--pfx) or a token (--token-file)");
        return false;
    }
    line(d, "authentication", TS_DOCTOR_OK, "", "let in");
    return true;
}

static void check_ranges(doctor *d, size_t source)
{
    const ts_site_source *s = &d->c->site->sources[source];
    ts_net_answer a = {0};
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *url = ts_sprintf("%scatalog.xml", s->url);
    ts_net_request request = {.url = url,
                              .range = "0-0",
                              .client_cert = s->auth == TS_AUTH_CLIENT_CERT,
                              .any_status = true,
                              .tries = 1};
    if (s->kind == TS_SOURCE_OCI || s->auth == TS_AUTH_BEARER || !url)
        line(d, "ranges", TS_DOCTOR_SKIPPED, "", "asked at the first download");
    else if (!ts_net_fetch(d->c->net, &request, &a, &err))
        line(d, "ranges", TS_DOCTOR_FAILED, "", "%s", ts_err_text(err));
    else if (a.status == 206)
        line(d, "ranges", TS_DOCTOR_OK, "", "answered: parallel downloads and resume work");
    else if (a.status >= 400)
        line(d, "ranges", TS_DOCTOR_SKIPPED, "", "the catalogue is not there");
    else
        line(d, "ranges", TS_DOCTOR_WARNING, "",
             "not answered (HTTP status %ld): downloads use one "
             "connection and cannot resume inside a file",
             a.status);
    ts_err_clear(&err);
    ts_net_answer_done(&a);
}

typedef struct blob_count {
    size_t source;
    uint64_t n, missing;
    ts_buf which;
} blob_count;

static void miss(blob_count *count, ts_err **err)
{
    ts_buf_printf(&count->which, "%s%s", count->which.len ? "; " : "", ts_err_text(*err));
    ts_err_clear(err);
    count->missing++;
}

static void ask_blob(doctor *d, blob_count *count, const char *sha256, uint64_t size,
                     const char *what)
{
    ts_err *err = NULL;
    if (count->missing == MISSING_MAX)
        return;
    count->n++;
    if (!ts_content_ask_blob(d->c, count->source, sha256, size, &err)) {
        ts_wrap(&err, "%s", what);
        miss(count, &err);
    }
}

static void check_package(doctor *d, blob_count *count, const ts_catalog_package *p)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    TS_CLEANUP(ts_free_ptr) char *what = ts_sprintf("%s version %" PRIu64, p->id, p->version);
    size_t len = 0;
    ts_err *err = NULL;
    ts_manifest *m = NULL;
    if (!what || count->missing == MISSING_MAX)
        return;
    ask_blob(d, count, p->manifest, p->size, what);
    /* Of whichever source has it. */
    if (ts_content_blob(d->c, p->manifest, p->size, TS_MANIFEST_BYTES_MAX, &data, &len, &err))
        m = ts_manifest_read("the manifest", data, len, &err);
    for (size_t i = 0; m && i < m->n_blobs; i++)
        ask_blob(d, count, m->blobs[i].sha256, m->blobs[i].size, what);
    if (!m && count->missing < MISSING_MAX) {
        ts_wrap(&err, "%s", what);
        miss(count, &err);
    }
    ts_err_clear(&err);
    ts_manifest_free(m);
}

/* Every blob of every package, and the sequences of the deployments, by HEAD. */
static void check_blobs(doctor *d, size_t source, const ts_catalog *catalog)
{
    blob_count count = {.source = source};
    ts_buf_init(&count.which, 16 * 1024);
    for (const ts_catalog_package *p = catalog->packages; p; p = p->next)
        check_package(d, &count, p);
    for (const ts_catalog_deployment *s = catalog->deployments; s; s = s->next)
        ask_blob(d, &count, s->sequence, s->size, s->id);
    if (count.missing)
        line(d, "blobs", TS_DOCTOR_FAILED, "",
             "%" PRIu64 "%s missing: %s; copy the repository's blobs there", count.missing,
             count.missing == MISSING_MAX ? " or more" : "", ts_buf_text(&count.which));
    else
        line(d, "blobs", TS_DOCTOR_OK, "", "all %" PRIu64 " blobs are there", count.n);
    ts_buf_done(&count.which);
}

static void check_catalog(doctor *d, size_t source)
{
    const ts_catalog *catalog = NULL;
    ts_err *err = NULL;
    if (!ts_content_catalog(d->c, &catalog, &err)) {
        line(d, "catalogue", TS_DOCTOR_FAILED, "", "%s%s", ts_err_text(err),
             ts_err_code(err) == TS_NOT_FOUND
                 ? "; this must be the folder of 'taskseq publish --repo', and signed"
                 : "");
        line(d, "blobs", TS_DOCTOR_SKIPPED, "", "not reached");
        ts_err_clear(&err);
        return;
    }
    int64_t days = (catalog->expires - ts_content_now(d->c)) / 86400;
    line(d, "catalogue", days < 2 ? TS_DOCTOR_WARNING : TS_DOCTOR_OK, "",
         "signed and trusted, version %" PRIu64 ", ends in %" PRId64 " days%s", catalog->version,
         days, days < 2 ? ": sign the repository again" : "");
    check_blobs(d, source, catalog);
}

static void check_source(doctor *d, size_t source)
{
    const ts_site_source *s = &d->c->site->sources[source];
    ts_net_answer a = {0};
    ts_err *err = NULL;
    d->https = ts_url_is_https(s->url);
    TS_CLEANUP(ts_free_ptr)
    char *url = ts_sprintf("%s%s", s->url,
                           s->kind == TS_SOURCE_OCI ? "manifests/catalog" : "catalog.xml");
    ts_net_request request = {.url = url,
                              .client_cert = s->auth == TS_AUTH_CLIENT_CERT,
                              .no_redirect = true,
                              .fresh = true,
                              .any_status = true,
                              .tries = 1};
    if (!url || !ts_net_fetch(d->c->net, &request, &a, &err)) {
        broken_way(d, &a, err);
    } else {
        good_way(d, &a);
        check_tls(d, &a);
        check_server_clock(d, &a);
        bool token = a.status == 401 &&
                     s->auth == TS_AUTH_BEARER; /* sent with the catalogue below */
        if (token || check_answer(d, source, &a)) {
            check_ranges(d, source);
            check_catalog(d, source);
        }
    }
    ts_err_clear(&err);
    ts_net_answer_done(&a);
}

ts_doctor_verdict ts_doctor_run(const ts_content_options *options, const char *url,
                                ts_doctor_fn tell, void *ctx)
{
    doctor d = {.tell = tell, .ctx = ctx, .worst = TS_DOCTOR_OK};
    ts_content_options o = *options;
    ts_err *err = NULL;
    if (url) {
        o.sources = &url;
        o.n_sources = 1;
    }
    d.c = ts_content_open(&o, &err);
    if (!d.c) {
        line(&d, "settings", TS_DOCTOR_FAILED, "", "%s", ts_err_text(err));
        ts_err_clear(&err);
        return d.worst;
    }
    size_t source = 0;
    while (url && source + 1 < d.c->site->n_sources &&
           !ts_url_same_origin(d.c->site->sources[source].url, url))
        source++;
    check_clock(&d);
    check_proxy(&d);
    if (d.c->site->n_sources == 0 || d.c->site->sources[source].kind == TS_SOURCE_FOLDER)
        line(&d, "settings", TS_DOCTOR_FAILED, "",
             "a URL is needed, or a site file with a source that "
             "is one");
    else
        check_source(&d, source);
    ts_content_close(d.c);
    return d.worst;
}
