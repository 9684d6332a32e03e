/* test_ipc.c - the variable service: its language, its limits, and clients that mean harm. */
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "parts.h"

/* One variable 'Color', a list of two names, and what was set last. */
typedef struct store {
    char name[64];
    char value[256];
    size_t size;
    bool secret;
    unsigned sets;
} store;

static bool get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    *found = ts_str_ieq(name, "Color") || ts_str_ieq(name, "Big");
    if (ts_str_ieq(name, "Color"))
        ts_buf_str(out, "blue\nand \xC3\xA9");
    for (size_t i = 0; ts_str_ieq(name, "Big") && i < TS_VAR_VALUE_MAX / 16; i++)
        ts_buf_str(out, "0123456789abcdef");
    return true;
}

static bool set(void *ctx, const char *name, const char *value, bool secret, ts_err **err)
{
    store *s = ctx;
    if (name[0] == '_')
        return ts_fail(err, TS_SCHEMA, "'%s' is read-only", name);
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->value, sizeof(s->value), "%s", value);
    s->size = strlen(value);
    s->secret = secret;
    s->sets++;
    return true;
}

static bool list(void *ctx, ts_buf *out)
{
    TS_UNUSED(ctx);
    ts_buf_str(out, "Color\nShape\n");
    return true;
}

static store kept;
static const ts_var_service service = {.get = get, .set = set, .list = list, .ctx = &kept};

static int clear_store(void **state)
{
    TS_UNUSED(state);
    memset(&kept, 0, sizeof(kept));
    return 0;
}

/* --- The language ------------------------------------------------------------------------- */

static void answer_follows_the_documented_language(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *request;
        const char *answer;
    } cases[] = {
        {"get Color\n", "ok 11\nblue\nand \xC3\xA9"},
        {"get None\n", "none 0\n"},
        {"list\n", "ok 12\nColor\nShape\n"},
        {"set 3 A\nx y", "ok 0\n"},
        {"set 0 A\n", "ok 0\n"},
        {"secret 2 A\n\n\n", "ok 0\n"},
        {"set 1 _A\nx", "error 17\n'_A' is read-only"},
        {"set 2 A\n\xFF\xFF", "error 27\nthe value is not UTF-8 text"},
        {"set 2 A\nx", "error 26\nthe request ends too early"},
        {"say 2 UI\nhi", "error 14\nnobody listens"},
        {"put A\n", "error 51\na request starts with get, set, secret, list or say"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        TS_CLEANUP(ts_buf_done) ts_buf answer;
        ts_buf_init(&answer, 1000);
        ts_ipc_answer(&service, cases[i].request, strlen(cases[i].request), &answer);
        assert_string_equal(ts_buf_text(&answer), cases[i].answer);
    }
    assert_string_equal(kept.name, "A");
    assert_string_equal(kept.value, "\n\n");
    assert_true(kept.secret);
    assert_int_equal(kept.sets, 3);
}

static void request_is_complete_at_its_last_byte(void **state)
{
    TS_UNUSED(state);
    static const char *const whole[] = {"get Color\n", "list\n", "set 4 A\na\nb\n", "set 0 A\n"};
    for (size_t i = 0; i < TS_COUNT(whole); i++) {
        size_t len = strlen(whole[i]);
        for (size_t n = 0; n <= len; n++) {
            bool complete = n != len;
            assert_true(ts_ipc_request_complete(whole[i], n, &complete, NULL));
            assert_int_equal(complete, n == len);
        }
    }
}

static void request_that_cannot_become_one_is_refused(void **state)
{
    TS_UNUSED(state);
    char long_line[TS_IPC_LINE_MAX + 1];
    memset(long_line, 'x', sizeof(long_line));
    bool complete = false;
    assert_true(ts_ipc_request_complete(long_line, TS_IPC_LINE_MAX - 1, &complete, NULL));
    ts_err *err = NULL;
    assert_false(ts_ipc_request_complete(long_line, TS_IPC_LINE_MAX, &complete, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    static const char *const bad[] = {
        "\n",         "get \n",   "get\n",      "set A\n",          "set -1 A\n",
        "set 1A\n",   "set 1 \n", "set  1 A\n", "set 16777217 A\n", "set 99999999999999999999 A\n",
        "list all\n", "get A\nx", "GET A\n",    "get \xC3\x28\n",
    };
    for (size_t i = 0; i < TS_COUNT(bad); i++) {
        if (ts_ipc_request_complete(bad[i], strlen(bad[i]), &complete, NULL))
            fail_msg("<%s> was taken", bad[i]);
    }
    assert_false(ts_ipc_request_complete("get A\0B\n", 8, &complete, NULL));
    assert_true(ts_ipc_request_complete("set 16777216 A\n", 15, &complete, NULL));
    TS_CLEANUP(ts_buf_done) ts_buf name;
    ts_buf_init(&name, 1000);
    ts_buf_str(&name, "get ");
    for (unsigned i = 0; i < TS_VAR_NAME_MAX; i++)
        ts_buf_char(&name, 'n');
    TS_CLEANUP(ts_free_ptr) char *fits = ts_sprintf("%s\n", ts_buf_text(&name));
    TS_CLEANUP(ts_free_ptr) char *over = ts_sprintf("%sn\n", ts_buf_text(&name));
    assert_true(ts_ipc_request_complete(fits, strlen(fits), &complete, NULL));
    assert_false(ts_ipc_request_complete(over, strlen(over), &complete, NULL));
}

/* --- Through a program -------------------------------------------------------------------- */

/* This program again, as the child of a step: "--client what". */
static char self[4096];

static ts_program_result run_client(const char *what, uint32_t timeout)
{
    const char *const argv[] = {self, "--client", what, NULL};
    ts_program program = {
        .argv = argv, .keep_output = true, .service = &service, .timeout = timeout};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err))
        fail_msg("%s", ts_err_text(err));
    return result;
}

static void client_expects(const char *what, const char *output)
{
    ts_program_result result = run_client(what, 60000);
    assert_string_equal(result.output, output);
    assert_int_equal(result.exit_code, 0);
    ts_free_ptr(&result.output);
}

static void client_reads_and_writes(void **state)
{
    TS_UNUSED(state);
    client_expects("get", "blue\nand \xC3\xA9|none|Color\nShape\n|");
    client_expects("set", "'_New' is read-only");
    assert_string_equal(kept.name, "New");
    assert_string_equal(kept.value, "two\nlines");
    assert_false(kept.secret);
    client_expects("secret", "");
    assert_string_equal(kept.value, "hunter2");
    assert_true(kept.secret);
}

static void value_of_the_largest_size_travels(void **state)
{
    TS_UNUSED(state);
    client_expects("big", "16777216");
    assert_int_equal(kept.size, TS_VAR_VALUE_MAX);
}

static void garbage_is_answered_or_dropped(void **state)
{
    TS_UNUSED(state);
    client_expects("garbage", "error|error|error|");
    assert_int_equal(kept.sets, 0);
}

static void clients_that_stall_do_not_hold_the_engine(void **state)
{
    TS_UNUSED(state);
    uint64_t before = ts_clock_steady();
    ts_program_result result = run_client("stall", 60000);
    assert_int_equal(result.exit_code, 0);
    assert_string_equal(result.output, "exit");
    assert_true(ts_clock_steady() - before < TS_IPC_CLIENT_DEADLINE * UINT64_C(800000));
    ts_free_ptr(&result.output);
}

static void time_out_comes_in_spite_of_a_busy_client(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_client("flood", 200);
    assert_true(result.timed_out);
    /* A client that is not ended floods for ever: that this line is reached is the test. */
    ts_free_ptr(&result.output);
}

static void stalled_clients_make_room_after_their_deadline(void **state)
{
    TS_UNUSED(state);
    uint64_t before = ts_clock_steady();
    client_expects("crowd", "blue");
    uint64_t took = (ts_clock_steady() - before) / 1000000u;
    assert_true(took >= TS_IPC_CLIENT_DEADLINE - 100 && took < TS_IPC_CLIENT_DEADLINE + 5000);
}

static void one_server_serves_many_programs(void **state)
{
    TS_UNUSED(state);
    ts_ipc_server *server = ts_ipc_server_new(NULL);
    assert_non_null(server);
    struct stat st;
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(ts_ipc_server_address(server));
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    const char *const argv[] = {self, "--client", "set", NULL};
    ts_program program = {.argv = argv, .service = &service};
    for (unsigned i = 1; i <= 3; i++) {
        ts_program_result result = {0};
        assert_true(ts_process_run(&program, server, NULL, &result, NULL));
        ts_free_ptr(&result.output);
        assert_int_equal(kept.sets, i);
    }
    ts_ipc_server_free(server);
    assert_int_not_equal(stat(folder, &st), 0);
}

static char said[64];

static void say(void *ctx, const char *who, const char *text)
{
    TS_UNUSED(ctx);
    snprintf(said, sizeof(said), "%s: %s", who, text);
}

static void line_for_the_log_reaches_who_listens(void **state)
{
    TS_UNUSED(state);
    static const char request[] = "say 9 UI\ntwo\nlines";
    ts_var_service listening = service;
    listening.say = say;
    TS_CLEANUP(ts_buf_done) ts_buf answer;
    ts_buf_init(&answer, 1000);
    ts_ipc_answer(&listening, request, strlen(request), &answer);
    assert_string_equal(ts_buf_text(&answer), "ok 0\n");
    assert_string_equal(said, "UI: two\nlines");
}

static void ask_without_an_engine_says_so(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_buf_done) ts_buf value;
    ts_buf_init(&value, 100);
    bool found = false;
    ts_err *err = NULL;
    assert_false(ts_ipc_get("/no/such/socket", "A", &value, &found, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    char path[200];
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    err = NULL;
    assert_false(ts_ipc_get(path, "A", &value, &found, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    assert_false(ts_ipc_get("/x", "", &value, &found, NULL));
    assert_false(ts_ipc_set("/x", "a\nb", "v", false, NULL));
}

/* --- The child ---------------------------------------------------------------------------- */

static int open_socket(const char *address)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", address);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 ? fd : -1;
}

static void child_get(const char *address)
{
    ts_buf value;
    ts_buf_init(&value, TS_VAR_VALUE_MAX);
    bool found = false;
    if (ts_ipc_get(address, "color", &value, &found, NULL) && found)
        printf("%s|", ts_buf_text(&value));
    if (ts_ipc_get(address, "None", &value, &found, NULL) && !found)
        printf("none|");
    ts_buf_clear(&value);
    if (ts_ipc_list(address, &value, NULL))
        printf("%s|", ts_buf_text(&value));
    ts_buf_done(&value);
}

static void child_big(const char *address)
{
    ts_buf value;
    ts_buf_init(&value, TS_VAR_VALUE_MAX);
    bool found = false;
    if (ts_ipc_get(address, "Big", &value, &found, NULL) &&
        ts_ipc_set(address, "Copy", value.data, false, NULL))
        printf("%zu", value.len);
    ts_buf_done(&value);
}

/* The first word of the answer to these bytes. */
static void child_send(const char *address, const char *data, size_t size)
{
    ts_buf answer;
    ts_buf_init(&answer, 1000);
    if (ts_ipc_ask(address, data, size, &answer, NULL) && answer.len >= 5)
        printf("%.5s|", ts_buf_text(&answer));
    ts_buf_done(&answer);
}

static void child_garbage(const char *address)
{
    static char bytes[300000];
    child_send(address, bytes, sizeof(bytes));
    memset(bytes, 0xFE, sizeof(bytes));
    child_send(address, bytes, sizeof(bytes));
    child_send(address, "set 99999999 A\n", 15);
    child_send(address, "set 5 A\nab", 10); /* ends too early: dropped */
    close(open_socket(address));
}

static void child_stall(const char *address)
{
    for (unsigned i = 0; i < TS_IPC_CLIENTS_MAX + 4; i++) {
        int fd = open_socket(address);
        if (fd >= 0 && write(fd, "set 10 A\nab", 11) != 11)
            printf("write ");
    }
    printf("exit");
}

static void child_flood(const char *address)
{
    for (;;) {
        int fd = open_socket(address);
        if (fd >= 0 && write(fd, "get Big\n", 8) == 8)
            (void)usleep(100);
        close(fd);
    }
}

static void child_crowd(const char *address)
{
    for (unsigned i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        int fd = open_socket(address);
        if (fd >= 0 && write(fd, "get C", 5) != 5)
            printf("write ");
    }
    ts_buf value;
    ts_buf_init(&value, 100);
    bool found = false;
    if (ts_ipc_get(address, "Color", &value, &found, NULL) && found)
        printf("%.4s", ts_buf_text(&value));
    ts_buf_done(&value);
}

static int child(const char *what)
{
    const char *address = getenv("TASKSEQ_SOCKET");
    ts_err *err = NULL;
    if (!address)
        return 3;
    if (strcmp(what, "get") == 0) {
        child_get(address);
    } else if (strcmp(what, "set") == 0) {
        if (!ts_ipc_set(address, "New", "two\nlines", false, NULL))
            return 4;
        if (!ts_ipc_set(address, "_New", "x", false, &err))
            printf("%s", ts_err_text(err));
        ts_err_free(err);
    } else if (strcmp(what, "secret") == 0) {
        return ts_ipc_set(address, "Pass", "hunter2", true, NULL) ? 0 : 4;
    } else if (strcmp(what, "big") == 0) {
        child_big(address);
    } else if (strcmp(what, "garbage") == 0) {
        child_garbage(address);
    } else if (strcmp(what, "stall") == 0) {
        child_stall(address);
    } else if (strcmp(what, "flood") == 0) {
        child_flood(address);
    } else {
        child_crowd(address);
    }
    fflush(stdout);
    _exit(0); /* with its connections open */
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--client") == 0)
        return child(argv[2]);
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return 1;
    const struct CMUnitTest quick[] = {
        cmocka_unit_test_setup(answer_follows_the_documented_language, clear_store),
        cmocka_unit_test(request_is_complete_at_its_last_byte),
        cmocka_unit_test(request_that_cannot_become_one_is_refused),
        cmocka_unit_test_setup(client_reads_and_writes, clear_store),
        cmocka_unit_test_setup(value_of_the_largest_size_travels, clear_store),
        cmocka_unit_test_setup(garbage_is_answered_or_dropped, clear_store),
        cmocka_unit_test(clients_that_stall_do_not_hold_the_engine),
        cmocka_unit_test(time_out_comes_in_spite_of_a_busy_client),
        cmocka_unit_test_setup(one_server_serves_many_programs, clear_store),
        cmocka_unit_test(line_for_the_log_reaches_who_listens),
        cmocka_unit_test(ask_without_an_engine_says_so),
    };
    const struct CMUnitTest slow[] = {
        cmocka_unit_test(stalled_clients_make_room_after_their_deadline),
    };
    if (argc == 2 && strcmp(argv[1], "--slow") == 0)
        return cmocka_run_group_tests(slow, NULL, NULL);
    return cmocka_run_group_tests(quick, NULL, NULL);
}
