/* sim.h - the simulated machine from inside.
 *
 * Nothing in this folder may reach the real machine: it includes no OS header, links no ts_os and
 * calls nothing of the C library that does (tests/unit/test_sim_wall.c). Texts of the profile are
 * borrowed of its JSON document, which the machine keeps; what a run adds lives in the arena. */
#ifndef TS_SIM_PRIVATE_H
#define TS_SIM_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/deploy.h>
#include <ts/error.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>
#include <ts/text.h>
#include <ts/wql.h>

#include "json.h"

#define SIM_RESTART_MS  60000u                 /* a restart, on the simulated clock */
#define SIM_CLOCK_START INT64_C(1715673600000) /* 2024-05-14 08:00:00 UTC, unless told */

/* --- sim_map.c: text keys without regard to ASCII case, sorted ---------------------------- */

typedef struct sim_entry {
    const char *key; /* owned by the machine's arena or document */
    void *item;
} sim_entry;

typedef struct sim_map {
    sim_entry *entries; /* heap */
    size_t n;
    size_t cap;
} sim_map;

void sim_map_done(sim_map *map);
void *sim_map_get(const sim_map *map, const char *key);
/* Sets; key and item are borrowed. TS_LIMIT beyond TS_SIM_ENTRIES_MAX. */
bool sim_map_put(sim_map *map, const char *key, void *item, ts_err **err);
bool sim_map_remove(sim_map *map, const char *key);
/* Position of the first entry whose key is not before `key`. */
size_t sim_map_seek(const sim_map *map, const char *key);

/* --- The machine ---------------------------------------------------------------------------- */

typedef struct sim_smbios {
    const char *manufacturer, *model, *family, *sku, *version, *product, *serial, *asset_tag;
    const char *uuid, *bios_version, *bios_vendor, *bios_date;
    int64_t chassis;
} sim_smbios;

typedef struct sim_processor {
    const char *name, *manufacturer;
    unsigned architecture; /* sim_architecture */
    int64_t count, cores, threads, mhz;
} sim_processor;

typedef enum sim_architecture { SIM_X64, SIM_X86, SIM_ARM64 } sim_architecture;
typedef enum sim_product_type {
    SIM_WORKSTATION,
    SIM_DOMAIN_CONTROLLER,
    SIM_SERVER
} sim_product_type;

typedef struct sim_os {
    const char *name;    /* Win32_OperatingSystem.Caption */
    const char *version; /* "10.0.22631" */
    const char *build;   /* "22631" */
    const char *edition; /* "Professional" */
    int64_t language;    /* LCID */
    unsigned architecture;
    unsigned product_type;
    int64_t revision;         /* update build revision, 0 when unknown */
    const char *const *lacks; /* NULL-terminated programs that it does not have; or NULL */
} sim_os;

typedef enum sim_partition_type {
    SIM_PRIMARY,
    SIM_EFI,
    SIM_MSR,
    SIM_RECOVERY,
    SIM_EXTENDED,
    SIM_LOGICAL,
    SIM_HIDDEN
} sim_partition_type;
#define SIM_PARTITION_TYPES "primary efi msr recovery extended logical hidden"
typedef enum sim_bitlocker {
    SIM_BITLOCKER_OFF,
    SIM_BITLOCKER_ON,
    SIM_BITLOCKER_LOCKED,
    SIM_BITLOCKER_SUSPENDED
} sim_bitlocker;
#define SIM_BITLOCKER_STATES "off on locked suspended"

typedef struct sim_partition {
    uint32_t id; /* never used twice; files hang on it, not on the letter */
    unsigned type;
    uint64_t size, used;
    const char *filesystem; /* "NTFS"; "" when not formatted */
    const char *label;
    char letter; /* 'C', or 0 */
    bool active; /* MBR */
    unsigned bitlocker;
    const sim_os *os;   /* the Windows on it, or NULL */
    bool is_fresh;      /* Windows Setup has not run in it yet */
    bool no_boot_files; /* an image was applied, and nothing starts it yet */
} sim_partition;

/* An image as the profile describes it. */
typedef struct sim_image {
    const char *file; /* path with * and ?, or a package id */
    uint32_t index;
    sim_os os;
    uint64_t bytes;
    const char *damaged; /* why it cannot be read; NULL: it can */
    bool is_windows, is_assumed;
} sim_image;

typedef enum sim_style { SIM_RAW, SIM_GPT, SIM_MBR } sim_style;
#define SIM_STYLES "raw gpt mbr"
typedef enum sim_bus {
    SIM_SATA,
    SIM_NVME,
    SIM_USB,
    SIM_EMMC,
    SIM_RAID,
    SIM_SCSI,
    SIM_IDE,
    SIM_SD
} sim_bus;
#define SIM_BUSES "sata nvme usb emmc raid scsi ide sd"

typedef struct sim_disk {
    const char *model, *serial;
    uint64_t size;
    int64_t sector;
    unsigned bus, style;
    bool removable;
    sim_partition *partitions;
    size_t n_partitions;
} sim_disk;

/* A drive that is on no disk of the machine: DVD, USB stick, network share. */
typedef enum sim_drive_kind { SIM_REMOVABLE, SIM_CDROM, SIM_NETWORK } sim_drive_kind;
#define SIM_DRIVE_KINDS "removable cdrom network"
typedef struct sim_drive {
    char letter;
    unsigned kind;
    const char *label, *filesystem, *provider;
    uint64_t size, free;
} sim_drive;

typedef struct sim_nic {
    const char *name, *connection, *mac, *ip, *mask, *gateway, *dns,
        *domain; /* lists joined by ',' */
    bool dhcp, wired, connected;
    int64_t speed; /* bits per second */
} sim_nic;

typedef struct sim_tpm {
    bool present, enabled, activated, owned;
    const char *version, *manufacturer;
} sim_tpm;

typedef struct sim_battery {
    bool present, on_mains;
    int64_t charge; /* percent */
} sim_battery;

typedef struct sim_file {
    bool is_folder;
    bool changed; /* by the run */
    uint64_t size;
    int64_t modified;
    const char *version;
    char *data; /* heap; NULL: the profile gives a size only, or it is empty */
} sim_file;

typedef struct sim_reg_value {
    const char *name;
    ts_reg_type type;
    const char *data; /* as ts_host_reg_get gives it */
    bool changed;
    bool deleted;
} sim_reg_value;

typedef struct sim_reg_key {
    sim_reg_value *values;
    size_t n, cap;
    bool changed;
} sim_reg_key;

typedef struct sim_product {
    const char *code, *upgrade, *name, *version;
} sim_product;

typedef struct sim_program {
    const char *name, *arguments; /* arguments NULL: any */
    uint32_t exit_code;
    const char *output;
    uint64_t duration;
    bool missing;
    const char *const *sets;
    const char *const *creates;
    const struct sim_program *next;
} sim_program;

typedef struct sim_call {
    const char *program, *arguments; /* "" when the command line is secret */
    uint32_t exit_code;
    bool assumed, timed_out;
} sim_call;

/* Rows of one class as the profile or a builder gives them. */
typedef struct sim_class {
    const char *name_space;
    const char *name;
    bool merges; /* the profile's row is laid over what is derived */
    ts_wmi_rows rows;
} sim_class;

enum { SIM_PE, SIM_FULL, SIM_PHASES };

typedef struct sim_machine {
    ts_arena *arena;
    ts_json_doc *doc;
    const char *name, *description, *host_name, *workgroup, *domain;
    bool uefi, secure_boot;
    sim_smbios smbios;
    uint64_t memory;
    int64_t memory_modules;
    sim_processor processor;
    sim_disk *disks;
    size_t n_disks;
    sim_drive *drives;
    size_t n_drives;
    sim_nic *nics;
    size_t n_nics;
    sim_tpm tpm;
    sim_battery battery;
    sim_os os[SIM_PHASES]; /* what runs in each phase */
    sim_os target;         /* what a deployment that is only assumed brings */
    sim_image *images;     /* what image files hold */
    size_t n_images;
    const char *const *devices; /* Plug and Play ids of one each, joined by ','; NULL: not said */
    bool directory;             /* a domain can be reached */
    uint32_t boot_partition;    /* id of the partition that the boot files start; 0: the first */
    sim_map certificates;
    unsigned phase; /* SIM_PE or SIM_FULL */
    int64_t clock;
    int64_t boot_time;
    int64_t bias;
    uint32_t restarts;
    unsigned assumed_effects; /* what steps that were not simulated are taken to have done */
    uint32_t next_partition_id;
    sim_map environment; /* name -> const char */
    sim_map variables;   /* name -> const char */
    sim_map urls;        /* URL -> what its server answers */
    sim_map files;       /* resolved path -> sim_file */
    uint64_t file_bytes;
    sim_map registry[SIM_PHASES]; /* key -> sim_reg_key */
    bool registry_ready[SIM_PHASES];
    sim_map deleted; /* what the run took away: "file ..." or "key ..." */
    sim_product *products;
    size_t n_products;
    const sim_program *mocks;    /* newest first */
    const sim_program *programs; /* in the order of the profile */
    sim_call *calls;             /* heap */
    size_t n_calls;
    uint64_t n_calls_all;
    sim_map told; /* "namespace:class" -> sim_class of the profile */
    bool wmi_complete;
    ts_arena *wmi_arena; /* of the cache; dropped when the machine changes */
    sim_map wmi_cache;   /* "namespace:class" -> sim_class */
} sim_machine;

/* profile*.c: reads the document into the machine. */
bool sim_profile_read(sim_machine *m, ts_err **err);
bool sim_profile_hardware(sim_machine *m, ts_json *root, ts_err **err);
bool sim_profile_disks(sim_machine *m, ts_json *root, ts_err **err);
bool sim_profile_os(sim_machine *m, ts_json *root, ts_err **err);
bool sim_profile_os_read(sim_machine *m, ts_json *at, sim_os *os, ts_err **err);
/* profile_deploy.c: images, devices, directory */
bool sim_profile_deploy(sim_machine *m, ts_json *root, ts_err **err);
bool sim_profile_software(sim_machine *m, ts_json *root, ts_err **err);
bool sim_profile_wmi(sim_machine *m, ts_json *root, ts_err **err);
/* A list of objects: checks kind and TS_SIM_LIST_MAX (or `max`), gives the count. */
bool sim_profile_list(ts_json *object, const char *key, size_t max, ts_json *list, size_t *count,
                      ts_err **err);
/* A text, or a list of texts joined by ','; NULL when missing. */
bool sim_profile_joined(sim_machine *m, ts_json *object, const char *key, const char **out,
                        ts_err **err);
/* A list of texts as a NULL-terminated array; NULL when missing. */
bool sim_profile_texts(sim_machine *m, ts_json *object, const char *key, const char *const **out,
                       ts_err **err);
bool sim_profile_many_texts(sim_machine *m, ts_json *object, const char *key, size_t max,
                            const char *const **out, ts_err **err);
/* Milliseconds: a number of seconds, or a text like "90 s", "15 min", "250 ms". */
bool sim_profile_duration(ts_json *object, const char *key, uint64_t *out, ts_err **err);

/* sim_clock.c: dates without the C library's clock. */
bool sim_date_parse(const char *text, int64_t *out); /* "2024-05-14T08:00:00Z" or "2024-05-14" */
void sim_date_iso(ts_buf *out, int64_t milliseconds);
void sim_date_dmtf(ts_buf *out, int64_t milliseconds); /* "20240514080000.000000+000" */

/* sim_disk.c */
sim_partition *sim_disk_by_letter(sim_machine *m, char letter, sim_disk **disk);
sim_partition *
sim_disk_os(sim_machine *m); /* the partition with the Windows that would boot, or NULL */
/* Why nothing would boot from the disks; NULL when something would. */
bool sim_disk_can_boot(sim_machine *m, ts_err **err);
/* A standard layout with Windows, for deployments whose steps were not simulated. */
bool sim_disk_assume_os(sim_machine *m, ts_err **err);
/* The Windows that boots sees itself on C:. */
void sim_disk_letters_for_os(sim_machine *m, sim_partition *os);
void sim_partition_drop_files(sim_machine *m, const sim_partition *partition);

void sim_disk_wipe(sim_machine *m, sim_disk *disk);
bool sim_disk_is_boot_partition(const sim_machine *m, const sim_disk *disk,
                                const sim_partition *part);

/* sim_deploy.c, sim_image.c, sim_windows.c: the operations of ts/deploy.h */
bool sim_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err);
bool sim_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err);
bool sim_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes, ts_err **err);
bool sim_disk_partition(void *self, ts_disk_plan *plan, ts_err **err);
bool sim_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                       bool quick, ts_err **err);
bool sim_disk_to_dynamic(void *self, uint32_t disk, ts_err **err);
bool sim_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err);
bool sim_image_apply(void *self, const ts_image_apply *what, ts_err **err);
bool sim_image_capture(void *self, char letter, const char *file, const char *name,
                       const char *description, ts_err **err);
bool sim_boot_files(void *self, char windows, const char *locale, ts_err **err);
bool sim_offline_reg_get(void *self, char letter, const char *hive, const char *key,
                         const char *value, bool *found, ts_reg_type *type, char **data,
                         ts_err **err);
bool sim_offline_reg_set(void *self, char letter, const char *hive, const char *key,
                         const char *value, ts_reg_type type, const char *data, ts_err **err);
bool sim_pnp_ids(void *self, char **out, ts_err **err);
bool sim_driver_add(void *self, char letter, const char *inf, bool allow_unsigned, ts_err **err);
bool sim_account_set(void *self, const ts_account *account, ts_err **err);
bool sim_computer_rename(void *self, const char *name, ts_err **err);
bool sim_join(void *self, const ts_join *join, ts_err **err);
bool sim_bitlocker_preprovision(void *self, const ts_bitlocker *what, ts_err **err);
bool sim_bitlocker_enable(void *self, const ts_bitlocker *what, ts_err **err);
bool sim_bitlocker_suspend(void *self, char letter, unsigned restarts, ts_err **err);
bool sim_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                  ts_err **err);
bool sim_time_zone_set(void *self, const char *windows_name, ts_err **err);
bool sim_net_connect(void *self, char letter, const char *path, const char *user,
                     const char *password, ts_err **err);
bool sim_agent_install(void *self, char letter, const char *work, ts_err **err);
bool sim_agent_remove(void *self, const char *work, ts_err **err);
/* The first start of a Windows: Setup does what its answer file says about the machine's identity.
 */
bool sim_windows_setup(sim_machine *m, sim_partition *p, ts_err **err);

/* sim_files.c */
bool sim_folder_list(void *self, const char *path, char **out, ts_err **err);
bool sim_random(void *self, void *out, size_t size, ts_err **err);
bool sim_assume_package(void *self, const char *id, char **folder, ts_err **err);
char sim_system_letter(const sim_machine *m); /* 'X' in Windows PE, 'C' in the full OS */
/* The key of a path in m->files, owned; NULL with TS_NOT_FOUND when its drive does not exist. */
char *sim_path_key(sim_machine *m, const char *path, ts_err **err);
bool sim_file_put(sim_machine *m, const char *key, const sim_file *file, ts_err **err);
bool sim_file_info(void *self, const char *path, ts_file_info *out, ts_err **err);
bool sim_file_read(void *self, const char *path, size_t max, char **out, size_t *size,
                   ts_err **err);
bool sim_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                    ts_err **err);
bool sim_file_copy(void *self, const char *from, const char *to, ts_err **err);
bool sim_file_delete(void *self, const char *path, ts_err **err);
bool sim_folder_make(void *self, const char *path, ts_err **err);
void sim_files_done(sim_machine *m);

/* sim_registry.c */
bool sim_reg_put(sim_machine *m, unsigned phase, const char *key, const char *value,
                 ts_reg_type type, const char *data, bool changed, ts_err **err);
bool sim_reg_key_make(sim_machine *m, unsigned phase, const char *key, bool changed,
                      sim_reg_key **out, ts_err **err);
/* Of one phase, without the values that every Windows has. */
bool sim_reg_get_of(sim_machine *m, unsigned phase, const char *key, const char *value, bool *found,
                    ts_reg_type *type, char **data, ts_err **err);
bool sim_reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                 char **data, ts_err **err);
bool sim_reg_set(void *self, const char *key, const char *value, ts_reg_type type, const char *data,
                 ts_err **err);
bool sim_reg_delete(void *self, const char *key, const char *value, ts_err **err);
void sim_registry_done(sim_machine *m);

/* sim_programs.c */
bool sim_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err);
bool sim_start(void *self, const ts_program *program, ts_err **err);
const char *sim_lacks_program(void *self, const char *program);
bool sim_program_fits(const char *name, const char *arguments, const char *name_pattern,
                      const char *arguments_pattern);

/* sim_http.c */
bool sim_http(void *self, const ts_http_request *request, ts_http_answer *out, ts_err **err);
bool sim_profile_urls(sim_machine *m, ts_json *root, ts_err **err);

/* sim_wmi.c */
bool sim_wmi_class(void *self, const char *name_space, const char *class_name,
                   const ts_wmi_rows **out, ts_err **err);
void sim_wmi_forget(sim_machine *m); /* the machine changed: derived rows are made anew */
/* "root\cimv2:win32_bios" in lower case, as the maps have it; cut at size. */
void sim_wmi_key(const char *name_space, const char *class_name, char *out, size_t size);

/* Rows under construction, in m->wmi_arena. Failure is sticky: `failed`. */
typedef struct sim_rows {
    sim_machine *m;
    ts_wmi_rows rows;
    size_t cap_rows;
    ts_wmi_value *values; /* of the row in work */
    size_t n_values, cap_values;
    bool failed;
    ts_wmi_value nowhere; /* takes what is put when memory is out */
} sim_rows;
typedef void (*sim_builder)(sim_rows *rows);
void sim_row_begin(sim_rows *rows);
void sim_row_end(sim_rows *rows);
void sim_put_text(sim_rows *rows, const char *name, const char *text); /* NULL or "": null */
void sim_put_fmt(sim_rows *rows, const char *name, const char *fmt, ...) TS_PRINTF(3, 4);
void sim_put_uint(sim_rows *rows, const char *name, uint64_t number);
void sim_put_bool(sim_rows *rows, const char *name, bool value);
void sim_put_null(sim_rows *rows, const char *name);

typedef struct sim_derived {
    const char *name_space;
    const char *name;
    sim_builder build;
} sim_derived;
extern const sim_derived sim_hardware_classes[]; /* sim_wmi_hardware.c; end with name NULL */
extern const sim_derived sim_storage_classes[];  /* sim_wmi_storage.c */
extern const sim_derived sim_system_classes[];   /* sim_wmi_system.c */

/* sim_env.c */
const char *sim_env(void *self, const char *name);

/* sim.c */
const sim_os *sim_os_now(const sim_machine *m);
sim_machine *sim_of(const ts_host *host);            /* NULL: not a simulated machine */
const char *sim_os_arch_name(unsigned architecture); /* "AMD64" as PROCESSOR_ARCHITECTURE */

#endif
