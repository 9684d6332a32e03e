/* Set Task Sequence Variable and Set Dynamic Variables, through the interpreter on a simulated
 * machine. */
#include "check.h"

#include <ts/mem.h>

#include "dry_run.h"

#define SETTING(name, value)                                                                       \
    "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define SET_BY(action, settings)                                                                   \
    "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"S\" "                                \
    "successCodeList=\"0\"><action>" action "</action><defaultVarList>" settings                   \
    "</defaultVarList></step>"
#define SET(name, value)                                                                           \
    SET_BY("tsenv.exe \"other=wrong\"",                                                            \
           SETTING("VariableName", name) SETTING("VariableValue", value))

static void settings_win_over_the_command_line(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("Mine", "say \"hello\""));
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "Mine", "say \"hello\"");
    dry_expect_var(&d, "other", "");
    dry_expect_log(&d, "Set variable 'Mine'");
    dry_close(&d);
}

static void value_is_expanded_once(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("Mine", "%A%-x"));
    dry_set(&d, "A", "%B%");
    dry_set(&d, "B", "no");
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "Mine", "%B%-x");
    dry_close(&d);
}

/* ConfigMgr docs: set to an empty string, a variable is deleted. */
static void empty_value_deletes_the_variable(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("Mine", ""));
    dry_set(&d, "Mine", "old");
    dry_expect(&d, "S ok 0\n");
    assert_null(ts_vars_get(d.vars, "Mine"));
    dry_close(&d);
}

static void command_line_alone_is_read(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *action, *value;
    } cases[] = {
        {"tsenv.exe \"Mine=a b\" /hiddenflag:False", "a b"},
        {"tsenv.exe \"Mine=say \"hello\" now\"", "say \"hello\" now"},
        {"tsenv.exe \"Mine=open", "open"},
        {"tsenv.exe Mine=word rest", "word"},
        {"tsenv.exe \"Mine=a=b\"", "a=b"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        char *body = ts_sprintf(SET_BY("%s", ""), cases[i].action);
        dry_open(&d, DRY_PE, body);
        dry_expect(&d, "S ok 0\n");
        dry_expect_var(&d, "Mine", cases[i].value);
        dry_close(&d);
        free(body);
    }
}

static void hiddenflag_makes_a_secret(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             SET_BY("tsenv.exe \"Pin=s3cr3t-pin\" /hiddenflag:True", "") SET("Copy", "x-%Pin%"));
    dry_expect(&d, "S ok 0\nS ok 0\n");
    assert_true(ts_vars_get(d.vars, "Pin")->flags & TS_VALUE_SECRET);
    assert_true(ts_vars_get(d.vars, "Copy")->flags & TS_VALUE_SECRET);
    dry_expect_no_log(&d, "s3cr3t-pin");
    dry_close(&d);
}

static void do_not_show_makes_a_secret(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             SET_BY("tsenv.exe",
                    SETTING("VariableName", "Pin") SETTING("VariableValue", "s3cr3t-pin")
                        SETTING("DoNotShowVariableValue", "True")));
    dry_expect(&d, "S ok 0\n");
    assert_true(ts_vars_get(d.vars, "Pin")->flags & TS_VALUE_SECRET);
    dry_expect_no_log(&d, "s3cr3t-pin");
    dry_close(&d);
}

/* The XML attribute hidden="true" marks what was folded into the command line; it is no secret. */
static void hidden_attribute_is_no_secret(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             SET_BY("tsenv.exe \"Mine=1\" /hiddenflag:False",
                    "<variable name=\"VariableName\" property=\"VariableName\" "
                    "hidden=\"true\">Mine</variable>"
                    "<variable name=\"VariableValue\" property=\"VariableValue\" "
                    "hidden=\"true\">1</variable>"));
    dry_expect(&d, "S ok 0\n");
    assert_int_equal(ts_vars_get(d.vars, "Mine")->flags, 0);
    dry_close(&d);
}

static void read_only_name_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("_SMSTSOrgName", "x"));
    dry_expect(&d, "S failed -1\n");
    dry_expect_text(&d, "_SMSTSOrgName");
    dry_close(&d);
}

static void bad_name_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("two words", "x"));
    dry_expect(&d, "S failed -1\n");
    dry_close(&d);
}

static void step_without_a_name_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET_BY("tsenv.exe", ""));
    dry_expect(&d, "S failed 2147942487\n");
    dry_expect_text(&d, "does not name a variable");
    dry_close(&d);
}

static void mdt_script_is_the_same_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(
        &d, DRY_PE,
        "<step name=\"Z\" successCodeList=\"0 3010\"><defaultVarList>" SETTING("VariableName",
                                                                               "Mine")
            SETTING(
                "VariableValue",
                "1") "</defaultVarList>"
                     "<action>cscript.exe \"%SCRIPTROOT%\\ZTISetVariable.wsf\"</action></step>");
    dry_expect(&d, "Z ok 0\n");
    dry_expect_var(&d, "Mine", "1");
    assert_int_equal(ts_host_sim_called(d.host, "cscript", NULL), 0);
    dry_close(&d);
}

/* What is made of an unknown value is unknown, not empty. */
static void unknown_value_stays_unknown(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, SET("Mine", "x-%Script%"));
    assert_true(ts_vars_set_unknown(d.vars, "Script", "output of a script", NULL));
    dry_expect(&d, "S ok 0\n");
    assert_true(ts_vars_get(d.vars, "Mine")->flags & TS_VALUE_UNKNOWN);
    assert_string_equal(ts_vars_get(d.vars, "Mine")->why, "output of a script");
    dry_close(&d);
}

#define DYNAMIC(rules)                                                                             \
    "<step type=\"SMS_TaskSequence_SetDynamicVariablesAction\" name=\"D\" successCodeList=\"0\">"  \
    "<action>OSDSetDynamicVariables.exe</action><defaultVarList><variable "                        \
    "name=\"OSDSetDynamicVariablesRules\" property=\"Rules\"><![CDATA[" rules "]]></variable>"     \
    "</defaultVarList></step>"
#define RULE(condition, name, secret, value)                                                       \
    "<Rule>" condition "<Variables><Variable Name=\"" name "\" IsSecret=\"" secret "\">" value     \
    "</Variable></Variables></Rule>"
#define MAKE_MODEL(make, model)                                                                    \
    "<condition><expression type=\"SMS_TaskSequence_MakeModelConditionExpression\">"               \
    "<variable name=\"Make\">" make "</variable><variable name=\"Model\">" model                   \
    "</variable></expression></condition>"

static void facts_are_gathered_even_without_rules(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, DYNAMIC(""));
    dry_expect(&d, "D ok 0\n");
    dry_expect_var(&d, "_SMSTSMake", "Contoso");
    dry_expect_var(&d, "_SMSTSModel", "One");
    dry_expect_var(&d, "_SMSTSSerialNumber", "S-1");
    dry_expect_var(&d, "_SMSTSAssetTag", "A-1");
    dry_expect_var(&d, "_SMSTSMacAddresses", "00:11:22:33:44:55");
    dry_expect_var(&d, "_SMSTSDefaultGateways", "10.0.0.1");
    dry_close(&d);
}

static void rules_apply_in_order_when_their_condition_is_true(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             DYNAMIC("<Rules>" RULE("", "Site", "false", "first")
                         RULE(MAKE_MODEL("Cont*", "O?e"), "Site", "false", "North-%_SMSTSModel%")
                             RULE(MAKE_MODEL("Other", "*"), "Site", "false", "never") "</Rules>"));
    dry_expect(&d, "D ok 0\n");
    dry_expect_var(&d, "Site", "North-One");
    dry_expect_log(&d, "Rule 2 applies");
    dry_expect_log(&d, "Rule 3 does not apply");
    dry_close(&d);
}

static void secret_of_a_rule_is_masked(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, DYNAMIC("<Rules>" RULE("", "Pin", "true", "s3cr3t-pin") "</Rules>"));
    dry_expect(&d, "D ok 0\n");
    assert_true(ts_vars_get(d.vars, "Pin")->flags & TS_VALUE_SECRET);
    dry_expect_no_log(&d, "s3cr3t-pin");
    dry_close(&d);
}

/* Exports drop secret values: what the user gave is kept. */
static void empty_secret_leaves_the_variable(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, DYNAMIC("<Rules>" RULE("", "Pin", "true", "") "</Rules>"));
    dry_set(&d, "Pin", "given");
    dry_expect(&d, "D ok 0\n");
    dry_expect_var(&d, "Pin", "given");
    dry_expect_log(&d, "Secret 'Pin' is empty");
    dry_close(&d);
}

static void broken_rules_fail_the_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, DYNAMIC("<Rules><Rule></Rules>"));
    dry_expect(&d, "D failed -1\n");
    dry_close(&d);
}

static void unknown_condition_type_fails_the_step(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             DYNAMIC("<Rules>" RULE("<condition><expression type=\"Moon\"/></condition>", "A",
                                    "false", "1") "</Rules>"));
    dry_expect(&d, "D failed -1\n");
    dry_expect_var(&d, "A", "");
    dry_close(&d);
}

static void read_only_name_in_a_rule_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, DYNAMIC("<Rules>" RULE("", "_Mine", "false", "1") "</Rules>"));
    dry_expect(&d, "D failed -1\n");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_win_over_the_command_line),
        cmocka_unit_test(value_is_expanded_once),
        cmocka_unit_test(empty_value_deletes_the_variable),
        cmocka_unit_test(command_line_alone_is_read),
        cmocka_unit_test(hiddenflag_makes_a_secret),
        cmocka_unit_test(do_not_show_makes_a_secret),
        cmocka_unit_test(hidden_attribute_is_no_secret),
        cmocka_unit_test(read_only_name_fails),
        cmocka_unit_test(bad_name_fails),
        cmocka_unit_test(step_without_a_name_fails),
        cmocka_unit_test(mdt_script_is_the_same_step),
        cmocka_unit_test(unknown_value_stays_unknown),
        cmocka_unit_test(facts_are_gathered_even_without_rules),
        cmocka_unit_test(rules_apply_in_order_when_their_condition_is_true),
        cmocka_unit_test(secret_of_a_rule_is_masked),
        cmocka_unit_test(empty_secret_leaves_the_variable),
        cmocka_unit_test(broken_rules_fail_the_step),
        cmocka_unit_test(unknown_condition_type_fails_the_step),
        cmocka_unit_test(read_only_name_in_a_rule_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
