/* test_xml.c - reading and writing XML: places, encodings, bounds, consuming accessors. */
#include "check.h"

#include <stdio.h>

#include "xml.h"

#define MAX (1024u * 1024u)

static ts_xml_doc *parse(const void *data, size_t size, ts_err **err)
{
    ts_xml_source source = {
        .file = "a.xml", .data = data, .size = size, .max = MAX, .expected = "a test"};
    return ts_xml_parse(&source, NULL, err);
}

static ts_xml_doc *good(const char *text)
{
    ts_err *err = NULL;
    ts_xml_doc *doc = parse(text, strlen(text), &err);
    if (!doc)
        fail_msg("%s: %s", text, ts_err_text(err));
    return doc;
}

static void refused_bytes(const void *data, size_t size, ts_code code, const char *phrase)
{
    ts_err *err = NULL;
    ts_xml_doc *doc = parse(data, size, &err);
    if (doc)
        fail_msg("must be refused: %s", phrase);
    if (ts_err_code(err) != code || !strstr(ts_err_text(err), phrase))
        fail_msg("expected %s '%s', got %s '%s'", ts_code_name(code), phrase,
                 ts_code_name(ts_err_code(err)), ts_err_text(err));
    ts_err_free(err);
}

static void refused(const char *text, const char *phrase)
{
    refused_bytes(text, strlen(text), TS_SYNTAX, phrase);
}

/* --- Tree ---------------------------------------------------------------------------------- */

static void element_has_name_attributes_text_and_place(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a>\n  <b\n     x='1'\n  >t</b><c/>\n</a>");
    ts_xml *a = ts_xml_root(doc), *b = ts_xml_next(a, NULL), *c = ts_xml_next(a, b);
    assert_string_equal(a->name, "a");
    assert_string_equal(a->text, "");
    assert_int_equal(b->line, 2); /* of '<', though the tag ends two lines below */
    assert_int_equal(b->column, 3);
    assert_string_equal(ts_xml_attr_get(b, "x"), "1");
    assert_string_equal(b->text, "t");
    assert_int_equal(b->text_line, 4);
    assert_int_equal(c->line, 4);
    assert_int_equal(c->column, 9);
    assert_null(ts_xml_next(a, c));
    assert_string_equal(ts_xml_file(c), "a.xml");
    ts_xml_free(doc);
}

static void prefix_is_not_part_of_the_name(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<p:a xmlns:p='u' p:x='1'><b xsi:nil='true'/></p:a>");
    assert_string_equal(ts_xml_root(doc)->name, "a");
    assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "1");
    ts_xml_free(doc);
}

static void references_are_resolved_in_text_and_attributes(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a x='R&amp;D &lt;&#xD;&#xA;&amp;#38; &quot;'>&lt;&amp;&#228;</a>");
    assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "R&D <\r\n&#38; \"");
    assert_string_equal(ts_xml_root(doc)->text, "<&\xC3\xA4");
    ts_xml_free(doc);
}

static void cdata_is_text_with_its_own_place(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a>\n<v><![CDATA[<x>\n]]&gt; &amp;]]></v>\n</a>");
    ts_xml *v = ts_xml_next(ts_xml_root(doc), NULL);
    assert_string_equal(v->text, "<x>\n]]&gt; &amp;");
    assert_int_equal(v->text_line, 2);
    assert_int_equal(v->text_column, 13);
    ts_xml_free(doc);
}

static void blanks_between_elements_are_dropped_and_kept_in_leaves(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a> <b> </b> </a>");
    assert_string_equal(ts_xml_root(doc)->text, "");
    assert_string_equal(ts_xml_next(ts_xml_root(doc), NULL)->text, " ");
    ts_xml_free(doc);
}

static void text_round_children_is_joined(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a>one<b/>two<!-- no --><?pi?></a>");
    assert_string_equal(ts_xml_root(doc)->text, "onetwo");
    ts_xml_free(doc);
}

static void inner_document_keeps_the_outer_place(void **state)
{
    (void)state;
    const char *text = "<a>\n<b/></a>";
    ts_xml_source source = {.file = "o.xml",
                            .data = text,
                            .size = strlen(text),
                            .max = MAX,
                            .line = 100,
                            .column = 20,
                            .expected = "a test"};
    ts_err *err = NULL;
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, &err);
    assert_non_null(doc);
    assert_int_equal(ts_xml_root(doc)->line, 100);
    assert_int_equal(ts_xml_root(doc)->column, 20);
    assert_int_equal(ts_xml_next(ts_xml_root(doc), NULL)->line, 101);
    assert_int_equal(ts_xml_next(ts_xml_root(doc), NULL)->column, 1);
    ts_xml_free(doc);
    source.data = "<a>\n</b>";
    source.size = 8;
    assert_null(ts_xml_parse(&source, NULL, &err));
    assert_non_null(strstr(ts_err_text(err), "o.xml:101:"));
    assert_non_null(strstr(ts_err_text(err), "opened on line 100"));
    ts_err_free(err);
}

static void texts_outlive_the_tree_in_the_callers_arena(void **state)
{
    (void)state;
    ts_arena *arena = ts_arena_new();
    const char *text = "<a x='value'>text</a>";
    ts_xml_source source = {
        .file = "a.xml", .data = text, .size = strlen(text), .max = MAX, .expected = "a test"};
    ts_xml_doc *doc = ts_xml_parse(&source, arena, NULL);
    assert_non_null(doc);
    const char *value = ts_xml_attr_get(ts_xml_root(doc), "x"), *body = ts_xml_root(doc)->text;
    ts_xml_free(doc);
    assert_string_equal(value, "value"); /* the address sanitizer watches */
    assert_string_equal(body, "text");
    ts_arena_free(arena);
}

/* --- Encodings ----------------------------------------------------------------------------- */

static size_t utf16(const char *ascii, bool big, bool bom, uint8_t *out)
{
    size_t n = 0;
    if (bom) {
        out[n++] = big ? 0xFE : 0xFF;
        out[n++] = big ? 0xFF : 0xFE;
    }
    for (; *ascii; ascii++) {
        unsigned c = (unsigned char)*ascii == '~' ? 0x20AC
                                                  : (unsigned char)*ascii; /* ~ is the euro */
        out[n++] = (uint8_t)(big ? c >> 8 : c);
        out[n++] = (uint8_t)(big ? c : c >> 8);
    }
    return n;
}

static void utf16_loads_in_both_orders_with_and_without_mark(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<a x='~'/>", "<?xml version='1.0' encoding='utf-16'?><a x='~'/>", "\r\n <a x='~'/>"};
    for (size_t i = 0; i < TS_COUNT(texts); i++) {
        for (int k = 0; k < 4; k++) {
            uint8_t bytes[200];
            size_t n = utf16(texts[i], k & 1, k & 2, bytes);
            ts_err *err = NULL;
            ts_xml_doc *doc = parse(bytes, n, &err);
            if (!doc)
                fail_msg("text %zu, order %d: %s", i, k, ts_err_text(err));
            assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "\xE2\x82\xAC");
            ts_xml_free(doc);
        }
    }
}

static void utf8_mark_is_skipped(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><a x='\xC3\xA4'/>");
    assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "\xC3\xA4");
    ts_xml_free(doc);
}

static void declared_latin1_is_converted(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<?xml version='1.0' encoding='iso-8859-1'?><a x='\xE4'>\xDF</a>");
    assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "\xC3\xA4");
    assert_string_equal(ts_xml_root(doc)->text, "\xC3\x9F");
    ts_xml_free(doc);
}

static void wrong_encodings_are_refused(void **state)
{
    (void)state;
    refused("<a x='\xE4'/>", "a.xml:1:7: the bytes do not fit the encoding");
    refused("<?xml version='1.0' encoding='utf-16'?><a/>", "the bytes do not fit the encoding");
    refused("<?xml version='1.0' encoding='x-nonsense'?><a/>", "'x-nonsense' is not known");
    refused_bytes("\xFF\xFE<\0a", 5, TS_SYNTAX, "odd number of bytes");
    refused_bytes("\xFF\xFE\0\0<\0\0\0", 8, TS_SYNTAX, "UTF-32");
}

/* --- Not XML ------------------------------------------------------------------------------- */

static void empty_and_foreign_files_are_named(void **state)
{
    (void)state;
    refused_bytes("", 0, TS_SYNTAX, "a.xml:1:1: the file is empty; expected a test");
    refused(" \n ", "a.xml:2:2: the file holds only white space");
    refused("[Settings]\nPriority=Default", "this is not XML: expected '<'");
    refused_bytes("MZ\x90\0\3", 5, TS_SYNTAX, "the file is a Windows program");
    refused_bytes("\x1F\x8B\x08\0", 4, TS_SYNTAX, "the file is a gzip file");
    refused_bytes("a\0b\0\0\0", 6, TS_SYNTAX, "binary data");
    refused("\n&lt;sequence&gt;", "a.xml:2:1: the document is XML-escaped once");
}

static void faults_say_what_was_expected(void **state)
{
    (void)state;
    refused("<!-- c -->\n<?xml version='1.0'?><a/>",
            "a.xml:2:6: the XML declaration '<?xml ...?>' must be the very first thing");
    refused("<a>\n<v>{<GUID>}</v></a>",
            "element 'GUID', opened on line 2, is not closed: expected '</GUID>', found '</v>'; if "
            "'<GUID>' is meant as text, write '&lt;GUID&gt;'");
    refused("<a>\n<b>", "a.xml:2:4: the text ends inside element 'b', opened on line 2");
    refused("<a><b", "the tag of element 'b' does not end: expected '>'");
    refused("<a><b></b</a>", "an end tag does not end: expected '>'");
    refused("<a>&#0;</a>", "a character that XML cannot hold");
    refused("<a><b x='1'", "expected a blank, '/>' or '>' (is the file cut off?)");
    refused("<a>R & D</a>", "write it as '&amp;'");
    refused("<a>&nbsp;</a>", "entity '&nbsp;' is not defined");
    refused("<a x='1' x='2'/>", "attribute 'x' stands twice");
    refused("<a x=1/>", "expected name=\"value\"");
    refused("<a x='<'/>", "write it as '&lt;'");
    refused("<a x='1'y='2'/>", "expected a blank, '/>' or '>'");
    refused("<a/>text", "expected nothing behind the root element");
    refused("<a/><b/>", "expected nothing behind the root element");
    refused("<a><![CDATA[x", "expected ']]>'");
    refused("<a><!-- x", "expected '-->'");
}

static void document_types_are_refused(void **state)
{
    (void)state;
    refused("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "document type declaration");
    refused("<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "a.xml:2:");
    refused("<!DOCTYPE a [<!ENTITY a 'aa'><!ENTITY b '&a;&a;&a;'>]><a>&b;&b;</a>",
            "is not allowed: remove it");
}

/* --- Bounds -------------------------------------------------------------------------------- */

static char *nested(unsigned depth)
{
    char *text = malloc(depth * 7 + 1);
    assert_non_null(text);
    char *p = text;
    for (unsigned i = 0; i < depth; i++, p += 3)
        memcpy(p, "<a>", 3);
    for (unsigned i = 0; i < depth; i++, p += 4)
        memcpy(p, "</a>", 4);
    *p = 0;
    return text;
}

static void depth_limit_holds(void **state)
{
    (void)state;
    char *text = nested(TS_XML_DEPTH_MAX);
    ts_xml_free(good(text));
    free(text);
    text = nested(TS_XML_DEPTH_MAX + 1);
    refused_bytes(text, strlen(text), TS_LIMIT, "nested deeper than 256");
    free(text);
}

static void size_limit_holds(void **state)
{
    (void)state;
    char *text = malloc(MAX + 1);
    assert_non_null(text);
    memset(text, ' ', MAX + 1);
    memcpy(text, "<a>", 3);
    memcpy(text + MAX - 4, "</a>", 4);
    ts_err *err = NULL;
    ts_xml_doc *doc = parse(text, MAX, &err);
    assert_non_null(doc);
    ts_xml_free(doc);
    refused_bytes(text, MAX + 1, TS_LIMIT, "are more than the limit of");
    free(text);
}

static void node_limit_holds(void **state)
{
    (void)state;
    size_t count = TS_XML_NODES_MAX, size = count * 4 + 7;
    char *text = malloc(size);
    assert_non_null(text);
    memcpy(text, "<a>", 3);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 3 + i * 4, "<b/>", 4);
    memcpy(text + 3 + count * 4, "</a>", 4);
    ts_xml_source source = {
        .file = "a.xml", .data = text, .size = size, .max = size, .expected = "a test"};
    ts_err *err = NULL;
    assert_null(ts_xml_parse(&source, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    free(text);
}

static void long_pieces(const char *before, const char *after, ts_code expected)
{
    size_t size = 11u * 1024u * 1024u, b = strlen(before), a = strlen(after);
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, before, b);
    memcpy(text + size - a, after, a);
    ts_xml_source source = {
        .file = "a.xml", .data = text, .size = size, .max = size, .expected = "a test"};
    ts_err *err = NULL;
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, &err);
    if (ts_err_code(err) != expected)
        fail_msg("%s: %s", before, ts_err_text(err));
    assert_true(expected == TS_OK || strstr(ts_err_text(err), "a.xml:1:"));
    ts_err_free(err);
    ts_xml_free(doc);
    free(text);
}

static void pieces_of_more_than_10_mb_are_a_limit_but_for_text(void **state)
{
    (void)state;
    long_pieces("<a>", "</a>", TS_OK); /* libxml2 hands text over in pieces */
    long_pieces("<a x='", "'/>", TS_LIMIT);
    long_pieces("<a><![CDATA[", "]]></a>", TS_LIMIT);
    long_pieces("<a><!--", "--></a>", TS_OK); /* nobody keeps it */
    long_pieces("<", "/>", TS_LIMIT);
}

static void allocation_failures_are_clean(void **state)
{
    (void)state;
    const char *text = "<a x='1'>one<b>two</b>three</a>";
    ts_alloc_fail_at(0);
    ts_xml_free(good(text));
    uint64_t calls = ts_alloc_fail_at(0);
    assert_true(calls > 3);
    for (uint64_t n = 1; n <= calls; n++) {
        ts_alloc_fail_at(n);
        ts_err *err = NULL;
        ts_xml_doc *doc = parse(text, strlen(text), &err);
        ts_alloc_fail_at(0);
        assert_null(doc);
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
    }
}

/* --- Accessors ----------------------------------------------------------------------------- */

static void typed_accessors_check_their_values(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a n='42' b='TRUE' s='x' bad='4x'><t>text</t></a>");
    ts_xml *a = ts_xml_root(doc);
    int64_t n = 0;
    bool b = false;
    const char *s = NULL, *none = "kept";
    ts_err *err = NULL;
    assert_true(ts_xml_int(a, "n", TS_XML_REQUIRED, 0, 42, &n, &err));
    assert_int_equal(n, 42);
    assert_true(ts_xml_bool(a, "b", TS_XML_OPTIONAL, &b, &err));
    assert_true(b);
    assert_true(ts_xml_str(a, "none", TS_XML_OPTIONAL, &none, &err));
    assert_string_equal(none, "kept");
    assert_true(ts_xml_child_text(a, "t", TS_XML_REQUIRED, &s, &err));
    assert_string_equal(s, "text");
    assert_false(ts_xml_int(a, "n", TS_XML_REQUIRED, 0, 41, &n, &err));
    assert_non_null(strstr(ts_err_text(err), "a.xml:1:1: attribute 'n'"));
    ts_err_clear(&err);
    assert_false(ts_xml_int(a, "bad", TS_XML_REQUIRED, 0, 9, &n, &err));
    ts_err_clear(&err);
    assert_false(ts_xml_bool(a, "s", TS_XML_REQUIRED, &b, &err));
    assert_non_null(strstr(ts_err_text(err), "expected true or false"));
    ts_err_clear(&err);
    assert_false(ts_xml_str(a, "gone", TS_XML_REQUIRED, &s, &err));
    assert_non_null(strstr(ts_err_text(err), "has no attribute 'gone'"));
    ts_err_clear(&err);
    assert_false(ts_xml_child_text(a, "t", TS_XML_REQUIRED, &s, &err)); /* consumed above */
    ts_err_clear(&err);
    ts_xml_free(doc);
}

typedef struct seen {
    char text[1000];
} seen;

static void note(void *ctx, ts_xml_stray kind, uint32_t line, const char *text)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%d:%u:%s|", (int)kind, (unsigned)line, text);
}

static void leftovers_are_reported_with_did_you_mean(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a name='1' disabled='x'>\n<stap/><b/>\nstray</a>");
    ts_xml *a = ts_xml_root(doc);
    ts_xml_attr_get(a, "name");
    ts_xml_child(a, "b");
    seen s = {""};
    ts_err *err = NULL;
    assert_true(ts_xml_done(a, "name disable step b", note, &s, &err));
    assert_string_equal(
        s.text, "0:1:attribute 'disabled' is not expected in element 'a': did you mean "
                "'disable'?|1:2:element 'stap' is not expected in element 'a': did you mean "
                "'step'?|2:2:text is not expected directly in element 'a'|");
    assert_false(ts_xml_done_strict(a, "name", &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    assert_non_null(strstr(ts_err_text(err), "a.xml:1: attribute 'disabled'"));
    ts_err_free(err);
    ts_xml_free(doc);
}

static void consumed_element_leaves_nothing(void **state)
{
    (void)state;
    ts_xml_doc *doc = good("<a><b/><b/></a>");
    ts_xml *a = ts_xml_root(doc);
    unsigned n = 0;
    for (ts_xml *b = NULL; (b = ts_xml_each(a, b, "b")) != NULL;)
        n++;
    assert_int_equal(n, 2);
    ts_err *err = NULL;
    assert_true(ts_xml_done_strict(a, "b", &err));
    ts_xml_free(doc);
}

/* --- Sniffing and writing ------------------------------------------------------------------ */

static void sniff(const void *data, size_t size, const char *expected)
{
    char name[16];
    ts_xml_sniff(data, size, name, sizeof name);
    assert_string_equal(name, expected);
}

static void sniffing_finds_the_first_element(void **state)
{
    (void)state;
    sniff("<a>", 3, "a");
    sniff("\xEF\xBB\xBF <?xml ?>\n<!-- <b> -->\n<!DOCTYPE x>\n<p:seq x='1'>", 56, "seq");
    sniff("<", 1, "");
    sniff("", 0, "");
    sniff("<?xml", 5, "");
    sniff("text", 4, "");
    uint8_t bytes[64];
    sniff(bytes, utf16("<?xml ?><a/>", true, false, bytes), "a");
}

static void written_document_reads_back(void **state)
{
    (void)state;
    ts_buf out;
    ts_buf_init(&out, 4096);
    ts_xml_writer w;
    ts_xml_writer_init(&w, &out);
    ts_xml_writer_open(&w, "a");
    ts_xml_writer_attr(&w, "x", "1 < 2 & \"q\"\r\n");
    ts_xml_writer_element(&w, "b", "text & more\r");
    ts_xml_writer_open(&w, "c");
    ts_xml_writer_close(&w);
    ts_err *err = NULL;
    assert_true(ts_xml_writer_end(&w, &err)); /* closes <a> */
    assert_string_equal(ts_buf_text(&out), "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                                           "<a x=\"1 &lt; 2 &amp; &quot;q&quot;&#xD;&#xA;\">\n"
                                           "  <b>text &amp; more&#xD;</b>\n"
                                           "  <c />\n"
                                           "</a>\n");
    ts_xml_doc *doc = good(ts_buf_text(&out));
    assert_string_equal(ts_xml_attr_get(ts_xml_root(doc), "x"), "1 < 2 & \"q\"\r\n");
    assert_string_equal(ts_xml_next(ts_xml_root(doc), NULL)->text, "text & more\r");
    ts_xml_free(doc);
    ts_buf_done(&out);
}

static void writer_refuses_what_xml_cannot_hold(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x01", "\xC3"};
    for (size_t i = 0; i < TS_COUNT(bad); i++) {
        ts_buf out;
        ts_buf_init(&out, 4096);
        ts_xml_writer w;
        ts_xml_writer_init(&w, &out);
        ts_xml_writer_element(&w, "a", bad[i]);
        ts_err *err = NULL;
        assert_false(ts_xml_writer_end(&w, &err));
        assert_int_equal(ts_err_code(err), TS_SCHEMA);
        ts_err_free(err);
        ts_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_has_name_attributes_text_and_place),
        cmocka_unit_test(prefix_is_not_part_of_the_name),
        cmocka_unit_test(references_are_resolved_in_text_and_attributes),
        cmocka_unit_test(cdata_is_text_with_its_own_place),
        cmocka_unit_test(blanks_between_elements_are_dropped_and_kept_in_leaves),
        cmocka_unit_test(text_round_children_is_joined),
        cmocka_unit_test(inner_document_keeps_the_outer_place),
        cmocka_unit_test(texts_outlive_the_tree_in_the_callers_arena),
        cmocka_unit_test(utf16_loads_in_both_orders_with_and_without_mark),
        cmocka_unit_test(utf8_mark_is_skipped),
        cmocka_unit_test(declared_latin1_is_converted),
        cmocka_unit_test(wrong_encodings_are_refused),
        cmocka_unit_test(empty_and_foreign_files_are_named),
        cmocka_unit_test(faults_say_what_was_expected),
        cmocka_unit_test(document_types_are_refused),
        cmocka_unit_test(depth_limit_holds),
        cmocka_unit_test(size_limit_holds),
        cmocka_unit_test(node_limit_holds),
        cmocka_unit_test(pieces_of_more_than_10_mb_are_a_limit_but_for_text),
        cmocka_unit_test(allocation_failures_are_clean),
        cmocka_unit_test(typed_accessors_check_their_values),
        cmocka_unit_test(leftovers_are_reported_with_did_you_mean),
        cmocka_unit_test(consumed_element_leaves_nothing),
        cmocka_unit_test(sniffing_finds_the_first_element),
        cmocka_unit_test(written_document_reads_back),
        cmocka_unit_test(writer_refuses_what_xml_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
