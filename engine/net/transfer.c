/* transfer.c - the loop of a transfer. */
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "transfer_private.h"

#define TICK_MS 100

static bool set_up_objects(transfer *t, ts_err **err)
{
    for (size_t i = 0; i < t->n_objects; i++) {
        const ts_net_object *o = &t->objects[i];
        if (o->size == 0 || o->piece == 0 || o->piece > TS_PIECE_MAX ||
            (o->size - 1) / o->piece + 1 != o->n_pieces)
            return ts_fail(err, TS_SCHEMA, "'%s': size and pieces do not fit", o->name);
        t->stats.total += o->size;
        t->all_pieces += o->n_pieces;
        for (size_t p = 0; p < o->n_pieces; p++) {
            if (o->state[p] == TS_PIECE_DONE) {
                t->done_pieces++;
                t->stats.done += ts_piece_len(o, p);
            } else {
                o->state[p] = TS_PIECE_FREE;
                t->free_pieces++;
            }
        }
    }
    return true;
}

static void set_up_source(source *src, const ts_net_source *is)
{
    src->is = is;
    src->most = is->connections ? is->connections : TS_CONNECTIONS_SOURCE;
    if (src->most > TS_CONNECTIONS_MAX)
        src->most = TS_CONNECTIONS_MAX;
    src->limit = src->most;
    src->small = src->most * TS_SMALL_FACTOR;
    src->busy = is->bears && *is->bears > 0;
    src->more_at = ts_net_now_ms();
    if (src->busy && *is->bears < src->most)
        src->limit = src->small = *is->bears;
    src->target = is->connections || src->limit < TS_CONNECTIONS_FIRST ? src->limit
                                                                       : TS_CONNECTIONS_FIRST;
}

static bool set_up(transfer *t, const ts_net_source *sources, ts_err **err)
{
    t->multi = t->net->multi;
    t->sources = ts_alloc_array(t->n_sources, sizeof *t->sources);
    t->conns = ts_alloc_array(TS_CONNECTIONS_SMALL, sizeof *t->conns);
    if (!t->sources || !t->conns)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++)
        t->conns[i].peer = &t->net->peers[i];
    for (size_t i = 0; i < t->n_sources; i++)
        set_up_source(&t->sources[i], &sources[i]);
    t->last_good = t->window_at = t->told_at = t->tokens_at = ts_net_now_ms();
    return set_up_objects(t, err);
}

static void tear_down(transfer *t)
{
    for (size_t i = 0; t->conns && i < TS_CONNECTIONS_SMALL; i++) {
        conn *c = &t->conns[i];
        if (c->used) {
            curl_multi_remove_handle(t->multi, c->easy);
            ts_plan_release(t, c);
        }
        ts_conn_reset(c);
        curl_easy_cleanup(c->easy);
        ts_hash_free(c->hash);
    }
    for (size_t i = 0; t->sources && i < t->n_sources; i++) {
        ts_err_clear(&t->sources[i].out);
        ts_err_clear(&t->sources[i].last);
    }
    ts_err_clear(&t->fatal);
    free(t->conns);
    free(t->sources);
}

static void fail_local(transfer *t, ts_err **err)
{
    if (t->fatal) {
        ts_err_clear(err);
    } else {
        t->fatal = *err;
        *err = NULL;
    }
}

static conn *free_conn(transfer *t)
{
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++) {
        if (!t->conns[i].used)
            return &t->conns[i];
    }
    return NULL;
}

static bool launch(transfer *t, conn *c)
{
    ts_err *err = NULL;
    if (!ts_conn_start(c, &err)) {
        fail_local(t, &err);
        return false;
    }
    curl_multi_add_handle(t->multi, c->easy);
    return true;
}

static bool open_conn(transfer *t, source *src)
{
    conn *c = free_conn(t);
    if (!c)
        return false;
    c->t = t;
    c->src = src;
    if (!c->easy && !(c->easy = curl_easy_init())) {
        ts_err *err = NULL;
        ts_fail_nomem(&err);
        fail_local(t, &err);
        return false;
    }
    if (!ts_plan_next(t, src, c))
        return false;
    c->used = true;
    src->active++;
    return launch(t, c);
}

/* Nothing is under way because the reader is behind: that is no failure of the network. */
static void excuse_reader(transfer *t, uint64_t now)
{
    for (size_t i = 0; i < t->n_sources; i++) {
        if (t->sources[i].active > 0)
            return;
    }
    for (size_t i = 0; i < t->n_sources; i++) {
        if (ts_source_usable(t, &t->sources[i], now))
            t->last_good = now;
    }
}

static void fill(transfer *t)
{
    uint64_t now = ts_net_now_ms();
    for (size_t i = 0; i < t->n_sources && !t->fatal; i++) {
        source *src = &t->sources[i];
        while (ts_source_usable(t, src, now) && src->active < ts_plan_allowed(t, src) &&
               ts_beside_ready(t, src)) {
            if (!open_conn(t, src))
                break;
        }
    }
    if (t->sink->horizon)
        excuse_reader(t, now);
}

static void close_conn(transfer *t, conn *c)
{
    ts_plan_release(t, c);
    c->src->active--;
    ts_conn_reset(c);
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Follows with the same claim. false: c->err says why not. */
static bool follow(transfer *t, conn *c)
{
    c->fault = TS_FAULT_SOURCE;
    if (c->redirects++ == TS_NET_REDIRECTS_MAX)
        return ts_fail(&c->err, TS_NET, "'%s' redirects more than %u times",
                       t->objects[c->object].name, TS_NET_REDIRECTS_MAX);
    char *next = ts_net_redirect(c->url, c->location, &c->err);
    if (!next)
        return false;
    free(c->url);
    c->url = next;
    return launch(t, c);
}

/* What came of a connection whose library call ended with rc; fault and c->err. */
static ts_fault judge(transfer *t, conn *c, CURLcode rc, long status)
{
    if (c->err || c->fault != TS_FAULT_NONE)
        return c->fault;
    if (rc != CURLE_OK && rc != CURLE_WRITE_ERROR) {
        ts_net_fail_curl(&c->err, (int)rc, c->error, &c->peer->report, c->url);
        return c->peer->report.verify ? TS_FAULT_SOURCE : ts_fault_of_curl((int)rc);
    }
    ts_fault fault = ts_fault_of_status(status);
    if (fault != TS_FAULT_NONE) {
        ts_net_fail_status(&c->err, status, c->url);
        return fault;
    }
    if (c->offset == c->asked_end)
        return TS_FAULT_NONE;
    /* "200, 0 bytes", as some application proxies answer; a head that was cut off says no length.
     */
    if (!c->checked && status == 200 && *c->length && !ts_conn_check(c, status))
        return c->fault;
    ts_fail(&c->err, TS_NET, "'%s' ended after %llu of %llu bytes", t->objects[c->object].name,
            (unsigned long long)c->offset, (unsigned long long)c->asked_end);
    return TS_FAULT_PASSING;
}

/* New credentials cost no retry; but a source that refuses those as well is left out. */
static ts_fault refused(transfer *t, conn *c)
{
    ts_err *why = c->err;
    c->err = NULL;
    if (ts_beside_renew(t, c)) {
        ts_err_clear(&why);
        return TS_FAULT_NONE;
    }
    if (!c->err) {
        c->err = why;
        return TS_FAULT_AUTH;
    }
    ts_err_clear(&why);
    return ts_fault_of_error(c->err);
}

static void finish(transfer *t, conn *c, CURLcode rc)
{
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(t->multi, c->easy);
    if (ts_beside_wants(t, c, rc, status)) /* others need not wait for what it waits for */
        ts_plan_release(t, c);
    if (t->beside && ts_beside_wants(t, c, rc, status)) {
        c->parked = true;
        c->rc = rc;
        return;
    }
    if (!c->enough && !c->err && rc == CURLE_OK && is_redirect(status) && *c->location) {
        if (follow(t, c))
            return;
        status = 0;
    }
    if (rc != CURLE_OK && c->peer->report.crl_url && ts_beside_list(t, c)) {
        close_conn(t, c); /* the next one has the list */
        return;
    }
    ts_fault fault = c->enough ? TS_FAULT_NONE : judge(t, c, rc, status);
    if (fault == TS_FAULT_AUTH)
        fault = refused(t, c);
    if (fault != TS_FAULT_NONE) {
        if (status == 429 || status == 503)
            ts_source_busy(c->src, c);
        ts_source_failed(t, c, fault, &c->err);
    }
    close_conn(t, c);
}

/* What waited for another's token or list. */
static void finish_parked(transfer *t)
{
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++) {
        conn *c = &t->conns[i];
        if (c->used && c->parked) {
            c->parked = false;
            finish(t, c, c->rc);
        }
    }
}

static void abandon(transfer *t, conn *c, bool stalled)
{
    curl_multi_remove_handle(t->multi, c->easy);
    if (stalled) {
        ts_fail(&c->err, TS_TIMEOUT, "'%s' stalls: %llu bytes in %u ms", t->objects[c->object].name,
                (unsigned long long)c->window_bytes, t->net->stall_ms);
        ts_source_failed(t, c, TS_FAULT_PASSING, &c->err);
    }
    close_conn(t, c);
}

/* Median of the rates that are known; 0 with fewer than three. */
static uint64_t median_rate(const transfer *t)
{
    uint64_t rates[TS_CONNECTIONS_SMALL];
    size_t n = 0;
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++) {
        if (!t->conns[i].used || t->conns[i].rate == 0)
            continue;
        size_t k = n++;
        for (; k > 0 && rates[k - 1] > t->conns[i].rate; k--)
            rates[k] = rates[k - 1];
        rates[k] = t->conns[i].rate;
    }
    return n < 3 ? 0 : rates[n / 2];
}

static void check_speed(transfer *t, uint64_t now)
{
    uint64_t median = median_rate(t);
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++) {
        conn *c = &t->conns[i];
        if (!c->used || c->parked)
            continue;
        if (c->paused) {
            c->paused = false;
            c->window_start = now;
            c->window_bytes = 0;
            /* What was held back is handed out in this call. When we end the connection there, only
             * this result says so, and libcurl would go on with it. */
            CURLcode rc = curl_easy_pause(c->easy, CURLPAUSE_CONT);
            if (rc != CURLE_OK)
                finish(t, c, rc);
            continue;
        }
        if (now - c->window_start < t->net->stall_ms)
            continue;
        c->rate = c->window_bytes * 1000 / (now - c->window_start);
        bool stalled = c->rate < 1024;
        if (stalled || (median && c->rate < median / 4)) {
            abandon(t, c, stalled);
            continue;
        }
        c->window_start = now;
        c->window_bytes = 0;
    }
}

static void tell(transfer *t, uint64_t now)
{
    uint64_t age = now - t->told_at;
    if (age < 250)
        return;
    uint64_t speed = (t->stats.received - t->told_received) * 1000 / age;
    t->stats.speed = t->stats.speed ? (t->stats.speed * 7 + speed) / 8 : speed;
    t->told_at = now;
    t->told_received = t->stats.received;
    t->stats.connections = 0;
    for (size_t i = 0; i < t->n_sources; i++)
        t->stats.connections += t->sources[i].active;
    if (t->sink->progress)
        t->sink->progress(t->sink->ctx, &t->stats);
}

static bool all_out(const transfer *t)
{
    for (size_t i = 0; i < t->n_sources; i++) {
        if (!t->sources[i].out)
            return false;
    }
    return true;
}

static const char *open_object(const transfer *t)
{
    for (size_t i = 0; i < t->n_objects; i++) {
        for (size_t p = 0; p < t->objects[i].n_pieces; p++) {
            if (t->objects[i].state[p] != TS_PIECE_DONE)
                return t->objects[i].name;
        }
    }
    return "";
}

/* Every source with its reason; the code is that of the last source that was given up. */
static bool fail_all(transfer *t, ts_code code, const char *what, ts_err **err)
{
    if (t->n_sources == 1 && t->sources[0].out &&
        err) { /* its number is worth more than its text */
        *err = t->sources[0].out;
        t->sources[0].out = NULL;
        return ts_wrap(err, "%s '%s': source '%s'", what, open_object(t), t->sources[0].is->id);
    }
    ts_buf text;
    ts_buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < t->n_sources; i++) {
        const source *src = &t->sources[i];
        const ts_err *why = src->out ? src->out : src->last;
        ts_buf_printf(&text, "%s source '%s': %s", i ? ";" : "", src->is->id,
                      why ? ts_err_text(why) : "no failure so far");
        if (src->out && code == TS_NET)
            code = ts_err_code(src->out);
    }
    ts_fail(err, code, "%s '%s':%s", what, open_object(t), ts_buf_text(&text));
    ts_buf_done(&text);
    return false;
}

static bool go_on(transfer *t, ts_err **err)
{
    if (t->fatal) {
        if (err)
            *err = t->fatal;
        else
            ts_err_clear(&t->fatal);
        t->fatal = NULL;
        return false;
    }
    if (ts_net_cancelled(t->net))
        return ts_fail(err, TS_CANCELLED, "cancelled");
    if (all_out(t))
        return fail_all(t, TS_NET, "no source can give", err);
    if (ts_net_now_ms() - t->last_good > t->net->idle_ms)
        return fail_all(t, TS_TIMEOUT, "nothing usable arrives for", err);
    return true;
}

static void messages(transfer *t)
{
    int left = 0;
    CURLMsg *m;
    while ((m = curl_multi_info_read(t->multi, &left)) != NULL) {
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = m->data.result;
        ts_side *side = t->net->side;
        conn *c = NULL;
        if (side && m->easy_handle == side->easy) {
            side->rc = rc;
            side->done = true;
            continue;
        }
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
        if (c) /* else it only opened a connection */
            finish(t, c, rc);
    }
}

static bool turn(void *ctx)
{
    transfer *t = ctx;
    uint64_t now = ts_net_now_ms();
    check_speed(t, now);
    ts_plan_adapt(t, now);
    tell(t, now);
    fill(t);
    int running = 0;
    curl_multi_perform(t->multi, &running);
    messages(t);
    if (t->done_pieces == t->all_pieces && !t->begins)
        return false;
    curl_multi_poll(t->multi, NULL, 0, t->net->rate ? 5 : TICK_MS, NULL);
    return true;
}

static bool loop(transfer *t, ts_err **err)
{
    while (t->done_pieces < t->all_pieces) {
        if (!go_on(t, err))
            return false;
        if (turn(t))
            finish_parked(t);
    }
    return !t->fatal || go_on(t, err); /* the sink did not like the last piece */
}

/* What it asks for is wanted also when all else came first. */
static bool begin(transfer *t, ts_err **err)
{
    if (!t->sink->begun)
        return true;
    t->begins = t->beside = true;
    bool ok = t->sink->begun(t->sink->ctx, err);
    t->begins = t->beside = false;
    t->last_good = ts_net_now_ms(); /* what it asked for may have come first */
    return ok;
}

bool ts_transfer_run(ts_net *net, const ts_net_source *sources, size_t n_sources,
                     const ts_net_object *objects, size_t n_objects, const ts_net_sink *sink,
                     ts_transfer_stats *stats, ts_err **err)
{
    if (n_sources == 0 || n_sources > TS_SOURCES_MAX)
        return ts_fail(err, TS_USAGE, "%zu sources; one to %u can be used", n_sources,
                       TS_SOURCES_MAX);
    transfer t = {.net = net,
                  .n_sources = n_sources,
                  .objects = objects,
                  .n_objects = n_objects,
                  .sink = sink,
                  .stats = {.source = ""}};
    bool ok = set_up(&t, sources, err);
    net->turn = turn;
    net->turn_ctx = &t;
    ok = ok && begin(&t, err) && loop(&t, err);
    net->turn = NULL;
    net->turn_ctx = NULL;
    if (ok && sink->progress) /* the last word: all that is done */
        sink->progress(sink->ctx, &t.stats);
    if (stats)
        *stats = t.stats;
    tear_down(&t);
    return ok;
}
