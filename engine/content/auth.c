/* auth.c - bearer tokens. */
#include "auth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "http_headers.h"
#include "json.h"
#include "os.h"

#define TOKEN_MAX 65536u

static bool take_token(ts_auth *auth, const char *token, int64_t expires_in, ts_err **err)
{
    char *header = ts_sprintf("Bearer %s", token);
    if (!header)
        return ts_fail_nomem(err);
    ts_free_secret(auth->header);
    auth->header = header;
    /* At four fifths of its life, so that none ends in the middle of a request. */
    auth->renew_at = expires_in > 0 ? ts_clock_now() + expires_in * 800 : 0;
    return true;
}

/* {"access_token": ...} of OAuth, {"token": ...} of registries. */
static bool read_token(ts_auth *auth, const ts_net_answer *answer, ts_err **err)
{
    ts_json_doc *doc = ts_json_parse("the token answer", answer->body, answer->len, TOKEN_MAX,
                                     NULL);
    if (!doc) /* the parser's message could quote a part of the token */
        return ts_fail(err, TS_NET, "the token service does not answer with JSON");
    ts_json root;
    const char *token = NULL, *access = NULL;
    int64_t life = 0;
    ts_json_root(doc, &root);
    bool ok = ts_json_kind_of(&root) == TS_JSON_OBJECT &&
              ts_json_str(&root, "token", TS_JSON_OPTIONAL, &token, NULL) &&
              ts_json_str(&root, "access_token", TS_JSON_OPTIONAL, &access, NULL) &&
              ts_json_int(&root, "expires_in", TS_JSON_OPTIONAL, 0, INT64_C(1) << 40, &life, NULL);
    token = access ? access : token;
    ok = ok && token && !strpbrk(token, "\r\n");
    ok = ok ? take_token(auth, token, life, err)
            : ts_fail(err, TS_NET, "the token service's answer holds no token");
    ts_json_free(doc);
    return ok;
}

static bool ask(ts_auth *auth, ts_net *net, ts_net_request *request, ts_err **err)
{
    ts_net_answer answer = {0};
    request->max = TOKEN_MAX;
    request->tries = 2;
    bool ok = ts_net_fetch(net, request, &answer, err) && read_token(auth, &answer, err);
    if (answer.body)
        ts_wipe(answer.body, answer.len);
    ts_net_answer_done(&answer);
    return ok || ts_wrap(err, "cannot get a token for source '%s'", auth->source->id);
}

/* The token of the site file becomes one of this machine. */
static bool exchange(ts_auth *auth, ts_net *net, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *bulk = ts_sprintf("Bearer %s", auth->site->token);
    if (!bulk)
        return ts_fail_nomem(err);
    ts_net_request request = {.method = "POST",
                              .url = auth->site->token_url,
                              .authorization = bulk,
                              .body = "{}",
                              .body_len = 2,
                              .content_type = "application/json"};
    bool ok = ask(auth, net, &request, err);
    ts_wipe(bulk, strlen(bulk));
    return ok;
}

static char *basic(const ts_site *site)
{
    if (!site->registry_user)
        return NULL;
    char *pair = ts_sprintf("%s:%s", site->registry_user, site->registry_password);
    ts_buf out;
    ts_buf_init(&out, TOKEN_MAX);
    ts_buf_str(&out, "Basic ");
    if (pair)
        ts_base64_encode(&out, pair, strlen(pair));
    ts_free_secret(pair);
    return ts_buf_take(&out);
}

static void add_query(ts_buf *url, const char *name, const char *value)
{
    ts_buf_printf(url, "%c%s=", strchr(ts_buf_text(url), '?') ? '&' : '?', name);
    for (const char *p = value; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= 'a' && *p <= 'z') || strchr("-._~/:,", *p);
        if (plain)
            ts_buf_char(url, *p);
        else
            ts_buf_printf(url, "%%%02X", (unsigned)(uint8_t)*p);
    }
}

/* Bearer realm="https://auth.example/token",service="...",scope="repository:x:pull" */
static bool answer_challenge(ts_auth *auth, ts_net *net, const char *challenge, ts_err **err)
{
    ts_buf url, value;
    ts_buf_init(&url, TS_NET_URL_MAX);
    ts_buf_init(&value, TS_NET_URL_MAX);
    bool ok = ts_http_challenge(challenge, "Bearer", "realm", &value);
    if (ok)
        ts_buf_str(&url, ts_buf_text(&value));
    if (ok && ts_http_challenge(challenge, "Bearer", "service", &value))
        add_query(&url, "service", ts_buf_text(&value));
    if (ok && ts_http_challenge(challenge, "Bearer", "scope", &value))
        add_query(&url, "scope", ts_buf_text(&value));
    TS_CLEANUP(ts_free_ptr) char *credentials = basic(auth->site);
    if (!ok) {
        ts_fail(err, TS_NET, "source '%s' wants credentials in a way that is not known (%.40s)",
                auth->source->id, *challenge ? challenge : "no challenge");
    } else if (!ts_url_is_https(ts_buf_text(&url)) &&
               !ts_url_same_origin(ts_buf_text(&url), auth->source->url)) {
        ok = ts_fail(err, TS_TRUST, "source '%s' sends us to a token service without https",
                     auth->source->id);
    } else {
        ts_net_request request = {.url = ts_buf_text(&url), .authorization = credentials};
        ok = ts_buf_ok(&url, "the URL of the token service", err) && ask(auth, net, &request, err);
    }
    if (credentials)
        ts_wipe(credentials, strlen(credentials));
    ts_buf_done(&url);
    ts_buf_done(&value);
    return ok;
}

static bool renew_registry(ts_auth *auth, ts_net *net, const char *challenge, ts_err **err)
{
    if (ts_str_ihas_prefix(challenge, "Basic") && auth->site->registry_user) {
        ts_free_secret(auth->header);
        auth->header = basic(auth->site);
        return auth->header || ts_fail_nomem(err);
    }
    if (challenge != auth->challenge) {
        free(auth->challenge);
        auth->challenge = ts_strdup(challenge);
    }
    return answer_challenge(auth, net, auth->challenge ? auth->challenge : "", err);
}

static bool renew(void *ctx, ts_net *net, const char *challenge, ts_err **err)
{
    ts_auth *auth = ctx;
    if (auth->source->kind == TS_SOURCE_OCI)
        return renew_registry(auth, net, challenge ? challenge : auth->challenge, err);
    if (auth->site->token && auth->site->token_url)
        return exchange(auth, net, err);
    return ts_fail(err, TS_NET,
                   "source '%s' refuses the token (HTTP status 401); it may be out of "
                   "date",
                   auth->source->id);
}

static bool is_bearer(const ts_auth *auth)
{
    return auth->source->kind != TS_SOURCE_OCI && auth->source->auth == TS_AUTH_BEARER &&
           auth->site->token;
}

static bool due(void *ctx)
{
    const ts_auth *auth = ctx;
    bool ends = auth->header && auth->renew_at && ts_clock_now() >= auth->renew_at;
    if (auth->source->kind == TS_SOURCE_OCI) /* which token it wants only its challenge says */
        return ends && auth->challenge;
    return is_bearer(auth) && auth->site->token_url && (!auth->header || ends);
}

static bool header(void *ctx, ts_buf *out, ts_err **err)
{
    ts_auth *auth = ctx;
    if (is_bearer(auth) && !auth->site->token_url && !auth->header &&
        !take_token(auth, auth->site->token, 0, err))
        return false;
    if (auth->header)
        ts_buf_str(out, auth->header);
    return true;
}

bool ts_auth_value(const ts_net_auth *auth, ts_net *net, ts_buf *out, ts_err **err)
{
    return (!auth->due || !auth->due(auth->ctx) || auth->renew(auth->ctx, net, NULL, err)) &&
           auth->header(auth->ctx, out, err);
}

void ts_auth_init(ts_auth *auth, const ts_site *site, const ts_site_source *source)
{
    *auth = (ts_auth){.is = {.header = header, .due = due, .renew = renew, .ctx = auth},
                      .site = site,
                      .source = source};
}

void ts_auth_done(ts_auth *auth)
{
    ts_free_secret(auth->header);
    auth->header = NULL;
    ts_free_ptr(&auth->challenge);
}
