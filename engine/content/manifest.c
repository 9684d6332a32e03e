/* manifest.c - Metalink 4: written so that aria2c reads it, read with bounds. */
#include "manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "keys.h"
#include "transfer.h"
#include "xml.h"

bool ts_package_id_check(const char *id, ts_err **err)
{
    size_t n = strlen(id);
    bool ok = n > 0 && n <= TS_PACKAGE_ID_MAX;
    for (size_t i = 0; ok && i < n; i++)
        ok = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'A' && id[i] <= 'Z') ||
             (id[i] >= 'a' && id[i] <= 'z') || id[i] == '_' || (id[i] == '-' && i > 0);
    return ok ||
           ts_fail(err, TS_USAGE, "'%s' is no package id (1 to %u letters, digits, '_' and '-')",
                   id, TS_PACKAGE_ID_MAX);
}

bool ts_sha256_is(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

void ts_manifest_free(ts_manifest *manifest)
{
    if (manifest) {
        ts_arena_free(manifest->arena);
        free(manifest);
    }
}

static bool read_size(ts_xml *e, const char *text, uint64_t *out, ts_err **err)
{
    int64_t n = 0;
    if (!ts_str_int64(text, &n) || n < 0 || (uint64_t)n > TS_PACKAGE_BYTES_MAX)
        return ts_xml_fail(e, err, "'%s' is no size of a file", text);
    *out = (uint64_t)n;
    return true;
}

static size_t count_children(ts_xml *e, const char *name)
{
    size_t n = 0;
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        n += strcmp(c->name, name) == 0;
    return n;
}

/* Without <pieces> the file is one piece: then it must fit a piece's limit, or be fetched in one
 * go. */
static bool read_pieces(ts_manifest *m, ts_xml *file, ts_blob *b, size_t *pieces, ts_err **err)
{
    ts_xml *e = ts_xml_child(file, "pieces");
    int64_t length = 0;
    if (!e) {
        if (b->size > TS_PIECE_MAX)
            return ts_xml_fail(file, err, "'%s' is larger than %u bytes and has no <pieces>",
                               b->name, TS_PIECE_MAX);
        b->piece = b->size ? (uint32_t)b->size : 1;
        b->n_pieces = b->size ? 1 : 0;
    } else {
        const char *type = ts_xml_attr_get(e, "type");
        if (!ts_xml_int(e, "length", TS_XML_REQUIRED, 16384, TS_PIECE_MAX, &length, err))
            return false;
        if (!type || strcmp(type, "sha-256") != 0)
            return ts_xml_fail(e, err, "pieces must have type 'sha-256'");
        b->piece = (uint32_t)length;
        b->n_pieces = b->size ? (size_t)((b->size - 1) / b->piece + 1) : 0;
        if (count_children(e, "hash") != b->n_pieces)
            return ts_xml_fail(e, err, "'%s' needs %zu pieces and has %zu", b->name, b->n_pieces,
                               count_children(e, "hash"));
    }
    *pieces += b->n_pieces;
    if (*pieces > TS_MANIFEST_PIECES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u pieces", TS_MANIFEST_PIECES_MAX);
    b->hashes = ts_arena_alloc(m->arena, b->n_pieces * 32 + 1);
    if (!b->hashes)
        return ts_fail_nomem(err);
    if (!e)
        return b->n_pieces == 0 || ts_unhex(b->sha256, b->hashes, 32);
    size_t i = 0;
    for (ts_xml *h = ts_xml_next(e, NULL); h; h = ts_xml_next(e, h)) {
        if (strcmp(h->name, "hash") == 0 && !ts_unhex(ts_xml_text(h), b->hashes + 32 * i++, 32))
            return ts_xml_fail(h, err, "'%s' is no SHA-256", ts_xml_text(h));
    }
    return true;
}

/* <ts:blob role= plain= plain-size= cipher=> */
static bool read_extension(ts_manifest *m, ts_xml *file, ts_blob *b, ts_err **err)
{
    ts_xml *e = ts_xml_child(file, "blob");
    if (!e)
        return true;
    const char *role = "file", *cipher = NULL, *plain = "", *plain_size = "0";
    if (!ts_xml_str(e, "role", TS_XML_OPTIONAL, &role, err) ||
        !ts_xml_str(e, "cipher", TS_XML_OPTIONAL, &cipher, err) ||
        !ts_xml_str(e, "plain", TS_XML_OPTIONAL, &plain, err) ||
        !ts_xml_str(e, "plain-size", TS_XML_OPTIONAL, &plain_size, err))
        return false;
    TS_UNUSED(m);
    if (strcmp(role, "pack") == 0)
        b->role = TS_BLOB_PACK;
    else if (strcmp(role, "tree") == 0)
        b->role = TS_BLOB_TREE;
    else if (strcmp(role, "file") != 0)
        return ts_xml_fail(e, err, "unknown role '%s'", role);
    if (!cipher)
        return true;
    if (strcmp(cipher, "aes-256-gcm") != 0 || !ts_sha256_is(plain))
        return ts_xml_fail(e, err, "unknown cipher '%s', or no digest of the clear content",
                           cipher);
    b->encrypted = true;
    memcpy(b->plain, plain, 65);
    return read_size(e, plain_size, &b->plain_size, err);
}

static bool read_file(ts_manifest *m, ts_xml *file, ts_blob *b, size_t *pieces, ts_err **err)
{
    const char *name = NULL, *size = NULL;
    if (!ts_xml_str(file, "name", TS_XML_REQUIRED, &name, err) ||
        !ts_xml_child_text(file, "size", TS_XML_REQUIRED, &size, err) ||
        !read_size(file, size, &b->size, err))
        return false;
    if (!ts_path_is_inside(name))
        return ts_xml_fail(file, err,
                           "'%s' leads out of the package, or Windows cannot have that name", name);
    b->name = ts_arena_strdup(m->arena, name);
    if (!b->name)
        return ts_fail_nomem(err);
    for (ts_xml *h = ts_xml_next(file, NULL); h; h = ts_xml_next(file, h)) {
        const char *type = strcmp(h->name, "hash") == 0 ? ts_xml_attr_get(h, "type") : NULL;
        if (type && strcmp(type, "sha-256") == 0 && ts_sha256_is(ts_xml_text(h)))
            memcpy(b->sha256, ts_xml_text(h), 65);
    }
    if (!*b->sha256)
        return ts_xml_fail(file, err, "'%s' has no SHA-256", name);
    return read_pieces(m, file, b, pieces, err) && read_extension(m, file, b, err);
}

static bool read_root(ts_manifest *m, ts_xml *root, ts_err **err)
{
    if (strcmp(root->name, "metalink") != 0)
        return ts_xml_fail(root, err, "<metalink> was expected");
    const char *id = ts_xml_attr_get(root, "id");
    int64_t version = 0;
    if (!ts_xml_int(root, "version", TS_XML_OPTIONAL, 0, INT64_MAX, &version, err))
        return false;
    m->id = ts_arena_strdup(m->arena, id ? id : "");
    m->version = (uint64_t)version;
    size_t n = count_children(root, "file"), pieces = 0;
    if (n > TS_MANIFEST_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one manifest", TS_MANIFEST_FILES_MAX);
    m->blobs = ts_arena_alloc(m->arena, n * sizeof *m->blobs);
    if (!m->id || !m->blobs)
        return ts_fail_nomem(err);
    for (ts_xml *f = ts_xml_next(root, NULL); f; f = ts_xml_next(root, f)) {
        if (strcmp(f->name, "file") == 0 && !read_file(m, f, &m->blobs[m->n_blobs++], &pieces, err))
            return false;
    }
    return true;
}

ts_manifest *ts_manifest_read(const char *file, const void *data, size_t size, ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_MANIFEST_BYTES_MAX,
                            .expected = "a Metalink 4 manifest"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    if (!doc)
        return NULL;
    ts_manifest *m = ts_alloc(sizeof *m);
    bool ok = m && (m->arena = ts_arena_new()) != NULL;
    ok = ok ? read_root(m, ts_xml_root(doc), err) : ts_fail_nomem(err);
    ts_xml_free(doc);
    if (ok)
        return m;
    ts_manifest_free(m);
    return NULL;
}

static void number_text(char *out, size_t size, uint64_t n)
{
    snprintf(out, size, "%" PRIu64, n);
}

static void write_pieces(ts_xml_writer *w, const ts_blob *b)
{
    char text[65];
    ts_xml_writer_open(w, "pieces");
    number_text(text, sizeof text, b->piece);
    ts_xml_writer_attr(w, "length", text);
    ts_xml_writer_attr(w, "type", "sha-256");
    for (size_t i = 0; i < b->n_pieces; i++) {
        ts_hex(b->hashes + 32 * i, 32, text);
        ts_xml_writer_element(w, "hash", text);
    }
    ts_xml_writer_close(w);
}

/* A foreign element beside <file> makes aria2 fail ("Missing file@name"), so ours stand inside. */
static void write_blob(ts_xml_writer *w, const ts_blob *b)
{
    static const char *const roles[] = {"file", "pack", "tree"};
    char text[32], url[96];
    ts_xml_writer_open(w, "file");
    ts_xml_writer_attr(w, "name", b->name);
    number_text(text, sizeof text, b->size);
    ts_xml_writer_element(w, "size", text);
    ts_xml_writer_open(w, "hash");
    ts_xml_writer_attr(w, "type", "sha-256");
    ts_xml_writer_text(w, b->sha256);
    ts_xml_writer_close(w);
    if (b->n_pieces > 1)
        write_pieces(w, b);
    snprintf(url, sizeof url, "blobs/sha256/%s", b->sha256);
    ts_xml_writer_open(w, "url");
    ts_xml_writer_attr(w, "priority", "1");
    ts_xml_writer_text(w, url);
    ts_xml_writer_close(w);
    ts_xml_writer_open(w, "ts:blob");
    ts_xml_writer_attr(w, "role", roles[b->role]);
    if (b->encrypted) {
        ts_xml_writer_attr(w, "cipher", "aes-256-gcm");
        ts_xml_writer_attr(w, "plain", b->plain);
        number_text(text, sizeof text, b->plain_size);
        ts_xml_writer_attr(w, "plain-size", text);
    }
    ts_xml_writer_close(w);
    ts_xml_writer_close(w);
}

/* What could not be read back is not written. */
static bool check_counts(size_t files, size_t pieces, ts_err **err)
{
    if (files > TS_MANIFEST_FILES_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u files in one manifest", TS_MANIFEST_FILES_MAX);
    return pieces <= TS_MANIFEST_PIECES_MAX ||
           ts_fail(err, TS_LIMIT, "more than %u pieces", TS_MANIFEST_PIECES_MAX);
}

bool ts_manifest_write(const ts_manifest *manifest, ts_buf *out, ts_err **err)
{
    ts_xml_writer w;
    char version[32];
    size_t pieces = 0;
    for (size_t i = 0; i < manifest->n_blobs; i++)
        pieces += manifest->blobs[i].n_pieces;
    if (!check_counts(manifest->n_blobs, pieces, err))
        return false;
    ts_xml_writer_init(&w, out);
    ts_xml_writer_open(&w, "metalink");
    ts_xml_writer_attr(&w, "xmlns", "urn:ietf:params:xml:ns:metalink");
    ts_xml_writer_attr(&w, "xmlns:ts", "urn:taskseq:package:1");
    ts_xml_writer_attr(&w, "ts:id", manifest->id);
    number_text(version, sizeof version, manifest->version);
    ts_xml_writer_attr(&w, "ts:version", version);
    for (size_t i = 0; i < manifest->n_blobs; i++)
        write_blob(&w, &manifest->blobs[i]);
    return ts_xml_writer_end(&w, err);
}

const ts_blob *ts_manifest_find(const ts_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->n_blobs; i++) {
        if (strcmp(manifest->blobs[i].name, name) == 0)
            return &manifest->blobs[i];
    }
    return NULL;
}

const ts_blob *ts_manifest_tree(const ts_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_blobs; i++) {
        if (manifest->blobs[i].role == TS_BLOB_TREE)
            return &manifest->blobs[i];
    }
    return NULL;
}
