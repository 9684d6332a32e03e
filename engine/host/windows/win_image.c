/* win_image.c - applying and capturing images. Applied they are by the administrator's
 * libwim-15.dll, else by wimgapi.dll, and where that is missing by dism. The log says by which. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "win_image.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "wim_info.h"

/* --- Dism: the last way, without progress -------------------------------------------------- */

static bool dism(const ts_windows *machine, char **words, size_t n, const char *what, ts_err **err)
{
    const char *argv[12] = {NULL};
    TS_CLEANUP(ts_free_ptr) char *tool = ts_win_tool(machine, "dism.exe", err);
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
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(path, NULL);
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

/* A file replaces dism's own list (Windows docs: "DISM configuration list"); the last line is the
 * engine's folder. */
static const char left_out[] = "[ExclusionList]\r\n"
                               "\\$ntfs.log\r\n"
                               "\\hiberfil.sys\r\n"
                               "\\pagefile.sys\r\n"
                               "\\swapfile.sys\r\n"
                               "\\System Volume Information\r\n"
                               "\\RECYCLER\r\n"
                               "\\Windows\\CSC\r\n"
                               "\\_SMSTaskSequence\r\n"
                               "[CompressionExclusionList]\r\n"
                               "*.mp3\r\n"
                               "*.zip\r\n"
                               "*.cab\r\n"
                               "\\WINDOWS\\inf\\*.pnf\r\n";

static bool dism_capture(const ts_windows *machine, char letter, const char *file, const char *name,
                         const char *description, ts_err **err)
{
    const char *folder = ts_env_get("TEMP");
    TS_CLEANUP(ts_free_ptr)
    char *list = ts_sprintf("%s/taskseq-capture-%lu.ini", folder ? folder : "C:/Windows/Temp",
                            (unsigned long)ts_process_id());
    if (!list)
        return ts_fail_nomem(err);
    if (!ts_file_write_atomic(list, left_out, strlen(left_out), err))
        return ts_wrap(err, "cannot capture the image");
    char *words[] = {ts_strdup("/Capture-Image"),
                     option("ImageFile", file),
                     ts_sprintf("/CaptureDir:%c:\\", letter),
                     ts_sprintf("/Name:%s", name),
                     ts_sprintf("/Description:%s", description ? description : ""),
                     option("ConfigFile", list)};
    bool ok = dism(machine, words, TS_COUNT(words), "capture the image", err);
    (void)ts_file_remove(list, NULL);
    return ok || ts_wrap(err, "'%s'", file);
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

void ts_win_image_tell(const ts_image_apply *what, const char *way)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("the image is applied by %s", way);
    if (text && what->tell)
        what->tell(what->tell_ctx, false, text);
}

bool ts_win_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err)
{
    TS_UNUSED(self);
    return ts_wim_file_images(file, out, count, err);
}

/* One that cannot be used is told when the image is applied. */
bool ts_win_streams_images(void *self)
{
    bool beside = false;
    return ts_win_wimlib_of(self, &beside, NULL) != NULL;
}

bool ts_win_stream_images(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                          ts_err **err)
{
    TS_UNUSED(self);
    return ts_wim_stream_images(stream, out, count, err);
}

/* wimlib, where the administrator wants it. *done: the image was applied, or failed. */
static bool try_wimlib(ts_windows *machine, const ts_image_apply *what, const char *target,
                       bool *done, ts_err **err)
{
    bool beside = false;
    TS_CLEANUP(ts_err_clear) ts_err *why = NULL;
    const ts_win_wimlib *wimlib = ts_win_wimlib_of(machine, &beside, &why);
    *done = wimlib != NULL;
    if (wimlib) {
        ts_win_image_tell(what, ts_win_wimlib_text(wimlib));
        return ts_win_wimlib_apply(machine, what, target, err);
    }
    if (what->stream) {
        *done = true;
        return ts_fail(err, TS_UNSUPPORTED, "the image cannot be applied while it comes: %s",
                       beside ? ts_err_text(why) : "there is no libwim-15.dll beside the program");
    }
    if (beside && what->tell)
        what->tell(what->tell_ctx, true, ts_err_text(why));
    return false;
}

/* Windows' own ways need the whole file. */
static bool apply(ts_windows *machine, const ts_image_apply *what, const char *target,
                  uint64_t bytes, ts_err **err)
{
    bool done = false;
    bool ok = try_wimlib(machine, what, target, &done, err);
    if (done)
        return ok;
    ts_err *why = NULL;
    if (ts_win_wimgapi_apply(machine, what, target, bytes, &why))
        return true;
    if (is_missing(&why)) {
        ts_win_image_tell(what, "dism.exe, as this Windows has no wimgapi.dll that can be used");
        return dism_apply(machine, what, target, err);
    }
    return ts_fail_take(err, why);
}

bool ts_win_image_apply(void *self, const ts_image_apply *what, ts_err **err)
{
    ts_windows *machine = self;
    uint64_t bytes = 0;
    if (what->file && !size_of_image(machine, what, &bytes, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *target = target_folder(what, err);
    return (target && apply(machine, what, target, bytes, err)) ||
           ts_wrap(err, "volume %c:", what->letter);
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
