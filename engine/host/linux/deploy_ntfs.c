/* deploy_ntfs.c - files of an NTFS volume, by libntfs-3g. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "deploy_ntfs.h"

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/security.h>
#include <ntfs-3g/unistr.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_private.h"

#define CHUNK     (256u * 1024u)
#define NAME_MAX_ (255u)           /* UTF-16 units of a name in NTFS */
#define TICKS     10000            /* NTFS counts 100 ns */
#define EPOCH     11644473600000ll /* ms from 1601 to 1970 */

struct ts_lx_ntfs {
    ntfs_volume *vol;
    char name[TS_LX_PLACE_MAX];
    bool write;
    bool closed; /* what is being written is not for users of the new Windows */
};

static bool failed(const ts_lx_ntfs *volume, const char *what, const char *path, ts_err **err)
{
    int number = errno;
    return ts_fail_os_as(err, number == ENOSPC ? TS_LIMIT : TS_OS, TS_OS_ERRNO, (uint32_t)number,
                         "cannot %s '%s' on the NTFS volume '%s'%s", what, path, volume->name,
                         number == ENOSPC ? ": the volume is full" : "");
}

ts_lx_ntfs *ts_lx_ntfs_open(const ts_lx_place *place, bool write, ts_err **err)
{
    ts_lx_ntfs *volume = ts_alloc(sizeof(*volume));
    if (!volume) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (place->locked || place->filesystem != TS_FS_NTFS) {
        ts_fail(err, TS_STATE, "partition %u of '%s' has no NTFS file system%s", place->partition,
                place->path,
                place->locked ? ": it is encrypted by BitLocker" : "; format it first");
        free(volume);
        return NULL;
    }
    ts_lx_place_text(place, volume->name);
    volume->write = write;
    volume->vol = ntfs_mount(volume->name, write ? NTFS_MNT_NONE : NTFS_MNT_RDONLY);
    if (!volume->vol) {
        /* EPERM: hibernated or fast start-up; EOPNOTSUPP: its journal is not clean. */
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot open the NTFS volume '%s'%s",
                   volume->name,
                   errno == EPERM ? ": a Windows is hibernated on it; shut it down first" : "");
        free(volume);
        return NULL;
    }
    (void)ntfs_set_ignore_case(volume->vol);
    return volume;
}

bool ts_lx_ntfs_close(ts_lx_ntfs *volume, ts_err **err)
{
    if (!volume)
        return true;
    bool ok = ntfs_umount(volume->vol, FALSE) == 0;
    if (!ok)
        failed(volume, "close", "/", err);
    free(volume);
    return ok;
}

void ts_lx_ntfs_facts(ts_lx_ntfs *volume, char *label, size_t size, uint64_t *free_bytes)
{
    (void)snprintf(label, size, "%s", volume->vol->vol_name ? volume->vol->vol_name : "");
    *free_bytes = 0;
    if (ntfs_volume_get_free_space(volume->vol) == 0)
        *free_bytes = (uint64_t)volume->vol->free_clusters * volume->vol->cluster_size;
}

/* --- Names --------------------------------------------------------------------------------- */

/* NULL with errno. */
static ntfs_inode *find(ts_lx_ntfs *volume, const char *path)
{
    return ntfs_pathname_to_inode(volume->vol, NULL, *path ? path : "/");
}

static bool is_missing(int number)
{
    return number == ENOENT || number == ENOTDIR;
}

static bool is_folder(const ntfs_inode *node)
{
    return (node->mrec->flags & MFT_RECORD_IS_DIRECTORY) != 0;
}

/* --- Rights -------------------------------------------------------------------------------- */

#define SYSTEM_SID 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0                /* S-1-5-18 */
#define ADMINS_SID 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 /* S-1-5-32-544 */
#define USERS_SID  1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0 /* S-1-5-32-545 */
#define FULL       0xff, 0x01, 0x1f, 0
#define READ       0xa9, 0, 0x12, 0

/* libntfs-3g makes files that everybody may change. Here: the system and administrators may do
 * all; users may read, as if it came from the folder above, or nothing (MS-DTYP 2.4.6, 2.4.4). */
static bool set_rights(ts_lx_ntfs *volume, ntfs_inode *node)
{
    const unsigned char on = volume->closed ? 0x03 : 0x13; /* for what is in it; inherited */
    const unsigned char flags = is_folder(node) ? on : on & 0x10;
    const unsigned char control = volume->closed ? 0x90 : 0x84; /* protected: auto-inherited */
    const unsigned char size = volume->closed ? 52 : 76, count = volume->closed ? 2 : 3;
    const unsigned char rights[] = {1,          0,          4,         control, 96,
                                    0,          0,          0,         112,     0,
                                    0,          0,          0,         0,       0,
                                    0,          20,         0,         0,       0, /* header */
                                    2,          0,          size,      0,       count,
                                    0,          0,          0, /* list */
                                    0,          flags,      20,        0,       FULL,
                                    SYSTEM_SID, 0,          flags,     24,      0,
                                    FULL,       ADMINS_SID, /* ... */
                                    0,          flags,      24,        0,       READ,
                                    USERS_SID,  ADMINS_SID, SYSTEM_SID}; /* owner, group */
    struct SECURITY_CONTEXT context = {.vol = volume->vol};
    return ntfs_set_ntfs_acl(&context, node, (const char *)rights, sizeof(rights), 0) == 0;
}

/* Makes "name" in a folder; NULL with errno. */
static ntfs_inode *make(ts_lx_ntfs *volume, ntfs_inode *folder, const char *name, mode_t type)
{
    ntfschar *wide = NULL;
    int len = ntfs_mbstoucs(name, &wide);
    ntfs_inode *node = NULL;
    if (len <= 0 || len > (int)NAME_MAX_)
        errno = len > 0 ? ENAMETOOLONG : EILSEQ;
    else
        node = ntfs_create(folder, const_cpu_to_le32(0), wide, (u8)len, type);
    free(wide);
    if (node && !set_rights(volume, node)) {
        int number = errno;
        (void)ntfs_inode_close(node);
        node = NULL;
        errno = number;
    }
    return node;
}

/* The folder of a path, made when it is missing. *name is the last part. */
static ntfs_inode *folder_of(ts_lx_ntfs *volume, const char *path, const char **name)
{
    ntfs_inode *at = find(volume, "/");
    volume->closed = ts_local_is_closed(path);
    while (at) {
        path += strspn(path, "/");
        size_t len = strcspn(path, "/");
        if (path[len + strspn(path + len, "/")] == '\0') {
            *name = path;
            return at;
        }
        char *part = ts_strndup(path, len);
        ntfs_inode *next = part ? ntfs_pathname_to_inode(volume->vol, at, part) : NULL;
        if (part && !next && errno == ENOENT)
            next = make(volume, at, part, S_IFDIR);
        int number = part ? errno : ENOMEM;
        free(part);
        if (next && !is_folder(next)) {
            (void)ntfs_inode_close(next);
            next = NULL;
            number = ENOTDIR;
        }
        (void)ntfs_inode_close(at);
        errno = number;
        at = next;
        path += len;
    }
    return NULL;
}

/* --- Questions ----------------------------------------------------------------------------- */

bool ts_lx_ntfs_info(ts_lx_ntfs *volume, const char *path, ts_file_info *out, ts_err **err)
{
    *out = (ts_file_info){0};
    ntfs_inode *node = find(volume, path);
    if (!node)
        return is_missing(errno) || failed(volume, "look at", path, err);
    out->exists = true;
    out->is_folder = is_folder(node);
    out->size = out->is_folder ? 0 : (uint64_t)node->data_size;
    out->modified = sle64_to_cpu(node->last_data_change_time) / TICKS - EPOCH;
    (void)ntfs_inode_close(node);
    return true;
}

static bool read_stream(ts_lx_ntfs *volume, ntfs_attr *data, const char *path, ts_lx_sink fn,
                        void *ctx, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *chunk = ts_alloc(CHUNK);
    if (!chunk)
        return ts_fail_nomem(err);
    for (s64 at = 0; at < data->data_size;) {
        s64 n = ntfs_attr_pread(data, at, CHUNK, chunk);
        if (n <= 0)
            return failed(volume, "read", path, err);
        if (!fn(ctx, chunk, (size_t)n, err))
            return false;
        at += n;
    }
    return true;
}

bool ts_lx_ntfs_read(ts_lx_ntfs *volume, const char *path, const char *stream, ts_lx_sink fn,
                     void *ctx, ts_err **err)
{
    ntfs_inode *node = find(volume, path);
    if (!node)
        return is_missing(errno)
                   ? ts_fail(err, TS_NOT_FOUND, "there is no file '%s' on the volume", path)
                   : failed(volume, "open", path, err);
    ntfschar *name = NULL;
    int len = stream ? ntfs_mbstoucs(stream, &name) : 0;
    ntfs_attr *data = len < 0 ? NULL
                              : ntfs_attr_open(node, AT_DATA, stream ? name : AT_UNNAMED, (u32)len);
    bool ok = data ? read_stream(volume, data, path, fn, ctx, err)
                   : failed(volume, is_folder(node) ? "read the folder" : "read", path, err);
    if (data)
        ntfs_attr_close(data);
    free(name);
    (void)ntfs_inode_close(node);
    return ok;
}

typedef struct listing {
    ts_buf *out;
    bool no_memory;
} listing;

static int list_one(void *ctx, const ntfschar *name, const int len, const int kind, const s64 at,
                    const MFT_REF ref, const unsigned type)
{
    listing *l = ctx;
    TS_UNUSED(at);
    /* Short names are second names; $MFT and the like are no files of anybody. */
    if (kind == FILE_NAME_DOS || MREF(ref) < FILE_first_user)
        return 0;
    char *text = NULL;
    if (ntfs_ucstombs(name, len, &text, 0) < 0) {
        l->no_memory = true;
        return -1;
    }
    if (strcmp(text, ".") != 0 && strcmp(text, "..") != 0)
        ts_buf_printf(l->out, "%s%s\n", text, type == NTFS_DT_DIR ? "/" : "");
    free(text);
    return 0;
}

bool ts_lx_ntfs_list(ts_lx_ntfs *volume, const char *path, ts_buf *out, ts_err **err)
{
    ntfs_inode *node = find(volume, path);
    if (!node || !is_folder(node)) {
        if (node)
            (void)ntfs_inode_close(node);
        return ts_fail(err, TS_NOT_FOUND, "there is no folder '%s' on the volume", path);
    }
    listing l = {.out = out};
    s64 at = 0;
    bool ok = ntfs_readdir(node, &at, &l, list_one) == 0 || failed(volume, "list", path, err);
    (void)ntfs_inode_close(node);
    return ok;
}

/* --- Changes ------------------------------------------------------------------------------- */

static ntfs_inode *open_to_write(ts_lx_ntfs *volume, const char *path, ts_err **err)
{
    const char *name = NULL;
    ntfs_inode *folder = folder_of(volume, path, &name);
    ntfs_inode *node = folder ? ntfs_pathname_to_inode(volume->vol, folder, name) : NULL;
    if (folder && !node && errno == ENOENT)
        node = make(volume, folder, name, S_IFREG);
    if (node && is_folder(node)) {
        (void)ntfs_inode_close(node);
        node = NULL;
        errno = EISDIR;
    }
    if (!node)
        failed(volume, "write", path, err);
    if (folder)
        (void)ntfs_inode_close(folder);
    return node;
}

static bool put(ts_lx_ntfs *volume, ntfs_attr *data, const char *path, const void *bytes,
                size_t size, s64 at, ts_err **err)
{
    for (size_t done = 0; done < size;) {
        s64 n = ntfs_attr_pwrite(data, at + (s64)done, (s64)(size - done),
                                 (const char *)bytes + done);
        if (n <= 0)
            return failed(volume, "write", path, err);
        done += (size_t)n;
    }
    return true;
}

bool ts_lx_ntfs_write(ts_lx_ntfs *volume, const char *path, const void *data, size_t size,
                      bool append, ts_err **err)
{
    ntfs_inode *node = open_to_write(volume, path, err);
    if (!node)
        return false;
    ntfs_attr *to = ntfs_attr_open(node, AT_DATA, AT_UNNAMED, 0);
    bool ok = to && (append || ntfs_attr_truncate(to, 0) == 0);
    if (!ok)
        failed(volume, "write", path, err);
    ok = ok && put(volume, to, path, data, size, to->data_size, err);
    if (to)
        ntfs_attr_close(to);
    return (ntfs_inode_close(node) == 0 || (ok && failed(volume, "write", path, err))) && ok;
}

static bool put_file(ts_lx_ntfs *volume, ntfs_attr *to, const char *path, ts_file *from,
                     const atomic_bool *cancel, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *chunk = ts_alloc(CHUNK);
    if (!chunk)
        return ts_fail_nomem(err);
    uint64_t at = 0;
    for (size_t got = CHUNK; got == CHUNK; at += got) {
        if (*cancel)
            return ts_fail(err, TS_CANCELLED, "cancelled while copying");
        if (!ts_file_pread(from, chunk, CHUNK, at, &got, err) ||
            !put(volume, to, path, chunk, got, (s64)at, err))
            return false;
    }
    return true;
}

bool ts_lx_ntfs_write_file(ts_lx_ntfs *volume, const char *path, const char *from,
                           const atomic_bool *cancel, ts_err **err)
{
    ts_file *file = ts_file_open(from, TS_FILE_READ, false, err);
    ntfs_inode *node = file ? open_to_write(volume, path, err) : NULL;
    ntfs_attr *to = node ? ntfs_attr_open(node, AT_DATA, AT_UNNAMED, 0) : NULL;
    bool ok = to && ntfs_attr_truncate(to, 0) == 0;
    if (node && !ok)
        failed(volume, "write", path, err);
    ok = ok && put_file(volume, to, path, file, cancel, err);
    if (to)
        ntfs_attr_close(to);
    if (node && ntfs_inode_close(node) != 0 && ok)
        ok = failed(volume, "write", path, err);
    ts_file_close(file);
    return ok;
}

bool ts_lx_ntfs_mkdir(ts_lx_ntfs *volume, const char *path, ts_err **err)
{
    if (path[strspn(path, "/")] == '\0')
        return true;
    const char *name = NULL;
    ntfs_inode *folder = folder_of(volume, path, &name);
    TS_CLEANUP(ts_free_ptr) char *last = folder ? ts_strndup(name, strcspn(name, "/")) : NULL;
    ntfs_inode *node = last ? ntfs_pathname_to_inode(volume->vol, folder, last) : NULL;
    if (last && !node && errno == ENOENT)
        node = make(volume, folder, last, S_IFDIR);
    bool ok = node && is_folder(node);
    if (!ok) {
        errno = node ? EEXIST : errno;
        failed(volume, "make the folder", path, err);
    }
    if (node)
        (void)ntfs_inode_close(node);
    if (folder)
        (void)ntfs_inode_close(folder);
    return ok;
}

bool ts_lx_ntfs_delete(ts_lx_ntfs *volume, const char *path, ts_err **err)
{
    ntfs_inode *node = find(volume, path);
    if (!node)
        return is_missing(errno) || failed(volume, "delete", path, err);
    const char *name = NULL;
    ntfs_inode *folder = folder_of(volume, path, &name);
    ntfschar *wide = NULL;
    int len = folder ? ntfs_mbstoucs(name, &wide) : -1;
    if (len <= 0) {
        if (folder)
            (void)ntfs_inode_close(folder);
        (void)ntfs_inode_close(node);
        free(wide);
        return failed(volume, "delete", path, err);
    }
    /* Closes both, whatever comes of it. */
    bool ok = ntfs_delete(volume->vol, path, node, folder, wide, (u8)len) == 0 ||
              failed(volume, "delete", path, err);
    free(wide);
    return ok;
}
