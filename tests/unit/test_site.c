/* test_site.c - the site file: its limits, and times in it. */
#include "many.h"

#include "site.h"

static ts_code code_of(const char *data, size_t size)
{
    const ts_content_options none = {.site_file = NULL};
    ts_err *err = NULL;
    ts_site *site = ts_site_new(&none, NULL);
    assert_non_null(site);
    bool ok = ts_site_read(site, "/no-such-folder/site.xml", data, size, &err);
    ts_code code = ts_err_code(err);
    assert_true(ok == (code == TS_OK));
    ts_err_free(err);
    ts_site_free(site);
    return code;
}

static ts_code code_of_many(const char *head, const char *before, const char *after, size_t n,
                            const char *tail)
{
    ts_buf text = many(TS_SITE_BYTES_MAX + 1, head, before, after, n, tail);
    ts_code code = code_of(text.data, text.len);
    ts_buf_done(&text);
    return code;
}

static ts_code code_of_sources(size_t n)
{
    return code_of_many("<site>", "<source url='https://server/", "'/>", n, "</site>");
}

static ts_code code_of_scripts(size_t n)
{
    return code_of_many("<site><boot>", "<prestart file='", "'/>", n, "</boot></site>");
}

static void sources_and_scripts_have_a_limit(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(code_of_sources(TS_CONTENT_SOURCES_MAX), TS_OK);
    assert_int_equal(code_of_sources(TS_CONTENT_SOURCES_MAX + 1), TS_LIMIT);
    assert_int_equal(code_of_scripts(TS_BOOT_PRESTART_MAX), TS_OK);
    assert_int_equal(code_of_scripts(TS_BOOT_PRESTART_MAX + 1), TS_SYNTAX);
}

static ts_code code_of_url(size_t len)
{
    char *text = ts_alloc(len + 64);
    assert_non_null(text);
    size_t head = strlen("<site><source url='");
    memset(text, 'a', len + 64);
    memcpy(text, "<site><source url='https://h/", head + 10);
    memcpy(text + head + len, "'/></site>", 11);
    ts_code code = code_of(text, head + len + 10);
    free(text);
    return code;
}

static void url_has_a_limit(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(code_of_url(TS_NET_URL_MAX / 2 - 1), TS_OK);
    assert_int_equal(code_of_url(TS_NET_URL_MAX / 2), TS_LIMIT);
}

static void url_and_proxy_that_nobody_could_use_are_refused(void **state)
{
    TS_UNUSED(state);
    static const char *const bad[] = {
        "<site><source url='https://h:99999/'/></site>",
        "<site><source url='https://'/></site>",
        "<site><source url='https://h ost/'/></site>",
        "<site><source url='https://[::1/'/></site>",
        "<site><source url='ftp://h/'/></site>",
        "<site><source url='https://u:p@h/'/></site>",
        "<site><source url='https://h/?q=1'/></site>",
        "<site><proxy url='ftp://p'/></site>",
    };
    static const char *const good[] = {
        "<site><source url='https://[::1]:8443/a/'/></site>",
        "<site><source url='oci+https://h:5000/v2/a/b'/></site>",
        "<site><source url='../folder'/></site>",
        "<site><proxy url='p:3128'/></site>",
        "<site><proxy url=''/></site>",
        "<site><proxy url='socks5h://u:p@p'/></site>",
    };
    for (size_t i = 0; i < TS_COUNT(bad); i++)
        if (code_of(bad[i], strlen(bad[i])) == TS_OK)
            fail_msg("'%s' is taken", bad[i]);
    for (size_t i = 0; i < TS_COUNT(good); i++)
        if (code_of(good[i], strlen(good[i])) != TS_OK)
            fail_msg("'%s' is refused", good[i]);
}

static void file_has_a_limit(void **state)
{
    TS_UNUSED(state);
    char *text = ts_alloc(TS_SITE_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, ' ', TS_SITE_BYTES_MAX + 1);
    memcpy(text, "<site/>", 7);
    assert_int_equal(code_of(text, TS_SITE_BYTES_MAX), TS_OK);
    assert_int_equal(code_of(text, TS_SITE_BYTES_MAX + 1), TS_LIMIT);
    free(text);
}

static void time_is_utc_to_the_second(void **state)
{
    TS_UNUSED(state);
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T10:00Z",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00:00Z",
        "2026-13-22T10:00:00Z",
        "2026-11-22T24:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-11-22T10:00:00ZZ",
        "2026-+1-22T10:00:00Z",
        "2026- 1-22T10:00:00Z",
    };
    int64_t seconds = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ts_time_parse(bad[i], &seconds) || seconds != 7)
            fail_msg("'%s' is taken for a time", bad[i]);
    assert_true(ts_time_parse("1970-01-01T00:00:01Z", &seconds));
    assert_int_equal(seconds, 1);
    assert_true(ts_time_parse("2024-02-29T12:00:00Z", &seconds));
    assert_int_equal(seconds, 1709208000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_and_scripts_have_a_limit),
        cmocka_unit_test(url_has_a_limit),
        cmocka_unit_test(url_and_proxy_that_nobody_could_use_are_refused),
        cmocka_unit_test(file_has_a_limit),
        cmocka_unit_test(time_is_utc_to_the_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
