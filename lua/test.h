/* test.h - runs Lua test files: docs/reference/testing.md is the page for those who write them. */
#ifndef TS_LUA_TEST_H
#define TS_LUA_TEST_H

#include <ts/error.h>
#include <ts/host.h>
#include <ts/step.h>
#include <ts/vars.h>

#include "coverage.h"
#include "test_report.h"
#include "watchdog.h"

#define TS_TEST_RUNS_MAX         1000u /* simulations of one test */
#define TS_TEST_CUTS_MAX         100u  /* power cuts of one simulation */
#define TS_TEST_CACHE_MAX        1000u /* sequences, profiles, step folders of one run */
#define TS_TEST_FOLDER_DEPTH_MAX 32u   /* folders in folders that are searched for test files */

/* What the runner needs of the program round it. */
typedef struct ts_test_options {
    const char *filter;    /* only tests with this text in "suite > name", any case; NULL: all */
    bool list;             /* names only: nothing runs, every case is SKIPPED with "" */
    const char *steps_dir; /* steps in Lua for every simulation; NULL: none */
    ts_steps *(*steps)(ts_err **err);                            /* a new table of built-in steps */
    char *(*machine_path)(const char *name, ts_err **err);       /* of a shipped profile; owned */
    bool (*prepare)(ts_host *host, ts_vars *vars, ts_err **err); /* what a simulation starts with */
    ts_coverage *coverage;                                       /* NULL: none */
    ts_watchdog *watchdog; /* of each test, and of what a file does outside of them; NULL: none */
} ts_test_options;

/* What several files share: loaded sequences, profiles, step tables. */
typedef struct ts_tests ts_tests;
ts_tests *ts_tests_new(const ts_test_options *options, ts_err **err); /* borrows the options */
void ts_tests_free(ts_tests *tests); /* after the coverage was read: it borrows the sequences */
/* A file, or all *_test.lua below a folder. A test that fails, and a file that does not load, stand
 * in the report; false: the path is not there, or memory is out. */
bool ts_tests_run(ts_tests *tests, const char *path, ts_test_report *report, ts_err **err);

#endif
