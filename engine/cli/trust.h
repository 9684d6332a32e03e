/* trust.h - options that say where content comes from and whom to trust. */
#ifndef TS_CLI_TRUST_H
#define TS_CLI_TRUST_H

#include <ts/content.h>

#include "opt.h"

/* clang-format off */
#define TS_TRUST_OPTS                                                                              \
    {.name = "site", .arg = "FILE", .words = TS_WORDS_FILE,                                        \
     .help = "site file: sources, trust, credentials"},                                            \
    {.name = "cacert", .arg = "FILE", .words = TS_WORDS_FILE,                                      \
     .help = "trusted roots and intermediates, PEM"},                                              \
    {.name = "signer", .arg = "FILE", .words = TS_WORDS_FILE,                                      \
     .help = "who may sign the catalogue, PEM; --cacert when not given"},                          \
    {.name = "pfx", .arg = "FILE", .words = TS_WORDS_FILE,                                         \
     .help = "client certificate, PKCS#12"},                                                       \
    {.name = "pfx-password-file", .arg = "FILE", .words = TS_WORDS_FILE, .help = "its password"},  \
    {.name = "token-file", .arg = "FILE", .words = TS_WORDS_FILE, .help = "bearer token"},         \
    {.name = "revocation", .arg = "MODE", .choices = "off soft leaf chain staple",                 \
     .help = "soft by default: revoked is fatal, no list is a warning"}
/* clang-format on */

typedef struct ts_cli_secrets {
    char *password, *token;
} ts_cli_secrets;

/* Fills `o` from the options above; what was read for it is in *owned, also after a failure.
 * Without an authority of one's own the system's are what https means. */
bool ts_cli_trust(const ts_args *args, ts_content_options *o, ts_cli_secrets *owned, ts_err **err);
void ts_cli_secrets_done(ts_cli_secrets *owned);
/* The --source options, TS_CONTENT_SOURCES_MAX at most: more are TS_USAGE. */
bool ts_cli_sources(const ts_args *args, const char **out, size_t *n, ts_err **err);

#endif
