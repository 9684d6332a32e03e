/* test_posix_file.c - files, folders, clocks and threads below the host seam. */
#include "check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char root[64];

static const char *at(const char *name)
{
    static char path[4][PATH_MAX];
    static unsigned next;
    char *p = path[next++ % 4];
    snprintf(p, PATH_MAX, "%s/%s", root, name);
    return p;
}

static int make_root(void **state)
{
    TS_UNUSED(state);
    snprintf(root, sizeof(root), "/tmp/ts-file-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    TS_UNUSED(state);
    return ts_folder_remove(root, NULL) && !ts_file_exists(root) ? 0 : -1;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void write_text(const char *path, const char *text)
{
    assert_true(ts_file_write_atomic(path, text, strlen(text), NULL));
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

static void read_gives_all_bytes_and_a_nul(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_file_write_atomic(at("f"), "a\0b", 3, NULL));
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(at("f"), 3, &data, &size, NULL));
    assert_int_equal(size, 3);
    assert_memory_equal(data, "a\0b", 4);
    free(data);
}

static void read_over_the_limit_fails(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "four");
    char *data = NULL;
    size_t size = 7;
    ts_err *err = NULL;
    assert_false(ts_file_read(at("f"), 3, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_null(data);
    assert_int_equal(size, 7);
    ts_err_free(err);
    /* A file that says it is empty (proc) is counted while it is read. */
    err = NULL;
    assert_false(ts_file_read("/proc/self/status", 20, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
}

static void read_of_proc_is_not_empty(void **state)
{
    TS_UNUSED(state);
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read("/proc/self/smaps", 16u << 20, &data, &size, NULL));
    assert_true(size > 4096);
    assert_int_equal(strlen(data), size);
    free(data);
}

static void read_of_missing_or_folder_says_so(void **state)
{
    TS_UNUSED(state);
    char *data = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    assert_false(ts_file_read(at("none"), 10, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "none"));
    ts_err_free(err);
    err = NULL;
    assert_false(ts_file_read(root, 10, &data, &size, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    uint32_t number = 0;
    assert_int_equal(ts_err_os(err, &number), TS_OS_ERRNO);
    assert_int_equal(number, EISDIR);
    ts_err_free(err);
}

static void write_atomic_replaces_and_keeps_the_mode(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "old and longer");
    assert_int_equal(chmod(at("f"), 0600), 0);
    write_text(at("f"), "new");
    assert_text(at("f"), "new");
    assert_int_equal(mode_of(at("f")), 0600);
    char **names = NULL;
    assert_true(ts_folder_list(root, &names, NULL));
    assert_string_equal(names[0], "f");
    assert_null(names[1]);
    free(names);
}

static void write_atomic_that_fails_leaves_nothing(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_folder_make(at("taken/x"), NULL));
    ts_err *err = NULL;
    assert_false(ts_file_write_atomic(at("taken"), "x", 1, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    ts_err_free(err);
    err = NULL;
    assert_false(ts_file_write_atomic(at("no/folder"), "x", 1, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    char **names = NULL;
    assert_true(ts_folder_list(root, &names, NULL));
    assert_string_equal(names[0], "taken");
    assert_null(names[1]);
    free(names);
}

static void folder_make_makes_parents_for_the_owner(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_folder_make(at("a/b//c/"), NULL));
    assert_true(ts_file_is_folder(at("a/b/c")));
    assert_int_equal(mode_of(at("a/b")), 0700);
    assert_true(ts_folder_make(at("a/b"), NULL));
    write_text(at("file"), "x");
    ts_err *err = NULL;
    assert_false(ts_folder_make(at("file/sub"), &err));
    assert_non_null(err);
    ts_err_free(err);
    assert_false(ts_folder_make("", NULL));
}

static void folder_list_is_sorted(void **state)
{
    TS_UNUSED(state);
    write_text(at("b"), "");
    write_text(at("a"), "");
    write_text(at(".hidden"), "");
    assert_true(ts_folder_make(at("c"), NULL));
    char **names = NULL;
    assert_true(ts_folder_list(root, &names, NULL));
    const char *expected[] = {".hidden", "a", "b", "c"};
    for (size_t i = 0; i < TS_COUNT(expected); i++)
        assert_string_equal(names[i], expected[i]);
    assert_null(names[4]);
    free(names);
    assert_true(ts_folder_list(at("c"), &names, NULL));
    assert_null(names[0]);
    free(names);
}

static void folder_list_of_missing_folder_fails(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char **names = NULL;
    assert_false(ts_folder_list(at("none"), &names, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_null(names);
    ts_err_free(err);
}

/* A second name of the file shows what is left in its space. */
static void wiped_file_leaves_zeros_and_no_name(void **state)
{
    TS_UNUSED(state);
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_wipe(at("none"), NULL));
    write_text(at("key"), "a key of more than one block: 0123456789012345678901234567890123456789");
    assert_int_equal(link(at("key"), at("other")), 0);
    assert_true(ts_file_wipe(at("key"), NULL));
    assert_false(ts_file_exists(at("key")));
    assert_true(ts_file_read(at("other"), 4096, &data, &size, NULL));
    assert_true(size >= 70);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(data[i], 0);
    free(data);
}

static void file_of_another_account_is_not_ours(void **state)
{
    TS_UNUSED(state);
    write_text(at("mine"), "x");
    assert_true(ts_file_is_ours(at("mine")));
    assert_false(ts_file_is_ours(at("no-such-file")));
    if (geteuid() != 0) /* nobody else can give a file away */
        return;
    assert_int_equal(chown(at("mine"), 12345, 12345), 0);
    assert_false(ts_file_is_ours(at("mine")));
}

static void folder_remove_does_not_follow_links(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_folder_make(at("keep"), NULL));
    write_text(at("keep/file"), "kept");
    assert_true(ts_folder_make(at("gone/deep/deeper"), NULL));
    write_text(at("gone/deep/file"), "x");
    assert_int_equal(symlink(at("keep"), at("gone/deep/link")), 0);
    assert_int_equal(symlink(at("keep"), at("link")), 0);
    assert_true(ts_folder_remove(at("gone"), NULL));
    assert_false(ts_file_exists(at("gone")));
    assert_true(ts_folder_remove(at("link"), NULL));
    assert_text(at("keep/file"), "kept");
    assert_true(ts_folder_remove(at("gone"), NULL));
}

static void folder_remove_deeper_than_the_limit_fails(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_buf_done) ts_buf path;
    ts_buf_init(&path, 4000);
    ts_buf_printf(&path, "%s/deep", root);
    for (unsigned i = 0; i < TS_FOLDER_DEPTH_MAX; i++)
        ts_buf_str(&path, "/d");
    assert_true(ts_folder_make(ts_buf_text(&path), NULL));
    ts_err *err = NULL;
    assert_false(ts_folder_remove(at("deep"), &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    assert_int_equal(rename(at("deep/d"), at("less")), 0);
    assert_true(ts_folder_remove(at("less"), NULL));
}

static void file_remove_takes_files_and_empty_folders(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "x");
    assert_true(ts_folder_make(at("d/e"), NULL));
    assert_true(ts_file_remove(at("f"), NULL));
    assert_true(ts_file_remove(at("f"), NULL));
    assert_false(ts_file_remove(at("d"), NULL));
    assert_true(ts_file_remove(at("d/e"), NULL));
    assert_true(ts_file_remove(at("d"), NULL));
    assert_false(ts_file_exists(at("d")));
}

static void open_append_goes_on_at_the_end(void **state)
{
    TS_UNUSED(state);
    for (int i = 0; i < 2; i++) {
        ts_file *file = ts_file_open(at("log"), TS_FILE_APPEND, true, NULL);
        assert_non_null(file);
        assert_true(ts_file_append(file, "ab", 2, NULL));
        assert_true(ts_file_append(file, "c", 1, NULL));
        assert_true(ts_file_sync(file, NULL));
        ts_file_close(file);
    }
    assert_text(at("log"), "abcabc");
    assert_int_equal(mode_of(at("log")), 0600);
}

static void open_owner_only_closes_an_open_file(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "secret");
    assert_int_equal(chmod(at("f"), 0644), 0);
    ts_file *file = ts_file_open(at("f"), TS_FILE_UPDATE, true, NULL);
    assert_non_null(file);
    ts_file_close(file);
    assert_int_equal(mode_of(at("f")), 0600);
    assert_text(at("f"), "secret");
    assert_int_equal(symlink(at("f"), at("link")), 0);
    ts_err *err = NULL;
    assert_null(ts_file_open(at("link"), TS_FILE_APPEND, true, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    ts_err_free(err);
}

static void assert_no_lock(const char *path, const char *why)
{
    ts_lock *lock = ts_lock_take(path, "it", "a test", 0, NULL);
    assert_non_null(lock);
    assert_non_null(ts_lock_weak(lock));
    if (!strstr(ts_lock_weak(lock), path) || !strstr(ts_lock_weak(lock), why))
        fail_msg("%s", ts_lock_weak(lock));
    ts_lock_release(lock);
}

/* In a folder that several people may write to, one of them leaves a link to another's file. */
static void lock_takes_plain_files_only(void **state)
{
    TS_UNUSED(state);
    write_text(at("f"), "precious");
    assert_int_equal(symlink(at("f"), at("link")), 0);
    assert_no_lock(at("link"), "is a link");
    assert_text(at("f"), "precious");
    assert_int_equal(symlink(at("none"), at("dangling")), 0);
    assert_no_lock(at("dangling"), "is a link");
    assert_false(ts_file_exists(at("none")));
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_no_lock(at("pipe"), "is no plain file");
    assert_true(ts_folder_make(at("folder"), NULL));
    assert_no_lock(at("folder"), "cannot open");
}

static void pread_and_pwrite_keep_to_their_offset(void **state)
{
    TS_UNUSED(state);
    ts_file *file = ts_file_open(at("f"), TS_FILE_CREATE, false, NULL);
    assert_non_null(file);
    uint64_t far = 5ull << 30; /* sparse: beyond 4 GiB costs nothing */
    assert_true(ts_file_pwrite(file, "tail", 4, far, NULL));
    uint64_t size = 0;
    assert_true(ts_file_size(file, &size, NULL));
    assert_true(size == far + 4);
    char got[8] = "";
    size_t n = 0;
    assert_true(ts_file_pread(file, got, sizeof(got), far + 1, &n, NULL));
    assert_int_equal(n, 3);
    assert_memory_equal(got, "ail", 3);
    assert_true(ts_file_pread(file, got, sizeof(got), far + 4, &n, NULL));
    assert_int_equal(n, 0);
    assert_true(ts_file_truncate(file, 2, NULL));
    assert_true(ts_file_size(file, &size, NULL));
    assert_int_equal(size, 2);
    assert_false(ts_file_pwrite(file, "x", 1, UINT64_MAX, NULL));
    ts_file_close(file);
}

static void reserve_takes_the_space_and_never_shrinks(void **state)
{
    TS_UNUSED(state);
    ts_file *file = ts_file_open(at("f"), TS_FILE_CREATE, false, NULL);
    assert_non_null(file);
    assert_true(ts_file_reserve(file, 1u << 20, NULL));
    assert_true(ts_file_reserve(file, 10, NULL));
    struct stat st;
    assert_int_equal(stat(at("f"), &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_true(st.st_blocks * 512 >= 1 << 20);
    ts_err *err = NULL;
    assert_false(ts_file_reserve(file, 1ull << 62, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    ts_err_free(err);
    ts_file_close(file);
}

static void path_absolute_of_missing_file_is_below_the_current_folder(void **state)
{
    TS_UNUSED(state);
    char *here = ts_folder_current(NULL);
    char *path = ts_path_absolute("no-such-file", NULL);
    char expected[PATH_MAX];
    snprintf(expected, sizeof(expected), "%s/no-such-file", here);
    assert_string_equal(path, expected);
    free(path);
    free(here);
    assert_int_equal(symlink(root, at("self")), 0);
    path = ts_path_absolute(at("self/../"), NULL);
    assert_string_equal(path, "/tmp");
    free(path);
}

static void disk_free_answers_for_a_folder(void **state)
{
    TS_UNUSED(state);
    uint64_t bytes = 0;
    assert_true(ts_disk_free(root, &bytes, NULL));
    assert_true(bytes > 0);
    assert_false(ts_disk_free(at("none"), &bytes, NULL));
}

static void clock_local_and_bias_agree(void **state)
{
    TS_UNUSED(state);
    setenv("TZ", "XST-5:30", 1); /* five and a half hours east */
    tzset();
    int v[6];
    ts_clock_local(0, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
    const int expected[] = {1970, 1, 1, 5, 30, 0};
    assert_memory_equal(v, expected, sizeof(v));
    assert_int_equal(ts_clock_bias(0), -330);
    setenv("TZ", "UTC", 1);
    tzset();
    ts_clock_local(-1, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
    assert_int_equal(v[0], 1969);
    assert_int_equal(v[5], 59);
    assert_int_equal(ts_clock_bias(0), 0);
}

static void random_differs(void **state)
{
    TS_UNUSED(state);
    unsigned char a[32] = {0};
    unsigned char b[32] = {0};
    assert_true(ts_random(a, sizeof(a), NULL));
    assert_true(ts_random(b, sizeof(b), NULL));
    assert_memory_not_equal(a, b, sizeof(a));
}

struct meeting {
    ts_mutex *mutex;
    ts_cv *cv;
    uint32_t thread;
};

static void arrive(void *ctx)
{
    struct meeting *meeting = ctx;
    ts_mutex_lock(meeting->mutex);
    meeting->thread = ts_thread_id();
    ts_cv_wake(meeting->cv);
    ts_mutex_unlock(meeting->mutex);
}

static void thread_wakes_the_waiting_one(void **state)
{
    TS_UNUSED(state);
    struct meeting meeting = {ts_mutex_new(), ts_cv_new(), 0};
    ts_mutex_lock(meeting.mutex);
    uint64_t before = ts_clock_steady();
    assert_false(ts_cv_wait(meeting.cv, meeting.mutex, 20));
    assert_true(ts_clock_steady() - before >= 19000000u);
    ts_thread *thread = ts_thread_start(arrive, &meeting, NULL);
    assert_non_null(thread);
    while (meeting.thread == 0)
        assert_true(ts_cv_wait(meeting.cv, meeting.mutex, 10000));
    ts_mutex_unlock(meeting.mutex);
    ts_thread_join(thread);
    assert_int_not_equal(meeting.thread, ts_thread_id());
    ts_cv_free(meeting.cv);
    ts_mutex_free(meeting.mutex);
}

static uint32_t number_of(ts_err *err)
{
    uint32_t number = 0;
    assert_int_equal(ts_err_os(err, &number), TS_OS_ERRNO);
    ts_err_free(err);
    return number;
}

static void folder_that_cannot_be_made_says_the_first_reason(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_int_equal(symlink("nowhere", at("link")), 0);
    assert_false(ts_folder_make(at("link/below"), &err));
    assert_int_equal(number_of(err), EEXIST); /* not ENOENT, of looking what is there */
}

/* Somebody else's file in a folder like /tmp may not be removed, whoever may write there. */
static void file_that_may_not_be_removed_is_no_missing_folder(void **state)
{
    TS_UNUSED(state);
    if (geteuid() != 0)
        skip();
    write_text(at("theirs"), "x");
    assert_int_equal(chmod(root, 01777), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ts_err *err = NULL;
        uint32_t number = 0;
        bool other = setgid(65534) == 0 && setuid(65534) == 0;
        bool alone = other && !ts_file_remove(at("theirs"), &err) &&
                     ts_err_os(err, &number) == TS_OS_ERRNO && number == EPERM;
        ts_err_clear(&err);
        bool within = other && !ts_folder_remove(root, &err) &&
                      ts_err_os(err, &number) == TS_OS_ERRNO && number == EPERM;
        _exit(alone && within ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(read_gives_all_bytes_and_a_nul),
        WITH_ROOT(folder_that_cannot_be_made_says_the_first_reason),
        WITH_ROOT(file_that_may_not_be_removed_is_no_missing_folder),
        WITH_ROOT(read_over_the_limit_fails),
        WITH_ROOT(read_of_proc_is_not_empty),
        WITH_ROOT(read_of_missing_or_folder_says_so),
        WITH_ROOT(write_atomic_replaces_and_keeps_the_mode),
        WITH_ROOT(write_atomic_that_fails_leaves_nothing),
        WITH_ROOT(folder_make_makes_parents_for_the_owner),
        WITH_ROOT(folder_list_is_sorted),
        WITH_ROOT(folder_list_of_missing_folder_fails),
        WITH_ROOT(wiped_file_leaves_zeros_and_no_name),
        WITH_ROOT(file_of_another_account_is_not_ours),
        WITH_ROOT(folder_remove_does_not_follow_links),
        WITH_ROOT(folder_remove_deeper_than_the_limit_fails),
        WITH_ROOT(file_remove_takes_files_and_empty_folders),
        WITH_ROOT(open_append_goes_on_at_the_end),
        WITH_ROOT(open_owner_only_closes_an_open_file),
        WITH_ROOT(lock_takes_plain_files_only),
        WITH_ROOT(pread_and_pwrite_keep_to_their_offset),
        WITH_ROOT(reserve_takes_the_space_and_never_shrinks),
        WITH_ROOT(path_absolute_of_missing_file_is_below_the_current_folder),
        WITH_ROOT(disk_free_answers_for_a_folder),
        cmocka_unit_test(clock_local_and_bias_agree),
        cmocka_unit_test(random_differs),
        cmocka_unit_test(thread_wakes_the_waiting_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
