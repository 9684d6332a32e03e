/* wql_internal.h - what the WQL lexer, parser and matcher share. */
#ifndef TS_MODEL_WQL_INTERNAL_H
#define TS_MODEL_WQL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/wql.h>

typedef enum ts_wql_token_kind {
    TS_WQL_END,
    TS_WQL_NAME, /* also every keyword */
    TS_WQL_STRING,
    TS_WQL_NUMBER,
    TS_WQL_SYMBOL /* text is the symbol: ( ) , * ; = <> != < > <= >= */
} ts_wql_token_kind;

typedef struct ts_wql_token {
    ts_wql_token_kind kind;
    const char *text;    /* strings without quotes and escapes */
    ts_wmi_value number; /* TS_WQL_NUMBER */
    const char *start;   /* in the query */
    unsigned column;     /* in characters, from 1 */
} ts_wql_token;

typedef struct ts_wql_lexer {
    ts_arena *arena;
    const char *query;
    const char *at;
    const char *counted; /* `column` is the column of this place */
    unsigned column;
} ts_wql_lexer;

bool ts_wql_lex(ts_wql_lexer *lexer, ts_wql_token *out, ts_err **err);

typedef enum ts_wql_node_kind {
    TS_WQL_AND,
    TS_WQL_OR,
    TS_WQL_NOT,
    TS_WQL_COMPARE,
    TS_WQL_LIKE,
    TS_WQL_IS_NULL,
    TS_WQL_IS_NOT_NULL
} ts_wql_node_kind;

typedef enum ts_wql_op {
    TS_WQL_EQ,
    TS_WQL_NE,
    TS_WQL_LT,
    TS_WQL_LE,
    TS_WQL_GT,
    TS_WQL_GE
} ts_wql_op;

/* AND and OR hold any number of children, so that a long chain is no deep tree. */
typedef struct ts_wql_node ts_wql_node;
struct ts_wql_node {
    ts_wql_node_kind kind;
    ts_wql_op op;
    const char *property;
    ts_wmi_value constant; /* text is what was written, whatever the kind */
    ts_wql_node *child;    /* the first one */
    ts_wql_node *next;     /* sibling */
};

struct ts_wql {
    const char *text;
    const char *class_name;
    const char *where_text;
    const char **properties;
    size_t n_properties;
    const ts_wql_node *where; /* NULL: none */
};

/* % and _ and [..] over the whole text, without regard to case. */
bool ts_wql_like(const char *text, const char *pattern);

#endif
