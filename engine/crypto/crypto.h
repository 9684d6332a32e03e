/* crypto.h - hashing. The only folder besides engine/net that sees OpenSSL. */
#ifndef TS_CRYPTO_H
#define TS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_SHA256_BYTES 32u
#define TS_SHA256_TEXT  65u /* 64 lower-case hexadecimal digits and the NUL */

/* SHA-256 of a block. */
bool ts_sha256(const void *data, size_t size, uint8_t out[TS_SHA256_BYTES], ts_err **err);
/* The same as text. */
bool ts_sha256_text(const void *data, size_t size, char out[TS_SHA256_TEXT], ts_err **err);

/* SHA-256 of data that comes in pieces. */
typedef struct ts_hash ts_hash;
ts_hash *ts_hash_new(ts_err **err);
void ts_hash_free(ts_hash *hash);
bool ts_hash_add(ts_hash *hash, const void *data, size_t size, ts_err **err);
/* The digest of all that was added; the hash then starts anew. */
bool ts_hash_final(ts_hash *hash, uint8_t out[TS_SHA256_BYTES], ts_err **err);

/* SHA-1 of data that comes in pieces: WIM files name their content by it. For nothing that must
 * withstand an attacker. */
#define TS_SHA1_BYTES 20u
typedef struct ts_sha1 ts_sha1;
ts_sha1 *ts_sha1_new(ts_err **err);
void ts_sha1_free(ts_sha1 *hash);
bool ts_sha1_add(ts_sha1 *hash, const void *data, size_t size, ts_err **err);
/* The digest of all that was added; the hash then starts anew. */
bool ts_sha1_final(ts_sha1 *hash, uint8_t out[TS_SHA1_BYTES], ts_err **err);

/* size bytes as 2 * size lower-case digits and a NUL. */
void ts_hex(const uint8_t *data, size_t size, char *out);

#endif
