/* api_log.c - ts.log and ts.progress: lines in smsts.log with the script's name and line. */
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "script.h"

#define SOURCE_MAX 128

/* The script's file and line that called. */
static uint32_t where(lua_State *L, char *source, size_t size)
{
    lua_Debug ar;
    source[0] = 0;
    if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "Sl", &ar))
        return 0;
    strncat(source, ar.short_src, size - 1);
    return ar.currentline > 0 ? (uint32_t)ar.currentline : 0;
}

static int log_at(lua_State *L, ts_level level)
{
    size_t size = 0;
    const char *text = luaL_tolstring(L, 1, &size);
    char source[SOURCE_MAX];
    ts_script *s = ts_script_of(L);
    ts_lua_count_output(L, size);
    if (!s->events)
        return 0;
    char *owned = NULL;
    ts_event event = {.kind = TS_EVENT_LOG,
                      .level = level,
                      .component = "Lua",
                      .node = s->node,
                      .time = ts_host_now(s->host),
                      .source = source,
                      .source_line = where(L, source, sizeof source)};
    event.text = ts_vars_mask(s->vars, text, &owned);
    ts_events_send(s->events, &event);
    ts_free_ptr(&owned);
    return 0;
}

static int log_verbose(lua_State *L)
{
    return log_at(L, TS_LEVEL_VERBOSE);
}

static int log_info(lua_State *L)
{
    return log_at(L, TS_LEVEL_INFO);
}

static int log_warning(lua_State *L)
{
    return log_at(L, TS_LEVEL_WARNING);
}

static int log_error(lua_State *L)
{
    return log_at(L, TS_LEVEL_ERROR);
}

static int progress(lua_State *L)
{
    lua_Integer done = luaL_checkinteger(L, 1), total = luaL_checkinteger(L, 2);
    const char *text = luaL_optstring(L, 3, NULL);
    ts_script *s = ts_script_of(L);
    luaL_argcheck(L, done >= 0, 1, "must not be negative");
    luaL_argcheck(L, total >= done, 2, "must not be less than what is done");
    if (s->ctx)
        ts_ctx_progress(s->ctx, (uint64_t)done, (uint64_t)total, text);
    return 0;
}

void ts_api_log(lua_State *L)
{
    static const luaL_Reg functions[] = {{"verbose", log_verbose},
                                         {"info", log_info},
                                         {"warning", log_warning},
                                         {"error", log_error},
                                         {NULL, NULL}};
    ts_lua_set_functions(L, "log", functions);
    lua_pushcfunction(L, progress);
    lua_setfield(L, -2, "progress");
}
