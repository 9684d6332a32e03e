/* test_buf.c - bounded buffers and the arena. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

static void buffer_grows_and_stays_terminated(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        ts_buf_printf(&b, "%d,", i % 10);
    assert_int_equal(b.len, 200);
    assert_int_equal(strlen(ts_buf_text(&b)), 200);
    assert_true(ts_buf_ok(&b, "text", NULL));
    ts_buf_done(&b);
}

static void buffer_at_its_limit_is_full_and_one_more_fails(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 4);
    ts_buf_str(&b, "abcd");
    assert_true(ts_buf_ok(&b, "text", NULL));
    ts_buf_char(&b, 'e');
    ts_err *err = NULL;
    assert_false(ts_buf_ok(&b, "name", &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_string_equal(ts_err_text(err), "name is longer than 4 bytes");
    ts_err_free(err);
    assert_null(ts_buf_take(&b));
}

static void buffer_failure_is_sticky_until_clear(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 3);
    ts_buf_str(&b, "abcd");
    ts_buf_str(&b, "a");
    assert_int_equal(b.len, 0);
    assert_false(ts_buf_ok(&b, "text", NULL));
    ts_buf_clear(&b);
    ts_buf_str(&b, "abc");
    assert_true(ts_buf_ok(&b, "text", NULL));
    ts_buf_done(&b);
}

static void buffer_without_memory_says_so(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 100);
    ts_alloc_fail_at(1);
    ts_buf_str(&b, "x");
    ts_alloc_fail_at(0);
    ts_err *err = NULL;
    assert_false(ts_buf_ok(&b, "text", &err));
    assert_int_equal(ts_err_code(err), TS_NOMEM);
    ts_err_free(err);
}

static void take_of_empty_buffer_is_empty_text(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, 10);
    char *text = ts_buf_take(&b);
    assert_string_equal(text, "");
    free(text);
}

static void arena_serves_small_and_large_pieces(void **state)
{
    TS_UNUSED(state);
    ts_arena *arena = ts_arena_new();
    char *small = ts_arena_strdup(arena, "small");
    unsigned char *large = ts_arena_alloc(arena, 1000000);
    char *after = ts_arena_strndup(arena, "afterwards", 5);
    assert_non_null(large);
    assert_int_equal(large[999999], 0);
    memset(large, 1, 1000000);
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
    assert_int_equal((uintptr_t)large % _Alignof(max_align_t), 0);
    ts_arena_free(arena);
}

static void array_size_overflow_is_refused(void **state)
{
    TS_UNUSED(state);
    assert_null(ts_realloc_array(NULL, SIZE_MAX / 2, 4));
    assert_null(ts_alloc_array(SIZE_MAX / 2, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_grows_and_stays_terminated),
        cmocka_unit_test(buffer_at_its_limit_is_full_and_one_more_fails),
        cmocka_unit_test(buffer_failure_is_sticky_until_clear),
        cmocka_unit_test(buffer_without_memory_says_so),
        cmocka_unit_test(take_of_empty_buffer_is_empty_text),
        cmocka_unit_test(arena_serves_small_and_large_pieces),
        cmocka_unit_test(array_size_overflow_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
