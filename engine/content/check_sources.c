/* check_sources.c - does every source have every blob? Asked before a machine finds out. */
#include <stdlib.h>
#include <string.h>

#include "content_private.h"
#include "os.h"
#include "repo.h"

typedef struct asker {
    ts_content *c;
    size_t source;
    ts_check_result *result;
    ts_buf seen;
} asker;

static void problem(asker *a, ts_err **err)
{
    a->result->problems++;
    ts_content_say(a->c, TS_LEVEL_ERROR, "source '%s': %s", a->c->site->sources[a->source].id,
                   ts_err_text(*err));
    ts_err_clear(err);
}

static bool seen(ts_buf *list, const char *sha256)
{
    for (size_t i = 0; i + 64 <= list->len; i += 64) {
        if (memcmp(list->data + i, sha256, 64) == 0)
            return true;
    }
    ts_buf_add(list, sha256, 64);
    return false;
}

static bool ask_folder(const ts_site_source *s, const char *sha256, uint64_t size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_store_path(s->url, sha256);
    if (!path)
        return ts_fail_nomem(err);
    return ts_file_matches(path, size, sha256) ||
           ts_fail(err, TS_INTEGRITY, "'%s' is missing or damaged", path);
}

static bool ask(void *ctx, const char *sha256, uint64_t size, const char *what, ts_err **err)
{
    TS_UNUSED(err);
    asker *a = ctx;
    const ts_site_source *s = &a->c->site->sources[a->source];
    ts_err *fault = NULL;
    if (seen(&a->seen, sha256))
        return true;
    bool ok = s->kind == TS_SOURCE_FOLDER
                  ? ask_folder(s, sha256, size, &fault)
                  : ts_content_ask_blob(a->c, a->source, sha256, size, &fault);
    if (!ok) {
        ts_wrap(&fault, "'%s'", what);
        problem(a, &fault);
    }
    return true;
}

bool ts_repo_check_sources(const char *repo, const ts_content_options *options,
                           ts_check_result *result, ts_err **err)
{
    ts_catalog *draft = ts_repo_draft(repo, err);
    ts_content *c = draft ? ts_content_open(options, err) : NULL;
    bool ok = c != NULL;
    for (const ts_catalog_source *s = ok ? draft->sources : NULL; ok && s; s = s->next) {
        bool oci = strcmp(s->type, "oci") == 0;
        TS_CLEANUP(ts_free_ptr)
        char *url = ts_sprintf("%s%s", oci && !ts_str_ihas_prefix(s->url, "oci+") ? "oci+" : "",
                               s->url);
        ts_source_auth auth = strcmp(s->auth, "bearer") == 0               ? TS_AUTH_BEARER
                              : strcmp(s->auth, "client-certificate") == 0 ? TS_AUTH_CLIENT_CERT
                                                                           : TS_AUTH_NONE;
        ok = url ? ts_site_add_source(c->site, s->id, url, auth, s->priority, 0, err)
                 : ts_fail_nomem(err);
    }
    for (size_t i = 0; ok && i < c->site->n_sources; i++) {
        asker a = {.c = c, .source = i, .result = result};
        ts_buf_init(&a.seen, 64u * TS_REPO_BLOBS_MAX);
        ok = ts_repo_each_blob(repo, draft, ask, &a, err);
        ts_buf_done(&a.seen);
    }
    ts_content_close(c);
    ts_catalog_free(draft);
    return ok;
}
