/* test_stream.c - one file in order while servers misbehave and the reader is slow, stops, or comes
 * back. */
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

#define SIZE  (300u * 1024u + 77u)
#define PIECE 4096u
#define N     76u /* more than twice the window */

static struct {
    uint8_t data[SIZE], got[SIZE], hashes[N * 32];
    ts_blob blob;
    char work[64];
    atomic_bool cancel;
} w;

static int set_up(void **state)
{
    (void)state;
    uint32_t x = 99;
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        w.data[i] = (uint8_t)(x >> 24);
    }
    for (size_t p = 0; p < N; p++) {
        size_t len = p + 1 < N ? PIECE : SIZE - p * PIECE;
        assert_true(ts_sha256(w.data + p * PIECE, len, w.hashes + 32 * p, NULL));
    }
    w.blob = (ts_blob){
        .name = "thing", .size = SIZE, .piece = PIECE, .n_pieces = N, .hashes = w.hashes};
    assert_true(ts_sha256_text(w.data, SIZE, w.blob.sha256, NULL));
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    snprintf(w.work, sizeof w.work, "/tmp/test_stream_XXXXXX");
    assert_non_null(mkdtemp(w.work));
    memset(w.got, 0, sizeof w.got);
    w.cancel = false;
    return 0;
}

static int clean(void **state)
{
    (void)state;
    return ts_folder_remove(w.work, NULL) ? 0 : -1;
}

static ts_content *open_content_with(const char *source, const char *cache)
{
    ts_err *err = NULL;
    ts_content_options o = {.sources = &source,
                            .n_sources = 1,
                            .cache = cache,
                            .stall_ms = 400,
                            .connect_ms = 1000,
                            .idle_ms = 1500,
                            .backoff_ms = 10,
                            .tries = 4,
                            .cancel = &w.cancel};
    ts_content *c = ts_content_open(&o, &err);
    if (!c)
        print_error("%s\n", ts_err_text(err));
    assert_non_null(c);
    return c;
}

static ts_content *open_content(const char *source)
{
    return open_content_with(source, NULL);
}

static ts_content_stream *open_stream(ts_content *c)
{
    ts_content_stream *s = ts_stream_open_blob(c, &w.blob, NULL, w.work, NULL);
    assert_non_null(s);
    assert_int_equal(ts_content_stream_size(s), SIZE);
    return s;
}

/* Reads from `at` up to `end` in odd sizes. */
static ts_code read_on(ts_content_stream *s, size_t at, size_t end)
{
    ts_err *err = NULL;
    for (size_t want; at < end; at += want) {
        want = end - at < 7001 ? end - at : 7001;
        if (!ts_content_stream_read_at(s, at, w.got + at, want, &err)) {
            ts_code code = ts_err_code(err);
            ts_err_clear(&err);
            return code;
        }
        assert_memory_equal(w.got + at, w.data + at, want);
    }
    return TS_OK;
}

static ts_code run_mode(hostile_mode mode, unsigned times, size_t amount)
{
    hostile_plan plan = {
        .mode = mode, .times = times, .amount = amount, .data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    ts_code code = read_on(s, 0, SIZE);
    if (code != TS_OK) /* it stays an error, and nothing wrong was handed out */
        assert_int_equal(read_on(s, 0, 1), code);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
    assert_true(ts_folder_remove(w.work, NULL));
    return code;
}

static void good_server_gives_all_in_order(void **state)
{
    (void)state;
    assert_int_equal(run_mode(HOSTILE_NONE, 0, 0), TS_OK);
}

static void bad_server_that_recovers_gives_all_in_order(void **state)
{
    (void)state;
    static const struct {
        hostile_mode mode;
        unsigned times;
        size_t amount;
    } cases[] = {{HOSTILE_TRUNCATE, 3, 0},      {HOSTILE_STALL, 1, 0},
                 {HOSTILE_STALL_HEAD, 1, 0},    {HOSTILE_DRIP, 2, 0},
                 {HOSTILE_CLOSE_AT, 3, 6000},   {HOSTILE_STATUS, 2, 503},
                 {HOSTILE_RANGE_IGNORED, 0, 0}, {HOSTILE_GARBAGE, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ts_code code = run_mode(cases[i].mode, cases[i].times, cases[i].amount);
        if (code != TS_OK)
            print_error("mode %d: %s\n", (int)cases[i].mode, ts_code_name(code));
        assert_int_equal(code, TS_OK);
    }
}

static void bad_server_is_an_error_that_stays(void **state)
{
    (void)state;
    assert_int_equal(run_mode(HOSTILE_CHANGED, 0, 0), TS_INTEGRITY);
    assert_int_equal(run_mode(HOSTILE_STATUS, 0, 404), TS_NOT_FOUND);
    assert_int_equal(run_mode(HOSTILE_STALL_HEAD, 0, 0), TS_TIMEOUT);
}

/* At least; how long that takes depends on what else the machine does. */
static void wait_for_sent(hostile *server, uint64_t bytes)
{
    for (unsigned i = 0; i < 4000 && hostile_sent(server) < bytes; i++)
        ts_sleep(5);
}

static void slow_reader_holds_the_network_back(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    wait_for_sent(server, 1);
    ts_sleep(500);
    assert_in_range(hostile_sent(server), 1, TS_STREAM_WINDOW * PIECE);
    assert_int_equal(read_on(s, 0, 10 * PIECE), TS_OK);
    wait_for_sent(server, TS_STREAM_WINDOW * PIECE);
    ts_sleep(1800); /* longer than the transfer waits for anything usable */
    assert_in_range(hostile_sent(server), TS_STREAM_WINDOW * PIECE,
                    (TS_STREAM_WINDOW + 11 + TS_STEP_BYTES / PIECE) * PIECE);
    assert_int_equal(read_on(s, 10 * PIECE, SIZE), TS_OK);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

static void second_stream_fetches_only_the_rest(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    for (int round = 0; round < 3; round++) {
        ts_content *c = open_content(hostile_url(server));
        ts_content_stream *s = open_stream(c);
        if (round == 0) { /* given up while one piece, or some, are there */
            while (hostile_sent(server) < PIECE)
                ts_sleep(5);
        } else {
            assert_int_equal(read_on(s, 0, SIZE), TS_OK);
        }
        ts_content_stream_close(s);
        ts_content_close(c);
    }
    assert_in_range(hostile_sent(server), SIZE, SIZE + 2 * PIECE);
    hostile_stop(server);
}

static void closing_in_the_middle_of_a_stall_is_quick(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STALL_HEAD, .data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    ts_sleep(100);
    uint64_t start = ts_clock_steady();
    ts_content_stream_close(s);
    assert_in_range((ts_clock_steady() - start) / 1000000u, 0, 1200); /* idle_ms is 1500 */
    ts_content_close(c);
    hostile_stop(server);
}

static void cancel_flag_ends_a_waiting_reader(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STALL_HEAD, .data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    w.cancel = true;
    assert_int_equal(read_on(s, 0, 1), TS_CANCELLED);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

static void put_in_store(const char *store, size_t damaged_at)
{
    char path[256];
    snprintf(path, sizeof path, "%s/blobs/sha256", store);
    assert_true(ts_folder_make(path, NULL));
    snprintf(path, sizeof path, "%s/blobs/sha256/%s", store, w.blob.sha256);
    memcpy(w.got, w.data, SIZE);
    if (damaged_at < SIZE)
        w.got[damaged_at] ^= 1;
    assert_true(ts_file_write_atomic(path, w.got, SIZE, NULL));
}

static void file_that_is_here_is_not_fetched(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    put_in_store(w.work, SIZE);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    assert_int_equal(read_on(s, 0, SIZE), TS_OK);
    assert_int_equal(hostile_requests(server), 0);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

static void damaged_file_is_fetched_in_the_middle(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    put_in_store(w.work, SIZE - 1);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    assert_int_equal(read_on(s, 0, SIZE), TS_OK);
    assert_true(hostile_requests(server) > 0);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

static void folder_is_read_in_place_and_damage_is_an_error(void **state)
{
    (void)state;
    char stick[128];
    snprintf(stick, sizeof stick, "%s/stick", w.work);
    put_in_store(stick, SIZE);
    ts_content *c = open_content(stick);
    ts_content_stream *s = open_stream(c);
    assert_int_equal(read_on(s, 0, SIZE), TS_OK);
    ts_content_stream_close(s);
    put_in_store(stick, 1000);
    s = open_stream(c);
    assert_int_equal(read_on(s, 0, SIZE), TS_NOT_FOUND); /* nobody else has it */
    ts_content_stream_close(s);
    ts_content_close(c);
}

static void encrypted_file_comes_in_clear(void **state)
{
    (void)state;
    const size_t size = TS_CIPHER_CHUNK + 12345;
    uint8_t key[32] = {1, 2, 3}, *clear = malloc(size), *got = malloc(size);
    char file[128], repo[128];
    bool is_new = false;
    ts_blob blob = {.name = "secret"};
    ts_arena *arena = ts_arena_new();
    assert_true(clear && got && arena);
    for (size_t i = 0; i < size; i++)
        clear[i] = w.data[i % SIZE];
    snprintf(file, sizeof file, "%s/clear", w.work);
    snprintf(repo, sizeof repo, "%s/repo", w.work);
    assert_true(ts_repo_prepare(repo, NULL) && ts_file_write_atomic(file, clear, size, NULL));
    assert_true(ts_repo_put_file(repo, file, key, arena, &blob, &is_new, NULL));
    ts_content *c = open_content(repo);
    ts_content_stream *s = ts_stream_open_blob(c, &blob, key, w.work, NULL);
    assert_non_null(s);
    assert_int_equal(ts_content_stream_size(s), size);
    assert_true(ts_content_stream_read_at(s, 0, got, size, NULL));
    assert_memory_equal(got, clear, size);
    const size_t places[] = {size - 7, 0, TS_CIPHER_CHUNK - 3, size - 12345, 3};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_true(ts_content_stream_read_at(s, places[i], got, 7, NULL));
        assert_memory_equal(got, clear + places[i], 7);
    }
    ts_content_stream_close(s);
    ts_content_close(c);
    ts_arena_free(arena);
    free(clear);
    free(got);
}

static void read_at(ts_content_stream *s, uint64_t offset, size_t size)
{
    memset(w.got, 0, size);
    assert_true(ts_content_stream_read_at(s, offset, w.got, size, NULL));
    assert_memory_equal(w.got, w.data + offset, size);
}

static void positions_in_any_order_give_the_right_bytes(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_GARBAGE, .times = 2, .data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    read_at(s, 0, 208);
    read_at(s, SIZE - 20000, 20000);
    read_at(s, SIZE - 1, 1);
    read_at(s, PIECE * 40 - 10, 30);
    read_at(s, 208, SIZE - 208);
    read_at(s, 100, PIECE * 60);
    read_at(s, SIZE, 0);
    read_at(s, SIZE - 500, 300);
    ts_err *err = NULL;
    assert_false(ts_content_stream_read_at(s, SIZE - 1, w.got, 2, &err));
    assert_int_equal(ts_err_code(err), TS_USAGE);
    ts_err_free(err);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

/* Pieces as large as what a stream reads at once, so that each counts. */
static void looking_around_fetches_what_is_looked_at(void **state)
{
    (void)state;
    enum { PIECES = 8 };
    const size_t piece = TS_STEP_BYTES, size = PIECES * piece - 100;
    static uint8_t hashes[PIECES * 32];
    uint8_t *data = malloc(size), *got = malloc(size);
    assert_true(data && got);
    ts_blob blob = {.name = "large",
                    .size = size,
                    .piece = (uint32_t)piece,
                    .n_pieces = PIECES,
                    .hashes = hashes};
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(w.data[i % SIZE] + i / SIZE);
    for (size_t p = 0; p < PIECES; p++)
        assert_true(ts_sha256(data + p * piece, p + 1 < PIECES ? piece : piece - 100,
                              hashes + 32 * p, NULL));
    assert_true(ts_sha256_text(data, size, blob.sha256, NULL));
    hostile_plan plan = {.data = data, .size = size};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = ts_stream_open_blob(c, &blob, NULL, w.work, NULL);
    assert_non_null(s);
    assert_true(ts_content_stream_read_at(s, 0, got, 208, NULL));
    assert_true(ts_content_stream_read_at(s, size - 50, got, 50, NULL));
    assert_memory_equal(got, data + size - 50, 50);
    ts_sleep(300); /* neither what was jumped over, nor what is ahead, comes now */
    assert_int_equal(hostile_sent(server), 2 * piece - 100);
    assert_true(ts_content_stream_read_at(s, 3 * piece, got, 10, NULL));
    ts_sleep(300);
    assert_int_equal(hostile_sent(server), 3 * piece - 100);
    assert_true(ts_content_stream_read_at(s, 4 * piece, got, 10, NULL));
    wait_for_sent(server, 5 * piece - 100);
    ts_sleep(300); /* in order: two ahead of the reader */
    assert_int_equal(hostile_sent(server), 5 * piece - 100);
    ts_content_stream_ahead(s, 208);
    wait_for_sent(server, size); /* all, before it is asked for */
    assert_true(ts_content_stream_read_at(s, 0, got, size, NULL));
    assert_memory_equal(got, data, size);
    assert_int_equal(hostile_sent(server), size); /* nothing came twice */
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
    free(data);
    free(got);
}

typedef struct order {
    size_t seen, last_piece_at;
} order;

static void note_ready(void *ctx, size_t piece)
{
    order *o = ctx;
    o->seen++;
    if (piece == N - 1)
        o->last_piece_at = o->seen;
}

static size_t all_pieces(void *ctx)
{
    (void)ctx;
    return N + 1;
}

static size_t last_piece(void *ctx)
{
    (void)ctx;
    return N - 1;
}

static void piece_that_is_wanted_first_comes_first(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content(hostile_url(server));
    order o = {0};
    ts_want want = {.blob = &w.blob};
    const ts_watch watch = {
        .ready = note_ready, .horizon = all_pieces, .first = last_piece, .ctx = &o};
    assert_true(ts_content_get_blobs(c, "thing", w.work, &want, 1, &watch, NULL));
    assert_int_equal(o.seen, N);
    assert_in_range(o.last_piece_at, 1, 20); /* a few others were asked for at the same time */
    ts_content_close(c);
    hostile_stop(server);
}

static void damaged_store_is_left_at_any_position(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    put_in_store(w.work, 1000);
    ts_content *c = open_content(hostile_url(server));
    ts_content_stream *s = open_stream(c);
    read_at(s, SIZE - 100, 100); /* the last chunk is good, and the first is not */
    read_at(s, 0, 5000);
    assert_int_equal(hostile_requests(server) > 0, true);
    read_at(s, SIZE - 100, 100);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
}

/* Else the largest of all would leave first when the cache needs room. */
static void stream_into_the_cache_counts_as_a_use(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    hostile *server = hostile_start(&plan);
    ts_content *c = open_content_with(hostile_url(server), w.work);
    ts_content_stream *s = open_stream(c);
    assert_int_equal(read_on(s, 0, SIZE), TS_OK);
    ts_content_stream_close(s);
    ts_content_close(c);
    hostile_stop(server);
    char path[96];
    char *list = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/used.txt", w.work);
    assert_true(ts_file_read(path, 4096, &list, &size, NULL));
    assert_non_null(strstr(list, w.blob.sha256));
    free(list);
}

/* Its size is what the server says, so that is what may be lied about: an error, no file under that
 * name, and never more on the disk than was declared. */
static void file_by_url_of_a_bad_server_is_an_error(void **state)
{
    (void)state;
    static const hostile_mode modes[] = {HOSTILE_NONE,         HOSTILE_ENDLESS, HOSTILE_LENGTH_LONG,
                                         HOSTILE_LENGTH_SHORT, HOSTILE_EMPTY,   HOSTILE_CHANGED,
                                         HOSTILE_GZIP,         HOSTILE_GARBAGE};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        hostile_plan plan = {.mode = modes[i], .data = w.data, .size = SIZE};
        hostile *server = hostile_start(&plan);
        ts_content *c = open_content(hostile_url(server));
        char file[96], part[96], url[96];
        ts_path_info info = {0};
        snprintf(file, sizeof file, "%s/file", w.work);
        snprintf(part, sizeof part, "%s/file.part", w.work);
        snprintf(url, sizeof url, "%sthing", hostile_url(server));
        ts_err *err = NULL;
        bool ok = ts_content_file(c, url, w.blob.sha256, file, &err);
        if (ok != (modes[i] == HOSTILE_NONE))
            fail_msg("mode %d: %s", (int)modes[i], ts_err_text(err));
        assert_int_equal(ts_file_exists(file), ok);
        assert_true(!ok || ts_file_matches(file, SIZE, w.blob.sha256));
        if (ts_path_look(part, &info, NULL))
            assert_in_range(info.size, 0, SIZE + 100); /* what LENGTH_LONG declares */
        ts_err_clear(&err);
        ts_content_close(c);
        hostile_stop(server);
        assert_true(ts_folder_remove(w.work, NULL) && ts_folder_make(w.work, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_server_gives_all_in_order, fresh, clean),
        cmocka_unit_test_setup_teardown(bad_server_that_recovers_gives_all_in_order, fresh, clean),
        cmocka_unit_test_setup_teardown(bad_server_is_an_error_that_stays, fresh, clean),
        cmocka_unit_test_setup_teardown(file_by_url_of_a_bad_server_is_an_error, fresh, clean),
        cmocka_unit_test_setup_teardown(slow_reader_holds_the_network_back, fresh, clean),
        cmocka_unit_test_setup_teardown(second_stream_fetches_only_the_rest, fresh, clean),
        cmocka_unit_test_setup_teardown(closing_in_the_middle_of_a_stall_is_quick, fresh, clean),
        cmocka_unit_test_setup_teardown(cancel_flag_ends_a_waiting_reader, fresh, clean),
        cmocka_unit_test_setup_teardown(file_that_is_here_is_not_fetched, fresh, clean),
        cmocka_unit_test_setup_teardown(damaged_file_is_fetched_in_the_middle, fresh, clean),
        cmocka_unit_test_setup_teardown(folder_is_read_in_place_and_damage_is_an_error, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(encrypted_file_comes_in_clear, fresh, clean),
        cmocka_unit_test_setup_teardown(positions_in_any_order_give_the_right_bytes, fresh, clean),
        cmocka_unit_test_setup_teardown(looking_around_fetches_what_is_looked_at, fresh, clean),
        cmocka_unit_test_setup_teardown(piece_that_is_wanted_first_comes_first, fresh, clean),
        cmocka_unit_test_setup_teardown(damaged_store_is_left_at_any_position, fresh, clean),
        cmocka_unit_test_setup_teardown(stream_into_the_cache_counts_as_a_use, fresh, clean),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
