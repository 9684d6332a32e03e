/* bench_sim.c - what a simulated machine costs: making one from its profile, a WMI query, a fact, a
 * program. Goals: well under 1 ms for a machine, a few microseconds for a condition's query, so
 * that 1,000 profiles over a sequence of 131 steps stay far below 2 s. Not a test: run it by hand
 * with a profile as argument. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#include "os.h"

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *what, double start, unsigned rounds)
{
    printf("%-44s %9.2f us\n", what, (now_ns() - start) / rounds / 1000);
}

static bool query(ts_host *host, const ts_wql *wql)
{
    ts_wmi_rows rows = {0};
    if (!ts_host_wmi(host, "root\\cimv2", wql, &rows, NULL))
        return false;
    ts_wmi_rows_done(&rows);
    return true;
}

static bool measure(ts_host *host, const ts_wql *wql)
{
    bool ok = true;
    double start = now_ns();
    for (unsigned i = 0; i < 200000; i++)
        ok &= query(host, wql);
    report("WMI query, class known", start, 200000);
    start = now_ns();
    for (unsigned i = 0; i < 200000; i++) {
        char *text = NULL;
        ok &= ts_host_fact(host, TS_FACT_MODEL, &text, NULL);
        free(text);
    }
    report("a fact", start, 200000);
    start = now_ns();
    for (unsigned i = 0; i < 200000; i++) {
        ts_program p = {.command_line = "cmd.exe /c echo hello"};
        ts_program_result r = {0};
        ok &= ts_host_run(host, &p, &r, NULL);
        ts_program_result_done(&r);
    }
    report("a program that nobody knows", start, 200000);
    return ok;
}

int main(int argc, char **argv)
{
    char *text = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    if (argc != 2 || !ts_file_read(argv[1], TS_SIM_PROFILE_MAX, &text, &size, &err)) {
        fprintf(stderr, "usage: bench_sim PROFILE.json (%s)\n", ts_err_text(err));
        return 2;
    }
    ts_arena *arena = ts_arena_new();
    const ts_wql *wql = ts_wql_parse(
        arena, "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE 'Latitude%'", &err);
    bool ok = wql != NULL;
    double start = now_ns();
    for (unsigned i = 0; ok && i < 5000; i++) {
        ts_host *host = ts_host_sim_new(argv[1], text, size, &err);
        ok = host != NULL;
        ts_host_free(host);
    }
    report("make and free a machine", start, 5000);
    start = now_ns();
    for (unsigned i = 0; ok && i < 5000; i++) {
        ts_host *host = ts_host_sim_new(argv[1], text, size, &err);
        ok = host && query(host, wql);
        ts_host_free(host);
    }
    report("the same with one WMI query", start, 5000);
    ts_host *host = ok ? ts_host_sim_new(argv[1], text, size, &err) : NULL;
    ok = host && measure(host, wql);
    ts_host_free(host);
    ts_arena_free(arena);
    free(text);
    if (!ok)
        fprintf(stderr, "%s\n", ts_err_text(err));
    return ok ? 0 : 1;
}
