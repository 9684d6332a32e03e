/* api_cert.c - ts.cert: reading certificates and the chains they make; ts.trust: what the engine
 * itself trusts for TLS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>
#include <ts/time.h>

#include "cert.h"
#include "script.h"

#define TRUST_MAX (4u * 1024u * 1024u) /* bytes of PEM that one run may add to its trust */

static int free_list(lua_State *L)
{
    ts_cert_list_done(lua_touserdata(L, 1));
    return 0;
}

/* A list that Lua owns; pushed. */
static ts_cert_list *new_list(lua_State *L)
{
    ts_cert_list *list = lua_newuserdatauv(L, sizeof *list, 0);
    *list = (ts_cert_list){0};
    ts_set_gc(L, "ts.cert.list", free_list);
    return list;
}

static void set_text(lua_State *L, const char *field, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, field);
}

static void set_flag(lua_State *L, const char *field, bool flag)
{
    lua_pushboolean(L, flag);
    lua_setfield(L, -2, field);
}

static void set_time(lua_State *L, const char *field, int64_t seconds)
{
    ts_civil t = ts_time_civil(seconds * 1000);
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour,
             t.minute, t.second);
    set_text(L, field, text);
}

static void push_cert(lua_State *L, const ts_cert *c)
{
    lua_createtable(L, 0, 14);
    set_text(L, "subject", c->subject);
    set_text(L, "issuer", c->issuer);
    set_text(L, "serial", c->serial);
    set_time(L, "not_before", c->from);
    set_time(L, "not_after", c->until);
    set_flag(L, "is_ca", c->is_ca);
    set_flag(L, "is_self_signed", c->is_self_signed);
    set_text(L, "sha256", c->sha256);
    set_text(L, "key_type", c->key_type);
    lua_pushinteger(L, c->key_bits);
    lua_setfield(L, -2, "key_bits");
    set_text(L, "signature", c->signature);
    set_text(L, "weak", c->weak);
    lua_pushlstring(L, c->der, c->der_size);
    lua_setfield(L, -2, "der");
}

static void push_certs(lua_State *L, const ts_cert_list *list)
{
    lua_createtable(L, (int)list->n, 0);
    for (size_t i = 0; i < list->n; i++) {
        push_cert(L, &list->certs[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static const ts_cert_list *read_list(lua_State *L, const char *data, size_t size, const char *what)
{
    ts_cert_list *list = new_list(L);
    ts_err *err = NULL;
    if (!ts_cert_list_read(data, size, what, list, &err))
        ts_lua_raise(L, err);
    return list;
}

/* ts.cert.parse(data): exactly one. */
static int cert_parse(lua_State *L)
{
    size_t size = 0;
    const char *data = luaL_checklstring(L, 1, &size);
    const ts_cert_list *list = read_list(L, data, size, luaL_optstring(L, 2, "certificate"));
    if (list->n != 1)
        return luaL_error(L, "there are %d certificates in it; read it with ts.cert.bundle",
                          (int)list->n);
    push_cert(L, &list->certs[0]);
    return 1;
}

static int cert_bundle(lua_State *L)
{
    size_t size = 0;
    const char *data = luaL_checklstring(L, 1, &size);
    push_certs(L, read_list(L, data, size, luaL_optstring(L, 2, "certificates")));
    return 1;
}

/* Field 'der' of the table, or the text itself (PEM or DER), at the stack's top. */
static const char *cert_data(lua_State *L, int index, size_t *size)
{
    if (!lua_istable(L, index))
        return luaL_checklstring(L, index, size);
    if (lua_getfield(L, index, "der") != LUA_TSTRING)
        luaL_argerror(L, index, "a certificate of ts.cert, or PEM or DER text, was expected");
    const char *der = lua_tolstring(L, -1, size);
    lua_pop(L, 1); /* the table still holds it */
    return der;
}

/* --- Chains ----------------------------------------------------------------------------------- */

typedef struct links {
    const ts_cert_list *list;
    size_t n;
    size_t *above; /* index of the issuer; n: none in the list */
} links;

/* How many issuers stand above; a circle (cross-signed roots) ends by the count. */
static size_t height(const links *l, size_t at)
{
    size_t h = 0;
    while (l->above[at] < l->n && h < l->n) {
        at = l->above[at];
        h++;
    }
    return h;
}

/* Concatenates the certificates of the tables to one list; userdata on the stack. */
static ts_cert_list *gather(lua_State *L, size_t n)
{
    ts_buf pem;
    ts_cert_list *list = new_list(L);
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    luaL_checkstack(L, 4, NULL);
    lua_pushliteral(L, "der");
    int key = lua_gettop(L);
    ts_buf_init(&pem, TS_CERT_FILE_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t size = 0;
        lua_rawgeti(L, 1, (lua_Integer)i + 1); /* checked before and read raw: nothing raises */
        lua_pushvalue(L, key);
        lua_rawget(L, -2);
        const char *der = lua_tolstring(L, -1, &size);
        if (der)
            ts_cert_pem(der, size, &pem);
        lua_pop(L, 2);
    }
    bool ok = ts_buf_ok(&pem, "list of certificates", &err);
    size_t len = pem.len;
    *box = pem.data;
    if (!ok || !ts_cert_list_read(*box ? *box : "", len, "list of certificates", list, &err))
        ts_lua_raise(L, err);
    return list;
}

static void check_certs(lua_State *L, lua_Integer n)
{
    for (lua_Integer i = 1; i <= n; i++) {
        bool fine = lua_rawgeti(L, 1, i) == LUA_TTABLE;
        if (fine) {
            lua_pushliteral(L, "der");
            fine = lua_rawget(L, -2) == LUA_TSTRING;
            lua_pop(L, 1);
        }
        if (!fine)
            luaL_error(L, "number %d of the list is no certificate of ts.cert", (int)i);
        lua_pop(L, 1);
    }
}

static void push_missing(lua_State *L, const links *l)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (size_t i = 0; i < l->n; i++) {
        const ts_cert *c = &l->list->certs[i];
        if (l->above[i] < l->n || c->is_self_signed)
            continue;
        lua_pushfstring(L, "the certificate of the issuer '%s' of '%s'", c->issuer, c->subject);
        lua_rawseti(L, -2, ++n);
    }
}

/* ts.cert.chain(list): the list sorted so that every certificate stands before its issuer, roots
 * last; and what is missing, in words. */
static int cert_chain(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
    luaL_argcheck(L, count >= 1 && count <= (lua_Integer)TS_CERT_BUNDLE_MAX, 1,
                  "must hold 1 to 1000 certificates");
    check_certs(L, count);
    links l = {.list = gather(L, (size_t)count), .n = (size_t)count};
    luaL_argcheck(L, l.list->n == l.n, 1, "must hold one certificate in each 'der'");
    l.above = lua_newuserdatauv(L, l.n * sizeof *l.above, 0);
    for (size_t i = 0; i < l.n; i++) {
        l.above[i] = l.n;
        for (size_t k = 0; k < l.n && !l.list->certs[i].is_self_signed; k++)
            if (k != i && ts_cert_is_issued_by(&l.list->certs[i], &l.list->certs[k]))
                l.above[i] = k;
    }
    lua_createtable(L, (int)l.n, 0);
    lua_Integer at = 0;
    for (size_t h = l.n + 1; h-- > 0;) {
        for (size_t i = 0; i < l.n; i++) {
            if (height(&l, i) != h)
                continue;
            push_cert(L, &l.list->certs[i]);
            lua_rawseti(L, -2, ++at);
        }
    }
    push_missing(L, &l);
    return 2;
}

/* --- The machine's stores and the engine's trust -------------------------------------------- */

/* ts.host.cert_add(store, cert): true when it was not there yet. */
static int host_cert_add(lua_State *L)
{
    static const char *const stores[] = {"root", "ca", NULL};
    int store = luaL_checkoption(L, 1, NULL, stores);
    size_t size = 0;
    const char *data = cert_data(L, 2, &size);
    const ts_cert_list *list = read_list(L, data, size, "certificate");
    bool added = false;
    ts_err *err = NULL;
    if (list->n != 1)
        return luaL_error(L, "give one certificate, not %d", (int)list->n);
    if (!ts_host_cert_add(ts_script_of(L)->host, store ? TS_CERT_CA : TS_CERT_ROOT,
                          list->certs[0].der, list->certs[0].der_size, &added, &err))
        return ts_lua_raise(L, err);
    lua_pushboolean(L, added);
    return 1;
}

/* The list behind the variable; pushed. Empty when nothing was added. */
static ts_cert_list *trusted(lua_State *L)
{
    const char *pem = ts_vars_text(ts_script_of(L)->vars, TS_TRUST_VARIABLE);
    ts_cert_list *list = new_list(L);
    ts_err *err = NULL;
    if (*pem && !ts_cert_list_read(pem, strlen(pem), "the engine's trust", list, &err))
        ts_lua_raise(L, err);
    return list;
}

static bool is_in(const ts_cert_list *list, const ts_cert *cert)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->certs[i].sha256, cert->sha256) == 0)
            return true;
    return false;
}

/* ts.trust.add(cert): true when it was not there yet. */
static int trust_add(lua_State *L)
{
    size_t size = 0;
    const char *data = cert_data(L, 1, &size);
    const ts_cert_list *list = read_list(L, data, size, "certificate");
    const ts_cert_list *old = trusted(L);
    ts_script *s = ts_script_of(L);
    char **box = ts_lua_box(L);
    ts_err *err = NULL;
    ts_buf pem;
    bool added = false;
    ts_buf_init(&pem, TRUST_MAX);
    ts_buf_str(&pem, ts_vars_text(s->vars, TS_TRUST_VARIABLE));
    for (size_t i = 0; i < list->n; i++) {
        if (is_in(old, &list->certs[i]))
            continue;
        ts_cert_pem(list->certs[i].der, list->certs[i].der_size, &pem);
        added = true;
    }
    bool ok = ts_buf_ok(&pem, "the engine's trust", &err);
    *box = pem.data;
    if (!ok || (added && !ts_vars_set_engine(s->vars, TS_TRUST_VARIABLE, *box, &err)))
        return ts_lua_raise(L, err);
    lua_pushboolean(L, added);
    return 1;
}

static int trust_list(lua_State *L)
{
    push_certs(L, trusted(L));
    return 1;
}

void ts_api_cert(lua_State *L)
{
    static const luaL_Reg cert[] = {
        {"parse", cert_parse}, {"bundle", cert_bundle}, {"chain", cert_chain}, {NULL, NULL}};
    static const luaL_Reg trust[] = {{"add", trust_add}, {"list", trust_list}, {NULL, NULL}};
    ts_lua_set_functions(L, "cert", cert);
    ts_lua_set_functions(L, "trust", trust);
    lua_getfield(L, -1, "host");
    lua_pushcfunction(L, host_cert_add);
    lua_setfield(L, -2, "cert_add");
    lua_pop(L, 1);
}
