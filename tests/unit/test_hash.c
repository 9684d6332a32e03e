/* test_hash.c - SHA-256 against the examples of FIPS 180-2. */
#include "check.h"

#include "crypto.h"

static void digests_match_the_published_examples(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        char out[TS_SHA256_TEXT];
        assert_true(ts_sha256_text(cases[i].text, strlen(cases[i].text), out, NULL));
        assert_string_equal(out, cases[i].digest);
    }
}

static void pieces_give_the_same_digest_and_the_hash_starts_anew(void **state)
{
    (void)state;
    uint8_t once[TS_SHA256_BYTES], pieces[TS_SHA256_BYTES];
    assert_true(ts_sha256("abc", 3, once, NULL));
    ts_hash *hash = ts_hash_new(NULL);
    assert_non_null(hash);
    for (int round = 0; round < 2; round++) {
        assert_true(ts_hash_add(hash, "a", 1, NULL));
        assert_true(ts_hash_add(hash, "", 0, NULL));
        assert_true(ts_hash_add(hash, "bc", 2, NULL));
        assert_true(ts_hash_final(hash, pieces, NULL));
        assert_memory_equal(once, pieces, sizeof once);
    }
    ts_hash_free(hash);
    ts_hash_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_the_published_examples),
        cmocka_unit_test(pieces_give_the_same_digest_and_the_hash_starts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
