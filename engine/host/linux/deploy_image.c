/* deploy_image.c - images, by wimlib: what a file holds, applying, capturing. An image goes
 * straight to the NTFS volume, with its security descriptors, short names and streams; a mounted
 * NTFS would lose them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wimlib.h>

#include <ts/mem.h>

#include "deploy_image.h"
#include "deploy_ops.h"

#define FULL_BELOW TS_MIB /* bytes that are left on a volume that an image did not fit on */

/* --- Errors -------------------------------------------------------------------------------- */

bool ts_lx_wim_fail(int rc, const ts_linux *machine, ts_err **err, const char *what,
                    const char *file)
{
    ts_code code = TS_OS;
    const char *advice = "";
    if (machine->local.cancel && *machine->local.cancel)
        return ts_fail(err, TS_CANCELLED, "cancelled: cannot %s '%s'", what, file);
    switch (rc) {
    case WIMLIB_ERR_NOMEM:
        return ts_fail_nomem(err);
    case WIMLIB_ERR_OPEN:
        code = TS_NOT_FOUND;
        break;
    case WIMLIB_ERR_INVALID_IMAGE:
        code = TS_NOT_FOUND;
        advice = "; 'wimlib-imagex info' lists what the file holds";
        break;
    case WIMLIB_ERR_DECOMPRESSION:
    case WIMLIB_ERR_INVALID_HEADER:
    case WIMLIB_ERR_INVALID_LOOKUP_TABLE_ENTRY:
    case WIMLIB_ERR_INVALID_METADATA_RESOURCE:
    case WIMLIB_ERR_INVALID_RESOURCE_HASH:
    case WIMLIB_ERR_INTEGRITY:
    case WIMLIB_ERR_NOT_A_WIM_FILE:
    case WIMLIB_ERR_UNEXPECTED_END_OF_FILE:
    case WIMLIB_ERR_XML:
        code = TS_INTEGRITY;
        advice = "; the file is damaged: take a good copy and publish it anew";
        break;
    case WIMLIB_ERR_RESOURCE_NOT_FOUND:
    case WIMLIB_ERR_SPLIT_INVALID:
        advice = "; all parts of a split image are needed";
        break;
    default:
        break;
    }
    return ts_fail_os_as(err, code, TS_OS_WIMLIB, (uint32_t)rc, "cannot %s '%s': %s%s", what, file,
                         wimlib_get_error_string((enum wimlib_error_code)rc), advice);
}

void ts_lx_wim_done(WIMStruct **wim)
{
    wimlib_free(*wim); /* NULL is fine */
}

WIMStruct *ts_lx_wim_open(const ts_linux *machine, const char *file, const char *const *parts,
                          ts_err **err)
{
    WIMStruct *wim = NULL;
    int rc = wimlib_open_wim(file, 0, &wim);
    unsigned n = 0;
    while (rc == 0 && parts && parts[n])
        n++;
    if (n > 0)
        rc = wimlib_reference_resource_files(wim, parts, n, 0, 0);
    if (rc != 0) {
        wimlib_free(wim);
        ts_lx_wim_fail(rc, machine, err, "open the image file", file);
        return NULL;
    }
    return wim;
}

/* --- What it holds ------------------------------------------------------------------------- */

static const char *property(WIMStruct *wim, uint32_t image, const char *name)
{
    const char *value = wimlib_get_image_property(wim, (int)image, name);
    return value ? value : "";
}

/* PROCESSOR_ARCHITECTURE_* of winnt.h. */
static const char *architecture(const char *number)
{
    static const struct {
        const char *number;
        const char *name;
    } names[] = {{"0", "x86"}, {"5", "arm"}, {"9", "x64"}, {"12", "arm64"}};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        if (strcmp(names[i].number, number) == 0)
            return names[i].name;
    }
    return "";
}

static void fill(WIMStruct *wim, uint32_t i, ts_image_info *out)
{
    out->index = i;
    (void)snprintf(out->name, sizeof(out->name), "%s", property(wim, i, "NAME"));
    (void)snprintf(out->description, sizeof(out->description), "%s",
                   property(wim, i, "DESCRIPTION"));
    (void)snprintf(out->edition, sizeof(out->edition), "%s", property(wim, i, "WINDOWS/EDITIONID"));
    (void)snprintf(out->language, sizeof(out->language), "%s",
                   property(wim, i, "WINDOWS/LANGUAGES/DEFAULT"));
    const char *arch = property(wim, i, "WINDOWS/ARCH");
    (void)snprintf(out->architecture, sizeof(out->architecture), "%s", architecture(arch));
    const char *major = property(wim, i, "WINDOWS/VERSION/MAJOR");
    const char *build = property(wim, i, "WINDOWS/VERSION/BUILD");
    const char *patch = property(wim, i, "WINDOWS/VERSION/SPBUILD");
    if (*major)
        (void)snprintf(out->version, sizeof(out->version), "%.8s.%.8s%s%.12s%s%.12s", major,
                       property(wim, i, "WINDOWS/VERSION/MINOR"), *build ? "." : "", build,
                       *patch ? "." : "", patch);
    out->bytes = strtoull(property(wim, i, "TOTALBYTES"), NULL, 10);
    out->is_windows = *arch || *major;
}

bool ts_linux_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err)
{
    struct wimlib_wim_info info;
    TS_CLEANUP(ts_lx_wim_done) WIMStruct *wim = ts_lx_wim_open(self, file, NULL, err);
    if (!wim)
        return false;
    int rc = wimlib_get_wim_info(wim, &info);
    if (rc != 0)
        return ts_lx_wim_fail(rc, self, err, "read the image file", file);
    ts_image_info *images = ts_alloc_array((size_t)info.image_count + 1, sizeof(*images));
    if (!images)
        return ts_fail_nomem(err);
    for (uint32_t i = 0; i < info.image_count; i++)
        fill(wim, i + 1, &images[i]);
    *out = images;
    *count = info.image_count;
    return true;
}

/* --- Progress ------------------------------------------------------------------------------ */

enum wimlib_progress_status ts_lx_wim_progress(enum wimlib_progress_msg message,
                                               union wimlib_progress_info *info, void *ctx)
{
    const ts_lx_watch *watch = ctx;
    if (*watch->machine->local.cancel)
        return WIMLIB_PROGRESS_STATUS_ABORT;
    if (watch->progress && message == WIMLIB_PROGRESS_MSG_EXTRACT_STREAMS)
        watch->progress(watch->ctx, info->extract.completed_bytes, info->extract.total_bytes,
                        "files");
    return WIMLIB_PROGRESS_STATUS_CONTINUE;
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
        return ts_lx_wim_fail(rc, machine, err, "put under a folder the image of", what->file);
    return ok ||
           ts_fail(err, TS_LIMIT, "cannot apply '%s' to folder '%s'", what->file, what->folder);
}

static bool has_folder(const ts_image_apply *what)
{
    return what->folder && what->folder[strspn(what->folder, "/\\")];
}

static bool apply_file(const ts_linux *machine, const ts_image_apply *what,
                       const ts_lx_place *place, ts_lx_watch *watch, ts_err **err)
{
    char target[TS_LX_PLACE_MAX];
    ts_lx_place_text(place, target);
    TS_CLEANUP(ts_lx_wim_done)
    WIMStruct *wim = ts_lx_wim_open(machine, what->file, what->parts, err);
    if (!wim || (has_folder(what) && !move_under(wim, what, machine, err)))
        return false;
    wimlib_register_progress_function(wim, ts_lx_wim_progress, watch);
    int rc = wimlib_extract_image(wim, (int)what->index, target, WIMLIB_EXTRACT_FLAG_NTFS);
    if (rc != 0)
        return ts_lx_wim_fail(rc, machine, err, "apply the image of", what->file);
    return !what->verify || ts_lx_image_verify(machine, wim, what, place, err);
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
    ts_lx_watch watch = {machine, what->progress, what->progress_ctx};
    if (!ts_lx_place_of(machine, what->letter, &place, err) || !ts_lx_place_may_change(&place, err))
        return false;
    if (place.filesystem != TS_FS_NTFS)
        return ts_fail(
            err, TS_STATE,
            "volume %c: is not formatted with NTFS: images can be applied to nothing else here",
            what->letter);
    ts_err *why = NULL;
    bool ok = what->file ? apply_file(machine, what, &place, &watch, &why)
                         : ts_lx_image_stream(machine, what, &place, &watch, &why);
    return ok || tell_volume(what, &place, why, err);
}

/* --- Capturing ----------------------------------------------------------------------------- */

bool ts_linux_image_capture(void *self, char letter, const char *file, const char *name,
                            const char *description, ts_err **err)
{
    ts_linux *machine = self;
    ts_lx_place place;
    char source[TS_LX_PLACE_MAX];
    ts_lx_watch watch = {machine, NULL, NULL};
    if (!ts_lx_place_of(machine, letter, &place, err))
        return false;
    if (place.filesystem != TS_FS_NTFS)
        return ts_fail(err, TS_STATE, "volume %c: is not formatted with NTFS", letter);
    if (ts_lx_is_volume_path(file))
        return ts_fail(err, TS_UNSUPPORTED,
                       "cannot capture into '%s': give a path of this Linux machine", file);
    ts_lx_place_text(&place, source);
    TS_CLEANUP(ts_lx_wim_done) WIMStruct *wim = NULL;
    int rc = wimlib_create_new_wim(WIMLIB_COMPRESSION_TYPE_LZX, &wim);
    if (rc == 0) {
        wimlib_register_progress_function(wim, ts_lx_wim_progress, &watch);
        int flags = WIMLIB_ADD_FLAG_NTFS | WIMLIB_ADD_FLAG_WINCONFIG;
        rc = wimlib_add_image(wim, source, name, NULL, flags);
    }
    if (rc == 0 && description && *description)
        rc = wimlib_set_image_property(wim, 1, "DESCRIPTION", description);
    if (rc == 0)
        rc = wimlib_write(wim, file, WIMLIB_ALL_IMAGES, WIMLIB_WRITE_FLAG_FSYNC, 0);
    return rc == 0 || ts_lx_wim_fail(rc, machine, err, "capture into", file);
}
