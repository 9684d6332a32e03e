/* test_fault.c - every allocation and every host call fails once: no crash, no leak (under the
 * sanitizers), and the right error. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "scene.h"

#define WHEN(variable, op, value)                                                                  \
    "<condition><operator type=\"or\"><expression "                                                \
    "type=\"SMS_TaskSequence_VariableConditionExpression\">"                                       \
    "<variable name=\"Variable\">" variable "</variable><variable name=\"Operator\">" op           \
    "</variable><variable name=\"Value\">" value "</variable></expression></operator></condition>"

static const char body[] =
    "<globalVarList><variable name=\"G\" property=\"G\">g</variable></globalVarList>"
    "<group name=\"Outer\">" WHEN(
        "G", "equals",
        "g") "<step type=\"T\" name=\"A\" successCodeList=\"0 "
             "3010\"><action>t</action><defaultVarList>"
             "<variable name=\"Set\" property=\"Set\">X=%G%-%G%</variable></defaultVarList></step>"
             "<step type=\"T\" name=\"B\" continueOnError=\"true\" "
             "successCodeList=\"0\"><action>t</action><defaultVarList>"
             "<variable name=\"Code\" "
             "property=\"Code\">5</variable></defaultVarList></step></group>"
             "<step type=\"T\" name=\"C\" successCodeList=\"0 3010\">" WHEN(
                 "X", "like",
                 "g*") "<action>t</action><defaultVarList><variable name=\"Code\" "
                       "property=\"Code\">3010</variable></defaultVarList></step>"
                       "<step type=\"DECLARED\" name=\"D\" successCodeList=\"0\"><action/></step>";

/* Loads with the n-th allocation failing; true when the failure did not come (n is too large). */
static bool load_with_fault(uint64_t n)
{
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("<sequence version=\"3.10\">%s</sequence>", body);
    ts_err *err = NULL;
    ts_alloc_fail_at(0);
    ts_alloc_fail_at(n);
    ts_bundle *bundle = ts_bundle_load_bytes("test.xml", text, strlen(text), &err);
    uint64_t made = ts_alloc_fail_at(0);
    if (!bundle)
        assert_int_equal(ts_err_code(err), TS_NOMEM);
    ts_err_free(err);
    ts_bundle_free(bundle);
    return made < n;
}

static void loading_survives_every_failed_allocation(void **state)
{
    TS_UNUSED(state);
    uint64_t n = 1;
    while (!load_with_fault(n))
        n++;
    assert_true(n > 8); /* the arena allocates in blocks: there are few */
}

static bool run_with_fault(uint64_t n)
{
    scene s;
    scene_open(&s, body);
    s.restarts_here = true;
    s.options.simulate = true;
    ts_err *err = NULL;
    ts_alloc_fail_at(0);
    ts_alloc_fail_at(n);
    bool ok = ts_run_sequence(&s.options, &s.report, &err);
    uint64_t made = ts_alloc_fail_at(0);
    if (!ok)
        assert_int_equal(ts_err_code(err), TS_NOMEM);
    ts_err_free(err);
    scene_close(&s);
    return made < n;
}

static void running_survives_every_failed_allocation(void **state)
{
    TS_UNUSED(state);
    uint64_t n = 1;
    while (!run_with_fault(n))
        n++;
    assert_true(n > 50);
}

static void every_failed_host_call_is_a_clear_end(void **state)
{
    TS_UNUSED(state);
    for (uint64_t n = 1;; n++) {
        scene s;
        scene_open(&s, body);
        s.restarts_here = true;
        s.options.simulate = true;
        ts_host_fail_at(s.host, n, TS_OS);
        ts_err *err = NULL;
        bool ok = ts_run_sequence(&s.options, &s.report, &err);
        bool came = ts_host_calls(s.host) >= n;
        if (!ok)
            assert_true(strlen(ts_err_text(err)) > 0);
        ts_err_free(err);
        scene_close(&s);
        if (!came)
            break;
    }
}

static void cancelled_run_ends_with_cancelled(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    scene_open(&s, body);
    ts_host_cancel(s.host);
    assert_false(ts_run_sequence(&s.options, &s.report, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_survives_every_failed_allocation),
        cmocka_unit_test(running_survives_every_failed_allocation),
        cmocka_unit_test(every_failed_host_call_is_a_clear_end),
        cmocka_unit_test(cancelled_run_ends_with_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
