/* test_manifest.c - manifests and file lists, ours and hostile ones. */
#include "check.h"

#include <stdio.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_manifest_reads_back),
        cmocka_unit_test(hostile_manifest_is_refused),
        cmocka_unit_test(foreign_elements_of_a_manifest_are_ignored),
        cmocka_unit_test(hostile_tree_is_refused),
        cmocka_unit_test(package_ids_have_no_paths_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
