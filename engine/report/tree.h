/* tree.h - the view of `taskseq simulate` for people: a tree of decisions with reasons, effects,
 * restarts and variables, totals, and a verdict at the end. */
#ifndef TS_TREE_H
#define TS_TREE_H

#include "story.h"
#include "style.h"

#define TS_TREE_EFFECTS_SHOWN   3u /* per step, unless style->all; disk wipes always are */
#define TS_TREE_VARIABLES_SHOWN 4u /* per step, unless style->all */

void ts_report_tree(const ts_story *story, const ts_style *style, ts_buf *out);

/* The mark of an outcome: one column. `ink` is set to the colour that goes with it. */
const char *ts_outcome_mark(const ts_row *row, const ts_style *style, ts_ink *ink);
/* "would succeed", "would FAIL at step 'Join' (x.xml:12): ..." : the last line. */
void ts_report_verdict(const ts_story *story, const ts_style *style, ts_buf *out);

#endif
