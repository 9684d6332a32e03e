/* deploy_ntfs_device.c - an NTFS volume that lies at an offset of a disk or image file, for
 * libntfs-3g and for wimlib. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deploy_ntfs.h"

#include <ntfs-3g/cache.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/device_io.h>

#include <ts/mem.h>

/* The macros of libntfs-3g that change a flag convert the sign of its complement. */
#pragma GCC diagnostic ignored "-Wsign-conversion"

#define WRITE_BEHIND (16 * 1024 * 1024) /* bytes of content that are sent on together */
#define BLOCK_MAX    4096               /* of directories and file records */

typedef struct window {
    int fd;
    s64 offset;
    s64 bytes;
    s64 at;
    s64 low, high, behind; /* content that waits in memory: where, how much */
} window;

static window *window_of(struct ntfs_device *device)
{
    return device->d_private;
}

/* "FILE@OFFSET:BYTES"; the name of the file may have an '@' as well. */
static bool parse(const char *name, char **file, s64 *offset, s64 *bytes)
{
    const char *at = strrchr(name, '@');
    char *end = NULL;
    if (!at)
        return false;
    *offset = strtoll(at + 1, &end, 10);
    if (end == at + 1 || *end != ':')
        return false;
    const char *size = end + 1;
    *bytes = strtoll(size, &end, 10);
    if (end == size || *end || *offset < 0 || *bytes <= 0)
        return false;
    *file = ts_strndup(name, (size_t)(at - name));
    return *file != NULL;
}

static int dev_open(struct ntfs_device *device, int flags)
{
    window *w = window_of(device);
    char *file = NULL;
    if (!parse(device->d_name, &file, &w->offset, &w->bytes)) {
        errno = EINVAL;
        return -1;
    }
    w->fd = open(file, (flags & ~O_EXCL) | O_CLOEXEC);
    int number = errno;
    free(file);
    errno = number;
    if (w->fd < 0)
        return -1;
    NDevSetOpen(device);
    if ((flags & O_ACCMODE) == O_RDONLY)
        NDevSetReadOnly(device);
    return 0;
}

static int dev_sync(struct ntfs_device *device)
{
    if (NDevReadOnly(device) || !NDevDirty(device))
        return 0;
    int rc = fdatasync(window_of(device)->fd);
    if (rc == 0)
        NDevClearDirty(device);
    return rc;
}

static int dev_close(struct ntfs_device *device)
{
    window *w = window_of(device);
    int rc = dev_sync(device);
    if (close(w->fd) != 0)
        rc = -1;
    NDevClearOpen(device);
    free(w);
    device->d_private = NULL;
    return rc;
}

static s64 dev_seek(struct ntfs_device *device, s64 offset, int whence)
{
    window *w = window_of(device);
    s64 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? w->at : w->bytes;
    if (base + offset < 0) {
        errno = EINVAL;
        return -1;
    }
    w->at = base + offset;
    return w->at;
}

static s64 dev_pread(struct ntfs_device *device, void *data, s64 count, s64 offset)
{
    const window *w = window_of(device);
    if (offset < 0 || offset > w->bytes)
        return 0;
    if (count > w->bytes - offset)
        count = w->bytes - offset;
    return pread(w->fd, data, (size_t)count, w->offset + offset);
}

/* Content goes to the disk while more of it comes: kept in memory until the volume is closed, it
 * would cost its time behind the last byte of an image. What is small is a record that will change
 * again, and waits. It is a wish only; whether all is on the disk says the sync at the end. */
static void write_behind(window *w, s64 at, s64 count)
{
    if (count <= BLOCK_MAX)
        return;
    w->low = w->behind == 0 || at < w->low ? at : w->low;
    w->high = w->behind == 0 || at + count > w->high ? at + count : w->high;
    w->behind += count;
    if (w->behind < WRITE_BEHIND)
        return;
    (void)sync_file_range(w->fd, w->low, w->high - w->low, SYNC_FILE_RANGE_WRITE);
    w->behind = 0;
}

static s64 dev_pwrite(struct ntfs_device *device, const void *data, s64 count, s64 offset)
{
    window *w = window_of(device);
    if (NDevReadOnly(device)) {
        errno = EROFS;
        return -1;
    }
    if (offset < 0 || offset > w->bytes || count > w->bytes - offset) {
        errno = ENOSPC; /* never a byte of the next partition */
        return -1;
    }
    NDevSetDirty(device);
    s64 n = pwrite(w->fd, data, (size_t)count, w->offset + offset);
    write_behind(w, w->offset + offset, n);
    return n;
}

static s64 dev_read(struct ntfs_device *device, void *data, s64 count)
{
    s64 n = dev_pread(device, data, count, window_of(device)->at);
    if (n > 0)
        window_of(device)->at += n;
    return n;
}

static s64 dev_write(struct ntfs_device *device, const void *data, s64 count)
{
    s64 n = dev_pwrite(device, data, count, window_of(device)->at);
    if (n > 0)
        window_of(device)->at += n;
    return n;
}

static int dev_stat(struct ntfs_device *device, struct stat *out)
{
    int rc = fstat(window_of(device)->fd, out);
    out->st_mode = (out->st_mode & ~(mode_t)S_IFMT) | S_IFREG;
    out->st_size = window_of(device)->bytes;
    return rc;
}

/* The volume is no device of its own, so nothing of the device's answers is true for it. */
static int dev_ioctl(struct ntfs_device *device, unsigned long request, void *arg)
{
    TS_UNUSED(device);
    TS_UNUSED(request);
    TS_UNUSED(arg);
    errno = EOPNOTSUPP;
    return -1;
}

static struct ntfs_device_operations window_ops = {
    .open = dev_open,
    .close = dev_close,
    .seek = dev_seek,
    .read = dev_read,
    .write = dev_write,
    .pread = dev_pread,
    .pwrite = dev_pwrite,
    .sync = dev_sync,
    .stat = dev_stat,
    .ioctl = dev_ioctl,
};

/* libntfs-3g's own function of this name takes a device only. wimlib calls it with the target that
 * it was given and finds this one first, because the program comes before its libraries: so it
 * reads and writes a volume at an offset as well. Other names go the usual way. */
ntfs_volume *ntfs_mount(const char *name, ntfs_mount_flags flags)
{
    char *file = NULL;
    s64 offset = 0;
    s64 bytes = 0;
    bool inside = parse(name, &file, &offset, &bytes);
    free(file);
    window *w = inside ? ts_alloc(sizeof(*w)) : NULL;
    if (inside && !w) {
        errno = ENOMEM;
        return NULL;
    }
    struct ntfs_device *device = ntfs_device_alloc(
        name, 0, inside ? &window_ops : &ntfs_device_default_io_ops, w);
    if (!device) {
        free(w);
        return NULL;
    }
    ntfs_volume *volume = ntfs_device_mount(device, flags);
    if (!volume) {
        int number = errno;
        free(device->d_private);
        (void)ntfs_device_free(device);
        errno = number;
        return NULL;
    }
    ntfs_create_lru_caches(volume); /* without them reparse points cannot be written */
    return volume;
}
