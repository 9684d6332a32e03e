/* sim_image.c - images by description: what is in a .wim, what applying it does, boot files. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>

#include "sim.h"

/* An unpacked Windows 11 of today takes some 15 GB; the assumed image is of that size. */
#define ASSUMED_BYTES (UINT64_C(15) * 1000 * 1000 * 1000)

static const char *const architectures[] = {"x64", "x86", "arm64"};

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    len = len < size ? len : size - 1;
    memcpy(out, text ? text : "", len);
    out[len] = '\0';
}

static void describe(const sim_image *image, uint32_t index, ts_image_info *out)
{
    memset(out, 0, sizeof(*out));
    out->index = index;
    out->bytes = image->bytes;
    out->is_windows = image->is_windows;
    out->is_assumed = image->is_assumed;
    copy_text(out->name, sizeof(out->name), image->os.name);
    copy_text(out->description, sizeof(out->description), image->os.name);
    copy_text(out->edition, sizeof(out->edition), image->os.edition);
    copy_text(out->version, sizeof(out->version), image->os.version);
    copy_text(out->architecture, sizeof(out->architecture),
              image->is_windows ? architectures[image->os.architecture] : "");
}

/* Does the description speak of this file? It names the file's path with wildcards, or a package,
 * which is a folder of the path. */
static bool speaks_of(const char *pattern, const char *file)
{
    if (ts_str_wildcard(file, pattern)) {
        return true;
    }
    size_t len = strlen(pattern);
    for (const char *at = ts_str_icontains(file, pattern); at && len;
         at = ts_str_icontains(at + 1, pattern)) {
        bool begins = at == file || at[-1] == '/' || at[-1] == '\\';
        bool ends = at[len] == '/' || at[len] == '\\' || at[len] == '\0';
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

/* The image of the file with this index; index 0: whether there are any. */
static const sim_image *described(const sim_machine *m, const char *file, uint32_t index)
{
    for (size_t i = 0; i < m->n_images; i++) {
        const sim_image *image = &m->images[i];
        if (speaks_of(image->file, file) && (index == 0 || image->index == index)) {
            return image;
        }
    }
    return NULL;
}

static sim_image assumed_image(const sim_machine *m)
{
    return (sim_image){
        .os = m->target, .bytes = ASSUMED_BYTES, .is_windows = true, .is_assumed = true};
}

static bool check_there(sim_machine *m, const char *file, ts_err **err)
{
    ts_file_info info;
    if (!sim_file_info(m, file, &info, err)) {
        return false;
    }
    if (!info.exists || info.is_folder) {
        return ts_fail(err, TS_NOT_FOUND, "the simulated machine has no image file '%s'", file);
    }
    return true;
}

static bool is_whole(const sim_machine *m, const char *file, ts_err **err)
{
    for (size_t i = 0; i < m->n_images; i++) {
        if (m->images[i].damaged && speaks_of(m->images[i].file, file)) {
            return ts_fail(
                err, TS_INTEGRITY,
                "the image file '%s' is damaged: %s; take a good copy and publish it anew", file,
                m->images[i].damaged);
        }
    }
    return true;
}

bool sim_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err)
{
    sim_machine *m = self;
    bool known = described(m, file, 0) != NULL;
    if ((!known && !check_there(m, file, err)) || (known && !is_whole(m, file, err))) {
        return false;
    }
    ts_image_info *list = ts_alloc_array(m->n_images + 1, sizeof(*list));
    if (!list) {
        return ts_fail_nomem(err);
    }
    size_t n = 0;
    for (size_t i = 0; known && i < m->n_images; i++) {
        if (speaks_of(m->images[i].file, file)) {
            describe(&m->images[i], m->images[i].index, &list[n++]);
        }
    }
    if (!known) {
        sim_image assumed = assumed_image(m);
        describe(&assumed, 1, &list[n++]);
    }
    *out = list;
    *count = n;
    return true;
}

static bool find(sim_machine *m, const ts_image_apply *what, sim_image *out, ts_err **err)
{
    const char *file = what->file ? what->file : "";
    const sim_image *image = described(m, file, what->index);
    if (image) {
        *out = *image;
        return true;
    }
    if (described(m, file, 0)) {
        return ts_fail(err, TS_NOT_FOUND, "'%s' has no image with index %" PRIu32, file,
                       what->index);
    }
    *out = assumed_image(m);
    return what->stream || check_there(m, file, err);
}

/* 64-bit UEFI firmware starts 64-bit Windows only; an ARM64 processor none of the others. */
static bool runs_here(const sim_machine *m, unsigned architecture)
{
    unsigned machine = m->processor.architecture;
    return architecture == machine || (machine == SIM_X64 && architecture == SIM_X86 && !m->uefi);
}

static bool check_target(sim_machine *m, const sim_image *image, const sim_partition *p,
                         char letter, ts_err **err)
{
    if (p->bitlocker == SIM_BITLOCKER_LOCKED) {
        return ts_fail(err, TS_STATE, "volume %c: is locked by BitLocker", letter);
    }
    if (!*p->filesystem) {
        return ts_fail(err, TS_STATE, "volume %c: is not formatted", letter);
    }
    if (image->is_windows && !ts_str_ieq(p->filesystem, "NTFS")) {
        return ts_fail(err, TS_STATE, "Windows needs NTFS, and volume %c: has %s", letter,
                       p->filesystem);
    }
    if (image->is_windows && !runs_here(m, image->os.architecture)) {
        return ts_fail(err, TS_STATE, "the image is for %s, and this machine is %s",
                       architectures[image->os.architecture],
                       architectures[m->processor.architecture]);
    }
    if (image->bytes > p->size - p->used) {
        return ts_fail_os_as(err, TS_LIMIT, TS_OS_WIN32, 112, /* ERROR_DISK_FULL */
                             "the image needs %" PRIu64 " MiB, and volume %c: has %" PRIu64
                             " MiB free",
                             image->bytes / TS_MIB, letter, (p->size - p->used) / TS_MIB);
    }
    return true;
}

static bool put(sim_machine *m, char letter, const char *path, uint64_t size, const char *version,
                ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *full = ts_sprintf("%c:/%s", letter, path);
    TS_CLEANUP(ts_free_ptr) char *key = full ? sim_path_key(m, full, err) : NULL;
    if (!key) {
        return full ? false : ts_fail_nomem(err);
    }
    sim_file file = {.is_folder = size == 0,
                     .changed = true,
                     .size = size,
                     .modified = m->clock,
                     .version = version};
    return sim_file_put(m, key, &file, err);
}

static bool put_windows(sim_machine *m, char letter, const sim_os *os, ts_err **err)
{
    static const char *const folders[] = {"Program Files",
                                          "Users",
                                          "Windows",
                                          "Windows/INF",
                                          "Windows/Panther",
                                          "Windows/System32",
                                          "Windows/System32/config",
                                          "Windows/Temp"};
    for (size_t i = 0; i < TS_COUNT(folders); i++) {
        if (!put(m, letter, folders[i], 0, "", err)) {
            return false;
        }
    }
    return put(m, letter, "Windows/explorer.exe", 5000000, os->version, err) &&
           put(m, letter, "Windows/System32/ntoskrnl.exe", 12000000, os->version, err) &&
           put(m, letter, "Windows/System32/config/SOFTWARE", 90000000, "", err) &&
           put(m, letter, "Windows/System32/config/SYSTEM", 20000000, "", err);
}

bool sim_image_apply(void *self, const ts_image_apply *what, ts_err **err)
{
    sim_machine *m = self;
    sim_image image = {0};
    sim_partition *p = sim_disk_by_letter(m, what->letter, NULL);
    if (!p) {
        return ts_fail(err, TS_NOT_FOUND, "no volume of a disk has the letter %c:", what->letter);
    }
    if (!find(m, what, &image, err) || !check_target(m, &image, p, what->letter, err)) {
        return false;
    }
    bool root = !what->folder || !*what->folder;
    if (image.is_windows && root) {
        sim_os *os = ts_arena_alloc(m->arena, sizeof(*os));
        if (!os) {
            return ts_fail_nomem(err);
        }
        *os = image.os;
        if (!put_windows(m, what->letter, os, err)) {
            return false;
        }
        p->os = os;
        p->no_boot_files = p->is_fresh = true;
    }
    p->used += image.bytes;
    /* 200 MB a second: a usual NVMe disk behind a compressed image. */
    m->clock += (int64_t)(image.bytes / 200000);
    if (what->progress) {
        what->progress(what->progress_ctx, image.bytes, image.bytes, "applied");
    }
    sim_wmi_forget(m);
    return true;
}

bool sim_image_capture(void *self, char letter, const char *file, const char *name,
                       const char *description, ts_err **err)
{
    TS_UNUSED(description);
    sim_machine *m = self;
    const sim_partition *p = sim_disk_by_letter(m, letter, NULL);
    if (!p || !*p->filesystem) {
        return ts_fail(err, p ? TS_STATE : TS_NOT_FOUND, "volume %c: %s", letter,
                       p ? "is not formatted" : "does not exist");
    }
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, file, err);
    if (!key || ts_str_blank(name)) {
        return key ? ts_fail(err, TS_SCHEMA, "the image needs a name") : false;
    }
    /* Images are compressed to about half. */
    sim_file image = {.changed = true, .size = p->used / 2, .modified = m->clock, .version = ""};
    return sim_file_put(m, key, &image, err);
}

bool sim_boot_files(void *self, char windows, const char *locale, ts_err **err)
{
    TS_UNUSED(locale);
    sim_machine *m = self;
    sim_disk *disk = NULL;
    sim_partition *p = sim_disk_by_letter(m, windows, &disk);
    if (!p || !p->os) {
        return ts_fail(err, TS_NOT_FOUND, "there is no Windows on volume %c:", windows);
    }
    for (size_t i = 0; i < disk->n_partitions; i++) {
        if (sim_disk_is_boot_partition(m, disk, &disk->partitions[i])) {
            p->no_boot_files = false;
            m->boot_partition = p->id;
            return true;
        }
    }
    return ts_fail(err, TS_STATE, "no place for boot files on the disk of volume %c (%s)", windows,
                   m->uefi ? "this UEFI machine needs a FAT32 EFI partition on a GPT disk"
                           : "this BIOS machine needs an active formatted partition on an MBR "
                             "disk");
}
