/* prestart.c - see prestart.h. */
#include <stdlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "prestart.h"
#include "script.h"

static bool take_answer(lua_State *L, const char *file, ts_err **err)
{
    if (lua_isnil(L, -1) || (lua_isboolean(L, -1) && lua_toboolean(L, -1)))
        return true;
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) == 0)
        return true;
    if (lua_isinteger(L, -1))
        return ts_fail(err, TS_SCRIPT, "%s: the script returned %lld", file,
                       (long long)lua_tointeger(L, -1));
    if (lua_type(L, -1) == LUA_TSTRING)
        return ts_fail(err, TS_SCRIPT, "%s: %s", file, lua_tostring(L, -1));
    return ts_fail(err, TS_SCRIPT, "%s: the script returned a %s; return nothing when all is well",
                   file, lua_typename(L, lua_type(L, -1)));
}

static void log_usage(const ts_prestart *p, const char *file, const ts_lua *lua)
{
    if (!p->events)
        return;
    const ts_lua_usage *u = ts_lua_usage_of(lua);
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("%s used %zu KiB of memory and about %llu instructions", file,
                            u->memory_peak / 1024, (unsigned long long)u->instructions);
    ts_event event = {.kind = TS_EVENT_LOG,
                      .level = TS_LEVEL_VERBOSE,
                      .component = "Lua",
                      .time = ts_host_now(p->host),
                      .text = text};
    if (text)
        ts_events_send(p->events, &event);
}

/* What a script does to the machine stands in the log as a step's effects do. */
static void on_change(void *ctx, const ts_host_change *change)
{
    const ts_prestart *p = ctx;
    ts_event event = {.kind = TS_EVENT_EFFECT,
                      .level = change->error ? TS_LEVEL_WARNING : TS_LEVEL_INFO,
                      .time = ts_host_now(p->host),
                      .effects = change->effects,
                      .text = change->text,
                      .detail = change->error,
                      .assumed = change->assumed};
    if (p->events)
        ts_events_send(p->events, &event);
}

/* So do the variables that it sets. */
static void on_variable(void *ctx, const char *name, const ts_value *value)
{
    const ts_prestart *p = ctx;
    char *owned = NULL;
    ts_event event = {.kind = TS_EVENT_VARIABLE,
                      .level = TS_LEVEL_VERBOSE,
                      .time = ts_host_now(p->host),
                      .text = name};
    if (value && value->flags & TS_VALUE_SECRET)
        event.detail = "***";
    else if (value)
        event.detail = ts_vars_mask(p->vars, value->text, &owned);
    event.assumed = value && value->flags & (TS_VALUE_ASSUMED | TS_VALUE_UNKNOWN);
    if (p->events)
        ts_events_send(p->events, &event);
    ts_free_ptr(&owned);
}

static const char *mask(void *ctx, const char *text, char **owned)
{
    return ts_vars_mask(ctx, text, owned);
}

static bool call(const ts_prestart *p, ts_lua *lua, const char *name, ts_err **err)
{
    union { /* the listener only reads it */
        const ts_prestart *in;
        void *out;
    } ctx = {.in = p};
    if (p->watchdog)
        ts_watchdog_arm(p->watchdog, name, 0);
    ts_host_listen(p->host, on_change, ctx.out);
    ts_host_set_masker(p->host, mask, p->vars);
    ts_vars_listen(p->vars, on_variable, ctx.out);
    bool ok = ts_lua_call(lua, 0, 1, err) && take_answer(ts_lua_state(lua), name, err);
    ts_vars_listen(p->vars, NULL, NULL);
    ts_host_listen(p->host, NULL, NULL);
    ts_host_set_masker(p->host, NULL, NULL);
    if (p->watchdog)
        ts_watchdog_disarm(p->watchdog);
    return ok;
}

/* The message may hold what the script read; secrets of variables never leave. */
static bool refuse(const ts_prestart *p, const char *file, ts_err **err)
{
    char *owned = NULL;
    const char *text = err && *err ? ts_vars_mask(p->vars, ts_err_text(*err), &owned) : NULL;
    if (owned && text) {
        ts_code code = ts_err_code(*err);
        ts_err_clear(err);
        ts_fail(err, code, "%s", text);
    }
    ts_free_ptr(&owned);
    return ts_wrap(err, "pre-start script '%s' refused the start", file);
}

static bool run(const ts_prestart *p, const char *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(file);
    size_t size = 0;
    if (!folder)
        return ts_fail_nomem(err);
    if (!ts_file_read(file, TS_LUA_SOURCE_MAX, &text, &size, err))
        return ts_wrap(err, "pre-start script");
    ts_script script = {.host = p->host,
                        .vars = p->vars,
                        .events = p->events,
                        .folder = folder,
                        .watchdog = p->watchdog};
    const char *name = ts_path_base(file);
    ts_lua *lua = ts_lua_new(NULL, &script, ts_host_cancel_flag(p->host), err);
    bool ok = lua && ts_script_open(lua, err) && ts_lua_compile(lua, name, text, size, err);
    ok = ok && call(p, lua, name, err);
    if (lua)
        log_usage(p, name, lua);
    ts_lua_free(lua);
    return ok || refuse(p, file, err);
}

bool ts_prestart_run(const ts_prestart *p, const char *file, ts_err **err)
{
    ts_err *why = NULL;
    int64_t began = ts_host_now(p->host);
    ts_event event = {.kind = TS_EVENT_PRESTART_BEGIN,
                      .level = TS_LEVEL_INFO,
                      .time = began,
                      .text = ts_path_base(file)};
    if (p->events)
        ts_events_send(p->events, &event);
    bool ok = run(p, file, &why);
    event.kind = TS_EVENT_PRESTART_END;
    event.time = ts_host_now(p->host);
    event.duration = (uint64_t)(event.time - began);
    event.outcome = ok ? TS_OUTCOME_OK : TS_OUTCOME_FAILED;
    event.level = ok ? TS_LEVEL_INFO : TS_LEVEL_ERROR;
    event.detail = why ? ts_err_text(why) : NULL;
    if (p->events)
        ts_events_send(p->events, &event);
    if (err)
        *err = why;
    else
        ts_err_free(why);
    return ok;
}
