/* sim_files.c - files and folders of the simulated machine. They hang on partitions, not on drive
 * letters, so that they stay where they are when letters change and go when a partition goes. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

char sim_system_letter(const sim_machine *m)
{
    return m->phase == SIM_PE ? 'X' : 'C';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static const sim_drive *drive_by_letter(const sim_machine *m, char letter)
{
    for (size_t i = 0; i < m->n_drives; i++) {
        if ((m->drives[i].letter & ~0x20) == (letter & ~0x20)) {
            return &m->drives[i];
        }
    }
    return NULL;
}

/* Where a drive's files are kept: its partition, or "@Z" for a drive beside the disks. "" when no
 * such drive exists now. */
static void write_root(sim_machine *m, char letter, ts_buf *out)
{
    sim_partition *part = sim_disk_by_letter(m, letter, NULL);
    bool boot_drive = m->phase == SIM_PE && (letter & ~0x20) == 'X';
    /* The system drive of a machine whose profile lists no disks exists all the same. */
    bool system = m->n_disks == 0 && (letter & ~0x20) == sim_system_letter(m);
    if (part && part->bitlocker == SIM_BITLOCKER_LOCKED) {
        return;
    }
    if (part) {
        ts_buf_printf(out, "#%u", part->id);
    } else if (boot_drive || system || drive_by_letter(m, letter)) {
        ts_buf_printf(out, "@%c", letter & ~0x20);
    }
}

/* Adds the components of a path, with single '/' and "." and ".." resolved; never above the root.
 */
static void add_components(ts_buf *out, const char *path)
{
    size_t root = out->len;
    while (*path) {
        path += strspn(path, "/\\");
        size_t len = strcspn(path, "/\\");
        if (len == 2 && path[0] == '.' && path[1] == '.') {
            while (out->len > root && out->data[out->len - 1] != '/') {
                out->len--;
            }
            out->len -= out->len > root;
            if (out->data) {
                out->data[out->len] = '\0';
            }
        } else if (len > 0 && !(len == 1 && path[0] == '.')) {
            ts_buf_char(out, '/');
            ts_buf_add(out, path, len);
        }
        path += len;
    }
}

#define PATH_MAX_BYTES 32768u /* Windows' own limit of a path is 32,767 characters */

char *sim_path_key(sim_machine *m, const char *path, ts_err **err)
{
    ts_buf key;
    ts_buf_init(&key, PATH_MAX_BYTES);
    bool share = (path[0] == '\\' && path[1] == '\\') || (path[0] == '/' && path[1] == '/');
    bool letter = is_letter(path[0]) && path[1] == ':';
    if (share && strncmp(path + 2, "?\\", 2) == 0) {
        ts_buf_done(&key);
        return sim_path_key(m, path + 4, err);
    }
    if (share) {
        ts_buf_str(&key, "//");
    } else {
        write_root(m, letter ? path[0] : sim_system_letter(m), &key);
        if (key.len == 0) {
            ts_buf_done(&key);
            ts_fail(err, TS_NOT_FOUND, "the machine has no drive '%c:' now (path '%s')",
                    letter ? path[0] : sim_system_letter(m), path);
            return NULL;
        }
    }
    add_components(&key, letter ? path + 2 : path);
    char *out = ts_buf_ok(&key, "path", err) ? ts_buf_take(&key) : NULL;
    if (!out && err && !*err) {
        ts_fail_nomem(err);
    }
    ts_buf_done(&key);
    return out;
}

bool sim_file_put(sim_machine *m, const char *key, const sim_file *file, ts_err **err)
{
    sim_file *there = sim_map_get(&m->files, key);
    if (!there) {
        there = ts_arena_alloc(m->arena, sizeof(*there));
        char *kept = ts_arena_strdup(m->arena, key);
        if (!there || !kept) {
            return ts_fail_nomem(err);
        }
        if (!sim_map_put(&m->files, kept, there, err)) {
            return false;
        }
    } else {
        m->file_bytes -= there->data ? there->size : 0;
        free(there->data);
    }
    *there = *file;
    m->file_bytes += file->data ? file->size : 0;
    return true;
}

/* Is there anything below this folder? A folder exists through what is in it. */
static bool has_children(const sim_machine *m, const char *key)
{
    TS_CLEANUP(ts_free_ptr) char *prefix = ts_sprintf("%s/", key);
    size_t at = prefix ? sim_map_seek(&m->files, prefix) : m->files.n;
    return at < m->files.n && ts_str_ihas_prefix(m->files.entries[at].key, prefix);
}

/* A drive's root exists with the drive, and a running Windows has its folder. */
static bool is_implied_folder(const sim_machine *m, const char *key, const char *path)
{
    bool share = key[0] == '/';
    if (!share && !strchr(key, '/')) {
        return true;
    }
    const char *slash = strchr(key, '/');
    bool windows = !share && slash &&
                   (ts_str_ieq(slash, "/Windows") || ts_str_ieq(slash, "/Windows/System32") ||
                    ts_str_ieq(slash, "/Windows/Temp"));
    if (!windows) {
        return false;
    }
    char letter = is_letter(path[0]) && path[1] == ':' ? path[0] : sim_system_letter(m);
    union {
        const sim_machine *in;
        sim_machine *out;
    } machine = {.in = m};
    const sim_partition *part = sim_disk_by_letter(machine.out, letter, NULL);
    return part ? part->os != NULL : (letter & ~0x20) == sim_system_letter(m);
}

static bool folder_exists(const sim_machine *m, const char *key, const char *path)
{
    const sim_file *file = sim_map_get(&m->files, key);
    return file ? file->is_folder : is_implied_folder(m, key, path) || has_children(m, key);
}

bool sim_file_info(void *self, const char *path, ts_file_info *out, ts_err **err)
{
    sim_machine *m = self;
    memset(out, 0, sizeof(*out));
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, &why);
    if (!key) {
        if (ts_err_code(why) != TS_NOT_FOUND)
            return ts_fail_take(err, why);
        ts_err_free(why);
        return true;
    }
    const sim_file *file = sim_map_get(&m->files, key);
    if (!file) {
        out->exists = out->is_folder = folder_exists(m, key, path);
        out->modified = out->exists ? m->boot_time : 0;
        return true;
    }
    out->exists = true;
    out->is_folder = file->is_folder;
    out->size = file->size;
    out->modified = file->modified;
    size_t len = file->version ? strlen(file->version) : 0;
    len = len < sizeof(out->version) ? len : sizeof(out->version) - 1;
    memcpy(out->version, file->version ? file->version : "", len);
    return true;
}

bool sim_file_read(void *self, const char *path, size_t max, char **out, size_t *size, ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    if (!key) {
        return false;
    }
    const sim_file *file = sim_map_get(&m->files, key);
    if (!file || file->is_folder) {
        return ts_fail(err, TS_NOT_FOUND, "the simulated machine has no file '%s'", path);
    }
    if (file->size > max) {
        return ts_fail(err, TS_LIMIT, "file '%s' has more than %zu bytes", path, max);
    }
    if (!file->data && file->size > 0) {
        return ts_fail(err, TS_STATE,
                       "the profile gives the size of file '%s', but not its content", path);
    }
    char *data = ts_alloc((size_t)file->size + 1);
    if (!data) {
        return ts_fail_nomem(err);
    }
    memcpy(data, file->data ? file->data : "", (size_t)file->size);
    *out = data;
    *size = (size_t)file->size;
    return true;
}

static bool check_room(const sim_machine *m, uint64_t more, ts_err **err)
{
    if (m->file_bytes + more > TS_SIM_BYTES_MAX) {
        return ts_fail(err, TS_LIMIT, "the files of the simulated machine hold more than %u bytes",
                       TS_SIM_BYTES_MAX);
    }
    return true;
}

/* Stores old content (when appending) and new content behind it. */
static bool store(sim_machine *m, const char *key, const char *old, size_t old_size,
                  const void *data, size_t size, ts_err **err)
{
    char *all = ts_alloc(old_size + size + 1);
    if (!all) {
        return ts_fail_nomem(err);
    }
    if (old_size) {
        memcpy(all, old, old_size);
    }
    if (size) {
        memcpy(all + old_size, data, size);
    }
    sim_file file = {
        .changed = true, .size = old_size + size, .modified = m->clock, .version = "", .data = all};
    if (!sim_file_put(m, key, &file, err)) {
        free(all);
        return false;
    }
    return true;
}

bool sim_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                    ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    if (!key || !check_room(m, size, err)) {
        return false;
    }
    const sim_file *old = sim_map_get(&m->files, key);
    if (old ? old->is_folder : folder_exists(m, key, path)) {
        return ts_fail(err, TS_STATE, "'%s' is a folder", path);
    }
    if (append && old && old->data) {
        return check_room(m, old->size, err) &&
               store(m, key, old->data, (size_t)old->size, data, size, err);
    }
    if (append && old && old->size) {
        return ts_fail(err, TS_STATE,
                       "cannot append to '%s': the profile gives its size, but not its content",
                       path);
    }
    return store(m, key, NULL, 0, data, size, err);
}

bool ts_host_sim_file(ts_host *host, const char *path, const char *data, size_t size, ts_err **err)
{
    sim_machine *m = sim_of(host);
    if (!m) {
        return ts_fail(err, TS_USAGE, "only a simulated machine can be given files");
    }
    if (!sim_file_write(m, path, data, size, false, err)) {
        return false;
    }
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    sim_file *file = key ? sim_map_get(&m->files, key) : NULL;
    if (file) {
        file->changed = false; /* not by the run */
    }
    return file != NULL;
}

bool sim_file_copy(void *self, const char *from, const char *to, ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *source = sim_path_key(m, from, err);
    if (!source) {
        return false;
    }
    const sim_file *file = sim_map_get(&m->files, source);
    if (!file || file->is_folder) {
        return ts_fail(err, TS_NOT_FOUND, "the simulated machine has no file '%s'", from);
    }
    TS_CLEANUP(ts_free_ptr) char *target = sim_path_key(m, to, err);
    if (!target || !check_room(m, file->data ? file->size : 0, err)) {
        return false;
    }
    if (folder_exists(m, target, to)) {
        return ts_fail(err, TS_STATE, "'%s' is a folder", to);
    }
    if (ts_str_ieq(source, target)) {
        return true;
    }
    sim_file copy = *file;
    copy.changed = true;
    if (file->data) {
        copy.data = ts_alloc((size_t)file->size + 1);
        if (!copy.data) {
            return ts_fail_nomem(err);
        }
        memcpy(copy.data, file->data, (size_t)file->size);
    }
    if (!sim_file_put(m, target, &copy, err)) {
        free(copy.data);
        return false;
    }
    return true;
}

bool sim_file_delete(void *self, const char *path, ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    if (!key) {
        return false;
    }
    sim_file *file = sim_map_get(&m->files, key);
    if (!file) {
        return folder_exists(m, key, path)
                   ? ts_fail(err, TS_STATE, "'%s' is a folder that is not empty", path)
                   : true;
    }
    if (file->is_folder && has_children(m, key)) {
        return ts_fail(err, TS_STATE, "'%s' is a folder that is not empty", path);
    }
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("file %s", path);
    char *gone = text ? ts_arena_strdup(m->arena, text) : NULL;
    if (!gone) {
        return ts_fail_nomem(err);
    }
    if (!sim_map_put(&m->deleted, gone, m, err)) {
        return false;
    }
    m->file_bytes -= file->data ? file->size : 0;
    ts_free_ptr(&file->data);
    sim_map_remove(&m->files, key);
    return true;
}

bool sim_folder_make(void *self, const char *path, ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    if (!key) {
        return false;
    }
    const sim_file *file = sim_map_get(&m->files, key);
    if (file && !file->is_folder) {
        return ts_fail(err, TS_STATE, "'%s' is a file", path);
    }
    if (file || is_implied_folder(m, key, path)) {
        return true;
    }
    sim_file folder = {.is_folder = true, .changed = true, .modified = m->clock, .version = ""};
    return sim_file_put(m, key, &folder, err);
}

void sim_files_done(sim_machine *m)
{
    for (size_t i = 0; i < m->files.n; i++) {
        sim_file *file = m->files.entries[i].item;
        free(file->data);
    }
    sim_map_done(&m->files);
}
