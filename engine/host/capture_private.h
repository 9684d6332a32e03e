/* capture_private.h - shared by the files that write a machine profile. */
#ifndef TS_CAPTURE_PRIVATE_H
#define TS_CAPTURE_PRIVATE_H

#include <ts/host.h>
#include <ts/wql.h>

#include "json.h"

/* The classes that a profile is made of, all rows of each. */
typedef enum ts_capture_class {
    TS_CAPTURE_COMPUTER,
    TS_CAPTURE_PRODUCT,
    TS_CAPTURE_BIOS,
    TS_CAPTURE_BOARD,
    TS_CAPTURE_ENCLOSURE,
    TS_CAPTURE_PROCESSOR,
    TS_CAPTURE_MEMORY,
    TS_CAPTURE_SYSTEM,
    TS_CAPTURE_BATTERY,
    TS_CAPTURE_TPM,
    TS_CAPTURE_DISK,
    TS_CAPTURE_PARTITION,
    TS_CAPTURE_LOGICAL_DISK,
    TS_CAPTURE_VOLUME,
    TS_CAPTURE_DISK_LINK,
    TS_CAPTURE_ADAPTER,
    TS_CAPTURE_ADAPTER_CONFIG,
    TS_CAPTURE_CLASS_COUNT
} ts_capture_class;

typedef struct ts_capture {
    ts_wmi_rows rows[TS_CAPTURE_CLASS_COUNT];
    ts_json_writer json;
    bool full_os;
    bool uefi;
    bool secure_boot;
} ts_capture;

/* "" when there is none. */
const char *ts_capture_text(const ts_wmi_row *row, const char *property);
int64_t ts_capture_number(const ts_wmi_row *row, const char *property, int64_t otherwise);
bool ts_capture_flag(const ts_wmi_row *row, const char *property);
/* Writes what is not empty. */
void ts_capture_put_text(ts_capture *c, const char *key, const char *text);
void ts_capture_put_disks(ts_capture *c);

#endif
