/* cmd_publish_import.c - taskseq publish import: what ConfigMgr and MDT have becomes packages. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "commands.h"
#include "os.h"
#include "publish.h"

#define PATHS_MAX    32 /* drives of a content library */
#define PACKAGES_MAX 1024

void ts_publish_told(void *ctx, const ts_package_source *package, const ts_publish_result *result)
{
    TS_UNUSED(ctx);
    ts_buf line;
    ts_buf_init(&line, 4096);
    ts_buf_str(&line, package->id);
    if (result || package->version)
        ts_buf_printf(&line, " version %" PRIu64, result ? result->version : package->version);
    if (package->name && *package->name)
        ts_buf_printf(&line, " (%s)", package->name);
    if (result && package->same_as && result->files == 0)
        ts_buf_printf(&line, "%s: the content of %s", result->unchanged ? " is there already" : "",
                      package->same_as);
    else if (result)
        ts_buf_printf(&line,
                      "%s: %" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " blobs (%" PRIu64
                      " new, %" PRIu64 " bytes)",
                      result->unchanged ? " is there already" : "", result->files, result->bytes,
                      result->blobs, result->new_blobs, result->new_bytes);
    else if (package->n_files)
        ts_buf_printf(&line, ": %zu files", package->n_files);
    puts(ts_buf_text(&line));
    fflush(stdout); /* packages and warnings in order */
    ts_buf_done(&line);
}

void ts_publish_say(void *ctx, ts_level level, const char *text)
{
    TS_UNUSED(ctx);
    if (level >= TS_LEVEL_WARNING)
        fprintf(stderr, "%s: %s\n", level == TS_LEVEL_ERROR ? "error" : "warning", text);
}

ts_repo_lock *ts_publish_begin(const ts_args *args, bool makes, ts_err **err)
{
    const char *repo = ts_args_value(args, "repo");
    if (!makes && !ts_file_is_folder(repo)) {
        ts_fail(err, TS_NOT_FOUND,
                "there is no folder '%s'; mind the spelling, and whether it is mounted", repo);
        return NULL;
    }
    return ts_repo_lock_take(repo, ts_args_command(args)->name, ts_publish_say, NULL, err);
}

bool ts_publish_version(const ts_args *args, uint64_t *out, ts_err **err)
{
    int64_t n = 0;
    const char *text = ts_args_value(args, "version");
    if (text && !ts_cli_number("version", text, 1, INT64_MAX, &n, err))
        return false;
    *out = (uint64_t)n;
    return true;
}

static const ts_opt import_opts[] = {
    TS_PUBLISH_REPO,
    {.name = "package", .arg = "ID", .repeat = true, .help = "only this package"},
    {.name = "sequence",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "only the packages that this sequence references"},
    {.name = "version",
     .arg = "N",
     .help = "version of the packages; else ConfigMgr's own, or the next one when content changed"},
    {.name = "catalogue",
     .arg = "ID",
     .help = "package for the share's list of applications; 'Applications' by default"},
    {.name = "loose", .help = "no packs: every file is a blob of its own"},
    {.name = "encrypt",
     .help = "encrypt the content; its key stands in the catalogue, so protect that"},
    {.name = "list", .help = "only say which packages are there"},
    {.name = NULL},
};

static int finish(const ts_import_result *r, bool list)
{
    static const char *const kinds[] = {[TS_IMPORT_EXPORT] = "console export",
                                        [TS_IMPORT_LIBRARY] = "content library",
                                        [TS_IMPORT_SHARE] = "deployment share"};
    ts_buf out;
    ts_buf_init(&out, 256);
    ts_buf_printf(&out, "%s: %" PRIu64 " packages %s, %" PRIu64 " failed, %" PRIu64 " warnings\n",
                  kinds[r->kind], r->packages, list ? "found" : "in the draft", r->failed,
                  r->warnings);
    return ts_cli_finish(&out, r->failed ? ts_code_exit(TS_INTEGRITY) : 0);
}

static int run_import(const ts_args *args)
{
    ts_err *err = NULL;
    ts_import_result r = {0};
    const char *paths[PATHS_MAX], *only[PACKAGES_MAX];
    ts_import_options o = {.paths = paths,
                           .only = only,
                           .sequence = ts_args_value(args, "sequence"),
                           .catalogue = ts_args_value(args, "catalogue"),
                           .list = ts_args_has(args, "list"),
                           .encrypt = ts_args_has(args, "encrypt"),
                           .loose = ts_args_has(args, "loose"),
                           .told = ts_publish_told,
                           .log = ts_publish_say};
    const char *repo = ts_args_value(args, "repo");
    if (!repo && !o.list)
        return ts_cli_usage("--repo is needed");
    if (ts_args_values(args, "package") > PACKAGES_MAX)
        return ts_cli_usage("--package is given more than %d times", PACKAGES_MAX);
    for (; o.n_paths < ts_args_count(args); o.n_paths++)
        paths[o.n_paths] = ts_args_operand(args, o.n_paths);
    for (; o.n_only < ts_args_values(args, "package"); o.n_only++)
        only[o.n_only] = ts_args_value_at(args, "package", o.n_only);
    if (!ts_publish_version(args, &o.version, &err))
        return ts_cli_fail(&err);
    ts_repo_lock *lock = o.list ? NULL : ts_publish_begin(args, true, &err);
    bool ok = (o.list || lock) && ts_repo_import(repo ? repo : "DIR", &o, &r, &err);
    ts_repo_lock_release(lock);
    if (!ok)
        return ts_cli_fail(&err);
    return finish(&r, o.list);
}

const ts_command ts_command_publish_import = {
    .name = "publish import",
    .operands = "PATH...",
    .min = 1,
    .max = PATHS_MAX,
    .words = TS_WORDS_FILE,
    .summary = "take over packages from ConfigMgr or MDT",
    .text =
        "PATH is one of: a console export (a zip, its content in <name>_files inside or beside "
        "it); a ConfigMgr content library (SCCMContentLib: PkgLib, DataLib, FileLib; name the "
        "folders of its other drives behind it), whose files are checked against their hashes; an "
        "MDT deployment share (Control/Applications.xml, OperatingSystems.xml), whose applications "
        "also become the catalogue that Install Application reads. Nothing is changed there.",
    .opts = import_opts,
    .run = run_import,
};
