/* test_steps_install.c - Install Application and Install Package, through the interpreter on a
 * simulated machine: lists, dependencies, requirements, codes, and every failure. */
#include "check.h"

#include "deploy_body.h"
#include "dry_run.h"

#define FULL(more)                                                                                 \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"disks\": "         \
    "[{\"size\": "                                                                                 \
    "\"64 GB\", \"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"letter\": "      \
    "\"C\"}]}], \"smbios\": {\"manufacturer\": \"C\", \"model\": \"M\"}" more "}"
#define CATALOGUE(text)                                                                            \
    FULL(", \"files\": {\"C:/_SMSTaskSequence/Packages/Applications/applications.xml\": "          \
         "{\"content\": \"" text "\"}}")
#define TWO                                                                                        \
    CATALOGUE("<applications><application name='A' command='a.exe /s'><dependency "                \
              "name='B'/></application><application name='B' command='b.exe'/><program "           \
              "package='PKG1' name='Go' command='go.exe'/></applications>")
#define BASE V("BaseVariableName", "APP")

static void applications_install_with_their_dependencies(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE));
    dry_mock(&d, "a.exe", NULL, 0, NULL);
    dry_mock(&d, "b.exe", NULL, 1707, NULL);
    dry_set(&d, "APP01", "A");
    dry_set(&d, "APP02", "a"); /* case counts: left out */
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "_TSAppInstallStatus", "Success");
    assert_int_equal(ts_host_sim_called(d.host, "b.exe", NULL), 1);
    assert_int_equal(ts_host_sim_called(d.host, "a.exe", NULL), 1);
    dry_expect_log(&d, "no application 'a'");
    dry_close(&d);
}

static void application_that_fails_fails_the_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE));
    dry_mock(&d, "b.exe", NULL, 5, NULL);
    dry_set(&d, "APP01", "A");
    dry_expect(&d, "S failed 5\n");
    dry_expect_var(&d, "_TSAppInstallStatus", "Error");
    assert_int_equal(ts_host_sim_called(d.host, "a.exe", NULL), 0); /* its dependency is missing */
    dry_close(&d);
    dry_open_assuming(&d,
                      CATALOGUE("<applications><application name='A' command='a'><dependency "
                                "name='A'/></application></applications>"),
                      APPS(BASE));
    dry_set(&d, "APP01", "A");
    dry_go(&d);
    dry_expect_text(&d, "cycle");
    dry_close(&d);
}

/* ConfigMgr docs: "the task sequence continues regardless of any installation errors". */
static void failures_that_are_to_be_passed_over_do_not_fail_the_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d, TWO, APPS(BASE V("ContinueOnInstallError", "true") V("OSDAppInstallRetries", "3")));
    dry_mock(&d, "b.exe", NULL, 5, NULL);
    dry_mock(&d, "a.exe", NULL, 0, NULL);
    dry_set(&d, "APP01", "B");
    dry_set(&d, "APP02", "A");
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "_TSAppInstallStatus", "Error");
    dry_expect_log(&d, "'B' ended with exit code 5");
    /* Once for itself and once for A, which needs it: it is not tried again. */
    assert_int_equal(ts_host_sim_called(d.host, "b.exe", NULL), 2);
    dry_close(&d);
}

static void application_that_fails_is_tried_again(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE V("OSDAppInstallRetries", "2")));
    dry_mock(&d, "b.exe", NULL, 5, NULL);
    dry_set(&d, "APP01", "B");
    dry_expect(&d, "S failed 5\n");
    assert_int_equal(ts_host_sim_called(d.host, "b.exe", NULL), 3);
    dry_close(&d);
}

#define NEEDY                                                                                      \
    CATALOGUE("<applications><application name='A' command='a.exe'><dependency name='B'/>"         \
              "</application><application name='B' command='b.exe'><require "                      \
              "file='C:/Contoso/base.dll'/></application></applications>")

static void what_does_not_apply_is_a_warning(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, NEEDY, APPS(BASE));
    dry_set(&d, "APP01", "A");
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "_TSAppInstallStatus", "Warning");
    dry_expect_log(&d, "'B' does not apply to this machine");
    dry_expect_log(&d, "'A' needs 'B', which does not apply");
    dry_close(&d);
    dry_open_assuming(&d, NEEDY, APPS(BASE V("TSErrorOnWarning", "True")));
    dry_set(&d, "APP01", "B");
    dry_expect(&d, "S failed -1\n");
    dry_expect_var(&d, "_TSAppInstallStatus", "Warning");
    dry_expect_text(&d, "TSErrorOnWarning is true");
    dry_close(&d);
}

static void gap_in_a_list_is_told(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE));
    dry_mock(&d, "b.exe", NULL, 0, NULL);
    dry_set(&d, "APP01", "B");
    dry_set(&d, "APP03", "A");
    dry_expect(&d, "S ok 0\n");
    dry_expect_log(&d, "APP02 is not set: the list ends there, and APP03 is left out");
    dry_close(&d);
    dry_open_assuming(&d, TWO,
                      STEP("InstallSoftwareAction", "smsswd.exe", V("BaseVariableName", "PKG")));
    dry_mock(&d, "go.exe", NULL, 0, NULL);
    dry_set(&d, "PKG001", "PKG1:Go");
    dry_set(&d, "PKG004", "PKG1:Go");
    dry_expect(&d, "S ok 0\n");
    dry_expect_log(&d, "PKG002 is not set: the list ends there, and PKG004 is left out");
    dry_close(&d);
}

static void restart_of_an_installer_is_asked_for_behind_the_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE));
    dry_mock(&d, "b.exe", NULL, 3010, NULL);
    dry_set(&d, "APP01", "B");
    dry_expect(&d, "S ok 0\nrestart to the full OS\n");
    dry_close(&d);
}

static void empty_list_installs_nothing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO, APPS(BASE));
    dry_expect(&d, "S ok 0\n");
    dry_close(&d);
}

static void packages_run_their_program(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, TWO,
                      STEP("InstallSoftwareAction", "smsswd.exe", V("BaseVariableName", "PKG")));
    dry_mock(&d, "go.exe", NULL, 0, NULL);
    dry_set(&d, "PKG001", "PKG1:Go");
    dry_expect(&d, "S ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "go.exe", NULL), 1);
    dry_close(&d);
    dry_open_assuming(&d, TWO,
                      STEP("InstallSoftwareAction", "smsswd.exe", V("BaseVariableName", "PKG")));
    dry_set(&d, "PKG001", "nothing");
    dry_go(&d);
    dry_expect_text(&d, "PKGID:Program");
    dry_close(&d);
    dry_fails(TWO,
              STEP("InstallSoftwareAction", "smsswd.exe",
                   V("PackageID", "PKG1") V("_SMSSWDProgramName", "go")),
              "no program 'go'");
}

/* ConfigMgr docs, Download Package Content, custom path: <path>\\<package id>. */
static void content_is_copied_to_a_custom_folder(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_file_info info;
    dry_open_assuming(
        &d,
        FULL(", \"files\": {\"C:/_SMSTaskSequence/Packages/PKG1/in/a.txt\": {\"content\": \"x\"}}"),
        STEP("DownloadPackageContentAction", "OsdDownloadContent.exe",
             V("OSDDownloadDownloadPackages", "PKG1")
                 V("OSDDownloadDestinationLocationType", "Custom")
                     V("OSDDownloadDestinationPath", "C:\\Content")
                         V("OSDDownloadDestinationVariable", "Mine")));
    dry_expect(&d, "S ok 0\n");
    assert_true(ts_host_file_info(d.host, "C:/Content/PKG1/in/a.txt", &info, NULL) && info.exists);
    dry_expect_var(&d, "Mine01", "C:\\Content\\PKG1");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applications_install_with_their_dependencies),
        cmocka_unit_test(application_that_fails_fails_the_step),
        cmocka_unit_test(failures_that_are_to_be_passed_over_do_not_fail_the_step),
        cmocka_unit_test(application_that_fails_is_tried_again),
        cmocka_unit_test(what_does_not_apply_is_a_warning),
        cmocka_unit_test(gap_in_a_list_is_told),
        cmocka_unit_test(restart_of_an_installer_is_asked_for_behind_the_step),
        cmocka_unit_test(empty_list_installs_nothing),
        cmocka_unit_test(packages_run_their_program),
        cmocka_unit_test(content_is_copied_to_a_custom_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
