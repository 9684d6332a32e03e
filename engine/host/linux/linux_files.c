/* linux_files.c - files of a Linux machine. A path with a drive letter leads into a volume of its
 * disks (deploy_files.c). A path of a server names a place that Linux does not have: nothing is
 * there, and nothing can be written there. Back slashes separate as slashes do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_private.h"
#include "linux_private.h"

#define CHUNK (256u * 1024u)

static bool is_server_place(const char *path)
{
    return path[0] == '\\' && path[1] == '\\';
}

/* Owned; NULL when memory is out. */
static char *local_path(const char *path, ts_err **err)
{
    char *local = ts_strdup(path);
    if (!local) {
        ts_fail_nomem(err);
        return NULL;
    }
    for (char *p = local; *p; p++) {
        if (*p == '\\')
            *p = '/';
    }
    return local;
}

static bool fail_place(ts_err **err, ts_code code, const char *path)
{
    return ts_fail(err, code,
                   "'%s' is the path of a server; this Linux machine does not open those", path);
}

/* A path that can be changed; NULL with an error otherwise. */
static char *path_to_change(const char *path, ts_err **err)
{
    if (is_server_place(path)) {
        fail_place(err, TS_UNSUPPORTED, path);
        return NULL;
    }
    return local_path(path, err);
}

bool ts_linux_file_info(void *self, const char *path, ts_file_info *out, ts_err **err)
{
    if (ts_lx_is_volume_path(path))
        return ts_lx_volume_info(self, path, out, err);
    ts_file_info info = {0};
    TS_CLEANUP(ts_free_ptr) char *local = local_path(path, err);
    if (!local)
        return false;
    struct stat st;
    int found = is_server_place(path) ? -1 : stat(local, &st);
    if (found == 0) {
        info.exists = true;
        info.is_folder = S_ISDIR(st.st_mode);
        info.size = info.is_folder || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
        info.modified = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    } else if (!is_server_place(path) && errno != ENOENT && errno != ENOTDIR) {
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot look at '%s'", path);
    }
    *out = info;
    return true;
}

bool ts_linux_file_read(void *self, const char *path, size_t max, char **out, size_t *size,
                        ts_err **err)
{
    if (ts_lx_is_volume_path(path))
        return ts_lx_volume_read(self, path, max, out, size, err);
    if (is_server_place(path))
        return fail_place(err, TS_NOT_FOUND, path);
    TS_CLEANUP(ts_free_ptr) char *local = local_path(path, err);
    return local && ts_file_read(local, max, out, size, err);
}

bool ts_linux_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                         ts_err **err)
{
    if (ts_lx_is_volume_path(path))
        return ts_lx_volume_write(self, path, data, size, append, err);
    TS_CLEANUP(ts_free_ptr) char *local = path_to_change(path, err);
    if (!local)
        return false;
    if (!append)
        return ts_file_write_atomic(local, data, size, err);
    ts_file *file = ts_file_open(local, TS_FILE_APPEND, false, err);
    bool ok = file && ts_file_append(file, data, size, err);
    ts_file_close(file);
    return ok;
}

static bool copy_bytes(ts_file *from, ts_file *to, const atomic_bool *cancel, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *chunk = ts_alloc(CHUNK);
    if (!chunk)
        return ts_fail_nomem(err);
    uint64_t at = 0;
    for (size_t got = CHUNK; got == CHUNK; at += got) {
        if (*cancel)
            return ts_fail(err, TS_CANCELLED, "cancelled while copying");
        if (!ts_file_pread(from, chunk, CHUNK, at, &got, err) ||
            !ts_file_pwrite(to, chunk, got, at, err))
            return false;
    }
    return true;
}

bool ts_linux_file_copy(void *self, const char *from, const char *to, ts_err **err)
{
    ts_linux *machine = self;
    if (ts_lx_is_volume_path(from) || ts_lx_is_volume_path(to))
        return ts_lx_volume_copy(machine, from, to, err);
    if (is_server_place(from))
        return fail_place(err, TS_NOT_FOUND, from);
    TS_CLEANUP(ts_free_ptr) char *source = local_path(from, err);
    TS_CLEANUP(ts_free_ptr) char *target = source ? path_to_change(to, err) : NULL;
    if (!target)
        return false;
    struct stat a;
    struct stat b;
    if (stat(source, &a) == 0 && stat(target, &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        return ts_fail(err, TS_USAGE, "'%s' and '%s' are the same file", from, to);
    ts_file *in = ts_file_open(source, TS_FILE_READ, false, err);
    ts_file *out = in ? ts_file_open(target, TS_FILE_CREATE, false, err) : NULL;
    bool ok = out && copy_bytes(in, out, machine->local.cancel, err) && ts_file_sync(out, err);
    ts_file_close(in);
    ts_file_close(out);
    if (ok && stat(source, &a) == 0)
        (void)chmod(target, a.st_mode & 0777); /* a program stays one */
    if (!ok && out)
        (void)ts_file_remove(target, NULL);
    return ok;
}

bool ts_linux_file_delete(void *self, const char *path, ts_err **err)
{
    if (ts_lx_is_volume_path(path))
        return ts_lx_volume_delete(self, path, err);
    if (is_server_place(path))
        return true; /* not there */
    TS_CLEANUP(ts_free_ptr) char *local = local_path(path, err);
    return local && ts_file_remove(local, err);
}

bool ts_linux_folder_make(void *self, const char *path, ts_err **err)
{
    if (ts_lx_is_volume_path(path))
        return ts_lx_volume_mkdir(self, path, err);
    TS_CLEANUP(ts_free_ptr) char *local = path_to_change(path, err);
    return local && ts_folder_make_shared(local, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text in order; owned. */
static char *sorted(ts_buf *names, ts_err **err)
{
    size_t n = 0;
    for (const char *p = ts_buf_text(names); *p; p++)
        n += *p == '\n';
    char **lines = ts_alloc_array(n + 1, sizeof(*lines));
    ts_buf out;
    ts_buf_init(&out, TS_FOLDER_LIST_MAX);
    char *at = names->data;
    for (size_t i = 0; lines && i < n; i++) {
        lines[i] = at;
        at += strcspn(at, "\n");
        *at++ = '\0';
    }
    if (lines && n > 1)
        qsort(lines, n, sizeof(*lines), by_name);
    for (size_t i = 0; lines && i < n; i++)
        ts_buf_printf(&out, "%s\n", lines[i]);
    bool ok = (lines || ts_fail_nomem(err)) && ts_buf_ok(&out, "the list of names", err);
    char *text = ok ? ts_buf_take(&out) : NULL;
    ts_buf_done(&out);
    free(lines);
    return text;
}

static bool list_local(const char *path, ts_buf *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *local = local_path(path, err);
    if (!local)
        return false;
    if (is_server_place(path))
        return ts_fail(err, TS_NOT_FOUND, "there is no folder '%s'", path);
    return ts_local_list(local, out, err);
}

bool ts_linux_folder_list(void *self, const char *path, char **out, ts_err **err)
{
    ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    bool ok = ts_lx_is_volume_path(path) ? ts_lx_volume_list(self, path, &names, err)
                                         : list_local(path, &names, err);
    ok = ok && ts_buf_ok(&names, "the list of names", err);
    char *text = ok ? sorted(&names, err) : NULL;
    ts_buf_done(&names);
    if (text)
        *out = text;
    return text != NULL;
}
