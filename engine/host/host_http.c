/* host_http.c - the choke point: HTTP(S) requests. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "host_private.h"

void ts_http_answer_done(ts_http_answer *answer)
{
    free(answer->body);
    free(answer->content_type);
    *answer = (ts_http_answer){0};
}

void ts_host_set_fetcher(ts_host *host, ts_http_fetcher fetcher, void *ctx)
{
    host->fetcher = fetcher;
    host->fetcher_ctx = ctx;
}

/* Without user and password, query and fragment: any of them may be a secret. Appended. */
static void show_url(const char *url, ts_buf *out)
{
    size_t whole = strcspn(url, "?#");
    const char *host = strstr(url, "://");
    size_t scheme = host && (size_t)(host - url) + 3 <= whole ? (size_t)(host - url) + 3 : 0;
    size_t authority = scheme + strcspn(url + scheme, "/?#");
    size_t from = scheme;
    for (size_t i = scheme; i < authority; i++)
        if (url[i] == '@')
            from = i + 1;
    ts_buf_add(out, url, scheme);
    ts_buf_add(out, url + from, whole - from);
}

static bool ask(ts_host *host, const ts_http_request *request, ts_http_answer *out, ts_err **err)
{
    if (!ts_str_ihas_prefix(request->url, "https://") &&
        !ts_str_ihas_prefix(request->url, "http://"))
        return ts_fail(err, TS_SCHEMA, "only http and https are fetched");
    return host->ops->http ? host->ops->http(host->self, request, out, err)
                           : host->fetcher(host->fetcher_ctx, request, out, err);
}

bool ts_host_http(ts_host *host, const ts_http_request *request, ts_http_answer *out, ts_err **err)
{
    ts_http_answer answer = {0};
    ts_buf text;
    ts_buf_init(&text, TS_HOST_TEXT_MAX);
    ts_buf_printf(&text, "%s ", request->method ? request->method : "GET");
    show_url(request->url, &text);
    bool possible = host->ops->http || host->fetcher;
    bool ok = ts_host_enter(host, "use the network", possible, err) &&
              (ask(host, request, &answer, err) || ts_wrap(err, "%s", ts_buf_text(&text)));
    ts_host_report(host, TS_EFFECT(NET), &text, ok && answer.assumed, ok, err);
    ts_buf_done(&text);
    if (ok)
        *out = answer;
    else
        ts_http_answer_done(&answer);
    return ok;
}
