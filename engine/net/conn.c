/* conn.c - one connection of a transfer: asks for a span, checks the answer's headers, hashes and
 * hands out what comes. Nothing that was not asked for reaches the sink. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer_private.h"

#include <ts/mem.h>

#include "http_headers.h"

#define REJECTED_BODY_MAX (64u * 1024u) /* of an error page, to keep the connection */

static char *object_url(const source *src, const ts_net_object *o)
{
    if (src->is->registry)
        return ts_sprintf("%sblobs/sha256:%s", src->is->url, o->sha256);
    if (o->path)
        return ts_sprintf("%s%s", src->is->url, o->path);
    return ts_sprintf("%sblobs/sha256/%s", src->is->url, o->sha256);
}

static bool add_header(conn *c, const char *name, const char *value)
{
    char *line = ts_sprintf("%s: %s", name, value);
    struct curl_slist *more = line ? curl_slist_append(c->headers, line) : NULL;
    ts_free_secret(line);
    if (more)
        c->headers = more;
    return more != NULL;
}

/* Credentials go to the source's own origin over https, and nowhere else. */
static bool add_credentials(conn *c, ts_err **err)
{
    const ts_net_auth *auth = c->src->is->auth;
    bool home = ts_url_same_origin(c->url, c->src->is->url) && ts_url_is_https(c->url);
    c->peer->client_cert = c->src->is->client_cert && home;
    if (!auth || !home)
        return true;
    ts_buf value;
    ts_buf_init(&value, 64 * 1024);
    bool ok = auth->header(auth->ctx, &value, err) && ts_buf_ok(&value, "the credentials", err);
    if (ok && value.len)
        ok = add_header(c, "Authorization", value.data) || ts_fail_nomem(err);
    if (value.data)
        ts_wipe(value.data, value.cap);
    ts_buf_done(&value);
    return ok;
}

static void set_callbacks(conn *c)
{
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, ts_conn_body);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, ts_conn_header);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

/* What an earlier connection brought of the first piece goes through the hash again. */
static bool take_partial(conn *c, const ts_net_object *o, ts_err **err)
{
    const ts_net_sink *sink = c->t->sink;
    uint32_t left = o->partial && sink->read ? o->partial[c->piece] : 0;
    uint8_t chunk[16384];
    if (c->whole || left == 0 || left >= ts_piece_len(o, c->piece))
        return true;
    while (left > 0) {
        size_t k = left < sizeof chunk ? left : sizeof chunk;
        if (!sink->read(sink->ctx, c->object, c->offset, chunk, k, err) ||
            !ts_hash_add(c->hash, chunk, k, err))
            return false;
        c->offset += k;
        left -= (uint32_t)k;
    }
    c->claimed = true;
    return true;
}

static void forget_hash(conn *c)
{
    uint8_t rest[TS_SHA256_BYTES];
    if (c->hash)
        ts_hash_final(c->hash, rest, NULL);
}

bool ts_conn_start(conn *c, ts_err **err)
{
    const ts_net_object *o = &c->t->objects[c->object];
    if (!c->url && !(c->url = object_url(c->src, o)))
        return ts_fail_nomem(err);
    curl_slist_free_all(c->headers);
    c->headers = NULL;
    c->error[0] = c->content_range[0] = c->encoding[0] = c->retry_after[0] = '\0';
    c->length[0] = c->location[0] = c->challenge[0] = '\0';
    c->checked = c->enough = c->paused = c->claimed = false;
    c->fault = TS_FAULT_NONE;
    c->rejected = 0;
    c->offset = c->whole ? 0 : (uint64_t)c->piece * o->piece;
    c->asked_end = c->whole || c->end == o->n_pieces ? o->size : (uint64_t)c->end * o->piece;
    c->started = c->window_start = ts_net_now_ms();
    c->window_bytes = c->rate = 0;
    if (!c->hash && !(c->hash = ts_hash_new(err)))
        return false;
    forget_hash(c); /* a redirect or a missing revocation list leads here again */
    if (!take_partial(c, o, err))
        return false;
    c->ranged = !c->whole && (o->n_pieces > 1 || c->offset > 0);
    if (!add_header(c, "Accept-Encoding", "identity"))
        return ts_fail_nomem(err);
    if (!add_credentials(c, err) || !ts_net_prepare(c->t->net, c->easy, c->url, c->peer, err))
        return false;
    set_callbacks(c);
    curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, c->src->fresh ? 1L : 0L);
    curl_easy_setopt(c->easy, CURLOPT_DNS_CACHE_TIMEOUT, c->src->fresh ? 0L : 60L);
    curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE,
                     o->size < TS_SPAN_BYTES ? 32L * 1024L : 256L * 1024L);
    if (c->ranged) {
        snprintf(c->range, sizeof c->range, "%" PRIu64 "-%" PRIu64, c->offset, c->asked_end - 1);
        curl_easy_setopt(c->easy, CURLOPT_RANGE, c->range);
    }
    return true;
}

void ts_conn_reset(conn *c)
{
    curl_slist_free_all(c->headers);
    c->headers = NULL;
    ts_free_ptr(&c->url);
    ts_err_clear(&c->err);
    ts_tls_report_done(&c->peer->report);
    forget_hash(c); /* an unfinished piece leaves bytes behind */
    c->redirects = 0;
    c->used = false;
}

size_t ts_conn_header(char *line, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(one);
    conn *c = ctx;
    c->window_bytes += n;
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
        c->content_range[0] = c->encoding[0] = c->retry_after[0] = '\0';
        c->length[0] = c->location[0] = c->challenge[0] = '\0';
    }
    ts_http_header(line, n, "content-range", c->content_range, sizeof c->content_range);
    ts_http_header(line, n, "content-encoding", c->encoding, sizeof c->encoding);
    ts_http_header(line, n, "content-length", c->length, sizeof c->length);
    ts_http_header(line, n, "retry-after", c->retry_after, sizeof c->retry_after);
    ts_http_header(line, n, "location", c->location, sizeof c->location);
    ts_http_header(line, n, "www-authenticate", c->challenge, sizeof c->challenge);
    return n;
}

static bool fail_source(conn *c, ts_code code, const char *what)
{
    const ts_net_object *o = &c->t->objects[c->object];
    TS_CLEANUP(ts_free_ptr) char *shown = ts_url_show(c->url);
    ts_err_clear(&c->err);
    c->fault = TS_FAULT_SOURCE;
    return ts_fail(&c->err, code, "'%s' (%s): %s", shown ? shown : "", o->name, what);
}

/* 200 to a range: the whole object comes. Pieces that are there already are thrown away. */
static bool go_whole(conn *c, const ts_net_object *o)
{
    if (c->src->no_ranges || c->src->is->registry) {
        c->enough = c->src->no_ranges; /* another connection reads it already */
        return c->enough ? false : fail_source(c, TS_NET, "the registry does not answer ranges");
    }
    c->src->no_ranges = true;
    ts_net_say(c->t->net, TS_LEVEL_WARNING,
               "source '%s' does not answer ranges: one connection, no resume inside a file",
               c->src->is->id);
    ts_plan_release(c->t, c);
    forget_hash(c);
    c->whole = true;
    c->piece = c->end = 0;
    c->offset = 0;
    c->asked_end = o->size;
    return true;
}

static bool length_fits(const conn *c, uint64_t want)
{
    uint64_t got = 0;
    return !*c->length || (ts_http_number(c->length, strlen(c->length), &got) && got == want);
}

bool ts_conn_check(conn *c, long status)
{
    const ts_net_object *o = &c->t->objects[c->object];
    if (*c->encoding && !ts_str_ieq(c->encoding, "identity"))
        return fail_source(c, TS_NET, "comes with a content encoding that was not asked for");
    if (status == 206) {
        uint64_t first = 0, last = 0, total = 0;
        if (!c->ranged || !ts_http_content_range(c->content_range, &first, &last, &total))
            return fail_source(c, TS_NET, "status 206 without a usable Content-Range");
        if (total != o->size)
            return fail_source(c, TS_INTEGRITY, "has another size than its manifest says");
        if (first != c->offset || last + 1 != c->asked_end)
            return fail_source(c, TS_NET, "answers another range than was asked for");
        return length_fits(c, last + 1 - first) ||
               fail_source(c, TS_NET, "Content-Length does not fit Content-Range");
    }
    if (!length_fits(c, o->size))
        return fail_source(c, TS_INTEGRITY, "has another size than its manifest says");
    return !c->ranged || go_whole(c, o);
}

static bool fail_local(conn *c)
{
    c->fault = TS_FAULT_LOCAL;
    return false;
}

static bool end_piece(conn *c, const ts_net_object *o)
{
    transfer *t = c->t;
    uint8_t digest[TS_SHA256_BYTES];
    if (!c->claimed)
        return true;
    c->claimed = false;
    if (!ts_hash_final(c->hash, digest, &c->err))
        return fail_local(c);
    size_t p = c->piece++;
    if (!o->hashes || memcmp(digest, o->hashes + p * TS_SHA256_BYTES, sizeof digest) == 0) {
        o->state[p] = TS_PIECE_DONE;
        t->done_pieces++;
        t->stats.done += ts_piece_len(o, p);
        t->stats.source = c->src->is->id;
        t->last_good = ts_net_now_ms();
        ts_source_good(c->src);
        return t->sink->piece(t->sink->ctx, c->object, p, &c->err) || fail_local(c);
    }
    o->state[p] = TS_PIECE_FREE;
    t->free_pieces++;
    if (c->object < t->first_open)
        t->first_open = c->object;
    if (o->partial && o->partial[p]) { /* its beginning came from elsewhere: nobody is to blame */
        o->partial[p] = 0;
        return true;
    }
    t->stats.bad_pieces++;
    ts_net_say(t->net, TS_LEVEL_WARNING, "source '%s' gave wrong content in piece %zu of '%s'",
               c->src->is->id, p, o->name);
    if (++c->src->bad_pieces < TS_BAD_PIECES_MAX)
        return true;
    return fail_source(c, TS_INTEGRITY, "the content does not match its hash, again");
}

static void begin_piece(conn *c, const ts_net_object *o)
{
    size_t p = (size_t)(c->offset / o->piece);
    c->piece = p;
    if (o->partial)
        o->partial[p] = 0;
    c->claimed = !c->whole || o->state[p] == TS_PIECE_FREE;
    if (c->whole && c->claimed) {
        o->state[p] = TS_PIECE_BUSY;
        c->t->free_pieces--;
    }
}

static bool consume(conn *c, const char *data, size_t n)
{
    transfer *t = c->t;
    const ts_net_object *o = &t->objects[c->object];
    while (n > 0) {
        if (c->offset >= c->asked_end && !c->whole)
            return fail_source(c, TS_NET, "sends more than it was asked for");
        if (c->offset >=
            c->asked_end) { /* a body without a length: what it is was decided by hashes */
            c->enough = true;
            return false;
        }
        if (c->offset % o->piece == 0 && !c->whole && c->offset / o->piece >= c->end) {
            c->enough = true; /* another connection took the tail */
            return false;
        }
        if (c->offset % o->piece == 0)
            begin_piece(c, o);
        uint64_t start = (uint64_t)c->piece * o->piece;
        uint64_t left = start + ts_piece_len(o, c->piece) - c->offset;
        size_t k = n < left ? n : (size_t)left;
        if (c->claimed && (!ts_hash_add(c->hash, data, k, &c->err) ||
                           !t->sink->write(t->sink->ctx, c->object, c->offset, data, k, &c->err)))
            return fail_local(c);
        c->offset += k;
        data += k;
        n -= k;
        if (k == left) {
            size_t p = c->piece;
            if (!end_piece(c, o))
                return false;
            c->piece = p + 1;
            if (!c->whole && c->piece >= c->end && c->offset < c->asked_end) {
                c->enough = true; /* the same, without waiting for its next byte */
                return false;
            }
        }
    }
    return true;
}

/* The cap over all connections: false when this much must wait. */
static bool within_rate(transfer *t, size_t n)
{
    uint64_t rate = t->net->rate;
    if (!rate)
        return true;
    uint64_t now = ts_net_now_ms();
    uint64_t most = rate / 10 > 65536 ? rate / 10 : 65536;
    uint64_t grown = t->tokens + rate * (now - t->tokens_at) / 1000;
    if (now > t->tokens_at) {
        t->tokens = grown < most ? grown : most;
        t->tokens_at = now;
    }
    if (t->tokens < n)
        return false;
    t->tokens -= n;
    return true;
}

size_t ts_conn_body(char *data, size_t one, size_t n, void *ctx)
{
    TS_UNUSED(one);
    conn *c = ctx;
    long status = 0;
    if (c->enough || c->fault != TS_FAULT_NONE) /* it said so before: nothing more is taken */
        return 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206) {
        c->rejected += n;
        c->enough = false;
        return c->rejected > REJECTED_BODY_MAX ? 0 : n;
    }
    if (!c->checked && !ts_conn_check(c, status))
        return 0;
    c->checked = true;
    if (!within_rate(c->t, n)) {
        c->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    c->window_bytes += n;
    c->t->stats.received += n;
    return consume(c, data, n) ? n : 0;
}
