/* test_passing.c - a file that is larger than the cache may be: it passes through, with holes
 * behind the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "content_private.h"
#include "crypto.h"
#include "hostile.h"
#include "os.h"
#include "repo.h"

#define BIG_PIECE (256u * 1024u)
#define BIG_N     48u
#define BIG_SIZE  (BIG_PIECE * BIG_N - 1000u)
#define BIG_MAX   ((2u * TS_STREAM_PASSING + 2u) * BIG_PIECE) /* of the cache */

static char work[64];

static int fresh(void **state)
{
    (void)state;
    snprintf(work, sizeof work, "/tmp/test_passing_XXXXXX");
    assert_non_null(mkdtemp(work));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    return ts_folder_remove(work, NULL) ? 0 : -1;
}

typedef struct big {
    uint8_t *data, *hashes;
    ts_blob blob;
    hostile_plan plan;
    hostile *server;
    ts_content *c;
    ts_content_stream *s;
    char part[256];
} big;

static void start_of(big *b, uint32_t piece, size_t n, uint64_t max)
{
    ts_err *err = NULL;
    uint32_t x = 7;
    const size_t size = piece * n - 1000;
    b->data = malloc(size);
    b->hashes = malloc(n * 32);
    assert_true(b->data && b->hashes);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        b->data[i] = (uint8_t)(x >> 24);
    }
    for (size_t p = 0; p < n; p++) {
        size_t len = p + 1 < n ? piece : size - p * piece;
        assert_true(ts_sha256(b->data + p * piece, len, b->hashes + 32 * p, NULL));
    }
    b->blob = (ts_blob){
        .name = "big", .size = size, .piece = piece, .n_pieces = n, .hashes = b->hashes};
    assert_true(ts_sha256_text(b->data, size, b->blob.sha256, NULL));
    snprintf(b->part, sizeof b->part, "%s/parts/%s.part", work, b->blob.sha256);
    b->plan = (hostile_plan){.data = b->data, .size = size};
    b->server = hostile_start(&b->plan);
    const char *url = hostile_url(b->server);
    const ts_content_options o = {.sources = &url, .n_sources = 1, .cache = work, .cache_max = max};
    b->c = ts_content_open(&o, NULL);
    assert_non_null(b->c);
    b->s = ts_stream_open_blob(b->c, &b->blob, NULL, work, &err);
    assert_int_equal(ts_err_code(err), b->s ? TS_OK : TS_REFUSED);
    ts_err_clear(&err);
}

static void big_start(big *b, uint64_t max)
{
    start_of(b, BIG_PIECE, BIG_N, max);
}

static void big_end(big *b)
{
    ts_content_stream_close(b->s);
    ts_content_close(b->c);
    hostile_stop(b->server);
    free(b->data);
    free(b->hashes);
}

/* Reads [at, end) and gives the most that the part took on the disk meanwhile. */
static uint64_t big_read(big *b, uint64_t at, uint64_t end)
{
    static uint8_t got[100003];
    ts_err *err = NULL;
    uint64_t most = 0;
    for (size_t n; at < end; at += n) {
        ts_path_info info = {0};
        n = end - at < sizeof got ? (size_t)(end - at) : sizeof got;
        if (!ts_content_stream_read_at(b->s, at, got, n, &err))
            fail_msg("%s", ts_err_text(err));
        assert_memory_equal(got, b->data + at, n);
        if (ts_path_look(b->part, &info, NULL) && info.on_disk > most)
            most = info.on_disk;
    }
    return most;
}

static void file_larger_than_the_cache_passes_through(void **state)
{
    (void)state;
    big b;
    big_start(&b, BIG_MAX);
    assert_non_null(b.s);
    assert_true(ts_content_stream_passes(b.s));
    /* As an image is read: the head, the tables at the end, then all of it. */
    big_read(&b, 0, 200);
    big_read(&b, BIG_SIZE - BIG_PIECE - 5000, BIG_SIZE);
    assert_in_range(big_read(&b, 0, BIG_SIZE), BIG_PIECE, BIG_MAX);
    /* The head was given up: it comes again, and the rest behind it. */
    uint64_t before = hostile_sent(b.server);
    assert_in_range(big_read(&b, 100, 3 * BIG_PIECE), BIG_PIECE, BIG_MAX);
    assert_true(hostile_sent(b.server) > before);
    ts_content_stream_close(b.s);
    b.s = NULL;
    assert_false(ts_file_exists(b.part));
    TS_CLEANUP(ts_free_ptr) char *final = ts_store_path(work, b.blob.sha256);
    assert_false(ts_file_exists(final)); /* the cache does not claim to have it */
    big_end(&b);
}

/* A table was given up and the head was not: the new transfer takes the head from the part, and
 * does not touch it. Pieces are what is read at once, so that the head is one. */
static void what_was_kept_outlives_a_new_transfer(void **state)
{
    (void)state;
    const uint32_t piece = TS_STEP_BYTES;
    const size_t n = 2 * TS_STREAM_PASSING + 4;
    const uint64_t tables = (uint64_t)(n - 3) * piece, end = (uint64_t)n * piece - 1000;
    big b;
    start_of(&b, piece, n, (2u * TS_STREAM_PASSING + 2u) * piece);
    assert_non_null(b.s);
    assert_true(ts_content_stream_passes(b.s));
    big_read(&b, 0, 200);
    big_read(&b, tables, end);
    uint64_t before = hostile_sent(b.server);
    big_read(&b, tables, end);
    assert_true(hostile_sent(b.server) > before);
    big_read(&b, 0, 200);
    big_end(&b);
}

static void cut_off_passing_file_is_fetched_again(void **state)
{
    (void)state;
    big b;
    big_start(&b, BIG_MAX);
    assert_non_null(b.s);
    big_read(&b, 0, 30 * BIG_PIECE);
    /* A power cut: part and map stay as they are. */
    TS_CLEANUP(ts_free_ptr) char *map = ts_sprintf("%s/parts/%s.map", work, b.blob.sha256);
    TS_CLEANUP(ts_free_ptr) char *kept = NULL;
    size_t len = 0;
    assert_true(ts_file_read(map, 1000, &kept, &len, NULL));
    for (size_t p = 0; p < 20; p++)
        assert_int_equal(kept[4 + p], 0); /* what was given up is not claimed */
    ts_file *part = ts_file_open(b.part, TS_FILE_READ, false, NULL);
    assert_non_null(part);
    ts_content_stream_close(b.s);
    uint8_t zero[16] = {0}, head[16] = {1};
    size_t got = 0;
    assert_true(ts_file_pread(part, head, sizeof head, 0, &got, NULL) && got == sizeof head);
    assert_memory_equal(head, zero, sizeof head); /* a hole */
    ts_file_close(part);
    ts_file *holes = ts_file_open(b.part, TS_FILE_CREATE, false, NULL);
    assert_true(holes && ts_file_truncate(holes, BIG_SIZE, NULL));
    ts_file_close(holes);
    memset(kept + 4, 1, BIG_N); /* the map may claim what the disk never got */
    assert_true(ts_file_write_atomic(map, kept, len, NULL));
    b.s = ts_stream_open_blob(b.c, &b.blob, NULL, work, NULL);
    assert_non_null(b.s);
    assert_true(ts_content_stream_passes(b.s));
    assert_in_range(big_read(&b, 0, BIG_SIZE), BIG_PIECE, BIG_MAX);
    big_end(&b);
}

static void cache_without_room_for_the_window_refuses(void **state)
{
    (void)state;
    big b;
    big_start(&b, 2u * TS_STREAM_PASSING * BIG_PIECE - 1);
    assert_null(b.s);
    big_end(&b);
    big_start(&b, BIG_SIZE);
    assert_non_null(b.s);
    assert_false(ts_content_stream_passes(b.s));
    big_read(&b, 0, BIG_SIZE);
    big_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_larger_than_the_cache_passes_through, fresh, clean),
        cmocka_unit_test_setup_teardown(what_was_kept_outlives_a_new_transfer, fresh, clean),
        cmocka_unit_test_setup_teardown(cut_off_passing_file_is_fetched_again, fresh, clean),
        cmocka_unit_test_setup_teardown(cache_without_room_for_the_window_refuses, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
