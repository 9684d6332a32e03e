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

static bool add(ts_net *net, const char *url, bool client_cert)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return false;
    ts_tls_peer *peer = &net->warm_peers[net->n_warm];
    peer->client_cert = client_cert;
    if (!ts_net_prepare(net, easy, url, peer, NULL)) {
        curl_easy_cleanup(easy);
        return false;
    }
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, refuse_body);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(net->connect_ms + net->stall_ms));
    curl_multi_add_handle(net->multi, easy);
    net->warm[net->n_warm++] = easy;
    return true;
}

void ts_net_warm(ts_net *net, const char *url, bool client_cert, unsigned n)
{
    while (net->n_warm < n && net->n_warm < TS_WARM_MAX && add(net, url, client_cert))
        ;
}

void ts_net_cool(ts_net *net)
{
    while (net->n_warm > 0) {
        CURL *easy = net->warm[--net->n_warm];
        curl_multi_remove_handle(net->multi, easy);
        curl_easy_cleanup(easy);
        ts_tls_report_done(&net->warm_peers[net->n_warm].report);
    }
}
