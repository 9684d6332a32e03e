/* test_manifest.c - manifests and file lists, ours and hostile ones. */
#include "many.h"

#include <stdio.h>

#include "catalog.h"
#include "manifest.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static ts_code manifest_code(const char *body)
{
    char text[8192];
    int n = snprintf(text, sizeof text,
                     "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">%s</metalink>", body);
    assert_in_range(n, 1, (int)sizeof text - 1);
    ts_err *err = NULL;
    ts_manifest *m = ts_manifest_read("m", text, (size_t)n, &err);
    ts_code code = ts_err_code(err);
    assert_true((m != NULL) == (code == TS_OK));
    ts_manifest_free(m);
    ts_err_clear(&err);
    return code;
}

static ts_code tree_code(const char *body)
{
    char text[8192];
    int n = snprintf(text, sizeof text, "<tree xmlns=\"urn:taskseq:tree:1\">%s</tree>", body);
    assert_in_range(n, 1, (int)sizeof text - 1);
    ts_err *err = NULL;
    ts_tree *t = ts_tree_read("t", text, (size_t)n, &err);
    ts_code code = ts_err_code(err);
    assert_true((t != NULL) == (code == TS_OK));
    ts_tree_free(t);
    ts_err_clear(&err);
    return code;
}

static void written_manifest_reads_back(void **state)
{
    (void)state;
    uint8_t hashes[64];
    memset(hashes, 0xbb, sizeof hashes);
    ts_blob blobs[2] = {{.name = ".taskseq/tree.xml",
                         .role = TS_BLOB_TREE,
                         .size = 10,
                         .sha256 = SHA_A,
                         .piece = 10,
                         .n_pieces = 1,
                         .hashes = hashes},
                        {.name = "a/b.wim",
                         .role = TS_BLOB_FILE,
                         .size = 5000000,
                         .sha256 = SHA_B,
                         .piece = 4194304,
                         .n_pieces = 2,
                         .hashes = hashes,
                         .encrypted = true,
                         .plain = SHA_A,
                         .plain_size = 4999968}};
    ts_manifest m = {.id = "P1", .version = 7, .blobs = blobs, .n_blobs = 2};
    ts_buf out;
    ts_buf_init(&out, 65536);
    ts_err *err = NULL;
    assert_true(ts_manifest_write(&m, &out, &err));
    ts_manifest *r = ts_manifest_read("m", out.data, out.len, &err);
    assert_non_null(r);
    assert_string_equal(r->id, "P1");
    assert_int_equal(r->version, 7);
    assert_int_equal(r->n_blobs, 2);
    assert_ptr_equal(ts_manifest_tree(r), &r->blobs[0]);
    const ts_blob *b = ts_manifest_find(r, "a/b.wim");
    assert_non_null(b);
    assert_int_equal(b->n_pieces, 2);
    assert_int_equal(b->piece, 4194304);
    assert_memory_equal(b->hashes, hashes, 64);
    assert_true(b->encrypted);
    assert_string_equal(b->plain, SHA_A);
    assert_int_equal(b->plain_size, 4999968);
    ts_manifest_free(r);
    ts_buf_done(&out);
}

static void hostile_manifest_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"../x",      "/etc/x", "C:/x", "a/../../x",   "con",
                                        "a/nul.txt", "x.",     "..",   "a\\..\\..\\x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "<file name=\"%s\"><size>1</size><hash type=\"sha-256\">" SHA_A "</hash></file>",
                 names[i]);
        assert_int_equal(manifest_code(text), TS_SYNTAX);
    }
    assert_int_equal(manifest_code("<file name=\"x\"><size>1</size></file>"), TS_SYNTAX);
    assert_int_equal(manifest_code("<file name=\"x\"><size>-1</size><hash type=\"sha-256\">" SHA_A
                                   "</hash></file>"),
                     TS_SYNTAX);
    assert_int_equal(manifest_code("<file name=\"x\"><size>99999999999999999999</size>"
                                   "<hash type=\"sha-256\">" SHA_A "</hash></file>"),
                     TS_SYNTAX);
    /* two pieces are needed, one is there */
    assert_int_equal(
        manifest_code("<file name=\"x\"><size>20000</size><hash type=\"sha-256\">" SHA_A
                      "</hash><pieces length=\"16384\" type=\"sha-256\"><hash>" SHA_A
                      "</hash></pieces></file>"),
        TS_SYNTAX);
    assert_int_equal(manifest_code("<file name=\"x\"><size>100</size><hash type=\"sha-256\">" SHA_A
                                   "</hash><pieces length=\"1\" type=\"sha-256\"><hash>" SHA_A
                                   "</hash></pieces></file>"),
                     TS_SYNTAX);
    /* large, and nothing smaller than the whole to check */
    assert_int_equal(
        manifest_code("<file name=\"x\"><size>99999999999</size><hash type=\"sha-256\">" SHA_A
                      "</hash></file>"),
        TS_SYNTAX);
    assert_int_equal(manifest_code("<file name=\"x\"><size>1</size><hash type=\"sha-256\">" SHA_A
                                   "</hash></file>"),
                     TS_OK);
}

static void foreign_elements_of_a_manifest_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(manifest_code("<generator>x</generator><file name=\"x\"><size>1</size>"
                                   "<hash type=\"md5\">0</hash><hash type=\"sha-256\">" SHA_A
                                   "</hash><os>any</os><url>https://a/b</url></file>"),
                     TS_OK);
}

static void hostile_tree_is_refused(void **state)
{
    (void)state;
#define FILE_(path) "<file path=\"" path "\" size=\"1\" sha256=\"" SHA_A "\"/>"
    assert_int_equal(tree_code(FILE_("a") FILE_("b/c")), TS_OK);
    assert_int_equal(tree_code(FILE_("../a")), TS_SYNTAX);
    assert_int_equal(tree_code(FILE_("lpt1")), TS_SYNTAX);
    assert_int_equal(tree_code(FILE_(".taskseq/x")), TS_SYNTAX);
    assert_int_equal(tree_code(FILE_("a") FILE_("A")), TS_SCHEMA);
    assert_int_equal(tree_code(FILE_("a/b") FILE_("a")), TS_SCHEMA);
    assert_int_equal(tree_code("<link path=\"a\"/>"), TS_SYNTAX);
    assert_int_equal(tree_code("<file path=\"a\" size=\"1\" sha256=\"zz\"/>"), TS_SYNTAX);
    assert_int_equal(tree_code("<file path=\"a\" size=\"1\" sha256=\"" SHA_A "\" mode=\"04755\"/>"),
                     TS_SYNTAX);
}

static void package_ids_have_no_paths_in_them(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a/b", "..", "a b", "-a", "a\\b", "a.b"};
    assert_true(ts_package_id_check("P0010001", NULL));
    assert_true(ts_package_id_check("XXX_1-b", NULL));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ts_package_id_check(bad[i], NULL));
    char many[TS_PACKAGE_ID_MAX + 2];
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_false(ts_package_id_check(many, NULL));
}

#define MANIFEST "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">"
#define TREE     "<tree xmlns=\"urn:taskseq:tree:1\">"
#define CATALOG  "<catalog xmlns=\"urn:taskseq:catalog:1\" site=\"P01\" version=\"1\">"

static ts_code many_files_code(size_t n)
{
    ts_buf text = many(TS_MANIFEST_BYTES_MAX, MANIFEST, "<file name=\"",
                       "\"><size>0</size><hash type=\"sha-256\">" SHA_A "</hash></file>", n,
                       "</metalink>");
    ts_err *err = NULL;
    ts_manifest_free(ts_manifest_read("m", text.data, text.len, &err));
    ts_code code = ts_err_code(err);
    ts_err_clear(&err);
    ts_buf_done(&text);
    return code;
}

/* Of n pieces of 16 KiB each; their digests are missing, which is looked at afterwards. */
static ts_code many_pieces_code(size_t n)
{
    char head[512];
    snprintf(head, sizeof head,
             MANIFEST "<file name=\"a\"><size>%zu</size><hash type=\"sha-256\">" SHA_A "</hash>"
                      "<pieces length=\"16384\" type=\"sha-256\">",
             n * 16384);
    ts_buf text = many(TS_MANIFEST_BYTES_MAX, head, "<hash>", "</hash>", n,
                       "</pieces></file></metalink>");
    ts_err *err = NULL;
    ts_manifest_free(ts_manifest_read("m", text.data, text.len, &err));
    ts_code code = ts_err_code(err);
    ts_err_clear(&err);
    ts_buf_done(&text);
    return code;
}

static void manifest_has_limits(void **state)
{
    (void)state;
    assert_int_equal(many_files_code(TS_MANIFEST_FILES_MAX), TS_OK);
    assert_int_equal(many_files_code(TS_MANIFEST_FILES_MAX + 1), TS_LIMIT);
    assert_int_equal(many_pieces_code(TS_MANIFEST_PIECES_MAX), TS_SYNTAX);
    assert_int_equal(many_pieces_code(TS_MANIFEST_PIECES_MAX + 1), TS_LIMIT);
#define ONE(size) "<file name=\"a\"><size>" size "</size><hash type=\"sha-256\">" SHA_A "</hash>"
    assert_int_equal(manifest_code(ONE("67108864") "</file>"), TS_OK); /* one piece: 64 MiB */
    assert_int_equal(manifest_code(ONE("67108865") "</file>"), TS_SYNTAX);
#define PIECE_OF(length)                                                                           \
    "<pieces length=\"" length "\" type=\"sha-256\"><hash>" SHA_A "</hash></pieces></file>"
    assert_int_equal(manifest_code(ONE("5") PIECE_OF("67108864")), TS_OK);
    assert_int_equal(manifest_code(ONE("5") PIECE_OF("67108865")), TS_SYNTAX);
}

/* What cannot be read is not written. */
static void writers_keep_to_the_limits(void **state)
{
    (void)state;
    ts_blob *blobs = calloc(TS_MANIFEST_FILES_MAX + 1, sizeof *blobs);
    ts_catalog_source *sources = calloc(TS_CATALOG_ENTRIES_MAX + 1, sizeof *sources);
    assert_true(blobs && sources);
    for (size_t i = 0; i <= TS_MANIFEST_FILES_MAX; i++)
        blobs[i].name = "a";
    for (size_t i = 0; i <= TS_CATALOG_ENTRIES_MAX; i++)
        sources[i] = (ts_catalog_source){
            .id = "s", .url = "u", .type = "static", .auth = "none", .next = sources + i + 1};
    sources[TS_CATALOG_ENTRIES_MAX].next = NULL;
    ts_buf out;
    ts_buf_init(&out, TS_MANIFEST_BYTES_MAX);
    ts_err *err = NULL;
    const ts_catalog catalog = {.site = "", .sources = sources};
    ts_manifest m = {.id = "P1", .version = 1, .blobs = blobs, .n_blobs = TS_MANIFEST_FILES_MAX};
    assert_true(ts_manifest_write(&m, &out, NULL));
    m.n_blobs++;
    assert_false(ts_manifest_write(&m, &out, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    blobs[0].n_pieces = TS_MANIFEST_PIECES_MAX + 1;
    m.n_blobs = 1;
    assert_false(ts_manifest_write(&m, &out, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    ts_buf_clear(&out);
    assert_false(ts_catalog_write(&catalog, &out, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    sources[TS_CATALOG_ENTRIES_MAX - 1].next = NULL;
    assert_true(ts_catalog_write(&catalog, &out, NULL));
    ts_buf_done(&out);
    free(blobs);
    free(sources);
}

/* Of files with all that may be said about one. */
static ts_code full_files_code(size_t n)
{
    ts_buf text = many(TS_MANIFEST_BYTES_MAX, TREE, "<file path=\"",
                       "\" size=\"1\" sha256=\"" SHA_A "\" modified=\"1700000000000\" "
                       "executable=\"true\" pack=\".taskseq/pack-0001.tar.zst\"/>",
                       n, "</tree>");
    ts_err *err = NULL;
    ts_tree_free(ts_tree_read("t", text.data, text.len, &err));
    ts_code code = ts_err_code(err);
    ts_err_clear(&err);
    ts_buf_done(&text);
    return code;
}

static ts_code many_folders_code(size_t n)
{
    ts_buf text = many(TS_MANIFEST_BYTES_MAX, TREE, "<folder path=\"", "\"/>", n, "</tree>");
    ts_err *err = NULL;
    ts_tree_free(ts_tree_read("t", text.data, text.len, &err));
    ts_code code = ts_err_code(err);
    ts_err_clear(&err);
    ts_buf_done(&text);
    return code;
}

static void file_list_has_limits(void **state)
{
    (void)state;
    assert_int_equal(full_files_code(TS_TREE_FILES_MAX), TS_OK);
    assert_int_equal(many_folders_code(TS_TREE_FILES_MAX), TS_OK);
    assert_int_equal(many_folders_code(TS_TREE_FILES_MAX + 1), TS_LIMIT);
#define SIZED(path, size) "<file path=\"" path "\" size=\"" size "\" sha256=\"" SHA_A "\"/>"
    assert_int_equal(tree_code(SIZED("a", "35184372088832") SIZED("b", "35184372088832")), TS_OK);
    assert_int_equal(tree_code(SIZED("a", "35184372088832") SIZED("b", "35184372088833")),
                     TS_LIMIT);
}

static ts_code catalog_code(const char *before, const char *after, size_t n, bool inside)
{
    ts_buf text = many(TS_CATALOG_BYTES_MAX,
                       inside ? CATALOG
                           "<deployment id=\"D1\" name=\"d\" file=\"s.xml\" size=\"1\" "
                           "sequence=\"" SHA_A "\">"
                              : CATALOG,
                       before, after, n, inside ? "</deployment></catalog>" : "</catalog>");
    ts_err *err = NULL;
    ts_catalog_free(ts_catalog_read("c", text.data, text.len, &err));
    ts_code code = ts_err_code(err);
    if (code != TS_OK && code != TS_LIMIT)
        print_error("%s\n", ts_err_text(err));
    ts_err_clear(&err);
    ts_buf_done(&text);
    return code;
}

static void catalogue_has_limits(void **state)
{
    (void)state;
    static const char source[] = "<source id=\"s\" url=\"https://h/";
    assert_int_equal(catalog_code(source, "\"/>", TS_CATALOG_ENTRIES_MAX, false), TS_OK);
    assert_int_equal(catalog_code(source, "\"/>", TS_CATALOG_ENTRIES_MAX + 1, false), TS_LIMIT);
    assert_int_equal(catalog_code("<target id=\"", "\"/>", TS_CATALOG_WORDS_MAX, true), TS_OK);
    assert_int_equal(catalog_code("<target id=\"", "\"/>", TS_CATALOG_WORDS_MAX + 1, true),
                     TS_LIMIT);
    char *spaces = malloc(TS_CATALOG_BYTES_MAX + 1);
    assert_non_null(spaces);
    memset(spaces, ' ', TS_CATALOG_BYTES_MAX + 1);
    ts_err *err = NULL;
    assert_null(ts_catalog_read("c", spaces, TS_CATALOG_BYTES_MAX + 1, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    free(spaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_manifest_reads_back),
        cmocka_unit_test(hostile_manifest_is_refused),
        cmocka_unit_test(foreign_elements_of_a_manifest_are_ignored),
        cmocka_unit_test(hostile_tree_is_refused),
        cmocka_unit_test(package_ids_have_no_paths_in_them),
        cmocka_unit_test(manifest_has_limits),
        cmocka_unit_test(writers_keep_to_the_limits),
        cmocka_unit_test(file_list_has_limits),
        cmocka_unit_test(catalogue_has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
