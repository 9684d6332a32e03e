/* Run Command Line and Run PowerShell Script, through the interpreter on a simulated machine. */
#include <stdio.h>

#include "check.h"

#include <ts/text.h>

#include "dry_run.h"

#define COMMAND "type=\"SMS_TaskSequence_RunCommandLineAction\" successCodeList=\"0 3010\""
#define SETTING(name, property, value)                                                             \
    "<variable name=\"" name "\" property=\"" property "\">" value "</variable>"
#define STEP(action, settings)                                                                     \
    "<step " COMMAND " name=\"A\"><action>" action "</action><defaultVarList>" settings            \
    "</defaultVarList></step>"
#define OUTPUT SETTING("SMSTSRunCommandLineOutputVariableName", "OutputVariableName", "Said")

static void smsswd_prefix_is_no_part_of_the_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("smsswd.exe /run: tool.exe /quiet", ""));
    dry_mock(&d, "tool", "/quiet", 0, NULL);
    dry_expect(&d, "A ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "tool", "/quiet"), 1);
    assert_int_equal(ts_host_sim_called(d.host, "smsswd", NULL), 0);
    dry_close(&d);
}

static void quoted_smsswd_with_a_path_is_recognised(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("\"X:\\sms\\bin\\SMSSWD.EXE\" /run:   tool.exe 1  ", ""));
    dry_mock(&d, "tool", "1", 0, NULL);
    dry_expect(&d, "A ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "tool", "1"), 1);
    dry_close(&d);
}

static void step_without_a_type_is_a_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             "<step name=\"A\" successCodeList=\"0 3010\"><action>tool.exe</action></step>");
    dry_mock(&d, "tool", NULL, 3, NULL);
    dry_expect(&d, "A failed 3\n");
    dry_expect_text(&d, "exit code 3");
    dry_close(&d);
}

static void variables_of_the_command_are_expanded(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe %Who% %NoSuch%", ""));
    dry_set(&d, "Who", "world");
    dry_mock(&d, "tool", "world %NoSuch%", 0, NULL);
    dry_expect(&d, "A ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "tool", "world %NoSuch%"), 1);
    dry_close(&d);
}

/* ConfigMgr docs: the program runs in the folder of its package. */
static void package_is_fetched_before_the_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("smsswd.exe /run:PKG00001 setup.exe", ""));
    dry_mock(&d, "setup", NULL, 3010, NULL);
    dry_go(&d);
    assert_int_equal(ts_host_sim_called(d.host, "setup", NULL), 1);
    dry_close(&d);
}

static void missing_package_fails_before_the_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("smsswd.exe /run:PKG99999 setup.exe", ""));
    dry_expect(&d, "A failed -1\n");
    dry_expect_text(&d, "no location has package 'PKG99999'");
    assert_int_equal(ts_host_sim_called(d.host, "setup", NULL), 0);
    dry_close(&d);
}

static void empty_command_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("smsswd.exe /run: ", ""));
    dry_expect(&d, "A failed 2147942487\n");
    dry_expect_text(&d, "no command line");
    dry_close(&d);
}

static void program_of_a_package_is_refused_as_a_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("smsswd.exe /pkg:PKG00001 /install", ""));
    dry_expect(&d, "A failed 2147942450\n");
    dry_expect_text(&d, "Install Package");
    dry_close(&d);
}

static void output_variable_gets_the_output_without_line_end(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe", OUTPUT));
    dry_mock(&d, "tool", NULL, 0, "hello\r\nworld\r\n");
    dry_expect(&d, "A ok 0\n");
    dry_expect_var(&d, "Said", "hello\r\nworld");
    dry_close(&d);
}

/* ConfigMgr docs: the last 1,000 characters; characters are not bytes. */
static void output_variable_keeps_the_last_1000_characters(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    char text[2 * 1001 + 1] = "", expected[2 * 1000 + 1] = "";
    for (int i = 0; i < 1001; i++)
        strcat(text, "\xC3\xA4");
    for (int i = 0; i < 1000; i++)
        strcat(expected, "\xC3\xA4");
    dry_open(&d, DRY_PE, STEP("tool.exe", OUTPUT));
    dry_mock(&d, "tool", NULL, 0, text);
    dry_expect(&d, "A ok 0\n");
    dry_expect_var(&d, "Said", expected);
    dry_close(&d);
}

static void output_variable_is_set_when_the_command_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe", OUTPUT));
    dry_mock(&d, "tool", NULL, 9, "why");
    dry_expect(&d, "A failed 9\n");
    dry_expect_var(&d, "Said", "why");
    dry_close(&d);
}

static void read_only_output_variable_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             STEP("tool.exe", SETTING("SMSTSRunCommandLineOutputVariableName", "O", "_Mine")));
    dry_mock(&d, "tool", NULL, 0, "x");
    dry_expect(&d, "A failed 2147942487\n");
    dry_expect_text(&d, "output variable");
    dry_close(&d);
}

/* A program that runs somebody's code may set what the sequence reads; one of Windows' own does
 * not.
 */
static void only_foreign_code_makes_variables_unknown(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *command, *trace;
    } programs[] = {
        {"netsh winhttp set proxy 1.2.3.4:80", "A ok 0\n"},
        {"%windir%\\system32\\reg.exe add HKLM\\X", "A ok 0\n"},
        {"cmd.exe /c copy a b", "A ok 0\n"},
        {"smsswd.exe /run: cmd /c \"netsh int ip reset\"", "A ok 0\n"},
        {"cmd.exe /c copy a b &amp; own.exe", "A ok 0\nB ok 0\n"},
        {"cmd.exe /c own.cmd", "A ok 0\nB ok 0\n"},
        {"powershell.exe -File x.ps1", "A ok 0\nB ok 0\n"},
        {"setup.exe", "A ok 0\nB ok 0\n"},
    };
    for (size_t i = 0; i < TS_COUNT(programs); i++) {
        char body[1000];
        snprintf(
            body, sizeof body,
            "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"A\"><action>%s"
            "</action></step>"
            "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"B\"><defaultVarList>"
            "<variable name=\"VariableName\">X</variable><variable name=\"VariableValue\">1"
            "</variable></defaultVarList><condition><expression "
            "type=\"SMS_TaskSequence_VariableConditionExpression\"><variable name=\"Operator\">"
            "equals</variable><variable name=\"Variable\">Given</variable><variable "
            "name=\"Value\">YES</variable></expression></condition></step>",
            programs[i].command);
        dry_run d;
        dry_open(&d, DRY_FULL, body);
        d.options.simulate = true;
        dry_go(&d);
        if (strcmp(ts_buf_text(&d.trace), programs[i].trace) != 0)
            print_message("%s\n", programs[i].command);
        assert_string_equal(ts_buf_text(&d.trace), programs[i].trace);
        dry_close(&d);
    }
}

static void output_of_an_assumed_program_is_unknown(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe", OUTPUT));
    d.options.simulate = true;
    dry_expect(&d, "A ok 0\n");
    const ts_value *said = ts_vars_get(d.vars, "Said");
    assert_non_null(said);
    assert_true(said->flags & TS_VALUE_UNKNOWN);
    dry_close(&d);
}

#define RUN_AS                                                                                     \
    SETTING("_SMSTSRunCommandLineAsUser", "RunAsUser", "true")                                     \
    SETTING("SMSTSRunCommandLineUserName", "UserName", "FIELD\\svc")                               \
    SETTING("SMSTSRunCommandLineUserPassword", "UserPassword", "Secr3t-word")

/* ConfigMgr docs: run-as works in the full OS only. */
static void other_user_in_winpe_fails_with_the_reason(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe", RUN_AS));
    dry_expect(&d, "A failed 2147942450\n");
    dry_expect_text(&d, "works in the full OS only");
    assert_int_equal(ts_host_sim_called(d.host, "tool", NULL), 0);
    dry_close(&d);
}

static void other_user_in_the_full_os_runs_without_showing_the_password(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_FULL, STEP("tool.exe Secr3t-word", RUN_AS));
    dry_mock(&d, "tool", NULL, 0, "I am Secr3t-word");
    dry_expect(&d, "A ok 0\n");
    dry_expect_no_log(&d, "Secr3t-word");
    dry_close(&d);
}

static void mdt_names_of_run_as_count(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(
        &d, DRY_PE,
        "<step name=\"A\" successCodeList=\"0\"><action>tool.exe</action><defaultVarList>" SETTING(
            "RunAsUser", "RunAsUser", "true") "</defaultVarList></step>");
    dry_expect(&d, "A failed 2147942450\n");
    dry_close(&d);
}

static void other_user_without_a_name_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_FULL, STEP("tool.exe", ""));
    dry_set(&d, "SMSTSRunCommandLineAsUser", "true");
    dry_expect(&d, "A failed 2147942487\n");
    dry_expect_text(&d, "SMSTSRunCommandLineUserName");
    dry_close(&d);
}

static void do_not_log_hides_the_command(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, STEP("tool.exe /private", ""));
    dry_set(&d, "OSDDoNotLogCommand", "TRUE");
    dry_mock(&d, "tool", NULL, 0, NULL);
    dry_expect(&d, "A ok 0\n");
    dry_expect_no_log(&d, "/private");
    dry_close(&d);
}

static void missing_program_fails_with_its_name(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    const ts_sim_mock gone = {.program = "gone.exe", .missing = true};
    dry_open(&d, DRY_PE, STEP("gone.exe", ""));
    assert_true(ts_host_sim_mock(d.host, &gone, NULL));
    dry_expect(&d, "A failed -1\n");
    dry_expect_text(&d, "gone.exe");
    dry_close(&d);
}

#define POWERSHELL(settings)                                                                       \
    "<step type=\"SMS_TaskSequence_RunPowerShellScriptAction\" name=\"P\" "                        \
    "successCodeList=\"0 "                                                                         \
    "3010\"><action>OSDRunPowerShellScript.exe</action><defaultVarList>" SETTING(                  \
        "OSDRunPowerShellScriptExecutionPolicy", "ExecutionPolicy", "Bypass") settings             \
        "</defaultVarList></step>"
#define SOURCE(text) SETTING("OSDRunPowerShellScriptSourceScript", "SourceScript", text)
#define FILE_OF_PACKAGE(name)                                                                      \
    SETTING("OSDRunPowerShellScriptPackageID", "PackageID", "PKG00001")                            \
    SETTING("OSDRunPowerShellScriptScriptName", "ScriptName", name)

static void inline_script_runs_and_is_deleted(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_file_info info;
    dry_open(&d, DRY_PE,
             POWERSHELL(SOURCE("//5zAA==") SETTING("OSDRunPowerShellScriptOutputVariableName",
                                                   "OutputVariableName", "Said")));
    dry_set(&d, "_SMSTSMDataPath", "X:/work");
    dry_mock(&d, "powershell", "*-ExecutionPolicy Bypass -Command *step0.ps1*", 0, "text\n");
    dry_expect(&d, "P ok 0\n");
    dry_expect_var(&d, "Said", "text");
    assert_true(ts_host_file_info(d.host, "X:/work/SMSTSPowerShellScripts/step0.ps1", &info, NULL));
    assert_false(info.exists);
    dry_close(&d);
}

static void inline_script_fails_with_its_exit_code(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, POWERSHELL(SOURCE("//5zAA==")));
    dry_mock(&d, "powershell", NULL, 7, NULL);
    dry_expect(&d, "P failed 7\n");
    dry_close(&d);
}

static void broken_inline_script_fails_before_powershell(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, POWERSHELL(SOURCE("no base64!")));
    dry_expect(&d, "P failed -1\n");
    dry_expect_text(&d, "no base64");
    assert_int_equal(ts_host_sim_called(d.host, "powershell", NULL), 0);
    dry_close(&d);
}

static void script_of_a_package_runs_from_its_folder(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             POWERSHELL(FILE_OF_PACKAGE("sub\\it's.ps1") SETTING("OSDRunPowerShellScriptParameters",
                                                                 "Parameters", "-Name 'a b'")));
    dry_mock(&d, "powershell", "*& 'C:/pkg/sub/it''s.ps1' -Name 'a b'; exit $LASTEXITCODE", 0,
             NULL);
    dry_expect(&d, "P ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "powershell", "*"), 1);
    dry_expect_no_log(&d, "a b");
    dry_close(&d);
}

static void parameters_are_logged_on_demand(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             POWERSHELL(FILE_OF_PACKAGE("x.ps1") SETTING("OSDRunPowerShellScriptParameters",
                                                         "Parameters", "-Name public")));
    dry_set(&d, "OSDLogPowerShellParameters", "TRUE");
    dry_mock(&d, "powershell", NULL, 0, NULL);
    dry_go(&d);
    dry_expect_no_log(&d, "parameters are not logged");
    dry_close(&d);
}

static void script_outside_its_package_is_refused(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, POWERSHELL(FILE_OF_PACKAGE("..\\x.ps1")));
    dry_expect(&d, "P failed 2147942487\n");
    dry_expect_text(&d, "not inside its package");
    dry_close(&d);
}

static void step_without_a_script_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, POWERSHELL(""));
    dry_expect(&d, "P failed 2147942487\n");
    dry_expect_text(&d, "has no script");
    dry_close(&d);
}

#define NO_POWERSHELL(more)                                                                        \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"winpe\", \"lacks\": "         \
    "[\"powershell.exe\"" more "]}, " DRY_HARDWARE "}"

static void powershell_7_runs_where_windows_powershell_is_missing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, NO_POWERSHELL(""), POWERSHELL(FILE_OF_PACKAGE("x.ps1")));
    dry_mock(&d, "pwsh", NULL, 0, NULL);
    dry_expect(&d, "P ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "pwsh", NULL), 1);
    dry_close(&d);
}

static void no_powershell_refuses_the_run_before_it_starts(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_err *err = NULL;
    dry_open(&d, NO_POWERSHELL(", \"pwsh\""), POWERSHELL(FILE_OF_PACKAGE("x.ps1")));
    assert_false(ts_run_preflight(&d.options, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    ts_err_free(err);
    dry_expect(&d, "P failed 2147942402\n");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smsswd_prefix_is_no_part_of_the_command),
        cmocka_unit_test(quoted_smsswd_with_a_path_is_recognised),
        cmocka_unit_test(step_without_a_type_is_a_command),
        cmocka_unit_test(variables_of_the_command_are_expanded),
        cmocka_unit_test(package_is_fetched_before_the_command),
        cmocka_unit_test(missing_package_fails_before_the_command),
        cmocka_unit_test(empty_command_fails),
        cmocka_unit_test(program_of_a_package_is_refused_as_a_command),
        cmocka_unit_test(output_variable_gets_the_output_without_line_end),
        cmocka_unit_test(output_variable_keeps_the_last_1000_characters),
        cmocka_unit_test(output_variable_is_set_when_the_command_fails),
        cmocka_unit_test(read_only_output_variable_fails),
        cmocka_unit_test(only_foreign_code_makes_variables_unknown),
        cmocka_unit_test(output_of_an_assumed_program_is_unknown),
        cmocka_unit_test(other_user_in_winpe_fails_with_the_reason),
        cmocka_unit_test(other_user_in_the_full_os_runs_without_showing_the_password),
        cmocka_unit_test(mdt_names_of_run_as_count),
        cmocka_unit_test(other_user_without_a_name_fails),
        cmocka_unit_test(do_not_log_hides_the_command),
        cmocka_unit_test(missing_program_fails_with_its_name),
        cmocka_unit_test(inline_script_runs_and_is_deleted),
        cmocka_unit_test(inline_script_fails_with_its_exit_code),
        cmocka_unit_test(broken_inline_script_fails_before_powershell),
        cmocka_unit_test(script_of_a_package_runs_from_its_folder),
        cmocka_unit_test(parameters_are_logged_on_demand),
        cmocka_unit_test(script_outside_its_package_is_refused),
        cmocka_unit_test(step_without_a_script_fails),
        cmocka_unit_test(powershell_7_runs_where_windows_powershell_is_missing),
        cmocka_unit_test(no_powershell_refuses_the_run_before_it_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
