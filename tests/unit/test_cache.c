/* test_cache.c - the size of the cache: what leaves, what stays, what is too large. */
#include "check.h"

#include <stdio.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "cache.h"
#include "os.h"

#define BLOBS 8

typedef struct place {
    char cache[64];
    ts_blob blobs[BLOBS];
    ts_err *err;
} place;

static int set_up(void **state)
{
    static unsigned n;
    place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->cache, sizeof p->cache, "cache-%u-%u.tmp", (unsigned)ts_process_id(), n++);
    for (size_t i = 0; i < BLOBS; i++) {
        memset(p->blobs[i].sha256, (int)('a' + i), 64);
        p->blobs[i].size = 1000;
    }
    assert_true(ts_folder_make(p->cache, NULL));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    ts_folder_remove(p->cache, NULL);
    ts_err_free(p->err);
    free(p);
    return 0;
}

static char *path_of(const place *p, size_t i, const char *end)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s/%s%s", p->cache, *end ? "parts" : "blobs/sha256",
             p->blobs[i].sha256, end);
    return path;
}

static void put(const place *p, size_t i, const char *end)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    char *folder = ts_path_dir(path_of(p, i, end));
    assert_true(ts_folder_make(folder, NULL));
    free(folder);
    assert_true(ts_file_write_atomic(path_of(p, i, end), text, sizeof text, NULL));
}

static void use(place *p, size_t i, int64_t now)
{
    const char *digest = p->blobs[i].sha256;
    assert_true(ts_cache_note_use(p->cache, &digest, 1, now, NULL));
}

static bool room(place *p, uint64_t max, size_t first, size_t n)
{
    const ts_blob *blobs[BLOBS];
    for (size_t i = 0; i < n; i++)
        blobs[i] = &p->blobs[first + i];
    ts_err_clear(&p->err);
    return ts_cache_make_room(p->cache, max, "P0100001", blobs, n, &p->err);
}

/* Which of the first blobs are there: "ab-d". */
static void expect(const place *p, const char *which)
{
    for (size_t i = 0; which[i]; i++)
        assert_int_equal(ts_file_exists(path_of(p, i, "")), which[i] != '-');
}

static void least_recently_used_leave_first(void **state)
{
    place *p = *state;
    for (size_t i = 0; i < 4; i++)
        put(p, i, "");
    use(p, 0, 400);
    use(p, 1, 200);
    use(p, 2, 300); /* d: never */
    assert_true(room(p, 5000, 4, 1));
    expect(p, "abcd"); /* 4000 + 1000: exactly full */
    assert_true(room(p, 4999, 4, 1));
    expect(p, "abc-");
    assert_true(room(p, 3000, 4, 1));
    expect(p, "a-c-");
    use(p, 2, 500);
    assert_true(room(p, 2000, 4, 1));
    expect(p, "--c-");
}

static void order_survives_a_restart_and_damage(void **state)
{
    place *p = *state;
    char list[128];
    snprintf(list, sizeof list, "%s/used.txt", p->cache);
    put(p, 0, "");
    put(p, 1, "");
    use(p, 0, 200);
    use(p, 1, 100);
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_file_read(list, 1 << 20, &text, &size, NULL));
    assert_non_null(strstr(text, "aaaa"));
    free(text);
    assert_true(room(p, 2000, 4, 1));
    expect(p, "a-");
    static const char rubbish[] = "\n\n   \nx\naaa 5\n\xFF\xFE 1 2 3";
    assert_true(ts_file_write_atomic(list, rubbish, sizeof rubbish - 1, NULL));
    assert_true(room(p, 2000, 4, 1));
    expect(p, "a-");
    use(p, 0, 300);
    assert_true(room(p, 1000, 4, 1));
    expect(p, "--");
}

static void what_is_needed_never_leaves(void **state)
{
    place *p = *state;
    for (size_t i = 0; i < 3; i++)
        put(p, i, "");
    use(p, 1, 900);
    use(p, 2, 900); /* a: never used, and needed now */
    const ts_blob *blobs[] = {&p->blobs[0], &p->blobs[4], &p->blobs[4]};
    assert_true(ts_cache_make_room(p->cache, 2000, "P", blobs, 3, NULL));
    expect(p, "a--");
}

static void package_larger_than_the_limit_is_refused(void **state)
{
    place *p = *state;
    put(p, 0, "");
    assert_true(room(p, 3000, 4, 3));
    expect(p, "-");
    put(p, 0, "");
    assert_false(room(p, 2999, 4, 3));
    assert_int_equal(ts_err_code(p->err), TS_LIMIT);
    assert_non_null(strstr(ts_err_text(p->err), "P0100001 has 3000 bytes"));
    expect(p, "a");                /* nothing left for it */
    assert_true(room(p, 0, 4, 3)); /* no limit */
}

static void package_larger_than_the_disk_is_refused(void **state)
{
    place *p = *state;
    put(p, 0, "");
    p->blobs[4].size = UINT64_C(1) << 60;
    assert_false(room(p, 0, 4, 1));
    assert_int_equal(ts_err_code(p->err), TS_LIMIT);
    assert_non_null(strstr(ts_err_text(p->err), "its disk has"));
    expect(p, "a"); /* nothing left in vain */
}

static void parts_that_nobody_goes_on_with_leave_first(void **state)
{
    place *p = *state;
    put(p, 0, "");
    put(p, 1, ".part");
    put(p, 2, ".part"); /* grows: somebody fetches it */
    put(p, 4, ".part"); /* of what comes now: counts as there */
    int64_t old = ts_clock_now() - TS_CACHE_PART_MS - 5000;
    assert_true(ts_file_set_modified(path_of(p, 1, ".part"), old, NULL));
    assert_true(ts_file_set_modified(path_of(p, 4, ".part"), old, NULL));
    assert_true(room(p, 4000, 4, 1));
    assert_true(ts_file_exists(path_of(p, 1, ".part")));
    assert_true(room(p, 3000, 4, 1));
    assert_false(ts_file_exists(path_of(p, 1, ".part")));
    assert_true(ts_file_exists(path_of(p, 4, ".part")));
    expect(p, "a");
    assert_true(room(p, 2000, 4, 1));
    expect(p, "-");
    assert_true(ts_file_exists(path_of(p, 2, ".part")));
    assert_false(room(p, 1999, 4, 1));
    assert_non_null(strstr(ts_err_text(p->err), "the rest is in use"));
}

static void empty_cache_is_fine(void **state)
{
    place *p = *state;
    assert_true(room(p, 1000, 0, 1));
    assert_true(room(p, 1, 0, 0));
    use(p, 3, 1); /* not there: no list is written */
    char list[128];
    snprintf(list, sizeof list, "%s/used.txt", p->cache);
    assert_false(ts_file_exists(list));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(least_recently_used_leave_first),
        CASE(order_survives_a_restart_and_damage),
        CASE(what_is_needed_never_leaves),
        CASE(package_larger_than_the_limit_is_refused),
        CASE(package_larger_than_the_disk_is_refused),
        CASE(parts_that_nobody_goes_on_with_leave_first),
        CASE(empty_cache_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
