/* hash.c - SHA-256 through OpenSSL's EVP interface. */
#include <stdlib.h>

#include <openssl/evp.h>

#include <ts/mem.h>

#include "crypto.h"

struct ts_hash {
    EVP_MD_CTX *ctx;
};

static bool failed(ts_err **err)
{
    return ts_fail(err, TS_UNSUPPORTED, "cannot compute SHA-256: OpenSSL refuses the algorithm");
}

bool ts_sha256(const void *data, size_t size, uint8_t out[TS_SHA256_BYTES], ts_err **err)
{
    return EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1 || failed(err);
}

bool ts_sha256_text(const void *data, size_t size, char out[TS_SHA256_TEXT], ts_err **err)
{
    uint8_t digest[TS_SHA256_BYTES];
    if (!ts_sha256(data, size, digest, err))
        return false;
    ts_hex(digest, sizeof digest, out);
    return true;
}

ts_hash *ts_hash_new(ts_err **err)
{
    ts_hash *hash = ts_alloc(sizeof *hash);
    if (hash)
        hash->ctx = EVP_MD_CTX_new();
    if (!hash || !hash->ctx) {
        ts_hash_free(hash);
        ts_fail_nomem(err);
        return NULL;
    }
    if (EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1) {
        ts_hash_free(hash);
        failed(err);
        return NULL;
    }
    return hash;
}

void ts_hash_free(ts_hash *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->ctx);
    free(hash);
}

bool ts_hash_add(ts_hash *hash, const void *data, size_t size, ts_err **err)
{
    return EVP_DigestUpdate(hash->ctx, data, size) == 1 || failed(err);
}

bool ts_hash_final(ts_hash *hash, uint8_t out[TS_SHA256_BYTES], ts_err **err)
{
    if (EVP_DigestFinal_ex(hash->ctx, out, NULL) != 1 ||
        EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1)
        return failed(err);
    return true;
}

void ts_hex(const uint8_t *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = 0;
}
