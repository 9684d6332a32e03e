/* net_private.h - what http.c and the transfer share. */
#ifndef TS_NET_PRIVATE_H
#define TS_NET_PRIVATE_H

#include <curl/curl.h>

#include "net.h"
#include "retry.h"
#include "tls.h"
#include "transfer.h"

/* A single request beside a transfer: in the same multi, which the transfer keeps going. */
typedef struct ts_side {
    CURL *easy;
    CURLcode rc;
    bool done;
} ts_side;

/* A request that only opens a connection. */
typedef struct ts_warm {
    CURL *easy;
    ts_tls_peer peer; /* lives as long as the connection */
    size_t head;      /* bytes of headers */
} ts_warm;

struct ts_net {
    CURLSH *share; /* TLS sessions, names: without it nothing is resumed */
    CURLM *multi;  /* connections stay open from request to request, and for transfers */
    ts_side *side; /* the request that is under way beside a transfer */
    /* Of a transfer: one turn of its loop. A request from within waits in these turns, so that the
     * other connections go on. false: the transfer has all, the request is no longer wanted. */
    bool (*turn)(void *ctx);
    void *turn_ctx;
    ts_tls_peer peer;   /* of single requests, one at a time */
    ts_tls_peer *peers; /* of a transfer's connections, TS_CONNECTIONS_SMALL; both live as long as
                         * the connections, whose servers may ask for a handshake at any time */
    ts_warm warm[TS_CONNECTIONS_MAX]; /* those of ts_net_warm, also when they have ended */
    size_t n_warm, n_warming;         /* n_warming: in the multi */
    ts_tls *tls;
    char *proxy;
    char *no_proxy;
    char *agent;
    bool system_store;
    uint64_t rate;
    uint32_t connect_ms, stall_ms, idle_ms, backoff_ms, tries;
    const atomic_bool *cancel;
    atomic_bool stop;
    ts_log_fn log;
    void *log_ctx;
};

void ts_net_warm_begin(ts_net *net); /* what was wished, behind the request that goes first */
void ts_net_cool(ts_net *net);       /* forgets what ts_net_warm began */
/* Options that every request has: protocols, TLS, proxy, time-outs, no redirects by libcurl (they
 * would carry the client certificate along), no content coding. */
bool ts_net_prepare(ts_net *net, CURL *easy, const char *url, ts_tls_peer *peer, ts_err **err);
void ts_net_say(const ts_net *net, ts_level level, const char *fmt, ...) TS_PRINTF(3, 4);
/* Starts an error for a libcurl code: what the TLS report knows, else libcurl's text. */
bool ts_net_fail_curl(ts_err **err, int code, const char *detail, const ts_tls_report *tls,
                      const char *url);
/* ... for an HTTP status. */
bool ts_net_fail_status(ts_err **err, long status, const char *url);
/* The certificate's revocation list is missing, and there is a place to ask: gets it (one request
 * without TLS, unless another connection just did) and says whether to try the connection again.
 * Costs no retry. */
bool ts_net_get_crl(ts_net *net, const ts_tls_report *report);
/* Where a redirect leads: absolute, http(s) only, never from https to http. Owned. */
char *ts_net_redirect(const char *from, const char *location, ts_err **err);
uint64_t ts_net_now_ms(void); /* monotonic */
uint32_t ts_net_random(void);
/* Sleeps in slices; false: cancelled. */
bool ts_net_wait(const ts_net *net, uint32_t ms);

#endif
