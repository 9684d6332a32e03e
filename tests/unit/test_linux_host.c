/* test_linux_host.c - the Linux host: a machine described in a folder, files, programs. */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "host_linux.h"
#include "linux_machine.h"
#include "linux_wmi.h"
#include "os.h"

static ts_host *host;

static int make_machine(void **state)
{
    TS_UNUSED(state);
    if (!make_root())
        return -1;
    put_laptop();
    ts_host_linux_options options = {.phase = TS_PHASE_WINPE, .sysroot = root};
    host = ts_host_linux_new(&options, NULL);
    return host ? 0 : -1;
}

static int make_empty(void **state)
{
    TS_UNUSED(state);
    if (!make_root())
        return -1;
    ts_host_linux_options options = {.phase = TS_PHASE_FULL_OS, .sysroot = root};
    host = ts_host_linux_new(&options, NULL);
    return host ? 0 : -1;
}

static int remove_machine(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    host = NULL;
    return ts_folder_remove(root, NULL) ? 0 : -1;
}

/* --- WMI ----------------------------------------------------------------------------------- */

static ts_wmi_rows query(const char *name_space, const char *text)
{
    ts_arena *arena = ts_arena_new();
    ts_err *err = NULL;
    const ts_wql *wql = ts_wql_parse(arena, text, &err);
    ts_wmi_rows rows = {0};
    if (!wql || !ts_host_wmi(host, name_space, wql, &rows, &err))
        fail_msg("%s: %s", text, ts_err_text(err));
    ts_arena_free(arena);
    return rows;
}

/* What a property of the first row is, as text. */
static void assert_property(const char *class_name, const char *property, const char *expected)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("SELECT * FROM %s", class_name);
    bool tpm = strcmp(class_name, "Win32_Tpm") == 0;
    ts_wmi_rows rows = query(tpm ? "root\\cimv2\\Security\\MicrosoftTpm" : NULL, text);
    assert_true(rows.n_rows > 0);
    const ts_wmi_value *value = ts_wmi_row_get(&rows.rows[0], property);
    assert_non_null(value);
    TS_CLEANUP(ts_free_ptr)
    char *shown = value->kind == TS_WMI_NULL   ? ts_strdup("NULL")
                  : value->kind == TS_WMI_TEXT ? ts_strdup(value->text)
                  : value->kind == TS_WMI_BOOL ? ts_strdup(value->integer ? "TRUE" : "FALSE")
                                               : ts_sprintf("%lld", (long long)value->integer);
    if (strcmp(shown, expected) != 0)
        fail_msg("%s.%s is <%s>, not <%s>", class_name, property, shown, expected);
    ts_wmi_rows_done(&rows);
}

static const char *const properties[][3] = {
    {"Win32_ComputerSystem", "Manufacturer", "LENOVO"},
    {"Win32_ComputerSystem", "Model", "20XW"},
    {"Win32_ComputerSystem", "Name", "demo"},
    {"Win32_ComputerSystem", "SystemType", "x64-based PC"},
    {"Win32_ComputerSystem", "TotalPhysicalMemory", "42224196608"},
    {"Win32_ComputerSystem", "NumberOfProcessors", "1"},
    {"Win32_ComputerSystem", "NumberOfLogicalProcessors", "2"},
    {"Win32_ComputerSystem", "PCSystemType", "2"},
    {"Win32_ComputerSystem", "UserName", "NULL"},
    {"Win32_ComputerSystemProduct", "Version", "ThinkPad X1 Carbon Gen 9"},
    {"Win32_ComputerSystemProduct", "UUID", "1B2C3D4E-0000-11EC-8F00-0123456789AB"},
    {"Win32_BIOS", "SMBIOSBIOSVersion", "N32ET75W (1.51 )"},
    {"Win32_BIOS", "SerialNumber", "PF2ABCDE"},
    {"Win32_BIOS", "ReleaseDate", "20211202000000.000000+000"},
    {"Win32_BIOS", "SystemBiosMinorVersion", "51"},
    {"Win32_BaseBoard", "Product", "20XWCTO1WW"},
    {"Win32_SystemEnclosure", "ChassisTypes", "10"},
    {"Win32_SystemEnclosure", "SMBIOSAssetTag", "A-0042"},
    {"Win32_PhysicalMemory", "Capacity", "8589934592"},
    {"Win32_PhysicalMemory", "DeviceLocator", "DIMM A"},
    {"Win32_PhysicalMemory", "SerialNumber", "0123ABCD"},
    {"Win32_PhysicalMemory", "Speed", "3200"},
    {"Win32_PhysicalMemory", "FormFactor", "12"},
    {"Win32_Processor", "MaxClockSpeed", "2800"},
    {"Win32_Processor", "CurrentClockSpeed", "1200"},
    {"Win32_Processor", "Architecture", "9"},
    {"Win32_Processor", "NumberOfCores", "1"},
    {"Win32_Processor", "Description", "Intel64 Family 6 Model 140 Stepping 1"},
    {"Win32_Processor", "VMMonitorModeExtensions", "TRUE"},
    {"Win32_OperatingSystem", "Caption", "Debian GNU/Linux 12 (bookworm)"},
    {"Win32_OperatingSystem", "Version", "6.1.0"},
    {"Win32_OperatingSystem", "OSType", "36"},
    {"Win32_OperatingSystem", "TotalVisibleMemorySize", "41234567"},
    {"Win32_OperatingSystem", "OSLanguage", "NULL"},
    {"Win32_TimeZone", "StandardName", "Europe/Berlin"},
    {"Win32_Battery", "BatteryStatus", "1"},
    {"Win32_Battery", "EstimatedChargeRemaining", "81"},
    {"Win32_Tpm", "SpecVersion", "2.0"},
    {"Win32_Tpm", "IsEnabled_InitialValue", "TRUE"},
    {"Win32_DiskDrive", "DeviceID", "\\\\.\\PHYSICALDRIVE0"},
    {"Win32_DiskDrive", "Model", "SAMSUNG MZVLB512HBJQ-000L7"},
    {"Win32_DiskDrive", "Size", "512110190592"},
    {"Win32_DiskDrive", "Partitions", "3"},
    {"Win32_DiskDrive", "InterfaceType", "SCSI"},
    {"Win32_DiskDrive", "MediaType", "Fixed hard disk media"},
    {"Win32_DiskPartition", "DeviceID", "Disk #0, Partition #0"},
    {"Win32_DiskPartition", "Type", "GPT: System"},
    {"Win32_DiskPartition", "StartingOffset", "1048576"},
    {"Win32_DiskPartition", "Bootable", "TRUE"},
    {"Win32_Volume", "FileSystem", "FAT32"},
    {"Win32_Volume", "Label", "SYSTEM"},
    {"Win32_Volume", "DriveLetter", "NULL"},
    {"Win32_NetworkAdapter", "MACAddress", "00:50:B6:1C:2D:3E"},
    {"Win32_NetworkAdapter", "NetConnectionStatus", "2"},
    {"Win32_NetworkAdapter", "PNPDeviceID", "PCI\\VEN_8086&DEV_15BB"},
    {"Win32_NetworkAdapter", "Speed", "1000000000"},
    {"Win32_NetworkAdapterConfiguration", "IPAddress", "2001:db8::10"},
    {"Win32_NetworkAdapterConfiguration", "DefaultIPGateway", "192.168.2.1"},
    {"Win32_NetworkAdapterConfiguration", "DNSServerSearchOrder", "192.168.2.1,9.9.9.9"},
    {"Win32_NetworkAdapterConfiguration", "IPEnabled", "TRUE"},
};

static void classes_are_answered_from_the_machine(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_COUNT(properties); i++)
        assert_property(properties[i][0], properties[i][1], properties[i][2]);
}

static void queries_select_rows(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        size_t rows;
    } cases[] = {
        {"SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '20X%'", 1},
        {"SELECT * FROM win32_computersystem WHERE model LIKE 'Latitude%'", 0},
        {"SELECT * FROM Win32_DiskDrive", 2},
        {"SELECT * FROM Win32_DiskDrive WHERE MediaType = 'Removable Media' AND InterfaceType = "
         "'USB'",
         1},
        {"SELECT * FROM Win32_DiskDrive WHERE Size > 100000000000", 1},
        {"SELECT * FROM Win32_DiskPartition WHERE DiskIndex = 0 AND Index = 2 AND Size = 512000",
         1},
        {"SELECT * FROM Win32_LogicalDisk WHERE DeviceID = 'C:'", 0},
        {"SELECT * FROM Win32_PhysicalMemory", 2},
        {"SELECT * FROM Win32_PhysicalMemory WHERE Capacity = 34359738368", 1},
        {"SELECT * FROM Win32_NetworkAdapter WHERE AdapterTypeID = 9 AND NetEnabled = FALSE", 1},
        {"SELECT * FROM Win32_Battery", 1},
        {"SELECT * FROM Win32_OperatingSystem WHERE Version LIKE '10.0%'", 0},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_wmi_rows rows = query("ROOT\\CIMV2", cases[i].text);
        if (rows.n_rows != cases[i].rows)
            fail_msg("%s: %zu rows, not %zu", cases[i].text, rows.n_rows, cases[i].rows);
        ts_wmi_rows_done(&rows);
    }
}

static ts_code query_code(const char *name_space, const char *text)
{
    ts_arena *arena = ts_arena_new();
    const ts_wql *wql = ts_wql_parse(arena, text, NULL);
    assert_non_null(wql);
    ts_wmi_rows rows = {0};
    ts_err *err = NULL;
    bool ok = ts_host_wmi(host, name_space, wql, &rows, &err);
    ts_code code = ok ? TS_OK : ts_err_code(err);
    ts_err_free(err);
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return code;
}

static void unknown_names_are_errors(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(query_code(NULL, "SELECT * FROM Win32_QuickFixEngineering"), TS_NOT_FOUND);
    assert_int_equal(query_code("root\\wmi", "SELECT * FROM Win32_BIOS"), TS_NOT_FOUND);
    assert_int_equal(query_code("root\\cimv2", "SELECT * FROM Win32_Tpm"), TS_NOT_FOUND);
    assert_int_equal(query_code(NULL, "SELECT * FROM Win32_BIOS WHERE Colour = 1"), TS_SCHEMA);
    assert_int_equal(query_code("\\\\.\\root\\CIMV2", "SELECT * FROM Win32_BIOS"), TS_OK);
}

/* No class may give less than it would with memory. */
static void classes_without_memory_fail(void **state)
{
    TS_UNUSED(state);
    const char *last = "";
    for (size_t i = 0; i < TS_COUNT(properties); i++) {
        const char *name = properties[i][0];
        if (strcmp(name, last) == 0)
            continue;
        last = name;
        bool tpm = strcmp(name, "Win32_Tpm") == 0;
        const ts_lx_class *class_of = ts_lx_class_find(
            tpm ? "root\\cimv2\\Security\\MicrosoftTpm" : "root\\cimv2", name);
        assert_non_null(class_of);
        for (uint64_t n = 1;; n++) {
            ts_wmi_rows rows = {0};
            ts_err *err = NULL;
            ts_alloc_fail_at(n);
            bool ok = ts_lx_class_fill(class_of, root, &rows, &err);
            bool reached = ts_alloc_fail_at(0) >= n;
            if (ok != !reached)
                fail_msg("%s: allocation %u was absorbed", name, (unsigned)n);
            assert_int_equal(ts_err_code(err), ok ? TS_OK : TS_NOMEM);
            ts_err_free(err);
            ts_wmi_rows_done(&rows);
            if (ok)
                break;
        }
    }
}

static void assert_fact(ts_fact fact, const char *expected)
{
    char *text = NULL;
    assert_true(ts_host_fact(host, fact, &text, NULL));
    if (strcmp(text, expected) != 0)
        fail_msg("fact %s is <%s>, not <%s>", ts_fact_id(fact), text, expected);
    free(text);
}

static void facts_come_from_the_machine(void **state)
{
    TS_UNUSED(state);
    assert_fact(TS_FACT_MODEL, "20XW");
    assert_fact(TS_FACT_IS_LAPTOP, "True");
    assert_fact(TS_FACT_MEMORY_MB, "40960");
    assert_fact(TS_FACT_FIRMWARE, "uefi");
    assert_fact(TS_FACT_SECURE_BOOT, "True");
    assert_fact(TS_FACT_TPM_VERSION, "2.0");
    assert_fact(TS_FACT_MAC, "00:50:B6:1C:2D:3E");
    assert_fact(TS_FACT_NET_WIRED, "True");
    assert_fact(TS_FACT_ON_BATTERY, "True");
    assert_fact(TS_FACT_SYSTEM_FREE_MB, "488386");
}

static void machine_that_tells_nothing_has_no_facts(void **state)
{
    TS_UNUSED(state);
    assert_fact(TS_FACT_MAKE, "");
    assert_fact(TS_FACT_FIRMWARE, "bios");
    assert_fact(TS_FACT_SECURE_BOOT, "False");
    assert_fact(TS_FACT_TPM_PRESENT, "False");
    assert_fact(TS_FACT_MAC, "");
    for (int i = 0; i < TS_FACT_COUNT; i++) {
        char *text = NULL;
        assert_true(ts_host_fact(host, (ts_fact)i, &text, NULL));
        free(text);
    }
}

static void this_machine_answers_every_fact(void **state)
{
    TS_UNUSED(state);
    ts_host *real = ts_host_linux_new(NULL, NULL);
    assert_int_equal(ts_host_phase(real), TS_PHASE_WINPE);
    for (int i = 0; i < TS_FACT_COUNT; i++) {
        char *text = NULL;
        assert_true(ts_host_fact(real, (ts_fact)i, &text, NULL));
        free(text);
    }
    char *name = NULL;
    assert_true(ts_host_fact(real, TS_FACT_HOST_NAME, &name, NULL));
    char expected[256] = "";
    assert_int_equal(gethostname(expected, sizeof(expected) - 1), 0);
    expected[strcspn(expected, ".")] = '\0';
    assert_string_equal(name, expected);
    free(name);
    ts_host_free(real);
}

/* A damaged table gives the structures before the damage, and never reads behind its end. */
static void smbios_table_is_never_believed_beyond_its_end(void **state)
{
    TS_UNUSED(state);
    size_t size = 0;
    char *table = NULL;
    assert_true(ts_file_read(at("/sys/firmware/dmi/tables/DMI"), 10000, &table, &size, NULL));
    for (size_t cut = 0; cut <= size; cut++) {
        unsigned char *copy = malloc(cut ? cut : 1); /* exact, so that a sanitizer sees the end */
        assert_non_null(copy);
        memcpy(copy, table, cut);
        ts_smbios s;
        size_t n = 0;
        for (size_t pos = 0; ts_smbios_next(copy, cut, &pos, &s); n++) {
            for (size_t i = 0; i < 256; i++) {
                ts_smbios_number(&s, i, 4);
                const char *text = ts_smbios_text(&s, i);
                assert_true(!text || strlen(text) < cut);
            }
        }
        assert_true(n <= 3);
        assert_true(cut < size || n == 3);
        free(copy);
    }
    static const unsigned char zero_length[] = {17, 0, 0, 0, 0, 0};
    size_t pos = 0;
    ts_smbios s;
    assert_false(ts_smbios_next(zero_length, sizeof(zero_length), &pos, &s));
    free(table);
}

/* --- Files, registry, programs -------------------------------------------------------------- */

static void files_of_windows_are_not_there(void **state)
{
    TS_UNUSED(state);
    ts_file_info info = {.exists = true};
    assert_true(ts_host_file_info(host, "C:\\Windows\\notepad.exe", &info, NULL));
    assert_false(info.exists);
    info.exists = true;
    assert_true(ts_host_file_info(host, "\\\\server\\share\\x", &info, NULL));
    assert_false(info.exists);
    ts_err *err = NULL;
    assert_false(ts_host_file_write(host, "C:\\x", "x", 1, false, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    err = NULL;
    assert_false(ts_host_folder_make(host, "c:/new", &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    assert_true(ts_host_file_delete(host, "C:\\x", NULL));
    assert_false(ts_file_exists("C:\\x"));
}

static void back_slashes_separate_folders(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *path = ts_sprintf("%s\\a\\b", root);
    assert_true(ts_host_folder_make(host, path, NULL));
    assert_true(ts_file_is_folder(at("/a/b")));
    struct stat st;
    mode_t mask = umask(022);
    umask(mask);
    assert_int_equal(stat(at("/a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0777 & ~mask);
}

static void copy_keeps_bytes_and_mode(void **state)
{
    TS_UNUSED(state);
    size_t size = 700001;
    TS_CLEANUP(ts_free_ptr) char *data = ts_alloc(size);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7);
    put_bytes("/program", data, size);
    assert_int_equal(chmod(at("/program"), 0755), 0);
    assert_true(ts_host_file_copy(host, at("/program"), at("/copy"), NULL));
    char *copy = NULL;
    size_t copied = 0;
    assert_true(ts_host_file_read(host, at("/copy"), &copy, &copied, NULL));
    assert_int_equal(copied, size);
    assert_memory_equal(copy, data, size);
    free(copy);
    assert_int_equal(access(at("/copy"), X_OK), 0);
    ts_err *err = NULL;
    assert_false(ts_host_file_copy(host, at("/copy"), at("/copy"), &err));
    assert_int_equal(ts_err_code(err), TS_USAGE);
    ts_err_free(err);
    ts_file_info info;
    assert_true(ts_host_file_info(host, at("/copy"), &info, NULL));
    assert_int_equal(info.size, size);
}

static void registry_is_empty_and_cannot_change(void **state)
{
    TS_UNUSED(state);
    bool found = true;
    ts_reg_type type = TS_REG_NONE;
    char *data = NULL;
    assert_true(ts_host_reg_get(host, "HKLM\\Software", NULL, &found, &type, &data, NULL));
    assert_false(found);
    assert_null(data);
    ts_err *err = NULL;
    assert_false(ts_host_reg_set(host, "HKLM\\Software\\X", "V", TS_REG_SZ, "1", &err));
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_free(err);
    err = NULL;
    assert_false(ts_host_reg_delete(host, "HKLM\\Software\\X", NULL, &err));
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_free(err);
}

static void what_linux_lacks_is_said(void **state)
{
    TS_UNUSED(state);
    assert_null(ts_host_lacks(host, TS_EFFECT(EXEC) | TS_EFFECT(FILE) | TS_EFFECT(NET) |
                                        TS_EFFECT(RESTART) | TS_EFFECT(SECRET)));
    assert_string_equal(ts_host_lacks(host, TS_EFFECT(EXEC) | TS_EFFECT(REGISTRY)),
                        "Linux has no registry");
    assert_null(ts_host_lacks(host, TS_EFFECT(REGISTRY_OFFLINE)));
    assert_null(ts_host_lacks_program(host, "sh"));
    assert_null(ts_host_lacks_program(host, "/not/there/yet"));
    assert_non_null(strstr(ts_host_lacks_program(host, "cscript.exe"), "cscript.exe"));
}

/* Partitions and data are fine on such a machine; what must start there is not. */
static void windows_for_a_bios_is_refused(void **state)
{
    TS_UNUSED(state);
    const char *lack = ts_host_lacks(host, TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WRITE));
    assert_non_null(lack);
    assert_non_null(strstr(lack, "BIOS"));
    assert_null(ts_host_lacks(host, TS_EFFECT(IMAGE) | TS_EFFECT(FILE)));
    put("/sys/firmware/efi/fw_platform_size", "64\n");
    assert_null(ts_host_lacks(host, TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WRITE)));
}

static void cancelled_host_ends_waiting(void **state)
{
    TS_UNUSED(state);
    ts_host_cancel(host);
    ts_err *err = NULL;
    assert_false(ts_host_sleep(host, 60000, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
}

static bool no_get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    TS_UNUSED(name);
    TS_UNUSED(out);
    *found = false;
    return true;
}

static void programs_get_the_address_of_the_variables(void **state)
{
    TS_UNUSED(state);
    const ts_var_service service = {.get = no_get};
    const char *const argv[] = {"sh", "-c", "test -S \"$TASKSEQ_SOCKET\" && echo $TASKSEQ_SOCKET",
                                NULL};
    ts_program program = {.argv = argv, .keep_output = true, .service = &service};
    char first[200] = "";
    for (int i = 0; i < 2; i++) {
        ts_program_result result = {0};
        assert_true(ts_host_run(host, &program, &result, NULL));
        assert_int_equal(result.exit_code, 0);
        if (i == 0)
            snprintf(first, sizeof(first), "%s", result.output);
        assert_string_equal(result.output, first); /* one socket for all programs */
        ts_program_result_done(&result);
    }
}

static void roots_are_trusted_on_boot_media_only(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *sysroot = ts_sprintf("%s/trust", root);
    ts_host_linux_options options = {.phase = TS_PHASE_WINPE, .sysroot = sysroot};
    ts_host *media = ts_host_linux_new(&options, NULL);
    bool added = false;
    ts_err *err = NULL;
    assert_true(ts_host_cert_add(media, TS_CERT_ROOT, "abc", 3, &added, &err));
    assert_true(added);
    assert_true(ts_host_cert_add(media, TS_CERT_ROOT, "abc", 3, &added, &err));
    assert_false(added);
    assert_false(ts_host_cert_add(media, TS_CERT_CA, "abc", 3, &added, &err));
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_clear(&err);
    ts_host_free(media);
    options.phase = TS_PHASE_FULL_OS;
    ts_host *installed = ts_host_linux_new(&options, NULL);
    assert_false(ts_host_cert_add(installed, TS_CERT_ROOT, "abc", 3, &added, &err));
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_clear(&err);
    ts_host_free(installed);
}

#define WITH_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, remove_machine)
#define WITH_EMPTY(test)   cmocka_unit_test_setup_teardown(test, make_empty, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MACHINE(classes_are_answered_from_the_machine),
        WITH_MACHINE(classes_without_memory_fail),
        WITH_MACHINE(queries_select_rows),
        WITH_MACHINE(unknown_names_are_errors),
        WITH_MACHINE(facts_come_from_the_machine),
        WITH_EMPTY(machine_that_tells_nothing_has_no_facts),
        WITH_EMPTY(this_machine_answers_every_fact),
        WITH_MACHINE(smbios_table_is_never_believed_beyond_its_end),
        WITH_EMPTY(files_of_windows_are_not_there),
        WITH_EMPTY(back_slashes_separate_folders),
        WITH_EMPTY(copy_keeps_bytes_and_mode),
        WITH_EMPTY(registry_is_empty_and_cannot_change),
        WITH_EMPTY(what_linux_lacks_is_said),
        WITH_EMPTY(windows_for_a_bios_is_refused),
        WITH_EMPTY(cancelled_host_ends_waiting),
        WITH_EMPTY(programs_get_the_address_of_the_variables),
        WITH_EMPTY(roots_are_trusted_on_boot_media_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
