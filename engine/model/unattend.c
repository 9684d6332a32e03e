/* unattend.c - the answer file of Windows Setup: tree, reading, settings, writing. */
#include <ts/unattend.h>

#include <stdlib.h>
#include <string.h>

#include "unattend_node.h"
#include "xml.h"

#define NAMESPACE "urn:schemas-microsoft-com:unattend"
#define WCM       "http://schemas.microsoft.com/WMIConfig/2002/State"

static const char *const passes[] = {"windowsPE",   "offlineServicing", "generalize", "specialize",
                                     "auditSystem", "auditUser",        "oobeSystem"};

const char *ts_unattend_pass_name(ts_unattend_pass pass)
{
    return (size_t)pass < TS_COUNT(passes) ? passes[pass] : "";
}

/* --- Tree ----------------------------------------------------------------------------------- */

static ts_unattend_node *node_new(ts_unattend *u, const char *name, size_t len)
{
    ts_unattend_node *n = ts_arena_alloc(u->arena, sizeof(*n));
    if (n)
        n->name = ts_arena_strndup(u->arena, name, len);
    return n && n->name ? n : NULL;
}

static ts_unattend_node *append(ts_unattend *u, ts_unattend_node *parent, const char *name,
                                size_t len)
{
    ts_unattend_node *n = node_new(u, name, len);
    ts_unattend_node **at = &parent->first;
    while (*at)
        at = &(*at)->next;
    *at = n;
    return n;
}

static bool attr_add(ts_unattend *u, ts_unattend_node *n, const char *name, const char *value)
{
    ts_unattend_attr *a = ts_arena_alloc(u->arena, sizeof(*a));
    ts_unattend_attr **at = &n->attrs;
    if (!a)
        return false;
    a->name = ts_arena_strdup(u->arena, name);
    a->value = ts_arena_strdup(u->arena, value);
    while (*at)
        at = &(*at)->next;
    *at = a;
    return a->name && a->value;
}

const char *ts_unattend_attr_of(const ts_unattend_node *n, const char *name)
{
    for (const ts_unattend_attr *a = n->attrs; a; a = a->next)
        if (strcmp(a->name, name) == 0)
            return a->value;
    return "";
}

static void wipe_texts(ts_unattend_node *n)
{
    for (ts_unattend_node *child = n->first; child; child = child->next)
        wipe_texts(child);
    ts_free_secret(n->text);
    n->text = NULL;
}

void ts_unattend_free(ts_unattend *u)
{
    if (!u)
        return;
    if (u->root)
        wipe_texts(u->root);
    ts_arena_free(u->arena);
    free(u);
}

static ts_unattend *empty(const char *architecture, ts_err **err)
{
    static const char *const known[] = {"amd64", "x86", "arm64"};
    const char *name = NULL;
    for (size_t i = 0; i < TS_COUNT(known); i++)
        name = ts_str_ieq(architecture, known[i]) ? known[i] : name;
    if (!name) {
        ts_fail(err, TS_SCHEMA, "'%s' is no architecture of an answer file (amd64, x86, arm64)",
                architecture ? architecture : "");
        return NULL;
    }
    ts_unattend *u = ts_alloc(sizeof(*u));
    if (u) {
        u->architecture = name;
        u->arena = ts_arena_new();
        u->root = u->arena ? node_new(u, "unattend", strlen("unattend")) : NULL;
    }
    if (!u || !u->root) {
        ts_unattend_free(u);
        ts_fail_nomem(err);
        return NULL;
    }
    return u;
}

ts_unattend *ts_unattend_new(const char *architecture, ts_err **err)
{
    return empty(architecture, err);
}

/* --- Reading --------------------------------------------------------------------------------- */

/* The parser strips prefixes. "action" and "keyValue" below <settings> belong to WCM; those of
 * <servicing> packages do not. */
static bool copy_attrs(ts_unattend *u, const ts_xml *from, ts_unattend_node *to, bool in_settings)
{
    for (uint32_t i = 0; i < from->n_attrs; i++) {
        const char *name = from->attrs[i].name;
        bool wcm = in_settings && (strcmp(name, "action") == 0 || strcmp(name, "keyValue") == 0);
        char *full TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s%s", wcm ? "wcm:" : "", name);
        if (!full || !attr_add(u, to, full, from->attrs[i].value))
            return false;
    }
    return true;
}

static bool copy_tree(ts_unattend *u, ts_xml *from, ts_unattend_node *to, bool in_settings)
{
    to->line = from->line;
    bool inside = in_settings || strcmp(from->name, "settings") == 0;
    if (!copy_attrs(u, from, to, inside))
        return false;
    if (from->text && *from->text) {
        to->text = ts_strdup(from->text);
        if (!to->text)
            return false;
    }
    for (ts_xml *child = ts_xml_next(from, NULL); child; child = ts_xml_next(from, child)) {
        /* Windows System Image Manager's note which image it was made from; Setup ignores it. */
        if (strcmp(child->name, "offlineImage") == 0)
            continue;
        ts_unattend_node *copy = append(u, to, child->name, strlen(child->name));
        if (!copy || !copy_tree(u, child, copy, inside))
            return false;
    }
    return true;
}

static bool check_architecture(const ts_unattend *u, const char *file, ts_err **err)
{
    const char *other = NULL;
    for (const ts_unattend_node *s = u->root->first; s; s = s->next)
        for (const ts_unattend_node *c = s->first; c; c = c->next) {
            const char *has = ts_unattend_attr_of(c, "processorArchitecture");
            if (ts_str_ieq(has, u->architecture))
                return true;
            other = *has && !other ? has : other;
        }
    return !other || ts_fail(err, TS_SCHEMA,
                             "answer file '%s' has components for '%s' only, and the image is for "
                             "'%s'",
                             file, other, u->architecture);
}

ts_unattend *ts_unattend_read(const char *file, const void *data, size_t size,
                              const char *architecture, ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_UNATTEND_MAX,
                            .expected = "an answer file (<unattend>)"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    if (!doc)
        return NULL;
    ts_xml *root = ts_xml_root(doc);
    ts_unattend *u = NULL;
    bool ok = strcmp(root->name, "unattend") == 0 ||
              ts_xml_fail(root, err, "<%s> is no answer file: it begins with <unattend>",
                          root->name);
    ok = ok && (u = empty(architecture, err)) != NULL;
    if (ok && !copy_tree(u, root, u->root, false))
        ok = ts_fail_nomem(err);
    ok = ok && check_architecture(u, file, err);
    ts_xml_free(doc);
    if (!ok) {
        ts_unattend_free(u);
        return NULL;
    }
    return u;
}

/* --- Settings --------------------------------------------------------------------------------- */

static ts_unattend_node *find_settings(const ts_unattend *u, const char *pass)
{
    for (ts_unattend_node *n = u->root->first; n; n = n->next)
        if (strcmp(n->name, "settings") == 0 && ts_str_ieq(ts_unattend_attr_of(n, "pass"), pass))
            return n;
    return NULL;
}

static ts_unattend_node *find_component(const ts_unattend *u, const ts_unattend_node *settings,
                                        const char *name)
{
    for (ts_unattend_node *n = settings ? settings->first : NULL; n; n = n->next)
        if (strcmp(n->name, "component") == 0 && ts_str_ieq(ts_unattend_attr_of(n, "name"), name) &&
            ts_str_ieq(ts_unattend_attr_of(n, "processorArchitecture"), u->architecture))
            return n;
    return NULL;
}

/* One step of a path: name length, and the number in [n] (0: none). */
static size_t segment(const char *path, size_t *name_len, unsigned *number)
{
    size_t len = strcspn(path, "/");
    *name_len = strcspn(path, "/[");
    *number = path[*name_len] == '[' ? (unsigned)strtoul(path + *name_len + 1, NULL, 10) : 0;
    return len;
}

static ts_unattend_node *find_child(const ts_unattend_node *parent, const char *name, size_t len,
                                    unsigned number)
{
    unsigned seen = 0;
    for (ts_unattend_node *n = parent->first; n; n = n->next)
        if (strlen(n->name) == len && strncmp(n->name, name, len) == 0 &&
            ++seen == (number ? number : 1))
            return n;
    return NULL;
}

static ts_unattend_node *find_path(const ts_unattend *u, ts_unattend_pass pass,
                                   const char *component, const char *path)
{
    ts_unattend_node *n = find_component(u, find_settings(u, ts_unattend_pass_name(pass)),
                                         component);
    while (n && *path) {
        size_t len;
        unsigned number;
        size_t whole = segment(path, &len, &number);
        n = find_child(n, path, len, number);
        path += whole + (path[whole] == '/');
    }
    return n;
}

const char *ts_unattend_get(const ts_unattend *u, ts_unattend_pass pass, const char *component,
                            const char *path)
{
    const ts_unattend_node *n = find_path(u, pass, component, path);
    return n ? n->text : NULL;
}

static ts_unattend_node *make_component(ts_unattend *u, ts_unattend_pass pass, const char *name)
{
    const char *pass_name = ts_unattend_pass_name(pass);
    ts_unattend_node *settings = find_settings(u, pass_name);
    if (!settings) {
        settings = append(u, u->root, "settings", strlen("settings"));
        if (!settings || !attr_add(u, settings, "pass", pass_name))
            return NULL;
    }
    ts_unattend_node *c = find_component(u, settings, name);
    if (c)
        return c;
    c = append(u, settings, "component", strlen("component"));
    /* The token is that of Microsoft's signing key, the same for every component. */
    bool ok = c && attr_add(u, c, "name", name) &&
              attr_add(u, c, "processorArchitecture", u->architecture) &&
              attr_add(u, c, "publicKeyToken", "31bf3856ad364e35") &&
              attr_add(u, c, "language", "neutral") && attr_add(u, c, "versionScope", "nonSxS");
    return ok ? c : NULL;
}

bool ts_unattend_set(ts_unattend *u, ts_unattend_pass pass, const char *component, const char *path,
                     const char *value, ts_err **err)
{
    if (strlen(path) > TS_UNATTEND_PATH_MAX)
        return ts_fail(err, TS_LIMIT, "the path of a setting is longer than %u bytes",
                       TS_UNATTEND_PATH_MAX);
    ts_unattend_node *n = make_component(u, pass, component);
    while (n && *path) {
        size_t len;
        unsigned number;
        size_t whole = segment(path, &len, &number);
        ts_unattend_node *child = find_child(n, path, len, number);
        if (!child) {
            child = append(u, n, path, len);
            if (child && number && !attr_add(u, child, "wcm:action", "add"))
                child = NULL;
        }
        n = child;
        path += whole + (path[whole] == '/');
    }
    char *copy = ts_strdup(value);
    if (!n || !copy) {
        ts_free_secret(copy);
        return ts_fail_nomem(err);
    }
    ts_free_secret(n->text);
    n->text = copy;
    return true;
}

void ts_unattend_remove(ts_unattend *u, ts_unattend_pass pass, const char *component,
                        const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent_path TS_CLEANUP(ts_free_ptr) = ts_strndup(path,
                                                           slash ? (size_t)(slash - path) : 0);
    ts_unattend_node *gone = find_path(u, pass, component, path);
    ts_unattend_node *parent = parent_path ? find_path(u, pass, component, parent_path) : NULL;
    for (ts_unattend_node **at = parent && gone ? &parent->first : NULL; at && *at;
         at = &(*at)->next)
        if (*at == gone) {
            wipe_texts(gone);
            *at = gone->next;
            return;
        }
}

static bool expand_node(ts_unattend_node *n, const ts_vars *vars, ts_err **err)
{
    if (n->text && strchr(n->text, '%')) {
        ts_value value = {0};
        unsigned unresolved = 0;
        if (!ts_vars_expand(vars, n->text, &value, &unresolved, err))
            return ts_wrap(err, "answer file line %u", n->line);
        char *copy = ts_strdup(value.text);
        ts_value_done(&value);
        if (!copy)
            return ts_fail_nomem(err);
        ts_free_secret(n->text);
        n->text = copy;
    }
    for (ts_unattend_node *child = n->first; child; child = child->next)
        if (!expand_node(child, vars, err))
            return false;
    return true;
}

bool ts_unattend_expand(ts_unattend *u, const ts_vars *vars, ts_err **err)
{
    return expand_node(u->root, vars, err);
}

/* --- Writing -----------------------------------------------------------------------------------
 */

static void write_node(ts_xml_writer *w, const ts_unattend_node *n, unsigned depth)
{
    ts_xml_writer_open(w, n->name);
    if (depth == 0) {
        ts_xml_writer_attr(w, "xmlns", NAMESPACE);
        ts_xml_writer_attr(w, "xmlns:wcm", WCM);
    }
    for (const ts_unattend_attr *a = n->attrs; a; a = a->next)
        if (strncmp(a->name, "xmlns", 5) != 0)
            ts_xml_writer_attr(w, a->name, a->value);
    if (n->text && !n->first)
        ts_xml_writer_text(w, n->text);
    for (const ts_unattend_node *child = n->first; child; child = child->next)
        write_node(w, child, depth + 1);
    ts_xml_writer_close(w);
}

bool ts_unattend_write(const ts_unattend *u, ts_buf *out, ts_err **err)
{
    ts_xml_writer w;
    ts_xml_writer_init(&w, out);
    write_node(&w, u->root, 0);
    return ts_xml_writer_end(&w, err) || ts_wrap(err, "cannot write the answer file");
}
