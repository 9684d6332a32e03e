/* http.c - what all requests share: options, TLS, error texts. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "net_private.h"

#include <ts/mem.h>

#include "os.h"
#include "transfer.h"

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value ? value : standard;
}

static bool copy_texts(ts_net *net, const ts_net_options *o, ts_err **err)
{
    net->proxy = ts_strdup(o->proxy);
    net->no_proxy = ts_strdup(o->no_proxy);
    net->agent = ts_strdup("taskseq");
    if ((o->proxy && !net->proxy) || (o->no_proxy && !net->no_proxy) || !net->agent)
        return ts_fail_nomem(err);
    return true;
}

static bool open_curl(ts_net *net, ts_err **err)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    net->share = curl_share_init();
    net->multi = curl_multi_init();
    net->peers = ts_alloc_array(TS_CONNECTIONS_SMALL, sizeof *net->peers);
    if (!net->share || !net->multi || !net->peers)
        return ts_fail_nomem(err);
    curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_multi_setopt(net->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)TS_CONNECTIONS_SMALL);
    return true;
}

ts_net *ts_net_new(const ts_net_options *options, ts_err **err)
{
    ts_net *net = ts_alloc(sizeof *net);
    if (!net) {
        ts_fail_nomem(err);
        return NULL;
    }
    net->system_store = options->system_store;
    net->rate = options->rate;
    net->connect_ms = or_default(options->connect_ms, 10000);
    net->stall_ms = or_default(options->stall_ms, 15000);
    net->idle_ms = or_default(options->idle_ms, 600000);
    net->backoff_ms = or_default(options->backoff_ms, 500);
    net->tries = or_default(options->tries, 6);
    net->cancel = options->cancel;
    net->log = options->log;
    net->log_ctx = options->log_ctx;
    net->tls = open_curl(net, err) ? ts_tls_new(options, err) : NULL;
    if (net->tls && copy_texts(net, options, err))
        return net;
    ts_net_free(net);
    return NULL;
}

void ts_net_free(ts_net *net)
{
    if (!net)
        return;
    ts_net_cool(net);
    curl_multi_cleanup(net->multi);
    curl_share_cleanup(net->share);
    for (size_t i = 0; net->peers && i < TS_CONNECTIONS_SMALL; i++)
        ts_tls_report_done(&net->peers[i].report);
    for (size_t i = 0; i < TS_CONNECTIONS_MAX; i++)
        ts_tls_report_done(&net->warm[i].peer.report);
    ts_tls_report_done(&net->peer.report);
    free(net->peers);
    ts_tls_free(net->tls);
    free(net->proxy);
    free(net->no_proxy);
    free(net->agent);
    free(net);
    curl_global_cleanup();
}

static CURLcode set_up_tls(CURL *easy, void *ctx, void *peer)
{
    TS_UNUSED(easy);
    return ts_tls_use(peer, ctx) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

bool ts_net_prepare(ts_net *net, CURL *easy, const char *url, ts_tls_peer *peer, ts_err **err)
{
    curl_easy_reset(easy);
    peer->tls = net->tls;
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_USERAGENT, net->agent) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
              (!net->proxy || curl_easy_setopt(easy, CURLOPT_PROXY, net->proxy) == CURLE_OK) &&
              (!net->no_proxy ||
               curl_easy_setopt(easy, CURLOPT_NOPROXY, net->no_proxy) == CURLE_OK) &&
              curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls) == CURLE_OK;
    if (!ok)
        return ts_fail(err, TS_NET, "the transfer library refuses the request's options");
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, peer);
    curl_easy_setopt(easy, CURLOPT_SHARE, net->share);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)net->connect_ms);
    curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    /* Caps are per connection, so spans want several; and libcurl 7.88 mixes answers up when
     * HTTP/1.1 and HTTP/2 connections to one server are open (seen: the body of another file). */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* "At most 1.3" says nothing new; but libcurl does not see the client certificate, and keeps
     * connections apart whose versions are written differently. */
    curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                     (long)(peer->client_cert
                                ? CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_3
                                : CURL_SSLVERSION_TLSv1_2));
    if (peer->no_revocation) { /* what was checked less must not serve others */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* resumed without a check */
    }
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_NEGOTIATE));
    /* Our own store replaces libcurl's, which would read the system's bundle anew for each
     * connection. Only where the system's roots are no file (Windows) libcurl reads them. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (net->system_store)
        curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NATIVE_CA);
    if (ts_tls_revocation(net->tls) == TS_REVOCATION_STAPLE && !peer->no_revocation)
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYSTATUS, 1L);
    return true;
}

bool ts_net_cancelled(const ts_net *net)
{
    return net->stop || (net->cancel && *net->cancel);
}

void ts_net_stop(ts_net *net, bool stop)
{
    net->stop = stop;
    if (stop)
        ts_net_wake(net);
}

void ts_net_wake(ts_net *net)
{
    curl_multi_wakeup(net->multi); /* fails when there is nothing to wake, so to say */
}

void ts_net_say(const ts_net *net, ts_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_log_say(net->log, net->log_ctx, level, fmt, args);
    va_end(args);
}

/* libcurl has one number for all of it; its texts tell them apart. An answer that is out of date is
 * not looked into. */
static bool fail_staple(ts_err **err, int code, const char *detail, const char *url)
{
    if (strstr(detail, "expired"))
        return ts_fail_os_as(err, TS_TRUST, TS_OS_CURL, (uint32_t)code,
                             "the server at '%s' staples an OCSP answer that is out of date or not "
                             "valid yet: compare this machine's clock; the web server must fetch "
                             "a new answer (revocation 'staple' asks for one)",
                             url);
    bool none = strstr(detail, "No OCSP response") != NULL;
    return ts_fail_os_as(err, TS_TRUST, TS_OS_CURL, (uint32_t)code,
                         "the server at '%s' staples no %sOCSP answer (%s), and the site file "
                         "asks for one (revocation 'staple')",
                         url, none ? "" : "good ", detail);
}

static bool fail_trust(ts_err **err, int code, const char *detail, const ts_tls_report *tls,
                       const char *url)
{
    const char *problem = tls->problem;
    if (tls->verify != X509_V_OK && problem)
        return ts_fail_os_as(err, TS_TRUST, TS_OS_X509, (uint32_t)tls->verify,
                             "the server at '%s' is not trusted: %s", url, problem);
    if (code == CURLE_SSL_INVALIDCERTSTATUS && strstr(detail, "revocation reason"))
        return ts_fail_os_as(
            err, TS_TRUST, TS_OS_X509, X509_V_ERR_CERT_REVOKED,
            "the certificate of the server at '%s' is revoked by its issuer (its OCSP "
            "answer says so); it must be replaced",
            url);
    if (code == CURLE_SSL_INVALIDCERTSTATUS)
        return fail_staple(err, code, detail, url);
    return ts_fail_os_as(err, TS_TRUST, TS_OS_CURL, (uint32_t)code,
                         "the certificate of the server at '%s' is for another name (%s)", url,
                         tls->chain ? tls->chain : "no certificate seen");
}

bool ts_net_fail_curl(ts_err **err, int code, const char *detail, const ts_tls_report *tls,
                      const char *url)
{
    char *shown = ts_url_show(url);
    const char *where = shown ? shown : "";
    const char *text = detail && *detail ? detail : curl_easy_strerror((CURLcode)code);
    bool untrusted = code == CURLE_PEER_FAILED_VERIFICATION ||
                     code == CURLE_SSL_INVALIDCERTSTATUS || (tls->seen && tls->verify != X509_V_OK);
    if (strstr(text, "response 407")) /* libcurl has no number of its own for it */
        ts_fail_os_as(err, TS_NET, TS_OS_HTTP, 407,
                      "cannot get '%s': the proxy wants credentials, or refuses these", where);
    else if (untrusted)
        fail_trust(err, code, text, tls, where);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        ts_fail_os_as(err, TS_TIMEOUT, TS_OS_CURL, (uint32_t)code, "no answer from '%s': %s", where,
                      text);
    else
        ts_fail_os_as(err, TS_NET, TS_OS_CURL, (uint32_t)code, "cannot get '%s': %s", where, text);
    free(shown);
    return false;
}

static const char *status_advice(long status)
{
    switch (status) {
    case 400:
        return "; a server that wants a client certificate answers like this when the certificate "
               "is missing, revoked or out of date";
    case 401:
        return "; credentials are missing or refused";
    case 403:
        return "; the server refuses these credentials, or wants some";
    case 407:
        return "; the proxy wants credentials";
    default:
        return "";
    }
}

bool ts_net_fail_status(ts_err **err, long status, const char *url)
{
    char *shown = ts_url_show(url);
    ts_code code = status == 404 || status == 410 ? TS_NOT_FOUND : TS_NET;
    ts_fail_os_as(err, code, TS_OS_HTTP, (uint32_t)status, "'%s' answers HTTP status %ld%s",
                  shown ? shown : "", status, status_advice(status));
    free(shown);
    return false;
}

bool ts_net_get_crl(ts_net *net, const ts_tls_report *report)
{
    if (!report->crl_url)
        return false;
    if (ts_tls_crl_was_tried(net->tls, report->crl_url))
        return true;
    TS_CLEANUP(ts_free_ptr) char *url = ts_strdup(report->crl_url);
    if (!url)
        return false;
    ts_net_request request = {.url = url, .no_revocation = true, .max = TS_NET_CRL_MAX, .tries = 2};
    ts_net_answer answer = {0};
    ts_err *problem = NULL;
    bool ok = ts_net_fetch(net, &request, &answer, &problem) &&
              ts_tls_add_crl(net->tls, answer.body, answer.len, url, &problem);
    if (!ok)
        ts_net_say(net, TS_LEVEL_WARNING, "cannot get the revocation list: %s",
                   ts_err_text(problem));
    ts_err_clear(&problem);
    ts_net_answer_done(&answer);
    /* With the list, or knowing that there is none. */
    return ts_tls_crl_tried(net->tls, url, NULL);
}

uint64_t ts_net_now_ms(void)
{
    return ts_clock_steady() / 1000000u;
}

uint32_t ts_net_random(void)
{
    uint32_t n = UINT32_MAX / 2;
    ts_random(&n, sizeof n, NULL);
    return n;
}

bool ts_net_wait(const ts_net *net, uint32_t ms)
{
    uint64_t until = ts_net_now_ms() + ms;
    for (uint64_t now = ts_net_now_ms(); now < until; now = ts_net_now_ms()) {
        if (ts_net_cancelled(net))
            return false;
        if (net->turn && !net->turn(net->turn_ctx))
            return false;
        if (!net->turn)
            ts_sleep(until - now < 50 ? (uint32_t)(until - now) : 50);
    }
    return !ts_net_cancelled(net);
}
