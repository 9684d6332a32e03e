/* host_deploy_disks.c - the choke point: disks, volumes, images and boot files. The rules of drive
 * safety are asked here, so that no host can forget them. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "host_ops.h"
#include "host_private.h"

static bool is_letter(char letter)
{
    return isalpha((unsigned char)letter) != 0;
}

static bool check_letter(const char *what, char letter, ts_err **err)
{
    return is_letter(letter) ||
           ts_fail(err, TS_SCHEMA, "cannot %s: no drive letter from A to Z is given", what);
}

/* --- Questions ----------------------------------------------------------------------------- */

bool ts_host_disk_image(ts_host *host, uint32_t disk, const char *file, ts_err **err)
{
    return ts_host_enter(host, "use a file as disk", host->ops->disk_image != NULL, err) &&
           host->ops->disk_image(host->self, disk, file, err);
}

bool ts_host_disks(ts_host *host, ts_disk_info **out, size_t *count, ts_err **err)
{
    return ts_host_enter(host, "list disks", host->ops->disks != NULL, err) &&
           host->ops->disks(host->self, out, count, err);
}

bool ts_host_volumes(ts_host *host, uint32_t disk, ts_volume_info **out, size_t *count,
                     ts_err **err)
{
    return ts_host_enter(host, "list partitions", host->ops->volumes != NULL, err) &&
           host->ops->volumes(host->self, disk, out, count, err);
}

static bool find_letter(ts_host *host, const ts_disk_info *disks, size_t n, char letter,
                        ts_volume_info *out, ts_err **err)
{
    for (size_t d = 0; d < n; d++) {
        ts_volume_info *volumes = NULL;
        size_t count = 0;
        if (!host->ops->volumes(host->self, disks[d].index, &volumes, &count, err)) {
            return false;
        }
        bool found = false;
        for (size_t v = 0; v < count && !found; v++) {
            if (toupper((unsigned char)volumes[v].letter) == toupper((unsigned char)letter)) {
                *out = volumes[v];
                found = true;
            }
        }
        free(volumes);
        if (found) {
            return true;
        }
    }
    return ts_fail(err, TS_NOT_FOUND, "no volume of a disk has the letter %c:", letter);
}

static bool volume_of(ts_host *host, char letter, ts_volume_info *out, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    if (!host->ops->disks(host->self, &disks, &n, err)) {
        return false;
    }
    bool ok = find_letter(host, disks, n, letter, out, err);
    free(disks);
    return ok;
}

bool ts_host_volume(ts_host *host, char letter, ts_volume_info *out, ts_err **err)
{
    bool possible = host->ops->disks && host->ops->volumes;
    return ts_host_enter(host, "look at a volume", possible, err) &&
           check_letter("look at a volume", letter, err) && volume_of(host, letter, out, err);
}

bool ts_host_disk_room(ts_host *host, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                       ts_err **err)
{
    return ts_host_enter(host, "measure a disk", host->ops->disk_room != NULL, err) &&
           host->ops->disk_room(host->self, disk, style, bytes, err);
}

bool ts_host_images(ts_host *host, const char *file, ts_image_info **out, size_t *count,
                    ts_err **err)
{
    return ts_host_enter(host, "read an image file", host->ops->images != NULL, err) &&
           host->ops->images(host->self, file, out, count, err);
}

bool ts_host_streams_images(const ts_host *host)
{
    const ts_host_ops *ops = host->ops;
    return ops->stream_images && (!ops->streams_images || ops->streams_images(host->self));
}

bool ts_host_stream_images(ts_host *host, const ts_reader *stream, ts_image_info **out,
                           size_t *count, ts_err **err)
{
    bool possible = ts_host_streams_images(host);
    return ts_host_enter(host, "apply an image while it comes", possible, err) &&
           host->ops->stream_images(host->self, stream, out, count, err);
}

/* --- Disks --------------------------------------------------------------------------------- */

/* The disk, and whether anything speaks against destroying what is on it. *found stays false when
 * it could not be looked at. */
static bool may_wipe(ts_host *host, uint32_t index, ts_disk_info *disk, bool *found, ts_err **err)
{
    ts_disk_info *disks = NULL;
    size_t n = 0;
    if (!host->ops->disks) {
        return ts_fail(err, TS_UNSUPPORTED, "%s cannot list its disks", host->name);
    }
    if (!host->ops->disks(host->self, &disks, &n, err)) {
        return false;
    }
    for (size_t i = 0; i < n && !*found; i++) {
        if (disks[i].index == index) {
            *disk = disks[i];
            *found = true;
        }
    }
    free(disks);
    if (!*found) {
        return ts_fail(err, TS_NOT_FOUND, "there is no disk %" PRIu32 " (the machine has %zu)",
                       index, n);
    }
    if (*disk->keep_off) {
        return ts_fail(err, TS_REFUSED, "disk %" PRIu32 " (%s) must not be overwritten: %s", index,
                       disk->model, disk->keep_off);
    }
    return true;
}

void ts_host_watch_volumes(ts_host *host, const ts_volume_watch *watch)
{
    host->volume_watch = watch;
}

static void tell_leaving(ts_host *host, char letter)
{
    if (host->volume_watch && letter)
        host->volume_watch->leaving(host->volume_watch->ctx, letter);
}

static void tell_ready(ts_host *host, char letter, ts_filesystem filesystem, uint64_t bytes)
{
    if (host->volume_watch && letter)
        host->volume_watch->ready(host->volume_watch->ctx, letter, filesystem, bytes);
}

/* Always true: a disk whose volumes cannot be read is wiped all the same. */
static bool tell_disk_leaving(ts_host *host, uint32_t disk)
{
    ts_volume_info *volumes = NULL;
    size_t n = 0;
    if (!host->volume_watch)
        return true;
    if (!host->ops->volumes || !host->ops->volumes(host->self, disk, &volumes, &n, NULL))
        host->volume_watch->leaving(host->volume_watch->ctx, 0);
    for (size_t i = 0; i < n; i++)
        tell_leaving(host, volumes[i].letter);
    free(volumes);
    return true;
}

static void put_disk(ts_buf *text, uint32_t index, const ts_disk_info *disk, bool found)
{
    ts_buf_printf(text, "disk %" PRIu32, index);
    if (found) {
        uint64_t gb = disk->bytes / UINT64_C(1000000000);
        ts_buf_printf(text, " (%s, %" PRIu64 " %s)", *disk->model ? disk->model : "model unknown",
                      gb ? gb : disk->bytes / UINT64_C(1000000), gb ? "GB" : "MB");
    }
}

static bool check_plan(const ts_disk_plan *plan, ts_err **err)
{
    if (plan->style == TS_DISK_RAW) {
        return ts_fail(err, TS_SCHEMA, "a disk is made GPT or MBR, not raw");
    }
    if (plan->n_partitions > TS_PARTITIONS_MAX) {
        return ts_fail(err, TS_LIMIT, "%zu partitions are more than the %u that a disk can have",
                       plan->n_partitions, TS_PARTITIONS_MAX);
    }
    for (size_t i = 0; i < plan->n_partitions; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        if (part->bytes == 0 || part->bytes % TS_MIB != 0) {
            return ts_fail(err, TS_SCHEMA,
                           "partition %zu: %" PRIu64 " bytes is no positive multiple of 1 MiB",
                           i + 1, part->bytes);
        }
    }
    return true;
}

/* From here on a failure may have cost what is on the disk. */
static bool wiping(ts_host *host)
{
    host->wiping = true;
    return true;
}

bool ts_host_disk_partition(ts_host *host, ts_disk_plan *plan, ts_err **err)
{
    ts_disk_info disk = {0};
    bool found = false;
    bool ok = ts_host_enter(host, "partition a disk", host->ops->disk_partition != NULL, err) &&
              check_plan(plan, err) && may_wipe(host, plan->disk, &disk, &found, err) &&
              tell_disk_leaving(host, plan->disk) && wiping(host) &&
              host->ops->disk_partition(host->self, plan, err);
    if (host->listener) {
        ts_buf text;
        ts_buf_init(&text, TS_HOST_TEXT_MAX);
        ts_buf_str(&text, "wipe ");
        put_disk(&text, plan->disk, &disk, found);
        ts_buf_printf(&text, " and make %zu %s (%s)", plan->n_partitions,
                      plan->n_partitions == 1 ? "partition" : "partitions",
                      plan->style == TS_DISK_GPT ? "GPT" : "MBR");
        ts_host_report(host, TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE), &text, false, ok, err);
        ts_buf_done(&text);
    }
    for (size_t i = 0; ok && i < plan->n_partitions; i++)
        tell_ready(host, plan->partitions[i].got, plan->partitions[i].filesystem,
                   plan->partitions[i].bytes);
    return ok;
}

static const char *filesystem_name(ts_filesystem filesystem)
{
    static const char *const names[] = {"no file system", "NTFS", "FAT32", "another file system"};
    return (size_t)filesystem < TS_COUNT(names) ? names[filesystem] : "?";
}

static bool format(ts_host *host, char letter, ts_filesystem filesystem, const char *label,
                   bool quick, ts_volume_info *volume, ts_err **err)
{
    ts_disk_info disk;
    bool found = false;
    if (filesystem != TS_FS_NTFS && filesystem != TS_FS_FAT32) {
        return ts_fail(err, TS_SCHEMA, "a volume is formatted with NTFS or FAT32");
    }
    /* Only volumes of disks: a share or a DVD has no disk and is not formatted. */
    if (!check_letter("format a volume", letter, err) ||
        !(host->ops->volumes ||
          ts_fail(err, TS_UNSUPPORTED, "%s cannot list its volumes", host->name)) ||
        !(host->ops->disks ||
          ts_fail(err, TS_UNSUPPORTED, "%s cannot list its disks", host->name)) ||
        !volume_of(host, letter, volume, err) || !may_wipe(host, volume->disk, &disk, &found, err))
        return false;
    tell_leaving(host, volume->letter);
    return wiping(host) &&
           host->ops->volume_format(host->self, letter, filesystem, label, quick, err);
}

bool ts_host_volume_format(ts_host *host, char letter, ts_filesystem filesystem, const char *label,
                           bool quick, ts_err **err)
{
    ts_volume_info volume = {0};
    bool ok = ts_host_enter(host, "format a volume", host->ops->volume_format != NULL, err) &&
              format(host, letter, filesystem, label, quick, &volume, err);
    TS_HOST_CHANGE(host, TS_EFFECT(DISK_WIPE), ok, err,
                   "wipe volume %c: (disk %" PRIu32 ", partition %" PRIu32 ") with %s, label '%s'",
                   letter ? letter : '?', volume.disk, volume.partition,
                   filesystem_name(filesystem), label ? label : "");
    if (ok)
        tell_ready(host, volume.letter, filesystem, volume.bytes);
    return ok;
}

bool ts_host_makes_dynamic_disks(const ts_host *host)
{
    return host->ops->disk_to_dynamic != NULL;
}

bool ts_host_disk_to_dynamic(ts_host *host, uint32_t disk, ts_err **err)
{
    ts_disk_info info;
    bool found = false;
    bool ok = ts_host_enter(host, "convert a disk to dynamic", host->ops->disk_to_dynamic != NULL,
                            err) &&
              may_wipe(host, disk, &info, &found, err) &&
              host->ops->disk_to_dynamic(host->self, disk, err);
    TS_HOST_CHANGE(host, TS_EFFECT(DISK_WRITE), ok, err, "convert disk %" PRIu32 " to dynamic",
                   disk);
    return ok;
}

/* --- Images -------------------------------------------------------------------------------- */

static bool check_apply(const ts_image_apply *what, ts_err **err)
{
    if (!check_letter("apply an image", what->letter, err)) {
        return false;
    }
    if (!what->file == !what->stream) {
        return ts_fail(err, TS_SCHEMA, "an image comes either from a file or from a stream");
    }
    return what->index > 0 || ts_fail(err, TS_SCHEMA, "image indexes start at 1");
}

bool ts_host_image_apply(ts_host *host, const ts_image_apply *what, ts_err **err)
{
    bool ok = ts_host_enter(host, "apply an image", host->ops->image_apply != NULL, err) &&
              check_apply(what, err) && host->ops->image_apply(host->self, what, err);
    TS_HOST_CHANGE(host, TS_EFFECT(IMAGE), ok, err, "apply image %" PRIu32 " of '%s' to %c:%s%s%s",
                   what->index,
                   what->file     ? what->file
                   : what->stream ? what->stream->name
                                  : "",
                   what->letter ? what->letter : '?', what->folder && *what->folder ? "/" : "",
                   what->folder ? what->folder : "", what->verify ? " and read it back" : "");
    return ok;
}

bool ts_host_image_capture(ts_host *host, char letter, const char *file, const char *name,
                           const char *description, ts_err **err)
{
    bool ok = ts_host_enter(host, "capture an image", host->ops->image_capture != NULL, err) &&
              check_letter("capture an image", letter, err) &&
              host->ops->image_capture(host->self, letter, file, name, description, err);
    TS_HOST_CHANGE(host, TS_EFFECT(IMAGE) | TS_EFFECT(FILE), ok, err,
                   "capture volume %c: into '%s' as '%s'", letter ? letter : '?', file, name);
    return ok;
}

bool ts_host_boot_files(ts_host *host, char windows, const char *locale, ts_err **err)
{
    bool ok = ts_host_enter(host, "write boot files", host->ops->boot_files != NULL, err) &&
              check_letter("write boot files", windows, err) &&
              host->ops->boot_files(host->self, windows, locale, err);
    TS_HOST_CHANGE(
        host, TS_EFFECT(DISK_WRITE), ok, err,
        "write boot files and boot store for the Windows on %c:", windows ? windows : '?');
    return ok;
}

const char *ts_host_lacks_boot_image(const ts_host *host)
{
    if (!host->ops->boot_image)
        return "this host cannot make a boot entry for Windows PE: only a Windows can";
    return host->ops->phase(host->self) == TS_PHASE_FULL_OS
               ? NULL
               : "the boot entry for Windows PE is made by the Windows on the disk, and this is "
                 "Windows PE";
}

bool ts_host_boot_image(ts_host *host, const char *folder, ts_err **err)
{
    const char *lack = ts_host_lacks_boot_image(host);
    bool ok = ts_host_enter(host, "make a boot entry for Windows PE", true, err) &&
              (!lack || ts_fail(err, TS_UNSUPPORTED, "%s", lack)) &&
              host->ops->boot_image(host->self, folder, err);
    TS_HOST_CHANGE(host, TS_EFFECT(DISK_WRITE), ok, err,
                   "start the boot image in '%s' at the next start, once", folder);
    host->boots_image = host->boots_image || ok;
    return ok;
}
