/* trust.c - see trust.h. */
#include "trust.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define WORD_MAX 65536u /* bytes of a file with a password or token */

static bool read_word(const char *file, char **out, ts_err **err)
{
    size_t len = 0;
    if (!file)
        return true;
    if (!ts_file_read(file, WORD_MAX, out, &len, err))
        return false;
    (void)ts_str_trim(*out); /* the line feed of an editor; what it begins with is part of it */
    return true;
}

bool ts_cli_trust(const ts_args *args, ts_content_options *o, ts_cli_secrets *owned, ts_err **err)
{
    o->site_file = ts_args_value(args, "site");
    o->ca_file = ts_args_value(args, "cacert");
    o->system_store = !o->site_file && !o->ca_file;
    o->signer_file = ts_args_value(args, "signer");
    o->pfx_file = ts_args_value(args, "pfx");
    o->revocation = ts_args_value(args, "revocation");
    if (!read_word(ts_args_value(args, "pfx-password-file"), &owned->password, err) ||
        !read_word(ts_args_value(args, "token-file"), &owned->token, err))
        return false;
    o->pfx_password = owned->password;
    o->token = owned->token;
    return true;
}

void ts_cli_secrets_done(ts_cli_secrets *owned)
{
    ts_free_secret(owned->password);
    ts_free_secret(owned->token);
    *owned = (ts_cli_secrets){0};
}

bool ts_cli_sources(const ts_args *args, const char **out, size_t *n, ts_err **err)
{
    size_t given = ts_args_values(args, "source");
    if (given > TS_CONTENT_SOURCES_MAX)
        return ts_fail(err, TS_USAGE, "--source is given more than %u times",
                       TS_CONTENT_SOURCES_MAX);
    for (*n = 0; *n < given; ++*n)
        out[*n] = ts_args_value_at(args, "source", *n);
    return true;
}
