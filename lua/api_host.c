/* api_host.c - ts.host: facts, WQL, registry, programs, the clock. Files are in api_file.c. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#include "script.h"

#define SLEEP_MAX_MS  (3600 * 1000) /* one call; a script that waits longer waits in a loop */
#define TIMEOUT_MAX_S (7 * 24 * 3600)
#define ARGV_MAX      1000 /* arguments of one program */

static int host_fact(lua_State *L)
{
    ts_fact fact;
    const char *id = luaL_checkstring(L, 1);
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    if (!ts_fact_by_id(id, &fact))
        return luaL_error(L, "unknown fact '%s'; see docs/reference/lua-api.md", id);
    if (!ts_host_fact(ts_script_of(L)->host, fact, box, &err))
        return ts_lua_raise(L, err);
    lua_pushstring(L, *box);
    return 1;
}

static int host_phase(lua_State *L)
{
    bool pe = ts_host_phase(ts_script_of(L)->host) == TS_PHASE_WINPE;
    lua_pushstring(L, pe ? "winpe" : "full");
    return 1;
}

static int host_is_simulated(lua_State *L)
{
    lua_pushboolean(L, ts_host_is_simulated(ts_script_of(L)->host));
    return 1;
}

static int host_env(lua_State *L)
{
    lua_pushstring(L, ts_host_env(ts_script_of(L)->host, luaL_checkstring(L, 1)));
    return 1;
}

static int host_now(lua_State *L)
{
    lua_pushinteger(L, ts_host_now(ts_script_of(L)->host));
    return 1;
}

static int host_sleep(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    luaL_argcheck(L, ms >= 0 && ms <= SLEEP_MAX_MS, 1, "must be 0 to 3600000 milliseconds");
    ts_err *err = NULL;
    const ts_script *s = ts_script_of(L);
    ts_script_pause(s);
    bool ok = ts_host_sleep(s->host, (uint32_t)ms, &err);
    ts_script_go_on(s);
    if (!ok)
        return ts_lua_raise(L, err);
    return 0;
}

/* --- WQL ---------------------------------------------------------------------------------- */

typedef struct wmi_answer {
    ts_arena *arena;
    ts_wmi_rows rows;
} wmi_answer;

static int free_answer(lua_State *L)
{
    wmi_answer *a = lua_touserdata(L, 1);
    ts_wmi_rows_done(&a->rows);
    ts_arena_free(a->arena);
    *a = (wmi_answer){0};
    return 0;
}

static wmi_answer *new_answer(lua_State *L)
{
    wmi_answer *a = lua_newuserdatauv(L, sizeof *a, 0);
    *a = (wmi_answer){0};
    ts_set_gc(L, "ts.wmi", free_answer);
    return a;
}

static void push_wmi_value(lua_State *L, const ts_wmi_value *v)
{
    switch (v->kind) {
    case TS_WMI_NULL:
        lua_pushnil(L);
        return;
    case TS_WMI_TEXT:
        lua_pushstring(L, v->text);
        return;
    case TS_WMI_INT:
        lua_pushinteger(L, v->integer);
        return;
    case TS_WMI_UINT:
        lua_pushnumber(L, (lua_Number)v->natural);
        return;
    case TS_WMI_REAL:
        lua_pushnumber(L, v->real);
        return;
    case TS_WMI_BOOL:
        lua_pushboolean(L, v->integer != 0);
        return;
    }
}

static int host_wmi(lua_State *L)
{
    const char *query = luaL_checkstring(L, 1);
    const char *name_space = luaL_optstring(L, 2, NULL);
    wmi_answer *a = new_answer(L);
    ts_err *err = NULL;
    a->arena = ts_arena_new();
    const ts_wql *wql = a->arena ? ts_wql_parse(a->arena, query, &err) : NULL;
    if (!wql && !err)
        return luaL_error(L, "out of memory");
    if (!wql || !ts_host_wmi(ts_script_of(L)->host, name_space, wql, &a->rows, &err))
        return ts_lua_raise(L, err);
    lua_createtable(L, (int)a->rows.n_rows, 0);
    for (size_t i = 0; i < a->rows.n_rows; i++) {
        const ts_wmi_row *row = &a->rows.rows[i];
        lua_createtable(L, 0, (int)row->n_values);
        for (size_t k = 0; k < row->n_values; k++) {
            push_wmi_value(L, &row->values[k]);
            lua_setfield(L, -2, row->values[k].name);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* --- Registry ------------------------------------------------------------------------------ */

static int reg_get(lua_State *L)
{
    const char *key = luaL_checkstring(L, 1), *value = luaL_optstring(L, 2, NULL);
    char **box = ts_lua_box(L);
    bool found = false;
    ts_reg_type type = TS_REG_NONE;
    ts_err *err = NULL;
    if (!ts_host_reg_get(ts_script_of(L)->host, key, value, &found, &type, box, &err))
        return ts_lua_raise(L, err);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    if (!value) {
        lua_pushboolean(L, 1);
        return 1;
    }
    if (type == TS_REG_DWORD)
        lua_pushinteger(L, strtoll(*box ? *box : "0", NULL, 10));
    else
        lua_pushstring(L, *box ? *box : "");
    lua_pushstring(L, ts_reg_type_name(type));
    return 2;
}

static int reg_set(lua_State *L)
{
    const char *key = luaL_checkstring(L, 1), *value = luaL_checkstring(L, 2);
    const char *type_name = luaL_optstring(L, 4, lua_isinteger(L, 3) ? "REG_DWORD" : "REG_SZ");
    const char *data = luaL_checkstring(L, 3);
    ts_reg_type type;
    ts_err *err = NULL;
    if (!ts_reg_type_by_name(type_name, &type))
        return luaL_error(L, "unknown registry type '%s' (REG_SZ, REG_DWORD, ...)", type_name);
    if (!ts_host_reg_set(ts_script_of(L)->host, key, value, type, data, &err))
        return ts_lua_raise(L, err);
    return 0;
}

static int reg_delete(lua_State *L)
{
    const char *key = luaL_checkstring(L, 1), *value = luaL_optstring(L, 2, NULL);
    ts_err *err = NULL;
    if (!ts_host_reg_delete(ts_script_of(L)->host, key, value, &err))
        return ts_lua_raise(L, err);
    return 0;
}

/* --- Programs ------------------------------------------------------------------------------ */

static const char *const *read_argv(lua_State *L)
{
    if (lua_getfield(L, 1, "argv") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_Integer n = luaL_len(L, -1);
    if (n < 1 || n > ARGV_MAX)
        luaL_error(L, "field 'argv' must hold 1 to %d texts", ARGV_MAX);
    const char **argv = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *argv, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, -2, i) != LUA_TSTRING)
            luaL_error(L, "field 'argv' must hold texts; number %d is a %s", (int)i,
                       luaL_typename(L, -1));
        argv[i - 1] = lua_tostring(L, -1); /* argv's table holds it */
        lua_pop(L, 1);
    }
    argv[n] = NULL;
    return argv; /* the userdata stays on the stack */
}

static void push_result(lua_State *L, const ts_program_result *r)
{
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, (lua_Integer)r->exit_code);
    lua_setfield(L, -2, "exit_code");
    lua_pushboolean(L, r->timed_out);
    lua_setfield(L, -2, "timed_out");
    lua_pushboolean(L, r->assumed);
    lua_setfield(L, -2, "assumed");
    lua_pushinteger(L, (lua_Integer)r->duration);
    lua_setfield(L, -2, "duration");
    lua_pushstring(L, r->output ? r->output : "");
    lua_setfield(L, -2, "output");
}

/* ts.host.run{argv={...} | command="...", folder=, timeout=seconds, secret=} */
static int host_run(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ts_opt_only(L, 1, "argv command folder timeout secret");
    ts_program program = {.keep_output = true};
    program.command_line = ts_opt_text(L, 1, "command", NULL);
    program.folder = ts_opt_text(L, 1, "folder", NULL);
    program.secret = ts_opt_bool(L, 1, "secret", false);
    program.timeout = (uint32_t)ts_opt_int(L, 1, "timeout", 0, TIMEOUT_MAX_S, 0) * 1000u;
    program.argv = read_argv(L);
    if (!program.argv == !program.command_line)
        return luaL_error(L, "give either 'argv' or 'command'");
    char **box = ts_lua_box(L);
    ts_program_result r = {.exit_code = 0};
    ts_err *err = NULL;
    const ts_script *s = ts_script_of(L);
    ts_script_pause(s);
    bool ok = ts_host_run(s->host, &program, &r, &err);
    ts_script_go_on(s);
    if (!ok)
        return ts_lua_raise(L, err);
    *box = r.output; /* the box frees it, whatever happens */
    push_result(L, &r);
    return 1;
}

void ts_api_host(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"fact", host_fact},        {"phase", host_phase}, {"is_simulated", host_is_simulated},
        {"env", host_env},          {"now", host_now},     {"sleep", host_sleep},
        {"wmi", host_wmi},          {"reg_get", reg_get},  {"reg_set", reg_set},
        {"reg_delete", reg_delete}, {"run", host_run},     {NULL, NULL}};
    ts_lua_set_functions(L, "host", functions);
}
