/* declare.c - a step's declaration in Lua becomes a ts_step_class. */
#include <assert.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/text.h>

#include "declare.h"
#include "lua_steps.h"

typedef struct reader {
    lua_State *state;
    const char *file;
    ts_arena *arena;
    ts_err **err;
} reader;

static const char *const known_fields[] = {"type",    "title",   "help",   "version",
                                           "phase",   "effects", "resume", "inputs",
                                           "outputs", "run",     NULL};
static const char *const input_fields[] = {"name",    "type", "required", "default",
                                           "choices", "help", NULL};

static bool bad(const reader *r, const char *fmt, ...) TS_PRINTF(2, 3);
static bool bad(const reader *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(r->err, TS_SCHEMA, fmt, args);
    va_end(args);
    return ts_wrap(r->err, "%s", r->file);
}

/* Copies the text of a field of the table on top; NULL: absent. Raw: no metamethod runs. */
static bool read_text(const reader *r, const char *field, const char **out)
{
    assert(out);
    lua_State *L = r->state;
    *out = NULL;
    lua_pushstring(L, field);
    int type = lua_rawget(L, -2);
    if (type != LUA_TNIL && type != LUA_TSTRING) {
        lua_pop(L, 1);
        return bad(r, "field '%s' must be a string, not a %s", field, lua_typename(L, type));
    }
    if (type == LUA_TSTRING)
        *out = ts_arena_strdup(r->arena, lua_tostring(L, -1));
    lua_pop(L, 1);
    return type == LUA_TNIL || *out != NULL || ts_fail_nomem(r->err);
}

static bool need_text(const reader *r, const char *field, const char **out)
{
    return read_text(r, field, out) &&
           ((*out && **out) ||
            bad(r, "field '%s' is missing; a step declares it as a text", field));
}

/* Fields that nobody knows are mistakes in a declaration of ours. */
static bool only_known(const reader *r, const char *const *known, const char *what)
{
    lua_State *L = r->state;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "(not a text)";
        bool found = false;
        const char *near = NULL;
        for (const char *const *k = known; *k; k++) {
            found = found || strcmp(*k, key) == 0;
            if (ts_str_distance(*k, key) <= 2)
                near = *k;
        }
        if (!found) {
            bad(r, "%s has an unknown field '%s'%s%s%s", what, key, near ? "; did you mean '" : "",
                near ? near : "", near ? "'?" : "");
            lua_pop(L, 2);
            return false;
        }
    }
    return true;
}

/* Position of a word in a list; -1: not there. */
static int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (ts_str_ieq(words[i], word))
            return i;
    return -1;
}

static bool read_word(const reader *r, const char *field, const char *const *words,
                      const char *list, int def, int *out)
{
    const char *text = NULL;
    if (!read_text(r, field, &text))
        return false;
    *out = text ? word_index(words, text) : def;
    return *out >= 0 || bad(r, "field '%s' is '%s'; it may be %s", field, text, list);
}

/* Pushes an array field; *count is -1 when it is absent (nothing pushed). */
static bool push_array(const reader *r, const char *field, size_t max, lua_Integer *count)
{
    lua_State *L = r->state;
    lua_pushstring(L, field);
    int type = lua_rawget(L, -2);
    *count = -1;
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return true;
    }
    if (type != LUA_TTABLE) {
        lua_pop(L, 1);
        return bad(r, "field '%s' must be a list", field);
    }
    *count = (lua_Integer)lua_rawlen(L, -1);
    if ((size_t)*count > max) {
        lua_pop(L, 1);
        return bad(r, "field '%s' holds more than %zu entries", field, max);
    }
    return true;
}

static bool read_effects(const reader *r, unsigned *out)
{
    lua_State *L = r->state;
    lua_Integer n = 0;
    *out = 0;
    if (!push_array(r, "effects", TS_EFFECT_COUNT, &n))
        return false;
    bool ok = true;
    for (lua_Integer i = 1; ok && i <= n; i++) {
        lua_rawgeti(L, -1, i);
        const char *id = lua_tostring(L, -1);
        unsigned before = *out;
        for (int bit = 0; id && bit < TS_EFFECT_COUNT; bit++)
            if (strcmp(ts_effect_id((ts_effect_bit)bit), id) == 0)
                *out |= 1u << bit;
        if (*out == before)
            ok = bad(r, "unknown or repeated effect '%s'; see docs/reference/events.md",
                     id ? id : "?");
        lua_pop(L, 1);
    }
    if (n >= 0)
        lua_pop(L, 1);
    return ok;
}

static bool read_outputs(const reader *r, const char *const **out)
{
    lua_State *L = r->state;
    lua_Integer n = 0;
    if (!push_array(r, "outputs", TS_LUA_INPUTS_MAX, &n))
        return false;
    if (n < 0)
        return true;
    const char **names = ts_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *names);
    bool ok = names || ts_fail_nomem(r->err);
    for (lua_Integer i = 1; ok && names && i <= n; i++) {
        bool text = lua_rawgeti(L, -1, i) == LUA_TSTRING;
        names[i - 1] = text ? ts_arena_strdup(r->arena, lua_tostring(L, -1)) : NULL;
        lua_pop(L, 1);
        ok = names[i - 1] || bad(r, "field 'outputs' must hold names of variables");
    }
    lua_pop(L, 1);
    *out = names;
    return ok;
}

static bool read_input(const reader *r, ts_input *in)
{
    static const char *const types[] = {"string", "bool",    "int",    "enum",
                                        "path",   "package", "secret", NULL};
    static const ts_input_type kinds[] = {TS_STRING, TS_BOOL,    TS_INT,   TS_ENUM,
                                          TS_PATH,   TS_PACKAGE, TS_SECRET};
    int type = 0;
    if (!only_known(r, input_fields, "an input") || !need_text(r, "name", &in->name) ||
        !need_text(r, "help", &in->help) || !read_text(r, "default", &in->def) ||
        !read_text(r, "choices", &in->choices) ||
        !read_word(r, "type", types, "string, bool, int, enum, path, package or secret", 0, &type))
        return ts_wrap(r->err, "input '%s'", in->name ? in->name : "?");
    in->type = kinds[type];
    lua_State *L = r->state;
    lua_pushliteral(L, "required");
    lua_rawget(L, -2);
    in->flags = lua_toboolean(L, -1) ? TS_REQUIRED : 0;
    lua_pop(L, 1);
    if ((in->type == TS_ENUM) != (in->choices != NULL))
        return bad(r, "input '%s': 'choices' belongs to type 'enum', and only there", in->name);
    return true;
}

static bool read_inputs(const reader *r, const ts_input **out)
{
    lua_State *L = r->state;
    lua_Integer n = 0;
    if (!push_array(r, "inputs", TS_LUA_INPUTS_MAX, &n))
        return false;
    if (n < 0)
        return true;
    ts_input *inputs = ts_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *inputs);
    bool ok = inputs || ts_fail_nomem(r->err);
    for (lua_Integer i = 1; ok && inputs && i <= n; i++) {
        if (lua_rawgeti(L, -1, i) != LUA_TTABLE)
            ok = bad(r, "input %d must be a table", (int)i);
        else
            ok = read_input(r, &inputs[i - 1]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    *out = inputs;
    return ok;
}

static bool has_run(const reader *r)
{
    lua_State *L = r->state;
    lua_pushliteral(L, "run");
    bool ok = lua_rawget(L, -2) == LUA_TFUNCTION;
    lua_pop(L, 1);
    return ok || bad(r, "field 'run' must be a function");
}

bool ts_lua_declare(ts_lua *lua, const char *file, ts_arena *arena, ts_step_class *out,
                    ts_err **err)
{
    static const char *const phases[] = {"any", "winpe", "full", NULL};
    static const char *const resumes[] = {"again", "stop", "next", NULL};
    reader r = {.state = ts_lua_state(lua), .file = file, .arena = arena, .err = err};
    int phase = 0, resume = 0;
    const char *version = NULL;
    if (!lua_istable(r.state, -1))
        return bad(&r, "a step file returns a table (its declaration), this one returns a %s",
                   luaL_typename(r.state, -1));
    if (!lua_checkstack(r.state, 20))
        return ts_fail_nomem(err);
    if (!only_known(&r, known_fields, "the declaration") || !need_text(&r, "type", &out->type) ||
        !need_text(&r, "title", &out->title) || !need_text(&r, "help", &out->help) ||
        !read_text(&r, "version", &version) ||
        !read_word(&r, "phase", phases, "winpe, full or any", 0, &phase) ||
        !read_word(&r, "resume", resumes, "again, stop or next", 1, &resume) ||
        !read_effects(&r, &out->effects) || !read_inputs(&r, &out->inputs) ||
        !read_outputs(&r, &out->outputs) || !has_run(&r))
        return false;
    out->phase = (ts_phase)phase;
    out->resume = (ts_resume)resume;
    out->family = "lua";
    return true;
}
