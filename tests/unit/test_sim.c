/* test_sim.c - the simulated machine: phases, restarts, programs, clock. */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#define BASE "\"name\": \"m\", \"smbios\": {\"manufacturer\": \"Contoso\", \"model\": \"One\"}"

static ts_host *machine(const char *text)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("m.json", text, strlen(text), &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    return host;
}

static void expect_error(ts_err *err, ts_code code, const char *part)
{
    assert_non_null(err);
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static void minimal_profile_is_a_pe_machine(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("{\"firmware\": \"uefi\", " BASE "}");
    assert_string_equal(ts_host_name(host), "simulated machine 'm'");
    assert_true(ts_host_is_simulated(host));
    assert_int_equal(ts_host_phase(host), TS_PHASE_WINPE);
    assert_string_equal(ts_host_env(host, "SystemDrive"), "X:");
    assert_string_equal(ts_host_env(host, "windir"), "X:\\Windows");
    assert_null(ts_host_env(host, "NoSuchName"));
    ts_host_free(host);
}

static void clock_moves_only_when_told(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("{\"firmware\": \"bios\", \"clock\": {\"start\": "
                            "\"2024-02-29T23:59:59Z\", \"bias\": -120}, " BASE "}");
    assert_int_equal(ts_host_now(host), 1709251199000); /* date -u -d '2024-02-29 23:59:59' +%s */
    assert_int_equal(ts_host_bias(host), -120);
    assert_true(ts_host_sleep(host, 1500, NULL));
    assert_int_equal(ts_host_now(host), 1709251200500);
    ts_host_free(host);
}

static void restart_with_empty_disk_is_refused(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("{\"firmware\": \"uefi\", \"disks\": [{\"size\": \"256 GB\"}], " BASE
                            "}");
    ts_err *err = NULL;
    bool on = false;
    assert_false(ts_host_hand_over(host, TS_RESTART_OS, &on, &err));
    expect_error(err, TS_STATE, "no disk has a partition");
    assert_int_equal(ts_host_phase(host), TS_PHASE_WINPE);
    assert_true(ts_host_hand_over(host, TS_RESTART_PE, &on, NULL));
    assert_true(on);
    ts_host_free(host);
}

static void restart_behind_an_assumed_image_finds_windows(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("{\"firmware\": \"uefi\", \"disks\": [{\"size\": \"256 GB\"}], " BASE
                            "}");
    bool on = false;
    ts_file_info info;
    assert_true(ts_host_file_info(host, "C:\\Windows", &info, NULL));
    assert_false(info.exists);
    ts_host_assume(host, TS_EFFECT(DISK_WIPE) | TS_EFFECT(IMAGE));
    assert_true(ts_host_hand_over(host, TS_RESTART_OS, &on, NULL));
    assert_true(on);
    assert_int_equal(ts_host_phase(host), TS_PHASE_FULL_OS);
    assert_string_equal(ts_host_env(host, "windir"), "C:\\Windows");
    assert_true(ts_host_file_info(host, "C:\\Windows", &info, NULL));
    assert_true(info.exists && info.is_folder);
    ts_host_free(host);
}

static void restart_needs_the_boot_partition_of_its_firmware(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *firmware, *disk, *part; /* part NULL: it boots */
    } cases[] = {
        {"uefi", "\"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"os\": {}}]",
         "FAT32 EFI partition"},
        {"uefi",
         "\"style\": \"gpt\", \"partitions\": [{\"type\": \"efi\", \"size\": \"260 MiB\"}, {}]",
         "FAT32 EFI partition"},
        {"uefi",
         "\"style\": \"gpt\", \"partitions\": [{\"type\": \"efi\", \"size\": \"260 MiB\", "
         "\"filesystem\": \"fat32\"}, {\"filesystem\": \"ntfs\"}]",
         "no operating system"},
        {"uefi",
         "\"style\": \"gpt\", \"partitions\": [{\"type\": \"efi\", \"size\": \"260 MiB\", "
         "\"filesystem\": \"fat32\"}, {\"filesystem\": \"ntfs\", \"os\": {}}]",
         NULL},
        {"bios", "\"style\": \"mbr\", \"partitions\": [{\"filesystem\": \"ntfs\", \"os\": {}}]",
         "active formatted partition"},
        {"bios",
         "\"style\": \"mbr\", \"partitions\": [{\"filesystem\": \"ntfs\", \"active\": true, "
         "\"os\": {}}]",
         NULL},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        char *text = ts_sprintf(
            "{\"firmware\": \"%s\", \"disks\": [{\"size\": \"64 GB\", %s}], " BASE "}",
            cases[i].firmware, cases[i].disk);
        ts_host *host = machine(text);
        ts_err *err = NULL;
        bool on = false;
        bool ok = ts_host_hand_over(host, TS_RESTART_OS, &on, &err);
        assert_int_equal(ok, cases[i].part == NULL);
        if (cases[i].part)
            expect_error(err, TS_STATE, cases[i].part);
        ts_host_free(host);
        free(text);
    }
}

static const char *const programs =
    "{\"firmware\": \"uefi\", " BASE ", \"programs\": ["
    "{\"name\": \"setup\", \"arguments\": \"*/quiet*\", \"exit_code\": 3010, \"output\": \"done\","
    " \"duration\": \"90 s\", \"creates\": [\"X:\\\\Temp\\\\made.txt\"]},"
    "{\"name\": \"setup.exe\", \"exit_code\": -1},"
    "{\"name\": \"gone.exe\", \"missing\": true}]}";

static ts_program_result run(ts_host *host, const char *line, uint32_t timeout)
{
    ts_program p = {.command_line = line, .timeout = timeout, .keep_output = true};
    ts_program_result r = {0};
    ts_err *err = NULL;
    if (!ts_host_run(host, &p, &r, &err))
        fail_msg("%s", ts_err_text(err));
    return r;
}

static void known_program_does_what_the_profile_says(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    int64_t before = ts_host_now(host);
    ts_program_result r = run(host, "\"C:\\Program Files\\x\\SETUP.EXE\" /log /quiet", 0);
    assert_int_equal(r.exit_code, 3010);
    assert_string_equal(r.output, "done");
    assert_false(r.assumed);
    assert_int_equal(r.duration, 90000);
    assert_int_equal(ts_host_now(host) - before, 90000);
    ts_program_result_done(&r);
    ts_file_info info;
    assert_true(ts_host_file_info(host, "x:/temp/MADE.TXT", &info, NULL));
    assert_true(info.exists);
    r = run(host, "setup.exe", 0); /* the second entry */
    assert_int_equal(r.exit_code, 0xFFFFFFFF);
    ts_program_result_done(&r);
    r = run(host, "cmd.exe /c setup /quiet", 0); /* through the shell */
    assert_int_equal(r.exit_code, 3010);
    ts_program_result_done(&r);
    assert_int_equal(ts_host_sim_called(host, "setup", NULL), 2);
    assert_int_equal(ts_host_sim_called(host, "*", "*quiet*"), 2);
    ts_host_free(host);
}

static void unknown_program_is_assumed_to_succeed(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    ts_program_result r = run(host, "other.exe /x", 0);
    assert_int_equal(r.exit_code, 0);
    assert_true(r.assumed);
    assert_string_equal(r.output, "");
    ts_program_result_done(&r);
    ts_host_free(host);
}

static void long_program_times_out(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    int64_t before = ts_host_now(host);
    ts_program_result r = run(host, "setup.exe /quiet", 60000);
    assert_true(r.timed_out);
    assert_int_equal(ts_host_now(host) - before, 60000);
    ts_file_info info;
    assert_true(ts_host_file_info(host, "X:\\Temp\\made.txt", &info, NULL));
    assert_false(info.exists);
    ts_program_result_done(&r);
    ts_host_free(host);
}

static void missing_program_cannot_start(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    ts_program p = {.command_line = "gone.exe"};
    ts_program_result r = {0};
    ts_err *err = NULL;
    assert_false(ts_host_run(host, &p, &r, &err));
    expect_error(err, TS_NOT_FOUND, "no program 'gone.exe'");
    ts_host_free(host);
}

static void run_as_in_pe_is_refused(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    ts_program p = {.command_line = "whoami.exe", .user = "CONTOSO\\svc", .password = "x"};
    ts_program_result r = {0};
    ts_err *err = NULL;
    assert_false(ts_host_run(host, &p, &r, &err));
    expect_error(err, TS_STATE, "no accounts");
    ts_host_free(host);
}

static void mock_goes_before_the_profile(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(programs);
    ts_sim_mock mock = {.program = "setup", .exit_code = 5, .output = "mocked"};
    assert_true(ts_host_sim_mock(host, &mock, NULL));
    ts_program_result r = run(host, "setup.exe /quiet", 0);
    assert_int_equal(r.exit_code, 5);
    assert_string_equal(r.output, "mocked");
    ts_program_result_done(&r);
    mock.exit_code = 6; /* the newest wins */
    assert_true(ts_host_sim_mock(host, &mock, NULL));
    r = run(host, "setup.exe /quiet", 0);
    assert_int_equal(r.exit_code, 6);
    ts_program_result_done(&r);
    ts_host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minimal_profile_is_a_pe_machine),
        cmocka_unit_test(clock_moves_only_when_told),
        cmocka_unit_test(restart_with_empty_disk_is_refused),
        cmocka_unit_test(restart_behind_an_assumed_image_finds_windows),
        cmocka_unit_test(restart_needs_the_boot_partition_of_its_firmware),
        cmocka_unit_test(known_program_does_what_the_profile_says),
        cmocka_unit_test(unknown_program_is_assumed_to_succeed),
        cmocka_unit_test(long_program_times_out),
        cmocka_unit_test(missing_program_cannot_start),
        cmocka_unit_test(run_as_in_pe_is_refused),
        cmocka_unit_test(mock_goes_before_the_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
