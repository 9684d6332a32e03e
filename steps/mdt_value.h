/* mdt_value.h - values of MDT's rules: %NAME% and #expression# replaced. */
#ifndef TS_STEPS_MDT_VALUE_H
#define TS_STEPS_MDT_VALUE_H

#include <ts/step.h>

/* Replaces %NAME% (a property, the first element of a list, else the environment) until nothing is
 * left to replace, then #expressions#. What is not known stays as it is written, and *note says so
 * (a literal, or NULL); a function of a UserExit script makes the value unknown in a simulation and
 * is TS_UNSUPPORTED on a machine. `out` is for ts_value_done. TS_LIMIT: values that hold each
 * other, or are too long. */
bool mdt_value(ts_ctx *c, const char *text, ts_value *out, const char **note, ts_err **err);

#endif
