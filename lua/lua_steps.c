/* lua_steps.c - steps in Lua: loading a folder, and running one. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "coverage.h"
#include "declare.h"
#include "os.h"
#include "script.h"
#include "lua_steps.h"

typedef struct lua_step {
    ts_step_class cls;
    ts_arena *arena; /* text of the class */
    char *path;
    char *folder;
    struct ts_lua_steps *all; /* NULL while loading */
    char *source;
    size_t size;
    ts_cover_lua *lines; /* NULL: nobody counts */
} lua_step;

struct ts_lua_steps {
    lua_step **steps;
    size_t n;
    ts_watchdog *watchdog; /* NULL: none */
};

static void on_line(void *ctx, const char *chunk, int line)
{
    TS_UNUSED(chunk); /* the state holds one file */
    ts_coverage_line(ctx, line);
}

/* A fresh state with the file's table on the stack. */
static ts_lua *open_step(const lua_step *step, ts_script *script, const atomic_bool *cancel,
                         ts_err **err)
{
    ts_lua *lua = ts_lua_new(NULL, script, cancel, err);
    if (lua && step->lines)
        ts_lua_on_line(lua, on_line, step->lines);
    if (lua && ts_script_open(lua, err) &&
        ts_lua_compile(lua, ts_path_base(step->path), step->source, step->size, err) &&
        ts_lua_call(lua, 0, 1, err))
        return lua;
    ts_lua_free(lua);
    return NULL;
}

typedef struct input_job {
    ts_ctx *ctx;
    const ts_step_class *cls;
} input_job;

/* Runs inside lua_pcall: pushing may raise. */
static int push_inputs(lua_State *L)
{
    const input_job *job = lua_touserdata(L, 1);
    lua_newtable(L);
    for (const ts_input *in = job->cls->inputs; in && in->name; in++) {
        lua_pushstring(L, ts_ctx_text(job->ctx, in->name));
        lua_setfield(L, -2, in->name);
    }
    return 1;
}

static bool check_inputs(ts_ctx *c, const ts_step_class *cls, ts_result *out)
{
    for (const ts_input *in = cls->inputs; in && in->name; in++) {
        const char *text = ts_ctx_text(c, in->name);
        int64_t number = 0;
        bool flag = false;
        if (in->flags & TS_REQUIRED && !*text)
            return !ts_result_fail(out, -1, "input '%s' is required and empty", in->name);
        if (*text && in->type == TS_INT && !ts_str_int64(text, &number))
            return !ts_result_fail(out, -1, "input '%s' is '%s', not a whole number", in->name,
                                   text);
        if (*text && in->type == TS_BOOL && !ts_str_bool(text, &flag))
            return !ts_result_fail(out, -1, "input '%s' is '%s', not true or false", in->name,
                                   text);
    }
    return true;
}

static const char *raw_field(lua_State *L, const char *field)
{
    lua_pushstring(L, field);
    lua_rawget(L, -2);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

static bool take_table(lua_State *L, ts_result *out)
{
    lua_pushliteral(L, "code");
    lua_rawget(L, -2);
    out->code = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
    const char *text = raw_field(L, "text"), *restart = raw_field(L, "restart");
    out->text = text ? ts_strdup(text) : NULL;
    if (restart && !ts_str_ieq(restart, "WinPE") && !ts_str_ieq(restart, "HD"))
        return ts_result_fail(out, -1, "the step returned restart '%s'; it may be HD or WinPE",
                              restart);
    if (restart)
        out->restart = ts_str_ieq(restart, "WinPE") ? TS_RESTART_PE : TS_RESTART_OS;
    return true;
}

/* What `run` returned, on top of the stack. */
static bool take_result(lua_State *L, ts_result *out)
{
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        return true;
    case LUA_TBOOLEAN:
        return lua_toboolean(L, -1) || ts_result_fail(out, -1, "the step returned false");
    case LUA_TNUMBER:
        if (!lua_isinteger(L, -1))
            return ts_result_fail(out, -1, "the step returned a number that is not whole");
        out->code = lua_tointeger(L, -1);
        return true;
    case LUA_TTABLE:
        return take_table(L, out);
    default:
        return ts_result_fail(out, -1, "the step returned a %s", luaL_typename(L, -1));
    }
}

static bool run_open(ts_lua *lua, ts_ctx *c, const ts_step_class *cls, ts_result *out, ts_err **why)
{
    lua_State *L = ts_lua_state(lua);
    input_job job = {.ctx = c, .cls = cls};
    lua_pushliteral(L, "run");
    lua_rawget(L, -2);
    lua_pushcfunction(L, push_inputs);
    lua_pushlightuserdata(L, &job);
    if (!ts_lua_call(lua, 1, 1, why)) /* push_inputs: leaves the table behind `run` */
        return false;
    return ts_lua_call(lua, 1, 1, why) && take_result(L, out);
}

/* The step's own time-out; 0: the watchdog's. */
static uint32_t limit_of(const ts_node *node)
{
    return node->timeout > UINT32_MAX / 1000 ? UINT32_MAX : node->timeout * 1000;
}

static bool run_step(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_step_class *cls = ts_ctx_class(c);
    const lua_step *step = cls->self;
    ts_script script = {.host = ts_ctx_host(c),
                        .vars = ts_ctx_vars(c),
                        .ctx = c,
                        .events = ts_ctx_events(c),
                        .node = ts_ctx_node(c),
                        .folder = step->folder,
                        .watchdog = step->all->watchdog};
    ts_err *why = NULL;
    if (!check_inputs(c, cls, out))
        return true;
    if (script.watchdog)
        ts_watchdog_arm(script.watchdog, ts_path_base(step->path), limit_of(script.node));
    ts_lua *lua = open_step(step, &script, ts_host_cancel_flag(script.host), &why);
    bool ok = lua && run_open(lua, c, cls, out, &why);
    if (script.watchdog)
        ts_watchdog_disarm(script.watchdog);
    if (lua) {
        const ts_lua_usage *u = ts_lua_usage_of(lua);
        ts_ctx_log(c, TS_LEVEL_VERBOSE, "%s used %zu KiB of memory and about %llu instructions",
                   ts_path_base(step->path), u->memory_peak / 1024,
                   (unsigned long long)u->instructions);
    }
    ts_lua_free(lua);
    if (ok)
        return true;
    if (ts_err_code(why) == TS_CANCELLED || ts_err_code(why) == TS_NOMEM)
        return ts_fail_take(err, why);
    return ts_result_take(out, why);
}

/* --- Loading -------------------------------------------------------------------------------- */

static void free_step(lua_step *step)
{
    if (!step)
        return;
    ts_arena_free(step->arena);
    free(step->path);
    free(step->folder);
    free(step->source);
    free(step);
}

/* Declarations are read in a state with `ts` present, but nothing behind it: a file must not act
 * while it is loaded. */
static lua_step *load_step(const char *path, ts_err **err)
{
    lua_step *step = ts_alloc(sizeof *step);
    ts_lua *lua = NULL;
    bool ok = step != NULL;
    if (ok) {
        step->path = ts_strdup(path);
        step->folder = ts_path_dir(path);
        step->arena = ts_arena_new();
        ok = step->path && step->folder && step->arena;
    }
    if (!ok)
        ts_fail_nomem(err);
    ok = ok && ts_file_read(path, TS_LUA_SOURCE_MAX, &step->source, &step->size, err) &&
         (lua = ts_lua_new(NULL, NULL, NULL, err)) != NULL && ts_script_open(lua, err) &&
         ts_lua_compile(lua, ts_path_base(path), step->source, step->size, err) &&
         ts_lua_call(lua, 0, 1, err) && ts_lua_declare(lua, path, step->arena, &step->cls, err);
    ts_lua_free(lua);
    if (ok) {
        step->cls.run = run_step;
        step->cls.self = step;
        return step;
    }
    free_step(step);
    return NULL;
}

void ts_lua_steps_free(ts_lua_steps *loaded)
{
    if (!loaded)
        return;
    for (size_t i = 0; i < loaded->n; i++)
        free_step(loaded->steps[i]);
    free(loaded->steps);
    free(loaded);
}

static bool add_file(ts_lua_steps *all, const char *path, ts_steps *steps, ts_err **err)
{
    if (all->n == TS_LUA_STEPS_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u step files", TS_LUA_STEPS_MAX);
    lua_step **grown = ts_realloc_array(all->steps, all->n + 1, sizeof(lua_step *));
    if (!grown)
        return ts_fail_nomem(err);
    all->steps = grown;
    lua_step *step = load_step(path, err);
    if (!step)
        return false;
    step->all = all;
    all->steps[all->n++] = step;
    return ts_steps_add(steps, &step->cls, err) || ts_wrap(err, "%s", path);
}

static bool is_step_file(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".lua") == 0 &&
           !(n > 9 && strcmp(name + n - 9, "_test.lua") == 0);
}

static bool add_folder(ts_lua_steps *all, const char *folder, ts_steps *steps, ts_err **err)
{
    char **names = NULL;
    if (!ts_folder_list(folder, &names, err))
        return ts_wrap(err, "step folder '%s'", folder);
    bool ok = true;
    for (char **n = names; ok && *n; n++) {
        if (!is_step_file(*n))
            continue;
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, *n);
        ok = path ? add_file(all, path, steps, err) : ts_fail_nomem(err);
    }
    free(names);
    return ok;
}

ts_lua_steps *ts_lua_steps_load(const char *folder, ts_steps *steps, ts_err **err)
{
    ts_lua_steps *all = ts_alloc(sizeof *all);
    if (!all)
        ts_fail_nomem(err);
    else if (add_folder(all, folder, steps, err))
        return all;
    ts_lua_steps_free(all);
    return NULL;
}

ts_lua_steps *ts_lua_steps_load_file(const char *path, ts_steps *steps, ts_err **err)
{
    ts_lua_steps *all = ts_alloc(sizeof *all);
    if (!all)
        ts_fail_nomem(err);
    else if (add_file(all, path, steps, err))
        return all;
    ts_lua_steps_free(all);
    return NULL;
}

static bool is_used(const lua_step *step, const ts_bundle *bundle)
{
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        for (size_t k = 0; k < s->n_nodes; k++)
            if (ts_str_ieq(s->nodes[k].type, step->cls.type))
                return true;
    }
    return false;
}

bool ts_lua_steps_cover(ts_lua_steps *loaded, struct ts_coverage *coverage, const ts_bundle *bundle,
                        ts_err **err)
{
    for (size_t i = 0; loaded && i < loaded->n; i++) {
        lua_step *step = loaded->steps[i];
        if (step->lines || !is_used(step, bundle))
            continue;
        step->lines = ts_coverage_add_lua(coverage, step->path, step->source, step->size, err);
        if (!step->lines)
            return false;
    }
    return true;
}

void ts_lua_steps_watch(ts_lua_steps *loaded, ts_watchdog *watchdog)
{
    loaded->watchdog = watchdog;
}

const ts_step_class *ts_lua_steps_at(const ts_lua_steps *loaded, size_t index)
{
    return &loaded->steps[index]->cls;
}
