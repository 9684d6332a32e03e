/* hostile.h - a web server that misbehaves on purpose, in threads of the test program. Loopback, a
 * free port, no log. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum hostile_mode {
    HOSTILE_NONE,          /* behaves */
    HOSTILE_TRUNCATE,      /* closes after half the body */
    HOSTILE_CLOSE_AT,      /* closes after `amount` bytes of the answer, head included */
    HOSTILE_STALL,         /* half the body, then nothing, connection open */
    HOSTILE_STALL_HEAD,    /* no answer at all */
    HOSTILE_DRIP,          /* one byte in 100 ms */
    HOSTILE_LENGTH_LONG,   /* Content-Length is larger than what comes */
    HOSTILE_LENGTH_SHORT,  /* ... smaller */
    HOSTILE_RANGE_SHIFTED, /* Content-Range of other bytes */
    HOSTILE_RANGE_TOTAL,   /* Content-Range with another total */
    HOSTILE_RANGE_MISSING, /* 206 without Content-Range */
    HOSTILE_RANGE_IGNORED, /* 200 with everything */
    HOSTILE_CHANGED,       /* other bytes of the same length */
    HOSTILE_GZIP,          /* Content-Encoding: gzip */
    HOSTILE_CIRCLE,        /* redirects to itself */
    HOSTILE_REDIRECT,      /* redirects to `target` */
    HOSTILE_STATUS,        /* answers `amount` as status, with Retry-After when `retry_after` */
    HOSTILE_ENDLESS,       /* a body without a length and without an end */
    HOSTILE_ENDLESS_HEAD,  /* headers without an end */
    HOSTILE_GARBAGE,       /* no HTTP */
    HOSTILE_EMPTY,         /* 200 and nothing, as some application proxies do */
    HOSTILE_PROXY          /* CONNECT to a port of this machine, then both ways */
} hostile_mode;

/* A certificate for 127.0.0.1 that is its own authority, and its key; for a server or a client. */
typedef struct hostile_identity {
    char *pem;    /* the certificate */
    uint8_t *pfx; /* certificate and key, password "pw" */
    int pfx_len;
    void *cert, *key; /* X509, EVP_PKEY */
} hostile_identity;
void hostile_identity_make(hostile_identity *out, const char *name);
void hostile_identity_done(hostile_identity *identity);

typedef struct hostile_plan {
    hostile_mode mode;
    unsigned times; /* misbehaves so often, then behaves; 0: always */
    size_t amount;
    const char *retry_after; /* NULL: none */
    const char *target;
    const char *challenge; /* WWW-Authenticate of a 401 */
    const char *need;      /* Authorization that must come, else 401; NULL: none */
    size_t page;           /* bytes of the page with that 401 */
    /* Tokens "Bearer token-1", "Bearer token-2" ...: GET /token gives the one of now, which ends
     * after so many answers; 0: none. */
    unsigned token_life;
    unsigned token_ms;             /* /token thinks so long */
    unsigned token_bad;            /* /token refuses (503) so often first */
    unsigned think_ms;             /* before each answer with content */
    unsigned at_once;              /* more requests than this are answered 503; 0: no limit */
    const hostile_identity *tls;   /* NULL: http */
    const hostile_identity *trust; /* client certificates are asked for, not demanded; NULL: no */
    const uint8_t *data;           /* content of every path */
    size_t size;
} hostile_plan;

typedef struct hostile hostile;
hostile *hostile_start(const hostile_plan *plan);
void hostile_stop(hostile *server);
const char *hostile_url(const hostile *server); /* "http://127.0.0.1:41234/" */
unsigned hostile_connections(const hostile *server);
unsigned hostile_requests(const hostile *server);
uint64_t hostile_sent(const hostile *server); /* bytes of bodies */
bool hostile_saw_authorization(const hostile *server);
bool hostile_saw_certificate(const hostile *server);
unsigned hostile_busiest(const hostile *server); /* requests that were under way at once */
unsigned hostile_refused(const hostile *server); /* ... that were too many */
unsigned hostile_tokens(const hostile *server);  /* answers of /token */

#endif
