/* x509.c - reading certificates, keys and revocation lists. */
#include "x509.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

static bool fail_openssl(ts_err **err, const char *what, const char *problem)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    ERR_clear_error();
    return ts_fail(err, TS_TRUST, "%s: %s%s%s", what, problem, reason ? ": " : "",
                   reason ? reason : "");
}

static BIO *memory_bio(const void *data, size_t len)
{
    return len <= INT_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;
}

void ts_identity_done(ts_identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->cert);
    ts_certs_free(identity->chain);
    *identity = (ts_identity){0};
}

/* Older Windows encrypts the certificates of a PFX file with 40 bits of RC2 and only the key with
 * 3DES (PKCS#12, RFC 7292 appendix C: pbeWithSHAAnd40BitRC2-CBC). OpenSSL keeps that in a provider
 * of its own, which is loaded for this file only. */
static bool parse_old(PKCS12 *p12, const char *password, ts_identity *out)
{
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    bool ok = legacy && PKCS12_parse(p12, password, &out->key, &out->cert, &out->chain) == 1;
    if (legacy)
        OSSL_PROVIDER_unload(legacy);
    return ok;
}

bool ts_identity_read_pfx(const void *data, size_t len, const char *password, const char *what,
                          ts_identity *out, ts_err **err)
{
    ERR_clear_error();
    BIO *bio = memory_bio(data, len);
    PKCS12 *p12 = bio ? d2i_PKCS12_bio(bio, NULL) : NULL;
    BIO_free(bio);
    if (!p12)
        return fail_openssl(err, what, "this is no PKCS#12 (PFX) file");
    ts_identity id = {0};
    const char *text = password ? password : "";
    bool ok = PKCS12_parse(p12, text, &id.key, &id.cert, &id.chain) == 1;
    bool wrong = !ok && ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE;
    ok = ok || (!wrong && parse_old(p12, text, &id));
    PKCS12_free(p12);
    if (wrong) {
        ERR_clear_error();
        return ts_fail(err, TS_TRUST, "%s: the password of the PFX file is wrong", what);
    }
    if (!ok)
        return fail_openssl(err, what,
                            "the PFX file cannot be read (export it with AES256 if its encryption "
                            "is old and this OpenSSL has no provider 'legacy')");
    if (!id.key || !id.cert) {
        ts_identity_done(&id);
        return ts_fail(err, TS_TRUST, "%s: the PFX file holds no certificate with its private key",
                       what);
    }
    *out = id;
    return true;
}

static int give_password(char *buf, int size, int writing, void *ctx)
{
    TS_UNUSED(writing);
    const char *password = ctx;
    size_t n = password ? strlen(password) : 0;
    if (n > (size_t)size)
        return -1;
    if (n)
        memcpy(buf, password, n + (n < (size_t)size)); /* its end, where there is room */
    return (int)n;
}

bool ts_identity_read_pem(const char *cert, size_t cert_len, const char *key, size_t key_len,
                          const char *password, const char *what, ts_identity *out, ts_err **err)
{
    STACK_OF(X509) *certs = ts_certs_read(cert, cert_len, what, err);
    if (!certs)
        return false;
    ts_identity id = {.cert = sk_X509_shift(certs), .chain = certs};
    union { /* the callback takes void * and only reads it */
        const char *in;
        void *out;
    } secret = {.in = password};
    BIO *bio = memory_bio(key, key_len);
    id.key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_password, secret.out) : NULL;
    BIO_free(bio);
    if (!id.key) {
        ts_identity_done(&id);
        return fail_openssl(err, what, "the private key cannot be read");
    }
    if (X509_check_private_key(id.cert, id.key) != 1) {
        ts_identity_done(&id);
        ERR_clear_error();
        return ts_fail(err, TS_TRUST, "%s: the private key does not belong to the certificate",
                       what);
    }
    *out = id;
    return true;
}

void ts_certs_free(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

void ts_crls_free(STACK_OF(X509_CRL) * crls)
{
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
}

/* The normal end of a PEM text is an error of the reader, too. */
static bool pem_ended(void)
{
    unsigned long e = ERR_peek_last_error();
    bool ended = ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
    if (ended)
        ERR_clear_error();
    return ended;
}

STACK_OF(X509) * ts_certs_read(const char *pem, size_t len, const char *what, ts_err **err)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    BIO *bio = memory_bio(pem, len);
    if (!certs || !bio) {
        ts_certs_free(certs);
        BIO_free(bio);
        ts_fail_nomem(err);
        return NULL;
    }
    ERR_clear_error();
    X509 *cert;
    unsigned n = 0;
    while (n < TS_CERTS_MAX && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (!sk_X509_push(certs, cert)) {
            X509_free(cert);
            break;
        }
        n++;
    }
    BIO_free(bio);
    if (n == TS_CERTS_MAX)
        ts_fail(err, TS_LIMIT, "%s: more than %u certificates", what, TS_CERTS_MAX - 1);
    else if (!pem_ended())
        fail_openssl(err, what, "a certificate cannot be read");
    else if (n == 0)
        ts_fail(err, TS_TRUST, "%s: no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
                what);
    else
        return certs;
    ts_certs_free(certs);
    return NULL;
}

STACK_OF(X509_CRL) * ts_crls_read(const void *data, size_t len, const char *what, ts_err **err)
{
    STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
    BIO *bio = memory_bio(data, len);
    if (!crls || !bio) {
        ts_crls_free(crls);
        BIO_free(bio);
        ts_fail_nomem(err);
        return NULL;
    }
    ERR_clear_error();
    const uint8_t *first = data;
    bool der = len > 2 && first[0] == 0x30; /* SEQUENCE */
    X509_CRL *crl;
    unsigned n = 0;
    while (n < TS_CERTS_MAX && !(der && n) &&
           (crl = der ? d2i_X509_CRL_bio(bio, NULL)
                      : PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
        if (!sk_X509_CRL_push(crls, crl)) {
            X509_CRL_free(crl);
            break;
        }
        n++;
    }
    BIO_free(bio);
    if (n > 0 && n < TS_CERTS_MAX && (der || pem_ended()))
        return crls;
    if (n == TS_CERTS_MAX)
        ts_fail(err, TS_LIMIT, "%s: more than %u revocation lists", what, TS_CERTS_MAX - 1);
    else
        fail_openssl(err, what, "no revocation list can be read");
    ts_crls_free(crls);
    return NULL;
}
