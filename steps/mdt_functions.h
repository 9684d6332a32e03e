/* mdt_functions.h - values and functions of the expressions in MDT's rules. */
#ifndef TS_STEPS_MDT_FUNCTIONS_H
#define TS_STEPS_MDT_FUNCTIONS_H

#include <ts/mem.h>

#include "mdt_expression.h"

#define MDT_ARGUMENTS_MAX 6u
#define MDT_PIECES_MAX    1000u /* texts that one expression makes, and elements of a list */

typedef enum mdt_kind { MDT_TEXT, MDT_NUMBER, MDT_BOOL, MDT_DATE, MDT_LIST_OF_TEXT } mdt_kind;

/* A value. Texts belong to the evaluation. */
typedef struct mdt_any {
    mdt_kind kind;
    double number;    /* MDT_NUMBER; MDT_BOOL: -1 or 0, as in VBScript; MDT_DATE: milliseconds */
    const char *text; /* MDT_TEXT */
    const char **list;
    size_t count;
    bool has_date, has_time; /* MDT_DATE */
} mdt_any;

typedef struct mdt_eval {
    mdt_world *world;
    const char *at; /* in the text */
    unsigned depth;
    const char *problem; /* the first; NULL: none */
    char name[64];       /* what it is about, "" */
    bool no_memory;
    void *pieces[MDT_PIECES_MAX]; /* owned */
    size_t n_pieces;
} mdt_eval;

void mdt_eval_done(mdt_eval *e);
bool mdt_refuse(mdt_eval *e, const char *problem); /* always false; `problem` is a literal */
bool mdt_text(mdt_eval *e, mdt_any *out, const char *text); /* copied */
/* The value as text, as VBScript's CStr writes it (US date order); NULL: refused. */
const char *mdt_show(mdt_eval *e, const mdt_any *value);
bool mdt_number_of(mdt_eval *e, const mdt_any *value, double *out);
/* Without its fraction; refused beyond 2^53. */
bool mdt_whole(mdt_eval *e, double number, int64_t *out);
bool mdt_join(mdt_eval *e, mdt_any *left, const mdt_any *right);
/* Calls a function. Without brackets (`is_call` false) it may also be a word of plain text. */
bool mdt_call(mdt_eval *e, const char *name, bool is_call, mdt_any *args, size_t n, mdt_any *out);

#endif
