/* source.c - the standing of a source: good, waiting after a failure, or left out. */
#include "transfer_private.h"

#include <string.h>

#include "http_headers.h"
#include "os.h"

void ts_source_good(source *src)
{
    src->failures = 0;
    src->auth_tries = 0;
    src->fresh = false;
    ts_err_clear(&src->last);
}

static unsigned lesser(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Of many that are refused together each takes one away from those that were under way: what is
 * left is what the source bears. When nothing is left it is out of order rather than full, and big
 * objects go on as before. */
void ts_source_busy(source *src, const conn *c)
{
    if (c->started > src->refused_at) {
        src->served = src->active + (c->t->begins ? 1 : 0);
        src->before = src->limit;
        src->refused_at = ts_net_now_ms();
    }
    src->served -= src->served > 0 ? 1 : 0;
    src->small = lesser(src->small, src->served ? src->served : 1);
    src->limit = src->served ? lesser(src->before, src->served) : src->before;
    src->target = lesser(src->target, src->limit);
    src->busy = true;
    src->more_at = ts_net_now_ms();
    if (src->is->bears)
        *src->is->bears = src->limit < src->most ? src->limit : 0;
}

/* Only the best priority that can be asked now works. */
bool ts_source_usable(const transfer *t, const source *src, uint64_t now)
{
    if (src->out || src->not_before > now)
        return false;
    for (size_t i = 0; i < t->n_sources; i++) {
        const source *other = &t->sources[i];
        if (!other->out && other->not_before <= now && other->is->priority < src->is->priority)
            return false;
    }
    return true;
}

static void leave_out(transfer *t, source *src, ts_err **err)
{
    if (src->out) { /* its other connections met the same */
        ts_err_clear(err);
        return;
    }
    /* Of the only one the error says it all. */
    ts_net_say(t->net, t->n_sources > 1 ? TS_LEVEL_WARNING : TS_LEVEL_VERBOSE,
               "source '%s' is left out: %s", src->is->id, ts_err_text(*err));
    src->out = *err;
    *err = NULL;
}

/* Milliseconds to wait; UINT32_MAX: the server asks for more patience than there is. */
static uint32_t wait_for(const transfer *t, const source *src, const conn *c)
{
    uint64_t seconds = 0;
    if (ts_net_retry_after(c->retry_after, ts_clock_now() / 1000, &seconds))
        return seconds > TS_NET_RETRY_AFTER_MAX ? UINT32_MAX : (uint32_t)seconds * 1000;
    return ts_backoff(t->net->backoff_ms, src->failures ? src->failures : 1, ts_net_random());
}

static void passing(transfer *t, conn *c, ts_err **err)
{
    source *src = c->src;
    uint64_t now = ts_net_now_ms();
    /* Eight connections that break together are one failure. */
    if (c->started >= src->failed_at) {
        src->failures++;
        src->failed_at = now;
    }
    uint32_t wait = wait_for(t, src, c);
    if (src->failures >= t->net->tries || wait == UINT32_MAX) {
        if (wait == UINT32_MAX)
            ts_wrap(err, "the server wants a wait of more than %u s", TS_NET_RETRY_AFTER_MAX);
        leave_out(t, src, err);
        return;
    }
    if (src->not_before < now + wait)
        src->not_before = now + wait;
    src->fresh = true; /* the next connection looks up the name and connects anew */
    if (src->target > 1)
        src->target--;
    t->stats.retries++;
    ts_net_say(t->net, TS_LEVEL_VERBOSE, "source '%s': %s; again in %u ms", src->is->id,
               ts_err_text(*err), wait);
    ts_err_clear(&src->last);
    src->last = *err;
    *err = NULL;
}

void ts_source_failed(transfer *t, conn *c, ts_fault fault, ts_err **err)
{
    if (fault == TS_FAULT_PASSING) {
        passing(t, c, err);
    } else if (fault == TS_FAULT_LOCAL) {
        if (!t->fatal) {
            t->fatal = *err;
            *err = NULL;
        }
    } else {
        leave_out(t, c->src, err);
    }
    ts_err_clear(err);
}
