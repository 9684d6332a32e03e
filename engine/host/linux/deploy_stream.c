/* deploy_stream.c - an image that comes as a stream, applied while it comes.
 *
 * wimlib reads from a descriptor, so a thread writes the stream into a socket pair: unlike a pipe
 * it tells of a reader that went away without a signal. wimlib stops reading behind the last piece
 * that it needs; then the rest of the stream is not asked for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_image.h"

#define CHUNK (1024u * 1024u)
#define MAGIC 8u /* bytes at the start of every WIM file */

typedef struct feed {
    const ts_image_stream *stream;
    int fd;
    const char *head; /* read already */
    size_t head_size;
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
    bool on = chunk ? push(f->fd, f->head, f->head_size) : ts_fail_nomem(&f->error);
    while (on) {
        size_t got = 0;
        on = f->stream->read(f->stream->ctx, chunk, CHUNK, &got, &f->error) && got > 0 &&
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
    if (f->error) /* the cause; what wimlib says then is that the stream is short */
        return ts_fail(err, ts_err_code(f->error), "the image did not arrive: %s",
                       ts_err_text(f->error));
    return ts_lx_wim_fail(rc, machine, err, "apply the image of", "a stream");
}

/* The first bytes say what it is. */
static bool check_head(const char head[MAGIC], ts_err **err)
{
    if (memcmp(head, "WLPWM\0\0\0", MAGIC) == 0)
        return true;
    if (memcmp(head, "MSWIM\0\0\0", MAGIC) == 0)
        return ts_fail(err, TS_UNSUPPORTED,
                       "the stream is an ordinary WIM file, whose directory is at its end: stage "
                       "it first, or make it pipable: wimlib-imagex export --pipable");
    return ts_fail(err, TS_INTEGRITY, "the stream is no WIM file");
}

bool ts_lx_image_stream(ts_linux *machine, const ts_image_apply *what, const ts_lx_place *place,
                        ts_lx_watch *watch, ts_err **err)
{
    char head[MAGIC];
    size_t size = 0;
    size_t got = 1;
    if (what->verify || (what->folder && *what->folder))
        return ts_fail(err, TS_UNSUPPORTED, "a stream cannot be %s: stage the image file first",
                       what->verify ? "verified after it has passed" : "applied to a folder");
    for (; size < MAGIC && got > 0; size += got) {
        if (!what->stream->read(what->stream->ctx, head + size, MAGIC - size, &got, err))
            return ts_wrap(err, "the image did not arrive");
    }
    if (size < MAGIC)
        return ts_fail(err, TS_INTEGRITY, "the stream of the image is empty or cut");
    int fds[2];
    if (!check_head(head, err))
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot make a socket pair");
    feed f = {.stream = what->stream, .fd = fds[1], .head = head, .head_size = MAGIC};
    bool ok = extract(machine, what, place, watch, &f, fds[0], err);
    ts_err_free(f.error);
    close(fds[0]);
    close(fds[1]);
    return ok;
}
