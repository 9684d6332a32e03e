/* test_keys.c - encryption, derived keys: published test vectors and changed data. */
#include "check.h"

#include "crypto.h"
#include "keys.h"

static void hkdf_equals_other_implementations(void **state)
{
    (void)state;
    /* RFC 5869 has no vector with a 32-byte key and no salt; this one: Python's
     * hmac.new(hmac.new(bytes(32), bytes(range(32)), 'sha256').digest(), b'info\x01', 'sha256'). */
    uint8_t key[32], out[32];
    char hex[65];
    for (size_t i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
    assert_true(ts_hkdf(key, "info", out, NULL));
    ts_hex(out, 32, hex);
    assert_string_equal(hex, "cccad7895238973b7b227c5216571c432f4602b7264e8e35cde4d3249e93720e");
}

static void changed_cipher_text_is_refused(void **state)
{
    (void)state;
    uint8_t key[32] = {1}, nonce[12] = {2}, sealed[5 + TS_TAG_BYTES], clear[5];
    assert_true(ts_gcm_seal(key, nonce, "a", 1, "hello", 5, sealed, NULL));
    assert_true(ts_gcm_open(key, nonce, "a", 1, sealed, sizeof sealed, clear, NULL));
    assert_memory_equal(clear, "hello", 5);
    for (size_t i = 0; i < sizeof sealed; i++) {
        ts_err *err = NULL;
        sealed[i] ^= 1;
        assert_false(ts_gcm_open(key, nonce, "a", 1, sealed, sizeof sealed, clear, &err));
        assert_int_equal(ts_err_code(err), TS_INTEGRITY);
        ts_err_clear(&err);
        sealed[i] ^= 1;
    }
    assert_false(ts_gcm_open(key, nonce, "b", 1, sealed, sizeof sealed, clear, NULL));
    assert_false(ts_gcm_open(key, nonce, "a", 1, sealed, TS_TAG_BYTES - 1, clear, NULL));
    nonce[0] = 3;
    assert_false(ts_gcm_open(key, nonce, "a", 1, sealed, sizeof sealed, clear, NULL));
}

static void unhex_accepts_only_its_length(void **state)
{
    (void)state;
    uint8_t out[2];
    assert_true(ts_unhex("0aFf", out, 2));
    assert_int_equal(out[0], 0x0a);
    assert_int_equal(out[1], 0xff);
    assert_false(ts_unhex("0aF", out, 2));
    assert_false(ts_unhex("0aFg", out, 2));
    assert_false(ts_unhex("0aFf00", out, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hkdf_equals_other_implementations),
        cmocka_unit_test(changed_cipher_text_is_refused),
        cmocka_unit_test(unhex_accepts_only_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
