/* auth.h - bearer tokens: given, exchanged, or asked for as a registry's challenge says. */
#ifndef TS_AUTH_H
#define TS_AUTH_H

#include "site.h"
#include "transfer.h"

typedef struct ts_auth {
    ts_net_auth is; /* what the transfer sees */
    const ts_site *site;
    const ts_site_source *source;
    char *header;     /* secret: value of Authorization; NULL: none yet */
    char *challenge;  /* of the registry, kept for the next token */
    int64_t renew_at; /* ms since 1970: a new token before that one ends; 0: never */
} ts_auth;

void ts_auth_init(ts_auth *auth, const ts_site *site, const ts_site_source *source);
void ts_auth_done(ts_auth *auth);
/* For a single request over net: the value of Authorization ("" when there is none), after getting
 * new credentials when they are due. Wipe it. */
bool ts_auth_value(const ts_net_auth *auth, ts_net *net, ts_buf *out, ts_err **err);

#endif
