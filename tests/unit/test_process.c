/* test_process.c - running programs: exit codes, output, time-outs, whole trees, cancelling. */
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char root[64];

static int make_root(void **state)
{
    TS_UNUSED(state);
    snprintf(root, sizeof(root), "/tmp/ts-process-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    TS_UNUSED(state);
    return ts_folder_remove(root, NULL) ? 0 : -1;
}

static char *in_root(const char *name)
{
    return ts_path_join(root, name);
}

static void write_script(const char *name, const char *text)
{
    TS_CLEANUP(ts_free_ptr) char *path = in_root(name);
    assert_true(ts_file_write_atomic(path, text, strlen(text), NULL));
    assert_int_equal(chmod(path, 0755), 0);
}

/* Runs `sh -c script`. */
static ts_program_result run_shell(const char *script, uint32_t timeout)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    ts_program program = {.argv = argv, .folder = root, .timeout = timeout, .keep_output = true};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err))
        fail_msg("%s", ts_err_text(err));
    return result;
}

static void done(ts_program_result *result)
{
    ts_free_ptr(&result->output);
}

static ts_err *run_fails(const ts_program *program)
{
    ts_program_result result = {.exit_code = 77};
    ts_err *err = NULL;
    assert_false(ts_process_run(program, NULL, NULL, &result, &err));
    assert_int_equal(result.exit_code, 77);
    assert_null(result.output);
    return err;
}

static void exit_code_is_the_programs(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *script;
        uint32_t code;
    } cases[] = {
        {"exit 0", 0}, {"exit 7", 7}, {"exit 255", 255}, {"kill -9 $$", 137}, {"kill -15 $$", 143}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_program_result result = run_shell(cases[i].script, 0);
        assert_int_equal(result.exit_code, cases[i].code);
        assert_false(result.timed_out);
        assert_string_equal(result.output, "");
        done(&result);
    }
}

static void command_line_is_split_without_a_shell(void **state)
{
    TS_UNUSED(state);
    ts_program program = {.command_line = "printf \"<%s>\" \"a b\" $HOME; *", .keep_output = true};
    ts_program_result result = {0};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, "<a b><$HOME;><*>");
    done(&result);
}

static void output_of_both_streams_is_kept_in_order(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("echo one; echo two >&2; echo three", 0);
    assert_string_equal(result.output, "one\ntwo\nthree\n");
    done(&result);
}

static void output_that_is_not_kept_is_empty(void **state)
{
    TS_UNUSED(state);
    ts_program program = {.command_line = "echo text"};
    ts_program_result result = {0};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, "");
    done(&result);
}

static void output_over_the_limit_keeps_its_end(void **state)
{
    TS_UNUSED(state);
    /* 8 bytes a line, 300,000 lines: more than twice the limit. */
    ts_program_result result = run_shell("seq -f %07.0f 1 300000", 0);
    assert_int_equal(strlen(result.output), TS_HOST_OUTPUT_MAX);
    assert_string_equal(result.output + TS_HOST_OUTPUT_MAX - 16, "0299999\n0300000\n");
    assert_memory_equal(result.output, "0168929\n", 8); /* 300,001 less 2^20 / 8 */
    done(&result);
}

static void output_that_is_no_text_becomes_text(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("printf 'a\\000b\\377c\\303\\251\\303'", 0);
    assert_string_equal(result.output, "a\xEF\xBF\xBD"
                                       "b\xEF\xBF\xBD"
                                       "c\xC3\xA9\xEF\xBF\xBD");
    done(&result);
}

static void input_is_empty(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("cat; echo done", 5000);
    assert_string_equal(result.output, "done\n");
    assert_false(result.timed_out);
    done(&result);
}

static void environment_has_the_additions(void **state)
{
    TS_UNUSED(state);
    setenv("TS_TEST_OLD", "old", 1);
    setenv("TS_TEST_KEPT", "kept", 1);
    setenv("TASKSEQ_SOCKET", "/of/another/engine", 1);
    static const char *const argv[] = {
        "sh", "-c", "echo $TS_TEST_OLD $TS_TEST_NEW $TS_TEST_KEPT ${TASKSEQ_SOCKET-none}", NULL};
    static const char *const env[] = {"TS_TEST_OLD=changed", "TS_TEST_NEW=a=b", NULL};
    ts_program program = {.argv = argv, .env = env, .keep_output = true};
    ts_program_result result = {0};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, "changed a=b kept none\n");
    done(&result);
    unsetenv("TASKSEQ_SOCKET");
}

static void folder_is_searched_before_path(void **state)
{
    TS_UNUSED(state);
    write_script("echo", "#!/bin/sh\nprintf mine; pwd\n");
    ts_program program = {.command_line = "echo x", .folder = root, .keep_output = true};
    ts_program_result result = {0};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    TS_CLEANUP(ts_free_ptr) char *expected = ts_sprintf("mine%s\n", root);
    assert_string_equal(result.output, expected);
    done(&result);
    program.command_line = "./echo x";
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, expected);
    done(&result);
}

static void missing_program_is_not_found(void **state)
{
    TS_UNUSED(state);
    static const char *const lines[] = {"no-such-program-here /x", "/no/such/program", "\"\""};
    for (size_t i = 0; i < TS_COUNT(lines); i++) {
        ts_program program = {.command_line = lines[i]};
        ts_err *err = run_fails(&program);
        assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
        ts_err_free(err);
    }
    ts_program program = {.command_line = "true", .folder = "/no/such/folder"};
    ts_err *err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "/no/such/folder"));
    ts_err_free(err);
}

static void program_that_cannot_start_says_why(void **state)
{
    TS_UNUSED(state);
    write_script("nothing", "echo no first line\n");
    write_script("lost", "#!/no/such/interpreter\n");
    TS_CLEANUP(ts_free_ptr) char *nothing = in_root("nothing");
    TS_CLEANUP(ts_free_ptr) char *lost = in_root("lost");
    ts_program program = {.command_line = nothing};
    ts_err *err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_OS);
    assert_non_null(strstr(ts_err_text(err), "interpreter"));
    ts_err_free(err);
    program.command_line = lost;
    err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "the file is there"));
    ts_err_free(err);
    program.command_line = root; /* a folder */
    err = run_fails(&program);
    uint32_t number = 0;
    assert_int_equal(ts_err_os(err, &number), TS_OS_ERRNO);
    assert_int_equal(number, EACCES);
    ts_err_free(err);
}

static void secret_command_line_stays_out_of_errors(void **state)
{
    TS_UNUSED(state);
    ts_program program = {.command_line = "/no/hunter2 /p", .secret = true};
    ts_err *err = run_fails(&program);
    assert_null(strstr(ts_err_text(err), "hunter2"));
    ts_err_free(err);
}

static void other_user_is_refused(void **state)
{
    TS_UNUSED(state);
    ts_program program = {.command_line = "true", .user = "FIELD\\joiner", .password = "hunter2"};
    ts_err *err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    assert_null(strstr(ts_err_text(err), "hunter2"));
    ts_err_free(err);
}

static bool is_gone(const char *pid_file)
{
    TS_CLEANUP(ts_free_ptr) char *path = in_root(pid_file);
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 100, &text, &size, NULL));
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    free(text);
    assert_true(pid > 1);
    return kill(pid, 0) != 0 && errno == ESRCH;
}

static void time_out_ends_a_plain_program_at_once(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("echo before; exec sleep 60", 100);
    assert_true(result.timed_out);
    assert_true(result.duration >= 100 && result.duration < 900);
    assert_string_equal(result.output, "before\n");
    assert_int_equal(result.exit_code, 143);
    done(&result);
}

/* A grandchild that ignores SIGTERM, one in a session of its own whose parent has ended. */
static void time_out_ends_the_whole_tree(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell(
        "sh -c 'trap \"\" TERM; echo $$ >deaf; while :; do sleep 0.1; done' & "
        "(setsid sh -c 'echo $$ >away; exec sleep 60' &) ; "
        "while ! [ -s deaf ] || ! [ -s away ]; do sleep 0.01; done; sleep 60",
        300);
    assert_true(result.timed_out);
    assert_true(result.duration >= 300 + TS_PROCESS_GRACE);
    assert_true(result.duration < 300 + TS_PROCESS_GRACE + 20000);
    assert_true(is_gone("deaf"));
    assert_true(is_gone("away"));
    done(&result);
}

/* As on Windows, what a program leaves behind when it ends by itself goes on: services. */
static void program_that_ends_leaves_its_children(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("(sleep 60 >/dev/null 2>&1 & echo $! >left); echo started",
                                         10000);
    assert_string_equal(result.output, "started\n");
    assert_false(is_gone("left"));
    done(&result);
    /* It is not part of a later program's tree either. */
    result = run_shell("sleep 60", 50);
    assert_true(result.timed_out);
    assert_false(is_gone("left"));
    done(&result);
    result = run_shell("kill $(cat left)", 0);
    assert_int_equal(result.exit_code, 0);
    done(&result);
    for (int i = 0; i < 500 && !is_gone("left"); i++) {
        ts_sleep(2);
        result = run_shell("exit 0", 0); /* a run collects what ended */
        done(&result);
    }
    assert_true(is_gone("left"));
}

/* A child that keeps the pipe open must not hold the engine. */
static void output_pipe_that_stays_open_does_not_hold(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_shell("echo text; sleep 60 & echo $! >held", 10000);
    assert_string_equal(result.output, "text\n");
    assert_true(result.duration < 5000);
    done(&result);
    result = run_shell("kill $(cat held)", 0);
    done(&result);
}

static void *cancel_later(void *flag)
{
    ts_sleep(50);
    *(atomic_bool *)flag = true;
    return NULL;
}

static void cancel_ends_the_program(void **state)
{
    TS_UNUSED(state);
    atomic_bool cancel = false;
    union {
        atomic_bool *in;
        void *out;
    } flag = {.in = &cancel};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, flag.out), 0);
    const char *const argv[] = {"sh", "-c", "echo $$ >mine; exec sleep 60", NULL};
    ts_program program = {.argv = argv, .folder = root};
    ts_program_result result = {0};
    ts_err *err = NULL;
    uint64_t before = ts_clock_steady();
    assert_false(ts_process_run(&program, NULL, &cancel, &result, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    assert_true(ts_clock_steady() - before < 20000000000u);
    assert_true(is_gone("mine"));
    ts_err_free(err);
    pthread_join(thread, NULL);
}

static void start_does_not_wait(void **state)
{
    TS_UNUSED(state);
    const char *const argv[] = {"sh", "-c", "sleep 0.05; echo $$ >started", NULL};
    ts_program program = {.argv = argv, .folder = root};
    assert_true(ts_process_start(&program, NULL));
    TS_CLEANUP(ts_free_ptr) char *path = in_root("started");
    assert_false(ts_file_exists(path));
    for (int i = 0; i < 2000 && !ts_file_exists(path); i++)
        ts_sleep(5);
    assert_true(ts_file_exists(path));
    program.argv = (const char *const[]){"no-such-program-here", NULL};
    ts_err *err = NULL;
    assert_false(ts_process_start(&program, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
}

static void run_without_memory_fails_cleanly(void **state)
{
    TS_UNUSED(state);
    static const char *const env[] = {"A=b", NULL};
    ts_program program = {
        .command_line = "echo text", .folder = root, .env = env, .keep_output = true};
    unsigned failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        ts_program_result result = {0};
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        bool ok = ts_process_run(&program, NULL, NULL, &result, &err);
        ts_alloc_fail_at(0);
        if (ok) {
            assert_string_equal(result.output, "text\n");
            done(&result);
            break;
        }
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
        failures++;
    }
    assert_true(failures >= 5 && failures < 90);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(exit_code_is_the_programs),
        WITH_ROOT(command_line_is_split_without_a_shell),
        WITH_ROOT(output_of_both_streams_is_kept_in_order),
        WITH_ROOT(output_that_is_not_kept_is_empty),
        WITH_ROOT(output_over_the_limit_keeps_its_end),
        WITH_ROOT(output_that_is_no_text_becomes_text),
        WITH_ROOT(input_is_empty),
        WITH_ROOT(environment_has_the_additions),
        WITH_ROOT(folder_is_searched_before_path),
        WITH_ROOT(missing_program_is_not_found),
        WITH_ROOT(program_that_cannot_start_says_why),
        WITH_ROOT(secret_command_line_stays_out_of_errors),
        WITH_ROOT(other_user_is_refused),
        WITH_ROOT(time_out_ends_a_plain_program_at_once),
        WITH_ROOT(time_out_ends_the_whole_tree),
        WITH_ROOT(program_that_ends_leaves_its_children),
        WITH_ROOT(output_pipe_that_stays_open_does_not_hold),
        WITH_ROOT(cancel_ends_the_program),
        WITH_ROOT(start_does_not_wait),
        WITH_ROOT(run_without_memory_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
