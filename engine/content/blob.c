/* blob.c - bytes and files become blobs. A blob appears under its name only when it is complete. */
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"
#include "os.h"
#include "repo.h"
#include "transfer.h"

#define CHUNK TS_CIPHER_CHUNK

char *ts_repo_blob_path(const char *repo, const char *sha256)
{
    return ts_sprintf("%s/blobs/sha256/%s", repo, sha256);
}

static void free_file(ts_file **file)
{
    ts_file_close(*file);
}

bool ts_repo_put(const char *repo, const void *data, size_t size, char sha256[65], bool *is_new,
                 ts_err **err)
{
    if (!ts_sha256_text(data, size, sha256, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_repo_blob_path(repo, sha256);
    if (!path)
        return ts_fail_nomem(err);
    bool there = ts_file_exists(path);
    if (is_new)
        *is_new = !there;
    return there || ts_file_write_atomic(path, data, size, err);
}

/* Digests of a whole and its pieces while bytes pass. */
typedef struct digester {
    ts_hash *whole, *piece;
    uint64_t size, total;
    uint8_t *hashes;
    size_t n;
} digester;

static void digester_done(digester *d)
{
    ts_hash_free(d->whole);
    ts_hash_free(d->piece);
}

static bool digester_init(digester *d, uint64_t total, ts_arena *arena, ts_err **err)
{
    size_t n = total ? (size_t)((total - 1) / TS_PIECE_BYTES + 1) : 0;
    *d = (digester){.total = total, .hashes = ts_arena_alloc(arena, n * 32 + 1)};
    if (!d->hashes)
        return ts_fail_nomem(err);
    d->whole = ts_hash_new(err);
    d->piece = d->whole ? ts_hash_new(err) : NULL;
    return d->piece != NULL;
}

static bool digester_add(digester *d, const uint8_t *data, size_t n, ts_err **err)
{
    if (!ts_hash_add(d->whole, data, n, err))
        return false;
    while (n > 0) {
        if (d->size == d->total)
            return ts_fail(err, TS_STATE, "the file grew while it was read");
        uint64_t left = TS_PIECE_BYTES - d->size % TS_PIECE_BYTES;
        size_t k = n < left ? n : (size_t)left;
        if (!ts_hash_add(d->piece, data, k, err))
            return false;
        d->size += k;
        data += k;
        n -= k;
        bool full = d->size % TS_PIECE_BYTES == 0 || d->size == d->total;
        if (full && !ts_hash_final(d->piece, d->hashes + 32 * d->n++, err))
            return false;
    }
    return true;
}

static bool digester_end(digester *d, ts_blob *out, ts_err **err)
{
    uint8_t digest[32];
    if (d->size != d->total)
        return ts_fail(err, TS_STATE, "the file shrank while it was read");
    if (!ts_hash_final(d->whole, digest, err))
        return false;
    ts_hex(digest, 32, out->sha256);
    out->size = d->size;
    out->piece = d->n > 1 ? TS_PIECE_BYTES : d->size ? (uint32_t)d->size : 1;
    out->n_pieces = d->n;
    out->hashes = d->hashes;
    return true;
}

/* Reads `from`, encrypts with key when there is one, writes to `to` when there is one. */
static bool pass(ts_file *from, uint64_t size, const uint8_t *key, ts_file *to, ts_arena *arena,
                 ts_blob *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *in = ts_alloc(CHUNK);
    TS_CLEANUP(ts_free_ptr) uint8_t *sealed = key ? ts_alloc(CHUNK + TS_TAG_BYTES) : NULL;
    if (!in || (key && !sealed))
        return ts_fail_nomem(err);
    uint64_t chunks = size ? (size - 1) / CHUNK + 1 : 0;
    digester d;
    bool ok = digester_init(&d, key ? size + chunks * TS_TAG_BYTES : size, arena, err);
    for (uint64_t i = 0; ok && i < chunks; i++) {
        size_t got = 0, n = 0;
        while (ok && n < CHUNK) {
            ok = ts_file_pread(from, in + n, CHUNK - n, i * CHUNK + n, &got, err);
            if (got == 0)
                break;
            n += got;
        }
        uint8_t nonce[TS_NONCE_BYTES] = {0};
        for (size_t b = 0; b < 8; b++) /* the chunk's number; the key is of this content only */
            nonce[b] = (uint8_t)(i >> (8 * b));
        ok = ok && (!key || ts_gcm_seal(key, nonce, NULL, 0, in, n, sealed, err));
        const uint8_t *bytes = key ? sealed : in;
        size_t len = key ? n + TS_TAG_BYTES : n;
        ok = ok && digester_add(&d, bytes, len, err) &&
             (!to || ts_file_append(to, bytes, len, err));
    }
    ok = ok && digester_end(&d, out, err);
    digester_done(&d);
    return ok;
}

bool ts_blob_of_file(const char *path, ts_arena *arena, ts_blob *out, ts_err **err)
{
    TS_CLEANUP(free_file) ts_file *from = ts_file_open(path, TS_FILE_READ, false, err);
    uint64_t size = 0;
    bool ok = from && ts_file_size(from, &size, err) &&
              pass(from, size, NULL, NULL, arena, out, err);
    return ok || ts_wrap(err, "'%s'", path);
}

bool ts_blob_key(const uint8_t package_key[32], const char *plain_sha256, uint8_t out[32],
                 ts_err **err)
{
    char info[128] = "taskseq blob 1 ";
    memcpy(info + strlen(info), plain_sha256, 65);
    return ts_hkdf(package_key, info, out, err);
}

static bool copy_in(const char *repo, const char *path, const uint8_t *key, ts_arena *arena,
                    ts_blob *out, bool *is_new, ts_err **err)
{
    TS_CLEANUP(free_file) ts_file *from = ts_file_open(path, TS_FILE_READ, false, err);
    uint64_t size = 0, random = 0;
    if (!from || !ts_file_size(from, &size, err) || !ts_random(&random, sizeof random, err))
        return false;
    TS_CLEANUP(ts_free_ptr)
    char *part = ts_sprintf("%s/blobs/.part-%016llx", repo, (unsigned long long)random);
    if (!part)
        return ts_fail_nomem(err);
    ts_file *to = ts_file_open(part, TS_FILE_CREATE, false, err);
    ts_blob made = *out;
    bool ok = to && pass(from, size, key, to, arena, &made, err) && ts_file_sync(to, err);
    ts_file_close(to);
    TS_CLEANUP(ts_free_ptr) char *final = ok ? ts_repo_blob_path(repo, made.sha256) : NULL;
    ok = ok && (final || ts_fail_nomem(err));
    if (ok && !key && strcmp(made.sha256, out->sha256) != 0)
        ok = ts_fail(err, TS_STATE, "the file changed while it was read");
    *is_new = ok && !ts_file_exists(final);
    ok = ok && ts_file_rename(part, final, err);
    if (!ok)
        ts_file_remove(part, NULL);
    else
        *out = made;
    return ok;
}

bool ts_repo_put_file(const char *repo, const char *path, const uint8_t *key, ts_arena *arena,
                      ts_blob *out, bool *is_new, ts_err **err)
{
    uint8_t blob_key[32];
    if (!ts_blob_of_file(path, arena, out, err))
        return false;
    if (key) {
        if (!ts_blob_key(key, out->sha256, blob_key, err))
            return false;
        out->encrypted = true;
        out->plain_size = out->size;
        memcpy(out->plain, out->sha256, 65);
    }
    TS_CLEANUP(ts_free_ptr) char *final = ts_repo_blob_path(repo, out->sha256);
    if (!final)
        return ts_fail_nomem(err);
    if (!key && ts_file_exists(final)) {
        *is_new = false;
        return true;
    }
    bool ok = copy_in(repo, path, key ? blob_key : NULL, arena, out, is_new, err);
    ts_wipe(blob_key, sizeof blob_key);
    return ok || ts_wrap(err, "'%s'", path);
}
