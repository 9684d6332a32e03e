/* publish.c - a package: walks the sources, packs small files, writes tree and manifest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"
#include "os.h"
#include "pack.h"
#include "repo.h"

#define DEPTH_MAX 128u /* nested folders */

/* A file of the package and where it lies now. */
typedef struct entry {
    ts_tree_file file;
    const char *from;
    const char *sha256; /* what it must have; NULL: anything */
} entry;

typedef struct publisher {
    const char *repo;
    const ts_package_source *package;
    ts_arena *arena;
    entry *entries;
    size_t n, room;
    ts_manifest manifest;
    size_t blob_room;
    ts_tree tree;
    uint8_t key[32];
    bool has_key;
    ts_pack_writer *pack;
    char *pack_file;
    size_t pack_first; /* entries of the open pack begin here */
    uint64_t pack_bytes;
    ts_publish_result result;
} publisher;

static bool grow(void **array, size_t *room, size_t n, size_t size, ts_err **err)
{
    if (n < *room)
        return true;
    size_t more = *room ? *room * 2 : 256;
    void *p = ts_realloc_array(*array, more, size);
    if (!p)
        return ts_fail_nomem(err);
    *array = p;
    *room = more;
    return true;
}

static bool add_entry(publisher *p, const char *path, const char *from, const ts_path_info *info,
                      ts_err **err)
{
    if (!ts_path_is_inside(path))
        return ts_fail(err, TS_REFUSED, "'%s': Windows cannot have a file of that name", from);
    if (ts_str_ieq(path, ".taskseq") || ts_str_ihas_prefix(path, ".taskseq/"))
        return ts_fail(err, TS_REFUSED, "'%s': the name '.taskseq' is kept for the engine", from);
    if (p->n == TS_TREE_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one package", TS_TREE_FILES_MAX);
    void *array = p->entries;
    if (!grow(&array, &p->room, p->n, sizeof *p->entries, err))
        return false;
    p->entries = array;
    entry *e = &p->entries[p->n++];
    *e = (entry){.file = {.path = ts_arena_strdup(p->arena, path),
                          .folder = info->kind == TS_PATH_FOLDER,
                          .size = info->size,
                          .modified = info->modified / 1000 * 1000,
                          .executable = info->executable && info->kind == TS_PATH_FILE},
                 .from = ts_arena_strdup(p->arena, from)};
    return (e->file.path && e->from) || ts_fail_nomem(err);
}

static bool walk(publisher *p, const char *from, const char *below, unsigned depth, ts_err **err);

static bool walk_one(publisher *p, const char *from, const char *path, unsigned depth, ts_err **err)
{
    ts_path_info info;
    if (!ts_path_look(from, &info, err))
        return false;
    switch (info.kind) {
    case TS_PATH_FILE:
        return add_entry(p, path, from, &info, err);
    case TS_PATH_FOLDER:
        return walk(p, from, path, depth + 1, err);
    case TS_PATH_LINK:
        return ts_fail(err, TS_REFUSED, "'%s' is a link; a package holds files and folders only",
                       from);
    case TS_PATH_OTHER:
        break;
    }
    return ts_fail(err, TS_REFUSED, "'%s' is neither file nor folder", from);
}

static bool walk(publisher *p, const char *from, const char *below, unsigned depth, ts_err **err)
{
    if (depth > DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' lies more than %u folders deep", from, DEPTH_MAX);
    char **names = NULL;
    if (!ts_folder_list(from, &names, err))
        return false;
    bool ok = true;
    if (!names[0] && *below) {
        ts_path_info folder = {.kind = TS_PATH_FOLDER};
        ok = add_entry(p, below, from, &folder, err);
    }
    for (size_t i = 0; ok && names[i]; i++) {
        TS_CLEANUP(ts_free_ptr) char *child = ts_path_join(from, names[i]);
        TS_CLEANUP(ts_free_ptr)
        char *path = *below ? ts_path_join(below, names[i]) : ts_strdup(names[i]);
        ok = child && path ? walk_one(p, child, path, depth, err) : ts_fail_nomem(err);
    }
    free(names);
    return ok;
}

static bool add_blob(publisher *p, const ts_blob *blob, bool is_new, ts_err **err)
{
    void *array = p->manifest.blobs;
    if (!grow(&array, &p->blob_room, p->manifest.n_blobs, sizeof *blob, err))
        return false;
    p->manifest.blobs = array;
    p->manifest.blobs[p->manifest.n_blobs++] = *blob;
    p->result.blobs++;
    p->result.new_blobs += is_new;
    p->result.new_bytes += is_new ? blob->size : 0;
    return true;
}

static bool put_file(publisher *p, const char *from, const char *name, ts_blob_role role,
                     ts_blob *out, ts_err **err)
{
    bool is_new = false;
    *out = (ts_blob){.name = ts_arena_strdup(p->arena, name), .role = role};
    if (!out->name)
        return ts_fail_nomem(err);
    return ts_repo_put_file(p->repo, from, p->has_key ? p->key : NULL, p->arena, out, &is_new,
                            err) &&
           add_blob(p, out, is_new, err);
}

/* An empty file has no bytes to fetch: it travels in a pack even when packs are not wanted. */
static bool goes_into_pack(const publisher *p, const ts_tree_file *f)
{
    return f->size == 0 || (f->size < TS_SMALL_FILE_BYTES && !p->package->loose);
}

static bool close_pack(publisher *p, size_t end, ts_err **err)
{
    if (!p->pack)
        return true;
    char name[64];
    size_t number = 1;
    for (size_t i = 0; i < p->manifest.n_blobs; i++)
        number += p->manifest.blobs[i].role == TS_BLOB_PACK;
    snprintf(name, sizeof name, ".taskseq/pack-%04zu.tar.zst", number);
    ts_blob blob;
    bool ok = ts_pack_finish(p->pack, err);
    ts_pack_writer_free(p->pack);
    p->pack = NULL;
    ok = ok && put_file(p, p->pack_file, name, TS_BLOB_PACK, &blob, err);
    ts_file_remove(p->pack_file, NULL);
    for (size_t i = p->pack_first; ok && i < end; i++) {
        ts_tree_file *f = &p->entries[i].file;
        if (!f->folder && goes_into_pack(p, f))
            f->pack = blob.name;
    }
    return ok;
}

static bool is_right(const entry *e, ts_err **err)
{
    return !e->sha256 || strcmp(e->sha256, e->file.sha256) == 0 ||
           ts_fail(err, TS_INTEGRITY,
                   "'%s' is damaged: '%s' does not have the SHA-256 that it must", e->file.path,
                   e->from);
}

/* A small file goes into the open pack; its size is that of the bytes that were read. */
static bool pack_file(publisher *p, size_t i, ts_err **err)
{
    ts_tree_file *f = &p->entries[i].file;
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    if (!ts_file_read(p->entries[i].from, TS_SMALL_FILE_BYTES, &data, &size, err))
        return false;
    f->size = size;
    if (!ts_sha256_text(data, size, f->sha256, err) || !is_right(&p->entries[i], err))
        return false;
    if (size >= TS_SMALL_FILE_BYTES)
        return ts_fail(err, TS_STATE, "'%s' changed while it was read", p->entries[i].from);
    size_t room = size + TS_PACK_ENTRY;
    if (p->pack && p->pack_bytes + room > TS_PACK_BYTES && !close_pack(p, i, err))
        return false;
    if (!p->pack) {
        p->pack = ts_pack_create(p->pack_file, err);
        p->pack_first = i;
        p->pack_bytes = 0;
    }
    p->pack_bytes += room;
    return p->pack && ts_pack_add(p->pack, f->path, f->modified, f->executable, data, size, err);
}

static bool store_files(publisher *p, ts_err **err)
{
    for (size_t i = 0; i < p->n; i++) {
        ts_tree_file *f = &p->entries[i].file;
        if (f->folder)
            continue;
        p->result.files++;
        if (goes_into_pack(p, f)) {
            if (!pack_file(p, i, err))
                return false;
        } else {
            ts_blob blob;
            if (!put_file(p, p->entries[i].from, f->path, TS_BLOB_FILE, &blob, err))
                return false;
            f->size = blob.encrypted ? blob.plain_size : blob.size;
            memcpy(f->sha256, blob.encrypted ? blob.plain : blob.sha256, 65);
            if (!is_right(&p->entries[i], err))
                return false;
        }
        p->result.bytes += f->size;
    }
    return close_pack(p, p->n, err);
}

/* One that does not lie under its name. */
static bool collect_file(publisher *p, const ts_package_file *f, ts_err **err)
{
    ts_path_info info = {.kind = TS_PATH_FOLDER};
    size_t len = strlen(f->path);
    bool folder = len > 0 && f->path[len - 1] == '/';
    TS_CLEANUP(ts_free_ptr) char *path = ts_strndup(f->path, folder ? len - 1 : len);
    if (!path)
        return ts_fail_nomem(err);
    if (!folder && !ts_path_look(f->from, &info, err))
        return false;
    if (!folder && info.kind != TS_PATH_FILE)
        return ts_fail(err, TS_REFUSED, "'%s' is no file", f->from);
    if (f->modified)
        info.modified = f->modified;
    if (!add_entry(p, path, folder ? path : f->from, &info, err))
        return false;
    entry *e = &p->entries[p->n - 1];
    e->sha256 = f->sha256;
    return true;
}

static bool collect(publisher *p, ts_err **err)
{
    for (size_t i = 0; i < p->package->n_files; i++) {
        if (!collect_file(p, &p->package->files[i], err))
            return false;
    }
    for (size_t i = 0; i < p->package->n_paths; i++) {
        const char *from = p->package->paths[i];
        TS_CLEANUP(ts_free_ptr) char *full = ts_path_absolute(from, err);
        if (!full)
            return false;
        if (!ts_file_exists(full))
            return ts_fail(err, TS_NOT_FOUND, "source '%s' does not exist", from);
        bool ok = ts_file_is_folder(full) ? walk(p, full, "", 0, err)
                                          : walk_one(p, full, ts_path_base(full), 0, err);
        if (!ok)
            return false;
    }
    if (p->n == 0)
        return ts_fail(err, TS_USAGE, "the sources hold no file");
    /* Sorted before packing, so that the same files make the same packs. */
    p->tree = (ts_tree){.arena = p->arena, .n_files = p->n};
    p->tree.files = ts_arena_alloc(p->arena, p->n * sizeof *p->tree.files);
    return p->tree.files != NULL || ts_fail_nomem(err);
}

static int by_path(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = ts_str_casecmp(x->file.path, y->file.path);
    return order ? order : strcmp(x->file.path, y->file.path);
}

static bool sort_tree(publisher *p, ts_err **err)
{
    qsort(p->entries, p->n, sizeof *p->entries, by_path);
    for (size_t i = 0; i < p->n; i++)
        p->tree.files[i] = p->entries[i].file;
    return ts_tree_sort(&p->tree, err);
}

/* The tree goes first in the manifest: a reader wants it before all else. */
static bool store_tree(publisher *p, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s.tree", p->pack_file);
    ts_buf text;
    ts_buf_init(&text, 4u * TS_MANIFEST_BYTES_MAX);
    for (size_t i = 0; i < p->n; i++)
        p->tree.files[i] = p->entries[i].file;
    ts_blob blob;
    bool ok = (path || ts_fail_nomem(err)) && ts_tree_write(&p->tree, &text, err) &&
              ts_buf_ok(&text, "the file list", err) &&
              ts_file_write_atomic(path, text.data, text.len, err) &&
              put_file(p, path, TS_TREE_NAME, TS_BLOB_TREE, &blob, err);
    ts_buf_done(&text);
    if (path)
        ts_file_remove(path, NULL);
    if (ok) {
        ts_blob *b = p->manifest.blobs;
        memmove(b + 1, b, (p->manifest.n_blobs - 1) * sizeof *b);
        b[0] = blob;
    }
    return ok;
}

/* The same content under the same key makes the same blobs, so versions share a package's key. */
static bool choose_key(publisher *p, const ts_catalog *draft, ts_err **err)
{
    p->has_key = p->package->encrypt;
    if (!p->has_key)
        return true;
    for (const ts_catalog_package *old = draft->packages; old; old = old->next) {
        if (ts_str_ieq(old->id, p->package->id) && *old->key)
            return ts_unhex(old->key, p->key, 32) || ts_fail(err, TS_STATE, "bad key in the draft");
    }
    return ts_random_key(p->key, 32, err);
}

/* The manifest as this version of the package; *out has the bound. */
static bool write_manifest(publisher *p, uint64_t version, ts_buf *out, char digest[65],
                           ts_err **err)
{
    p->manifest.id = p->package->id;
    p->manifest.version = version;
    ts_buf_clear(out);
    return ts_manifest_write(&p->manifest, out, err) && ts_buf_ok(out, "the manifest", err) &&
           ts_sha256_text(out->data, out->len, digest, err);
}

/* Which version this content is: the one that was asked for; without one the newest when it has the
 * same manifest, else the next. */
static bool choose_version(publisher *p, const ts_catalog *draft, ts_buf *text,
                           ts_catalog_package *item, ts_err **err)
{
    uint64_t wanted = p->package->version;
    const ts_catalog_package *old = ts_catalog_package_find(draft, item->id, wanted);
    item->version = wanted ? wanted : old ? old->version : 1;
    if (!write_manifest(p, item->version, text, item->manifest, err))
        return false;
    p->result.unchanged = old && strcmp(old->manifest, item->manifest) == 0;
    if (!old || p->result.unchanged)
        return true;
    if (!wanted)
        return write_manifest(p, ++item->version, text, item->manifest, err);
    return ts_fail(err, TS_REFUSED,
                   "version %" PRIu64 " of package '%s' is published with other "
                   "content; give this content a new version",
                   wanted, item->id);
}

static bool store_manifest(publisher *p, ts_catalog *draft, ts_err **err)
{
    const ts_package_source *package = p->package;
    ts_catalog_package item = {
        .id = package->id, .name = package->name ? package->name : "", .bytes = p->result.bytes};
    ts_buf text;
    ts_buf_init(&text, TS_MANIFEST_BYTES_MAX);
    bool is_new = false;
    bool ok = choose_version(p, draft, &text, &item, err) &&
              ts_repo_put(p->repo, text.data, text.len, item.manifest, &is_new, err);
    item.size = text.len;
    p->result.version = item.version;
    if (p->has_key)
        ts_hex(p->key, 32, item.key);
    if (ok && !p->result.unchanged) {
        TS_CLEANUP(ts_free_ptr)
        char *copy = ts_sprintf("%s/packages/%s-%" PRIu64 ".meta4", p->repo, item.id, item.version);
        ok = (copy || ts_fail_nomem(err)) && ts_file_write_atomic(copy, text.data, text.len, err) &&
             ts_catalog_package_add(draft, &item, err) && ts_repo_save_draft(p->repo, draft, err);
    }
    ts_buf_done(&text);
    return ok;
}

/* The blobs of a package that has the same content, under this package's id. */
static bool take_same(publisher *p, const ts_catalog *draft, bool *taken, ts_err **err)
{
    const char *id = p->package->same_as;
    const ts_catalog_package *other = id ? ts_catalog_package_find(draft, id, 0) : NULL;
    *taken = other && !*other->key && !p->package->encrypt; /* a key belongs to one package */
    if (!*taken)
        return true;
    ts_manifest *m = ts_repo_manifest(p->repo, other, err);
    bool ok = m != NULL;
    for (size_t i = 0; ok && i < m->n_blobs; i++) {
        ts_blob b = m->blobs[i];
        b.name = ts_arena_strdup(p->arena, b.name);
        b.hashes = ts_arena_alloc(p->arena, b.n_pieces * 32 + 1);
        ok = b.name && b.hashes ? true : ts_fail_nomem(err);
        if (ok && b.n_pieces)
            memcpy(b.hashes, m->blobs[i].hashes, b.n_pieces * 32);
        ok = ok && add_blob(p, &b, false, err);
    }
    p->result.bytes = other->bytes;
    ts_manifest_free(m);
    return ok;
}

static bool run(publisher *p, ts_catalog *draft, ts_err **err)
{
    bool taken = false;
    if (!take_same(p, draft, &taken, err))
        return false;
    if (taken)
        return store_manifest(p, draft, err);
    uint64_t random = 0;
    if (!ts_random(&random, sizeof random, err))
        return false;
    p->pack_file = ts_sprintf("%s/blobs/.part-%016llx", p->repo, (unsigned long long)random);
    if (!p->pack_file)
        return ts_fail_nomem(err);
    return choose_key(p, draft, err) && collect(p, err) && sort_tree(p, err) &&
           store_files(p, err) && store_tree(p, err) && store_manifest(p, draft, err);
}

bool ts_repo_add_to_draft(const char *repo, ts_catalog *draft, const ts_package_source *package,
                          ts_publish_result *out, ts_err **err)
{
    if (!ts_package_id_check(package->id, err))
        return false;
    if (ts_publish_wants_images(package))
        return ts_publish_images(repo, draft, package, out, err);
    publisher p = {.repo = repo, .package = package, .arena = ts_arena_new()};
    bool ok = p.arena ? run(&p, draft, err) : ts_fail_nomem(err);
    if (ok && out)
        *out = p.result;
    ts_pack_writer_free(p.pack);
    if (!ok && p.pack_file)
        ts_file_remove(p.pack_file, NULL);
    ts_wipe(p.key, sizeof p.key);
    free(p.pack_file);
    free(p.entries);
    free(p.manifest.blobs);
    ts_arena_free(p.arena);
    return ok;
}

bool ts_repo_add_package(const char *repo, const ts_package_source *package, ts_publish_result *out,
                         ts_err **err)
{
    if (!ts_package_id_check(package->id, err) || !ts_repo_prepare(repo, err))
        return false;
    ts_publish_result result;
    ts_catalog *draft = ts_repo_draft(repo, err);
    bool ok = draft && ts_repo_add_to_draft(repo, draft, package, &result, err) &&
              (result.unchanged || ts_repo_index(repo, draft, err));
    if (ok && out)
        *out = result;
    ts_catalog_free(draft);
    return ok;
}
