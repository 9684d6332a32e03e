/* sandbox.c - see sandbox.h. What each line of defence stops is measured in docs/reference/lua.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "sandbox.h"

#define HOOK_COUNT 1000   /* instructions between two looks */
#define TRACE_MAX  16384u /* bytes of message and traceback that are kept */
#define RAISE_MAX  4096u  /* bytes of a C error's text in Lua */

/* A fresh state makes some 500 small objects; they come out of one block that goes with the state,
 * and the collector sleeps until there is something worth to collect. Both halve the cost of a
 * step. Under AddressSanitizer every object is one of its own, so that an overrun is seen. */
#ifdef __SANITIZE_ADDRESS__
#define BLOCK_BYTES 0u
#else
#define BLOCK_BYTES (40u * 1024u)
#endif
#define BLOCK_ALIGN  16u
#define COLLECT_FROM (1024u * 1024u) /* bytes in use */

struct ts_lua {
    char *block; /* NULL: none */
    size_t block_used;
    bool collects;
    lua_State *state;
    ts_lua_limits limits;
    ts_lua_usage usage;
    size_t memory; /* now */
    const atomic_bool *cancel;
    void *self;
    bool over; /* a limit was crossed: the hook fires at every instruction */
    bool cancelled;
    ts_lua_line line; /* NULL: no line hook */
    void *line_ctx;
};

static bool in_block(const ts_lua *lua, const void *ptr)
{
    uintptr_t at = (uintptr_t)ptr, block = (uintptr_t)lua->block;
    return lua->block && at >= block && at < block + BLOCK_BYTES;
}

/* Memory of the block is not used again; there is little of it. */
static void *resize(ts_lua *lua, void *ptr, size_t old, size_t size)
{
    bool inside = ptr && in_block(lua, ptr);
    if (inside && size <= old)
        return ptr;
    void *fresh = NULL;
    size_t rounded = (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
    if ((!ptr || inside) && lua->block && rounded <= BLOCK_BYTES - lua->block_used) {
        fresh = lua->block + lua->block_used;
        lua->block_used += rounded;
    } else {
        fresh = realloc(inside ? NULL : ptr, size);
    }
    if (fresh && inside)
        memcpy(fresh, ptr, old);
    return fresh;
}

static void *allocate(void *ud, void *ptr, size_t osize, size_t nsize)
{
    ts_lua *lua = ud;
    size_t old = ptr ? osize : 0; /* without ptr, osize is a type tag */
    if (nsize == 0) {
        if (!in_block(lua, ptr))
            free(ptr);
        lua->memory -= old;
        return NULL;
    }
    if (nsize > old && nsize - old > lua->limits.memory - lua->memory)
        return NULL;
    void *fresh = resize(lua, ptr, old, nsize);
    if (!fresh)
        return NULL;
    lua->memory += nsize - old;
    if (lua->memory > lua->usage.memory_peak)
        lua->usage.memory_peak = lua->memory;
    return fresh;
}

ts_lua *ts_lua_of(lua_State *L)
{
    ts_lua *lua = NULL;
    memcpy(&lua, lua_getextraspace(L), sizeof(ts_lua *));
    return lua;
}

void *ts_lua_self(lua_State *L)
{
    return ts_lua_of(L)->self;
}

static int hook_mask(const ts_lua *lua)
{
    return lua->line ? LUA_MASKCOUNT | LUA_MASKLINE : LUA_MASKCOUNT;
}

static void on_count(lua_State *L, lua_Debug *ar)
{
    ts_lua *lua = ts_lua_of(L);
    if (ar->event == LUA_HOOKLINE) {
        if (lua_getinfo(L, "S", ar))
            lua->line(lua->line_ctx, ar->source, ar->currentline);
        return;
    }
    lua->usage.instructions += lua->over ? 1 : HOOK_COUNT;
    if (!lua->collects && lua->memory > COLLECT_FROM) {
        lua->collects = true;
        lua_gc(L, LUA_GCRESTART);
    }
    if (lua->cancel && *lua->cancel)
        lua->cancelled = true;
    if (!lua->cancelled && lua->usage.instructions <= lua->limits.instructions)
        return;
    if (!lua->over) { /* a pcall in the script catches one error; not one at every instruction */
        lua->over = true;
        lua_sethook(L, on_count, hook_mask(lua), 1);
    }
    luaL_where(L, 0); /* a hook has no frame of its own: level 0 is the script */
    lua_pushstring(L, lua->cancelled ? "cancelled"
                                     : "the script ran more than its limit of instructions");
    lua_concat(L, 2);
    lua_error(L);
}

void ts_lua_restart_limits(ts_lua *lua)
{
    size_t peak = lua->usage.memory_peak;
    lua->usage = (ts_lua_usage){.memory_peak = peak};
    lua->over = lua->cancelled = false;
    lua_sethook(lua->state, on_count, hook_mask(lua), HOOK_COUNT);
}

void ts_lua_on_line(ts_lua *lua, ts_lua_line line, void *ctx)
{
    lua->line = line;
    lua->line_ctx = ctx;
    lua_sethook(lua->state, on_count, hook_mask(lua), HOOK_COUNT);
}

void ts_lua_count_output(lua_State *L, size_t bytes)
{
    ts_lua *lua = ts_lua_of(L);
    if (bytes > lua->limits.output - lua->usage.output)
        luaL_error(L, "the script's output is larger than its limit of %d KiB",
                   (int)(lua->limits.output / 1024));
    lua->usage.output += bytes;
}

/* setmetatable without __gc: finalizers run with hooks off. Setting it later does nothing in Lua.
 */
static int safe_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnoneornil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "__gc is not allowed in a metatable");
        lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static const char *const base_names[] = {"assert", "error",  "getmetatable", "ipairs",   "next",
                                         "pairs",  "pcall",  "rawequal",     "rawget",   "rawlen",
                                         "rawset", "select", "tonumber",     "tostring", "type"};
static const luaL_Reg libraries[] = {{LUA_STRLIBNAME, luaopen_string},
                                     {LUA_TABLIBNAME, luaopen_table},
                                     {LUA_MATHLIBNAME, luaopen_math},
                                     {LUA_UTF8LIBNAME, luaopen_utf8}};

/* The globals table is made from the allow-list; the full base library is opened aside. */
static void open_base(lua_State *L)
{
    luaL_requiref(L, LUA_GNAME, luaopen_base, 0); /* fills the globals */
    lua_pop(L, 1);
    lua_newtable(L);
    for (size_t i = 0; i < TS_COUNT(base_names); i++) {
        lua_getglobal(L, base_names[i]);
        lua_setfield(L, -2, base_names[i]);
    }
    lua_pushcfunction(L, safe_setmetatable);
    lua_setfield(L, -2, "setmetatable");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(L); /* package.loaded of the base library */
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

static int open_libraries(lua_State *L)
{
    open_base(L);
    for (size_t i = 0; i < TS_COUNT(libraries); i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);
    lua_pushliteral(L, ""); /* all strings share one metatable: nobody gets it */
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    return 0;
}

ts_lua *ts_lua_new(const ts_lua_limits *limits, void *self, const atomic_bool *cancel, ts_err **err)
{
    ts_lua *lua = ts_alloc(sizeof *lua);
    if (!lua) {
        ts_fail_nomem(err);
        return NULL;
    }
    lua->limits = limits ? *limits : (ts_lua_limits){0};
    lua->limits.memory = lua->limits.memory ? lua->limits.memory : TS_LUA_MEMORY;
    lua->limits.output = lua->limits.output ? lua->limits.output : TS_LUA_OUTPUT;
    if (!lua->limits.instructions)
        lua->limits.instructions = TS_LUA_INSTRUCTIONS;
    lua->self = self;
    lua->cancel = cancel;
    if (BLOCK_BYTES > 0)
        lua->block = ts_realloc_array(NULL, 1, BLOCK_BYTES + 1); /* not zeroed; NULL: without */
    lua->state = lua_newstate(allocate, lua);
    if (lua->state) {
        lua_gc(lua->state, LUA_GCSTOP);
        memcpy(lua_getextraspace(lua->state), &lua, sizeof(ts_lua *));
        lua_pushcfunction(lua->state, open_libraries);
        if (lua_pcall(lua->state, 0, 0, 0) == LUA_OK) {
            lua_sethook(lua->state, on_count, LUA_MASKCOUNT, HOOK_COUNT);
            return lua;
        }
    }
    ts_lua_free(lua);
    ts_fail_nomem(err);
    return NULL;
}

void ts_lua_free(ts_lua *lua)
{
    if (!lua)
        return;
    if (lua->state)
        lua_close(lua->state);
    free(lua->block);
    free(lua);
}

lua_State *ts_lua_state(ts_lua *lua)
{
    return lua->state;
}

const ts_lua_usage *ts_lua_usage_of(const ts_lua *lua)
{
    return &lua->usage;
}

bool ts_lua_compile(ts_lua *lua, const char *name, const char *text, size_t size, ts_err **err)
{
    lua_State *L = lua->state;
    if (size > TS_LUA_SOURCE_MAX)
        return ts_fail(err, TS_LIMIT, "%s: a script may have %u bytes, this one has %zu", name,
                       TS_LUA_SOURCE_MAX, size);
    if (!ts_utf8_valid(text, size))
        return ts_fail(err, TS_SCRIPT, "%s: the file is not UTF-8 text; save it as UTF-8", name);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* editors on Windows write it */
        text += 3;
        size -= 3;
    }
    char chunk[256] = "@";
    strncat(chunk, name, sizeof chunk - 2);
    if (luaL_loadbufferx(L, text, size, chunk, "t") == LUA_OK)
        return true;
    const char *message = lua_tostring(L, -1);
    ts_fail(err, TS_SCRIPT, "%s", message ? message : name);
    lua_pop(L, 1);
    return false;
}

static int on_error(lua_State *L)
{
    if (lua_istable(L, 1)) { /* keeps its form, and gets a traceback; raw: no metamethod runs */
        lua_pushliteral(L, "traceback");
        luaL_traceback(L, L, NULL, 1);
        lua_rawset(L, 1);
        lua_settop(L, 1);
        return 1;
    }
    const char *message = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, message, 1);
    return 1;
}

static ts_code code_by_name(const char *name)
{
    for (int i = 0; name && i < TS_CODE_COUNT; i++)
        if (strcmp(ts_code_name((ts_code)i), name) == 0)
            return (ts_code)i;
    return TS_SCRIPT;
}

/* Reading a field of an error table may raise (a metamethod of the script): it is read raw. */
static const char *raw_text(lua_State *L, const char *field)
{
    lua_pushstring(L, field);
    lua_rawget(L, -2);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1); /* the table still holds it */
    return text;
}

static bool take_error(ts_lua *lua, int status, ts_err **err)
{
    lua_State *L = lua->state;
    if (lua->cancelled)
        return ts_fail(err, TS_CANCELLED, "the script was cancelled");
    if (status == LUA_ERRMEM)
        return ts_fail(err, TS_LIMIT, "the script needs more memory than its limit of %zu MiB",
                       lua->limits.memory / (1024 * 1024));
    if (lua_istable(L, -1)) {
        const char *message = raw_text(L, "message"), *trace = raw_text(L, "traceback");
        return ts_fail(err, code_by_name(raw_text(L, "code")), "%s%s%.*s",
                       message ? message : "the script raised a table without a message",
                       trace ? "\n" : "", (int)TRACE_MAX, trace ? trace : "");
    }
    const char *text = lua_tostring(L, -1);
    return ts_fail(err, lua->over ? TS_LIMIT : TS_SCRIPT, "%.*s", (int)TRACE_MAX,
                   text ? text : "the script raised something that is no text");
}

bool ts_lua_call(ts_lua *lua, int n_args, int n_results, ts_err **err)
{
    lua_State *L = lua->state;
    int function = lua_gettop(L) - n_args;
    lua_pushcfunction(L, on_error);
    lua_insert(L, function);
    int status = lua_pcall(L, n_args, n_results, function);
    lua_remove(L, function);
    if (status == LUA_OK)
        return true;
    take_error(lua, status, err);
    lua_settop(L, function - 1);
    return false;
}

static int error_text(lua_State *L)
{
    lua_getfield(L, 1, "message");
    return 1;
}

int ts_lua_raise(lua_State *L, ts_err *err)
{
    char text[RAISE_MAX];
    uint32_t number = 0;
    ts_code code = ts_err_code(err);
    ts_os_kind kind = ts_err_os(err, &number);
    snprintf(text, sizeof text, "%s", ts_err_text(err));
    ts_err_free(err); /* before anything that may raise */
    luaL_where(L, 1);
    lua_pushstring(L, text);
    lua_concat(L, 2);
    lua_createtable(L, 0, 3);
    lua_insert(L, -2);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, ts_code_name(code));
    lua_setfield(L, -2, "code");
    if (kind != TS_OS_NONE) {
        lua_pushinteger(L, (lua_Integer)number);
        lua_setfield(L, -2, "os");
    }
    if (luaL_newmetatable(L, "ts.error")) {
        lua_pushcfunction(L, error_text);
        lua_setfield(L, -2, "__tostring");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
    return lua_error(L);
}

static int free_box(lua_State *L)
{
    char **box = lua_touserdata(L, 1);
    free(*box);
    *box = NULL;
    return 0;
}

char **ts_lua_box(lua_State *L)
{
    char **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    if (luaL_newmetatable(L, "ts.box")) {
        lua_pushcfunction(L, free_box);
        lua_setfield(L, -2, "__gc");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
    return box;
}

void ts_lua_set_functions(lua_State *L, const char *table, const struct luaL_Reg *functions)
{
    int n = 0;
    while (functions[n].name)
        n++;
    lua_createtable(L, 0, n);
    luaL_setfuncs(L, functions, 0);
    lua_setfield(L, -2, table);
}
