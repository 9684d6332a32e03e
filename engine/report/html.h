/* html.h - reports as one self-contained page: no network, no scripts; <details> and CSS only;
 * light and dark as the reader's system is; made to be printed as well.
 *
 * A page is ts_html_begin, sections in any order, ts_html_end. What comes out is well-formed XML
 * behind the DOCTYPE line. Out of memory and too long are the buffer's sticky failures. */
#ifndef TS_HTML_H
#define TS_HTML_H

#include "coverage.h"
#include "matrix.h"
#include "story.h"
#include "test_report.h"

#define TS_HTML_TREES_MAX     50u /* trees below the table of many machines; the table shows all */
#define TS_HTML_PRINT_COLUMNS 30u /* columns of the table on one printed page */

/* title: the page's heading; subtitle: what it is about, "" for none. */
void ts_html_begin(ts_buf *out, const char *title, const char *subtitle);
void ts_html_end(ts_buf *out);

/* One run: verdict, disk wipes, tree with reasons, timeline, effects. */
void ts_html_story(ts_buf *out, const ts_story *story);
/* Why a machine could not be simulated. */
void ts_html_error(ts_buf *out, const char *machine, const char *text);

typedef struct ts_html_machine {
    const ts_column *column;
    const ts_story *story; /* may be NULL: no tree */
} ts_html_machine;
/* Many machines: table of steps by behaviours, their machines, a tree of each behaviour. */
void ts_html_machines(ts_buf *out, const ts_sequence *sequence, const ts_html_machine *machines,
                      size_t count);

void ts_html_tests(ts_buf *out, const ts_test_report *report);
void ts_html_coverage(ts_buf *out, const ts_coverage *coverage);

/* Parts that the files of this page share. */
void ts_html_text(ts_buf *out, const char *text); /* escaped; what XML cannot hold becomes '?' */
void ts_html_tree(ts_buf *out, const ts_story *story);
const char *ts_html_class(ts_outcome outcome);         /* CSS class of an outcome */
const char *ts_html_mark(ts_outcome outcome);          /* its mark */
const char *ts_html_word(ts_outcome outcome);          /* "ran" */
const char *ts_html_verdict_class(ts_verdict verdict); /* good, warn, bad */
void ts_html_duration(ts_buf *out, uint64_t milliseconds);

#endif
