/* script.h - the world that a script sees as `ts`: what a step or a pre-start script may use.
 *
 * Everything goes through ts_host_* and ts_vars, so that simulation, masking and effects hold for
 * scripts as for steps. lua/api_*.c hold the functions; docs/reference/lua-api.md is their page,
 * lua/library/ts.lua their annotations for editors. */
#ifndef TS_LUA_SCRIPT_H
#define TS_LUA_SCRIPT_H

#include <ts/event.h>
#include <ts/host.h>
#include <ts/step.h>
#include <ts/vars.h>

#include "sandbox.h"
#include "watchdog.h"

/* The engine's own trust for TLS, beside the site file: PEM text in this variable, so that the
 * journal and later steps know it. */
#define TS_TRUST_VARIABLE "_TaskseqTrust"

typedef struct ts_script {
    ts_host *host;
    ts_vars *vars;
    const ts_events *events; /* may be NULL */
    const ts_node *node;     /* of a step; NULL in a pre-start script */
    ts_ctx *ctx;             /* of a step; NULL in a pre-start script */
    const char *folder;      /* where the script's file is: ts.script reads there; NULL: nowhere */
    ts_watchdog *watchdog;   /* NULL: nobody watches; rests while a host operation takes its time */
} ts_script;

/* Makes the table `ts` of a state whose self is a ts_script. */
bool ts_script_open(ts_lua *lua, ts_err **err);

/* One file each; the table `ts` is on top of the stack. */
void ts_api_var(lua_State *L);
void ts_api_log(lua_State *L);
void ts_api_host(lua_State *L);
void ts_api_file(lua_State *L);
void ts_api_data(lua_State *L);
void ts_api_cert(lua_State *L);
void ts_api_http(lua_State *L);
void ts_api_script(lua_State *L);

/* Helpers of the bindings. */
ts_script *ts_script_of(lua_State *L);
/* Fields of an options table at `index` (absent table or field: the default). Wrong types raise
 * with the field's name. */
const char *ts_opt_text(lua_State *L, int index, const char *field, const char *def);
bool ts_opt_bool(lua_State *L, int index, const char *field, bool def);
lua_Integer ts_opt_int(lua_State *L, int index, const char *field, lua_Integer min, lua_Integer max,
                       lua_Integer def);
/* Round an operation that may rightly take long. */
void ts_script_pause(const ts_script *script);
void ts_script_go_on(const ts_script *script);
/* A metatable with a finalizer of ours for the userdata on top of the stack. */
void ts_set_gc(lua_State *L, const char *name, lua_CFunction gc);
/* Raises when the options hold a field that is not among the blank-separated names. */
void ts_opt_only(lua_State *L, int index, const char *names);

#endif
