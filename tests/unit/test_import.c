/* test_import.c - console exports, content libraries and deployment shares become packages; what is
 * damaged, missing or hostile in them does not. The sources are made here. */
#include "check.h"

#include <stdio.h>

#include <ts/application.h>
#include <ts/content.h>
#include <ts/mem.h>

#include "crypto.h"
#include "os.h"
#include "repo.h"
#include "zip_make.h"

typedef struct place {
    char root[64]; /* folder of the test */
    char repo[128];
    ts_buf told, log;
    ts_import_result result;
    ts_err *err;
} place;

/* --- Making sources ------------------------------------------------------------------------- */

static void put(const place *p, const char *name, const char *text)
{
    char *path = ts_path_join(p->root, name);
    char *folder = path ? ts_path_dir(path) : NULL;
    assert_non_null(folder);
    assert_true(ts_folder_make(folder, NULL));
    assert_true(ts_file_write_atomic(path, text, strlen(text), NULL));
    free(folder);
    free(path);
}

/* A file of a content library: under its hash in `lib`/FileLib, its .INI at `ini`. */
static void put_library_file(const place *p, const char *lib, const char *ini, const char *text)
{
    char hash[65], name[256], body[256];
    assert_true(ts_sha256_text(text, strlen(text), hash, NULL));
    for (char *c = hash; *c; c++)
        *c = (char)(*c >= 'a' ? *c - 32 : *c);
    snprintf(name, sizeof name, "%s/FileLib/%.4s/%s", lib, hash, hash);
    put(p, name, text);
    snprintf(body, sizeof body, "[File]\r\nSize=%zu\r\nHash=%s\r\n", strlen(text), hash);
    put(p, ini, body);
}

static void put_library(const place *p)
{
    put(p, "lib/PkgLib/P0100012.INI", "[Packages]\r\nP0100012.2=\r\nP0100012.3=\r\n");
    put(p, "lib/DataLib/P0100012.3.INI", "[Info]\r\n");
    put_library_file(p, "lib", "lib/DataLib/P0100012.3/Setup.exe.INI", "hello");
    put_library_file(p, "lib", "lib/DataLib/P0100012.3/sub/settings.ini.INI", "world");
    put(p, "lib/PkgLib/P0100013.INI", "[Packages]\r\nContent_1.1=\r\nContent_2.1=\r\n");
    put(p, "lib/DataLib/Content_1.1.INI", "[Info]\r\n");
    put(p, "lib/DataLib/Content_2.1.INI", "[Info]\r\n");
    put_library_file(p, "lib", "lib/DataLib/Content_1.1/a.txt.INI", "hello");
    put_library_file(p, "lib", "lib/DataLib/Content_2.1/a.txt.INI", "other");
}

static const char *file_of(const place *p, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", p->root, name);
    return out;
}

static int set_up(void **state)
{
    static unsigned n;
    place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->root, sizeof p->root, "import-%u-%u.tmp", (unsigned)ts_process_id(), n++);
    snprintf(p->repo, sizeof p->repo, "%s/repo", p->root);
    ts_buf_init(&p->told, 64 * 1024);
    ts_buf_init(&p->log, 64 * 1024);
    assert_true(ts_folder_make(p->root, NULL));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    ts_folder_remove(p->root, NULL);
    ts_buf_done(&p->told);
    ts_buf_done(&p->log);
    ts_err_free(p->err);
    free(p);
    return 0;
}

/* --- Importing ------------------------------------------------------------------------------ */

static void told(void *ctx, const ts_package_source *package, const ts_publish_result *result)
{
    place *p = ctx;
    ts_buf_printf(&p->told, "%s %u%s\n", package->id,
                  (unsigned)(result ? result->version : package->version),
                  result && result->unchanged ? " same" : "");
}

static void logged(void *ctx, ts_level level, const char *text)
{
    place *p = ctx;
    assert_true(level >= TS_LEVEL_WARNING);
    ts_buf_printf(&p->log, "%s\n", text);
}

static bool import_with(place *p, const char *name, ts_import_options o)
{
    char path[256];
    const char *paths[2] = {file_of(p, name, path), NULL};
    if (o.n_paths == 0) {
        o.paths = paths;
        o.n_paths = 1;
    }
    o.told = told;
    o.log = logged;
    o.ctx = p;
    ts_err_clear(&p->err);
    ts_buf_clear(&p->told);
    ts_buf_clear(&p->log);
    return ts_repo_import(p->repo, &o, &p->result, &p->err);
}

static bool import(place *p, const char *name)
{
    return import_with(p, name, (ts_import_options){.list = false});
}

static bool import_only(place *p, const char *name, const char *id)
{
    return import_with(p, name, (ts_import_options){.only = &id, .n_only = 1});
}

static void fails(place *p, bool ok, ts_code code, const char *text)
{
    assert_false(ok);
    assert_non_null(p->err);
    if (!strstr(ts_err_text(p->err), text))
        print_error("%s\n", ts_err_text(p->err));
    assert_non_null(strstr(ts_err_text(p->err), text));
    assert_int_equal(ts_err_code(p->err), code);
}

/* "path sha256-begin\n" of every file of the newest version. */
static void expect_files(const place *p, const char *id, const char *list)
{
    ts_buf out;
    ts_buf_init(&out, 64 * 1024);
    ts_catalog *draft = ts_repo_draft(p->repo, NULL);
    assert_non_null(draft);
    const ts_catalog_package *package = ts_catalog_package_find(draft, id, 0);
    assert_non_null(package);
    ts_manifest *m = ts_repo_manifest(p->repo, package, NULL);
    assert_non_null(m);
    char *path = ts_repo_blob_path(p->repo, ts_manifest_tree(m)->sha256);
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1 << 20, &data, &size, NULL));
    ts_tree *tree = ts_tree_read("tree", data, size, NULL);
    assert_non_null(tree);
    for (size_t i = 0; i < tree->n_files; i++)
        ts_buf_printf(&out, "%s%s%.8s\n", tree->files[i].path, tree->files[i].folder ? "/" : " ",
                      tree->files[i].sha256);
    assert_string_equal(ts_buf_text(&out), list);
    ts_tree_free(tree);
    free(data);
    free(path);
    ts_manifest_free(m);
    ts_catalog_free(draft);
    ts_buf_done(&out);
}

/* --- Content library ------------------------------------------------------------------------ */

static void library_becomes_packages_of_its_versions(void **state)
{
    place *p = *state;
    put_library(p);
    assert_true(import(p, "lib"));
    assert_int_equal(p->result.kind, TS_IMPORT_LIBRARY);
    assert_string_equal(ts_buf_text(&p->told), "P0100012 3\nP0100013 1\n");
    expect_files(p, "P0100012", "Setup.exe 2cf24dba\nsub/settings.ini 486ea462\n");
    expect_files(p, "P0100013", "Content_1.1/a.txt 2cf24dba\nContent_2.1/a.txt d9298a10\n");
    assert_true(import_only(p, "lib", "p0100012"));
    assert_string_equal(ts_buf_text(&p->told), "P0100012 3 same\n");
    assert_string_equal(ts_buf_text(&p->log), "");
}

static void library_tells_what_is_missing_or_damaged(void **state)
{
    place *p = *state;
    char path[256];
    put_library(p);
    fails(p, import_only(p, "lib", "P0100099"), TS_NOT_FOUND, "does not have 'P0100099'");
    static const char hello[] =
        "lib/FileLib/2CF2/2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
    put(p, hello, "jello"); /* the same size */
    fails(p, import_only(p, "lib", "P0100012"), TS_INTEGRITY, "'Setup.exe' is damaged");
    put(p, hello, "hell");
    fails(p, import_only(p, "lib", "P0100012"), TS_INTEGRITY, "has 4 bytes, not 5");
    assert_true(ts_file_remove(file_of(p, hello, path), NULL));
    fails(p, import_only(p, "lib", "P0100012"), TS_NOT_FOUND, "name the library's other drives");
    put(p, "lib/DataLib/P0100012.3/Setup.exe.INI", "[File]\nSize=5\n");
    fails(p, import_only(p, "lib", "P0100012"), TS_SYNTAX, "has no [File] Hash");
    put(p, "lib/DataLib/P0100012.3/stray.txt", "x");
    put_library_file(p, "lib", "lib/DataLib/P0100012.3/Setup.exe.INI", "hello");
    fails(p, import_only(p, "lib", "P0100012"), TS_REFUSED, "does not belong into DataLib");
    assert_true(ts_file_remove(file_of(p, "lib/DataLib/P0100012.3.INI", path), NULL));
    fails(p, import_only(p, "lib", "P0100012"), TS_NOT_FOUND, "DataLib does not have");
    put(p, "lib/PkgLib/P0100012.INI", "[Packages]\n..\\..\\x=\n");
    fails(p, import_only(p, "lib", "P0100012"), TS_REFUSED, "is no name of a content folder");
    /* the others still come in */
    assert_true(import(p, "lib"));
    assert_int_equal(p->result.failed, 1);
    assert_int_equal(p->result.packages, 1);
}

static void library_has_more_than_one_drive(void **state)
{
    place *p = *state;
    char first[256], second[256];
    put_library(p);
    put_library_file(p, "drive2/SCCMContentLib", "lib/DataLib/P0100012.3/big.wim.INI", "far");
    fails(p, import_only(p, "lib", "P0100012"), TS_NOT_FOUND, "'big.wim' is missing");
    const char *paths[] = {file_of(p, "lib", first), file_of(p, "drive2", second)};
    const char *id = "P0100012";
    assert_true(import_with(
        p, "lib", (ts_import_options){.paths = paths, .n_paths = 2, .only = &id, .n_only = 1}));
}

static void list_publishes_nothing(void **state)
{
    place *p = *state;
    put_library(p);
    assert_true(import_with(p, "lib", (ts_import_options){.list = true}));
    assert_string_equal(ts_buf_text(&p->told), "P0100012 3\nP0100013 0\n");
    assert_false(ts_file_exists(p->repo));
}

static void sequence_says_which_packages(void **state)
{
    place *p = *state;
    char path[256];
    put_library(p);
    put(p, "s.xml",
        "<sequence version=\"3.10\"><referenceList><reference package=\"P0100013\"/>"
        "</referenceList></sequence>");
    assert_true(import_with(p, "lib", (ts_import_options){.sequence = file_of(p, "s.xml", path)}));
    assert_string_equal(ts_buf_text(&p->told), "P0100013 1\n");
    put(p, "s.xml", "<sequence version=\"3.10\"></sequence>");
    fails(p, import_with(p, "lib", (ts_import_options){.sequence = path}), TS_NOT_FOUND,
          "references no package");
}

/* --- Deployment share ----------------------------------------------------------------------- */

#define GUID(n)     "{0000000" n "-0000-4000-8000-00000000000A}"
#define ID(n)       "0000000" n "-0000-4000-8000-00000000000a"
#define APP(n, in)  "<application guid=\"" GUID(n) "\" enable=\"True\">" in "</application>"
#define APPS(in)    "<applications>" in "</applications>"
#define OS(n, path) "<os guid=\"" GUID(n) "\"><Name>W" n "</Name><Source>" path "</Source></os>"

static void expect_catalogue(const place *p, ts_applications **out)
{
    ts_catalog *draft = ts_repo_draft(p->repo, NULL);
    const ts_catalog_package *package = ts_catalog_package_find(draft, "Applications", 0);
    assert_non_null(package);
    ts_manifest *m = ts_repo_manifest(p->repo, package, NULL);
    const ts_blob *blob = ts_manifest_find(m, "applications.xml"); /* loose */
    assert_non_null(blob);
    char *path = ts_repo_blob_path(p->repo, blob->sha256);
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1 << 20, &data, &size, NULL));
    *out = ts_applications_parse("catalogue", data, size, NULL);
    assert_non_null(*out);
    free(data);
    free(path);
    ts_manifest_free(m);
    ts_catalog_free(draft);
}

static void share_becomes_packages_and_catalogue(void **state)
{
    place *p = *state;
    put(p, "share/Applications/Editor/x64/setup.exe", "setup");
    put(p, "share/Control/Applications.xml",
        APPS(APP("1", "<Name>Editor</Name><Source>.\\applications\\EDITOR</Source>"
                      "<WorkingDirectory>.\\Applications\\Editor\\x64</WorkingDirectory>"
                      "<CommandLine>setup.exe /S</CommandLine><Reboot>True</Reboot>"
                      "<UninstallKey>Editor</UninstallKey><Dependency>" GUID("2") "</Dependency>")
                 APP("2", "<Name>Editor</Name><CommandLine>x</CommandLine>"
                          "<WorkingDirectory>\\\\server\\share</WorkingDirectory>")
                     APP("3", "<Name>Copy</Name><Source>.\\Applications\\Editor</Source>")));
    assert_true(import_with(p, "share/Control", (ts_import_options){.loose = true}));
    assert_int_equal(p->result.kind, TS_IMPORT_SHARE);
    /* the third has the content of the first: one package */
    assert_string_equal(ts_buf_text(&p->told), ID("1") " 1\nApplications 1\n");
    assert_non_null(strstr(ts_buf_text(&p->log), "'Editor' is there twice"));
    expect_files(p, ID("1"), "x64/setup.exe 8fb6d5f3\n");
    ts_applications *c = NULL;
    expect_catalogue(p, &c);
    const ts_application *a = ts_applications_find(c, ID("1"));
    assert_null(a); /* the id has braces */
    a = ts_applications_find(c, "{00000001-0000-4000-8000-00000000000a}");
    assert_non_null(a);
    assert_string_equal(a->name, "Editor");
    assert_string_equal(a->package, ID("1"));
    assert_string_equal(a->folder, "x64");
    assert_string_equal(a->command, "setup.exe /S");
    assert_true(a->reboot);
    assert_string_equal(a->detections[0].uninstall, "Editor");
    assert_int_equal(a->n_dependencies, 1);
    assert_string_equal(a->dependencies[0]->name, "Editor " GUID("2"));
    assert_string_equal(a->dependencies[0]->folder, "\\\\server\\share");
    assert_null(a->dependencies[0]->package);
    a = ts_applications_find(c, "Copy");
    assert_string_equal(a->package, ID("1"));
    assert_null(a->command);
    ts_applications_free(c);
}

static void systems_of_one_folder_have_a_package_each(void **state)
{
    place *p = *state;
    put(p, "share/Operating Systems/W11/install.wim", "wim");
    put(p, "share/Control/OperatingSystems.xml",
        "<oss>" OS("4", ".\\Operating Systems\\W11") OS("5", ".\\Operating Systems\\W11") "</oss>");
    assert_true(import(p, "share"));
    assert_string_equal(ts_buf_text(&p->told), ID("4") " 1\n" ID("5") " 1\n");
    expect_files(p, ID("5"), "install.wim c2294c15\n");
    put(p, "share/Operating Systems/W11/install.wim", "newer");
    assert_true(import(p, "share"));
    assert_string_equal(ts_buf_text(&p->told), ID("4") " 2\n" ID("5") " 2\n");
    assert_true(import(p, "share"));
    assert_string_equal(ts_buf_text(&p->told), ID("4") " 2 same\n" ID("5") " 2 same\n");
}

static void share_that_leads_out_or_in_circles_is_refused(void **state)
{
    place *p = *state;
    put(p, "secret/file", "x");
    put(p, "share/Control/OperatingSystems.xml", "<oss>" OS("4", "..\\secret") "</oss>");
    fails(p, import_only(p, "share", ID("4")), TS_REFUSED, "leads out");
    put(p, "share/Control/OperatingSystems.xml", "<oss>" OS("4", ".\\nothing") "</oss>");
    fails(p, import_only(p, "share", ID("4")), TS_NOT_FOUND, "'.\\nothing' is not in");
    put(p, "share/Control/OperatingSystems.xml", "<oss>" OS("4", "\\\\server\\x") "</oss>");
    fails(p, import_only(p, "share", ID("4")), TS_NOT_FOUND, "lies outside the share");
    put(p, "share/Control/OperatingSystems.xml", "<applications/>");
    fails(p, import(p, "share"), TS_SYNTAX, "expected <oss>");
    put(p, "share/Control/OperatingSystems.xml", "<oss><os guid=\"../x\"/></oss>");
    fails(p, import(p, "share"), TS_SYNTAX, "is no GUID");
    put(p, "share/Control/OperatingSystems.xml", "<oss>" OS("4", "") OS("4", "") "</oss>");
    fails(p, import(p, "share"), TS_SYNTAX, "is there twice");
    put(p, "share/Control/OperatingSystems.xml", "<oss/>");
    put(p, "share/Control/Applications.xml",
        APPS(APP("1", "<Name>A</Name><Dependency>" GUID("2") "</Dependency>")
                 APP("2", "<Name>B</Name><Dependency>" GUID("1") "</Dependency>")));
    fails(p, import(p, "share"), TS_SCHEMA, "form a cycle");
    put(p, "share/Applications/A/f", "x");
    put(p, "share/Control/Applications.xml",
        APPS(APP("1", "<Name>A</Name><Source>.\\Applications\\A</Source><WorkingDirectory>"
                      ".\\Applications\\A\\..\\..\\..</WorkingDirectory>")));
    fails(p, import(p, "share"), TS_SYNTAX, "leads out");
}

/* --- Console export ------------------------------------------------------------------------- */

#define PROPERTY(name, value)                                                                      \
    "<PROPERTY NAME=\"" name "\" TYPE=\"string\"><VALUE>" value "</VALUE></PROPERTY>"
#define SEQUENCE                                                                                   \
    "<INSTANCE CLASSNAME=\"SMS_TaskSequencePackage\">" PROPERTY("PackageID", "P0100001")           \
        PROPERTY("Sequence", "<![CDATA[<sequence version=\"3.10\"><referenceList><reference "      \
                             "package=\"P0100002\"/><reference package=\"P0100003\"/>"             \
                             "</referenceList></sequence>]]>") "</INSTANCE>"
#define PACKAGE(id, more)                                                                          \
    "<INSTANCE CLASSNAME=\"SMS_Package\">" PROPERTY("PackageID", id) more "</INSTANCE>"

static void put_export(const place *p, const char *member, const char *text)
{
    zip_make zip = {.data = NULL};
    char path[256];
    zip_add_text(&zip, "SMS_TaskSequencePackage/P0100001/object.xml", SEQUENCE);
    zip_add_text(&zip, "SMS_Package/P0100002/object.xml",
                 PACKAGE("P0100002", PROPERTY("Name", "Tools") PROPERTY("SourceVersion", "4")));
    zip_add_text(&zip, "SMS_Package/P0100003/object.xml",
                 PACKAGE("P0100003", PROPERTY("PkgSourcePath", "\\\\x\\E_files\\content 3\\")));
    zip_add_text(&zip, "E_files/SMS_Package/P0100002/bin/go.cmd", "hello");
    zip_add_text(&zip, "E_files/SMS_Package/P0100002/settings.xml", "<not a sequence");
    if (member)
        zip_add_text(&zip, member, text);
    zip_make_end(&zip);
    ts_file *file = ts_file_open(file_of(p, "E.zip", path), TS_FILE_CREATE, false, NULL);
    assert_true(ts_file_append(file, zip.data, zip.size, NULL));
    ts_file_close(file);
    zip_make_free(&zip);
}

static bool deploy(place *p)
{
    char path[256];
    ts_deployment_source d = {
        .id = "D1", .sequence = file_of(p, "E.zip", path), .told = told, .log = logged, .ctx = p};
    ts_err_clear(&p->err);
    ts_buf_clear(&p->told);
    ts_buf_clear(&p->log);
    return ts_repo_add_deployment(p->repo, &d, &p->err);
}

static void export_publishes_what_it_has_and_names_the_rest(void **state)
{
    place *p = *state;
    put_export(p, NULL, NULL);
    assert_true(import(p, "E.zip"));
    assert_int_equal(p->result.kind, TS_IMPORT_EXPORT);
    assert_string_equal(ts_buf_text(&p->told), "P0100002 4\n");
    expect_files(p, "P0100002", "bin/go.cmd 2cf24dba\nsettings.xml b00225fd\n");
    assert_non_null(
        strstr(ts_buf_text(&p->log), "package 'P0100003' has no content in the export"));
    assert_non_null(strstr(ts_buf_text(&p->log), "publish package --repo"));
    char path[256];
    char **names = NULL;
    assert_true(ts_folder_list(file_of(p, "repo/blobs", path), &names, NULL));
    assert_string_equal(names[0], "sha256"); /* nothing unpacked stays behind */
    assert_null(names[1]);
    free(names);
}

static void export_finds_content_beside_it(void **state)
{
    place *p = *state;
    put_export(p, NULL, NULL);
    put(p, "E_files/Content 3/sub/three.txt", "hello"); /* by the source path of its description */
    put(p, "E_files/Content 9/nine.txt", "nine");
    assert_true(import(p, "E.zip"));
    assert_string_equal(ts_buf_text(&p->told), "P0100002 4\nP0100003 1\n");
    expect_files(p, "P0100003", "sub/three.txt 2cf24dba\n");
    assert_non_null(strstr(ts_buf_text(&p->log), "Content 9"));
}

static void export_becomes_a_deployment_without_its_content(void **state)
{
    place *p = *state;
    put_export(p, NULL, NULL);
    fails(p, deploy(p), TS_NOT_FOUND, "'P0100003' (");
    assert_non_null(strstr(ts_err_text(p->err), "taskseq publish import --repo"));
    put_export(p, "E_files/P0100003.2/x.txt", "hello");
    assert_true(deploy(p));
    assert_string_equal(ts_buf_text(&p->told), "P0100002 4 same\nP0100003 1\n");
    ts_catalog *draft = ts_repo_draft(p->repo, NULL);
    const ts_catalog_deployment *d = ts_catalog_deployment_find(draft, "D1");
    assert_non_null(d);
    char *path = ts_repo_blob_path(p->repo, d->sequence);
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1 << 20, &data, &size, NULL));
    assert_int_equal(size, d->size);
    for (size_t i = 0; i + 6 < size; i++)
        assert_memory_not_equal(data + i, "_files", 6);
    free(data);
    free(path);
    ts_catalog_free(draft);
}

static void hostile_export_is_refused(void **state)
{
    place *p = *state;
    put_export(p, "E_files/P0100002/../../../evil.txt", "x");
    fails(p, import(p, "E.zip"), TS_REFUSED, "leads out of the package");
    put_export(p, "E_files/P0100002/CON", "x");
    fails(p, import(p, "E.zip"), TS_REFUSED, "Windows cannot have it");
    put_export(p, "E_files/SMS_Package/P0100002/bin/go.cmd", "x");
    fails(p, import(p, "E.zip"), TS_REFUSED, "twice");
    put_export(
        p, "SMS_Package/X/object.xml",
        PACKAGE("../../../evil", PROPERTY("PkgSourcePath", "\\\\x\\E_files\\SMS_Package\\")));
    fails(p, import(p, "E.zip"), TS_REFUSED, "for package '../../../evil'");
    char path[256];
    assert_false(ts_file_exists(file_of(p, "evil", path)));
    put_export(p, "SMS_Package/X/object.xml", "<broken");
    assert_true(import(p, "E.zip")); /* one that is not needed: told */
    assert_non_null(strstr(ts_buf_text(&p->log), "SMS_Package/X/object.xml"));
    assert_false(ts_file_exists(file_of(p, "evil.txt", path)));
}

static void nothing_known_is_named(void **state)
{
    place *p = *state;
    put(p, "folder/file", "x");
    fails(p, import(p, "folder"), TS_NOT_FOUND, "is neither a console export");
    fails(p, import(p, "missing"), TS_NOT_FOUND, "does not exist");
    put(p, "lib/PkgLib/x", "x");
    fails(p, import(p, "lib"), TS_NOT_FOUND, "is neither a console export");
    char a[256], b[256];
    const char *paths[] = {file_of(p, "folder", a), file_of(p, "lib", b)};
    fails(p, import_with(p, "folder", (ts_import_options){.paths = paths, .n_paths = 2}), TS_USAGE,
          "more than one folder");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(library_becomes_packages_of_its_versions),
        CASE(library_tells_what_is_missing_or_damaged),
        CASE(library_has_more_than_one_drive),
        CASE(list_publishes_nothing),
        CASE(sequence_says_which_packages),
        CASE(share_becomes_packages_and_catalogue),
        CASE(systems_of_one_folder_have_a_package_each),
        CASE(share_that_leads_out_or_in_circles_is_refused),
        CASE(export_publishes_what_it_has_and_names_the_rest),
        CASE(export_finds_content_beside_it),
        CASE(export_becomes_a_deployment_without_its_content),
        CASE(hostile_export_is_refused),
        CASE(nothing_known_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
