/* deploy_bcd.h - making a boot store for a UEFI Windows. */
#ifndef TS_DEPLOY_BCD_H
#define TS_DEPLOY_BCD_H

#include <stdbool.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_LX_BCD_DEVICE 88u /* bytes of a device element */

typedef struct ts_lx_bcd_partition {
    bool is_mbr;
    const char *disk; /* GPT: GUID of the disk; MBR: its signature, "0x1234abcd" */
    const char *id;   /* GPT: GUID of the partition */
    uint64_t offset;  /* MBR: of the partition, in bytes */
} ts_lx_bcd_partition;

typedef struct ts_lx_bcd {
    ts_lx_bcd_partition system;
    ts_lx_bcd_partition windows;
    const char *locale; /* "en-US" */
    const char *name;   /* in the boot menu */
} ts_lx_bcd;

/* The element that names a partition; false: a GUID is none. */
bool ts_lx_bcd_device(const ts_lx_bcd_partition *partition, uint8_t out[TS_LX_BCD_DEVICE]);
/* Replaces the file. */
bool ts_lx_bcd_make(const char *path, const ts_lx_bcd *from, ts_err **err);

#endif
