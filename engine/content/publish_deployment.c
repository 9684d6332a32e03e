/* publish_deployment.c - deployments, sources, removal: changes of the draft. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/sequence.h>

#include "export.h"
#include "import.h"
#include "os.h"
#include "repo.h"

#define SEQUENCE_MAX   (64u * 1024u * 1024u)
#define REFERENCES_MAX 10000u

/* Each package that a sequence of the bundle references, once, must be there. */
static bool add_references(ts_catalog *draft, ts_catalog_deployment *d, const ts_bundle *bundle,
                           ts_buf *missing, ts_err **err)
{
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        for (size_t r = 0; r < s->n_references && r < REFERENCES_MAX; r++) {
            const char *id = s->references[r].package;
            if (!*id || ts_bundle_find(bundle, id)) /* an application; a child in the same file */
                continue;
            bool known = false;
            for (const ts_catalog_word *w = d->packages; w && !known; w = w->next)
                known = ts_str_ieq(w->text, id);
            if (known)
                continue;
            const ts_catalog_package *p = ts_catalog_package_find(draft, id, 0);
            if (!p)
                ts_buf_printf(missing, "%s'%s' (%s:%u)", missing->len ? ", " : "", id, s->file,
                              s->references[r].line);
            else if (!ts_catalog_word_add(draft, &d->packages, p->id, p->version, err))
                return false;
        }
    }
    return true;
}

static bool add_targets(ts_catalog *draft, ts_catalog_deployment *d,
                        const ts_deployment_source *source, ts_err **err)
{
    if (source->n_targets == 0)
        return ts_catalog_word_add(draft, &d->targets, "unknown", 0, err);
    for (size_t i = 0; i < source->n_targets; i++) {
        const char *target = source->targets[i];
        char id[33];
        if (strcmp(target, "unknown") != 0 && strcmp(target, "all") != 0) {
            const char *key = source->lookup_key ? source->lookup_key : draft->site;
            if (!ts_catalog_machine_id(key, target, id, err))
                return false;
            target = id;
        }
        if (!ts_catalog_word_add(draft, &d->targets, target, 0, err))
            return false;
    }
    return true;
}

/* The file that machines get: of an export with content the sequences alone. */
static bool put_sequence(const char *repo, const char *path, ts_catalog_deployment *item,
                         ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    bool content = false, ok = true;
    ts_buf slim;
    ts_buf_init(&slim, SEQUENCE_MAX);
    if (ts_import_is_export(path))
        ok = ts_export_sequences(path, &slim, &content, err);
    if (ok && !content)
        ok = ts_file_read(path, SEQUENCE_MAX, &data, &size, err);
    item->size = content ? slim.len : size;
    ok = ok && ts_repo_put(repo, content ? slim.data : data, (size_t)item->size, item->sequence,
                           NULL, err);
    ts_buf_done(&slim);
    return ok;
}

static bool say_missing(const char *repo, const ts_deployment_source *source, const ts_buf *missing,
                        ts_err **err)
{
    return ts_fail(
        err, TS_NOT_FOUND,
        "deployment '%s' needs packages that are not in the repository: %s; publish them "
        "first, with 'taskseq publish package' from folders, or from a content library: "
        "taskseq publish import --repo %s --sequence %s FOLDER",
        source->id, ts_buf_text(missing), repo, source->sequence);
}

static bool add(const char *repo, ts_catalog *draft, const ts_deployment_source *source,
                const ts_bundle *bundle, ts_err **err)
{
    ts_catalog_deployment item = {.id = source->id,
                                  .name = source->name ? source->name : source->id,
                                  .file = ts_path_base(source->sequence)};
    if (!put_sequence(repo, source->sequence, &item, err))
        return false;
    ts_catalog_deployment_remove(draft, source->id);
    ts_catalog_deployment *d = ts_catalog_deployment_add(draft, &item, err);
    ts_buf missing;
    ts_buf_init(&missing, 64 * 1024);
    bool ok = d && add_targets(draft, d, source, err) &&
              add_references(draft, d, bundle, &missing, err);
    if (ok && missing.len)
        ok = say_missing(repo, source, &missing, err);
    ts_buf_done(&missing);
    return ok && ts_repo_save(repo, draft, err);
}

/* What an export brings along. */
static bool import_content(const char *repo, const ts_deployment_source *source, ts_err **err)
{
    ts_import_result result;
    ts_import_options o = {.paths = &source->sequence,
                           .n_paths = 1,
                           .told = source->told,
                           .log = source->log,
                           .ctx = source->ctx};
    if (!ts_import_is_export(source->sequence))
        return true;
    return ts_import_for_deployment(repo, &o, &result, err) &&
           (result.failed == 0 ||
            ts_fail(err, TS_INTEGRITY, "%" PRIu64 " packages of '%s' cannot be published",
                    result.failed, source->sequence));
}

bool ts_repo_add_deployment(const char *repo, const ts_deployment_source *deployment, ts_err **err)
{
    if (!ts_package_id_check(deployment->id, err) || !ts_repo_prepare(repo, err))
        return false;
    ts_bundle *bundle = ts_bundle_load(deployment->sequence, err);
    bool ok = bundle && import_content(repo, deployment, err);
    ts_catalog *draft = ok ? ts_repo_draft(repo, err) : NULL;
    ok = draft && add(repo, draft, deployment, bundle, err);
    ts_catalog_free(draft);
    ts_bundle_free(bundle);
    return ok;
}

bool ts_repo_add_source(const char *repo, const ts_repo_source *source, ts_err **err)
{
    if (!ts_package_id_check(source->id, err) || !ts_repo_prepare(repo, err))
        return false;
    bool type_ok = !source->type || strcmp(source->type, "static") == 0 ||
                   strcmp(source->type, "oci") == 0;
    bool auth_ok = !source->auth || strcmp(source->auth, "none") == 0 ||
                   strcmp(source->auth, "client-certificate") == 0 ||
                   strcmp(source->auth, "bearer") == 0;
    if (!type_ok || !auth_ok)
        return ts_fail(err, TS_USAGE,
                       "source '%s': type is static or oci, auth is none, "
                       "client-certificate or bearer",
                       source->id);
    ts_catalog *draft = ts_repo_draft(repo, err);
    if (!draft)
        return false;
    for (ts_catalog_source **at = &draft->sources; *at;) {
        if (ts_str_ieq((*at)->id, source->id))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
    ts_catalog_source item = {.id = source->id,
                              .url = source->url,
                              .type = source->type,
                              .auth = source->auth,
                              .priority = source->priority ? source->priority : 10,
                              .connections = source->connections};
    bool ok = ts_catalog_source_add(draft, &item, err) && ts_repo_save(repo, draft, err);
    ts_catalog_free(draft);
    return ok;
}

bool ts_repo_remove(const char *repo, const char *id, uint64_t version, ts_err **err)
{
    ts_catalog *draft = ts_repo_draft(repo, err);
    if (!draft)
        return false;
    bool found = ts_catalog_deployment_remove(draft, id);
    for (ts_catalog_package **at = &draft->packages; *at;) {
        if (ts_str_ieq((*at)->id, id) && (!version || (*at)->version == version)) {
            *at = (*at)->next;
            found = true;
        } else {
            at = &(*at)->next;
        }
    }
    bool ok = found ? ts_repo_save(repo, draft, err)
                    : ts_fail(err, TS_NOT_FOUND, "'%s' is not in the repository", id);
    ts_catalog_free(draft);
    return ok;
}
