/* posix_file.c - files and folders on POSIX systems. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "parts.h"

struct ts_file {
    int fd;
    char *path; /* for error texts */
};

static bool fail_path(ts_err **err, int number, const char *what, const char *path)
{
    ts_code code = number == ENOENT || number == ENOTDIR ? TS_NOT_FOUND : TS_OS;
    return ts_fail_os_as(err, code, TS_OS_ERRNO, (uint32_t)number, "cannot %s '%s'", what, path);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* Writes all of it; a signal or a short write goes on. false: errno says why. */
static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* --- Whole files -------------------------------------------------------------------------- */

bool ts_file_read(const char *path, size_t max, char **out, size_t *size, ts_err **err)
{
    TS_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_path(err, errno, "open", path);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_path(err, errno, "look at", path);
    if (S_ISDIR(st.st_mode))
        return fail_path(err, EISDIR, "read", path);
    if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size > max)
        return ts_fail(err, TS_LIMIT, "'%s' has %llu bytes, more than the limit of %zu", path,
                       (unsigned long long)st.st_size, max);
    /* Files of proc and sysfs have a size of 0 or of a page whatever they hold: read to the end. */
    size_t cap = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
    size_t len = 0;
    TS_CLEANUP(ts_free_ptr) char *data = ts_alloc(cap + 1);
    if (!data)
        return ts_fail_nomem(err);
    for (;;) {
        if (len == cap && !ts_read_grow(&data, &cap, err))
            return false;
        ssize_t n = read(fd, data + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_path(err, errno, "read", path);
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max)
            return ts_fail(err, TS_LIMIT, "'%s' has more than the limit of %zu bytes", path, max);
    }
    data[len] = '\0';
    *out = data;
    data = NULL;
    *size = len;
    return true;
}

/* The rename is on the disk only when the folder is. Some file systems cannot sync a folder. */
static bool sync_folder_of(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(path);
    if (!folder)
        return ts_fail_nomem(err);
    TS_CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? true : fail_path(err, errno, "open folder", folder);
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        return fail_path(err, errno, "sync folder", folder);
    return true;
}

/* A new file beside `path`, with the mode of the file that it replaces. */
static int create_beside(const char *path, char **name, ts_err **err)
{
    for (int attempt = 0; attempt < 16; attempt++) {
        uint64_t random = 0;
        if (!ts_random(&random, sizeof(random), err))
            return -1;
        TS_CLEANUP(ts_free_ptr)
        char *beside = ts_sprintf("%s.%016llx.tmp", path, (unsigned long long)random);
        if (!beside) {
            ts_fail_nomem(err);
            return -1;
        }
        int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0) {
            fail_path(err, errno, "create", beside);
            return -1;
        }
        struct stat old;
        if (lstat(path, &old) == 0 && S_ISREG(old.st_mode))
            (void)fchmod(fd, old.st_mode & 07777);
        *name = beside;
        beside = NULL;
        return fd;
    }
    ts_fail(err, TS_OS, "cannot create a temporary file beside '%s'", path);
    return -1;
}

bool ts_file_write_atomic(const char *path, const void *data, size_t size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *beside = NULL;
    int fd = create_beside(path, &beside, err);
    if (fd < 0)
        return false;
    int number = 0;
    if (!write_all(fd, data, size) || fsync(fd) != 0)
        number = errno;
    if (close(fd) != 0 && number == 0)
        number = errno;
    if (number == 0 && rename(beside, path) != 0)
        number = errno;
    if (number != 0) {
        unlink(beside);
        return fail_path(err, number, "write", path);
    }
    return sync_folder_of(path, err);
}

/* --- Folders ------------------------------------------------------------------------------ */

bool ts_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool ts_file_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_folders(const char *path, mode_t mode, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *work = ts_strdup(path);
    if (!work)
        return ts_fail_nomem(err);
    for (char *p = work + 1; work[0] != '\0'; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        int number = mkdir(work, mode) == 0 ? 0 : errno;
        if (number != 0 && !ts_file_is_folder(work))
            return fail_path(err, number, "make folder", work);
        *p = end;
        if (end == '\0')
            return true;
    }
    return fail_path(err, ENOENT, "make folder", path);
}

bool ts_folder_make(const char *path, ts_err **err)
{
    return make_folders(path, 0700, err);
}

bool ts_folder_make_shared(const char *path, ts_err **err)
{
    return make_folders(path, 0777, err);
}

bool ts_file_remove(const char *path, ts_err **err)
{
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return true;
    int number = errno;
    if ((number == EISDIR || number == EPERM) && rmdir(path) == 0)
        return true;
    /* ENOTDIR: a file that may not be removed. */
    if ((number == EISDIR || number == EPERM) && errno != ENOTDIR)
        number = errno;
    return fail_path(err, number, "remove", path);
}

static bool empty_folder(int parent, const char *name, const char *top, unsigned depth,
                         ts_err **err);

static bool remove_entry(int folder, const char *name, const char *top, unsigned depth,
                         ts_err **err)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return true;
    struct stat st;
    int number = errno;
    bool is_folder = (number == EISDIR || number == EPERM) &&
                     fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
    if (!is_folder)
        return fail_path(err, number, "remove what is in", top);
    if (!empty_folder(folder, name, top, depth + 1, err))
        return false;
    if (unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return fail_path(err, errno, "remove what is in", top);
    return true;
}

/* Works on open folders, not on paths, so that a link put in the way meanwhile leads nowhere. */
static bool empty_folder(int parent, const char *name, const char *top, unsigned depth,
                         ts_err **err)
{
    if (depth > TS_FOLDER_DEPTH_MAX)
        return ts_fail(err, TS_LIMIT, "cannot remove '%s': folders are nested deeper than %u", top,
                       TS_FOLDER_DEPTH_MAX);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_path(err, errno, "open what is in", top);
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int number = errno;
        close(fd);
        return fail_path(err, number, "list", top);
    }
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_entry(fd, entry->d_name, top, depth, err);
    }
    closedir(dir);
    return ok;
}

bool ts_file_is_ours(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());
}

bool ts_folder_remove(const char *path, ts_err **err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? true : fail_path(err, errno, "look at", path);
    if (S_ISDIR(st.st_mode) && !empty_folder(AT_FDCWD, path, path, 1, err))
        return false;
    return ts_file_remove(path, err);
}

bool ts_file_move(const char *from, const char *to, ts_err **err)
{
    return rename(from, to) == 0 ||
           ts_fail_os_as(err, errno == ENOENT ? TS_NOT_FOUND : TS_OS, TS_OS_ERRNO, (uint32_t)errno,
                         "cannot rename '%s' to '%s'", from, to);
}

bool ts_file_rename(const char *from, const char *to, ts_err **err)
{
    return ts_file_move(from, to, err) && sync_folder_of(to, err);
}

/* Names one behind the other, each with its NUL. */
static bool read_names(DIR *dir, const char *path, ts_buf *names, size_t *count, ts_err **err)
{
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ts_buf_add(names, entry->d_name, strlen(entry->d_name) + 1);
        (*count)++;
    }
    if (errno != 0)
        return fail_path(err, errno, "list", path);
    return ts_buf_ok(names, "list of files", err);
}

bool ts_folder_list(const char *path, char ***out, ts_err **err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return fail_path(err, errno, "list", path);
    TS_CLEANUP(ts_buf_done) ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    size_t count = 0;
    bool ok = read_names(dir, path, &names, &count, err);
    closedir(dir);
    return ok && ts_names_list(&names, count, out, err);
}

char *ts_path_absolute(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *real = realpath(path, NULL);
    if (!real && errno != ENOENT) {
        fail_path(err, errno, "resolve", path);
        return NULL;
    }
    TS_CLEANUP(ts_free_ptr) char *joined = NULL;
    if (!real && path[0] != '/') {
        TS_CLEANUP(ts_free_ptr) char *here = ts_folder_current(err);
        if (!here)
            return NULL;
        joined = ts_path_join(here, path);
        if (!joined)
            ts_fail_nomem(err);
        char *result = joined;
        joined = NULL;
        return result;
    }
    char *result = ts_strdup(real ? real : path);
    if (!result)
        ts_fail_nomem(err);
    return result;
}

char *ts_folder_current(ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *here = getcwd(NULL, 0);
    if (!here) {
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot find the current folder");
        return NULL;
    }
    char *result = ts_strdup(here);
    if (!result)
        ts_fail_nomem(err);
    return result;
}

bool ts_disk_free(const char *path, uint64_t *bytes, ts_err **err)
{
    struct statvfs st;
    if (statvfs(path, &st) != 0)
        return fail_path(err, errno, "ask for the free space of", path);
    *bytes = (uint64_t)st.f_bavail * (uint64_t)st.f_frsize;
    return true;
}

/* --- Open files --------------------------------------------------------------------------- */

static int open_flags(ts_file_mode mode)
{
    switch (mode) {
    case TS_FILE_READ:
        return O_RDONLY;
    case TS_FILE_APPEND:
        return O_RDWR | O_CREAT | O_APPEND;
    case TS_FILE_CREATE:
        return O_RDWR | O_CREAT | O_TRUNC;
    case TS_FILE_UPDATE:
        return O_RDWR | O_CREAT;
    case TS_FILE_LOCK:
        return O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK; /* nobody waits at a pipe */
    }
    return O_RDONLY;
}

/* A lock needs no right to write: another user's file can be locked as well. */
static int open_any(const char *path, ts_file_mode mode, bool owner_only)
{
    int flags = open_flags(mode) | O_CLOEXEC;
    /* What only the owner may read is not written through a link that somebody else left there. */
    if (owner_only && mode != TS_FILE_READ)
        flags |= O_NOFOLLOW;
    int fd = open(path, flags, owner_only ? 0600 : 0666);
    if (fd >= 0 || mode != TS_FILE_LOCK)
        return fd;
    int number = errno;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        errno = number; /* why it cannot be made */
    return fd;
}

ts_file *ts_file_open(const char *path, ts_file_mode mode, bool owner_only, ts_err **err)
{
    TS_CLEANUP(close_fd) int fd = open_any(path, mode, owner_only);
    if (fd < 0 && errno == ELOOP && mode == TS_FILE_LOCK) {
        ts_fail(err, TS_OS, "'%s' is a link", path);
        return NULL;
    }
    if (fd < 0) {
        fail_path(err, errno, "open", path);
        return NULL;
    }
    struct stat st = {.st_mode = 0};
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        fail_path(err, S_ISDIR(st.st_mode) ? EISDIR : errno, "open", path);
        return NULL;
    }
    if (mode == TS_FILE_LOCK && !S_ISREG(st.st_mode)) {
        ts_fail(err, TS_OS, "'%s' is no plain file", path);
        return NULL;
    }
    if (owner_only && mode != TS_FILE_READ && (st.st_mode & 077) != 0 && fchmod(fd, 0600) != 0) {
        fail_path(err, errno, "restrict to its owner", path);
        return NULL;
    }
    ts_file *file = ts_alloc(sizeof(*file));
    char *name = file ? ts_strdup(path) : NULL;
    if (!name) {
        free(file);
        ts_fail_nomem(err);
        return NULL;
    }
    file->path = name;
    file->fd = take_fd(&fd);
    return file;
}

void ts_file_close(ts_file *file)
{
    if (!file)
        return;
    close(file->fd);
    free(file->path);
    free(file);
}

bool ts_file_append(ts_file *file, const void *data, size_t size, ts_err **err)
{
    return write_all(file->fd, data, size) || fail_path(err, errno, "write", file->path);
}

static bool fits_offset(uint64_t offset)
{
    return offset <= (uint64_t)INT64_MAX;
}

bool ts_file_pwrite(ts_file *file, const void *data, size_t size, uint64_t offset, ts_err **err)
{
    if (!fits_offset(offset) || !fits_offset(offset + size))
        return fail_path(err, EFBIG, "write", file->path);
    const char *at = data;
    while (size > 0) {
        ssize_t n = pwrite(file->fd, at, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_path(err, errno, "write", file->path);
        at += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

bool ts_file_pread(ts_file *file, void *data, size_t size, uint64_t offset, size_t *got,
                   ts_err **err)
{
    if (!fits_offset(offset))
        return fail_path(err, EOVERFLOW, "read", file->path);
    char *at = data;
    size_t left = size;
    while (left > 0) {
        ssize_t n = pread(file->fd, at, left, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_path(err, errno, "read", file->path);
        if (n == 0)
            break;
        at += n;
        left -= (size_t)n;
        offset += (uint64_t)n;
    }
    *got = size - left;
    return true;
}

bool ts_file_sync(ts_file *file, ts_err **err)
{
    return fsync(file->fd) == 0 || fail_path(err, errno, "sync", file->path);
}

bool ts_file_size(ts_file *file, uint64_t *size, ts_err **err)
{
    struct stat st;
    if (fstat(file->fd, &st) != 0)
        return fail_path(err, errno, "look at", file->path);
    *size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    return true;
}

bool ts_file_truncate(ts_file *file, uint64_t size, ts_err **err)
{
    if (!fits_offset(size) || ftruncate(file->fd, (off_t)size) != 0)
        return fail_path(err, fits_offset(size) ? errno : EFBIG, "set the size of", file->path);
    return true;
}

bool ts_file_reserve(ts_file *file, uint64_t size, ts_err **err)
{
    uint64_t now = 0;
    if (!ts_file_size(file, &now, err))
        return false;
    if (size <= now)
        return true;
    if (!fits_offset(size))
        return fail_path(err, EFBIG, "reserve space for", file->path);
    /* Returns the number; where the file system cannot do it, glibc writes into each block. */
    int number;
    do {
        number = posix_fallocate(file->fd, 0, (off_t)size);
    } while (number == EINTR);
    return number == 0 || fail_path(err, number, "reserve space for", file->path);
}

bool ts_file_punch(ts_file *file, uint64_t offset, uint64_t size, ts_err **err)
{
    if (!fits_offset(offset) || !fits_offset(size))
        return fail_path(err, EFBIG, "free a part of", file->path);
    while (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                     (off_t)size) != 0) {
        if (errno != EINTR)
            return fail_path(err, errno, "free a part of", file->path);
    }
    return true;
}

/* Every file may have holes; a file system without them says so at the first, which is asked for
 * behind the last byte: what is in the file stays. */
bool ts_file_sparse(ts_file *file, ts_err **err)
{
    uint64_t size = 0;
    return ts_file_size(file, &size, err) && ts_file_punch(file, size, 1, err);
}

/* flock, not fcntl: a lock of this opening, which no other opening in this process gives up. On NFS
 * and SMB Linux asks the server for it. */
ts_file_lock_result ts_file_lock(ts_file *file, ts_err **err)
{
    while (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return TS_FILE_IN_USE;
        if (errno == EINTR)
            continue;
        fail_path(err, errno, "lock", file->path);
        return TS_FILE_NO_LOCKS;
    }
    return TS_FILE_LOCKED;
}
