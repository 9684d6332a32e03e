/* test_wim.c - WIM files that are made here, byte by byte: what the stream holds, and what damaged
 * ones are refused for. Whether wimlib takes the stream is asked in test_wim_stream.c. */
#include "check.h"

#include <stdlib.h>

#include <ts/mem.h>

#include "wim.h"
#include "wim_make.h"

static bool read_made(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    made *m = ctx;
    assert_true(offset <= m->size && size <= m->size - offset);
    m->reads++;
    if (m->fail_from && offset + size > m->fail_from)
        return ts_fail(err, TS_NET, "the line is cut");
    memcpy(data, m->bytes + offset, size);
    return true;
}

static ts_wim *open_made(made *m, ts_reader *reader, ts_err **err)
{
    *reader = (ts_reader){.name = "made.wim", .size = m->size, .read = read_made, .ctx = m};
    return ts_wim_open(reader, err);
}

static void refuse(made *m, ts_code code, const char *part)
{
    ts_reader reader;
    ts_err *err = NULL;
    ts_wim *wim = open_made(m, &reader, &err);
    if (wim || ts_err_code(err) != code || !strstr(ts_err_text(err), part))
        fail_msg("'%s' was expected: %s", part, wim ? "opened" : ts_err_text(err));
    ts_err_free(err);
}

/* The whole stream, read in pieces of `step`. */
static size_t stream(made *m, uint32_t image, bool (*wanted)(void *, const uint8_t *), size_t step,
                     uint8_t *out, ts_err **err)
{
    ts_reader reader;
    ts_wim *wim = open_made(m, &reader, err);
    assert_non_null(wim);
    ts_wim_pipe *pipe = ts_wim_pipe_new(wim, image, wanted, NULL, err);
    assert_non_null(pipe);
    size_t size = 0;
    size_t got = 1;
    while (got > 0) {
        size_t room = MAX - size;
        assert_true(room > 0);
        if (!ts_wim_pipe_read(pipe, out + size, step < room ? step : room, &got, err)) {
            size = 0;
            break;
        }
        size += got;
    }
    ts_wim_pipe_free(pipe);
    ts_wim_close(wim);
    return size;
}

static uint64_t get(const uint8_t *p, unsigned bytes)
{
    uint64_t n = 0;
    for (unsigned i = bytes; i > 0; i--)
        n = n << 8 | p[i - 1];
    return n;
}

/* The 40 bytes before each resource. */
static const uint8_t *expect_head(const uint8_t *p, uint64_t size, int sha1, uint32_t flags)
{
    assert_true(get(p, 8) == UINT64_C(0x2b9b9ba2443db9d8));
    assert_int_equal(get(p + 8, 8), size);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(p[16 + i], sha1);
    assert_int_equal(get(p + 36, 4), flags);
    return p + 40;
}

static const uint8_t *expect_bytes(const uint8_t *p, const void *bytes, size_t size)
{
    assert_memory_equal(p, bytes, size);
    return p + size;
}

/* --- The stream ------------------------------------------------------------------------------ */

static const uint8_t *expect_start(const made *m, const uint8_t *p)
{
    assert_memory_equal(p, "WLPWM\0\0\0", 8);
    assert_memory_equal(p + 8, m->bytes + 8, 0x30 - 8);
    for (unsigned i = 0x30; i < 208; i++) /* no place of the file is in it */
        assert_int_equal(p[i], 0);
    p = expect_head(p + 208, 20, 0, 2);
    return expect_bytes(p, m->bytes + XML, 20);
}

static void stream_has_directory_and_content_in_the_form_for_pipes(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    size_t size = stream(&m, 1, NULL, 64, out, NULL);
    const uint8_t *p = expect_start(&m, out);
    p = expect_bytes(expect_head(p, 9, 'b', 2), "directory", 9);
    p = expect_bytes(expect_head(p, 1, 0, 2), "", 1); /* of image 2: not wanted, empty */
    p = expect_head(p, PACKED_SIZE, 'c', 4);
    p = expect_bytes(expect_bytes(p, "\x0a\0\0\0", 4), "1111111111", 10);
    p = expect_bytes(expect_bytes(p, "\x14\0\0\0", 4), "22222222222222222222", 20);
    p = expect_bytes(expect_bytes(p, "\x07\0\0\0", 4), "3333333", 7);
    p = expect_bytes(p, "\0\0\0\0\0\0\0\0", 8); /* where the table was */
    p = expect_bytes(expect_head(p, 100, 'a', 0), m.bytes + PLAIN, 100);
    assert_int_equal(p - out, size);
}

static void second_image_has_its_own_directory(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    stream(&m, 2, NULL, MAX, out, NULL);
    const uint8_t *p = expect_start(&m, out);
    p = expect_bytes(expect_head(p, 1, 0, 2), "", 1);
    expect_bytes(expect_head(p, 11, 'd', 2), "directory 2", 11);
}

static void pieces_of_any_size_make_the_same_stream(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t whole[MAX];
    static uint8_t out[MAX];
    make(&m);
    size_t size = stream(&m, 1, NULL, MAX, whole, NULL);
    const size_t steps[] = {1, 3, 41, 209};
    for (size_t i = 0; i < TS_COUNT(steps); i++) {
        assert_int_equal(stream(&m, 1, NULL, steps[i], out, NULL), size);
        assert_memory_equal(out, whole, size);
    }
}

static bool want_plain(void *ctx, const uint8_t *sha1)
{
    TS_UNUSED(ctx);
    return sha1[0] == 'a';
}

static void content_that_nobody_wants_is_left_out(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    size_t size = stream(&m, 1, want_plain, MAX, out, NULL);
    const uint8_t *p = expect_start(&m, out) + 40 + 9 + 40 + 1;
    p = expect_bytes(expect_head(p, 100, 'a', 0), m.bytes + PLAIN, 100);
    assert_int_equal(p - out, size);
}

static void free_and_empty_entries_are_left_out(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    size_t all = stream(&m, 1, NULL, MAX, out, NULL);
    entry(&m, 0)[7] = 1;               /* free */
    put_entry(&m, 2, 0, 0, PACKED, 0); /* empty */
    size_t size = stream(&m, 1, NULL, MAX, out, NULL);
    assert_int_equal(all - size, 40 + 100 + 40 + 8 + 12 + 37);
}

/* Above 4 GiB an entry of the chunk table has 8 bytes. */
static void large_file_has_a_wide_chunk_table(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    put(m.bytes + 20, 1u << 30, 4);
    put_entry(&m, 2, 32 + 5 * 3, 4, 1000, (UINT64_C(4) << 30) + 1);
    for (unsigned i = 0; i < 4; i++)
        put(m.bytes + 1000 + (size_t)8 * i, 3 * (i + UINT64_C(1)), 8);
    memcpy(m.bytes + 1032, "aaabbbcccdddeee", 15);
    m.size = 1047;
    stream(&m, 1, NULL, MAX, out, NULL);
    const uint8_t *p = expect_start(&m, out) + 40 + 9 + 40 + 1;
    p = expect_bytes(expect_head(p, 100, 'a', 0), m.bytes + PLAIN, 100);
    p = expect_head(p, (UINT64_C(4) << 30) + 1, 'c', 4);
    for (size_t i = 0; i < 5; i++)
        p = expect_bytes(expect_bytes(p, "\3\0\0\0", 4), m.bytes + 1032 + 3 * i, 3);
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(p[i], 0);
    m.bytes[1004] = 1; /* in the upper half of an entry */
    assert_int_equal(stream(&m, 1, NULL, MAX, out, NULL), 0);
}

static void pipable_file_is_sent_as_it_is(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    memcpy(m.bytes, "WLPWM", 5);
    memcpy(m.bytes + END, m.bytes, 208); /* it has its header at the end as well */
    m.size = END + 208;
    assert_int_equal(stream(&m, 1, NULL, 100, out, NULL), m.size);
    assert_memory_equal(out, m.bytes, m.size);
    m.size--;
    refuse(&m, TS_INTEGRITY, "its end is missing");
}

static void image_that_is_not_there_is_refused(void **state)
{
    TS_UNUSED(state);
    static made m;
    make(&m);
    ts_reader reader;
    ts_wim *wim = open_made(&m, &reader, NULL);
    assert_int_equal(ts_wim_images(wim), 2);
    ts_err *err = NULL;
    assert_null(ts_wim_pipe_new(wim, 3, NULL, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_clear(&err);
    assert_null(ts_wim_pipe_new(wim, 0, NULL, NULL, NULL));
    ts_buf out;
    ts_buf_init(&out, MAX);
    assert_false(ts_wim_directory(wim, 3, &out, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
    ts_buf_done(&out);
    ts_wim_close(wim);
}

static void what_the_reader_says_ends_the_stream(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    m.fail_from = 100;
    refuse(&m, TS_NET, "the line is cut");
    make(&m);
    ts_reader reader;
    ts_wim *wim = open_made(&m, &reader, NULL);
    ts_wim_pipe *pipe = ts_wim_pipe_new(wim, 1, NULL, NULL, NULL);
    m.fail_from = 300;
    ts_err *err = NULL;
    size_t got = 0;
    assert_false(ts_wim_pipe_read(pipe, out, MAX, &got, &err));
    assert_int_equal(ts_err_code(err), TS_NET);
    ts_err_free(err);
    ts_wim_pipe_free(pipe);
    ts_wim_close(wim);
}

/* --- The directory alone --------------------------------------------------------------------- */

static void directory_is_a_file_of_its_own(void **state)
{
    TS_UNUSED(state);
    static made m;
    static made small;
    make(&m);
    ts_reader reader;
    ts_wim *wim = open_made(&m, &reader, NULL);
    ts_buf out;
    ts_buf_init(&out, MAX);
    assert_true(ts_wim_directory(wim, 2, &out, NULL));
    assert_int_equal(out.len, 208 + 11 + 100 + 20);
    memcpy(small.bytes, out.data, out.len);
    small.size = out.len;
    assert_memory_equal(small.bytes + 208, "directory 2", 11);
    ts_buf_done(&out);
    ts_wim_close(wim);
    /* Its own table says where that is; the other directory is elsewhere, and so it is damaged for
     * whoever would read that. */
    const uint8_t *second = small.bytes + get(small.bytes + 0x30 + 8, 8) + ENTRY;
    assert_int_equal(get(second + 8, 8), 208);
    assert_int_equal(second[30], 'd');
    ts_buf_init(&out, 100);
    make(&m);
    wim = open_made(&m, &reader, NULL);
    ts_err *err = NULL;
    assert_false(ts_wim_directory(wim, 0, &out, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_buf_done(&out);
    ts_wim_close(wim);
}

/* --- Damage ---------------------------------------------------------------------------------- */

typedef struct change {
    size_t at;
    uint64_t value;
    unsigned bytes;
    ts_code code;
    const char *part;
} change;

static void refuse_all(const change *list, size_t n)
{
    static made m;
    for (size_t i = 0; i < n; i++) {
        make(&m);
        put(m.bytes + list[i].at, list[i].value, list[i].bytes);
        refuse(&m, list[i].code, list[i].part);
    }
}

static void header_with_an_error_is_refused(void **state)
{
    TS_UNUSED(state);
    static const change changes[] = {
        {0, 'X', 1, TS_INTEGRITY, "no WIM file"},
        {8, 207, 4, TS_INTEGRITY, "unknown length"},
        {12, 0x10c00, 4, TS_UNSUPPORTED, "unknown version"},
        {16, 0x20042, 4, TS_INTEGRITY, "did not finish"},
        {16, 0x2000a, 4, TS_UNSUPPORTED, "split"},
        {16, 0x20012, 4, TS_UNSUPPORTED, "part of an image"},
        {16, 0x20022, 4, TS_UNSUPPORTED, "part of an image"},
        {16, 0x00002, 4, TS_INTEGRITY, "compression is unknown"},
        {16, 0x00000, 4, TS_INTEGRITY, "names no compression"},
        {20, 0, 4, TS_INTEGRITY, "compression is unknown"},
        {20, 4095, 4, TS_INTEGRITY, "compression is unknown"},
        {20, 2048, 4, TS_INTEGRITY, "compression is unknown"},
        {20, 0x80000000, 4, TS_INTEGRITY, "compression is unknown"},
        {0x28, 2, 2, TS_UNSUPPORTED, "split"},
        {0x2a, 2, 2, TS_UNSUPPORTED, "split"},
        {0x2c, 0, 4, TS_INTEGRITY, "no image"},
        {0x2c, 1, 4, TS_INTEGRITY, "more directories"},
        {0x2c, 3, 4, TS_INTEGRITY, "directory of an image is missing"},
        {0x2c, TS_WIM_IMAGES_MAX, 4, TS_INTEGRITY, "missing"},
        {0x2c, TS_WIM_IMAGES_MAX + 1, 4, TS_LIMIT, "images"},
    };
    refuse_all(changes, TS_COUNT(changes));
}

static void places_outside_the_file_are_refused(void **state)
{
    TS_UNUSED(state);
    static const change changes[] = {
        {0x30, TS_WIM_TABLE_MAX + 50, 7, TS_LIMIT, "lookup table"},
        {0x30, 150, 7, TS_INTEGRITY, "lookup table"}, /* not as long as it is unpacked */
        {0x37, 6, 1, TS_UNSUPPORTED, "lookup table"},
        {0x38, 394, 8, TS_INTEGRITY, "lookup table"},
        {0x38, UINT64_MAX, 8, TS_INTEGRITY, "lookup table"},
        {0x38, 207, 8, TS_INTEGRITY, "lookup table"},
        {0x48, TS_WIM_XML_MAX + 1, 7, TS_LIMIT, "XML data"},
        {0x48, 0, 7, TS_INTEGRITY, "XML data"},
        {0x4f, 4, 1, TS_UNSUPPORTED, "XML data"},
        {0x50, END, 8, TS_INTEGRITY, "XML data"},
        {TABLE, (UINT64_C(1) << 56) - 1, 7, TS_INTEGRITY, "not in the file"},
        {TABLE + 8, UINT64_MAX, 8, TS_INTEGRITY, "not in the file"},
        {TABLE + 8, END - 99, 8, TS_INTEGRITY, "not in the file"},
        {TABLE + 8, 0, 8, TS_INTEGRITY, "not in the file"},
        {TABLE + 16, 0, 8, TS_INTEGRITY, "not in the file"},
    };
    refuse_all(changes, TS_COUNT(changes));
}

static void table_with_an_error_is_refused(void **state)
{
    TS_UNUSED(state);
    static const change changes[] = {
        {TABLE + 7, 0x10, 1, TS_UNSUPPORTED, "solid"},
        {TABLE + 7, 0x08, 1, TS_UNSUPPORTED, "split"},
        {TABLE + 7, 0x02, 1, TS_INTEGRITY, "more directories"},
        {TABLE + 16, 101, 8, TS_INTEGRITY, "sizes"},
        {TABLE + 24, 2, 2, TS_INTEGRITY, "another part"},
        {TABLE + 8, PACKED + 44, 8, TS_INTEGRITY, "same place"},
        {TABLE + 100 + 16, UINT64_MAX, 8, TS_LIMIT, "chunks"},
        {TABLE + 100 + 16, (uint64_t)CHUNK * TS_WIM_CHUNKS_MAX, 8, TS_INTEGRITY, "too short"},
        {TABLE + 100 + 16, (uint64_t)CHUNK * TS_WIM_CHUNKS_MAX + 1, 8, TS_LIMIT, "chunks"},
        {TABLE + 100 + 16, CHUNK * 20, 8, TS_INTEGRITY, "too short"},
    };
    static made m;
    refuse_all(changes, TS_COUNT(changes));
    make(&m);
    put(m.bytes + 0x30, 199, 7);
    put(m.bytes + 0x40, 199, 8);
    refuse(&m, TS_INTEGRITY, "cut");
    make(&m);
    m.size = 207;
    refuse(&m, TS_INTEGRITY, "too short");
}

/* Only seen when the chunks are sent. */
static void chunk_table_with_an_error_ends_the_stream(void **state)
{
    TS_UNUSED(state);
    static const struct {
        uint32_t second, third;
    } tables[] = {{0, 30}, {30, 30}, {30, 10}, {10, 37}, {10, 38}, {UINT32_MAX, 30}, {10, 0}};
    static made m;
    static uint8_t out[MAX];
    for (size_t i = 0; i < TS_COUNT(tables); i++) {
        ts_err *err = NULL;
        make(&m);
        put(m.bytes + PACKED, tables[i].second, 4);
        put(m.bytes + PACKED + 4, tables[i].third, 4);
        assert_int_equal(stream(&m, 1, NULL, MAX, out, &err), 0);
        assert_int_equal(ts_err_code(err), TS_INTEGRITY);
        ts_err_free(err);
    }
    /* A chunk that is longer than it may be when unpacked. */
    make(&m);
    put_entry(&m, 2, 20000, 4, 1000, PACKED_SIZE);
    put(m.bytes + 1000, CHUNK + 1, 4);
    put(m.bytes + 1004, CHUNK + 2, 4);
    m.size = 30000;
    assert_int_equal(stream(&m, 1, NULL, MAX, out, NULL), 0);
}

static void directory_above_the_limit_is_refused(void **state)
{
    TS_UNUSED(state);
    static made m;
    make(&m);
    put_entry(&m, 1, UINT64_C(1) + TS_WIM_METADATA_MAX, 2, 1000, UINT64_C(1) + TS_WIM_METADATA_MAX);
    m.size = 1001 + (size_t)TS_WIM_METADATA_MAX; /* nothing of it is read */
    refuse(&m, TS_LIMIT, "directory");
}

static void every_failed_allocation_is_told(void **state)
{
    TS_UNUSED(state);
    static made m;
    static uint8_t out[MAX];
    make(&m);
    for (uint64_t n = 1; n <= 6; n++) {
        ts_err *err = NULL;
        ts_reader reader;
        ts_alloc_fail_at(n);
        ts_wim *wim = open_made(&m, &reader, &err);
        ts_wim_pipe *pipe = wim ? ts_wim_pipe_new(wim, 1, NULL, NULL, &err) : NULL;
        size_t got = 0;
        bool ok = pipe && ts_wim_pipe_read(pipe, out, MAX, &got, &err);
        ts_alloc_fail_at(0);
        assert_false(ok);
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
        ts_wim_pipe_free(pipe);
        ts_wim_close(wim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_has_directory_and_content_in_the_form_for_pipes),
        cmocka_unit_test(second_image_has_its_own_directory),
        cmocka_unit_test(pieces_of_any_size_make_the_same_stream),
        cmocka_unit_test(content_that_nobody_wants_is_left_out),
        cmocka_unit_test(free_and_empty_entries_are_left_out),
        cmocka_unit_test(large_file_has_a_wide_chunk_table),
        cmocka_unit_test(pipable_file_is_sent_as_it_is),
        cmocka_unit_test(image_that_is_not_there_is_refused),
        cmocka_unit_test(what_the_reader_says_ends_the_stream),
        cmocka_unit_test(directory_is_a_file_of_its_own),
        cmocka_unit_test(header_with_an_error_is_refused),
        cmocka_unit_test(places_outside_the_file_are_refused),
        cmocka_unit_test(table_with_an_error_is_refused),
        cmocka_unit_test(chunk_table_with_an_error_ends_the_stream),
        cmocka_unit_test(directory_above_the_limit_is_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
