/* test_zip.c - zip files in memory: what is read, what is refused, what is bounded. */
#include "check.h"

#include <stdio.h>

#include "ts_archive.h"
#include "zip_make.h"

/* A folder "dir/" and "dir/a.txt": 1,000 times 'a', deflated. */
static const uint8_t deflated[] = {
    0x50, 0x4B, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x64, 0x69,
    0x72, 0x2F, 0x50, 0x4B, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00,
    0x03, 0xDA, 0x38, 0x9A, 0x0B, 0x00, 0x00, 0x00, 0xE8, 0x03, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00,
    0x64, 0x69, 0x72, 0x2F, 0x61, 0x2E, 0x74, 0x78, 0x74, 0x4B, 0x4C, 0x1C, 0x05, 0xA3, 0x60, 0x14,
    0x0C, 0x77, 0x00, 0x00, 0x50, 0x4B, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x21, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x64, 0x69, 0x72, 0x2F, 0x50, 0x4B, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x03, 0xDA, 0x38, 0x9A, 0x0B, 0x00, 0x00, 0x00, 0xE8, 0x03,
    0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01,
    0x22, 0x00, 0x00, 0x00, 0x64, 0x69, 0x72, 0x2F, 0x61, 0x2E, 0x74, 0x78, 0x74, 0x50, 0x4B, 0x05,
    0x06, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02, 0x00, 0x69, 0x00, 0x00, 0x00, 0x54, 0x00, 0x00,
    0x00, 0x00, 0x00,
};

static void deflated_member_is_unpacked_and_folders_are_left_out(void **state)
{
    (void)state;
    ts_err *err = NULL;
    ts_zip *zip = ts_zip_open("z", deflated, sizeof deflated, &err);
    assert_non_null(zip);
    const char *path;
    assert_true(ts_zip_next(zip, &path, &err));
    assert_string_equal(path, "dir/a.txt");
    ts_buf out;
    ts_buf_init(&out, 1000);
    assert_true(ts_zip_read(zip, &out, &err));
    assert_int_equal(out.len, 1000);
    assert_int_equal(out.data[999], 'a');
    assert_true(ts_zip_next(zip, &path, &err));
    assert_null(path);
    ts_buf_done(&out);
    ts_zip_close(zip);
}

static void more_than_the_buffer_holds_is_a_limit(void **state)
{
    (void)state;
    ts_err *err = NULL;
    ts_zip *zip = ts_zip_open("z", deflated, sizeof deflated, &err);
    const char *path;
    assert_true(ts_zip_next(zip, &path, &err));
    ts_buf out;
    ts_buf_init(&out, 999);
    assert_false(ts_zip_read(zip, &out, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_non_null(strstr(ts_err_text(err), "dir/a.txt"));
    ts_err_free(err);
    ts_buf_done(&out);
    ts_zip_close(zip);
}

static void zip_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    assert_true(ts_zip_is(deflated, sizeof deflated));
    assert_true(ts_zip_is("PK\5\6", 4));
    assert_false(ts_zip_is("PK\3", 3));
    assert_false(ts_zip_is("<sequence/>", 11));
}

static void encrypted_member_is_refused(void **state)
{
    (void)state;
    uint8_t data[sizeof deflated];
    memcpy(data, deflated, sizeof data);
    for (size_t i = 0; i + 10 < sizeof data; i++) { /* the flag in local headers and directory */
        if (memcmp(data + i, "PK\3\4", 4) == 0)
            data[i + 6] |= 1;
        if (memcmp(data + i, "PK\1\2", 4) == 0)
            data[i + 8] |= 1;
    }
    ts_err *err = NULL;
    ts_zip *zip = ts_zip_open("z", data, sizeof data, &err);
    assert_non_null(zip);
    const char *path;
    ts_buf out;
    ts_buf_init(&out, 1000);
    assert_false(ts_zip_next(zip, &path, &err) && ts_zip_read(zip, &out, &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_free(err);
    ts_buf_done(&out);
    ts_zip_close(zip);
}

static void number_of_entries_is_limited(void **state)
{
    (void)state;
    zip_make made = {.data = NULL};
    for (unsigned i = 0; i < TS_ZIP_ENTRIES_MAX;
         i++) { /* the format's own 16-bit count wraps here */
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        zip_add_text(&made, name, "");
    }
    /* without a directory libarchive reads member after member */
    zip_add_text(&made, "one more", "");
    ts_err *err = NULL;
    ts_zip *zip = ts_zip_open("z", made.data, made.size, &err);
    assert_non_null(zip);
    const char *path = "";
    unsigned n = 0;
    bool ok = true;
    while ((ok = ts_zip_next(zip, &path, &err)) && path)
        n++;
    assert_false(ok);
    assert_int_equal(n, TS_ZIP_ENTRIES_MAX);
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_zip_close(zip);
    zip_make_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deflated_member_is_unpacked_and_folders_are_left_out),
        cmocka_unit_test(more_than_the_buffer_holds_is_a_limit),
        cmocka_unit_test(zip_is_told_by_its_first_bytes),
        cmocka_unit_test(encrypted_member_is_refused),
        cmocka_unit_test(number_of_entries_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
