/* bench_run.c - simulated steps per second on flat sequences of 100,000 steps (goal: at least one
 * million), against the time to load the same bytes in the same run.
 * Usage: bench_run [STEPS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ts/run.h>
#include <ts/sim.h>
#include <ts/text.h>

#include "steps.h"

#define STEPS_MAX 1000000u
#define ROUNDS    5u

static const char machine[] =
    "{\"name\": \"bench\", \"firmware\": \"uefi\", \"memory\": \"8 GiB\", \"smbios\": "
    "{\"manufacturer\": \"Contoso\", \"model\": \"One\", \"serial\": \"S-1\", \"chassis\": "
    "\"laptop\"}, "
    "\"processor\": {\"mhz\": 2400}, \"disks\": [{\"size\": \"256 GB\"}], "
    "\"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"ip\": [\"10.0.0.5\"]}]}";

static unsigned n_steps = 100000;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char set_step[] =
    "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"Step %u\" runIn=\"WinPEandFullOS\" "
    "successCodeList=\"0\"><action>tsenv.exe \"Name%u=Value %u\"</action><defaultVarList>"
    "<variable name=\"VariableName\" property=\"VariableName\" hidden=\"true\">Name%u</variable>"
    "<variable name=\"VariableValue\" property=\"VariableValue\" hidden=\"true\">Value "
    "%u</variable>"
    "</defaultVarList></step>\n";
static const char command_step[] =
    "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"Step %u\" "
    "successCodeList=\"0 3010\"><action>smsswd.exe /run: program%u.exe /number %u</action>"
    "</step>\n";
static const char skipped_step[] =
    "<step name=\"Step %u\" successCodeList=\"0\"><action>program%u.exe %u</action><condition>"
    "<expression type=\"SMS_TaskSequence_VariableConditionExpression\"><variable name=\"Operator\">"
    "equals</variable><variable name=\"Variable\">_SMSTSInWinPE</variable><variable name=\"Value\">"
    "false</variable></expression></condition></step>\n";

static void add_step(ts_buf *xml, unsigned kind, unsigned i)
{
    unsigned name = i % 100;
    if (kind == 0)
        ts_buf_printf(xml, set_step, i, name, i, name, i);
    else if (kind == 1)
        ts_buf_printf(xml, command_step, i, name, i);
    else
        ts_buf_printf(xml, skipped_step, i, name, i);
}

static bool run_once(const ts_bundle *bundle, const ts_steps *steps, double *seconds)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("bench.json", machine, sizeof machine - 1, &err);
    ts_vars *vars = ts_vars_new();
    ts_events events = {0};
    ts_run_report report = {.outcome = TS_OUTCOME_NONE};
    ts_run_options options = {.bundle = bundle,
                              .steps = steps,
                              .host = host,
                              .vars = vars,
                              .events = &events,
                              .simulate = true};
    double start = now();
    bool ok = host && vars && ts_run_sequence(&options, &report, &err);
    *seconds = now() - start;
    if (!ok || report.ran + report.skipped != n_steps || report.failed > 0) {
        printf("%s: ran %u, skipped %u, failed %u\n", ts_err_text(err), report.ran, report.skipped,
               report.failed);
        ok = false;
    }
    ts_vars_free(vars);
    ts_host_free(host);
    ts_err_free(err);
    return ok;
}

static bool measure(const char *what, unsigned kind, const ts_steps *steps)
{
    ts_err *err = NULL;
    ts_buf xml;
    ts_buf_init(&xml, 64u * 1024u * 1024u);
    ts_buf_str(&xml, "<sequence version=\"3.10\">");
    for (unsigned i = 0; i < n_steps; i++)
        add_step(&xml, kind, i);
    ts_buf_str(&xml, "</sequence>");
    double start = now(), best = 1e9, seconds = 0;
    ts_bundle *bundle = ts_bundle_load_bytes("bench.xml", xml.data, xml.len, &err);
    double load = now() - start;
    bool ok = bundle != NULL;
    if (!ok)
        printf("%s\n", ts_err_text(err));
    for (unsigned i = 0; ok && i < ROUNDS; i++) {
        ok = run_once(bundle, steps, &seconds);
        best = seconds < best ? seconds : best;
    }
    if (ok)
        printf("%-28s %8.0f steps/ms  %6.3f s  (loading them: %.3f s, run/load %.2f)\n", what,
               n_steps / best / 1000, best, load, best / load);
    ts_bundle_free(bundle);
    ts_err_free(err);
    ts_buf_done(&xml);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_steps = (unsigned)strtoul(argv[1], NULL, 10);
    if (n_steps == 0 || n_steps > STEPS_MAX)
        return 2;
    ts_steps *steps = ts_steps_new(ts_builtin_steps, NULL);
    bool ok = steps && measure("set a variable", 0, steps) &&
              measure("run a command (assumed)", 1, steps) &&
              measure("skipped by its condition", 2, steps);
    ts_steps_free(steps);
    return ok ? 0 : 1;
}
