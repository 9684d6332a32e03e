/* Which class runs a node: program, type, words of the arguments (engine/model/step_table.c), with
 * the built-in classes. */
#include "check.h"

#include <ts/mem.h>
#include <ts/step.h>

#include "steps.h"

/* Command lines in the forms that real files have (case, quotes, folders, missing quotes). */
static const struct {
    const char *type, *action, *wants;
} cases[] = {
    {"", "cscript.exe \"%SCRIPTROOT%\\ZTIdrivers.wsf\"", "BDD_InjectDrivers"},
    {"SMS_TaskSequence_RunCommandLineAction", "cscript.exe \"%ScriptRoot%\\ZTIBDE.wsf\"",
     "SMS_TaskSequence_EnableBitLockerAction"},
    {"", "cscript.exe \"%SCRIPTROOT%\\LTIApply.wsf\"", "BDD_InstallOS"},
    {"BDD_InstallOS", "cscript.exe \"%SCRIPTROOT%\\LTIApply.wsf\"", "BDD_InstallOS"},
    {"BDD_UpgradeOS", "cscript.exe \"%SCRIPTROOT%\\LTIApply.wsf\"", "BDD_UpgradeOS"},
    {"", "cscript.exe \"%SCRIPTROOT%\\LTIApply.wsf\" /PE /STAGE", "LTIApplyPE"},
    {"", "cscript.exe \"%_SMSTSMDataPath%\\Scripts\\ltiapply.wsf\" /pe /bcd", "LTIApplyPE"},
    {"", "cscript.exe \"%SCRIPTROOT%\\LTIApply.wsf\" /post", "LTIApplyPost"},
    {"BDD_InstallRoles", "cscript.exe \"%SCRIPTROOT%\\ZTIOSRole.wsf\"", "BDD_InstallRoles"},
    {"BDD_UninstallRoles", "cscript.exe \"%SCRIPTROOT%\\ZTIOSRole.wsf\" /uninstall",
     "BDD_UninstallRoles"},
    {"", "cscript.exe \"%SCRIPTROOT%\\ZTIOSRole.wsf\" /uninstall", "BDD_UninstallRoles"},
    {"", "cscript.exe \"%SCRIPTROOT%\\ZTINICConfig.wsf\"", "ZTINICConfig"},
    {"SMS_TaskSequence_ApplyNetworkSettingsAction",
     "cscript.exe \"%ScriptRoot%\\ZTINicConfig.wsf\"",
     "SMS_TaskSequence_ApplyNetworkSettingsAction"},
    {"SMS_TaskSequence_CaptureNetworkSettingsAction", "osdnetsettings.exe capture netmembership:1",
     "SMS_TaskSequence_CaptureNetworkSettingsAction"},
    {"SMS_TaskSequence_ConvertDiskAction", "osddiskpart.exe convert %OSDConvertDiskIndex%",
     "SMS_TaskSequence_ConvertDiskAction"},
    {"SMS_TaskSequence_DisableBitLockerAction", "OSDBitLocker.exe /disable",
     "SMS_TaskSequence_DisableBitLockerAction"},
    {"BDD_RunPowerShellAction", "cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf",
     "BDD_RunPowerShellAction"},
    {"BDD_Gather", "smsswd.exe /run:PKG00001 cscript.exe \"%DeployRoot%\\Scripts\\ZTIGather.wsf\"",
     "BDD_Gather"},
    {"SMS_TaskSequence_SetVariableAction", "tsenv.exe \"a=b\"",
     "SMS_TaskSequence_SetVariableAction"},
    {"SMS_TaskSequence_InstallSoftwareAction",
     "smsswd.exe /pkg:PKG00001 /install /basevar:", "SMS_TaskSequence_InstallSoftwareAction"},
    {"", "cscript.exe \"%SCRIPTROOT%\\ours.wsf\"", "SMS_TaskSequence_RunCommandLineAction"},
    {"BDD_Unheard", "setup.exe /post", "SMS_TaskSequence_RunCommandLineAction"},
};

static void every_command_finds_its_class(void **state)
{
    TS_UNUSED(state);
    ts_steps *steps = ts_steps_new(ts_builtin_steps, NULL);
    assert_non_null(steps);
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        const ts_node node = {.kind = TS_NODE_STEP,
                              .name = "n",
                              .type = cases[i].type,
                              .action = cases[i].action,
                              .start_in = ""};
        const ts_step_class *cls = ts_steps_for(steps, &node);
        assert_non_null(cls);
        if (strcmp(cls->type, cases[i].wants) != 0)
            fail_msg("'%s' (%s) goes to '%s', not '%s'", cases[i].action, cases[i].type, cls->type,
                     cases[i].wants);
    }
    ts_steps_free(steps);
}

static void unknown_type_without_an_action_has_no_class(void **state)
{
    TS_UNUSED(state);
    ts_steps *steps = ts_steps_new(ts_builtin_steps, NULL);
    const ts_node node = {.kind = TS_NODE_STEP, .type = "BDD_Unheard", .action = " "};
    assert_null(ts_steps_for(steps, &node));
    assert_false(ts_steps_is_known(steps, &node));
    ts_steps_free(steps);
}

static void class_from_outside_may_not_take_a_program_or_type(void **state)
{
    TS_UNUSED(state);
    static const char *const taken[] = {"ztigather", NULL};
    static const char *const free_name[] = {"ztiours", NULL};
    const ts_step_class thief = {.type = "Ours", .title = "t", .programs = taken};
    const ts_step_class twin = {.type = "bdd_gather", .title = "t"};
    const ts_step_class fine = {.type = "Ours", .title = "t", .programs = free_name};
    ts_steps *steps = ts_steps_new(ts_builtin_steps, NULL);
    ts_err *err = NULL;
    assert_false(ts_steps_add(steps, &thief, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_clear(&err);
    assert_false(ts_steps_add(steps, &twin, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_clear(&err);
    assert_true(ts_steps_add(steps, &fine, &err));
    const ts_node node = {.kind = TS_NODE_STEP, .type = "", .action = "cscript x\\ZTIours.wsf"};
    assert_ptr_equal(ts_steps_for(steps, &node), &fine);
    ts_steps_free(steps);
}

static void launcher_is_the_first_word_behind_smsswd(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *action, *wants;
    } words[] = {
        {"cscript.exe x.wsf", "cscript.exe"},
        {"smsswd.exe /run: \"C:\\a b\\x.exe\" 1", "C:\\a b\\x.exe"},
        {"smsswd.exe /run:PKG00001 cmd /c x", "cmd"},
        {"smsswd.exe /pkg:PKG00001", ""},
        {"", ""},
    };
    char word[32];
    for (size_t i = 0; i < TS_COUNT(words); i++) {
        const ts_node node = {.kind = TS_NODE_STEP, .type = "", .action = words[i].action};
        ts_node_launcher(&node, word, sizeof word);
        assert_string_equal(word, words[i].wants);
    }
    const ts_node node = {.kind = TS_NODE_STEP, .type = "", .action = "abcdef"};
    ts_node_launcher(&node, word, 4);
    assert_string_equal(word, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_finds_its_class),
        cmocka_unit_test(unknown_type_without_an_action_has_no_class),
        cmocka_unit_test(class_from_outside_may_not_take_a_program_or_type),
        cmocka_unit_test(launcher_is_the_first_word_behind_smsswd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
