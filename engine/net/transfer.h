/* transfer.h - many verified objects from several sources at once.
 *
 * An object is a list of pieces with their SHA-256. A connection asks for a span of pieces, each
 * piece is hashed while it arrives and counts when its hash is right; what arrived wrong or not at
 * all is asked for again, elsewhere when that is possible. Sources of equal priority work together;
 * the next priority comes in when no source of a better one is left. One thread, no disk access of
 * its own: the sink writes.
 *
 * A failure is one of: passing (waits longer each time, honours Retry-After), of the source (it is
 * left out for the rest of this transfer), or local (the transfer ends). */
#ifndef TS_TRANSFER_H
#define TS_TRANSFER_H

#include "net.h"

#define TS_PIECE_BYTES        (4u * 1024u * 1024u)  /* of published content */
#define TS_PIECE_MAX          (64u * 1024u * 1024u) /* a piece of a foreign manifest */
#define TS_SPAN_BYTES         (64u * 1024u * 1024u) /* asked for at once */
#define TS_SPAN_LEAST         (4u * 1024u * 1024u)  /* ... near the end */
#define TS_STEAL_BYTES        (1024u * 1024u)       /* a rest that is smaller is not divided */
#define TS_CONNECTIONS_SOURCE 8u                    /* of one source, unless it says otherwise */
#define TS_CONNECTIONS_FIRST  4u                    /* of one source to begin with */
#define TS_CONNECTIONS_MAX    16u                   /* for spans, over all sources */
#define TS_CONNECTIONS_SMALL  96u                   /* for objects below 1 MiB, over all sources */
#define TS_SMALL_FACTOR       12u                   /* ... of one source: so many times its limit */
#define TS_BUSY_MS            60000u /* until a source that refused some gets one more */
#define TS_BAD_PIECES_MAX     2u     /* wrong hashes until a source is left out */
#define TS_SOURCES_MAX        32u

typedef enum ts_piece_state { TS_PIECE_FREE, TS_PIECE_BUSY, TS_PIECE_DONE } ts_piece_state;

/* Where credentials of a source come from. */
typedef struct ts_net_auth {
    /* Appends the value of the Authorization header; nothing: none yet. Asks nobody. */
    bool (*header)(void *ctx, ts_buf *out, ts_err **err);
    /* New credentials are wanted before the next request: none yet, or they end soon. NULL: never.
     */
    bool (*due)(void *ctx);
    /* Gets new ones, over net. challenge: of the answer 401 (WWW-Authenticate, "" when missing);
     * NULL: they are due. true: header() now gives something new. While it waits a transfer of the
     * same net goes on. */
    bool (*renew)(void *ctx, ts_net *net, const char *challenge, ts_err **err);
    void *ctx;
} ts_net_auth;

typedef struct ts_net_source {
    const char *id;       /* for messages */
    const char *url;      /* base, with '/' at its end */
    bool registry;        /* OCI registry: <url>blobs/sha256:<hex> */
    unsigned priority;    /* small ones first */
    unsigned connections; /* at most; 0: TS_CONNECTIONS_SOURCE */
    unsigned *bears;      /* requests at once, as it showed by refusing more (429, 503); 0: it did
                           * not. Kept by the caller for the next transfer; NULL: not kept */
    bool client_cert;
    const ts_net_auth *auth; /* NULL: none */
} ts_net_source;

typedef struct ts_net_object {
    const char *name; /* for messages */
    char sha256[65];  /* lower-case hexadecimal */
    const char *path; /* below the source's URL; NULL: blobs/sha256/<sha256> */
    uint64_t size;    /* above 0 */
    uint32_t piece;   /* bytes; the last one may be shorter */
    size_t n_pieces;
    const uint8_t *hashes; /* 32 bytes each; NULL: the caller checks the whole afterwards */
    uint8_t *state;        /* ts_piece_state each; DONE ones are not fetched */
    uint32_t *partial;     /* bytes of each piece that are written already, from its start; the
                            * sink's read() gives them back, and the piece's hash decides. NULL:
                            * pieces begin at their start */
} ts_net_object;

typedef struct ts_transfer_stats {
    uint64_t total;    /* bytes of all objects */
    uint64_t done;     /* verified, with what was there before */
    uint64_t received; /* over the network in this transfer */
    uint64_t speed;    /* bytes a second, smoothed */
    unsigned connections;
    unsigned retries;
    unsigned bad_pieces;
    const char *source; /* the last one that gave a piece; "" at first */
} ts_transfer_stats;

/* Where the bytes go. Return false with an error to end the transfer. */
typedef struct ts_net_sink {
    bool (*write)(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                  ts_err **err);
    bool (*piece)(void *ctx, size_t object, size_t piece, ts_err **err); /* its hash is right */
    bool (*read)(void *ctx, size_t object, uint64_t offset, void *data, size_t len, ts_err **err);
    /* May be NULL: in-order use: pieces of object from this one on may not be asked for yet. */
    size_t (*horizon)(void *ctx, size_t object);
    /* May be NULL: from which piece on is asked for first. Those before it come last, and only when
     * horizon() names more than there are pieces. */
    size_t (*first)(void *ctx, size_t object);
    /* May be NULL: called once, at the beginning. What it asks of the same net runs beside the
     * transfer, which goes on meanwhile. false ends the transfer. */
    bool (*begun)(void *ctx, ts_err **err);
    void (*progress)(void *ctx, const ts_transfer_stats *stats); /* may be NULL; 4 times a second */
    void *ctx;
} ts_net_sink;

/* Fetches all. false: at least one object is not complete; the error says why for each source.
 * TS_INTEGRITY when the last reason was a wrong hash. */
bool ts_transfer_run(ts_net *net, const ts_net_source *sources, size_t n_sources,
                     const ts_net_object *objects, size_t n_objects, const ts_net_sink *sink,
                     ts_transfer_stats *stats, ts_err **err);

#endif
