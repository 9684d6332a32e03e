/* ts/check.h - faults and findings of a sequence without running it.
 *
 * Rules have an id, a severity and a page (docs/reference/lint.md). Output formats are in
 * engine/report. */
#ifndef TS_CHECK_H
#define TS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/sequence.h>
#include <ts/step.h>

#define TS_CHECK_FINDINGS_MAX 10000u /* of one bundle; then one more says so */
#define TS_CHECK_TEXT_MAX     4096u  /* bytes of a finding's text; the rest is cut */

typedef enum ts_severity { TS_SEVERITY_NOTE, TS_SEVERITY_WARNING, TS_SEVERITY_ERROR } ts_severity;

typedef struct ts_check_rule {
    const char *id; /* "bitlocker-ad-escrow" */
    ts_severity severity;
    const char *title;  /* one line */
    const char *advice; /* what to do */
    const char *source; /* ground of the rule */
} ts_check_rule;

typedef struct ts_finding {
    const ts_check_rule *rule;
    const ts_sequence *sequence;
    const ts_node *node; /* may be NULL */
    uint32_t line;
    bool secret_line; /* the line holds a secret in clear: never show it */
    const char *text; /* what is wrong here, with values; secrets never */
} ts_finding;

typedef struct ts_check ts_check; /* findings of one bundle; owns their text */

const ts_check_rule *ts_check_rules(size_t *count);
const ts_check_rule *ts_check_rule_find(const char *id); /* NULL: there is none */

/* Checks every sequence of the bundle, which must outlive the result. Errors: TS_NOMEM. */
ts_check *ts_check_bundle(const ts_bundle *bundle, const ts_steps *steps, ts_err **err);
void ts_check_free(ts_check *check);
size_t ts_check_count(const ts_check *check);
const ts_finding *ts_check_at(const ts_check *check, size_t index); /* by file, line */
/* Drops the findings that `keep` does not want. */
void ts_check_keep(ts_check *check, bool (*keep)(void *ctx, const ts_finding *finding), void *ctx);
/* For rules and step classes: adds one finding by rule id (an unknown id: "step-check"). line 0:
 * the node's. */
void ts_check_finding(ts_check *check, const char *rule, const ts_node *node, uint32_t line,
                      const char *fmt, ...) TS_PRINTF(5, 6);

#endif
