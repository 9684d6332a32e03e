/* cert.c - see cert.h. */
#include "cert.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include <ts/mem.h>

#include "crypto.h"
#include "x509.h"

#define NAME_BYTES_MAX 8192u
#define PEM_LINE       64u /* characters of base64 a line (RFC 7468) ... */
#define PEM_BYTES      48u /* ... and what they hold */

static void cert_done(ts_cert *c)
{
    free(c->subject);
    free(c->issuer);
    free(c->serial);
    free(c->key_type);
    free(c->signature);
    free(c->weak);
    free(c->der);
    *c = (ts_cert){0};
}

void ts_cert_list_done(ts_cert_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        cert_done(&list->certs[i]);
    free(list->certs);
    *list = (ts_cert_list){0};
}

static char *name_text(const X509_NAME *name)
{
    ts_buf text;
    ts_buf_init(&text, NAME_BYTES_MAX);
    ts_x509_name(name, &text);
    char *out = ts_strdup(ts_buf_text(&text));
    ts_buf_done(&text);
    return out;
}

static char *serial_text(const X509 *x)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    char *out = hex ? ts_strdup(hex) : NULL;
    OPENSSL_free(hex);
    BN_free(number);
    return out;
}

static bool take_der(X509 *x, ts_cert *out, ts_err **err)
{
    int size = i2d_X509(x, NULL);
    out->der = size > 0 ? ts_alloc((size_t)size) : NULL;
    if (!out->der)
        return ts_fail_nomem(err);
    unsigned char *at = (unsigned char *)out->der;
    out->der_size = (size_t)i2d_X509(x, &at);
    return ts_sha256_text(out->der, out->der_size, out->sha256, err);
}

/* What TLS at our security level would refuse as well: RSA below 2048 bits, MD5 and SHA-1. The
 * signature of a root counts for nothing there, but a root that is signed so is as old as that. */
static char *weakness(const ts_cert *c, int digest)
{
    if (strcmp(c->key_type, "RSA") == 0 && c->key_bits < TS_CERT_RSA_MIN)
        return ts_sprintf("its RSA key has %d bits, fewer than %d", c->key_bits, TS_CERT_RSA_MIN);
    if (strcmp(c->key_type, "DSA") == 0)
        return ts_strdup("its key is a DSA key");
    if (digest == NID_md5 || digest == NID_sha1 || digest == NID_md4 || digest == NID_md2)
        return ts_sprintf("it is signed with %s", c->signature);
    return ts_strdup("");
}

static bool take_key(X509 *x, ts_cert *out)
{
    int digest = NID_undef, key = NID_undef;
    int nid = X509_get_signature_nid(x);
    OBJ_find_sigid_algs(nid, &digest, &key);
    EVP_PKEY *public_key = X509_get0_pubkey(x);
    const char *type = public_key ? EVP_PKEY_get0_type_name(public_key) : NULL;
    const char *signature = OBJ_nid2sn(nid);
    out->key_type = ts_strdup(type ? type : "unknown");
    out->key_bits = public_key ? EVP_PKEY_get_bits(public_key) : 0;
    out->signature = ts_strdup(signature ? signature : "unknown");
    if (!out->key_type || !out->signature)
        return false;
    out->weak = weakness(out, digest);
    if (out->weak && !*out->weak)
        ts_free_ptr(&out->weak);
    else if (!out->weak)
        return false;
    return true;
}

static bool take_cert(X509 *x, ts_cert *out, ts_err **err)
{
    out->subject = name_text(X509_get_subject_name(x));
    out->issuer = name_text(X509_get_issuer_name(x));
    out->serial = serial_text(x);
    out->from = ts_asn1_seconds(X509_get0_notBefore(x));
    out->until = ts_asn1_seconds(X509_get0_notAfter(x));
    out->is_ca = X509_check_ca(x) == 1; /* 1: basic constraints with CA; not the old guesses */
    out->is_self_signed = X509_self_signed(x, 1) == 1;
    bool ok = out->subject && out->issuer && out->serial && take_key(x, out);
    ERR_clear_error();
    return ok ? take_der(x, out, err) : ts_fail_nomem(err);
}

static bool take_stack(STACK_OF(X509) * stack, const char *what, ts_cert_list *out, ts_err **err)
{
    int n = stack ? sk_X509_num(stack) : 0;
    if (n < 1)
        return ts_fail(err, TS_TRUST, "%s: there is no certificate in it", what);
    if (n > (int)TS_CERT_BUNDLE_MAX)
        return ts_fail(err, TS_LIMIT, "%s: more than %u certificates", what, TS_CERT_BUNDLE_MAX);
    ts_cert_list list = {.certs = ts_alloc_array((size_t)n, sizeof *list.certs)};
    bool ok = list.certs || ts_fail_nomem(err);
    while (ok && list.n < (size_t)n) {
        ok = take_cert(sk_X509_value(stack, (int)list.n), &list.certs[list.n], err);
        list.n++;
    }
    if (ok)
        *out = list;
    else
        ts_cert_list_done(&list);
    return ok;
}

static bool take_pkcs7(PKCS7 *p7, const char *what, ts_cert_list *out, ts_err **err)
{
    STACK_OF(X509) *certs = NULL;
    if (PKCS7_type_is_signed(p7) && p7->d.sign)
        certs = p7->d.sign->cert;
    else if (PKCS7_type_is_signedAndEnveloped(p7) && p7->d.signed_and_enveloped)
        certs = p7->d.signed_and_enveloped->cert;
    return take_stack(certs, what, out, err);
}

static bool read_der(BIO *bio, const char *what, ts_cert_list *out, ts_err **err)
{
    X509 *one = d2i_X509_bio(bio, NULL);
    if (one) {
        STACK_OF(X509) *stack = sk_X509_new_null();
        bool ok = (stack && sk_X509_push(stack, one)) || ts_fail_nomem(err);
        ok = ok && take_stack(stack, what, out, err);
        sk_X509_free(stack);
        X509_free(one);
        return ok;
    }
    BIO_reset(bio);
    PKCS7 *p7 = d2i_PKCS7_bio(bio, NULL);
    ERR_clear_error();
    if (!p7)
        return ts_fail(err, TS_TRUST,
                       "%s: this is no certificate (PEM or DER) and no PKCS#7 bundle", what);
    bool ok = take_pkcs7(p7, what, out, err);
    PKCS7_free(p7);
    return ok;
}

static bool holds(const char *data, size_t size, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= size; i++)
        if (data[i] == '-' && memcmp(data + i, text, n) == 0)
            return true;
    return false;
}

bool ts_cert_list_read(const void *data, size_t size, const char *what, ts_cert_list *out,
                       ts_err **err)
{
    if (size > TS_CERT_FILE_MAX)
        return ts_fail(err, TS_LIMIT, "%s: a bundle may have %u bytes, this one has %zu", what,
                       TS_CERT_FILE_MAX, size);
    if (holds(data, size, "-----BEGIN CERTIFICATE-----") ||
        holds(data, size, "-----BEGIN TRUSTED CERTIFICATE-----")) {
        STACK_OF(X509) *certs = ts_certs_read(data, size, what, err);
        bool ok = certs && take_stack(certs, what, out, err);
        ts_certs_free(certs);
        return ok;
    }
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    if (!bio)
        return ts_fail_nomem(err);
    ERR_clear_error();
    bool ok;
    if (holds(data, size, "-----BEGIN PKCS7-----")) {
        PKCS7 *p7 = PEM_read_bio_PKCS7(bio, NULL, NULL, NULL);
        ERR_clear_error();
        ok = p7 ? take_pkcs7(p7, what, out, err)
                : ts_fail(err, TS_TRUST, "%s: the PKCS#7 bundle cannot be read", what);
        PKCS7_free(p7);
    } else {
        ok = read_der(bio, what, out, err);
    }
    BIO_free(bio);
    return ok;
}

static X509 *open_der(const ts_cert *cert)
{
    const unsigned char *at = (const unsigned char *)cert->der;
    return cert->der_size <= LONG_MAX ? d2i_X509(NULL, &at, (long)cert->der_size) : NULL;
}

bool ts_cert_is_issued_by(const ts_cert *cert, const ts_cert *issuer)
{
    X509 *below = open_der(cert), *above = open_der(issuer);
    EVP_PKEY *key = above ? X509_get0_pubkey(above) : NULL;
    bool ok = below && key && X509_check_issued(above, below) == X509_V_OK &&
              X509_verify(below, key) == 1;
    X509_free(below);
    X509_free(above);
    ERR_clear_error();
    return ok;
}

void ts_cert_pem(const void *der, size_t size, ts_buf *out)
{
    const unsigned char *at = der;
    unsigned char line[PEM_LINE + 1];
    ts_buf_str(out, "-----BEGIN CERTIFICATE-----\n");
    for (size_t n; size > 0; at += n, size -= n) {
        n = size < PEM_BYTES ? size : PEM_BYTES;
        ts_buf_add(out, line, (size_t)EVP_EncodeBlock(line, at, (int)n));
        ts_buf_char(out, '\n');
    }
    ts_buf_str(out, "-----END CERTIFICATE-----\n");
}

bool ts_pfx_opens(const void *data, size_t len, const char *password, bool *right, ts_err **err)
{
    ts_identity identity = {0};
    ts_err *why = NULL;
    *right = ts_identity_read_pfx(data, len, password, "the client certificate", &identity, &why);
    ts_identity_done(&identity);
    /* A file that is no certificate at all stays one whatever is typed. */
    bool ok = *right || strstr(ts_err_text(why), "password") != NULL;
    if (!ok && err)
        *err = why;
    else
        ts_err_free(why);
    return ok;
}
