/* test_windows_images.c - what image files hold (for real), applying and capturing by a wimgapi.dll
 * of the test, and by a dism that is this program again. argv[1]: the DLL. */
#include "check.h"

#include <stdio.h>

#include "win_private.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "fake_tools.h"
#include "local.h"

static const char *mock;
static ts_host *host;
static char folder[300];
static char wim[340];

/* --- A WIM file with XML data and nothing else ---------------------------------------------- */

static const char description[] =
    "<WIM><TOTALBYTES>12</TOTALBYTES>"
    "<IMAGE INDEX=\"1\"><NAME>Data &amp; more</NAME><TOTALBYTES>1000</TOTALBYTES></IMAGE>"
    "<IMAGE INDEX=\"2\"><WINDOWS><ARCH>9</ARCH><EDITIONID>Professional</EDITIONID>"
    "<LANGUAGES><LANGUAGE>de-DE</LANGUAGE><DEFAULT>de-DE</DEFAULT></LANGUAGES>"
    "<VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>22631</BUILD><SPBUILD>2428</SPBUILD>"
    "</VERSION></WINDOWS><NAME>Gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80</NAME>"
    "<DESCRIPTION>for all</DESCRIPTION><TOTALBYTES>5000000000</TOTALBYTES></IMAGE></WIM>";

static void put(unsigned char *to, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (unsigned char)(number >> (8 * i));
}

/* version 0xe00: a solid file (.esd). */
static void write_wim(const char *path, const char *xml, uint32_t version, uint64_t xml_size)
{
    unsigned char header[208] = "MSWIM";
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(xml, NULL);
    size_t bytes = wcslen(wide) * sizeof(wchar_t) + 2;
    put(header + 8, 208, 4);
    put(header + 12, version, 4);
    put(header + 0x28, 1, 2);
    put(header + 0x2a, 1, 2);
    put(header + 0x2c, 2, 4);
    put(header + 0x48, xml_size ? xml_size : bytes, 7);
    put(header + 0x50, sizeof(header), 8);
    put(header + 0x58, xml_size ? xml_size : bytes, 8);
    ts_file *f = ts_file_open(path, TS_FILE_CREATE, false, NULL);
    assert_non_null(f);
    assert_true(ts_file_append(f, header, sizeof(header), NULL));
    assert_true(ts_file_append(f, "\xFF\xFE", 2, NULL));
    assert_true(ts_file_append(f, wide, bytes - 2, NULL));
    ts_file_close(f);
}

/* --- Fixture -------------------------------------------------------------------------------- */

static int open_host(void **state)
{
    static const char *const tools[] = {"dism.exe", NULL};
    TS_UNUSED(state);
    ts_fake_tools_begin(tools);
    snprintf(folder, sizeof(folder), "%s", ts_fake_tools_folder());
    snprintf(wim, sizeof(wim), "%s/install.wim", folder);
    write_wim(wim, description, 0x10d00, 0);
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    if (host)
        ts_win_state(host)->tools = folder;
    return host ? 0 : -1;
}

static int close_host(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    HMODULE loaded = NULL;
    for (int i = 0; i < 20 && (loaded = GetModuleHandleA("wimgapi.dll")) != NULL; i++)
        FreeLibrary(loaded); /* or its file could not be removed */
    ts_fake_tools_end();
    return 0;
}

static void use_mock(const char *mode)
{
    char to[340];
    char log[340];
    snprintf(to, sizeof(to), "%s/wimgapi.dll", folder);
    snprintf(log, sizeof(log), "%s/mock.txt", folder);
    assert_true(ts_file_exists(to) || ts_host_file_copy(host, mock, to, NULL));
    (void)ts_file_remove(log, NULL);
    SetEnvironmentVariableA("TS_MOCK_LOG", log);
    SetEnvironmentVariableA("TS_MOCK_MODE", mode);
}

/* What the DLL was asked; the folder of the test is shown as FOLDER. Owned. */
static char *asked(void)
{
    char log[340];
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(folder, NULL);
    size_t size = 0;
    snprintf(log, sizeof(log), "%s/mock.txt", folder);
    assert_true(ts_file_read(log, 100000, &text, &size, NULL));
    ts_buf out;
    ts_buf_init(&out, 100000);
    for (const char *p = text; *p;) {
        size_t len = strlen(native);
        bool here = ts_str_ncasecmp(p, native, len) == 0;
        ts_buf_add(&out, here ? "FOLDER" : p, here ? 6 : 1);
        p += here ? len : 1;
    }
    return ts_buf_take(&out);
}

static void ok(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

static void failed(bool worked, ts_err **err, ts_code code, const char *words)
{
    assert_false(worked);
    if (ts_err_code(*err) != code || !strstr(ts_err_text(*err), words))
        fail_msg("%s: %s", ts_code_name(ts_err_code(*err)), ts_err_text(*err));
    ts_err_clear(err);
}

/* --- What is in a file ---------------------------------------------------------------------- */

static void images_are_described(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_image_info *images = NULL;
    size_t n = 0;
    static const uint32_t versions[] = {0x10d00, 0xe00};
    for (size_t i = 0; i < TS_COUNT(versions); i++) {
        write_wim(wim, description, versions[i], 0);
        ok(ts_host_images(host, wim, &images, &n, &err), &err);
        assert_int_equal(n, 2);
        assert_int_equal(images[0].index, 1);
        assert_string_equal(images[0].name, "Data & more");
        assert_false(images[0].is_windows);
        assert_string_equal(images[1].name, "Gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
        assert_string_equal(images[1].description, "for all");
        assert_string_equal(images[1].edition, "Professional");
        assert_string_equal(images[1].architecture, "x64");
        assert_string_equal(images[1].version, "10.0.22631.2428");
        assert_string_equal(images[1].language, "de-DE");
        assert_true(images[1].bytes == UINT64_C(5000000000));
        assert_true(images[1].is_windows);
        free(images);
    }
}

static void damaged_files_are_told_from_missing_ones(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_image_info *images = NULL;
    size_t n = 0;
    failed(ts_host_images(host, "C:/nowhere/x.wim", &images, &n, &err), &err, TS_NOT_FOUND,
           "x.wim");
    write_wim(wim, description, 0x10d00, 1u << 20); /* longer than the file */
    failed(ts_host_images(host, wim, &images, &n, &err), &err, TS_INTEGRITY, "damaged");
    write_wim(wim, "<WIM><IMAGE>", 0x10d00, 0);
    failed(ts_host_images(host, wim, &images, &n, &err), &err, TS_INTEGRITY, "damaged");
    ok(ts_host_file_write(host, wim, "MSWIM", 5, false, &err), &err);
    failed(ts_host_images(host, wim, &images, &n, &err), &err, TS_INTEGRITY, "too short");
}

static void locked_file_is_said_with_the_number(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_image_info *images = NULL;
    size_t n = 0;
    HANDLE h = CreateFileA(wim, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(h != INVALID_HANDLE_VALUE);
    bool worked = ts_host_images(host, wim, &images, &n, &err);
    CloseHandle(h);
    failed(worked, &err, TS_OS, "(win32 32)");
}

/* --- Applying ------------------------------------------------------------------------------- */

static unsigned steps;
static uint64_t last_done, last_total;

static void on_progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    TS_UNUSED(ctx);
    TS_UNUSED(text);
    assert_true(done > last_done);
    steps++;
    last_done = done;
    last_total = total;
}

static void image_is_applied_with_progress(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    static const char *const parts[] = {"C:/x/install2.swm", NULL};
    const ts_image_apply what = {.file = wim,
                                 .parts = parts,
                                 .index = 2,
                                 .letter = 'C',
                                 .verify = true,
                                 .progress = on_progress};
    use_mock("ok");
    steps = 0;
    last_done = 0;
    ok(ts_host_image_apply(host, &what, &err), &err);
    assert_true(steps >= 2);
    assert_true(last_total == UINT64_C(5000000000));
    assert_true(last_done <= last_total);
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    assert_string_equal(text, "create FOLDER\\install.wim access 80000000 disposition 3 flags 2 "
                              "compression 0\n"
                              "temporary folder there\n"
                              "reference C:\\x\\install2.swm 00010000\n"
                              "load 2\n"
                              "apply C:\\ flags 2\n"
                              "close image\n"
                              "close file\n");
    char temporary[60];
    snprintf(temporary, sizeof(temporary), "C:/taskseq-%u.tmp", ts_process_id());
    assert_false(ts_file_exists(temporary));
}

static void image_is_applied_to_a_folder(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    snprintf(under, sizeof(under), "%s/deep/er", folder + 2); /* behind "C:" */
    const ts_image_apply what = {.file = wim, .index = 1, .letter = 'C', .folder = under};
    use_mock("ok");
    ok(ts_host_image_apply(host, &what, &err), &err);
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    assert_non_null(strstr(text, "apply FOLDER\\deep\\er flags 0\n"));
    snprintf(under, sizeof(under), "%s/deep/er", folder);
    assert_true(ts_file_is_folder(under));
}

static void failing_file_and_number_are_in_the_error(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_image_apply what = {.file = wim, .index = 1, .letter = 'C'};
    use_mock("full");
    failed(ts_host_image_apply(host, &what, &err), &err, TS_OS, "file 'D:/Windows/big.bin'");
    use_mock("full");
    assert_false(ts_host_image_apply(host, &what, &err));
    assert_non_null(strstr(ts_err_text(err), "(win32 112)"));
    ts_err_clear(&err);
    use_mock("damaged");
    failed(ts_host_image_apply(host, &what, &err), &err, TS_INTEGRITY, "(win32 11)");
    what.index = 3;
    failed(ts_host_image_apply(host, &what, &err), &err, TS_NOT_FOUND, "no image 3 (it has 2)");
}

static void cancel_soon(void *ctx)
{
    ts_sleep(500);
    ts_host_cancel(ctx);
}

static void cancelled_run_stops_the_dll(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    const ts_image_apply what = {.file = wim, .index = 1, .letter = 'C'};
    use_mock("wait");
    ts_thread *thread = ts_thread_start(cancel_soon, host, NULL);
    assert_non_null(thread);
    bool worked = ts_host_image_apply(host, &what, &err);
    ts_thread_join(thread);
    failed(worked, &err, TS_CANCELLED, "cancelled");
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    assert_non_null(strstr(text, "close image\nclose file\n"));
}

static void volume_is_captured(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char file[340];
    snprintf(file, sizeof(file), "%s/new.wim", folder);
    use_mock("ok");
    ok(ts_host_image_capture(host, 'C', file, "R&D <1>", "all", &err), &err);
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    assert_string_equal(text, "create FOLDER\\new.wim access c0000000 disposition 2 flags 0 "
                              "compression 2\n"
                              "temporary folder there\n"
                              "capture C:\\ flags 0\n"
                              "file C:\\_SMSTaskSequences\n"
                              "file C:\\Users\\_SMSTaskSequence\\pagefile.sys\n"
                              "file C:\\Windows\\explorer.exe\n"
                              "information mark <IMAGE><NAME>R&amp;D &lt;1></NAME>"
                              "<DESCRIPTION>all</DESCRIPTION></IMAGE>\n"
                              "close image\n"
                              "close file\n");
}

/* --- Without the DLL ------------------------------------------------------------------------ */

static void dism_does_it_where_the_dll_is_missing(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    static const char *const parts[] = {"C:/x/install2.swm", NULL};
    ts_image_apply what = {.file = wim, .index = 2, .letter = 'C', .folder = "/", .verify = true};
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(wim, NULL);
    TS_CLEANUP(ts_free_ptr)
    char *wanted = ts_sprintf("dism.exe </English> </Apply-Image> </ImageFile:%s> </Index:2> "
                              "</ApplyDir:C:\\> </Verify>\n",
                              native);
    ok(ts_host_image_apply(host, &what, &err), &err);
    assert_string_equal(ts_fake_tools_log(), wanted);
    what.parts = parts;
    what.verify = false;
    ok(ts_host_image_apply(host, &what, &err), &err);
    assert_non_null(strstr(ts_fake_tools_log(), "\\install*.wim>\n"));
    ok(ts_host_image_capture(host, 'D', "E:/new image.wim", "N", "d e", &err), &err);
    static const char capture[] = "dism.exe </English> </Capture-Image> </ImageFile:E:\\new "
                                  "image.wim> </CaptureDir:D:\\> </Name:N> </Description:d e> "
                                  "</ConfigFile:";
    const char *log = ts_fake_tools_log();
    assert_true(strncmp(log, capture, sizeof capture - 1) == 0);
    assert_non_null(strstr(log, "\\taskseq-capture-"));
    ts_fake_tools_answer("Error: 112\n\nThere is not enough space on the disk.\n", 112);
    failed(ts_host_image_apply(host, &what, &err), &err, TS_OS, "not enough space on the disk");
}

int main(int argc, char **argv)
{
    int status = 0;
    if (ts_fake_tool(&status))
        return status;
    if (argc != 2)
        return 2;
    mock = argv[1];
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_host, close_host)
    const struct CMUnitTest tests[] = {
        TEST(images_are_described),
        TEST(damaged_files_are_told_from_missing_ones),
        TEST(locked_file_is_said_with_the_number),
        TEST(dism_does_it_where_the_dll_is_missing), /* before the DLL is loaded */
        TEST(image_is_applied_with_progress),
        TEST(image_is_applied_to_a_folder),
        TEST(failing_file_and_number_are_in_the_error),
        TEST(cancelled_run_stops_the_dll),
        TEST(volume_is_captured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
