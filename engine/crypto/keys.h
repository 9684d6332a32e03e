/* keys.h - signatures over files (CMS, detached), encryption of blobs (AES-256-GCM), keys derived
 * from keys (HKDF), keyed names (HMAC). */
#ifndef TS_KEYS_H
#define TS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_KEY_BYTES     32u
#define TS_NONCE_BYTES   12u
#define TS_TAG_BYTES     16u
#define TS_SIGNATURE_MAX (256u * 1024u) /* bytes of a detached signature */

/* Signs the raw bytes: CMS SignedData, detached, DER, SHA-256, with the signer's certificate and
 * the intermediates that `cert` holds. Appended to out. */
bool ts_cms_sign(const void *data, size_t len, const char *cert_pem, size_t cert_len,
                 const char *key_pem, size_t key_len, const char *password, ts_buf *out,
                 ts_err **err);
/* Is the signature one over exactly these bytes, by a certificate that chains to one of the trusted
 * ones (roots, intermediates, or the signer itself) and may sign code or has no purpose written in
 * it? `now` in seconds since 1970. *signer (may be NULL) gets the signer's subject, owned.
 * TS_TRUST. */
bool ts_cms_verify(const void *data, size_t len, const void *signature, size_t signature_len,
                   const char *trust_pem, size_t trust_len, int64_t now, char **signer,
                   ts_err **err);

/* out = cipher text and tag: len + TS_TAG_BYTES bytes. One nonce is used once with a key. */
bool ts_gcm_seal(const uint8_t key[TS_KEY_BYTES], const uint8_t nonce[TS_NONCE_BYTES],
                 const void *aad, size_t aad_len, const void *data, size_t len, uint8_t *out,
                 ts_err **err);
/* data holds cipher text and tag; out gets len - TS_TAG_BYTES bytes. TS_INTEGRITY: wrong key or
 * changed data; out is wiped then. */
bool ts_gcm_open(const uint8_t key[TS_KEY_BYTES], const uint8_t nonce[TS_NONCE_BYTES],
                 const void *aad, size_t aad_len, const void *data, size_t len, uint8_t *out,
                 ts_err **err);
/* HKDF-SHA-256 (RFC 5869) without salt. */
bool ts_hkdf(const uint8_t key[TS_KEY_BYTES], const char *info, uint8_t out[TS_KEY_BYTES],
             ts_err **err);
bool ts_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[32],
                    ts_err **err);
/* From OpenSSL's generator. */
bool ts_random_key(void *out, size_t len, ts_err **err);

/* 2 * size hexadecimal digits to bytes; false: anything else. */
bool ts_unhex(const char *text, uint8_t *out, size_t size);

#endif
