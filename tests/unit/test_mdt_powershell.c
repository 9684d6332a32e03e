/* test_mdt_powershell.c - Run PowerShell Script (MDT): which file, and what is refused. */
#include "check.h"

#include <ts/mem.h>

#include "dry_run.h"

#define V(name, value) "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define SCRIPT(settings)                                                                           \
    "<step type=\"BDD_RunPowerShellAction\" name=\"P\" successCodeList=\"0 3010\"><action>"        \
    "cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf</action><defaultVarList>" settings              \
    "</defaultVarList></step>"
#define MACHINE                                                                                    \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": {"                                       \
    "\"//s/d$/Control/TaskSequences.xml\": {\"content\": \"x\"}, "                                 \
    "\"//s/d$/Scripts/Own/a.ps1\": {\"content\": \"exit 0\"}, "                                    \
    "\"//s/d$/Scripts/drive.ps1\": {\"content\": \"$x = $tsenv:OSDComputerName\"}, "               \
    "\"C:/pkg/a.ps1\": {\"content\": \"exit 0\"}}, "                                               \
    "\"os\": {\"phase\": \"full\"}, " HARDWARE "}"
#define HARDWARE                                                                                   \
    "\"smbios\": {\"manufacturer\": \"C\", \"model\": \"M\"}, \"disks\": [{\"size\": \"64 GB\", "  \
    "\"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"letter\": \"C\", "          \
    "\"os\": {}}]}]"

static void script_of_the_share_runs_with_its_parameters(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, MACHINE, SCRIPT(V("ScriptName", "Own\\a.ps1") V("Parameters", "-Role %Role%")));
    dry_set(&d, "DeployRoot", "//s/d$");
    dry_set(&d, "Role", "Web");
    dry_mock(&d, "powershell",
             "*-ExecutionPolicy Bypass -Command *& '//s/d$/Scripts/Own/a.ps1' -Role Web; exit "
             "$LASTEXITCODE*",
             3010, NULL);
    dry_expect(&d, "P ok 3010\nrestart to the full OS\n");
    assert_int_equal(ts_host_sim_called(d.host, "powershell", "*"), 1);
    dry_expect_no_log(&d, "-Role");
    dry_close(&d);
}

static void script_root_package_and_path_say_where_it_is(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *step, *root, *mock;
    } cases[] = {
        {SCRIPT(V("ScriptName", "a.ps1")), "//s/d$/Scripts/Own", "*//s/d$/Scripts/Own/a.ps1*"},
        {SCRIPT(V("ScriptName", "a.ps1") V("PackageID", "PKG00001")), "", "*C:/pkg/a.ps1*"},
        {SCRIPT(V("ScriptName", "C:\\pkg\\a.ps1")), "", "*C:/pkg/a.ps1*"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        dry_open(&d, MACHINE, cases[i].step);
        dry_set(&d, "DeployRoot", "//s/d$");
        dry_set(&d, "ScriptRoot", cases[i].root);
        dry_mock(&d, "powershell", cases[i].mock, 0, NULL);
        dry_expect(&d, "P ok 0\n");
        assert_int_equal(ts_host_sim_called(d.host, "powershell", cases[i].mock), 1);
        dry_close(&d);
    }
}

static void each_script_that_cannot_run_is_explained(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *name, *why;
    } cases[] = {
        {"drive.ps1", "uses the drive TSEnv:"},
        {"none.ps1", "there is no script '//s/d$/Scripts/none.ps1'"},
        {"..\\x.ps1", "is not inside its folder"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        dry_open(&d, MACHINE, SCRIPT(V("ScriptName", "%Name%")));
        dry_set(&d, "DeployRoot", "//s/d$");
        dry_set(&d, "Name", cases[i].name);
        dry_mock(&d, "powershell", NULL, 0, NULL);
        dry_go(&d);
        dry_expect_text(&d, cases[i].why);
        assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
        assert_int_equal(ts_host_sim_called(d.host, "powershell", "*"), 0);
        dry_close(&d);
    }
}

static void drive_of_mdt_refuses_the_run_before_it_begins(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_err *err = NULL;
    dry_open(&d, MACHINE, SCRIPT(V("ScriptName", "drive.ps1")));
    dry_set(&d, "DeployRoot", "//s/d$");
    assert_false(ts_run_preflight(&d.options, &err));
    assert_non_null(strstr(ts_err_text(err), "uses the drive TSEnv:"));
    ts_err_free(err);
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(script_of_the_share_runs_with_its_parameters),
        cmocka_unit_test(script_root_package_and_path_say_where_it_is),
        cmocka_unit_test(each_script_that_cannot_run_is_explained),
        cmocka_unit_test(drive_of_mdt_refuses_the_run_before_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
