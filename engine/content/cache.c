/* cache.c - the size of the cache: who was used last stays. */
#include "cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define LIST_NAME "used.txt"

typedef struct item {
    char name[72]; /* of a blob its digest; of a part "<digest>.part" and the like */
    uint64_t size;
    int64_t used; /* milliseconds since 1970; 0: never, or not known */
    bool part;
    bool kept; /* the next package needs it */
} item;

typedef struct cache {
    const char *folder;
    item *items; /* sorted by name */
    size_t n, room;
    uint64_t bytes;
} cache;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const item *)a)->name, ((const item *)b)->name);
}

/* Those that leave first come first. */
static int by_use(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->kept != y->kept)
        return x->kept ? 1 : -1;
    if (x->part != y->part)
        return x->part ? -1 : 1;
    if (x->used != y->used)
        return x->used < y->used ? -1 : 1;
    return strcmp(x->name, y->name);
}

static item *find(const cache *c, const char *name)
{
    item key;
    snprintf(key.name, sizeof key.name, "%s", name);
    return c->n ? bsearch(&key, c->items, c->n, sizeof *c->items, by_name) : NULL;
}

static char *place(const cache *c, const item *i)
{
    return ts_sprintf("%s/%s/%s", c->folder, i->part ? "parts" : "blobs/sha256", i->name);
}

/* --- Reading -------------------------------------------------------------------------------- */

static bool add_item(cache *c, const char *name, bool part, ts_err **err)
{
    ts_path_info info;
    item i = {.part = part};
    if (strlen(name) >= sizeof i.name) /* not ours */
        return true;
    if (c->n == TS_CACHE_BLOBS_MAX)
        return ts_fail(err, TS_LIMIT, "the cache '%s' has more than %u files", c->folder,
                       TS_CACHE_BLOBS_MAX);
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 256;
        item *more = ts_realloc_array(c->items, room, sizeof *more);
        if (!more)
            return ts_fail_nomem(err);
        c->items = more;
        c->room = room;
    }
    memcpy(i.name, name, strlen(name) + 1);
    TS_CLEANUP(ts_free_ptr) char *path = place(c, &i);
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_path_look(path, &info, NULL) || info.kind != TS_PATH_FILE)
        return true;
    i.size = part && info.on_disk < info.size ? info.on_disk : info.size;
    i.kept = part && info.modified > ts_clock_now() - TS_CACHE_PART_MS; /* somebody fetches it */
    c->bytes += i.size;
    c->items[c->n++] = i;
    return true;
}

static bool add_folder(cache *c, const char *name, bool part, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(c->folder, name);
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (!folder)
        return ts_fail_nomem(err);
    if (!ts_file_is_folder(folder))
        return true;
    if (!ts_folder_list(folder, &names, err))
        return false;
    for (size_t i = 0; names[i]; i++) {
        if (!add_item(c, names[i], part, err))
            return false;
    }
    return true;
}

/* A list that is damaged costs the order, nothing else. */
static void read_list(cache *c, char *text)
{
    for (char *line = text; *line;) {
        char *next = strchr(line, '\n');
        char *blank = strchr(line, ' ');
        int64_t used = 0;
        if (next)
            *next = '\0';
        if (blank && (!next || blank < next)) {
            *blank = '\0';
            item *i = find(c, line);
            if (i && ts_str_int64(blank + 1, &used))
                i->used = used;
        }
        line = next ? next + 1 : line + strlen(line);
    }
}

static bool open_cache(cache *c, const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, LIST_NAME);
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t size = 0;
    *c = (cache){.folder = folder};
    if (!path)
        return ts_fail_nomem(err);
    if (!add_folder(c, "blobs/sha256", false, err) || !add_folder(c, "parts", true, err))
        return false;
    if (c->n)
        qsort(c->items, c->n, sizeof *c->items, by_name);
    if (ts_file_read(path, TS_CACHE_LIST_BYTES, &text, &size, NULL))
        read_list(c, text);
    return true;
}

/* --- Room ----------------------------------------------------------------------------------- */

static int by_digest(const void *a, const void *b)
{
    const ts_blob *const *x = a, *const *y = b;
    return strcmp((*x)->sha256, (*y)->sha256);
}

/* Bytes of a blob that are still to come; what is there of it stays. */
static uint64_t keep(cache *c, const ts_blob *b)
{
    static const char *const ends[] = {"", ".part", ".map", ".clear"};
    uint64_t here = 0;
    for (size_t e = 0; e < TS_COUNT(ends); e++) {
        char name[72];
        snprintf(name, sizeof name, "%s%s", b->sha256, ends[e]);
        item *it = find(c, name);
        if (!it)
            continue;
        it->kept = true;
        if (e < 2 && it->size > here) /* a part has its room from the start, or holes */
            here = it->size;
    }
    return here < b->size ? b->size - here : 0;
}

static bool mark(cache *c, const ts_blob *const *blobs, size_t n, uint64_t *all, uint64_t *need,
                 ts_err **err)
{
    *all = *need = 0;
    TS_CLEANUP(ts_free_ptr) const ts_blob **sorted = ts_alloc_array(n + 1, sizeof(ts_blob *));
    if (!sorted)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = blobs[i];
    qsort(sorted, n, sizeof(ts_blob *), by_digest);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && by_digest(&sorted[i - 1], &sorted[i]) == 0) /* equal files are one blob */
            continue;
        *all += sorted[i]->size;
        *need += keep(c, sorted[i]);
    }
    return true;
}

/* A file that is in use on Windows stays, and the next one goes. */
static void drop_next(cache *c, size_t *next)
{
    item *i = &c->items[(*next)++];
    TS_CLEANUP(ts_free_ptr) char *path = place(c, i);
    if (path && ts_file_remove(path, NULL))
        c->bytes -= i->size;
}

static bool make_room(cache *c, uint64_t max, const char *what, uint64_t need, ts_err **err)
{
    uint64_t free_bytes = 0;
    size_t next = 0;
    if (c->n)
        qsort(c->items, c->n, sizeof *c->items, by_use); /* find() is over */
    while (max && c->bytes + need > max && next < c->n && !c->items[next].kept)
        drop_next(c, &next);
    if (max && c->bytes + need > max)
        return ts_fail(err, TS_LIMIT,
                       "%s needs %" PRIu64 " bytes in the cache '%s', which may hold %" PRIu64
                       ": the rest is in use",
                       what, need, c->folder, max);
    uint64_t others = 0;
    for (size_t i = next; i < c->n && !c->items[i].kept; i++)
        others += c->items[i].size;
    for (;;) {
        if (!ts_disk_free(c->folder, &free_bytes, err))
            return false;
        if (need <= free_bytes)
            return true;
        if (next >= c->n || c->items[next].kept || need > free_bytes + others) /* not in vain */
            return ts_fail(err, TS_LIMIT,
                           "%s needs %" PRIu64 " bytes in the cache '%s', and its disk has %" PRIu64
                           " free with all else removed",
                           what, need, c->folder, free_bytes + others);
        others -= c->items[next].size;
        drop_next(c, &next);
    }
}

bool ts_cache_make_room(const char *folder, uint64_t max, const char *what,
                        const ts_blob *const *blobs, size_t n, ts_err **err)
{
    cache c;
    uint64_t all = 0, need = 0;
    bool ok = open_cache(&c, folder, err) && mark(&c, blobs, n, &all, &need, err);
    if (ok && max && all > max)
        ok = ts_fail(err, TS_LIMIT,
                     "%s has %" PRIu64 " bytes to fetch, and the cache '%s' may hold %" PRIu64
                     "; give it more room, or use no cache",
                     what, all, folder, max);
    ok = ok && make_room(&c, max, what, need, err);
    free(c.items);
    return ok;
}

bool ts_cache_make_bytes(const char *folder, uint64_t max, const char *what, uint64_t need,
                         ts_err **err)
{
    cache c;
    bool ok = open_cache(&c, folder, err) && make_room(&c, max, what, need, err);
    free(c.items);
    return ok;
}

/* --- Use ------------------------------------------------------------------------------------ */

static bool write_list(const cache *c, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(c->folder, LIST_NAME);
    ts_buf text;
    ts_buf_init(&text, TS_CACHE_LIST_BYTES);
    for (size_t i = 0; i < c->n; i++) {
        if (!c->items[i].part && c->items[i].used)
            ts_buf_printf(&text, "%s %" PRId64 "\n", c->items[i].name, c->items[i].used);
    }
    bool ok = (path || ts_fail_nomem(err)) && ts_buf_ok(&text, "the cache's list", err) &&
              ts_file_write_atomic(path, ts_buf_text(&text), text.len, err);
    ts_buf_done(&text);
    return ok;
}

bool ts_cache_note_use(const char *folder, const char *const *digests, size_t n, int64_t now,
                       ts_err **err)
{
    cache c;
    bool ok = open_cache(&c, folder, err), changed = false;
    for (size_t i = 0; ok && i < n; i++) {
        item *it = find(&c, digests[i]);
        if (it) {
            it->used = now;
            changed = true;
        }
    }
    ok = ok && (!changed || write_list(&c, err));
    free(c.items);
    return ok;
}
