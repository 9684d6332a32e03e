/* test_busy.c - a server that counts the requests of a client and refuses those that are too many.
 */
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

#define PIECE  20000u
#define PIECES 40u
#define BIG    (512u * 1024u) /* a piece of the big object; several spans of it */

static struct {
    uint8_t data[PIECE * PIECES], got[PIECE * PIECES];
    uint8_t hashes[32 * PIECES], state[PIECES];
    ts_net *net;
    const hostile *server;
    size_t list; /* bytes of what was asked for at the beginning */
    uint8_t big[BIG * PIECES];
    unsigned bears;
} w;

static bool on_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                     ts_err **err)
{
    (void)ctx;
    if (object * PIECE + offset + len > sizeof w.got)
        return ts_fail(err, TS_STATE, "outside");
    memcpy(w.got + object * PIECE + offset, data, len);
    return true;
}

static bool on_piece(void *ctx, size_t object, size_t piece, ts_err **err)
{
    (void)ctx;
    (void)object;
    (void)piece;
    (void)err;
    return true;
}

static bool ask_for_list(void *ctx, ts_err **err)
{
    (void)ctx;
    ts_net_request request = {.url = hostile_url(w.server)};
    ts_net_answer answer = {0};
    bool ok = ts_net_fetch(w.net, &request, &answer, err);
    w.list = answer.len;
    ts_net_answer_done(&answer);
    return ok;
}

/* One object of all pieces, or as many objects with the same content. */
static void run(hostile *server, size_t n, unsigned connections)
{
    ts_net_object objects[PIECES];
    ts_net_source source = {.id = "first", .url = hostile_url(server), .connections = connections};
    ts_net_sink sink = {.write = on_write, .piece = on_piece, .begun = ask_for_list};
    ts_net_options o = {.connect_ms = 4000, .idle_ms = 8000, .backoff_ms = 100};
    ts_err *err = NULL;
    memset(w.got, 0, sizeof w.got);
    memset(w.state, 0, sizeof w.state);
    for (size_t i = 0; i < n; i++)
        objects[i] = (ts_net_object){.name = "thing",
                                     .path = "thing",
                                     .size = PIECE * (PIECES / n),
                                     .piece = PIECE,
                                     .n_pieces = PIECES / n,
                                     .hashes = w.hashes,
                                     .state = w.state + i};
    w.server = server;
    w.list = 0;
    w.net = ts_net_new(&o, &err);
    assert_non_null(w.net);
    bool ok = ts_transfer_run(w.net, &source, 1, objects, n, &sink, NULL, &err);
    if (!ok)
        print_error("%s\n", ts_err_text(err));
    ts_err_clear(&err);
    ts_net_free(w.net);
    assert_true(ok);
    assert_int_equal(w.list, PIECE * (PIECES / n));
    for (size_t i = 0; i < PIECES; i++)
        assert_memory_equal(w.got + i * PIECE, w.data + (n == 1 ? i : 0) * PIECE, PIECE);
}

static void declared_connections_hold_also_at_the_beginning(void **state)
{
    (void)state;
    hostile_plan plan = {.think_ms = 50, .data = w.data, .size = sizeof w.data};
    for (unsigned n = 1; n <= 3; n++) {
        hostile *s = hostile_start(&plan);
        run(s, 1, n);
        assert_in_range(hostile_busiest(s), 1, n);
        hostile_stop(s);
    }
}

/* The first round tells how many are too many; what follows keeps to it. */
static void small_objects_keep_to_what_is_not_refused(void **state)
{
    (void)state;
    hostile_plan plan = {.think_ms = 50, .data = w.data, .size = PIECE};
    for (unsigned n = 1; n <= 4; n += 3) {
        plan.at_once = n;
        hostile *s = hostile_start(&plan);
        run(s, PIECES, 0);
        print_message("%u at once: %u refused\n", n, hostile_refused(s));
        assert_in_range(hostile_refused(s), 1, PIECES + 20);
        hostile_stop(s);
    }
}

static bool on_big(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                   ts_err **err)
{
    (void)ctx;
    if (object > 0 || offset + len > sizeof w.big)
        return ts_fail(err, TS_STATE, "outside");
    return memcmp(w.big + offset, data, len) == 0 || ts_fail(err, TS_STATE, "other content");
}

static void run_big(hostile *server)
{
    static uint8_t hashes[32 * PIECES];
    for (size_t p = 0; p < PIECES; p++)
        assert_true(ts_sha256(w.big + p * BIG, BIG, hashes + 32 * p, NULL));
    memset(w.state, 0, sizeof w.state);
    ts_net_object o = {.name = "thing",
                       .path = "thing",
                       .size = sizeof w.big,
                       .piece = BIG,
                       .n_pieces = PIECES,
                       .hashes = hashes,
                       .state = w.state};
    ts_net_source source = {.id = "first", .url = hostile_url(server), .bears = &w.bears};
    ts_net_sink sink = {.write = on_big, .piece = on_piece};
    ts_net_options options = {.idle_ms = 8000, .backoff_ms = 100};
    ts_err *err = NULL;
    w.net = ts_net_new(&options, &err);
    assert_non_null(w.net);
    bool ok = ts_transfer_run(w.net, &source, 1, &o, 1, &sink, NULL, &err);
    if (!ok)
        print_error("%s\n", ts_err_text(err));
    ts_err_clear(&err);
    ts_net_free(w.net);
    assert_true(ok);
}

/* Those that were refused together say how many are borne, also to the transfer behind it. */
static void a_limit_is_learned_at_once_and_kept(void **state)
{
    (void)state;
    hostile_plan plan = {.think_ms = 250, .data = w.big, .size = sizeof w.big};
    for (unsigned n = 1; n <= 3; n++) {
        plan.at_once = n;
        hostile *s = hostile_start(&plan);
        w.bears = 0;
        run_big(s);
        assert_int_equal(hostile_refused(s), TS_CONNECTIONS_FIRST - n);
        assert_int_equal(w.bears, n);
        run_big(s);
        assert_int_equal(hostile_refused(s), TS_CONNECTIONS_FIRST - n);
        hostile_stop(s);
    }
}

/* All of them refused: that is no limit. */
static void a_server_out_of_order_is_not_narrow(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_STATUS,
                         .amount = 503,
                         .times = TS_CONNECTIONS_FIRST,
                         .think_ms = 100,
                         .data = w.big,
                         .size = sizeof w.big};
    hostile *s = hostile_start(&plan);
    w.bears = 0;
    run_big(s);
    assert_int_equal(w.bears, 0);
    hostile_stop(s);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof w.big; i++)
        w.big[i] = (uint8_t)(i * 5 + i / 253);
    for (size_t i = 0; i < sizeof w.data; i++)
        w.data[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t p = 0; p < PIECES; p++)
        assert_true(ts_sha256(w.data + p * PIECE, PIECE, w.hashes + 32 * p, NULL));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declared_connections_hold_also_at_the_beginning),
        cmocka_unit_test(small_objects_keep_to_what_is_not_refused),
        cmocka_unit_test(a_limit_is_learned_at_once_and_kept),
        cmocka_unit_test(a_server_out_of_order_is_not_narrow),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
