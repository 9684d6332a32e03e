/* table.h - steps by machines as data: what the table for terminals (matrix.c) and the one in HTML
 * are made from. Machines on which everything goes alike are one behaviour. */
#ifndef TS_TABLE_H
#define TS_TABLE_H

#include "matrix.h"

typedef struct ts_cell {
    const ts_sequence *sequence;
    uint32_t index;
    uint32_t caller;    /* position in cells of the step that called this sequence + 1; 0: none */
    unsigned char mark; /* ts_outcome; TS_OUTCOME_MAY covers "may run" as well */
} ts_cell;

struct ts_column {
    char *machine;
    char *text; /* verdict as text */
    ts_verdict verdict;
    bool error;
    ts_totals totals;
    ts_cell *cells;
    size_t n_cells;
};

/* One line of the table. */
typedef struct ts_table_line {
    const ts_sequence *sequence;
    uint32_t index;
    unsigned depth;
} ts_table_line;

typedef struct ts_table {
    ts_table_line *lines;
    size_t n_lines, cap;
    const ts_column **shown; /* one of each behaviour */
    ts_cell **sorted;        /* its cells, for look-up */
    size_t *of;              /* behaviour of each column */
    size_t *members;         /* how many machines behave so */
    size_t n_shown;
} ts_table;

/* The columns are borrowed. false: out of memory; ts_table_done in any case. */
bool ts_table_build(ts_table *t, const ts_sequence *sequence, const ts_column *const *columns,
                    size_t count);
void ts_table_done(ts_table *t);
/* ts_outcome of a step in behaviour k; -1: it was not reached. */
int ts_table_mark(const ts_table *t, size_t k, const ts_table_line *at);
/* Do the behaviours that reach the step differ in it? One that ended before says nothing. */
bool ts_table_differs(const ts_table *t, const ts_table_line *at);
/* Name of a behaviour: A, B ... Z, AA, AB ... */
const char *ts_table_letter(size_t k, char out[8]);

#endif
