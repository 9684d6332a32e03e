/* ts/rules.h - the rules of a Set Dynamic Variables step: a second XML document, escaped inside the
 * variable OSDSetDynamicVariablesRules.
 *
 *   <Rules><Rule>[<condition>one or more expressions</condition>]
 *     <Variables><Variable Name="..."
 * IsSecret="true|false">value</Variable></Variables></Rule></Rules>
 *
 * Every rule whose condition is true (or that has none) sets its variables, in order. Condition
 * types are those of steps, and MakeModel (Make and Model; * and ?), Computer (AssetTag,
 * MACAddress, SerialNumber, UUID; any one) and Location (DefaultGateway). */
#ifndef TS_RULES_H
#define TS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/condition.h>
#include <ts/error.h>
#include <ts/sequence.h>

#define TS_RULES_BYTES_MAX (4u * 1024u * 1024u) /* of one rules document */
#define TS_RULES_MAX       10000u               /* rules in one document */

typedef struct ts_rule_variable {
    const char *name;
    const char
        *value; /* "" when empty; a secret of an export is empty, because the console drops it */
    bool secret;
    uint32_t line;
} ts_rule_variable;

typedef struct ts_rule {
    const struct ts_cond *condition; /* NULL: always */
    const ts_rule_variable *variables;
    size_t n_variables;
    uint32_t line;
} ts_rule;

typedef struct ts_rules {
    const ts_rule *rules;
    size_t n_rules;
    const ts_load_warning *warnings;
    size_t n_warnings;
} ts_rules;

/* `file` and `line` (of the setting in the sequence; 0: 1) place messages; a blank text has no
 * rules. Owned; strings inside are borrowed until ts_rules_free, which wipes secret values. Errors:
 * TS_SYNTAX with line and column, TS_LIMIT, TS_NOMEM. */
const ts_rules *ts_rules_parse(const char *text, const char *file, uint32_t line, ts_err **err);
void ts_rules_free(const ts_rules *rules);

#endif
