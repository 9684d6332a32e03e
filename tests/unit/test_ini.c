/* test_ini.c - the .INI files of a content library. */
#include "check.h"

#include <stdio.h>

#include <ts/text.h>

#include "import_library.h"
#include "ini.h"

static bool note(void *ctx, const char *section, const char *name, const char *value, unsigned line,
                 ts_err **err)
{
    TS_UNUSED(err);
    ts_buf_printf(ctx, "%u %s %s %s\n", line, section, name, value);
    return true;
}

static void expect(const void *data, size_t size, const char *lines)
{
    ts_buf out;
    ts_buf_init(&out, 4096);
    ts_err *err = NULL;
    assert_true(ts_ini_read("a.ini", data, size, note, &out, &err));
    assert_null(err);
    assert_string_equal(ts_buf_text(&out), lines);
    ts_buf_done(&out);
}

static void refused(const void *data, size_t size, ts_code code, const char *text)
{
    ts_buf out;
    ts_buf_init(&out, 1024 * 1024);
    ts_err *err = NULL;
    assert_false(ts_ini_read("a.ini", data, size, note, &out, &err));
    assert_int_equal(ts_err_code(err), code);
    assert_non_null(strstr(ts_err_text(err), text));
    ts_err_free(err);
    ts_buf_done(&out);
}

#define TEXT(text) text, sizeof(text) - 1

static void names_and_values_are_told_with_section_and_line(void **state)
{
    (void)state;
    expect(TEXT("; no\r\n[ Info ]\r\n Version = 3 \r\n\r\n[File]\nHash=a=b\nbare\n[x]"),
           "3  Info  Version 3\n6 File Hash a=b\n7 File bare \n");
    expect(TEXT(""), "");
    expect(TEXT("a=1"), "1  a 1\n");
}

static void byte_order_marks_are_understood(void **state)
{
    (void)state;
    expect(TEXT("\xEF\xBB\xBF[A]\nx=1"), "2 A x 1\n");
    expect(TEXT("\xFF\xFE[\0A\0]\0\n\0x\0=\0\xE4\0"), "2 A x \xC3\xA4\n");
    expect(TEXT("\xFE\xFF\0[\0A\0]\0\n\0x\0=\0001"), "2 A x 1\n");
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    refused(TEXT("[Info\na=1"), TS_SYNTAX, "a.ini:1");
    refused(TEXT("[]\na=1"), TS_SYNTAX, "a.ini:1");
    refused(TEXT("a=1\n=2"), TS_SYNTAX, "a.ini:2");
    refused(TEXT("a=1\0b"), TS_SYNTAX, "no text file");
}

static void limits_are_kept(void **state)
{
    (void)state;
    size_t size = TS_INI_BYTES_MAX + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '\n', size);
    expect(text, TS_INI_BYTES_MAX, "");
    refused(text, size, TS_LIMIT, "bytes");
    memset(text, 'a', TS_INI_LINE_MAX);
    refused(text, TS_INI_LINE_MAX, TS_LIMIT, "a.ini:1");
    text[TS_INI_LINE_MAX - 1] = '\n';
    ts_buf out;
    ts_buf_init(&out, 64 * 1024);
    assert_true(ts_ini_read("a.ini", text, TS_INI_LINE_MAX, note, &out, NULL));
    ts_buf_done(&out);
    free(text);
}

static bool package(ts_arena *arena, const char *text, ts_library_package *out, ts_err **err)
{
    return ts_library_package_read("p.ini", text, strlen(text), arena, out, err);
}

static void package_names_its_contents(void **state)
{
    (void)state;
    ts_library_package p;
    ts_err *err = NULL;
    ts_arena *arena = ts_arena_new();
    assert_true(package(arena, "[Packages]\nP01.2=\nP01.3=\n[Other]\nx=y\n", &p, NULL));
    assert_int_equal(p.n_contents, 2);
    assert_string_equal(p.contents[1], "P01.3");
    assert_int_equal(p.version, 0);
    assert_true(package(arena, "[info]\nversion=7\n", &p, NULL));
    assert_int_equal(p.version, 7);
    static const char *const bad[] = {"[Packages]\n../x=\n",
                                      "[Packages]\na/b=\n",
                                      "[Packages]\nCON=\n",
                                      "[Info]\nVersion=0\n",
                                      "[Info]\nVersion=x\n",
                                      "[Info]\nA=1\n",
                                      ""};
    for (size_t i = 0; i < TS_COUNT(bad); i++) {
        assert_false(package(arena, bad[i], &p, &err));
        assert_non_null(strstr(ts_err_text(err), "p.ini"));
        ts_err_clear(&err);
    }
    ts_arena_free(arena);
}

static void version_is_behind_the_dot(void **state)
{
    (void)state;
    assert_int_equal(ts_library_content_version("P0100012.3", "p0100012"), 3);
    assert_int_equal(ts_library_content_version("P0100012.x", "P0100012"), 0);
    assert_int_equal(ts_library_content_version("P0100012", "P0100012"), 0);
    assert_int_equal(ts_library_content_version("P0100012.", "P0100012"), 0);
    assert_int_equal(ts_library_content_version("Content_3.1", "P0100012"), 0);
    assert_int_equal(ts_library_content_version("P0100012.99999999999999999999", "P0100012"), 0);
}

#define HASH "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"

static void file_has_hash_size_and_time(void **state)
{
    (void)state;
    ts_library_file f;
    ts_err *err = NULL;
    static const char good[] = "[File]\nSize=5\nHash=" HASH
                               "\nTimeModified=133500000000000000\nAttributes=20\n";
    assert_true(ts_library_file_read("f.ini", TEXT(good), &f, NULL));
    assert_string_equal(f.sha256,
                        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_int_equal(f.size, 5);
    assert_int_equal(f.modified, 1705526400000);
    assert_true(ts_library_file_read("f.ini", TEXT("[Folder]\nHash=x\n"), &f, NULL));
    assert_string_equal(f.sha256, "");
    assert_true(f.size == UINT64_MAX);
    assert_false(ts_library_file_read("f.ini", TEXT("[File]\nHash=../../etc/passwd"), &f, &err));
    assert_non_null(strstr(ts_err_text(err), "f.ini:2"));
    ts_err_clear(&err);
    assert_false(ts_library_file_read("f.ini", TEXT("[File]\nHash=" HASH "0"), &f, NULL));
    assert_false(ts_library_file_read("f.ini", TEXT("[File]\nSize=-1"), &f, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_are_told_with_section_and_line),
        cmocka_unit_test(byte_order_marks_are_understood),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(package_names_its_contents),
        cmocka_unit_test(version_is_behind_the_dot),
        cmocka_unit_test(file_has_hash_size_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
