/* api_var.c - ts.var: task sequence variables. */
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "script.h"

static int var_get(lua_State *L)
{
    const ts_value *v = ts_vars_get(ts_script_of(L)->vars, luaL_checkstring(L, 1));
    if (v && !(v->flags & TS_VALUE_UNKNOWN))
        lua_pushstring(L, v->text);
    else
        lua_pushnil(L);
    return 1;
}

static const char *value_text(lua_State *L, int index)
{
    if (lua_isboolean(L, index))
        return lua_toboolean(L, index) ? "true" : "false";
    return lua_isnil(L, index) ? "" : luaL_checkstring(L, index);
}

/* A step sets what it declares, also '_' names; a pre-start script sets as a user does. */
static int var_set(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    luaL_checkany(L, 2);
    const char *value = value_text(L, 2);
    ts_opt_only(L, 3, "secret");
    unsigned flags = ts_opt_bool(L, 3, "secret", false) ? TS_VALUE_SECRET : 0;
    ts_script *s = ts_script_of(L);
    ts_err *err = NULL;
    bool ok = s->ctx ? ts_ctx_set(s->ctx, name, value, flags, &err)
                     : ts_vars_set(s->vars, name, value, flags, &err);
    return ok ? 0 : ts_lua_raise(L, err);
}

typedef struct names_job {
    ts_buf names; /* each with its NUL */
    const char *pattern;
} names_job;

static bool add_name(void *ctx, const char *name, const ts_value *value)
{
    TS_UNUSED(value);
    names_job *job = ctx;
    if (ts_str_wildcard(name, job->pattern))
        ts_buf_add(&job->names, name, strlen(name) + 1);
    return true;
}

static int var_list(lua_State *L)
{
    names_job job = {.pattern = luaL_optstring(L, 1, "*")};
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    ts_buf_init(&job.names, (size_t)TS_VAR_COUNT_MAX * (TS_VAR_NAME_MAX + 1));
    bool ok = ts_vars_each(ts_script_of(L)->vars, add_name, &job, &err) &&
              ts_buf_ok(&job.names, "list of variables", &err);
    size_t size = job.names.len;
    *box = job.names.data; /* the box owns it from here */
    if (!ok)
        return ts_lua_raise(L, err);
    lua_newtable(L);
    lua_Integer n = 0;
    for (const char *p = *box; p && p < *box + size; p += strlen(p) + 1) {
        lua_pushstring(L, p);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

static int var_expand(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    ts_value value = {.text = NULL};
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    if (!ts_vars_expand(ts_script_of(L)->vars, text, &value, NULL, &err))
        return ts_lua_raise(L, err);
    *box = ts_sprintf("%s", value.text);
    ts_value_done(&value);
    if (!*box)
        return luaL_error(L, "out of memory");
    lua_pushstring(L, *box);
    return 1;
}

static int var_is_secret(lua_State *L)
{
    const ts_value *v = ts_vars_get(ts_script_of(L)->vars, luaL_checkstring(L, 1));
    lua_pushboolean(L, v && v->flags & TS_VALUE_SECRET);
    return 1;
}

void ts_api_var(lua_State *L)
{
    static const luaL_Reg functions[] = {{"get", var_get},
                                         {"set", var_set},
                                         {"list", var_list},
                                         {"expand", var_expand},
                                         {"is_secret", var_is_secret},
                                         {NULL, NULL}};
    ts_lua_set_functions(L, "var", functions);
}
