/* cms.c - detached CMS signatures over raw bytes: checked before anything parses them. */
#include "keys.h"
#include "x509.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool fail_cms(ts_err **err, const char *problem)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    ERR_clear_error();
    return ts_fail(err, TS_TRUST, "%s%s%s", problem, reason ? ": " : "", reason ? reason : "");
}

static BIO *memory_bio(const void *data, size_t len)
{
    return len <= INT_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;
}

bool ts_cms_sign(const void *data, size_t len, const char *cert_pem, size_t cert_len,
                 const char *key_pem, size_t key_len, const char *password, ts_buf *out,
                 ts_err **err)
{
    ts_identity id = {0};
    if (!ts_identity_read_pem(cert_pem, cert_len, key_pem, key_len, password, "the signer", &id,
                              err))
        return false;
    ERR_clear_error();
    BIO *in = memory_bio(data, len);
    BIO *der = BIO_new(BIO_s_mem());
    unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = in && der ? CMS_sign(NULL, NULL, id.chain, in, flags | CMS_PARTIAL)
                                     : NULL;
    bool ok = cms && CMS_add1_signer(cms, id.cert, id.key, EVP_sha256(), flags) &&
              CMS_final(cms, in, NULL, flags) == 1 && i2d_CMS_bio(der, cms) == 1;
    if (ok) {
        char *bytes = NULL;
        long n = BIO_get_mem_data(der, &bytes);
        ts_buf_add(out, bytes, (size_t)n);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(der);
    ts_identity_done(&id);
    return ok ? ts_buf_ok(out, "the signature", err) : fail_cms(err, "cannot sign");
}

/* Roots, intermediates and the signer itself are anchors alike: boot media may carry any of them.
 */
static X509_STORE *trust_store(const char *pem, size_t len, int64_t now, ts_err **err)
{
    STACK_OF(X509) *certs = ts_certs_read(pem, len, "the trusted signers", err);
    X509_STORE *store = certs ? X509_STORE_new() : NULL;
    if (!store) {
        ts_certs_free(certs);
        return NULL;
    }
    for (int i = 0; i < sk_X509_num(certs); i++)
        X509_STORE_add_cert(store, sk_X509_value(certs, i));
    ts_certs_free(certs);
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    X509_VERIFY_PARAM_set_time(param, (time_t)now);
    return store;
}

/* A web server's certificate must not be able to sign a catalogue. */
static bool may_sign(X509 *cert, ts_err **err)
{
    EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool ok = uses == NULL;
    for (int i = 0; i < sk_ASN1_OBJECT_num(uses) && !ok; i++)
        ok = OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, i)) == NID_code_sign;
    EXTENDED_KEY_USAGE_free(uses);
    return ok || ts_fail(err, TS_TRUST,
                         "the signer's certificate is not for signing (its extended "
                         "key usage lacks 'code signing')");
}

/* Why the chain of the signer does not hold, in words. */
static bool explain(X509_STORE *store, CMS_ContentInfo *cms, X509 *cert, int64_t now, ts_err **err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *sent = CMS_get1_certs(cms);
    ts_buf text;
    ts_buf_init(&text, 8192);
    if (ctx && X509_STORE_CTX_init(ctx, store, cert, sent) == 1 && X509_verify_cert(ctx) != 1)
        ts_x509_explain(X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_current_cert(ctx), sent,
                        now, &text);
    X509_STORE_CTX_free(ctx);
    ts_certs_free(sent);
    bool known = text.len > 0;
    if (known)
        ts_fail(err, TS_TRUST, "the signer is not trusted: %s", ts_buf_text(&text));
    ts_buf_done(&text);
    ERR_clear_error();
    return known;
}

static bool check_signer(CMS_ContentInfo *cms, char **signer, X509 **cert, ts_err **err)
{
    STACK_OF(X509) *signers = CMS_get0_signers(cms);
    if (!signers || sk_X509_num(signers) != 1) {
        sk_X509_free(signers);
        return ts_fail(err, TS_TRUST,
                       "the signature must have exactly one signer whose certificate "
                       "is in it");
    }
    *cert = sk_X509_value(signers, 0);
    sk_X509_free(signers);
    ts_buf name;
    ts_buf_init(&name, 4096);
    ts_x509_name(X509_get_subject_name(*cert), &name);
    if (signer)
        *signer = ts_buf_take(&name);
    ts_buf_done(&name);
    return may_sign(*cert, err);
}

bool ts_cms_verify(const void *data, size_t len, const void *signature, size_t signature_len,
                   const char *trust_pem, size_t trust_len, int64_t now, char **signer,
                   ts_err **err)
{
    X509_STORE *store = trust_store(trust_pem, trust_len, now, err);
    if (!store)
        return false;
    ERR_clear_error();
    BIO *der = memory_bio(signature, signature_len);
    BIO *in = memory_bio(data, len);
    CMS_ContentInfo *cms = der && in ? d2i_CMS_bio(der, NULL) : NULL;
    bool ok = false;
    char *name = NULL;
    if (!cms) {
        fail_cms(err, "the signature cannot be read (it must be CMS in DER)");
    } else if (CMS_verify(cms, NULL, store, in, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) !=
               1) {
        fail_cms(err, "the signature does not fit the data");
    } else {
        X509 *cert = NULL;
        ok = check_signer(cms, &name, &cert, err) && !explain(store, cms, cert, now, err);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(der);
    BIO_free(in);
    X509_STORE_free(store);
    if (ok && signer)
        *signer = name;
    else
        free(name);
    return ok;
}
