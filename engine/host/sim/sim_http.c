/* sim_http.c - web servers of the simulated machine's network: "urls" of its profile. A URL that it
 * does not know is assumed to answer with an empty 200, and the result says so. */
#include <string.h>

#include "host_ops.h"
#include "sim.h"

typedef struct sim_url {
    int64_t status;
    const char *body;  /* NULL: "" */
    const char *error; /* the request fails, with this text; NULL: it does not */
} sim_url;

static bool read_url(sim_machine *m, ts_json *at, ts_err **err)
{
    sim_url *url = ts_arena_alloc(m->arena, sizeof(*url));
    if (!url) {
        return ts_fail_nomem(err);
    }
    url->status = 200;
    if (ts_json_kind_of(at) == TS_JSON_TEXT) {
        url->body = ts_json_text(at);
    } else if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err,
                            "must be the body as a text, or {\"status\": ..., \"body\": ...}");
    } else if (!ts_json_int(at, "status", TS_JSON_OPTIONAL, 100, 599, &url->status, err) ||
               !ts_json_str(at, "body", TS_JSON_OPTIONAL, &url->body, err) ||
               !ts_json_str(at, "error", TS_JSON_OPTIONAL, &url->error, err) ||
               !ts_json_done(at, err)) {
        return false;
    }
    return sim_map_put(&m->urls, at->key, url, err);
}

bool sim_profile_urls(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json object;
    ts_json member;
    bool found = false;
    if (!ts_json_child(root, "urls", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &object, &found, err)) {
        return false;
    }
    for (void *cursor = NULL; found && ts_json_next(&object, &cursor, &member);) {
        if (!read_url(m, &member, err)) {
            return false;
        }
    }
    return true;
}

bool sim_http(void *self, const ts_http_request *request, ts_http_answer *out, ts_err **err)
{
    const sim_machine *m = self;
    const sim_url *url = sim_map_get(&m->urls, request->url);
    if (!url) {
        out->status = 200;
        out->assumed = true;
        return true;
    }
    if (url->error) {
        return ts_fail(err, TS_NET, "%s (so the machine profile says)", url->error);
    }
    if (url->status == 404 || url->status == 410) {
        return ts_fail(err, TS_NOT_FOUND, "the server answers %d", (int)url->status);
    }
    if (url->status < 200 || url->status > 299) {
        return ts_fail(err, TS_NET, "the server answers %d", (int)url->status);
    }
    const char *body = url->body ? url->body : "";
    size_t size = strlen(body);
    if (size > (request->max ? request->max : TS_HTTP_BODY_MAX)) {
        return ts_fail(err, TS_LIMIT, "the answer is longer than %zu bytes", request->max);
    }
    out->status = (long)url->status;
    out->size = size;
    out->body = ts_strdup(body);
    return out->body ? true : ts_fail_nomem(err);
}
