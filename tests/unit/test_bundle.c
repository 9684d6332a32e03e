/* test_bundle.c - the containers: bare documents, object.xml, SmsTaskSequencePackage, export zips.
 */
#include "load.h"

#include <stdio.h>

#include <ts/mem.h>

#include "zip_make.h"

/* printf '<sequence/>' | sha256sum */
#define HASH_BARE "06f1b1e2f6ed30af148c1e4ecffa45ee0dc712a44153e7486d51160692caec98"

/* As the console writes it: qualifiers with a VALUE of their own come before the value. */
#define PROPERTY(name, value)                                                                      \
    "<PROPERTY NAME=\"" name "\" TYPE=\"string\"><QUALIFIER NAME=\"CIMTYPE\">\n"                   \
    "<VALUE>string</VALUE></QUALIFIER>\n<VALUE>" value "</VALUE></PROPERTY>\n"
#define OBJECT(id, name, sequence)                                                                 \
    "<INSTANCE CLASSNAME=\"SMS_TaskSequencePackage\">\n"                                           \
    "<PROPERTY.ARRAY "                                                                             \
    "NAME=\"x\"><VALUE.ARRAY><VALUE>y</VALUE></VALUE.ARRAY></PROPERTY.ARRAY>\n" PROPERTY(          \
        "Name", name) PROPERTY("PackageID", id) PROPERTY("BootImageID", "")                        \
        PROPERTY("Description", "about") PROPERTY("Sequence", sequence) "</INSTANCE>"
#define CDATA(text) "<![CDATA[" text "\n]]>"
#define STEP        "<sequence version=\"3.10\"><step name=\"s\"/></sequence>"
#define CALLS(id)                                                                                  \
    "<sequence><subtasksequence name=\"c\" type=\"SMS_TaskSequence_SubTasksequence\">"             \
    "<action>SubTasksequence.exe</action><defaultVarList><variable "                               \
    "name=\"OSDSubTasksequencePackageID\" property=\"TsPackageID\">" id                            \
    "</variable></defaultVarList></subtasksequence></sequence>"

static void bare_sequence_takes_its_name_from_root_or_file(void **state)
{
    (void)state;
    ts_bundle *b = load_bytes("a/b/ts.xml", STEP, strlen(STEP));
    const ts_sequence *s = ts_bundle_get(b, 0);
    assert_string_equal(s->name, "ts.xml");
    assert_string_equal(s->file, "a/b/ts.xml");
    assert_string_equal(s->package_id, "");
    assert_string_equal(s->boot_image, "");
    assert_ptr_equal(ts_bundle_entry(b), s);
    assert_null(ts_bundle_get(b, 1));
    assert_null(ts_bundle_find(b, ""));
    ts_bundle_free(b);
    b = load_text("<sequence name=\"Client\"/>");
    assert_string_equal(ts_bundle_get(b, 0)->name, "Client");
    ts_bundle_free(b);
}

static void hash_is_of_the_documents_bytes(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<sequence/>");
    assert_string_equal(ts_bundle_get(b, 0)->sha256, HASH_BARE);
    ts_bundle_free(b);
    b = load_text(OBJECT("ABC00001", "n", "<![CDATA[<sequence/>]]>"));
    assert_string_equal(ts_bundle_get(b, 0)->sha256, HASH_BARE);
    ts_bundle_free(b);
}

static void object_xml_keeps_the_lines_of_the_file(void **state)
{
    (void)state;
    ts_bundle *b = load_text(OBJECT("ABC00001", "Main",
                                    CDATA("<sequence version=\"3.10\">\n"
                                          "<step name=\"s\">\n<action>x</action>"
                                          "</step></sequence>")));
    const ts_sequence *s = ts_bundle_get(b, 0);
    assert_string_equal(s->name, "Main");
    assert_string_equal(s->package_id, "ABC00001");
    assert_string_equal(s->boot_image, "");
    assert_string_equal(s->description, "about");
    assert_int_equal(s->line,
                     17); /* 2 lines before five properties of 3 lines, the last one's third */
    assert_int_equal(s->nodes[0].line, 18);
    assert_int_equal(s->nodes[0].action_line, 19);
    assert_ptr_equal(ts_bundle_find(b, "abc00001"), s);
    ts_bundle_free(b);
}

static void escaped_sequence_in_an_object_loads_too(void **state)
{
    (void)state;
    ts_bundle *b = load_text(OBJECT("A", "n",
                                    "\n  &lt;?xml version=\"1.0\"?&gt;\n"
                                    "&lt;sequence&gt;\n&lt;step name=\"s\"/&gt;"
                                    "&lt;/sequence&gt;"));
    assert_int_equal(ts_bundle_get(b, 0)->nodes[0].line, 20);
    ts_bundle_free(b);
}

static void faults_inside_an_object_name_the_outer_place(void **state)
{
    (void)state;
    text_refused(OBJECT("A", "n", CDATA("<sequence>\n<step>")), TS_SYNTAX, "test.xml:19:1: ");
    text_refused(OBJECT("A", "n", CDATA("<group/>")), TS_SYNTAX,
                 "test.xml:17:17: the property 'Sequence' holds <group>: expected <sequence>");
    text_refused(OBJECT("A", "n", ""), TS_SYNTAX, "has no sequence: expected a <VALUE>");
    text_refused("<INSTANCE CLASSNAME=\"SMS_Package\">" PROPERTY("Name", "n") "</INSTANCE>",
                 TS_SYNTAX, "test.xml:1:1: the instance of 'SMS_Package' has no sequence");
}

static void package_document_holds_real_elements(void **state)
{
    (void)state;
    ts_bundle *b = load_text("<?xml version=\"1.0\"?>\n<SmsTaskSequencePackage "
                             "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
                             "<BootImageID>ABC00005</BootImageID><Name>Deploy</Name>\n"
                             "<SequenceData><sequence version=\"3.00\"><group name=\"g\"/>"
                             "</sequence></SequenceData></SmsTaskSequencePackage>");
    const ts_sequence *s = ts_bundle_get(b, 0);
    assert_string_equal(s->name, "Deploy");
    assert_string_equal(s->boot_image, "ABC00005");
    assert_int_equal(s->line, 3);
    assert_int_equal(s->n_nodes, 1);
    ts_bundle_free(b);
    text_refused("<SmsTaskSequencePackage/>", TS_SYNTAX, "expected <SequenceData><sequence>");
}

static void documents_without_a_sequence_are_named(void **state)
{
    (void)state;
    text_refused(
        "<unattend/>", TS_SYNTAX,
        "test.xml:1:1: there is no task sequence: found <unattend> (a Windows answer file)");
    text_refused("<LibraryDocument/>", TS_SYNTAX, "load the .zip or its object.xml");
    text_refused("<step/>", TS_SYNTAX, "put <sequence version=\"3.10\"> round it");
    text_refused("", TS_SYNTAX, "the file is empty");
    text_refused("&lt;sequence version=\"3.10\"&gt;", TS_SYNTAX,
                 "the document is XML-escaped once");
}

/* --- Zips ---------------------------------------------------------------------------------- */

static ts_bundle *load_zip(zip_make *zip)
{
    zip_make_end(zip);
    ts_bundle *b = load_bytes("e.zip", zip->data, zip->size);
    zip_make_free(zip);
    return b;
}

static void zip_refused(zip_make *zip, ts_code code, const char *phrase)
{
    zip_make_end(zip);
    load_refused(zip->data, zip->size, code, phrase);
    zip_make_free(zip);
}

static void export_holds_all_its_sequences(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "[Content_Types].xml", "<Types/>");
    zip_add_text(&zip, "_rels/.rels", "<Relationships/>");
    zip_add_text(&zip, "SMS_TaskSequencePackage/ABC00002/object.xml",
                 OBJECT("ABC00002", "Child", CDATA(STEP)));
    zip_add_text(&zip, "SMS_TaskSequencePackage/ABC00001/object.xml",
                 OBJECT("ABC00001", "Main", CDATA(CALLS("ABC00002"))));
    zip_add_text(&zip, "SMS_Package/ABC00009/object.xml",
                 "<INSTANCE CLASSNAME=\"SMS_Package\"></INSTANCE>");
    zip_add_text(&zip, "SMS_Package/ABC00009/content/broken.xml", "<not <xml");
    zip_add_text(&zip, "SMS_Package/ABC00009/content/setup.exe", "MZ");
    ts_bundle *b = load_zip(&zip);
    assert_int_equal(ts_bundle_count(b), 2);
    assert_string_equal(ts_bundle_get(b, 0)->file,
                        "e.zip!SMS_TaskSequencePackage/ABC00002/object.xml");
    /* no manifest: the one that no other calls */
    assert_string_equal(ts_bundle_entry(b)->package_id, "ABC00001");
    assert_string_equal(ts_bundle_find(b, "ABC00002")->name, "Child");
    assert_null(ts_bundle_find(b, "ABC00009"));
    ts_bundle_free(b);
}

static void manifest_names_the_entry(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "SMS_TaskSequencePackage/ABC00001/object.xml",
                 OBJECT("ABC00001", "One", CDATA(STEP)));
    zip_add_text(&zip, "SMS_TaskSequencePackage/ABC00002/object.xml",
                 OBJECT("ABC00002", "Two", CDATA(STEP)));
    zip_add_text(&zip, "Manifest.xml",
                 "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><LibraryDocument>"
                 "<Objects><Object Key=\"ABC00001\"/></Objects><EntryObjects><EntryObject "
                 "Path=\"SMS_TaskSequencePackage/ABC00002\"/></EntryObjects></LibraryDocument>");
    ts_bundle *b = load_zip(&zip);
    assert_string_equal(ts_bundle_entry(b)->package_id, "ABC00002");
    ts_bundle_free(b);
}

static void sequences_that_call_each_other_start_with_the_first(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "SMS_TaskSequencePackage/A/object.xml", OBJECT("A", "a", CDATA(CALLS("B"))));
    zip_add_text(&zip, "SMS_TaskSequencePackage/B/object.xml", OBJECT("B", "b", CDATA(CALLS("A"))));
    zip_add_text(&zip, "Manifest.xml", "this is no XML");
    ts_bundle *b = load_zip(&zip);
    assert_string_equal(ts_bundle_entry(b)->package_id, "A");
    ts_bundle_free(b);
}

static void zips_inside_zips_are_read_three_deep(void **state)
{
    (void)state;
    zip_make inner = {.data = NULL};
    zip_add_text(&inner, "Control/1/ts.xml", STEP);
    zip_make_end(&inner);
    for (unsigned depth = 2; depth <= TS_BUNDLE_NESTING_MAX; depth++) {
        zip_make outer = {.data = NULL};
        zip_add(&outer, depth == 2 ? "in.ZIP" : "in\\er.zip.old", inner.data, inner.size);
        zip_make_end(&outer);
        zip_make_free(&inner);
        inner = outer;
    }
    ts_bundle *b = load_bytes("e.zip", inner.data, inner.size);
    assert_string_equal(ts_bundle_get(b, 0)->file, "e.zip!in/er.zip.old!in.ZIP!Control/1/ts.xml");
    ts_bundle_free(b);
    zip_make outer = {.data = NULL};
    zip_add(&outer, "in.zip", inner.data, inner.size);
    zip_make_free(&inner);
    zip_refused(&outer, TS_LIMIT, "zip files inside zip files are read 3 levels deep");
}

static void zip_without_a_sequence_says_what_was_expected(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "readme.txt", "hello");
    zip_refused(&zip, TS_SYNTAX, "holds no task sequence: expected SMS_TaskSequencePackage/");
    zip_refused(&zip, TS_SYNTAX, "holds no task sequence"); /* an empty zip */
}

static void broken_member_is_named(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "SMS_TaskSequencePackage/A/object.xml",
                 "<INSTANCE CLASSNAME=\"SMS_TaskSequencePackage\">");
    zip_refused(&zip, TS_SYNTAX, "test.xml!SMS_TaskSequencePackage/A/object.xml:1:47: ");
}

static void damaged_zip_is_refused(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "SMS_TaskSequencePackage/A/object.xml", OBJECT("A", "a", CDATA(STEP)));
    zip_make_end(&zip);
    for (size_t size = 4; size < zip.size; size += 37) {
        ts_err *err = NULL;
        ts_bundle *b = ts_bundle_load_bytes("e.zip", zip.data, size, &err);
        if (b) { /* libarchive can read the member without the directory behind it */
            assert_int_equal(ts_bundle_count(b), 1);
            ts_bundle_free(b);
        } else {
            assert_int_equal(ts_err_code(err), TS_SYNTAX);
            ts_err_free(err);
        }
    }
    zip.data[200] ^= 1; /* inside the member: its check sum no longer fits */
    ts_err *err = NULL;
    assert_null(ts_bundle_load_bytes("e.zip", zip.data, zip.size, &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_free(err);
    zip_make_free(&zip);
}

static void number_of_sequences_is_limited(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        zip_make zip = {.data = NULL};
        for (unsigned i = 0; i < TS_BUNDLE_SEQUENCES_MAX + extra; i++) {
            char name[32];
            snprintf(name, sizeof name, "%u.xml", i);
            zip_add_text(&zip, name, "<sequence/>");
        }
        if (extra) {
            zip_refused(&zip, TS_LIMIT, "more than 1000 task sequences");
            continue;
        }
        ts_bundle *b = load_zip(&zip);
        assert_int_equal(ts_bundle_count(b), TS_BUNDLE_SEQUENCES_MAX);
        ts_bundle_free(b);
    }
}

/* --- Files and memory ---------------------------------------------------------------------- */

static void missing_file_and_folder_are_not_found(void **state)
{
    (void)state;
    ts_err *err = NULL;
    assert_null(ts_bundle_load("does/not/exist.xml", &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_clear(&err);
    assert_null(ts_bundle_load(".", &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    assert_non_null(strstr(ts_err_text(err), "is a folder"));
    ts_err_free(err);
}

static void every_failing_allocation_is_reported(void **state)
{
    (void)state;
    zip_make zip = {.data = NULL};
    zip_add_text(&zip, "SMS_TaskSequencePackage/A/object.xml",
                 OBJECT("A", "a",
                        CDATA("<sequence odd=\"1\"><group name=\"g\"><condition/>"
                              "<step name=\"s\" successCodeList=\"0 1\"><defaultVarList>"
                              "<variable name=\"v\">1</variable></defaultVarList></step>"
                              "</group></sequence>")));
    zip_add_text(&zip, "Manifest.xml", "<L><EntryObjects>A</EntryObjects></L>");
    zip_make_end(&zip);
    ts_alloc_fail_at(0);
    ts_bundle_free(load_bytes("e.zip", zip.data, zip.size));
    uint64_t calls = ts_alloc_fail_at(0);
    for (uint64_t n = 1; n <= calls; n++) {
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        ts_bundle *b = ts_bundle_load_bytes("e.zip", zip.data, zip.size, &err);
        ts_alloc_fail_at(0);
        if (b)
            fail_msg("allocation %u of %u failed unseen", (unsigned)n, (unsigned)calls);
        assert_int_equal(ts_err_code(err), TS_NOMEM);
        ts_err_free(err);
    }
    zip_make_free(&zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_sequence_takes_its_name_from_root_or_file),
        cmocka_unit_test(hash_is_of_the_documents_bytes),
        cmocka_unit_test(object_xml_keeps_the_lines_of_the_file),
        cmocka_unit_test(escaped_sequence_in_an_object_loads_too),
        cmocka_unit_test(faults_inside_an_object_name_the_outer_place),
        cmocka_unit_test(package_document_holds_real_elements),
        cmocka_unit_test(documents_without_a_sequence_are_named),
        cmocka_unit_test(export_holds_all_its_sequences),
        cmocka_unit_test(manifest_names_the_entry),
        cmocka_unit_test(sequences_that_call_each_other_start_with_the_first),
        cmocka_unit_test(zips_inside_zips_are_read_three_deep),
        cmocka_unit_test(zip_without_a_sequence_says_what_was_expected),
        cmocka_unit_test(broken_member_is_named),
        cmocka_unit_test(damaged_zip_is_refused),
        cmocka_unit_test(number_of_sequences_is_limited),
        cmocka_unit_test(missing_file_and_folder_are_not_found),
        cmocka_unit_test(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
