/* test_steps_mdt_share.c - MDT's steps that ask the deployment share for drivers and BIOSes, and
 * those for roles and features, on a simulated machine. */
#include "check.h"

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/share.h>

#include "deploy_body.h"
#include "dry_run.h"

#define SCRIPT(name, script, settings)                                                             \
    "<step name=\"" name "\" successCodeList=\"0 3010\"><action>cscript.exe "                      \
    "\"%SCRIPTROOT%\\" script "</action><defaultVarList>" settings "</defaultVarList></step>"
#define DRIVERS(profile, mode)                                                                     \
    SCRIPT("D", "ZTIDrivers.wsf\"",                                                                \
           V("DriverSelectionProfile", profile) V("DriverInjectionMode", mode))
#define INSTALL                                                                                    \
    "<step type=\"BDD_InstallOS\" name=\"I\" successCodeList=\"0\"><action>cscript.exe "           \
    "\"%SCRIPTROOT%\\LTIApply.wsf\"</action><defaultVarList>" V("OSGUID", "{AB-1}")                \
        V("DestinationOSInstallType", "ByVariable")                                                \
            V("DestinationOSVariable", "OSDisk") "</defaultVarList></step>"
#define MACHINE                                                                                    \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"devices\": [\"PCI\\\\VEN_1&DEV_2,PCI\\\\VEN_1\"]" \
    ", " DRY_HARDWARE "}"

static void put(dry_run *d, const char *path, const char *text)
{
    assert_true(ts_host_sim_file(d->host, path, text, strlen(text), NULL));
}

static void open_share(dry_run *d, const char *body)
{
    dry_open_assuming(d, MACHINE, body);
    assert_true(ts_host_sim_drive(d->host, 'Z', "\\\\share\\deploy$", NULL));
    put(d, "Z:\\Control\\Drivers.xml",
        "<drivers><driver guid='{1}'><Name>Net</Name><Platform>x64</Platform>"
        "<Source>.\\Out-of-box Drivers\\n.inf</Source><PNPId>pci\\ven_1</PNPId></driver>"
        "<driver guid='{2}'><Name>Net32</Name><Platform>x86</Platform>"
        "<Source>.\\Out-of-box Drivers\\n32.inf</Source><PNPId>PCI\\VEN_1</PNPId></driver>"
        "<driver guid='{3}'><Name>Sound</Name><Source>.\\Out-of-box Drivers\\s.inf</Source>"
        "<PNPId>PCI\\VEN_3</PNPId></driver></drivers>");
    put(d, "Z:\\Control\\DriverGroups.xml",
        "<groups><group guid='{g}'><Name>Contoso One</Name><Member>{1}</Member><Member>{3}</Member>"
        "</group><group guid='{h}'><Name>Other</Name><Member>{2}</Member></group></groups>");
    put(d, "Z:\\Out-of-box Drivers\\n.inf", "");
    put(d, "Z:\\Out-of-box Drivers\\s.inf", "");
    put(d, "Z:\\Out-of-box Drivers\\n32.inf", "");
    dry_set(d, "DeployRoot", "Z:");
}

static void drivers_of_the_share_are_chosen_by_id_and_processor(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("", "AUTO") INSTALL);
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "driver 'Net' ('.\\Out-of-box Drivers\\n.inf') fits this machine by its id");
    dry_expect_no_log(&d, "driver 'Net32'");
    dry_expect_log(&d, "1 drivers were added: the share has 3, 3 are in the chosen folders");
    dry_close(&d);
}

static void group_is_taken_when_the_profile_is_nothing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("Nothing", "ALL") INSTALL);
    dry_set(&d, "DriverGroup001", "Contoso One");
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "2 drivers were added: the share has 3, 2 are in the chosen folders");
    dry_close(&d);
}

static void group_beside_everything_is_warned_about(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("Everything", "AUTO") INSTALL);
    dry_set(&d, "DriverGroup001", "Contoso One");
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "MDT looks at groups only when DriverSelectionProfile is not Everything");
    dry_close(&d);
}

static void profile_that_the_share_lacks_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("Lenovo", "AUTO") INSTALL);
    dry_go(&d);
    dry_expect_text(&d, "there is no selection profile 'Lenovo'");
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_close(&d);
}

static void without_a_list_the_profile_is_warned_about(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, MACHINE, DISK(UEFI_LAYOUT) DRIVERS("Dell", "AUTO") INSTALL);
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "selection profile 'Dell' and driver groups are not looked at");
    dry_close(&d);
}

static unsigned times(const ts_buf *log, const char *part)
{
    unsigned n = 0;
    for (const char *at = strstr(ts_buf_text(log), part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* MDT's own sequence: the step is in Preinstall and in Postinstall. */
static void drivers_of_install_os_are_not_added_again(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("", "ALL") INSTALL DRIVERS("", "ALL"));
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\nD ok 0\n");
    dry_expect_log(&d, "Install Operating System has added the drivers to C: already");
    dry_expect_var(&d, "TSInjectDriversDone", "C:");
    assert_int_equal(times(&d.log, "drivers were added"), 1);
    dry_close(&d);
    open_share(&d, DISK(UEFI_LAYOUT) INSTALL DRIVERS("", "ALL")); /* nobody has added them */
    dry_expect(&d, "S ok 0\nI ok 0\nD ok 0\n");
    dry_expect_var(&d, "TSInjectDriversDone", "");
    assert_int_equal(times(&d.log, "drivers were added"), 1);
    dry_close(&d);
}

static void custom_profile_goes_before_nothing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("Nothing", "ALL") INSTALL);
    dry_set(&d, "CustomDriverSelectionProfile",
            "<SelectionProfile><Include path='Out-of-Box Drivers\\Contoso One'/>"
            "</SelectionProfile>");
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "2 drivers were added: the share has 3, 2 are in the chosen folders");
    dry_close(&d);
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("Nothing", "ALL") INSTALL);
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "DriverSelectionProfile is Nothing: no driver is added");
    dry_close(&d);
}

/* A machine, not a simulation: nothing is assumed. */
static void open_machine(dry_run *d, const char *body, const char *root)
{
    dry_open(d, MACHINE, body);
    dry_set(d, "DeployRoot", root);
    dry_set(d, "OSDTargetSystemDrive", "C:");
}

static void share_that_is_gone_is_not_one_without_drivers(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_machine(&d, DRIVERS("", "ALL"), "Z:");
    dry_go(&d);
    dry_expect_text(&d, "the deployment share 'Z:' (DeployRoot) cannot be reached");
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_close(&d);
    open_machine(&d, DRIVERS("", "ALL"), "Z:"); /* connected, but without the list: the package */
    assert_true(ts_host_sim_drive(d.host, 'Z', "\\\\share\\deploy$", NULL));
    put(&d, "Z:\\Control\\Settings.xml", "<Settings/>");
    dry_go(&d);
    dry_expect_no_log(&d, "cannot be reached");
    dry_expect_text(&d, "no location has package 'Drivers'");
    dry_close(&d);
}

static void share_that_cannot_be_looked_at_fails_with_its_error(void **state)
{
    TS_UNUSED(state);
    char root[33000];
    dry_run d;
    memset(root, 'a', sizeof root - 1);
    memcpy(root, "X:\\", 3);
    root[sizeof root - 1] = '\0';
    dry_open_assuming(&d, MACHINE, DRIVERS("", "ALL"));
    dry_set(&d, "DeployRoot", root);
    dry_set(&d, "OSDTargetSystemDrive", "C:");
    dry_go(&d);
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_expect_text(&d, "path is longer than 32768 bytes");
    dry_close(&d);
}

static void list_above_the_limit_of_other_files_is_read(void **state)
{
    TS_UNUSED(state);
    static const char begin[] = "<drivers><driver guid='{1}'><Name>Net</Name>"
                                "<Source>.\\Out-of-box Drivers\\n.inf</Source></driver>\n";
    static const char filler[] = "<!-- 32 bytes of a comment     -->";
    static const char end[] = "</drivers>";
    dry_run d;
    ts_buf list;
    ts_buf_init(&list, TS_SHARE_LIST_BYTES_MAX);
    ts_buf_str(&list, begin);
    while (list.len <= TS_HOST_FILE_MAX)
        ts_buf_str(&list, filler);
    ts_buf_str(&list, end);
    open_share(&d, DISK(UEFI_LAYOUT) DRIVERS("", "ALL") INSTALL);
    put(&d, "Z:\\Control\\Drivers.xml", ts_buf_text(&list));
    put(&d, "Z:\\Control\\DriverGroups.xml",
        "<groups><group guid='{g}'><Name>One</Name><Member>{1}</Member></group></groups>");
    dry_expect(&d, "S ok 0\nD ok 0\nI ok 0\n");
    dry_expect_log(&d, "1 drivers were added: the share has 1");
    dry_close(&d);
    ts_buf_done(&list);
}

/* --- Check BIOS --------------------------------------------------------------------------------
 */

#define BIOS SCRIPT("B", "ZTIBIOSCheck.wsf\"", "")

static void bios_of_a_simulation_without_a_share_is_assumed(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, BIOS);
    dry_expect(&d, "B ok 0\n");
    dry_expect_text(&d, "the BIOS is taken to be good enough: give the deployment share");
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE, BIOS);
    dry_set(&d, "DeployRoot", "Z:");
    dry_expect(&d, "B ok 0\n");
    dry_close(&d);
}

static void bios_is_not_good_because_the_share_is_gone(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_machine(&d, BIOS, "Z:");
    dry_go(&d);
    dry_expect_text(&d, "the deployment share 'Z:' (DeployRoot) cannot be reached");
    dry_expect_no_log(&d, "every BIOS is good enough");
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_close(&d);
}

static void bios_that_is_not_listed_is_good(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_machine(&d, BIOS, ""); /* a machine that uses no share */
    dry_expect(&d, "B ok 0\n");
    dry_expect_log(&d, "every BIOS is good enough");
    dry_close(&d);
    open_share(&d, BIOS);
    dry_expect(&d, "B ok 0\n");
    dry_expect_log(&d, "every BIOS is good enough");
    dry_close(&d);
    open_share(&d, BIOS);
    put(&d, "Z:\\Scripts\\ZTIBIOSCheck.xml",
        "<DATABASE><DRIVER><LOOKUP NAME='X'><DATA NAME='Model' VALUETYPE='string' VALUE='Two'/>"
        "</LOOKUP></DRIVER></DATABASE>");
    dry_expect(&d, "B ok 0\n");
    dry_expect_log(&d, "(Contoso One");
    dry_close(&d);
}

static void bios_that_is_listed_fails_with_its_reason(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, BIOS);
    put(&d, "Z:\\Scripts\\ZTIBIOSCheck.xml",
        "<DATABASE><DRIVER><HISTORY><DESCRIPTION>Too old.</DESCRIPTION></HISTORY><LOOKUP NAME='X'>"
        "<DATA NAME='Model' VALUETYPE='string' VALUE='One'/></LOOKUP></DRIVER></DATABASE>");
    dry_expect(&d, "B failed 1\n");
    dry_expect_text(&d, "'X' (Z:/Scripts/ZTIBIOSCheck.xml:1): Too old.; update the firmware");
    dry_close(&d);
}

/* --- Roles and features ------------------------------------------------------------------------
 */

#define ROLES(settings)                                                                            \
    "<step type=\"BDD_InstallRoles\" name=\"R\" successCodeList=\"0 3010\"><action>cscript.exe "   \
    "\"%SCRIPTROOT%\\ZTIOSRole.wsf\"</action><defaultVarList>" settings "</defaultVarList></step>"
#define REMOVE(settings)                                                                           \
    "<step type=\"BDD_UninstallRoles\" name=\"R\" successCodeList=\"0 3010\"><action>cscript.exe " \
    "\"%SCRIPTROOT%\\ZTIOSRole.wsf\" /uninstall</action><defaultVarList>" settings                 \
    "</defaultVarList></step>"
#define SERVER                                                                                     \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\", \"product_type\": "   \
    "\"server\"}, " DRY_HARDWARE "}"

static void client_features_are_added_by_dism(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d, DRY_FULL,
        ROLES(V("OSFeatures", "NetFx3, TelnetClient,a;b") V("WindowsSource", "D:\\sxs")));
    dry_expect(&d, "R ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "dism",
                                        "/Online /Enable-Feature /FeatureName:NetFx3 /All "
                                        "/Source:D:\\sxs /LimitAccess /NoRestart"),
                     1);
    assert_int_equal(ts_host_sim_called(d.host, "dism", NULL), 2);
    dry_expect_log(&d, "'a;b' is no name of a role or feature");
    dry_expect_var(&d, "InstalledRoles002", "TelnetClient");
    dry_close(&d);
}

static void server_roles_are_added_and_removed_by_powershell(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, SERVER, ROLES(V("OSRoles", "Web-Server,ADDS")));
    dry_expect(&d, "R ok 0\n");
    assert_int_equal(
        ts_host_sim_called(d.host, "powershell", "*Install-WindowsFeature -Name 'Web-Server' *"),
        1);
    assert_int_equal(ts_host_sim_called(d.host, "powershell", NULL), 1);
    dry_close(&d);
    dry_open_assuming(&d, SERVER,
                      REMOVE(V("UninstallOSFeatures", "SMB1") V("CompletelyRemove", "true")));
    dry_expect(&d, "R ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "powershell",
                                        "*Uninstall-WindowsFeature -Name 'SMB1' -Remove *"),
                     1);
    dry_close(&d);
}

static void feature_that_fails_is_told_and_the_others_follow(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_FULL, ROLES(V("OSFeatures", "A,B")));
    dry_mock(&d, "dism", "*:A *", 50, NULL);
    dry_expect(&d, "R ok 0\n");
    dry_expect_log(&d, "'A' was not installed (code 50)");
    assert_int_equal(ts_host_sim_called(d.host, "dism", NULL), 2);
    dry_close(&d);
}

static void restart_comes_at_once_and_what_is_done_stays_done(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_FULL, ROLES(V("OSFeatures", "A,B")));
    dry_mock(&d, "dism", "*:A *", 3010, NULL);
    dry_go(&d);
    dry_expect_log(&d, "'A' was done by this sequence already");
    assert_int_equal(ts_host_sim_called(d.host, "dism", "*:A *"), 1);
    assert_int_equal(ts_host_sim_called(d.host, "dism", "*:B *"), 1);
    assert_int_equal(d.report.restarts, 1);
    dry_close(&d);
}

static void roles_need_a_running_windows(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, ROLES(V("OSFeatures", "A")));
    dry_go(&d);
    dry_expect_text(&d, "this is Windows PE");
    dry_close(&d);
    dry_open_assuming(&d, DRY_FULL, ROLES(""));
    dry_expect(&d, "R ok 0\n");
    dry_expect_log(&d, "no role, role service or feature is named");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_of_the_share_are_chosen_by_id_and_processor),
        cmocka_unit_test(group_is_taken_when_the_profile_is_nothing),
        cmocka_unit_test(group_beside_everything_is_warned_about),
        cmocka_unit_test(profile_that_the_share_lacks_fails),
        cmocka_unit_test(without_a_list_the_profile_is_warned_about),
        cmocka_unit_test(drivers_of_install_os_are_not_added_again),
        cmocka_unit_test(custom_profile_goes_before_nothing),
        cmocka_unit_test(share_that_is_gone_is_not_one_without_drivers),
        cmocka_unit_test(share_that_cannot_be_looked_at_fails_with_its_error),
        cmocka_unit_test(list_above_the_limit_of_other_files_is_read),
        cmocka_unit_test(bios_of_a_simulation_without_a_share_is_assumed),
        cmocka_unit_test(bios_is_not_good_because_the_share_is_gone),
        cmocka_unit_test(bios_that_is_not_listed_is_good),
        cmocka_unit_test(bios_that_is_listed_fails_with_its_reason),
        cmocka_unit_test(client_features_are_added_by_dism),
        cmocka_unit_test(server_roles_are_added_and_removed_by_powershell),
        cmocka_unit_test(feature_that_fails_is_told_and_the_others_follow),
        cmocka_unit_test(restart_comes_at_once_and_what_is_done_stays_done),
        cmocka_unit_test(roles_need_a_running_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
