/* test_file.c - loads a test file, runs its cases one after the other. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "script.h"
#include "test_lib.h" /* made of test_lib.lua by CMake: test_lib_lua, its bytes */
#include "test_world.h"

/* Places on the stack of a test file's state. */
enum { AT_CASES = 1, AT_RUN = 2, AT_RUNNING = 3 };

typedef struct session {
    ts_tests *tests;
    ts_test_report *report;
    ts_test_file *file;
    ts_test_env env;
    ts_lua *lua;
} session;

static void free_worlds(ts_test_env *env)
{
    while (env->worlds) {
        ts_test_world *next = env->worlds->next;
        ts_test_world_free(env->worlds);
        env->worlds = next;
    }
    env->n_worlds = 0;
}

/* Of a traceback, what is not the runner's own; nothing when nothing is left. */
static void trim_trace(char *text)
{
    char *trace = strstr(text, "\nstack traceback:");
    if (!trace)
        return;
    char *out = trace + strlen("\nstack traceback:");
    char *first = out;
    for (char *line = out; *line;) {
        size_t n = strcspn(line + 1, "\n") + 1;
        char end = line[n];
        line[n] = '\0';
        bool own = strstr(line, "test_lib.lua") || strstr(line, "[C]:");
        line[n] = end;
        if (!own) {
            memmove(out, line, n);
            out += n;
        }
        line += n;
    }
    *out = '\0';
    if (out == first)
        *trace = '\0';
    for (char *p = trace; *p; p++)
        *p = *p == '\t' ? ' ' : *p;
}

/* A failed expectation is marked with \1: its place is in the text, a traceback only distracts. */
static char *failure_text(const ts_err *why)
{
    char *text = ts_strdup(ts_err_text(why));
    char *mark = text ? strchr(text, '\1') : NULL;
    if (text && !mark)
        trim_trace(text);
    if (!mark)
        return text;
    memmove(mark, mark + 1, strlen(mark));
    char *trace = strstr(text, "\nstack traceback:");
    if (trace)
        *trace = '\0';
    return text;
}

/* Leaves cases, run, and running on the stack, below what the test file needs. */
static bool open_library(session *s, ts_err **err)
{
    lua_State *L = ts_lua_state(s->lua);
    if (!ts_script_open(s->lua, err) ||
        !ts_lua_compile(s->lua, "test_lib.lua", (const char *)test_lib_lua, sizeof test_lib_lua,
                        err))
        return false;
    ts_test_bind(L, &s->env);
    return ts_lua_call(s->lua, 1, 3, err);
}

static bool load_file(session *s, ts_err **err)
{
    const char *path = s->file->path;
    char *text = NULL;
    size_t size = 0;
    bool ok = ts_file_read(path, TS_LUA_SOURCE_MAX, &text, &size, err) &&
              ts_lua_compile(s->lua, ts_path_base(path), text, size, err);
    free(text);
    return ok && ts_lua_call(s->lua, 0, 0, err);
}

static const char *field(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1); /* the case holds it */
    return text;
}

static bool is_wanted(const ts_test_options *o, const ts_test_case *one)
{
    if (!o->filter)
        return true;
    TS_CLEANUP(ts_free_ptr) char *all = ts_sprintf("%s > %s", one->suite, one->name);
    return all && ts_str_icontains(all, o->filter);
}

/* name NULL: it has ended. */
static void watch(const session *s, const char *name)
{
    ts_watchdog *w = ts_tests_options(s->tests)->watchdog;
    if (w && name)
        ts_watchdog_arm(w, name, 0);
    else if (w)
        ts_watchdog_disarm(w);
}

static bool run_case(session *s, ts_test_case *one, char **text, ts_err **err)
{
    lua_State *L = ts_lua_state(s->lua);
    ts_err *why = NULL;
    lua_pushvalue(L, AT_RUN);
    lua_insert(L, -2); /* run(case) */
    ts_lua_restart_limits(s->lua);
    uint64_t began = ts_clock_steady();
    watch(s, one->name);
    bool ok = ts_lua_call(s->lua, 1, 0, &why);
    watch(s, NULL);
    one->micros = (ts_clock_steady() - began) / 1000;
    free_worlds(&s->env);
    if (ok)
        return true;
    one->state = TS_TEST_FAILED;
    *text = failure_text(why);
    ts_err_free(why);
    one->text = *text;
    return *text || ts_fail_nomem(err);
}

/* The case is on top of the stack, and taken. */
static bool do_case(session *s, ts_err **err)
{
    lua_State *L = ts_lua_state(s->lua);
    const ts_test_options *o = ts_tests_options(s->tests);
    const char *why = field(L, "skip");
    ts_test_case one = {
        .suite = field(L, "suite"), .name = field(L, "name"), .state = TS_TEST_PASSED, .text = ""};
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    if (!is_wanted(o, &one)) {
        lua_pop(L, 1);
        return true;
    }
    lua_pushvalue(L, -1); /* suite and name are the case's: it stays while they are used */
    bool ok = true;
    if (why || o->list) {
        one.state = TS_TEST_SKIPPED;
        one.text = o->list ? "" : why;
        lua_pop(L, 1);
    } else {
        ok = run_case(s, &one, &text, err);
    }
    ok = ok && ts_test_report_case(s->report, s->file, &one, err);
    lua_pop(L, 1);
    return ok;
}

static bool run_cases(session *s, ts_err **err)
{
    lua_State *L = ts_lua_state(s->lua);
    lua_Integer n = luaL_len(L, AT_CASES);
    lua_pushvalue(L, AT_RUNNING);
    lua_pushboolean(L, true);
    if (!ts_lua_call(s->lua, 1, 0, err))
        return false;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, AT_CASES, i);
        if (!do_case(s, err))
            return false;
    }
    return true;
}

static bool run_file(ts_tests *tests, const char *path, ts_test_report *report, ts_err **err)
{
    session s = {.tests = tests, .report = report};
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(path);
    if (!folder)
        return ts_fail_nomem(err);
    s.file = ts_test_report_file(report, path, err);
    if (!s.file)
        return false;
    s.env = (ts_test_env){.tests = tests, .folder = folder};
    s.lua = ts_lua_new(NULL, NULL, NULL, err);
    bool ok = s.lua && open_library(&s, err);
    watch(&s, ts_path_base(path));
    bool loaded = ok && load_file(&s, &why);
    watch(&s, NULL);
    if (ok && !loaded) {
        TS_CLEANUP(ts_free_ptr) char *text = failure_text(why);
        ok = text ? ts_test_report_error(report, s.file, text, err) : ts_fail_nomem(err);
        ts_err_free(why);
    } else if (ok) {
        free_worlds(&s.env);
        ok = run_cases(&s, err);
    }
    free_worlds(&s.env);
    ts_lua_free(s.lua);
    return ok;
}

static bool has_end(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static bool run_folder(ts_tests *tests, const char *folder, unsigned depth, ts_test_report *report,
                       ts_err **err)
{
    char **names = NULL;
    if (depth > TS_TEST_FOLDER_DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "'%s': folders are nested deeper than %u", folder,
                       TS_TEST_FOLDER_DEPTH_MAX);
    if (!ts_folder_list(folder, &names, err))
        return false;
    bool ok = true;
    for (char **n = names; ok && *n; n++) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, *n);
        ts_path_info info;
        if (!path)
            ok = ts_fail_nomem(err);
        else if (!ts_path_look(path, &info, err))
            ok = false;
        else if (info.kind == TS_PATH_FOLDER)
            ok = run_folder(tests, path, depth + 1, report, err);
        else if (has_end(*n, "_test.lua"))
            ok = run_file(tests, path, report, err);
    }
    free(names);
    return ok;
}

bool ts_tests_run(ts_tests *tests, const char *path, ts_test_report *report, ts_err **err)
{
    if (ts_file_is_folder(path))
        return run_folder(tests, path, 0, report, err);
    if (!ts_file_exists(path))
        return ts_fail(err, TS_NOT_FOUND, "there is no test file or folder '%s'", path);
    return run_file(tests, path, report, err);
}
