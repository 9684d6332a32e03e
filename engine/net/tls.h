/* tls.h - what a TLS connection must show: chain, validity, key strength, revocation. */
#ifndef TS_TLS_H
#define TS_TLS_H

#include <openssl/ssl.h>

#include "net.h"

typedef struct ts_tls ts_tls; /* trust, identity and revocation lists; shared by all connections */

/* What one connection is held to, and how it went. It must outlive the handshake. */
typedef struct ts_tls_peer {
    ts_tls *tls;
    bool client_cert;
    bool no_revocation;
    ts_tls_report report;
} ts_tls_peer;

ts_tls *ts_tls_new(const ts_net_options *options, ts_err **err);
void ts_tls_free(ts_tls *tls);
/* Sets up a connection's context before its handshake. */
bool ts_tls_use(ts_tls_peer *peer, SSL_CTX *ctx);
/* Adds revocation lists, PEM or DER. They are trusted by their issuers' signatures only. */
bool ts_tls_add_crl(ts_tls *tls, const void *data, size_t len, const char *what, ts_err **err);
/* Remembers that a list cannot be had there, so that it is asked once. */
bool ts_tls_crl_tried(ts_tls *tls, const char *url, ts_err **err);
bool ts_tls_crl_was_tried(const ts_tls *tls, const char *url);
ts_revocation ts_tls_revocation(const ts_tls *tls);

#endif
