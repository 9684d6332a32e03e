/* test_log_home.c - the log moves to the new disk, and back before that is wiped. The machine is
 * simulated; "C:/" is a folder here, and the drive where this runs on Windows. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "log_home.h"
#include "os.h"
#include "sim.h"

#define HOME   "C:/_SMSTaskSequence/Logs/Smstslog"
#define GIB    (UINT64_C(1024) * TS_MIB)
#define MEMORY "memory"

static ts_host *host;
static ts_vars *vars;
static ts_events events;
static ts_smsts_log *log_file;
static ts_log_home home;
static char *folder;
static unsigned lines; /* so far ... */
static unsigned lost;  /* ... and the first ones, that nobody has any more */

static int begin(void **state)
{
    static const char profile[] =
        "{\"name\": \"m\", \"smbios\": {\"manufacturer\": \"C\", \"model\": \"M\"}, "
        "\"firmware\": \"uefi\", \"disks\": [{\"model\": \"D\", \"size\": \"64 GiB\"}]}";
    TS_UNUSED(state);
    ts_err *err = NULL;
    const char *base = ts_env_get("TMPDIR");
    const char *windows = ts_env_get("TEMP");
    folder = ts_sprintf("%s/taskseq-home-%u",
                        windows ? windows
                        : base  ? base
                                : "/tmp",
                        ts_process_id());
    if (!folder || !ts_folder_make(folder, NULL) || chdir(folder) != 0)
        return -1;
    if (!ts_file_is_folder("C:/") && (!ts_folder_make("C:", NULL) || !ts_folder_make("D:", NULL)))
        return -1;
    (void)ts_folder_remove(HOME, NULL);
    host = ts_host_sim_new("m.json", profile, strlen(profile), &err);
    vars = ts_vars_new();
    events = (ts_events){0};
    const ts_smsts_options o = {.folder = MEMORY, .history = TS_LOG_HISTORY};
    log_file = ts_smsts_open(&o, &err);
    if (!host || !vars || !log_file || !ts_events_add(&events, ts_smsts_sink(log_file)))
        fail_msg("%s", ts_err_text(err));
    home = (ts_log_home){.log = log_file, .host = host, .vars = vars, .memory = MEMORY};
    lines = 0;
    lost = 0;
    return ts_log_home_start(&home, &events, &err) ? 0 : -1;
}

static int end(void **state)
{
    TS_UNUSED(state);
    ts_log_home_stop(&home);
    (void)ts_smsts_close(log_file, NULL);
    ts_vars_free(vars);
    ts_host_free(host);
    (void)ts_folder_remove(HOME, NULL);
    (void)chdir("..");
    bool ok = ts_folder_remove(folder, NULL);
    free(folder);
    return ok ? 0 : -1;
}

/* One numbered line, then the end of a step. */
static void step(void)
{
    char text[20];
    snprintf(text, sizeof text, "line %u;", ++lines);
    const ts_node node = {.name = "step"};
    const ts_event line = {
        .kind = TS_EVENT_LOG, .level = TS_LEVEL_INFO, .text = text, .time = 1000};
    const ts_event stop = {
        .kind = TS_EVENT_STEP_END, .outcome = TS_OUTCOME_OK, .node = &node, .time = 2000};
    ts_events_send(&events, &line);
    ts_events_send(&events, &stop);
}

static void partition(uint64_t bytes)
{
    ts_partition_plan parts[] = {
        {.kind = TS_PARTITION_EFI,
         .bytes = 512 * TS_MIB,
         .filesystem = TS_FS_FAT32,
         .letter = false},
        {.kind = TS_PARTITION_PRIMARY, .bytes = bytes, .filesystem = TS_FS_NTFS, .letter = true}};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = parts, .n_partitions = 2};
    ts_err *err = NULL;
    if (!ts_host_disk_partition(host, &plan, &err))
        fail_msg("%s", ts_err_text(err));
    assert_int_equal(parts[1].got, 'C');
}

static void expect_variable(const char *path)
{
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(path, NULL);
    assert_string_equal(ts_vars_text(vars, "_SMSTSLogPath"), native);
}

/* All lines so far, each once, are in this folder's smsts.log; there is no other log. */
static void expect_in(const char *where, const char *not_in)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(where, "smsts.log");
    TS_CLEANUP(ts_free_ptr) char *other = ts_path_join(not_in, "smsts.log");
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1000000, &data, &size, NULL));
    assert_false(ts_file_exists(other));
    for (unsigned i = lost + 1; i <= lines; i++) {
        char text[20];
        snprintf(text, sizeof text, "line %u;", i);
        const char *hit = strstr(data, text);
        if (!hit || strstr(hit + 1, text))
            fail_msg("'%s' is not once in '%s': %s", text, path, data);
    }
    assert_string_equal(ts_log_home_folder(&home), where);
}

static void log_moves_to_the_new_disk(void **state)
{
    TS_UNUSED(state);
    step();
    expect_in(MEMORY, HOME);
    partition(20 * GIB);
    expect_in(MEMORY, HOME); /* the step still runs */
    step();
    step();
    expect_in(HOME, MEMORY);
    expect_variable(HOME);
}

static void log_is_in_memory_while_its_disk_is_wiped(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    step();
    partition(20 * GIB);
    step();
    expect_in(HOME, MEMORY);
    partition(10 * GIB);
    expect_in(MEMORY, HOME);
    expect_variable(MEMORY);
    step();
    expect_in(HOME, MEMORY);
    if (!ts_host_volume_format(host, 'C', TS_FS_NTFS, "W", true, &err))
        fail_msg("%s", ts_err_text(err));
    expect_in(MEMORY, HOME);
    step();
    expect_in(HOME, MEMORY);
}

static void volume_of_the_new_windows_is_the_last_word(void **state)
{
    TS_UNUSED(state);
    if (!ts_file_is_folder("D:/"))
        skip(); /* Windows: this machine has no such drive */
    partition(20 * GIB);
    step();
    assert_true(ts_vars_set(vars, TS_LOG_HOME_TARGET, "d:", 0, NULL));
    step();
    expect_in("D:/_SMSTaskSequence/Logs/Smstslog", HOME);
}

static void log_of_an_earlier_run_and_older_files_are_kept(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_folder_make(HOME, NULL));
    assert_true(ts_file_write_atomic(HOME "/smsts.log", "earlier", 7, NULL));
    assert_true(ts_file_write_atomic(MEMORY "/smsts-20260101-000000.log", "old", 3, NULL));
    step();
    partition(20 * GIB);
    step();
    expect_in(HOME, MEMORY);
    assert_true(ts_file_exists(HOME "/smsts-20260101-000000.log"));
    assert_false(ts_file_exists(MEMORY "/smsts-20260101-000000.log"));
    char **names = NULL;
    size_t n = 0;
    assert_true(ts_folder_list(HOME, &names, NULL));
    while (names[n])
        n++;
    free(names);
    assert_int_equal(n, 3); /* the log, the older file, and what was the log there */
}

static void log_that_cannot_move_stays_and_says_why(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    (void)ts_folder_remove(HOME, NULL);
    assert_true(ts_folder_make("C:/_SMSTaskSequence/Logs", NULL));
    assert_true(ts_file_write_atomic(HOME, "in the way", 10, NULL));
    partition(20 * GIB);
    step();
    step();
    step();
    assert_true(ts_file_remove(HOME, NULL));
    expect_in(MEMORY, HOME);
    assert_true(ts_file_read(MEMORY "/smsts.log", 1000000, &data, &size, NULL));
    const char *warning = strstr(data, "cannot move the log to '" HOME "'");
    assert_non_null(warning);
    assert_null(strstr(warning + 1, "cannot move")); /* told once */
    assert_string_equal(ts_vars_text(vars, "_SMSTSLogPath"), "");
}

static bool log_has(const char *path, const char *words)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1000000, &data, &size, NULL));
    return strstr(data, words) != NULL;
}

/* What wiping the volume does to the log there. */
static void wipe(void)
{
    assert_true(ts_folder_remove(HOME, NULL));
    lost = lines;
}

static void log_that_cannot_go_back_begins_again_in_memory(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_file_write_atomic(MEMORY "/smsts-20260101-000000.log", "old", 3, NULL));
    step();
    partition(20 * GIB);
    step();
    expect_in(HOME, MEMORY);
    assert_true(ts_folder_make(MEMORY "/smsts.log.part", NULL)); /* in the way of the copy */
    partition(10 * GIB);
    wipe();
    assert_false(ts_file_exists(MEMORY "/smsts-20260101-000000.log")); /* no half copy */
    assert_true(log_has(MEMORY "/smsts.log", "the earlier lines of this log are lost"));
    assert_true(log_has(MEMORY "/smsts.log", "cannot move the log to '" MEMORY "'"));
    expect_in(MEMORY, HOME);
    expect_variable(MEMORY);
    step();
    expect_in(HOME, MEMORY);
    step();
    expect_in(HOME, MEMORY);
}

static void log_without_any_place_goes_on_with_the_new_disk(void **state)
{
    TS_UNUSED(state);
    step();
    partition(20 * GIB);
    step();
    assert_true(ts_folder_remove(MEMORY, NULL));
    assert_true(ts_file_write_atomic(MEMORY, "in the way", 10, NULL));
    partition(10 * GIB);
    wipe();
    step(); /* its line has no place */
    lost = lines;
    step();
    expect_in(HOME, MEMORY);
    assert_true(log_has(HOME "/smsts.log", "lines are missing here: "));
    assert_false(ts_smsts_close(log_file, NULL));
    log_file = NULL;
}

static void log_is_in_memory_when_the_wiped_volumes_are_not_known(void **state)
{
    TS_UNUSED(state);
    step();
    home.watch.leaving(home.watch.ctx, 0);
    expect_in(MEMORY, HOME);
    partition(20 * GIB);
    step();
    expect_in(HOME, MEMORY);
    home.watch.leaving(home.watch.ctx, 0);
    expect_in(MEMORY, HOME);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(log_moves_to_the_new_disk),
        TEST(log_is_in_memory_while_its_disk_is_wiped),
        TEST(volume_of_the_new_windows_is_the_last_word),
        TEST(log_of_an_earlier_run_and_older_files_are_kept),
        TEST(log_that_cannot_move_stays_and_says_why),
        TEST(log_that_cannot_go_back_begins_again_in_memory),
        TEST(log_without_any_place_goes_on_with_the_new_disk),
        TEST(log_is_in_memory_when_the_wiped_volumes_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
