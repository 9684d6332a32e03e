/* api_data.c - ts.json, ts.hash, ts.time: data without the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/time.h>

#include "crypto.h"
#include "json.h"
#include "script.h"

#define JSON_MAX (16u * 1024u * 1024u) /* bytes of one document, read or written */

/* --- JSON: null is ts.json.null, so that it is told from a missing key ----------------------- */

static const char null_key; /* its address is the light userdata */

static void push_null(lua_State *L)
{
    union { /* a light userdata is a plain pointer; nothing is written through it */
        const char *constant;
        void *plain;
    } p = {.constant = &null_key};
    lua_pushlightuserdata(L, p.plain);
}

static int free_doc(lua_State *L)
{
    ts_json_doc **doc = lua_touserdata(L, 1);
    ts_json_free(*doc);
    *doc = NULL;
    return 0;
}

/* A text that grows while Lua may raise an error: freed with the userdata that holds it. */
static int free_text(lua_State *L)
{
    ts_buf_done(lua_touserdata(L, 1));
    return 0;
}

static void push_json(lua_State *L, const ts_json *at)
{
    luaL_checkstack(L, 4, "JSON is nested too deeply");
    ts_json child;
    void *cursor = NULL;
    switch (ts_json_kind_of(at)) {
    case TS_JSON_NULL:
        push_null(L);
        return;
    case TS_JSON_BOOL:
        lua_pushboolean(L, ts_json_true(at));
        return;
    case TS_JSON_INT:
        lua_pushinteger(L, ts_json_integer(at));
        return;
    case TS_JSON_REAL:
        lua_pushnumber(L, ts_json_real(at));
        return;
    case TS_JSON_TEXT:
        lua_pushstring(L, ts_json_text(at));
        return;
    case TS_JSON_ARRAY:
        lua_createtable(L, (int)ts_json_count(at), 0);
        for (size_t i = 0; i < ts_json_count(at); i++) {
            ts_json_at(at, i, &child);
            push_json(L, &child);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        return;
    case TS_JSON_OBJECT:
        lua_newtable(L);
        while (ts_json_next(at, &cursor, &child)) {
            lua_pushstring(L, child.key);
            push_json(L, &child);
            lua_rawset(L, -3);
        }
        return;
    }
}

static int json_decode(lua_State *L)
{
    size_t size = 0;
    const char *text = luaL_checklstring(L, 1, &size);
    ts_json_doc **doc = lua_newuserdatauv(L, sizeof(ts_json_doc *), 0);
    *doc = NULL;
    ts_set_gc(L, "ts.json.doc", free_doc);
    ts_err *err = NULL;
    *doc = ts_json_parse("JSON text", text, size, JSON_MAX, &err);
    if (!*doc)
        return ts_lua_raise(L, err);
    ts_json root;
    ts_json_root(*doc, &root);
    push_json(L, &root);
    return 1;
}

static void put_value(lua_State *L, ts_json_writer *w, const char *key, unsigned depth);

/* A table with number 1, or an empty one, is an array; else an object with text keys. */
static void put_table(lua_State *L, ts_json_writer *w, const char *key, unsigned depth)
{
    if (depth >= TS_JSON_DEPTH_MAX)
        luaL_error(L, "the table is nested deeper than %d (does it hold itself?)",
                   TS_JSON_DEPTH_MAX);
    luaL_checkstack(L, 4, "the table is nested too deeply");
    lua_Integer n = luaL_len(L, -1);
    if (n > 0) {
        ts_json_begin_array(w, key);
        for (lua_Integer i = 1; i <= n; i++) {
            lua_rawgeti(L, -1, i);
            put_value(L, w, NULL, depth + 1);
            lua_pop(L, 1);
        }
        ts_json_end(w);
        return;
    }
    ts_json_begin_object(w, key);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "a key must be a string, not a %s", luaL_typename(L, -2));
        put_value(L, w, lua_tostring(L, -2), depth + 1);
    }
    ts_json_end(w);
}

static void put_value(lua_State *L, ts_json_writer *w, const char *key, unsigned depth)
{
    int type = lua_type(L, -1);
    if (type == LUA_TTABLE)
        put_table(L, w, key, depth);
    else if (type == LUA_TBOOLEAN)
        ts_json_put_bool(w, key, lua_toboolean(L, -1));
    else if (type == LUA_TNUMBER && lua_isinteger(L, -1))
        ts_json_put_int(w, key, lua_tointeger(L, -1));
    else if (type == LUA_TNUMBER)
        ts_json_put_real(w, key, lua_tonumber(L, -1));
    else if (type == LUA_TSTRING)
        ts_json_put_str(w, key, lua_tostring(L, -1));
    else if (type == LUA_TLIGHTUSERDATA)
        ts_json_put_null(w, key);
    else
        luaL_error(L, "a %s cannot be written as JSON", luaL_typename(L, -1));
}

static int json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    ts_opt_only(L, 2, "pretty");
    bool pretty = ts_opt_bool(L, 2, "pretty", false);
    ts_buf *out = lua_newuserdatauv(L, sizeof(ts_buf), 0);
    ts_buf_init(out, JSON_MAX);
    ts_set_gc(L, "ts.json.text", free_text);
    ts_json_writer w;
    ts_json_writer_init(&w, out, pretty);
    lua_pushvalue(L, 1);
    put_value(L, &w, NULL, 0);
    ts_err *err = NULL;
    if (!ts_json_finish(&w, &err))
        return ts_lua_raise(L, err);
    size_t size = out->len;
    while (size > 0 && out->data[size - 1] == '\n')
        size--; /* a value, not a file */
    lua_pushlstring(L, out->data, size);
    return 1;
}

/* --- Digests and time ------------------------------------------------------------------------ */

static int hash_sha256(lua_State *L)
{
    size_t size = 0;
    const char *data = luaL_checklstring(L, 1, &size);
    char text[TS_SHA256_TEXT];
    ts_err *err = NULL;
    if (!ts_sha256_text(data, size, text, &err))
        return ts_lua_raise(L, err);
    lua_pushstring(L, text);
    return 1;
}

/* ts.time.utc([milliseconds]): "2026-11-22T10:00:00.000Z", of the machine's clock. */
static int time_utc(lua_State *L)
{
    int64_t at = lua_isnoneornil(L, 1) ? ts_host_now(ts_script_of(L)->host)
                                       : luaL_checkinteger(L, 1);
    ts_civil t = ts_time_civil(at);
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day,
             t.hour, t.minute, t.second, t.millisecond);
    lua_pushstring(L, text);
    return 1;
}

void ts_api_data(lua_State *L)
{
    static const luaL_Reg json[] = {{"decode", json_decode}, {"encode", json_encode}, {NULL, NULL}};
    static const luaL_Reg hash[] = {{"sha256", hash_sha256}, {NULL, NULL}};
    static const luaL_Reg time[] = {{"utc", time_utc}, {NULL, NULL}};
    ts_lua_set_functions(L, "json", json);
    lua_getfield(L, -1, "json");
    push_null(L);
    lua_setfield(L, -2, "null");
    lua_pop(L, 1);
    ts_lua_set_functions(L, "hash", hash);
    ts_lua_set_functions(L, "time", time);
}
