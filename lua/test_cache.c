/* test_cache.c - what tests share: sequences, machine profiles and step tables, loaded once. */
#include <stdlib.h>
#include <string.h>

#include "lua_steps.h"
#include "os.h"
#include "test_world.h"

typedef struct entry {
    char *key;
    ts_bundle *bundle;
    char *text; /* profile */
    size_t size;
    ts_test_steps steps;
    struct entry *next;
} entry;

struct ts_tests {
    const ts_test_options *options;
    entry *bundles, *profiles, *steps;
    size_t n;
};

ts_tests *ts_tests_new(const ts_test_options *options, ts_err **err)
{
    ts_tests *tests = ts_alloc(sizeof *tests);
    if (!tests)
        ts_fail_nomem(err);
    else
        tests->options = options;
    return tests;
}

const ts_test_options *ts_tests_options(const ts_tests *tests)
{
    return tests->options;
}

static void free_entry(entry *e)
{
    free(e->key);
    ts_bundle_free(e->bundle);
    free(e->text);
    ts_steps_free(e->steps.table);
    ts_lua_steps_free(e->steps.lua);
    ts_lua_steps_free(e->steps.dir);
    free(e);
}

static void free_list(entry *list)
{
    while (list) {
        entry *next = list->next;
        free_entry(list);
        list = next;
    }
}

void ts_tests_free(ts_tests *tests)
{
    if (!tests)
        return;
    free_list(tests->bundles);
    free_list(tests->profiles);
    free_list(tests->steps);
    free(tests);
}

static entry *find(entry *list, const char *key)
{
    while (list && strcmp(list->key, key) != 0)
        list = list->next;
    return list;
}

static entry *make(ts_tests *tests, const char *key, ts_err **err)
{
    if (tests->n == TS_TEST_CACHE_MAX) {
        ts_fail(err, TS_LIMIT, "the tests use more than %u different sequences, machines and steps",
                TS_TEST_CACHE_MAX);
        return NULL;
    }
    entry *e = ts_alloc(sizeof *e);
    if (e && !(e->key = ts_strdup(key))) {
        free(e);
        e = NULL;
    }
    if (!e)
        ts_fail_nomem(err);
    return e;
}

static void keep(ts_tests *tests, entry **list, entry *e)
{
    e->next = *list;
    *list = e;
    tests->n++;
}

bool ts_tests_bundle(ts_tests *tests, const char *path, const char *xml, const ts_bundle **out,
                     ts_err **err)
{
    const char *key = xml ? xml : path;
    entry *e = find(tests->bundles, key);
    if (!e) {
        e = make(tests, key, err);
        if (!e)
            return false;
        e->bundle = xml ? ts_bundle_load_bytes(path, xml, strlen(xml), err)
                        : ts_bundle_load(path, err);
        if (!e->bundle) {
            free_entry(e);
            return false;
        }
        keep(tests, &tests->bundles, e);
    }
    *out = e->bundle;
    return true;
}

bool ts_tests_profile(ts_tests *tests, const char *path, const char **json, size_t *size,
                      ts_err **err)
{
    entry *e = find(tests->profiles, path);
    if (!e) {
        e = make(tests, path, err);
        if (!e)
            return false;
        if (!ts_file_read(path, TS_SIM_PROFILE_MAX, &e->text, &e->size, err)) {
            free_entry(e);
            return false;
        }
        keep(tests, &tests->profiles, e);
    }
    *json = e->text;
    *size = e->size;
    return true;
}

static bool load_steps(ts_tests *tests, const char *step, const char *folder, ts_test_steps *out,
                       ts_err **err)
{
    const ts_test_options *o = tests->options;
    out->table = o->steps(err);
    if (!out->table)
        return false;
    if (o->steps_dir && !step && !(out->dir = ts_lua_steps_load(o->steps_dir, out->table, err)))
        return false;
    if (step)
        out->lua = ts_lua_steps_load_file(step, out->table, err);
    else if (folder)
        out->lua = ts_lua_steps_load(folder, out->table, err);
    return (!step && !folder) || out->lua;
}

bool ts_tests_steps(ts_tests *tests, const char *step, const char *folder,
                    const ts_test_steps **out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *key = ts_sprintf("%s%s",
                           step     ? "f"
                           : folder ? "d"
                                    : "-",
                           step     ? step
                           : folder ? folder
                                    : "");
    if (!key)
        return ts_fail_nomem(err);
    entry *e = find(tests->steps, key);
    if (!e) {
        e = make(tests, key, err);
        if (!e)
            return false;
        if (!load_steps(tests, step, folder, &e->steps, err)) {
            free_entry(e);
            return false;
        }
        keep(tests, &tests->steps, e);
    }
    *out = &e->steps;
    return true;
}
