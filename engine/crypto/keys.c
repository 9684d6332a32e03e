/* keys.c - AES-256-GCM, HKDF, HMAC and random bytes over OpenSSL. */
#include "keys.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <ts/mem.h>

static bool fail_crypto(ts_err **err, const char *what)
{
    return ts_fail(err, TS_OS, "%s failed in the cryptography library", what);
}

bool ts_gcm_seal(const uint8_t key[TS_KEY_BYTES], const uint8_t nonce[TS_NONCE_BYTES],
                 const void *aad, size_t aad_len, const void *data, size_t len, uint8_t *out,
                 ts_err **err)
{
    if (len > INT_MAX / 2 || aad_len > INT_MAX / 2)
        return ts_fail(err, TS_LIMIT, "cannot encrypt more than %d bytes at once", INT_MAX / 2);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, tail = 0;
    bool ok = c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
              (!aad_len || EVP_EncryptUpdate(c, NULL, &n, aad, (int)aad_len) == 1) &&
              EVP_EncryptUpdate(c, out, &n, data, (int)len) == 1 &&
              EVP_EncryptFinal_ex(c, out + n, &tail) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TS_TAG_BYTES, out + len) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok || fail_crypto(err, "encryption");
}

bool ts_gcm_open(const uint8_t key[TS_KEY_BYTES], const uint8_t nonce[TS_NONCE_BYTES],
                 const void *aad, size_t aad_len, const void *data, size_t len, uint8_t *out,
                 ts_err **err)
{
    if (len < TS_TAG_BYTES)
        return ts_fail(err, TS_INTEGRITY, "encrypted data is shorter than its tag");
    if (len > INT_MAX / 2 || aad_len > INT_MAX / 2)
        return ts_fail(err, TS_LIMIT, "cannot decrypt more than %d bytes at once", INT_MAX / 2);
    const uint8_t *in = data;
    size_t n_in = len - TS_TAG_BYTES;
    uint8_t tag[TS_TAG_BYTES];
    memcpy(tag, in + n_in, sizeof tag);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, tail = 0;
    bool ready = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
                 (!aad_len || EVP_DecryptUpdate(c, NULL, &n, aad, (int)aad_len) == 1) &&
                 EVP_DecryptUpdate(c, out, &n, in, (int)n_in) == 1 &&
                 EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TS_TAG_BYTES, tag) == 1;
    bool right = ready && EVP_DecryptFinal_ex(c, out + n, &tail) == 1;
    EVP_CIPHER_CTX_free(c);
    if (right)
        return true;
    ts_wipe(out, n_in);
    return ready ? ts_fail(err, TS_INTEGRITY, "encrypted data was changed, or the key is wrong")
                 : fail_crypto(err, "decryption");
}

/* OSSL_PARAM takes non-const pointers and only reads through them. */
static void *unconst(const void *p)
{
    union {
        const void *in;
        void *out;
    } u = {.in = p};
    return u.out;
}

bool ts_hkdf(const uint8_t key[TS_KEY_BYTES], const char *info, uint8_t out[TS_KEY_BYTES],
             ts_err **err)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, unconst("SHA256"), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, unconst(key), TS_KEY_BYTES),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, unconst(info), strlen(info)),
        OSSL_PARAM_construct_end(),
    };
    bool ok = ctx && EVP_KDF_derive(ctx, out, TS_KEY_BYTES, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok || fail_crypto(err, "key derivation");
}

bool ts_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[32],
                    ts_err **err)
{
    if (key_len > INT_MAX)
        return ts_fail(err, TS_LIMIT, "a key of more than %d bytes", INT_MAX);
    unsigned n = 0;
    return HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n) ? true
                                                                     : fail_crypto(err, "HMAC");
}

bool ts_random_key(void *out, size_t len, ts_err **err)
{
    bool ok = len <= INT_MAX && RAND_bytes(out, (int)len) == 1;
    return ok || fail_crypto(err, "the random generator");
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ts_unhex(const char *text, uint8_t *out, size_t size)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
