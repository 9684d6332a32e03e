/* import_library.c - a ConfigMgr content library: PkgLib says which content a package has, DataLib
 * has the tree of a content with one .INI for each file, FileLib has each file once under its
 * SHA-256: FileLib/<first four digits>/<hash>. Nothing is written there. */
#include "import_library.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "ini.h"
#include "manifest.h"
#include "os.h"

#define DEPTH_MAX 128u /* nested folders */

typedef struct library {
    ts_import *in;
    char *packages, *data; /* PkgLib, DataLib */
    char **files;          /* FileLib of every drive */
    size_t n_files;
} library;

/* The files of one package. */
typedef struct collector {
    const library *lib;
    ts_arena *arena;
    ts_package_file *files;
    size_t n, room;
} collector;

static bool has(const char *root, const char *name)
{
    char *path = NULL;
    bool there = ts_import_look(root, name, &path, NULL) && path && ts_file_is_folder(path);
    free(path);
    return there;
}

static bool is_root(const char *path)
{
    return has(path, "PkgLib") && has(path, "DataLib") && has(path, "FileLib");
}

bool ts_import_is_library(const char *path)
{
    return is_root(path) || has(path, "SCCMContentLib");
}

/* A drive's folder: the library itself, or the one that has it. Owned. */
static char *root_of(const char *path, ts_err **err)
{
    if (has(path, "SCCMContentLib"))
        return ts_import_resolve(path, "SCCMContentLib", err);
    char *copy = ts_strdup(path);
    if (!copy)
        ts_fail_nomem(err);
    return copy;
}

static bool open_library(library *lib, ts_import *in, ts_err **err)
{
    const ts_import_options *o = in->options;
    lib->in = in;
    lib->files = ts_alloc_array(o->n_paths, sizeof *lib->files);
    if (!lib->files)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < o->n_paths; i++) {
        TS_CLEANUP(ts_free_ptr) char *root = root_of(o->paths[i], err);
        if (!root)
            return false;
        lib->files[i] = ts_import_resolve(root, "FileLib", err);
        if (!lib->files[i])
            return ts_wrap(err, "'%s' is no content library", o->paths[i]);
        lib->n_files++;
        if (i > 0)
            continue;
        lib->packages = ts_import_resolve(root, "PkgLib", err);
        lib->data = lib->packages ? ts_import_resolve(root, "DataLib", err) : NULL;
        if (!lib->data)
            return false;
    }
    return true;
}

static void close_library(library *lib)
{
    for (size_t i = 0; i < lib->n_files; i++)
        free(lib->files[i]);
    free(lib->files);
    free(lib->packages);
    free(lib->data);
}

/* --- One package ---------------------------------------------------------------------------- */

/* Where FileLib has it, on any drive. */
static bool find_file(collector *c, const char *path, const ts_library_file *f, const char **out,
                      ts_err **err)
{
    char name[5 + 65 + 1];
    memcpy(name, f->sha256, 4);
    name[4] = '/';
    memcpy(name + 5, f->sha256, 65);
    for (char *p = name; *p; p++) /* as ConfigMgr writes them: found at once where case counts */
        *p = (char)(*p >= 'a' && *p <= 'f' ? *p - 32 : *p);
    for (size_t i = 0; i < c->lib->n_files; i++) {
        TS_CLEANUP(ts_free_ptr) char *at = NULL;
        ts_path_info info;
        if (!ts_import_look(c->lib->files[i], name, &at, err))
            return false;
        if (!at)
            continue;
        if (!ts_path_look(at, &info, err))
            return false;
        if (f->size != UINT64_MAX && info.size != f->size)
            return ts_fail(err, TS_INTEGRITY,
                           "'%s' is damaged: '%s' has %" PRIu64 " bytes, not %" PRIu64, path, at,
                           info.size, f->size);
        *out = ts_arena_strdup(c->arena, at);
        return *out || ts_fail_nomem(err);
    }
    return ts_fail(
        err, TS_NOT_FOUND,
        "'%s' is missing: FileLib does not have '%s'; name the library's other drives as "
        "well, or distribute the package to this distribution point again",
        path, name);
}

static bool add_file(collector *c, const char *path, const char *from, const ts_library_file *f,
                     ts_err **err)
{
    if (c->n == TS_TREE_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one package", TS_TREE_FILES_MAX);
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 256;
        ts_package_file *more = ts_realloc_array(c->files, room, sizeof *more);
        if (!more)
            return ts_fail_nomem(err);
        c->files = more;
        c->room = room;
    }
    ts_package_file *to = &c->files[c->n++];
    *to = (ts_package_file){.path = ts_arena_strdup(c->arena, path), .from = from};
    if (f) {
        to->sha256 = ts_arena_strdup(c->arena, f->sha256);
        to->modified = f->modified;
    }
    return (to->path && (!f || to->sha256)) || ts_fail_nomem(err);
}

/* One .INI of the tree. */
static bool add_entry(collector *c, const char *ini, const char *path, bool has_folder,
                      ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    ts_library_file f;
    const char *from = NULL;
    if (!ts_file_read(ini, TS_INI_BYTES_MAX, &data, &size, err) ||
        !ts_library_file_read(ini, data, size, &f, err))
        return false;
    if (!*f.sha256) /* the attributes of a folder */
        return has_folder || ts_fail(err, TS_SYNTAX, "'%s' has no [File] Hash", ini);
    return find_file(c, path, &f, &from, err) && add_file(c, path, from, &f, err);
}

static bool listed(char **names, const char *name, size_t len)
{
    for (size_t i = 0; names[i]; i++) {
        if (strlen(names[i]) == len && ts_str_ncasecmp(names[i], name, len) == 0)
            return true;
    }
    return false;
}

static bool walk(collector *c, const char *folder, const char *below, unsigned depth, ts_err **err);

static bool walk_one(collector *c, char **names, const char *folder, const char *below,
                     const char *name, unsigned depth, ts_err **err)
{
    ts_path_info info;
    TS_CLEANUP(ts_free_ptr) char *at = ts_path_join(folder, name);
    if (!at)
        return ts_fail_nomem(err);
    if (!ts_path_look(at, &info, err))
        return false;
    if (info.kind == TS_PATH_FOLDER) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s%s/", below, name);
        return path ? walk(c, at, path, depth + 1, err) : ts_fail_nomem(err);
    }
    size_t len = strlen(name);
    if (info.kind != TS_PATH_FILE || len < 5 || !ts_str_ieq(name + len - 4, ".INI"))
        return ts_fail(err, TS_REFUSED, "'%s' does not belong into DataLib", at);
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s%.*s", below, (int)(len - 4), name);
    return path ? add_entry(c, at, path, listed(names, name, len - 4), err) : ts_fail_nomem(err);
}

/* `below` is "" or ends with '/'. */
static bool walk(collector *c, const char *folder, const char *below, unsigned depth, ts_err **err)
{
    if (depth > DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' lies more than %u folders deep", folder, DEPTH_MAX);
    char **names = NULL;
    if (!ts_folder_list(folder, &names, err))
        return false;
    bool ok = names[0] || !*below || add_file(c, below, NULL, NULL, err);
    for (size_t i = 0; ok && names[i]; i++)
        ok = walk_one(c, names, folder, below, names[i], depth, err);
    free(names);
    return ok;
}

/* The tree of one content; below "" or "<content>/" when the package has several. */
static bool add_content(collector *c, const char *content, const char *below, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *folder = NULL;
    TS_CLEANUP(ts_free_ptr) char *ini = NULL;
    TS_CLEANUP(ts_free_ptr) char *ini_name = ts_sprintf("%s.INI", content);
    if (!ini_name)
        return ts_fail_nomem(err);
    if (!ts_import_look(c->lib->data, content, &folder, err) ||
        !ts_import_look(c->lib->data, ini_name, &ini, err))
        return false;
    if (!folder || !ini)
        return ts_fail(err, TS_NOT_FOUND,
                       "DataLib does not have '%s' completely; distribute the package to this "
                       "distribution point again",
                       folder ? ini_name : content);
    return walk(c, folder, below, 0, err);
}

static bool collect(collector *c, const char *id, const ts_library_package *p, uint64_t *version,
                    ts_err **err)
{
    uint64_t newest = p->version;
    for (size_t i = 0; i < p->n_contents && !p->version; i++) {
        uint64_t n = ts_library_content_version(p->contents[i], id);
        newest = n > newest ? n : newest;
    }
    *version = newest;
    if (newest) {
        TS_CLEANUP(ts_free_ptr) char *content = ts_sprintf("%s.%" PRIu64, id, newest);
        return content ? add_content(c, content, "", err) : ts_fail_nomem(err);
    }
    for (size_t i = 0; i < p->n_contents; i++) {
        TS_CLEANUP(ts_free_ptr) char *below = ts_sprintf("%s/", p->contents[i]);
        if (!below)
            return ts_fail_nomem(err);
        if (!add_content(c, p->contents[i], below, err))
            return false;
    }
    return true;
}

static bool read_package(library *lib, const char *name, const char *id, collector *c,
                         ts_package_source *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(lib->packages, name);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    ts_library_package p;
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_file_read(path, TS_INI_BYTES_MAX, &data, &size, err) ||
        !ts_library_package_read(path, data, size, c->arena, &p, err) ||
        !collect(c, id, &p, &out->version, err))
        return false;
    out->files = c->files;
    out->n_files = c->n;
    return true;
}

static bool one_package(library *lib, const char *name, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *id = ts_strndup(name, strlen(name) - 4);
    if (!id)
        return ts_fail_nomem(err);
    if (!ts_import_wants(lib->in, id))
        return true;
    ts_err *fault = NULL;
    ts_package_source source = {.id = id};
    collector c = {.lib = lib, .arena = ts_arena_new()};
    bool ok = c.arena ? read_package(lib, name, id, &c, &source, &fault) : ts_fail_nomem(&fault);
    ok = ok ? ts_import_package(lib->in, &source, err) : ts_import_failed(lib->in, id, &fault, err);
    free(c.files);
    ts_arena_free(c.arena);
    return ok;
}

static bool is_ini(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && ts_str_ieq(name + len - 4, ".INI");
}

bool ts_import_library(ts_import *in, ts_err **err)
{
    library lib = {.in = in};
    char **names = NULL;
    bool ok = open_library(&lib, in, err) && ts_folder_list(lib.packages, &names, err);
    for (size_t i = 0; ok && names[i]; i++)
        ok = !is_ini(names[i]) || one_package(&lib, names[i], err);
    free(names);
    close_library(&lib);
    return ok;
}
