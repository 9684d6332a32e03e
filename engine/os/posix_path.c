/* posix_path.c - what is at a path; links, times, modes. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <ts/mem.h>

#include "os.h"

static bool fail_path(ts_err **err, int number, const char *what, const char *path)
{
    if (number == ENOENT)
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_ERRNO, (uint32_t)number, "cannot %s '%s'",
                             what, path);
    return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot %s '%s'", what, path);
}

bool ts_path_look(const char *path, ts_path_info *out, ts_err **err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return fail_path(err, errno, "look at", path);
    ts_path_info info = {.kind = TS_PATH_OTHER};
    if (S_ISREG(st.st_mode)) {
        info.kind = TS_PATH_FILE;
        info.size = (uint64_t)st.st_size;
        info.on_disk = (uint64_t)st.st_blocks * 512;
    } else if (S_ISDIR(st.st_mode)) {
        info.kind = TS_PATH_FOLDER;
    } else if (S_ISLNK(st.st_mode)) {
        info.kind = TS_PATH_LINK;
    }
    info.modified = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    info.executable = (st.st_mode & S_IXUSR) != 0;
    *out = info;
    return true;
}

bool ts_file_link(const char *from, const char *to, ts_err **err)
{
    return link(from, to) == 0 || fail_path(err, errno, "make a second name", to);
}

bool ts_file_set_modified(const char *path, int64_t modified, ts_err **err)
{
    int64_t rest = modified % 1000;
    struct timespec when = {.tv_sec = (time_t)(modified / 1000 - (rest < 0)),
                            .tv_nsec = (long)((rest < 0 ? rest + 1000 : rest) * 1000000)};
    struct timespec times[2] = {when, when};
    return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 ||
           fail_path(err, errno, "set the time of", path);
}

bool ts_file_set_executable(const char *path, ts_err **err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return fail_path(err, errno, "look at", path);
    mode_t read = st.st_mode & 0444u;
    return chmod(path, (st.st_mode & 07777u) | read >> 2) == 0 ||
           fail_path(err, errno, "make executable", path);
}

char *ts_path_native(const char *path, ts_err **err)
{
    char *native = ts_strdup(path);
    if (!native)
        ts_fail_nomem(err);
    return native;
}
