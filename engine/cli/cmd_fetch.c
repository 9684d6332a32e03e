/* cmd_fetch.c - taskseq fetch: packages, files and manifests, verified. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "os.h"
#include "trust.h"

/* Ctrl+C: parts stay, and the same command goes on later. */
static void on_interrupt(void *ctx)
{
    atomic_bool *cancel = ctx;
    *cancel = true;
}

typedef struct fetch_screen {
    bool json, quiet, bar;
    size_t shown; /* characters of the line on the screen */
} fetch_screen;

static const ts_opt opts[] = {
    {.name = "package", .arg = "ID", .help = "the package of a signed catalogue"},
    {.name = "version", .arg = "N", .help = "of the package; the newest when not given"},
    {.name = "deployment", .arg = "ID", .help = "the sequence of a deployment"},
    {.name = "manifest",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "everything that a Metalink 4 manifest (file or URL) lists"},
    {.name = "sha256", .arg = "HEX", .help = "of the file behind URL, or of the manifest"},
    {.name = "to",
     .arg = "PATH",
     .words = TS_WORDS_FOLDER,
     .help = "folder (package, manifest) or file (URL, deployment)"},
    {.name = "source",
     .arg = "URL",
     .repeat = true,
     .help = "https://, http://, oci+https:// or a folder; repeatable, used together"},
    TS_TRUST_OPTS,
    {.name = "system-store", .help = "trust what the operating system trusts, too"},
    {.name = "crl", .arg = "FILE", .words = TS_WORDS_FILE, .help = "revocation lists, PEM"},
    {.name = "proxy", .arg = "URL", .help = "proxy; without it the environment's"},
    {.name = "limit-rate", .arg = "RATE", .help = "bytes a second over all connections: 800k, 5M"},
    {.name = "connections", .arg = "N", .help = "of each source; adaptive up to 8 when not given"},
    {.name = "cache",
     .arg = "DIR",
     .words = TS_WORDS_FOLDER,
     .help = "keeps blobs for the next time"},
    {.name = "cache-max",
     .arg = "SIZE",
     .help = "at most that much in the cache: 20G; who was used last stays"},
    {.name = "tries",
     .arg = "N",
     .help = "failures in a row until a source is left out, 6 by default"},
    {.name = "alternate-provider",
     .help = "called by ConfigMgr's engine (SMSTSDownloadProgram): the "
             "operands are package id, folder and locations"},
    {.name = "json", .help = "progress and result as JSON lines"},
    {.name = "quiet", .help = "no progress"},
    {.name = NULL},
};

static void on_log(void *ctx, ts_level level, const char *text)
{
    fetch_screen *s = ctx;
    if (level < TS_LEVEL_WARNING)
        return;
    if (s->shown)
        fprintf(stderr, "\r%*s\r", (int)s->shown, "");
    s->shown = 0;
    fprintf(stderr, "%s: %s\n", level == TS_LEVEL_ERROR ? "error" : "warning", text);
}

static void on_progress(void *ctx, const ts_content_progress *p)
{
    fetch_screen *s = ctx;
    char line[160];
    if (s->json) {
        ts_json_writer w;
        ts_buf out;
        ts_cli_json_line_begin(&w, &out);
        ts_json_put_str(&w, "event", "progress");
        ts_json_put_str(&w, "what", p->what);
        ts_json_put_uint(&w, "done", p->done);
        ts_json_put_uint(&w, "total", p->total);
        ts_json_put_uint(&w, "received", p->received);
        ts_json_put_uint(&w, "speed", p->speed);
        ts_json_put_uint(&w, "connections", p->connections);
        ts_json_put_uint(&w, "retries", p->retries);
        ts_cli_json_line_end(&w);
        return;
    }
    if (!s->bar)
        return;
    unsigned percent = p->total ? (unsigned)(p->done * 100 / p->total) : 100;
    char bar[21];
    for (unsigned i = 0; i < 20; i++)
        bar[i] = i < percent / 5 ? '#' : '.';
    bar[20] = '\0';
    char left[32] = "--:--";
    if (p->seconds != UINT32_MAX)
        snprintf(left, sizeof left, "%u:%02u", p->seconds / 60, p->seconds % 60);
    int n = snprintf(line, sizeof line,
                     "%-16.16s [%s] %3u %%  %7.1f of %.1f MiB  %6.1f MiB/s  %s left", p->what, bar,
                     percent, (double)p->done / 1048576, (double)p->total / 1048576,
                     (double)p->speed / 1048576, left);
    fprintf(stderr, "\r%s", line);
    fflush(stderr);
    s->shown = n > 0 ? (size_t)n : 0;
}

static bool read_options(const ts_args *args, ts_content_options *o, const char **sources,
                         ts_cli_secrets *owned, ts_err **err)
{
    int64_t n = 0;
    const char *rate = ts_args_value(args, "limit-rate");
    const char *connections = ts_args_value(args, "connections");
    const char *tries = ts_args_value(args, "tries");
    if (!ts_cli_trust(args, o, owned, err))
        return false;
    o->system_store = o->system_store || ts_args_has(args, "system-store");
    o->crl_file = ts_args_value(args, "crl");
    o->proxy = ts_args_value(args, "proxy");
    o->cache = ts_args_value(args, "cache");
    o->sources = sources;
    if (!ts_cli_sources(args, sources, &o->n_sources, err))
        return false;
    if (rate && !ts_content_size(rate, &o->rate))
        return ts_fail(err, TS_USAGE, "--limit-rate '%s' is no rate like 800k or 5M", rate);
    if (!ts_cli_cache_max(ts_args_value(args, "cache-max"), o->cache, &o->cache_max, err))
        return false;
    if (connections && !ts_cli_number("connections", connections, 1, 16, &n, err))
        return false;
    o->connections = (uint32_t)n;
    n = 0;
    if (tries && !ts_cli_number("tries", tries, 1, 1000, &n, err))
        return false;
    o->tries = (uint32_t)n;
    return true;
}

/* The client of KB2744420: program PACKAGE FOLDER LOCATION...; the locations are the site's own and
 * tell nothing that the site file does not. */
static bool fetch_as_provider(const ts_args *args, ts_content *c, uint64_t *version, ts_err **err)
{
    if (ts_args_count(args) < 2)
        return ts_fail(err, TS_USAGE, "--alternate-provider wants PACKAGE and FOLDER");
    return ts_content_package(c, ts_args_operand(args, 0), 0, ts_args_operand(args, 1), version,
                              err);
}

/* An option that does nothing in this form of the call was meant to do something. */
static bool check_form(const ts_args *args, ts_err **err)
{
    static const char *const not_as_provider[] = {"package",  "version", "deployment",
                                                  "manifest", "sha256",  "to"};
    for (size_t i = 0; ts_args_has(args, "alternate-provider") && i < TS_COUNT(not_as_provider);
         i++)
        if (ts_args_has(args, not_as_provider[i]))
            return ts_fail(err, TS_USAGE, "--%s does not go with --alternate-provider",
                           not_as_provider[i]);
    if (ts_args_has(args, "version") && !ts_args_has(args, "package"))
        return ts_fail(err, TS_USAGE, "--version goes with --package");
    if (ts_args_has(args, "sha256") && !ts_args_has(args, "manifest") && !ts_args_count(args))
        return ts_fail(err, TS_USAGE, "--sha256 goes with a URL or --manifest");
    return true;
}

static bool fetch(const ts_args *args, ts_content *c, uint64_t *version, ts_err **err)
{
    const char *to = ts_args_value(args, "to");
    const char *package = ts_args_value(args, "package");
    const char *deployment = ts_args_value(args, "deployment");
    const char *manifest = ts_args_value(args, "manifest");
    const char *sha256 = ts_args_value(args, "sha256");
    const char *text = ts_args_value(args, "version");
    int64_t wanted = 0;
    if (ts_args_has(args, "alternate-provider"))
        return fetch_as_provider(args, c, version, err);
    int modes = (package != NULL) + (deployment != NULL) + (manifest != NULL) +
                (ts_args_count(args) > 0);
    if (modes != 1 || !to || !*to || ts_args_count(args) > 1)
        return ts_fail(err, TS_USAGE,
                       "one of --package, --deployment, --manifest or a URL, and --to, "
                       "are needed");
    if (text && !ts_cli_number("version", text, 1, INT64_MAX, &wanted, err))
        return false;
    if (package)
        return ts_content_package(c, package, (uint64_t)wanted, to, version, err);
    if (deployment)
        return ts_content_sequence(c, deployment, to, err);
    if (manifest)
        return ts_content_manifest(c, manifest, sha256, to, err);
    if (!sha256)
        return ts_fail(err, TS_USAGE, "a URL needs --sha256: nothing is used that is not verified");
    return ts_content_file(c, ts_args_operand(args, 0), sha256, to, err);
}

static int finish(fetch_screen *s, const ts_content *c, uint64_t version, bool ok, ts_err **err)
{
    if (s->shown)
        fputc('\n', stderr);
    if (s->json) {
        ts_json_writer w;
        ts_buf out;
        ts_cli_json_line_begin(&w, &out);
        ts_json_put_str(&w, "event", "end");
        ts_json_put_bool(&w, "ok", ok);
        ts_json_put_uint(&w, "version", version);
        ts_json_put_str(&w, "location", c ? ts_content_last_location(c) : "");
        if (!ok) {
            ts_json_put_str(&w, "code", ts_code_name(ts_err_code(*err)));
            ts_json_put_str(&w, "error", ts_err_text(*err));
        }
        ts_cli_json_line_end(&w);
    }
    return ok ? 0 : ts_cli_fail(err);
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    const char *sources[TS_CONTENT_SOURCES_MAX];
    ts_cli_secrets owned = {0};
    uint64_t version = 0;
    atomic_bool cancel = false;
    fetch_screen screen = {.json = ts_args_has(args, "json"), .quiet = ts_args_has(args, "quiet")};
    ts_console console;
    ts_console_open(true, &console);
    screen.bar = !screen.json && !screen.quiet && console.is_terminal;
    ts_content_options o = {.cancel = &cancel,
                            .log = on_log,
                            .progress = screen.quiet ? NULL : on_progress,
                            .ctx = &screen};
    ts_content *c = NULL;
    union { /* the handler takes void * */
        atomic_bool *in;
        void *out;
    } flag = {.in = &cancel};
    ts_interrupt_set(on_interrupt, flag.out);
    bool ok = check_form(args, &err) && read_options(args, &o, sources, &owned, &err) &&
              (c = ts_content_open(&o, &err)) != NULL && fetch(args, c, &version, &err);
    int status = finish(&screen, c, version, ok, &err);
    ts_interrupt_set(NULL, NULL);
    ts_content_close(c);
    ts_cli_secrets_done(&owned);
    return status;
}

const ts_command ts_command_fetch = {
    .name = "fetch",
    .operands = "[URL]",
    .min = 0,
    .max = 64,
    .summary = "download a package, file or manifest, verified",
    .text =
        "Goes on where an earlier download broke off. Nothing appears under its name before its "
        "SHA-256 was right.",
    .opts = opts,
    .run = run,
};
