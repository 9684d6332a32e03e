/* test_lua_api.c - the table ts: the annotations for editors and the page name exactly its
 * functions; certificates; the watchdog. */
#include "check.h"

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/sim.h>
#include <ts/text.h>

#include "os.h"
#include "prestart.h"
#include "script.h"

static const char profile[] =
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"x\", \"model\": "
    "\"y\"}, \"urls\": {\"https://a.example/x\": \"abc\", \"https://a.example/gone\": {\"status\": "
    "404}, \"https://a.example/down\": {\"error\": \"cannot connect\"}}}";

/* Runs a script on a simulated machine; the text that it returns, or its error. Owned. */
static char *run(const char *text)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("m", profile, strlen(profile), &err);
    ts_vars *vars = ts_vars_new();
    ts_script script = {.host = host, .vars = vars};
    ts_lua *lua = ts_lua_new(NULL, &script, NULL, &err);
    assert_true(host && vars && lua && ts_script_open(lua, &err));
    bool ok = ts_lua_compile(lua, "t.lua", text, strlen(text), &err) &&
              ts_lua_call(lua, 0, 1, &err);
    const char *got = ok ? lua_tostring(ts_lua_state(lua), -1) : ts_err_text(err);
    char *out = ts_strdup(got ? got : "nothing");
    ts_lua_free(lua);
    ts_vars_free(vars);
    ts_host_free(host);
    ts_err_free(err);
    return out;
}

static void gives(const char *text, const char *wanted)
{
    char *got = run(text);
    if (!strstr(got, wanted))
        fail_msg("%s\n  gave: %s\n  not:  %s", text, got, wanted);
    free(got);
}

static char *functions(void)
{
    return run("local list = {} for name, t in pairs(ts) do "
               "if type(t) == 'function' then list[#list + 1] = 'ts.' .. name else "
               "for f, v in pairs(t) do if type(v) == 'function' then "
               "list[#list + 1] = 'ts.' .. name .. '.' .. f end end end end "
               "table.sort(list) return table.concat(list, '\\n') .. '\\n'");
}

static char *read_source(const char *below)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(SOURCE_FOLDER, below);
    char *text = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_file_read(path, 1024u * 1024u, &text, &size, &err))
        fail_msg("%s", ts_err_text(err));
    return text;
}

static void annotations_name_all_functions(void **state)
{
    TS_UNUSED(state);
    char *all = functions(), *library = read_source("lua/library/ts.lua");
    char *page = read_source("docs/reference/lua-api.md");
    size_t n = 0, told = 0;
    for (char *line = all, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, n++) {
        *end = 0;
        TS_CLEANUP(ts_free_ptr) char *declared = ts_sprintf("function %s(", line);
        TS_CLEANUP(ts_free_ptr) char *described = ts_sprintf("`%s", line);
        if (!strstr(library, declared) || !strstr(page, described))
            fail_msg("%s is missing in lua/library/ts.lua or docs/reference/lua-api.md", line);
    }
    for (const char *p = library; (p = strstr(p, "\nfunction ")) != NULL; p++)
        told++;
    assert_int_equal(told, n); /* and no other */
    free(all);
    free(library);
    free(page);
}

static void requests_are_checked_before_they_leave(void **state)
{
    TS_UNUSED(state);
    gives("return ts.http.get{url = 'https://a.example/x'}.body", "abc");
    gives(
        "local a = ts.http.get{url = 'https://b.example/'} return tostring(a.assumed) .. a.status",
        "true200");
    gives("ts.http.get{url = 'https://a.example/gone'}", "404");
    gives("local ok, e = pcall(ts.http.get, {url = 'https://a.example/gone'}) return e.code",
          "NOT_FOUND");
    gives("ts.http.get{url = 'https://a.example/down'}",
          "GET https://a.example/down: cannot connect");
    gives("ts.http.get{url = 'http://a.example/x'}", "give the content's 'sha256'");
    gives("ts.http.get{url = 'https://a.example/x', sha256 = 'abc'}", "64 hexadecimal digits");
    gives("ts.http.get{url = 'https://a.example/x', sha256 = ('0'):rep(64)}",
          "has SHA-256 ba7816bf");
    gives("ts.http.get{url = 'https://a.example/x', max = 2}", "longer than 2 bytes");
    gives("ts.http.get{url = 'https://a.example/x', verify = false}", "unknown field 'verify'");
    gives("ts.http.get{}", "'url' is missing");
    gives("ts.http.post{url = 'http://a.example/x', body = ''}", "https only");
    gives("ts.http.get{url = 'ftp://a.example/x', sha256 = ('0'):rep(64)}", "only http and https");
}

static void wrong_certificates_are_refused(void **state)
{
    TS_UNUSED(state);
    gives("ts.cert.parse('rubbish')", "this is no certificate");
    gives("ts.cert.bundle('')", "this is no certificate");
    gives("ts.cert.bundle('-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n')",
          "cannot be read");
    gives("ts.cert.bundle('-----BEGIN PKCS7-----\\nAAAA\\n-----END PKCS7-----\\n')",
          "cannot be read");
    gives("ts.cert.bundle(('x'):rep(5000000))", "a bundle may have 4194304 bytes");
    gives("ts.cert.chain({})", "1 to 1000 certificates");
    gives("ts.cert.chain({1})", "is no certificate of ts.cert");
    gives("ts.cert.chain({setmetatable({}, {__index = function() return 'x' end})})",
          "is no certificate of ts.cert");
    gives("ts.cert.chain({{der = 'rubbish'}})", "cannot be read");
    gives("ts.trust.add({})", "was expected");
    gives("ts.host.cert_add('root', 'x')", "this is no certificate");
    gives("ts.host.cert_add('other', 'x')", "invalid option 'other'");
    gives("return tostring(#ts.trust.list())", "0");
}

static void files_beside_need_a_folder(void **state)
{
    TS_UNUSED(state);
    gives("ts.script.read('x')", "has no folder");
    gives("ts.script.files()", "has no folder");
}

/* --- The watchdog -------------------------------------------------------------------------------
 */

typedef struct dog {
    atomic_bool fired;
    char text[256];
} dog;

static void on_fire(void *ctx, const char *text)
{
    dog *d = ctx;
    strncat(d->text, text, sizeof d->text - 1);
    d->fired = true;
}

static void watchdog_fires_after_its_limit(void **state)
{
    TS_UNUSED(state);
    dog d = {0};
    ts_watchdog *w = ts_watchdog_new(on_fire, &d, 50, NULL);
    assert_non_null(w);
    ts_watchdog_arm(w, "slow.lua", 0);
    for (int i = 0; i < 200 && !d.fired; i++)
        ts_sleep(10);
    ts_watchdog_disarm(w);
    ts_watchdog_free(w);
    assert_true(d.fired);
    assert_non_null(strstr(d.text, "'slow.lua'"));
}

static void watchdog_counts_no_time_at_rest(void **state)
{
    TS_UNUSED(state);
    dog d = {0};
    ts_watchdog *w = ts_watchdog_new(on_fire, &d, 100, NULL);
    assert_non_null(w);
    ts_watchdog_arm(w, "a.lua", 0);
    ts_watchdog_pause(w, true);
    ts_sleep(300);
    ts_watchdog_pause(w, false);
    ts_watchdog_disarm(w);
    ts_watchdog_arm(w, "b.lua", 0);
    ts_watchdog_disarm(w);
    ts_sleep(200);
    ts_watchdog_free(w);
    assert_false(d.fired);
}

static void arm_on_a_thread(void *ctx)
{
    ts_watchdog_arm(ctx, "other.lua", 0);
    ts_sleep(20);
    ts_watchdog_disarm(ctx);
}

/* The script of this thread goes on while one in it, and one of another thread, begin and end. */
static void watchdog_tells_scripts_of_threads_apart(void **state)
{
    TS_UNUSED(state);
    dog d = {0};
    ts_watchdog *w = ts_watchdog_new(on_fire, &d, 100, NULL);
    assert_non_null(w);
    ts_watchdog_strict(w);
    ts_watchdog_arm(w, "outer.lua", 3600u * 1000u); /* no longer than the watchdog's own */
    ts_watchdog_arm(w, "inner.lua", 0);
    ts_watchdog_disarm(w);
    ts_thread *thread = ts_thread_start(arm_on_a_thread, w, NULL);
    assert_non_null(thread);
    ts_thread_join(thread);
    for (int i = 0; i < 200 && !d.fired; i++)
        ts_sleep(10);
    ts_watchdog_disarm(w);
    ts_watchdog_free(w);
    assert_true(d.fired);
    assert_non_null(strstr(d.text, "'outer.lua'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(annotations_name_all_functions),
        cmocka_unit_test(requests_are_checked_before_they_leave),
        cmocka_unit_test(wrong_certificates_are_refused),
        cmocka_unit_test(files_beside_need_a_folder),
        cmocka_unit_test(watchdog_fires_after_its_limit),
        cmocka_unit_test(watchdog_counts_no_time_at_rest),
        cmocka_unit_test(watchdog_tells_scripts_of_threads_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
