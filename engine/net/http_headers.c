/* http_headers.c - strict readers of header fields. */
#include "http_headers.h"

#include <string.h>

bool ts_http_number(const char *text, size_t len, uint64_t *out)
{
    if (len == 0 || len > 20) {
        return false;
    }
    uint64_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

bool ts_http_content_range(const char *value, uint64_t *first, uint64_t *last, uint64_t *total)
{
    if (!ts_str_ihas_prefix(value, "bytes ")) {
        return false;
    }
    const char *a = value + 6;
    const char *dash = strchr(a, '-');
    const char *slash = dash ? strchr(dash, '/') : NULL;
    uint64_t f = 0, l = 0, t = 0;
    if (!slash || !ts_http_number(a, (size_t)(dash - a), &f) ||
        !ts_http_number(dash + 1, (size_t)(slash - dash - 1), &l) ||
        !ts_http_number(slash + 1, strlen(slash + 1), &t) || f > l || l >= t) {
        return false;
    }
    *first = f;
    *last = l;
    *total = t;
    return true;
}

bool ts_http_header(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    if (len <= n || line[n] != ':' || ts_str_ncasecmp(line, name, n) != 0 || size == 0) {
        return false;
    }
    const char *from = line + n + 1;
    const char *to = line + len;
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == '\r' || to[-1] == '\n' || to[-1] == ' ' || to[-1] == '\t')) {
        to--;
    }
    size_t keep = (size_t)(to - from) < size - 1 ? (size_t)(to - from) : size - 1;
    memcpy(out, from, keep);
    out[keep] = '\0';
    return true;
}

/* One value behind '=': quoted or a token; returns where it ends. */
static const char *parameter_value(const char *p, ts_buf *out)
{
    if (*p != '"') {
        while (*p && *p != ',' && *p != ' ') {
            ts_buf_char(out, *p++);
        }
        return p;
    }
    p++;
    while (*p && *p != '"') {
        if (*p == '\\' && p[1]) {
            p++;
        }
        ts_buf_char(out, *p++);
    }
    return *p ? p + 1 : p;
}

bool ts_http_challenge(const char *value, const char *scheme, const char *parameter, ts_buf *out)
{
    size_t n = strlen(scheme);
    if (ts_str_ncasecmp(value, scheme, n) != 0 || value[n] != ' ') {
        return false;
    }
    const char *p = value + n;
    while (*p) {
        while (*p == ' ' || *p == ',') {
            p++;
        }
        const char *name = p;
        while (*p && *p != '=' && *p != ',' && *p != ' ') {
            p++;
        }
        size_t len = (size_t)(p - name);
        if (*p != '=') {
            continue;
        }
        ts_buf_clear(out);
        p = parameter_value(p + 1, out);
        if (len == strlen(parameter) && ts_str_ncasecmp(name, parameter, len) == 0) {
            return true;
        }
    }
    ts_buf_clear(out);
    return false;
}
