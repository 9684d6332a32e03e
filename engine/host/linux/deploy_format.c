/* deploy_format.c - making file systems on a volume inside a disk. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include <ts/mem.h>

#include "deploy_private.h"

#define CHUNK           (1024u * 1024u)
#define FAT_LABEL_BYTES 11u

static bool failed(ts_err **err, const char *what, const char *path)
{
    return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot %s '%s'", what, path);
}

/* An image file becomes sparse again; a disk is overwritten when the format is to be a full one. */
static bool clear(const ts_lx_place *place, int fd, bool quick, ts_err **err)
{
    struct stat st;
    uint64_t range[2] = {place->offset, place->bytes};
    if (fstat(fd, &st) != 0)
        return failed(err, "look at", place->path);
    if (S_ISREG(st.st_mode)) {
        int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        return fallocate(fd, mode, (off_t)place->offset, (off_t)place->bytes) == 0 ||
               errno == EOPNOTSUPP || failed(err, "clear a volume in", place->path);
    }
    return quick || ioctl(fd, BLKZEROOUT, range) == 0 ||
           failed(err, "overwrite a volume of", place->path);
}

static bool write_all(int fd, const char *data, size_t size, uint64_t at, const char *path,
                      ts_err **err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(fd, data + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(err, "write to", path);
        done += (size_t)n;
    }
    return true;
}

/* Copies what is in a sparse file to its place on the disk; holes are left out. */
static bool copy_extents(int from, int to, const ts_lx_place *place, const atomic_bool *cancel,
                         ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *chunk = ts_alloc(CHUNK);
    if (!chunk)
        return ts_fail_nomem(err);
    for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
        off_t end = lseek(from, at, SEEK_HOLE);
        for (; at < end;) {
            size_t want = end - at > (off_t)CHUNK ? CHUNK : (size_t)(end - at);
            ssize_t n = pread(from, chunk, want, at);
            if (*cancel)
                return ts_fail(err, TS_CANCELLED, "cancelled while formatting");
            if (n <= 0)
                return failed(err, "read the new file system for", place->path);
            if (!write_all(to, chunk, (size_t)n, place->offset + (uint64_t)at, place->path, err))
                return false;
            at += n;
        }
    }
    return errno == ENXIO || failed(err, "read the new file system for", place->path);
}

/* mkntfs formats a whole file or device and knows no offset: it makes the file system in a sparse
 * file of the volume's size, of which some 20 MB are real. The geometry stands in the boot sector;
 * a BIOS reads the volume by it. */
static bool format_ntfs(ts_linux *machine, const ts_lx_place *place, const char *label,
                        ts_err **err)
{
    TS_CLEANUP(ts_lx_temp_done) char *temp = ts_lx_temp(err);
    if (!temp || truncate(temp, (off_t)place->bytes) != 0)
        return temp && failed(err, "make room for a new file system in", temp);
    char start[24];
    char sector[24];
    (void)snprintf(start, sizeof(start), "%" PRIu64, place->offset / place->sector);
    (void)snprintf(sector, sizeof(sector), "%u", place->sector);
    const char *argv[] = {"mkntfs", "-F",  "-Q", "-q", "-L", label,  "-p", start,
                          "-H",     "255", "-S", "63", "-s", sector, temp, NULL};
    if (!ts_lx_tool(argv, "make an NTFS file system", machine->local.cancel, NULL, err))
        return false;
    int from = open(temp, O_RDONLY | O_CLOEXEC);
    int to = open(place->path, O_WRONLY | O_CLOEXEC);
    bool ok = (from >= 0 && to >= 0) || failed(err, "open", from < 0 ? temp : place->path);
    ok = ok && copy_extents(from, to, place, machine->local.cancel, err);
    ok = ok && (fdatasync(to) == 0 || failed(err, "write to", place->path));
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return ok;
}

/* Left to itself, mkfs.vfat takes the size of the whole disk for the choice, and makes so few
 * clusters that others read the volume as FAT16. The steps are those of Microsoft's format. */
static unsigned fat_cluster(const ts_lx_place *place)
{
    static const struct {
        uint64_t mib;
        unsigned bytes;
    } steps[] = {{260, 512}, {8192, 4096}, {16384, 8192}, {32768, 16384}};
    for (size_t i = 0; i < TS_COUNT(steps); i++) {
        if (place->bytes <= steps[i].mib * TS_MIB)
            return steps[i].bytes < place->sector ? 1 : steps[i].bytes / place->sector;
    }
    return 32768 / place->sector;
}

static bool format_fat(ts_linux *machine, const ts_lx_place *place, const char *label, ts_err **err)
{
    char name[FAT_LABEL_BYTES + 1];
    (void)snprintf(name, sizeof(name), "%s", *label ? label : "NO NAME");
    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    char offset[40];
    char hidden[24];
    char sector[24];
    char kib[24];
    char cluster[24];
    (void)snprintf(cluster, sizeof(cluster), "%u", fat_cluster(place));
    (void)snprintf(offset, sizeof(offset), "--offset=%" PRIu64, place->offset / place->sector);
    (void)snprintf(hidden, sizeof(hidden), "%" PRIu64, place->offset / place->sector);
    (void)snprintf(sector, sizeof(sector), "%u", place->sector);
    (void)snprintf(kib, sizeof(kib), "%" PRIu64, place->bytes / 1024);
    const char *argv[] = {"mkfs.vfat", "-I",   "-F", "32",    "-n",   name,        "-h", hidden,
                          "-S",        sector, "-s", cluster, offset, place->path, kib,  NULL};
    return ts_lx_tool(argv, "make a FAT32 file system", machine->local.cancel, NULL, err);
}

bool ts_lx_volume_format(ts_linux *machine, ts_lx_place *place, ts_filesystem filesystem,
                         const char *label, bool quick, ts_err **err)
{
    ts_buf_clear(&machine->driver_folders); /* what was copied here is gone */
    int fd = open(place->path, O_RDWR | O_CLOEXEC);
    bool ok = fd >= 0 || failed(err, "open", place->path);
    ok = ok && clear(place, fd, quick, err);
    if (fd >= 0)
        close(fd);
    if (!ok)
        return false;
    place->filesystem = filesystem;
    return filesystem == TS_FS_NTFS ? format_ntfs(machine, place, label ? label : "", err)
                                    : format_fat(machine, place, label ? label : "", err);
}
