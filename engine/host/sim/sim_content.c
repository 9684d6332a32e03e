/* sim_content.c - folders of the simulated machine, and packages that are taken to be there. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define LIST_MAX (16u * 1024u * 1024u)

/* The direct children of the folder, from the sorted keys of all files below it. */
static void add_children(const sim_machine *m, const char *prefix, ts_buf *out)
{
    size_t skip = strlen(prefix);
    const char *last = "";
    size_t last_len = 0;
    for (size_t at = sim_map_seek(&m->files, prefix);
         at < m->files.n && ts_str_ihas_prefix(m->files.entries[at].key, prefix); at++) {
        const char *name = m->files.entries[at].key + skip;
        const sim_file *file = m->files.entries[at].item;
        size_t len = strcspn(name, "/");
        bool again = len == last_len && ts_str_ncasecmp(name, last, len) == 0;
        if (len == 0 || again) {
            continue;
        }
        ts_buf_add(out, name, len);
        ts_buf_str(out, name[len] == '/' || file->is_folder ? "/\n" : "\n");
        last = name;
        last_len = len;
    }
}

bool sim_folder_list(void *self, const char *path, char **out, ts_err **err)
{
    sim_machine *m = self;
    ts_file_info info;
    if (!sim_file_info(m, path, &info, err)) {
        return false;
    }
    if (!info.exists || !info.is_folder) {
        return ts_fail(err, TS_NOT_FOUND, "the simulated machine has no folder '%s'", path);
    }
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, path, err);
    TS_CLEANUP(ts_free_ptr) char *prefix = key ? ts_sprintf("%s/", key) : NULL;
    if (!prefix) {
        return key ? ts_fail_nomem(err) : false;
    }
    ts_buf names;
    ts_buf_init(&names, LIST_MAX);
    add_children(m, prefix, &names);
    char *text = ts_buf_ok(&names, "list of a folder", err) ? ts_buf_take(&names) : NULL;
    ts_buf_done(&names);
    *out = text;
    return text != NULL;
}

static bool put(sim_machine *m, const char *folder, const char *name, const char *data,
                uint64_t size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, name);
    TS_CLEANUP(ts_free_ptr) char *key = path ? sim_path_key(m, path, err) : NULL;
    if (!key) {
        return path ? false : ts_fail_nomem(err);
    }
    char *copy = data ? ts_strdup(data) : NULL;
    if (data && !copy) {
        return ts_fail_nomem(err);
    }
    sim_file file = {
        .size = data ? strlen(data) : size, .modified = m->clock, .version = "", .data = copy};
    if (!sim_file_put(m, key, &file, err)) {
        free(copy);
        return false;
    }
    return true;
}

bool sim_assume_package(void *self, const char *id, char **folder, ts_err **err)
{
    sim_machine *m = self;
    ts_file_info info;
    char *path = ts_sprintf("%c:/_SMSTaskSequence/Packages/%s", sim_system_letter(m), id);
    if (!path) {
        return ts_fail_nomem(err);
    }
    bool ok = sim_file_info(m, path, &info, err) &&
              (info.exists || (put(m, path, "install.wim", NULL, UINT64_C(5000000000), err) &&
                               put(m, path, "assumed.inf", "; assumed\n[Version]\n", 0, err)));
    if (!ok) {
        free(path);
        return false;
    }
    *folder = path;
    return true;
}
