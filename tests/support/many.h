/* many.h - text with one piece n times, for limits of how many there may be. */
#ifndef TS_TEST_MANY_H
#define TS_TEST_MANY_H

#include "check.h"

#include <ts/text.h>

/* `before` and `after` n times with a number between them, between head and tail. The caller frees
 * with ts_buf_done. `max` bytes at most. */
static inline ts_buf many(size_t max, const char *head, const char *before, const char *after,
                          size_t n, const char *tail)
{
    ts_buf text;
    ts_buf_init(&text, max);
    ts_buf_str(&text, head);
    for (size_t i = 0; i < n; i++)
        ts_buf_printf(&text, "%s%zu%s", before, i, after);
    ts_buf_str(&text, tail);
    assert_true(ts_buf_ok(&text, "text", NULL));
    return text;
}

#endif
