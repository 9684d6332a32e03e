/* api_script.c - ts.script: the files that lie beside the script. They come from the same signed
 * place as the script and are read from there, also when the machine is simulated. */
#include <stdlib.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "script.h"

#define BESIDE_MAX (16u * 1024u * 1024u) /* bytes of one file */

static const char *folder_of(lua_State *L)
{
    const char *folder = ts_script_of(L)->folder;
    if (!folder)
        luaL_error(L, "this script has no folder");
    return folder;
}

/* ts.script.read(name): a file beside the script, or below its folder. */
static int script_read(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *folder = folder_of(L);
    char **path = ts_lua_box(L), **data = ts_lua_box(L);
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_path_is_inside(name))
        return luaL_error(L, "'%s' is not a plain path inside the script's folder", name);
    *path = ts_path_join(folder, name);
    if (!*path)
        return luaL_error(L, "out of memory");
    if (!ts_file_read(*path, BESIDE_MAX, data, &size, &err))
        return ts_lua_raise(L, err);
    lua_pushlstring(L, *data, size);
    return 1;
}

/* ts.script.files([pattern]): names of files in the script's folder, sorted. */
static int script_files(lua_State *L)
{
    const char *pattern = luaL_optstring(L, 1, "*");
    const char *folder = folder_of(L);
    union { /* the box frees what the list is: one block */
        char ***list;
        char **box;
    } names = {.box = ts_lua_box(L)};
    char **list = NULL;
    ts_err *err = NULL;
    if (!ts_folder_list(folder, &list, &err))
        return ts_lua_raise(L, err);
    *names.list = list;
    lua_newtable(L);
    lua_Integer n = 0;
    for (; *list; list++) {
        if (!ts_str_wildcard(*list, pattern))
            continue;
        lua_pushstring(L, *list);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

void ts_api_script(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"read", script_read}, {"files", script_files}, {NULL, NULL}};
    ts_lua_set_functions(L, "script", functions);
}
