/* test_fault_steps.c - the built-in steps: every allocation and every host call fails once. No
 * crash, no leak (under the sanitizers); the run ends out of memory, or the step fails and says
 * why. */
#include "check.h"

#include <ts/mem.h>

#include "dry_run.h"

#define SETTING(name, value) "<variable name=\"" name "\" property=\"p\">" value "</variable>"
#define STEP(name, type, action, settings)                                                         \
    "<step type=\"" type "\" name=\"" name                                                         \
    "\" continueOnError=\"true\" successCodeList=\"0 3010\">"                                      \
    "<action>" action "</action><defaultVarList>" settings "</defaultVarList></step>"

static const char body[] = STEP("Set", "SMS_TaskSequence_SetVariableAction",
                                "tsenv.exe \"A=%B%\" /hiddenflag:True",
                                "") STEP("Run", "SMS_TaskSequence_RunCommandLineAction",
                                         "smsswd.exe /run:PKG00001 tool.exe %A%",
                                         SETTING("SMSTSRunCommandLineOutputVariableName", "Said")
                                             SETTING("WorkingDirectory", "sub"))
    STEP("Script", "SMS_TaskSequence_RunPowerShellScriptAction", "OSDRunPowerShellScript.exe",
         SETTING("OSDRunPowerShellScriptSourceScript", "//5zAA==")
             SETTING("OSDRunPowerShellScriptParameters", "-x %A%"))
        STEP("Rules", "SMS_TaskSequence_SetDynamicVariablesAction", "OSDSetDynamicVariables.exe",
             SETTING("OSDSetDynamicVariablesRules",
                     "<![CDATA[<Rules><Rule><condition><expression type=\"SMS_TaskSequence_"
                     "MakeModelConditionExpression\"><variable name=\"Make\">Cont*</variable>"
                     "<variable name=\"Model\">*</variable></expression></condition><Variables>"
                     "<Variable Name=\"Site\" IsSecret=\"true\">%B%</Variable></Variables></Rule>"
                     "</Rules>]]>"))
            STEP("Ready", "SMS_TaskSequence_PrestartCheckAction", "OSDPrestartCheck.exe ",
                 SETTING("OSDCheckMemory", "true") SETTING("OSDMemory", "99999")
                     SETTING("OSDCheckCMClientMinVersion", "true")
                         SETTING("OSDCheckDeviceTpmEnabled", "true"))
                STEP("Gather", "BDD_Gather", "cscript.exe ZTIGather.wsf", "")
                    STEP("Validate", "BDD_Validate", "cscript.exe ZTIValidate.wsf",
                         SETTING("ImageMemory", "768") SETTING("ImageProcessorSpeed", "800"))
                        STEP("Next", "", "cscript.exe ZTINextPhase.wsf", "")
                            STEP("Restart", "SMS_TaskSequence_RebootAction",
                                 "smsboot.exe /target:HD", SETTING("SMSRebootMessage", "Bye %B%"));

static const char machine[] =
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"Contoso\", "
    "\"model\": "
    "\"M\"}, \"os\": {\"phase\": \"full\"}, \"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"ip\": "
    "\"10.0.0.5\"}], \"disks\": [{\"size\": \"64 GB\", \"style\": \"gpt\", \"partitions\": "
    "[{\"type\": "
    "\"efi\", \"size\": \"260 MiB\", \"filesystem\": \"fat32\"}, {\"letter\": \"C\", "
    "\"filesystem\": \"ntfs\", "
    "\"os\": "
    "{}}]}]}";

static void open_scene(dry_run *d)
{
    dry_open(d, machine, body);
    d->options.simulate = true; /* the rules of Gather are not there */
    dry_set(d, "B", "value-of-b");
    dry_mock(d, "tool", NULL, 0, "said");
}

static void without_faults_every_step_runs(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_scene(&d);
    dry_expect(&d, "Set ok 0\nRun ok 0\nScript ok 0\nRules ok 0\nReady failed, continued 4316\n"
                   "Gather ok 0\nValidate ok 0\nNext ok 0\nRestart ok 0\nrestart to the full OS\n");
    dry_expect_var(&d, "Said", "said");
    dry_expect_var(&d, "Site", "value-of-b");
    dry_close(&d);
}

static bool run_with_fault(uint64_t n)
{
    dry_run d;
    ts_err *err = NULL;
    open_scene(&d);
    ts_alloc_fail_at(0);
    ts_alloc_fail_at(n);
    bool ok = ts_run_sequence(&d.options, &d.report, &err);
    uint64_t made = ts_alloc_fail_at(0);
    if (!ok)
        assert_int_equal(ts_err_code(err), TS_NOMEM);
    ts_err_free(err);
    dry_close(&d);
    return made < n;
}

static void every_failed_allocation_is_survived(void **state)
{
    TS_UNUSED(state);
    uint64_t n = 1;
    while (!run_with_fault(n))
        n++;
    assert_true(n > 300);
}

static void every_failed_host_call_has_its_reason(void **state)
{
    TS_UNUSED(state);
    for (uint64_t n = 1;; n++) {
        dry_run d;
        ts_err *err = NULL;
        open_scene(&d);
        ts_host_fail_at(d.host, n, TS_OS);
        bool ok = ts_run_sequence(&d.options, &d.report, &err);
        bool came = ts_host_calls(d.host) >= n;
        if (!ok)
            assert_true(strlen(ts_err_text(err)) > 0);
        ts_err_free(err);
        dry_close(&d);
        if (!came)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_every_step_runs),
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(every_failed_host_call_has_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
