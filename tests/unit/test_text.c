/* test_text.c - text, UTF-8 and path helpers. */
#include "check.h"

#include <ts/text.h>

static void comparison_ignores_ascii_case_only(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_str_ieq("PHASE", "phase"));
    assert_true(ts_str_ieq(NULL, ""));
    assert_false(ts_str_ieq("\xC3\x84", "\xC3\xA4")); /* A umlaut, a umlaut */
    assert_true(ts_str_casecmp("a", "B") < 0);
    assert_true(ts_str_ihas_prefix("ZTIGather.wsf", "ztig"));
    assert_string_equal(ts_str_icontains("C:\\Old Dell\\x", "dell"), "Dell\\x");
    assert_null(ts_str_icontains("abc", "d"));
}

static void wildcard_matches_whole_value(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_str_wildcard("Latitude 7480", "latitude*"));
    assert_true(ts_str_wildcard("Hewlett-Packard", "*hewlett*packard*"));
    assert_false(ts_str_wildcard("My Latitude", "latitude*"));
    assert_true(ts_str_wildcard("abc", "a?c"));
    assert_true(ts_str_wildcard("a\xC3\xA4"
                                "c",
                                "a?c"));
    assert_false(ts_str_wildcard("ac", "a?c"));
    assert_true(ts_str_wildcard("", "*"));
    assert_false(ts_str_wildcard("", "?"));
    assert_true(ts_str_wildcard("aXbXc", "*X?"));
    assert_false(ts_str_wildcard("50%", "50*0"));
}

static void integers_are_whole_and_in_range(void **state)
{
    TS_UNUSED(state);
    int64_t v = 0;
    assert_true(ts_str_int64(" -12 ", &v));
    assert_int_equal(v, -12);
    assert_true(ts_str_int64("9223372036854775807", &v));
    assert_true(v == INT64_MAX);
    assert_true(ts_str_int64("-9223372036854775808", &v));
    assert_true(v == INT64_MIN);
    assert_false(ts_str_int64("9223372036854775808", &v));
    assert_false(ts_str_int64("1.5", &v));
    assert_false(ts_str_int64("", &v));
    assert_false(ts_str_int64("-", &v));
    assert_false(ts_str_int64("6.1", &v));
}

static void booleans_are_words(void **state)
{
    TS_UNUSED(state);
    bool b = false;
    assert_true(ts_str_bool("YES", &b) && b);
    assert_true(ts_str_bool("", &b) && !b);
    assert_false(ts_str_bool("maybe", &b));
}

static void distance_counts_edits(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_str_distance("OSDComputerName", "OSDComputerNmae"), 2);
    assert_int_equal(ts_str_distance("abc", "ABC"), 0);
    assert_int_equal(ts_str_distance("", "abc"), 3);
}

static void trim_and_blank_know_white_space(void **state)
{
    TS_UNUSED(state);
    char text[] = " \r\n a b\t ";
    assert_string_equal(ts_str_trim(text), "a b");
    char none[] = "  ";
    assert_string_equal(ts_str_trim(none), "");
    assert_true(ts_str_blank("\n\t "));
    assert_true(ts_str_blank(NULL));
    assert_false(ts_str_blank(" x"));
}

static void utf8_refuses_overlong_and_surrogates(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_utf8_valid("\xF0\x9F\x98\x80 \xC3\xA4", 7));
    assert_false(ts_utf8_valid("\xC0\xAF", 2));
    assert_false(ts_utf8_valid("\xED\xA0\x80", 3));
    assert_false(ts_utf8_valid("\xF4\x90\x80\x80", 4));
    assert_false(ts_utf8_valid("\xE2\x82", 2));
}

static void utf16_converts_pairs_and_marks_lone_surrogates(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 100);
    const uint8_t le[] = {'A', 0, 0x3D, 0xD8, 0x00, 0xDE, 0x00, 0xDE};
    ts_utf8_from_utf16(&b, le, sizeof le, false);
    assert_string_equal(ts_buf_text(&b), "A\xF0\x9F\x98\x80\xEF\xBF\xBD");
    ts_buf_clear(&b);
    const uint8_t be[] = {0x20, 0xAC};
    ts_utf8_from_utf16(&b, be, sizeof be, true);
    assert_string_equal(ts_buf_text(&b), "\xE2\x82\xAC");
    ts_buf_done(&b);
}

static void text_file_begins_with_a_mark_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        ts_text_mark mark;
        const char *text;
    } files[] = {
        {"", 0, TS_TEXT_NO_MARK, ""},
        {"a\xe9", 2, TS_TEXT_NO_MARK, "a\xe9"}, /* a code page stays what it is */
        {"\xef\xbb", 2, TS_TEXT_NO_MARK, "\xef\xbb"},
        {"\xef\xbb\xbf", 3, TS_TEXT_UTF8_MARK, ""},
        {"\xef\xbb\xbf\xc3\xa9", 5, TS_TEXT_UTF8_MARK, "\xc3\xa9"},
        {"\xff\xfe", 2, TS_TEXT_UTF16_MARK, ""},
        {"\xff\xfe\xe9\0", 4, TS_TEXT_UTF16_MARK, "\xc3\xa9"},
        {"\xfe\xff\0\xe9", 4, TS_TEXT_UTF16_MARK, "\xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ts_buf out;
        ts_buf_init(&out, 16);
        ts_buf_str(&out, "<");
        assert_int_equal(ts_text_decode(&out, files[i].bytes, files[i].size), files[i].mark);
        assert_string_equal(ts_buf_text(&out) + 1, files[i].text);
        ts_buf_done(&out);
    }
}

static void paths_join_and_split(void **state)
{
    TS_UNUSED(state);
    char *p = ts_path_join("a/b", "c");
    assert_string_equal(p, "a/b/c");
    free(p);
    p = ts_path_join("C:\\", "c");
    assert_string_equal(p, "C:\\c");
    free(p);
    p = ts_path_dir("a\\b\\c");
    assert_string_equal(p, "a\\b");
    free(p);
    p = ts_path_dir("file");
    assert_string_equal(p, ".");
    free(p);
    assert_string_equal(ts_path_base("x:\\Deploy\\Scripts\\ZTIGather.wsf"), "ZTIGather.wsf");
    assert_true(ts_path_is_absolute("\\\\server\\share"));
    assert_true(ts_path_is_absolute("c:/x"));
    assert_false(ts_path_is_absolute("c:x"));
}

static void path_inside_refuses_what_leaves_or_windows_reserves(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_path_is_inside("sources/install.wim"));
    static const char *const bad[] = {"",         "/etc", "../x",      "a/../b", "a//b",     "C:x",
                                      "a\\..\\b", "con",  "a/NUL.txt", "com1",   "lpt9.log", "x.",
                                      "x ",       "a:b",  "a/./b",     "a\x01",  "tail/"};
    for (size_t i = 0; i < TS_COUNT(bad); i++)
        assert_false(ts_path_is_inside(bad[i]));
    assert_true(ts_path_is_inside("company.txt"));
    assert_true(ts_path_is_inside("console/com10"));
}

static void kind_of_a_file_is_told_by_its_start(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_text_kind("", 0), "an empty file");
    assert_string_equal(ts_text_kind("\xef\xbb\xbf \r\n", 6), "an empty file");
    assert_string_equal(ts_text_kind("\xef\xbb\xbf\n<a", 6), "an XML file");
    assert_string_equal(ts_text_kind("<![LOG[", 6), "an XML file"); /* not behind its end */
    assert_string_equal(ts_text_kind("<![LOG[", 7), "a log (smsts.log)");
    assert_string_equal(ts_text_kind("\n{", 2), "JSON");
    assert_string_equal(ts_text_kind("\0", 1), "a binary file");
    assert_string_equal(ts_text_kind("MZ", 2), "plain text");
    assert_string_equal(ts_text_kind("MZ\0", 3), "a binary file");
    assert_string_equal(ts_text_kind("MSWIM\0", 6), "a WIM image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparison_ignores_ascii_case_only),
        cmocka_unit_test(wildcard_matches_whole_value),
        cmocka_unit_test(integers_are_whole_and_in_range),
        cmocka_unit_test(booleans_are_words),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(kind_of_a_file_is_told_by_its_start),
        cmocka_unit_test(trim_and_blank_know_white_space),
        cmocka_unit_test(utf8_refuses_overlong_and_surrogates),
        cmocka_unit_test(utf16_converts_pairs_and_marks_lone_surrogates),
        cmocka_unit_test(text_file_begins_with_a_mark_or_not),
        cmocka_unit_test(paths_join_and_split),
        cmocka_unit_test(path_inside_refuses_what_leaves_or_windows_reserves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
