/* deploy_image.c - images, by wimlib: what a file holds, applying, capturing. An image goes
 * straight to the NTFS volume, with its security descriptors, short names and streams; a mounted
 * NTFS would lose them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_image.h"
#include "deploy_ops.h"
#include "wim_info.h"

#define FULL_BELOW TS_MIB /* bytes that are left on a volume that an image did not fit on */

static bool fail(int rc, const ts_linux *machine, ts_err **err, const char *what, const char *file)
{
    const ts_wim_job job = {
        .api = &ts_lx_wimlib, .system = &ts_lx_wim_system, .cancel = machine->local.cancel};
    return ts_wim_fail(&job, rc, what, file, err);
}

static void done(WIMStruct **wim)
{
    wimlib_free(*wim); /* NULL is fine */
}

/* --- What it holds ------------------------------------------------------------------------- */

bool ts_linux_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err)
{
    TS_UNUSED(self);
    return ts_wim_file_images(file, out, count, err);
}

bool ts_linux_stream_images(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                            ts_err **err)
{
    TS_UNUSED(self);
    return ts_wim_stream_images(stream, out, count, err);
}

/* --- Applying ------------------------------------------------------------------------------ */

typedef struct names {
    char *text[4096];
    size_t n;
    bool too_many;
} names;

static int keep_name(const struct wimlib_dir_entry *entry, void *ctx)
{
    names *list = ctx;
    if (entry->depth != 1)
        return 0;
    if (list->n == TS_COUNT(list->text) || !(list->text[list->n] = ts_strdup(entry->filename))) {
        list->too_many = true;
        return 0;
    }
    list->n++;
    return 0;
}

/* wimlib applies to the root of an NTFS volume. For a folder the image is moved under it, in memory
 * only: an empty tree is put where the folder will be, and what was in the root is renamed. */
static bool move_under(WIMStruct *wim, const ts_image_apply *what, const ts_linux *machine,
                       ts_err **err)
{
    char empty[] = "/tmp/taskseq-XXXXXX";
    names *list = ts_alloc(sizeof(*list));
    if (!list)
        return ts_fail_nomem(err);
    int flags = WIMLIB_ITERATE_DIR_TREE_FLAG_CHILDREN;
    int rc = wimlib_iterate_dir_tree(wim, (int)what->index, "/", flags, keep_name, list);
    bool made = mkdtemp(empty) != NULL;
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("/%s", what->folder + strspn(what->folder, "/\\"));
    for (char *p = folder; p && *p; p++)
        *p = *p == '\\' ? '/' : *p;
    if (rc == 0 && made && folder)
        rc = wimlib_add_tree(wim, (int)what->index, empty, folder, 0);
    for (size_t i = 0; rc == 0 && made && folder && i < list->n; i++) {
        TS_CLEANUP(ts_free_ptr) char *from = ts_sprintf("/%s", list->text[i]);
        TS_CLEANUP(ts_free_ptr) char *to = ts_sprintf("%s/%s", folder, list->text[i]);
        rc = from && to ? wimlib_rename_path(wim, (int)what->index, from, to) : WIMLIB_ERR_NOMEM;
    }
    bool ok = made && folder && !list->too_many;
    if (made)
        (void)ts_folder_remove(empty, NULL);
    for (size_t i = 0; i < list->n; i++)
        free(list->text[i]);
    free(list);
    if (rc != 0)
        return fail(rc, machine, err, "put under a folder the image of", what->file);
    return ok ||
           ts_fail(err, TS_LIMIT, "cannot apply '%s' to folder '%s'", what->file, what->folder);
}

static bool has_folder(const ts_image_apply *what)
{
    return what->folder && what->folder[strspn(what->folder, "/\\")];
}

static bool apply_file(const ts_linux *machine, const ts_wim_job *job, ts_err **err)
{
    const ts_image_apply *what = job->what;
    TS_CLEANUP(done) WIMStruct *wim = ts_wim_open_file(job, what->file, what->parts, err);
    return wim && (!has_folder(what) || move_under(wim, what, machine, err)) &&
           ts_wim_apply_open(job, wim, err);
}

static bool apply(const ts_linux *machine, const ts_image_apply *what, ts_lx_place *place,
                  ts_err **err)
{
    char target[TS_LX_PLACE_MAX];
    ts_lx_place_text(place, target);
    const ts_wim_job job = {.api = &ts_lx_wimlib,
                            .system = &ts_lx_wim_system,
                            .ctx = place,
                            .cancel = machine->local.cancel,
                            .what = what,
                            .target = target,
                            .flags = WIMLIB_EXTRACT_FLAG_NTFS};
    if (what->file)
        return apply_file(machine, &job, err);
    if (what->folder && *what->folder)
        return ts_fail(err, TS_UNSUPPORTED,
                       "an image that comes cannot be applied to a folder: have the whole file "
                       "first");
    return ts_wim_apply_stream(&job, err);
}

/* wimlib does not say why NTFS-3G gave up. */
static bool is_full(const ts_lx_place *place)
{
    uint64_t left = UINT64_MAX;
    char label[64];
    ts_lx_ntfs *volume = ts_lx_ntfs_open(place, false, NULL);
    if (volume)
        ts_lx_ntfs_facts(volume, label, sizeof(label), &left);
    (void)ts_lx_ntfs_close(volume, NULL);
    return left < FULL_BELOW;
}

/* The error of an apply with what is known of the volume; always false. */
static bool tell_volume(const ts_image_apply *what, const ts_lx_place *place, ts_err *why,
                        ts_err **err)
{
    bool full = ts_err_code(why) == TS_OS && is_full(place);
    if (full)
        ts_fail_os_as(err, TS_LIMIT, TS_OS_ERRNO, ENOSPC, "volume %c: is full: %s", what->letter,
                      ts_err_text(why));
    if (full || !err) {
        ts_err_free(why);
        return false;
    }
    *err = why;
    return ts_wrap(err, "volume %c:", what->letter);
}

bool ts_linux_image_apply(void *self, const ts_image_apply *what, ts_err **err)
{
    ts_linux *machine = self;
    ts_lx_place place;
    if (!ts_lx_place_of(machine, what->letter, &place, err) || !ts_lx_place_may_change(&place, err))
        return false;
    if (place.filesystem != TS_FS_NTFS)
        return ts_fail(
            err, TS_STATE,
            "volume %c: is not formatted with NTFS: images can be applied to nothing else here",
            what->letter);
    ts_err *why = NULL;
    return apply(machine, what, &place, &why) || tell_volume(what, &place, why, err);
}

/* --- Capturing ----------------------------------------------------------------------------- */

/* The engine's folder, with the log and the state of this run, is no part of the Windows there. */
static enum wimlib_progress_status watch_capture(enum wimlib_progress_msg message,
                                                 union wimlib_progress_info *info, void *ctx)
{
    if (message == WIMLIB_PROGRESS_MSG_TEST_FILE_EXCLUSION)
        info->test_file_exclusion.will_exclude = ts_str_ieq(info->test_file_exclusion.path,
                                                            "/_SMSTaskSequence");
    return ts_wim_progress(message, info, ctx);
}

bool ts_linux_image_capture(void *self, char letter, const char *file, const char *name,
                            const char *description, ts_err **err)
{
    ts_linux *machine = self;
    ts_lx_place place;
    char source[TS_LX_PLACE_MAX];
    ts_wim_job watch = {.cancel = machine->local.cancel};
    if (!ts_lx_place_of(machine, letter, &place, err))
        return false;
    if (place.filesystem != TS_FS_NTFS)
        return ts_fail(err, TS_STATE, "volume %c: is not formatted with NTFS", letter);
    if (ts_lx_is_volume_path(file))
        return ts_fail(err, TS_UNSUPPORTED,
                       "cannot capture into '%s': give a path of this Linux machine", file);
    ts_lx_place_text(&place, source);
    TS_CLEANUP(done) WIMStruct *wim = NULL;
    int rc = wimlib_create_new_wim(WIMLIB_COMPRESSION_TYPE_LZX, &wim);
    if (rc == 0) {
        wimlib_register_progress_function(wim, watch_capture, &watch);
        int flags = WIMLIB_ADD_FLAG_NTFS | WIMLIB_ADD_FLAG_WINCONFIG |
                    WIMLIB_ADD_FLAG_TEST_FILE_EXCLUSION;
        rc = wimlib_add_image(wim, source, name, NULL, flags);
    }
    if (rc == 0 && description && *description)
        rc = wimlib_set_image_property(wim, 1, "DESCRIPTION", description);
    if (rc == 0)
        rc = wimlib_write(wim, file, WIMLIB_ALL_IMAGES, WIMLIB_WRITE_FLAG_FSYNC, 0);
    return rc == 0 || fail(rc, machine, err, "capture into", file);
}
