/* transfer_private.h - the parts of one transfer: plan (which pieces next), connection (what comes
 * in), loop (when). */
#ifndef TS_TRANSFER_PRIVATE_H
#define TS_TRANSFER_PRIVATE_H

#include "net_private.h"
#include "transfer.h"

#include "crypto.h"

typedef struct source {
    const ts_net_source *is;
    unsigned most;   /* connections that it may have */
    unsigned limit;  /* ... until it refuses some */
    unsigned small;  /* the same for small objects */
    unsigned target; /* connections wanted now; grows while that helps */
    unsigned active;
    unsigned failures; /* in a row */
    unsigned bad_pieces;
    uint64_t not_before; /* ms: waiting after a failure */
    uint64_t failed_at;  /* ms: connections from before that add nothing to the count */
    bool no_ranges;      /* answers 200 to a range: one connection, from the start */
    bool fresh;          /* the next connection must not be an old one */
    bool busy;           /* it answered 429 or 503: it has a limit of its own */
    unsigned served;     /* of those that were under way then: not refused */
    unsigned before;     /* its limit until then */
    uint64_t refused_at; /* ms: the first one of those that were refused together */
    uint64_t more_at;    /* ms: since when it has the limit that it has */
    unsigned auth_tries; /* renewals since the last answer that was let in */
    bool renewing;       /* new credentials are on their way */
    uint64_t renewed_at; /* ms: what was sent before had older ones */
    ts_err *out;         /* left out, and why */
    ts_err *last;        /* last passing failure */
} source;

typedef struct transfer transfer;

typedef struct conn {
    transfer *t;
    CURL *easy;
    source *src;
    size_t object;
    size_t piece, end;  /* claimed: [piece, end); end shrinks when another takes the tail */
    uint64_t offset;    /* of the next byte that comes */
    uint64_t asked_end; /* the request ends here */
    bool claimed;       /* `piece` is ours to write (with `whole` it may be another's) */
    bool ranged;        /* the request has a Range */
    bool whole;         /* the server ignored the range: the object comes from its start */
    bool checked;       /* status and headers were looked at */
    bool enough;        /* we ended it ourselves: no failure */
    bool paused;
    bool parked;    /* not in the multi: waits for a request beside it */
    CURLcode rc;    /* of a parked one: how it ended */
    ts_fault fault; /* set with err */
    ts_err *err;
    ts_hash *hash;
    ts_tls_peer *peer; /* of the net: connections outlive the transfer */
    struct curl_slist *headers;
    char *url; /* after redirects */
    unsigned redirects;
    uint64_t started, window_start, window_bytes, rate;
    uint64_t rejected; /* bytes of an answer that is no content */
    char error[CURL_ERROR_SIZE];
    char range[64];
    char content_range[128], encoding[64], retry_after[64], length[32];
    char location[TS_NET_URL_MAX], challenge[2048];
    bool used;
} conn;

struct transfer {
    ts_net *net;
    CURLM *multi;
    source *sources;
    size_t n_sources;
    const ts_net_object *objects;
    size_t n_objects;
    const ts_net_sink *sink;
    ts_transfer_stats stats;
    conn *conns;       /* TS_CONNECTIONS_SMALL of them */
    size_t first_open; /* objects before it are done or busy throughout */
    uint64_t free_pieces, done_pieces, all_pieces;
    uint64_t last_good;                                /* ms: a piece was verified */
    uint64_t tokens, tokens_at;                        /* rate cap */
    uint64_t window_at, window_received, window_speed; /* adaptation */
    uint64_t told_at, told_received;
    bool begins;   /* the sink's begun() runs */
    bool beside;   /* a request for a token or a list is under way; one at a time */
    ts_err *fatal; /* of the sink or local */
};

/* plan.c */
uint64_t ts_piece_len(const ts_net_object *o, size_t piece);
bool ts_plan_next(transfer *t, source *src, conn *c); /* claims a span; false: nothing to do */
void ts_plan_release(transfer *t, conn *c);           /* what is left of the claim is free again */
bool ts_plan_is_small(const transfer *t);             /* what is left is many small objects */
unsigned ts_plan_allowed(transfer *t, source *src);   /* connections that it may have now */
void ts_plan_adapt(transfer *t, uint64_t now);

/* conn.c */
bool ts_conn_start(conn *c, ts_err **err); /* with a claim: asks for it */
void ts_conn_reset(conn *c);
/* Status 200 or 206: is it the answer to what was asked? false: c->err, or c->enough. */
bool ts_conn_check(conn *c, long status);
size_t ts_conn_body(char *data, size_t one, size_t n, void *ctx);
size_t ts_conn_header(char *line, size_t one, size_t n, void *ctx);

/* beside.c: tokens and revocation lists, while the other connections go on. */
bool ts_beside_wants(const transfer *t, const conn *c, CURLcode rc, long status);
/* New credentials when they are due. false: this source cannot work now. */
bool ts_beside_ready(transfer *t, source *src);
bool ts_beside_renew(transfer *t,
                     conn *c);             /* after 401. false: c->err says why, or nothing helps */
bool ts_beside_list(transfer *t, conn *c); /* true: try the connection again */
ts_fault ts_fault_of_error(const ts_err *err);

/* source.c */
void ts_source_failed(transfer *t, conn *c, ts_fault fault, ts_err **err);
void ts_source_good(source *src);
void ts_source_busy(source *src, const conn *c); /* c was answered 429 or 503: fewer from now on */
bool ts_source_usable(const transfer *t, const source *src, uint64_t now);

#endif
