/* test_sandbox.c - every way out of the Lua sandbox that is known stays shut. */
#include "check.h"

#include <lauxlib.h>

#include "sandbox.h"

static const ts_lua_limits small = {
    .memory = 4 * 1024 * 1024, .instructions = 2000000, .output = 1000};

/* Runs a script that returns a text; "" when it returns nothing; the error's text when it fails. */
static void run(const char *script, ts_code code, const char *wanted)
{
    ts_err *err = NULL;
    ts_lua *lua = ts_lua_new(&small, NULL, NULL, &err);
    assert_non_null(lua);
    bool ok = ts_lua_compile(lua, "test.lua", script, strlen(script), &err) &&
              ts_lua_call(lua, 0, 1, &err);
    const char *text = ok ? lua_tostring(ts_lua_state(lua), -1) : ts_err_text(err);
    if (ts_err_code(err) != code || !strstr(text ? text : "", wanted))
        fail_msg("%s\n  gave %s: %s", script, ts_code_name(ts_err_code(err)),
                 text ? text : "nothing");
    ts_err_free(err);
    ts_lua_free(lua);
}

static void endless_loops_are_stopped(void **state)
{
    TS_UNUSED(state);
    static const char *const loops[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]",
        "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end",
        "local function f() return pcall(f) end while true do f() end",
        "return table.sort({3, 1, 2}, function() while true do end end)",
        "return ('x'):gsub('.', function() while true do end end)",
    };
    for (size_t i = 0; i < TS_COUNT(loops); i++) {
        ts_err *err = NULL;
        ts_lua *lua = ts_lua_new(&small, NULL, NULL, &err);
        assert_true(ts_lua_compile(lua, "loop.lua", loops[i], strlen(loops[i]), &err));
        assert_false(ts_lua_call(lua, 0, 0, &err));
        ts_err_free(err);
        ts_lua_free(lua);
    }
}

static void limit_of_instructions_is_said(void **state)
{
    TS_UNUSED(state);
    run("while true do pcall(error) end", TS_LIMIT, "limit of instructions");
    run("local n = 0 for i = 1, 1000 do n = n + i end return tostring(n)", TS_OK, "500500");
}

static void what_is_not_on_the_list_is_not_there(void **state)
{
    TS_UNUSED(state);
    run("local found = {} for _, n in ipairs{'os', 'io', 'load', 'loadstring', 'loadfile', "
        "'dofile', 'require', "
        "'debug', 'coroutine', 'collectgarbage', 'xpcall', 'package', 'print', 'warn'} do "
        "if _G[n] ~= nil then found[#found + 1] = n end end return 'found: ' .. "
        "table.concat(found, ' ')",
        TS_OK, "found: ");
    run("return tostring(#table.concat({}) == 0 and string.dump == nil)", TS_OK, "true");
    run("local s = '' for n in pairs(_G) do if not s:find(n, 1, true) then s = s .. n .. ' ' end "
        "end "
        "return tostring(_G.os == nil and _G.io == nil)",
        TS_OK, "true");
}

static void finalizers_are_refused(void **state)
{
    TS_UNUSED(state);
    run("setmetatable({}, {__gc = function() while true do end end})", TS_SCRIPT,
        "__gc is not allowed");
    run("local m = {} local t = setmetatable({}, m) m.__gc = function() error('ran') end t = nil "
        "local x = {} for i = 1, 10000 do x[i % 10] = {i} end return 'still here'",
        TS_OK, "still here");
    run("setmetatable({}, setmetatable({}, {__index = {__gc = function() end}})) return 'ok'",
        TS_OK, "ok");
}

static void metatable_of_strings_is_out_of_reach(void **state)
{
    TS_UNUSED(state);
    run("return tostring(getmetatable(''))", TS_OK, "false");
    run("getmetatable('').__index = nil", TS_SCRIPT, "index a boolean value");
    run("return setmetatable('', {})", TS_SCRIPT, "bad argument");
}

static void protected_metatables_stay(void **state)
{
    TS_UNUSED(state);
    run("local t = setmetatable({}, {__metatable = 1}) setmetatable(t, {})", TS_SCRIPT,
        "protected metatable");
}

static void memory_is_capped(void **state)
{
    TS_UNUSED(state);
    run("local s = ('x'):rep(100000000)", TS_LIMIT, "more memory");
    run("local t = {} for i = 1, 1e9 do t[i] = {} end", TS_LIMIT, "more memory");
    run("local t = {} local ok = pcall(function() for i = 1, 1e7 do t[i] = ('x'):rep(1000) .. i "
        "end end) "
        "t = nil return tostring(ok)",
        TS_OK, "false");
}

static void binary_chunks_are_refused(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_lua *lua = ts_lua_new(NULL, NULL, NULL, &err);
    assert_false(ts_lua_compile(lua, "b.lua", "\x1bLua", 4, &err));
    assert_non_null(strstr(ts_err_text(err), "binary"));
    ts_err_clear(&err);
    assert_false(ts_lua_compile(lua, "u.lua", "x = '\xff'", 7, &err));
    assert_non_null(strstr(ts_err_text(err), "not UTF-8"));
    ts_err_free(err);
    ts_lua_free(lua);
}

static void errors_name_file_and_line(void **state)
{
    TS_UNUSED(state);
    run("\n\nlocal x = = 1", TS_SCRIPT, "test.lua:3:");
    run("\nlocal function f() error('boom') end\nf()", TS_SCRIPT, "test.lua:2: boom");
    run("\nlocal function f() error('boom') end\nf()", TS_SCRIPT, "test.lua:3: in main chunk");
}

static void error_tables_keep_their_code(void **state)
{
    TS_UNUSED(state);
    run("error({code = 'TRUST', message = 'no'})", TS_TRUST, "no");
    run("error({code = 'nonsense', message = 'no'})", TS_SCRIPT, "no");
    run("error(setmetatable({}, {__index = function() while true do end end}))", TS_SCRIPT,
        "without a message");
}

static void script_output_is_limited(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_lua *lua = ts_lua_new(&small, NULL, NULL, &err);
    assert_int_equal(ts_lua_usage_of(lua)->output, 0);
    ts_lua_count_output(ts_lua_state(lua), 1000);
    assert_int_equal(ts_lua_usage_of(lua)->output, 1000);
    ts_lua_free(lua);
}

static void cancelled_script_stops(void **state)
{
    TS_UNUSED(state);
    atomic_bool cancel = true;
    ts_err *err = NULL;
    ts_lua *lua = ts_lua_new(NULL, NULL, &cancel, &err);
    static const char loop[] = "while true do pcall(function() while true do end end) end";
    assert_true(ts_lua_compile(lua, "loop.lua", loop, strlen(loop), &err));
    assert_false(ts_lua_call(lua, 0, 0, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
    ts_lua_free(lua);
}

static void usage_is_visible(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_lua *lua = ts_lua_new(NULL, NULL, NULL, &err);
    static const char script[] = "local t = {} for i = 1, 100000 do t[i] = i end";
    assert_true(ts_lua_compile(lua, "s.lua", script, strlen(script), &err));
    assert_true(ts_lua_call(lua, 0, 0, &err));
    assert_true(ts_lua_usage_of(lua)->instructions >= 100000);
    assert_true(ts_lua_usage_of(lua)->memory_peak >= 100000 * 8);
    ts_lua_free(lua);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_loops_are_stopped),
        cmocka_unit_test(limit_of_instructions_is_said),
        cmocka_unit_test(what_is_not_on_the_list_is_not_there),
        cmocka_unit_test(finalizers_are_refused),
        cmocka_unit_test(metatable_of_strings_is_out_of_reach),
        cmocka_unit_test(protected_metatables_stay),
        cmocka_unit_test(memory_is_capped),
        cmocka_unit_test(binary_chunks_are_refused),
        cmocka_unit_test(errors_name_file_and_line),
        cmocka_unit_test(error_tables_keep_their_code),
        cmocka_unit_test(script_output_is_limited),
        cmocka_unit_test(cancelled_script_stops),
        cmocka_unit_test(usage_is_visible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
