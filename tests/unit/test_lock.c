/* test_lock.c - locks between processes. Two openings in one process stand for two processes here;
 * tests/net/locks.sh has real ones. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char *root;

static int make_root(void **state)
{
    TS_UNUSED(state);
    uint64_t random = 0;
    char *here = ts_folder_current(NULL);
    if (here && ts_random(&random, sizeof random, NULL))
        root = ts_sprintf("%s/lock-%016llx", here, (unsigned long long)random);
    free(here);
    return root && ts_folder_make(root, NULL) ? 0 : -1;
}

static int remove_root(void **state)
{
    TS_UNUSED(state);
    bool ok = ts_folder_remove(root, NULL);
    free(root);
    return ok ? 0 : -1;
}

static char *at(const char *name)
{
    char *path = ts_path_join(root, name);
    assert_non_null(path);
    return path;
}

static void second_lock_names_the_holder(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *path = at("a.lock");
    ts_lock *lock = ts_lock_take(path, "the thing 'x'", "publish sign", 0, &err);
    assert_non_null(lock);
    assert_null(ts_lock_weak(lock));
    uint64_t before = ts_clock_steady();
    assert_null(ts_lock_take(path, "the thing 'x'", "publish gc", 300, &err));
    assert_true(ts_clock_steady() - before >= 300u * 1000000u);
    assert_int_equal(ts_err_code(err), TS_BUSY);
    char who[64];
    snprintf(who, sizeof who, "the thing 'x' is in use by process %u", ts_process_id());
    assert_non_null(strstr(ts_err_text(err), who));
    assert_non_null(strstr(ts_err_text(err), "(publish sign)"));
    ts_err_clear(&err);
    ts_lock_release(lock);
}

static void released_lock_is_free_and_names_nobody(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *path = at("b.lock");
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 1;
    for (int i = 0; i < 2; i++) {
        ts_lock *lock = ts_lock_take(path, "it", "a test", 0, NULL);
        assert_non_null(lock);
        ts_lock_release(lock);
    }
    assert_true(ts_file_read(path, 100, &data, &size, NULL));
    assert_int_equal(size, 0);
}

static void release_from_another(void *ctx)
{
    ts_sleep(200);
    ts_lock_release(ctx);
}

static void waiting_lock_comes_when_it_is_free(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *path = at("c.lock");
    ts_lock *lock = ts_lock_take(path, "it", "first", 0, NULL);
    assert_non_null(lock);
    ts_thread *thread = ts_thread_start(release_from_another, lock, NULL);
    assert_non_null(thread);
    ts_lock *second = ts_lock_take(path, "it", "second", 20000, NULL);
    ts_thread_join(thread);
    assert_non_null(second);
    ts_lock_release(second);
}

/* What stands in the file was written by somebody else. */
static void hostile_holder_is_shown_harmless(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *path = at("d.lock");
    ts_lock *lock = ts_lock_take(path, "it", "a test", 0, NULL);
    assert_non_null(lock);
    char text[2 * TS_LOCK_WHO_MAX];
    memset(text, 'x', sizeof text);
    memcpy(text, "\x1b[2Jevil\x07\xff", 10);
    ts_file *file = ts_file_open(path, TS_FILE_UPDATE, false, NULL);
    assert_true(file && ts_file_pwrite(file, text, sizeof text, 0, NULL));
    ts_file_close(file);
    assert_null(ts_lock_take(path, "it", "a test", 0, &err));
    assert_non_null(strstr(ts_err_text(err), "in use by ?[2Jevil??xxx"));
    assert_null(strchr(ts_err_text(err), '\x1b'));
    assert_true(strlen(ts_err_text(err)) < TS_LOCK_WHO_MAX + 100);
    ts_err_clear(&err);
    ts_lock_release(lock);
}

static void place_that_cannot_be_made_is_weak(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *path = at("no/such/folder/.lock");
    ts_lock *lock = ts_lock_take(path, "it", "a test", 0, NULL);
    assert_non_null(lock);
    assert_non_null(ts_lock_weak(lock));
    assert_non_null(strstr(ts_lock_weak(lock), "no/such/folder/.lock"));
    ts_lock_release(lock);
    ts_lock_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_lock_names_the_holder),
        cmocka_unit_test(released_lock_is_free_and_names_nobody),
        cmocka_unit_test(waiting_lock_comes_when_it_is_free),
        cmocka_unit_test(hostile_holder_is_shown_harmless),
        cmocka_unit_test(place_that_cannot_be_made_is_weak),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
