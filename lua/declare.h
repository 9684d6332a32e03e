/* declare.h - reads the declaration that a Lua step file returns. Private to lua/. */
#ifndef TS_LUA_DECLARE_H
#define TS_LUA_DECLARE_H

#include <ts/mem.h>
#include <ts/step.h>

#include "sandbox.h"

/* The declaration is on top of the state's stack; all text of `out` lives in the arena. TS_SCHEMA
 * says what is wrong, with `file` in front. */
bool ts_lua_declare(ts_lua *lua, const char *file, ts_arena *arena, ts_step_class *out,
                    ts_err **err);

#endif
