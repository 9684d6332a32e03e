/* share_drivers.c - Drivers.xml, DriverGroups.xml and SelectionProfiles.xml of a deployment share.
 */
#include <ts/share.h>

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "xml.h"

#define ROOT_FOLDER   "Out-of-Box Drivers" /* as selection profiles call it */
#define DEFAULT_GROUP "default"            /* the group of what lies in the root folder itself */

struct ts_share_drivers {
    ts_arena *arena;
    ts_share_driver *items;
    size_t n, total;
};

typedef struct paths {
    struct {
        const char *path;
        bool include;
    } * items;
    size_t n;
} paths;

/* What the folders that count hold: GUIDs without braces, sorted. */
typedef struct members {
    const char **items;
    size_t n, cap;
} members;

static const char *text_of(ts_xml *e, const char *name)
{
    ts_xml *child = ts_xml_each(e, NULL, name);
    return child && !ts_str_blank(child->text) ? child->text : "";
}

static bool is_enabled(ts_xml *e)
{
    const char *text = ts_xml_attr_get(e, "enable");
    return !text || ts_str_ieq(text, "True");
}

static ts_xml_doc *parse(const ts_share_text *text, const char *expected, ts_arena *arena,
                         ts_err **err)
{
    const ts_xml_source source = {.file = text->file,
                                  .data = text->data,
                                  .size = text->size,
                                  .max = TS_SHARE_LIST_BYTES_MAX,
                                  .expected = expected};
    return ts_xml_parse(&source, arena, err);
}

/* --- Selection profiles ---------------------------------------------------------------------- */

/* <SelectionProfile><Include path="..."/><Exclude path="..."/></SelectionProfile> */
static bool read_definition(const char *file, const char *definition, ts_arena *arena, paths *out,
                            ts_err **err)
{
    const ts_share_text text = {.file = file, .data = definition, .size = strlen(definition)};
    ts_xml_doc *doc = parse(&text, "a selection profile", arena, err);
    size_t n = 0;
    if (!doc)
        return false;
    ts_xml *root = ts_xml_root(doc);
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e))
        n++;
    bool ok = n <= TS_SHARE_PROFILE_PATHS_MAX ||
              ts_fail(err, TS_LIMIT, "%s: the selection profile names more than %u folders", file,
                      TS_SHARE_PROFILE_PATHS_MAX);
    out->items = ok ? ts_arena_alloc(arena, (n + 1) * sizeof *out->items) : NULL;
    if (ok && !out->items)
        ok = ts_fail_nomem(err);
    for (ts_xml *e = ok ? ts_xml_next(root, NULL) : NULL; e; e = ts_xml_next(root, e)) {
        const char *path = ts_xml_attr_get(e, "path");
        bool include = ts_str_ieq(e->name, "Include");
        if (!path || (!include && !ts_str_ieq(e->name, "Exclude")))
            continue;
        out->items[out->n].path = path;
        out->items[out->n++].include = include;
    }
    ts_xml_free(doc);
    return ok;
}

/* The profiles that every share has (MDT documentation, "Selection profiles"). */
static const char *built_in(const char *name)
{
    static const struct {
        const char *name, *definition;
    } known[] = {
        {"All Drivers", "<SelectionProfile><Include path='" ROOT_FOLDER "'/></SelectionProfile>"},
        {"All Drivers and Packages",
         "<SelectionProfile><Include path='" ROOT_FOLDER "'/></SelectionProfile>"},
        {"All Packages", "<SelectionProfile/>"},
        {"Nothing", "<SelectionProfile/>"},
    };
    for (size_t i = 0; i < TS_COUNT(known); i++)
        if (ts_str_ieq(known[i].name, name))
            return known[i].definition;
    return NULL;
}

/* *definition: NULL when the file has no such profile. In the arena. */
static bool find_profile(const ts_share_text *profiles, const char *name, ts_arena *arena,
                         const char **definition, ts_err **err)
{
    ts_xml_doc *doc = parse(profiles, "a list of selection profiles", arena, err);
    *definition = NULL;
    if (!doc)
        return false;
    ts_xml *root = ts_xml_root(doc);
    for (ts_xml *e = ts_xml_each(root, NULL, "selectionProfile"); e && !*definition;
         e = ts_xml_each(root, e, "selectionProfile"))
        if (ts_str_ieq(text_of(e, "Name"), name))
            *definition = text_of(e, "Definition");
    ts_xml_free(doc);
    return true;
}

static bool read_profile(const ts_share_text *profiles, const ts_share_choice *choice,
                         ts_arena *arena, paths *out, ts_err **err)
{
    const char *name = choice->profile ? choice->profile : "";
    const char *definition = choice->definition && *choice->definition ? choice->definition : NULL;
    const char *file = definition ? "the custom selection profile" : profiles->file;
    if (!definition && profiles->data && !find_profile(profiles, name, arena, &definition, err))
        return false;
    if (!definition)
        definition = built_in(name);
    if (!definition)
        return ts_fail(err, TS_NOT_FOUND,
                       "there is no selection profile '%s' in '%s': choose one that the Workbench "
                       "shows",
                       name, profiles->file);
    return !*definition || read_definition(file, definition, arena, out, err) ||
           ts_wrap(err, "selection profile '%s'", name);
}

/* The folder's own path, or the nearest above it that the profile names. */
static bool is_included(const paths *profile, char *path)
{
    for (;;) {
        for (size_t i = 0; i < profile->n; i++)
            if (ts_str_ieq(profile->items[i].path, path))
                return profile->items[i].include;
        char *cut = strrchr(path, '\\');
        if (!cut)
            return false;
        *cut = '\0';
    }
}

/* --- Folders --------------------------------------------------------------------------------- */

static bool in_groups(const ts_share_choice *choice, const char *name, const char *with_end)
{
    for (size_t i = 0; choice->groups && choice->groups[i]; i++) {
        const char *group = choice->groups[i];
        if (ts_str_ieq(name, group) ||
            (!choice->whole_names && *group && ts_str_icontains(with_end, group)))
            return true;
    }
    return false;
}

static bool counts(const ts_share_choice *choice, const paths *profile, const char *name, bool *yes,
                   ts_err **err)
{
    bool top = ts_str_ieq(name, DEFAULT_GROUP);
    char *path TS_CLEANUP(ts_free_ptr) = top ? ts_strdup(ROOT_FOLDER)
                                             : ts_sprintf(ROOT_FOLDER "\\%s", name);
    char *with_end TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s\\", name);
    if (!path || !with_end)
        return ts_fail_nomem(err);
    *yes = is_included(profile, path) || in_groups(choice, name, with_end);
    return true;
}

static bool add_members(members *m, ts_xml *group, ts_err **err)
{
    for (ts_xml *e = ts_xml_each(group, NULL, "Member"); e; e = ts_xml_each(group, e, "Member")) {
        if (m->n == m->cap) {
            size_t cap = m->cap == 0 ? 256 : m->cap * 2;
            const char **grown = ts_realloc_array(m->items, cap, sizeof *grown);
            if (!grown)
                return ts_fail_nomem(err);
            m->items = grown;
            m->cap = cap;
        }
        if (e->text)
            m->items[m->n++] = e->text;
    }
    return true;
}

static int compare(const void *x, const void *y)
{
    return ts_str_casecmp(*(const char *const *)x, *(const char *const *)y);
}

static bool read_groups(const ts_share_text *groups, const ts_share_choice *choice,
                        const paths *profile, ts_arena *arena, members *m, ts_err **err)
{
    if (!groups->data)
        return ts_fail(err, TS_NOT_FOUND,
                       "'%s' is missing: it says which drivers are in which folder", groups->file);
    ts_xml_doc *doc = parse(groups, "a list of driver folders", arena, err);
    bool ok = doc != NULL;
    ts_xml *root = ok ? ts_xml_root(doc) : NULL;
    for (ts_xml *e = ok ? ts_xml_each(root, NULL, "group") : NULL; ok && e;
         e = ts_xml_each(root, e, "group")) {
        bool yes = false;
        ok = !is_enabled(e) || (counts(choice, profile, text_of(e, "Name"), &yes, err) &&
                                (!yes || add_members(m, e, err)));
    }
    if (m->n > 0)
        qsort(m->items, m->n, sizeof *m->items, compare);
    ts_xml_free(doc);
    return ok;
}

/* --- Drivers --------------------------------------------------------------------------------- */

/* The texts of all children of a name, NULL-terminated. */
static const char **texts_of(ts_xml *e, const char *name, ts_arena *arena)
{
    size_t n = 0;
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        n += ts_str_ieq(c->name, name);
    const char **list = ts_arena_alloc(arena, (n + 1) * sizeof *list);
    n = 0;
    for (ts_xml *c = list ? ts_xml_next(e, NULL) : NULL; c; c = ts_xml_next(e, c))
        if (ts_str_ieq(c->name, name) && !ts_str_blank(c->text))
            list[n++] = c->text;
    return list;
}

static bool add_driver(ts_share_drivers *list, ts_xml *e, const char *guid, ts_err **err)
{
    ts_share_driver *d = &list->items[list->n];
    const char **platforms = texts_of(e, "Platform", list->arena);
    ts_buf text;
    ts_buf_init(&text, 256);
    for (size_t i = 0; platforms && platforms[i]; i++)
        ts_buf_printf(&text, "%s%s", i ? " " : "", platforms[i]);
    d->guid = guid;
    d->name = text_of(e, "Name");
    d->source = text_of(e, "Source");
    d->ids = texts_of(e, "PNPId", list->arena);
    d->platforms = ts_arena_strdup(list->arena, ts_buf_text(&text));
    d->line = e->line;
    ts_buf_done(&text);
    if (!platforms || !d->ids || !d->platforms)
        return ts_fail_nomem(err);
    list->n++;
    return true;
}

/* `m` NULL: all of them. */
static bool read_drivers(ts_share_drivers *list, const ts_share_text *drivers, const members *m,
                         ts_err **err)
{
    ts_xml_doc *doc = parse(drivers, "a list of drivers", list->arena, err);
    if (!doc)
        return false;
    ts_xml *root = ts_xml_root(doc);
    for (ts_xml *e = ts_xml_each(root, NULL, "driver"); e; e = ts_xml_each(root, e, "driver"))
        list->total++;
    bool ok = ts_str_ieq(root->name, "drivers") ||
              ts_xml_fail(root, err, "<%s> is no list of drivers: expected <drivers>", root->name);
    ok = ok && (list->total <= TS_SHARE_DRIVERS_MAX ||
                ts_fail(err, TS_LIMIT, "'%s' has more than %u drivers", drivers->file,
                        TS_SHARE_DRIVERS_MAX));
    list->items = ok ? ts_arena_alloc(list->arena, (list->total + 1) * sizeof *list->items) : NULL;
    if (ok && !list->items)
        ok = ts_fail_nomem(err);
    for (ts_xml *e = ok ? ts_xml_each(root, NULL, "driver") : NULL; ok && e;
         e = ts_xml_each(root, e, "driver")) {
        const char *guid = "";
        ok = ts_xml_str(e, "guid", TS_XML_REQUIRED, &guid, err);
        bool chosen = !m || (m->n > 0 && bsearch(&guid, m->items, m->n, sizeof *m->items, compare));
        ok = ok && (!chosen || !is_enabled(e) || add_driver(list, e, guid, err));
    }
    ts_xml_free(doc);
    return ok;
}

ts_share_drivers *ts_share_drivers_read(const ts_share_text *drivers, const ts_share_text *groups,
                                        const ts_share_text *profiles,
                                        const ts_share_choice *choice, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_share_drivers *list = arena ? ts_arena_alloc(arena, sizeof *list) : NULL;
    bool named = choice->profile && *choice->profile && !ts_str_ieq(choice->profile, "Everything");
    bool all = !named && (!choice->definition || !*choice->definition);
    paths profile = {.n = 0};
    members m = {.n = 0};
    if (!list) {
        ts_arena_free(arena);
        ts_fail_nomem(err);
        return NULL;
    }
    *list = (ts_share_drivers){.arena = arena};
    bool ok = (all || (read_profile(profiles, choice, arena, &profile, err) &&
                       read_groups(groups, choice, &profile, arena, &m, err))) &&
              read_drivers(list, drivers, all ? NULL : &m, err);
    free(m.items);
    if (ok)
        return list;
    ts_share_drivers_free(list);
    return NULL;
}

void ts_share_drivers_free(ts_share_drivers *list)
{
    if (list)
        ts_arena_free(list->arena);
}

size_t ts_share_drivers_count(const ts_share_drivers *list)
{
    return list->n;
}

size_t ts_share_drivers_total(const ts_share_drivers *list)
{
    return list->total;
}

const ts_share_driver *ts_share_drivers_at(const ts_share_drivers *list, size_t i)
{
    return i < list->n ? &list->items[i] : NULL;
}

bool ts_share_driver_is_for(const ts_share_driver *driver, const char *platform)
{
    size_t len = strlen(platform);
    bool any = false;
    for (const char *at = driver->platforms; *at;) {
        size_t n = strcspn(at, " ");
        if (n == len && ts_str_ncasecmp(at, platform, n) == 0)
            return true;
        any |= n > 0;
        at += n + (at[n] == ' ');
    }
    return !any;
}

char *ts_share_driver_path(const ts_share_driver *driver, const char *root, ts_err **err)
{
    const char *path = driver->source;
    if (path[0] == '.' && (path[1] == '\\' || path[1] == '/'))
        path += 2;
    if (!*path || !ts_path_is_inside(path)) {
        ts_fail(err, TS_SCHEMA, "driver '%s' (line %u): Source '%s' is no file of the share",
                driver->name, (unsigned)driver->line, driver->source);
        return NULL;
    }
    char *full = ts_path_join(root, path);
    if (!full)
        ts_fail_nomem(err);
    for (char *p = full; p && *p; p++)
        *p = (char)(*p == '\\' ? '/' : *p);
    return full;
}
