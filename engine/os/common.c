/* common.c - parts of reading files and folders that are alike on every system. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#include <ts/mem.h>

bool ts_read_grow(char **data, size_t *cap, ts_err **err)
{
    char *bigger = *cap > SIZE_MAX / 4 ? NULL : ts_realloc_array(*data, *cap * 2 + 1, 1);
    if (!bigger)
        return ts_fail_nomem(err);
    *data = bigger;
    *cap *= 2;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool ts_names_list(const ts_buf *names, size_t count, char ***out, ts_err **err)
{
    char **list = ts_alloc((count + 1) * sizeof(char *) + names->len);
    if (!list)
        return ts_fail_nomem(err);
    char *at = (char *)(list + count + 1);
    if (names->len > 0)
        memcpy(at, names->data, names->len);
    for (size_t i = 0; i < count; i++) {
        list[i] = at;
        at += strlen(at) + 1;
    }
    qsort(list, count, sizeof(char *), compare_names);
    *out = list;
    return true;
}

bool ts_file_wipe(const char *path, ts_err **err)
{
    static const char zeros[64];
    uint64_t size = 0;
    if (!ts_file_exists(path))
        return true;
    ts_file *file = ts_file_open(path, TS_FILE_UPDATE, true, err);
    bool ok = file && ts_file_size(file, &size, err);
    for (uint64_t at = 0; ok && at < size; at += sizeof zeros)
        ok = ts_file_pwrite(file, zeros, sizeof zeros, at, err);
    ok = ok && ts_file_sync(file, err);
    ts_file_close(file);
    return ok && ts_file_remove(path, err);
}

typedef struct walk {
    unsigned max;
    ts_folder_visit visit;
    void *ctx;
} walk;

static bool walk_below(const walk *w, const char *from, const char *to, unsigned depth,
                       ts_err **err)
{
    char **names = NULL;
    if (depth == w->max)
        return ts_fail(err, TS_LIMIT, "'%s' is more than %u folders deep", from, w->max);
    bool ok = w->visit(w->ctx, from, to, true, err) && ts_folder_list(from, &names, err);
    for (size_t i = 0; ok && names[i] != NULL; i++) {
        TS_CLEANUP(ts_free_ptr) char *source = ts_path_join(from, names[i]);
        TS_CLEANUP(ts_free_ptr) char *target = ts_path_join(to, names[i]);
        if (source == NULL || target == NULL)
            ok = ts_fail_nomem(err);
        else if (ts_file_is_folder(source))
            ok = walk_below(w, source, target, depth + 1, err);
        else
            ok = w->visit(w->ctx, source, target, false, err);
    }
    free(names);
    return ok;
}

bool ts_folder_walk(const char *from, const char *to, unsigned depth, ts_folder_visit visit,
                    void *ctx, ts_err **err)
{
    const walk w = {.max = depth, .visit = visit, .ctx = ctx};
    return walk_below(&w, from, to, 0, err);
}
