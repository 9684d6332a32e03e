/* deploy_wimlib.c - wimlib as engine/host/wim wants it: pipes, and the NTFS volume read back. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_image.h"

const ts_wimlib ts_lx_wimlib = {
    .error_string = wimlib_get_error_string,
    .free = wimlib_free,
    .open = wimlib_open_wim,
    .reference = wimlib_reference_resource_files,
    .watch = wimlib_register_progress_function,
    .extract = wimlib_extract_image,
    .extract_pipe = wimlib_extract_image_from_pipe_with_progress,
    .iterate = wimlib_iterate_dir_tree,
};

static char *text(const char *from, ts_err **err)
{
    char *copy = ts_strdup(from);
    if (!copy)
        ts_fail_nomem(err);
    return copy;
}

static char *temp(void *ctx, ts_err **err)
{
    TS_UNUSED(ctx);
    return ts_lx_temp(err);
}

static void temp_done(char *path)
{
    ts_lx_temp_done(&path);
}

/* Unlike a pipe it tells of a reader that went away without a signal. */
static bool make_pipe(void *ctx, int *reader, intptr_t *rest, intptr_t *writer, ts_err **err)
{
    int fds[2];
    TS_UNUSED(ctx);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot make a socket pair");
    *reader = fds[0];
    *rest = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    *writer = fds[1];
    if (*rest >= 0)
        return true;
    int number = errno;
    close(fds[0]);
    close(fds[1]);
    return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot keep a socket");
}

static bool push(intptr_t writer, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = send((int)writer, data + done, size - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static void close_reader(void *ctx, int reader)
{
    TS_UNUSED(ctx);
    close(reader);
}

static void close_writer(intptr_t writer)
{
    close((int)writer);
}

static void drain(intptr_t rest)
{
    char dropped[4096];
    ssize_t n;
    do
        n = read((int)rest, dropped, sizeof(dropped));
    while (n > 0 || (n < 0 && errno == EINTR));
    close((int)rest);
}

/* What lies in the page cache is dropped first, so that the disk answers and not the memory. */
static void *read_begin(void *ctx, ts_err **err)
{
    const ts_lx_place *place = ctx;
    int fd = open(place->path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fdatasync(fd);
        (void)posix_fadvise(fd, (off_t)place->offset, (off_t)place->bytes, POSIX_FADV_DONTNEED);
        close(fd);
    }
    return ts_lx_ntfs_open(place, false, err);
}

static bool read_back(void *reading, const char *path, const char *stream, ts_wim_data data,
                      void *data_ctx, ts_err **err)
{
    return ts_lx_ntfs_read(reading, path, stream, data, data_ctx, err);
}

static void read_end(void *reading)
{
    (void)ts_lx_ntfs_close(reading, NULL);
}

const ts_wim_system ts_lx_wim_system = {
    .narrow = text,
    .path = text,
    .temp = temp,
    .temp_done = temp_done,
    .pipe = make_pipe,
    .push = push,
    .close_reader = close_reader,
    .close_writer = close_writer,
    .drain = drain,
    .read_begin = read_begin,
    .read = read_back,
    .read_end = read_end,
};
