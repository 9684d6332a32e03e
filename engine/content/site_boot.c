/* site_boot.c - a start from media: the element <boot> of the site file, the media password, and
 * the deployments that are meant for a machine. */
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "cert.h"

static bool read_password(ts_xml *e, ts_boot_site *boot, ts_err **err)
{
    const char *text = NULL;
    if (!ts_xml_str(e, "password", TS_XML_OPTIONAL, &text, err))
        return false;
    boot->ask_password = text != NULL;
    return !text || strcmp(text, "ask") == 0 ||
           ts_xml_fail(e, err, "password can be 'ask' only: it does not stand in this file");
}

static bool read_texts(ts_site *site, ts_xml *e, ts_err **err)
{
    const char *deployment = NULL;
    const char *key = NULL;
    if (!ts_xml_str(e, "deployment", TS_XML_OPTIONAL, &deployment, err) ||
        !ts_xml_str(e, "lookup-key", TS_XML_OPTIONAL, &key, err))
        return false;
    site->boot.deployment = deployment ? ts_arena_strdup(site->arena, deployment) : NULL;
    site->lookup_key = key ? ts_arena_strdup(site->arena, key) : NULL;
    return ((!deployment || site->boot.deployment) && (!key || site->lookup_key)) ||
           ts_fail_nomem(err);
}

static bool read_prestart(ts_site *site, ts_xml *e, const char *site_file, ts_err **err)
{
    const char *file = NULL;
    ts_boot_site *boot = &site->boot;
    e->used = true;
    if (strcmp(e->name, "prestart") != 0)
        return ts_xml_fail(e, err, "<prestart> was expected");
    if (boot->n_prestart == TS_BOOT_PRESTART_MAX)
        return ts_xml_fail(e, err, "more than %u pre-start scripts", TS_BOOT_PRESTART_MAX);
    if (!ts_xml_str(e, "file", TS_XML_REQUIRED, &file, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = ts_site_beside(site_file, file);
    const char *kept = path ? ts_arena_strdup(site->arena, path) : NULL;
    if (!kept)
        return ts_fail_nomem(err);
    boot->prestart[boot->n_prestart++] = kept;
    return ts_xml_done_strict(e, "", err);
}

bool ts_site_read_boot(ts_site *site, ts_xml *e, const char *site_file, ts_err **err)
{
    ts_boot_site *boot = &site->boot;
    bool ok = read_password(e, boot, err) && read_texts(site, e, err) &&
              ts_xml_bool(e, "automatic", TS_XML_OPTIONAL, &boot->automatic, err) &&
              ts_xml_bool(e, "command-prompt", TS_XML_OPTIONAL, &boot->command_prompt, err);
    for (ts_xml *child = ok ? ts_xml_next(e, NULL) : NULL; ok && child;
         child = ts_xml_next(e, child))
        ok = read_prestart(site, child, site_file, err);
    return ok;
}

bool ts_boot_site_read(const char *site_file, ts_boot_site *out, ts_err **err)
{
    const ts_content_options options = {.site_file = site_file};
    ts_site *site = ts_site_new(&options, err);
    if (!site)
        return false;
    if (site->boot.ask_password && (!site->pfx || site->pfx_password)) {
        ts_site_free(site);
        return ts_fail(err, TS_SCHEMA,
                       "%s: the password that <boot> asks for opens the client certificate: name "
                       "one with <client-certificate file=...>, without its password",
                       site_file);
    }
    *out = site->boot;
    out->owner = site;
    return true;
}

void ts_boot_site_done(ts_boot_site *boot)
{
    ts_site_free(boot->owner);
    *boot = (ts_boot_site){0};
}

bool ts_boot_site_unlocks(const ts_boot_site *boot, const char *password, bool *right, ts_err **err)
{
    const ts_site *site = boot->owner;
    return ts_pfx_opens(site->pfx, site->pfx_len, password, right, err);
}

/* --- Deployments --------------------------------------------------------------------------- */

static bool names_machine(const ts_catalog_deployment *d, char ids[][33], size_t n)
{
    for (const ts_catalog_word *t = d->targets; t; t = t->next)
        for (size_t i = 0; i < n; i++)
            if (ts_str_ieq(t->text, ids[i]))
                return true;
    return false;
}

static bool has_target(const ts_catalog_deployment *d, const char *word)
{
    for (const ts_catalog_word *t = d->targets; t; t = t->next)
        if (ts_str_ieq(t->text, word))
            return true;
    return false;
}

static bool make_ids(const ts_content *c, const char *const *names, size_t n, char ids[][33],
                     ts_err **err)
{
    const char *key = c->site->lookup_key ? c->site->lookup_key : c->catalog->site;
    for (size_t i = 0; i < n; i++)
        if (!ts_catalog_machine_id(key, names[i], ids[i], err))
            return false;
    return true;
}

static size_t count(const ts_catalog *catalog)
{
    size_t n = 0;
    for (const ts_catalog_deployment *d = catalog->deployments; d; d = d->next)
        n++;
    return n;
}

bool ts_content_deployments(ts_content *c, const char *const *names, size_t n_names,
                            ts_deployment **out, size_t *n, bool *known, ts_err **err)
{
    const ts_catalog *catalog = NULL;
    if (!ts_content_catalog(c, &catalog, err))
        return false;
    char(*ids)[33] = ts_alloc_array(n_names + 1, sizeof *ids);
    ts_deployment *list = ts_alloc_array(count(catalog) + 1, sizeof *list);
    bool ok = (ids && list) || ts_fail_nomem(err);
    ok = ok && make_ids(c, names, n_names, ids, err);
    *known = false;
    *n = 0;
    for (const ts_catalog_deployment *d = catalog->deployments; ok && d; d = d->next)
        *known = *known || names_machine(d, ids, n_names);
    for (const ts_catalog_deployment *d = catalog->deployments; ok && d; d = d->next)
        if (has_target(d, "all") || names_machine(d, ids, n_names) ||
            (!*known && has_target(d, "unknown")))
            list[(*n)++] = (ts_deployment){d->id, d->name};
    free(ids);
    if (ok)
        *out = list;
    else
        free(list);
    return ok;
}
