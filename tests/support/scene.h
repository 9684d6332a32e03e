/* scene.h - a small world for interpreter tests: a sequence from text, a scripted host, step types
 * that do what their settings say, and a trace of what happened.
 *
 * Step type "T": settings Code (exit code), Set ("NAME=VALUE"), Restart (HD or WinPE). */
#ifndef TS_TESTS_SCENE_H
#define TS_TESTS_SCENE_H

#include <ts/run.h>

typedef struct scene {
    ts_bundle *bundle;
    ts_steps *steps;
    ts_vars *vars;
    ts_host *host;
    ts_events events;
    ts_run_options options;
    ts_run_report report;
    ts_buf trace; /* "+group", "skip A", "A ok 0", "-group", ... a line each */
    bool trace_variables;
    bool restarts_here; /* hand-over goes on in place (as a simulated machine does) */
    bool nothing_to_boot;
    ts_phase phase;
    const char *started; /* command of ts_host_start, owned */
    int64_t now;         /* the host's clock */
} scene;

/* `body` is what stands inside <sequence>. Fails the test when it does not load. */
void scene_open(scene *s, const char *body);
/* The same with child sequences: an export with package MAIN0001 (`body`) and CHILD001 (`child`).
 */
void scene_open_with_child(scene *s, const char *body, const char *child);
#define SCENE_CALL_CHILD                                                                           \
    "<subtasksequence type=\"SMS_TaskSequence_SubTasksequence\" name=\"Call\" "                    \
    "successCodeList=\"0\"><action>SubTasksequence.exe</action><defaultVarList>"                   \
    "<variable name=\"OSDSubTasksequencePackageID\" property=\"TsPackageID\">CHILD001"             \
    "</variable></defaultVarList></subtasksequence>"
void scene_close(scene *s);
/* Runs; the trace then holds what happened. */
void scene_run(scene *s);
/* Runs `body` in a fresh scene and compares the trace; `verdict` is the outcome's id. */
void scene_expect(const char *body, const char *trace, const char *verdict);

#endif
