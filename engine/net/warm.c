/* warm.c - connections that are opened before it is known what for: a handshake costs two round
 * trips, in which a small package would be here. */
#include "net_private.h"

static size_t refuse_body(char *data, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(data);
    TS_UNUSED(one);
    TS_UNUSED(n);
    TS_UNUSED(ctx);
    return 0;
}

/* libcurl keeps all headers of an answer. */
static size_t count_header(char *line, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(line);
    TS_UNUSED(one);
    ts_warm *w = ctx;
    w->head += n;
    return w->head <= TS_NET_HEADER_MAX ? n : 0;
}

static bool add(ts_net *net, const char *url, bool client_cert)
{
    ts_warm *w = &net->warm[net->n_warm];
    w->easy = curl_easy_init();
    if (!w->easy)
        return false;
    w->peer.client_cert = client_cert;
    if (!ts_net_prepare(net, w->easy, url, &w->peer, NULL)) {
        curl_easy_cleanup(w->easy);
        return false;
    }
    curl_easy_setopt(w->easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, refuse_body);
    curl_easy_setopt(w->easy, CURLOPT_HEADERFUNCTION, count_header);
    curl_easy_setopt(w->easy, CURLOPT_HEADERDATA, w);
    curl_easy_setopt(w->easy, CURLOPT_TIMEOUT_MS, (long)(net->connect_ms + net->stall_ms));
    net->n_warm++;
    return true;
}

void ts_net_warm(ts_net *net, const char *url, bool client_cert, unsigned n)
{
    while (net->n_warm < n && net->n_warm < TS_CONNECTIONS_MAX && add(net, url, client_cert))
        ;
}

void ts_net_warm_begin(ts_net *net)
{
    while (net->n_warming < net->n_warm)
        curl_multi_add_handle(net->multi, net->warm[net->n_warming++].easy);
}

void ts_net_cool(ts_net *net)
{
    while (net->n_warm > 0) {
        ts_warm *w = &net->warm[--net->n_warm];
        curl_multi_remove_handle(net->multi, w->easy);
        curl_easy_cleanup(w->easy);
    }
}
