/* cipher.c - encrypted blobs in clear: chunks of AES-256-GCM, numbered by their nonces. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "crypto.h"
#include "keys.h"
#include "os.h"
#include "repo.h"

#define SEALED (TS_CIPHER_CHUNK + TS_TAG_BYTES)

bool ts_chunk_decrypt(const uint8_t key[32], uint64_t number, const void *in, size_t len,
                      uint8_t *out, ts_err **err)
{
    uint8_t nonce[TS_NONCE_BYTES] = {0};
    for (size_t b = 0; b < 8; b++)
        nonce[b] = (uint8_t)(number >> (8 * b));
    return ts_gcm_open(key, nonce, NULL, 0, in, len, out, err);
}

static bool check_clear(const ts_blob *blob, ts_hash *hash, uint64_t size, ts_err **err)
{
    uint8_t digest[32];
    char hex[65];
    if (!ts_hash_final(hash, digest, err))
        return false;
    ts_hex(digest, 32, hex);
    return (size == blob->plain_size && strcmp(hex, blob->plain) == 0) ||
           ts_fail(err, TS_INTEGRITY, "'%s' in clear is not what its manifest says", blob->name);
}

static bool decrypt_files(const ts_blob *blob, const uint8_t key[32], ts_file *from, ts_file *to,
                          ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *in = ts_alloc(SEALED);
    TS_CLEANUP(ts_free_ptr) uint8_t *out = ts_alloc(TS_CIPHER_CHUNK);
    ts_hash *hash = in && out ? ts_hash_new(err) : NULL;
    if (!hash)
        return in && out ? false : ts_fail_nomem(err);
    uint64_t size = 0, offset = 0;
    bool ok = true;
    for (uint64_t i = 0; ok && offset < blob->size; i++) {
        size_t n = 0, got = 1;
        while (ok && n < SEALED && got) {
            ok = ts_file_pread(from, in + n, SEALED - n, offset + n, &got, err);
            n += ok ? got : 0;
        }
        if (ok && n == 0)
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is shorter than its manifest says", blob->name);
        ok = ok && ts_chunk_decrypt(key, i, in, n, out, err);
        size_t clear = n > TS_TAG_BYTES ? n - TS_TAG_BYTES : 0;
        ok = ok && ts_hash_add(hash, out, clear, err) && ts_file_append(to, out, clear, err);
        size += clear;
        offset += n;
    }
    ok = ok && check_clear(blob, hash, size, err);
    ts_hash_free(hash);
    return ok;
}

bool ts_blob_decrypt(const ts_blob *blob, const uint8_t package_key[32], const char *from,
                     const char *to, ts_err **err)
{
    uint8_t key[32];
    if (!ts_blob_key(package_key, blob->plain, key, err))
        return false;
    ts_file *in = ts_file_open(from, TS_FILE_READ, false, err);
    ts_file *out = in ? ts_file_open(to, TS_FILE_CREATE, false, err) : NULL;
    bool ok = out && decrypt_files(blob, key, in, out, err);
    ts_file_close(in);
    ts_file_close(out);
    ts_wipe(key, sizeof key);
    if (!ok)
        ts_file_remove(to, NULL);
    return ok;
}

bool ts_bytes_decrypt(const ts_blob *blob, const uint8_t package_key[32], char *data, size_t *len,
                      ts_err **err)
{
    uint8_t key[32];
    size_t clear = 0;
    bool ok = ts_blob_key(package_key, blob->plain, key, err);
    TS_CLEANUP(ts_free_ptr) uint8_t *out = ts_alloc(TS_CIPHER_CHUNK);
    ts_hash *hash = ok && out ? ts_hash_new(err) : NULL;
    if (!hash)
        return out ? false : ok && ts_fail_nomem(err);
    uint64_t number = 0;
    for (size_t at = 0; ok && at < *len; number++) {
        size_t n = *len - at < SEALED ? *len - at : SEALED;
        ok = ts_chunk_decrypt(key, number, data + at, n, out, err) &&
             ts_hash_add(hash, out, n - TS_TAG_BYTES, err);
        if (ok) /* the clear text is shorter than what was read: it never overtakes */
            memcpy(data + clear, out, n - TS_TAG_BYTES);
        clear += ok ? n - TS_TAG_BYTES : 0;
        at += n;
    }
    ok = ok && check_clear(blob, hash, clear, err);
    ts_hash_free(hash);
    ts_wipe(key, sizeof key);
    *len = clear;
    return ok;
}
