/* test_share_systems.c - the list of operating systems of a deployment share. */
#include "check.h"

#include <ts/mem.h>
#include <ts/share.h>
#include <ts/text.h>

static ts_share_systems *parse(const char *text, ts_err **err)
{
    return ts_share_systems_parse("OperatingSystems.xml", text, strlen(text), err);
}

static void systems_are_found_without_braces_and_case(void **state)
{
    TS_UNUSED(state);
    ts_share_systems *list = parse(
        "<oss><os guid='{A-1}'><Name>One</Name></os>"
        "<os guid='{a-10}'><Name>Two</Name>"
        "<ImageFile>.\\Operating Systems\\B\\b.wim</ImageFile></os></oss>",
        NULL);
    assert_non_null(list);
    assert_int_equal(ts_share_systems_count(list), 2);
    assert_null(ts_share_systems_at(list, 2));
    assert_string_equal(ts_share_systems_find(list, "a-1")->name, "One");
    assert_string_equal(ts_share_systems_find(list, "{a-1}")->image, "");
    const ts_share_system *two = ts_share_systems_find(list, "{A-10}");
    assert_string_equal(two->name, "Two");
    assert_null(ts_share_systems_find(list, "{a-2}"));
    char *path = ts_share_system_image(two, "Z:", NULL);
    assert_string_equal(path, "Z:/Operating Systems/B/b.wim");
    free(path);
    ts_share_systems_free(list);
}

static void absolute_images_stay_as_they_are(void **state)
{
    TS_UNUSED(state);
    const ts_share_system s = {.name = "W", .image = "\\\\server\\share\\w.wim"};
    char *path = ts_share_system_image(&s, "Z:", NULL);
    assert_string_equal(path, "\\\\server\\share\\w.wim");
    free(path);
}

static void list_beyond_a_limit_is_refused(void **state)
{
    TS_UNUSED(state);
    static const char head[] = "<oss><!--", tail[] = "--></oss>", one[] = "<os guid='{1}'/>";
    ts_err *err = NULL;
    ts_buf text;
    ts_buf_init(&text, TS_SHARE_SYSTEMS_BYTES_MAX + 1);
    for (size_t over = 0; over < 2; over++) {
        ts_buf_clear(&text);
        ts_buf_str(&text, head);
        while (text.len < TS_SHARE_SYSTEMS_BYTES_MAX + over - strlen(tail))
            ts_buf_char(&text, 'x');
        ts_buf_str(&text, tail);
        ts_share_systems *list = ts_share_systems_parse("f", text.data, text.len, &err);
        assert_int_equal(ts_err_code(err), over ? TS_LIMIT : TS_OK);
        ts_share_systems_free(list);
        ts_err_clear(&err);
    }
    ts_buf_clear(&text);
    ts_buf_str(&text, "<oss>");
    for (unsigned i = 0; i <= TS_SHARE_SYSTEMS_MAX; i++)
        ts_buf_str(&text, one);
    ts_buf_str(&text, "</oss>");
    assert_null(ts_share_systems_parse("f", text.data, text.len, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_buf_done(&text);
}

static void bad_lists_are_refused(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text, *why;
    } cases[] = {{"<applications/>", "OperatingSystems.xml:1"},
                 {"<oss><os/></oss>", "guid"},
                 {"<oss>", "OperatingSystems.xml:1"}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_err *err = NULL;
        assert_null(parse(cases[i].text, &err));
        if (!strstr(ts_err_text(err), cases[i].why))
            fail_msg("%s", ts_err_text(err));
        ts_err_free(err);
    }
}

static void limit_of_systems_is_kept(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_err *err = NULL;
    ts_buf_init(&text, TS_SHARE_SYSTEMS_BYTES_MAX);
    ts_buf_str(&text, "<oss>");
    for (unsigned i = 0; i <= TS_SHARE_SYSTEMS_MAX; i++)
        ts_buf_printf(&text, "<os guid='%u'/>", i);
    ts_buf_str(&text, "</oss>");
    assert_null(parse(ts_buf_text(&text), &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systems_are_found_without_braces_and_case),
        cmocka_unit_test(absolute_images_stay_as_they_are),
        cmocka_unit_test(list_beyond_a_limit_is_refused),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(limit_of_systems_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
