/* test_credentials.c - tokens, client certificates and proxies: who gets to see them, and what it
 * costs when they end in the middle. Servers are TLS, on loopback. */
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

#define SIZE    20000u
#define OBJECTS 24u

typedef struct world {
    hostile_identity server, client;
    uint8_t data[SIZE], got[SIZE * OBJECTS], hash[32], state[OBJECTS];
    char text[2048]; /* of the error */
    ts_transfer_stats stats;
    uint64_t ms;
} world;

static world w;

/* A token that a server gives under /token. */
typedef struct bearer {
    ts_net_auth is;
    const char *url;
    char value[64];
    unsigned renewals;
} bearer;

static bool give(void *ctx, ts_buf *out, ts_err **err)
{
    const bearer *b = ctx;
    (void)err;
    ts_buf_str(out, b->value);
    return true;
}

static bool renew(void *ctx, ts_net *net, const char *challenge, ts_err **err)
{
    bearer *b = ctx;
    char url[128];
    (void)challenge;
    snprintf(url, sizeof url, "%stoken", b->url);
    ts_net_request request = {.url = url, .tries = 2};
    ts_net_answer answer = {0};
    b->renewals++;
    bool ok = ts_net_fetch(net, &request, &answer, err);
    if (ok)
        snprintf(b->value, sizeof b->value, "%s", answer.body);
    ts_net_answer_done(&answer);
    return ok;
}

static void bearer_init(bearer *b, const hostile *server)
{
    *b = (bearer){.is = {.header = give, .renew = renew, .ctx = b}, .url = hostile_url(server)};
}

static bool on_write(void *ctx, size_t object, uint64_t offset, const void *data, size_t len,
                     ts_err **err)
{
    (void)ctx;
    if (offset + len > SIZE)
        return ts_fail(err, TS_STATE, "outside");
    memcpy(w.got + object * SIZE + offset, data, len);
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

static ts_net *open_net(const char *proxy, const char *no_proxy)
{
    ts_err *err = NULL;
    ts_net_options o = {.ca_pem = w.server.pem,
                        .ca_len = strlen(w.server.pem),
                        .revocation = TS_REVOCATION_OFF,
                        .pfx = w.client.pfx,
                        .pfx_len = (size_t)w.client.pfx_len,
                        .pfx_password = "pw",
                        .proxy = proxy,
                        .no_proxy = no_proxy,
                        .stall_ms = 4000,
                        .connect_ms = 1000,
                        .idle_ms = 8000,
                        .backoff_ms = 20,
                        .tries = 4};
    ts_net *net = ts_net_new(&o, &err);
    if (!net)
        print_error("%s\n", ts_err_text(err));
    assert_non_null(net);
    return net;
}

/* All objects; every case ends within 12 s. */
static ts_code run(ts_net *net, ts_net_source *sources, size_t n)
{
    ts_net_object objects[OBJECTS];
    ts_err *err = NULL;
    memset(w.got, 0, sizeof w.got);
    memset(w.state, 0, sizeof w.state);
    for (size_t i = 0; i < OBJECTS; i++)
        objects[i] = (ts_net_object){.name = "thing",
                                     .path = "thing",
                                     .size = SIZE,
                                     .piece = SIZE,
                                     .n_pieces = 1,
                                     .hashes = w.hash,
                                     .state = w.state + i};
    ts_net_sink sink = {.write = on_write, .piece = on_piece};
    uint64_t start = ts_clock_steady();
    bool ok = ts_transfer_run(net, sources, n, objects, OBJECTS, &sink, &w.stats, &err);
    w.ms = (ts_clock_steady() - start) / 1000000u;
    snprintf(w.text, sizeof w.text, "%s", ts_err_text(err));
    if (getenv("TASKSEQ_TEST_VERBOSE"))
        print_message("%s (%u ms)\n", w.text, (unsigned)w.ms);
    ts_code code = ts_err_code(err);
    assert_int_equal(ok, code == TS_OK);
    ts_err_clear(&err);
    ts_net_free(net);
    assert_in_range(w.ms, 0, 12000);
    for (size_t i = 0; ok && i < OBJECTS; i++)
        assert_memory_equal(w.got + i * SIZE, w.data, SIZE);
    return code;
}

static hostile *start(hostile_plan plan)
{
    plan.data = w.data;
    plan.size = SIZE;
    return hostile_start(&plan);
}

static void tokens_that_end_in_the_middle_cost_no_retry(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server, .token_life = 5});
    bearer b;
    bearer_init(&b, s);
    ts_net_source src = {.id = "first", .url = hostile_url(s), .connections = 1, .auth = &b.is};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_OK);
    assert_int_equal(w.stats.retries, 0);
    assert_in_range(hostile_tokens(s), OBJECTS / 5, OBJECTS);
    assert_int_equal(hostile_tokens(s), b.renewals);
    hostile_stop(s);
}

static void asks_for_one_token(hostile_plan plan)
{
    hostile *s = start(plan);
    bearer b;
    bearer_init(&b, s);
    ts_net_source src = {.id = "first", .url = hostile_url(s), .connections = 8, .auth = &b.is};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_OK);
    assert_int_equal(hostile_tokens(s), 1);
    assert_int_equal(w.stats.retries, 0);
    hostile_stop(s);
}

static void connections_that_are_refused_together_ask_for_one_token(void **state)
{
    (void)state;
    asks_for_one_token((hostile_plan){.tls = &w.server, .token_life = 10000, .token_ms = 300});
}

/* A long page with the 401 is cut off, which is no other end for those that wait. */
static void long_pages_of_refusal_ask_for_one_token(void **state)
{
    (void)state;
    asks_for_one_token((hostile_plan){
        .tls = &w.server, .token_life = 10000, .token_ms = 300, .page = 200u * 1024u});
}

static void slow_token_holds_up_nobody_else(void **state)
{
    (void)state;
    hostile *slow = start((hostile_plan){.tls = &w.server, .token_life = 10000, .token_ms = 5000});
    hostile *other = start((hostile_plan){.tls = &w.server});
    bearer b;
    bearer_init(&b, slow);
    ts_net_source src[2] = {{.id = "first", .url = hostile_url(slow), .auth = &b.is},
                            {.id = "second", .url = hostile_url(other)}};
    assert_int_equal(run(open_net("", NULL), src, 2), TS_OK);
    assert_in_range(w.ms, 0, 3500);
    hostile_stop(slow);
    hostile_stop(other);
}

static void token_service_that_is_busy_is_asked_again(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server, .token_life = 10000, .token_bad = 3});
    bearer b;
    bearer_init(&b, s);
    ts_net_source src = {.id = "first", .url = hostile_url(s), .auth = &b.is};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_OK);
    assert_int_equal(hostile_tokens(s), 4);
    hostile_stop(s);
}

static void credentials_that_are_never_good_leave_the_source_out(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server, .need = "Bearer of-another-world"});
    hostile *tokens = start((hostile_plan){.tls = &w.server, .token_life = 10000});
    bearer b;
    bearer_init(&b, tokens);
    ts_net_source src = {.id = "first", .url = hostile_url(s), .auth = &b.is};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_NET);
    assert_non_null(strstr(w.text, "HTTP status 401"));
    assert_in_range(b.renewals, 1, 2);
    hostile_stop(s);
    hostile_stop(tokens);
}

static void redirect_to_another_host_carries_nothing(void **state)
{
    (void)state;
    hostile *other = start((hostile_plan){.tls = &w.server, .trust = &w.client});
    char target[128];
    snprintf(target, sizeof target, "%sthing", hostile_url(other));
    hostile *s = start((hostile_plan){
        .tls = &w.server, .trust = &w.client, .mode = HOSTILE_REDIRECT, .target = target});
    bearer b;
    bearer_init(&b, s);
    snprintf(b.value, sizeof b.value, "Bearer secret");
    ts_net_source src = {.id = "first", .url = hostile_url(s), .auth = &b.is, .client_cert = true};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_OK);
    assert_true(hostile_saw_authorization(s) && hostile_saw_certificate(s));
    assert_false(hostile_saw_authorization(other) || hostile_saw_certificate(other));

    ts_err *err = NULL;
    ts_net *net = open_net("", NULL);
    ts_net_request request = {
        .url = hostile_url(s), .authorization = "Bearer secret", .client_cert = true};
    ts_net_answer answer = {0};
    assert_true(ts_net_fetch(net, &request, &answer, &err));
    assert_false(hostile_saw_authorization(other) || hostile_saw_certificate(other));
    ts_net_answer_done(&answer);
    ts_net_free(net);
    hostile_stop(s);
    hostile_stop(other);
}

static void redirect_from_https_to_http_is_refused(void **state)
{
    (void)state;
    hostile *plain = start((hostile_plan){.mode = HOSTILE_NONE});
    hostile *s = start(
        (hostile_plan){.tls = &w.server, .mode = HOSTILE_REDIRECT, .target = hostile_url(plain)});
    ts_net_source src = {.id = "first", .url = hostile_url(s)};
    assert_int_equal(run(open_net("", NULL), &src, 1), TS_NET);
    assert_non_null(strstr(w.text, "from https to http"));
    assert_int_equal(hostile_requests(plain), 0);
    hostile_stop(s);
    hostile_stop(plain);
}

static void proxy_is_used_and_sees_no_credentials(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server, .token_life = 10000});
    hostile *proxy = start((hostile_plan){.mode = HOSTILE_PROXY});
    bearer b;
    bearer_init(&b, s);
    ts_net_source src = {.id = "first", .url = hostile_url(s), .auth = &b.is};
    assert_int_equal(run(open_net(hostile_url(proxy), ""), &src, 1), TS_OK);
    assert_true(hostile_requests(proxy) > 0);
    assert_true(hostile_saw_authorization(s));
    assert_false(hostile_saw_authorization(proxy));
    hostile_stop(s);
    hostile_stop(proxy);
}

static void hosts_of_no_proxy_are_reached_directly(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server});
    hostile *proxy = start((hostile_plan){.mode = HOSTILE_PROXY});
    ts_net_source src = {.id = "first", .url = hostile_url(s)};
    assert_int_equal(run(open_net(hostile_url(proxy), "elsewhere.example,127.0.0.1"), &src, 1),
                     TS_OK);
    assert_int_equal(hostile_requests(proxy), 0);
    hostile_stop(s);
    hostile_stop(proxy);
}

static void proxy_that_wants_a_password(void **state)
{
    (void)state;
    hostile *s = start((hostile_plan){.tls = &w.server});
    hostile *proxy = start((hostile_plan){.mode = HOSTILE_PROXY,
                                          .need = "Proxy-Authorization: Basic dXNlcjpwYXNz",
                                          .challenge = "Basic realm=\"x\""});
    char url[128];
    ts_net_source src = {.id = "first", .url = hostile_url(s)};
    snprintf(url, sizeof url, "http://user:pass@%s", hostile_url(proxy) + 7);
    assert_int_equal(run(open_net(url, ""), &src, 1), TS_OK);
    snprintf(url, sizeof url, "http://user:wrongpw@%s", hostile_url(proxy) + 7);
    assert_int_equal(run(open_net(url, ""), &src, 1), TS_NET);
    assert_non_null(strstr(w.text, "the proxy wants credentials, or refuses these"));
    assert_null(strstr(w.text, "wrongpw"));
    hostile_stop(s);
    hostile_stop(proxy);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        w.data[i] = (uint8_t)(i * 7 + i / 251);
    hostile_identity_make(&w.server, "test server");
    hostile_identity_make(&w.client, "test client");
    return ts_sha256(w.data, SIZE, w.hash, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    hostile_identity_done(&w.server);
    hostile_identity_done(&w.client);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_that_end_in_the_middle_cost_no_retry),
        cmocka_unit_test(connections_that_are_refused_together_ask_for_one_token),
        cmocka_unit_test(long_pages_of_refusal_ask_for_one_token),
        cmocka_unit_test(slow_token_holds_up_nobody_else),
        cmocka_unit_test(token_service_that_is_busy_is_asked_again),
        cmocka_unit_test(credentials_that_are_never_good_leave_the_source_out),
        cmocka_unit_test(redirect_to_another_host_carries_nothing),
        cmocka_unit_test(redirect_from_https_to_http_is_refused),
        cmocka_unit_test(proxy_is_used_and_sees_no_credentials),
        cmocka_unit_test(hosts_of_no_proxy_are_reached_directly),
        cmocka_unit_test(proxy_that_wants_a_password),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
