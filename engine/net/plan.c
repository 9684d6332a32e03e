/* plan.c - which pieces a connection asks for next, and how many connections a source gets. */
#include "transfer_private.h"

uint64_t ts_piece_len(const ts_net_object *o, size_t piece)
{
    uint64_t start = (uint64_t)piece * o->piece;
    return o->size - start < o->piece ? o->size - start : o->piece;
}

static void claim(transfer *t, conn *c, size_t object, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        t->objects[object].state[i] = TS_PIECE_BUSY;
        t->free_pieces--;
    }
    c->object = object;
    c->piece = first;
    c->end = end;
    c->whole = false;
}

/* A span is long, because each request costs a round trip; the last ones are shorter, so that all
 * connections end together. The share is that of the connections that there may be: what is given
 * to the first ones and taken away again costs a connection each time. */
static size_t span_pieces(const transfer *t, const ts_net_object *o)
{
    uint64_t most = TS_SPAN_BYTES / o->piece, least = TS_SPAN_LEAST / o->piece;
    unsigned wanted = 0;
    for (size_t i = 0; i < t->n_sources; i++)
        wanted += t->sources[i].out ? 0 : t->sources[i].limit;
    uint64_t pieces = wanted ? t->free_pieces / (2 * wanted) : 1;
    pieces = pieces < least ? least : pieces;
    pieces = pieces > most ? most : pieces;
    return pieces ? (size_t)pieces : 1;
}

static size_t find_free(const ts_net_object *o, size_t from, size_t limit)
{
    while (from < limit && o->state[from] != TS_PIECE_FREE)
        from++;
    return from;
}

static bool claim_free(transfer *t, conn *c, size_t object)
{
    const ts_net_object *o = &t->objects[object];
    size_t limit = o->n_pieces;
    size_t horizon = t->sink->horizon ? t->sink->horizon(t->sink->ctx, object) : SIZE_MAX;
    bool only_ahead = t->sink->first && horizon <= limit;
    limit = horizon < limit ? horizon : limit;
    size_t first = limit;
    if (t->sink->first)
        first = find_free(o, t->sink->first(t->sink->ctx, object), limit);
    if (first >= limit && !only_ahead)
        first = find_free(o, 0, limit);
    if (first >= limit)
        return false;
    size_t end = first, most = span_pieces(t, o);
    /* In order: short spans, or the head waits for one connection; and the shortest for a reader
     * that jumps, or the piece that it jumps to waits until all the spans that were begun end. */
    if (t->sink->horizon)
        most = t->sink->first ? 1 : most > 4 ? 4 : most;
    while (end < limit && o->state[end] == TS_PIECE_FREE && end - first < most)
        end++;
    claim(t, c, object, first, end);
    return true;
}

/* Nothing is free: takes the second half of the longest claim. The victim stops when it gets there.
 */
static bool steal(transfer *t, conn *c)
{
    conn *victim = NULL;
    for (size_t i = 0; i < TS_CONNECTIONS_SMALL; i++) {
        conn *other = &t->conns[i];
        if (!other->used || other == c || other->whole || other->end - other->piece < 2)
            continue;
        if (!victim || other->end - other->piece > victim->end - victim->piece)
            victim = other;
    }
    if (!victim ||
        (uint64_t)(victim->end - victim->piece) * t->objects[victim->object].piece < TS_STEAL_BYTES)
        return false;
    size_t keep = (victim->end - victim->piece + 1) / 2;
    c->object = victim->object;
    c->end = victim->end;
    c->piece = victim->end = victim->piece + keep;
    c->whole = false;
    return true;
}

static bool next_whole(transfer *t, conn *c)
{
    for (size_t i = t->first_open; i < t->n_objects; i++) {
        const ts_net_object *o = &t->objects[i];
        for (size_t p = 0; p < o->n_pieces; p++) {
            if (o->state[p] == TS_PIECE_FREE) {
                c->object = i;
                c->piece = c->end = 0;
                c->whole = true;
                return true;
            }
        }
    }
    return false;
}

bool ts_plan_next(transfer *t, source *src, conn *c)
{
    if (src->no_ranges)
        return next_whole(t, c);
    bool gap = false;
    for (size_t i = t->first_open; t->free_pieces > 0 && i < t->n_objects; i++) {
        if (claim_free(t, c, i))
            return true;
        for (size_t p = 0; !gap && p < t->objects[i].n_pieces; p++)
            gap = t->objects[i].state[p] == TS_PIECE_FREE; /* beyond the horizon */
        if (!gap)
            t->first_open = i + 1;
    }
    return !gap && steal(t, c);
}

void ts_plan_release(transfer *t, conn *c)
{
    const ts_net_object *o = &t->objects[c->object];
    uint8_t *state = o->state;
    if (o->partial && c->claimed) /* whoever takes it next goes on from there */
        o->partial[c->piece] = (uint32_t)(c->offset - (uint64_t)c->piece * o->piece);
    size_t end = c->whole ? c->piece + (c->claimed ? 1 : 0) : c->end;
    for (size_t i = c->piece; i < end; i++) {
        if (state[i] == TS_PIECE_BUSY) {
            state[i] = TS_PIECE_FREE;
            t->free_pieces++;
        }
    }
    c->end = c->piece;
    c->claimed = false;
    if (c->object < t->first_open)
        t->first_open = c->object;
}

bool ts_plan_is_small(const transfer *t)
{
    return t->first_open < t->n_objects && t->objects[t->first_open].n_pieces == 1 &&
           t->objects[t->first_open].size < 1024u * 1024u;
}

unsigned ts_plan_allowed(transfer *t, source *src)
{
    /* Where connections are counted, one is left to what the beginning asks for. */
    unsigned kept = t->begins && (src->is->connections || src->busy) ? 1 : 0;
    if (src->no_ranges)
        return 1 - kept;
    unsigned others = 0;
    for (size_t i = 0; i < t->n_sources; i++)
        others += &t->sources[i] == src ? 0 : t->sources[i].active;
    bool small = ts_plan_is_small(t); /* their time is a round trip each, not bandwidth */
    unsigned most = small ? TS_CONNECTIONS_SMALL : TS_CONNECTIONS_MAX;
    unsigned wanted = (small ? src->small : src->target) - kept;
    unsigned room = others < most ? most - others : 0;
    return wanted < room ? wanted : room;
}

/* What it refused once may have passed. */
static void try_more(source *src, uint64_t now)
{
    if (!src->busy || src->limit == src->most || now - src->more_at < TS_BUSY_MS)
        return;
    src->target += src->target == src->limit ? 1 : 0;
    src->limit++;
    src->more_at = now;
}

/* Two connections more each tenth of a second while the sum of all is a tenth faster for it. */
void ts_plan_adapt(transfer *t, uint64_t now)
{
    uint64_t age = now - t->window_at;
    if (age < 100)
        return;
    uint64_t speed = (t->stats.received - t->window_received) * 1000 / age;
    bool faster = speed > t->window_speed + t->window_speed / 10;
    for (size_t i = 0; i < t->n_sources; i++) {
        source *src = &t->sources[i];
        try_more(src, now);
        if (faster && src->active >= src->target && src->target < src->limit)
            src->target = src->target + 2 < src->limit ? src->target + 2 : src->limit;
    }
    if (speed > t->window_speed)
        t->window_speed = speed;
    t->window_at = now;
    t->window_received = t->stats.received;
}
