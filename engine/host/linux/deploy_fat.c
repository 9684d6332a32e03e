/* deploy_fat.c - files of a FAT32 volume (the EFI system partition), by the programs of mtools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ts/mem.h>

#include "deploy_private.h"

static void image_text(const ts_lx_place *place, char out[TS_LX_PLACE_MAX])
{
    (void)snprintf(out, TS_LX_PLACE_MAX, "%s@@%llu", place->path,
                   (unsigned long long)place->offset);
}

/* "::/EFI/Boot"; owned. */
static char *mtools_path(const char *path, ts_err **err)
{
    char *text = ts_sprintf("::/%s", path + strspn(path, "/"));
    if (!text)
        ts_fail_nomem(err);
    return text;
}

static bool run(const ts_lx_place *place, const char *program, const char *option, const char *from,
                const char *path, char **out, ts_err **err)
{
    char image[TS_LX_PLACE_MAX];
    image_text(place, image);
    const char *argv[8] = {program, "-i", image};
    size_t n = 3;
    if (option)
        argv[n++] = option;
    if (from)
        argv[n++] = from;
    argv[n] = path;
    return ts_lx_tool(argv, "work on a FAT32 volume", NULL, out, err);
}

/* The names of a folder with the folder before them ("::/EFI/Boot/", one a line; folders with '/'
 * behind); owned, NULL when it is no folder. */
static char *names_in(const ts_lx_place *place, const char *folder)
{
    TS_CLEANUP(ts_free_ptr) char *path = mtools_path(folder, NULL);
    char *out = NULL;
    return path && run(place, "mdir", "-b", NULL, path, &out, NULL) ? out : NULL;
}

bool ts_lx_fat_list(const ts_lx_place *place, const char *path, ts_buf *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *names = names_in(place, path);
    if (!names)
        return ts_fail(err, TS_NOT_FOUND, "there is no folder '%s' on the volume", path);
    for (const char *line = names; *line;) {
        size_t len = strcspn(line, "\r\n");
        size_t end = len > 0 && line[len - 1] == '/' ? len - 1 : len;
        size_t start = end;
        while (start > 0 && line[start - 1] != '/')
            start--;
        if (len > start) {
            ts_buf_add(out, line + start, len - start);
            ts_buf_char(out, '\n');
        }
        line += len + strspn(line + len, "\r\n");
    }
    return true;
}

/* Copies a file out; false without an error: it is not there. */
static bool fetch(const ts_lx_place *place, const char *path, const char *to)
{
    TS_CLEANUP(ts_free_ptr) char *from = mtools_path(path, NULL);
    char image[TS_LX_PLACE_MAX];
    image_text(place, image);
    const char *argv[] = {"mcopy", "-n", "-o", "-i", image, from, to, NULL};
    return from && ts_lx_tool(argv, "read a file of a FAT32 volume", NULL, NULL, NULL);
}

bool ts_lx_fat_info(const ts_lx_place *place, const char *path, ts_file_info *out, ts_err **err)
{
    *out = (ts_file_info){0};
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(path);
    ts_buf names;
    ts_buf_init(&names, TS_FOLDER_LIST_MAX);
    const char *base = ts_path_base(path);
    if (!*base) {
        out->exists = out->is_folder = true;
        return true;
    }
    bool listed = dir && ts_lx_fat_list(place, strcmp(dir, ".") == 0 ? "/" : dir, &names, NULL);
    for (const char *line = listed ? ts_buf_text(&names) : ""; *line && !out->exists;) {
        size_t len = strcspn(line, "\n");
        bool folder = len > 0 && line[len - 1] == '/';
        size_t name = len - folder;
        out->exists = strlen(base) == name && ts_str_ncasecmp(line, base, name) == 0;
        out->is_folder = out->exists && folder;
        line += len + 1;
    }
    ts_buf_done(&names);
    if (!out->exists || out->is_folder)
        return true;
    struct stat st;
    TS_CLEANUP(ts_lx_temp_done) char *temp = ts_lx_temp(err);
    if (!temp)
        return false;
    if (fetch(place, path, temp) && stat(temp, &st) == 0)
        out->size = (uint64_t)st.st_size;
    return true;
}

bool ts_lx_fat_read(const ts_lx_place *place, const char *path, size_t max, char **out,
                    size_t *size, ts_err **err)
{
    TS_CLEANUP(ts_lx_temp_done) char *temp = ts_lx_temp(err);
    if (!temp)
        return false;
    if (!fetch(place, path, temp))
        return ts_fail(err, TS_NOT_FOUND, "there is no file '%s' on the volume", path);
    return ts_file_read(temp, max, out, size, err);
}

bool ts_lx_fat_mkdir(const ts_lx_place *place, const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *part = ts_strdup(path + strspn(path, "/"));
    if (!part)
        return ts_fail_nomem(err);
    for (char *p = part; *part; p++) {
        bool end = *p == '\0';
        if (!end && *p != '/')
            continue;
        *p = '\0';
        ts_file_info info;
        TS_CLEANUP(ts_free_ptr) char *target = mtools_path(part, err);
        if (!target || !ts_lx_fat_info(place, part, &info, err))
            return false;
        if (!info.exists && !run(place, "mmd", NULL, NULL, target, NULL, err))
            return false;
        if (end)
            return true;
        *p = '/';
    }
    return true;
}

bool ts_lx_fat_put(const ts_lx_place *place, const char *from, const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(path + strspn(path, "/"));
    TS_CLEANUP(ts_free_ptr) char *target = mtools_path(path, err);
    if (!dir || !target)
        return false;
    return (strcmp(dir, ".") == 0 || ts_lx_fat_mkdir(place, dir, err)) &&
           run(place, "mcopy", "-o", from, target, NULL, err);
}

bool ts_lx_fat_delete(const ts_lx_place *place, const char *path, ts_err **err)
{
    ts_file_info info;
    TS_CLEANUP(ts_free_ptr) char *target = mtools_path(path, err);
    if (!target || !ts_lx_fat_info(place, path, &info, err))
        return false;
    return !info.exists ||
           run(place, info.is_folder ? "mrd" : "mdel", NULL, NULL, target, NULL, err);
}
