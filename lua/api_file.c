/* api_file.c - ts.file: files of the machine, through the host. */
#include <stdlib.h>

#include <lauxlib.h>

#include <ts/mem.h>

#include "script.h"

static int file_info(lua_State *L)
{
    ts_file_info info = {0};
    ts_err *err = NULL;
    if (!ts_host_file_info(ts_script_of(L)->host, luaL_checkstring(L, 1), &info, &err))
        return ts_lua_raise(L, err);
    if (!info.exists) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 4);
    lua_pushboolean(L, info.is_folder);
    lua_setfield(L, -2, "is_folder");
    lua_pushinteger(L, (lua_Integer)info.size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, info.modified);
    lua_setfield(L, -2, "modified");
    lua_pushstring(L, info.version);
    lua_setfield(L, -2, "version");
    return 1;
}

static int file_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char **box = ts_lua_box(L);
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_host_file_read(ts_script_of(L)->host, path, box, &size, &err))
        return ts_lua_raise(L, err);
    lua_pushlstring(L, *box, size);
    return 1;
}

static int write_or_append(lua_State *L, bool append)
{
    size_t size = 0;
    const char *path = luaL_checkstring(L, 1), *data = luaL_checklstring(L, 2, &size);
    ts_err *err = NULL;
    if (!ts_host_file_write(ts_script_of(L)->host, path, data, size, append, &err))
        return ts_lua_raise(L, err);
    return 0;
}

static int file_write(lua_State *L)
{
    return write_or_append(L, false);
}

static int file_append(lua_State *L)
{
    return write_or_append(L, true);
}

static int file_copy(lua_State *L)
{
    const char *from = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
    ts_err *err = NULL;
    const ts_script *s = ts_script_of(L);
    ts_script_pause(s);
    bool ok = ts_host_file_copy(s->host, from, to, &err);
    ts_script_go_on(s);
    if (!ok)
        return ts_lua_raise(L, err);
    return 0;
}

static int file_delete(lua_State *L)
{
    ts_err *err = NULL;
    if (!ts_host_file_delete(ts_script_of(L)->host, luaL_checkstring(L, 1), &err))
        return ts_lua_raise(L, err);
    return 0;
}

static int make_folder(lua_State *L)
{
    ts_err *err = NULL;
    if (!ts_host_folder_make(ts_script_of(L)->host, luaL_checkstring(L, 1), &err))
        return ts_lua_raise(L, err);
    return 0;
}

void ts_api_file(lua_State *L)
{
    static const luaL_Reg functions[] = {{"info", file_info},          {"read", file_read},
                                         {"write", file_write},        {"append", file_append},
                                         {"copy", file_copy},          {"delete", file_delete},
                                         {"make_folder", make_folder}, {NULL, NULL}};
    ts_lua_set_functions(L, "file", functions);
}
