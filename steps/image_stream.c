/* image_stream.c - the image of a package that is applied while it is fetched. What cannot be
 * streamed (solid and split images, a small one, a package that is here already) is fetched first.
 */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "image_find.h"

/* Of the paths of a package those in its root or in "sources", names alone. Owned. */
static char *names_in(const char *paths, bool sources)
{
    static const char folder[] = "sources/";
    char *names = ts_alloc(strlen(paths) + 1);
    size_t len = 0;
    for (const char *p = paths; names && *p;) {
        size_t line = strcspn(p, "\n");
        bool inside = ts_str_ncasecmp(p, folder, sizeof folder - 1) == 0;
        const char *name = sources && inside ? p + sizeof folder - 1 : p;
        size_t size = line - (size_t)(name - p);
        if (inside == sources && !memchr(name, '/', size)) {
            memcpy(names + len, name, size);
            len += size;
            names[len++] = '\n';
        }
        p += line + (p[line] == '\n');
    }
    return names;
}

/* The path of the image file; NULL without an error: none that can be streamed. Owned. */
static char *find_path(const char *paths, ts_err **err)
{
    for (unsigned i = 0; i < 2; i++) {
        bool sources = i == 1;
        unsigned images = 0;
        TS_CLEANUP(ts_free_ptr) char *names = names_in(paths, sources);
        if (!names) {
            ts_fail_nomem(err);
            return NULL;
        }
        const char *best = ts_step_image_choose(names, strlen(names), &images);
        size_t len = best ? strlen(best) : 0;
        if (!best)
            continue;
        if (len < 4 || !ts_str_ieq(best + len - 4, ".wim"))
            return NULL;
        char *path = ts_sprintf("%s%s", sources ? "sources/" : "", best);
        if (!path)
            ts_fail_nomem(err);
        return path;
    }
    return NULL;
}

/* Opens it and asks which images it has. The list is owned. */
static bool open_path(ts_ctx *c, const char *id, ts_step_image *image, ts_image_info **list,
                      size_t *n, ts_err **err)
{
    char *paths TS_CLEANUP(ts_free_ptr) = NULL;
    if (!ts_ctx_package_files(c, id, &paths, err))
        return false;
    image->file = find_path(paths, err);
    if (!image->file)
        return false;
    image->stream = ts_ctx_package_open(c, id, image->file, err);
    return image->stream && ts_host_stream_images(ts_ctx_host(c), image->stream, list, n, err);
}

static bool is_for_staging(ts_code code)
{
    return code == TS_OK || code == TS_UNSUPPORTED || code == TS_LIMIT;
}

/* False without failure: it cannot be streamed. */
static bool stream(ts_ctx *c, const char *id, const char *which, ts_step_image *image,
                   ts_result *out, ts_err **err)
{
    ts_image_info *list = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    if (open_path(c, id, image, &list, &n, &why))
        return ts_step_image_take(list, n, which, image, out);
    ts_step_image_close(c, image, false);
    if (!is_for_staging(ts_err_code(why))) {
        ts_step_own(out, why, err);
        return false;
    }
    if (why)
        ts_ctx_log(c, TS_LEVEL_INFO, "package '%s' is fetched before it is used: %s", id,
                   ts_err_text(why));
    ts_err_free(why);
    return false;
}

bool ts_step_image_peek(ts_ctx *c, const char *id, const char *which, ts_step_image *image,
                        ts_result *out, ts_err **err)
{
    ts_image_info *list = NULL;
    size_t n = 0;
    ts_err *why = NULL;
    memset(image, 0, sizeof *image);
    if (!ts_host_streams_images(ts_ctx_host(c)))
        return false;
    bool ok = open_path(c, id, image, &list, &n, &why);
    if (ok)
        ok = ts_step_image_take(list, n, ts_str_blank(which) ? "1" : which, image, out);
    else if (!is_for_staging(ts_err_code(why)))
        ts_step_finding(out, why, err);
    else
        ts_err_free(why);
    if (image->stream)
        ts_ctx_package_close(c, false);
    image->stream = NULL;
    return ok;
}

bool ts_step_image_open(ts_ctx *c, const char *id, const char *which, bool whole,
                        ts_step_image *image, ts_result *out, ts_err **err)
{
    memset(image, 0, sizeof *image);
    if (ts_str_blank(which))
        which = "1";
    if (!whole && ts_host_streams_images(ts_ctx_host(c))) {
        if (stream(c, id, which, image, out, err))
            return true;
        if (out->failed || (err && *err))
            return false;
    }
    const char *folder = ts_step_package(c, id, out, err);
    bool ok = folder && ts_step_image_find(c, folder, which, image, out, err);
    image->folder = folder;
    return ok;
}

void ts_step_image_close(ts_ctx *c, ts_step_image *image, bool used)
{
    if (image->stream)
        ts_ctx_package_close(c, used);
    ts_step_image_done(image);
}
