/* test_condition_leaves.c - conditions that ask the machine. */
#include "cond_fixture.h"

/* --- WMI ----------------------------------------------------------------------------------- */

static void wmi_is_true_when_a_row_passes(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%EliteBook%'"),
       TS_YES, "Model is \"HP EliteBook 840\" (Model LIKE '%EliteBook%')");
    is(wmi("", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE 'Latitude%'"), TS_NO,
       "Model is \"HP EliteBook 840\", condition wants Model LIKE 'Latitude%'");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Battery WHERE BatteryStatus = 2"), TS_NO,
       "this machine has no instance of Win32_Battery, condition wants BatteryStatus = 2");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Battery"), TS_NO, NULL);
    nothing_was_decided();
}

static void wmi_query_is_never_expanded(void **state)
{
    TS_UNUSED(state);
    must_set("book", "Pad", 0);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%book%'"), TS_YES,
       NULL);
}

static void wmi_query_that_fails_is_false_and_told(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE NoSuch = 1"), TS_NO,
       "the WMI query fails: class 'Win32_ComputerSystem' has no property 'NoSuch'");
    was_decided("COND-WMI-ERROR|");
    is(wmi("root\\cimv2", "ASSOCIATORS OF {X}"), TS_NO, NULL);
    was_decided("ASSOCIATORS OF");
    is(wmi("root\\wmi", "SELECT * FROM Win32_ComputerSystem"), TS_NO, NULL);
    nothing_was_decided();
}

static void host_error_that_is_no_answer_is_passed_up(void **state)
{
    TS_UNUSED(state);
    ts_tri out = TS_YES;
    ts_err *err = NULL;
    ts_host_fail_at(host, 1, TS_CANCELLED);
    assert_false(
        ts_cond_eval(wmi("", "SELECT * FROM Win32_ComputerSystem"), &env, &out, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
    err = NULL;
    ts_host_fail_at(host, 1, TS_OS);
    assert_false(
        ts_cond_eval(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "C:\\", (char *)NULL), &env,
                     &out, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    assert_int_equal(out, TS_YES);
    ts_err_free(err);
}

/* --- Files --------------------------------------------------------------------------------- */

static void file_and_folder_paths_are_expanded(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%windir%\\a.exe", (char *)NULL), TS_YES,
       "file \"C:\\Windows\\a.exe\" exists");
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%windir%", (char *)NULL), TS_NO,
       "file \"C:\\Windows\" is a folder");
    is(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "%WINDIR%", (char *)NULL), TS_YES, NULL);
    is(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "%ScriptRoot%", (char *)NULL), TS_NO,
       "folder \"%ScriptRoot%\" does not exist");
    faulty(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "", (char *)NULL), "names no path");
}

static const struct ts_cond *versioned(const char *path, const char *op, const char *version)
{
    return leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", path, "Version", version,
                "VersionOperator", op, (char *)NULL);
}

static void file_version_compares_four_numbers(void **state)
{
    TS_UNUSED(state);
    const char *exe = "C:\\Windows\\a.exe";
    is(versioned(exe, "equals", "10.0.1.2"), TS_YES, NULL);
    is(versioned(exe, "greaterEqual", "9.9"), TS_YES,
       "file \"C:\\Windows\\a.exe\" has version 10.0.1.2 (version at least \"9.9\")");
    is(versioned(exe, "Less", "10.0.1"), TS_NO, NULL);
    is(versioned("C:\\notes.txt", "notEquals", "1"), TS_NO, NULL);
    faulty(versioned(exe, "resembles", "1"), "unknown VersionOperator 'resembles'");
    faulty(versioned(exe, "equals", "1.2.3.4.5"), "'1.2.3.4.5' is no version");
    faulty(versioned(exe, "equals", "new"), "'new' is no version");
}

static const struct ts_cond *dated(const char *op, const char *date)
{
    return leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "C:\\Windows", "DateTime", date,
                "DateTimeOperator", op, (char *)NULL);
}

/* The folder was changed at 2024-03-01 12:00:00.5 UTC. */
static void file_time_is_compared_in_utc_to_the_second(void **state)
{
    TS_UNUSED(state);
    is(dated("equals", "20240301120000.000000+000"), TS_YES, NULL);
    was_decided("FILE-TIME|");
    is(dated("equals", "20240301130000.000000+060"), TS_YES, NULL);
    is(dated("greater", "20240301120000.000000+000"), TS_NO, NULL);
    is(dated("less", "20240301120001.000000+000"), TS_YES, NULL);
    faulty(dated("less", "last week"), "'last week' is no date");
    faulty(dated("", "20240301120001.000000+000"), "unknown DateTimeOperator ''");
}

/* --- Registry and software ----------------------------------------------------------------- */

#define KEY "HKLM\\SOFTWARE\\Test"

static const struct ts_cond *reg(ts_cond_op op, const char *value, const char *type,
                                 const char *data)
{
    return leaf(TS_COND_REGISTRY, op, "registry condition", "KeyPath", KEY, "Value", value, "Type",
                type, "Data", data, (char *)NULL);
}

static void registry_existence_regards_the_type(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EXISTS, "Code", "REG_SZ", ""), TS_YES, NULL);
    is(reg(TS_OP_EXISTS, "Code", "REG_DWORD", ""), TS_NO, NULL);
    is(reg(TS_OP_NOT_EXISTS, "Code", "REG_DWORD", ""), TS_YES, NULL);
    is(reg(TS_OP_EXISTS, "Code", "", ""), TS_YES, NULL);
    is(reg(TS_OP_NOT_EXISTS, "Nope", "REG_SZ", ""), TS_YES,
       "registry \"HKLM\\SOFTWARE\\Test\" \"Nope\" does not exist");
    is(reg(TS_OP_EXISTS, "", "REG_SZ", ""), TS_YES, NULL); /* the default value */
    faulty(reg(TS_OP_EXISTS, "Code", "REG_ODD", ""), "unknown registry type 'REG_ODD'");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", KEY, "Type", "REG_SZ",
            (char *)NULL),
       TS_YES, "registry \"HKLM\\SOFTWARE\\Test\" exists");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", "HKLM\\Nope", (char *)NULL),
       TS_NO, NULL);
}

static void registry_comparison_ignores_the_type(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EQUALS, "Code", "REG_DWORD", "FAILURE"), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "Code", "REG_SZ", "SUCCESS"), TS_NO,
       "registry \"HKLM\\SOFTWARE\\Test\" \"Code\" is \"FAILURE\", condition wants \"SUCCESS\"");
    is(reg(TS_OP_GREATER, "Count", "REG_DWORD", "9"), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "", "REG_SZ", "def"), TS_YES, NULL);
    faulty(reg(TS_OP_LIKE, "Code", "REG_SZ", "F*"), "operator 'like' does not fit");
    nothing_was_decided();
}

static void registry_value_that_is_missing_makes_every_comparison_false(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EQUALS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    is(reg(TS_OP_LESS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    is(reg(TS_OP_EQUALS, "Nope", "REG_SZ", ""), TS_NO, NULL);
    nothing_was_decided();
    is(reg(TS_OP_NOT_EQUALS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    was_decided("REG-NOTEQUALS-MISSING|");
}

static void machine_without_a_registry_has_no_keys(void **state)
{
    TS_UNUSED(state);
    use_machine_without_anything();
    is(reg(TS_OP_EXISTS, "Code", "REG_SZ", ""), TS_NO, NULL);
    was_decided("COND-NOT-HERE|");
    is(reg(TS_OP_NOT_EXISTS, "Code", "REG_SZ", ""), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "Code", "REG_SZ", "FAILURE"), TS_NO, NULL);
    is(wmi("", "SELECT * FROM Win32_ComputerSystem"), TS_NO, NULL);
    was_decided("COND-WMI-ERROR|");
}

static void software_asks_for_the_code_of_its_operator(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_SOFTWARE, TS_OP_THIS_VERSION, "software", "ProductCode", "{P}", "UpgradeCode",
            "{X}", "ProductName", "Office", (char *)NULL),
       TS_YES, "software \"Office\" is installed, version 16.0");
    is(leaf(TS_COND_SOFTWARE, TS_OP_ANY_VERSION, "software", "ProductCode", "{P}", "UpgradeCode",
            "{X}", (char *)NULL),
       TS_NO, "software \"{X}\" is not installed");
    is(leaf(TS_COND_SOFTWARE, TS_OP_ANY_VERSION, "software", "UpgradeCode", "{u}", (char *)NULL),
       TS_YES, NULL);
    faulty(
        leaf(TS_COND_SOFTWARE, TS_OP_THIS_VERSION, "software", "UpgradeCode", "{U}", (char *)NULL),
        "needs a ProductCode");
    faulty(leaf(TS_COND_SOFTWARE, TS_OP_EQUALS, "software", "ProductCode", "{P}", "Operator",
                "equals", (char *)NULL),
           "operator 'equals' does not fit a software");
}

/* --- Operating system, machine rules -------------------------------------------------------- */

static const struct ts_cond *os_is(ts_cond_op op, const char *architecture, const char *version)
{
    return leaf(TS_COND_OS, op, "OS condition", "Architecture", architecture, "Version", version,
                "Operator", ts_cond_op_name(op), (char *)NULL);
}

/* The versions are those of real files: 6.10.7601.1 is Windows 7 with service pack 1. */
static void os_version_has_a_minor_number_of_two_digits(void **state)
{
    TS_UNUSED(state);
    is(os_is(TS_OP_GREATER_EQUAL, "X64", "6.10.7601.1"), TS_YES, NULL);
    is(os_is(TS_OP_GREATER_EQUAL, "X64", "10.00.10240.0"), TS_YES, NULL);
    is(os_is(TS_OP_EQUALS, "X64", "10.00.22631.0"), TS_YES, NULL);
    is(os_is(TS_OP_EQUALS, "X64", "6.30.9600.0"), TS_NO, NULL);
    is(os_is(TS_OP_GREATER_EQUAL, "X86", "6.10.7601.1"), TS_NO, NULL);
    is(os_is(TS_OP_EQUALS, "AMD64", ""), TS_YES, NULL);
    faulty(os_is(TS_OP_EQUALS, "X64", "seven"), "'seven' is no version");
    faulty(os_is(TS_OP_LIKE, "X64", "10.00"), "does not fit a version");
}

static void make_and_model_must_both_match(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "hp", "Model", "*EliteBook*",
            (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "HP", "Model", "Latitude*",
            (char *)NULL),
       TS_NO,
       "Make is \"HP\", Model is \"HP EliteBook 840\", condition wants like \"HP\" and like "
       "\"Latitude*\"");
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "HP", (char *)NULL), TS_YES, NULL);
    nothing_was_decided();
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "", (char *)NULL), TS_NO, NULL);
    was_decided("MACHINE-EMPTY|");
}

static void one_of_the_computers_values_is_enough(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "", "MACAddress",
            "00-11-22-aa-bb-cc", "SerialNumber", "other", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "SerialNumber", "5cg123", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "MACAddress", "00:11:22:AA:BB:CD",
            "SerialNumber", "5CG12", (char *)NULL),
       TS_NO, NULL);
    assert_true(ts_vars_set_unknown(vars, "Unknown", "why", NULL));
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "%Unknown%", "SerialNumber",
            "5CG123", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "%Unknown%", "SerialNumber", "x",
            (char *)NULL),
       TS_UNSURE, NULL);
}

static void location_is_one_of_the_default_gateways(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_LOCATION, TS_OP_NONE, "location", "DefaultGateway", "10.1.2.254", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_LOCATION, TS_OP_NONE, "location", "DefaultGateway", "10.1.2.25", (char *)NULL),
       TS_NO, NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(wmi_is_true_when_a_row_passes),
        T(wmi_query_is_never_expanded),
        T(wmi_query_that_fails_is_false_and_told),
        T(host_error_that_is_no_answer_is_passed_up),
        T(file_and_folder_paths_are_expanded),
        T(file_version_compares_four_numbers),
        T(file_time_is_compared_in_utc_to_the_second),
        T(registry_existence_regards_the_type),
        T(registry_comparison_ignores_the_type),
        T(registry_value_that_is_missing_makes_every_comparison_false),
        T(machine_without_a_registry_has_no_keys),
        T(software_asks_for_the_code_of_its_operator),
        T(os_version_has_a_minor_number_of_two_digits),
        T(make_and_model_must_both_match),
        T(one_of_the_computers_values_is_enough),
        T(location_is_one_of_the_default_gateways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
