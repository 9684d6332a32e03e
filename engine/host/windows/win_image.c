/* win_image.c - applying and capturing images: by wimgapi.dll, and where that is missing by dism.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "win_image.h"

#include <ts/mem.h>
#include <ts/text.h>

/* --- Dism: the last way, without progress -------------------------------------------------- */

static bool dism(const ts_windows *machine, char **words, size_t n, const char *what, ts_err **err)
{
    const char *argv[12] = {NULL};
    TS_CLEANUP(ts_free_ptr) char *tool = ts_win_tool("dism.exe", err);
    bool ok = tool != NULL;
    argv[0] = tool;
    argv[1] = "/English";
    for (size_t i = 0; i < n; i++) {
        argv[i + 2] = words[i];
        if (!words[i] && ok)
            ok = ts_fail_nomem(err);
    }
    ok = ok && ts_win_tool_run(machine, argv, NULL, what, err);
    for (size_t i = 0; i < n; i++)
        free(words[i]);
    return ok;
}

static char *option(const char *name, const char *path)
{
    TS_CLEANUP(ts_free_ptr) char *native = ts_win_native(path, NULL);
    return native ? ts_sprintf("/%s:%s", name, native) : NULL;
}

/* "D:/x/install.swm" with its parts is "D:\x\install*.swm". */
static char *parts_option(const char *file)
{
    const char *dot = strrchr(ts_path_base(file), '.');
    size_t len = dot ? (size_t)(dot - file) : strlen(file);
    TS_CLEANUP(ts_free_ptr)
    char *pattern = ts_sprintf("%.*s*%s", (int)len, file, dot ? dot : "");
    return pattern ? option("SWMFile", pattern) : NULL;
}

static bool dism_apply(const ts_windows *machine, const ts_image_apply *what, const char *target,
                       ts_err **err)
{
    char *words[6] = {ts_strdup("/Apply-Image"), option("ImageFile", what->file),
                      ts_sprintf("/Index:%" PRIu32, what->index), option("ApplyDir", target)};
    size_t n = 4;
    if (what->parts)
        words[n++] = parts_option(what->file);
    if (what->verify)
        words[n++] = ts_strdup("/Verify");
    return dism(machine, words, n, "apply the image", err) || ts_wrap(err, "'%s'", what->file);
}

static bool dism_capture(const ts_windows *machine, char letter, const char *file, const char *name,
                         const char *description, ts_err **err)
{
    char *words[] = {ts_strdup("/Capture-Image"), option("ImageFile", file),
                     ts_sprintf("/CaptureDir:%c:\\", letter), ts_sprintf("/Name:%s", name),
                     ts_sprintf("/Description:%s", description ? description : "")};
    return dism(machine, words, TS_COUNT(words), "capture the image", err) ||
           ts_wrap(err, "'%s'", file);
}

/* --- Operations ---------------------------------------------------------------------------- */

/* Also of images that the file has not, which the DLL and dism word badly. */
static bool size_of_image(ts_windows *machine, const ts_image_apply *what, uint64_t *bytes,
                          ts_err **err)
{
    ts_image_info *images = NULL;
    size_t n = 0;
    bool found = false;
    if (!ts_win_images(machine, what->file, &images, &n, err))
        return false;
    for (size_t i = 0; i < n && !found; i++) {
        found = images[i].index == what->index;
        if (found)
            *bytes = images[i].bytes;
    }
    free(images);
    return found || ts_fail(err, TS_NOT_FOUND, "'%s' has no image %" PRIu32 " (it has %zu)",
                            what->file, what->index, n);
}

static char *target_folder(const ts_image_apply *what, ts_err **err)
{
    const char *folder = what->folder ? what->folder + strspn(what->folder, "/\\") : "";
    char *target = ts_sprintf("%c:/%s", what->letter, folder);
    if (!target)
        ts_fail_nomem(err);
    if (target && *folder && !ts_folder_make_shared(target, err))
        ts_free_ptr(&target);
    return target;
}

static bool is_missing(ts_err **why)
{
    if (ts_err_code(*why) != TS_UNSUPPORTED)
        return false;
    ts_err_clear(why);
    return true;
}

bool ts_win_image_apply(void *self, const ts_image_apply *what, ts_err **err)
{
    ts_windows *machine = self;
    uint64_t bytes = 0;
    if (what->stream)
        return ts_fail(err, TS_UNSUPPORTED,
                       "Windows applies no image while it comes: have the whole file first");
    if (!size_of_image(machine, what, &bytes, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *target = target_folder(what, err);
    if (!target)
        return ts_wrap(err, "volume %c:", what->letter);
    ts_err *why = NULL;
    bool ok = ts_win_wimgapi_apply(machine, what, target, bytes, &why) ||
              (is_missing(&why) && dism_apply(machine, what, target, &why));
    if (ok)
        return true;
    ts_wrap(&why, "volume %c:", what->letter);
    return ts_fail_take(err, why);
}

bool ts_win_image_capture(void *self, char letter, const char *file, const char *name,
                          const char *description, ts_err **err)
{
    ts_windows *machine = self;
    ts_err *why = NULL;
    bool ok = ts_win_wimgapi_capture(machine, letter, file, name, description, &why) ||
              (is_missing(&why) && dism_capture(machine, letter, file, name, description, &why));
    if (ok)
        return true;
    return ts_fail_take(err, why);
}
