/* beside.c - requests that a transfer needs itself: new credentials, revocation lists. They run in
 * the transfer's own loop (ts_net.turn), one at a time: whoever needs a second one meanwhile is
 * parked. */
#include "transfer_private.h"

ts_fault ts_fault_of_error(const ts_err *err)
{
    uint32_t number = 0;
    ts_os_kind kind = ts_err_os(err, &number);
    ts_fault fault = kind == TS_OS_HTTP               ? ts_fault_of_status((long)number)
                     : kind == TS_OS_CURL             ? ts_fault_of_curl((int)number)
                     : ts_err_code(err) == TS_TIMEOUT ? TS_FAULT_PASSING
                                                      : TS_FAULT_SOURCE;
    return fault == TS_FAULT_AUTH || fault == TS_FAULT_NONE ? TS_FAULT_SOURCE : fault;
}

bool ts_beside_wants(const transfer *t, const conn *c, CURLcode rc, long status)
{
    TS_UNUSED(t);
    if (c->enough || c->err)
        return false;
    /* A long page with the 401 is cut off by ourselves. */
    bool answered = rc == CURLE_OK || rc == CURLE_WRITE_ERROR;
    return (answered && status == 401 && c->src->is->auth) ||
           (rc != CURLE_OK && c->peer->report.crl_url);
}

static bool renew(transfer *t, source *src, const char *challenge, ts_err **err)
{
    const ts_net_auth *auth = src->is->auth;
    t->beside = src->renewing = true;
    bool ok = auth->renew(auth->ctx, t->net, challenge, err);
    t->beside = src->renewing = false;
    src->renewed_at = ts_net_now_ms();
    if (!ok && t->done_pieces == t->all_pieces) { /* nobody waited for it any more */
        ts_err_clear(err);
        return true;
    }
    return ok;
}

bool ts_beside_ready(transfer *t, source *src)
{
    const ts_net_auth *auth = src->is->auth;
    if (src->renewing)
        return false;
    if (!auth || !auth->due || !auth->due(auth->ctx))
        return true;
    if (t->beside)
        return false;
    conn none = {.t = t, .src = src, .started = ts_net_now_ms()};
    if (renew(t, src, NULL, &none.err))
        return true;
    ts_source_failed(t, &none, ts_fault_of_error(none.err), &none.err);
    return false;
}

bool ts_beside_renew(transfer *t, conn *c)
{
    source *src = c->src;
    if (!src->is->auth)
        return false;
    if (c->started < src->renewed_at)
        return true; /* sent with the old credentials, before another connection renewed them */
    if (src->auth_tries >= 2)
        return false;
    src->auth_tries++;
    c->parked = true;
    bool ok = renew(t, src, c->challenge, &c->err);
    c->parked = false;
    return ok;
}

bool ts_beside_list(transfer *t, conn *c)
{
    c->parked = t->beside = true;
    bool again = ts_net_get_crl(t->net, &c->peer->report);
    c->parked = t->beside = false;
    return again; /* at most once a place: then the report names none */
}
