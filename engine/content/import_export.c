/* import_export.c - a console export of ConfigMgr. The zip describes the sequence and what it needs
 * (<class>/<package id>/object.xml); the content, when it was exported too, lies in a folder
 * <name>_files in the zip or beside it. Microsoft does not document how that folder is laid out, so
 * content is found by the package id in the first names of its path, or by the source path that the
 * description gives. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/sequence.h>

#include "export.h"
#include "import.h"
#include "os.h"
#include "repo.h"

#define OBJECT_MAX   (16u * 1024u * 1024u) /* one object.xml that is no sequence */
#define OBJECTS_MAX  10000u
#define ID_DEPTH_MAX 3u /* names below <name>_files in which the id stands */
#define BLOCK        (1024u * 1024u)

typedef struct object {
    const char *id, *name;
    uint64_t version;   /* 0: not said */
    const char *source; /* tail behind "_files/" of its source path; NULL: none there */
    const char *folder; /* content beside the zip; NULL: none */
    const char *where;  /* "file:line" of the reference; NULL: nothing references it */
    bool in_zip;
    bool sequence; /* a sequence of the same export: no content */
} object;

typedef struct export
{
    ts_import *in;
    const char *zip;
    char *work; /* where content of the zip is unpacked; NULL: nothing was */
    object *objects;
    size_t n, room;
    bool stray; /* content that belongs to nothing was told */
}
export;

static object *find_object(const export *x, const char *id)
{
    for (size_t i = 0; i < x->n; i++) {
        if (ts_str_ieq(x->objects[i].id, id))
            return &x->objects[i];
    }
    return NULL;
}

static object *add_object(export *x, const char *id, ts_err **err)
{
    object *there = find_object(x, id);
    if (there)
        return there;
    if (x->n == OBJECTS_MAX) {
        ts_fail(err, TS_LIMIT, "'%s' names more than %u packages", x->zip, OBJECTS_MAX);
        return NULL;
    }
    if (x->n == x->room) {
        size_t room = x->room ? x->room * 2 : 64;
        object *more = ts_realloc_array(x->objects, room, sizeof *more);
        if (!more) {
            ts_fail_nomem(err);
            return NULL;
        }
        x->objects = more;
        x->room = room;
    }
    const char *copy = ts_arena_strdup(x->in->arena, id);
    if (!copy) {
        ts_fail_nomem(err);
        return NULL;
    }
    x->objects[x->n] = (object){.id = copy, .name = ""};
    return &x->objects[x->n++];
}

/* --- What the export describes -------------------------------------------------------------- */

static const char *property(ts_xml *instance, const char *name)
{
    for (ts_xml *p = NULL; (p = ts_xml_each(instance, p, "PROPERTY")) != NULL;) {
        const char *is = ts_xml_attr_get(p, "NAME");
        ts_xml *value = is && ts_str_ieq(is, name) ? ts_xml_each(p, NULL, "VALUE") : NULL;
        if (value && !ts_str_blank(value->text))
            return value->text;
    }
    return NULL;
}

/* The part of a source path behind "_files\\", when it has one: an export may have been given its
 * own content as source. */
static bool read_source(export *x, object *o, const char *path, ts_err **err)
{
    const char *tail = path ? ts_str_icontains(path, TS_EXPORT_FILES "\\") : NULL;
    if (!tail)
        return true;
    char *copy = ts_arena_strdup(x->in->arena, tail + strlen(TS_EXPORT_FILES "\\"));
    if (!copy)
        return ts_fail_nomem(err);
    for (size_t n = strlen(copy); n > 0 && strchr("\\/", copy[n - 1]); n--)
        copy[n - 1] = '\0';
    o->source = *copy ? copy : NULL;
    return true;
}

/* An object that cannot be read or is of another kind tells nothing: the sequences and references
 * decide what is needed. */
static bool read_object(void *ctx, const char *path, const ts_buf *data, ts_err **err)
{
    export *x = ctx;
    const char *file = ts_arena_strdup(x->in->arena, path);
    ts_xml_source source = {.file = file,
                            .data = ts_buf_text(data),
                            .size = data->len,
                            .max = OBJECT_MAX,
                            .expected = "an object of the export"};
    ts_err *fault = NULL;
    ts_xml_doc *doc = file ? ts_xml_parse(&source, x->in->arena, &fault) : NULL;
    if (!doc) {
        bool memory = !file || ts_err_code(fault) == TS_NOMEM;
        if (!memory)
            ts_import_warn(x->in, "%s", ts_err_text(fault));
        ts_err_clear(&fault);
        return !memory || ts_fail_nomem(err);
    }
    ts_xml *root = ts_xml_root(doc);
    const char *class_name = ts_xml_attr_get(root, "CLASSNAME");
    const char *id = property(root, "PackageID");
    bool sequence = class_name && ts_str_ieq(class_name, "SMS_TaskSequencePackage");
    object *o = id ? add_object(x, id, err) : NULL;
    bool ok = !id || o;
    if (o) {
        const char *name = property(root, "Name");
        const char *version = property(root, "SourceVersion");
        int64_t n = 0;
        o->sequence |= sequence;
        o->name = name ? name : o->name;
        o->version = version && ts_str_int64(version, &n) && n > 0 ? (uint64_t)n : 0;
        ok = read_source(x, o, property(root, "PkgSourcePath"), err);
    }
    ts_xml_free(doc);
    return ok;
}

/* Content's path behind "<name>_files/", or NULL. */
static const char *content_path(const char *path)
{
    const char *tail = ts_str_icontains(path, TS_EXPORT_FILES "/");
    return tail && tail > path ? tail + strlen(TS_EXPORT_FILES "/") : NULL;
}

/* Each member that `wanted` wants, of up to `max` bytes, to `tell`. */
static bool each_member(ts_zip *zip, size_t max, bool (*wanted)(void *ctx, const char *path),
                        bool (*tell)(void *ctx, const char *path, const ts_buf *data, ts_err **err),
                        void *ctx, ts_err **err)
{
    for (;;) {
        const char *path;
        if (!ts_zip_next(zip, &path, err))
            return false;
        if (!path)
            return true;
        if (!wanted(ctx, path))
            continue;
        ts_buf data;
        ts_buf_init(&data, max);
        bool ok = ts_zip_read(zip, &data, err) && tell(ctx, path, &data, err);
        ts_buf_done(&data);
        if (!ok)
            return false;
    }
}

static bool is_object(void *ctx, const char *path)
{
    TS_UNUSED(ctx);
    return !content_path(path) && ts_str_ieq(ts_path_base(path), "object.xml");
}

static bool read_objects(export *x, ts_zip *zip, ts_err **err)
{
    return each_member(zip, OBJECT_MAX, is_object, read_object, x, err);
}

static bool add_references(export *x, ts_err **err)
{
    ts_bundle *bundle = ts_bundle_load(x->zip, err);
    bool ok = bundle != NULL;
    for (size_t i = 0; ok && i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        for (size_t r = 0; ok && r < s->n_references; r++) {
            const ts_reference *ref = &s->references[r];
            if (*ref->application)
                ts_import_warn(x->in,
                               "%s:%u: application '%s' is not taken over: add it to the catalogue "
                               "of applications",
                               s->file, ref->line, ref->application);
            if (!*ref->package || ts_bundle_find(bundle, ref->package))
                continue;
            object *o = add_object(x, ref->package, err);
            TS_CLEANUP(ts_free_ptr) char *where = ts_sprintf("%s:%u", s->file, ref->line);
            ok = o != NULL;
            if (o && !o->where) {
                o->where = where ? ts_arena_strdup(x->in->arena, where) : NULL;
                ok = o->where || ts_fail_nomem(err);
            }
        }
    }
    ts_bundle_free(bundle);
    return ok;
}

/* --- Whose content -------------------------------------------------------------------------- */

/* "P0100012" and "P0100012.3" are content of P0100012. */
static bool names_package(const char *name, size_t len, const object *o)
{
    size_t id = strlen(o->id);
    if (o->sequence || len < id || ts_str_ncasecmp(name, o->id, id) != 0)
        return false;
    return len == id || (name[id] == '.' && strspn(name + id + 1, "0123456789") >= len - id - 1);
}

static bool is_below(const char *path, const char *folder)
{
    for (; *folder; folder++, path++) {
        bool separators = strchr("/\\", *folder) && *path == '/';
        if (!separators && ts_str_ncasecmp(path, folder, 1) != 0)
            return false;
    }
    return *path == '/';
}

/* The package of a path below <name>_files; *rest is the path in the package. */
static object *owner(const export *x, const char *path, const char **rest)
{
    for (size_t i = 0; i < x->n; i++) {
        object *o = &x->objects[i];
        if (!o->sequence && o->source && is_below(path, o->source)) {
            *rest = path + strlen(o->source) + 1;
            return o;
        }
    }
    const char *name = path;
    for (unsigned depth = 0; depth < ID_DEPTH_MAX; depth++) {
        size_t len = strcspn(name, "/");
        if (!name[len])
            return NULL;
        for (size_t i = 0; i < x->n; i++) {
            if (names_package(name, len, &x->objects[i])) {
                *rest = name + len + 1;
                return &x->objects[i];
            }
        }
        name += len + 1;
    }
    return NULL;
}

static void tell_stray(export *x, const char *path)
{
    if (!x->stray)
        ts_import_warn(x->in, "'%s' belongs to no package that the export describes: left out",
                       path);
    x->stray = true;
}

/* --- Content in the zip --------------------------------------------------------------------- */

static bool write_member(ts_zip *zip, const char *path, uint8_t *block, ts_err **err)
{
    ts_file *file = ts_file_open(path, TS_FILE_CREATE, false, err);
    size_t got = 1;
    bool ok = file != NULL;
    while (ok && got > 0) {
        ok = ts_zip_read_some(zip, block, BLOCK, &got, err) &&
             ts_file_append(file, block, got, err);
    }
    ts_file_close(file);
    return ok && (!ts_zip_modified(zip) || ts_file_set_modified(path, ts_zip_modified(zip), err));
}

static bool unpack_member(export *x, ts_zip *zip, const object *o, const char *rest, uint8_t *block,
                          ts_err **err)
{
    /* The id is the export's word as well, and a source path may bring content to any id. */
    if (!ts_package_id_check(o->id, NULL) || !ts_path_is_inside(rest))
        return ts_fail(err, TS_REFUSED,
                       "'%s' holds the path '%s' for package '%s': it leads out of the package, or "
                       "Windows cannot have it",
                       x->zip, rest, o->id);
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s/%s/%s", x->work, o->id, rest);
    TS_CLEANUP(ts_free_ptr) char *folder = path ? ts_path_dir(path) : NULL;
    if (!folder)
        return ts_fail_nomem(err);
    if (!ts_folder_make_shared(folder, err))
        return false;
    if (ts_file_exists(path))
        return ts_fail(err, TS_REFUSED, "'%s' holds '%s' of package '%s' twice", x->zip, rest,
                       o->id);
    return write_member(zip, path, block, err);
}

static bool unpack(export *x, ts_zip *zip, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *block = ts_alloc(BLOCK);
    if (!block)
        return ts_fail_nomem(err);
    for (;;) {
        const char *path, *rest = NULL;
        if (!ts_zip_next(zip, &path, err))
            return false;
        if (!path)
            return true;
        const char *tail = content_path(path);
        object *o = tail ? owner(x, tail, &rest) : NULL;
        if (tail && !o)
            tell_stray(x, path);
        if (!o || !ts_import_wants(x->in, o->id))
            continue;
        o->in_zip = true;
        if (x->in->options->list)
            continue;
        if (!x->work && !(x->work = ts_repo_work(x->in->repo, err)))
            return false;
        if (!unpack_member(x, zip, o, rest, block, err))
            return false;
    }
}

/* --- Content beside the zip ----------------------------------------------------------------- */

static bool look_below(export *x, const char *folder, const char *below, unsigned depth,
                       ts_err **err);

static bool look_at(export *x, const char *folder, const char *below, const char *name,
                    unsigned depth, ts_err **err)
{
    ts_path_info info;
    TS_CLEANUP(ts_free_ptr) char *at = ts_path_join(folder, name);
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s%s/", below, name);
    if (!at || !path)
        return ts_fail_nomem(err);
    if (!ts_path_look(at, &info, err))
        return false;
    if (info.kind == TS_PATH_LINK)
        return ts_fail(err, TS_REFUSED, "'%s' is a link; an import follows none", at);
    const char *rest = NULL;
    object *o = info.kind == TS_PATH_FOLDER ? owner(x, path, &rest) : NULL;
    if (o && !*rest) {
        o->folder = ts_arena_strdup(x->in->arena, at);
        return o->folder || ts_fail_nomem(err);
    }
    if (info.kind == TS_PATH_FOLDER && depth + 1 < ID_DEPTH_MAX)
        return look_below(x, at, path, depth + 1, err);
    tell_stray(x, at);
    return true;
}

static bool look_below(export *x, const char *folder, const char *below, unsigned depth,
                       ts_err **err)
{
    char **names = NULL;
    if (!ts_folder_list(folder, &names, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && names[i]; i++)
        ok = look_at(x, folder, below, names[i], depth, err);
    free(names);
    return ok;
}

/* "x/Deploy.zip" has its content in "x/Deploy_files". Owned. */
static bool look_beside(export *x, ts_err **err)
{
    const char *base = ts_path_base(x->zip);
    const char *dot = strrchr(base, '.');
    size_t stem = dot ? (size_t)(dot - x->zip) : strlen(x->zip);
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%.*s" TS_EXPORT_FILES, (int)stem, x->zip);
    if (!folder)
        return ts_fail_nomem(err);
    return !ts_file_is_folder(folder) || look_below(x, folder, "", 0, err);
}

/* --- Packages ------------------------------------------------------------------------------- */

/* What is needed and nowhere: named, with what to do. */
static void tell_missing(export *x, const object *o)
{
    if (!o->where || (x->in->draft && ts_catalog_package_find(x->in->draft, o->id, 0)))
        return;
    ts_import_warn(x->in,
                   "%s: package '%s'%s%s%s has no content in the export; publish it with: taskseq "
                   "publish package --repo %s --id %s --version 1 FOLDER; or, from a content "
                   "library: taskseq publish import --repo %s --package %s FOLDER",
                   o->where, o->id, *o->name ? " (" : "", o->name, *o->name ? ")" : "", x->in->repo,
                   o->id, x->in->repo, o->id);
}

static bool publish_object(export *x, object *o, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *unpacked = NULL;
    if (o->sequence)
        return true;
    if (!o->in_zip && !o->folder) {
        if (!x->in->for_deployment)
            tell_missing(x, o);
        return true;
    }
    if (!ts_import_wants(x->in, o->id))
        return true;
    if (o->in_zip && x->work)
        unpacked = ts_path_join(x->work, o->id);
    if (o->in_zip && x->work && !unpacked)
        return ts_fail_nomem(err);
    const char *path = unpacked ? unpacked : o->folder;
    ts_package_source p = {.id = o->id,
                           .name = *o->name ? o->name : NULL,
                           .version = o->version,
                           .paths = &path,
                           .n_paths = 1};
    return ts_import_package(x->in, &p, err);
}

static bool each_pass(export *x, bool (*pass)(export *, ts_zip *, ts_err **), ts_err **err)
{
    ts_zip *zip = ts_zip_open_file(x->zip, err);
    bool ok = zip && pass(x, zip, err);
    ts_zip_close(zip);
    return ok;
}

bool ts_import_export(ts_import *in, ts_err **err)
{
    export x = {.in = in, .zip = in->options->paths[0]};
    bool ok = add_references(&x, err) && each_pass(&x, read_objects, err) &&
              each_pass(&x, unpack, err) && look_beside(&x, err);
    for (size_t i = 0; ok && i < x.n; i++)
        ok = publish_object(&x, &x.objects[i], err);
    if (x.work)
        ts_folder_remove(x.work, NULL);
    free(x.work);
    free(x.objects);
    return ok;
}

bool ts_import_is_export(const char *path)
{
    char head[4];
    size_t got = 0;
    ts_file *file = ts_file_is_folder(path) ? NULL : ts_file_open(path, TS_FILE_READ, false, NULL);
    bool zip = file && ts_file_pread(file, head, sizeof head, 0, &got, NULL) &&
               got == sizeof head && ts_zip_is(head, got);
    ts_file_close(file);
    return zip;
}

/* --- The sequence alone --------------------------------------------------------------------- */

typedef struct copy {
    ts_zip_writer *to;
    bool content; /* there was some, which is left out */
} copy;

static bool keep_member(void *ctx, const char *path)
{
    copy *c = ctx;
    static const char *const ends[] = {".xml", ".zip", ".zip.old"};
    size_t len = strlen(path);
    if (content_path(path)) {
        c->content = true;
        return false;
    }
    for (size_t i = 0; i < TS_COUNT(ends); i++) {
        size_t end = strlen(ends[i]);
        if (len > end && ts_str_ieq(path + len - end, ends[i]))
            return true;
    }
    return false;
}

static bool copy_member(void *ctx, const char *path, const ts_buf *data, ts_err **err)
{
    const copy *c = ctx;
    return ts_zip_writer_add(c->to, path, ts_buf_text(data), data->len, err);
}

bool ts_export_sequences(const char *path, ts_buf *out, bool *content, ts_err **err)
{
    ts_zip *zip = ts_zip_open_file(path, err);
    copy c = {.to = zip ? ts_zip_writer_new(out, err) : NULL};
    bool ok = c.to && each_member(zip, out->max, keep_member, copy_member, &c, err) &&
              ts_zip_writer_end(c.to, err);
    ts_zip_writer_free(c.to);
    *content = c.content;
    ts_zip_close(zip);
    return ok;
}
