/* cert.h - certificates as plain data, for those who do not see OpenSSL (lua/). */
#ifndef TS_CERT_H
#define TS_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_CERT_FILE_MAX   (4u * 1024u * 1024u) /* bytes of one bundle */
#define TS_CERT_BUNDLE_MAX 1000u                /* certificates in one bundle */
#define TS_CERT_RSA_MIN    2048                 /* bits; fewer are called weak */

typedef struct ts_cert {
    char *subject, *issuer; /* "CN = Example Root, O = Example" */
    char *serial;           /* hexadecimal */
    int64_t from, until;    /* seconds since 1970 */
    bool is_ca;             /* basic constraints say that it may issue certificates */
    bool is_self_signed;    /* named as its own issuer, and its own key signed it */
    char sha256[65];        /* of the DER form */
    char *key_type;         /* "RSA", "EC", "ED25519" */
    int key_bits;
    char *signature; /* "RSA-SHA256" */
    char *weak;      /* why nobody should trust it ("its key has 1024 bits"); NULL: nothing */
    char *der;
    size_t der_size;
} ts_cert;

typedef struct ts_cert_list {
    ts_cert *certs;
    size_t n;
} ts_cert_list;
void ts_cert_list_done(ts_cert_list *list);

/* All certificates of a PEM text, one in DER, or a PKCS#7 bundle in either form. `what` names the
 * data in messages. TS_TRUST: there is none, or one cannot be read; TS_LIMIT. */
bool ts_cert_list_read(const void *data, size_t size, const char *what, ts_cert_list *out,
                       ts_err **err);
/* Did the key of `issuer` sign `cert`, and do names and key ids fit? */
bool ts_cert_is_issued_by(const ts_cert *cert, const ts_cert *issuer);
/* Appends "-----BEGIN CERTIFICATE-----" and the rest. */
void ts_cert_pem(const void *der, size_t size, ts_buf *out);

/* Does the password open this PKCS#12? An error: it is none, or holds no key. */
bool ts_pfx_opens(const void *data, size_t len, const char *password, bool *right, ts_err **err);

#endif
