/* hash.c - SHA-256 and SHA-1 by OpenSSL.
 *
 * The low-level calls, which OpenSSL 3 marks as deprecated, on purpose: the first digest through
 * EVP loads the configuration and the provider, which costs 1 to 6 ms and 2 MB (measured,
 * OpenSSL 3.0); every run hashes its sequence before the first step, and most need no other
 * cryptography. The code behind both, with the processor's SHA instructions, is the same. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>

#include <openssl/sha.h>

#include <ts/mem.h>

#include "crypto.h"

struct ts_hash {
    SHA256_CTX ctx;
};

static bool failed(ts_err **err)
{
    return ts_fail(err, TS_UNSUPPORTED, "cannot compute SHA-256: OpenSSL refuses the algorithm");
}

bool ts_sha256(const void *data, size_t size, uint8_t out[TS_SHA256_BYTES], ts_err **err)
{
    SHA256_CTX ctx;
    if (SHA256_Init(&ctx) != 1 || SHA256_Update(&ctx, data, size) != 1 ||
        SHA256_Final(out, &ctx) != 1)
        return failed(err);
    return true;
}

bool ts_sha256_text(const void *data, size_t size, char out[TS_SHA256_TEXT], ts_err **err)
{
    uint8_t digest[TS_SHA256_BYTES] = {0};
    if (!ts_sha256(data, size, digest, err))
        return false;
    ts_hex(digest, sizeof digest, out);
    return true;
}

ts_hash *ts_hash_new(ts_err **err)
{
    ts_hash *hash = ts_alloc(sizeof *hash);
    if (!hash) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (SHA256_Init(&hash->ctx) != 1) {
        free(hash);
        failed(err);
        return NULL;
    }
    return hash;
}

void ts_hash_free(ts_hash *hash)
{
    free(hash);
}

bool ts_hash_add(ts_hash *hash, const void *data, size_t size, ts_err **err)
{
    return SHA256_Update(&hash->ctx, data, size) == 1 || failed(err);
}

bool ts_hash_final(ts_hash *hash, uint8_t out[TS_SHA256_BYTES], ts_err **err)
{
    if (SHA256_Final(out, &hash->ctx) != 1 || SHA256_Init(&hash->ctx) != 1)
        return failed(err);
    return true;
}

struct ts_sha1 {
    SHA_CTX ctx;
};

static bool failed_sha1(ts_err **err)
{
    return ts_fail(err, TS_UNSUPPORTED, "cannot compute SHA-1: OpenSSL refuses the algorithm");
}

ts_sha1 *ts_sha1_new(ts_err **err)
{
    ts_sha1 *hash = ts_alloc(sizeof *hash);
    if (!hash) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (SHA1_Init(&hash->ctx) != 1) {
        free(hash);
        failed_sha1(err);
        return NULL;
    }
    return hash;
}

void ts_sha1_free(ts_sha1 *hash)
{
    free(hash);
}

bool ts_sha1_add(ts_sha1 *hash, const void *data, size_t size, ts_err **err)
{
    return SHA1_Update(&hash->ctx, data, size) == 1 || failed_sha1(err);
}

bool ts_sha1_final(ts_sha1 *hash, uint8_t out[TS_SHA1_BYTES], ts_err **err)
{
    if (SHA1_Final(out, &hash->ctx) != 1 || SHA1_Init(&hash->ctx) != 1)
        return failed_sha1(err);
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
