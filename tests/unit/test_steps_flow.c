/* Restart Computer, Run Task Sequence and Check Readiness, through the interpreter on a simulated
 * machine. */
#include "check.h"

#include <ts/mem.h>

#include "dry_run.h"

#define SETTING(name, value)                                                                       \
    "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define RESTART(action, settings)                                                                  \
    "<step type=\"SMS_TaskSequence_RebootAction\" name=\"R\" "                                     \
    "successCodeList=\"0\"><action>" action "</action><defaultVarList>" settings                   \
    "</defaultVarList></step>"
#define CONFIGMGR(target) RESTART("smsboot.exe /target:HD", SETTING("SMSRebootTarget", target))
#define MDT                                                                                        \
    RESTART("smsboot.exe /target:WinPE",                                                           \
            SETTING("Message", "") SETTING("MessageTimeout", "0") SETTING("Target", ""))
#define BOOTABLE                                                                                   \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", \"model\": "  \
    "\"M\"}, \"os\": {\"phase\": \"full\"}, \"files\": {\"//srv/pe/pe.wim\": {\"size\": "          \
    "\"400 MB\"}, \"//srv/pe/boot.sdi\": {\"size\": \"3 MB\"}}, "                                  \
    "\"disks\": [{\"size\": \"64 GB\", \"style\": "                                                \
    "\"gpt\", "                                                                                    \
    "\"partitions\": [{\"type\": \"efi\", \"size\": \"260 MiB\", \"filesystem\": \"fat32\"}, "     \
    "{\"filesystem\": \"ntfs\", \"letter\": \"C\", \"os\": {}}]}]}"

static void configmgr_target_decides(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, CONFIGMGR("WinPE") CONFIGMGR("HD"));
    dry_set(&d, "TSBootImage", "//srv/pe/pe.wim");
    dry_expect(&d, "R ok 0\nrestart to Windows PE\nR ok 0\nrestart to the full OS\n");
    dry_close(&d);
}

static void target_of_the_command_line_counts_when_the_setting_is_missing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, RESTART("smsboot.exe /target:WinPE", ""));
    dry_set(&d, "TSBootImage", "//srv/pe/pe.wim");
    dry_expect(&d, "R ok 0\nrestart to Windows PE\n");
    dry_close(&d);
}

/* MDT documentation: without a staged boot image the machine starts from its disk. */
static void mdt_restart_starts_the_disk_without_a_staged_boot_image(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, MDT);
    dry_expect(&d, "R ok 0\nrestart to the full OS\n");
    dry_close(&d);
}

static void mdt_restart_starts_a_staged_boot_image_once(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, MDT MDT);
    dry_set(&d, "BootPE", "True");
    dry_set(&d, "TSBootImage", "//srv/pe/pe.wim");
    dry_expect(&d, "R ok 0\nrestart to Windows PE\nR ok 0\nrestart to the full OS\n");
    dry_expect_var(&d, "BootPE", "");
    dry_close(&d);
}

static void mdt_restart_assumes_what_it_says_when_nobody_knows(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, MDT MDT);
    d.options.simulate = true;
    assert_true(ts_vars_set_unknown(d.vars, "BootPE", "output of LTIApply", NULL));
    dry_expect(&d, "R ok 0\nrestart to Windows PE\nR ok 0\nrestart to the full OS\n");
    dry_close(&d);
}

/* The text and the time go to whoever restarts the machine; a simulated one restarts at once. */
static void message_and_time_are_reported(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE,
             RESTART("smsboot.exe /target:HD", SETTING("SMSRebootTarget", "HD")
                                                   SETTING("SMSRebootMessage", "Back soon, %Who%")
                                                       SETTING("SMSRebootTimeout", "90")));
    dry_set(&d, "Who", "Ann");
    dry_expect(&d, "R ok 0\nrestart to the full OS\n");
    assert_true(d.report.restart_notice);
    assert_int_equal(d.report.restart_seconds, 90);
    assert_string_equal(d.report.restart_text, "Back soon, Ann");
    dry_close(&d);
}

static void mdt_message_and_time_are_reported(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE,
             RESTART("smsboot.exe /target:WinPE",
                     SETTING("Message", "Bye") SETTING("MessageTimeout", "5")));
    dry_expect(&d, "R ok 0\nrestart to the full OS\n");
    assert_int_equal(d.report.restart_seconds, 5);
    assert_string_equal(d.report.restart_text, "Bye");
    dry_close(&d);
}

/* ConfigMgr docs: SMSTSRebootDelay and SMSTSRebootMessage belong to restarts that programs ask for.
 */
static void delay_of_a_requested_restart_is_reported(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE,
             "<step name=\"A\" successCodeList=\"0 3010\"><action>tool.exe</action></step>");
    dry_set(&d, "SMSTSRebootDelay", "7");
    dry_set(&d, "SMSTSRebootMessage", "installer");
    dry_mock(&d, "tool", NULL, 3010, NULL);
    dry_expect(&d, "A ok 3010\nrestart to the full OS\n");
    assert_int_equal(d.report.restart_seconds, 7);
    assert_string_equal(d.report.restart_text, "installer");
    dry_close(&d);
}

static void unheard_of_target_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, BOOTABLE, CONFIGMGR("Moon"));
    dry_expect(&d, "R failed 2147942487\n");
    dry_expect_text(&d, "'Moon' is neither HD nor WinPE");
    dry_close(&d);
}

#define CHILD(id)                                                                                  \
    "<sequence version=\"3.10\"><subtasksequence type=\"SMS_TaskSequence_SubTasksequence\" "       \
    "name=\"C\" description=\"\" successCodeList=\"0\" retryCount=\"0\" runFromNet=\"false\">"     \
    "<action>SubTasksequence.exe</action><defaultVarList>" id "</defaultVarList>"                  \
    "</subtasksequence></sequence>"

static void child_that_is_not_in_the_file_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, CHILD(SETTING("OSDSubTasksequencePackageID", "XYZ00001")));
    dry_expect(&d, "C failed -1\n");
    dry_expect_text(&d, "XYZ00001");
    dry_close(&d);
}

static void child_without_an_id_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, CHILD(""));
    dry_expect(&d, "C failed 2147942487\n");
    dry_close(&d);
}

static void child_of_an_mdt_share_is_explained(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, CHILD(SETTING("SubTaskSequenceID", "W11")));
    dry_expect(&d, "C failed 2147942450\n");
    dry_expect_text(&d, "deployment share");
    dry_close(&d);
}

#define READY(settings)                                                                            \
    "<step type=\"SMS_TaskSequence_PrestartCheckAction\" name=\"K\" successCodeList=\"0\">"        \
    "<action>OSDPrestartCheck.exe </action><defaultVarList>" settings "</defaultVarList></step>"

static void nothing_checked_passes_and_sets_nothing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, READY(""));
    dry_set(&d, "_TS_CRMEMORY", "0"); /* of an earlier step */
    dry_expect(&d, "K ok 0\n");
    assert_null(ts_vars_get(d.vars, "_TS_CRMEMORY"));
    dry_close(&d);
}

/* ConfigMgr docs: every enabled check runs, then the step fails with 4316. */
static void every_check_runs_before_the_step_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             READY(SETTING("OSDCheckMemory", "true") SETTING("OSDMemory", "999999") SETTING(
                 "OSDCheckProcessorSpeed", "true") SETTING("OSDProcessorSpeed", "2400")
                       SETTING("OSDCheckDeviceUEFI", "true")
                           SETTING("OSDCheckDeviceTpmEnabled", "true")));
    dry_expect(&d, "K failed 4316\n");
    dry_expect_var(&d, "_TS_CRMEMORY", "0");
    dry_expect_var(&d, "_TS_CRSPEED", "1"); /* meets or exceeds */
    dry_expect_var(&d, "_TS_CRUEFI", "1");
    dry_expect_var(&d, "_TS_CRTPMENABLED", "0");
    dry_expect_text(&d, "memory in MB is '8192', wants '999999'");
    dry_expect_text(&d, "TPM enabled");
    dry_close(&d);
}

static void continue_on_error_only_reports(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             "<group name=\"G\" continueOnError=\"true\">" READY(
                 SETTING("OSDCheckMemory", "true") SETTING("OSDMemory", "999999")) "</group>");
    dry_expect(&d, "K failed 4316\n");
    assert_int_equal(d.report.outcome, TS_OUTCOME_OK);
    dry_expect_var(&d, "_TS_CRMEMORY", "0");
    dry_close(&d);
}

/* ConfigMgr docs: the minimum is "later than", the maximum "earlier than". */
static void os_versions_are_compared_by_their_numbers(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *check, *value, *output, *result;
    } cases[] = {
        {"OSDCheckMinOSVersion", "OSDMinOSVersion\" property=\"p\">9.0.0", "_TS_CRMINOSVER", "1"},
        {"OSDCheckMinOSVersion", "OSDMinOSVersion\" property=\"p\">10.0.22631", "_TS_CRMINOSVER",
         "0"},
        {"OSDCheckMinOSVersion", "OSDMinOSVersion\" property=\"p\">  . . ", "_TS_CRMINOSVER", "1"},
        {"OSDCheckMinOSVersion", "OSDMinOSVersion\" property=\"p\">ten", "_TS_CRMINOSVER", "0"},
        {"OSDCheckMaxOsVersion", "OSDMaxOSVersion\" property=\"p\">10.0.26100", "_TS_CRMAXOSVER",
         "1"},
        {"OSDCheckMaxOsVersion", "OSDMaxOSVersion\" property=\"p\">10.0.22631", "_TS_CRMAXOSVER",
         "0"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        char *body = ts_sprintf(READY("<variable name=\"%s\" property=\"c\">true</variable>"
                                      "<variable name=\"%s</variable>"),
                                cases[i].check, cases[i].value);
        dry_open(&d, DRY_FULL, body);
        dry_go(&d);
        dry_expect_var(&d, cases[i].output, cases[i].result);
        dry_close(&d);
        free(body);
    }
}

static void client_version_is_asked_by_wmi_and_missing_here(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_FULL,
             READY(SETTING("OSDCheckCMClientMinVersion", "true")
                       SETTING("OSDCMClientMinVersion", "5.00.9000")));
    dry_expect(&d, "K failed 4316\n");
    dry_expect_var(&d, "_TS_CRCLIENTMINVER", "0");
    dry_close(&d);
}

static void kind_width_language_power_and_network_pass(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_FULL,
             READY(SETTING("OSDCheckOSType", "true") SETTING("OSDOSType", "client") SETTING(
                 "OSDCheckOSArchitecture", "true") SETTING("OSDOSArchitecture", "64")
                       SETTING("OSDCheckOSLanguageID", "true") SETTING("OSDOSLanguageID", "1033")
                           SETTING("OSDCheckPowerState", "true")
                               SETTING("OSDCheckNetworkConnected", "true")
                                   SETTING("OSDCheckNetworkWired", "true")));
    dry_expect(&d, "K ok 0\n");
    dry_expect_var(&d, "_TS_CROSTYPE", "1");
    dry_expect_var(&d, "_TS_CRARCH", "1");
    dry_expect_var(&d, "_TS_CROSLANGUAGE", "1");
    dry_expect_var(&d, "_TS_CRACPOWER", "1");
    dry_expect_var(&d, "_TS_CRNETWORK", "1");
    dry_expect_var(&d, "_TS_CRWIRED", "1");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configmgr_target_decides),
        cmocka_unit_test(target_of_the_command_line_counts_when_the_setting_is_missing),
        cmocka_unit_test(mdt_restart_starts_the_disk_without_a_staged_boot_image),
        cmocka_unit_test(mdt_restart_starts_a_staged_boot_image_once),
        cmocka_unit_test(mdt_restart_assumes_what_it_says_when_nobody_knows),
        cmocka_unit_test(message_and_time_are_reported),
        cmocka_unit_test(mdt_message_and_time_are_reported),
        cmocka_unit_test(delay_of_a_requested_restart_is_reported),
        cmocka_unit_test(unheard_of_target_fails),
        cmocka_unit_test(child_that_is_not_in_the_file_fails),
        cmocka_unit_test(child_without_an_id_fails),
        cmocka_unit_test(child_of_an_mdt_share_is_explained),
        cmocka_unit_test(nothing_checked_passes_and_sets_nothing),
        cmocka_unit_test(every_check_runs_before_the_step_fails),
        cmocka_unit_test(continue_on_error_only_reports),
        cmocka_unit_test(os_versions_are_compared_by_their_numbers),
        cmocka_unit_test(client_version_is_asked_by_wmi_and_missing_here),
        cmocka_unit_test(kind_width_language_power_and_network_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
