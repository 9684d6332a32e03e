/* mem.c - the only allocator. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

/* Test support only; the engine itself keeps no state that changes. Of each thread: transfers and
 * simulations allocate on several. */
static _Thread_local uint64_t fail_countdown;
static _Thread_local uint64_t calls;

static bool fails_now(void)
{
    calls++;
    if (fail_countdown == 0)
        return false;
    return --fail_countdown == 0;
}

uint64_t ts_alloc_fail_at(uint64_t n)
{
    uint64_t made = calls;
    calls = 0;
    fail_countdown = n;
    return made;
}

void *ts_alloc(size_t size)
{
    return fails_now() ? NULL : calloc(1, size ? size : 1);
}

void *ts_alloc_array(size_t count, size_t size)
{
    if (fails_now() || (size && count > SIZE_MAX / size))
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *ts_realloc_array(void *ptr, size_t count, size_t size)
{
    if (fails_now() || (size && count > SIZE_MAX / size))
        return NULL;
    size_t bytes = count * size;
    return realloc(ptr, bytes ? bytes : 1);
}

char *ts_strndup(const char *text, size_t len)
{
    if (!text)
        return NULL;
    const char *end = memchr(text, 0, len);
    size_t n = end ? (size_t)(end - text) : len;
    char *copy = fails_now() ? NULL : malloc(n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = 0;
    return copy;
}

char *ts_strdup(const char *text)
{
    return text ? ts_strndup(text, strlen(text)) : NULL;
}

char *ts_sprintf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = n < 0 ? NULL : ts_alloc((size_t)n + 1);
    if (!text)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    return text;
}

void ts_free_ptr(void *p)
{
    void **ptr = p;
    free(*ptr);
    *ptr = NULL;
}

void ts_wipe(void *p, size_t size)
{
    volatile unsigned char *byte = p;
    while (size--)
        *byte++ = 0;
}

void ts_free_secret(char *text)
{
    if (!text)
        return;
    ts_wipe(text, strlen(text));
    free(text);
}
