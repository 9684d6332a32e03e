/* test_wim_stream.c - WIM files of wimlib-imagex through the transcoder and back: what it applies
 * from the stream is what it captured, with security descriptors, named streams, short names, hard
 * links and empty files. */
#include "linux_disk.h"

#include "wim.h"

/* A volume with two states, and a WIM file with both. */
static void make_source(const char *options)
{
    free(tool("cd %s && mkdir -p tree/Windows/sub && seq 1 120000 > tree/Windows/numbers && "
              "head -c 3000000 /dev/urandom > tree/Windows/noise && : > tree/empty && "
              "ln tree/Windows/numbers tree/hard && ln -s Windows tree/link && "
              "seq 1 7 > tree/Windows/sub/small && echo stream > words && "
              "wimlib-imagex capture tree tree.wim --compress=none 2>&1 && truncate -s 64M vol && "
              "/sbin/mkntfs -F -Q -q vol 2>/dev/null && wimlib-imagex apply tree.wim 1 vol 2>&1 && "
              "ntfscp -q -N one vol words Windows/numbers && "
              "ntfscp -q -N two vol tree/Windows/noise Windows/sub/small 2>&1",
              folder));
    free(tool("cd %s && wimlib-imagex capture vol x.wim First %s 2>&1 && "
              "ntfscp -q vol words Windows/sub/small && "
              "wimlib-imagex append vol x.wim Second 2>&1",
              folder, options));
}

static bool read_file(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    size_t got = 0;
    return ts_file_pread(ctx, data, size, offset, &got, err) &&
           (got == size || ts_fail(err, TS_STATE, "the file is too short"));
}

static void write_stream(const char *name, uint32_t number)
{
    char path[128];
    static char chunk[100003];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ts_file *file = ts_file_open(path, TS_FILE_READ, false, NULL);
    (void)snprintf(path, sizeof(path), "%s/pipe", folder);
    ts_file *pipe_file = ts_file_open(path, TS_FILE_CREATE, false, NULL);
    assert_true(file && pipe_file);
    ts_reader reader = {.name = name, .read = read_file, .ctx = file};
    OK(ts_file_size(file, &reader.size, err));
    ts_wim *wim = ts_wim_open(&reader, NULL);
    ts_wim_pipe *pipe = wim ? ts_wim_pipe_new(wim, number, NULL, NULL, NULL) : NULL;
    assert_non_null(pipe);
    for (size_t got = 1; got > 0;) {
        OK(ts_wim_pipe_read(pipe, chunk, sizeof(chunk), &got, err));
        OK(ts_file_append(pipe_file, chunk, got, err));
    }
    ts_wim_pipe_free(pipe);
    ts_wim_close(wim);
    ts_file_close(file);
    ts_file_close(pipe_file);
}

/* A stream of a file with two names is shown twice. Not the same are how a file is stored, the
 * numbers of link groups, and times of access. */
static void assert_same_as_source(const char *name, uint32_t number)
{
    static const char keep[] = "grep -vE '^(Link Group|Last Access|Compressed|Offset|Part|"
                               "Reference|Flags)'";
    free(tool("cd %s && truncate -s 0 vol2 && truncate -s 64M vol2 && "
              "/sbin/mkntfs -F -Q -q vol2 2>/dev/null && "
              "cat pipe | wimlib-imagex apply - %u vol2 2>/dev/null >&2 && rm -f back.wim && "
              "wimlib-imagex capture vol2 back.wim 2>/dev/null >&2 && "
              "wimlib-imagex dir %s %u --detailed | %s > a && "
              "wimlib-imagex dir back.wim 1 --detailed | %s > b && diff a b && "
              "grep -q Hash a && test $(grep -c 'Named data stream' a) = 3",
              folder, number, name, number, keep, keep));
}

static void round_trip(const char *options)
{
    make_source(options);
    for (uint32_t number = 1; number <= 2; number++) {
        write_stream("x.wim", number);
        assert_same_as_source("x.wim", number);
    }
}

static void xpress_comes_back(void **state)
{
    TS_UNUSED(state);
    round_trip("--compress=XPRESS");
}

static void lzx_comes_back(void **state)
{
    TS_UNUSED(state);
    round_trip("--compress=LZX");
}

static void uncompressed_comes_back(void **state)
{
    TS_UNUSED(state);
    round_trip("--compress=none");
}

static void lzms_and_odd_chunks_come_back(void **state)
{
    TS_UNUSED(state);
    round_trip("--compress=LZMS --chunk-size=256K");
}

static void pipable_comes_back(void **state)
{
    TS_UNUSED(state);
    round_trip("--compress=XPRESS --chunk-size=4096 --pipable");
}

static void solid_and_split_are_refused(void **state)
{
    TS_UNUSED(state);
    char path[128];
    make_source("--compress=XPRESS");
    free(tool("cd %s && wimlib-imagex export x.wim 1 x.esd --solid 2>&1 && "
              "wimlib-imagex split x.wim x.swm 1 2>&1",
              folder));
    const char *const names[] = {"x.esd", "x.swm", "x2.swm"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        ts_file *file = ts_file_open(path, TS_FILE_READ, false, NULL);
        ts_reader reader = {.name = names[i], .read = read_file, .ctx = file};
        OK(ts_file_size(file, &reader.size, err));
        FAILS(TS_UNSUPPORTED, "cannot be streamed", ts_wim_open(&reader, err) != NULL);
        ts_file_close(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(xpress_comes_back),       WITH_DISK(lzx_comes_back),
        WITH_DISK(uncompressed_comes_back), WITH_DISK(lzms_and_odd_chunks_come_back),
        WITH_DISK(pipable_comes_back),      WITH_DISK(solid_and_split_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
