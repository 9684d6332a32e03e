/* publish_image.c - sources that are image files: taken out of a disc, written anew with some of
 * their images or for pipes, before the package is made of them. */
#include <stdlib.h>
#include <string.h>

#include "disc.h"
#include "os.h"
#include "repo.h"
#include "wim.h"
#include "wim_export.h"

/* In the order in which a disc is asked for them. */
static const char *const disc_files[] = {"sources/install.wim", "sources/install.esd"};

typedef struct images {
    const ts_package_source *package;
    char *work;
    ts_arena *arena;
    const char **paths; /* of the package, those written anew replaced by nothing */
    size_t n_paths;
    ts_package_file *files;
    size_t n_files;
    bool any;
} images;

bool ts_publish_wants_images(const ts_package_source *package)
{
    return package->n_images > 0 || package->pipable || package->install_image;
}

static bool is_wim(const char *path)
{
    uint8_t head[TS_WIM_HEADER_BYTES];
    size_t got = 0;
    ts_file *file = ts_file_is_folder(path) ? NULL : ts_file_open(path, TS_FILE_READ, false, NULL);
    bool is = file && ts_file_pread(file, head, sizeof head, 0, &got, NULL) && ts_wim_is(head, got);
    ts_file_close(file);
    return is;
}

/* The source as a file of the package, under its own name. */
static bool add_file(images *im, const char *name, const char *from, int64_t modified, ts_err **err)
{
    ts_package_file *f = &im->files[im->n_files++];
    *f = (ts_package_file){.path = ts_arena_strdup(im->arena, name),
                           .from = ts_arena_strdup(im->arena, from),
                           .modified = modified};
    im->any = true;
    return (f->path && f->from) || ts_fail_nomem(err);
}

/* An ESD becomes a WIM, and its name says so. */
static bool write_anew(images *im, const char *name, const char *from, int64_t modified,
                       ts_err **err)
{
    const ts_package_source *p = im->package;
    const char *dot = strrchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) : strlen(name);
    TS_CLEANUP(ts_free_ptr) char *wim = ts_sprintf("%.*s.wim", (int)stem, name);
    TS_CLEANUP(ts_free_ptr) char *to = wim ? ts_sprintf("%s/new-%s", im->work, wim) : NULL;
    if (!to)
        return ts_fail_nomem(err);
    return ts_wim_export(from, to, p->images, p->n_images, p->pipable, err) &&
           add_file(im, wim, to, modified, err);
}

static bool take_image(images *im, const char *name, const char *from, int64_t modified,
                       ts_err **err)
{
    if (im->package->n_images > 0 || im->package->pipable)
        return write_anew(im, name, from, modified, err);
    return add_file(im, name, from, modified, err);
}

static bool take_disc(images *im, const char *path, int64_t modified, ts_err **err)
{
    size_t which = 0;
    TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(im->work, "disc.image");
    if (!to)
        return ts_fail_nomem(err);
    return ts_disc_extract(path, disc_files, TS_COUNT(disc_files), to, &which, err) &&
           take_image(im, ts_path_base(disc_files[which]), to, modified, err);
}

static bool take_source(images *im, const char *path, ts_err **err)
{
    ts_path_info info;
    const ts_package_source *p = im->package;
    bool disc = p->install_image && ts_disc_is(path);
    bool wim = !disc && (p->n_images > 0 || p->pipable) && is_wim(path);
    if (!disc && !wim) {
        im->paths[im->n_paths++] = path;
        return true;
    }
    if (!ts_path_look(path, &info, err))
        return false;
    if (info.kind != TS_PATH_FILE)
        return ts_fail(err, TS_REFUSED, "'%s' is no file", path);
    return disc ? take_disc(im, path, info.modified, err)
                : take_image(im, ts_path_base(path), path, info.modified, err);
}

static bool prepare(images *im, ts_err **err)
{
    const ts_package_source *p = im->package;
    im->paths = ts_arena_alloc(im->arena, (p->n_paths + 1) * sizeof *im->paths);
    im->files = ts_arena_alloc(im->arena, (p->n_paths + p->n_files + 1) * sizeof *im->files);
    if (!im->paths || !im->files)
        return ts_fail_nomem(err);
    for (; im->n_files < p->n_files; im->n_files++)
        im->files[im->n_files] = p->files[im->n_files];
    if (!ts_folder_make_shared(im->work, err))
        return false;
    for (size_t i = 0; i < p->n_paths; i++) {
        if (!take_source(im, p->paths[i], err))
            return false;
    }
    return im->any ||
           ts_fail(err, TS_USAGE, "none of the sources is %s",
                   p->install_image ? "a disc image (ISO 9660 or UDF)" : "a WIM or ESD file");
}

bool ts_publish_images(const char *repo, ts_catalog *draft, const ts_package_source *package,
                       ts_publish_result *out, ts_err **err)
{
    images im = {.package = package, .work = ts_repo_work(repo, err), .arena = ts_arena_new()};
    bool ok = im.work && (im.arena || ts_fail_nomem(err)) && prepare(&im, err);
    if (ok) {
        ts_package_source p = *package;
        p.paths = im.paths;
        p.n_paths = im.n_paths;
        p.files = im.files;
        p.n_files = im.n_files;
        p.n_images = 0;
        p.pipable = p.install_image = false;
        ok = ts_repo_add_to_draft(repo, draft, &p, out, err);
    }
    if (im.work)
        ts_folder_remove(im.work, NULL);
    free(im.work);
    ts_arena_free(im.arena);
    return ok;
}
