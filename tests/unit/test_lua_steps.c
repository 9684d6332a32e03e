/* test_lua_steps.c - steps in Lua: declarations, what run gets and returns, the ts table. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "lua_steps.h"
#include "os.h"
#include "sandbox.h"
#include "scene.h"

static char *folder;

static int make_folder(void **state)
{
    TS_UNUSED(state);
    const char *base = ts_env_get("TMPDIR");
    folder = ts_sprintf("%s/taskseq-lua-%u", base && *base ? base : "/tmp", ts_process_id());
    return folder && ts_folder_make(folder, NULL) ? 0 : -1;
}

static int remove_folder(void **state)
{
    TS_UNUSED(state);
    bool ok = ts_folder_remove(folder, NULL);
    free(folder);
    return ok ? 0 : -1;
}

static ts_lua_steps *load(ts_steps *steps, const char *text, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, "step.lua");
    assert_true(ts_file_write_atomic(path, text, strlen(text), NULL));
    return ts_lua_steps_load_file(path, steps, err);
}

static void refused(const char *text, const char *wanted)
{
    ts_err *err = NULL;
    scene s;
    scene_open(&s, "");
    assert_null(load(s.steps, text, &err));
    if (!strstr(ts_err_text(err), wanted))
        fail_msg("'%s' is not in: %s", wanted, ts_err_text(err));
    ts_err_free(err);
    scene_close(&s);
}

#define HEAD "return {type = 'L', title = 'Lua step', help = 'h', resume = 'again', "

static void step_beyond_a_limit_is_refused(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, TS_LUA_SOURCE_MAX + 1);
    ts_buf_str(&text, HEAD "run = function() end, inputs = {");
    for (unsigned i = 0; i <= TS_LUA_INPUTS_MAX; i++)
        ts_buf_printf(&text, "{name = 'N%u', help = 'h'},", i);
    ts_buf_str(&text, "}}");
    refused(ts_buf_text(&text), "100");
    ts_buf_clear(&text);
    while (text.len < TS_LUA_SOURCE_MAX + 1)
        ts_buf_char(&text, '\n');
    refused(ts_buf_text(&text), "4194304");
    ts_buf_done(&text);
}

static void declaration_faults_are_named(void **state)
{
    TS_UNUSED(state);
    refused("return 1", "returns a number");
    refused("return {}", "field 'type' is missing");
    refused(HEAD "runn = function() end}", "unknown field 'runn'; did you mean 'run'?");
    refused(HEAD "run = 1}", "'run' must be a function");
    refused(HEAD "phase = 'pe', run = function() end}",
            "field 'phase' is 'pe'; it may be winpe, full or any");
    refused(HEAD "effects = {'disk.wype'}, run = function() end}",
            "unknown or repeated effect 'disk.wype'");
    refused(HEAD "inputs = {{name = 'A'}}, run = function() end}", "input 'A': ");
    refused(HEAD "inputs = {{name = 'A', help = 'h', type = 'enum'}}, run = function() end}",
            "'choices'");
    refused("local x =", "step.lua:1:");
    refused("ts.host.fact('make') return {}", "while the file is loaded");
    refused("return {type = 'T', title = 't', help = 'h', run = function() end}", "'T'");
}

/* Loads the step, runs one step of type L with the settings, and compares the trace. */
static void runs(const char *text, const char *settings, const char *trace)
{
    ts_err *err = NULL;
    scene s;
    TS_CLEANUP(ts_free_ptr)
    char *body = ts_sprintf(
        "<step type=\"L\" name=\"A\" successCodeList=\"0 3010\" continueOnError=\"true\"><action/>"
        "<defaultVarList>%s</defaultVarList></step>",
        settings);
    scene_open(&s, body);
    s.trace_variables = true;
    s.restarts_here = true;
    ts_lua_steps *loaded = load(s.steps, text, &err);
    if (!loaded)
        fail_msg("%s", ts_err_text(err));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), trace);
    scene_close(&s);
    ts_lua_steps_free(loaded);
}

static void return_values_become_the_outcome(void **state)
{
    TS_UNUSED(state);
    runs(HEAD "run = function() end}", "", "A ok 0\n");
    runs(HEAD "run = function() return true end}", "", "A ok 0\n");
    runs(HEAD "run = function() return false end}", "", "A failed, continued -1\n");
    runs(HEAD "run = function() return 5 end}", "", "A failed, continued 5\n");
    runs(HEAD "run = function() return {code = 3010} end}", "",
         "A ok 3010\nrestart restart to the full OS\n");
    runs(HEAD "run = function() return {restart = 'WinPE'} end}", "",
         "A ok 0\nrestart restart to Windows PE\n");
    runs(HEAD "run = function() return {restart = 'moon'} end}", "", "A failed, continued -1\n");
    runs(HEAD "run = function() error('no') end}", "", "A failed, continued -1\n");
    runs(HEAD "run = function() while true do end end}", "", "A failed, continued -1\n");
}

static void inputs_arrive_expanded_with_defaults(void **state)
{
    TS_UNUSED(state);
    static const char text[] = HEAD "inputs = {{name = 'Who', help = 'h', default = 'nobody'}, "
                                    "{name = 'N', type = 'int', help = 'h'}},"
                                    "outputs = {'_Mine'}, run = function(i) ts.var.set('Out', "
                                    "i.Who .. '/' .. i.N) ts.var.set('_Mine', 1) end}";
    runs(text, "", "Out=nobody/\nA ok 0\n");
    runs(text,
         "<variable name=\"Who\" property=\"Who\">%_SMSTSCurrentActionName%!</variable>"
         "<variable name=\"N\" property=\"N\">7</variable>",
         "Out=A!/7\nA ok 0\n");
    runs(text, "<variable name=\"N\" property=\"N\">seven</variable>", "A failed, continued -1\n");
}

static void required_input_that_is_empty_fails(void **state)
{
    TS_UNUSED(state);
    runs(HEAD "inputs = {{name = 'Who', help = 'h', required = true}}, run = function() end}", "",
         "A failed, continued -1\n");
}

static void read_only_variables_stay_read_only(void **state)
{
    TS_UNUSED(state);
    runs(HEAD "run = function() local ok, e = pcall(ts.var.set, '_SMSTSInWinPE', 'x') "
              "ts.var.set('Code', e.code) end}",
         "", "Code=REFUSED\nA ok 0\n");
}

static void secret_variables_are_masked_in_events(void **state)
{
    TS_UNUSED(state);
    runs(HEAD "run = function() ts.var.set('Pin', '1234567', {secret = true}) "
              "ts.var.set('Copy', 'is ' .. ts.var.get('Pin')) end}",
         "", "Pin=***\nCopy=is ***\nA ok 0\n");
}

static void json_round_trip_keeps_kinds(void **state)
{
    TS_UNUSED(state);
    runs(HEAD
         "run = function() local v = ts.json.decode('{\"a\":[1,2.5,true,null,\"x\"],\"b\":{}}') "
         "assert(v.a[1] == 1 and v.a[2] == 2.5 and v.a[3] == true and v.a[4] == ts.json.null) "
         "ts.var.set('J', ts.json.encode(v.a)) end}",
         "", "J=[1,2.5,true,null,\"x\"]\nA ok 0\n");
    runs(HEAD "run = function() local t = {} t.t = t ts.json.encode(t) end}", "",
         "A failed, continued -1\n");
    runs(HEAD
         "run = function() local ok, e = pcall(ts.json.decode, '{') ts.var.set('C', e.code) end}",
         "", "C=SYNTAX\nA ok 0\n");
}

static void helpers_answer(void **state)
{
    TS_UNUSED(state);
    runs(HEAD "run = function() ts.var.set('H', ts.hash.sha256('abc'):sub(1, 8)) ts.var.set('T', "
              "ts.time.utc(0)) "
              "ts.var.set('P', ts.host.phase()) end}",
         "", "H=ba7816bf\nT=1970-01-01T00:00:00.000Z\nP=winpe\nA ok 0\n");
}

static void wrong_arguments_are_lua_errors(void **state)
{
    TS_UNUSED(state);
    static const char *const calls[] = {
        "ts.var.get()",
        "ts.var.set('A')",
        "ts.host.run('x')",
        "ts.host.run{}",
        "ts.host.run{argv = {}}",
        "ts.host.run{argv = {1, {}}}",
        "ts.host.run{comand = 'x'}",
        "ts.host.run{command = 'x', timeout = -1}",
        "ts.host.sleep(-1)",
        "ts.host.fact('nope')",
        "ts.host.wmi('SELECT')",
        "ts.json.encode(print)",
        "ts.json.encode({[true] = 1})",
        "ts.progress(2, 1)",
        "ts.host.reg_set('HKLM/x', 'v', 'd', 'REG_NOPE')",
    };
    for (size_t i = 0; i < TS_COUNT(calls); i++) {
        TS_CLEANUP(ts_free_ptr)
        char *text = ts_sprintf(HEAD "run = function() return pcall(function() %s end) == false "
                                     "and 0 or 9 end}",
                                calls[i]);
        runs(text, "", "A ok 0\n");
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(step_beyond_a_limit_is_refused),
        CASE(declaration_faults_are_named),
        CASE(return_values_become_the_outcome),
        CASE(inputs_arrive_expanded_with_defaults),
        CASE(required_input_that_is_empty_fails),
        CASE(read_only_variables_stay_read_only),
        CASE(secret_variables_are_masked_in_events),
        CASE(json_round_trip_keeps_kinds),
        CASE(helpers_answer),
        CASE(wrong_arguments_are_lua_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
