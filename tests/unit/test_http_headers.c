/* test_http_headers.c - header fields that decide about bytes. */
#include "check.h"

#include "http_headers.h"

static void content_range_accepts_only_exact_ranges(void **state)
{
    (void)state;
    uint64_t f = 0, l = 0, t = 0;
    assert_true(ts_http_content_range("bytes 0-499/1234", &f, &l, &t));
    assert_int_equal(f, 0);
    assert_int_equal(l, 499);
    assert_int_equal(t, 1234);
    assert_true(ts_http_content_range("bytes 5-5/6", &f, &l, &t));
    assert_true(
        ts_http_content_range("bytes 0-18446744073709551613/18446744073709551615", &f, &l, &t));
    static const char *const bad[] = {
        "",
        "bytes",
        "bytes 0-499",
        "bytes 0-499/*",
        "bytes */1234",
        "bytes 500-499/1234",
        "bytes 0-1234/1234",
        "bytes -1-2/3",
        "bytes 0-499/1234 ",
        "bytes  0-1/2",
        "octets 0-1/2",
        "bytes 0-18446744073709551616/18446744073709551617",
        "bytes 0x0-1/2",
        "bytes 0-1/2,3-4/5",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ts_http_content_range(bad[i], &f, &l, &t))
            print_error("accepted: %s\n", bad[i]);
        assert_false(ts_http_content_range(bad[i], &f, &l, &t));
    }
}

static void header_gives_trimmed_value_of_its_name_only(void **state)
{
    (void)state;
    char out[8];
    static const char line[] = "Content-Length:  12 \r\n";
    assert_true(ts_http_header(line, sizeof line - 1, "content-length", out, sizeof out));
    assert_string_equal(out, "12");
    assert_false(ts_http_header(line, sizeof line - 1, "content", out, sizeof out));
    assert_false(ts_http_header("X", 1, "content-length", out, sizeof out));
    static const char longer[] = "A: 123456789\r\n";
    assert_true(ts_http_header(longer, sizeof longer - 1, "a", out, sizeof out));
    assert_string_equal(out, "1234567"); /* cut, with its end */
}

static void challenge_parameters_are_found(void **state)
{
    (void)state;
    ts_buf out;
    ts_buf_init(&out, 256);
    static const char value[] =
        "Bearer realm=\"https://a.example/t?x=1,2\",service=reg,scope=\"a b\"";
    assert_true(ts_http_challenge(value, "Bearer", "realm", &out));
    assert_string_equal(ts_buf_text(&out), "https://a.example/t?x=1,2");
    assert_true(ts_http_challenge(value, "bearer", "SERVICE", &out));
    assert_string_equal(ts_buf_text(&out), "reg");
    assert_true(ts_http_challenge(value, "Bearer", "scope", &out));
    assert_string_equal(ts_buf_text(&out), "a b");
    assert_false(ts_http_challenge(value, "Bearer", "nonce", &out));
    assert_false(ts_http_challenge(value, "Basic", "realm", &out));
    assert_false(ts_http_challenge("Bearer realm=\"open", "Bearer", "x", &out));
    ts_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_range_accepts_only_exact_ranges),
        cmocka_unit_test(header_gives_trimmed_value_of_its_name_only),
        cmocka_unit_test(challenge_parameters_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
