/* deploy_private.h - what the files that deploy Windows share: disks (block devices, or image files
 * that stand for one), their partition tables, the table of drive letters, and the inside of
 * volumes.
 *
 * A volume is reached through its disk at an offset, never through a node of its own: the same code
 * works on a block device and on an image file, needs no loop device, and does not depend on when
 * the kernel learns of a new partition. */
#ifndef TS_DEPLOY_PRIVATE_H
#define TS_DEPLOY_PRIVATE_H

#include <ts/deploy.h>
#include <ts/text.h>

#include "linux_private.h"

#define TS_LX_PLACE_MAX (TS_LX_PATH_MAX + 48u) /* bytes of "FILE@OFFSET:BYTES" */

/* --- Disks (deploy_disk.c, deploy_safety.c, deploy_table.c) --------------------------------- */

typedef struct ts_lx_disk {
    ts_disk_info info;
    char path[TS_LX_PATH_MAX]; /* "/dev/sda" or the image file */
    char name[64];             /* "sda"; "" for an image file */
} ts_lx_disk;

/* Owned array, by index. When image files were given, they alone are the disks. */
bool ts_lx_disk_list(ts_linux *machine, ts_lx_disk **out, size_t *count, ts_err **err);
bool ts_lx_disk_get(ts_linux *machine, uint32_t index, ts_lx_disk *out, ts_err **err);
void ts_lx_images_unlock(ts_linux *machine);
/* Fills info.keep_off. */
void ts_lx_disk_safety(ts_linux *machine, ts_lx_disk *disk);

typedef struct ts_lx_part {
    uint32_t number; /* from 1 */
    ts_partition_kind kind;
    uint64_t offset; /* bytes */
    uint64_t bytes;
    char id[40]; /* GPT: unique GUID of the partition */
    bool active;
} ts_lx_part;

typedef struct ts_lx_table {
    ts_disk_style style;
    char id[40];     /* GPT: GUID of the disk; MBR: "0x1234abcd" */
    uint32_t sector; /* bytes */
    uint64_t bytes;
    size_t n_parts;
    ts_lx_part parts[TS_PARTITIONS_MAX];
} ts_lx_table;

/* Owned (free()). A disk without a table is TS_DISK_RAW. */
ts_lx_table *ts_lx_table_read(const char *path, ts_err **err);

/* --- Volumes (deploy_volume.c) --------------------------------------------------------------- */

typedef struct ts_lx_place {
    char path[TS_LX_PATH_MAX]; /* of the disk */
    uint32_t disk;
    uint32_t partition;
    uint32_t sector;
    ts_partition_kind kind;
    uint64_t offset;
    uint64_t bytes;
    ts_filesystem filesystem;
    bool locked;        /* BitLocker */
    char keep_off[160]; /* of its disk */
    char label[64];     /* FAT32 only: read from the boot sector */
} ts_lx_place;

/* Looks at the first sector: file system, label, lock. */
bool ts_lx_place_look(ts_lx_place *place, ts_err **err);
/* Where a letter leads. TS_NOT_FOUND. */
bool ts_lx_place_of(ts_linux *machine, char letter, ts_lx_place *out, ts_err **err);
/* TS_REFUSED when a safety rule speaks against its disk. Letters go to no such disk, but it may
 * have come into use since: a desktop mounts what it sees. */
bool ts_lx_place_may_change(const ts_lx_place *place, ts_err **err);
/* "FILE@OFFSET:BYTES", as ts_lx_ntfs_mount and wimlib take it. */
void ts_lx_place_text(const ts_lx_place *place, char out[TS_LX_PLACE_MAX]);
/* Gives the volume at an offset the next free letter from C; 0: all are given. */
char ts_lx_letter_give(ts_linux *machine, uint32_t disk, uint64_t offset);
/* Letters of what is on the disks already; once. */
void ts_lx_letters_load(ts_linux *machine);
void ts_lx_letters_drop(ts_linux *machine, uint32_t disk);
bool ts_lx_volume_format(ts_linux *machine, ts_lx_place *place, ts_filesystem filesystem,
                         const char *label, bool quick, ts_err **err);

/* --- Inside an NTFS volume (deploy_ntfs.c) --------------------------------------------------- */

typedef struct ts_lx_ntfs ts_lx_ntfs;
/* Names are found whatever their case. */
ts_lx_ntfs *ts_lx_ntfs_open(const ts_lx_place *place, bool write, ts_err **err);
/* Writes out what is cached. Closes in any case; NULL is fine. */
bool ts_lx_ntfs_close(ts_lx_ntfs *volume, ts_err **err);
void ts_lx_ntfs_facts(ts_lx_ntfs *volume, char *label, size_t size, uint64_t *free_bytes);
/* Paths from the root of the volume: "Windows/Panther". */
bool ts_lx_ntfs_info(ts_lx_ntfs *volume, const char *path, ts_file_info *out, ts_err **err);
/* Calls fn with the bytes of a file, piece after piece. TS_NOT_FOUND. stream NULL: the content
 * itself. */
typedef bool (*ts_lx_sink)(void *ctx, const void *data, size_t size, ts_err **err);
bool ts_lx_ntfs_read(ts_lx_ntfs *volume, const char *path, const char *stream, ts_lx_sink fn,
                     void *ctx, ts_err **err);
/* Replaces or appends; makes missing folders. `from`: bytes of an open file from its start. */
bool ts_lx_ntfs_write(ts_lx_ntfs *volume, const char *path, const void *data, size_t size,
                      bool append, ts_err **err);
bool ts_lx_ntfs_write_file(ts_lx_ntfs *volume, const char *path, const char *from,
                           const atomic_bool *cancel, ts_err **err);
bool ts_lx_ntfs_mkdir(ts_lx_ntfs *volume, const char *path, ts_err **err);
bool ts_lx_ntfs_delete(ts_lx_ntfs *volume, const char *path, ts_err **err);
/* Names, folders with '/' behind, one a line, not sorted. */
bool ts_lx_ntfs_list(ts_lx_ntfs *volume, const char *path, ts_buf *out, ts_err **err);

/* --- Inside a FAT32 volume (deploy_fat.c): by the programs of mtools ------------------------- */

bool ts_lx_fat_info(const ts_lx_place *place, const char *path, ts_file_info *out, ts_err **err);
bool ts_lx_fat_read(const ts_lx_place *place, const char *path, size_t max, char **out,
                    size_t *size, ts_err **err);
/* A file of this machine onto the volume; makes missing folders. */
bool ts_lx_fat_put(const ts_lx_place *place, const char *from, const char *path, ts_err **err);
bool ts_lx_fat_mkdir(const ts_lx_place *place, const char *path, ts_err **err);
bool ts_lx_fat_delete(const ts_lx_place *place, const char *path, ts_err **err);
bool ts_lx_fat_list(const ts_lx_place *place, const char *path, ts_buf *out, ts_err **err);

/* --- Files of any volume (deploy_files.c) ---------------------------------------------------- */

/* "C:/..." or "C:\..."; anything else is a path of Linux. */
bool ts_lx_is_volume_path(const char *path);
bool ts_lx_volume_info(ts_linux *machine, const char *path, ts_file_info *out, ts_err **err);
bool ts_lx_volume_read(ts_linux *machine, const char *path, size_t max, char **out, size_t *size,
                       ts_err **err);
bool ts_lx_volume_write(ts_linux *machine, const char *path, const void *data, size_t size,
                        bool append, ts_err **err);
/* One of the two is a path on a volume. */
bool ts_lx_volume_copy(ts_linux *machine, const char *from, const char *to, ts_err **err);
bool ts_lx_volume_delete(ts_linux *machine, const char *path, ts_err **err);
bool ts_lx_volume_mkdir(ts_linux *machine, const char *path, ts_err **err);
bool ts_lx_volume_list(ts_linux *machine, const char *path, ts_buf *out, ts_err **err);

/* --- Programs and temporary files (deploy_tools.c) ------------------------------------------- */

#define TS_LX_TOOL_PATH_MAX 4096u
/* The path of a program in PATH; a tool is also looked for where Debian keeps those of the
 * administrator, which the PATH of other users does not name. */
bool ts_lx_find_program(const char *name, char *out, size_t size);
bool ts_lx_find_tool(const char *name, char *out, size_t size);
/* Runs a tool and waits; its last words are in the error. `what`: "format C:". `out`:
 * what it printed, owned; NULL: not wanted. */
bool ts_lx_tool(const char *const *argv, const char *what, const atomic_bool *cancel, char **out,
                ts_err **err);
/* A new empty file in $TMPDIR, or /tmp; owned path. */
char *ts_lx_temp(ts_err **err);
/* For TS_CLEANUP: removes the file and frees the path. */
void ts_lx_temp_done(char **path);

#endif
