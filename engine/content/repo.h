/* repo.h - the repository folder: blobs, the draft, the OCI index. */
#ifndef TS_REPO_H
#define TS_REPO_H

#include <ts/content.h>

#include "catalog.h"
#include "manifest.h"

#define TS_REPO_BLOBS_MAX 400000u              /* that check and gc keep in mind */
#define TS_CIPHER_CHUNK   (4u * 1024u * 1024u) /* clear bytes that one tag covers */

/* Makes what is missing of the folder. */
bool ts_repo_prepare(const char *repo, ts_err **err);
char *ts_repo_blob_path(const char *repo, const char *sha256); /* owned; NULL: no memory */
/* Bytes as a blob. *is_new says whether it was not there. */
bool ts_repo_put(const char *repo, const void *data, size_t size, char sha256[65], bool *is_new,
                 ts_err **err);
/* A file as a blob: fills size, sha256, pieces (allocated in arena). With key (32 bytes) the blob
 * is encrypted. */
bool ts_repo_put_file(const char *repo, const char *path, const uint8_t *key, ts_arena *arena,
                      ts_blob *out, bool *is_new, ts_err **err);
/* Size, digest and digests of pieces of a file. */
bool ts_blob_of_file(const char *path, ts_arena *arena, ts_blob *out, ts_err **err);
/* The key of one blob: different clear content never shares key and nonce. */
bool ts_blob_key(const uint8_t package_key[32], const char *plain_sha256, uint8_t out[32],
                 ts_err **err);

/* The draft, or else the public catalogue, or else an empty one. */
ts_catalog *ts_repo_draft(const char *repo, ts_err **err);
/* The public one; *out is NULL when there is none. */
bool ts_repo_public(const char *repo, ts_catalog **out, ts_err **err);
/* Adds a package to an opened draft and saves that, without the index. */
bool ts_repo_add_to_draft(const char *repo, ts_catalog *draft, const ts_package_source *package,
                          ts_publish_result *out, ts_err **err);
/* The same of a package whose image files are written anew. */
bool ts_publish_wants_images(const ts_package_source *package);
bool ts_publish_images(const char *repo, ts_catalog *draft, const ts_package_source *package,
                       ts_publish_result *out, ts_err **err);
/* The name of a new folder in the repository for what is made on the way; the caller removes it.
 * Owned. What a killed publication leaves there goes with ts_repo_gc. */
char *ts_repo_work(const char *repo, ts_err **err);
bool ts_repo_save_draft(const char *repo, const ts_catalog *draft, ts_err **err);
/* Writes the draft and the OCI index. */
bool ts_repo_save(const char *repo, const ts_catalog *draft, ts_err **err);
/* The OCI index of everything that draft and public catalogue list. extra: the public catalogue's
 * own artifact is in it when there is one. */
bool ts_repo_index(const char *repo, const ts_catalog *draft, ts_err **err);
ts_manifest *ts_repo_manifest(const char *repo, const ts_catalog_package *package, ts_err **err);

/* Every digest that draft, public catalogue and index reach; called once or more for each. */
typedef bool (*ts_repo_visit)(void *ctx, const char *sha256, uint64_t size, const char *what,
                              ts_err **err);
bool ts_repo_package_blobs(const char *repo, const ts_catalog_package *package, ts_repo_visit visit,
                           void *ctx, ts_err **err);
bool ts_repo_each_blob(const char *repo, const ts_catalog *catalog, ts_repo_visit visit, void *ctx,
                       ts_err **err);

#endif
