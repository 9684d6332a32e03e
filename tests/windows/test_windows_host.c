/* test_windows_host.c - the Windows host: registry, WMI, files, products, phase. Under Wine this
 * uses only what Wine does for real; docs/reference/windows-host.md lists the rest. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include <windows.h>

#include <setupapi.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#include "host_ops.h"
#include "local.h"
#include "os.h"
#include "win_private.h"

#define KEY "HKLM\\Software\\taskseq-test"

static ts_host *host;

static int open_host(void **state)
{
    TS_UNUSED(state);
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    return host && ts_host_reg_delete(host, KEY, NULL, NULL) ? 0 : -1;
}

static int close_host(void **state)
{
    TS_UNUSED(state);
    bool ok = ts_host_reg_delete(host, KEY, NULL, NULL);
    ts_host_free(host);
    return ok ? 0 : -1;
}

static void ok(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

static void every_registry_type_is_read_as_written(void **state)
{
    TS_UNUSED(state);
    static const struct {
        ts_reg_type type;
        const char *data;
    } cases[] = {
        {TS_REG_SZ, "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"},
        {TS_REG_SZ, ""},
        {TS_REG_EXPAND_SZ, "%SystemRoot%\\x"},
        {TS_REG_MULTI_SZ, "one\ntwo\nthree"},
        {TS_REG_MULTI_SZ, ""},
        {TS_REG_DWORD, "4294967295"},
        {TS_REG_QWORD, "18446744073709551615"},
        {TS_REG_BINARY, "00FF10"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_err *err = NULL;
        ok(ts_host_reg_set(host, KEY "\\Sub", "V", cases[i].type, cases[i].data, &err), &err);
        bool found = false;
        ts_reg_type type = TS_REG_NONE;
        char *data = NULL;
        ok(ts_host_reg_get(host, KEY "\\Sub", "V", &found, &type, &data, &err), &err);
        assert_true(found);
        assert_int_equal(type, cases[i].type);
        assert_string_equal(data, cases[i].data);
        free(data);
    }
}

static void missing_registry_values_are_no_error(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    bool found = true;
    ts_reg_type type = TS_REG_NONE;
    char *data = NULL;
    ok(ts_host_reg_delete(host, KEY, NULL, &err), &err);
    ok(ts_host_reg_get(host, KEY, NULL, &found, &type, &data, &err), &err);
    assert_false(found);
    ok(ts_host_reg_get(host, KEY, "V", &found, &type, &data, &err), &err);
    assert_false(found);
    ok(ts_host_reg_set(host, KEY, "", TS_REG_SZ, "default", &err), &err);
    ok(ts_host_reg_get(host, KEY, NULL, &found, &type, &data, &err), &err);
    assert_true(found);
    ok(ts_host_reg_get(host, KEY, "V", &found, &type, &data, &err), &err);
    assert_false(found);
    ok(ts_host_reg_get(host, KEY, "", &found, &type, &data, &err), &err);
    assert_true(found);
    assert_string_equal(data, "default");
    free(data);
    ok(ts_host_reg_delete(host, KEY, "V", &err), &err); /* missing is success */
    ok(ts_host_reg_delete(host, KEY, "", &err), &err);
    ok(ts_host_reg_get(host, KEY, "", &found, &type, &data, &err), &err);
    assert_false(found);
}

static void key_goes_with_all_below(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    bool found = true;
    ok(ts_host_reg_set(host, KEY "\\A\\B\\C", "V", TS_REG_SZ, "x", &err), &err);
    ok(ts_host_reg_delete(host, KEY "\\A", NULL, &err), &err);
    ok(ts_host_reg_get(host, KEY "\\A", NULL, &found, NULL, NULL, &err), &err);
    assert_false(found);
    ok(ts_host_reg_get(host, KEY, NULL, &found, NULL, NULL, &err), &err);
    assert_true(found);
    assert_false(ts_host_reg_delete(host, "HKLM", NULL, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    ts_err_free(err);
}

static void bad_registry_data_is_refused(void **state)
{
    TS_UNUSED(state);
    static const struct {
        ts_reg_type type;
        const char *data;
    } cases[] = {{TS_REG_DWORD, "4294967296"}, {TS_REG_DWORD, "-1"}, {TS_REG_DWORD, ""},
                 {TS_REG_QWORD, "12x"},        {TS_REG_BINARY, "0"}, {TS_REG_BINARY, "0G"}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        ts_err *err = NULL;
        assert_false(ts_host_reg_set(host, KEY, "V", cases[i].type, cases[i].data, &err));
        assert_int_equal(ts_err_code(err), TS_SCHEMA);
        ts_err_free(err);
    }
}

static bool query(const char *space, const char *text, ts_wmi_rows *rows, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    const ts_wql *wql = ts_wql_parse(arena, text, err);
    bool done = wql && ts_host_wmi(host, space, wql, rows, err);
    ts_arena_free(arena);
    return done;
}

static void wmi_answers(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_wmi_rows rows = {0};
    ok(query(NULL, "SELECT * FROM Win32_OperatingSystem", &rows, &err), &err);
    assert_int_equal(rows.n_rows, 1);
    const ts_wmi_value *version = ts_wmi_row_get(&rows.rows[0], "version");
    assert_non_null(version);
    assert_int_equal(version->kind, TS_WMI_TEXT);
    assert_int_equal(strncmp(version->text, "10.0.", 5), 0);
    const ts_wmi_value *memory = ts_wmi_row_get(&rows.rows[0], "TotalVisibleMemorySize");
    assert_non_null(memory);
    assert_int_equal(memory->kind, TS_WMI_INT); /* 64 bits, which WMI sends as text */
    assert_true(memory->integer > 0);
    ts_wmi_rows_done(&rows);
    ok(query("root\\cimv2", "SELECT Name FROM Win32_LogicalDisk WHERE DeviceID = 'C:'", &rows,
             &err),
       &err);
    assert_int_equal(rows.n_rows, 1);
    ts_wmi_rows_done(&rows);
    ok(query(NULL, "SELECT Name FROM Win32_LogicalDisk WHERE DeviceID = 'A:'", &rows, &err), &err);
    assert_int_equal(rows.n_rows, 0);
    ts_wmi_rows_done(&rows);
    /* An array: text, joined by ','. */
    ok(query(NULL, "SELECT * FROM Win32_SystemEnclosure", &rows, &err), &err);
    assert_int_equal(rows.n_rows, 1);
    const ts_wmi_value *types = ts_wmi_row_get(&rows.rows[0], "ChassisTypes");
    assert_non_null(types);
    assert_int_equal(types->kind, TS_WMI_TEXT);
    assert_true(strspn(types->text, "0123456789,") == strlen(types->text) && *types->text);
    ts_wmi_rows_done(&rows);
}

static void wmi_namespace_that_is_not_there_is_not_found(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_wmi_rows rows = {0};
    assert_false(
        query("root\\cimv2\\Security\\MicrosoftTpm", "SELECT * FROM Win32_Tpm", &rows, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "MicrosoftTpm"));
    ts_err_free(err);
}

static void facts_come_from_this_machine(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    static const ts_fact facts[] = {TS_FACT_OS_BUILD, TS_FACT_HOST_NAME, TS_FACT_MEMORY_MB,
                                    TS_FACT_ARCHITECTURE};
    for (size_t i = 0; i < TS_COUNT(facts); i++) {
        TS_CLEANUP(ts_free_ptr) char *text = NULL;
        ok(ts_host_fact(host, facts[i], &text, &err), &err);
        if (*text == '\0')
            fail_msg("no %s", ts_fact_id(facts[i]));
    }
    bool uefi = true;
    bool secure = true;
    ok(ts_host_firmware(host, &uefi, &secure, &err), &err);
    assert_true(uefi || !secure);
}

static void name_is_the_one_that_wmi_has(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_wmi_rows rows = {0};
    TS_CLEANUP(ts_free_ptr) char *name = NULL;
    ok(ts_host_fact(host, TS_FACT_HOST_NAME, &name, &err), &err);
    assert_null(ts_win_state(host)->wmi); /* it was not started for this */
    ok(query("root\\cimv2", "SELECT Name FROM Win32_ComputerSystem", &rows, &err), &err);
    assert_int_equal(rows.n_rows, 1);
    assert_string_equal(ts_wmi_row_get(&rows.rows[0], "Name")->text, name);
    ts_wmi_rows_done(&rows);
}

#define PRODUCT "{AC76BA86-1033-FFFF-7760-BC15014EA700}"
#define UNINSTALL                                                                                  \
    "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\" PRODUCT
/* The same code as Windows Installer packs it. */
#define PACKED  "68AB67CA3301FFFF7706CB5110E47A00"
#define UPGRADE "{A6EADE66-0000-0000-484E-7E8A45000000}"
#define UPGRADES                                                                                   \
    "HKLM\\SOFTWARE\\Classes\\Installer\\UpgradeCodes\\66EDAE6A0000000084E4E7A854000000"

static void product_is_found_by_both_codes(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    bool found = true;
    char *version = NULL;
    ok(ts_host_product(host, PRODUCT, NULL, &found, &version, &err), &err);
    assert_false(found);
    ok(ts_host_reg_set(host, UNINSTALL, "DisplayVersion", TS_REG_SZ, "15.7.2", &err), &err);
    ok(ts_host_reg_set(host, UPGRADES, PACKED, TS_REG_SZ, "", &err), &err);
    ok(ts_host_product(host, PRODUCT, NULL, &found, &version, &err), &err);
    assert_true(found);
    assert_string_equal(version, "15.7.2");
    ts_free_ptr(&version);
    ok(ts_host_product(host, NULL, UPGRADE, &found, &version, &err), &err);
    assert_true(found);
    assert_string_equal(version, "15.7.2");
    ts_free_ptr(&version);
    ok(ts_host_reg_delete(host, UNINSTALL, NULL, &err), &err);
    ok(ts_host_product(host, NULL, UPGRADE, &found, &version, &err), &err);
    assert_false(found);
    ok(ts_host_reg_delete(host, UPGRADES, NULL, &err), &err);
}

static void file_version_comes_from_its_resource(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_file_info info;
    ok(ts_host_file_info(host, "C:\\Windows\\System32\\kernel32.dll", &info, &err), &err);
    assert_true(info.exists && !info.is_folder && info.size > 0);
    assert_int_equal(strspn(info.version, "0123456789."), strlen(info.version));
    assert_true(strlen(info.version) >= 7);
    ok(ts_host_file_info(host, "Q:\\none", &info, &err), &err);
    assert_false(info.exists);
}

static void phase_is_found_and_cannot_be_chosen(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_host_phase(host), TS_PHASE_FULL_OS);
    ts_err *err = NULL;
    assert_null(ts_host_local_new(TS_PHASE_WINPE, &err));
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_clear(&err);
    static const char mini[] = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\MiniNT";
    ok(ts_host_reg_set(host, mini, "", TS_REG_SZ, "", &err), &err);
    ts_host *pe = ts_host_local_new(TS_PHASE_ANY, NULL);
    ok(ts_host_reg_delete(host, mini, NULL, &err), &err);
    assert_non_null(pe);
    assert_int_equal(ts_host_phase(pe), TS_PHASE_WINPE);
    assert_string_equal(ts_host_name(pe), "this Windows PE");
    assert_non_null(ts_host_lacks_program(pe, "no-such-program.exe"));
    assert_null(ts_host_lacks_program(pe, "cmd.exe"));
    ts_host_free(pe);
}

static void folder_is_listed(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char *names = NULL;
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%s/ts-list-%u", ts_env_get("TEMP"), ts_process_id());
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_join(folder, "gr\xC3\xBC\xC3\x9F.txt");
    TS_CLEANUP(ts_free_ptr) char *below = ts_path_join(folder, "below");
    ok(ts_host_folder_make(host, below, &err), &err);
    ok(ts_host_file_write(host, file, "x", 1, false, &err), &err);
    ok(ts_host_folder_list(host, folder, &names, &err), &err);
    assert_string_equal(names, "below/\ngr\xC3\xBC\xC3\x9F.txt\n");
    free(names);
    assert_true(ts_folder_remove(folder, NULL));
    assert_false(ts_host_folder_list(host, folder, &names, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
}

/* A device of the test's own below HKLM\System\CurrentControlSet\Enum. */
static void devices_have_their_ids_in_order(void **state)
{
    TS_UNUSED(state);
    static const GUID class_id = {
        0x4d36e97d, 0xe325, 0x11ce, {0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}};
    static const wchar_t hardware[] = L"PCI\\VEN_8086&DEV_15FB&SUBSYS_1\0PCI\\VEN_8086&DEV_15FB\0";
    static const wchar_t compatible[] = L"PCI\\VEN_8086&CC_0200\0";
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    HDEVINFO set = SetupDiCreateDeviceInfoList(&class_id, NULL);
    assert_true(set != INVALID_HANDLE_VALUE);
    (void)(SetupDiCreateDeviceInfoW(set, L"ROOT\\TASKSEQ\\0000", &class_id, NULL, NULL, 0,
                                    &device) ||
           SetupDiOpenDeviceInfoW(set, L"ROOT\\TASKSEQ\\0000", NULL, 0, &device));
    assert_true(SetupDiSetDeviceRegistryPropertyW(set, &device, SPDRP_HARDWAREID,
                                                  (const BYTE *)hardware, sizeof(hardware)));
    assert_true(SetupDiSetDeviceRegistryPropertyW(set, &device, SPDRP_COMPATIBLEIDS,
                                                  (const BYTE *)compatible, sizeof(compatible)));
    assert_true(SetupDiRegisterDeviceInfo(set, &device, 0, NULL, NULL, NULL));
    ts_err *err = NULL;
    char *ids = NULL;
    bool worked = ts_host_pnp_ids(host, &ids, &err);
    SetupDiCallClassInstaller(DIF_REMOVE, set, &device);
    SetupDiDestroyDeviceInfoList(set);
    ok(worked, &err);
    if (!strstr(ids,
                "PCI\\VEN_8086&DEV_15FB&SUBSYS_1,PCI\\VEN_8086&DEV_15FB,PCI\\VEN_8086&CC_0200\n"))
        fail_msg("%s", ids);
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_the_one_that_wmi_has), /* before the others start WMI */
        cmocka_unit_test(folder_is_listed),
        cmocka_unit_test(devices_have_their_ids_in_order),
        cmocka_unit_test(every_registry_type_is_read_as_written),
        cmocka_unit_test(missing_registry_values_are_no_error),
        cmocka_unit_test(key_goes_with_all_below),
        cmocka_unit_test(bad_registry_data_is_refused),
        cmocka_unit_test(wmi_answers),
        cmocka_unit_test(wmi_namespace_that_is_not_there_is_not_found),
        cmocka_unit_test(facts_come_from_this_machine),
        cmocka_unit_test(product_is_found_by_both_codes),
        cmocka_unit_test(file_version_comes_from_its_resource),
        cmocka_unit_test(phase_is_found_and_cannot_be_chosen),
    };
    return cmocka_run_group_tests(tests, open_host, close_host);
}
