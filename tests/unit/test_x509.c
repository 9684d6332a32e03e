/* test_x509.c - client certificates in PFX files as old and new systems write them. */
#include "check.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <ts/mem.h>

#include "x509.h"

static EVP_PKEY *key;
static X509 *cert;

static int make_identity(void **state)
{
    TS_UNUSED(state);
    key = EVP_RSA_gen(2048);
    cert = X509_new();
    if (!key || !cert)
        return -1;
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    return X509_set_pubkey(cert, key) && X509_sign(cert, key, EVP_sha256()) ? 0 : -1;
}

static int drop_identity(void **state)
{
    TS_UNUSED(state);
    EVP_PKEY_free(key);
    X509_free(cert);
    return 0;
}

/* Owned by OpenSSL. 0 NIDs: what OpenSSL takes today. */
static unsigned char *make_pfx(int key_nid, int cert_nid, const char *password, int *size)
{
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    unsigned char *data = NULL;
    PKCS12 *p12 = PKCS12_create(password, "x", key, cert, NULL, key_nid, cert_nid, 0, 0, 0);
    *size = p12 ? i2d_PKCS12(p12, &data) : 0;
    PKCS12_free(p12);
    if (legacy)
        OSSL_PROVIDER_unload(legacy);
    return data;
}

static void pfx_of_old_and_new_windows_opens(void **state)
{
    TS_UNUSED(state);
    static const struct {
        int key, cert;
    } kinds[] = {
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC},
        {0, 0}, /* AES-256 */
    };
    static const char password[] = "p\"%^ \xC3\xA4\xF0\x9F\x98\x80";
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        int size = 0;
        unsigned char *data = make_pfx(kinds[i].key, kinds[i].cert, password, &size);
        ts_identity id = {0};
        ts_err *err = NULL;
        assert_true(size > 0);
        if (!ts_identity_read_pfx(data, (size_t)size, password, "client.pfx", &id, &err))
            fail_msg("kind %zu: %s", i, ts_err_text(err));
        assert_int_equal(EVP_PKEY_eq(id.key, key), 1);
        assert_int_equal(X509_cmp(id.cert, cert), 0);
        ts_identity_done(&id);
        assert_false(ts_identity_read_pfx(data, (size_t)size, "other", "client.pfx", &id, &err));
        assert_string_equal(ts_err_text(err), "client.pfx: the password of the PFX file is wrong");
        ts_err_free(err);
        OPENSSL_free(data);
    }
}

/* What else the program does with OpenSSL does not get the old algorithms. */
static void old_algorithms_are_there_for_the_file_only(void **state)
{
    TS_UNUSED(state);
    int size = 0;
    ts_identity id = {0};
    unsigned char *data = make_pfx(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                   NID_pbe_WithSHA1And40BitRC2_CBC, "pw", &size);
    assert_true(ts_identity_read_pfx(data, (size_t)size, "pw", "client.pfx", &id, NULL));
    ts_identity_done(&id);
    OPENSSL_free(data);
    EVP_CIPHER *rc2 = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);
    assert_null(rc2);
    EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    assert_non_null(aes);
    EVP_CIPHER_free(aes);
}

static void file_that_is_no_pfx_is_said(void **state)
{
    TS_UNUSED(state);
    ts_identity id = {0};
    ts_err *err = NULL;
    assert_false(ts_identity_read_pfx("x", 1, "pw", "client.pfx", &id, &err));
    assert_int_equal(ts_err_code(err), TS_TRUST);
    assert_non_null(strstr(ts_err_text(err), "client.pfx: this is no PKCS#12"));
    ts_err_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pfx_of_old_and_new_windows_opens),
        cmocka_unit_test(old_algorithms_are_there_for_the_file_only),
        cmocka_unit_test(file_that_is_no_pfx_is_said),
    };
    return cmocka_run_group_tests(tests, make_identity, drop_identity);
}
