/* api_http.c - ts.http: requests through the host. TLS is always verified. */
#include <string.h>

#include <lauxlib.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "crypto.h"
#include "script.h"

#define TIMEOUT_S     60
#define TIMEOUT_MAX_S 3600

static int free_answer(lua_State *L)
{
    ts_http_answer_done(lua_touserdata(L, 1));
    return 0;
}

static ts_http_answer *new_answer(lua_State *L)
{
    ts_http_answer *a = lua_newuserdatauv(L, sizeof *a, 0);
    *a = (ts_http_answer){0};
    ts_set_gc(L, "ts.http.answer", free_answer);
    return a;
}

static void check_digest(lua_State *L, const char *url, const char *sha256)
{
    if (sha256 && (strspn(sha256, "0123456789abcdefABCDEF") != 64 || strlen(sha256) != 64))
        luaL_error(L, "field 'sha256' must be 64 hexadecimal digits");
    if (!sha256 && !ts_str_ihas_prefix(url, "https://"))
        luaL_error(L, "'%s' is not https: give the content's 'sha256', or use https", url);
}

static void verify(lua_State *L, const ts_http_answer *a, const char *sha256)
{
    char digest[TS_SHA256_TEXT];
    ts_err *err = NULL;
    if (!sha256 || a->assumed)
        return;
    if (!ts_sha256_text(a->body ? a->body : "", a->size, digest, &err))
        ts_lua_raise(L, err);
    if (ts_str_ieq(digest, sha256))
        return;
    ts_fail(&err, TS_INTEGRITY, "the content has SHA-256 %s, not %s", digest, sha256);
    ts_lua_raise(L, err);
}

static void fetch(lua_State *L, const ts_script *s, const ts_http_request *request,
                  ts_http_answer *a)
{
    ts_err *err = NULL;
    ts_script_pause(s);
    bool ok = ts_host_http(s->host, request, a, &err);
    ts_script_go_on(s);
    if (!ok)
        ts_lua_raise(L, err);
}

static int push_answer(lua_State *L, const ts_http_answer *a, bool with_body)
{
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, a->status);
    lua_setfield(L, -2, "status");
    lua_pushinteger(L, (lua_Integer)a->size);
    lua_setfield(L, -2, "size");
    lua_pushboolean(L, a->assumed);
    lua_setfield(L, -2, "assumed");
    lua_pushstring(L, a->content_type ? a->content_type : "");
    lua_setfield(L, -2, "content_type");
    if (with_body) {
        lua_pushlstring(L, a->body ? a->body : "", a->size);
        lua_setfield(L, -2, "body");
    }
    return 1;
}

static ts_http_request read_request(lua_State *L, const ts_script *s)
{
    ts_http_request request = {.url = ts_opt_text(L, 1, "url", NULL)};
    if (!request.url)
        luaL_error(L, "field 'url' is missing");
    request.timeout = (uint32_t)ts_opt_int(L, 1, "timeout", 1, TIMEOUT_MAX_S, TIMEOUT_S) * 1000u;
    request.max = (size_t)ts_opt_int(L, 1, "max", 1, TS_HTTP_BODY_MAX, TS_HTTP_BODY_MAX);
    request.trust = ts_vars_text(s->vars, TS_TRUST_VARIABLE);
    return request;
}

/* ts.http.get{url=, sha256=, to=, max=bytes, timeout=seconds} */
static int http_get(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ts_opt_only(L, 1, "url sha256 to max timeout");
    const char *sha256 = ts_opt_text(L, 1, "sha256", NULL);
    const char *to = ts_opt_text(L, 1, "to", NULL);
    const ts_script *s = ts_script_of(L);
    const ts_http_request request = read_request(L, s);
    check_digest(L, request.url, sha256);
    ts_http_answer *a = new_answer(L);
    fetch(L, s, &request, a);
    verify(L, a, sha256);
    ts_err *err = NULL;
    if (to && !ts_host_file_write(s->host, to, a->body ? a->body : "", a->size, false, &err))
        return ts_lua_raise(L, err);
    return push_answer(L, a, !to);
}

/* ts.http.post{url=, body=, content_type=, max=, timeout=}; https only. */
static int http_post(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ts_opt_only(L, 1, "url body content_type max timeout");
    const ts_script *s = ts_script_of(L);
    ts_http_request request = read_request(L, s);
    request.method = "POST";
    request.body = ts_opt_text(L, 1, "body", "");
    request.body_size = strlen(request.body);
    request.content_type = ts_opt_text(L, 1, "content_type", "application/octet-stream");
    if (!ts_str_ihas_prefix(request.url, "https://"))
        return luaL_error(L, "ts.http.post sends to https only");
    ts_http_answer *a = new_answer(L);
    fetch(L, s, &request, a);
    return push_answer(L, a, true);
}

void ts_api_http(lua_State *L)
{
    static const luaL_Reg functions[] = {{"get", http_get}, {"post", http_post}, {NULL, NULL}};
    ts_lua_set_functions(L, "http", functions);
}
