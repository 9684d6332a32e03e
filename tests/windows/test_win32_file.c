/* test_win32_file.c - files, folders, clocks and threads of Windows: long and foreign paths,
 * read-only files. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include <windows.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char root[MAX_PATH];

static const char *at(const char *name)
{
    static char path[4][4096];
    static unsigned next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof(path[0]), "%s/%s", root, name);
    return p;
}

static int make_root(void **state)
{
    TS_UNUSED(state);
    uint64_t random = 0;
    if (!ts_random(&random, sizeof(random), NULL))
        return -1;
    snprintf(root, sizeof(root), "%s/ts-%016llx", ts_env_get("TEMP"), (unsigned long long)random);
    return ts_folder_make(root, NULL) ? 0 : -1;
}

static int remove_root(void **state)
{
    TS_UNUSED(state);
    return ts_folder_remove(root, NULL) && !ts_file_exists(root) ? 0 : -1;
}

static void write_text(const char *path, const char *text)
{
    ts_err *err = NULL;
    if (!ts_file_write_atomic(path, text, strlen(text), &err))
        fail_msg("%s", ts_err_text(err));
}

static void assert_text(const char *path, const char *expected)
{
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1000, &data, &size, NULL));
    assert_string_equal(data, expected);
    assert_int_equal(size, strlen(expected));
    free(data);
}

static void whole_file_is_written_and_read(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_file_write_atomic(at("f"), "a\0\r\nb", 5, NULL));
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(at("f"), 5, &data, &size, NULL));
    assert_int_equal(size, 5);
    assert_memory_equal(data, "a\0\r\nb", 6);
    free(data);
    ts_err *err = NULL;
    assert_false(ts_file_read(at("f"), 4, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    assert_false(ts_file_read(at("none"), 4, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "win32 2"));
    ts_err_clear(&err);
    char **names = NULL;
    assert_true(ts_folder_list(root, &names, NULL));
    assert_string_equal(names[0], "f");
    assert_null(names[1]); /* nothing temporary is left */
    free(names);
}

static void read_only_file_is_replaced_and_removed(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "old");
    assert_true(SetFileAttributesA(at("f"), FILE_ATTRIBUTE_READONLY));
    write_text(at("f"), "new");
    assert_text(at("f"), "new");
    assert_true(SetFileAttributesA(at("f"), FILE_ATTRIBUTE_READONLY));
    assert_true(ts_file_remove(at("f"), NULL));
    assert_false(ts_file_exists(at("f")));
    assert_true(ts_file_remove(at("f"), NULL)); /* missing is success */
}

static void refused(const char *path, ts_file_mode mode, const char *number)
{
    ts_err *err = NULL;
    assert_null(ts_file_open(path, mode, false, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    if (!strstr(ts_err_text(err), path) || !strstr(ts_err_text(err), number))
        fail_msg("%s", ts_err_text(err));
    ts_err_free(err);
}

/* Not with the attribute "read-only": Wine does not hold root back by it. */
static void what_may_not_be_opened_is_said_with_the_number(void **state)
{
    TS_UNUSED(state);
    static const ts_file_mode modes[] = {TS_FILE_READ, TS_FILE_APPEND, TS_FILE_UPDATE,
                                         TS_FILE_LOCK};
    assert_true(ts_folder_make(at("d"), NULL));
    write_text(at("f"), "old");
    HANDLE other = CreateFileA(at("f"), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(other != INVALID_HANDLE_VALUE);
    for (size_t i = 0; i < TS_COUNT(modes); i++) {
        refused(at("d"), modes[i], "(win32 5)");  /* access denied */
        refused(at("f"), modes[i], "(win32 32)"); /* sharing violation */
    }
    CloseHandle(other);
    assert_text(at("f"), "old");
}

/* Names of 10 characters, 40 deep: more than 260 characters, which the plain API does not take. */
static void long_path_works_everywhere(void **state)
{
    TS_UNUSED(state);
    char path[2048];
    snprintf(path, sizeof(path), "%s", root);
    for (unsigned i = 0; i < 40; i++)
        snprintf(path + strlen(path), sizeof(path) - strlen(path), "/folder-%03u", i);
    assert_true(strlen(path) > 400);
    ts_err *err = NULL;
    if (!ts_folder_make(path, &err))
        fail_msg("%s", ts_err_text(err));
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_join(path, "file.txt");
    TS_CLEANUP(ts_free_ptr) char *other = ts_path_join(path, "other.txt");
    write_text(file, "deep");
    assert_true(ts_file_rename(file, other, NULL));
    assert_text(other, "deep");
    TS_CLEANUP(ts_free_ptr) char *absolute = ts_path_absolute(other, NULL);
    assert_non_null(absolute);
    assert_null(strchr(absolute, '?'));
    assert_non_null(strstr(absolute, "/folder-039/other.txt"));
    ts_path_info info;
    assert_true(ts_path_look(other, &info, NULL));
    assert_int_equal(info.size, 4);
}

static void names_of_all_languages_work(void **state)
{
    TS_UNUSED(state);
    static const char *const names[] = {"b\xC3\xBC"
                                        "cher",
                                        "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x98\x80 smile",
                                        "50% ^&!"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        write_text(at(names[i]), names[i]);
        assert_text(at(names[i]), names[i]);
    }
    char **list = NULL;
    assert_true(ts_folder_list(root, &list, NULL));
    assert_string_equal(list[0], names[3]);
    assert_string_equal(list[1], names[0]);
    assert_string_equal(list[2], names[1]);
    assert_string_equal(list[3], names[2]);
    free(list);
    ts_err *err = NULL;
    assert_false(ts_file_write_atomic(at("\xC3\x28"), "x", 1, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_free(err);
}

static void open_file_appends_reads_and_grows(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "one");
    ts_file *file = ts_file_open(at("f"), TS_FILE_APPEND, true, NULL);
    ts_file *second = ts_file_open(at("f"), TS_FILE_APPEND, false, NULL);
    assert_non_null(file);
    assert_non_null(second);
    assert_true(ts_file_append(file, " two", 4, NULL));
    assert_true(ts_file_append(second, " three", 6, NULL)); /* behind the other's */
    assert_true(ts_file_append(file, " four", 5, NULL));
    assert_true(ts_file_sync(file, NULL));
    ts_file_close(second);
    char text[64] = {0};
    size_t got = 0;
    assert_true(ts_file_pread(file, text, sizeof(text), 4, &got, NULL));
    assert_string_equal(text, "two three four");
    assert_int_equal(got, 14);
    assert_true(ts_file_pread(file, text, sizeof(text), 5000, &got, NULL));
    assert_int_equal(got, 0);
    assert_true(ts_file_reserve(file, 100000, NULL));
    uint64_t size = 0;
    assert_true(ts_file_size(file, &size, NULL));
    assert_int_equal(size, 100000);
    assert_true(ts_file_truncate(file, 3, NULL));
    assert_true(ts_file_pwrite(file, "XY", 2, 1, NULL));
    assert_false(ts_file_pwrite(file, "XY", 2, UINT64_MAX, NULL));
    ts_file_close(file);
    assert_text(at("f"), "oXY");
}

static void folder_goes_with_all_in_it(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_folder_make_shared(at("a/b\\c"), NULL));
    assert_true(ts_folder_make(at("a/b/c/"), NULL)); /* existing is success */
    write_text(at("a/b/f"), "x");
    assert_true(SetFileAttributesA(at("a/b/f"), FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN));
    ts_err *err = NULL;
    assert_false(ts_file_remove(at("a/b"), &err)); /* not empty */
    ts_err_clear(&err);
    assert_true(ts_folder_remove(at("a"), NULL));
    assert_false(ts_file_exists(at("a")));
    write_text(at("file"), "x");
    assert_false(ts_folder_make(at("file/sub"), &err));
    ts_err_free(err);
    uint64_t room = 0;
    assert_true(ts_disk_free(at("file"), &room, NULL));
    assert_true(room > 0);
}

/* "/_SMSTaskSequence" is a switch for cmd.exe. */
static void native_path_has_back_slashes(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *drive = ts_path_native("C:/_SMSTaskSequence/Logs", NULL);
    TS_CLEANUP(ts_free_ptr) char *share = ts_path_native("//server/share", NULL);
    assert_string_equal(drive, "C:\\_SMSTaskSequence\\Logs");
    assert_string_equal(share, "\\\\server\\share");
}

static void clocks_agree(void **state)
{
    TS_UNUSED(state);
    int64_t day = 1709210096000; /* 2024-02-29 12:34:56 UTC */
    int v[6];
    int bias = ts_clock_bias(day);
    assert_true(bias >= -14 * 60 && bias <= 12 * 60);
    ts_clock_local(day + (int64_t)bias * 60000, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
    const int expected[] = {2024, 2, 29, 12, 34, 56};
    assert_memory_equal(v, expected, sizeof(v));
    uint64_t before = ts_clock_steady();
    int64_t wall = ts_clock_now();
    ts_sleep(50);
    assert_true(ts_clock_steady() - before >= 45u * 1000000u);
    assert_true(ts_clock_now() - wall >= 40);
}

typedef struct shared {
    ts_mutex *mutex;
    ts_cv *cv;
    unsigned count;
} shared;

static void add_many(void *ctx)
{
    shared *s = ctx;
    for (unsigned i = 0; i < 10000; i++) {
        ts_mutex_lock(s->mutex);
        s->count++;
        ts_mutex_unlock(s->mutex);
    }
    ts_cv_wake(s->cv);
}

static void threads_share_a_counter(void **state)
{
    TS_UNUSED(state);
    shared s = {.mutex = ts_mutex_new(), .cv = ts_cv_new()};
    ts_thread *a = ts_thread_start(add_many, &s, NULL);
    ts_thread *b = ts_thread_start(add_many, &s, NULL);
    ts_mutex_lock(s.mutex);
    for (unsigned i = 0; i < 1000 && s.count < 20000; i++)
        (void)ts_cv_wait(s.cv, s.mutex, 20);
    assert_int_equal(s.count, 20000);
    assert_false(ts_cv_wait(s.cv, s.mutex, 20));
    ts_mutex_unlock(s.mutex);
    ts_thread_join(a);
    ts_thread_join(b);
    ts_cv_free(s.cv);
    ts_mutex_free(s.mutex);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(whole_file_is_written_and_read),
        WITH_ROOT(read_only_file_is_replaced_and_removed),
        WITH_ROOT(what_may_not_be_opened_is_said_with_the_number),
        WITH_ROOT(long_path_works_everywhere),
        WITH_ROOT(names_of_all_languages_work),
        WITH_ROOT(open_file_appends_reads_and_grows),
        WITH_ROOT(folder_goes_with_all_in_it),
        cmocka_unit_test(native_path_has_back_slashes),
        cmocka_unit_test(clocks_agree),
        cmocka_unit_test(threads_share_a_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
