/* test_windows_libwim.c - images by the libwim-15.dll beside the program. argv[1]: a DLL of the
 * test, argv[2]: one that is no wimlib, argv[3]: one that needs argv[4]. TASKSEQ_TEST_LIBWIM names
 * a real one: it is then used as well, on files of the test or on image 1 of TASKSEQ_TEST_WIM;
 * without it that case is skipped. */
#include "check.h"

#include <stdio.h>

#include "win_private.h"

#include <ts/deploy.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "fake_tools.h"
#include "local.h"
#include "wim.h"
#include "wim_make.h"

#include <wimlib.h>

static const char *mock, *stranger, *needy, *needed;
static ts_host *host;
static char folder[300];
static char library[340]; /* beside this program */
static char said[2000];

/* --- Fixture -------------------------------------------------------------------------------- */

static int open_host(void **state)
{
    static const char *const tools[] = {"dism.exe", NULL};
    TS_UNUSED(state);
    ts_fake_tools_begin(tools);
    snprintf(folder, sizeof(folder), "%s", ts_fake_tools_folder());
    char *program = ts_program_path(NULL);
    char *beside = ts_path_dir(program);
    snprintf(library, sizeof(library), "%s/libwim-15.dll", beside);
    free(program);
    free(beside);
    (void)ts_file_remove(library, NULL); /* of a run that crashed */
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    if (host)
        ts_win_state(host)->tools = ts_fake_tools_folder();
    return host ? 0 : -1;
}

static int close_host(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    HMODULE loaded = NULL;
    for (int i = 0; i < 20 && (loaded = GetModuleHandleA("libwim-15.dll")) != NULL; i++)
        FreeLibrary(loaded); /* or its file could not be removed */
    (void)ts_file_remove(library, NULL);
    ts_fake_tools_end();
    return 0;
}

static void use(const char *dll, const char *mode)
{
    char log[340];
    snprintf(log, sizeof(log), "%s/mock.txt", folder);
    if (!ts_file_exists(library))
        assert_true(ts_host_file_copy(host, dll, library, NULL));
    (void)ts_file_remove(log, NULL);
    SetEnvironmentVariableA("TS_MOCK_LOG", log);
    SetEnvironmentVariableA("TS_MOCK_MODE", mode);
    *said = '\0';
}

/* What the DLL was asked; the folder of the test is shown as FOLDER. Owned. */
static char *asked(void)
{
    char log[340];
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(folder, NULL);
    size_t size = 0;
    size_t len = strlen(native);
    ts_buf out;
    snprintf(log, sizeof(log), "%s/mock.txt", folder);
    assert_true(ts_file_read(log, 100000, &text, &size, NULL));
    ts_buf_init(&out, 100000);
    for (const char *p = text; *p;) {
        bool here = ts_str_ncasecmp(p, native, len) == 0;
        ts_buf_add(&out, here ? "FOLDER" : p, here ? 6 : 1);
        p += here ? len : 1;
    }
    return ts_buf_take(&out);
}

static void on_tell(void *ctx, bool warning, const char *text)
{
    TS_UNUSED(ctx);
    size_t n = strlen(said);
    snprintf(said + n, sizeof(said) - n, "%s%s\n", warning ? "warning: " : "", text);
}

static void expect(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

static void failed(bool worked, ts_err **err, ts_code code, const char *words)
{
    if (worked || ts_err_code(*err) != code || !strstr(ts_err_text(*err), words))
        fail_msg("'%s' expected, but %s: %s", words, ts_code_name(ts_err_code(*err)),
                 ts_err_text(*err));
    ts_err_clear(err);
}

static void expect_said(const char *words)
{
    if (!strstr(said, words))
        fail_msg("'%s' expected, but: %s", words, said);
}

/* --- A file, as a stream and on the disk ------------------------------------------------------ */

static made source;

/* Behind what was made there are letters p only: see make_large. It runs on another thread. */
static bool read_source(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    made *m = ctx;
    size_t here = offset < m->size ? m->size - (size_t)offset : 0;
    if (m->fail_from && offset + size > m->fail_from)
        return ts_fail(err, TS_NET, "the line is cut");
    if (here > size)
        here = size;
    memcpy(data, m->bytes + offset, here);
    memset((uint8_t *)data + here, 'p', size - here);
    return true;
}

/* The plain resource is what the DLL of the test says that its image holds. */
static ts_reader make_source(void)
{
    static const char xml[] = "<WIM><IMAGE INDEX=\"1\"><NAME>One</NAME></IMAGE>"
                              "<IMAGE INDEX=\"2\"><NAME>Two</NAME></IMAGE></WIM>";
    static const uint8_t sha1[20] = {0x74, 0xcb, 0x6c, 0x94, 0x7f, 0xf3, 0xf1, 0x02, 0x16, 0xb9,
                                     0x1a, 0x46, 0x5c, 0x9f, 0xbd, 0x34, 0x0d, 0xd8, 0xdf, 0x3a};
    make(&source);
    uint8_t *to = source.bytes + XML;
    *to++ = 0xff;
    *to++ = 0xfe;
    for (const char *p = xml; *p; p++) {
        *to++ = (uint8_t)*p;
        *to++ = 0;
    }
    source.size = (size_t)(to - source.bytes);
    put_place(source.bytes + 0x48, source.size - XML, 2, XML, source.size - XML);
    memcpy(entry(&source, 0) + 30, sha1, sizeof(sha1));
    return (ts_reader){
        .name = "made.wim", .size = source.size, .read = read_source, .ctx = &source};
}

/* More than the pipe takes: the thread is stuck in it when nobody reads. */
static ts_reader make_large(void)
{
    ts_reader reader = make_source();
    put_place(entry(&source, 0), 8 * TS_MIB, 0, MAX, 8 * TS_MIB);
    reader.size = MAX + 8 * TS_MIB;
    return reader;
}

static bool is_plain(void *ctx, const uint8_t *sha1)
{
    TS_UNUSED(ctx);
    return memcmp(sha1, entry(&source, 0) + 30, 20) == 0;
}

/* What a reader of the pipe should see of image 2. */
static size_t wanted_stream(const ts_reader *reader, uint8_t *out)
{
    size_t size = 0;
    size_t got = 1;
    ts_wim *wim = ts_wim_open(reader, NULL);
    assert_non_null(wim);
    ts_wim_pipe *pipe = ts_wim_pipe_new(wim, 2, is_plain, NULL, NULL);
    assert_non_null(pipe);
    while (got > 0) {
        assert_true(ts_wim_pipe_read(pipe, out + size, MAX - size, &got, NULL));
        size += got;
    }
    ts_wim_pipe_free(pipe);
    ts_wim_close(wim);
    return size;
}

static unsigned reports;

static void on_progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    TS_UNUSED(ctx);
    TS_UNUSED(text);
    reports++;
    assert_true(done <= total);
}

/* Below the folder of the test, on C:. */
static ts_image_apply into(const char *name, char *under, size_t size)
{
    snprintf(under, size, "%s/%s", folder + 2, name);
    return (ts_image_apply){
        .index = 2, .letter = 'C', .folder = under, .progress = on_progress, .tell = on_tell};
}

/* --- Streams -------------------------------------------------------------------------------- */

static void stream_goes_through_the_pipe_byte_for_byte(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_image_info *images = NULL;
    size_t n = 0;
    ts_reader reader = make_source();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    what.verify = true;
    use(mock, "ok");
    reports = 0;
    assert_true(ts_host_streams_images(host));
    expect(ts_host_stream_images(host, &reader, &images, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_string_equal(images[1].name, "Two");
    free(images);
    expect(ts_host_image_apply(host, &what, &err), &err);
    assert_int_equal(reports, 2);
    expect_said("the image is applied by libwim-15.dll (wimlib 1.14.4)");
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    TS_CLEANUP(ts_free_ptr)
    char *expected = ts_sprintf("init flags 8\n"
                                "open C:\\taskseq-%u.tmp flags 0\n"
                                "iterate 2 \\ flags 1\n"
                                "stream 2 to FOLDER\\out flags 0\n"
                                "iterate 2 \\ flags 1\n"
                                "free\n",
                                ts_process_id());
    assert_string_equal(text, expected);
    static uint8_t stream[MAX];
    TS_CLEANUP(ts_free_ptr) char *came = NULL;
    size_t size = 0;
    char path[340];
    snprintf(path, sizeof(path), "%s/stream.bin", folder);
    assert_true(ts_file_read(path, MAX, &came, &size, NULL));
    assert_int_equal(size, wanted_stream(&reader, stream));
    assert_memory_equal(came, stream, size);
    snprintf(path, sizeof(path), "C:/taskseq-%u.tmp", ts_process_id());
    assert_false(ts_file_exists(path));
}

static void end_of_a_stream_that_is_not_needed_is_left(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_reader reader = make_large();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    use(mock, "early");
    expect(ts_host_image_apply(host, &what, &err), &err);
}

/* The thread that feeds it would wait for ever. */
static void library_that_fails_before_it_takes_the_pipe_ends_the_stream(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_reader reader = make_large();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    use(mock, "nomem");
    failed(ts_host_image_apply(host, &what, &err), &err, TS_NOMEM, "out of memory");
}

static void stream_that_breaks_is_told_with_its_cause(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_reader reader = make_source();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    use(mock, "full");
    failed(ts_host_image_apply(host, &what, &err), &err, TS_OS,
           "part of the image and must be formatted again");
    use(mock, "full");
    assert_false(ts_host_image_apply(host, &what, &err));
    assert_non_null(strstr(ts_err_text(err), "Failed to write data"));
    ts_err_clear(&err);
    source.fail_from = 1;
    failed(ts_host_image_apply(host, &what, &err), &err, TS_NET, "the line is cut");
}

static void without_the_library_nothing_streams(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_reader reader = make_source();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    assert_false(ts_host_streams_images(host));
    failed(ts_host_image_apply(host, &what, &err), &err, TS_UNSUPPORTED,
           "no libwim-15.dll beside the program");
}

/* --- Files ---------------------------------------------------------------------------------- */

static void write_source(char *path, size_t size)
{
    (void)make_source();
    snprintf(path, size, "%s/install.wim", folder);
    assert_true(ts_host_file_write(host, path, source.bytes, source.size, false, NULL));
}

static void file_is_applied_and_read_back(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    char wim[340];
    static const char *const parts[] = {"C:/x/install2.swm", "C:/x/install3.swm", NULL};
    write_source(wim, sizeof(wim));
    ts_image_apply what = into("out", under, sizeof(under));
    what.file = wim;
    what.parts = parts;
    what.verify = true;
    use(mock, "ok");
    expect(ts_host_image_apply(host, &what, &err), &err);
    TS_CLEANUP(ts_free_ptr) char *text = asked();
    assert_string_equal(text, "init flags 8\n"
                              "open FOLDER\\install.wim flags 0\n"
                              "reference 1 C:\\x\\install2.swm flags 0 0\n"
                              "reference 1 C:\\x\\install3.swm flags 0 0\n"
                              "extract 2 to FOLDER\\out flags 0\n"
                              "iterate 2 \\ flags 1\n"
                              "free\n");
    use(mock, "wrong");
    failed(ts_host_image_apply(host, &what, &err), &err, TS_INTEGRITY,
           "'/file.txt' on the volume is not what the image holds");
}

static void cancel_soon(void *ctx)
{
    ts_sleep(500);
    ts_host_cancel(ctx);
}

static void cancelled_run_stops_the_library(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    char under[340];
    ts_reader reader = make_source();
    ts_image_apply what = into("out", under, sizeof(under));
    what.stream = &reader;
    use(mock, "wait");
    ts_thread *thread = ts_thread_start(cancel_soon, host, NULL);
    assert_non_null(thread);
    bool worked = ts_host_image_apply(host, &what, &err);
    ts_thread_join(thread);
    failed(worked, &err, TS_CANCELLED, "cancelled");
}

/* --- A library that cannot be used ----------------------------------------------------------- */

/* The next way is taken, and the log says why: here dism, as there is no wimgapi.dll. */
static void falls_back(const char *dll, const char *mode, const char *words)
{
    ts_err *err = NULL;
    char wim[340];
    write_source(wim, sizeof(wim));
    const ts_image_apply what = {.file = wim, .index = 1, .letter = 'C', .tell = on_tell};
    use(dll, mode);
    assert_false(ts_host_streams_images(host));
    expect(ts_host_image_apply(host, &what, &err), &err);
    expect_said("warning: '");
    expect_said("libwim-15.dll' cannot be used: ");
    expect_said(words);
    expect_said("the image is applied by dism.exe, as this Windows has no wimgapi.dll");
    assert_non_null(strstr(ts_fake_tools_log(), "</Apply-Image>"));
}

static void old_version_is_not_used(void **state)
{
    TS_UNUSED(state);
    falls_back(mock, "old", "it is wimlib 1.9.2: version 1.13.0 or a later 1.x is needed");
}

static void library_without_rights_is_not_used(void **state)
{
    TS_UNUSED(state);
    falls_back(mock, "denied", "run taskseq as an administrator");
}

static void library_that_lacks_a_function_is_not_used(void **state)
{
    TS_UNUSED(state);
    falls_back(stranger, "ok", "it has no wimlib_get_version");
}

static void damaged_library_is_not_used(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_host_file_write(host, library, "MZ of something else", 20, false, NULL));
    falls_back(mock, "ok", "damaged, or for another processor than this program");
}

/* The current folder and PATH have it; whoever may write there would choose what runs. */
static void what_the_library_needs_is_not_looked_for_in_path(void **state)
{
    TS_UNUSED(state);
    static char path[4000];
    TS_CLEANUP(ts_free_ptr) char *there = ts_path_dir(needed);
    TS_CLEANUP(ts_free_ptr) char *here = ts_folder_current(NULL);
    assert_true(GetEnvironmentVariableA("PATH", path, sizeof path) < sizeof path);
    TS_CLEANUP(ts_free_ptr) char *more = ts_sprintf("%s;%s", there, path);
    assert_true(SetEnvironmentVariableA("PATH", more) && SetCurrentDirectoryA(there));
    falls_back(needy, "ok", "cannot load '");
    assert_true(SetEnvironmentVariableA("PATH", path) && SetCurrentDirectoryA(here));
}

static void what_the_library_needs_may_lie_beside_it(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *folder_of = ts_path_dir(library);
    TS_CLEANUP(ts_free_ptr) char *beside = ts_path_join(folder_of, ts_path_base(needed));
    assert_true(ts_host_file_copy(host, needed, beside, NULL));
    falls_back(needy, "ok", "it has no wimlib_get_version");
    assert_true(ts_file_remove(beside, NULL));
}

/* --- A real library -------------------------------------------------------------------------- */

typedef struct real {
    int (*create)(enum wimlib_compression_type type, WIMStruct **wim);
    int (*add)(WIMStruct *wim, const wchar_t *from, const wchar_t *name, const wchar_t *config,
               int flags);
    int (*write)(WIMStruct *wim, const wchar_t *file, int image, int flags, unsigned threads);
    void (*free)(WIMStruct *wim);
} real;

static void capture(const char *dll, const char *from, const char *to)
{
    static const char *const names[] = {"wimlib_create_new_wim", "wimlib_add_image", "wimlib_write",
                                        "wimlib_free"};
    real r;
    WIMStruct *wim = NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *path = ts_wide_path(dll, NULL);
    TS_CLEANUP(ts_free_ptr) wchar_t *wide_from = ts_wide_path(from, NULL);
    TS_CLEANUP(ts_free_ptr) wchar_t *wide_to = ts_wide_path(to, NULL);
    HMODULE module = LoadLibraryW(path);
    assert_non_null(module);
    for (size_t i = 0; i < TS_COUNT(names); i++)
        assert_non_null(((FARPROC *)&r)[i] = GetProcAddress(module, names[i]));
    assert_int_equal(r.create(WIMLIB_COMPRESSION_TYPE_LZX, &wim), 0);
    assert_int_equal(r.add(wim, wide_from, L"Real", NULL, 0), 0);
    assert_int_equal(r.write(wim, wide_to, WIMLIB_ALL_IMAGES, 0, 1), 0);
    r.free(wim);
}

static void make_tree(const char *root)
{
    static char data[3 * TS_MIB];
    static const char *const names[] = {"empty.txt", "sub/small.txt",
                                        "sub/\xC3\xBC \xF0\x9F\x98\x80.bin", "big.bin"};
    char path[400];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof(data); i++) {
        x = x * 1664525u + 1013904223u;
        data[i] = (char)(i < sizeof(data) / 2 ? x >> 24 : i >> 16);
    }
    snprintf(path, sizeof(path), "%s/sub", root);
    assert_true(ts_host_folder_make(host, path, NULL));
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        static const size_t sizes[] = {0, 11, 70001, sizeof(data)};
        snprintf(path, sizeof(path), "%s/%s", root, names[i]);
        assert_true(
            ts_host_file_write(host, path, data + i, sizes[i] - (i == 3 ? i : 0), false, NULL));
    }
}

static void same_file(const char *a, const char *b, const char *name)
{
    char one[400];
    char two[400];
    TS_CLEANUP(ts_free_ptr) char *first = NULL;
    TS_CLEANUP(ts_free_ptr) char *second = NULL;
    size_t n = 0;
    size_t m = 0;
    snprintf(one, sizeof(one), "%s/%s", a, name);
    snprintf(two, sizeof(two), "%s/%s", b, name);
    assert_true(ts_file_read(one, 8 * TS_MIB, &first, &n, NULL));
    assert_true(ts_file_read(two, 8 * TS_MIB, &second, &m, NULL));
    assert_int_equal(n, m);
    assert_memory_equal(first, second, n);
}

static void same_tree(const char *a, const char *b)
{
    same_file(a, b, "empty.txt");
    same_file(a, b, "big.bin");
    same_file(a, b, "sub/small.txt");
    same_file(a, b, "sub/\xC3\xBC \xF0\x9F\x98\x80.bin");
}

static bool read_open(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    size_t got = 0;
    return ts_file_pread(ctx, data, size, offset, &got, err) && got == size;
}

static void real_library_applies_and_streams(void **state)
{
    TS_UNUSED(state);
    const char *dll = ts_env_get("TASKSEQ_TEST_LIBWIM");
    ts_err *err = NULL;
    char tree[340];
    char wim[340];
    char under[340];
    char out[340];
    if (!dll || !*dll) {
        print_message("TASKSEQ_TEST_LIBWIM names no real libwim-15.dll\n");
        skip();
    }
    use(dll, "");
    snprintf(tree, sizeof(tree), "%s/tree", folder);
    snprintf(wim, sizeof(wim), "%s/real.wim", folder);
    make_tree(tree);
    capture(library, tree, wim);
    const char *other = ts_env_get("TASKSEQ_TEST_WIM");
    if (other && *other)
        snprintf(wim, sizeof(wim), "%s", other);
    ts_image_apply what = into("from-file", under, sizeof(under));
    what.index = 1;
    what.file = wim;
    what.verify = true;
    reports = 0;
    expect(ts_host_image_apply(host, &what, &err), &err);
    print_message("%s", said);
    snprintf(out, sizeof(out), "%s/from-file", folder);
    if (!other || !*other)
        same_tree(tree, out);
    ts_file *open = ts_file_open(wim, TS_FILE_READ, false, NULL);
    ts_reader reader = {.name = wim, .read = read_open, .ctx = open};
    assert_true(open && ts_file_size(open, &reader.size, NULL));
    what.file = NULL;
    what.stream = &reader;
    snprintf(under, sizeof(under), "%s/from-stream", folder + 2);
    expect(ts_host_image_apply(host, &what, &err), &err);
    snprintf(out, sizeof(out), "%s/from-stream", folder);
    if (!other || !*other)
        same_tree(tree, out);
    assert_true(reports > 0);
    what.index = 2;
    failed(ts_host_image_apply(host, &what, &err), &err, TS_NOT_FOUND, "no image 2");
    ts_file_close(open);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (ts_fake_tool(&status))
        return status;
    if (argc != 5)
        return 2;
    mock = argv[1];
    stranger = argv[2];
    needy = argv[3];
    needed = argv[4];
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_host, close_host)
    const struct CMUnitTest tests[] = {
        TEST(without_the_library_nothing_streams),
        TEST(stream_goes_through_the_pipe_byte_for_byte),
        TEST(end_of_a_stream_that_is_not_needed_is_left),
        TEST(library_that_fails_before_it_takes_the_pipe_ends_the_stream),
        TEST(stream_that_breaks_is_told_with_its_cause),
        TEST(file_is_applied_and_read_back),
        TEST(cancelled_run_stops_the_library),
        TEST(old_version_is_not_used),
        TEST(library_without_rights_is_not_used),
        TEST(library_that_lacks_a_function_is_not_used),
        TEST(damaged_library_is_not_used),
        TEST(what_the_library_needs_is_not_looked_for_in_path),
        TEST(what_the_library_needs_may_lie_beside_it),
        TEST(real_library_applies_and_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
