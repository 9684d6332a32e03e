/* test_win32_process.c - running programs on Windows: exit codes, quoting, output and its code
 * pages, time-outs of whole trees, cancelling, the variables pipe. The programs are this one again.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include <windows.h>

#include <fcntl.h>
#include <io.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char *self;

static ts_program_result run_words(const char *const *words, uint32_t timeout)
{
    const char *argv[8] = {self, "--child"};
    for (size_t i = 0; words[i]; i++)
        argv[i + 2] = words[i];
    ts_program program = {.argv = argv, .timeout = timeout, .keep_output = true};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err))
        fail_msg("%s", ts_err_text(err));
    return result;
}

static ts_program_result run_child(const char *what, const char *word, uint32_t timeout)
{
    const char *const words[] = {what, word, NULL};
    return run_words(words, timeout);
}

static void exit_code_has_32_bits(void **state)
{
    TS_UNUSED(state);
    static const char *const codes[] = {"0", "7", "3010", "2147942405"}; /* 0x80070005 */
    for (size_t i = 0; i < TS_COUNT(codes); i++) {
        ts_program_result result = run_child("exit", codes[i], 0);
        assert_int_equal(result.exit_code, strtoul(codes[i], NULL, 10));
        assert_false(result.timed_out);
        assert_string_equal(result.output, "");
        free(result.output);
    }
}

static void arguments_arrive_as_given(void **state)
{
    TS_UNUSED(state);
    const char *const words[] = {"echo", "a b", "\"q\"", "c:\\d e\\", "\xC3\xA4\xF0\x9F\x98\x80",
                                 NULL};
    ts_program_result result = run_words(words, 0);
    assert_string_equal(result.output, "<a b><\"q\"><c:\\d e\\><\xC3\xA4\xF0\x9F\x98\x80>");
    free(result.output);
    TS_CLEANUP(ts_free_ptr)
    char *line = ts_sprintf("\"%s\" --child echo %%PATH%% ^& \"x y\"", self);
    ts_program program = {.command_line = line, .keep_output = true};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, "<%PATH%><^&><x y>");
    free(result.output);
}

static void output_of_any_code_page_becomes_utf8(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_child("bytes", "utf8", 0);
    assert_string_equal(result.output, "gr\xC3\xBC\xC3\x9F");
    free(result.output);
    result = run_child("bytes", "utf16", 0);
    assert_string_equal(result.output, "gr\xC3\xBC");
    free(result.output);
    result = run_child("bytes", "oem", 0); /* 0x81 is no UTF-8; in 437 and 850 it is u umlaut */
    if (GetOEMCP() == 437 || GetOEMCP() == 850)
        assert_string_equal(result.output, "gr\xC3\xBC");
    assert_true(ts_utf8_valid(result.output, strlen(result.output)));
    free(result.output);
}

static void output_over_the_limit_keeps_its_end(void **state)
{
    TS_UNUSED(state);
    ts_program_result result = run_child("lines", "300000", 0); /* 8 bytes a line */
    assert_int_equal(strlen(result.output), TS_HOST_OUTPUT_MAX);
    assert_string_equal(result.output + TS_HOST_OUTPUT_MAX - 16, "0299999\n0300000\n");
    free(result.output);
}

static void environment_has_the_additions(void **state)
{
    TS_UNUSED(state);
    SetEnvironmentVariableW(L"TS_TEST_OLD", L"old");
    SetEnvironmentVariableW(L"TASKSEQ_SOCKET", L"of another engine");
    const char *const argv[] = {self, "--child", "env", NULL};
    static const char *const env[] = {"ts_test_old=changed", "TS_TEST_NEW=a=\xC3\xA9", NULL};
    ts_program program = {.argv = argv, .env = env, .keep_output = true};
    ts_program_result result = {0};
    assert_true(ts_process_run(&program, NULL, NULL, &result, NULL));
    assert_string_equal(result.output, "changed a=\xC3\xA9 (none) path");
    free(result.output);
    SetEnvironmentVariableW(L"TASKSEQ_SOCKET", NULL);
}

static ts_err *run_fails(const ts_program *program)
{
    ts_program_result result = {0};
    ts_err *err = NULL;
    assert_false(ts_process_run(program, NULL, NULL, &result, &err));
    assert_null(result.output);
    return err;
}

static void what_cannot_start_says_why(void **state)
{
    TS_UNUSED(state);
    ts_program program = {.command_line = "no-such-program-here /x"};
    ts_err *err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "no-such-program-here"));
    ts_err_free(err);
    program.secret = true;
    err = run_fails(&program);
    assert_null(strstr(ts_err_text(err), "no-such-program-here"));
    ts_err_free(err);
    const char *const argv[] = {self, "--child", "exit", "0", NULL};
    program = (ts_program){.argv = argv, .folder = "C:/no such folder"};
    err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    char *line = ts_alloc(40000);
    memset(line, 'x', 39999);
    program = (ts_program){.command_line = line};
    err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    free(line);
}

/* The child starts a grandchild that holds a mutex by name while it lives. */
static bool lives(const char *name)
{
    HANDLE mutex = OpenMutexA(SYNCHRONIZE, FALSE, name);
    if (mutex)
        CloseHandle(mutex);
    return mutex != NULL;
}

static void time_out_ends_the_whole_tree(void **state)
{
    TS_UNUSED(state);
    char name[64];
    snprintf(name, sizeof(name), "ts-tree-%lu", GetCurrentProcessId());
    ts_program_result result = run_child("tree", name, 3000);
    assert_true(result.timed_out);
    assert_string_equal(result.output, "started"); /* by then the grandchild was there */
    assert_true(result.duration >= 3000 && result.duration < 13000);
    for (unsigned i = 0; i < 100 && lives(name); i++)
        ts_sleep(20);
    assert_false(lives(name));
    free(result.output);
}

static void program_that_ends_leaves_its_children(void **state)
{
    TS_UNUSED(state);
    char name[64];
    snprintf(name, sizeof(name), "ts-left-%lu", GetCurrentProcessId());
    ts_program_result result = run_child("leave", name, 20000);
    assert_false(result.timed_out);
    assert_int_equal(result.exit_code, 0);
    assert_string_equal(result.output, "started");
    free(result.output);
    assert_true(lives(name));
    HANDLE stop = OpenEventA(EVENT_MODIFY_STATE, FALSE, "ts-stop");
    assert_non_null(stop);
    SetEvent(stop);
    CloseHandle(stop);
}

static void cancel_later(void *flag)
{
    ts_sleep(200);
    *(atomic_bool *)flag = true;
}

static void cancel_ends_the_program(void **state)
{
    TS_UNUSED(state);
    atomic_bool cancel = false;
    union {
        atomic_bool *in;
        void *out;
    } flag = {.in = &cancel};
    ts_thread *thread = ts_thread_start(cancel_later, flag.out, NULL);
    const char *const argv[] = {self, "--child", "sleep", "60000", NULL};
    ts_program program = {.argv = argv};
    ts_program_result result = {0};
    ts_err *err = NULL;
    uint64_t before = ts_clock_steady();
    assert_false(ts_process_run(&program, NULL, &cancel, &result, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    assert_true(ts_clock_steady() - before < 10000000000u);
    ts_err_free(err);
    ts_thread_join(thread);
}

static void script_is_found_in_its_folder(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%s/ts-script-%lu \xC3\xBC", ts_env_get("TEMP"),
                              GetCurrentProcessId());
    assert_true(ts_folder_make(folder, NULL));
    TS_CLEANUP(ts_free_ptr) char *script = ts_path_join(folder, "setup.cmd");
    static const char text[] = "@echo %1 done\r\n@exit /b 5\r\n";
    assert_true(ts_file_write_atomic(script, text, sizeof(text) - 1, NULL));
    static const char *const lines[] = {"setup.cmd /quiet", "setup /quiet", ".\\setup.cmd /quiet"};
    for (size_t i = 0; i < TS_COUNT(lines); i++) {
        ts_program program = {.command_line = lines[i], .folder = folder, .keep_output = true};
        ts_program_result result = {0};
        ts_err *err = NULL;
        if (!ts_process_run(&program, NULL, NULL, &result, &err))
            fail_msg("%s: %s", lines[i], ts_err_text(err));
        assert_int_equal(result.exit_code, 5);
        assert_non_null(strstr(result.output, "/quiet done"));
        free(result.output);
    }
    const char *const argv[] = {"setup.cmd", "a&b", NULL};
    ts_program program = {.argv = argv, .folder = folder};
    ts_err *err = run_fails(&program);
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_free(err);
    assert_true(ts_folder_remove(folder, NULL));
}

/* --- The variables pipe ------------------------------------------------------------------- */

static char kept[64];
static size_t kept_size;

static bool give(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    *found = ts_str_ieq(name, "Color") || ts_str_ieq(name, "Big");
    if (ts_str_ieq(name, "Color"))
        ts_buf_str(out, "blue\nand \xC3\xA9");
    for (unsigned i = 0; ts_str_ieq(name, "Big") && i < 100000; i++)
        ts_buf_str(out, "0123456789");
    return true;
}

static bool take(void *ctx, const char *name, const char *value, bool secret, ts_err **err)
{
    TS_UNUSED(ctx);
    TS_UNUSED(secret);
    if (name[0] == '_')
        return ts_fail(err, TS_USAGE, "'%s' is read-only", name);
    kept_size = strlen(value);
    snprintf(kept, sizeof(kept), "%s=%.40s", name, value);
    return true;
}

static bool list(void *ctx, ts_buf *out)
{
    TS_UNUSED(ctx);
    ts_buf_str(out, "Color\nShape\n");
    return true;
}

static const ts_var_service service = {.get = give, .set = take, .list = list};

static void client_expects(ts_ipc_server *server, const char *what, const char *output)
{
    const char *const argv[] = {self, "--child", "client", what, NULL};
    ts_program program = {.argv = argv, .keep_output = true, .service = &service, .timeout = 60000};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, server, NULL, &result, &err))
        fail_msg("%s", ts_err_text(err));
    assert_string_equal(result.output, output);
    free(result.output);
}

static void client_reads_and_writes(void **state)
{
    TS_UNUSED(state);
    client_expects(NULL, "get", "blue\nand \xC3\xA9|none|Color\nShape\n|");
    client_expects(NULL, "set", "'_New' is read-only");
    assert_string_equal(kept, "New=two\nlines");
    ts_ipc_server *server = ts_ipc_server_new(NULL);
    assert_non_null(server);
    client_expects(server, "big", "1000000");
    assert_int_equal(kept_size, 1000000);
    client_expects(server, "get", "blue\nand \xC3\xA9|none|Color\nShape\n|");
    ts_ipc_server_free(server);
}

/* More clients than places, which never say a whole request; the program still ends at once. */
static void clients_that_stall_do_not_hold_the_engine(void **state)
{
    TS_UNUSED(state);
    uint64_t before = ts_clock_steady();
    client_expects(NULL, "stall", "stalled");
    assert_true(ts_clock_steady() - before < 5000000000u);
}

static void ask_without_an_engine_says_so(void **state)
{
    TS_UNUSED(state);
    ts_buf value;
    ts_buf_init(&value, 100);
    bool found = false;
    ts_err *err = NULL;
    assert_false(ts_ipc_get("\\\\.\\pipe\\taskseq-none", "A", &value, &found, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    ts_buf_done(&value);
}

/* --- The child ---------------------------------------------------------------------------- */

static void child_client(const char *what)
{
    TS_CLEANUP(ts_free_ptr) char *address = ts_strdup(ts_env_get("TASKSEQ_SOCKET"));
    ts_buf value;
    ts_buf_init(&value, TS_VAR_VALUE_MAX);
    bool found = false;
    ts_err *err = NULL;
    if (strcmp(what, "get") == 0) {
        if (ts_ipc_get(address, "color", &value, &found, &err) && found)
            printf("%s|", ts_buf_text(&value));
        if (ts_ipc_get(address, "None", &value, &found, &err) && !found)
            printf("none|");
        ts_buf_clear(&value);
        if (ts_ipc_list(address, &value, &err))
            printf("%s|", ts_buf_text(&value));
    } else if (strcmp(what, "set") == 0) {
        ts_ipc_set(address, "New", "two\nlines", false, &err);
        ts_ipc_set(address, "_New", "x", false, &err);
    } else if (strcmp(what, "big") == 0) {
        if (ts_ipc_get(address, "Big", &value, &found, &err) &&
            ts_ipc_set(address, "Copy", ts_buf_text(&value), false, &err))
            printf("%zu", value.len);
    } else {
        for (unsigned i = 0; i < TS_IPC_CLIENTS_MAX + 4; i++) {
            HANDLE h = CreateFileA(address, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0,
                                   NULL);
            DWORD n = 0;
            if (h != INVALID_HANDLE_VALUE)
                WriteFile(h, "set 10 A\nab", 11, &n, NULL);
        }
        printf("stalled");
    }
    if (err)
        printf("%s", ts_err_text(err));
    ts_buf_done(&value);
}

static void child_tree(const char *what, const char *name)
{
    wchar_t path[MAX_PATH];
    wchar_t line[MAX_PATH + 100];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(line, MAX_PATH + 99, L"\"%ls\" --child hold %hs", path, name);
    STARTUPINFOW info = {.cb = sizeof(info)};
    PROCESS_INFORMATION made;
    if (!CreateProcessW(path, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &made))
        return;
    for (unsigned i = 0; i < 500 && !lives(name); i++)
        ts_sleep(10);
    printf("started");
    fflush(stdout);
    if (strcmp(what, "tree") == 0)
        ts_sleep(60000);
}

static void child_hold(const char *name)
{
    HANDLE stop = CreateEventA(NULL, TRUE, FALSE, "ts-stop");
    HANDLE mutex = CreateMutexA(NULL, TRUE, name);
    if (stop && mutex)
        WaitForSingleObject(stop, 30000);
}

static int child(int argc, char **argv)
{
    const char *what = argv[2];
    const char *word = argc > 3 ? argv[3] : "";
    if (strcmp(what, "exit") == 0)
        return (int)strtoul(word, NULL, 10);
    if (strcmp(what, "echo") == 0) {
        for (int i = 3; i < argc; i++)
            printf("<%s>", argv[i]);
    } else if (strcmp(what, "bytes") == 0) {
        if (strcmp(word, "utf16") == 0)
            fwrite("\xFF\xFEg\0r\0\xFC\0", 1, 8, stdout);
        else
            fputs(strcmp(word, "utf8") == 0 ? "gr\xC3\xBC\xC3\x9F" : "gr\x81", stdout);
    } else if (strcmp(what, "lines") == 0) {
        for (unsigned i = 1; i <= strtoul(word, NULL, 10); i++)
            printf("%07u\n", i);
    } else if (strcmp(what, "env") == 0) {
        static const char *const names[] = {"TS_TEST_OLD", "TS_TEST_NEW", "TASKSEQ_SOCKET"};
        for (size_t i = 0; i < TS_COUNT(names); i++) {
            const char *value = ts_env_get(names[i]);
            printf("%s ", value ? value : "(none)");
        }
        printf("%s", ts_env_get("PATH") ? "path" : "");
    } else if (strcmp(what, "sleep") == 0) {
        ts_sleep((uint32_t)strtoul(word, NULL, 10));
    } else if (strcmp(what, "hold") == 0) {
        child_hold(word);
    } else if (strcmp(what, "client") == 0) {
        child_client(word);
    } else {
        child_tree(what, word);
    }
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    if (!ts_program_begin(&argc, &argv, NULL))
        return 1;
    if (argc >= 3 && strcmp(argv[1], "--child") == 0)
        return child(argc, argv);
    self = ts_program_path(NULL);
    if (!self)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_code_has_32_bits),
        cmocka_unit_test(arguments_arrive_as_given),
        cmocka_unit_test(output_of_any_code_page_becomes_utf8),
        cmocka_unit_test(output_over_the_limit_keeps_its_end),
        cmocka_unit_test(environment_has_the_additions),
        cmocka_unit_test(what_cannot_start_says_why),
        cmocka_unit_test(time_out_ends_the_whole_tree),
        cmocka_unit_test(program_that_ends_leaves_its_children),
        cmocka_unit_test(cancel_ends_the_program),
        cmocka_unit_test(script_is_found_in_its_folder),
        cmocka_unit_test(client_reads_and_writes),
        cmocka_unit_test(clients_that_stall_do_not_hold_the_engine),
        cmocka_unit_test(ask_without_an_engine_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
