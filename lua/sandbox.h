/* sandbox.h - a Lua state with an allow-list and limits.
 *
 * The fence is against mistakes: scripts come from the same signed place as the sequence. Allowed
 * are the language, string (without dump), table, math, utf8, and what the caller adds as `ts`.
 * There is no os, io, load, require, debug, coroutine, collectgarbage or xpcall. One state per
 * script.
 *
 * A count hook stops loops, also those that catch errors: once over the limit it fires at every
 * instruction. What no hook can stop (C code such as string.find on a hostile pattern) a watchdog
 * thread ends by leaving the process (watchdog.h). Memory is capped in the allocator. */
#ifndef TS_LUA_SANDBOX_H
#define TS_LUA_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include <lauxlib.h>

#include <ts/error.h>
#include <ts/host.h>

#define TS_LUA_MEMORY       (64u * 1024u * 1024u) /* bytes of one state */
#define TS_LUA_INSTRUCTIONS UINT64_C(200000000)   /* of one script: a second or two */
#define TS_LUA_OUTPUT       (1024u * 1024u)       /* bytes of text that one script may log */
#define TS_LUA_SOURCE_MAX   (4u * 1024u * 1024u)  /* bytes of one source file */

typedef struct ts_lua_limits {
    size_t memory;         /* bytes; 0: TS_LUA_MEMORY */
    uint64_t instructions; /* 0: TS_LUA_INSTRUCTIONS */
    size_t output;         /* bytes; 0: TS_LUA_OUTPUT */
} ts_lua_limits;

typedef struct ts_lua_usage {
    size_t memory_peak;    /* bytes */
    uint64_t instructions; /* rounded up to thousands */
    size_t output;         /* bytes */
} ts_lua_usage;

typedef struct ts_lua ts_lua;

/* `self` is what the bindings find with ts_lua_self. `cancel` (may be NULL): a script stops when it
 * becomes true. */
ts_lua *ts_lua_new(const ts_lua_limits *limits, void *self, const atomic_bool *cancel,
                   ts_err **err);
void ts_lua_free(ts_lua *lua);
lua_State *ts_lua_state(ts_lua *lua);
const ts_lua_usage *ts_lua_usage_of(const ts_lua *lua);

/* The limits count from here: for a state that runs several things after each other (tests). */
void ts_lua_restart_limits(ts_lua *lua);
/* Calls `line` for every new line of script that runs (coverage); before anything is compiled. */
typedef void (*ts_lua_line)(void *ctx, const char *chunk, int line);
void ts_lua_on_line(ts_lua *lua, ts_lua_line line, void *ctx);

/* Inside a C function called from Lua. */
ts_lua *ts_lua_of(lua_State *L);
void *ts_lua_self(lua_State *L);
/* Counts text that goes out; raises when the limit is crossed. */
void ts_lua_count_output(lua_State *L, size_t bytes);

/* Compiles text (never a binary chunk) and leaves the chunk on the stack. `name` stands in messages
 * and tracebacks: a file name. TS_SCRIPT with file and line. */
bool ts_lua_compile(ts_lua *lua, const char *name, const char *text, size_t size, ts_err **err);
/* Calls the function below its n_args arguments. On failure the stack is as before the function was
 * pushed, and the error has message and traceback (TS_SCRIPT; TS_LIMIT for memory and instructions;
 * TS_CANCELLED). An error table {code=, message=, os=} raised by the script keeps its code. */
bool ts_lua_call(ts_lua *lua, int n_args, int n_results, ts_err **err);

/* For bindings: raises a C error as an error table; frees err. Does not return. */
int ts_lua_raise(lua_State *L, ts_err *err);
/* A slot that is freed with free() when Lua collects it: what a C function owns while Lua may
 * raise. Pushed on the stack. */
char **ts_lua_box(lua_State *L);
void ts_lua_set_functions(lua_State *L, const char *table, const struct luaL_Reg *functions);

#endif
