/* steps.c - the table behind steps.h. */
#include "steps.h"

const ts_step_class *const ts_builtin_steps[] = {
#define TS_STEPS_ENTRY(name) &ts_step_##name,
    TS_STEPS(TS_STEPS_ENTRY)
#undef TS_STEPS_ENTRY
        NULL,
};
