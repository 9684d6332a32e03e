/* tree.c - the files that come of a package. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "xml.h"

void ts_tree_free(ts_tree *tree)
{
    if (tree) {
        ts_arena_free(tree->arena);
        free(tree);
    }
}

static int by_path(const void *a, const void *b)
{
    const ts_tree_file *x = a, *y = b;
    int order = ts_str_casecmp(x->path, y->path);
    return order ? order : strcmp(x->path, y->path);
}

ts_tree_file *ts_tree_find(const ts_tree *tree, const char *path)
{
    size_t low = 0, high = tree->n_files;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = ts_str_casecmp(path, tree->files[mid].path);
        if (order == 0)
            return &tree->files[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* A path whose parent is a file cannot be made. */
static bool parents_are_folders(const ts_tree *tree, const ts_tree_file *f, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *work = ts_strdup(f->path);
    if (!work)
        return ts_fail_nomem(err);
    for (char *slash = strrchr(work, '/'); slash; slash = strrchr(work, '/')) {
        *slash = '\0';
        const ts_tree_file *parent = ts_tree_find(tree, work);
        if (parent && !parent->folder)
            return ts_fail(err, TS_SCHEMA, "'%s' is a file, and '%s' lies in it", parent->path,
                           f->path);
    }
    return true;
}

bool ts_tree_sort(ts_tree *tree, ts_err **err)
{
    if (tree->n_files > 1)
        qsort(tree->files, tree->n_files, sizeof *tree->files, by_path);
    for (size_t i = 1; i < tree->n_files; i++) {
        if (ts_str_ieq(tree->files[i - 1].path, tree->files[i].path))
            return ts_fail(err, TS_SCHEMA, "'%s' and '%s' are the same file for Windows",
                           tree->files[i - 1].path, tree->files[i].path);
    }
    for (size_t i = 0; i < tree->n_files; i++) {
        if (!parents_are_folders(tree, &tree->files[i], err))
            return false;
    }
    return true;
}

static bool read_file(ts_tree *t, ts_xml *e, ts_tree_file *f, ts_err **err)
{
    const char *path = NULL, *sha256 = NULL, *pack = NULL;
    int64_t size = 0;
    f->folder = strcmp(e->name, "folder") == 0;
    if (!ts_xml_str(e, "path", TS_XML_REQUIRED, &path, err))
        return false;
    if (!ts_path_is_inside(path) || ts_str_ihas_prefix(path, ".taskseq/") ||
        ts_str_ieq(path, ".taskseq"))
        return ts_xml_fail(e, err,
                           "'%s' leads out of the package, or it is a name that Windows or "
                           "taskseq keeps for itself",
                           path);
    f->path = ts_arena_strdup(t->arena, path);
    if (!f->path)
        return ts_fail_nomem(err);
    if (f->folder)
        return ts_xml_done_strict(e, "path", err);
    if (!ts_xml_int(e, "size", TS_XML_REQUIRED, 0, (int64_t)TS_PACKAGE_BYTES_MAX, &size, err) ||
        !ts_xml_str(e, "sha256", TS_XML_REQUIRED, &sha256, err) ||
        !ts_xml_int(e, "modified", TS_XML_OPTIONAL, INT64_MIN / 4, INT64_MAX / 4, &f->modified,
                    err) ||
        !ts_xml_bool(e, "executable", TS_XML_OPTIONAL, &f->executable, err) ||
        !ts_xml_str(e, "pack", TS_XML_OPTIONAL, &pack, err))
        return false;
    if (!ts_sha256_is(sha256))
        return ts_xml_fail(e, err, "'%s' is no SHA-256", sha256);
    memcpy(f->sha256, sha256, 65);
    f->size = (uint64_t)size;
    t->size += f->size;
    if (t->size > TS_PACKAGE_BYTES_MAX)
        return ts_fail(err, TS_LIMIT, "the package has more than 64 TiB");
    f->pack = pack ? ts_arena_strdup(t->arena, pack) : NULL;
    if (pack && !f->pack)
        return ts_fail_nomem(err);
    return ts_xml_done_strict(e, "path size sha256 modified executable pack", err);
}

static bool read_root(ts_tree *t, ts_xml *root, ts_err **err)
{
    if (strcmp(root->name, "tree") != 0)
        return ts_xml_fail(root, err, "<tree> was expected");
    size_t n = 0;
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e))
        n++;
    if (n > TS_TREE_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one package", TS_TREE_FILES_MAX);
    t->files = ts_arena_alloc(t->arena, n * sizeof *t->files);
    if (!t->files)
        return ts_fail_nomem(err);
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e)) {
        if (strcmp(e->name, "file") != 0 && strcmp(e->name, "folder") != 0)
            return ts_xml_fail(e, err, "<file> or <folder> was expected, not <%s>", e->name);
        if (!read_file(t, e, &t->files[t->n_files++], err))
            return false;
    }
    return ts_tree_sort(t, err);
}

ts_tree *ts_tree_read(const char *file, const void *data, size_t size, ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = 4u * TS_MANIFEST_BYTES_MAX,
                            .expected = "the file list of a package"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    if (!doc)
        return NULL;
    ts_tree *t = ts_alloc(sizeof *t);
    bool ok = t && (t->arena = ts_arena_new()) != NULL;
    ok = ok ? read_root(t, ts_xml_root(doc), err) : ts_fail_nomem(err);
    ts_xml_free(doc);
    if (ok)
        return t;
    ts_tree_free(t);
    return NULL;
}

static void write_file(ts_xml_writer *w, const ts_tree_file *f)
{
    char text[32];
    ts_xml_writer_open(w, f->folder ? "folder" : "file");
    ts_xml_writer_attr(w, "path", f->path);
    if (!f->folder) {
        snprintf(text, sizeof text, "%" PRIu64, f->size);
        ts_xml_writer_attr(w, "size", text);
        ts_xml_writer_attr(w, "sha256", f->sha256);
        snprintf(text, sizeof text, "%" PRId64, f->modified);
        ts_xml_writer_attr(w, "modified", text);
        if (f->executable)
            ts_xml_writer_attr(w, "executable", "true");
        if (f->pack)
            ts_xml_writer_attr(w, "pack", f->pack);
    }
    ts_xml_writer_close(w);
}

bool ts_tree_write(const ts_tree *tree, ts_buf *out, ts_err **err)
{
    ts_xml_writer w;
    ts_xml_writer_init(&w, out);
    ts_xml_writer_open(&w, "tree");
    ts_xml_writer_attr(&w, "xmlns", "urn:taskseq:tree:1");
    for (size_t i = 0; i < tree->n_files; i++)
        write_file(&w, &tree->files[i]);
    return ts_xml_writer_end(&w, err);
}
