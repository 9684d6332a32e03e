/* base64 to bytes. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <ts/text.h>

static void check(const char *text, const char *bytes, size_t size)
{
    ts_buf out;
    ts_buf_init(&out, 64);
    ts_err *err = NULL;
    assert_true(ts_base64_decode(&out, text, &err));
    assert_int_equal(out.len, size);
    if (size)
        assert_memory_equal(out.data, bytes, size);
    ts_buf_done(&out);
}

static void refuse(const char *text, ts_code code, size_t max)
{
    ts_buf out;
    ts_buf_init(&out, max);
    ts_err *err = NULL;
    assert_false(ts_base64_decode(&out, text, &err));
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
    ts_buf_done(&out);
}

/* The test vectors of RFC 4648, section 10. */
static void rfc_vectors_decode(void **state)
{
    TS_UNUSED(state);
    check("", "", 0);
    check("Zg==", "f", 1);
    check("Zm8=", "fo", 2);
    check("Zm9v", "foo", 3);
    check("Zm9vYg==", "foob", 4);
    check("Zm9vYmE=", "fooba", 5);
    check("Zm9vYmFy", "foobar", 6);
}

static void bytes_above_127_decode(void **state)
{
    TS_UNUSED(state);
    check("//5zAA==", "\xFF\xFEs\0", 4); /* UTF-16LE byte order mark and 's' */
}

static void white_space_is_skipped(void **state)
{
    TS_UNUSED(state);
    check(" Zm9v\r\n\tYmFy ", "foobar", 6);
}

static void missing_padding_is_accepted(void **state)
{
    TS_UNUSED(state);
    check("Zm8", "fo", 2);
    check("Zg", "f", 1);
}

static void broken_text_is_refused(void **state)
{
    TS_UNUSED(state);
    refuse("Zm9v!", TS_SYNTAX, 64);
    refuse("Z", TS_SYNTAX, 64);
    refuse("=", TS_SYNTAX, 64);
    refuse("Zg=", TS_SYNTAX, 64);
    refuse("Zg==Zg==", TS_SYNTAX, 64);
    refuse("Zm9v====", TS_SYNTAX, 64);
    refuse("Zm9vYmFy", TS_LIMIT, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_vectors_decode),     cmocka_unit_test(bytes_above_127_decode),
        cmocka_unit_test(white_space_is_skipped), cmocka_unit_test(missing_padding_is_accepted),
        cmocka_unit_test(broken_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
