/* cmd_publish.c - taskseq publish: content into a repository. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "os.h"
#include "publish.h"
#include "trust.h"

#define OPERANDS_MAX 1024
#define IMAGES_MAX   64

static const char *repo_of(const ts_args *args)
{
    return ts_args_value(args, "repo");
}

/* --- package -------------------------------------------------------------------------------- */

static const ts_opt package_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "id", .arg = "ID", .help = "package id, for example P0010001"},
    {.name = "version",
     .arg = "N",
     .help =
         "version of the content, from 1; content never changes under a version; without it the "
         "newest, or the next one when the content is another"},
    {.name = "name", .arg = "TEXT", .help = "name for people"},
    {.name = "image",
     .arg = "N",
     .repeat = true,
     .help = "of WIM and ESD sources only this image; several stay in this order"},
    {.name = "pipable",
     .help = "write WIM and ESD sources in the form for pipes; Windows' own tools cannot read it"},
    {.name = "install-image",
     .help = "of a disc image (.iso) only its sources/install.wim or install.esd"},
    {.name = "loose", .help = "no packs: every file is a blob of its own"},
    {.name = "encrypt",
     .help = "encrypt the content; its key stands in the catalogue, so protect "
             "that"},
    {.name = NULL},
};

static bool images_of(const ts_args *args, uint32_t *out, size_t *n, ts_err **err)
{
    size_t count = ts_args_values(args, "image");
    if (count > IMAGES_MAX)
        return ts_fail(err, TS_USAGE, "--image is given more than %d times", IMAGES_MAX);
    for (*n = 0; *n < count; ++*n) {
        int64_t number = 0;
        if (!ts_cli_number("image", ts_args_value_at(args, "image", *n), 1, UINT32_MAX, &number,
                           err))
            return false;
        out[*n] = (uint32_t)number;
    }
    return true;
}

static int run_package(const ts_args *args)
{
    ts_err *err = NULL;
    const char *paths[OPERANDS_MAX];
    uint32_t images[IMAGES_MAX];
    ts_package_source p = {.id = ts_args_value(args, "id"),
                           .name = ts_args_value(args, "name"),
                           .paths = paths,
                           .n_paths = ts_args_count(args),
                           .images = images,
                           .pipable = ts_args_has(args, "pipable"),
                           .install_image = ts_args_has(args, "install-image"),
                           .loose = ts_args_has(args, "loose"),
                           .encrypt = ts_args_has(args, "encrypt")};
    ts_publish_result r;
    if (!repo_of(args) || !p.id)
        return ts_cli_usage("--repo and --id are needed");
    for (size_t i = 0; i < p.n_paths; i++)
        paths[i] = ts_args_operand(args, i);
    if (!images_of(args, images, &p.n_images, &err) || !ts_publish_version(args, &p.version, &err))
        return ts_cli_fail(&err);
    ts_repo_lock *lock = ts_publish_begin(args, true, &err);
    bool ok = lock && ts_repo_add_package(repo_of(args), &p, &r, &err);
    ts_repo_lock_release(lock);
    if (!ok)
        return ts_cli_fail(&err);
    ts_buf out;
    ts_buf_init(&out, 1);
    ts_publish_told(NULL, &p, &r);
    return ts_cli_finish(&out, 0);
}

const ts_command ts_command_publish_package = {
    .name = "publish package",
    .operands = "SOURCE...",
    .min = 1,
    .max = OPERANDS_MAX,
    .words = TS_WORDS_FILE,
    .summary = "add a package to a repository's draft",
    .text =
        "The content of folders, and files, become one package. Files under 1 MiB travel in packs. "
        "Nothing is public until `taskseq publish sign`.",
    .opts = package_opts,
    .run = run_package,
};

/* --- deployment ----------------------------------------------------------------------------- */

static const ts_opt deployment_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "id", .arg = "ID", .help = "deployment id, for example D0010001"},
    {.name = "name", .arg = "TEXT", .help = "name for people"},
    {.name = "target",
     .arg = "WHO",
     .repeat = true,
     .help = "unknown, all, uuid:UUID or mac:ADDRESS; repeatable, unknown when none is given"},
    {.name = "lookup-key",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "secret that hides UUIDs and MAC addresses in the catalogue"},
    {.name = NULL},
};

static int run_deployment(const ts_args *args)
{
    ts_err *err = NULL;
    const char *targets[OPERANDS_MAX];
    TS_CLEANUP(ts_free_ptr) char *key = NULL;
    size_t len = 0;
    ts_deployment_source d = {.id = ts_args_value(args, "id"),
                              .name = ts_args_value(args, "name"),
                              .sequence = ts_args_operand(args, 0),
                              .targets = targets,
                              .told = ts_publish_told,
                              .log = ts_publish_say};
    if (!repo_of(args) || !d.id)
        return ts_cli_usage("--repo and --id are needed");
    if (ts_args_values(args, "target") > OPERANDS_MAX)
        return ts_cli_usage("--target is given more than %d times", OPERANDS_MAX);
    for (size_t i = 0; i < ts_args_values(args, "target"); i++)
        targets[d.n_targets++] = ts_args_value_at(args, "target", i);
    const char *key_file = ts_args_value(args, "lookup-key");
    if (key_file && !ts_file_read(key_file, 4096, &key, &len, &err))
        return ts_cli_fail(&err);
    d.lookup_key = key ? ts_str_trim(key) : NULL;
    ts_repo_lock *lock = ts_publish_begin(args, true, &err);
    bool ok = lock && ts_repo_add_deployment(repo_of(args), &d, &err);
    ts_repo_lock_release(lock);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_publish_deployment = {
    .name = "publish deployment",
    .operands = "SEQUENCE",
    .min = 1,
    .max = 1,
    .words = TS_WORDS_FILE,
    .summary = "add a deployment of a sequence to a repository's draft",
    .text =
        "Of a console export (a zip) the packages that it has the content of are published, too. "
        "Refused when the sequence references a package that the repository does not have; the "
        "message names all of them.",
    .opts = deployment_opts,
    .run = run_deployment,
};

/* --- source, remove ------------------------------------------------------------------------- */

static const ts_opt source_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "id", .arg = "ID", .help = "name of the source"},
    {.name = "type", .arg = "TYPE", .choices = "static oci", .help = "web server or OCI registry"},
    {.name = "auth",
     .arg = "HOW",
     .choices = "none client-certificate bearer",
     .help = "what the source asks of clients"},
    {.name = "priority",
     .arg = "N",
     .help = "small ones first, equal ones together; 10 by default"},
    {.name = NULL},
};

static int run_source(const ts_args *args)
{
    ts_err *err = NULL;
    int64_t priority = 10;
    ts_repo_source s = {.id = ts_args_value(args, "id"),
                        .url = ts_args_operand(args, 0),
                        .type = ts_args_value(args, "type"),
                        .auth = ts_args_value(args, "auth")};
    const char *text = ts_args_value(args, "priority");
    if (!repo_of(args) || !s.id)
        return ts_cli_usage("--repo and --id are needed");
    if (text && !ts_cli_number("priority", text, 1, 999999, &priority, &err))
        return ts_cli_fail(&err);
    s.priority = (uint32_t)priority;
    ts_repo_lock *lock = ts_publish_begin(args, true, &err);
    bool ok = lock && ts_repo_add_source(repo_of(args), &s, &err);
    ts_repo_lock_release(lock);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_publish_source = {
    .name = "publish source",
    .operands = "URL",
    .min = 1,
    .max = 1,
    .summary = "add a source to the catalogue: where readers find the blobs, too",
    .opts = source_opts,
    .run = run_source,
};

static const ts_opt remove_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "version", .arg = "N", .help = "this version of the package only"},
    {.name = NULL},
};

static int run_remove(const ts_args *args)
{
    ts_err *err = NULL;
    uint64_t version = 0;
    if (!repo_of(args))
        return ts_cli_usage("--repo is needed");
    if (!ts_publish_version(args, &version, &err))
        return ts_cli_fail(&err);
    ts_repo_lock *lock = ts_publish_begin(args, false, &err);
    bool ok = lock && ts_repo_remove(repo_of(args), ts_args_operand(args, 0), version, &err);
    ts_repo_lock_release(lock);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_publish_remove = {
    .name = "publish remove",
    .operands = "ID",
    .min = 1,
    .max = 1,
    .summary = "remove a package or deployment from a repository's draft",
    .text = "The blobs stay until `taskseq publish gc`.",
    .opts = remove_opts,
    .run = run_remove,
};

/* --- sign, check, gc ------------------------------------------------------------------------ */

static const ts_opt sign_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "cert",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "signer's certificate and its intermediates, PEM"},
    {.name = "key", .arg = "FILE", .words = TS_WORDS_FILE, .help = "signer's private key, PEM"},
    {.name = "key-password-file",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "password of the key"},
    {.name = "site", .arg = "NAME", .help = "name of the site in the catalogue"},
    {.name = "days", .arg = "N", .help = "days until the catalogue expires, 14 by default"},
    {.name = NULL},
};

static int run_sign(const ts_args *args)
{
    ts_err *err = NULL;
    uint64_t version = 0;
    int64_t days = 14;
    size_t len = 0;
    char *password = NULL;
    ts_sign_options o = {.cert_file = ts_args_value(args, "cert"),
                         .key_file = ts_args_value(args, "key"),
                         .site = ts_args_value(args, "site")};
    const char *file = ts_args_value(args, "key-password-file");
    const char *text = ts_args_value(args, "days");
    if (!repo_of(args) || !o.cert_file || !o.key_file)
        return ts_cli_usage("--repo, --cert and --key are needed");
    if (text && !ts_cli_number("days", text, 1, 3650, &days, &err))
        return ts_cli_fail(&err);
    if (file && !ts_file_read(file, 4096, &password, &len, &err))
        return ts_cli_fail(&err);
    o.password = password ? ts_str_trim(password) : NULL;
    o.days = (unsigned)days;
    ts_repo_lock *lock = ts_publish_begin(args, false, &err);
    bool ok = lock && ts_repo_sign(repo_of(args), &o, &version, &err);
    ts_repo_lock_release(lock);
    ts_free_secret(password);
    if (!ok)
        return ts_cli_fail(&err);
    ts_buf out;
    ts_buf_init(&out, 256);
    ts_buf_printf(&out, "catalogue version %" PRIu64 " is public for %" PRId64 " days\n", version,
                  days);
    return ts_cli_finish(&out, 0);
}

const ts_command ts_command_publish_sign = {
    .name = "publish sign",
    .operands = "",
    .summary = "sign the draft and make it public",
    .opts = sign_opts,
    .run = run_sign,
};

static const ts_opt check_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "source",
     .arg = "URL",
     .repeat = true,
     .help = "does this source have every blob, too? repeatable"},
    {.name = "site",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "site file: how to reach sources and whom to trust"},
    {.name = "cacert", .arg = "FILE", .words = TS_WORDS_FILE, .help = "trusted certificates, PEM"},
    {.name = NULL},
};

static int run_check(const ts_args *args)
{
    ts_err *err = NULL;
    ts_check_result r = {0};
    const char *sources[TS_CONTENT_SOURCES_MAX];
    ts_content_options o = {.site_file = ts_args_value(args, "site"),
                            .ca_file = ts_args_value(args, "cacert"),
                            .system_store = true,
                            .sources = sources,
                            .log = ts_publish_say};
    if (!repo_of(args))
        return ts_cli_usage("--repo is needed");
    if (!ts_cli_sources(args, sources, &o.n_sources, &err) ||
        !ts_repo_check(repo_of(args), ts_publish_say, NULL, &r, &err) ||
        !ts_repo_check_sources(repo_of(args), &o, &r, &err))
        return ts_cli_fail(&err);
    ts_buf out;
    ts_buf_init(&out, 256);
    ts_buf_printf(&out, "%" PRIu64 " blobs, %" PRIu64 " bytes, %" PRIu64 " problems\n", r.blobs,
                  r.bytes, r.problems);
    return ts_cli_finish(&out, r.problems ? ts_code_exit(TS_INTEGRITY) : 0);
}

const ts_command ts_command_publish_check = {
    .name = "publish check",
    .operands = "",
    .summary = "read and hash the whole repository; ask every source for every blob",
    .opts = check_opts,
    .run = run_check,
};

static const ts_opt gc_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "keep-days",
     .arg = "N",
     .help = "keep blobs that nothing refers to for so long, 7 by default"},
    {.name = NULL},
};

static int run_gc(const ts_args *args)
{
    ts_err *err = NULL;
    int64_t days = 7;
    uint64_t blobs = 0, bytes = 0;
    const char *text = ts_args_value(args, "keep-days");
    if (!repo_of(args))
        return ts_cli_usage("--repo is needed");
    if (text && !ts_cli_number("keep-days", text, 0, 36500, &days, &err))
        return ts_cli_fail(&err);
    ts_repo_lock *lock = ts_publish_begin(args, false, &err);
    bool ok = lock && ts_repo_gc(repo_of(args), (unsigned)days, &blobs, &bytes, &err);
    ts_repo_lock_release(lock);
    if (!ok)
        return ts_cli_fail(&err);
    ts_buf out;
    ts_buf_init(&out, 256);
    ts_buf_printf(&out, "%" PRIu64 " blobs removed, %" PRIu64 " bytes\n", blobs, bytes);
    return ts_cli_finish(&out, 0);
}

const ts_command ts_command_publish_gc = {
    .name = "publish gc",
    .operands = "",
    .summary = "remove blobs that nothing refers to",
    .opts = gc_opts,
    .run = run_gc,
};
