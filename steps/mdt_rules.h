/* mdt_rules.h - MDT's rules: what CustomSettings.ini gives to which machine.
 *
 * Order and precedence are ZTIGather's (MDT documentation, "Configuring rules"; ZTIGather.wsf):
 * sections in the order of Priority, a rule that names a property with a value leads to the section
 * of that value; properties in their declared order; the first value wins, but for a few
 * properties; lists grow. */
#ifndef TS_STEPS_MDT_RULES_H
#define TS_STEPS_MDT_RULES_H

#include <ts/step.h>

#define MDT_RULES_DEPTH_MAX    16u   /* subsections inside one another */
#define MDT_RULES_REPLACE_MAX  1000u /* %NAME%s replaced in one value */
#define MDT_RULES_CUSTOM_MAX   1000u /* properties that the file itself declares */
#define MDT_RULES_ELEMENTS_MAX 999u  /* of a list: three digits */

enum { MDT_LIST = 1, MDT_LAST_WINS = 2 };

typedef struct mdt_property {
    const char *name; /* NULL: the end */
    unsigned flags;
} mdt_property;
extern const mdt_property mdt_properties[];

/* Applies the rules in `data`; `file` stands in messages. What this engine cannot do (a UserExit
 * script, SQL, a web service) is the step's failure on a machine, and unknown in a simulation.
 * Returns false for a fault of the engine only. */
bool mdt_rules_apply(ts_ctx *c, const char *file, const char *data, size_t size, ts_result *out,
                     ts_err **err);

#endif
