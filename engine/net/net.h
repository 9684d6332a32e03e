/* net.h - HTTP(S): single requests here, large verified transfers in transfer.h. The only folder
 * that includes libcurl.
 *
 * TLS is at least 1.2 and always verified; there is no switch that turns verification off. Trust
 * comes from the certificates that the caller gives, and from the system's store when asked for.
 * Credentials go to the origin they are meant for and never follow a redirect to another one.
 * A URL in a message has no user, password or query.  A ts_net is used by one thread. */
#ifndef TS_NET_H
#define TS_NET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/event.h>
#include <ts/text.h>

#define TS_NET_REDIRECTS_MAX   5u            /* redirects of one request */
#define TS_NET_HEADER_MAX      (16u * 1024u) /* bytes of one header line that is looked at */
#define TS_NET_BODY_MAX        (64u * 1024u * 1024u) /* bytes of an answer that is kept in memory */
#define TS_NET_URL_MAX         4096u                 /* bytes of one URL */
#define TS_NET_RETRY_AFTER_MAX 300u /* seconds; a server that asks for more is given up */
#define TS_NET_CRL_MAX         (16u * 1024u * 1024u) /* bytes of one certificate revocation list */

/* What is checked besides the chain. Revoked is always fatal except with OFF. */
typedef enum ts_revocation {
    TS_REVOCATION_SOFT, /* the server's certificate; no list available: a warning */
    TS_REVOCATION_OFF,
    TS_REVOCATION_LEAF,  /* the server's certificate; no list available: an error */
    TS_REVOCATION_CHAIN, /* every certificate of the chain; no list available: an error */
    TS_REVOCATION_STAPLE /* the server must staple an OCSP answer */
} ts_revocation;
const char *ts_revocation_name(ts_revocation mode);
bool ts_revocation_by_name(const char *name, ts_revocation *out);

typedef struct ts_net_options {
    const char *ca_pem; /* trusted certificates, PEM; roots and intermediates; NULL: none */
    size_t ca_len;
    bool system_store; /* trust what the operating system trusts, too */
    const void *pfx;   /* client certificate, PKCS#12 */
    size_t pfx_len;
    const char *pfx_password;
    ts_revocation revocation;
    const char *crl_pem; /* revocation lists that are known already, PEM */
    size_t crl_len;
    int64_t now;               /* time for certificates, seconds since 1970; 0: the clock */
    const char *proxy;         /* "http://proxy:3128"; NULL: the environment's; "" : none */
    const char *no_proxy;      /* hosts that are reached directly; NULL: the environment's */
    uint64_t rate;             /* bytes a second over all connections; 0: no cap */
    uint32_t connect_ms;       /* 0: 10 s */
    uint32_t stall_ms;         /* slower than 1 KiB/s for so long: given up; 0: 15 s */
    uint32_t idle_ms;          /* nothing verified for so long: the transfer fails; 0: 10 minutes */
    uint32_t backoff_ms;       /* first wait after a failure, doubled each time; 0: 500 */
    uint32_t tries;            /* failures in a row until a source is given up; 0: 6 */
    const atomic_bool *cancel; /* may be NULL */
    ts_log_fn log;             /* may be NULL */
    void *log_ctx;
} ts_net_options;

typedef struct ts_net ts_net;
/* Everything in options is copied, except cancel and log. TS_TRUST: a certificate or the PFX cannot
 * be read, or its password is wrong. */
ts_net *ts_net_new(const ts_net_options *options, ts_err **err);
void ts_net_free(ts_net *net);
/* Opens n connections (once; TS_CONNECTIONS_MAX at most) for the transfer that will follow, right
 * behind the next request, each with a HEAD of url, and waits for none: they come up while other
 * requests run. What goes wrong shows when a connection is wanted. */
void ts_net_warm(ts_net *net, const char *url, bool client_cert, unsigned n);
/* From any thread: what runs on this net ends soon, as if it was cancelled, and so does whatever is
 * begun until it is called with false. */
void ts_net_stop(ts_net *net, bool stop);
/* From any thread: a transfer that runs on this net asks its sink again what may be fetched. */
void ts_net_wake(ts_net *net);
bool ts_net_cancelled(const ts_net *net); /* by the options' flag or by ts_net_stop */

/* The URL as it may be shown: without user, password, query and fragment. Owned; never NULL unless
 * memory is out. */
char *ts_url_show(const char *url);
/* Scheme, host and port the same? false also when one is no URL. */
bool ts_url_same_origin(const char *a, const char *b);
/* Resolves `relative` against `base` (RFC 3986). Owned. */
char *ts_url_join(const char *base, const char *relative, ts_err **err);
bool ts_url_is_https(const char *url);

/* How the TLS of one connection went; for the doctor and for error texts. */
typedef struct ts_tls_report {
    bool seen;         /* a certificate was looked at */
    long verify;       /* X509_V_OK or X509_V_ERR_... */
    int revocation;    /* 0 good, else X509_V_ERR_CERT_REVOKED, _UNABLE_TO_GET_CRL, ... */
    char *chain;       /* one certificate a line: subject, issuer, validity; owned */
    char *problem;     /* which certificate, what is wrong, what to do; owned; NULL: nothing */
    char *crl_url;     /* of the first certificate whose list is missing; owned */
    int64_t not_after; /* of the server's certificate, seconds since 1970 */
} ts_tls_report;
void ts_tls_report_done(ts_tls_report *report);
/* "0x80072f0d": what WinHTTP calls this verification result. */
const char *ts_tls_windows_code(long verify);
/* Revoked, or no usable revocation list. */
bool ts_tls_is_revocation(long verify);

typedef struct ts_net_request {
    const char *method; /* NULL: GET; HEAD, POST, PUT */
    const char *url;
    const char *accept;        /* NULL: none */
    const char *authorization; /* value of the header, secret; NULL: none; https only */
    const char *range;         /* "0-0"; NULL: none */
    const char *body;
    size_t body_len;
    const char *content_type;
    bool client_cert;   /* present the client certificate to this origin */
    bool no_revocation; /* for the request that gets the revocation list itself */
    bool no_redirect;
    bool fresh;      /* a connection of its own, so that the answer tells of names and TLS */
    bool any_status; /* a status outside 2xx is no error */
    size_t max;      /* bytes of the body; 0: TS_NET_BODY_MAX */
    uint32_t tries;  /* 0: as the options say */
} ts_net_request;

typedef struct ts_net_answer {
    long status;
    char *body; /* NUL behind it */
    size_t len;
    char *content_type; /* "" when missing; these are owned */
    char *challenge;    /* WWW-Authenticate */
    char *content_range;
    char *location;
    int64_t length; /* Content-Length, -1: not told */
    int64_t date;   /* the server's clock, seconds since 1970, 0: not told */
    char ip[64];
    int http; /* 10, 11, 20 */
    uint64_t dns_us, connect_us, tls_us;
    ts_tls_report tls;
} ts_net_answer;
void ts_net_answer_done(ts_net_answer *answer);

/* One request with retries for what may pass by itself. Codes: TS_NET, TS_TRUST (certificates),
 * TS_NOT_FOUND (404, 410), TS_LIMIT (too long), TS_TIMEOUT, TS_CANCELLED. `out` is also filled as
 * far as known when it fails; free it in both cases. */
bool ts_net_fetch(ts_net *net, const ts_net_request *request, ts_net_answer *out, ts_err **err);

#endif
