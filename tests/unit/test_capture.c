/* test_capture.c - a captured machine, simulated, answers as the machine itself. */
#include "check.h"

#include <stdio.h>

#include <ts/mem.h>
#include <ts/sim.h>
#include <ts/text.h>

#include "host_linux.h"
#include "linux_machine.h"
#include "os.h"

static ts_host *linux_host(ts_phase phase, const char *sysroot)
{
    ts_host_linux_options options = {.phase = phase, .sysroot = sysroot};
    ts_host *host = ts_host_linux_new(&options, NULL);
    assert_non_null(host);
    return host;
}

static char *capture(ts_host *host)
{
    char *json = NULL;
    ts_err *err = NULL;
    if (!ts_machine_capture(host, &json, &err))
        fail_msg("%s", ts_err_text(err));
    return json;
}

static ts_host *simulate(const char *json)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("captured.json", json, strlen(json), &err);
    if (!host)
        fail_msg("%s\n%s", ts_err_text(err), json);
    return host;
}

static void assert_same_facts(ts_host *a, ts_host *b, const ts_fact *but, size_t n)
{
    for (int i = 0; i < TS_FACT_COUNT; i++) {
        bool skip = false;
        for (size_t k = 0; k < n; k++)
            skip = skip || (int)but[k] == i;
        TS_CLEANUP(ts_free_ptr) char *one = NULL;
        TS_CLEANUP(ts_free_ptr) char *two = NULL;
        assert_true(ts_host_fact(a, (ts_fact)i, &one, NULL));
        assert_true(ts_host_fact(b, (ts_fact)i, &two, NULL));
        if (!skip && strcmp(one, two) != 0)
            fail_msg("fact %s: <%s> became <%s>", ts_fact_id((ts_fact)i), one, two);
    }
}

static int make_laptop(void **state)
{
    TS_UNUSED(state);
    if (!make_root())
        return -1;
    put_laptop();
    return 0;
}

static int remove_laptop(void **state)
{
    TS_UNUSED(state);
    return ts_folder_remove(root, NULL) ? 0 : -1;
}

/* A profile is about Windows: what Linux says of itself as an operating system is not in it. */
static const ts_fact of_the_os[] = {TS_FACT_OS_VERSION, TS_FACT_OS_BUILD, TS_FACT_OS_LANGUAGE};

static void laptop_becomes_the_same_simulated_laptop(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_WINPE, root);
    TS_CLEANUP(ts_free_ptr) char *json = capture(host);
    ts_host *twin = simulate(json);
    assert_same_facts(host, twin, of_the_os, TS_COUNT(of_the_os));
    assert_int_equal(ts_host_phase(twin), TS_PHASE_WINPE);
    ts_host_free(twin);
    ts_host_free(host);
}

static void laptop_profile_has_what_was_read(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_WINPE, root);
    TS_CLEANUP(ts_free_ptr) char *json = capture(host);
    static const char *const expected[] = {
        "\"name\": \"demo\"",
        "\"description\": \"Captured: LENOVO 20XW\"",
        "\"firmware\": \"uefi\"",
        "\"devices\": [\n    \"PCI\\\\VEN_8086&DEV_15BB,PCI\\\\VEN_8086&DEV_15BB&CC_020000,",
        "\"secure_boot\": true",
        "\"uuid\": \"1B2C3D4E-0000-11EC-8F00-0123456789AB\"",
        "\"bios_date\": \"2021-12-02\"",
        "\"chassis\": 10",
        "\"memory\": 42949672960",
        "\"memory_modules\": 2",
        "\"mac\": \"00:50:B6:1C:2D:3E\"",
        "\"phase\": \"winpe\"",
        "\"on_mains\": false",
        "\"bus\": \"nvme\"",
        "\"style\": \"gpt\"",
        "\"type\": \"efi\"",
        "\"filesystem\": \"FAT32\"",
        "\"label\": \"SYSTEM\"",
        "\"size\": 272629760",
        "\"bus\": \"usb\"",
        "\"removable\": true",
        "\"style\": \"raw\"",
        "\"DeviceLocator\": \"DIMM A\"",
    };
    for (size_t i = 0; i < TS_COUNT(expected); i++) {
        if (!strstr(json, expected[i]))
            fail_msg("%s is not in\n%s", expected[i], json);
    }
    assert_null(strstr(json, "0123ABCD")); /* the serial number of a memory module */
    ts_host_free(host);
}

static void capturing_twice_gives_the_same_text(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_WINPE, root);
    TS_CLEANUP(ts_free_ptr) char *first = capture(host);
    TS_CLEANUP(ts_free_ptr) char *second = capture(host);
    assert_string_equal(first, second);
    ts_host_free(host);
}

static void captured_twin_captures_the_same(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_WINPE, root);
    TS_CLEANUP(ts_free_ptr) char *first = capture(host);
    ts_host *twin = simulate(first);
    TS_CLEANUP(ts_free_ptr) char *second = capture(twin);
    ts_host *third = simulate(second);
    TS_CLEANUP(ts_free_ptr) char *again = capture(third);
    assert_string_equal(second, again); /* from here on nothing changes */
    assert_same_facts(twin, third, NULL, 0);
    ts_host_free(third);
    ts_host_free(twin);
    ts_host_free(host);
}

/* A Windows machine with letters and an MSR partition, as the simulated host tells it. */
static const char windows_machine[] =
    "{\"name\": \"PC\", \"host_name\": \"PC\", \"firmware\": \"uefi\", \"domain\": "
    "\"corp.example\","
    "\"smbios\": {\"manufacturer\": \"Dell Inc.\", \"model\": \"Latitude 5440\", \"chassis\": 10},"
    "\"os\": {\"phase\": \"full\", \"language\": \"de-DE\"},"
    "\"disks\": [{\"size\": \"256 GB\", \"bus\": \"sata\", \"style\": \"gpt\", \"partitions\": ["
    "{\"type\": \"efi\", \"size\": \"260 MiB\", \"filesystem\": \"fat32\"},"
    "{\"type\": \"msr\", \"size\": \"16 MiB\"},"
    "{\"size\": \"100 GiB\", \"filesystem\": \"ntfs\", \"letter\": \"C\", \"label\": \"Windows\","
    "\"used\": \"40 GiB\"},"
    "{\"type\": \"recovery\", \"size\": \"800 MiB\", \"filesystem\": \"ntfs\"}]}]}";

static void windows_machine_keeps_letters_and_system(void **state)
{
    TS_UNUSED(state);
    ts_host *host = simulate(windows_machine);
    TS_CLEANUP(ts_free_ptr) char *json = capture(host);
    static const char *const expected[] = {
        "\"phase\": \"full\"", "\"language\": 1031",     "\"domain\": \"corp.example\"",
        "\"letter\": \"C:\"",  "\"used\": 42949672960",  "\"label\": \"Windows\"",
        "\"bus\": \"sata\"",   "\"type\": \"recovery\"", "\"filesystem\": \"NTFS\"",
    };
    for (size_t i = 0; i < TS_COUNT(expected); i++) {
        if (!strstr(json, expected[i]))
            fail_msg("%s is not in\n%s", expected[i], json);
    }
    ts_host *twin = simulate(json);
    assert_same_facts(host, twin, NULL, 0);
    ts_host_free(twin);
    ts_host_free(host);
}

static void this_machine_can_be_simulated(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_WINPE, NULL);
    TS_CLEANUP(ts_free_ptr) char *json = capture(host);
    ts_host *twin = simulate(json);
    assert_same_facts(host, twin, of_the_os, TS_COUNT(of_the_os));
    ts_host_free(twin);
    ts_host_free(host);
}

static void machine_that_tells_nothing_can_be_captured(void **state)
{
    TS_UNUSED(state);
    ts_host *host = linux_host(TS_PHASE_FULL_OS, "/no/such/folder");
    TS_CLEANUP(ts_free_ptr) char *json = capture(host);
    ts_host *twin = simulate(json);
    assert_int_equal(ts_host_phase(twin), TS_PHASE_WINPE);
    ts_host_free(twin);
    ts_host_free(host);
}

static void capture_without_memory_fails_cleanly(void **state)
{
    TS_UNUSED(state);
    ts_host *host = simulate(windows_machine);
    uint64_t n = 1;
    for (; n < 100000; n += 1 + n / 8) {
        char *json = NULL;
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        bool ok = ts_machine_capture(host, &json, &err);
        ts_alloc_fail_at(0);
        free(json);
        if (ok)
            break;
        if (ts_err_code(err) != TS_NOMEM)
            fail_msg("allocation %u: %s", (unsigned)n, ts_err_text(err));
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
    }
    if (n <= 50)
        fail_msg("allocation %u was absorbed", (unsigned)n);
    ts_host_fail_at(host, 3, TS_OS);
    char *json = NULL;
    ts_err *err = NULL;
    assert_false(ts_machine_capture(host, &json, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    ts_err_free(err);
    ts_host_free(host);
}

#define WITH_LAPTOP(test) cmocka_unit_test_setup_teardown(test, make_laptop, remove_laptop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LAPTOP(laptop_becomes_the_same_simulated_laptop),
        WITH_LAPTOP(laptop_profile_has_what_was_read),
        WITH_LAPTOP(capturing_twice_gives_the_same_text),
        WITH_LAPTOP(captured_twin_captures_the_same),
        cmocka_unit_test(windows_machine_keeps_letters_and_system),
        cmocka_unit_test(this_machine_can_be_simulated),
        cmocka_unit_test(machine_that_tells_nothing_can_be_captured),
        cmocka_unit_test(capture_without_memory_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
