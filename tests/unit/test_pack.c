/* test_pack.c - packs: what is written comes back; links, devices and bad names do not. */
#include "check.h"

#include <stdio.h>

#include "os.h"
#include "pack.h"

/* A tar header as POSIX ustar wants it, with a body of zeros rounded up to blocks. */
static size_t tar_entry(uint8_t *out, const char *name, char type, const char *link, size_t size)
{
    memset(out, 0, 512);
    snprintf((char *)out, 100, "%s", name);
    snprintf((char *)out + 100, 8, "0000644");
    snprintf((char *)out + 108, 8, "0000000");
    snprintf((char *)out + 116, 8, "0000000");
    snprintf((char *)out + 124, 12, "%011zo", size);
    snprintf((char *)out + 136, 12, "00000000000");
    out[156] = (uint8_t)type;
    snprintf((char *)out + 157, 100, "%s", link);
    memcpy(out + 257, "ustar\00000", 8);
    memset(out + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += out[i];
    snprintf((char *)out + 148, 8, "%06o", sum);
    size_t body = (size + 511) / 512 * 512;
    memset(out + 512, 0, body);
    return 512 + body;
}

static ts_code first_code(const char *name, char type, const char *link)
{
    static uint8_t tar[8192];
    memset(tar, 0, sizeof tar);
    tar_entry(tar, name, type, link, type == '0' ? 3 : 0);
    ts_err *err = NULL;
    ts_pack *p = ts_pack_open_bytes(tar, sizeof tar, &err);
    ts_pack_entry e;
    bool more = false;
    if (p)
        ts_pack_next(p, &e, &more, &err);
    ts_code code = ts_err_code(err);
    ts_err_clear(&err);
    ts_pack_close(p);
    return code;
}

static void written_pack_reads_back(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "pack-%u.tmp", (unsigned)ts_process_id());
    ts_pack_writer *w = ts_pack_create(path, NULL);
    assert_non_null(w);
    assert_true(ts_pack_add(w, "a/b.txt", 1700000000000, true, "hello", 5, NULL));
    assert_true(ts_pack_add(w, "empty", 0, false, "", 0, NULL));
    assert_true(ts_pack_finish(w, NULL));
    ts_pack_writer_free(w);
    ts_pack *p = ts_pack_open(path, NULL);
    assert_non_null(p);
    ts_pack_entry e;
    bool more = false;
    char data[16];
    size_t got = 0;
    assert_true(ts_pack_next(p, &e, &more, NULL));
    assert_true(more);
    assert_string_equal(e.name, "a/b.txt");
    assert_int_equal(e.size, 5);
    assert_int_equal(e.modified, 1700000000000);
    assert_true(e.executable);
    assert_true(ts_pack_read(p, data, sizeof data, &got, NULL));
    assert_int_equal(got, 5);
    assert_memory_equal(data, "hello", 5);
    assert_true(ts_pack_next(p, &e, &more, NULL));
    assert_int_equal(e.size, 0);
    assert_true(ts_pack_next(p, &e, &more, NULL));
    assert_false(more);
    ts_pack_close(p);
    ts_file_remove(path, NULL);
}

static void names_that_lead_out_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"../x", "/x",         "a/../../x", "C:\\x",
                                      "con",  "a/lpt1.txt", "x."};
    assert_int_equal(first_code("fine.txt", '0', ""), TS_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(first_code(bad[i], '0', ""), TS_REFUSED);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(first_code("x", '2', "/etc/passwd"), TS_REFUSED); /* symbolic link */
    assert_int_equal(first_code("x", '1', "y"), TS_REFUSED);           /* hard link */
    assert_int_equal(first_code("x", '3', ""), TS_REFUSED);            /* device */
    assert_int_equal(first_code("x", '5', ""), TS_REFUSED);            /* folder */
    assert_int_equal(first_code("x", '6', ""), TS_REFUSED);            /* pipe */
}

static void entry_above_the_limit_is_refused(void **state)
{
    (void)state;
    static uint8_t tar[1024];
    tar_entry(tar, "big", '0', "", 0);
    snprintf((char *)tar + 124, 12, "%011o", TS_PACK_BYTES_MAX + 1);
    memset(tar + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += tar[i];
    snprintf((char *)tar + 148, 8, "%06o", sum);
    ts_err *err = NULL;
    ts_pack *p = ts_pack_open_bytes(tar, sizeof tar, &err);
    assert_non_null(p);
    ts_pack_entry e;
    bool more = false;
    assert_false(ts_pack_next(p, &e, &more, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    ts_pack_close(p);
}

static void pack_of_too_many_files_is_refused(void **state)
{
    (void)state;
    uint8_t *tar = calloc(TS_PACK_FILES_MAX + 1 + 2, 512);
    assert_non_null(tar);
    for (size_t i = 0; i <= TS_PACK_FILES_MAX; i++)
        tar_entry(tar + 512 * i, "x", '0', "", 0);
    ts_err *err = NULL;
    ts_pack *p = ts_pack_open_bytes(tar, 512 * (TS_PACK_FILES_MAX + 1 + 2), &err);
    assert_non_null(p);
    ts_pack_entry e;
    bool more = false;
    for (size_t i = 0; i < TS_PACK_FILES_MAX; i++)
        if (!ts_pack_next(p, &e, &more, &err) || !more)
            fail_msg("entry %zu: %s", i, ts_err_text(err));
    assert_false(ts_pack_next(p, &e, &more, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    ts_pack_close(p);
    free(tar);
}

static void garbage_is_no_pack(void **state)
{
    (void)state;
    uint8_t junk[4096];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (uint8_t)(i * 37 + 11);
    ts_err *err = NULL;
    ts_pack_entry e;
    bool more = false;
    ts_pack *p = ts_pack_open_bytes(junk, sizeof junk, &err);
    assert_true(!p || !ts_pack_next(p, &e, &more, &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_clear(&err);
    ts_pack_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_pack_reads_back),
        cmocka_unit_test(names_that_lead_out_are_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(entry_above_the_limit_is_refused),
        cmocka_unit_test(pack_of_too_many_files_is_refused),
        cmocka_unit_test(garbage_is_no_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
