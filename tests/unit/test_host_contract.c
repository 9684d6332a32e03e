/* test_host_contract.c - one table of checks that every host answers alike: the simulated machine,
 * and the machine that the test runs on where a host for it exists. */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>
#include <ts/text.h>

#include "os.h"
#ifdef __linux__
#include <stdio.h>
#include <stdlib.h>

#include "host_linux.h"
#elif defined(_WIN32)
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "local.h"
#endif

/* A host under test and what the checks need to know of its world. */
typedef struct subject {
    const char *name;
    ts_host *host;
    char folder[64];   /* exists, empty, writable */
    const char *ok;    /* program lines: ends with 0 and prints "out" */
    const char *three; /* ends with 3 */
    const char *slow;  /* takes longer than 200 ms */
    const char *none;  /* cannot be started */
    const char *env;   /* an environment variable that exists */
    bool loose_wmi;    /* Wine's WMI answers no rows for a class or property that it has not */
} subject;

static subject subjects[2];
static size_t n_subjects;

static char *in(const subject *s, const char *name)
{
    return ts_sprintf("%s/%s", s->folder, name);
}

/* Takes the error and leaves NULL. */
static void fails(const subject *s, bool ok, ts_err **err, ts_code code)
{
    if (ok)
        fail_msg("%s: succeeded", s->name);
    if (ts_err_code(*err) != code)
        fail_msg("%s: %s, not %s: %s", s->name, ts_code_name(ts_err_code(*err)), ts_code_name(code),
                 ts_err_text(*err));
    ts_err_clear(err);
}

static void succeeds(const subject *s, bool ok, ts_err **err)
{
    if (!ok)
        fail_msg("%s: %s", s->name, ts_err_text(*err));
}

/* --- The checks ----------------------------------------------------------------------------- */

static void written_file_is_read_back(subject *s)
{
    TS_CLEANUP(ts_free_ptr) char *path = in(s, "Sub/a.txt");
    TS_CLEANUP(ts_free_ptr) char *folder = in(s, "Sub");
    TS_CLEANUP(ts_free_ptr) char *copy = in(s, "Sub/b.txt");
    ts_err *err = NULL;
    char *data = NULL;
    size_t size = 0;
    succeeds(s, ts_host_folder_make(s->host, folder, &err), &err);
    succeeds(s, ts_host_folder_make(s->host, folder, &err), &err); /* existing is success */
    succeeds(s, ts_host_file_write(s->host, path, "one", 3, false, &err), &err);
    succeeds(s, ts_host_file_write(s->host, path, " two", 4, true, &err), &err);
    succeeds(s, ts_host_file_copy(s->host, path, copy, &err), &err);
    succeeds(s, ts_host_file_write(s->host, path, "x", 1, false, &err), &err);
    succeeds(s, ts_host_file_read(s->host, copy, &data, &size, &err), &err);
    assert_int_equal(size, 7);
    assert_string_equal(data, "one two");
    free(data);
    ts_file_info info;
    succeeds(s, ts_host_file_info(s->host, path, &info, &err), &err);
    assert_true(info.exists && !info.is_folder && info.size == 1);
    succeeds(s, ts_host_file_info(s->host, folder, &info, &err), &err);
    assert_true(info.exists && info.is_folder);
    succeeds(s, ts_host_file_delete(s->host, path, &err), &err);
    succeeds(s, ts_host_file_delete(s->host, copy, &err), &err);
    succeeds(s, ts_host_file_info(s->host, path, &info, &err), &err);
    assert_false(info.exists);
}

static void missing_file_is_not_found(subject *s)
{
    TS_CLEANUP(ts_free_ptr) char *path = in(s, "none.txt");
    TS_CLEANUP(ts_free_ptr) char *to = in(s, "to.txt");
    ts_err *err = NULL;
    char *data = NULL;
    size_t size = 0;
    ts_file_info info;
    succeeds(s, ts_host_file_info(s->host, path, &info, &err), &err);
    assert_false(info.exists);
    fails(s, ts_host_file_read(s->host, path, &data, &size, &err), &err, TS_NOT_FOUND);
    fails(s, ts_host_file_copy(s->host, path, to, &err), &err, TS_NOT_FOUND);
    succeeds(s, ts_host_file_delete(s->host, path, &err), &err); /* missing is success */
}

static void program_gives_its_exit_code_and_output(subject *s)
{
    ts_err *err = NULL;
    ts_program p = {.command_line = s->ok, .keep_output = true};
    ts_program_result r = {0};
    succeeds(s, ts_host_run(s->host, &p, &r, &err), &err);
    assert_int_equal(r.exit_code, 0);
    assert_false(r.timed_out || r.assumed);
    assert_non_null(strstr(r.output, "out"));
    ts_program_result_done(&r);
    p.keep_output = false;
    succeeds(s, ts_host_run(s->host, &p, &r, &err), &err);
    assert_string_equal(r.output, "");
    ts_program_result_done(&r);
    p.command_line = s->three;
    succeeds(s, ts_host_run(s->host, &p, &r, &err), &err);
    assert_int_equal(r.exit_code, 3);
    ts_program_result_done(&r);
}

static void slow_program_times_out(subject *s)
{
    ts_err *err = NULL;
    ts_program p = {.command_line = s->slow, .timeout = 200};
    ts_program_result r = {0};
    int64_t before = ts_host_now(s->host);
    succeeds(s, ts_host_run(s->host, &p, &r, &err), &err);
    assert_true(r.timed_out);
    assert_true(ts_host_now(s->host) - before >= 190);
    ts_program_result_done(&r);
}

static void program_that_is_not_there_is_not_found(subject *s)
{
    ts_err *err = NULL;
    ts_program p = {.command_line = s->none};
    ts_program_result r = {0};
    fails(s, ts_host_run(s->host, &p, &r, &err), &err, TS_NOT_FOUND);
}

static bool query(subject *s, const char *space, const char *text, size_t *rows, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    const ts_wql *wql = ts_wql_parse(arena, text, err);
    ts_wmi_rows out = {0};
    bool ok = wql && ts_host_wmi(s->host, space, wql, &out, err);
    *rows = ok ? out.n_rows : 0;
    ts_wmi_rows_done(&out);
    ts_arena_free(arena);
    return ok;
}

/* What sequences in the field ask of WMI must have the same names everywhere. */
static void wmi_classes_have_the_same_properties(subject *s)
{
    static const char *const queries[] = {
        "SELECT Manufacturer, Model, Name, TotalPhysicalMemory, PCSystemType, HypervisorPresent "
        "FROM Win32_ComputerSystem",
        "SELECT UUID, Version, Vendor, IdentifyingNumber FROM Win32_ComputerSystemProduct",
        "SELECT SerialNumber, SMBIOSBIOSVersion, Manufacturer, Version, ReleaseDate FROM "
        "Win32_BIOS",
        "SELECT Product, Manufacturer, SerialNumber FROM Win32_BaseBoard",
        "SELECT ChassisTypes, SMBIOSAssetTag, SerialNumber FROM Win32_SystemEnclosure",
        "SELECT Version, BuildNumber, Caption, OSArchitecture, OSLanguage, ProductType, OSType "
        "FROM Win32_OperatingSystem",
        "SELECT Name, MaxClockSpeed, NumberOfCores, NumberOfLogicalProcessors, Architecture, "
        "DataWidth FROM Win32_Processor",
        "SELECT Index, Size, InterfaceType, Model, MediaType, DeviceID FROM Win32_DiskDrive",
        "SELECT DiskIndex, Type, Size, Index FROM Win32_DiskPartition",
        "SELECT DeviceID, DriveType, FileSystem, FreeSpace, Size, VolumeName FROM "
        "Win32_LogicalDisk",
        "SELECT Index, MACAddress, NetConnectionStatus, AdapterTypeID, Name FROM "
        "Win32_NetworkAdapter",
        "SELECT Index, IPEnabled, IPAddress, DefaultIPGateway, MACAddress, DHCPEnabled FROM "
        "Win32_NetworkAdapterConfiguration",
        "SELECT BatteryStatus FROM Win32_Battery",
        "SELECT Capacity FROM Win32_PhysicalMemory",
    };
    for (size_t i = 0; i < TS_COUNT(queries); i++) {
        ts_err *err = NULL;
        size_t rows = 0;
        if (!query(s, "root\\cimv2", queries[i], &rows, &err))
            fail_msg("%s: %s: %s", s->name, queries[i], ts_err_text(err));
    }
    size_t rows = 0;
    ts_err *err = NULL;
    succeeds(s, query(s, "", "SELECT * FROM win32_operatingsystem", &rows, &err), &err);
    assert_int_equal(rows, 1);
}

static void unknown_class_and_property_are_told_apart(subject *s)
{
    size_t rows = 0;
    ts_err *err = NULL;
    if (!s->loose_wmi)
        fails(s, query(s, "root\\cimv2", "SELECT * FROM Win32_NoSuchClass", &rows, &err), &err,
              TS_NOT_FOUND);
    fails(s, query(s, "root\\none", "SELECT * FROM Win32_BIOS", &rows, &err), &err, TS_NOT_FOUND);
    if (!s->loose_wmi)
        fails(s, query(s, NULL, "SELECT NoSuchProperty FROM Win32_OperatingSystem", &rows, &err),
              &err, TS_SCHEMA);
}

static void every_fact_is_answered(subject *s)
{
    for (unsigned f = 0; f < TS_FACT_COUNT; f++) {
        char *text = NULL;
        ts_err *err = NULL;
        succeeds(s, ts_host_fact(s->host, (ts_fact)f, &text, &err), &err);
        assert_non_null(text);
        free(text);
    }
    static const ts_fact booleans[] = {TS_FACT_IS_LAPTOP,   TS_FACT_IS_VM,
                                       TS_FACT_ON_BATTERY,  TS_FACT_NET_CONNECTED,
                                       TS_FACT_TPM_PRESENT, TS_FACT_SECURE_BOOT};
    for (size_t i = 0; i < TS_COUNT(booleans); i++) {
        char *text = NULL;
        assert_true(ts_host_fact(s->host, booleans[i], &text, NULL));
        if (strcmp(text, "True") != 0 && strcmp(text, "False") != 0)
            fail_msg("%s: %s is '%s'", s->name, ts_fact_id(booleans[i]), text);
        free(text);
    }
}

static void environment_is_readable(subject *s)
{
    assert_non_null(ts_host_env(s->host, s->env));
    assert_null(ts_host_env(s->host, "TASKSEQ_NO_SUCH_NAME"));
    assert_null(ts_host_env(s->host, ""));
}

static void clock_goes_on(subject *s)
{
    int64_t before = ts_host_now(s->host);
    ts_err *err = NULL;
    succeeds(s, ts_host_sleep(s->host, 20, &err), &err);
    assert_in_range(ts_host_now(s->host) - before, 15, 60000);
    assert_in_range(ts_host_bias(s->host) + 840, 0, 1680);
    assert_true(ts_host_phase(s->host) != TS_PHASE_ANY);
}

static void wrong_registry_root_is_refused(subject *s)
{
    bool found = false;
    ts_err *err = NULL;
    bool ok = ts_host_reg_get(s->host, "HKXX\\Software", NULL, &found, NULL, NULL, &err);
    if (ts_err_code(err) == TS_UNSUPPORTED) /* a machine without a registry */
        ts_err_free(err);
    else
        fails(s, ok, &err, TS_SCHEMA);
}

/* The last one: a cancelled host stays so. */
static void cancelled_host_stops(subject *s)
{
    ts_err *err = NULL;
    ts_file_info info;
    ts_host_cancel(s->host);
    fails(s, ts_host_file_info(s->host, s->folder, &info, &err), &err, TS_CANCELLED);
}

static void (*const checks[])(subject *) = {
    written_file_is_read_back,
    missing_file_is_not_found,
    program_gives_its_exit_code_and_output,
    slow_program_times_out,
    program_that_is_not_there_is_not_found,
    wmi_classes_have_the_same_properties,
    unknown_class_and_property_are_told_apart,
    every_fact_is_answered,
    environment_is_readable,
    clock_goes_on,
    wrong_registry_root_is_refused,
    cancelled_host_stops,
};

/* --- The hosts ------------------------------------------------------------------------------ */

static void add_simulated(void)
{
    static const char text[] =
        "{\"name\": \"contract\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", "
        "\"model\": \"1\"},"
        "\"disks\": [{\"size\": \"64 GB\"}], \"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"ip\": "
        "\"10.0.0.2\"}],"
        "\"files\": {\"X:\\\\Contract\": {\"folder\": true}}, \"programs\": ["
        "{\"name\": \"ok\", \"output\": \"out\"}, {\"name\": \"three\", \"exit_code\": 3},"
        "{\"name\": \"slow\", \"duration\": \"5 s\"}, {\"name\": \"none\", \"missing\": true}]}";
    subject *s = &subjects[n_subjects++];
    *s = (subject){.name = "simulated",
                   .folder = "X:/Contract",
                   .ok = "ok.exe",
                   .three = "three.exe",
                   .slow = "slow.exe",
                   .none = "none.exe",
                   .env = "SystemRoot"};
    ts_err *err = NULL;
    s->host = ts_host_sim_new("contract", text, sizeof(text) - 1, &err);
    if (!s->host)
        fail_msg("%s", ts_err_text(err));
}

#ifdef __linux__
static void add_linux(void)
{
    subject *s = &subjects[n_subjects++];
    *s = (subject){.name = "linux",
                   .ok = "/bin/sh -c \"echo out\"",
                   .three = "/bin/sh -c \"exit 3\"",
                   .slow = "/bin/sleep 5",
                   .none = "/nonexistent/program",
                   .env = "PATH"};
    strcpy(s->folder, "/tmp/taskseq-contract-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    ts_err *err = NULL;
    s->host = ts_host_linux_new(NULL, &err);
    if (!s->host)
        fail_msg("%s", ts_err_text(err));
}
#endif

#ifdef _WIN32
static char *slow; /* this program again, which then only sleeps */

static void add_windows(void)
{
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(NULL);
    slow = ts_sprintf("\"%s\" --sleep", self);
    subject *s = &subjects[n_subjects++];
    *s = (subject){.name = "windows",
                   .ok = "cmd.exe /c echo out",
                   .three = "cmd.exe /c exit 3",
                   .slow = slow,
                   .none = "C:\\nonexistent\\program.exe",
                   .env = "PATH",
                   .loose_wmi = GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version")};
    snprintf(s->folder, sizeof(s->folder), "C:/taskseq-contract-%u", ts_process_id());
    assert_true(ts_folder_make(s->folder, NULL));
    ts_err *err = NULL;
    s->host = ts_host_local_new(TS_PHASE_ANY, &err);
    if (!s->host)
        fail_msg("%s", ts_err_text(err));
}
#endif

static void hosts_answer_alike(void **state)
{
    TS_UNUSED(state);
    for (size_t c = 0; c < TS_COUNT(checks); c++)
        for (size_t i = 0; i < n_subjects; i++)
            checks[c](&subjects[i]);
}

static int setup(void **state)
{
    TS_UNUSED(state);
    add_simulated();
#ifdef __linux__
    add_linux();
#elif defined(_WIN32)
    add_windows();
#endif
    return 0;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < n_subjects; i++) {
        ts_host_free(subjects[i].host);
        if (strncmp(subjects[i].folder, "/tmp/", 5) == 0 ||
            strncmp(subjects[i].folder, "C:/taskseq-contract-", 20) == 0)
            ts_folder_remove(subjects[i].folder, NULL);
    }
#ifdef _WIN32
    ts_free_ptr(&slow);
#endif
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--sleep") == 0) {
        ts_sleep(5000);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(hosts_answer_alike)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
