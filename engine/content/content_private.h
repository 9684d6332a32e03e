/* content_private.h - an opened set of sources. */
#ifndef TS_CONTENT_PRIVATE_H
#define TS_CONTENT_PRIVATE_H

#include <ts/content.h>

#include "auth.h"
#include "catalog.h"
#include "manifest.h"
#include "os.h"
#include "site.h"
#include "syncer.h"
#include "transfer.h"

#define TS_STEP_BYTES (1024u * 1024u) /* read and hashed at once */

/* A small blob in memory: steps look at one package again and again. */
typedef struct ts_recent {
    char sha256[65];
    char *data;
    size_t len;
} ts_recent;
#define TS_RECENT_BLOBS 2u              /* a manifest and its file list */
#define TS_RECENT_BYTES (1024u * 1024u) /* of one */

struct ts_content {
    ts_content_options options; /* texts are not used after opening */
    ts_site *site;
    ts_net *net;
    ts_auth auths[TS_CONTENT_SOURCES_MAX];
    unsigned bears[TS_CONTENT_SOURCES_MAX]; /* ts_net_source's */
    unsigned tries;                         /* of one request; 0: what fits the sources */
    char *cache;                            /* NULL: none */
    ts_lock *lock; /* of the cache; NULL: none, or somebody else here has it */
    uint64_t cache_max;
    ts_catalog *catalog;               /* verified; NULL: not read yet */
    ts_recent recent[TS_RECENT_BLOBS]; /* verified; the first one is replaced next */
    char *location;                    /* of the last download, or try; NULL: none */
    ts_syncer *syncer;
};

void ts_content_say(const ts_content *c, ts_level level, const char *fmt, ...) TS_PRINTF(3, 4);
int64_t ts_content_now(const ts_content *c); /* seconds since 1970, not before the site's floor */

/* What to do, behind an error of fetching; its code and number stay. Always false. */
bool ts_content_advise(ts_err **err);

/* catalog_fetch.c */
bool ts_content_catalog(ts_content *c, const ts_catalog **out, ts_err **err);
/* A small blob in memory, its hash checked: cache, folders, then every source in turn. */
bool ts_content_blob(ts_content *c, const char *sha256, uint64_t size, size_t max, char **out,
                     size_t *len, ts_err **err);
/* GET below a source's URL with its credentials; one renewal on 401. */
bool ts_content_get(ts_content *c, size_t source, const char *path, const char *accept, size_t max,
                    const char *method, ts_net_answer *out, ts_err **err);
/* Asks a source of the network for a blob by HEAD. TS_INTEGRITY: it is there with another size. */
bool ts_content_ask_blob(ts_content *c, size_t source, const char *sha256, uint64_t size,
                         ts_err **err);

/* get.c: blobs into a store: <work>/blobs/sha256/<hex>. */
typedef struct ts_want {
    const ts_blob *blob;
    bool here;  /* it is in the store, or given away, and was verified in this run */
    bool given; /* for whoever watches */
} ts_want;
/* Somebody who uses blobs while others come. Called on the transfer's thread; all but ctx may be
 * NULL. */
typedef struct ts_watch {
    /* With one blob, which is read in order; folders among the sources are not asked. */
    void (*ready)(void *ctx, size_t piece); /* verified, and in the part file */
    size_t (*horizon)(void *ctx);           /* pieces from this one on must wait */
    size_t (*first)(void *ctx); /* pieces from this one on come first, those before it last, and
                                 * then only when horizon() is beyond the last piece */
    /* Takes the verified bytes of a small blob (TS_MEMORY_BLOB_BYTES), which then is in no file. */
    bool (*small)(void *ctx, ts_want *want, uint8_t *data, ts_err **err);
    bool (*has_room)(void *ctx); /* another small one can be taken now; else it is stored */
    bool (*stored)(void *ctx, ts_want *want, ts_err **err); /* a pack is in the store */
    bool (*begun)(void *ctx, ts_err **err); /* as ts_net_sink's; not when all is there already */
    bool passing; /* what was read goes (ts_file_punch): the blob is never whole in the store */
    void *ctx;
} ts_watch;
#define TS_MEMORY_BLOB_BYTES (256u * 1024u)
bool ts_content_get_blobs(ts_content *c, const char *what, const char *work, ts_want *wants,
                          size_t n, const ts_watch *watch, ts_err **err);
char *ts_part_path(const char *work, const char *sha256, const char *end); /* owned */
char *ts_store_path(const char *work, const char *sha256);                 /* owned */
/* Is there a file with this size and SHA-256? Missing or different: false without an error. */
bool ts_file_matches(const char *path, uint64_t size, const char *sha256);
/* Copies, hashes on the way, and removes what does not match. */
bool ts_file_copy_checked(const char *from, const char *to, uint64_t size, const char *sha256,
                          ts_err **err);

/* content.c: the file list of a package. key may be NULL when nothing is encrypted. */
ts_tree *ts_content_tree(ts_content *c, const ts_manifest *m, const uint8_t *key, ts_err **err);

/* install.c. tree NULL: it is fetched, too; for a folder that is new while the blobs come. */
bool ts_content_install(ts_content *c, const ts_manifest *manifest, const ts_tree *tree,
                        const uint8_t *key, const char *folder, ts_err **err);

/* content.c: what a package consists of, by catalogue and manifest. */
typedef struct ts_package_parts {
    ts_manifest *manifest;
    ts_tree *tree;
    uint8_t key[32]; /* of encrypted content, else zeros; ts_package_parts_done wipes it */
    uint64_t version;
} ts_package_parts;
bool ts_content_open_package(ts_content *c, const char *id, uint64_t version, ts_package_parts *out,
                             ts_err **err);
void ts_package_parts_done(ts_package_parts *parts);
/* Of a content with a cache: these blobs were used now. */
void ts_content_note_use(const ts_content *c, const char *const *digests, size_t n);

/* stream.c: one blob in order. blob and work are borrowed until it is closed. */
ts_content_stream *ts_stream_open_blob(ts_content *c, const ts_blob *blob,
                                       const uint8_t package_key[32], const char *work,
                                       ts_err **err);

/* cipher.c: one chunk of an encrypted blob, by its own key (ts_blob_key). */
bool ts_chunk_decrypt(const uint8_t key[32], uint64_t number, const void *in, size_t len,
                      uint8_t *out, ts_err **err);
/* cipher.c: an encrypted blob in clear, the clear content's SHA-256 checked. */
bool ts_blob_decrypt(const ts_blob *blob, const uint8_t package_key[32], const char *from,
                     const char *to, ts_err **err);
/* The same in place for a small one; *len becomes that of the clear content. */
bool ts_bytes_decrypt(const ts_blob *blob, const uint8_t package_key[32], char *data, size_t *len,
                      ts_err **err);

#endif
