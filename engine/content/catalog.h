/* catalog.h - what a repository offers: sources, packages, deployments. Signed over its raw bytes;
 * the signature is checked before anything here parses it. */
#ifndef TS_CATALOG_H
#define TS_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#define TS_CATALOG_BYTES_MAX   (16u * 1024u * 1024u)
#define TS_CATALOG_ENTRIES_MAX 20000u  /* sources, packages and deployments together */
#define TS_CATALOG_WORDS_MAX   100000u /* targets and references of all deployments */

typedef struct ts_catalog_source {
    const char *id, *url;
    const char *type; /* "static" or "oci" */
    const char *auth; /* "none", "client-certificate", "bearer" */
    uint32_t priority, connections;
    struct ts_catalog_source *next;
} ts_catalog_source;

typedef struct ts_catalog_package {
    const char *id, *name;
    uint64_t version;
    char manifest[65]; /* SHA-256 of the manifest */
    uint64_t size;     /* of the manifest */
    uint64_t bytes;    /* of the content */
    char key[65];      /* of encrypted content, hexadecimal; "" when it is not encrypted */
    struct ts_catalog_package *next;
} ts_catalog_package;

/* A word in a list: targets and package references of a deployment. */
typedef struct ts_catalog_word {
    const char *text; /* target: "unknown", "all" or a machine id; reference: a package id */
    uint64_t version; /* reference */
    struct ts_catalog_word *next;
} ts_catalog_word;

typedef struct ts_catalog_deployment {
    const char *id, *name;
    char sequence[65]; /* SHA-256 of the sequence file */
    uint64_t size;
    const char *file; /* its name */
    ts_catalog_word *targets, *packages;
    struct ts_catalog_deployment *next;
} ts_catalog_deployment;

typedef struct ts_catalog {
    ts_arena *arena;
    const char *site;
    uint64_t version;
    int64_t issued, expires; /* seconds since 1970; 0: not signed yet */
    ts_catalog_source *sources;
    ts_catalog_package *packages;
    ts_catalog_deployment *deployments;
} ts_catalog;

ts_catalog *ts_catalog_new(ts_err **err);
ts_catalog *ts_catalog_read(const char *file, const void *data, size_t size, ts_err **err);
void ts_catalog_free(ts_catalog *catalog);
bool ts_catalog_write(const ts_catalog *catalog, ts_buf *out, ts_err **err);

/* version 0: the highest. NULL: not there. */
ts_catalog_package *ts_catalog_package_find(const ts_catalog *catalog, const char *id,
                                            uint64_t version);
ts_catalog_deployment *ts_catalog_deployment_find(const ts_catalog *catalog, const char *id);
/* Appends a copy of the item; strings are copied. */
bool ts_catalog_package_add(ts_catalog *catalog, const ts_catalog_package *item, ts_err **err);
bool ts_catalog_source_add(ts_catalog *catalog, const ts_catalog_source *item, ts_err **err);
ts_catalog_deployment *ts_catalog_deployment_add(ts_catalog *catalog,
                                                 const ts_catalog_deployment *item, ts_err **err);
bool ts_catalog_word_add(ts_catalog *catalog, ts_catalog_word **list, const char *text,
                         uint64_t version, ts_err **err);
bool ts_catalog_deployment_remove(ts_catalog *catalog, const char *id);

/* The machine id of a target: hex(HMAC-SHA256(key, "uuid:..." or "mac:...")), first 32 digits, so
 * that a catalogue lists no serial numbers. `what` is "uuid:..." or "mac:..."; normalized to lower
 * case. */
bool ts_catalog_machine_id(const char *key, const char *what, char out[33], ts_err **err);

#endif
