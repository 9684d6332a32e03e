/* retry.c - classes of failure and back-off. */
#include "retry.h"

#include <string.h>

#include <curl/curl.h>

#include "http_headers.h"
#include "net.h"

ts_fault ts_fault_of_curl(int code)
{
    switch (code) {
    case CURLE_OK:
        return TS_FAULT_NONE;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
        return TS_FAULT_SOURCE;
    case CURLE_URL_MALFORMAT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
        return TS_FAULT_LOCAL;
    default: /* an answer that is no HTTP (UNSUPPORTED_PROTOCOL), names, connections, resets,
                truncation, HTTP/2 errors, TLS handshakes cut off */
        return TS_FAULT_PASSING;
    }
}

ts_fault ts_fault_of_status(long status)
{
    if (status == 401)
        return TS_FAULT_AUTH;
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return TS_FAULT_PASSING;
    return status >= 200 && status <= 299 ? TS_FAULT_NONE : TS_FAULT_SOURCE;
}

bool ts_net_retry_after(const char *text, int64_t now, uint64_t *seconds)
{
    if (ts_http_number(text, strlen(text), seconds))
        return true;
    time_t date = *text ? curl_getdate(text, NULL) : -1;
    if (date <= (time_t)now)
        return false;
    uint64_t left = (uint64_t)((int64_t)date - now);
    *seconds = left < TS_NET_RETRY_AFTER_MAX ? left : TS_NET_RETRY_AFTER_MAX;
    return true;
}

uint32_t ts_backoff(uint32_t base, unsigned n, uint32_t random)
{
    uint64_t top = base;
    for (unsigned i = 1; i < n && top < TS_BACKOFF_MAX_MS; i++)
        top *= 2;
    if (top > TS_BACKOFF_MAX_MS)
        top = TS_BACKOFF_MAX_MS;
    /* Half is sure, half is drawn: a wait of zero would be no wait. */
    return (uint32_t)(top / 2 + (top - top / 2) * (uint64_t)random / UINT32_MAX);
}
