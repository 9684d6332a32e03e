/* helpers.h - what several steps need: the difference between a step's failure and an engine fault,
 * facts, output variables, run-as. */
#ifndef TS_STEPS_HELPERS_H
#define TS_STEPS_HELPERS_H

#include <ts/step.h>

#define TS_STEP_OUTPUT_CHARACTERS                                                                  \
    1000u /* ConfigMgr docs: an output variable keeps the last 1,000 */

/* Codes of a step's own failure, as Windows programs give them. */
#define TS_STEP_CODE_NOT_FOUND     0x80070002 /* ERROR_FILE_NOT_FOUND as an HRESULT */
#define TS_STEP_CODE_NOT_SUPPORTED 0x80070032 /* ERROR_NOT_SUPPORTED */
#define TS_STEP_CODE_BAD_VALUE     0x80070057 /* ERROR_INVALID_PARAMETER */

/* An error from below: the step's own failure (true), or a fault of the engine that ends the run
 * (false: out of memory, cancelled). Takes `why`. */
bool ts_step_own(ts_result *out, ts_err *why, ts_err **err);

/* For precheck functions: the input's value cannot be known yet. */
bool ts_step_is_unknown(ts_ctx *c, const char *input);
/* Every setting of the step, as far as it is one, is known. */
bool ts_step_all_known(ts_ctx *c);
/* An error of a question: a finding, unless this host cannot answer such questions. Takes `why`. */
bool ts_step_finding(ts_result *out, ts_err *why, ts_err **err);

/* Sets a variable; a name or value that is not allowed is the step's own failure. An unknown value
 * stays unknown. */
bool ts_step_set(ts_ctx *c, ts_result *out, const char *name, const ts_value *value, ts_err **err);
bool ts_step_set_text(ts_ctx *c, ts_result *out, const char *name, const char *text, ts_err **err);

/* Puts the end of a program's output into the variable that the input `input` names, when it names
 * one and the output is known. */
bool ts_step_set_output(ts_ctx *c, ts_result *out, const char *input, const char *output,
                        ts_err **err);

/* Names of the inputs that run a program as another user. */
typedef struct ts_step_run_as {
    const char *flag;     /* of the step */
    const char *flag_all; /* run-wide: every step of the kind */
    const char *user;
    const char *password;
} ts_step_run_as;
/* Fills program->user and password. *ok false: the step failed, `out` says why. */
bool ts_step_set_user(ts_ctx *c, const ts_step_run_as *names, ts_program *program, ts_result *out);

/* The working folder: `folder` as it is when absolute, else below `base` (a package), owned; NULL
 * when both are empty. False: no memory. */
bool ts_step_folder(const char *folder, const char *base, char **out, ts_err **err);

#endif
