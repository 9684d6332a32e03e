/* site.h - the site file and the caller's options, as one set of facts
 * (docs/reference/site-file.md). */
#ifndef TS_SITE_H
#define TS_SITE_H

#include <ts/content.h>
#include <ts/mem.h>

#include "net.h"
#include "xml.h"

#define TS_SITE_BYTES_MAX (4u * 1024u * 1024u)
#define TS_PEM_BYTES_MAX  (4u * 1024u * 1024u)

typedef enum ts_source_kind { TS_SOURCE_FOLDER, TS_SOURCE_STATIC, TS_SOURCE_OCI } ts_source_kind;
typedef enum ts_source_auth { TS_AUTH_NONE, TS_AUTH_CLIENT_CERT, TS_AUTH_BEARER } ts_source_auth;

typedef struct ts_site_source {
    const char *id;  /* for messages */
    const char *url; /* folder, or URL with '/' at its end */
    ts_source_kind kind;
    ts_source_auth auth;
    unsigned priority, connections;
} ts_site_source;

typedef struct ts_site {
    ts_arena *arena;
    ts_site_source sources[TS_CONTENT_SOURCES_MAX];
    size_t n_sources;
    ts_buf trust;   /* PEM */
    ts_buf signers; /* PEM; empty: trust */
    ts_buf crls;    /* PEM */
    char *pfx;      /* wiped */
    size_t pfx_len;
    char *pfx_password;    /* secret */
    char *token;           /* secret */
    const char *token_url; /* exchanges the token for one of this machine; NULL: used as it is */
    char *registry_user, *registry_password; /* secret */
    bool system_store;
    ts_revocation revocation;
    const char *proxy, *no_proxy;
    uint64_t min_version; /* of the catalogue */
    int64_t clock_floor;  /* seconds since 1970 */
    uint64_t rate;
    ts_boot_site boot;
    const char *lookup_key; /* of machine ids in the catalogue; NULL: the catalogue's site */
} ts_site;

ts_site *ts_site_new(const ts_content_options *options, ts_err **err);
void ts_site_free(ts_site *site);
/* Adds what the text of a site file says; `file` stands in messages, and what is named lies beside
 * it. */
bool ts_site_read(ts_site *site, const char *file, const char *text, size_t size, ts_err **err);
/* "oci+https://host/v2/name", "https://host/path", "http://...", "file:///path" or a folder. */
bool ts_site_add_source(ts_site *site, const char *id, const char *url, ts_source_auth auth,
                        unsigned priority, unsigned connections, ts_err **err);
/* site_boot.c: the element <boot>. */
bool ts_site_read_boot(ts_site *site, ts_xml *e, const char *site_file, ts_err **err);
/* A file that the site file names lies beside it, unless its path is absolute. Owned. */
char *ts_site_beside(const char *site_file, const char *file);
/* "2026-11-22T10:00:00Z" */
bool ts_time_parse(const char *text, int64_t *seconds);

#endif
