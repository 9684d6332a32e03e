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
