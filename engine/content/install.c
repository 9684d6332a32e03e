/* install.c - blobs become the files of a package: those that are right already stay, big ones are
 * moved or linked, packs are cut apart. Each file's SHA-256 is checked as it is written. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "crypto.h"
#include "os.h"
#include "pack.h"

typedef struct installer {
    ts_content *c;
    const ts_manifest *manifest;
    const ts_tree *tree;
    const uint8_t *key;
    const char *folder;
    char *work;
    bool *missing; /* of each file of the tree */
    bool *written; /* of each file, by a pack */
    ts_want *wants;
    size_t n_wants;
    char *parent; /* the folder that was made last */
} installer;

static char *target(const installer *in, const ts_tree_file *f)
{
    return ts_path_join(in->folder, f->path);
}

/* Neighbours share their folder: it is made once. */
static bool make_parent(installer *in, const char *path, ts_err **err)
{
    char *dir = ts_path_dir(path);
    if (!dir)
        return ts_fail_nomem(err);
    bool known = in->parent && strcmp(in->parent, dir) == 0;
    free(in->parent);
    in->parent = dir;
    return known || ts_folder_make_shared(dir, err);
}

/* A link or other thing in the way of a file would lead elsewhere: it is removed. */
static bool clear_way(const char *path, ts_err **err)
{
    ts_path_info info;
    if (!ts_path_look(path, &info, NULL))
        return true;
    return info.kind == TS_PATH_FOLDER
               ? ts_fail(err, TS_STATE, "'%s' is a folder, and the package has a file there", path)
               : ts_file_remove(path, err);
}

/* Parents inside the folder must be real folders, not links that lead out of it. */
static bool check_parents(const installer *in, const ts_tree_file *f, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = target(in, f);
    if (!path)
        return ts_fail_nomem(err);
    size_t root = strlen(in->folder);
    for (char *p = path + root + 1; *p; p++) {
        ts_path_info info;
        if (*p != '/')
            continue;
        *p = '\0';
        bool there = ts_path_look(path, &info, NULL);
        if (there && info.kind != TS_PATH_FOLDER)
            return ts_fail(err, TS_REFUSED, "'%s' is no folder", path);
        *p = '/';
    }
    return true;
}

static bool find_missing(installer *in, ts_err **err)
{
    for (size_t i = 0; i < in->tree->n_files; i++) {
        const ts_tree_file *f = &in->tree->files[i];
        TS_CLEANUP(ts_free_ptr) char *path = target(in, f);
        if (!path)
            return ts_fail_nomem(err);
        if (!check_parents(in, f, err))
            return false;
        if (f->folder) {
            if (!ts_folder_make_shared(path, err))
                return false;
        } else {
            in->missing[i] = !ts_file_matches(path, f->size, f->sha256);
        }
    }
    return true;
}

static const ts_blob *blob_of(const installer *in, const ts_tree_file *f, ts_err **err)
{
    const ts_blob *b = ts_manifest_find(in->manifest, f->pack ? f->pack : f->path);
    if (!b) {
        ts_fail(err, TS_SCHEMA, "the manifest lacks '%s'", f->pack ? f->pack : f->path);
        return NULL;
    }
    bool right = b->role == (f->pack ? TS_BLOB_PACK : TS_BLOB_FILE) &&
                 (f->pack || strcmp(b->encrypted ? b->plain : b->sha256, f->sha256) == 0);
    if (right)
        return b;
    ts_fail(err, TS_SCHEMA, "manifest and file list disagree about '%s'", f->path);
    return NULL;
}

static bool collect(installer *in, ts_err **err)
{
    const ts_blob *last = NULL;
    for (size_t i = 0; i < in->tree->n_files; i++) {
        const ts_tree_file *f = &in->tree->files[i];
        if (!in->missing[i])
            continue;
        /* Files of a pack are neighbours in the sorted list, mostly; the search is not repeated. */
        const ts_blob *b = f->pack && last && strcmp(last->name, f->pack) == 0
                               ? last
                               : blob_of(in, f, err);
        if (!b)
            return false;
        bool known = b == last;
        for (size_t k = 0; !known && f->pack && k < in->n_wants; k++)
            known = in->wants[k].blob == b;
        if (!known)
            in->wants[in->n_wants++].blob = b;
        last = b;
    }
    return true;
}

static bool finish_file(const ts_tree_file *f, const char *path, ts_err **err)
{
    if (f->executable && !ts_file_set_executable(path, err))
        return false;
    return ts_file_set_modified(path, f->modified, err);
}

/* A big file: moved out of the work folder, or linked or copied out of the cache. */
static bool install_blob(installer *in, const ts_blob *b, const ts_tree_file *f, bool last,
                         ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_store_path(in->work, b->sha256);
    TS_CLEANUP(ts_free_ptr) char *to = target(in, f);
    if (!from || !to)
        return ts_fail_nomem(err);
    if (!make_parent(in, to, err) || !clear_way(to, err))
        return false;
    bool ok = false;
    if (b->encrypted)
        ok = ts_blob_decrypt(b, in->key, from, to, err);
    else if (last && !in->c->cache)
        ok = b->size < TS_SYNC_BYTES ? ts_file_move(from, to, err) : ts_file_rename(from, to, err);
    else
        ok = ts_file_link(from, to, NULL) ||
             ts_file_copy_checked(from, to, b->size, b->sha256, err);
    return ok && finish_file(f, to, err);
}

static bool write_entry(installer *in, ts_pack *pack, const ts_tree_file *f, uint8_t *chunk,
                        ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = target(in, f);
    if (!to)
        return ts_fail_nomem(err);
    if (!make_parent(in, to, err) || !clear_way(to, err))
        return false;
    ts_file *out = ts_file_open(to, TS_FILE_CREATE, false, err);
    ts_hash *hash = out ? ts_hash_new(err) : NULL;
    uint64_t size = 0;
    size_t got = 1;
    bool ok = hash != NULL;
    while (ok && got > 0) {
        ok = ts_pack_read(pack, chunk, TS_STEP_BYTES, &got, err);
        size += ok ? got : 0;
        if (ok && size > f->size)
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is longer in its pack than listed", f->path);
        ok = ok && ts_hash_add(hash, chunk, got, err) && ts_file_append(out, chunk, got, err);
    }
    uint8_t digest[32];
    char hex[65] = "";
    if (ok && (ok = ts_hash_final(hash, digest, err)))
        ts_hex(digest, 32, hex);
    ts_hash_free(hash);
    ts_file_close(out);
    if (ok && (size != f->size || strcmp(hex, f->sha256) != 0))
        ok = ts_fail(err, TS_INTEGRITY, "'%s' in its pack does not match its hash", f->path);
    if (!ok)
        ts_file_remove(to, NULL);
    return ok && finish_file(f, to, err);
}

/* Only what the list has in this pack is written, and once. */
static bool cut_pack(installer *in, const ts_blob *b, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *chunk = ts_alloc(TS_STEP_BYTES);
    if (!chunk)
        return ts_fail_nomem(err);
    ts_pack *pack = ts_pack_open(file, err);
    bool more = true, ok = pack != NULL;
    while (ok) {
        ts_pack_entry e;
        ok = ts_pack_next(pack, &e, &more, err);
        if (!ok || !more)
            break;
        ts_tree_file *f = ts_tree_find(in->tree, e.name);
        size_t i = f ? (size_t)(f - in->tree->files) : 0;
        if (!f || f->folder || !f->pack || strcmp(f->pack, b->name) != 0)
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is in the pack and not in the file list", e.name);
        else if (in->written[i])
            ok = ts_fail(err, TS_INTEGRITY, "'%s' is in the pack twice", e.name);
        else if (in->missing[i])
            ok = write_entry(in, pack, f, chunk, err);
        if (ok)
            in->written[i] = true;
    }
    ts_pack_close(pack);
    return ok || ts_wrap(err, "pack '%s'", b->name);
}

static bool install_pack(installer *in, const ts_blob *b, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_store_path(in->work, b->sha256);
    TS_CLEANUP(ts_free_ptr) char *clear = NULL;
    if (!from)
        return ts_fail_nomem(err);
    if (!b->encrypted)
        return cut_pack(in, b, from, err);
    clear = ts_sprintf("%s/parts/%s.clear", in->work, b->sha256);
    if (!clear)
        return ts_fail_nomem(err);
    bool ok = ts_blob_decrypt(b, in->key, from, clear, err) && cut_pack(in, b, clear, err);
    ts_file_remove(clear, NULL);
    return ok;
}

static bool is_last_use(const installer *in, size_t i)
{
    for (size_t k = i + 1; k < in->tree->n_files; k++) {
        const ts_tree_file *f = &in->tree->files[k];
        if (in->missing[k] && !f->pack && strcmp(f->sha256, in->tree->files[i].sha256) == 0)
            return false;
    }
    return true;
}

static bool install_all(installer *in, ts_err **err)
{
    for (size_t i = 0; i < in->n_wants; i++) {
        if (in->wants[i].blob->role == TS_BLOB_PACK && !install_pack(in, in->wants[i].blob, err))
            return false;
    }
    for (size_t i = 0; i < in->tree->n_files; i++) {
        const ts_tree_file *f = &in->tree->files[i];
        if (!in->missing[i])
            continue;
        if (f->pack) {
            if (!in->written[i])
                return ts_fail(err, TS_INTEGRITY, "'%s' is not in its pack", f->path);
            continue;
        }
        const ts_blob *b = blob_of(in, f, err);
        if (!b || !install_blob(in, b, f, is_last_use(in, i), err))
            return false;
    }
    return true;
}

static bool run(installer *in, ts_err **err)
{
    if (!in->work || !in->missing || !in->written || !in->wants)
        return ts_fail_nomem(err);
    if (!ts_folder_make_shared(in->folder, err) || !find_missing(in, err) || !collect(in, err))
        return false;
    if (in->n_wants == 0)
        return true;
    return ts_content_get_blobs(in->c, *in->manifest->id ? in->manifest->id : "manifest", in->work,
                                in->wants, in->n_wants, NULL, err) &&
           install_all(in, err);
}

bool ts_content_install(ts_content *c, const ts_manifest *manifest, const ts_tree *tree,
                        const uint8_t *key, const char *folder, ts_err **err)
{
    installer in = {.c = c, .manifest = manifest, .tree = tree, .key = key, .folder = folder};
    in.work = c->cache ? ts_strdup(c->cache) : ts_path_join(folder, ".taskseq");
    in.missing = ts_alloc_array(tree->n_files, sizeof *in.missing);
    in.written = ts_alloc_array(tree->n_files, sizeof *in.written);
    in.wants = ts_alloc_array(tree->n_files, sizeof *in.wants);
    bool ok = run(&in, err);
    if (ok && !c->cache) /* a fetch that broke off goes on from what is here */
        ok = ts_folder_remove(in.work, err);
    free(in.work);
    free(in.parent);
    free(in.missing);
    free(in.written);
    free(in.wants);
    return ok;
}
