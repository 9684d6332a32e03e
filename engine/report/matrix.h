/* matrix.h - many machines at once: one table, steps by machines. Machines on which everything goes
 * alike share one column, so that a thousand profiles still fit on a screen. */
#ifndef TS_MATRIX_H
#define TS_MATRIX_H

#include "story.h"
#include "style.h"

/* What is left of one machine's story: a mark a step. Borrows the sequences, not the story. */
typedef struct ts_column ts_column;
ts_column *ts_column_new(const char *machine, const ts_story *story, ts_err **err);
/* A machine that could not be simulated at all. */
ts_column *ts_column_new_error(const char *machine, const char *text, ts_err **err);
void ts_column_free(ts_column *column);

void ts_report_matrix(const ts_sequence *sequence, const ts_column *const *columns, size_t count,
                      const ts_style *style, ts_buf *out);

#endif
