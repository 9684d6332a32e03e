/* test_run.c - the interpreter's rules, one by one, each with the source it rests on. */
#include "check.h"

#include <ts/mem.h>

#include "scene.h"

#define CODE(n)                                                                                    \
    "<defaultVarList><variable name=\"Code\" property=\"Code\">" #n "</variable></defaultVarList>"
#define SETS(p)                                                                                    \
    "<defaultVarList><variable name=\"Set\" property=\"Set\">" p "</variable></defaultVarList>"
#define STEP(name, attributes, more)                                                               \
    "<step type=\"T\" name=\"" name "\" successCodeList=\"0 3010\" " attributes                    \
    "><action>t</action>" more "</step>"
#define WHEN(variable, op, value)                                                                  \
    "<condition><expression type=\"SMS_TaskSequence_VariableConditionExpression\">"                \
    "<variable name=\"Variable\">" variable "</variable><variable name=\"Operator\">" op           \
    "</variable><variable name=\"Value\">" value "</variable></expression></condition>"

/* ConfigMgr docs, "Planning considerations for automating tasks": a step that fails without
 * continue-on-error skips the rest of its group, and the group has failed. */
static void failed_step_skips_rest_of_group_and_fails_sequence(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\">" STEP("A", "", CODE(5))
                     STEP("B", "", "") "</group>" STEP("C", "", ""),
                 "+G\nA failed 5\n-G failed\n", "failed");
}

/* Same source: the group's own continue-on-error decides; processing goes on behind the group. */
static void group_with_continue_goes_on_behind_it(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\" continueOnError=\"true\">" STEP("A", "", CODE(5))
                     STEP("B", "", "") "</group>" STEP("C", "", ""),
                 "+G\nA failed 5\n-G failed, continued\nC ok 0\n", "ok");
}

/* Same source: the failure bubbles outwards until a group forgives it. */
static void failure_bubbles_to_the_outer_group_that_continues(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"O\" continueOnError=\"true\"><group name=\"I\">" STEP(
                     "A", "", CODE(1)) "</group>" STEP("B", "", "") "</group>" STEP("C", "", ""),
                 "+O\n+I\nA failed 1\n-I failed\n-O failed, continued\nC ok 0\n", "ok");
}

/* Same source: a step's own continue-on-error: the next step runs, the group does not fail. */
static void step_with_continue_is_as_if_it_had_succeeded(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\">" STEP("A", "continueOnError=\"true\"", CODE(5))
                     STEP("B", "", "") "</group>",
                 "+G\nA failed, continued 5\nB ok 0\n-G ok\n", "ok");
}

/* ConfigMgr docs, Setup Windows: continue-on-error never helps. */
static void never_continue_class_fails_in_spite_of_continue(void **state)
{
    TS_UNUSED(state);
    scene_expect("<step type=\"SETUP\" name=\"S\" continueOnError=\"true\" successCodeList=\"0\">"
                 "<action>t</action>" CODE(1) "</step>" STEP("B", "", ""),
                 "S failed 1\n", "failed");
}

/* ConfigMgr docs: disabled items are skipped entirely, their condition is not evaluated; disabling
 * a group disables all in it. */
static void disabled_group_skips_everything_inside(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\" disable=\"true\">" WHEN("X", "unheardOf", "1")
                     STEP("A", "", "") "</group>" STEP("B", "disable=\"true\"", "")
                         STEP("C", "", ""),
                 "skip G: disabled\nskip B: disabled\nC ok 0\n", "ok");
}

/* ConfigMgr docs: a condition on a group is evaluated once, then its children are processed. */
static void group_condition_is_evaluated_once(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("Set", "", SETS("X=1")) "<group name=\"G\">" WHEN("X", "equals", "1")
                     STEP("Change", "", SETS("X=2")) STEP("B", "", "") "</group>",
                 "Set ok 0\n+G\nChange ok 0\nB ok 0\n-G ok\n", "ok");
}

static void false_condition_skips_group_with_all_inside(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\">" WHEN("X", "equals", "1")
                     STEP("A", "", "") "</group>" STEP("B", "", ""),
                 "skip G: condition\nB ok 0\n", "ok");
}

/* An unknown operator is never true: the step fails. */
static void unknown_operator_fails_the_step(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("A", "", WHEN("X", "resembles", "1")), "A failed -1\n", "failed");
    scene_expect(STEP("A", "continueOnError=\"true\"", WHEN("X", "resembles", "1"))
                     STEP("B", "", ""),
                 "A failed, continued -1\nB ok 0\n", "ok");
}

/* ConfigMgr docs: 3010 is success and restarts; the sequence goes on with the next step. */
static void code_3010_restarts_and_goes_on(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("A", "", CODE(3010)) STEP("B", "", ""),
                 "A ok 3010\nrestart restart to the full OS\nB ok 0\n", "ok");
}

/* ConfigMgr docs, variables: SMSTSRebootRequested resumes at the next step; with
 * SMSTSRetryRequested the same step runs again; both are cleared. */
static void reboot_requested_restarts_to_the_named_target(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("A", "", SETS("SMSTSRebootRequested=WinPE")) STEP("B", "", ""),
                 "A ok 0\nrestart restart to Windows PE\nB ok 0\n", "ok");
}

static void retry_requested_runs_the_same_step_again(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, STEP("Ask", "", SETS("SMSTSRetryRequested=1"))
                       STEP("A", "", SETS("SMSTSRebootRequested=HD")));
    s.restarts_here = true;
    scene_run(&s);
    /* The request of step Ask has no restart with it: it is cleared and does nothing. A has no
     * retry request left, and goes on. */
    assert_string_equal(ts_buf_text(&s.trace),
                        "Ask ok 0\nA ok 0\nrestart restart to the full OS\n");
    scene_close(&s);

    scene_open(&s, STEP("A", "", "") STEP("B", "", ""));
    s.restarts_here = true;
    assert_true(ts_vars_set(s.vars, "SMSTSRebootRequested", "HD", 0, NULL));
    assert_true(ts_vars_set(s.vars, "SMSTSRetryRequested", "1", 0, NULL));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace),
                        "A ok 0\nrestart restart to the full OS\nA ok 0\nB ok 0\n");
    assert_string_equal(ts_vars_text(s.vars, "SMSTSRetryRequested"), "");
    scene_close(&s);
}

/* A real machine: the run ends with "restart required". */
static void restart_on_a_real_host_ends_the_run(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, STEP("A", "", CODE(3010)) STEP("B", "", ""));
    scene_run(&s);
    assert_string_equal(ts_outcome_id(s.report.outcome), "restart");
    assert_int_equal(s.report.restart, TS_RESTART_OS);
    assert_string_equal(ts_buf_text(&s.trace), "A ok 3010\nrestart restart to the full OS\n");
    scene_close(&s);
}

/* ConfigMgr docs: a restart without a bootable formatted partition is beyond continue-on-error. */
static void restart_with_nothing_to_boot_fails_in_spite_of_continue(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, "<group name=\"G\" continueOnError=\"true\">" STEP(
                       "A", "continueOnError=\"true\"", CODE(3010)) "</group>" STEP("B", "", ""));
    s.nothing_to_boot = true;
    scene_run(&s);
    assert_string_equal(ts_outcome_id(s.report.outcome), "failed");
    assert_null(strstr(ts_buf_text(&s.trace), "B ok"));
    scene_close(&s);
}

static void endless_restarts_end_with_a_limit(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_buf body;
    ts_buf_init(&body, 1000000);
    for (unsigned i = 0; i < TS_RUN_RESTARTS_MAX + 1; i++)
        ts_buf_str(&body, STEP("A", "", CODE(3010)));
    scene_open(&s, ts_buf_text(&body));
    s.restarts_here = true;
    scene_run(&s);
    assert_non_null(strstr(ts_buf_text(&s.trace), "fault: more than 100 restarts"));
    scene_close(&s);
    ts_buf_done(&body);
}

/* ConfigMgr docs: _SMSTSLastAction* describe the last action that ran; skipped steps do not touch
 * them; continue-on-error does not make it true. Code as a signed decimal (MDT team blog). */
static void last_action_variables_describe_the_last_step_that_ran(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, STEP("A", "continueOnError=\"true\"", CODE(2147942405))
                       STEP("B", "disable=\"true\"", "")
                           STEP("C", "", WHEN("_SMSTSLastActionSucceeded", "equals", "true")));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace),
                        "A failed, continued -2147024891\nskip B: disabled\nskip C: condition\n");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSLastActionRetCode"), "-2147024891");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSLastActionSucceeded"), "false");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSLastActionName"), "A");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSCurrentActionName"), "C");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSNextInstructionPointer"), "2");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSInstructionTableSize"), "3");
    scene_close(&s);
}

/* ConfigMgr docs, "Using task sequence variables": a run-wide variable overrides the step's own
 * setting of the same name; a step's settings vanish with it. */
static void run_wide_variable_overrides_the_steps_own_setting(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("A", "", SETS("Code=7")) STEP("B", "continueOnError=\"true\"", CODE(3)),
                 "A ok 0\nB failed, continued 7\n", "ok");
}

/* A hidden setting is folded into the action: no variable overrides it. */
static void hidden_setting_is_not_overridden_by_a_variable(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(
        &s,
        STEP(
            "A", "continueOnError=\"true\"",
            "<defaultVarList><variable name=\"Code\" property=\"Code\" hidden=\"true\">3</variable>"
            "</defaultVarList>"));
    assert_true(ts_vars_set(s.vars, "Code", "7", 0, NULL));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "A failed, continued 3\n");
    scene_close(&s);
}

/* The base class calls runIn "required environment": a mismatch fails the step (rule
 * RUNIN-MISMATCH). */
static void wrong_phase_fails_the_step(void **state)
{
    TS_UNUSED(state);
    scene_expect(STEP("A", "runIn=\"FullOS\"", ""), "A failed -2147024846\n", "failed");
    scene_expect(STEP("A", "runIn=\"WinPE\"", "") STEP("B", "runIn=\"WinPEandFullOS\"", ""),
                 "A ok 0\nB ok 0\n", "ok");
}

/* ConfigMgr docs: SMSTSPostAction is started at the end, also after a failure, and not awaited. */
static void post_action_is_started_at_the_end(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, STEP("A", "", CODE(1)));
    assert_true(ts_vars_set(s.vars, "SMSTSPostAction", "shutdown /r %Why%", 0, NULL));
    assert_true(ts_vars_set(s.vars, "Why", "now", 0, NULL));
    scene_run(&s);
    assert_string_equal(s.started, "shutdown /r now");
    scene_close(&s);
}

static void empty_groups_and_no_steps_succeed(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"G\"/><group name=\"H\"><group name=\"I\"/></group>",
                 "+G\n-G ok\n+H\n+I\n-I ok\n-H ok\n", "ok");
}

/* A failing step ends the run inside nested groups of which the last forgives: its end event comes
 * once. */
static void every_group_ends_once(void **state)
{
    TS_UNUSED(state);
    scene_expect("<group name=\"A\"><group name=\"B\" continueOnError=\"true\">" STEP(
                     "X", "", CODE(1)) "</group></group>" STEP("Y", "", ""),
                 "+A\n+B\nX failed 1\n-B failed, continued\n-A ok\nY ok 0\n", "ok");
}

static void injected_code_replaces_the_step(void **state);
static bool inject(void *ctx, const ts_node *node, int64_t *code)
{
    *code = 42;
    return strcmp(node->name, ctx) == 0;
}
static void injected_code_replaces_the_step(void **state)
{
    TS_UNUSED(state);
    scene s;
    char name[] = "B";
    scene_open(&s, STEP("A", "", SETS("X=1")) STEP("B", "", SETS("X=2")));
    s.options.inject = inject;
    s.options.inject_ctx = name;
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "A ok 0\nB failed 42\n");
    assert_string_equal(ts_vars_text(s.vars, "X"), "1");
    scene_close(&s);
}

/* Child sequences share the environment; a failing child fails the step that calls it. */
static void child_sequence_runs_in_the_same_environment(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open_with_child(
        &s, STEP("A", "", SETS("X=1")) SCENE_CALL_CHILD STEP("B", "", WHEN("Y", "equals", "1")),
        STEP("C", "", SETS("Y=%X%")));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "A ok 0\nC ok 0\nCall ok 0\nB ok 0\n");
    assert_string_equal(ts_vars_text(s.vars, "_SMSTSInstructionTableSize"), "3");
    scene_close(&s);
}

static void failing_child_fails_the_step_that_calls_it(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open_with_child(&s, SCENE_CALL_CHILD STEP("B", "", ""),
                          "<group name=\"G\">" STEP("C", "", CODE(7)) "</group>" STEP("D", "", ""));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "+G\nC failed 7\n-G failed\nCall failed 7\n");
    assert_string_equal(ts_outcome_id(s.report.outcome), "failed");
    scene_close(&s);
}

static void child_that_calls_itself_is_refused(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open_with_child(&s, SCENE_CALL_CHILD, SCENE_CALL_CHILD);
    scene_run(&s);
    assert_non_null(strstr(ts_buf_text(&s.trace), "nested deeper than 16"));
    ts_err *err = NULL;
    assert_false(ts_run_preflight(&s.options, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    scene_close(&s);
}

static void missing_child_fails_the_step_with_its_id(void **state)
{
    TS_UNUSED(state);
    scene_expect("<subtasksequence type=\"SMS_TaskSequence_SubTasksequence\" name=\"Call\" "
                 "successCodeList=\"0\"><action>SubTasksequence.exe</action><defaultVarList>"
                 "<variable name=\"OSDSubTasksequencePackageID\" "
                 "property=\"TsPackageID\">XXX00001</variable>"
                 "</defaultVarList></subtasksequence>",
                 "Call failed -1\n", "failed");
}

/* Simulation: a step that this build cannot run is marked, and the run goes on. */
static void declared_step_is_marked_in_simulation_and_fails_in_a_run(void **state)
{
    TS_UNUSED(state);
    static const char body[] =
        "<step type=\"DECLARED\" name=\"D\" successCodeList=\"0\"><action/></step>" STEP("B", "",
                                                                                         "");
    scene s;
    scene_open(&s, body);
    s.options.simulate = true;
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "D unsupported 0\nB ok 0\n");
    assert_int_equal(s.report.unsupported, 1);
    scene_close(&s);
    scene_expect(body, "D failed -2147024846\n", "failed");
}

/* Architecture rule 7: the pre-flight refuses before the first effect, unless continue-on-error
 * covers the step, or it cannot be reached. */
static void preflight_refuses_what_cannot_run(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    scene_open(
        &s, STEP("A", "",
                 "") "<group name=\"G\"><step type=\"DECLARED\" name=\"D\" successCodeList=\"0\">"
                     "<action/></step></group>" STEP("W", "runIn=\"FullOS\"", ""));
    assert_false(ts_run_preflight(&s.options, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    assert_non_null(strstr(ts_err_text(err), "2 steps would fail"));
    assert_non_null(strstr(ts_err_text(err), "step 'D' (test.xml:1)"));
    ts_err_free(err);
    scene_close(&s);
}

static void preflight_lets_covered_and_unreachable_steps_pass(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    scene_open(&s, "<step type=\"DECLARED\" name=\"C\" continueOnError=\"true\" "
                   "successCodeList=\"0\"><action/></step>"
                   "<group name=\"G\">" WHEN(
                       "X", "equals", "1") "<step type=\"DECLARED\" name=\"D\" "
                                           "successCodeList=\"0\"><action/></step></group><step "
                                           "type=\"DECLARED\" name=\"E\" disable=\"true\" "
                                           "successCodeList=\"0\"><action/></step>");
    if (!ts_run_preflight(&s.options, &err))
        fail_msg("%s", ts_err_text(err));
    scene_close(&s);
}

static void preflight_refuses_unknown_conditions(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    scene_open(&s, STEP("A", "", WHEN("X", "resembles", "1")));
    assert_false(ts_run_preflight(&s.options, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    ts_err_free(err);
    scene_close(&s);
}

static void globals_are_defaults_that_the_user_overrides(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(
        &s,
        "<globalVarList><variable name=\"A\" property=\"A\">file</variable><variable name=\"B\" "
        "property=\"B\">file</variable></globalVarList>" STEP("S", "", ""));
    assert_true(ts_vars_set(s.vars, "B", "user", 0, NULL));
    scene_run(&s);
    assert_string_equal(ts_vars_text(s.vars, "A"), "file");
    assert_string_equal(ts_vars_text(s.vars, "B"), "user");
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_step_skips_rest_of_group_and_fails_sequence),
        cmocka_unit_test(group_with_continue_goes_on_behind_it),
        cmocka_unit_test(failure_bubbles_to_the_outer_group_that_continues),
        cmocka_unit_test(step_with_continue_is_as_if_it_had_succeeded),
        cmocka_unit_test(never_continue_class_fails_in_spite_of_continue),
        cmocka_unit_test(disabled_group_skips_everything_inside),
        cmocka_unit_test(group_condition_is_evaluated_once),
        cmocka_unit_test(false_condition_skips_group_with_all_inside),
        cmocka_unit_test(unknown_operator_fails_the_step),
        cmocka_unit_test(code_3010_restarts_and_goes_on),
        cmocka_unit_test(reboot_requested_restarts_to_the_named_target),
        cmocka_unit_test(retry_requested_runs_the_same_step_again),
        cmocka_unit_test(restart_on_a_real_host_ends_the_run),
        cmocka_unit_test(restart_with_nothing_to_boot_fails_in_spite_of_continue),
        cmocka_unit_test(endless_restarts_end_with_a_limit),
        cmocka_unit_test(last_action_variables_describe_the_last_step_that_ran),
        cmocka_unit_test(run_wide_variable_overrides_the_steps_own_setting),
        cmocka_unit_test(hidden_setting_is_not_overridden_by_a_variable),
        cmocka_unit_test(wrong_phase_fails_the_step),
        cmocka_unit_test(post_action_is_started_at_the_end),
        cmocka_unit_test(empty_groups_and_no_steps_succeed),
        cmocka_unit_test(every_group_ends_once),
        cmocka_unit_test(injected_code_replaces_the_step),
        cmocka_unit_test(child_sequence_runs_in_the_same_environment),
        cmocka_unit_test(failing_child_fails_the_step_that_calls_it),
        cmocka_unit_test(child_that_calls_itself_is_refused),
        cmocka_unit_test(missing_child_fails_the_step_with_its_id),
        cmocka_unit_test(declared_step_is_marked_in_simulation_and_fails_in_a_run),
        cmocka_unit_test(preflight_refuses_what_cannot_run),
        cmocka_unit_test(preflight_lets_covered_and_unreachable_steps_pass),
        cmocka_unit_test(preflight_refuses_unknown_conditions),
        cmocka_unit_test(globals_are_defaults_that_the_user_overrides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
