/* test_step_table.c - which class executes a node: program before type before command line. */
#include "check.h"

#include <ts/compiler.h>
#include <ts/step.h>

static const char *const partition_programs[] = {"ztidiskpart", NULL};
static const char *const gather_programs[] = {"ztigather", "psdgather", NULL};
static const ts_step_class command = {.type = "SMS_TaskSequence_RunCommandLineAction"};
static const ts_step_class partition = {.type = "SMS_TaskSequence_PartitionDiskAction",
                                        .programs = partition_programs};
static const ts_step_class gather = {.type = "BDD_Gather", .programs = gather_programs};
static const ts_step_class sub = {.type = "SMS_TaskSequence_SubTasksequence"};

static ts_steps *table(void)
{
    static const ts_step_class *const all[] = {&partition, &command, &gather, &sub, NULL};
    ts_err *err = NULL;
    ts_steps *steps = ts_steps_new(all, &err);
    assert_non_null(steps);
    return steps;
}

static const ts_step_class *found(const ts_steps *steps, const char *type, const char *action)
{
    ts_node node = {.kind = TS_NODE_STEP, .type = type, .action = action, .name = ""};
    return ts_steps_for(steps, &node);
}

static void types_are_sorted_and_found_in_any_case(void **state)
{
    (void)state;
    ts_steps *steps = table();
    assert_int_equal(ts_steps_count(steps), 4);
    for (size_t i = 1; i < 4; i++)
        assert_true(strcmp(ts_steps_at(steps, i - 1)->type, ts_steps_at(steps, i)->type) < 0);
    assert_null(ts_steps_at(steps, 4));
    assert_ptr_equal(ts_steps_by_type(steps, "bdd_gather"), &gather);
    assert_null(ts_steps_by_type(steps, "BDD_Gathe"));
    assert_null(ts_steps_by_type(steps, ""));
    ts_steps_free(steps);
}

static void script_in_the_action_decides_before_the_type(void **state)
{
    (void)state;
    ts_steps *steps = table();
    const char *zti = "cscript.exe \"%SCRIPTROOT%\\ZTIGather.wsf\"";
    assert_ptr_equal(found(steps, "", zti), &gather);
    assert_ptr_equal(found(steps, command.type, zti), &gather);
    assert_ptr_equal(found(steps, partition.type, zti), &gather);
    assert_ptr_equal(found(steps, "Unknown", "powershell.exe -file PSDGather.ps1"), &gather);
    ts_steps_free(steps);
}

static void type_decides_when_the_program_is_not_known(void **state)
{
    (void)state;
    ts_steps *steps = table();
    assert_ptr_equal(found(steps, partition.type, "osddiskpart.exe"), &partition);
    assert_ptr_equal(found(steps, partition.type, ""), &partition);
    assert_ptr_equal(found(steps, command.type, "cmd /c x"), &command);
    ts_node child = {
        .kind = TS_NODE_SUBSEQUENCE, .type = sub.type, .action = "SubTasksequence.exe"};
    assert_ptr_equal(ts_steps_for(steps, &child), &sub);
    ts_steps_free(steps);
}

static void anything_else_is_a_command_line_when_it_has_one(void **state)
{
    (void)state;
    ts_steps *steps = table();
    assert_ptr_equal(found(steps, "", "cmd /c x"), &command);
    assert_ptr_equal(found(steps, "Home_Made", "cmd /c x"), &command);
    assert_null(found(steps, "Home_Made", " "));
    assert_null(found(steps, "", ""));
    ts_node group = {.kind = TS_NODE_GROUP, .type = "", .action = "cmd"};
    assert_null(ts_steps_for(steps, &group));
    ts_steps_free(steps);
}

static void plain_command_lines_are_not_known(void **state)
{
    (void)state;
    ts_steps *steps = table();
    ts_node node = {.kind = TS_NODE_STEP, .type = "Home_Made", .action = "cmd /c x"};
    assert_false(ts_steps_is_known(steps, &node));
    node.type = "SMS_TaskSequence_RunCommandLineAction";
    assert_true(ts_steps_is_known(steps, &node));
    node.type = "";
    node.action = "cscript ZTIDiskpart.wsf";
    assert_true(ts_steps_is_known(steps, &node));
    ts_steps_free(steps);
}

static void added_class_may_not_repeat_type_or_program(void **state)
{
    (void)state;
    ts_steps *steps = table();
    static const char *const mine[] = {"mything", NULL};
    static const ts_step_class lua = {.type = "Lua_Thing", .programs = mine};
    static const ts_step_class again = {.type = "lua_thing"};
    static const ts_step_class thief = {.type = "Lua_Other", .programs = gather_programs};
    ts_err *err = NULL;
    assert_true(ts_steps_add(steps, &lua, &err));
    assert_ptr_equal(found(steps, "", "mything.exe"), &lua);
    assert_false(ts_steps_add(steps, &again, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_clear(&err);
    assert_false(ts_steps_add(steps, &thief, &err));
    assert_non_null(strstr(ts_err_text(err), "'ztigather', which belongs to 'BDD_Gather'"));
    ts_err_free(err);
    assert_int_equal(ts_steps_count(steps), 5);
    ts_steps_free(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_sorted_and_found_in_any_case),
        cmocka_unit_test(script_in_the_action_decides_before_the_type),
        cmocka_unit_test(type_decides_when_the_program_is_not_known),
        cmocka_unit_test(anything_else_is_a_command_line_when_it_has_one),
        cmocka_unit_test(plain_command_lines_are_not_known),
        cmocka_unit_test(added_class_may_not_repeat_type_or_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
