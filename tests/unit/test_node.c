/* test_node.c - which program an action starts, settings, disabled groups. */
#include "check.h"

#include <ts/compiler.h>
#include <ts/sequence.h>

static void starts(const char *action, const char *program)
{
    ts_node node = {.kind = TS_NODE_STEP, .action = action, .type = "", .name = ""};
    char out[64];
    ts_node_program(&node, out, sizeof out);
    if (strcmp(out, program) != 0)
        fail_msg("%s: expected '%s', got '%s'", action, program, out);
}

static void plain_programs_are_named(void **state)
{
    (void)state;
    starts("", "");
    starts("   ", "");
    starts("smsboot.exe /target:WinPE", "smsboot");
    starts("OSDBitLocker.exe /enable  /wait:False", "osdbitlocker");
    starts("\"C:\\Program Files\\A.B\\Setup.Tool.EXE\" /q", "setup.tool");
    starts("C:/tools/x", "x");
    starts("reg add HKLM\\a.b", "reg");
    starts("cmd.exe /c reg.exe load x", "cmd"); /* a shell line is not the program inside it */
}

static void wrappers_are_looked_through(void **state)
{
    (void)state;
    starts("smsswd.exe /run: cmd /c echo 1", "cmd");
    starts("smsswd.exe /run:ABC00012 setup.exe /s", "setup");
    starts("smsswd.exe /run: OSDDownloadContent.exe", "osddownloadcontent");
    starts("smsswd.exe /pkg:ABC00318 /install /basevar: /continueOnError:", "smsswd");
    starts("smsswd.exe /run:ABC00012", "smsswd");
    starts("ServiceUI.exe -process:TSProgressUI.exe %SYSTEMROOT%\\System32\\wscript.exe "
           "\"%DeployRoot%\\Scripts\\UDIWizard.wsf\"",
           "udiwizard");
    starts("bddrun.exe cscript.exe \"%SCRIPTROOT%\\ZTIConfigureADDS.wsf\"", "zticonfigureadds");
}

static void scripts_are_named_by_their_base(void **state)
{
    (void)state;
    starts("cscript.exe \"%SCRIPTROOT%\\ZTIGather.wsf\"", "ztigather");
    starts("cscript.exe //nologo \"%ScriptRoot%\\ZTIdrivers.wsf\" /x", "ztidrivers");
    starts("wscript \"%DEPLOYROOT%\\Scripts\\ZTIBDE.wsf\" ", "ztibde");
    starts("cscript.exe \"%_SMSTSMDataPath%\\Scripts\\LTIApply.wsf\" /PE /BCD", "ltiapply");
    starts("cscript.exe %SCRIPTROOT%\\ZTIUserState.wsf /capture", "ztiuserstate");
    starts("smsswd.exe /run:ABC00001 cscript.exe \"%deployroot%\\scripts\\ztigather.wsf\"",
           "ztigather");
    starts("powershell.exe -executionpolicy bypass -File %SCRIPTROOT%\\PSDGather.ps1 -x",
           "psdgather");
    starts("PowerShell.exe .\\Run.ps1", "run");
    starts("powershell.exe -Command \"& 'C:\\a.ps1'\"", "powershell");
    starts("powershell.exe -enc AAAA", "powershell");
    starts("microsoft.bdd.tasksequencepshost40.exe \"%SCRIPTROOT%\\PSDApplications.ps1\" \"x\"",
           "psdapplications");
    starts("cscript.exe", "cscript");
}

static void missing_closing_quote_is_survived(void **state)
{
    (void)state;
    starts("cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf", "ztipowershell");
    starts("cscript.exe \"%SCRIPTROOT%\\ZTIPowerShell.wsf ", "ztipowershell");
    starts("cscript.exe \"%SCRIPTROOT%\\ZTIUserState.wsf /log:C:\\a.b", "ztiuserstate");
    starts("\"", "");
}

static void long_program_is_cut(void **state)
{
    (void)state;
    ts_node node = {.action = "abcdefgh.exe"};
    char out[5] = "####";
    ts_node_program(&node, out, sizeof out);
    assert_string_equal(out, "abcd");
    ts_node_program(&node, out, 1);
    assert_string_equal(out, "");
}

static void setting_is_found_by_name_before_property(void **state)
{
    (void)state;
    static const ts_setting settings[] = {
        {.name = "OSDDiskIndex", .property = "DiskIndex", .value = "0"},
        {.name = "Target", .property = "OSDDiskIndex", .value = "wrong"},
        {.name = "Twice", .property = NULL, .value = "first"},
        {.name = "TWICE", .property = NULL, .value = "last"},
    };
    ts_node node = {.settings = settings, .n_settings = TS_COUNT(settings)};
    assert_string_equal(ts_node_setting(&node, "osddiskindex"), "0");
    assert_string_equal(ts_node_setting(&node, "DISKINDEX"), "0");
    assert_string_equal(ts_node_setting(&node, "twice"), "last");
    assert_null(ts_node_setting(&node, "Other"));
}

static void disabled_group_switches_off_what_is_inside(void **state)
{
    (void)state;
    ts_node top = {.disabled = true}, group = {.parent = &top}, step = {.parent = &group};
    assert_true(ts_node_is_off(&step));
    top.disabled = false;
    assert_false(ts_node_is_off(&step));
    step.disabled = true;
    assert_true(ts_node_is_off(&step));
    assert_false(ts_node_is_off(&group));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_programs_are_named),
        cmocka_unit_test(wrappers_are_looked_through),
        cmocka_unit_test(scripts_are_named_by_their_base),
        cmocka_unit_test(missing_closing_quote_is_survived),
        cmocka_unit_test(long_program_is_cut),
        cmocka_unit_test(setting_is_found_by_name_before_property),
        cmocka_unit_test(disabled_group_switches_off_what_is_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
