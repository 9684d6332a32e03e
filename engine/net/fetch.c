/* fetch.c - one request: redirects, retries, size limit, stall. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net_private.h"

#include <ts/mem.h>

#include "http_headers.h"
#include "os.h"

typedef struct exchange {
    ts_net *net;
    const ts_net_request *request;
    ts_net_answer *answer;
    ts_tls_peer *peer; /* the net's */
    ts_buf body;
    char *url;
    char error[CURL_ERROR_SIZE];
    char retry_after[64];
    char encoding[64];
    char value[TS_NET_HEADER_MAX];
    struct curl_slist *headers;
    uint64_t window_start;
    uint64_t window_bytes;
    bool stalled, too_long;
    bool head; /* it came whole; libcurl takes one that was cut off for an answer */
} exchange;

void ts_net_answer_done(ts_net_answer *answer)
{
    free(answer->body);
    free(answer->content_type);
    free(answer->challenge);
    free(answer->content_range);
    free(answer->location);
    ts_tls_report_done(&answer->tls);
    *answer = (ts_net_answer){0};
}

static size_t on_body(char *data, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(one);
    exchange *x = ctx;
    x->window_bytes += n;
    ts_buf_add(&x->body, data, n);
    x->too_long = x->body.over_limit;
    return x->too_long || x->body.no_memory ? 0 : n;
}

static void keep_header(exchange *x, const char *line, size_t len, const char *name, char **slot)
{
    if (ts_http_header(line, len, name, x->value, sizeof x->value)) {
        free(*slot);
        *slot = ts_strdup(x->value);
    }
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(one);
    exchange *x = ctx;
    ts_net_answer *a = x->answer;
    x->window_bytes += n;
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new answer: 100, a proxy's, the real one */
        ts_free_ptr(&a->challenge);
        ts_free_ptr(&a->content_range);
        ts_free_ptr(&a->location);
        x->encoding[0] = x->retry_after[0] = '\0';
        a->length = -1;
        x->head = false;
    }
    x->head = x->head || *line == '\r' || *line == '\n';
    keep_header(x, line, n, "content-type", &a->content_type);
    keep_header(x, line, n, "www-authenticate", &a->challenge);
    keep_header(x, line, n, "content-range", &a->content_range);
    keep_header(x, line, n, "location", &a->location);
    ts_http_header(line, n, "content-encoding", x->encoding, sizeof x->encoding);
    ts_http_header(line, n, "retry-after", x->retry_after, sizeof x->retry_after);
    uint64_t length = 0;
    if (ts_http_header(line, n, "content-length", x->value, sizeof x->value) &&
        ts_http_number(x->value, strlen(x->value), &length) && length <= INT64_MAX)
        a->length = (int64_t)length;
    if (ts_http_header(line, n, "date", x->value, sizeof x->value)) {
        time_t date = curl_getdate(x->value, NULL);
        a->date = date > 0 ? (int64_t)date : 0;
    }
    return n;
}

static int on_progress(void *ctx, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
    TS_UNUSED(dt);
    TS_UNUSED(dn);
    TS_UNUSED(ut);
    TS_UNUSED(un);
    exchange *x = ctx;
    uint64_t now = ts_net_now_ms();
    uint64_t age = now - x->window_start;
    if (age >= x->net->stall_ms + x->net->connect_ms) {
        x->stalled = x->window_bytes * 1000 < age * 1024;
        x->window_start = now;
        x->window_bytes = 0;
    }
    return x->stalled || ts_net_cancelled(x->net);
}

static bool add_header(exchange *x, const char *name, const char *value)
{
    char *line = ts_sprintf("%s: %s", name, value);
    struct curl_slist *more = line ? curl_slist_append(x->headers, line) : NULL;
    ts_free_secret(line);
    if (more)
        x->headers = more;
    return more != NULL;
}

static bool set_method(exchange *x, CURL *easy)
{
    const ts_net_request *r = x->request;
    const char *method = r->method ? r->method : "GET";
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, "GET") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (r->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body);
    }
    if (r->range)
        curl_easy_setopt(easy, CURLOPT_RANGE, r->range);
    return true;
}

static bool set_up(exchange *x, CURL *easy, ts_err **err)
{
    const ts_net_request *r = x->request;
    bool home = ts_url_same_origin(r->url, x->url);
    x->peer->client_cert = r->client_cert && home;
    x->peer->no_revocation = r->no_revocation;
    if (!ts_net_prepare(x->net, easy, x->url, x->peer, err))
        return false;
    curl_slist_free_all(x->headers);
    x->headers = NULL;
    bool ok = add_header(x, "Accept-Encoding", "identity") &&
              (!r->accept || add_header(x, "Accept", r->accept)) &&
              (!r->content_type || add_header(x, "Content-Type", r->content_type)) &&
              (!r->authorization || !home || add_header(x, "Authorization", r->authorization));
    if (!ok)
        return ts_fail_nomem(err);
    x->error[0] = '\0';
    if (r->fresh) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, x);
    return set_method(x, easy);
}

static uint64_t info_us(CURL *easy, CURLINFO what)
{
    curl_off_t us = 0;
    curl_easy_getinfo(easy, what, &us);
    return us > 0 ? (uint64_t)us : 0;
}

static void take_facts(exchange *x, CURL *easy)
{
    ts_net_answer *a = x->answer;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &a->status);
    char *ip = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip && strlen(ip) < 64)
        memcpy(a->ip, ip, strlen(ip) + 1);
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    a->http = version == CURL_HTTP_VERSION_2_0 ? 20 : version == CURL_HTTP_VERSION_1_0 ? 10 : 11;
    a->dns_us = info_us(easy, CURLINFO_NAMELOOKUP_TIME_T);
    a->connect_us = info_us(easy, CURLINFO_CONNECT_TIME_T);
    a->tls_us = info_us(easy, CURLINFO_APPCONNECT_TIME_T);
    if (x->peer->report.seen) {
        ts_tls_report_done(&a->tls);
        a->tls = x->peer->report;
        x->peer->report = (ts_tls_report){0};
    }
}

static CURLcode perform_beside(ts_net *net, CURL *easy)
{
    ts_side side = {.easy = easy, .rc = CURLE_FAILED_INIT};
    assert(!net->side); /* the end of the outer one would be lost */
    if (curl_multi_add_handle(net->multi, easy) != CURLM_OK)
        return side.rc;
    net->side = &side;
    while (!side.done && net->turn(net->turn_ctx))
        ;
    net->side = NULL;
    curl_multi_remove_handle(net->multi, easy);
    return side.rc;
}

/* Over a connection that is open already, when there is one: over a long way a new one costs four
 * round trips. */
static CURLcode perform(ts_net *net, CURL *easy)
{
    CURLcode rc = CURLE_FAILED_INIT;
    int running = 0, left = 0;
    bool done = false;
    if (net->turn)
        return perform_beside(net, easy);
    if (curl_multi_add_handle(net->multi, easy) != CURLM_OK)
        return rc;
    while (!done && curl_multi_perform(net->multi, &running) == CURLM_OK) {
        CURLMsg *m;
        ts_net_warm_begin(net);
        while ((m = curl_multi_info_read(net->multi, &left)) != NULL) {
            if (m->msg != CURLMSG_DONE || m->easy_handle != easy)
                continue; /* it only opened a connection */
            rc = m->data.result;
            done = true;
        }
        if (!done)
            curl_multi_poll(net->multi, NULL, 0, 100, NULL);
    }
    curl_multi_remove_handle(net->multi, easy);
    return rc;
}

/* One exchange over the wire; redirects not followed. */
static ts_fault attempt(exchange *x, CURL *easy, ts_err **err)
{
    ts_buf_clear(&x->body);
    ts_tls_report_done(&x->answer->tls);
    x->stalled = x->too_long = x->head = false;
    x->window_start = ts_net_now_ms();
    x->window_bytes = 0;
    if (!set_up(x, easy, err))
        return TS_FAULT_LOCAL;
    CURLcode rc = perform(x->net, easy);
    take_facts(x, easy);
    TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(x->url);
    if (ts_net_cancelled(x->net)) {
        ts_fail(err, TS_CANCELLED, "cancelled");
        return TS_FAULT_LOCAL;
    }
    if (x->too_long) {
        ts_fail(err, TS_LIMIT, "the answer of '%s' is longer than %zu bytes", shown ? shown : "",
                x->body.max);
        return TS_FAULT_SOURCE;
    }
    if (x->stalled) {
        ts_fail(err, TS_TIMEOUT, "'%s' sends nothing", shown ? shown : "");
        return TS_FAULT_PASSING;
    }
    if (rc != CURLE_OK) {
        ts_net_fail_curl(err, (int)rc, x->error, &x->answer->tls, x->url);
        return x->answer->tls.verify ? TS_FAULT_SOURCE : ts_fault_of_curl((int)rc);
    }
    if (!x->head) {
        ts_fail(err, TS_NET, "'%s' ended inside the head of its answer", shown ? shown : "");
        return TS_FAULT_PASSING;
    }
    if (*x->encoding && !ts_str_ieq(x->encoding, "identity")) {
        ts_fail(err, TS_NET, "'%s' answers with content encoding '%s', which was not asked for",
                shown ? shown : "", x->encoding);
        return TS_FAULT_SOURCE;
    }
    return TS_FAULT_NONE;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* One try: an exchange and what it is redirected to; a missing revocation list is got on the way.
 */
static ts_fault one_try(exchange *x, CURL *easy, ts_err **err)
{
    free(x->url);
    x->url = ts_strdup(x->request->url);
    for (unsigned hops = 0, lists = 0; x->url;) {
        ts_fault fault = attempt(x, easy, err);
        if (fault != TS_FAULT_NONE) {
            if (!x->answer->tls.crl_url || lists++ > 10 || !ts_net_get_crl(x->net, &x->answer->tls))
                return fault;
            ts_err_clear(err);
            continue;
        }
        if (!is_redirect(x->answer->status) || x->request->no_redirect || !x->answer->location)
            return TS_FAULT_NONE;
        if (hops++ == TS_NET_REDIRECTS_MAX) {
            TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(x->request->url);
            ts_fail(err, TS_NET, "'%s' redirects more than %u times", shown ? shown : "",
                    TS_NET_REDIRECTS_MAX);
            return TS_FAULT_SOURCE;
        }
        char *next = ts_net_redirect(x->url, x->answer->location, err);
        if (!next)
            return TS_FAULT_SOURCE;
        free(x->url);
        x->url = next;
    }
    ts_fail_nomem(err);
    return TS_FAULT_LOCAL;
}

static uint32_t wait_ms(const exchange *x, unsigned failures)
{
    uint64_t seconds = 0;
    if (ts_net_retry_after(x->retry_after, ts_clock_now() / 1000, &seconds))
        return seconds > TS_NET_RETRY_AFTER_MAX ? UINT32_MAX : (uint32_t)seconds * 1000;
    return ts_backoff(x->net->backoff_ms, failures, ts_net_random());
}

static bool with_retries(exchange *x, CURL *easy, ts_err **err)
{
    unsigned tries = x->request->tries ? x->request->tries : x->net->tries;
    for (unsigned n = 1;; n++) {
        ts_fault fault = one_try(x, easy, err);
        if (fault == TS_FAULT_NONE && !x->request->any_status) {
            fault = ts_fault_of_status(x->answer->status);
            if (fault != TS_FAULT_NONE)
                ts_net_fail_status(err, x->answer->status, x->url);
        }
        if (fault == TS_FAULT_NONE)
            return true;
        uint32_t wait = wait_ms(x, n);
        if (fault != TS_FAULT_PASSING || n >= tries || wait == UINT32_MAX)
            return false;
        ts_net_say(x->net, TS_LEVEL_VERBOSE, "%s; try %u of %u in %u ms",
                   err ? ts_err_text(*err) : "", n + 1, tries, wait);
        ts_err_clear(err);
        if (!ts_net_wait(x->net, wait))
            return ts_fail(err, TS_CANCELLED, "cancelled");
    }
}

bool ts_net_fetch(ts_net *net, const ts_net_request *request, ts_net_answer *out, ts_err **err)
{
    ts_net_answer_done(out);
    out->length = -1;
    bool secret = request->authorization || (request->client_cert && request->body);
    if (secret && !ts_url_is_https(request->url)) {
        TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(request->url);
        return ts_fail(err, TS_TRUST, "credentials are sent over https only, and '%s' is not",
                       shown ? shown : "");
    }
    exchange *x = ts_alloc(sizeof *x);
    CURL *easy = x ? curl_easy_init() : NULL;
    if (!easy) {
        free(x);
        return ts_fail_nomem(err);
    }
    x->net = net;
    x->peer = &net->peer;
    x->request = request;
    x->answer = out;
    ts_buf_init(&x->body, request->max ? request->max : TS_NET_BODY_MAX);
    ts_err *mine = NULL; /* retries look at the error also when the caller does not want it */
    bool ok = with_retries(x, easy, &mine);
    if (!ok && err)
        *err = mine;
    else
        ts_err_clear(&mine);
    size_t len = x->body.len;
    out->body = ts_buf_take(&x->body);
    out->len = out->body ? len : 0;
    curl_easy_cleanup(easy);
    curl_slist_free_all(x->headers);
    ts_tls_report_done(&x->peer->report);
    ts_buf_done(&x->body);
    free(x->url);
    free(x);
    return ok;
}
