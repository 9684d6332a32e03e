/* provider.c - content for the steps of a run; fetching ahead. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/run.h>
#include <ts/step.h>

#include "content_private.h"
#include "os.h"
#include "provider_stream.h"

#define RETRY_COUNT 2 /* SMSTSDownloadRetryCount (ConfigMgr docs: task sequence variables) */
#define GIVEN_MAX   128
#define EARLY_MAX   16384u
#define RETRY_DELAY 15 /* seconds, SMSTSDownloadRetryDelay */

struct ts_content_provider {
    ts_packages packages;
    ts_content_options options;
    ts_arena *texts; /* of the options */
    char *folder;
    ts_content *content;        /* of the run's thread */
    char *last;                 /* folder that was given last */
    char *location;             /* of the last download, here or ahead; under the mutex */
    ts_ctx *step;               /* that asks now: its log gets what happens; NULL: none */
    ts_buf early;               /* warnings of before, one a line */
    ts_provider_stream *stream; /* NULL: packages are fetched whole */
    ts_thread *ahead;
    ts_mutex *mutex; /* held by whoever fetches: parts have one writer */
    ts_content_options ahead_options;
    atomic_bool yield;   /* the run wants to fetch */
    atomic_bool reading; /* a step reads a file that comes, under a cap: all of it is its */
    atomic_bool stop;
    atomic_bool cancel; /* one of these, for the thread's transfers */
    char **ids;
    bool *taken; /* of each id: a step had it, nothing is to be fetched ahead any more */
    size_t n_ids;
    char *given[GIVEN_MAX]; /* to the step that runs; more stay to the end */
    size_t n_given;
};

static void on_log(void *ctx, ts_level level, const char *text)
{
    ts_content_provider *p = ctx;
    if (p->step)
        ts_ctx_log(p->step, level, "%s", text);
    else if (level >= TS_LEVEL_WARNING) /* nobody listens yet */
        ts_buf_printf(&p->early, "%s\n", text);
}

/* Warnings from before the first step: the first one that asks tells them. */
static void tell_early(ts_content_provider *p, ts_ctx *c)
{
    char *next = p->early.len ? p->early.data : NULL;
    while (next && *next) {
        char *end = strchr(next, '\n');
        if (end)
            *end = '\0';
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s", next);
        next = end ? end + 1 : NULL;
    }
    ts_buf_clear(&p->early);
}

static void on_progress(void *ctx, const ts_content_progress *progress)
{
    const ts_content_provider *p = ctx;
    if (p->step)
        ts_ctx_progress(p->step, progress->done, progress->total, progress->what);
}

static int64_t number(const ts_vars *vars, const char *name, int64_t standard)
{
    int64_t n = 0;
    return ts_str_int64(ts_vars_text(vars, name), &n) && n >= 0 ? n : standard;
}

static bool may_pass(const ts_err *err)
{
    ts_code code = ts_err_code(err);
    if (ts_err_os(err, NULL) == TS_OS_HRESULT) /* not in the catalogue, which is read once */
        return false;
    return code == TS_NET || code == TS_TIMEOUT || code == TS_INTEGRITY || code == TS_NOT_FOUND;
}

/* SMSTSDownloadProgram: another downloader tries first. Its work is checked like any other.
 * KB2744420: arguments are package id, absolute folder, and at least one location; exit 0 is
 * success; the code of SMSTSDownloadAbortCode ends all tries, any other leads on to the next way.
 */
static bool ask_program(ts_content_provider *p, ts_ctx *c, const char *id, const char *folder,
                        ts_err **err)
{
    const ts_vars *vars = ts_ctx_vars(c);
    const char *program = ts_vars_text(vars, "SMSTSDownloadProgram");
    const ts_site *site = p->content->site;
    const char *argv[TS_CONTENT_SOURCES_MAX + 4] = {program, id, folder};
    if (!*program)
        return true;
    for (size_t i = 0; i < site->n_sources; i++)
        argv[i + 3] = site->sources[i].url;
    ts_program run = {.argv = argv};
    ts_program_result result = {0};
    ts_err *reason = NULL;
    bool ran = ts_folder_make_shared(folder, &reason) &&
               ts_host_run(ts_ctx_host(c), &run, &result, &reason);
    int64_t abort_code = number(vars, "SMSTSDownloadAbortCode", -1);
    bool aborted = ran && result.exit_code != 0 && (int64_t)result.exit_code == abort_code;
    if (!ran)
        ts_ctx_log(c, TS_LEVEL_WARNING, "the download program cannot run: %s", ts_err_text(reason));
    else if (result.exit_code != 0)
        ts_ctx_log(c, TS_LEVEL_WARNING, "the download program ended with %" PRIu32,
                   result.exit_code);
    ts_err_clear(&reason);
    ts_program_result_done(&result);
    return !aborted ||
           ts_fail(err, TS_NET, "the download program gave up (SMSTSDownloadAbortCode %" PRId64 ")",
                   abort_code);
}

static bool fetch(ts_content_provider *p, ts_ctx *c, const char *id, const char *folder,
                  ts_err **err)
{
    const ts_vars *vars = ts_ctx_vars(c);
    int64_t retries = number(vars, "SMSTSDownloadRetryCount", RETRY_COUNT);
    int64_t delay = number(vars, "SMSTSDownloadRetryDelay", RETRY_DELAY);
    for (int64_t try = 0;; try++) {
        ts_err *reason = NULL;
        if (ts_content_package(p->content, id, 0, folder, NULL, &reason))
            return true;
        if (try >= retries || !may_pass(reason))
            return ts_fail_take(err, reason);
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s; try %" PRId64 " of %" PRId64 " in %" PRId64 " s",
                   ts_err_text(reason), try + 2, retries + 1, delay);
        ts_err_clear(&reason);
        if (!ts_host_sleep(ts_ctx_host(c), (uint32_t)(delay > 3600 ? 3600 : delay) * 1000, err))
            return false;
    }
}

/* ConfigMgr docs: the last location that was used or tried. What comes out of the cache changes
 * nothing. */
static void remember(ts_content_provider *p, ts_content *content)
{
    if (!content->location)
        return;
    free(p->location);
    p->location = content->location;
    content->location = NULL;
}

static void hold_ahead(ts_content_provider *p, atomic_bool *why, bool hold)
{
    *why = hold;
    p->cancel = p->yield || p->reading || p->stop;
}

/* With the mutex held. What its step has used is removed behind it and must not come again. */
static void take(ts_content_provider *p, const char *id)
{
    for (size_t i = 0; i < p->n_ids; i++)
        p->taken[i] |= ts_str_ieq(p->ids[i], id);
}

static bool give_folder(void *ctx, ts_ctx *c, const char *package_id, const char **folder,
                        ts_err **err)
{
    ts_content_provider *p = ctx;
    if (!ts_package_id_check(package_id, err))
        return false;
    tell_early(p, c);
    if (ts_provider_stream_has(p->stream, package_id))
        return ts_fail(err, TS_STATE, "a file of package '%s' is being read", package_id);
    ts_free_ptr(&p->last);
    p->last = ts_path_join(p->folder, package_id);
    if (!p->last)
        return ts_fail_nomem(err);
    hold_ahead(p, &p->yield, true);
    ts_mutex_lock(p->mutex);
    p->step = c;
    bool ok = ask_program(p, c, package_id, p->last, err) && fetch(p, c, package_id, p->last, err);
    p->step = NULL;
    if (ok)
        take(p, package_id);
    hold_ahead(p, &p->yield, false);
    remember(p, p->content);
    ts_vars_set_engine(ts_ctx_vars(c), "_SMSTSLastContentDownloadLocation",
                       p->location ? p->location : "", NULL);
    ts_mutex_unlock(p->mutex);
    *folder = p->last;
    if (p->n_given < GIVEN_MAX && (p->given[p->n_given] = ts_strdup(p->last)) != NULL)
        p->n_given++;
    return ok;
}

/* ConfigMgr docs: content goes when its step has ended, unless SMSTSPersistContent is true. What is
 * in the cache stays there. A folder that is in use stays, too. */
static void release(void *ctx, ts_ctx *c, bool keep)
{
    ts_content_provider *p = ctx;
    bool persist = false;
    ts_str_bool(ts_vars_text(ts_ctx_vars(c), "SMSTSPersistContent"), &persist);
    while (p->n_given > 0) {
        ts_err *reason = NULL;
        char *folder = p->given[--p->n_given];
        if (!keep && !persist && !ts_folder_remove(folder, &reason))
            ts_ctx_log(c, TS_LEVEL_WARNING, "content stays behind its step: %s",
                       ts_err_text(reason));
        ts_err_clear(&reason);
        free(folder);
    }
}

/* A small package is fetched: what is in it decides whether a disk may be wiped. Of a large one
 * only what is here already is looked at, whole or not. */
static bool look(void *ctx, ts_ctx *c, const char *package_id, ts_package_look *out, ts_err **err)
{
    ts_content_provider *p = ctx;
    const ts_catalog *catalog = NULL;
    if (!ts_package_id_check(package_id, err))
        return false;
    tell_early(p, c);
    bool first = p->content->catalog == NULL; /* else nothing is fetched: no need to interrupt */
    if (first) {
        hold_ahead(p, &p->yield, true);
        ts_mutex_lock(p->mutex);
    }
    bool ok = ts_content_catalog(p->content, &catalog, err);
    if (first) {
        hold_ahead(p, &p->yield, false);
        ts_mutex_unlock(p->mutex);
    }
    const ts_catalog_package *found = ok ? ts_catalog_package_find(catalog, package_id, 0) : NULL;
    *out = (ts_package_look){.known = ok, .missing = ok && !found};
    if (!found)
        return ok;
    if (found->bytes <= TS_CONTENT_LOOK_MAX) {
        out->whole = true;
        size_t given = p->n_given;
        ok = give_folder(ctx, c, package_id, &out->folder, err);
        if (p->n_given > given) /* it is for the step that will use it */
            free(p->given[--p->n_given]);
        return ok;
    }
    ts_free_ptr(&p->last);
    p->last = ts_path_join(p->folder, package_id);
    if (!p->last)
        return ts_fail_nomem(err);
    if (ts_provider_is_here(p->last))
        out->folder = p->last;
    return true;
}

static bool list_files(void *ctx, ts_ctx *c, const char *package_id, char **paths, ts_err **err)
{
    ts_content_provider *p = ctx;
    tell_early(p, c);
    return ts_provider_stream_files(p->stream, c, package_id, paths, err);
}

static const ts_reader *open_file(void *ctx, ts_ctx *c, const char *package_id, const char *path,
                                  ts_err **err)
{
    ts_content_provider *p = ctx;
    hold_ahead(p, &p->reading, p->content->site->rate > 0);
    const ts_reader *reader = ts_provider_stream_open(p->stream, package_id, path, err);
    if (!reader)
        hold_ahead(p, &p->reading, false);
    if (reader && ts_provider_stream_passes(p->stream))
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "'%s' (%" PRIu64
                   " MiB) has no room here as a whole: what was read of it is given up "
                   "behind the reader; nothing of it is kept for later",
                   path, reader->size >> 20);
    return reader;
}

static void close_file(void *ctx, ts_ctx *c, bool done)
{
    ts_content_provider *p = ctx;
    ts_provider_stream_close(p->stream, c, done);
    hold_ahead(p, &p->reading, false);
}

bool ts_content_provider_stream(ts_content_provider *provider, const char *const *ids, size_t n,
                                ts_err **err)
{
    ts_content_provider *p = provider;
    if (p->stream)
        return ts_fail(err, TS_STATE, "packages are streamed already");
    p->stream = ts_provider_stream_new(&p->options, p->folder, ids, n, err);
    if (!p->stream)
        return false;
    p->packages.files = list_files;
    p->packages.open = open_file;
    p->packages.close = close_file;
    return true;
}

/* Variables of the run, which may change while content is still opened with them. */
static bool copy_texts(ts_content_provider *p, ts_err **err)
{
    const char **const texts[] = {&p->options.site_file, &p->options.ca_pem, &p->options.cache};
    p->texts = ts_arena_new();
    for (size_t i = 0; p->texts && i < TS_COUNT(texts); i++) {
        if (*texts[i] && !(*texts[i] = ts_arena_strdup(p->texts, *texts[i])))
            return ts_fail_nomem(err);
    }
    return p->texts != NULL || ts_fail_nomem(err);
}

ts_content_provider *ts_content_provider_new(const ts_content_options *options, const char *folder,
                                             ts_err **err)
{
    ts_content_provider *p = ts_alloc(sizeof *p);
    if (!p) {
        ts_fail_nomem(err);
        return NULL;
    }
    p->packages = (ts_packages){.folder = give_folder, .look = look, .release = release, .ctx = p};
    p->options = *options;
    ts_buf_init(&p->early, EARLY_MAX);
    p->options.purpose = "a run";
    p->options.log = on_log;
    p->options.progress = on_progress;
    p->options.ctx = p;
    p->folder = ts_strdup(folder);
    p->mutex = ts_mutex_new();
    if (!p->folder || !p->mutex)
        ts_fail_nomem(err);
    else if (copy_texts(p, err))
        p->content = ts_content_open(&p->options, err);
    p->options.cache_held = true; /* what is opened beside it */
    if (p->content)
        return p;
    ts_content_provider_free(p);
    return NULL;
}

void ts_content_provider_free(ts_content_provider *provider)
{
    if (!provider)
        return;
    hold_ahead(provider, &provider->stop, true);
    if (provider->ahead)
        ts_thread_join(provider->ahead);
    ts_provider_stream_free(provider->stream);
    ts_content_close(provider->content);
    ts_mutex_free(provider->mutex);
    for (size_t i = 0; i < provider->n_ids; i++)
        free(provider->ids[i]);
    free(provider->ids);
    free(provider->taken);
    while (provider->n_given > 0)
        free(provider->given[--provider->n_given]);
    free(provider->folder);
    free(provider->last);
    ts_buf_done(&provider->early);
    ts_arena_free(provider->texts);
    free(provider->location);
    free(provider);
}

const ts_packages *ts_content_provider_packages(ts_content_provider *provider)
{
    return &provider->packages;
}

/* One package; interrupted by the run it is tried again when the run is done. */
static void fetch_ahead(ts_content_provider *p, ts_content *content, size_t i)
{
    const char *id = p->ids[i];
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(p->folder, id);
    bool again = folder != NULL;
    bool streamed = false;
    while (again && !p->stop) {
        if (p->yield || p->reading) {
            ts_sleep(50);
            continue;
        }
        ts_err *err = NULL;
        ts_mutex_lock(p->mutex);
        if (!p->taken[i] && ts_provider_stream_takes(p->stream, content, id, &streamed, &err) &&
            !streamed)
            (void)ts_content_package(content, id, 0, folder, NULL, &err);
        again = ts_err_code(err) == TS_CANCELLED;
        remember(p, content);
        ts_mutex_unlock(p->mutex);
        ts_err_clear(&err); /* the step that needs it says so */
    }
}

static void run_ahead(void *ctx)
{
    ts_content_provider *p = ctx;
    ts_content *content = ts_content_open(&p->ahead_options, NULL);
    for (size_t i = 0; content && i < p->n_ids && !p->stop; i++)
        fetch_ahead(p, content, i);
    ts_content_close(content);
}

bool ts_content_provider_prefetch(ts_content_provider *provider, const char *const *ids, size_t n,
                                  ts_err **err)
{
    if (provider->ahead)
        return ts_fail(err, TS_STATE, "content is being fetched ahead already");
    provider->ids = ts_alloc_array(n, sizeof *provider->ids);
    provider->taken = ts_alloc_array(n, sizeof *provider->taken);
    if (!provider->ids || !provider->taken)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        provider->ids[provider->n_ids] = ts_strdup(ids[i]);
        if (!provider->ids[provider->n_ids++])
            return ts_fail_nomem(err);
    }
    provider->ahead_options = provider->options;
    provider->ahead_options.cancel = &provider->cancel;
    provider->ahead_options.log = NULL;
    provider->ahead_options.progress = NULL;
    provider->ahead = ts_thread_start(run_ahead, provider, err);
    return provider->ahead != NULL;
}
