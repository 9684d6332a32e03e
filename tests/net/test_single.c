/* test_single.c - single requests (catalogues, manifests, tokens) to servers that misbehave: the
 * answer or a clear error, within its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hostile.h"
#include "os.h"
#include "retry.h"
#include "transfer.h"

#define SIZE (300u * 1024u + 77u)

static uint8_t data[SIZE];

static void dead_source_is_a_clear_error(void **state)
{
    (void)state;
    hostile_plan plan = {.data = data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    char url[64];
    snprintf(url, sizeof url, "%s", hostile_url(s));
    hostile_stop(s); /* nobody listens there now */
    ts_err *err = NULL;
    ts_net_options o = {.backoff_ms = 5, .tries = 2, .connect_ms = 500};
    ts_net *net = ts_net_new(&o, &err);
    ts_net_request request = {.url = url};
    ts_net_answer answer = {0};
    assert_false(ts_net_fetch(net, &request, &answer, &err));
    assert_int_equal(ts_err_code(err), TS_NET);
    uint32_t number = 0;
    assert_int_equal(ts_err_os(err, &number), TS_OS_CURL);
    assert_int_equal(number, 7);
    ts_err_clear(&err);
    ts_net_answer_done(&answer);
    ts_net_free(net);
}

static void single_answer_longer_than_its_limit_fails(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_ENDLESS, .data = data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    ts_err *err = NULL;
    ts_net_options o = {.stall_ms = 400};
    ts_net *net = ts_net_new(&o, &err);
    ts_net_request request = {.url = hostile_url(s), .max = 100000};
    ts_net_answer answer = {0};
    assert_false(ts_net_fetch(net, &request, &answer, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    ts_net_answer_done(&answer);
    ts_net_free(net);
    hostile_stop(s);
}

/* Catalogues and manifests come in single answers; each ends within its time. */
static void single_answer_of_a_bad_server_is_a_clear_error(void **state)
{
    (void)state;
    static const struct {
        hostile_mode mode;
        size_t amount;
        ts_code code;
    } cases[] = {
        {HOSTILE_STALL, 0, TS_TIMEOUT},   {HOSTILE_STALL_HEAD, 0, TS_TIMEOUT},
        {HOSTILE_DRIP, 0, TS_TIMEOUT},    {HOSTILE_TRUNCATE, 0, TS_NET},
        {HOSTILE_LENGTH_LONG, 0, TS_NET}, {HOSTILE_ENDLESS, 0, TS_LIMIT},
        {HOSTILE_GZIP, 0, TS_NET},        {HOSTILE_CIRCLE, 0, TS_NET},
        {HOSTILE_GARBAGE, 0, TS_NET},     {HOSTILE_ENDLESS_HEAD, 0, TS_NET},
        {HOSTILE_CLOSE_AT, 20, TS_NET},   {HOSTILE_STATUS, 404, TS_NOT_FOUND},
        {HOSTILE_STATUS, 401, TS_NET},    {HOSTILE_STATUS, 403, TS_NET},
        {HOSTILE_STATUS, 429, TS_NET},    {HOSTILE_STATUS, 503, TS_NET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hostile_plan plan = {
            .mode = cases[i].mode, .amount = cases[i].amount, .data = data, .size = SIZE};
        hostile *s = hostile_start(&plan);
        ts_err *err = NULL;
        ts_net_options o = {.stall_ms = 300, .connect_ms = 300, .backoff_ms = 5, .tries = 2};
        ts_net *net = ts_net_new(&o, &err);
        ts_net_request request = {.url = hostile_url(s), .max = SIZE + 1000};
        ts_net_answer answer = {0};
        uint64_t start = ts_clock_steady();
        assert_false(ts_net_fetch(net, &request, &answer, &err));
        assert_in_range((ts_clock_steady() - start) / 1000000u, 0, 5000);
        if (ts_err_code(err) != cases[i].code)
            print_error("mode %d: %s\n", (int)cases[i].mode, ts_err_text(err));
        assert_int_equal(ts_err_code(err), cases[i].code);
        assert_non_null(strstr(ts_err_text(err), "127.0.0.1"));
        ts_err_clear(&err);
        ts_net_answer_done(&answer);
        ts_net_free(net);
        hostile_stop(s);
    }
}

/* Whatever was sent before the connection closed: no part of an answer is taken for the whole. */
static void small_answer_that_ends_anywhere_is_never_taken_for_the_whole(void **state)
{
    (void)state;
    hostile_plan good = {.data = data, .size = 100};
    hostile *s = hostile_start(&good);
    ts_net *net = ts_net_new(&(ts_net_options){.backoff_ms = 1, .tries = 1}, NULL);
    ts_net_request request = {.url = hostile_url(s)};
    ts_net_answer answer = {0};
    assert_true(ts_net_fetch(net, &request, &answer, NULL));
    ts_net_answer_done(&answer);
    ts_net_free(net);
    hostile_stop(s);
    for (size_t at = 0; at < 180; at++) { /* head and body have more */
        hostile_plan plan = {.mode = HOSTILE_CLOSE_AT, .amount = at, .data = data, .size = 100};
        s = hostile_start(&plan);
        net = ts_net_new(&(ts_net_options){.backoff_ms = 1, .tries = 1}, NULL);
        request.url = hostile_url(s);
        if (ts_net_fetch(net, &request, &answer, NULL) && answer.len != 100)
            fail_msg("closed after %zu bytes: %zu were taken", at, answer.len);
        ts_net_answer_done(&answer);
        answer = (ts_net_answer){0};
        ts_net_free(net);
        hostile_stop(s);
    }
}

static void redirects_have_a_limit(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_CIRCLE, .data = data, .size = SIZE};
    for (unsigned n = TS_NET_REDIRECTS_MAX; n <= TS_NET_REDIRECTS_MAX + 1; n++) {
        plan.times = n;
        hostile *s = hostile_start(&plan);
        ts_net *net = ts_net_new(&(ts_net_options){.tries = 1}, NULL);
        ts_net_request request = {.url = hostile_url(s)};
        ts_net_answer answer = {0};
        assert_int_equal(ts_net_fetch(net, &request, &answer, NULL), n == TS_NET_REDIRECTS_MAX);
        assert_int_equal(hostile_requests(s), TS_NET_REDIRECTS_MAX + 1);
        ts_net_answer_done(&answer);
        ts_net_free(net);
        hostile_stop(s);
    }
}

static void answer_without_a_limit_of_its_own_ends_at_the_general_one(void **state)
{
    (void)state;
    hostile_plan plan = {.mode = HOSTILE_ENDLESS, .data = data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    ts_err *err = NULL;
    ts_net *net = ts_net_new(&(ts_net_options){.tries = 1}, NULL);
    ts_net_request request = {.url = hostile_url(s)};
    ts_net_answer answer = {0};
    assert_false(ts_net_fetch(net, &request, &answer, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    ts_net_answer_done(&answer);
    ts_net_free(net);
    hostile_stop(s);
}

static void retry_after_may_be_a_date(void **state)
{
    (void)state;
    uint64_t seconds = 0;
    assert_true(ts_net_retry_after("120", 1000, &seconds));
    assert_int_equal(seconds, 120);
    assert_true(ts_net_retry_after("Thu, 01 Jan 1970 00:17:10 GMT", 1000, &seconds));
    assert_int_equal(seconds, 30);
    /* A clock that is wrong here or there must not shut a server out. */
    assert_true(ts_net_retry_after("Thu, 01 Jan 2037 00:00:00 GMT", 1000, &seconds));
    assert_int_equal(seconds, TS_NET_RETRY_AFTER_MAX);
    assert_false(ts_net_retry_after("Thu, 01 Jan 1970 00:00:10 GMT", 1000, &seconds));
    assert_false(ts_net_retry_after("soon", 1000, &seconds));
    assert_false(ts_net_retry_after("", 1000, &seconds));
}

static void url_in_a_message_has_no_secrets(void **state)
{
    (void)state;
    char *shown = ts_url_show("https://user:pass@h.example:8443/a/b?sig=topsecret#x");
    assert_string_equal(shown, "https://h.example:8443/a/b");
    free(shown);
    assert_true(ts_url_same_origin("https://a.example/x", "https://A.example:443/y"));
    assert_false(ts_url_same_origin("https://a.example/x", "http://a.example/x"));
}

static bool fetch_it(ts_net *net, const hostile *s)
{
    ts_net_request request = {.url = hostile_url(s)};
    ts_net_answer answer = {0};
    bool ok = ts_net_fetch(net, &request, &answer, NULL);
    assert_true(!ok || (answer.len == SIZE && memcmp(answer.body, data, SIZE) == 0));
    ts_net_answer_done(&answer);
    return ok;
}

/* Three, and the one of the first request, which waits for none of them. On a busy machine the
 * first request ends before a warm one has begun, which then goes over its connection. */
static void warm_connections_serve_later_requests(void **state)
{
    (void)state;
    /* An answer that comes at once leaves its connection to the next request. */
    hostile_plan plan = {.think_ms = 100, .data = data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    ts_net *net = ts_net_new(&(ts_net_options){0}, NULL);
    ts_net_warm(net, hostile_url(s), false, 3);
    ts_net_warm(net, hostile_url(s), false, 3); /* once is enough */
    for (unsigned i = 0; i < 6; i++) {
        assert_true(fetch_it(net, s));
        ts_sleep(20);
    }
    assert_in_range(hostile_connections(s), 2, 4);
    assert_int_equal(hostile_requests(s), 9);
    ts_net_free(net);
    hostile_stop(s);
}

static void more_warm_connections_than_there_may_be_are_not_opened(void **state)
{
    (void)state;
    hostile_plan plan = {.think_ms = 100, .data = data, .size = SIZE};
    hostile *s = hostile_start(&plan);
    ts_net *net = ts_net_new(&(ts_net_options){0}, NULL);
    ts_net_warm(net, hostile_url(s), false, 1000);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(fetch_it(net, s));
        ts_sleep(20);
    }
    assert_in_range(hostile_connections(s), 2, 1 + TS_CONNECTIONS_MAX);
    ts_net_free(net);
    hostile_stop(s);
}

/* What they meet is nobody's failure, holds nobody up, and leaves nothing behind. */
static void warm_connections_to_a_bad_server_cost_nothing(void **state)
{
    (void)state;
    static const hostile_mode modes[] = {HOSTILE_STALL_HEAD, HOSTILE_ENDLESS_HEAD, HOSTILE_ENDLESS,
                                         HOSTILE_GARBAGE,    HOSTILE_CIRCLE,       HOSTILE_STALL};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        hostile_plan bad = {.mode = modes[i], .data = data, .size = SIZE};
        hostile_plan good = {.data = data, .size = SIZE};
        hostile *first = hostile_start(&bad), *second = hostile_start(&good);
        uint64_t start = ts_clock_steady();
        ts_net *net = ts_net_new(&(ts_net_options){0}, NULL);
        ts_net_warm(net, hostile_url(first), false, 4);
        assert_true(fetch_it(net, second));
        ts_net_free(net);
        assert_in_range((ts_clock_steady() - start) / 1000000u, 0, 5000);
        hostile_stop(first);
        hostile_stop(second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dead_source_is_a_clear_error),
        cmocka_unit_test(single_answer_longer_than_its_limit_fails),
        cmocka_unit_test(single_answer_of_a_bad_server_is_a_clear_error),
        cmocka_unit_test(small_answer_that_ends_anywhere_is_never_taken_for_the_whole),
        cmocka_unit_test(redirects_have_a_limit),
        cmocka_unit_test(answer_without_a_limit_of_its_own_ends_at_the_general_one),
        cmocka_unit_test(retry_after_may_be_a_date),
        cmocka_unit_test(url_in_a_message_has_no_secrets),
        cmocka_unit_test(warm_connections_serve_later_requests),
        cmocka_unit_test(more_warm_connections_than_there_may_be_are_not_opened),
        cmocka_unit_test(warm_connections_to_a_bad_server_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
