/* test_smsts.c - smsts.log in the form that CMTrace reads. */
#include "check.h"

#include <stdio.h>

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

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(line_has_the_documented_form),
        CASE(bias_east_of_greenwich_is_negative),
        CASE(end_mark_inside_a_message_does_not_end_the_line),
        CASE(step_lines_use_the_vendors_words),
        CASE(full_log_becomes_history_and_old_history_goes),
        CASE(unwritable_folder_is_a_clear_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
