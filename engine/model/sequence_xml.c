/* sequence_xml.c - a <sequence> element into the instruction table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "nodes.h"

_Static_assert(TS_SEQUENCE_DEPTH_MAX == TS_XML_DEPTH_MAX, "the parser enforces the depth");

#define NUMBER_BYTES 24u /* '#', a 64-bit number, NUL */

/* A plain path and how often it was seen. */
typedef struct path_entry {
    const char *path; /* of a node, with its "#n" */
    size_t len;       /* without "#n" */
    uint32_t count;
} path_entry;

typedef struct table {
    ts_load load;
    ts_node *nodes;
    size_t n_nodes;    /* filled so far */
    path_entry *paths; /* open addressing, a power of two, at most half full */
    size_t n_paths;
} table;

/* --- Paths --------------------------------------------------------------------------------- */

static size_t hash(const char *text, size_t len)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return (size_t)(h ^ (h >> 32));
}

static path_entry *find_path(table *t, const char *path, size_t len)
{
    size_t at = hash(path, len) & (t->n_paths - 1);
    while (t->paths[at].path &&
           (t->paths[at].len != len || memcmp(t->paths[at].path, path, len) != 0))
        at = (at + 1) & (t->n_paths - 1);
    return &t->paths[at];
}

/* At most `max` bytes of a name, whole characters only. */
static size_t cut(const char *name, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)name[max] & 0xC0) == 0x80)
        max--;
    return max;
}

/* Writes "prefix/name#n"; the length without "#n" comes back. */
static size_t make_path(table *t, const char *prefix, size_t prefix_len, ts_node *node)
{
    char path[TS_NODE_PATH_MAX + NUMBER_BYTES];
    size_t name_len = strlen(node->name), len;
    if (prefix_len >= TS_NODE_PATH_MAX || prefix_len + 1 + name_len > TS_NODE_PATH_MAX) {
        prefix = "...";
        prefix_len = 3;
        name_len = cut(node->name, name_len, TS_NODE_PATH_MAX - 4);
    }
    len = (size_t)snprintf(path, sizeof path, "%.*s%s%.*s", (int)prefix_len, prefix,
                           prefix_len > 0 ? "/" : "", (int)name_len, node->name);
    path_entry *seen = find_path(t, path, len);
    snprintf(path + len, NUMBER_BYTES, "#%u", (unsigned)++seen->count);
    node->path = ts_load_strdup(&t->load, path);
    if (!node->path)
        node->path = "";
    else if (!seen->path)
        *seen = (path_entry){node->path, len, 1};
    return node->path[0] ? len : 0;
}

/* --- The tree ------------------------------------------------------------------------------ */

static size_t count_nodes(ts_xml *parent)
{
    size_t count = 0;
    for (ts_xml *e = ts_xml_next(parent, NULL); e; e = ts_xml_next(parent, e))
        if (ts_load_is_node(e))
            count += 1 + (strcmp(e->name, "group") == 0 ? count_nodes(e) : 0);
    return count;
}

static void load_children(table *t, ts_xml *parent, const ts_node *owner, size_t path_len)
{
    for (ts_xml *e = ts_xml_next(parent, NULL); e; e = ts_xml_next(parent, e)) {
        if (!ts_load_is_node(e))
            continue;
        e->used = true;
        ts_node *node = &t->nodes[t->n_nodes];
        node->index = (uint32_t)t->n_nodes++;
        node->parent = owner;
        ts_load_node(&t->load, e, node);
        size_t len = make_path(t, owner ? owner->path : "", owner ? path_len : 0, node);
        if (node->kind == TS_NODE_GROUP)
            load_children(t, e, node, len);
        node->end = (uint32_t)t->n_nodes;
    }
}

static void load_references(ts_load *load, ts_xml *sequence, ts_sequence *out)
{
    size_t count = 0, n = 0;
    for (ts_xml *l = ts_xml_next(sequence, NULL); l; l = ts_xml_next(sequence, l))
        if (strcmp(l->name, "referenceList") == 0)
            for (ts_xml *r = ts_xml_next(l, NULL); r; r = ts_xml_next(l, r))
                count += strcmp(r->name, "reference") == 0;
    ts_reference *references = NULL;
    if (count > 0 && !(references = ts_load_alloc(load, count, sizeof *references)))
        return;
    for (ts_xml *l = NULL; (l = ts_xml_each(sequence, l, "referenceList")) != NULL;) {
        for (ts_xml *r = NULL; n < count && (r = ts_xml_each(l, r, "reference")) != NULL;) {
            const char *package = ts_xml_attr_get(r, "package");
            const char *program = ts_xml_attr_get(r, "program");
            const char *application = ts_xml_attr_get(r, "application");
            references[n++] = (ts_reference){package ? package : "", program ? program : "",
                                             application ? application : "", r->line};
            ts_load_leftovers(load, r, "package program application");
        }
        ts_load_leftovers(load, l, "reference");
    }
    out->references = references;
    out->n_references = n;
}

static void load_root(ts_load *load, ts_xml *sequence, ts_sequence *out)
{
    const char *version = ts_xml_attr_get(sequence, "version");
    const char *name = ts_xml_attr_get(sequence, "name");
    const char *description = ts_xml_attr_get(sequence, "description");
    out->line = sequence->line;
    out->version = version ? version : "";
    if (!out->name && !ts_str_blank(name))
        out->name = name;
    if (!out->description)
        out->description = description ? description : "";
    if (*out->version && strcmp(out->version, "3.00") != 0 && strcmp(out->version, "3.10") != 0)
        ts_load_warn(load, "load-unknown-version", sequence->line,
                     "the sequence has version '%s'; 3.00 and 3.10 are known", out->version);
    ts_load_settings(load, sequence, "globalVarList", &out->globals, &out->n_globals);
    load_references(load, sequence, out);
}

static bool make_table(table *t, ts_xml *sequence, size_t count, ts_err **err)
{
    t->n_paths = 16;
    while (t->n_paths < count * 2)
        t->n_paths *= 2;
    t->paths = ts_alloc_array(t->n_paths, sizeof *t->paths);
    t->nodes = ts_load_alloc(&t->load, count ? count : 1, sizeof *t->nodes);
    if (!t->paths || !t->nodes)
        return ts_fail_nomem(err);
    load_children(t, sequence, NULL, 0);
    ts_load_leftovers(&t->load, sequence,
                      "version name description referenceList globalVarList group step "
                      "subtasksequence");
    return true;
}

bool ts_sequence_from_xml(ts_arena *arena, ts_xml *sequence, ts_sequence *out, ts_err **err)
{
    size_t count = count_nodes(sequence);
    if (count > TS_SEQUENCE_NODES_MAX)
        return ts_fail(err, TS_LIMIT, "%s:%u: %zu groups and steps are more than the limit of %u",
                       ts_xml_file(sequence), (unsigned)sequence->line, count,
                       TS_SEQUENCE_NODES_MAX);
    table t = {.nodes = NULL};
    ts_load_init(&t.load, arena);
    load_root(&t.load, sequence, out);
    bool ok = make_table(&t, sequence, count, err) &&
              ts_load_finish(&t.load, &out->warnings, &out->n_warnings, err);
    out->nodes = t.nodes;
    out->n_nodes = t.n_nodes;
    free(t.paths);
    ts_load_done(&t.load);
    return ok;
}
