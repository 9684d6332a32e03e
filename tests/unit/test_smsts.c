/* test_smsts.c - smsts.log in the form that CMTrace reads. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#ifdef __linux__
#include <signal.h>
#include <sys/resource.h>
#endif

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "sinks.h"

#define JUNE_26_2015                                                                               \
    INT64_C(1435353873329) /* 2015-06-26 21:24:33.329 UTC: 14:24:33.329 Pacific                    \
                            */

static char *folder;

static int make_folder(void **state)
{
    TS_UNUSED(state);
    const char *base = ts_env_get("TMPDIR");
    folder = ts_sprintf("%s/taskseq-smsts-%u", base && *base ? base : "/tmp", ts_process_id());
    return folder && ts_folder_make(folder, NULL) ? 0 : -1;
}

static int remove_folder(void **state)
{
    TS_UNUSED(state);
    bool ok = ts_folder_remove(folder, NULL);
    free(folder);
    return ok ? 0 : -1;
}

static char *read_log(void)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, "smsts.log");
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 10000000, &text, &size, NULL));
    return text;
}

static void log_one(const ts_event *event, int bias)
{
    ts_smsts_options o = {
        .folder = folder, .history = TS_LOG_HISTORY, .bias = bias, .thread = 1256};
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    assert_non_null(log);
    ts_sink sink = ts_smsts_sink(log);
    sink.event(sink.ctx, event);
    assert_true(ts_smsts_close(log, NULL));
}

/* ConfigMgr docs ("About log files"): the sample line, with our file name. */
static void line_has_the_documented_form(void **state)
{
    TS_UNUSED(state);
    ts_event e = {.kind = TS_EVENT_LOG,
                  .time = JUNE_26_2015,
                  .level = TS_LEVEL_INFO,
                  .text = "hello",
                  .component = "ApplyOperatingSystem",
                  .source = "apply.c",
                  .source_line = 1626};
    log_one(&e, 420);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_string_equal(
        text, "<![LOG[hello]LOG]!><time=\"14:24:33.329+420\" date=\"06-26-2015\" "
              "component=\"ApplyOperatingSystem\" context=\"\" type=\"1\" thread=\"1256\" "
              "file=\"apply.c:1626\">\r\n");
}

static void bias_east_of_greenwich_is_negative(void **state)
{
    TS_UNUSED(state);
    ts_event e = {.kind = TS_EVENT_LOG, .time = JUNE_26_2015, .level = TS_LEVEL_ERROR, .text = "x"};
    log_one(&e, -120);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_non_null(strstr(text, "time=\"23:24:33.329-120\" date=\"06-26-2015\""));
    assert_non_null(strstr(text, "type=\"3\""));
}

static void end_mark_inside_a_message_does_not_end_the_line(void **state)
{
    TS_UNUSED(state);
    ts_event e = {.kind = TS_EVENT_LOG, .time = 0, .level = TS_LEVEL_INFO, .text = "a]LOG]!>b\nc"};
    log_one(&e, 0);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_non_null(strstr(text, "<![LOG[a]LOG] !>b\nc]LOG]!><time"));
}

static void step_lines_use_the_vendors_words(void **state)
{
    TS_UNUSED(state);
    ts_node group = {.kind = TS_NODE_GROUP, .name = "G", .type = ""};
    ts_node node = {
        .kind = TS_NODE_STEP, .name = "Join", .type = "T", .index = 7, .parent = &group};
    ts_event e = {.kind = TS_EVENT_SKIP,
                  .outcome = TS_OUTCOME_CONDITION,
                  .node = &node,
                  .level = TS_LEVEL_INFO};
    log_one(&e, 0);
    e = (ts_event){.kind = TS_EVENT_STEP_END,
                   .outcome = TS_OUTCOME_FAILED,
                   .node = &node,
                   .code = -2147024891,
                   .level = TS_LEVEL_ERROR,
                   .text = "access denied"};
    log_one(&e, 0);
    e = (ts_event){.kind = TS_EVENT_VARIABLE,
                   .node = &node,
                   .text = "_SMSTSCurrentActionName",
                   .detail = "Join",
                   .level = TS_LEVEL_VERBOSE};
    log_one(&e, 0);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_non_null(strstr(text, "skipped the action (Join) in the group (G) because the condition "
                                 "was evaluated to be false."));
    assert_non_null(strstr(
        text, "Failed to run the action: Join. access denied (Error: 80070005; Source: Windows)"));
    assert_non_null(strstr(text, "Start executing an instruction. Instruction name: 'Join'.  "
                                 "Pointer: 7. Type: 'T'. Disabled: 0"));
    assert_non_null(strstr(text, "Set a global environment variable _SMSTSCurrentActionName=Join"));
}

/* 5 MB and 3 history files since 1806; here with small numbers. */
static void full_log_becomes_history_and_old_history_goes(void **state)
{
    TS_UNUSED(state);
    ts_smsts_options o = {.folder = folder, .bytes = 400, .history = 2, .thread = 1};
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    ts_sink sink = ts_smsts_sink(log);
    for (int i = 0; i < 20; i++) {
        ts_event e = {.kind = TS_EVENT_LOG,
                      .time = JUNE_26_2015 + i * 1000,
                      .level = TS_LEVEL_INFO,
                      .text = "0123456789"};
        sink.event(sink.ctx, &e);
    }
    assert_true(ts_smsts_close(log, NULL));
    char **names = NULL;
    assert_true(ts_folder_list(folder, &names, NULL));
    size_t n = 0;
    for (; names[n]; n++)
        ;
    assert_int_equal(n, 3);
    /* A line has 137 bytes: two fit, so every second line finds the file full; the last rotations
     * are those of lines 16 and 18. */
    assert_string_equal(names[0], "smsts-20150626-212449.log");
    assert_string_equal(names[1], "smsts-20150626-212451.log");
    assert_string_equal(names[2], "smsts.log");
    free(names);
}

static void log_one_more(ts_smsts_log *log, const char *text)
{
    const ts_event e = {
        .kind = TS_EVENT_LOG, .time = JUNE_26_2015, .level = TS_LEVEL_INFO, .text = text};
    ts_sink sink = ts_smsts_sink(log);
    sink.event(sink.ctx, &e);
}

static void assert_file_has(const char *path, const char *text)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1u << 20, &data, &size, NULL));
    assert_non_null(strstr(data, text));
}

static void history_of_one_second_keeps_the_newest(void **state)
{
    TS_UNUSED(state);
    ts_smsts_options o = {.folder = folder, .bytes = 1, .history = 2, .thread = 1};
    static const char *const lines[] = {"line 0", "line 1", "line 2", "line 3", "line 4"};
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    for (size_t i = 0; i < TS_COUNT(lines); i++)
        log_one_more(log, lines[i]);
    assert_true(ts_smsts_close(log, NULL));
    char **names = NULL;
    assert_true(ts_folder_list(folder, &names, NULL));
    assert_string_equal(names[0], "smsts-20150626-212433-002.log");
    assert_string_equal(names[1], "smsts-20150626-212433-003.log");
    assert_string_equal(names[2], "smsts.log");
    assert_null(names[3]);
    for (size_t i = 0; i < 2; i++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, names[i]);
        assert_file_has(path, lines[i + 2]);
    }
    free(names);
}

static void number_behind_the_last_of_one_second_stops_the_log(void **state)
{
    TS_UNUSED(state);
    ts_smsts_options o = {.folder = folder, .bytes = 1, .history = TS_LOG_HISTORY, .thread = 1};
    TS_CLEANUP(ts_free_ptr)
    char *last = ts_sprintf("%s/smsts-20150626-212433-%u.log", folder, TS_LOG_SECOND_MAX - 1);
    assert_true(ts_file_write_atomic(last, "x", 1, NULL));
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    log_one_more(log, "first");
    log_one_more(log, "second"); /* the first one has the last number now */
    log_one_more(log, "third");
    ts_err *err = NULL;
    assert_false(ts_smsts_close(log, &err));
    assert_non_null(strstr(ts_err_text(err), "more than 999 history files"));
    ts_err_free(err);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_non_null(strstr(text, "second"));
}

/* Where it moves, a log is there already, and a file of the same second moves with it. */
static void moved_log_replaces_no_history_of_the_same_second(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(folder, "from");
    TS_CLEANUP(ts_free_ptr) char *there = ts_path_join(folder, "smsts.log");
    ts_smsts_options o = {.folder = from, .bytes = 1, .history = TS_LOG_HISTORY};
    assert_true(ts_file_write_atomic(there, "there before", 12, NULL));
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    log_one_more(log, "first");
    log_one_more(log, "second");
    assert_true(ts_smsts_move(log, folder, NULL));
    assert_true(ts_smsts_close(log, NULL));
    TS_CLEANUP(ts_free_ptr) char *moved = ts_path_join(folder, "smsts-20150626-212433.log");
    TS_CLEANUP(ts_free_ptr) char *old = ts_path_join(folder, "smsts-20150626-212433-001.log");
    assert_file_has(moved, "first");
    assert_file_has(old, "there before");
    assert_file_has(there, "second");
}

static void number_of_sinks_is_limited(void **state)
{
    TS_UNUSED(state);
    ts_events events = {0};
    for (unsigned i = 0; i < TS_SINKS_MAX; i++)
        assert_true(ts_events_add(&events, (ts_sink){0}));
    assert_false(ts_events_add(&events, (ts_sink){0}));
}

static void unwritable_folder_is_a_clear_error(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_join(folder, "file");
    assert_true(ts_file_write_atomic(file, "x", 1, NULL));
    TS_CLEANUP(ts_free_ptr) char *below = ts_path_join(file, "below");
    ts_smsts_options o = {.folder = below};
    ts_err *err = NULL;
    assert_null(ts_smsts_open(&o, &err));
    assert_non_null(strstr(ts_err_text(err), "log folder"));
    ts_err_free(err);
}

/* The folder takes no more lines: its oldest file cannot be removed. */
static void stopped_log_goes_on_where_it_moves_and_says_so(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(folder, "full");
    TS_CLEANUP(ts_free_ptr) char *stuck = ts_path_join(from, "smsts-20000101-000000.log");
    ts_smsts_options o = {.folder = from, .bytes = 2000, .history = 1};
    char first[2000] = "";
    memset(first, 'x', sizeof first - 1);
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    assert_non_null(log);
    TS_CLEANUP(ts_free_ptr) char *below = ts_path_join(stuck, "below");
    assert_true(ts_folder_make(below, NULL)); /* a folder is no file */
    log_one_more(log, first);
    log_one_more(log, "second is lost");
    assert_true(ts_folder_remove(stuck, NULL));
    log_one_more(log, "third is lost");
    assert_true(ts_smsts_move(log, folder, NULL));
    log_one_more(log, "fourth");
    ts_err *err = NULL;
    assert_false(ts_smsts_close(log, &err));
    assert_non_null(strstr(ts_err_text(err), "were lost"));
    ts_err_free(err);
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_null(strstr(text, "is lost"));
    assert_true(strncmp(text, "<![LOG[lines are missing here: ", 31) == 0);
    assert_non_null(strstr(text, "<![LOG[fourth]LOG]!>"));
    TS_CLEANUP(ts_free_ptr) char *old = ts_path_join(folder, "smsts-20150626-212433.log");
    assert_true(ts_file_exists(old)); /* what was written before */
}

#ifdef __linux__
/* A full disk: half of a line still fits. */
static void half_a_line_does_not_move(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(folder, "full");
    ts_smsts_options o = {.folder = from};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 200, .rlim_max = before.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ts_smsts_log *log = ts_smsts_open(&o, NULL);
    assert_non_null(log);
    log_one_more(log, "first");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    log_one_more(log, "second");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    log_one_more(log, "third");
    assert_true(ts_smsts_move(log, folder, NULL));
    log_one_more(log, "fourth");
    assert_false(ts_smsts_close(log, NULL));
    TS_CLEANUP(ts_free_ptr) char *text = read_log();
    assert_null(strstr(text, "second"));
    assert_null(strstr(text, "third"));
    const char *missing = strstr(text, "\r\n<![LOG[lines are missing here: ");
    assert_non_null(missing);
    assert_non_null(strstr(missing, "<![LOG[fourth]LOG]!>"));
    assert_true(strstr(text, "first") < missing);
}
#endif

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(line_has_the_documented_form),
        CASE(bias_east_of_greenwich_is_negative),
        CASE(end_mark_inside_a_message_does_not_end_the_line),
        CASE(step_lines_use_the_vendors_words),
        CASE(full_log_becomes_history_and_old_history_goes),
        CASE(history_of_one_second_keeps_the_newest),
        CASE(number_behind_the_last_of_one_second_stops_the_log),
        CASE(moved_log_replaces_no_history_of_the_same_second),
        CASE(number_of_sinks_is_limited),
        CASE(unwritable_folder_is_a_clear_error),
        CASE(stopped_log_goes_on_where_it_moves_and_says_so),
#ifdef __linux__
        CASE(half_a_line_does_not_move),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
