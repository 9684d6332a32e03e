/* bench_vars.c - nanoseconds per operation of the variables; the engine sets about five variables a
 * step and the goal is a million simulated steps a second. Not a test: run it by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ts/vars.h>

#define ROUNDS 5000000u

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *what, double start)
{
    printf("%-44s %8.1f ns\n", what, (now_ns() - start) / ROUNDS);
}

int main(void)
{
    ts_vars *vars = ts_vars_new();
    if (!vars)
        return 1;
    char name[32];
    for (unsigned i = 0; i < 300; i++) { /* a run has some hundred variables */
        snprintf(name, sizeof(name), "Variable%u", i);
        if (!ts_vars_set(vars, name, "value", 0, NULL))
            return 1;
    }
    bool ok = true;
    double start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++)
        ok &= ts_vars_set_engine(vars, "_SMSTSCurrentActionName",
                                 i & 1 ? "Apply Operating System" : "Partition Disk 0 - UEFI",
                                 NULL);
    report("set again, another value", start);
    start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++)
        ok &= ts_vars_set_engine(vars, "_SMSTSLastActionSucceeded", "true", NULL);
    report("set again, same value", start);
    start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++)
        ok &= ts_vars_set(vars, "SMSTSRebootRequested", i & 1 ? "HD" : "", 0, NULL);
    report("set and delete in turn", start);
    start = now_ns();
    size_t found = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        found += ts_vars_get(vars, "_smstscurrentactionname") != NULL;
    report("get, other case", start);
    start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++)
        found += ts_vars_get(vars, "NoSuchVariable") != NULL;
    report("get, missing", start);
    start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        ts_vars_step_begin(vars);
        ok &= ts_vars_step_default(vars, "WorkingDirectory", "C:\\", 0, NULL);
        ok &= ts_vars_step_default(vars, "CommandLine", "cmd.exe /c dir", 0, NULL);
        ts_vars_step_end(vars);
    }
    report("step layer with two defaults", start);
    start = now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        ts_value v;
        ok &= ts_vars_expand(vars, "cscript.exe %Variable7%\\x.wsf", &v, NULL, NULL);
        ts_value_done(&v);
    }
    report("expand one reference", start);
    ts_vars_free(vars);
    return ok && found == ROUNDS ? 0 : 1;
}
