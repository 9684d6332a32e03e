/* hostile_tls.c - certificates for the misbehaving server. */
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "hostile.h"

static void check(int ok)
{
    if (ok <= 0)
        abort();
}

static void extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    check(e && X509_add_ext(cert, e, -1));
    X509_EXTENSION_free(e);
}

void hostile_identity_make(hostile_identity *out, const char *name)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    check(key && cert && text);
    check(X509_set_version(cert, 2));
    check(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1));
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME *subject = X509_get_subject_name(cert);
    check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                     -1, 0));
    check(X509_set_issuer_name(cert, subject));
    check(X509_set_pubkey(cert, key));
    extension(cert, NID_basic_constraints, "critical,CA:TRUE");
    extension(cert, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    check(X509_sign(cert, key, EVP_sha256()));
    check(PEM_write_bio_X509(text, cert));
    long len = BIO_get_mem_data(text, &data);
    out->pem = calloc(1, (size_t)len + 1);
    check(out->pem != NULL);
    memcpy(out->pem, data, (size_t)len);
    BIO_free(text);
    PKCS12 *pfx = PKCS12_create("pw", name, key, cert, NULL, 0, 0, 0, 0, 0);
    check(pfx != NULL);
    out->pfx = NULL;
    out->pfx_len = i2d_PKCS12(pfx, &out->pfx);
    check(out->pfx_len);
    PKCS12_free(pfx);
    out->cert = cert;
    out->key = key;
}

void hostile_identity_done(hostile_identity *identity)
{
    free(identity->pem);
    OPENSSL_free(identity->pfx);
    X509_free(identity->cert);
    EVP_PKEY_free(identity->key);
    *identity = (hostile_identity){.pem = NULL};
}
