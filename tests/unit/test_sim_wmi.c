/* test_sim_wmi.c - WMI of the simulated machine: derived classes, the profile's rows, what is not
 * known. */
#include "check.h"

#include <ts/deploy.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#define TOP                                                                                        \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"Dell Inc.\", "     \
    "\"model\": "                                                                                  \
    "\"Latitude 7440\", \"serial\": \"S1\", \"chassis\": \"notebook\"}, "                          \
    "\"disks\": [{\"size\": \"64 GB\", \"bus\": \"nvme\", \"style\": \"gpt\", \"partitions\": ["   \
    "{\"type\": \"efi\", \"size\": \"260 MiB\", \"filesystem\": \"fat32\"}, {\"type\": \"msr\", "  \
    "\"size\": \"16 MiB\"},"                                                                       \
    "{\"size\": \"40 GB\", \"used\": \"15 GB\", \"filesystem\": \"ntfs\", \"letter\": \"C\", "     \
    "\"os\": {}}]}], "                                                                             \
    "\"tpm\": {}"

static ts_host *machine(const char *more)
{
    char *text = ts_sprintf("%s%s}", TOP, more);
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("m.json", text, strlen(text), &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    free(text);
    return host;
}

/* Number of rows; -1 with *err set. */
static long rows(ts_host *host, const char *space, const char *query, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_err *why = NULL;
    const ts_wql *wql = ts_wql_parse(arena, query, &why);
    if (!wql)
        fail_msg("%s", ts_err_text(why));
    ts_wmi_rows out = {0};
    bool ok = ts_host_wmi(host, space, wql, &out, err);
    long n = ok ? (long)out.n_rows : -1;
    if (ok)
        ts_wmi_rows_done(&out);
    ts_arena_free(arena);
    return n;
}

/* The shapes that real sequences ask, and what this machine answers. */
static void real_queries_get_real_answers(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *space, *query;
        long expected;
    } cases[] = {
        {"root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE \"Latitude%\"", 1},
        {"ROOT/CIMV2", "select * from WIN32_computersystem where model = 'OptiPlex'", 0},
        {"", "Select * from Win32_ComputerSystem where PCSystemType = \"2\"", 1},
        {NULL, "SELECT * FROM Win32_ComputerSystem WHERE NOT Model LIKE \"VMware%\"", 1},
        {"root\\cimv2", "Select * from Win32_ComputerSystem where HypervisorPresent = \"TRUE\"", 0},
        {"root\\cimv2",
         "SELECT * FROM Win32_OperatingSystem WHERE Version like '10.%' AND OSType=18 AND "
         "ProductType=1",
         1},
        {"root\\cimv2", "SELECT * FROM Win32_OperatingSystem WHERE OSArchitecture like '%64%'", 1},
        {"root\\cimv2",
         "select * from Win32_LogicalDisk where DriveType=3 and DeviceID != 'X:' and FileSystem = "
         "'NTFS'",
         1},
        {"root\\cimv2",
         "select * from win32_logicaldisk where freespace < 20000000000 and deviceid=\"C:\"", 0},
        {"root\\cimv2",
         "select * from win32_logicaldisk where freespace > 20000000000 and deviceid=\"C:\"", 1},
        {"root\\cimv2",
         "select * from Win32_DiskPartition where DiskIndex = 0 and Type<>'GPT: System'", 1},
        {"root\\cimv2\\Security\\MicrosoftTPM",
         "SELECT * FROM Win32_Tpm WHERE NOT SpecVersion LIKE \"1.2%\"", 1},
        {"root\\cimv2\\Security\\MicrosoftTPM",
         "select * from Win32_TPM WHERE IsOwned_InitialValue=TRUE", 0},
        {"root\\cimv2", "Select * from Win32_Battery where BatteryStatus != 2", 0},
        {"root\\WMI", "SELECT * FROM MS_SystemInformation WHERE SystemManufacturer LIKE 'Dell%'",
         1},
    };
    ts_host *host = machine("");
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_err *err = NULL;
        long n = rows(host, cases[i].space, cases[i].query, &err);
        if (n != cases[i].expected)
            fail_msg("%s: %ld rows, not %ld (%s)", cases[i].query, n, cases[i].expected,
                     ts_err_text(err));
    }
    ts_host_free(host);
}

static void refused(ts_host *host, const char *space, const char *query, ts_code code,
                    const char *part)
{
    ts_err *err = NULL;
    assert_int_equal(rows(host, space, query, &err), -1);
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static void missing_class_is_told_from_an_unknown_one(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("");
    refused(host, "root\\HP\\InstrumentedBIOS", "SELECT * FROM HP_BIOSSetting", TS_NOT_FOUND,
            "has no WMI class 'HP_BIOSSetting'");
    refused(host, "root\\cimv2", "SELECT * FROM Win32_Process", TS_STATE, "does not say");
    refused(host, "root\\cimv2", "SELECT * FROM Win32_BIOS WHERE Colour = 'x'", TS_SCHEMA,
            "class 'Win32_BIOS' has no property 'Colour'");
    ts_host_free(host);
    host = machine(", \"wmi_complete\": false");
    refused(host, "root\\x", "SELECT * FROM Y", TS_STATE, "add it to 'wmi'");
    ts_host_free(host);
}

static void rows_of_the_profile_go_first(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(
        ", \"wmi\": {\"root\\\\HP\\\\InstrumentedBIOS\": {\"HP_BIOSSetting\": [{\"Name\": \"Setup "
        "Password\","
        "\"IsSet\": 1}, {\"Name\": \"TPM\", \"IsSet\": 0}]}, \"root\\\\cimv2\": {"
        "\"Win32_ComputerSystem\": {\"OEMStringArray\": [\"a\", \"b\"], \"Model\": \"Changed\"},"
        "\"Win32_Battery\": [{\"BatteryStatus\": 1}]}}");
    ts_err *err = NULL;
    assert_int_equal(rows(host, "root\\hp\\instrumentedbios",
                          "SELECT * FROM hp_biossetting WHERE IsSet = 1", &err),
                     1);
    /* An object is laid over the derived row ... */
    assert_int_equal(rows(host, NULL,
                          "SELECT * FROM Win32_ComputerSystem WHERE Model = 'Changed' AND "
                          "Manufacturer = 'Dell Inc.' AND OEMStringArray = 'a,b'",
                          &err),
                     1);
    /* ... a list replaces the class. */
    assert_int_equal(rows(host, NULL, "SELECT * FROM Win32_Battery WHERE BatteryStatus = 1", &err),
                     1);
    refused(host, NULL, "SELECT Name FROM Win32_Battery", TS_SCHEMA, "has no property 'Name'");
    ts_host_free(host);
}

static void rows_follow_the_machine(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(", \"os\": {\"phase\": \"winpe\", \"version\": \"10.0.19041\"}");
    static const char pe[] =
        "SELECT * FROM Win32_OperatingSystem WHERE BuildNumber = '19041' AND SystemDrive = 'X:'";
    static const char full[] =
        "SELECT * FROM Win32_OperatingSystem WHERE BuildNumber = '22631' AND SystemDrive = 'C:'";
    static const char x[] = "SELECT * FROM Win32_LogicalDisk WHERE DeviceID = 'X:'";
    bool on = false;
    ts_err *err = NULL;
    assert_int_equal(rows(host, NULL, pe, &err), 1);
    assert_int_equal(rows(host, NULL, x, &err), 1);
    assert_true(ts_host_hand_over(host, TS_RESTART_OS, &on, NULL));
    assert_int_equal(rows(host, NULL, pe, &err), 0);
    assert_int_equal(rows(host, NULL, full, &err), 1);
    assert_int_equal(rows(host, NULL, x, &err), 0);
    assert_false(ts_host_hand_over(host, TS_RESTART_PE, &on, &err)); /* no boot image */
    assert_int_equal(ts_err_code(err), TS_STATE);
    ts_err_clear(&err);
    assert_true(ts_host_boot_image(host, "C:/pe", NULL));
    assert_true(ts_host_hand_over(host, TS_RESTART_PE, &on, NULL));
    assert_int_equal(rows(host, NULL, pe, &err), 1);
    ts_host_free(host);
}

static void every_failing_allocation_is_survived(void **state)
{
    TS_UNUSED(state);
    ts_arena *arena = ts_arena_new();
    const ts_wql *wql = ts_wql_parse(arena, "SELECT * FROM Win32_ComputerSystem", NULL);
    uint64_t n = 1;
    for (bool ok = false; !ok && n < 500; n++) {
        ts_host *host = machine(
            ", \"wmi\": {\"root\\\\cimv2\": {\"Win32_ComputerSystem\": {\"A\": 1}}}");
        ts_wmi_rows out = {0};
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        ok = ts_host_wmi(host, NULL, wql, &out, &err);
        ts_alloc_fail_at(0);
        if (ok) {
            ts_wmi_rows_done(&out);
        } else {
            assert_int_equal(ts_err_code(err), TS_NOMEM);
            ts_err_free(err);
        }
        ts_host_free(host);
    }
    assert_in_range(n, 4, 499);
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_queries_get_real_answers),
        cmocka_unit_test(missing_class_is_told_from_an_unknown_one),
        cmocka_unit_test(rows_of_the_profile_go_first),
        cmocka_unit_test(rows_follow_the_machine),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
