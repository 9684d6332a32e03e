/* import.c - what ConfigMgr and MDT have becomes packages: finds out what it is, chooses, counts.
 */
#include "import.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ts/sequence.h>

#include "export.h"
#include "os.h"
#include "repo.h"

void ts_import_warn(ts_import *in, const char *fmt, ...)
{
    in->result.warnings++;
    va_list args;
    va_start(args, fmt);
    ts_log_say(in->options->log, in->options->ctx, TS_LEVEL_WARNING, fmt, args);
    va_end(args);
}

bool ts_import_wants(ts_import *in, const char *id)
{
    for (size_t i = 0; i < in->n_only; i++) {
        if (ts_str_ieq(in->only[i], id)) {
            in->seen[i] = true;
            return true;
        }
    }
    return in->only == NULL;
}

bool ts_import_failed(ts_import *in, const char *id, ts_err **fault, ts_err **err)
{
    if (ts_err_code(*fault) == TS_NOMEM) {
        ts_err_clear(fault);
        return ts_fail_nomem(err);
    }
    ts_wrap(fault, "package '%s'", id);
    in->result.failed++;
    if (in->options->log && (in->failure || in->n_only != 1))
        in->options->log(in->options->ctx, TS_LEVEL_ERROR, ts_err_text(*fault));
    if (in->failure)
        ts_err_clear(fault);
    else
        in->failure = *fault;
    *fault = NULL;
    return true;
}

bool ts_import_package(ts_import *in, const ts_package_source *package, ts_err **err)
{
    const ts_import_options *o = in->options;
    ts_package_source p = *package;
    ts_publish_result result;
    ts_err *fault = NULL;
    p.version = o->version ? o->version : p.version;
    p.encrypt = o->encrypt;
    p.loose = o->loose;
    if (in->result.packages == TS_IMPORT_PACKAGES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u packages in one import",
                       TS_IMPORT_PACKAGES_MAX);
    if (o->list ? !ts_package_id_check(p.id, &fault)
                : !ts_repo_add_to_draft(in->repo, in->draft, &p, &result, &fault))
        return ts_import_failed(in, p.id, &fault, err);
    in->result.packages++;
    if (o->told)
        o->told(o->ctx, &p, o->list ? NULL : &result);
    return true;
}

/* --- Paths that files name ------------------------------------------------------------------ */

/* The name as the folder has it, else without regard to case; NULL: none. Borrowed of the list. */
static const char *name_in(char **names, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; names && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return names[i];
        if (!found && ts_str_ieq(names[i], name))
            found = names[i];
    }
    return found;
}

/* The component as it is, else without regard to case (files of Windows on a file system where case
 * counts). `stored`: always spelled as in the folder, which takes a look at all its names. *out
 * stays NULL when it is not there. */
static bool find_name(const char *folder, const char *name, bool stored, char **out, ts_err **err)
{
    ts_path_info info;
    TS_CLEANUP(ts_free_ptr) char *exact = ts_path_join(folder, name);
    if (!exact)
        return ts_fail_nomem(err);
    bool there = ts_path_look(exact, &info, NULL);
    char **names = NULL;
    if ((stored || !there) && !ts_folder_list(folder, &names, NULL) && !there)
        return true;
    const char *found = name_in(names, name);
    if (found && strcmp(found, name) != 0) {
        ts_free_ptr(&exact);
        exact = ts_path_join(folder, found);
        there = exact && ts_path_look(exact, &info, NULL);
    }
    free(names);
    if (!exact)
        return ts_fail_nomem(err);
    if (there && info.kind == TS_PATH_LINK)
        return ts_fail(err, TS_REFUSED, "'%s' is a link; an import follows none", exact);
    if (there) {
        *out = exact;
        exact = NULL;
    }
    return true;
}

static bool look(const char *root, const char *relative, bool stored, char **out, ts_err **err)
{
    while (relative[0] == '.' && (relative[1] == '\\' || relative[1] == '/'))
        relative += 2;
    TS_CLEANUP(ts_free_ptr) char *path = ts_strdup(relative);
    if (!path)
        return ts_fail_nomem(err);
    for (size_t n = strlen(path); n > 0 && strchr("\\/", path[n - 1]); n--)
        path[n - 1] = '\0';
    if (!ts_path_is_inside(path))
        return ts_fail(err, TS_REFUSED,
                       "the path '%s' leads out of '%s', or Windows cannot have it", relative,
                       root);
    char *at = ts_strdup(root);
    for (char *name = path; at && *name;) {
        size_t len = strcspn(name, "\\/");
        char *rest = name + len + (name[len] != '\0');
        char *next = NULL;
        name[len] = '\0';
        bool ok = find_name(at, name, stored, &next, err);
        free(at);
        at = next;
        name = rest;
        if (!ok || !at)
            return ok;
    }
    *out = at;
    return at != NULL || ts_fail_nomem(err);
}

bool ts_import_look(const char *root, const char *relative, char **out, ts_err **err)
{
    return look(root, relative, false, out, err);
}

/* One folder has one name then, also where case does not count: names are compared. */
char *ts_import_resolve(const char *root, const char *relative, ts_err **err)
{
    char *path = NULL;
    if (look(root, relative, true, &path, err) && !path)
        ts_fail(err, TS_NOT_FOUND, "'%s' is not in '%s'", relative, root);
    return path;
}

ts_xml_doc *ts_import_xml(ts_import *in, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    const char *name = ts_arena_strdup(in->arena, file);
    if (!name) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (!ts_file_read(file, TS_IMPORT_XML_MAX, &data, &size, err))
        return NULL;
    ts_xml_source source = {
        .file = name, .data = data, .size = size, .max = TS_IMPORT_XML_MAX, .expected = "a list"};
    return ts_xml_parse(&source, in->arena, err);
}

/* --- What to take --------------------------------------------------------------------------- */

static bool add_only(ts_import *in, const char *id, ts_err **err)
{
    for (size_t i = 0; i < in->n_only; i++) {
        if (ts_str_ieq(in->only[i], id))
            return true;
    }
    if (in->n_only == TS_IMPORT_PACKAGES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u packages are asked for",
                       TS_IMPORT_PACKAGES_MAX);
    const char **more = ts_realloc_array((void *)in->only, in->n_only + 1, sizeof *more);
    if (!more)
        return ts_fail_nomem(err);
    in->only = more;
    in->only[in->n_only] = ts_arena_strdup(in->arena, id);
    return in->only[in->n_only++] != NULL || ts_fail_nomem(err);
}

static bool add_references(ts_import *in, const char *file, ts_err **err)
{
    ts_bundle *bundle = ts_bundle_load(file, err);
    bool ok = bundle != NULL;
    for (size_t i = 0; ok && i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        for (size_t r = 0; ok && r < s->n_references; r++) {
            const char *id = s->references[r].package;
            if (*id && !ts_bundle_find(bundle, id))
                ok = add_only(in, id, err);
        }
    }
    ts_bundle_free(bundle);
    if (ok && in->n_only == 0)
        ok = ts_fail(err, TS_NOT_FOUND, "'%s' references no package", file);
    return ok;
}

static bool choose(ts_import *in, ts_err **err)
{
    const ts_import_options *o = in->options;
    for (size_t i = 0; i < o->n_only; i++) {
        if (!add_only(in, o->only[i], err))
            return false;
    }
    if (o->sequence && !add_references(in, o->sequence, err))
        return false;
    in->seen = ts_alloc_array(in->n_only + 1, sizeof *in->seen);
    return in->seen != NULL || ts_fail_nomem(err);
}

/* Ids that were asked for and are not there. */
static bool check_missing(ts_import *in, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < in->n_only; i++) {
        if (!in->seen[i])
            ts_buf_printf(&text, "%s'%s'", text.len ? ", " : "", in->only[i]);
    }
    bool ok = text.len == 0 || ts_fail(err, TS_NOT_FOUND, "'%s' does not have %s",
                                       in->options->paths[0], ts_buf_text(&text));
    ts_buf_done(&text);
    return ok;
}

static bool run_kind(ts_import *in, ts_err **err)
{
    const char *path = in->options->paths[0];
    if (in->options->n_paths > 1 && !ts_import_is_library(path))
        return ts_fail(err, TS_USAGE, "only a content library has more than one folder");
    if (ts_import_is_library(path)) {
        in->result.kind = TS_IMPORT_LIBRARY;
        return ts_import_library(in, err);
    }
    if (ts_import_is_share(path)) {
        in->result.kind = TS_IMPORT_SHARE;
        return ts_import_share(in, err);
    }
    if (ts_import_is_export(path)) {
        in->result.kind = TS_IMPORT_EXPORT;
        return ts_import_export(in, err);
    }
    if (!ts_file_exists(path))
        return ts_fail(err, TS_NOT_FOUND, "'%s' does not exist", path);
    return ts_fail(err, TS_NOT_FOUND,
                   "'%s' is neither a console export (a zip file), nor a content library (a folder "
                   "with PkgLib, DataLib and FileLib), nor a deployment share (a folder with "
                   "Control/Applications.xml or Control/OperatingSystems.xml)",
                   path);
}

static bool run(ts_import *in, ts_err **err)
{
    if (!in->arena)
        return ts_fail_nomem(err);
    if (!choose(in, err))
        return false;
    if (!in->options->list) {
        if (!ts_repo_prepare(in->repo, err))
            return false;
        in->draft = ts_repo_draft(in->repo, err);
        if (!in->draft)
            return false;
    }
    bool ok = run_kind(in, err);
    /* What came in before a failure is in the draft; the index follows it. */
    if (in->draft && in->result.packages > 0)
        ok = ts_repo_index(in->repo, in->draft, ok ? err : NULL) && ok;
    return ok && check_missing(in, err);
}

static bool import(const char *repo, const ts_import_options *options, bool for_deployment,
                   ts_import_result *out, ts_err **err)
{
    ts_import in = {.repo = repo,
                    .options = options,
                    .for_deployment = for_deployment,
                    .arena = ts_arena_new()};
    bool ok = run(&in, err);
    /* The only package that was asked for: its error is the error. */
    if (ok && in.failure && in.result.failed == 1 && in.n_only == 1) {
        if (err)
            *err = in.failure;
        else
            ts_err_free(in.failure);
        in.failure = NULL;
        ok = false;
    }
    if (ok)
        *out = in.result;
    ts_err_free(in.failure);
    ts_catalog_free(in.draft);
    free((void *)in.only);
    free(in.seen);
    ts_arena_free(in.arena);
    return ok;
}

bool ts_repo_import(const char *repo, const ts_import_options *options, ts_import_result *out,
                    ts_err **err)
{
    return import(repo, options, false, out, err);
}

bool ts_import_for_deployment(const char *repo, const ts_import_options *options,
                              ts_import_result *out, ts_err **err)
{
    return import(repo, options, true, out, err);
}
