/* test_transfer.c - the transfer against servers that misbehave: the right bytes or a clear error,
 * within its time, and never a byte outside what was declared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto.h"
#include "hostile.h"
#include "os.h"
#include "transfer.h"

#define SIZE  (300u * 1024u + 77u)
#define PIECE 65536u
#define N     5u

typedef struct world {
    uint8_t data[SIZE];
    uint8_t hashes[N * 32];
    uint8_t got[SIZE];
    uint8_t state[N];
    uint32_t partial[N];
    size_t verified;
    bool outside; /* a write that is not inside the object */
    atomic_bool cancel;
    size_t refuse; /* the sink refuses this piece, counted from 1 */
    bool (*begun)(void *ctx, ts_err **err);
    ts_net *net;
    const char *url; /* of the first server */
} world;

static world w;

static bool on_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                     ts_err **err)
{
    (void)ctx;
    (void)err;
    if (object != 0 || offset + len > SIZE)
        w.outside = true;
    else
        memcpy(w.got + offset, data, len);
    return true;
}

static bool on_piece(void *ctx, size_t object, size_t piece, ts_err **err)
{
    (void)ctx;
    (void)object;
    (void)piece;
    w.verified++;
    return w.verified != w.refuse || ts_fail(err, TS_OS, "the disk is full");
}

static bool on_read(void *ctx, size_t object, uint64_t offset, void *data, size_t len, ts_err **err)
{
    (void)ctx;
    (void)object;
    (void)err;
    memcpy(data, w.got + offset, len);
    return true;
}

static void reset(void)
{
    memset(w.got, 0, sizeof w.got);
    memset(w.state, 0, sizeof w.state);
    memset(w.partial, 0, sizeof w.partial);
    w.verified = 0;
    w.outside = false;
    w.cancel = false;
    w.refuse = 0;
    w.begun = NULL;
}

static int set_up(void **state)
{
    (void)state;
    uint32_t x = 12345;
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        w.data[i] = (uint8_t)(x >> 24);
    }
    for (size_t p = 0; p < N; p++) {
        size_t len = p + 1 < N ? PIECE : SIZE - p * PIECE;
        assert_true(ts_sha256(w.data + p * PIECE, len, w.hashes + 32 * p, NULL));
    }
    return 0;
}

/* Runs a transfer from the given servers; returns its code. Every case must end within `limit` ms.
 */
static ts_code run(hostile **servers, size_t n, const ts_net_auth *auth, ts_transfer_stats *stats,
                   char *text, size_t text_size)
{
    ts_net_source sources[4];
    ts_err *err = NULL;
    ts_net_options o = {.stall_ms = 400,
                        .connect_ms = 1000,
                        .idle_ms = 4000,
                        .backoff_ms = 10,
                        .tries = 4,
                        .cancel = &w.cancel};
    ts_net *net = ts_net_new(&o, &err);
    assert_non_null(net);
    for (size_t i = 0; i < n; i++)
        sources[i] = (ts_net_source){
            .id = i ? "second" : "first", .url = hostile_url(servers[i]), .auth = auth};
    ts_net_object object = {.name = "thing",
                            .path = "thing",
                            .size = SIZE,
                            .piece = PIECE,
                            .n_pieces = N,
                            .hashes = w.hashes,
                            .state = w.state,
                            .partial = w.partial};
    ts_net_sink sink = {.write = on_write, .piece = on_piece, .read = on_read, .begun = w.begun};
    w.net = net;
    w.url = sources[0].url;
    ts_transfer_stats mine;
    uint64_t start = ts_clock_steady();
    bool ok = ts_transfer_run(net, sources, n, &object, 1, &sink, stats ? stats : &mine, &err);
    uint64_t ms = (ts_clock_steady() - start) / 1000000u;
    if (getenv("TASKSEQ_TEST_VERBOSE"))
        print_message("%s\n", ts_err_text(err));
    if (text)
        snprintf(text, text_size, "%s", ts_err_text(err));
    ts_code code = ts_err_code(err);
    assert_true(ok == (code == TS_OK));
    ts_err_clear(&err);
    ts_net_free(net);
    assert_in_range(ms, 0, 12000);
    assert_false(w.outside);
    if (ok)
        assert_memory_equal(w.got, w.data, SIZE);
    return code;
}

static ts_code run_mode(hostile_mode mode, unsigned times, size_t amount)
{
    hostile_plan plan = {
        .mode = mode, .times = times, .amount = amount, .data = w.data, .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    ts_code code = run(&s, 1, NULL, NULL, NULL, 0);
    hostile_stop(s);
    return code;
}

static void good_server_gives_right_bytes(void **state)
{
    (void)state;
    assert_int_equal(run_mode(HOSTILE_NONE, 0, 0), TS_OK);
    assert_int_equal(w.verified, N);
}

static void always_bad_server_is_a_clear_error(void **state)
{
    (void)state;
    static const struct {
        hostile_mode mode;
        size_t amount;
        ts_code code;
    } cases[] = {
        {HOSTILE_STALL_HEAD, 0, TS_TIMEOUT}, {HOSTILE_DRIP, 0, TS_TIMEOUT},
        {HOSTILE_RANGE_SHIFTED, 0, TS_NET},  {HOSTILE_RANGE_TOTAL, 0, TS_INTEGRITY},
        {HOSTILE_RANGE_MISSING, 0, TS_NET},  {HOSTILE_CHANGED, 0, TS_INTEGRITY},
        {HOSTILE_GZIP, 0, TS_NET},           {HOSTILE_CIRCLE, 0, TS_NET},
        {HOSTILE_STATUS, 401, TS_NET},       {HOSTILE_STATUS, 403, TS_NET},
        {HOSTILE_STATUS, 404, TS_NOT_FOUND}, {HOSTILE_STATUS, 416, TS_NET},
        {HOSTILE_STATUS, 429, TS_NET},       {HOSTILE_STATUS, 500, TS_NET},
        {HOSTILE_STATUS, 503, TS_NET},       {HOSTILE_ENDLESS_HEAD, 0, TS_NET},
        {HOSTILE_GARBAGE, 0, TS_NET},        {HOSTILE_EMPTY, 0, TS_INTEGRITY},
        {HOSTILE_LENGTH_SHORT, 0, TS_NET},   {HOSTILE_LENGTH_LONG, 0, TS_NET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ts_code code = run_mode(cases[i].mode, 0, cases[i].amount);
        if (code != cases[i].code)
            print_error("mode %d status %zu: %s\n", (int)cases[i].mode, cases[i].amount,
                        ts_code_name(code));
        assert_int_equal(code, cases[i].code);
    }
}

static void server_that_recovers_gives_right_bytes(void **state)
{
    (void)state;
    static const struct {
        hostile_mode mode;
        size_t amount;
    } cases[] = {
        {HOSTILE_TRUNCATE, 0}, {HOSTILE_STALL, 0},    {HOSTILE_STALL_HEAD, 0},
        {HOSTILE_DRIP, 0},     {HOSTILE_GARBAGE, 0},  {HOSTILE_STATUS, 503},
        {HOSTILE_STATUS, 429}, {HOSTILE_STATUS, 500}, {HOSTILE_CHANGED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ts_code code = run_mode(cases[i].mode, 1, cases[i].amount);
        /* CHANGED: a whole span of wrong pieces is more than the two that are forgiven. */
        assert_int_equal(code, cases[i].mode == HOSTILE_CHANGED ? TS_INTEGRITY : TS_OK);
    }
}

static void truncating_server_gives_right_bytes_in_the_end(void **state)
{
    (void)state;
    /* Each answer brings some pieces, so the count of failures in a row starts anew. */
    assert_int_equal(run_mode(HOSTILE_TRUNCATE, 3, 0), TS_OK);
}

static void close_at_every_byte_of_the_head_recovers(void **state)
{
    (void)state;
    for (size_t at = 0; at < 140; at++)
        assert_int_equal(run_mode(HOSTILE_CLOSE_AT, 1, at), TS_OK);
    for (size_t at = PIECE + 60; at < PIECE + 140; at += 9) /* around the end of a piece */
        assert_int_equal(run_mode(HOSTILE_CLOSE_AT, 1, at), TS_OK);
}

static void pieces_are_put_together_from_many_connections(void **state)
{
    (void)state;
    /* No connection ever brings a whole piece of 64 KiB. */
    assert_int_equal(run_mode(HOSTILE_CLOSE_AT, 0, 40000), TS_OK);
}

static void damaged_beginning_of_a_piece_is_fetched_again(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    reset();
    w.partial[1] = 1000; /* zeros, as after a power cut */
    hostile *s = hostile_start(&plan);
    assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_OK);
    hostile_stop(s);
}

static void ignored_range_gives_right_bytes(void **state)
{
    (void)state;
    assert_int_equal(run_mode(HOSTILE_RANGE_IGNORED, 0, 0), TS_OK);
}

static void endless_body_is_cut(void **state)
{
    (void)state;
    /* The first SIZE bytes of an endless body are the right ones: taken, and the rest is not. */
    ts_code code = run_mode(HOSTILE_ENDLESS, 0, 0);
    assert_int_equal(code, TS_OK);
    assert_false(w.outside);
}

static void long_retry_after_ends_at_once(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STATUS,
                         .amount = 503,
                         .retry_after = "86400",
                         .data = w.data,
                         .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    char text[512];
    uint64_t start = ts_clock_steady();
    assert_int_equal(run(&s, 1, NULL, NULL, text, sizeof text), TS_NET);
    assert_in_range((ts_clock_steady() - start) / 1000000u, 0, 20000); /* no day */
    assert_non_null(strstr(text, "503"));
    hostile_stop(s);
}

static void retry_after_is_waited_for(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STATUS,
                         .amount = 429,
                         .retry_after = "1",
                         .times = 1,
                         .data = w.data,
                         .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    uint64_t start = ts_clock_steady();
    assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_OK);
    assert_in_range((ts_clock_steady() - start) / 1000000u, 950, 8000);
    hostile_stop(s);
}

static void second_source_takes_over(void **state)
{
    (void)state;
    static const hostile_mode modes[] = {HOSTILE_STATUS, HOSTILE_CHANGED, HOSTILE_STALL,
                                         HOSTILE_GZIP, HOSTILE_GARBAGE};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        hostile_plan bad = {.mode = modes[i], .amount = 404, .data = w.data, .size = SIZE};
        hostile_plan good = {.data = w.data, .size = SIZE};
        reset();
        hostile *s[2] = {hostile_start(&bad), hostile_start(&good)};
        assert_int_equal(run(s, 2, NULL, NULL, NULL, 0), TS_OK);
        hostile_stop(s[0]);
        hostile_stop(s[1]);
    }
}

static void both_reasons_stand_in_the_error(void **state)
{
    (void)state;
    hostile_plan a = {.mode = HOSTILE_STATUS, .amount = 404, .data = w.data, .size = SIZE};
    hostile_plan b = {.mode = HOSTILE_STATUS, .amount = 403, .data = w.data, .size = SIZE};
    reset();
    char text[1024];
    hostile *s[2] = {hostile_start(&a), hostile_start(&b)};
    assert_int_not_equal(run(s, 2, NULL, NULL, text, sizeof text), TS_OK);
    assert_non_null(strstr(text, "404"));
    assert_non_null(strstr(text, "403"));
    assert_non_null(strstr(text, "'second'"));
    hostile_stop(s[0]);
    hostile_stop(s[1]);
}

static void pieces_that_are_there_are_not_fetched(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    reset();
    w.state[0] = w.state[1] = w.state[2] = TS_PIECE_DONE;
    memcpy(w.got, w.data, 3 * PIECE);
    hostile *s = hostile_start(&plan);
    assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_OK);
    assert_int_equal(w.verified, 2);
    /* No more than the rest; the server may still be counting its last write. */
    assert_true(hostile_sent(s) <= SIZE - 3 * PIECE);
    hostile_stop(s);
}

static void redirect_to_another_host_carries_no_credentials(void **state)
{
    (void)state;
    hostile_plan good = {.data = w.data, .size = SIZE};
    reset();
    hostile *other = hostile_start(&good);
    char target[128];
    snprintf(target, sizeof target, "%sthing", hostile_url(other));
    hostile_plan plan = {.mode = HOSTILE_REDIRECT, .target = target, .data = w.data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_OK);
    assert_false(hostile_saw_authorization(other));
    hostile_stop(s);
    hostile_stop(other);
}

static bool give_header(void *ctx, ts_buf *out, ts_err **err)
{
    (void)ctx;
    (void)err;
    ts_buf_str(out, "Bearer secret");
    return true;
}

static bool no_renewal(void *ctx, ts_net *net, const char *challenge, ts_err **err)
{
    (void)ctx;
    (void)net;
    (void)challenge;
    return ts_fail(err, TS_NET, "no renewal");
}

static void credentials_are_not_sent_without_tls(void **state)
{
    (void)state;
    ts_net_auth auth = {.header = give_header, .renew = no_renewal};
    hostile_plan plan = {.data = w.data, .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    assert_int_equal(run(&s, 1, &auth, NULL, NULL, 0), TS_OK);
    assert_false(hostile_saw_authorization(s));
    hostile_stop(s);
}

static void rate_cap_holds(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    ts_err *err = NULL;
    ts_net_options o = {.rate = 200000};
    ts_net *net = ts_net_new(&o, &err);
    ts_net_source source = {.id = "first", .url = hostile_url(s)};
    ts_net_object object = {.name = "thing",
                            .size = SIZE,
                            .piece = PIECE,
                            .n_pieces = N,
                            .hashes = w.hashes,
                            .state = w.state};
    ts_net_sink sink = {.write = on_write, .piece = on_piece};
    uint64_t start = ts_clock_steady();
    assert_true(ts_transfer_run(net, &source, 1, &object, 1, &sink, NULL, &err));
    uint64_t ms = (ts_clock_steady() - start) / 1000000u;
    assert_in_range(ms, 1000, 20000); /* 307 kB at 200 kB/s, less a burst of 65 kB */
    ts_net_free(net);
    hostile_stop(s);
}

#define BIG       (8u * 1024u * 1024u)
#define BIG_PIECE (256u * 1024u)
#define BIG_N     (BIG / BIG_PIECE)

typedef struct big_world {
    uint8_t data[BIG], got[BIG], hashes[BIG_N * 32], state[BIG_N];
} big_world;

static bool big_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                      ts_err **err)
{
    big_world *big = ctx;
    (void)object;
    if (offset + len > BIG)
        return ts_fail(err, TS_STATE, "outside");
    memcpy(big->got + offset, data, len);
    return true;
}

/* A connection whose tail was taken while the cap held its bytes back must end: libcurl would go on
 * with it, behind a gap. */
static void rate_cap_with_divided_spans_gives_right_bytes(void **state)
{
    (void)state;
    big_world *big = calloc(1, sizeof *big);
    assert_non_null(big);
    uint32_t x = 99;
    for (size_t i = 0; i < BIG; i++)
        big->data[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    for (size_t p = 0; p < BIG_N; p++)
        assert_true(ts_sha256(big->data + p * BIG_PIECE, BIG_PIECE, big->hashes + 32 * p, NULL));
    hostile_plan plan = {.data = big->data, .size = BIG};
    hostile *s = hostile_start(&plan);
    ts_err *err = NULL;
    ts_net_options o = {.rate = 4000000};
    ts_net *net = ts_net_new(&o, &err);
    ts_net_source source = {.id = "first", .url = hostile_url(s), .connections = 3};
    ts_net_object object = {.name = "thing",
                            .size = BIG,
                            .piece = BIG_PIECE,
                            .n_pieces = BIG_N,
                            .hashes = big->hashes,
                            .state = big->state};
    ts_net_sink sink = {.write = big_write, .piece = on_piece, .ctx = big};
    ts_transfer_stats stats;
    assert_true(ts_transfer_run(net, &source, 1, &object, 1, &sink, &stats, &err));
    assert_memory_equal(big->got, big->data, BIG);
    assert_int_equal(stats.bad_pieces, 0);
    ts_net_free(net);
    hostile_stop(s);
    free(big);
}

static void more_sources_than_can_be_used_are_refused(void **state)
{
    (void)state;
    static ts_net_source sources[TS_SOURCES_MAX + 1];
    hostile_plan plan = {.data = w.data, .size = SIZE};
    reset();
    hostile *s = hostile_start(&plan);
    for (size_t i = 0; i <= TS_SOURCES_MAX; i++)
        sources[i] = (ts_net_source){.id = "one of many", .url = hostile_url(s)};
    ts_err *err = NULL;
    ts_net *net = ts_net_new(&(ts_net_options){0}, NULL);
    ts_net_object object = {.name = "thing",
                            .size = SIZE,
                            .piece = PIECE,
                            .n_pieces = N,
                            .hashes = w.hashes,
                            .state = w.state};
    ts_net_sink sink = {.write = on_write, .piece = on_piece};
    assert_false(ts_transfer_run(net, sources, TS_SOURCES_MAX + 1, &object, 1, &sink, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_USAGE);
    ts_err_clear(&err);
    assert_true(ts_transfer_run(net, sources, TS_SOURCES_MAX, &object, 1, &sink, NULL, NULL));
    assert_memory_equal(w.got, w.data, SIZE);
    object.piece = TS_PIECE_MAX + 1;
    object.n_pieces = 1;
    assert_false(ts_transfer_run(net, sources, 1, &object, 1, &sink, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_clear(&err);
    ts_net_free(net);
    hostile_stop(s);
}

static void cancel_ends_at_once(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STALL, .data = w.data, .size = SIZE};
    reset();
    w.cancel = true;
    hostile *s = hostile_start(&plan);
    assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_CANCELLED);
    hostile_stop(s);
}

static void refused_last_piece_is_an_error(void **state)
{
    (void)state;
    char text[1024];
    hostile_plan plan = {.data = w.data, .size = SIZE};
    for (size_t n = 1; n <= N; n += N - 1) {
        reset();
        w.refuse = n;
        hostile *s = hostile_start(&plan);
        assert_int_equal(run(&s, 1, NULL, NULL, text, sizeof text), TS_OS);
        hostile_stop(s);
        assert_string_equal(text, "the disk is full");
    }
}

/* The server's object again, by a request of its own. */
static bool ask_beside(void *ctx, ts_err **err)
{
    (void)ctx;
    TS_CLEANUP(ts_free_ptr) char *url = ts_sprintf("%slist", w.url);
    ts_net_request request = {.url = url, .tries = 2};
    ts_net_answer answer = {0};
    bool ok = ts_net_fetch(w.net, &request, &answer, err);
    assert_true(!ok || (answer.len == SIZE && memcmp(answer.body, w.data, SIZE) == 0));
    ts_net_answer_done(&answer);
    return ok;
}

/* Also when all pieces are there first: the answer comes, because it was asked for. */
static void what_the_beginning_asks_for_comes_beside(void **state)
{
    (void)state;
    hostile_plan plan = {.data = w.data, .size = SIZE};
    for (size_t there = 0; there <= N; there += N) {
        reset();
        memset(w.state, TS_PIECE_DONE, there);
        memcpy(w.got, w.data, there ? SIZE : 0);
        w.begun = ask_beside;
        hostile *s = hostile_start(&plan);
        assert_int_equal(run(&s, 1, NULL, NULL, NULL, 0), TS_OK);
        assert_int_equal(w.verified, N - there);
        hostile_stop(s);
    }
}

static void failure_of_the_beginning_ends_the_transfer(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STATUS, .amount = 404, .data = w.data, .size = SIZE};
    hostile_plan good = {.data = w.data, .size = SIZE};
    reset();
    w.begun = ask_beside; /* of the first, which has nothing; the second has it all */
    hostile *two[2] = {hostile_start(&plan), hostile_start(&good)};
    assert_int_equal(run(two, 2, NULL, NULL, NULL, 0), TS_NOT_FOUND);
    hostile_stop(two[0]);
    hostile_stop(two[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_server_gives_right_bytes),
        cmocka_unit_test(always_bad_server_is_a_clear_error),
        cmocka_unit_test(server_that_recovers_gives_right_bytes),
        cmocka_unit_test(truncating_server_gives_right_bytes_in_the_end),
        cmocka_unit_test(close_at_every_byte_of_the_head_recovers),
        cmocka_unit_test(pieces_are_put_together_from_many_connections),
        cmocka_unit_test(damaged_beginning_of_a_piece_is_fetched_again),
        cmocka_unit_test(ignored_range_gives_right_bytes),
        cmocka_unit_test(endless_body_is_cut),
        cmocka_unit_test(long_retry_after_ends_at_once),
        cmocka_unit_test(retry_after_is_waited_for),
        cmocka_unit_test(second_source_takes_over),
        cmocka_unit_test(both_reasons_stand_in_the_error),
        cmocka_unit_test(pieces_that_are_there_are_not_fetched),
        cmocka_unit_test(redirect_to_another_host_carries_no_credentials),
        cmocka_unit_test(credentials_are_not_sent_without_tls),
        cmocka_unit_test(rate_cap_holds),
        cmocka_unit_test(rate_cap_with_divided_spans_gives_right_bytes),
        cmocka_unit_test(more_sources_than_can_be_used_are_refused),
        cmocka_unit_test(cancel_ends_at_once),
        cmocka_unit_test(refused_last_piece_is_an_error),
        cmocka_unit_test(what_the_beginning_asks_for_comes_beside),
        cmocka_unit_test(failure_of_the_beginning_ends_the_transfer),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
