/* cache.h - what lies in the cache, and when it was used last. Blobs are files under their SHA-256;
 * <cache>/used.txt has a line "<sha256> <milliseconds since 1970>" for each, because the time of
 * the file itself is that of the installed file when both are one (hard links). A blob without a
 * line counts as never used. One process at a time
 * uses a cache: ts_content_open has the lock. */
#ifndef TS_CACHE_H
#define TS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#include "manifest.h"

#define TS_CACHE_BLOBS_MAX  500000u                   /* files in one cache */
#define TS_CACHE_PART_MS    (INT64_C(10) * 60 * 1000) /* a part that grew since then is in use */
#define TS_CACHE_LIST_BYTES (64u * 1024u * 1024u)

/* Makes room for these blobs (their sizes and digests count; what of them is there stays): first
 * within `max` bytes (0: no limit), then on the disk. Least recently used ones leave, and parts of
 * downloads that nobody goes on with before them; parts that grow (a stream beside this) stay.
 * TS_LIMIT: the blobs alone are more than max, or the disk is too small even when all others leave;
 * `what` is their package in the message. */
bool ts_cache_make_room(const char *cache, uint64_t max, const char *what,
                        const ts_blob *const *blobs, size_t n, ts_err **err);
/* The same for something that is no blob. */
bool ts_cache_make_bytes(const char *cache, uint64_t max, const char *what, uint64_t need,
                         ts_err **err);
/* These were used now. */
bool ts_cache_note_use(const char *cache, const char *const *digests, size_t n, int64_t now,
                       ts_err **err);

#endif
