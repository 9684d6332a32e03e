/* url.c - URLs: shown without secrets, compared by origin, resolved. */
#include "net_private.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

char *ts_url_show(const char *url)
{
    CURLU *u = curl_url();
    char *text = NULL;
    if (u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        curl_url_set(u, CURLUPART_QUERY, NULL, 0);
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
        curl_url_get(u, CURLUPART_URL, &text, 0);
    }
    char *copy = ts_strdup(text ? text : "(no URL)");
    curl_free(text);
    curl_url_cleanup(u);
    return copy;
}

static char *part(CURLU *u, CURLUPart what)
{
    char *text = NULL;
    if (curl_url_get(u, what, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return NULL;
    return text;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart what)
{
    char *x = part(a, what), *y = part(b, what);
    bool same = x && y && ts_str_ieq(x, y);
    curl_free(x);
    curl_free(y);
    return same;
}

bool ts_url_same_origin(const char *a, const char *b)
{
    CURLU *x = curl_url(), *y = curl_url();
    bool same = x && y && curl_url_set(x, CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(y, CURLUPART_URL, b, 0) == CURLUE_OK &&
                same_part(x, y, CURLUPART_SCHEME) && same_part(x, y, CURLUPART_HOST) &&
                same_part(x, y, CURLUPART_PORT);
    curl_url_cleanup(x);
    curl_url_cleanup(y);
    return same;
}

bool ts_url_is_https(const char *url)
{
    return ts_str_ihas_prefix(url, "https://");
}

char *ts_url_join(const char *base, const char *relative, ts_err **err)
{
    CURLU *u = curl_url();
    char *text = NULL;
    CURLUcode rc = u ? curl_url_set(u, CURLUPART_URL, base, 0) : CURLUE_OUT_OF_MEMORY;
    if (rc == CURLUE_OK)
        rc = curl_url_set(u, CURLUPART_URL, relative, 0);
    if (rc == CURLUE_OK)
        rc = curl_url_get(u, CURLUPART_URL, &text, 0);
    curl_url_cleanup(u);
    char *copy = rc == CURLUE_OK ? ts_strdup(text) : NULL;
    curl_free(text);
    if (!copy) {
        char *shown = ts_url_show(base);
        ts_fail(err, TS_SYNTAX, "'%s' is no URL: %s", shown ? shown : "", curl_url_strerror(rc));
        free(shown);
    } else if (strlen(copy) > TS_NET_URL_MAX) {
        ts_free_ptr(&copy);
        ts_fail(err, TS_LIMIT, "a URL is longer than %u bytes", TS_NET_URL_MAX);
    }
    return copy;
}

char *ts_net_redirect(const char *from, const char *location, ts_err **err)
{
    char *to = ts_url_join(from, location, err);
    if (!to)
        return NULL;
    bool plain = ts_str_ihas_prefix(to, "http://");
    if (ts_url_is_https(to) || (plain && !ts_url_is_https(from)))
        return to;
    char *shown = ts_url_show(to);
    ts_fail(err, TS_NET, "the server redirects to '%s', which is not followed (%s)",
            shown ? shown : "", plain ? "from https to http" : "no http");
    free(shown);
    free(to);
    return NULL;
}
