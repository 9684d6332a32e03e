/* deploy_safety.c - why nothing destructive may touch a disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ts/mem.h>

#include "deploy_private.h"

#define PROC_MAX (4u * 1024u * 1024u) /* bytes of /proc/self/mountinfo that are looked at */

static char *read_text(const ts_linux *machine, const char *path)
{
    TS_CLEANUP(ts_free_ptr) char *full = ts_sprintf("%s%s", machine->sysroot, path);
    char *text = NULL;
    size_t size = 0;
    return full && ts_file_read(full, PROC_MAX, &text, &size, NULL) ? text : NULL;
}

static void TS_PRINTF(2, 3) keep_off(ts_lx_disk *disk, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(disk->info.keep_off, sizeof(disk->info.keep_off), fmt, args);
    va_end(args);
}

/* mountinfo: "36 35 8:1 /root /mount/point options ... - type source options" (proc(5)). */
static void check_mounts(ts_lx_disk *disk, const char *mounts, const char *name, const char *number)
{
    char source[80];
    (void)snprintf(source, sizeof(source), " /dev/%.63s ", name);
    for (const char *line = mounts; line && *line && !*disk->info.keep_off;) {
        size_t len = strcspn(line, "\n");
        char text[1024];
        char device[32] = "";
        char where[512] = "";
        (void)snprintf(text, sizeof(text), "%.*s", (int)(len < 1000 ? len : 1000), line);
        bool read = sscanf(text, "%*s %*s %31s %*s %511s", device, where) == 2;
        if (read && ((*number && strcmp(device, number) == 0) || strstr(text, source))) {
            if (strcmp(where, "/") == 0)
                keep_off(disk, "this Linux runs from it");
            else
                keep_off(disk, "'%.40s' is mounted at '%.60s'", name, where);
        }
        line += len + (line[len] == '\n');
    }
}

static void check_swap(ts_lx_disk *disk, const char *swaps, const char *name)
{
    char line[80];
    (void)snprintf(line, sizeof(line), "/dev/%.63s ", name);
    if (swaps && strstr(swaps, line))
        keep_off(disk, "'%.40s' is swap space in use", name);
}

static void check_node(const ts_linux *machine, ts_lx_disk *disk, const char *folder,
                       const char *name, const char *mounts, const char *swaps)
{
    TS_CLEANUP(ts_free_ptr) char *dev_path = ts_sprintf("%s/dev", folder);
    TS_CLEANUP(ts_free_ptr) char *number = dev_path ? read_text(machine, dev_path) : NULL;
    check_mounts(disk, mounts, name, number ? ts_str_trim(number) : "");
    check_swap(disk, swaps, name);
    TS_CLEANUP(ts_free_ptr) char *holders = ts_sprintf("%s%s/holders", machine->sysroot, folder);
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (holders && ts_folder_list(holders, &names, NULL) && names[0])
        keep_off(disk, "'%.40s' belongs to '%.40s' (LVM, RAID or encryption in use)", name,
                 names[0]);
}

static void check_device(const ts_linux *machine, ts_lx_disk *disk)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_sprintf("/sys/block/%s", disk->name);
    TS_CLEANUP(ts_free_ptr)
    char *full = ts_sprintf("%s/sys/block/%s", machine->sysroot, disk->name);
    TS_CLEANUP(ts_free_ptr) char *ro = ts_sprintf("/sys/block/%s/ro", disk->name);
    TS_CLEANUP(ts_free_ptr) char *mounts = read_text(machine, "/proc/self/mountinfo");
    TS_CLEANUP(ts_free_ptr) char *swaps = read_text(machine, "/proc/swaps");
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    TS_CLEANUP(ts_free_ptr) char *read_only = ro ? read_text(machine, ro) : NULL;
    if (!folder || !full || !mounts || !ts_folder_list(full, &names, NULL)) {
        keep_off(disk, "what uses it could not be found out"); /* then it is not touched */
        return;
    }
    if (read_only && *read_only == '1')
        keep_off(disk, "it is read-only");
    check_node(machine, disk, folder, disk->name, mounts, swaps);
    for (size_t i = 0; names[i] && !*disk->info.keep_off; i++) {
        if (strncmp(names[i], disk->name, strlen(disk->name)) != 0)
            continue;
        TS_CLEANUP(ts_free_ptr) char *part = ts_sprintf("%s/%s", folder, names[i]);
        if (part)
            check_node(machine, disk, part, names[i], mounts, swaps);
    }
    if (*disk->info.keep_off || *machine->sysroot)
        return;
    /* The kernel's own opinion: an exclusive opening fails when anything holds it. */
    int fd = open(disk->path, O_RDONLY | O_EXCL | O_CLOEXEC);
    if (fd < 0 && errno == EBUSY)
        keep_off(disk, "the kernel says that it is in use");
    if (fd >= 0)
        close(fd);
}

/* An image file that a loop device or a virtual machine writes to as well would be destroyed. */
static void check_image(const ts_linux *machine, ts_lx_disk *disk)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_sprintf("%s/sys/block", machine->sysroot);
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (access(disk->path, W_OK) != 0) {
        keep_off(disk, "the image file may not be written");
        return;
    }
    for (size_t i = 0; i < machine->n_images; i++) {
        if (machine->images[i].in_use && strcmp(machine->images[i].path, disk->path) == 0)
            keep_off(disk, "another program has locked the image file (a virtual machine or "
                           "another run)");
    }
    if (!folder || !ts_folder_list(folder, &names, NULL))
        return; /* no sysfs, no loop devices to see */
    for (size_t i = 0; names[i]; i++) {
        TS_CLEANUP(ts_free_ptr)
        char *path = ts_sprintf("/sys/block/%s/loop/backing_file", names[i]);
        TS_CLEANUP(ts_free_ptr) char *file = path ? read_text(machine, path) : NULL;
        if (file && strcmp(ts_str_trim(file), disk->path) == 0)
            keep_off(disk, "loop device '%.40s' uses the image file", names[i]);
    }
}

void ts_lx_disk_safety(ts_linux *machine, ts_lx_disk *disk)
{
    if (*disk->name)
        check_device(machine, disk);
    else
        check_image(machine, disk);
}
