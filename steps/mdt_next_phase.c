/* mdt_next_phase.c - MDT's ZTINextPhase: moves PHASE on, which the groups of MDT sequences test. */
#include <ts/text.h>

#include "helpers.h"
#include "inputs.h"
#include "steps.h"

static const ts_input inputs[] = {
    TS_IN_TEXT("PHASE", NULL, "The phase that ends now."),
    TS_IN_TEXT("DeploymentMethod", NULL, "OSD leaves out INSTALL."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const programs[] = {"ztinextphase", NULL};
static const char *const outputs[] = {"PHASE", NULL};

/* Order of the phases (MDT documentation, "ZTINextPhase.wsf"); behind the last comes none. */
static const char *const phases[] = {
    "VALIDATION", "STATECAPTURE", "PREINSTALL", "INSTALL", "POSTINSTALL", "STATERESTORE", ""};

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_value *phase = ts_ctx_value(c, "PHASE");
    if (phase->flags & TS_VALUE_UNKNOWN)
        return ts_step_set(c, out, "PHASE", phase, err);
    for (size_t i = 0; i + 1 < TS_COUNT(phases); i++) {
        if (!ts_str_ieq(phase->text, phases[i]))
            continue;
        const char *next = phases[i + 1];
        if (ts_str_ieq(next, "INSTALL") && ts_str_ieq(ts_ctx_text(c, "DeploymentMethod"), "OSD"))
            next = phases[i + 2];
        const ts_value value = {.text = next, .flags = phase->flags, .why = phase->why};
        ts_ctx_log(c, TS_LEVEL_INFO, "PHASE %s ends; next is %s", phases[i], *next ? next : "none");
        return ts_step_set(c, out, "PHASE", &value, err);
    }
    return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                          *phase->text ? "PHASE is '%s', which is no phase of MDT"
                                       : "PHASE is not set%s: run ZTIGather first, or set it",
                          phase->text);
}

const ts_step_class ts_step_zti_next_phase = {
    .type = "ZTINextPhase",
    .title = "Next Phase (MDT)",
    .family = "mdt_next_phase",
    .help = "Moves the variable PHASE to the next phase of an MDT deployment.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_STOP,
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
