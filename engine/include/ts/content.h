/* ts/content.h - packages: publishing them into a repository, fetching them from sources, the
 * cache.
 *
 * A repository is a folder that any static web server can serve:
 *   blobs/sha256/<hex>     content, manifests, file lists, sequences; named by their SHA-256
 *   catalog.xml            deployments, packages, sources; signed
 *   signatures/<hex>.p7s   CMS signature over the catalogue with that SHA-256
 *   catalog.draft.xml      what the next `sign` makes public; readers do not look at it
 *   oci-layout, index.json the same blobs as an OCI image layout, for registries
 *   packages/<id>-<version>.meta4  the manifests once more, under names for people and aria2c
 * Nothing that is fetched is used before its SHA-256 was right; the catalogue's signature is
 * checked before it is parsed. Secrets never stand in URLs, messages or events. */
#ifndef TS_CONTENT_H
#define TS_CONTENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/event.h>
#include <ts/host.h>

#define TS_CONTENT_SOURCES_MAX 16u
#define TS_SMALL_FILE_BYTES    (1024u * 1024u) /* smaller files travel in packs */

/* One process at a time changes a repository or uses a cache. The operating system keeps the lock
 * (the file TS_LOCK_NAME in the folder) and ends it with the process, however that ends. Readers of
 * a repository need none and are never kept waiting. Where nothing can be locked (a read-only
 * medium, a share whose server refuses locks) a warning says so, and nobody is kept away. */
#define TS_LOCK_NAME       ".lock"
#define TS_CONTENT_LOCK_MS 5000u /* that a second process waits, then it fails (TS_BUSY) */

/* --- Publishing ---------------------------------------------------------------------------- */

/* A file that does not lie under its name in the package. */
typedef struct ts_package_file {
    const char *path;   /* in the package; ends with '/': an empty folder, `from` is NULL */
    const char *from;   /* where it lies */
    const char *sha256; /* what it must have, lower case; NULL: anything */
    int64_t modified;   /* milliseconds since 1970; 0: as the file says */
} ts_package_file;

typedef struct ts_package_source {
    const char *id;           /* P0010001 */
    uint64_t version;         /* from 1; 0: the newest when its content is this, else the next */
    const char *name;         /* for people; NULL: none */
    const char *const *paths; /* folders (their content) and files */
    size_t n_paths;
    const ts_package_file *files; /* besides paths */
    size_t n_files;
    const char *same_as; /* a package of the draft with the same content, which is not read again;
                            NULL: none. When the draft does not have it, it is read */
    bool loose;          /* no packs: every file is a blob of its own */
    bool encrypt;        /* blobs are encrypted; the key stands in the catalogue */
    /* WIM and ESD files among `paths` are written anew; TS_USAGE when there is none. */
    const uint32_t *images; /* only these, in this order; from 1 */
    size_t n_images;
    bool pipable;       /* in the form for pipes, which Windows' own tools cannot read */
    bool install_image; /* of discs among `paths` only sources/install.wim or .esd */
} ts_package_source;

typedef struct ts_publish_result {
    uint64_t version;
    uint64_t files, bytes; /* of the package */
    uint64_t blobs, new_blobs, new_bytes;
    bool unchanged; /* this version is there with the same content */
} ts_publish_result;

/* Makes the folder when it is missing. Held by whoever calls one of the functions below that change
 * a repository, from before it until behind it; `what` tells others what is done ("publish sign").
 * TS_BUSY: another process has it; the message names it. */
typedef struct ts_repo_lock ts_repo_lock;
ts_repo_lock *ts_repo_lock_take(const char *repo, const char *what, ts_log_fn log, void *ctx,
                                ts_err **err);
void ts_repo_lock_release(ts_repo_lock *lock);

/* Adds a package version to the draft. TS_REFUSED: that version is there with other content.
 * TS_INTEGRITY: a file has another SHA-256 than it must have. */
bool ts_repo_add_package(const char *repo, const ts_package_source *package, ts_publish_result *out,
                         ts_err **err);

/* Adds or replaces a source that the catalogue offers to readers. */
typedef struct ts_repo_source {
    const char *id, *url;
    const char *type; /* "static", "oci" */
    const char *auth; /* "none", "client-certificate", "bearer" */
    uint32_t priority, connections;
} ts_repo_source;
bool ts_repo_add_source(const char *repo, const ts_repo_source *source, ts_err **err);

/* --- Importing what ConfigMgr and MDT have --- */

typedef enum ts_import_kind {
    TS_IMPORT_EXPORT,  /* console export: a zip, with <name>_files in it or beside it */
    TS_IMPORT_LIBRARY, /* content library: PkgLib, DataLib, FileLib */
    TS_IMPORT_SHARE    /* MDT deployment share: Control/Applications.xml, OperatingSystems.xml */
} ts_import_kind;

/* One package, published (result) or only found (result NULL). Borrowed. */
typedef void (*ts_import_told)(void *ctx, const ts_package_source *package,
                               const ts_publish_result *result);

typedef struct ts_import_options {
    const char *const *paths; /* the first says what it is; the others: more drives of a library */
    size_t n_paths;
    const char *const *only; /* package ids; none: all */
    size_t n_only;
    const char *sequence;  /* only what this sequence references; NULL: all */
    const char *catalogue; /* package of the share's applications; NULL: "Applications" */
    uint64_t version;      /* of every package; 0: the source's own, or the next */
    bool list;             /* only tell what is there */
    bool encrypt, loose;   /* as of ts_package_source */
    ts_import_told told;   /* may be NULL */
    ts_log_fn log;         /* what could not be taken over; may be NULL */
    void *ctx;             /* of both */
} ts_import_options;

typedef struct ts_import_result {
    ts_import_kind kind;
    uint64_t packages; /* published or found */
    uint64_t failed;   /* the log has the reasons */
    uint64_t warnings;
} ts_import_result;

/* Adds the packages of an export, a content library or a deployment share to the draft. Every file
 * of a library is checked against the SHA-256 that it is stored under. A package that cannot be
 * taken is logged and counted, and the others go on; a single one is the error. TS_NOT_FOUND: none
 * of the three is there, or a package that `only` names is missing. */
bool ts_repo_import(const char *repo, const ts_import_options *options, ts_import_result *out,
                    ts_err **err);

typedef struct ts_deployment_source {
    const char *id; /* D0010001 */
    const char *name;
    const char *sequence;       /* file of the sequence, any container */
    const char *const *targets; /* "unknown", "all", "uuid:...", "mac:..." ; none: "unknown" */
    size_t n_targets;
    const char *lookup_key; /* makes machine ids out of targets; NULL: the site's name */
    ts_import_told told;    /* packages that came out of a console export; may be NULL */
    ts_log_fn log;          /* may be NULL */
    void *ctx;              /* of both */
} ts_deployment_source;
/* Adds or replaces a deployment in the draft. Of a console export the packages that it has the
 * content of are published first. TS_NOT_FOUND: the sequence references a package that is not
 * published; the message names all of them. */
bool ts_repo_add_deployment(const char *repo, const ts_deployment_source *deployment, ts_err **err);

/* Removes a package version (0: all) or a deployment from the draft. TS_NOT_FOUND. */
bool ts_repo_remove(const char *repo, const char *id, uint64_t version, ts_err **err);

typedef struct ts_sign_options {
    const char *cert_file, *key_file; /* PEM; the certificate file may hold intermediates, too */
    const char *password;             /* of the key; NULL: none */
    const char *site;                 /* NULL: as it is */
    unsigned days;                    /* until the catalogue expires; 0: 14 */
} ts_sign_options;
/* Makes the draft public under a new version. Refuses (TS_REFUSED) a draft that lacks blobs. */
bool ts_repo_sign(const char *repo, const ts_sign_options *options, uint64_t *version,
                  ts_err **err);

typedef struct ts_check_result {
    uint64_t blobs, bytes, problems;
} ts_check_result;
/* Reads and hashes everything that the draft and the public catalogue reach. Each problem goes to
 * the log. true: it was possible to look; problems are in `out`. */
bool ts_repo_check(const char *repo, ts_log_fn log, void *log_ctx, ts_check_result *out,
                   ts_err **err);
/* Deletes blobs that nothing reaches and that are older than keep_days. */
bool ts_repo_gc(const char *repo, unsigned keep_days, uint64_t *blobs, uint64_t *bytes,
                ts_err **err);

/* --- Fetching ------------------------------------------------------------------------------ */

typedef struct ts_content_progress {
    const char *what; /* package id or file */
    uint64_t done, total;
    uint64_t received; /* over the network */
    uint64_t speed;    /* bytes a second */
    uint32_t seconds;  /* left, UINT32_MAX: not known */
    unsigned connections, retries;
    const char *source; /* last that gave something */
} ts_content_progress;
typedef void (*ts_content_progress_fn)(void *ctx, const ts_content_progress *progress);

/* How to reach content and what to trust. Files are read once, when it is opened. What is given
 * here comes before the site file's; all zero is a good start. */
typedef struct ts_content_options {
    const char *site_file;      /* docs/reference/site-file.md; NULL: none */
    const char *const *sources; /* URLs (https, http, oci+https) and folders */
    size_t n_sources;
    const char *ca_file;     /* PEM: trusted for TLS */
    const char *ca_pem;      /* the same as text; NULL or "": none */
    bool system_store;       /* trust what the operating system trusts, too */
    const char *signer_file; /* PEM: trusted to sign the catalogue; NULL: ca_file is */
    const char *pfx_file, *pfx_password;
    const char *token; /* bearer token, secret */
    const char *crl_file;
    const char *revocation; /* off soft leaf chain staple; NULL: soft */
    const char *proxy;
    uint64_t rate;        /* bytes a second, 0: no cap */
    uint32_t connections; /* of each source, 0: adaptive up to 8 */
    const char *cache;    /* folder, NULL: none. Locked while it is open (TS_BUSY) */
    const char *purpose;  /* what the lock says of us to others; NULL: "fetching" */
    bool cache_held;      /* somebody in this process has the lock already */
    uint64_t cache_max;   /* bytes, 0: no limit */
    uint32_t tries;       /* failures in a row until a source is left out; 0: 6 */
    uint32_t stall_ms, idle_ms, connect_ms, backoff_ms; /* 0: defaults of the transfer */
    int64_t now;                                        /* seconds since 1970; 0: the clock */
    const atomic_bool *cancel;                          /* may be NULL */
    ts_log_fn log; /* may be NULL; called on the thread that called */
    ts_content_progress_fn progress;
    void *ctx; /* of log and progress */
} ts_content_options;

/* Calls fn with each file that the site file names, as it stands there (relative to the site file,
 * or absolute), until fn gives false. */
bool ts_content_site_files(const char *site_file,
                           bool (*fn)(void *ctx, const char *name, ts_err **err), void *ctx,
                           ts_err **err);

/* A start from media: what the site file says about it, in <boot>. Texts live as long as it does.
 */
#define TS_BOOT_PRESTART_MAX 16u
typedef struct ts_boot_site {
    bool ask_password;      /* of the client certificate: not in the site file, a person types it */
    bool automatic;         /* a single deployment needs no person */
    bool command_prompt;    /* a person at the machine may open one */
    const char *deployment; /* the one that runs; NULL: chosen */
    const char *prestart[TS_BOOT_PRESTART_MAX]; /* scripts, in order */
    size_t n_prestart;
    void *owner; /* ts_boot_site_done */
} ts_boot_site;
bool ts_boot_site_read(const char *site_file, ts_boot_site *out, ts_err **err);
void ts_boot_site_done(ts_boot_site *boot);
/* Does the password open the client certificate of the site file? */
bool ts_boot_site_unlocks(const ts_boot_site *boot, const char *password, bool *right,
                          ts_err **err);

/* "5M", "800k", "1G", "12345": bytes; false: no such thing. */
bool ts_content_size(const char *text, uint64_t *out);

typedef struct ts_content ts_content;
ts_content *ts_content_open(const ts_content_options *options, ts_err **err);
void ts_content_close(ts_content *content);

/* The package into `folder` (made when missing): every file with the right content, others left
 * alone. version 0: the newest. What is right already is not fetched again; a fetch that broke off
 * goes on. *got (may be NULL) gets the version. */
bool ts_content_package(ts_content *content, const char *id, uint64_t version, const char *folder,
                        uint64_t *got, ts_err **err);
/* One file: from a URL with its SHA-256 (its size is asked of the server). */
bool ts_content_file(ts_content *content, const char *url, const char *sha256, const char *file,
                     ts_err **err);
/* Everything that a Metalink 4 manifest lists, into a folder. `manifest` is a URL or file; sha256
 * (of the manifest) is needed when it is a URL. */
bool ts_content_manifest(ts_content *content, const char *manifest, const char *sha256,
                         const char *folder, ts_err **err);
/* The sequence of a deployment to `file`. */
bool ts_content_sequence(ts_content *content, const char *deployment, const char *file,
                         ts_err **err);

/* One file of a package, while it is fetched: for applying an image that is still on its
 * way. Whatever is read was verified before. Pieces ahead of the reader are fetched into a part
 * file below the cache, or below `work` when there is no cache, but not more than
 * TS_STREAM_WINDOW of them: a slow reader slows the network down. The first piece comes alone, and
 * so does one that was jumped to; each piece that is read in order doubles how many may be fetched
 * ahead. What is there already (after a restart, or all of it) is verified again piece by piece and
 * not fetched. A folder or a stick among the sources is read directly. The fetching goes on while
 * nobody reads; it has a thread of its own, on which log and progress of the options are called.
 * Until the stream is closed the content it was opened with must not be used for anything else. */
#define TS_STREAM_WINDOW 32u /* pieces, of 4 MiB in published packages */
/* Where the whole file has no room (a cache in memory, or smaller than the file), what was read in
 * order is given up behind the reader, at most TS_STREAM_PASSING pieces are fetched ahead, and
 * nothing of the file stays when the stream is closed; whoever goes back waits for the piece again.
 * That needs twice as many pieces of room, and a file system with holes; else it is TS_REFUSED. */
#define TS_STREAM_PASSING 8u
typedef struct ts_content_stream ts_content_stream;
/* version 0: the newest; path: of the file in the package, without regard to case. Returns before
 * the first byte of the file is there. TS_NOT_FOUND: no such package, version or file;
 * TS_UNSUPPORTED: the file is small and travels in a pack; TS_USAGE: neither cache nor work. */
ts_content_stream *ts_content_stream_open(ts_content *content, const char *id, uint64_t version,
                                          const char *path, const char *work, ts_err **err);
bool ts_content_stream_passes(const ts_content_stream *stream);   /* nothing of it is kept */
uint64_t ts_content_stream_size(const ts_content_stream *stream); /* bytes of the file */
/* Exactly `size` bytes from `offset`, one thread at a time; TS_USAGE: the file has not so many.
 * What is fetched next follows the reader, so a jump waits for the pieces it wants and for no
 * others. An error is final: that of the transfer, TS_CANCELLED, TS_INTEGRITY. */
bool ts_content_stream_read_at(ts_content_stream *stream, uint64_t offset, void *data, size_t size,
                               ts_err **err);
/* From here on it will be read in order: what comes is fetched before it is asked for, as much as
 * may be. */
void ts_content_stream_ahead(ts_content_stream *stream, uint64_t offset);
/* At any time: a transfer that is under way is ended, and its verified pieces stay for the next
 * stream or fetch. The caller removes `work` when it is done with it. */
void ts_content_stream_close(ts_content_stream *stream);

/* The files of a package, without fetching them; return false with an error to end. */
typedef bool (*ts_content_file_fn)(void *ctx, const char *path, uint64_t size, ts_err **err);
bool ts_content_list(ts_content *content, const char *id, uint64_t version, ts_content_file_fn tell,
                     void *ctx, ts_err **err);

/* The catalogue's deployments for a machine with these names ("uuid:...", "mac:..."): those that
 * name it and those for all; those for unknown machines when no deployment names it. One block to
 * free(); texts are borrowed of `content`. *known: some deployment names it. */
typedef struct ts_deployment {
    const char *id, *name;
} ts_deployment;
bool ts_content_deployments(ts_content *content, const char *const *names, size_t n_names,
                            ts_deployment **out, size_t *n, bool *known, ts_err **err);
/* Where the last download came from or was tried (_SMSTSLastContentDownloadLocation); "" when none.
 * Borrowed until the next call. */
const char *ts_content_last_location(const ts_content *content);

/* Asks every source of the options, and those that the draft names, for every blob that the draft
 * reaches; problems go to the log and are added to result. */
bool ts_repo_check_sources(const char *repo, const ts_content_options *options,
                           ts_check_result *result, ts_err **err);

/* --- Content for the steps of a run --------------------------------------------------------- */

struct ts_packages; /* ts/run.h */

#define TS_CONTENT_LOOK_MAX                                                                        \
    (16u * 1024u * 1024u) /* bytes of a package that is fetched to look into it before a wipe */

/* Gives steps their packages: <folder>/<package id>, fetched and verified when a step asks. Behaves
 * as ConfigMgr documents SMSTSDownloadRetryCount (2), SMSTSDownloadRetryDelay (15 s),
 * SMSTSDownloadProgram and SMSTSDownloadAbortCode, and sets _SMSTSLastContentDownloadLocation. */
typedef struct ts_content_provider ts_content_provider;
/* Site file, ca_pem and cache are copied, all else of options must live as long as the provider;
 * its log and progress are not used: what happens goes to the log and progress of the step that
 * asks. */
ts_content_provider *ts_content_provider_new(const ts_content_options *options, const char *folder,
                                             ts_err **err);
void ts_content_provider_free(ts_content_provider *provider); /* ends fetching ahead */
/* From now on steps may read a file while it is fetched, for a host that streams images. Of the
 * packages `ids`, which steps use so, those that have an image to stream are not fetched ahead. */
bool ts_content_provider_stream(ts_content_provider *provider, const char *const *ids, size_t n,
                                ts_err **err);
const struct ts_packages *ts_content_provider_packages(ts_content_provider *provider);
/* Fetches these packages ahead, in order, on a thread of its own, while steps run. A step that asks
 * for a package goes first. Failures show when the step asks. ids are copied. */
bool ts_content_provider_prefetch(ts_content_provider *provider, const char *const *ids, size_t n,
                                  ts_err **err);

/* --- Diagnosis ----------------------------------------------------------------------------- */

typedef enum ts_doctor_verdict {
    TS_DOCTOR_OK,
    TS_DOCTOR_WARNING,
    TS_DOCTOR_FAILED,
    TS_DOCTOR_SKIPPED
} ts_doctor_verdict;
typedef struct ts_doctor_line {
    const char *check; /* "clock", "dns", ... */
    ts_doctor_verdict verdict;
    const char *text; /* what was found, what to do */
    const char *code; /* "0x80072f8f", "curl 60", "x509 10"; "" when there is none */
} ts_doctor_line;
typedef void (*ts_doctor_fn)(void *ctx, const ts_doctor_line *line);
/* Looks at one source from clock to blobs. The result is the worst verdict. */
ts_doctor_verdict ts_doctor_run(const ts_content_options *options, const char *url,
                                ts_doctor_fn tell, void *ctx);

/* --- Single requests ----------------------------------------------------------------------- */

/* Serves ts_host_http on a real machine: trust, proxy and client certificate as the options and
 * the site file say. Without a site file what the operating system trusts is trusted as well. */
typedef struct ts_content_http ts_content_http;
ts_content_http *ts_content_http_new(const ts_content_options *options, ts_err **err);
void ts_content_http_free(ts_content_http *http);
/* A ts_http_fetcher; ctx is a ts_content_http. */
bool ts_content_http_fetch(void *ctx, const ts_http_request *request, ts_http_answer *out,
                           ts_err **err);

#endif
