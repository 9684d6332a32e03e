/* test_condition_eval.c - condition trees in three values, and variable conditions. */
#include "cond_fixture.h"

/* The three values as leaves: line numbers are of no interest. */
static const struct ts_cond *Y(void)
{
    return variable("Set", TS_OP_EXISTS, "");
}
static const struct ts_cond *N(void)
{
    return variable("Missing", TS_OP_EXISTS, "");
}
static const struct ts_cond *U(void)
{
    return variable("Unknown", TS_OP_EQUALS, "1");
}

/* --- Ten golden cases of three-valued logic ------------------------------------------------ */

static void three_values(void)
{
    must_set("Set", "1", 0);
    assert_true(ts_vars_set_unknown(vars, "Unknown", "output of step 12, not mocked", NULL));
}

static void golden_1_and_with_an_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_AND, 2, Y(), U(), NULL), TS_UNSURE,
       "Unknown is not known (output of step 12, not mocked), condition wants \"1\"");
    is(branch(TS_COND_AND, 2, U(), Y(), NULL), TS_UNSURE, NULL);
}

static void golden_2_and_with_a_false_is_false_whatever_is_unknown(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_AND, 2, U(), N(), NULL), TS_NO, "Missing is not set, condition wants it set");
    is(branch(TS_COND_AND, 2, N(), U(), NULL), TS_NO, NULL);
}

static void golden_3_or_with_a_true_is_true_whatever_is_unknown(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_OR, 2, U(), Y(), NULL), TS_YES, "Set is \"1\"");
    is(branch(TS_COND_OR, 2, Y(), U(), NULL), TS_YES, NULL);
}

static void golden_4_or_of_false_and_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_OR, 2, N(), U(), NULL), TS_UNSURE, NULL);
    is(branch(TS_COND_OR, 2, U(), N(), NULL), TS_UNSURE, NULL);
}

static void golden_5_not_of_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_NOT, 1, U(), NULL, NULL), TS_UNSURE,
       "Unknown is not known (output of step 12, not mocked), condition wants not \"1\"");
}

static void golden_6_not_is_none_of_its_children(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_NOT, 2, N(), N(), NULL), TS_YES, NULL);
    is(branch(TS_COND_NOT, 2, N(), Y(), NULL), TS_NO, "Set is \"1\", condition wants not it set");
    is(branch(TS_COND_NOT, 2, U(), Y(), NULL), TS_NO, NULL);
    is(branch(TS_COND_NOT, 2, N(), U(), NULL), TS_UNSURE, NULL);
}

static void golden_7_every_question_about_an_unknown_variable_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    for (ts_cond_op op = TS_OP_EXISTS; op <= TS_OP_NOT_LIKE; op++)
        is(variable("Unknown", op, "*"), TS_UNSURE, NULL);
    nothing_was_decided();
}

static void golden_8_comparing_with_an_unknown_value_or_path_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(variable("Set", TS_OP_EQUALS, "%Unknown%"), TS_UNSURE, NULL);
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%Unknown%\\x", (char *)NULL), TS_UNSURE,
       "\"%Unknown%\\x\" is not known (output of step 12, not mocked)");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", "HKLM\\%Unknown%", (char *)NULL),
       TS_UNSURE, NULL);
}

/* Unknown lives in values, never in the machine: a class that the machine lacks is false, one that
 * the profile explicitly does not describe is unsure. */
static void golden_9_machine_is_known_unless_the_profile_says_otherwise(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Lenovo_BiosSetting"), TS_NO,
       "this machine has no class Lenovo_BiosSetting");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Secret"), TS_UNSURE,
       "the profile does not describe class 'Win32_Secret'");
    nothing_was_decided();
}

static void golden_10_value_that_is_set_later_is_known_again(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(U(), TS_UNSURE, NULL);
    must_set("Unknown", "1", TS_VALUE_ASSUMED);
    is(U(), TS_YES, "Unknown is \"1\" (assumed)");
    must_set("Unknown", "", 0);
    is(U(), TS_NO, "Unknown is not set, condition wants \"1\"");
}

/* --- Trees --------------------------------------------------------------------------------- */

static void operator_without_conditions_is_no_test(void **state)
{
    TS_UNUSED(state);
    is(branch(TS_COND_AND, 0, NULL, NULL, NULL), TS_YES, "no condition");
    is(branch(TS_COND_NOT, 0, NULL, NULL, NULL), TS_YES, NULL);
    is(branch(TS_COND_OR, 0, NULL, NULL, NULL), TS_YES, NULL);
    nothing_was_decided();
}

static void evaluation_ends_when_the_result_is_known(void **state)
{
    TS_UNUSED(state);
    three_values();
    next_line = 0;
    const struct ts_cond *a = N(), *b = Y();
    ts_tri out;
    assert_true(ts_cond_eval(branch(TS_COND_AND, 2, a, b, NULL), &env, &out, NULL, NULL));
    assert_true(ts_cond_eval(branch(TS_COND_OR, 2, a, b, NULL), &env, &out, NULL, NULL));
    assert_string_equal(ts_buf_text(&leaves), "1=0 1=0 2=1 ");
}

static void reason_of_several_is_joined_and_turned_by_not(void **state)
{
    TS_UNUSED(state);
    must_set("Make", "HP", 0);
    must_set("Count", "3", 0);
    const struct ts_cond *dell = variable("Make", TS_OP_LIKE, "Dell*");
    const struct ts_cond *many = variable("Count", TS_OP_GREATER_EQUAL, "5");
    is(branch(TS_COND_OR, 2, dell, many, NULL), TS_NO,
       "Make is \"HP\", condition wants like \"Dell*\"; Count is \"3\", condition wants at least "
       "\"5\"");
    is(branch(TS_COND_NOT, 2, dell, many, NULL), TS_YES,
       "Make is \"HP\" (not like \"Dell*\"); Count is \"3\" (not at least \"5\")");
    is(branch(TS_COND_NOT, 1, branch(TS_COND_NOT, 1, dell, NULL, NULL), NULL, NULL), TS_NO,
       "Make is \"HP\", condition wants like \"Dell*\"");
}

static void reason_with_very_long_values_stays_short(void **state)
{
    TS_UNUSED(state);
    char *big = ts_alloc(100001);
    for (size_t i = 0; i < 100000; i += 2)
        memcpy(big + i, "\xC3\xA4", 2);
    must_set("Big", big, 0);
    const struct ts_cond *c = variable("Big", TS_OP_EQUALS, big),
                         *no = variable("Big", TS_OP_LIKE, "x");
    for (int i = 0; i < 20; i++)
        c = branch(TS_COND_AND, 3, c, c, c);
    ts_tri out;
    char *text = NULL;
    /* 3^20 leaves are too many to see: AND ends at the first that is false */
    assert_true(ts_cond_eval(branch(TS_COND_AND, 2, no, c, NULL), &env, &out, &text, NULL));
    assert_true(strlen(text) < 200);
    assert_true(ts_utf8_valid(text, strlen(text)));
    free(text);
    c = branch(TS_COND_OR, 3, no, no, no);
    for (int i = 0; i < 6; i++)
        c = branch(TS_COND_OR, 3, c, c, c);
    assert_true(ts_cond_eval(c, &env, &out, &text, NULL));
    assert_true(strlen(text) < TS_COND_REASON_MAX);
    assert_non_null(strstr(text, "..."));
    free(text);
    free(big);
}

static void unknown_kind_is_an_error_with_its_line(void **state)
{
    TS_UNUSED(state);
    struct ts_cond *c = leaf(TS_COND_UNKNOWN, TS_OP_NONE, "X", (char *)NULL);
    c->problem = "unknown expression type 'SMS_X'";
    faulty(c, "unknown expression type 'SMS_X'");
    faulty(branch(TS_COND_NOT, 1, c, NULL, NULL), "SMS_X");
    faulty(variable("Set", TS_OP_NONE, "1"), "operator '' does not fit a variable condition");
    faulty(variable("Set", TS_OP_ANY_VERSION, "1"), "operator 'AnyVersion'");
    faulty(variable("  ", TS_OP_EQUALS, "1"), "names no variable");
}

/* --- Variables ----------------------------------------------------------------------------- */

/* ConfigMgr console help: numbers when both sides are integers, else text. */
static void variable_compares_integers_as_numbers(void **state)
{
    TS_UNUSED(state);
    must_set("N", "10", 0);
    is(variable("N", TS_OP_GREATER, "9"), TS_YES, "N is \"10\" (more than \"9\")");
    is(variable("N", TS_OP_EQUALS, " 010 "), TS_YES, NULL);
    is(variable("N", TS_OP_LESS_EQUAL, "9"), TS_NO, "N is \"10\", condition wants at most \"9\"");
    is(variable("N", TS_OP_LESS, "-5"), TS_NO, NULL);
    is(variable("N", TS_OP_NOT_EQUALS, "10"), TS_NO,
       "N is \"10\", condition wants anything but \"10\"");
    nothing_was_decided();
}

static void variable_versions_compare_as_text_and_that_is_told(void **state)
{
    TS_UNUSED(state);
    must_set("OSCurrentVersion", "10.0.19045", 0);
    is(variable("OSCurrentVersion", TS_OP_GREATER_EQUAL, "6.1"), TS_NO, NULL);
    was_decided("VAR-VERSION|condition (line ");
    is(variable("OSCurrentVersion", TS_OP_GREATER_EQUAL, "10.0.1"), TS_YES, NULL);
    nothing_was_decided();
}

static void variable_case_is_not_regarded_and_that_is_told(void **state)
{
    TS_UNUSED(state);
    must_set("DoCapture", "Yes", 0);
    is(variable("docapture", TS_OP_EQUALS, "YES"), TS_YES, "docapture is \"Yes\" (\"YES\")");
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_NOT_EQUALS, "YES"), TS_NO, NULL);
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_LIKE, "y?S*"), TS_YES, NULL);
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_LIKE, "Y*s"), TS_YES, NULL);
    is(variable("DoCapture", TS_OP_NOT_LIKE, "*x*"), TS_YES, NULL);
    is(variable("DoCapture", TS_OP_EQUALS, "Yes"), TS_YES, "DoCapture is \"Yes\"");
    nothing_was_decided();
}

/* ConfigMgr docs: the BIOS-to-UEFI group asks _SMSTSBootUEFI notEquals true and must run where
 * nothing sets it. */
static void variable_that_is_missing_is_an_empty_text(void **state)
{
    TS_UNUSED(state);
    is(variable("_SMSTSBootUEFI", TS_OP_NOT_EQUALS, "true"), TS_YES,
       "_SMSTSBootUEFI is not set (anything but \"true\")");
    is(variable("_SMSTSBootUEFI", TS_OP_EQUALS, "true"), TS_NO, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_EQUALS, " \n "), TS_YES, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_NOT_EXISTS, ""), TS_YES, "_SMSTSBootUEFI is not set");
    is(variable("_SMSTSBootUEFI", TS_OP_EXISTS, ""), TS_NO, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_LIKE, "x*"), TS_NO, NULL);
    nothing_was_decided();
    is(variable("_SMSTSBootUEFI", TS_OP_LESS, "5"), TS_YES, NULL);
    was_decided("VAR-MISSING|");
}

static void variable_value_is_expanded(void **state)
{
    TS_UNUSED(state);
    must_set("A", "x-y", 0);
    must_set("B", "y", 0);
    is(variable("A", TS_OP_EQUALS, "x-%B%"), TS_YES, NULL);
}

static void variable_comes_from_the_environment_when_nothing_sets_it(void **state)
{
    TS_UNUSED(state);
    is(variable("processor_architecture", TS_OP_EQUALS, "AMD64"), TS_YES, NULL);
    was_decided("VAR-ENV|");
    must_set("Processor_Architecture", "x86", 0);
    is(variable("processor_architecture", TS_OP_EQUALS, "AMD64"), TS_NO, NULL);
    nothing_was_decided();
}

static void variable_exit_codes_compare_signed_and_unsigned(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_vars_set_engine(vars, "_SMSTSOSUpgradeActionReturnCode", "3247440400", NULL));
    is(variable("_SMSTSOSUpgradeActionReturnCode", TS_OP_EQUALS, "3247440400"), TS_YES, NULL);
    nothing_was_decided();
    assert_true(ts_vars_set_engine(vars, "_SMSTSLastActionRetCode", "-2147024894", NULL));
    is(variable("_SMSTSLastActionRetCode", TS_OP_EQUALS, "2147942402"), TS_YES, NULL);
    was_decided("CODE-SIGN|");
    must_set("Other", "-2147024894", 0);
    is(variable("Other", TS_OP_EQUALS, "2147942402"), TS_NO, NULL);
}

static void variable_that_is_secret_is_not_shown(void **state)
{
    TS_UNUSED(state);
    must_set("Pin", "geheim", TS_VALUE_SECRET);
    is(variable("Pin", TS_OP_EQUALS, "x"), TS_NO, "Pin is \"***\", condition wants \"x\"");
    is(variable("Pin", TS_OP_EQUALS, "Geheim"), TS_YES, NULL);
    assert_null(strstr(ts_buf_text(&decisions), "geheim"));
    was_decided("VAR-CASE|");
    must_set("Copy", "it is geheim!", 0);
    is(variable("Copy", TS_OP_EQUALS, "%Pin%"), TS_NO,
       "Copy is \"it is ***!\", condition wants \"***\"");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(golden_1_and_with_an_unknown_is_unsure),
        T(golden_2_and_with_a_false_is_false_whatever_is_unknown),
        T(golden_3_or_with_a_true_is_true_whatever_is_unknown),
        T(golden_4_or_of_false_and_unknown_is_unsure),
        T(golden_5_not_of_unknown_is_unsure),
        T(golden_6_not_is_none_of_its_children),
        T(golden_7_every_question_about_an_unknown_variable_is_unsure),
        T(golden_8_comparing_with_an_unknown_value_or_path_is_unsure),
        T(golden_9_machine_is_known_unless_the_profile_says_otherwise),
        T(golden_10_value_that_is_set_later_is_known_again),
        T(operator_without_conditions_is_no_test),
        T(evaluation_ends_when_the_result_is_known),
        T(reason_of_several_is_joined_and_turned_by_not),
        T(reason_with_very_long_values_stays_short),
        T(unknown_kind_is_an_error_with_its_line),
        T(variable_compares_integers_as_numbers),
        T(variable_versions_compare_as_text_and_that_is_told),
        T(variable_case_is_not_regarded_and_that_is_told),
        T(variable_that_is_missing_is_an_empty_text),
        T(variable_value_is_expanded),
        T(variable_comes_from_the_environment_when_nothing_sets_it),
        T(variable_exit_codes_compare_signed_and_unsigned),
        T(variable_that_is_secret_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
