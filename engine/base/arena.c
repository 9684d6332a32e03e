/* arena.c - memory that is freed in one call. */
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#define BLOCK_BYTES (64u * 1024u) /* small enough for a small sequence, large enough to be rare */

typedef struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
} block;

struct ts_arena {
    block *head;
};

ts_arena *ts_arena_new(void)
{
    return ts_alloc(sizeof(ts_arena));
}

void ts_arena_free(ts_arena *arena)
{
    if (!arena)
        return;
    for (block *b = arena->head; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(arena);
}

void *ts_arena_alloc(ts_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + unit - 1) / unit * unit;
    block *b = arena->head;
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES;
        block *fresh = ts_alloc(sizeof(block) + room);
        if (!fresh)
            return NULL;
        fresh->size = room;
        if (b && room == size) { /* a large one: keep filling the current block */
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            arena->head = fresh;
        }
        b = fresh;
    }
    void *p = b->data + b->used;
    b->used += size;
    return p;
}

char *ts_arena_strndup(ts_arena *arena, const char *text, size_t len)
{
    char *copy = ts_arena_alloc(arena, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

char *ts_arena_strdup(ts_arena *arena, const char *text)
{
    return text ? ts_arena_strndup(arena, text, strlen(text)) : NULL;
}
