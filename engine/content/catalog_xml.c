/* catalog_xml.c - the catalogue as XML. Strict: what it does not know is an error, because a signed
 * file that is half understood is worse than none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "manifest.h"
#include "xml.h"

static bool read_digest(ts_xml *e, const char *name, char out[65], ts_err **err)
{
    const char *text = NULL;
    if (!ts_xml_str(e, name, TS_XML_REQUIRED, &text, err))
        return false;
    if (!ts_sha256_is(text))
        return ts_xml_fail(e, err, "'%s' is no SHA-256", text);
    memcpy(out, text, 65);
    return true;
}

static bool read_u64(ts_xml *e, const char *name, ts_xml_flag flag, uint64_t *out, ts_err **err)
{
    int64_t n = (int64_t)*out;
    if (!ts_xml_int(e, name, flag, 0, INT64_MAX, &n, err))
        return false;
    *out = (uint64_t)n;
    return true;
}

static bool read_source(ts_catalog *c, ts_xml *e, ts_err **err)
{
    ts_catalog_source s = {.type = "static", .auth = "none"};
    int64_t priority = 10, connections = 0;
    if (!ts_xml_str(e, "id", TS_XML_REQUIRED, &s.id, err) ||
        !ts_xml_str(e, "url", TS_XML_REQUIRED, &s.url, err) ||
        !ts_xml_str(e, "type", TS_XML_OPTIONAL, &s.type, err) ||
        !ts_xml_str(e, "auth", TS_XML_OPTIONAL, &s.auth, err) ||
        !ts_xml_int(e, "priority", TS_XML_OPTIONAL, 1, 999999, &priority, err) ||
        !ts_xml_int(e, "connections", TS_XML_OPTIONAL, 0, 64, &connections, err))
        return false;
    s.priority = (uint32_t)priority;
    s.connections = (uint32_t)connections;
    return ts_catalog_source_add(c, &s, err) &&
           ts_xml_done_strict(e, "id url type auth priority connections", err);
}

static bool read_package(ts_catalog *c, ts_xml *e, ts_err **err)
{
    ts_catalog_package p = {.name = ""};
    const char *key = "";
    if (!ts_xml_str(e, "id", TS_XML_REQUIRED, &p.id, err) ||
        !ts_xml_str(e, "name", TS_XML_OPTIONAL, &p.name, err) ||
        !read_u64(e, "version", TS_XML_REQUIRED, &p.version, err) ||
        !read_digest(e, "manifest", p.manifest, err) ||
        !read_u64(e, "size", TS_XML_REQUIRED, &p.size, err) ||
        !read_u64(e, "bytes", TS_XML_OPTIONAL, &p.bytes, err) ||
        !ts_xml_str(e, "key", TS_XML_OPTIONAL, &key, err) || !ts_package_id_check(p.id, err))
        return false;
    if (*key && !ts_sha256_is(key)) /* 32 bytes as well */
        return ts_xml_fail(e, err, "the key of package '%s' has not 64 hexadecimal digits", p.id);
    memcpy(p.key, key, strlen(key) + 1);
    return ts_catalog_package_add(c, &p, err) &&
           ts_xml_done_strict(e, "id name version manifest size bytes key", err);
}

static bool read_words(ts_catalog *c, ts_catalog_deployment *d, ts_xml *e, size_t *count,
                       ts_err **err)
{
    ts_catalog_word **packages = &d->packages, **targets = &d->targets; /* where the lists end */
    for (ts_xml *w = ts_xml_next(e, NULL); w; w = ts_xml_next(e, w)) {
        const char *text = NULL;
        uint64_t version = 0;
        bool target = strcmp(w->name, "target") == 0;
        ts_catalog_word ***end = target ? &targets : &packages;
        if (++*count > TS_CATALOG_WORDS_MAX)
            return ts_fail(err, TS_LIMIT, "more than %u targets and references",
                           TS_CATALOG_WORDS_MAX);
        if (!target && strcmp(w->name, "package") != 0)
            return ts_xml_fail(w, err, "<target> or <package> was expected, not <%s>", w->name);
        w->used = true;
        if (!ts_xml_str(w, "id", TS_XML_REQUIRED, &text, err) ||
            !read_u64(w, "version", TS_XML_OPTIONAL, &version, err) ||
            !ts_catalog_word_add(c, *end, text, version, err) ||
            !ts_xml_done_strict(w, "id version", err))
            return false;
        *end = &(**end)->next;
    }
    return true;
}

static bool read_deployment(ts_catalog *c, ts_xml *e, size_t *count, ts_err **err)
{
    ts_catalog_deployment d = {.name = "", .file = "sequence.xml"};
    if (!ts_xml_str(e, "id", TS_XML_REQUIRED, &d.id, err) ||
        !ts_xml_str(e, "name", TS_XML_OPTIONAL, &d.name, err) ||
        !ts_xml_str(e, "file", TS_XML_OPTIONAL, &d.file, err) ||
        !read_digest(e, "sequence", d.sequence, err) ||
        !read_u64(e, "size", TS_XML_REQUIRED, &d.size, err) || !ts_package_id_check(d.id, err))
        return false;
    if (!ts_path_is_inside(d.file) || strchr(d.file, '/') || strchr(d.file, '\\'))
        return ts_xml_fail(e, err, "'%s' is no file name", d.file);
    ts_catalog_deployment *added = ts_catalog_deployment_add(c, &d, err);
    return added && read_words(c, added, e, count, err) &&
           ts_xml_done_strict(e, "id name file sequence size target package", err);
}

static bool read_root(ts_catalog *c, ts_xml *root, ts_err **err)
{
    if (strcmp(root->name, "catalog") != 0)
        return ts_xml_fail(root, err, "<catalog> was expected");
    const char *site = "", *ns = NULL;
    if (!ts_xml_str(root, "site", TS_XML_OPTIONAL, &site, err) ||
        !ts_xml_str(root, "xmlns", TS_XML_OPTIONAL, &ns, err) ||
        !read_u64(root, "version", TS_XML_REQUIRED, &c->version, err) ||
        !ts_xml_int(root, "issued", TS_XML_OPTIONAL, 0, INT64_MAX / 2, &c->issued, err) ||
        !ts_xml_int(root, "expires", TS_XML_OPTIONAL, 0, INT64_MAX / 2, &c->expires, err))
        return false;
    c->site = ts_arena_strdup(c->arena, site);
    if (!c->site)
        return ts_fail_nomem(err);
    size_t count = 0, words = 0;
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e)) {
        bool ok = false;
        if (++count > TS_CATALOG_ENTRIES_MAX)
            return ts_fail(err, TS_LIMIT, "more than %u entries", TS_CATALOG_ENTRIES_MAX);
        e->used = true;
        if (strcmp(e->name, "source") == 0)
            ok = read_source(c, e, err);
        else if (strcmp(e->name, "package") == 0)
            ok = read_package(c, e, err);
        else if (strcmp(e->name, "deployment") == 0)
            ok = read_deployment(c, e, &words, err);
        else
            return ts_xml_fail(e, err, "unknown entry <%s>", e->name);
        if (!ok)
            return false;
    }
    return ts_xml_done_strict(root, "site version issued expires source package deployment", err);
}

ts_catalog *ts_catalog_read(const char *file, const void *data, size_t size, ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_CATALOG_BYTES_MAX,
                            .expected = "a catalogue"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    if (!doc)
        return NULL;
    ts_catalog *c = ts_catalog_new(err);
    bool ok = c && read_root(c, ts_xml_root(doc), err);
    ts_xml_free(doc);
    if (ok)
        return c;
    ts_catalog_free(c);
    return NULL;
}

static void attr_u64(ts_xml_writer *w, const char *name, uint64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, n);
    ts_xml_writer_attr(w, name, text);
}

static void write_source(ts_xml_writer *w, const ts_catalog_source *s)
{
    ts_xml_writer_open(w, "source");
    ts_xml_writer_attr(w, "id", s->id);
    ts_xml_writer_attr(w, "url", s->url);
    ts_xml_writer_attr(w, "type", s->type);
    ts_xml_writer_attr(w, "auth", s->auth);
    attr_u64(w, "priority", s->priority);
    if (s->connections)
        attr_u64(w, "connections", s->connections);
    ts_xml_writer_close(w);
}

static void write_package(ts_xml_writer *w, const ts_catalog_package *p)
{
    ts_xml_writer_open(w, "package");
    ts_xml_writer_attr(w, "id", p->id);
    attr_u64(w, "version", p->version);
    if (*p->name)
        ts_xml_writer_attr(w, "name", p->name);
    ts_xml_writer_attr(w, "manifest", p->manifest);
    attr_u64(w, "size", p->size);
    attr_u64(w, "bytes", p->bytes);
    if (*p->key)
        ts_xml_writer_attr(w, "key", p->key);
    ts_xml_writer_close(w);
}

static void write_deployment(ts_xml_writer *w, const ts_catalog_deployment *d)
{
    ts_xml_writer_open(w, "deployment");
    ts_xml_writer_attr(w, "id", d->id);
    ts_xml_writer_attr(w, "name", d->name);
    ts_xml_writer_attr(w, "file", d->file);
    ts_xml_writer_attr(w, "sequence", d->sequence);
    attr_u64(w, "size", d->size);
    for (const ts_catalog_word *t = d->targets; t; t = t->next) {
        ts_xml_writer_open(w, "target");
        ts_xml_writer_attr(w, "id", t->text);
        ts_xml_writer_close(w);
    }
    for (const ts_catalog_word *t = d->packages; t; t = t->next) {
        ts_xml_writer_open(w, "package");
        ts_xml_writer_attr(w, "id", t->text);
        attr_u64(w, "version", t->version);
        ts_xml_writer_close(w);
    }
    ts_xml_writer_close(w);
}

/* What could not be read back is not written. */
static bool check_counts(const ts_catalog *c, ts_err **err)
{
    size_t entries = 0, words = 0;
    for (const ts_catalog_source *s = c->sources; s; s = s->next)
        entries++;
    for (const ts_catalog_package *p = c->packages; p; p = p->next)
        entries++;
    for (const ts_catalog_deployment *d = c->deployments; d; d = d->next) {
        entries++;
        for (const ts_catalog_word *w = d->targets; w; w = w->next)
            words++;
        for (const ts_catalog_word *w = d->packages; w; w = w->next)
            words++;
    }
    if (entries > TS_CATALOG_ENTRIES_MAX)
        return ts_fail(err, TS_LIMIT,
                       "more than %u sources, packages and deployments in one catalogue",
                       TS_CATALOG_ENTRIES_MAX);
    return words <= TS_CATALOG_WORDS_MAX ||
           ts_fail(err, TS_LIMIT, "more than %u targets and references in one catalogue",
                   TS_CATALOG_WORDS_MAX);
}

bool ts_catalog_write(const ts_catalog *catalog, ts_buf *out, ts_err **err)
{
    if (!check_counts(catalog, err))
        return false;
    ts_xml_writer w;
    ts_xml_writer_init(&w, out);
    ts_xml_writer_open(&w, "catalog");
    ts_xml_writer_attr(&w, "xmlns", "urn:taskseq:catalog:1");
    ts_xml_writer_attr(&w, "site", catalog->site);
    attr_u64(&w, "version", catalog->version);
    if (catalog->issued)
        attr_u64(&w, "issued", (uint64_t)catalog->issued);
    if (catalog->expires)
        attr_u64(&w, "expires", (uint64_t)catalog->expires);
    for (const ts_catalog_source *s = catalog->sources; s; s = s->next)
        write_source(&w, s);
    for (const ts_catalog_package *p = catalog->packages; p; p = p->next)
        write_package(&w, p);
    for (const ts_catalog_deployment *d = catalog->deployments; d; d = d->next)
        write_deployment(&w, d);
    return ts_xml_writer_end(&w, err);
}
