/* script.c - the table `ts`, and reading options. */
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "script.h"

ts_script *ts_script_of(lua_State *L)
{
    ts_script *script = ts_lua_self(L);
    if (!script) /* a step's declaration is being read: loading a file must not act */
        luaL_error(L, "the machine cannot be used while the file is loaded; do it in 'run'");
    return script;
}

void ts_script_pause(const ts_script *script)
{
    if (script->watchdog)
        ts_watchdog_pause(script->watchdog, true);
}

void ts_script_go_on(const ts_script *script)
{
    if (script->watchdog)
        ts_watchdog_pause(script->watchdog, false);
}

void ts_set_gc(lua_State *L, const char *name, lua_CFunction gc)
{
    if (luaL_newmetatable(L, name)) {
        lua_pushcfunction(L, gc);
        lua_setfield(L, -2, "__gc");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
}

static int open_all(lua_State *L)
{
    lua_newtable(L);
    ts_api_var(L);
    ts_api_log(L);
    ts_api_host(L);
    ts_api_file(L);
    ts_api_data(L);
    ts_api_cert(L);
    ts_api_http(L);
    ts_api_script(L);
    lua_setglobal(L, "ts");
    return 0;
}

bool ts_script_open(ts_lua *lua, ts_err **err)
{
    lua_pushcfunction(ts_lua_state(lua), open_all);
    return ts_lua_call(lua, 0, 0, err);
}

/* Leaves the field on the stack; false (nothing left) when it is absent. */
static bool push_field(lua_State *L, int index, const char *field, int type, const char *type_name)
{
    if (lua_isnoneornil(L, index))
        return false;
    luaL_checktype(L, index, LUA_TTABLE);
    int got = lua_getfield(L, index, field);
    if (got == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (got != type)
        luaL_error(L, "field '%s' must be %s, not a %s", field, type_name, luaL_typename(L, -1));
    return true;
}

const char *ts_opt_text(lua_State *L, int index, const char *field, const char *def)
{
    if (!push_field(L, index, field, LUA_TSTRING, "a string"))
        return def;
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1); /* the table still holds it */
    return text;
}

bool ts_opt_bool(lua_State *L, int index, const char *field, bool def)
{
    if (!push_field(L, index, field, LUA_TBOOLEAN, "true or false"))
        return def;
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

lua_Integer ts_opt_int(lua_State *L, int index, const char *field, lua_Integer min, lua_Integer max,
                       lua_Integer def)
{
    if (!push_field(L, index, field, LUA_TNUMBER, "a whole number"))
        return def;
    int whole = 0;
    lua_Integer value = lua_tointegerx(L, -1, &whole);
    lua_pop(L, 1);
    if (!whole || value < min || value > max)
        luaL_error(L, "field '%s' must be a whole number from %I to %I", field, (LUAI_UACINT)min,
                   (LUAI_UACINT)max);
    return value;
}

static bool is_named(const char *names, const char *field)
{
    size_t n = strlen(field);
    for (const char *hit = strstr(names, field); hit; hit = strstr(hit + 1, field))
        if ((hit == names || hit[-1] == ' ') && (hit[n] == ' ' || !hit[n]))
            return true;
    return false;
}

void ts_opt_only(lua_State *L, int index, const char *names)
{
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TNUMBER)
            continue;
        const char *field = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (!is_named(names, field))
            luaL_error(L, "unknown field '%s'; known are: %s", field, names);
    }
}
