/* manifest.h - what a package consists of: the manifest (Metalink 4, RFC 5854: what is downloaded)
 * and the tree (which files come of it). Both are hostile input until their hash was right, and are
 * bounded after that as well. */
#ifndef TS_MANIFEST_H
#define TS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#define TS_MANIFEST_BYTES_MAX (64u * 1024u * 1024u)
/* Each of these lists in full is less than TS_XML_NODES_MAX elements and attributes. */
#define TS_MANIFEST_FILES_MAX  100000u
#define TS_MANIFEST_PIECES_MAX 400000u /* of all files of one manifest: 1.5 TiB in 4 MiB ones */
#define TS_TREE_FILES_MAX      250000u
#define TS_PACKAGE_ID_MAX      64u                 /* letters, digits, '_', '-' */
#define TS_PACKAGE_BYTES_MAX   (UINT64_C(1) << 46) /* 64 TiB */
#define TS_TREE_NAME           ".taskseq/tree.xml" /* of the tree in the manifest */

typedef enum ts_blob_role { TS_BLOB_FILE, TS_BLOB_PACK, TS_BLOB_TREE } ts_blob_role;

/* One thing to download. */
typedef struct ts_blob {
    const char *name; /* file: its path in the package */
    ts_blob_role role;
    uint64_t size;
    char sha256[65];
    uint32_t piece; /* bytes; == size when there is one piece */
    size_t n_pieces;
    uint8_t *hashes; /* 32 bytes each */
    bool encrypted;  /* AES-256-GCM; plain and plain_size are of the clear content */
    char plain[65];
    uint64_t plain_size;
} ts_blob;

typedef struct ts_manifest {
    ts_arena *arena;
    const char *id; /* "" in a foreign manifest */
    uint64_t version;
    ts_blob *blobs;
    size_t n_blobs;
} ts_manifest;

/* Is this a package id? TS_USAGE. */
bool ts_package_id_check(const char *id, ts_err **err);
bool ts_sha256_is(const char *text); /* 64 lower-case digits */

ts_manifest *ts_manifest_read(const char *file, const void *data, size_t size, ts_err **err);
void ts_manifest_free(ts_manifest *manifest);
bool ts_manifest_write(const ts_manifest *manifest, ts_buf *out, ts_err **err);
const ts_blob *ts_manifest_find(const ts_manifest *manifest, const char *name); /* or NULL */
const ts_blob *ts_manifest_tree(const ts_manifest *manifest);                   /* or NULL */

typedef struct ts_tree_file {
    const char *path;
    bool folder; /* an empty folder: path only */
    uint64_t size;
    char sha256[65];
    int64_t modified; /* milliseconds since 1970 */
    bool executable;
    const char *pack; /* name of the pack in the manifest; NULL: a blob of its own */
} ts_tree_file;

typedef struct ts_tree {
    ts_arena *arena;
    ts_tree_file *files; /* sorted by path without regard to case; no two are equal so */
    size_t n_files;
    uint64_t size; /* bytes of all files */
} ts_tree;

ts_tree *ts_tree_read(const char *file, const void *data, size_t size, ts_err **err);
void ts_tree_free(ts_tree *tree);
bool ts_tree_write(const ts_tree *tree, ts_buf *out, ts_err **err);
/* Sorts; TS_SCHEMA when two paths are the same for Windows, or one is a folder of another. */
bool ts_tree_sort(ts_tree *tree, ts_err **err);
ts_tree_file *ts_tree_find(const ts_tree *tree, const char *path); /* or NULL */

#endif
