/* share_systems.c - reads Control\OperatingSystems.xml of a deployment share. */
#include <ts/share.h>

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "xml.h"

struct ts_share_systems {
    ts_arena *arena;
    ts_share_system *items;
    size_t n;
};

static const char *text_of(ts_xml *e, const char *name)
{
    ts_xml *child = ts_xml_each(e, NULL, name);
    return child && !ts_str_blank(child->text) ? child->text : "";
}

static bool read_all(ts_share_systems *list, ts_xml *root, ts_err **err)
{
    size_t n = 0;
    if (!ts_str_ieq(root->name, "oss"))
        return ts_xml_fail(root, err, "<%s> is no list of operating systems: expected <oss>",
                           root->name);
    for (ts_xml *e = ts_xml_each(root, NULL, "os"); e; e = ts_xml_each(root, e, "os"))
        n++;
    if (n > TS_SHARE_SYSTEMS_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' has more than %u operating systems", ts_xml_file(root),
                       TS_SHARE_SYSTEMS_MAX);
    list->items = ts_arena_alloc(list->arena, (n + 1) * sizeof *list->items);
    if (!list->items)
        return ts_fail_nomem(err);
    for (ts_xml *e = ts_xml_each(root, NULL, "os"); e; e = ts_xml_each(root, e, "os")) {
        ts_share_system *s = &list->items[list->n];
        if (!ts_xml_str(e, "guid", TS_XML_REQUIRED, &s->guid, err))
            return false;
        s->name = text_of(e, "Name");
        s->image = text_of(e, "ImageFile");
        s->index = text_of(e, "ImageIndex");
        s->flags = text_of(e, "Flags");
        s->build = text_of(e, "Build");
        s->platform = text_of(e, "Platform");
        s->line = e->line;
        list->n++;
    }
    return true;
}

ts_share_systems *ts_share_systems_parse(const char *file, const void *data, size_t size,
                                         ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_share_systems *list = arena ? ts_arena_alloc(arena, sizeof *list) : NULL;
    if (!list) {
        ts_arena_free(arena);
        ts_fail_nomem(err);
        return NULL;
    }
    *list = (ts_share_systems){.arena = arena};
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_SHARE_SYSTEMS_BYTES_MAX,
                            .expected = "a list of operating systems"};
    ts_xml_doc *doc = ts_xml_parse(&source, arena, err);
    bool ok = doc && read_all(list, ts_xml_root(doc), err);
    ts_xml_free(doc);
    if (ok)
        return list;
    ts_share_systems_free(list);
    return NULL;
}

void ts_share_systems_free(ts_share_systems *list)
{
    if (list)
        ts_arena_free(list->arena);
}

size_t ts_share_systems_count(const ts_share_systems *list)
{
    return list->n;
}

const ts_share_system *ts_share_systems_at(const ts_share_systems *list, size_t i)
{
    return i < list->n ? &list->items[i] : NULL;
}

/* The length of a GUID without its braces; *text moves behind the first. */
static size_t bare(const char **text)
{
    *text += **text == '{';
    return strcspn(*text, "}");
}

const ts_share_system *ts_share_systems_find(const ts_share_systems *list, const char *guid)
{
    size_t len = bare(&guid);
    for (size_t i = 0; i < list->n; i++) {
        const char *other = list->items[i].guid;
        if (bare(&other) == len && ts_str_ncasecmp(other, guid, len) == 0)
            return &list->items[i];
    }
    return NULL;
}

char *ts_share_system_image(const ts_share_system *system, const char *root, ts_err **err)
{
    const char *path = system->image;
    if (!*path) {
        ts_fail(err, TS_SCHEMA, "operating system '%s' (line %u) has no ImageFile", system->name,
                (unsigned)system->line);
        return NULL;
    }
    bool whole = ts_path_is_absolute(path);
    if (!whole && path[0] == '.' && (path[1] == '\\' || path[1] == '/'))
        path += 2;
    if (!whole && !ts_path_is_inside(path)) {
        ts_fail(err, TS_SCHEMA,
                "operating system '%s' (line %u): ImageFile '%s' leads out of the "
                "share",
                system->name, (unsigned)system->line, system->image);
        return NULL;
    }
    char *full = whole ? ts_strdup(path) : ts_path_join(root, path);
    if (!full)
        ts_fail_nomem(err);
    for (char *p = full; !whole && p && *p; p++)
        *p = (char)(*p == '\\' ? '/' : *p);
    return full;
}
