/* install.c - blobs become the files of a package: those that are right already stay, big ones are
 * moved or linked, packs are cut apart. Each file's SHA-256 is checked as it is written. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "installer.h"

#include "cache.h"
#include "os.h"

#define TRIES_BESIDE 2u /* requests for the file list while blobs come */

static char *target(const ts_installer *in, const ts_tree_file *f)
{
    return ts_path_join(in->folder, f->path);
}

/* Neighbours share their folder: it is made once. */
static bool make_parent(ts_installer *in, const char *path, ts_err **err)
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

char *ts_install_place(ts_installer *in, const ts_tree_file *f, ts_err **err)
{
    char *to = target(in, f);
    if (!to)
        ts_fail_nomem(err);
    else if (make_parent(in, to, err) && clear_way(to, err))
        return to;
    free(to);
    return NULL;
}

/* Parents inside the folder must be real folders, not links that lead out of it. */
static bool check_parents(const ts_installer *in, const ts_tree_file *f, ts_err **err)
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

static bool find_missing(ts_installer *in, ts_err **err)
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

/* --- Which blobs ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const ts_blob *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int name_to_blob(const void *name, const void *b)
{
    const ts_blob *const *y = b;
    return strcmp(name, (*y)->name);
}

static const ts_blob *blob_of(const ts_blob **sorted, size_t n, const ts_tree_file *f, ts_err **err)
{
    const char *name = f->pack ? f->pack : f->path;
    const ts_blob *const *found = bsearch(name, sorted, n, sizeof(ts_blob *), name_to_blob);
    if (!found) {
        ts_fail(err, TS_SCHEMA, "the manifest lacks '%s'", name);
        return NULL;
    }
    const ts_blob *b = *found;
    bool right = b->role == (f->pack ? TS_BLOB_PACK : TS_BLOB_FILE) &&
                 (f->pack || strcmp(b->encrypted ? b->plain : b->sha256, f->sha256) == 0);
    if (right)
        return b;
    ts_fail(err, TS_SCHEMA, "manifest and file list disagree about '%s'", f->path);
    return NULL;
}

static int by_digest(const void *a, const void *b)
{
    const ts_file_ref *x = a, *y = b;
    int order = strcmp(x->sha256, y->sha256);
    return order ? order : (x->file > y->file) - (x->file < y->file);
}

size_t ts_install_refs(const ts_installer *in, const char *sha256)
{
    size_t low = 0, high = in->n_refs;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(in->refs[mid].sha256, sha256) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < in->n_refs && strcmp(in->refs[low].sha256, sha256) == 0 ? low : in->n_refs;
}

static bool collect_with(ts_installer *in, const ts_blob **sorted, bool *wanted, ts_err **err)
{
    const ts_manifest *m = in->manifest;
    for (size_t i = 0; i < m->n_blobs; i++)
        sorted[i] = &m->blobs[i];
    qsort(sorted, m->n_blobs, sizeof(ts_blob *), by_name);
    for (size_t i = 0; i < in->tree->n_files; i++) {
        const ts_tree_file *f = &in->tree->files[i];
        if (!in->missing[i])
            continue;
        const ts_blob *b = in->blobs[i] = blob_of(sorted, m->n_blobs, f, err);
        if (!b)
            return false;
        if (!f->pack) /* by the digest of what travels */
            in->refs[in->n_refs++] = (ts_file_ref){.sha256 = b->sha256, .file = i};
        if (!in->all && !wanted[b - m->blobs])
            in->wants[in->n_wants++].blob = b;
        wanted[b - m->blobs] = true;
    }
    qsort(in->refs, in->n_refs, sizeof *in->refs, by_digest);
    return true;
}

static bool collect(ts_installer *in, ts_err **err)
{
    const ts_blob **sorted = ts_alloc_array(in->manifest->n_blobs + 1, sizeof(ts_blob *));
    bool *wanted = ts_alloc_array(in->manifest->n_blobs + 1, sizeof *wanted);
    bool ok = sorted && wanted ? collect_with(in, sorted, wanted, err) : ts_fail_nomem(err);
    free(sorted);
    free(wanted);
    return ok;
}

bool ts_install_finish(const ts_tree_file *f, const char *path, ts_err **err)
{
    if (f->executable && !ts_file_set_executable(path, err))
        return false;
    return ts_file_set_modified(path, f->modified, err);
}

/* --- Installing ----------------------------------------------------------------------------- */

/* A big file: moved out of the work folder, or linked or copied out of the cache. */
static bool install_blob(ts_installer *in, const ts_blob *b, const ts_tree_file *f, bool last,
                         ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_store_path(in->work, b->sha256);
    TS_CLEANUP(ts_free_ptr) char *to = from ? ts_install_place(in, f, err) : NULL;
    if (!to)
        return from ? false : ts_fail_nomem(err);
    bool ok = false;
    if (b->encrypted)
        ok = ts_blob_decrypt(b, in->key, from, to, err);
    else if (last && !in->c->cache)
        ok = b->size < TS_SYNC_BYTES ? ts_file_move(from, to, err) : ts_file_rename(from, to, err);
    else
        ok = ts_file_link(from, to, NULL) ||
             ts_file_copy_checked(from, to, b->size, b->sha256, err);
    return ok && ts_install_finish(f, to, err);
}

/* Files of blobs that are in the store, in the order of their digests. */
static bool install_blobs(ts_installer *in, ts_err **err)
{
    for (size_t k = 0; k < in->n_refs; k++) {
        const ts_file_ref *ref = &in->refs[k];
        bool last = k + 1 == in->n_refs || strcmp(ref->sha256, in->refs[k + 1].sha256) != 0;
        if (!in->written[ref->file] &&
            !install_blob(in, in->blobs[ref->file], &in->tree->files[ref->file], last, err))
            return false;
    }
    return true;
}

static bool take_small(void *ctx, ts_want *want, uint8_t *data, ts_err **err)
{
    want->given = true;
    return ts_fitter_small(ctx, want->blob, data, err);
}

static bool take_pack(void *ctx, ts_want *want, ts_err **err)
{
    want->given = true;
    return ts_fitter_pack(ctx, want->blob, err);
}

static bool has_room(void *ctx)
{
    return ts_fitter_has_room(ctx);
}

/* What the tree says, and which blobs are wanted for it. */
static bool take_tree(ts_installer *in, ts_err **err)
{
    if (!in->tree)
        in->tree = in->own_tree = ts_content_tree(in->c, in->manifest, in->key, err);
    if (!in->tree)
        return false;
    size_t n = in->tree->n_files + 1;
    in->missing = ts_alloc_array(n, sizeof *in->missing);
    in->written = ts_alloc_array(n, sizeof *in->written);
    in->blobs = ts_alloc_array(n, sizeof(ts_blob *));
    in->refs = ts_alloc_array(n, sizeof *in->refs);
    if (!in->missing || !in->written || !in->blobs || !in->refs)
        return ts_fail_nomem(err);
    return find_missing(in, err) && collect(in, err);
}

static bool begin(ts_installer *in, ts_err **err)
{
    return take_tree(in, err) && ts_fitter_start(in, err);
}

/* The transfer goes on meanwhile. A server that answers one request at a time refuses this one as
 * long as another is under way: then the file list has time until the blobs are here. */
static bool begun(void *ctx, ts_err **err)
{
    ts_installer *in = ctx;
    ts_err *why = NULL;
    in->c->tries = TRIES_BESIDE;
    bool ok = begin(in, &why);
    in->c->tries = 0;
    bool later = !ok && !in->tree && (ts_err_code(why) == TS_NET || ts_err_code(why) == TS_TIMEOUT);
    if (!later)
        return ok || ts_fail_take(err, why);
    ts_content_say(in->c, TS_LEVEL_VERBOSE, "the file list comes last: %s", ts_err_text(why));
    ts_err_clear(&why);
    return true;
}

/* Gets all blobs; the fitter writes what can be written meanwhile. With a cache small files go
 * there first, like all others. */
static bool get_blobs(ts_installer *in, ts_err **err)
{
    ts_watch watch = {.stored = take_pack,
                      .small = in->c->cache ? NULL : take_small,
                      .has_room = has_room,
                      .begun = in->tree ? NULL : begun,
                      .ctx = in};
    bool ok = (!in->tree || ts_fitter_start(in, err)) &&
              ts_content_get_blobs(in->c, *in->manifest->id ? in->manifest->id : "manifest",
                                   in->work, in->wants, in->n_wants, &watch, err) &&
              (in->tree || begin(in, err));
    for (size_t i = 0; ok && i < in->n_wants; i++) { /* those that were there already */
        if (in->wants[i].blob->role == TS_BLOB_PACK && !in->wants[i].given)
            ok = ts_fitter_pack(in, in->wants[i].blob, err);
    }
    return ok;
}

static bool get_and_fit(ts_installer *in, ts_err **err)
{
    if (!ts_fitter_open(in, err))
        return false;
    bool ok = get_blobs(in, err);
    return ts_fitter_end(in, ok ? err : NULL) && ok;
}

static bool install_all(ts_installer *in, ts_err **err)
{
    if (!get_and_fit(in, err))
        return false;
    for (size_t i = 0; i < in->tree->n_files; i++) {
        const ts_tree_file *f = &in->tree->files[i];
        if (in->missing[i] && f->pack && !in->written[i])
            return ts_fail(err, TS_INTEGRITY, "'%s' is not in its pack", f->path);
    }
    return install_blobs(in, err);
}

/* Room for what is wanted, before the first byte; and behind it, that it was used. The file list
 * of a new folder is still to come, and notes its use itself. */
static bool use_cache(const ts_installer *in, bool used, ts_err **err)
{
    const ts_content *c = in->c;
    if (!c->cache)
        return true;
    size_t n = in->n_wants;
    TS_CLEANUP(ts_free_ptr) const ts_blob **blobs = ts_alloc_array(n + 1, sizeof(ts_blob *));
    TS_CLEANUP(ts_free_ptr) const char **digests = ts_alloc_array(n, sizeof *digests);
    if (!blobs || !digests)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        blobs[i] = in->wants[i].blob;
        digests[i] = blobs[i]->sha256;
    }
    if (used) {
        ts_content_note_use(c, digests, n);
        return true;
    }
    if (in->all)
        blobs[n++] = ts_manifest_tree(in->manifest);
    return ts_cache_make_room(c->cache, c->cache_max, *in->manifest->id ? in->manifest->id : "it",
                              blobs, n, err);
}

/* Into a new folder all goes that the manifest names, so that nothing waits for the file list. */
static bool want_all(ts_installer *in, ts_err **err)
{
    const ts_manifest *m = in->manifest;
    if (!ts_manifest_tree(m))
        return ts_fail(err, TS_SCHEMA, "the manifest of package '%s' names no file list", m->id);
    in->all = true;
    for (size_t i = 0; i < m->n_blobs; i++) {
        if (m->blobs[i].role != TS_BLOB_TREE)
            in->wants[in->n_wants++].blob = &m->blobs[i];
    }
    return in->n_wants > 0 || take_tree(in, err); /* empty folders at most */
}

static bool run(ts_installer *in, ts_err **err)
{
    if (!in->work || !in->wants)
        return ts_fail_nomem(err);
    bool fresh = !in->tree && !ts_path_look(in->folder, &(ts_path_info){0}, NULL);
    if (!ts_folder_make_shared(in->folder, err) ||
        !(fresh ? want_all(in, err) : take_tree(in, err)))
        return false;
    return in->n_wants == 0 ||
           (use_cache(in, false, err) && install_all(in, err) && use_cache(in, true, err));
}

bool ts_content_install(ts_content *c, const ts_manifest *manifest, const ts_tree *tree,
                        const uint8_t *key, const char *folder, ts_err **err)
{
    ts_installer in = {.c = c, .manifest = manifest, .tree = tree, .key = key, .folder = folder};
    in.work = c->cache ? ts_strdup(c->cache) : ts_path_join(folder, ".taskseq");
    in.wants = ts_alloc_array(manifest->n_blobs + 1, sizeof *in.wants);
    bool ok = run(&in, err);
    if (ok && !c->cache) /* a fetch that broke off goes on from what is here */
        ok = ts_folder_remove(in.work, err);
    ts_tree_free(in.own_tree);
    free(in.work);
    free(in.parent);
    free(in.missing);
    free(in.written);
    free(in.blobs);
    free(in.wants);
    free(in.refs);
    return ok;
}
