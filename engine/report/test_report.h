/* test_report.h - what came of test files, and how it is shown: text, TAP, JUnit XML. */
#ifndef TS_TEST_REPORT_H
#define TS_TEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "style.h"

#define TS_TEST_CASES_MAX 100000u /* cases of one file */

typedef enum ts_test_state { TS_TEST_PASSED, TS_TEST_FAILED, TS_TEST_SKIPPED } ts_test_state;

typedef struct ts_test_case {
    const char *suite; /* names of the groups round it: "on a laptop > without TPM"; may be "" */
    const char *name;
    ts_test_state state;
    uint64_t micros;  /* microseconds */
    const char *text; /* why it failed or is skipped; "" */
} ts_test_case;

typedef struct ts_test_file {
    const char *path;  /* as the user gave it */
    const char *error; /* it could not be loaded; NULL */
    ts_test_case *cases;
    size_t n_cases, cap;
} ts_test_file;

/* Texts live in the arena. */
typedef struct ts_test_report {
    ts_arena *arena;
    ts_test_file *files;
    size_t n_files;
    size_t passed, failed, skipped; /* cases; a file with an error counts as one failed */
    uint64_t micros;
} ts_test_report;

ts_test_report *ts_test_report_new(ts_err **err);
void ts_test_report_free(ts_test_report *report);
/* The pointer is good until the next file is added. */
ts_test_file *ts_test_report_file(ts_test_report *report, const char *path, ts_err **err);
bool ts_test_report_case(ts_test_report *report, ts_test_file *file, const ts_test_case *one,
                         ts_err **err);
bool ts_test_report_error(ts_test_report *report, ts_test_file *file, const char *text,
                          ts_err **err);

void ts_test_text(const ts_test_report *report, const ts_style *style, ts_buf *out);
void ts_test_names(const ts_test_report *report, ts_buf *out); /* a line each */
void ts_test_tap(const ts_test_report *report, ts_buf *out);   /* TAP version 13 */
bool ts_test_junit(const ts_test_report *report, ts_buf *out, ts_err **err);

#endif
