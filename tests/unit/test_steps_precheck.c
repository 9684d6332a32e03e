/* test_steps_precheck.c - what is knowable is found before anything is destroyed: at the start of a
 * run (the pre-flight) and right before the first step that wipes (the look ahead). */
#include "check.h"

#include <ts/deploy.h>
#include <ts/mem.h>

#include "deploy_body.h"
#include "dry_run.h"

static void open_with(dry_run *d, const char *machine, const char *body)
{
    dry_open(d, machine, body);
    d->options.packages = NULL; /* what is not there is assumed */
    d->options.simulate = true;
}

static bool is_wiped(dry_run *d)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    assert_true(ts_host_disks(d->host, &disks, &n, NULL));
    bool wiped = disks[0].style != TS_DISK_RAW;
    free(disks);
    return wiped;
}

/* The first step fails with `why`, and the disk is as it was. */
static void is_found(const char *machine, const char *body, const char *why)
{
    dry_run d;
    open_with(&d, machine, body);
    dry_go(&d);
    dry_expect_text(&d, "nothing is destroyed");
    dry_expect_text(&d, why);
    assert_false(is_wiped(&d));
    assert_int_equal(d.report.ran, 1);
    dry_close(&d);
}

static void is_not_found(const char *machine, const char *body)
{
    dry_run d;
    open_with(&d, machine, body);
    dry_go(&d);
    assert_true(is_wiped(&d));
    dry_close(&d);
}

#define LONG_127                                                                                   \
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"  \
    "234567890123456789012345678901234567"

static void cancelled_preflight_needs_nobody_who_reads_why(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_err *err = NULL;
    open_with(&d, DRY_PE, DISK(UEFI_LAYOUT) APPLY);
    ts_host_cancel(d.host);
    assert_false(ts_run_preflight(&d.options, NULL));
    assert_false(ts_run_preflight(&d.options, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
    dry_close(&d);
}

static void bad_settings_are_found(void **state)
{
    TS_UNUSED(state);
    is_found(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS_OF("PC 7", ""), "(not ' ')");
    is_found(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS_OF("A-NAME-OF-16-CHR", ""), "15");
    is_found(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDTimeZone", "W Europe Standard Time")),
             "did you mean 'W. Europe Standard Time'");
    is_found(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDProductKey", "12345")), "XXXXX");
    is_found(DRY_PE,
             DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDRandomAdminPassword", "false")
                                                  V("OSDLocalAdminPassword", LONG_127 "8")),
             "more than the 127 characters");
    is_not_found(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDRandomAdminPassword", "false") V(
                             "OSDLocalAdminPassword", LONG_127)));
    is_found(DRY_PE,
             DISK(UEFI_LAYOUT)
                 APPLY NETWORK(V("OSDNetworkJoinType", "1") V("OSDWorkgroupName", "A/B")),
             "OSDWorkgroupName");
    is_found(DRY_PE,
             DISK(UEFI_LAYOUT)
                 APPLY NETWORK(V("OSDNetworkJoinType", "0") V("OSDDomainName", "c.com")),
             "OSDJoinAccount");
}

#define WITH_FILE(name, text)                                                                      \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": {\"X:/_SMSTaskSequence/Packages/" name   \
    "\": {\"content\": \"" text "\"}}, " DRY_HARDWARE "}"
#define AUTO STEP("AutoApplyAction", "osddriverclient.exe", "")

/* The sequence does not name the package of Auto Apply Drivers. */
static void drivers_without_inf_are_found(void **state)
{
    TS_UNUSED(state);
    static const char body[] = DISK(UEFI_LAYOUT) APPLY AUTO;
    is_found(WITH_FILE("Drivers/setup.exe", "[Version]"), body,
             "driver package 'Drivers' has no INF file");
    is_not_found(WITH_FILE("Drivers/net/a.inf", "[Version]"), body);
    is_not_found(DRY_PE, body); /* taken to be there */
}

static void bad_images_are_found(void **state)
{
    TS_UNUSED(state);
    is_found(WITH_IMAGES("{\"file\": \"TSQ00001\", \"index\": 3}"), DISK(UEFI_LAYOUT) APPLY,
             "has no image '1'; it holds 3");
    is_found(WITH_IMAGES("{\"file\": \"TSQ00001\", \"os\": {\"architecture\": \"arm64\"}}"),
             DISK(UEFI_LAYOUT) APPLY, "the image is for arm64");
    is_found(WITH_IMAGES("{\"file\": \"TSQ00001\", \"bytes\": \"300 GB\"}"),
             DISK(UEFI_LAYOUT) APPLY, "the largest volume");
    /* The disk has 256 GB, its Windows partition 90 % of them. */
    is_found(WITH_IMAGES("{\"file\": \"TSQ00001\", \"bytes\": \"235 GB\"}"),
             DISK(UEFI_LAYOUT) APPLY, "the largest volume");
    is_not_found(WITH_IMAGES("{\"file\": \"TSQ00001\", \"bytes\": \"30 GB\"}"),
                 DISK(UEFI_LAYOUT) APPLY);
    is_found(WITH_IMAGES("{\"file\": \"TSQ00009\", \"index\": 2}"),
             DISK(UEFI_LAYOUT) STEP("ApplyDataImageAction", "OSDApplyOS.exe",
                                    V("ImagePackageID", "TSQ00009") V("OSDDataImageIndex", "1")),
             "has no image '1'");
}

static void answer_file_that_is_not_xml_is_found(void **state)
{
    TS_UNUSED(state);
    static const char body[] = DISK(UEFI_LAYOUT)
        APPLY_WITH(V("ConfigFilePackage", "CFG") V("OSDConfigFileName", "u.xml"));
    is_found(WITH_FILE("CFG/u.xml", "this is no XML"), body, "u.xml:1");
    is_found(WITH_FILE("CFG/u.xml", "<other/>"), body, "u.xml");
    is_not_found(
        WITH_FILE("CFG/u.xml", "<unattend xmlns='urn:schemas-microsoft-com:unattend'></unattend>"),
        body);
}

#define CATALOGUE(text) WITH_FILE("Applications/applications.xml", text)
#define OWN_APP         V("OSDApp0Name", "A") V("OSDApp0DisplayName", "A")

/* Behind the hand-over to Windows as well. */
static void cycle_of_applications_is_found(void **state)
{
    TS_UNUSED(state);
    static const char cycle[] = CATALOGUE(
        "<applications><application name='A' command='a'><dependency name='B'/>"
        "</application><application name='B' command='b'><dependency name='A'/>"
        "</application></applications>");
    is_found(cycle, DISK(UEFI_LAYOUT) APPLY SETTINGS("") SETUP APPS(OWN_APP), "cycle");
    is_found(CATALOGUE("<applications><application"),
             DISK(UEFI_LAYOUT) APPLY SETTINGS("") SETUP APPS(OWN_APP), "applications.xml:1");
    /* A list without an item needs no catalogue. */
    is_not_found(cycle,
                 DISK(UEFI_LAYOUT) APPLY SETTINGS("") SETUP APPS(V("BaseVariableName", "APP")));
    is_found(CATALOGUE("<applications><program package='P1' name='Go' command='g'/>"
                       "</applications>"),
             DISK(UEFI_LAYOUT) STEP("InstallSoftwareAction", "smsswd.exe",
                                    V("PackageID", "P1") V("_SMSSWDProgramName", "go")),
             "no program 'go'");
}

#define SET(name, value)                                                                           \
    STEP("SetVariableAction", "tsenv.exe", V("VariableName", name) V("VariableValue", value))
#define SCRIPT STEP("RunCommandLineAction", "smsswd.exe /run: name.cmd", "")

/* What a step on the way sets is known when the step only sets variables; what a script may set is
 * not. */
static void values_that_are_set_on_the_way_count(void **state)
{
    TS_UNUSED(state);
    static const char named[] = SETTINGS_OF("%OSDComputerName%", "");
    char *good = ts_sprintf("%s%s%s%s", SET("OSDComputerName", "A B"), DISK(UEFI_LAYOUT) APPLY,
                            SET("OSDComputerName", "PC-8"), named);
    char *bad = ts_sprintf("%s%s%s", DISK(UEFI_LAYOUT) APPLY, SET("OSDComputerName", "A B"), named);
    char *script = ts_sprintf("%s%s%s%s", SET("OSDComputerName", "A B"), DISK(UEFI_LAYOUT) APPLY,
                              SCRIPT, named);
    is_not_found(DRY_PE, good);
    is_found(DRY_PE, bad, "(not ' ')");
    is_not_found(DRY_PE, script);
    /* What the step itself says is known behind a script, too. */
    is_found(DRY_PE,
             DISK(UEFI_LAYOUT)
                 SCRIPT APPLY SETTINGS_OF("%OSDComputerName%", V("OSDTimeZone", "CET")),
             "no time zone 'CET'");
    free(good);
    free(bad);
    free(script);
}

#define WHEN(query)                                                                                \
    "<group name=\"G\"><condition><expression "                                                    \
    "type=\"SMS_TaskSequence_WMIConditionExpression\"><variable name=\"Query\">" query             \
    "</variable></expression></condition>"

static void covered_and_unsure_findings_are_warnings(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, DRY_PE,
              DISK(UEFI_LAYOUT)
                  APPLY STEP_WITH(" continueOnError=\"true\"", "ApplyWindowsSettingsAction",
                                  "osdwinsettings.exe", V("OSDComputerName", "A B")));
    dry_expect(&d, "S ok 0\nS ok 0\nS failed, continued 2147942487\n");
    dry_expect_log(&d, "continue-on-error covers it");
    dry_close(&d);
    open_with(&d, DRY_PE,
              DISK(UEFI_LAYOUT) APPLY SCRIPT
              "<group name=\"G\"><condition><expression "
              "type=\"SMS_TaskSequence_VariableConditionExpression\"><variable "
              "name=\"Operator\">equals</variable><variable name=\"Value\">1</variable><variable "
              "name=\"Variable\">ByScript</variable></expression></condition>" SETTINGS_OF(
                  "A B", "") "</group>");
    dry_go(&d);
    dry_expect_log(&d, "it may not be reached");
    assert_true(is_wiped(&d));
    dry_close(&d);
    is_not_found(DRY_PE,
                 DISK(UEFI_LAYOUT) APPLY WHEN("SELECT * FROM Win32_BIOS WHERE SerialNumber = 'no'")
                     SETTINGS_OF("A B", "") "</group>");
}

#define NO_EFI                                                                                     \
    V("OSDPartitionStyle", "GPT")                                                                  \
    V("OSDPartitions0Type", "Primary")                                                             \
    V("OSDPartitions0FileSystem", "NTFS")                                                          \
    V("OSDPartitions0VolumeLetterVariable", "OSDisk")

/* A real run asks before its journal begins. */
static void preflight_finds_the_same_and_bad_layouts(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *body, *why;
    } cases[] = {{DISK(UEFI_LAYOUT) APPLY SETTINGS_OF("A B", ""), "(not ' ')"},
                 {ANY_DISK(V("OSDDiskIndex", "3") UEFI_LAYOUT), "no disk 3"},
                 {ANY_DISK(UEFI_LAYOUT), "no disk is named"},
                 {DISK(NO_EFI) APPLY, "no partition to start Windows from"},
                 {DISK(V("TSDiskModel", "Samsung*") UEFI_LAYOUT), "wants 'Samsung*'"},
                 {DISK(BIOS_LAYOUT), "cannot start from an MBR disk"},
                 {SET("OSDComputerName", "A B") SETTINGS_OF("%OSDComputerName%", ""), "(not ' ')"},
                 {DISK(UEFI_LAYOUT) APPLY SETUP BITLOCKER(V("OSDBitLockerMode", "TPMAndPIN")),
                  "the PIN must have"},
                 {DISK(UEFI_LAYOUT) STEP("DownloadPackageContentAction", "OsdDownloadContent.exe",
                                         V("OSDDownloadDownloadPackages", "PKG1")
                                             V("OSDDownloadDestinationLocationType", "Custom")),
                  "OSDDownloadDestinationPath is empty"},
                 {DISK(UEFI_LAYOUT) STEP("ConnectNetworkFolderAction", "smsnetuse.exe",
                                         V("SMSConnectNetworkFolderPath", "//s/x")
                                             V("SMSConnectNetworkFolderDriveLetter", "X:")),
                  "but not X:"},
                 {DISK(UEFI_LAYOUT) APPLY NETWORK(V("OSDNetworkJoinType", "workgroup")),
                  "'workgroup' is neither 0"},
                 {STEP("JoinDomainWorkgroupAction", "osdjoin.exe", V("OSDJoinType", "1")),
                  "OSDJoinWorkgroupName is empty"}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        ts_err *err = NULL;
        open_with(&d, DRY_PE, cases[i].body);
        assert_false(ts_run_preflight(&d.options, &err));
        assert_int_equal(ts_err_code(err), TS_REFUSED);
        if (!strstr(ts_err_text(err), cases[i].why))
            fail_msg("%s", ts_err_text(err));
        ts_err_free(err);
        assert_int_equal(ts_vars_count(d.vars), 0); /* a copy was worked on */
        dry_close(&d);
    }
}

static bool look(void *ctx, ts_ctx *c, const char *id, ts_package_look *out, ts_err **err)
{
    TS_UNUSED(c);
    unsigned *asked = ctx;
    ++*asked;
    if (ts_str_ieq(id, "NET00001"))
        return ts_fail(err, TS_NET, "no source answers");
    *out = (ts_package_look){.known = true, .missing = ts_str_ieq(id, "TSQ00001")};
    return true;
}

static bool folder(void *ctx, ts_ctx *c, const char *id, const char **out, ts_err **err)
{
    TS_UNUSED(ctx);
    TS_UNUSED(c);
    TS_UNUSED(out);
    return ts_fail(err, TS_NET, "package '%s' was fetched", id);
}

static void missing_packages_are_found(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    unsigned asked = 0;
    const ts_packages packages = {.folder = folder, .look = look, .ctx = &asked};
    open_with(&d, DRY_PE, DISK(UEFI_LAYOUT) APPLY);
    d.options.packages = &packages;
    dry_expect(&d, "S failed 2147942402\n");
    dry_expect_text(&d, "package 'TSQ00001' is not in the catalogue");
    assert_false(is_wiped(&d));
    dry_close(&d);
    open_with(&d, DRY_PE, DISK(UEFI_LAYOUT) AUTO);
    d.options.packages = &packages;
    dry_set(&d, "TSDriversPackage", "TSQ00001");
    dry_go(&d);
    dry_expect_text(&d, "the catalogue has no package 'TSQ00001': publish the drivers");
    assert_false(is_wiped(&d));
    dry_close(&d);
    /* One that this build does nothing with need not be there. */
    open_with(&d, DRY_PE,
              DISK(UEFI_LAYOUT) STEP("SetupWindowsAndSMSAction", "OSDSetupWindows.exe",
                                     V("_SMSClientPackageID", "TSQ00001")));
    d.options.packages = &packages;
    dry_go(&d);
    assert_true(is_wiped(&d));
    dry_close(&d);
}

/* Before the run the network may not be up yet; before the wipe it must be. */
static void sources_that_do_not_answer_count_before_the_wipe(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    unsigned asked = 0;
    ts_err *err = NULL;
    const ts_packages packages = {.folder = folder, .look = look, .ctx = &asked};
    static const char data[] = STEP("ApplyDataImageAction", "OSDApplyOS.exe",
                                    V("ImagePackageID", "NET00001"));
    char *body = ts_sprintf("%s%s%s", DISK(UEFI_LAYOUT), data, data);
    open_with(&d, DRY_PE, body);
    d.options.packages = &packages;
    if (!ts_run_preflight(&d.options, &err))
        fail_msg("%s", ts_err_text(err));
    assert_int_equal(asked, 1); /* one time-out is enough */
    dry_go(&d);
    dry_expect_text(&d, "no source answers");
    assert_false(is_wiped(&d));
    dry_close(&d);
    free(body);
}

static void findings_hide_secrets(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS_OF("%Hidden%", ""));
    assert_true(ts_vars_set(d.vars, "Hidden", "Pa55 word!", TS_VALUE_SECRET, NULL));
    dry_go(&d);
    dry_expect_text(&d, "OSDComputerName");
    dry_expect_no_log(&d, "Pa55 word!");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancelled_preflight_needs_nobody_who_reads_why),
        cmocka_unit_test(bad_settings_are_found),
        cmocka_unit_test(drivers_without_inf_are_found),
        cmocka_unit_test(bad_images_are_found),
        cmocka_unit_test(answer_file_that_is_not_xml_is_found),
        cmocka_unit_test(cycle_of_applications_is_found),
        cmocka_unit_test(values_that_are_set_on_the_way_count),
        cmocka_unit_test(covered_and_unsure_findings_are_warnings),
        cmocka_unit_test(preflight_finds_the_same_and_bad_layouts),
        cmocka_unit_test(missing_packages_are_found),
        cmocka_unit_test(sources_that_do_not_answer_count_before_the_wipe),
        cmocka_unit_test(findings_hide_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
