/* mdt_optional.h - steps of MDT's templates that have nothing to do unless a property asks. */
#ifndef TS_STEPS_MDT_OPTIONAL_H
#define TS_STEPS_MDT_OPTIONAL_H

#include <ts/step.h>

/* Succeeds, and says why, when the step has nothing to do. When it has, this build cannot do it:
 * that is the step's failure on a machine, and its declared effects in a simulation. Changes
 * nothing; also the precheck of these classes. */
bool ts_mdt_optional_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
