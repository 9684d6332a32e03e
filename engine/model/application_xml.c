/* application_xml.c - reads the catalogue of applications. */
#include <ts/application.h>

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "xml.h"

/* What an application is called: its name, or its id. */
typedef struct alias {
    const char *text;
    const ts_application *a;
    bool is_id;
} alias;

struct ts_applications {
    ts_arena *arena;
    ts_application *items;
    const char ***names; /* of the dependencies, until they are resolved; NULL-terminated each */
    size_t n;
    alias *aliases; /* sorted without case; of equal ones the first of the file comes first */
    size_t n_aliases;
    const char *file;
};

void ts_applications_free(ts_applications *catalogue)
{
    if (catalogue) {
        ts_arena_free(catalogue->arena);
        free(catalogue);
    }
}

static bool read_codes(ts_xml *e, const char *attribute, const char *otherwise, int64_t *codes,
                       size_t *n, ts_err **err)
{
    const char *text = ts_xml_attr_get(e, attribute);
    for (const char *p = text ? text : otherwise; *p;) {
        char number[24] = "";
        p += strspn(p, " ");
        size_t len = strcspn(p, " ");
        if (len == 0)
            break;
        if (len < sizeof number)
            memcpy(number, p, len);
        if (*n == TS_APPLICATION_CODES_MAX)
            return ts_xml_fail(e, err, "more than %u codes in '%s'", TS_APPLICATION_CODES_MAX,
                               attribute);
        if (!ts_str_int64(number, &codes[*n]))
            return ts_xml_fail(e, err, "'%s' has a code that is no number: '%s'", attribute, p);
        (*n)++;
        p += len;
    }
    return true;
}

static bool read_detection(ts_xml *e, ts_detection *d, ts_err **err)
{
    d->file = ts_xml_attr_get(e, "file");
    d->version = ts_xml_attr_get(e, "version");
    d->registry = ts_xml_attr_get(e, "registry");
    d->value = ts_xml_attr_get(e, "value");
    d->data = ts_xml_attr_get(e, "data");
    d->product = ts_xml_attr_get(e, "product");
    d->uninstall = ts_xml_attr_get(e, "uninstall");
    if ((d->file != NULL) + (d->registry != NULL) + (d->product != NULL) + (d->uninstall != NULL) !=
        1)
        return ts_xml_fail(e, err, "<%s> has one of file, registry, product, uninstall", e->name);
    return ts_xml_done_strict(e, "file version registry value data product uninstall", err);
}

static size_t count(ts_xml *root)
{
    size_t n = 0;
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e))
        n++;
    return n;
}

/* <detect> or <require>: all of one kind. */
static bool read_detections(ts_applications *c, ts_xml *e, const char *kind, ts_detection **list,
                            size_t *n, ts_err **err)
{
    *list = ts_arena_alloc(c->arena, count(e) * sizeof(**list) + 1);
    if (!*list)
        return ts_fail_nomem(err);
    for (ts_xml *d = ts_xml_each(e, NULL, kind); d; d = ts_xml_each(e, d, kind)) {
        if (*n == TS_APPLICATION_ITEMS_MAX)
            return ts_xml_fail(d, err, "more than %u of <%s>", TS_APPLICATION_ITEMS_MAX, kind);
        if (!read_detection(d, &(*list)[(*n)++], err))
            return false;
    }
    return true;
}

/* The lists of one application. */
static bool read_lists(ts_applications *c, ts_xml *e, ts_application *a, const char ***names,
                       ts_err **err)
{
    size_t n = 0;
    *names = ts_arena_alloc(c->arena, (count(e) + 1) * sizeof(**names));
    if (!*names)
        return ts_fail_nomem(err);
    if (!read_detections(c, e, "detect", &a->detections, &a->n_detections, err) ||
        !read_detections(c, e, "require", &a->requirements, &a->n_requirements, err))
        return false;
    for (ts_xml *d = ts_xml_each(e, NULL, "dependency"); d; d = ts_xml_each(e, d, "dependency")) {
        if (n == TS_APPLICATION_ITEMS_MAX)
            return ts_xml_fail(d, err, "more than %u dependencies", TS_APPLICATION_ITEMS_MAX);
        if (!ts_xml_str(d, "name", TS_XML_REQUIRED, &(*names)[n++], err) ||
            !ts_xml_done_strict(d, "name", err))
            return false;
    }
    return true;
}

static bool read_one(ts_applications *c, ts_xml *e, ts_err **err)
{
    ts_application *a = &c->items[c->n];
    a->line = e->line;
    a->is_program = strcmp(e->name, "program") == 0;
    if (!ts_xml_str(e, "name", TS_XML_REQUIRED, &a->name, err))
        return false;
    a->id = ts_xml_attr_get(e, "id");
    a->package = ts_xml_attr_get(e, "package");
    a->command = ts_xml_attr_get(e, "command");
    a->folder = ts_xml_attr_get(e, "folder");
    if (!ts_xml_bool(e, "reboot", TS_XML_OPTIONAL, &a->reboot, err))
        return false;
    if (a->is_program && (!a->package || !a->command))
        return ts_xml_fail(e, err, "program '%s' needs 'package' and 'command'", a->name);
    bool ok = read_codes(e, "success", "0 1707", a->success, &a->n_success, err) &&
              read_codes(e, "restart", "3010 1641", a->restart, &a->n_restart, err) &&
              read_lists(c, e, a, &c->names[c->n], err) &&
              ts_xml_done_strict(e,
                                 "name id package command folder reboot success restart detect "
                                 "require dependency",
                                 err);
    c->n++;
    return ok;
}

static bool read_all(ts_applications *c, ts_xml *root, ts_err **err)
{
    size_t n = count(root);
    if (strcmp(root->name, "applications") != 0)
        return ts_xml_fail(root, err, "<%s> is no catalogue: it begins with <applications>",
                           root->name);
    if (n > TS_APPLICATIONS_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' has more than %u applications", c->file,
                       TS_APPLICATIONS_MAX);
    c->items = ts_arena_alloc(c->arena, n * sizeof(*c->items) + 1);
    c->names = ts_arena_alloc(c->arena, n * sizeof(*c->names) + 1);
    if (!c->items || !c->names)
        return ts_fail_nomem(err);
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e)) {
        e->used = true;
        if (strcmp(e->name, "application") != 0 && strcmp(e->name, "program") != 0)
            return ts_xml_fail(e, err, "<%s> does not belong here", e->name);
        if (!read_one(c, e, err))
            return false;
    }
    return ts_xml_done_strict(root, "application program", err);
}

static int compare_aliases(const void *left, const void *right)
{
    const alias *a = left, *b = right;
    int order = ts_str_casecmp(a->text, b->text);
    return order ? order : (a->a > b->a) - (a->a < b->a);
}

static bool sort_aliases(ts_applications *c, ts_err **err)
{
    c->aliases = ts_arena_alloc(c->arena, 2 * c->n * sizeof(*c->aliases) + 1);
    if (!c->aliases)
        return ts_fail_nomem(err);
    for (const ts_application *a = c->items; a < c->items + c->n; a++) {
        if (!a->is_program)
            c->aliases[c->n_aliases++] = (alias){.text = a->name, .a = a};
        if (!a->is_program && a->id)
            c->aliases[c->n_aliases++] = (alias){.text = a->id, .a = a, .is_id = true};
    }
    qsort(c->aliases, c->n_aliases, sizeof(*c->aliases), compare_aliases);
    for (const ts_application *a = c->items; a < c->items + c->n; a++)
        if (!a->is_program && ts_applications_find(c, a->name) != a)
            return ts_fail(err, TS_SYNTAX, "%s:%u: application '%s' is there twice", c->file,
                           a->line, a->name);
    return true;
}

static bool resolve(ts_applications *c, ts_err **err)
{
    for (size_t i = 0; i < c->n; i++) {
        ts_application *a = &c->items[i];
        size_t n = 0;
        while (c->names[i][n])
            n++;
        a->dependencies = ts_arena_alloc(c->arena, n * sizeof(ts_application *) + 1);
        if (!a->dependencies)
            return ts_fail_nomem(err);
        for (size_t k = 0; k < n; k++) {
            a->dependencies[k] = ts_applications_find(c, c->names[i][k]);
            if (!a->dependencies[k])
                return ts_fail(err, TS_SCHEMA,
                               "%s:%u: application '%s' depends on '%s', which is not there",
                               c->file, a->line, a->name, c->names[i][k]);
        }
        a->n_dependencies = n;
    }
    return true;
}

enum { NEW, OPEN, DONE };

/* Depth-first; a name that is met while it is open closes a cycle. */
static bool visit(const ts_applications *c, const ts_application *a, unsigned char *state,
                  ts_err **err)
{
    size_t at = (size_t)(a - c->items);
    if (state[at] == DONE)
        return true;
    if (state[at] == OPEN)
        return ts_fail(
            err, TS_SCHEMA,
            "%s:%u: the dependencies of application '%s' form a cycle: it needs itself; take "
            "one of them out",
            c->file, a->line, a->name);
    state[at] = OPEN;
    for (size_t i = 0; i < a->n_dependencies; i++)
        if (!visit(c, a->dependencies[i], state, err))
            return false;
    state[at] = DONE;
    return true;
}

static bool check_cycles(const ts_applications *c, ts_err **err)
{
    unsigned char *state = ts_alloc(c->n + 1);
    bool ok = state != NULL || ts_fail_nomem(err);
    for (size_t i = 0; ok && i < c->n; i++)
        ok = visit(c, &c->items[i], state, err);
    free(state);
    return ok;
}

ts_applications *ts_applications_parse(const char *file, const void *data, size_t size,
                                       ts_err **err)
{
    ts_applications *c = ts_alloc(sizeof(*c));
    if (!c || !(c->arena = ts_arena_new())) {
        free(c);
        ts_fail_nomem(err);
        return NULL;
    }
    c->file = ts_arena_strdup(c->arena, file);
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_APPLICATIONS_BYTES_MAX,
                            .expected = "a catalogue of applications"};
    ts_xml_doc *doc = c->file ? ts_xml_parse(&source, c->arena, err) : NULL;
    bool ok = doc && read_all(c, ts_xml_root(doc), err) && sort_aliases(c, err) &&
              resolve(c, err) && check_cycles(c, err);
    if (!c->file)
        ts_fail_nomem(err);
    ts_xml_free(doc);
    if (!ok) {
        ts_applications_free(c);
        return NULL;
    }
    return c;
}

const ts_application *ts_applications_find(const ts_applications *catalogue, const char *name)
{
    size_t low = 0, high = catalogue->n_aliases;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ts_str_casecmp(catalogue->aliases[middle].text, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < catalogue->n_aliases && ts_str_ieq(catalogue->aliases[low].text, name); low++)
        if (catalogue->aliases[low].is_id || strcmp(catalogue->aliases[low].text, name) == 0)
            return catalogue->aliases[low].a;
    return NULL;
}

const ts_application *ts_applications_program(const ts_applications *catalogue, const char *package,
                                              const char *name)
{
    for (size_t i = 0; i < catalogue->n; i++) {
        const ts_application *a = &catalogue->items[i];
        if (a->is_program && strcmp(a->package, package) == 0 &&
            (!*name || strcmp(a->name, name) == 0))
            return a;
    }
    return NULL;
}
