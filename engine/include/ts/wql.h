/* ts/wql.h - WQL: a parser, and an evaluator over rows that a host answers.
 *
 * Grammar: SELECT * | name[, name]... FROM class [WHERE expr]; AND, OR, NOT, parentheses;
 * = <> != < > <= >= LIKE, IS [NOT] NULL; strings in '..' or "..", integers, reals, TRUE/FALSE,
 * NULL; DMTF dates as strings. LIKE knows %, _, [abc], [a-z], [^a]. Keywords, class and property
 * names and string comparison are not case-sensitive (WQL documentation: WMI "LIKE Operator",
 * "WQL (SQL for WMI)"). */
#ifndef TS_WQL_H
#define TS_WQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>

#define TS_WQL_MAX       16384u  /* characters of one query (ConfigMgr SDK: Query <= 16384) */
#define TS_WQL_DEPTH_MAX 64u     /* nesting of parentheses and NOT */
#define TS_WQL_ROWS_MAX  100000u /* rows of one answer */

typedef struct ts_wql ts_wql;

/* A property of a row. Numbers and booleans keep their kind so that comparison is right. */
typedef enum ts_wmi_kind {
    TS_WMI_NULL,
    TS_WMI_TEXT,
    TS_WMI_INT,
    TS_WMI_UINT,
    TS_WMI_REAL,
    TS_WMI_BOOL
} ts_wmi_kind;
typedef struct ts_wmi_value {
    const char *name;
    ts_wmi_kind kind;
    const char *text; /* TS_WMI_TEXT */
    int64_t integer;  /* TS_WMI_INT, TS_WMI_BOOL (0/1) */
    uint64_t natural; /* TS_WMI_UINT: above INT64_MAX only */
    double real;      /* TS_WMI_REAL */
} ts_wmi_value;

typedef struct ts_wmi_row {
    const ts_wmi_value *values;
    size_t n_values;
} ts_wmi_row;

/* Rows of one class or answer; owned by an arena. */
typedef struct ts_wmi_rows {
    ts_arena *arena;
    ts_wmi_row *rows;
    size_t n_rows;
} ts_wmi_rows;
void ts_wmi_rows_done(ts_wmi_rows *rows);
const ts_wmi_value *ts_wmi_row_get(const ts_wmi_row *row, const char *name); /* or NULL */

/* Parses; the result lives in the arena. TS_SYNTAX names the column (from 1) and what was expected.
 */
const ts_wql *ts_wql_parse(ts_arena *arena, const char *query, ts_err **err);
const char *ts_wql_class(const ts_wql *wql); /* as written */
const char *ts_wql_text(const ts_wql *wql);  /* the whole query */
const char *ts_wql_where(const ts_wql *wql); /* what stands behind WHERE, "" when there is none */
/* Does the row pass WHERE? A property that the class does not have, and a constant that is no
 * number against a property that is one, are TS_SCHEMA, as WMI answers "invalid query". Comparison
 * with NULL is false, except IS NULL and its other spelling = NULL. The constant takes the
 * property's type, so a text property compares as text even with a number (rule WQL-TEXT-ORDER). */
bool ts_wql_match(const ts_wql *wql, const ts_wmi_row *row, bool *out, ts_err **err);
/* Names used in SELECT and WHERE, each once, without the system properties (__CLASS ...); for
 * check. */
size_t ts_wql_properties(const ts_wql *wql, const char *const **names);

/* A WMI date and time, yyyymmddHHMMSS.ffffff+UUU (DMTF), or one of the shorter forms that WQL takes
 * as a constant (yyyymmdd, yyyy-mm-dd, mm/dd/yyyy, each with an optional time; UTC): microseconds
 * since 1970-01-01 UTC. False when it is none. */
bool ts_wmi_date_parse(const char *text, int64_t *microseconds);
/* Only the full form: what a date property of a row looks like. */
bool ts_wmi_is_date(const char *text);

#endif
