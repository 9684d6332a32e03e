/* test_install_mdt.c - MDT's Install Applications on a simulated machine, with the catalogue that
 * an import makes. */
#include "check.h"

#include <ts/application.h>
#include <ts/mem.h>

#include "dry_run.h"

#define GUID(n) "{0000000" n "-0000-4000-8000-00000000000a}"
#define CATALOGUE                                                                                  \
    "<applications>"                                                                               \
    "<application name='Editor' id='" GUID(                                                        \
        "1") "' command='editor.exe /S' folder='x64' "                                             \
             "package='TSQ00001'><detect uninstall='Editor'/><dependency "                         \
             "name='Runtime'/></application>"                                                      \
             "<application name='Runtime' id='" GUID(                                              \
                 "2") "' command='runtime.exe'/>"                                                  \
                      "<application name='Driver' id='" GUID(                                      \
                          "3") "' command='driver.exe' reboot='true'/>"                            \
                               "<application name='Both' id='" GUID(                               \
                                   "4") "'><dependency name='Runtime'/>"                           \
                                        "<dependency name='Driver'/></application></applications>"
#define MACHINE(more)                                                                              \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"disks\": "         \
    "[{\"size\": \"64 GB\", \"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", "      \
    "\"letter\": \"C\"}]}], \"smbios\": {\"manufacturer\": \"C\", \"model\": \"M\"}" more          \
    ", \"files\": {\"C:/_SMSTaskSequence/Packages/Applications/applications.xml\": {\"content\": " \
    "\"" CATALOGUE "\"}, \"C:/_SMSTaskSequence/Packages/TSQ00001/x64/editor.exe\": "               \
    "{\"content\": \"x\"}}}"
#define STEP(settings)                                                                             \
    "<step type=\"BDD_InstallApplication\" name=\"S\" successCodeList=\"0 3010\"><action>"         \
    "cscript.exe \"%SCRIPTROOT%\\ZTIApplications.wsf\"</action><defaultVarList>" settings          \
    "</defaultVarList></step>"
#define ONE(guid)                                                                                  \
    STEP("<variable name=\"ApplicationGUID\" property=\"ApplicationGUID\">" guid "</variable>")

static unsigned calls(const dry_run *d, const char *program)
{
    return (unsigned)ts_host_sim_called(d->host, program, NULL);
}

static void one_application_is_installed_behind_its_dependency(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, MACHINE(""), ONE("{00000001-0000-4000-8000-00000000000A}"));
    dry_mock(&d, "editor.exe", NULL, 0, NULL);
    dry_mock(&d, "runtime.exe", NULL, 3010, NULL); /* success, and no restart */
    dry_go(&d);
    dry_expect_var(&d, "InstalledApplications001", GUID("2"));
    dry_expect_var(&d, "InstalledApplications002", GUID("1"));
    assert_int_equal(calls(&d, "runtime.exe"), 1);
    assert_int_equal(calls(&d, "editor.exe"), 1);
    assert_null(strstr(ts_buf_text(&d.trace), "restart"));
    dry_close(&d);
}

static void lists_install_each_once_and_go_on_behind_failures(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, MACHINE(""), STEP(""));
    dry_mock(&d, "runtime.exe", NULL, 5, NULL);
    dry_mock(&d, "editor.exe", NULL, 0, NULL);
    dry_set(&d, "MandatoryApplications001", GUID("2"));
    dry_set(&d, "Applications001", GUID("9"));
    dry_set(&d, "Applications002", GUID("1"));
    dry_set(&d, "Applications004", GUID("3")); /* behind a gap: not read */
    dry_expect(&d, "S ok 0\n");
    dry_expect_log(&d, "'Runtime' ended with exit code 5");
    dry_expect_log(&d, "there is no application '" GUID("9") "'");
    assert_int_equal(calls(&d, "runtime.exe"), 1); /* also as a dependency of the second */
    assert_int_equal(calls(&d, "editor.exe"), 1);
    assert_int_equal(calls(&d, "driver.exe"), 0);
    dry_close(&d);
}

static void reboot_restarts_at_once_and_the_step_goes_on(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, MACHINE(""), STEP(""));
    dry_mock(&d, "runtime.exe", NULL, 0, NULL);
    dry_mock(&d, "driver.exe", NULL, 0, NULL);
    dry_mock(&d, "editor.exe", NULL, 0, NULL);
    dry_set(&d, "Applications001", GUID("3"));
    dry_set(&d, "Applications002", GUID("1"));
    dry_go(&d);
    assert_string_equal(ts_buf_text(&d.trace), "S ok 0\nrestart to the full OS\nS ok 0\n");
    assert_int_equal(calls(&d, "driver.exe"), 1);
    assert_int_equal(calls(&d, "editor.exe"), 1);
    dry_close(&d);
}

static void detected_application_is_not_installed(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d,
        MACHINE(", \"registry\": {\"HKLM\\\\SOFTWARE\\\\Wow6432Node\\\\Microsoft\\\\Windows"
                "\\\\CurrentVersion\\\\Uninstall\\\\Editor\": {\"DisplayName\": \"Editor\"}}"),
        ONE(GUID("1")));
    dry_expect(&d, "S ok 0\n");
    dry_expect_log(&d, "'Editor' is installed already");
    assert_int_equal(calls(&d, "editor.exe"), 0);
    assert_int_equal(calls(&d, "runtime.exe"), 0);
    dry_close(&d);
}

static void success_codes_of_the_step_count(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d, MACHINE(""),
        STEP("<variable name=\"ApplicationGUID\">" GUID(
            "2") "</variable><variable name=\"ApplicationSuccessCodes\">7 8</variable>"));
    dry_mock(&d, "runtime.exe", NULL, 8, NULL);
    dry_expect(&d, "S ok 0\n");
    dry_expect_no_log(&d, "the sequence goes on");
    dry_close(&d);
    dry_open_assuming(
        &d, MACHINE(""),
        STEP("<variable name=\"ApplicationGUID\">" GUID(
            "2") "</variable><variable name=\"ApplicationSuccessCodes\">seven</variable>"));
    dry_go(&d);
    dry_expect_text(&d, "no list of numbers");
    dry_close(&d);
}

static void windows_pe_restarts_into_the_full_os(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, STEP(""));
    dry_set(&d, "Applications001", GUID("2"));
    dry_go(&d);
    dry_expect_log(&d, "applications are installed in the full OS");
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE, STEP(""));
    dry_expect(&d, "S ok 0\n"); /* nothing to install: no restart */
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_application_is_installed_behind_its_dependency),
        cmocka_unit_test(lists_install_each_once_and_go_on_behind_failures),
        cmocka_unit_test(reboot_restarts_at_once_and_the_step_goes_on),
        cmocka_unit_test(detected_application_is_not_installed),
        cmocka_unit_test(success_codes_of_the_step_count),
        cmocka_unit_test(windows_pe_restarts_into_the_full_os),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
