/* test_json.c - the strict reader: types, unknown keys, lines, limits; and the writer. */
#include <stdlib.h>
#include "check.h"

#include <ts/mem.h>

#include "json.h"

static ts_json_doc *parse(const char *text, ts_json *root)
{
    ts_err *err = NULL;
    ts_json_doc *doc = ts_json_parse("f.json", text, strlen(text), 1u << 20, &err);
    if (!doc)
        fail_msg("%s", ts_err_text(err));
    ts_json_root(doc, root);
    return doc;
}

static void says(ts_err *err, ts_code code, const char *text)
{
    assert_non_null(err);
    assert_string_equal(ts_err_text(err), text);
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static void typed_values_come_out(void **state)
{
    TS_UNUSED(state);
    ts_json root;
    ts_json_doc *doc = parse(
        "{\"t\": \"x\", \"b\": true, \"n\": -3, \"s\": \"2 KiB\", \"c\": \"NVMe\", "
        "\"null\": null, \"l\": [1, 2]}",
        &root);
    const char *t = NULL;
    const char *none = "kept";
    bool b = false;
    bool found = false;
    int64_t n = 0;
    uint64_t size = 0;
    unsigned choice = 9;
    ts_json list;
    assert_true(ts_json_str(&root, "t", TS_JSON_REQUIRED, &t, NULL));
    assert_string_equal(t, "x");
    assert_true(ts_json_str(&root, "null", TS_JSON_OPTIONAL, &none, NULL));
    assert_string_equal(none, "kept");
    assert_true(ts_json_flag_of(&root, "b", 0, &b, NULL));
    assert_true(b);
    assert_true(ts_json_int(&root, "n", 0, -3, 3, &n, NULL));
    assert_int_equal(n, -3);
    assert_true(ts_json_bytes(&root, "s", 0, &size, NULL));
    assert_int_equal(size, 2048);
    assert_true(ts_json_choice(&root, "c", 0, "sata nvme", &choice, NULL));
    assert_int_equal(choice, 1);
    assert_true(ts_json_child(&root, "l", 0, TS_JSON_ARRAY, &list, &found, NULL));
    assert_true(found);
    assert_int_equal(ts_json_count(&list), 2);
    assert_true(ts_json_done(&root, NULL));
    ts_json_free(doc);
}

static void unknown_key_names_the_nearest(void **state)
{
    TS_UNUSED(state);
    ts_json root;
    ts_json_doc *doc = parse("{\n  \"a\": 1,\n  \"frmware\": \"uefi\"\n}", &root);
    const char *text = NULL;
    int64_t n = 0;
    ts_err *err = NULL;
    assert_true(ts_json_int(&root, "a", 0, 0, 9, &n, NULL));
    assert_true(ts_json_str(&root, "firmware", 0, &text, NULL));
    assert_false(ts_json_done(&root, &err));
    says(err, TS_SCHEMA, "f.json:3: frmware: unknown key 'frmware', did you mean 'firmware'?");
    ts_json_free(doc);
}

static void unknown_key_far_from_all_lists_the_known(void **state)
{
    TS_UNUSED(state);
    ts_json root;
    ts_json_doc *doc = parse("{\"colour\": 1}", &root);
    const char *text = NULL;
    ts_err *err = NULL;
    assert_true(ts_json_str(&root, "size", 0, &text, NULL));
    assert_true(ts_json_str(&root, "bus", 0, &text, NULL));
    assert_false(ts_json_done(&root, &err));
    says(err, TS_SCHEMA, "f.json:1: colour: unknown key 'colour'; known here: size, bus");
    ts_json_free(doc);
}

static void wrong_type_names_path_and_line(void **state)
{
    TS_UNUSED(state);
    ts_json root;
    ts_json_doc *doc = parse(
        "{\n\"x\": \"a \\\" ] }\",\n\"disks\": [\n {\"size\": 1},\n {\n\n\"size\": "
        "[1]}\n]}",
        &root);
    ts_json list;
    ts_json disk;
    int64_t n = 0;
    ts_err *err = NULL;
    assert_true(ts_json_child(&root, "disks", 0, TS_JSON_ARRAY, &list, NULL, NULL));
    ts_json_at(&list, 1, &disk);
    assert_int_equal(ts_json_line(&disk), 5);
    assert_false(ts_json_int(&disk, "size", 0, 0, 9, &n, &err));
    says(err, TS_SCHEMA, "f.json:7: disks[1].size: must be a whole number, not a list [...]");
    ts_json_free(doc);
}

static void missing_and_out_of_range_are_told(void **state)
{
    TS_UNUSED(state);
    ts_json root;
    ts_json_doc *doc = parse("{\"n\": 10, \"s\": \"12 XB\", \"c\": \"zip\"}", &root);
    const char *text = NULL;
    int64_t n = 0;
    uint64_t size = 0;
    unsigned choice = 0;
    ts_err *err = NULL;
    assert_false(ts_json_str(&root, "name", TS_JSON_REQUIRED, &text, &err));
    says(err, TS_SCHEMA, "f.json:1: 'name' is missing");
    err = NULL;
    assert_false(ts_json_int(&root, "n", 0, 0, 9, &n, &err));
    says(err, TS_SCHEMA, "f.json:1: n: 10 is out of range: 0 to 9");
    err = NULL;
    assert_false(ts_json_bytes(&root, "s", 0, &size, &err));
    says(err, TS_SCHEMA,
         "f.json:1: s: must be a size: a number of bytes or a text like \"512 GB\" or \"16 GiB\"");
    err = NULL;
    assert_false(ts_json_choice(&root, "c", 0, "sata nvme", &choice, &err));
    says(err, TS_SCHEMA, "f.json:1: c: 'zip' is none of: sata nvme");
    ts_json_free(doc);
}

static void refused(const char *text, size_t size, size_t max, ts_code code, const char *part)
{
    ts_err *err = NULL;
    assert_null(ts_json_parse("f.json", text, size, max, &err));
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static void broken_text_is_refused_with_its_place(void **state)
{
    TS_UNUSED(state);
    refused("{\n \"a\": }", 8, 100, TS_SYNTAX, "f.json:2:");
    refused("", 0, 100, TS_SYNTAX, "f.json");
    refused("{\"a\": 1, \"a\": 2}", 16, 100, TS_SYNTAX, "duplicate");
    refused("{} x", 4, 100, TS_SYNTAX, "f.json:1:");
    refused("{\"a\": \"\\u0000\"}", 15, 100, TS_SYNTAX, "f.json:1:");
    refused("{\"a\": \"\xff\"}", 10, 100, TS_SYNTAX, "f.json:1:");
    refused("{}    ", 6, 5, TS_LIMIT, "6 bytes, the limit is 5");
}

static void depth_has_a_limit(void **state)
{
    TS_UNUSED(state);
    char text[2 * TS_JSON_DEPTH_MAX + 3];
    memset(text, '[', TS_JSON_DEPTH_MAX + 1);
    memset(text + TS_JSON_DEPTH_MAX + 1, ']', TS_JSON_DEPTH_MAX + 1);
    refused(text, 2 * (TS_JSON_DEPTH_MAX + 1), 1000, TS_LIMIT, "nested deeper than 64");
    ts_json_doc *doc = ts_json_parse("f", text + 1, 2 * TS_JSON_DEPTH_MAX, 1000, NULL);
    assert_non_null(doc);
    ts_json_free(doc);
}

static void sizes_are_read(void **state)
{
    TS_UNUSED(state);
    uint64_t size = 0;
    assert_true(ts_json_size_text("512 GB", &size));
    assert_int_equal(size, 512000000000);
    assert_true(ts_json_size_text("16gib", &size));
    assert_int_equal(size, 17179869184);
    assert_true(ts_json_size_text("7", &size));
    assert_int_equal(size, 7);
    assert_false(ts_json_size_text("GB", &size));
    assert_false(ts_json_size_text("-1 GB", &size));
    assert_false(ts_json_size_text("99999999999999999 TB", &size));
}

static void writer_writes_what_was_put(void **state)
{
    TS_UNUSED(state);
    ts_json_writer w;
    ts_buf out;
    ts_buf_init(&out, 1000);
    ts_json_writer_init(&w, &out, false);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "z", "a\"b\xff");
    ts_json_put_uint(&w, "big", UINT64_MAX);
    ts_json_begin_array(&w, "a");
    ts_json_put_int(&w, NULL, -1);
    ts_json_put_bool(&w, NULL, false);
    ts_json_put_null(&w, NULL);
    ts_json_end(&w);
    ts_json_end(&w);
    assert_true(ts_json_finish(&w, NULL));
    assert_string_equal(
        ts_buf_text(&out),
        "{\"z\":\"a\\\"b\\ufffd\",\"big\":\"18446744073709551615\",\"a\":[-1,false,null]}");
    ts_buf_done(&out);
}

static void json_text_is_escaped_and_always_utf8(void **state)
{
    TS_UNUSED(state);
    ts_buf out;
    ts_json_writer w;
    ts_buf_init(&out, 1000);
    ts_json_writer_init(&w, &out, false);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "a\"b", "\\ \n\t\001 \xc3\xa4 \xff \xe2\x82");
    ts_json_put_int(&w, "n", INT64_MIN);
    ts_json_begin_array(&w, "e");
    ts_json_end(&w);
    ts_json_put_str_opt(&w, "none", "");
    ts_json_put_true(&w, "no", false);
    ts_json_put_str(&w, "null", NULL);
    ts_json_end(&w);
    assert_string_equal(ts_buf_text(&out),
                        "{\"a\\\"b\":\"\\\\ \\n\\t\\u0001 \xc3\xa4 \\ufffd \\ufffd\\ufffd\","
                        "\"n\":-9223372036854775808,\"e\":[],\"null\":null}");
    ts_buf_done(&out);
}

static void writer_has_a_limit_of_depth(void **state)
{
    TS_UNUSED(state);
    ts_json_writer w;
    ts_buf out;
    ts_buf_init(&out, 1000);
    ts_json_writer_init(&w, &out, false);
    for (unsigned i = 0; i <= TS_JSON_DEPTH_MAX; i++)
        ts_json_begin_array(&w, NULL);
    ts_err *err = NULL;
    assert_false(ts_json_finish(&w, &err));
    says(err, TS_LIMIT, "nested deeper than 64");
    ts_buf_done(&out);
}

static void writer_refuses_a_number_that_json_cannot_say(void **state)
{
    TS_UNUSED(state);
    ts_json_writer w;
    ts_buf out;
    ts_buf_init(&out, 1000);
    ts_json_writer_init(&w, &out, false);
    ts_json_begin_array(&w, NULL);
    ts_json_put_real(&w, NULL, 2);
    ts_json_put_real(&w, NULL, 0.1);
    assert_true(ts_json_finish(&w, NULL));
    assert_string_equal(ts_buf_text(&out), "[2.0,0.10000000000000001");
    ts_json_put_real(&w, NULL, strtod("inf", NULL));
    ts_err *err = NULL;
    assert_false(ts_json_finish(&w, &err));
    says(err, TS_SCHEMA, "JSON has no word for a number that is not finite");
    ts_buf_done(&out);
}

static void every_failing_allocation_is_survived(void **state)
{
    TS_UNUSED(state);
    static const char text[] = "{\"a\": [1, {\"b\": \"c\"}], \"d\": 2.5}";
    for (uint64_t n = 1; n < 200; n++) {
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        ts_json_doc *doc = ts_json_parse("f", text, sizeof(text) - 1, 1000, &err);
        uint64_t made = ts_alloc_fail_at(0);
        if (doc) {
            ts_json_free(doc);
            assert_true(made < n);
            return;
        }
        /* jansson reports some of its own failed allocations as an invalid token. */
        assert_true(ts_err_code(err) == TS_NOMEM || ts_err_code(err) == TS_SYNTAX);
        ts_err_free(err);
    }
    fail_msg("%s", "parsing never succeeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_values_come_out),
        cmocka_unit_test(unknown_key_names_the_nearest),
        cmocka_unit_test(unknown_key_far_from_all_lists_the_known),
        cmocka_unit_test(wrong_type_names_path_and_line),
        cmocka_unit_test(missing_and_out_of_range_are_told),
        cmocka_unit_test(broken_text_is_refused_with_its_place),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(writer_writes_what_was_put),
        cmocka_unit_test(json_text_is_escaped_and_always_utf8),
        cmocka_unit_test(writer_has_a_limit_of_depth),
        cmocka_unit_test(writer_refuses_a_number_that_json_cannot_say),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
