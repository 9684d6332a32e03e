/* win_device.h - disks and volumes as the system's devices. All calls of the storage stack that
 * only ask go through one table, which the tests replace. */
#ifndef TS_WIN_DEVICE_H
#define TS_WIN_DEVICE_H

#include "win_private.h"

#include <winioctl.h>

/* As the functions of Windows: false or INVALID_HANDLE_VALUE, and GetLastError says why. */
struct ts_win_devices {
    HANDLE (*open)(const wchar_t *path); /* for questions: needs no rights */
    void (*close)(HANDLE device);
    bool (*control)(HANDLE device, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size);
    DWORD (*letters)(void); /* bit 0: A: */
    UINT (*drive_type)(const wchar_t *root);
    bool (*volume)(const wchar_t *root, wchar_t *label, DWORD label_size, wchar_t *filesystem,
                   DWORD filesystem_size);
    bool (*space)(const wchar_t *root, uint64_t *free);
    bool (*exists)(const wchar_t *path);
    /* Gives the volume that begins at the offset the letter of `root` ("S:\\"), and takes it. */
    bool (*mount)(const wchar_t *root, DWORD disk, uint64_t offset);
    void (*unmount)(const wchar_t *root);
};
extern const ts_win_devices ts_win_devices_real;

typedef struct ts_win_part {
    DWORD number; /* as Windows counts; 0: none */
    ts_partition_kind kind;
    uint64_t offset;
    uint64_t bytes;
    bool active;
} ts_win_part;

typedef struct ts_win_layout {
    ts_disk_style style;
    size_t n;
    ts_win_part parts[TS_PARTITIONS_MAX];
} ts_win_layout;

/* One piece of a volume; a spanned volume has more. */
typedef struct ts_win_extent {
    DWORD disk;
    uint64_t offset;
} ts_win_extent;
#define TS_WIN_EXTENTS_MAX 32u

/* win_disk.c; owned (free()). */
ts_win_layout *ts_win_layout_read(ts_windows *machine, uint32_t disk, ts_err **err);
bool ts_win_disk_get(ts_windows *machine, uint32_t index, ts_disk_info *out, ts_err **err);

/* win_volume.c: where a volume lies; 0 when it is on no disk. path without a slash at the end. */
size_t ts_win_extents(const ts_windows *machine, const wchar_t *path,
                      ts_win_extent out[TS_WIN_EXTENTS_MAX]);
/* The letters of local volumes: disk and offset of the first piece; disk MAXDWORD: no such. */
void ts_win_letters(const ts_windows *machine, ts_win_extent out[26]);
char ts_win_letter_at(const ts_win_extent letters[26], uint32_t disk, uint64_t offset);
bool ts_win_volume_of(ts_windows *machine, char letter, ts_volume_info *out, ts_err **err);

/* win_safety.c: fills keep_off. */
void ts_win_disk_safety(const ts_windows *machine, HANDLE device, ts_disk_info *disk);

#endif
