/* check_report.h - findings of `taskseq check` as text with excerpts, JSON and SARIF 2.1.0. */
#ifndef TS_CHECK_REPORT_H
#define TS_CHECK_REPORT_H

#include <stddef.h>

#include <ts/check.h>

#include "style.h"

#define TS_CHECK_SOURCE_MAX  (64u * 1024u * 1024u) /* bytes of a file that excerpts come from */
#define TS_CHECK_JSON_SCHEMA "taskseq-check-1"

/* One file that was checked. */
typedef struct ts_checked {
    const char *file;
    const ts_check *check; /* NULL: it did not load */
    const char *error;     /* why it did not load; "" otherwise */
} ts_checked;

/* How many findings of a severity; a file that did not load counts as one error. */
size_t ts_checked_count(const ts_checked *files, size_t count, ts_severity severity);
const char *ts_severity_id(ts_severity severity); /* "note", "warning", "error" */

void ts_report_check_text(const ts_checked *files, size_t count, const ts_style *style,
                          ts_buf *out);
void ts_report_check_json(const ts_checked *files, size_t count, ts_buf *out);
/* version: of this program. */
void ts_report_check_sarif(const ts_checked *files, size_t count, const char *version, ts_buf *out);

#endif
