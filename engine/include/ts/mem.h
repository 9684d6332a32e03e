/* ts/mem.h - the only allocator, and the arena that owns a loaded sequence.
 *
 * Memory from here is released with free(). Every function returns NULL when memory is out; tests
 * make the n-th call fail (ts_alloc_fail_at), so callers must check. */
#ifndef TS_MEM_H
#define TS_MEM_H

#include <stddef.h>
#include <stdint.h>

#include <ts/compiler.h>

void *ts_alloc(size_t size);                                  /* zeroed */
void *ts_alloc_array(size_t count, size_t size);              /* zeroed, overflow-checked */
void *ts_realloc_array(void *ptr, size_t count, size_t size); /* new part not zeroed */
char *ts_strdup(const char *text);                            /* NULL text gives NULL */
char *ts_strndup(const char *text, size_t len);
char *ts_sprintf(const char *fmt, ...) TS_PRINTF(1, 2);

/* Frees *p and sets it to NULL; for TS_CLEANUP(ts_free_ptr) on `char *` and other owned memory. */
void ts_free_ptr(void *p);
/* Overwrites, in a way that the compiler keeps. */
void ts_wipe(void *p, size_t size);
/* Wipes a NUL-terminated string and frees it; NULL is fine. */
void ts_free_secret(char *text);

/* Test support: the n-th allocation of this thread from now (1 = the next) returns NULL once; 0
 * switches it off. Returns how many allocations of this thread happened since the last call. */
uint64_t ts_alloc_fail_at(uint64_t n);

typedef struct ts_arena ts_arena;
ts_arena *ts_arena_new(void);
void ts_arena_free(ts_arena *arena);
void *ts_arena_alloc(ts_arena *arena, size_t size); /* zeroed, aligned for any type */
char *ts_arena_strdup(ts_arena *arena, const char *text);
char *ts_arena_strndup(ts_arena *arena, const char *text, size_t len);

#endif
