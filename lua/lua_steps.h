/* lua_steps.h - steps written in Lua: a folder of files, each of which returns a declaration.
 *
 *   return {
 *     type = "Example_WaitForNetwork", title = "Wait for network", version = "1.0",
 *     help = "Waits until an adapter has an address.",
 *     phase = "any",                       -- winpe | full | any
 *     effects = { "net" },                 -- ids of docs/reference/events.md
 *     resume = "again",                    -- again | stop | next
 *     inputs = { { name = "Minutes", type = "int", default = "5", help = "How long to wait." } },
 *     outputs = { "NetworkReady" },
 *     run = function(input) ... return 0 end,
 *   }
 *
 * `run` gets the inputs as a table of texts, expanded. It returns nothing, true or 0 for success; a
 * number is the exit code; a table may hold code, text (why) and restart ("HD" or "WinPE"). An
 * error that it raises fails the step with the message, file and line. */
#ifndef TS_LUA_STEPS_H
#define TS_LUA_STEPS_H

#include <ts/error.h>
#include <ts/step.h>

#include "watchdog.h"

#define TS_LUA_STEPS_MAX  500u /* files in one folder */
#define TS_LUA_INPUTS_MAX 100u /* inputs of one step */

typedef struct ts_lua_steps ts_lua_steps;

/* Loads every *.lua of the folder (not *_test.lua) and adds the classes to `steps`. TS_SCRIPT and
 * TS_SCHEMA name file and line. The result must outlive `steps`. */
ts_lua_steps *ts_lua_steps_load(const char *folder, ts_steps *steps, ts_err **err);
/* One file; for tests of a step alone. */
ts_lua_steps *ts_lua_steps_load_file(const char *path, ts_steps *steps, ts_err **err);
void ts_lua_steps_free(ts_lua_steps *loaded);
/* Scripts of these steps are watched from now on; borrowed, NULL: no more. */
void ts_lua_steps_watch(ts_lua_steps *loaded, ts_watchdog *watchdog);
/* Lines of the steps that the sequences use (enabled, or not) are counted when they run from here
 * on; `loaded` may be NULL. */
struct ts_coverage;
bool ts_lua_steps_cover(ts_lua_steps *loaded, struct ts_coverage *coverage, const ts_bundle *bundle,
                        ts_err **err);
const ts_step_class *ts_lua_steps_at(const ts_lua_steps *loaded, size_t index);

#endif
