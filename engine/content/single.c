/* single.c - single HTTP(S) requests of scripts, with the site's trust. */
#include <stdlib.h>
#include <string.h>

#include "site.h"

struct ts_content_http {
    ts_site *site;
    bool system_store;
    ts_log_fn log;
    void *log_ctx;
    const atomic_bool *cancel;
};

ts_content_http *ts_content_http_new(const ts_content_options *options, ts_err **err)
{
    ts_content_http *http = ts_alloc(sizeof *http);
    if (!http) {
        ts_fail_nomem(err);
        return NULL;
    }
    http->site = ts_site_new(options, err);
    if (!http->site) {
        free(http);
        return NULL;
    }
    http->system_store = http->site->system_store || !options->site_file;
    http->log = options->log;
    http->log_ctx = options->ctx;
    http->cancel = options->cancel;
    return http;
}

void ts_content_http_free(ts_content_http *http)
{
    if (!http)
        return;
    ts_site_free(http->site);
    free(http);
}

/* A network for one request: what is trusted may grow between two. */
static ts_net *open_net(const ts_content_http *http, const ts_http_request *request,
                        const ts_buf *trust, ts_err **err)
{
    const ts_site *site = http->site;
    const ts_net_options options = {.ca_pem = trust->len ? ts_buf_text(trust) : NULL,
                                    .ca_len = trust->len,
                                    .system_store = http->system_store,
                                    .pfx = site->pfx,
                                    .pfx_len = site->pfx_len,
                                    .pfx_password = site->pfx_password,
                                    .revocation = site->revocation,
                                    .crl_pem = site->crls.len ? ts_buf_text(&site->crls) : NULL,
                                    .crl_len = site->crls.len,
                                    .proxy = site->proxy,
                                    .no_proxy = site->no_proxy,
                                    .rate = site->rate,
                                    .stall_ms = request->timeout,
                                    .idle_ms = request->timeout,
                                    .cancel = http->cancel,
                                    .log = http->log,
                                    .log_ctx = http->log_ctx};
    return ts_net_new(&options, err);
}

/* A script decides itself whether it asks again; two tries bridge one lost connection. */
static bool ask(ts_net *net, const ts_http_request *request, ts_http_answer *out, ts_err **err)
{
    const ts_net_request r = {.method = request->method,
                              .url = request->url,
                              .body = request->body,
                              .body_len = request->body_size,
                              .content_type = request->content_type,
                              .max = request->max,
                              .tries = request->method ? 1 : 2};
    ts_net_answer a = {0};
    bool ok = ts_net_fetch(net, &r, &a, err);
    if (ok) {
        *out = (ts_http_answer){
            .status = a.status, .body = a.body, .size = a.len, .content_type = a.content_type};
        a.body = a.content_type = NULL;
    }
    ts_net_answer_done(&a);
    return ok;
}

bool ts_content_http_fetch(void *ctx, const ts_http_request *request, ts_http_answer *out,
                           ts_err **err)
{
    const ts_content_http *http = ctx;
    ts_buf trust;
    ts_buf_init(&trust, TS_PEM_BYTES_MAX * 2);
    ts_buf_add(&trust, ts_buf_text(&http->site->trust), http->site->trust.len);
    ts_buf_str(&trust, request->trust);
    ts_net *net = ts_buf_ok(&trust, "trusted certificates", err)
                      ? open_net(http, request, &trust, err)
                      : NULL;
    bool ok = net && ask(net, request, out, err);
    ts_net_free(net);
    ts_buf_done(&trust);
    return ok;
}
