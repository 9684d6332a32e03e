/* test_world.h - one simulation of a test: private to the test runner. */
#ifndef TS_LUA_TEST_WORLD_H
#define TS_LUA_TEST_WORLD_H

#include <ts/mem.h>
#include <ts/run.h>
#include <ts/sim.h>

#include "record.h"
#include "story.h"
#include "test.h"

/* What a test asks for; all in the arena of the world. */
typedef struct ts_test_fail {
    const char *step; /* name or path, with * and ? */
    int64_t code;
    struct ts_test_fail *next;
} ts_test_fail;

typedef struct ts_test_mock {
    ts_sim_mock mock;
    struct ts_test_mock *next;
} ts_test_mock;

typedef struct ts_test_variable {
    const char *name, *value;
    struct ts_test_variable *next;
} ts_test_variable;

typedef struct ts_test_plan {
    const char *sequence, *xml, *id; /* a file, or the text itself */
    const char *step;                /* a step's file: alone, with the inputs */
    const char *steps;               /* a folder of steps */
    const char *machine, *machine_json;
    ts_test_variable *variables, *inputs;
    ts_test_variable *prestarts; /* files, in order */
    ts_test_mock *mocks;
    ts_test_fail *fails;
    uint32_t cuts[TS_TEST_CUTS_MAX]; /* after so many steps, counted over all runs */
    size_t n_cuts;
    const char *cut_in; /* name or path of a step */
    bool explore_skip;
} ts_test_plan;

typedef struct ts_test_world ts_test_world;
struct ts_test_world {
    ts_arena *arena;
    ts_test_plan plan;
    ts_host *host;
    ts_vars *vars;
    ts_record *record;
    ts_story *story;
    const ts_sequence *sequence;
    ts_run_report report;
    uint32_t steps_done; /* that ended, over all runs */
    uint32_t power_cuts;
    bool cut_in_done, cut_now;
    const ts_node *ended; /* the last step that ended */
    char error[512];      /* why the run could not be gone on with after a power cut; "" */
    ts_test_world *next;
};

ts_test_world *ts_test_world_new(ts_err **err);
void ts_test_world_free(ts_test_world *world);
/* Runs the plan. `folder`: paths that are not absolute are seen from there. */
bool ts_test_world_run(ts_tests *tests, ts_test_world *world, const char *folder, ts_err **err);

/* Where a machine's profile is: a shipped name, or a file seen from `folder`. Owned. */
char *ts_test_profile_path(ts_tests *tests, const char *folder, const char *name, ts_err **err);

/* test_cache.c: borrowed of `tests` until it is freed. */
typedef struct ts_test_steps {
    ts_steps *table;
    struct ts_lua_steps *lua, *dir;
} ts_test_steps;
bool ts_tests_bundle(ts_tests *tests, const char *path, const char *xml, const ts_bundle **out,
                     ts_err **err);
bool ts_tests_profile(ts_tests *tests, const char *path, const char **json, size_t *size,
                      ts_err **err);
/* step: one file; folder: all of it; both NULL: the built-in ones. */
bool ts_tests_steps(ts_tests *tests, const char *step, const char *folder,
                    const ts_test_steps **out, ts_err **err);
const ts_test_options *ts_tests_options(const ts_tests *tests);

/* test_bind.c: the functions that test_lib.lua gets, as a table on the stack. */
typedef struct ts_test_env {
    ts_tests *tests;
    const char *folder;    /* of the test file */
    ts_test_world *worlds; /* of the test that runs; freed behind it */
    uint32_t n_worlds;
} ts_test_env;
struct lua_State;
void ts_test_bind(struct lua_State *L, ts_test_env *env);

#endif
