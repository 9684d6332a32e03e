/* seal.c - AES-256-GCM for small values. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <ts/mem.h>

#include "crypto.h"
#include "seal.h"

#define NONCE_BYTES 12
#define TAG_BYTES   16
#define CLEAR_MAX   (64u * 1024u * 1024u) /* bytes; EVP takes an int */

static void free_cipher(EVP_CIPHER_CTX **ctx)
{
    EVP_CIPHER_CTX_free(*ctx);
}

static bool encrypt(const uint8_t *key, const char *what, const char *clear, size_t len,
                    uint8_t *out)
{
    TS_CLEANUP(free_cipher) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *body = out + NONCE_BYTES;
    int n = 0;
    return ctx && RAND_bytes(out, NONCE_BYTES) == 1 &&
           EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
           EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
           EVP_EncryptUpdate(ctx, body, &n, (const uint8_t *)clear, (int)len) == 1 &&
           EVP_EncryptFinal_ex(ctx, body + n, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, body + len) == 1;
}

char *ts_seal(const uint8_t key[TS_SEAL_KEY_BYTES], const char *what, const char *clear,
              ts_err **err)
{
    size_t len = strlen(clear);
    if (len > CLEAR_MAX) {
        ts_fail(err, TS_LIMIT, "a secret value is longer than %u bytes", CLEAR_MAX);
        return NULL;
    }
    size_t size = NONCE_BYTES + len + TAG_BYTES;
    TS_CLEANUP(ts_free_ptr) uint8_t *raw = ts_alloc(size);
    TS_CLEANUP(ts_free_ptr) char *hex = ts_alloc(2 * size + 1);
    if (!raw || !hex) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (!encrypt(key, what, clear, len, raw)) {
        ts_fail(err, TS_OS, "cannot encrypt a secret value");
        return NULL;
    }
    ts_hex(raw, size, hex);
    char *out = hex;
    hex = NULL;
    return out;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(const char *hex, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool decrypt(const uint8_t *key, const char *what, uint8_t *raw, size_t len, char *out)
{
    TS_CLEANUP(free_cipher) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *body = raw + NONCE_BYTES;
    int n = 0;
    return ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, raw) == 1 &&
           EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
           EVP_DecryptUpdate(ctx, (uint8_t *)out, &n, body, (int)len) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, body + len) == 1 &&
           EVP_DecryptFinal_ex(ctx, (uint8_t *)out + n, &n) == 1;
}

char *ts_unseal(const uint8_t key[TS_SEAL_KEY_BYTES], const char *what, const char *sealed,
                ts_err **err)
{
    size_t digits = strlen(sealed), size = digits / 2;
    if (digits % 2 || size < NONCE_BYTES + TAG_BYTES || size > CLEAR_MAX) {
        ts_fail(err, TS_INTEGRITY, "an encrypted value is damaged");
        return NULL;
    }
    size_t len = size - NONCE_BYTES - TAG_BYTES;
    TS_CLEANUP(ts_free_ptr) uint8_t *raw = ts_alloc(size);
    char *clear = ts_alloc(len + 1);
    if (!raw || !clear) {
        free(clear);
        ts_fail_nomem(err);
        return NULL;
    }
    if (!from_hex(sealed, raw, size) || !decrypt(key, what, raw, len, clear)) {
        ts_wipe(clear, len);
        free(clear);
        ts_fail(err, TS_INTEGRITY, "an encrypted value is damaged, or its key file is another one");
        return NULL;
    }
    return clear;
}
