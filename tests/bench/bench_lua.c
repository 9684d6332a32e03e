/* bench_lua.c - what a step in Lua costs over a native one, on a simulated machine. Goal: at most
 * 50 microseconds. Not a test: run it by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ts/mem.h>
#include <ts/run.h>
#include <ts/sim.h>

#include "lua_steps.h"
#include "os.h"
#include "steps.h"

#define STEPS 1000u

static const char profile[] = "{\"name\": \"bench\", \"firmware\": \"uefi\", \"smbios\": "
                              "{\"manufacturer\": \"x\", \"model\": "
                              "\"y\"}}";
static const char script[] =
    "return {type = 'Bench_Lua', title = 'Lua', help = 'Sets a variable.', resume = 'again',\n"
    "  inputs = {{name = 'VariableValue', help = 'v'}},\n"
    "  run = function(input) ts.var.set('Done', input.VariableValue) return 0 end}\n";

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool write_sequence(const char *path, const char *type, ts_err **err)
{
    ts_buf out;
    ts_buf_init(&out, 16u * 1024 * 1024);
    ts_buf_str(&out, "<sequence version=\"3.00\">");
    for (unsigned i = 0; i < STEPS; i++)
        ts_buf_printf(&out,
                      "<step type=\"%s\" name=\"S%u\"><defaultVarList>"
                      "<variable name=\"VariableName\" property=\"VariableName\">Done</variable>"
                      "<variable name=\"VariableValue\" property=\"VariableValue\">1</variable>"
                      "</defaultVarList></step>",
                      type, i);
    ts_buf_str(&out, "</sequence>");
    bool ok = ts_file_write_atomic(path, out.data, out.len, err);
    ts_buf_done(&out);
    return ok;
}

/* Microseconds a step; negative on failure. */
static double measure(const char *path, const ts_steps *steps, ts_err **err)
{
    ts_bundle *bundle = ts_bundle_load(path, err);
    double best = -1;
    for (unsigned round = 0; bundle && round < 7; round++) {
        ts_host *host = ts_host_sim_new("bench", profile, strlen(profile), err);
        ts_vars *vars = ts_vars_new();
        ts_run_options options = {
            .bundle = bundle, .steps = steps, .host = host, .vars = vars, .simulate = true};
        ts_run_report report = {.outcome = TS_OUTCOME_NONE};
        double start = now_ns();
        bool ok = host && vars && ts_run_sequence(&options, &report, err) &&
                  report.outcome == TS_OUTCOME_OK && report.ran == STEPS;
        double us = (now_ns() - start) / STEPS / 1000;
        best = ok && (best < 0 || us < best) ? us : best;
        ts_vars_free(vars);
        ts_host_free(host);
    }
    ts_bundle_free(bundle);
    return best;
}

int main(void)
{
    ts_err *err = NULL;
    ts_steps *steps = ts_steps_new(ts_builtin_steps, &err);
    const char *file = "bench_lua.step.lua", *xml = "bench_lua.xml";
    ts_lua_steps *lua = NULL;
    bool ok = steps && ts_file_write_atomic(file, script, strlen(script), &err) &&
              (lua = ts_lua_steps_load_file(file, steps, &err)) != NULL &&
              write_sequence(xml, "SMS_TaskSequence_SetVariableAction", &err);
    double native = ok ? measure(xml, steps, &err) : -1;
    ok = ok && write_sequence(xml, "Bench_Lua", &err);
    double scripted = ok ? measure(xml, steps, &err) : -1;
    printf("native step %8.2f us\nLua step    %8.2f us\ndifference  %8.2f us (goal: 50)\n", native,
           scripted, scripted - native);
    if (err)
        fprintf(stderr, "%s\n", ts_err_text(err));
    remove(file);
    remove(xml);
    ts_steps_free(steps);
    ts_lua_steps_free(lua);
    return native > 0 && scripted > 0 ? 0 : 1;
}
