/* deploy_stream.c - an image that is applied while it comes.
 *
 * Its directory comes first, as a small WIM file of its own: it says which images there are, which
 * content the chosen one needs, and what verification compares with. Then a thread writes what
 * wimlib reads from pipes into a socket pair: unlike a pipe it tells of a reader that went away
 * without a signal. wimlib stops reading behind the last piece that it needs; what is behind that
 * is not asked for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_image.h"
#include "deploy_ops.h"
#include "wim.h"

#define CHUNK      (1024u * 1024u)
#define SHA1_BYTES TS_WIM_SHA1
/* What ts_wim_directory makes. */
#define DIRECTORY_MAX                                                                              \
    (TS_WIM_HEADER_BYTES + TS_WIM_METADATA_MAX + TS_WIM_TABLE_MAX + TS_WIM_XML_MAX)

/* --- The directory ------------------------------------------------------------------------- */

/* Temporary; for ts_lx_temp_done. image 0: names and sizes only. */
static char *make_directory(const ts_wim *wim, uint32_t image, ts_err **err)
{
    ts_buf data;
    ts_buf_init(&data, DIRECTORY_MAX);
    char *path = ts_wim_directory(wim, image, &data, err) ? ts_lx_temp(err) : NULL;
    ts_file *file = path ? ts_file_open(path, TS_FILE_CREATE, true, err) : NULL;
    bool ok = file && ts_file_append(file, data.data, data.len, err);
    ts_file_close(file);
    ts_buf_done(&data);
    if (!ok)
        ts_lx_temp_done(&path);
    return path;
}

bool ts_linux_stream_images(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                            ts_err **err)
{
    ts_wim *wim = ts_wim_open(stream, err);
    TS_CLEANUP(ts_lx_temp_done) char *path = wim ? make_directory(wim, 0, err) : NULL;
    ts_wim_close(wim);
    return path && ts_linux_images(self, path, out, count, err);
}

/* --- What an image needs --------------------------------------------------------------------- */

typedef struct needs {
    uint8_t (*list)[SHA1_BYTES]; /* sorted */
    size_t n, room;
    bool no_memory;
} needs;

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, SHA1_BYTES);
}

static int add_need(const struct wimlib_dir_entry *entry, void *ctx)
{
    static const uint8_t none[SHA1_BYTES];
    needs *n = ctx;
    for (uint32_t i = 0; i <= entry->num_named_streams; i++) {
        const uint8_t *sha1 = entry->streams[i].resource.sha1_hash;
        if (memcmp(sha1, none, SHA1_BYTES) == 0)
            continue; /* empty */
        if (n->n == n->room) {
            size_t room = n->room ? n->room * 2 : 4096;
            void *more = ts_realloc_array(n->list, room, SHA1_BYTES);
            if (!more) {
                n->no_memory = true;
                return WIMLIB_ERR_NOMEM;
            }
            n->list = more;
            n->room = room;
        }
        memcpy(n->list[n->n++], sha1, SHA1_BYTES);
    }
    return 0;
}

static bool is_needed(void *ctx, const uint8_t sha1[SHA1_BYTES])
{
    const needs *n = ctx;
    return n->n > 0 && bsearch(sha1, n->list, n->n, SHA1_BYTES, by_bytes) != NULL;
}

static bool find_needs(const ts_linux *machine, WIMStruct *directory, uint32_t image, needs *out,
                       ts_err **err)
{
    int rc = wimlib_iterate_dir_tree(directory, (int)image, "/",
                                     WIMLIB_ITERATE_DIR_TREE_FLAG_RECURSIVE, add_need, out);
    if (rc != 0)
        return ts_lx_wim_fail(rc, machine, err, "read the directory of", "an image that comes");
    if (out->n > 1)
        qsort(out->list, out->n, SHA1_BYTES, by_bytes);
    return true;
}

/* --- Feeding wimlib -------------------------------------------------------------------------- */

typedef struct feed {
    ts_wim_pipe *pipe;
    int fd;
    ts_err *error;
} feed;

/* false: nobody reads any more, or the socket failed. */
static bool push(int fd, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = send(fd, data + done, size - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static void run_feed(void *ctx)
{
    feed *f = ctx;
    char *chunk = ts_alloc(CHUNK);
    bool on = chunk || ts_fail_nomem(&f->error);
    while (on) {
        size_t got = 0;
        on = ts_wim_pipe_read(f->pipe, chunk, CHUNK, &got, &f->error) && got > 0 &&
             push(f->fd, chunk, got);
    }
    free(chunk);
    (void)shutdown(f->fd, SHUT_WR);
}

static bool extract(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                    ts_lx_watch *watch, feed *f, int reader, ts_err **err)
{
    char target[TS_LX_PLACE_MAX];
    char index[16];
    ts_lx_place_text(place, target);
    (void)snprintf(index, sizeof(index), "%" PRIu32, what->index);
    ts_thread *thread = ts_thread_start(run_feed, f, err);
    if (!thread)
        return false;
    int rc = wimlib_extract_image_from_pipe_with_progress(
        reader, index, target, WIMLIB_EXTRACT_FLAG_NTFS, ts_lx_wim_progress, watch);
    (void)shutdown(reader, SHUT_RDWR); /* the thread then ends */
    ts_thread_join(thread);
    if (rc == 0)
        return true;
    if (f->error &&
        !*machine->local.cancel) /* the cause; wimlib just says that the stream is short */
        ts_fail(err, ts_err_code(f->error), "the image did not arrive: %s", ts_err_text(f->error));
    else
        ts_lx_wim_fail(rc, machine, err, "apply the image of", what->stream->name);
    return ts_wrap(err, "the volume holds a part of the image and must be formatted again");
}

static bool apply(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                  ts_lx_watch *watch, ts_wim_pipe *pipe, ts_err **err)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot make a socket pair");
    feed f = {.pipe = pipe, .fd = fds[1]};
    bool ok = extract(machine, what, place, watch, &f, fds[0], err);
    ts_err_free(f.error);
    close(fds[0]);
    close(fds[1]);
    return ok;
}

static bool run(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                ts_lx_watch *watch, const ts_wim *wim, ts_err **err)
{
    needs needed = {0};
    TS_CLEANUP(ts_lx_temp_done) char *path = make_directory(wim, what->index, err);
    TS_CLEANUP(ts_lx_wim_done)
    WIMStruct *directory = path ? ts_lx_wim_open(machine, path, NULL, err) : NULL;
    bool ok = directory && find_needs(machine, directory, what->index, &needed, err);
    ts_wim_pipe *pipe = ok ? ts_wim_pipe_new(wim, what->index, is_needed, &needed, err) : NULL;
    ok = pipe && apply(machine, what, place, watch, pipe, err);
    ts_wim_pipe_free(pipe);
    free(needed.list);
    return ok && (!what->verify || ts_lx_image_verify(machine, directory, what, place, err));
}

bool ts_lx_image_stream(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                        ts_lx_watch *watch, ts_err **err)
{
    if (what->folder && *what->folder)
        return ts_fail(err, TS_UNSUPPORTED,
                       "an image that comes cannot be applied to a folder: have the whole file "
                       "first");
    ts_wim *wim = ts_wim_open(what->stream, err);
    bool ok = wim && run(machine, what, place, watch, wim, err);
    ts_wim_close(wim);
    return ok;
}
