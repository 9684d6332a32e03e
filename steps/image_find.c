/* image_find.c - the image file of a package and the image in it. */
#include "image_find.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

void ts_step_image_done(ts_step_image *image)
{
    free(image->file);
    for (size_t i = 0; image->parts[i]; i++)
        free(image->parts[i]);
    memset(image, 0, sizeof *image);
}

static bool has_end(const char *name, const char *end)
{
    size_t len = strlen(name);
    size_t tail = strlen(end);
    return len > tail && ts_str_ieq(name + len - tail, end);
}

/* Of a split image the first part has no number, the others 2, 3 ... before the dot. */
static bool is_part(const char *name, const char *first)
{
    size_t base = strlen(first) - strlen(".swm");
    return has_end(name, ".swm") && strlen(name) > strlen(first) &&
           ts_str_ncasecmp(name, first, base) == 0 &&
           strspn(name + base, "0123456789") == strlen(name) - base - strlen(".swm");
}

/* 2: the name that Windows media use; 1: an image; 0: none. */
static unsigned rank(const char *name)
{
    if (ts_str_ieq(name, "install.wim") || ts_str_ieq(name, "install.esd") ||
        ts_str_ieq(name, "install.swm"))
        return 2;
    return has_end(name, ".wim") || has_end(name, ".esd") || has_end(name, ".swm");
}

const char *ts_step_image_choose(char *names, size_t size, unsigned *images)
{
    const char *best = NULL;
    for (char *p = names; *p; p++)
        if (*p == '\n')
            *p = '\0';
    for (const char *name = names; name < names + size; name += strlen(name) + 1) {
        unsigned r = rank(name);
        if (r && best && has_end(name, ".swm") && is_part(name, best))
            continue;
        *images += r > 0;
        if (r && (!best || r > rank(best)))
            best = name;
    }
    return best;
}

static bool add_parts(ts_step_image *image, const char *folder, const char *names, size_t size,
                      const char *first, ts_err **err)
{
    size_t n = 0;
    for (const char *name = names; name < names + size; name += strlen(name) + 1) {
        if (!has_end(first, ".swm") || !is_part(name, first))
            continue;
        if (n == TS_SWM_PARTS_MAX)
            return ts_fail(err, TS_LIMIT, "the image has more than %u parts", TS_SWM_PARTS_MAX);
        image->parts[n] = ts_path_join(folder, name);
        if (!image->parts[n++])
            return ts_fail_nomem(err);
    }
    return true;
}

/* True when the folder holds an image; a folder that is not there holds none. */
static bool look_in(ts_ctx *c, const char *folder, ts_step_image *image, ts_err **err)
{
    ts_file_info info;
    char *names TS_CLEANUP(ts_free_ptr) = NULL;
    unsigned images = 0;
    if (!ts_host_file_info(ts_ctx_host(c), folder, &info, err) || !info.exists)
        return false;
    if (!ts_host_folder_list(ts_ctx_host(c), folder, &names, err))
        return false;
    size_t size = strlen(names);
    const char *best = ts_step_image_choose(names, size, &images);
    if (!best)
        return false;
    if (images > 1 && rank(best) < 2)
        ts_ctx_log(c, TS_LEVEL_WARNING, "'%s' holds %u image files; the first one is taken: '%s'",
                   folder, images, best);
    image->file = ts_path_join(folder, best);
    if (!image->file)
        return ts_fail_nomem(err);
    return add_parts(image, folder, names, size, best, err);
}

/* An index, an edition or a name. Of several that fit the first counts. */
static const ts_image_info *pick(const ts_image_info *list, size_t n, const char *which)
{
    int64_t index = 0;
    bool number = ts_str_int64(which, &index);
    for (size_t i = 0; i < n; i++)
        if (number ? list[i].index == index
                   : ts_str_ieq(list[i].name, which) || ts_str_ieq(list[i].edition, which))
            return &list[i];
    return NULL;
}

static void describe(const ts_image_info *list, size_t n, ts_buf *out)
{
    for (size_t i = 0; i < n; i++)
        ts_buf_printf(out, "%s%" PRIu32 " '%s'", i ? ", " : "", list[i].index,
                      *list[i].name ? list[i].name : "without a name");
}

bool ts_step_image_take(ts_image_info *list, size_t n, const char *which, ts_step_image *image,
                        ts_result *out)
{
    int64_t index = 0;
    const ts_image_info *hit = pick(list, n, which);
    bool assumed = !hit && n > 0 && list[0].is_assumed;
    if (hit || assumed) {
        image->info = *(hit ? hit : list);
        if (assumed && ts_str_int64(which, &index) && index > 0 && index < 1000)
            image->info.index = (uint32_t)index;
        out->assumed |= image->info.is_assumed;
    } else {
        ts_buf text;
        ts_buf_init(&text, 16384);
        describe(list, n, &text);
        ts_result_fail(
            out, TS_STEP_CODE_BAD_VALUE,
            "'%s' has no image '%s'; it holds %s: set the step to the number, name or edition "
            "of one",
            image->file, which, n ? ts_buf_text(&text) : "none");
        ts_buf_done(&text);
    }
    free(list);
    return hit || assumed;
}

static bool read_images(ts_ctx *c, const char *which, ts_step_image *image, ts_result *out,
                        ts_err **err)
{
    ts_image_info *list = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    if (ts_host_images(ts_ctx_host(c), image->file, &list, &n, &why))
        return ts_step_image_take(list, n, ts_str_blank(which) ? "1" : which, image, out);
    ts_step_own(out, why, err);
    return false;
}

bool ts_step_image_find(ts_ctx *c, const char *folder, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    memset(image, 0, sizeof *image);
    char *sources TS_CLEANUP(ts_free_ptr) = ts_path_join(folder, "sources");
    bool found = sources ? look_in(c, folder, image, &why) : ts_fail_nomem(&why);
    if (!found && !why)
        found = look_in(c, sources, image, &why);
    if (!found && why) {
        ts_step_own(out, why, err);
        return false;
    }
    if (!found) {
        ts_result_fail(
            out, TS_STEP_CODE_NOT_FOUND,
            "no .wim, .esd or .swm file is in the package ('%s') or its folder 'sources': "
            "publish the folder that has install.wim",
            folder);
        return false;
    }
    return read_images(c, which, image, out, err);
}

/* Further parts of a split image lie beside it. */
static bool find_parts(ts_ctx *c, ts_step_image *image, ts_err **err)
{
    char *names TS_CLEANUP(ts_free_ptr) = NULL;
    char *folder TS_CLEANUP(ts_free_ptr) = NULL;
    if (!has_end(image->file, ".swm"))
        return true;
    folder = ts_path_dir(image->file);
    if (!folder)
        return ts_fail_nomem(err);
    if (!ts_host_folder_list(ts_ctx_host(c), folder, &names, err))
        return false;
    size_t size = strlen(names);
    for (char *p = names; *p; p++)
        if (*p == '\n')
            *p = '\0';
    return add_parts(image, folder, names, size, ts_path_base(image->file), err);
}

bool ts_step_image_file(ts_ctx *c, const char *file, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    memset(image, 0, sizeof *image);
    image->file = ts_strdup(file);
    if (image->file ? find_parts(c, image, &why) : ts_fail_nomem(&why))
        return read_images(c, which, image, out, err);
    ts_step_own(out, why, err);
    return false;
}
