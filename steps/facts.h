/* facts.h - what steps ask of the machine's facts. */
#ifndef TS_STEPS_FACTS_H
#define TS_STEPS_FACTS_H

#include <ts/step.h>

/* Text of a fact, owned, "" when the machine does not have it. NULL: the step failed (`out` says
 * why), or a fault (`err` is set). */
char *ts_step_fact(ts_ctx *c, ts_fact fact, ts_result *out, ts_err **err);

/* Compares dotted version numbers, four parts at most; missing parts count as 0. *valid false: one
 * of them is no version. */
int ts_step_compare_versions(const char *a, const char *b, bool *valid);

#endif
