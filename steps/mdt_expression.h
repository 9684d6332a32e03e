/* mdt_expression.h - the #expressions# of MDT's rules: a piece of VBScript without VBScript.
 *
 * Known: texts, numbers, dates, operators (& + - * / \ Mod, comparisons, And Or Not), the functions
 * of published rules (Left, Right, Mid, Replace, Split ...) and oEnvironment.Item("X"). Everything
 * else is refused by name: functions of a UserExit script, objects. */
#ifndef TS_STEPS_MDT_EXPRESSION_H
#define TS_STEPS_MDT_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>
#include <ts/vars.h>

#define MDT_EXPRESSION_MAX       (64u * 1024u) /* bytes of an expression and of its value */
#define MDT_EXPRESSION_DEPTH_MAX 32u           /* brackets and signs inside one another */

typedef struct mdt_world {
    const ts_vars *vars;
    int64_t now;    /* the machine's local time, milliseconds */
    unsigned flags; /* of the variables that oEnvironment.Item read, added up (ts_value_flag) */
    bool unknown_function; /* refused since it calls a function that is not known here */
} mdt_world;

/* Appends the value to `out`. False: TS_SCHEMA says what the expression holds that is not known,
 * without naming values; TS_LIMIT, TS_NOMEM. */
bool mdt_expression(mdt_world *world, const char *text, ts_buf *out, ts_err **err);

#endif
