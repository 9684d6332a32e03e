/* x509.h - certificates: reading them, and saying in words what is wrong with a chain. Shows
 * OpenSSL types; only engine/crypto and engine/net include it. */
#ifndef TS_X509_H
#define TS_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_CERTS_MAX 1000u /* certificates or revocation lists in one file are fewer */

/* A key with its certificate and what else its file had. */
typedef struct ts_identity {
    EVP_PKEY *key;
    X509 *cert;
    STACK_OF(X509) * chain; /* may be NULL */
} ts_identity;
void ts_identity_done(ts_identity *identity);
/* PKCS#12. TS_TRUST: no PKCS#12, wrong password, no key in it. `what` names it in messages. */
bool ts_identity_read_pfx(const void *data, size_t len, const char *password, const char *what,
                          ts_identity *out, ts_err **err);
/* PEM certificate(s) and PEM key; the first certificate is the identity's. */
bool ts_identity_read_pem(const char *cert, size_t cert_len, const char *key, size_t key_len,
                          const char *password, const char *what, ts_identity *out, ts_err **err);

/* All certificates of a PEM text; at least one. TS_TRUST when there is none or one is broken. */
STACK_OF(X509) * ts_certs_read(const char *pem, size_t len, const char *what, ts_err **err);
void ts_certs_free(STACK_OF(X509) * certs);
/* All revocation lists of a PEM text, or one in DER. */
STACK_OF(X509_CRL) * ts_crls_read(const void *data, size_t len, const char *what, ts_err **err);
void ts_crls_free(STACK_OF(X509_CRL) * crls);

/* "CN=gw.example.net, O=Example" appended. */
void ts_x509_name(const X509_NAME *name, ts_buf *out);
/* Subject, issuer and validity of one certificate, one line without a line end. */
void ts_x509_describe(const X509 *cert, ts_buf *out);
/* DNS names and addresses of the certificate, comma-separated. */
void ts_x509_hosts(const X509 *cert, ts_buf *out);
int64_t ts_asn1_seconds(const ASN1_TIME *when); /* since 1970 */
/* The first http URL where the certificate's revocation list lies; false: none. */
bool ts_x509_crl_url(const X509 *cert, ts_buf *out);
/* The first http URL of the issuer's certificate; false: none. */
bool ts_x509_issuer_url(const X509 *cert, ts_buf *out);

/* What a failed verification means and what to do. `at` is the certificate that it is about (may be
 * NULL), `sent` what the other side sent, now is in seconds since 1970. */
void ts_x509_explain(int error, X509 *at, STACK_OF(X509) * sent, int64_t now, ts_buf *out);
/* "2026-11-22T10:00:00Z" */
void ts_time_text(int64_t seconds, ts_buf *out);

#endif
