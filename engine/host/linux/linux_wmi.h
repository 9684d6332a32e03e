/* linux_wmi.h - rows of WMI classes made from sysfs, /proc and the SMBIOS table. Private to
 * engine/host/linux. */
#ifndef TS_LINUX_WMI_H
#define TS_LINUX_WMI_H

#include <ts/compiler.h>
#include <ts/wql.h>

#define TS_LX_FILE_MAX                                                                             \
    (1024u * 1024u) /* bytes of one file of sysfs or /proc that are looked at                      \
                     */

typedef struct ts_lx_class ts_lx_class;

/* The rows of one class while they are made. Failure to get memory is sticky: fill on. */
typedef struct ts_lx_rows {
    const ts_lx_class *class_of;
    const char *sysroot;
    void *ctx; /* of ts_lx_class_fill_by */
    ts_wmi_rows rows;
    size_t cap;
    bool no_memory;
} ts_lx_rows;

struct ts_lx_class {
    const char *name_space; /* "root\\cimv2" */
    const char *name;
    const char *properties; /* separated by blanks: those of Windows, whether we know them or not */
    void (*fill)(ts_lx_rows *rows);
};

/* NULL: no such class. */
const ts_lx_class *ts_lx_class_find(const char *name_space, const char *name);
bool ts_lx_class_fill(const ts_lx_class *class_of, const char *sysroot, ts_wmi_rows *out,
                      ts_err **err);
/* The same by another function, which finds ctx in the rows. */
bool ts_lx_class_fill_by(const ts_lx_class *class_of, void (*fill)(ts_lx_rows *rows), void *ctx,
                         const char *sysroot, ts_wmi_rows *out, ts_err **err);

/* A new row in which every property is NULL; the functions below set those of the last row. A NULL
 * text, or one that is empty, leaves NULL. */
void ts_lx_add(ts_lx_rows *rows);
void ts_lx_text(ts_lx_rows *rows, const char *property, const char *text);
void ts_lx_textf(ts_lx_rows *rows, const char *property, const char *fmt, ...) TS_PRINTF(3, 4);
void ts_lx_int(ts_lx_rows *rows, const char *property, int64_t number);
void ts_lx_bool(ts_lx_rows *rows, const char *property, bool value);
/* "20240131123456.000000+060": a DMTF date of a local time; bias as ts_clock_bias. */
void ts_lx_date(ts_lx_rows *rows, const char *property, int64_t milliseconds);

/* Reading the machine. What is missing, or may not be read, is NULL or false. Borrowed from the
 * rows. Text comes without white space at its ends. */
const char *ts_lx_read(ts_lx_rows *rows, const char *fmt, ...) TS_PRINTF(2, 3);
bool ts_lx_read_int(ts_lx_rows *rows, int64_t *out, const char *fmt, ...) TS_PRINTF(3, 4);
bool ts_lx_there(ts_lx_rows *rows, const char *fmt, ...) TS_PRINTF(2, 3);
/* Bytes as they are; *size is 0 when there is nothing. */
const unsigned char *ts_lx_bytes(ts_lx_rows *rows, const char *path, size_t *size);
/* Where a link leads, as written in it. */
const char *ts_lx_link(ts_lx_rows *rows, const char *fmt, ...) TS_PRINTF(2, 3);
/* Sorted names in a folder, NULL-terminated; never NULL unless memory is out. */
const char *const *ts_lx_list(ts_lx_rows *rows, const char *path);
/* The value behind "key" and ":" or "=" in a text of lines such as /proc/cpuinfo or os-release. */
const char *ts_lx_line(ts_lx_rows *rows, const char *text, const char *key);
/* The blank-separated field of the line that starts at `line`, from 0; cut to fit. false: it has
 * fewer. */
bool ts_lx_field(const char *line, unsigned index, char *out, size_t size);
/* Moves to the next line; false at the end. */
bool ts_lx_next_line(const char **text);
/* A copy that lives as long as the rows; NULL for NULL. */
const char *ts_lx_keep(ts_lx_rows *rows, const char *text, size_t len);

/* One structure of the SMBIOS table (DSP0134). Strings are numbered from 1. */
typedef struct ts_smbios {
    const unsigned char *data; /* of the structure */
    size_t length;             /* of its formatted part */
    size_t total;              /* with its strings */
} ts_smbios;
/* The structure behind *at (0 at first); false at the end or where the table is damaged. */
bool ts_smbios_next(const unsigned char *table, size_t size, size_t *at, ts_smbios *out);
unsigned ts_smbios_number(const ts_smbios *s, size_t offset, size_t bytes); /* 0 when too short */
const char *ts_smbios_text(const ts_smbios *s, size_t offset); /* NULL when there is none */

/* The classes, by file. */
void ts_lx_fill_computer_system(ts_lx_rows *rows);
void ts_lx_fill_product(ts_lx_rows *rows);
void ts_lx_fill_bios(ts_lx_rows *rows);
void ts_lx_fill_base_board(ts_lx_rows *rows);
void ts_lx_fill_enclosure(ts_lx_rows *rows);
void ts_lx_fill_memory(ts_lx_rows *rows);
void ts_lx_fill_processor(ts_lx_rows *rows);
void ts_lx_fill_operating_system(ts_lx_rows *rows);
void ts_lx_fill_time_zone(ts_lx_rows *rows);
void ts_lx_fill_battery(ts_lx_rows *rows);
void ts_lx_fill_tpm(ts_lx_rows *rows);
void ts_lx_fill_disk(ts_lx_rows *rows);
void ts_lx_fill_partition(ts_lx_rows *rows);
void ts_lx_fill_volume(ts_lx_rows *rows);
void ts_lx_fill_logical_disk(ts_lx_rows *rows);
void ts_lx_fill_disk_link(ts_lx_rows *rows);
void ts_lx_fill_adapter(ts_lx_rows *rows);
void ts_lx_fill_adapter_configuration(ts_lx_rows *rows);

/* "debian"; NULL when it has none. */
const char *ts_lx_host_name(ts_lx_rows *rows);
/* "x86_64", as "uname -m" tells it. */
const char *ts_lx_machine(ts_lx_rows *rows);

#endif
