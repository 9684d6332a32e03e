/* retry.h - which failures pass by themselves, and how long to wait for it. */
#ifndef TS_RETRY_H
#define TS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define TS_BACKOFF_MAX_MS 60000u

typedef enum ts_fault {
    TS_FAULT_NONE,
    TS_FAULT_PASSING, /* try again later: resets, time-outs, 5xx, 429 */
    TS_FAULT_SOURCE,  /* this source will not do: 403, 404, wrong size, bad certificate */
    TS_FAULT_LOCAL,   /* nobody will do: bad URL, client certificate unusable, out of memory */
    TS_FAULT_AUTH     /* 401: new credentials, then again */
} ts_fault;

ts_fault ts_fault_of_curl(int code);
ts_fault ts_fault_of_status(long status);
/* Retry-After: seconds, or a date (RFC 9110), which is taken against `now` (seconds since 1970) and
 * cut at TS_NET_RETRY_AFTER_MAX. false: neither, or over already. */
bool ts_net_retry_after(const char *text, int64_t now, uint64_t *seconds);
/* Milliseconds to wait after the n-th failure in a row (from 1): a random part of base * 2^(n-1),
 * at most TS_BACKOFF_MAX_MS ("full jitter": many machines must not come back together). */
uint32_t ts_backoff(uint32_t base, unsigned n, uint32_t random);

#endif
