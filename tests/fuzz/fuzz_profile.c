/* fuzz_profile.c - machine profiles: any bytes either make a machine or give an error that names
 * the file; a machine that was made answers, changes, restarts and reports without harm. */
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#include "fuzz.h"

#undef NDEBUG /* the assertions are the test, in every build */
#include <assert.h>

static void ask_facts(ts_host *host)
{
    for (unsigned f = 0; f < TS_FACT_COUNT; f++) {
        char *text = NULL;
        ts_err *err = NULL;
        bool ok = ts_host_fact(host, (ts_fact)f, &text, &err);
        assert(ok == (err == NULL) && ok == (text != NULL));
        free(text);
        ts_err_free(err);
    }
}

static void ask_wmi(ts_host *host)
{
    static const char *const queries[] = {
        "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%a%'",
        "SELECT * FROM Win32_LogicalDisk",
        "SELECT * FROM Win32_DiskPartition WHERE DiskIndex = 0",
        "SELECT * FROM Win32_Volume",
        "SELECT * FROM Win32_DiskDrive WHERE Size > 1",
        "SELECT * FROM Win32_BIOS",
        "SELECT * FROM C WHERE P = 1"};
    ts_arena *arena = ts_arena_new();
    for (size_t i = 0; i < TS_COUNT(queries); i++) {
        const ts_wql *wql = ts_wql_parse(arena, queries[i], NULL);
        ts_wmi_rows rows = {0};
        ts_err *err = NULL;
        bool ok = ts_host_wmi(host, i == 6 ? "root\\w" : NULL, wql, &rows, &err);
        assert(ok == (err == NULL));
        ts_wmi_rows_done(&rows);
        ts_err_free(err);
    }
    ts_arena_free(arena);
}

static void change(ts_host *host)
{
    static const char *const paths[] = {"C:\\a\\b",    "X:/c",  "\\\\s\\t\\u",
                                        "D:..\\..\\e", "plain", ""};
    char *data = NULL;
    size_t size = 0;
    ts_file_info info;
    for (size_t i = 0; i < TS_COUNT(paths); i++) {
        bool written = ts_host_file_write(host, paths[i], "abc", 3, i % 2 == 0, NULL);
        if (ts_host_file_info(host, paths[i], &info, NULL) && written)
            assert(info.exists && !info.is_folder && info.size >= 3);
        if (ts_host_file_read(host, paths[i], &data, &size, NULL))
            free(data);
        ts_host_file_copy(host, paths[i], "X:\\copy", NULL);
        ts_host_folder_make(host, "C:\\f\\g", NULL);
        if (i != 1)
            ts_host_file_delete(host, paths[i], NULL);
    }
    bool set = ts_host_reg_set(host, "HKLM\\SOFTWARE\\F", "v", TS_REG_SZ, "d", NULL);
    bool found = false;
    assert(set && ts_host_reg_get(host, "HKLM\\SOFTWARE\\F", "V", &found, NULL, NULL, NULL) &&
           found);
    assert(ts_host_reg_delete(host, "HKLM\\SOFTWARE", NULL, NULL));
    ts_program program = {
        .command_line = "cmd.exe /c setup.exe /quiet", .timeout = 1000, .keep_output = true};
    ts_program_result result = {0};
    if (ts_host_run(host, &program, &result, NULL))
        ts_program_result_done(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    char *text = malloc(size + 1); /* exactly as long as it is: reading behind it is seen */
    assert(text);
    memcpy(text, data, size);
    ts_host *host = ts_host_sim_new("f.json", text, size, &err);
    assert((host != NULL) == (err == NULL));
    assert(!err || strstr(ts_err_text(err), "f.json") || ts_err_code(err) == TS_LIMIT);
    ts_err_free(err);
    if (host) {
        bool on = false;
        ask_facts(host);
        ask_wmi(host);
        change(host);
        ts_host_hand_over(host, TS_RESTART_OS, &on, NULL);
        ts_host_assume(host, TS_EFFECT(IMAGE));
        ts_host_hand_over(host, TS_RESTART_PE, &on, NULL);
        ts_host_hand_over(host, TS_RESTART_OS, &on, NULL);
        ask_wmi(host);
        change(host);
        char *state = ts_host_sim_state_json(host, NULL);
        assert(state && *state == '{');
        free(state);
        ts_host_free(host);
    }
    free(text);
    return 0;
}
