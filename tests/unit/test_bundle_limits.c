/* test_bundle_limits.c - the large limits of loading; hundreds of megabytes, so not among the
 * quick. */
#include "load.h"

#include "zip_make.h"

static char *blanks(const char *before, size_t size, const char *after)
{
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, before, strlen(before));
    memcpy(text + size - strlen(after), after, strlen(after) + 1);
    return text;
}

static void document_size_is_limited(void **state)
{
    (void)state;
    char *text = blanks("<sequence>", TS_SEQUENCE_BYTES_MAX, "</sequence>");
    ts_bundle_free(load_bytes("test.xml", text, TS_SEQUENCE_BYTES_MAX));
    free(text);
    text = blanks("<sequence>", TS_SEQUENCE_BYTES_MAX + 1, "</sequence>");
    load_refused(text, TS_SEQUENCE_BYTES_MAX + 1, TS_LIMIT, "more than the limit of 67108864");
    free(text);
}

/* XML that holds no sequence counts too: it had to be unpacked to see that. */
static void unpacked_bytes_of_a_zip_are_limited(void **state)
{
    (void)state;
    size_t piece = TS_BUNDLE_BYTES_MAX / 4;
    char *text = blanks("<other>", piece, "</other>");
    uint32_t crc = zip_crc((const uint8_t *)text, piece);
    for (unsigned extra = 0; extra < 2; extra++) {
        zip_make zip = {.data = NULL};
        if (extra)
            zip_add_text(&zip, "a.xml", "<sequence/>");
        for (unsigned i = 0; i < 4; i++)
            zip_add_crc(&zip, "b.xml", text, piece, crc);
        zip_make_end(&zip);
        load_refused(zip.data, zip.size, extra ? TS_LIMIT : TS_SYNTAX,
                     extra ? "b.xml" : "holds no task sequence");
        zip_make_free(&zip);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_size_is_limited),
        cmocka_unit_test(unpacked_bytes_of_a_zip_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
