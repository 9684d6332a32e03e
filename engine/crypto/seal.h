/* seal.h - AES-256-GCM for small values that must not lie about in clear. */
#ifndef TS_SEAL_H
#define TS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_SEAL_KEY_BYTES 32u

/* Encrypts under a random nonce: hexadecimal text (nonce, ciphertext, tag), owned. `what` is bound
 * to it: opening under another name fails. */
char *ts_seal(const uint8_t key[TS_SEAL_KEY_BYTES], const char *what, const char *clear,
              ts_err **err);
/* The clear text, owned (ts_free_secret). TS_INTEGRITY: changed, another key, or another name. */
char *ts_unseal(const uint8_t key[TS_SEAL_KEY_BYTES], const char *what, const char *sealed,
                ts_err **err);

#endif
