/* test_bind.c - the engine's functions for test_lib.lua. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/text.h>

#include "script.h"
#include "test_world.h"

static const char world_type[] = "ts.test.world";

static ts_test_env *env_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* A world lives until the test that made it is over; later use is an error, no crash. */
static ts_test_world *world_at(lua_State *L, int index)
{
    ts_test_world **slot = luaL_checkudata(L, index, world_type);
    ts_test_world *world = env_of(L)->worlds;
    while (world && world != *slot)
        world = world->next;
    if (!world || !world->story)
        luaL_error(L, "the result is of another test: simulate in the test, or in 'before'");
    return world;
}

static const char *keep(lua_State *L, ts_test_world *world, const char *text)
{
    const char *copy = text ? ts_arena_strdup(world->arena, text) : NULL;
    if (text && !copy)
        luaL_error(L, "out of memory");
    return copy;
}

static void *make(lua_State *L, ts_test_world *world, size_t size)
{
    void *p = ts_arena_alloc(world->arena, size);
    if (!p)
        luaL_error(L, "out of memory");
    return p;
}

/* The value on top as text: variables and inputs are texts, numbers and booleans are written. */
static const char *scalar(lua_State *L, ts_test_world *world, const char *what)
{
    if (lua_isboolean(L, -1))
        return lua_toboolean(L, -1) ? "true" : "false";
    if (!lua_isstring(L, -1))
        luaL_error(L, "%s: a value must be a string, a number or a boolean, not a %s", what,
                   luaL_typename(L, -1));
    lua_pushvalue(L, -1); /* lua_tostring changes a number in place */
    const char *text = keep(L, world, lua_tostring(L, -1));
    lua_pop(L, 1);
    return text;
}

/* Opens a table field of the options; false when it is absent. Then: for each key and value. */
static bool open_field(lua_State *L, const char *field)
{
    int type = lua_getfield(L, 1, field);
    if (type == LUA_TTABLE)
        return true;
    if (type != LUA_TNIL)
        luaL_error(L, "'%s' must be a table, not a %s", field, lua_typename(L, type));
    lua_pop(L, 1);
    return false;
}

static const char *key_text(lua_State *L, const char *field)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "'%s' must have names as keys", field);
    return lua_tostring(L, -2);
}

static void read_pairs(lua_State *L, ts_test_world *world, const char *field,
                       ts_test_variable **list)
{
    if (!open_field(L, field))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        ts_test_variable *v = make(L, world, sizeof *v);
        v->name = keep(L, world, key_text(L, field));
        v->value = scalar(L, world, field);
        v->next = *list;
        *list = v;
    }
    lua_pop(L, 1);
}

static int64_t read_code(lua_State *L, const char *field)
{
    int whole = 0;
    lua_Integer code = lua_tointegerx(L, -1, &whole);
    if (!whole || code < INT32_MIN || code > (lua_Integer)UINT32_MAX)
        luaL_error(L, "'%s': an exit code must be a whole number of 32 bits", field);
    return code;
}

static void read_fails(lua_State *L, ts_test_world *world)
{
    if (!open_field(L, "fail"))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        ts_test_fail *f = make(L, world, sizeof *f);
        f->step = keep(L, world, key_text(L, "fail"));
        f->code = read_code(L, "fail");
        f->next = world->plan.fails;
        world->plan.fails = f;
    }
    lua_pop(L, 1);
}

/* A list of texts in field `field` of the mock on top; NULL when absent. */
static const char *const *read_list(lua_State *L, ts_test_world *world, const char *field)
{
    int type = lua_getfield(L, -1, field);
    const char **list = NULL;
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "mock: '%s' must be a list", field);
    if (type == LUA_TTABLE) {
        size_t n = lua_rawlen(L, -1);
        if (n > TS_SIM_LIST_MAX)
            luaL_error(L, "mock: '%s' has more than %d entries", field, (int)TS_SIM_LIST_MAX);
        list = make(L, world, (n + 1) * sizeof *list);
        for (size_t i = 0; i < n; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            list[i] = scalar(L, world, field);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return list;
}

static void read_mock(lua_State *L, ts_test_world *world, ts_sim_mock *m)
{
    int at = lua_gettop(L);
    if (lua_isinteger(L, at)) {
        m->exit_code = (uint32_t)read_code(L, "mock");
        return;
    }
    if (!lua_istable(L, at))
        luaL_error(L, "'mock': a program is an exit code or a table, not a %s",
                   luaL_typename(L, at));
    ts_opt_only(L, at, "arguments exit_code output duration missing sets creates");
    m->arguments = keep(L, world, ts_opt_text(L, at, "arguments", NULL));
    m->exit_code = (uint32_t)ts_opt_int(L, at, "exit_code", INT32_MIN, UINT32_MAX, 0);
    m->output = keep(L, world, ts_opt_text(L, at, "output", NULL));
    m->duration = (uint64_t)ts_opt_int(L, at, "duration", 0, INT64_MAX / 2, 0);
    m->missing = ts_opt_bool(L, at, "missing", false);
    m->sets = read_list(L, world, "sets");
    m->creates = read_list(L, world, "creates");
}

static void read_mocks(lua_State *L, ts_test_world *world)
{
    if (!open_field(L, "mock"))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        ts_test_mock *m = make(L, world, sizeof *m);
        m->mock.program = keep(L, world, key_text(L, "mock"));
        read_mock(L, world, &m->mock);
        m->next = world->plan.mocks;
        world->plan.mocks = m;
    }
    lua_pop(L, 1);
}

static void read_cuts(lua_State *L, ts_test_world *world)
{
    if (!open_field(L, "power_cut_after"))
        return;
    size_t n = lua_rawlen(L, -1);
    if (n > TS_TEST_CUTS_MAX)
        luaL_error(L, "more than %d power cuts", (int)TS_TEST_CUTS_MAX);
    for (size_t i = 0; i < n; i++) {
        int whole = 0;
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        lua_Integer at = lua_tointegerx(L, -1, &whole);
        if (!whole || at < 1 || at > UINT32_MAX)
            luaL_error(L, "'power_cut_after' counts steps from 1");
        world->plan.cuts[i] = (uint32_t)at;
        lua_pop(L, 1);
    }
    world->plan.n_cuts = n;
    lua_pop(L, 1);
}

/* A file or a list of files; the list is walked from its end, so that the first stands first. */
static void read_prestarts(lua_State *L, ts_test_world *world)
{
    if (lua_getfield(L, 1, "prestart") == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
    }
    if (!lua_isnil(L, -1) && !lua_istable(L, -1))
        luaL_error(L, "'prestart' must be a file or a list of files");
    for (size_t i = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0; i > 0; i--) {
        ts_test_variable *v = make(L, world, sizeof *v);
        lua_rawgeti(L, -1, (lua_Integer)i);
        v->name = scalar(L, world, "prestart");
        lua_pop(L, 1);
        v->next = world->plan.prestarts;
        world->plan.prestarts = v;
    }
    lua_pop(L, 1);
}

static void read_plan(lua_State *L, ts_test_world *world)
{
    ts_test_plan *p = &world->plan;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, 20, NULL);
    p->sequence = keep(L, world, ts_opt_text(L, 1, "sequence", NULL));
    p->xml = keep(L, world, ts_opt_text(L, 1, "xml", NULL));
    p->id = keep(L, world, ts_opt_text(L, 1, "id", NULL));
    p->step = keep(L, world, ts_opt_text(L, 1, "step", NULL));
    p->steps = keep(L, world, ts_opt_text(L, 1, "steps", NULL));
    p->machine = keep(L, world, ts_opt_text(L, 1, "machine", NULL));
    p->machine_json = keep(L, world, ts_opt_text(L, 1, "machine_json", NULL));
    p->cut_in = keep(L, world, ts_opt_text(L, 1, "power_cut_in", NULL));
    const char *unknown = ts_opt_text(L, 1, "unknown", "run");
    if (strcmp(unknown, "run") != 0 && strcmp(unknown, "skip") != 0)
        luaL_error(L, "'unknown' is '%s'; it may be run or skip", unknown);
    p->explore_skip = strcmp(unknown, "skip") == 0;
    read_pairs(L, world, "variables", &p->variables);
    read_pairs(L, world, "inputs", &p->inputs);
    read_mocks(L, world);
    read_fails(L, world);
    read_cuts(L, world);
    read_prestarts(L, world);
}

/* A profile's text: a shipped name, or a file seen from the test file. */
static int profile(lua_State *L)
{
    ts_test_env *env = env_of(L);
    const char *name = luaL_checkstring(L, 1), *json = NULL;
    char **path = ts_lua_box(L);
    size_t size = 0;
    ts_err *err = NULL;
    *path = ts_test_profile_path(env->tests, env->folder, name, &err);
    if (!*path || !ts_tests_profile(env->tests, *path, &json, &size, &err))
        return ts_lua_raise(L, err);
    lua_pushlstring(L, json, size);
    return 1;
}

/* Returns world. It hangs on the test from its first moment, so that nothing is lost on an error.
 */
static int simulate(lua_State *L)
{
    ts_test_env *env = env_of(L);
    ts_err *err = NULL;
    if (env->n_worlds == TS_TEST_RUNS_MAX)
        return luaL_error(L, "a test may simulate %d times", (int)TS_TEST_RUNS_MAX);
    ts_test_world **slot = lua_newuserdatauv(L, sizeof(ts_test_world *), 0);
    *slot = NULL;
    luaL_setmetatable(L, world_type);
    ts_test_world *world = ts_test_world_new(&err);
    if (!world)
        return ts_lua_raise(L, err);
    world->next = env->worlds;
    env->worlds = *slot = world;
    env->n_worlds++;
    read_plan(L, world);
    if (!ts_test_world_run(env->tests, world, env->folder, &err))
        return ts_lua_raise(L, err);
    return 1;
}

static void set_text(lua_State *L, const char *field, const char *text)
{
    if (!text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, field);
}

static void set_int(lua_State *L, const char *field, int64_t number)
{
    lua_pushinteger(L, number);
    lua_setfield(L, -2, field);
}

static int summary(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    const ts_totals *t = &w->story->totals;
    lua_createtable(L, 0, 16);
    set_text(L, "outcome", ts_outcome_id(w->report.outcome));
    set_text(L, "verdict",
             w->report.outcome == TS_OUTCOME_OK       ? ts_verdict_id(ts_story_verdict(w->story))
             : w->report.outcome == TS_OUTCOME_FAILED ? "failure"
                                                      : "unfinished");
    set_int(L, "code", w->report.code);
    set_text(L, "failed_step", w->report.node ? w->report.node->name : NULL);
    set_text(L, "error", w->error[0] ? w->error : NULL);
    set_int(L, "duration", (int64_t)w->report.duration);
    set_int(L, "restarts", t->restarts);
    set_int(L, "power_cuts", w->power_cuts);
    return 1;
}

static void push_step(lua_State *L, const ts_row *row, const ts_node *node, const char *reason)
{
    lua_createtable(L, 0, 10);
    set_text(L, "name", node->name);
    set_text(L, "path", node->path);
    set_text(L, "type", node->type);
    set_text(L, "outcome",
             row->outcome == TS_OUTCOME_NONE ? "power cut" : ts_outcome_id(row->outcome));
    set_text(L, "reason", reason);
    set_int(L, "code", row->code);
    set_int(L, "line", node->line);
    set_int(L, "duration", (int64_t)row->duration);
    lua_pushboolean(L, row->assumed || row->maybe || row->inherited);
    lua_setfield(L, -2, "assumed");
    lua_pushboolean(L, node->kind == TS_NODE_GROUP);
    lua_setfield(L, -2, "group");
}

/* In order; what a skipped group holds is skipped for the group's reason. */
static int steps(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    lua_Integer n = 0;
    lua_createtable(L, (int)w->story->n_rows, 0);
    for (size_t i = 0; i < w->story->n_rows; i++) {
        const ts_row *row = &w->story->rows[i];
        if (!row->node || !row->sequence)
            continue;
        bool skip = row->outcome == TS_OUTCOME_CONDITION || row->outcome == TS_OUTCOME_DISABLED;
        push_step(L, row, row->node, row->reason);
        lua_rawseti(L, -2, ++n);
        for (uint32_t k = row->node->index + 1; skip && k < row->node->end; k++) {
            lua_pushfstring(L, "group '%s': %s", row->node->name, row->reason);
            push_step(L, row, &row->sequence->nodes[k], lua_tostring(L, -1));
            lua_remove(L, -2);
            lua_rawseti(L, -2, ++n);
        }
    }
    return 1;
}

static int has_step(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    const char *name = luaL_checkstring(L, 2);
    bool found = false;
    for (size_t i = 0; i < w->sequence->n_nodes && !found; i++)
        found = strcmp(w->sequence->nodes[i].name, name) == 0 ||
                strcmp(w->sequence->nodes[i].path, name) == 0;
    lua_pushboolean(L, found);
    return 1;
}

static int effects(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    lua_Integer n = 0;
    lua_newtable(L);
    for (size_t i = 0; i < ts_record_count(w->record); i++) {
        const ts_event *e = ts_record_at(w->record, i);
        if (e->kind != TS_EVENT_EFFECT)
            continue;
        lua_createtable(L, 0, 6);
        set_text(L, "step", e->node ? e->node->name : NULL);
        set_text(L, "text", e->text);
        set_text(L, "error", e->detail);
        lua_pushboolean(L, e->assumed);
        lua_setfield(L, -2, "assumed");
        lua_newtable(L);
        lua_Integer k = 0;
        for (int bit = 0; bit < TS_EFFECT_COUNT; bit++)
            if (e->effects & 1u << bit) {
                lua_pushstring(L, ts_effect_id((ts_effect_bit)bit));
                lua_rawseti(L, -2, ++k);
            }
        lua_setfield(L, -2, "effects");
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

static int log_lines(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    lua_Integer n = 0;
    lua_newtable(L);
    for (size_t i = 0; i < ts_record_count(w->record); i++) {
        const ts_event *e = ts_record_at(w->record, i);
        if (e->kind != TS_EVENT_LOG || !e->text)
            continue;
        lua_pushstring(L, e->text);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* A secret is "***": its value would stand in the test's report. */
static int variable(lua_State *L)
{
    const ts_test_world *w = world_at(L, 1);
    const ts_value *v = ts_vars_get(w->vars, luaL_checkstring(L, 2));
    if (!v || v->flags & TS_VALUE_UNKNOWN)
        lua_pushnil(L);
    else
        lua_pushstring(L, v->flags & TS_VALUE_SECRET ? "***" : v->text);
    return 1;
}

static int file(lua_State *L)
{
    ts_test_world *w = world_at(L, 1);
    const char *path = luaL_checkstring(L, 2);
    char **box = ts_lua_box(L);
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_host_file_read(w->host, path, box, &size, &err)) {
        if (ts_err_code(err) != TS_NOT_FOUND)
            return ts_lua_raise(L, err);
        ts_err_free(err);
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, *box, size);
    return 1;
}

static int registry(lua_State *L)
{
    ts_test_world *w = world_at(L, 1);
    const char *key = luaL_checkstring(L, 2), *value = luaL_optstring(L, 3, "");
    char **box = ts_lua_box(L);
    bool found = false;
    ts_reg_type type = TS_REG_NONE;
    ts_err *err = NULL;
    if (!ts_host_reg_get(w->host, key, value, &found, &type, box, &err))
        return ts_lua_raise(L, err);
    if (found && *box)
        lua_pushstring(L, *box);
    else
        lua_pushnil(L);
    return 1;
}

static int called(lua_State *L)
{
    ts_test_world *w = world_at(L, 1);
    lua_pushinteger(
        L, ts_host_sim_called(w->host, luaL_checkstring(L, 2), luaL_optstring(L, 3, NULL)));
    return 1;
}

static int state(lua_State *L)
{
    ts_test_world *w = world_at(L, 1);
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    *box = ts_host_sim_state_json(w->host, &err);
    if (!*box)
        return ts_lua_raise(L, err);
    lua_pushstring(L, *box);
    return 1;
}

void ts_test_bind(lua_State *L, ts_test_env *env)
{
    static const luaL_Reg functions[] = {{"simulate", simulate},
                                         {"profile", profile},
                                         {"summary", summary},
                                         {"steps", steps},
                                         {"has_step", has_step},
                                         {"effects", effects},
                                         {"log", log_lines},
                                         {"variable", variable},
                                         {"file", file},
                                         {"registry", registry},
                                         {"called", called},
                                         {"state", state},
                                         {NULL, NULL}};
    if (luaL_newmetatable(L, world_type)) {
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushlightuserdata(L, env);
    luaL_setfuncs(L, functions, 1);
}
