/* ts/deploy.h - the part of the host seam that deploys Windows: disks, volumes, images, boot files,
 * the offline registry, drivers, accounts, identity, BitLocker, certificates.
 *
 * Like ts/host.h: an operation is a sentence about the machine, questions apart from changes, every
 * call through the choke point. Sizes are bytes. A volume is named by its letter ("C:"); a host
 * that has no letters of its own (Linux) keeps a table, so that paths like "C:/Windows/Panther"
 * work in every file operation of ts/host.h, also on an NTFS volume inside a disk image. */
#ifndef TS_DEPLOY_H
#define TS_DEPLOY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/host.h>
#include <ts/reader.h>

#define TS_DISKS_MAX      64u
#define TS_PARTITIONS_MAX 128u /* of one disk, as GPT has it */
#define TS_MIB            (UINT64_C(1024) * 1024)

/* --- Disks and volumes --------------------------------------------------------------------- */

typedef enum ts_disk_style { TS_DISK_RAW, TS_DISK_GPT, TS_DISK_MBR } ts_disk_style;

typedef enum ts_partition_kind {
    TS_PARTITION_PRIMARY,
    TS_PARTITION_EFI,
    TS_PARTITION_MSR,
    TS_PARTITION_RECOVERY,
    TS_PARTITION_EXTENDED,
    TS_PARTITION_LOGICAL,
    TS_PARTITION_HIDDEN
} ts_partition_kind;

typedef enum ts_filesystem { TS_FS_NONE, TS_FS_NTFS, TS_FS_FAT32, TS_FS_OTHER } ts_filesystem;

typedef struct ts_disk_info {
    uint32_t index; /* as Windows counts */
    char model[128];
    char serial[128];
    uint64_t bytes;
    uint32_t sector; /* bytes of a logical sector */
    ts_disk_style style;
    bool is_removable;
    uint32_t n_partitions;
    char keep_off[160]; /* why nothing destructive may touch it ("the engine runs from it", "a
                           volume of it is mounted at /x"); "" when nothing speaks against it */
} ts_disk_info;

typedef struct ts_volume_info {
    char letter;        /* 'C', 0: none */
    uint32_t disk;      /* index */
    uint32_t partition; /* from 1, as the vendor's steps count */
    ts_partition_kind kind;
    ts_filesystem filesystem;
    char label[64];
    uint64_t offset; /* on the disk */
    uint64_t bytes;
    uint64_t free;
    bool is_active;   /* MBR: bootable flag */
    bool is_locked;   /* BitLocker, key not given */
    bool has_windows; /* a Windows installation is on it */
} ts_volume_info;

/* A file stands for disk `disk` from now on; the disks of the machine itself are then neither seen
 * nor touched. Before the first other operation. TS_UNSUPPORTED: a host that cannot work on files
 * (Windows, simulation). */
bool ts_host_disk_image(ts_host *host, uint32_t disk, const char *file, ts_err **err);
/* All disks by index / all partitions of a disk by number. Owned array (free()). */
bool ts_host_disks(ts_host *host, ts_disk_info **out, size_t *count, ts_err **err);
bool ts_host_volumes(ts_host *host, uint32_t disk, ts_volume_info **out, size_t *count,
                     ts_err **err);
/* TS_NOT_FOUND when no volume has the letter. */
bool ts_host_volume(ts_host *host, char letter, ts_volume_info *out, ts_err **err);

typedef struct ts_partition_plan {
    ts_partition_kind kind;
    uint64_t bytes; /* a multiple of 1 MiB; what the caller computed from size, unit and percent */
    ts_filesystem filesystem; /* TS_FS_NONE: not formatted */
    char label[64];
    bool quick;  /* quick format */
    bool active; /* MBR boot flag */
    bool letter; /* give it the next free letter */
    char got;    /* out: the letter that it got, 0: none */
} ts_partition_plan;

typedef struct ts_disk_plan {
    uint32_t disk;
    ts_disk_style style; /* GPT or MBR */
    ts_partition_plan *partitions;
    size_t n_partitions;
} ts_disk_plan;

/* Room for partitions on the disk in this style, in bytes, 1 MiB aligned (the arithmetic of percent
 * and "the rest" starts from it). Question. */
bool ts_host_disk_room(ts_host *host, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                       ts_err **err);
/* Destroys the disk's content and makes the plan. TS_REFUSED: a safety rule (keep_off) speaks
 * against it; TS_LIMIT: does not fit; TS_NOT_FOUND: no such disk. */
bool ts_host_disk_partition(ts_host *host, ts_disk_plan *plan, ts_err **err);
/* Formats one volume; destroys its content. */
bool ts_host_volume_format(ts_host *host, char letter, ts_filesystem filesystem, const char *label,
                           bool quick, ts_err **err);
/* Who keeps a file on a volume while steps run (the log) is told before its content is destroyed,
 * and when there is a new volume. leaving with letter 0: a disk whose volumes could not be listed,
 * so it may be any. */
typedef struct ts_volume_watch {
    void (*leaving)(void *ctx, char letter);
    void (*ready)(void *ctx, char letter, ts_filesystem filesystem, uint64_t bytes);
    void *ctx;
} ts_volume_watch;
void ts_host_watch_volumes(ts_host *host,
                           const ts_volume_watch *watch); /* borrowed; NULL: nobody */
/* False: ts_host_disk_to_dynamic is TS_UNSUPPORTED on this host (Linux). Not an operation. */
bool ts_host_makes_dynamic_disks(const ts_host *host);
bool ts_host_disk_to_dynamic(ts_host *host, uint32_t disk, ts_err **err);

/* --- Images -------------------------------------------------------------------------------- */

typedef struct ts_image_info {
    uint32_t index; /* from 1 */
    char name[128]; /* "Windows 11 Pro" */
    char description[256];
    char edition[64];     /* EDITIONID: "Professional" */
    char architecture[8]; /* "x64", "x86", "arm64", "" when it does not say */
    char version[64];     /* "10.0.22631.2428" */
    char language[32];    /* default UI language */
    uint64_t bytes;       /* unpacked */
    bool is_windows;      /* it has a WINDOWS element */
    bool is_assumed;      /* simulation: nobody described the file; it may hold other images */
} ts_image_info;

/* Images of a .wim/.esd/.swm (first part). Owned array. TS_NOT_FOUND, TS_INTEGRITY (damaged). */
bool ts_host_images(ts_host *host, const char *file, ts_image_info **out, size_t *count,
                    ts_err **err);

/* Can it do the next one at all? Windows: with a libwim-15.dll beside the program. Not an
 * operation. */
bool ts_host_streams_images(const ts_host *host);
/* The same for an image file that is still to come: its directory is read first. TS_UNSUPPORTED:
 * this host, or this kind of file (solid, split), needs the whole file. */
bool ts_host_stream_images(ts_host *host, const ts_reader *stream, ts_image_info **out,
                           size_t *count, ts_err **err);

/* The variable that asks the steps for `verify`: 'taskseq run --verify' sets it. */
#define TS_VERIFY_VARIABLE "TSVerifyImage"

typedef struct ts_image_apply {
    const char *file;         /* NULL: stream */
    const ts_reader *stream;  /* applied while it is read, on another thread; NULL: file */
    const char *const *parts; /* further .swm parts of the file, NULL-terminated, or NULL */
    uint32_t index;
    char letter;        /* target volume: formatted */
    const char *folder; /* NULL: the root of the volume */
    bool verify;        /* read back and compare with the image's hashes */
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text);
    void *progress_ctx;
    /* What applies the image, where a host has several ways, and why it is not the one that was
     * expected (warning); may be NULL. */
    void (*tell)(void *ctx, bool warning, const char *text);
    void *tell_ctx;
} ts_image_apply;
bool ts_host_image_apply(ts_host *host, const ts_image_apply *what, ts_err **err);
bool ts_host_image_capture(ts_host *host, char letter, const char *file, const char *name,
                           const char *description, ts_err **err);

/* Boot files and boot store, so that the firmware starts the Windows on `windows`. The system
 * partition is found on the same disk (EFI, or the active one). */
bool ts_host_boot_files(ts_host *host, char windows, const char *locale, ts_err **err);

/* Windows PE from the disk, for a restart out of the full Windows. `folder`, on a volume of the
 * Windows that runs, holds both files; at the next start, and only then, the machine starts the
 * image from there as a RAM disk. TS_NOT_FOUND: a file is missing. */
#define TS_BOOT_IMAGE_FOLDER                                                                       \
    "_SMSTaskSequence/WinPE" /* below the drive of the Windows that runs                           \
                              */
#define TS_BOOT_IMAGE_WIM "boot.wim"
#define TS_BOOT_IMAGE_SDI "boot.sdi"
bool ts_host_boot_image(ts_host *host, const char *folder, ts_err **err);
/* NULL: this host can do that; else a phrase why not. Not an operation. */
const char *ts_host_lacks_boot_image(const ts_host *host);

/* --- The Windows that is not running -------------------------------------------------------- */

/* hive: "SOFTWARE", "SYSTEM", "DEFAULT", "SAM"; key below it ("Microsoft\\Windows"). Types and data
 * as ts_host_reg_set. */
bool ts_host_offline_reg_get(ts_host *host, char letter, const char *hive, const char *key,
                             const char *value, bool *found, ts_reg_type *type, char **data,
                             ts_err **err);
bool ts_host_offline_reg_set(ts_host *host, char letter, const char *hive, const char *key,
                             const char *value, ts_reg_type type, const char *data, ts_err **err);

/* Plug and Play ids of this machine, most specific first for each device: one device a line, ids
 * joined by ','. Owned. */
bool ts_host_pnp_ids(ts_host *host, char **out, ts_err **err);
/* Adds the driver of an .inf to the Windows on the volume (letter 0: to the one that runs). */
bool ts_host_driver_add(ts_host *host, char letter, const char *inf, bool allow_unsigned,
                        ts_err **err);

/* --- The Windows that runs ------------------------------------------------------------------ */

typedef struct ts_account {
    const char *name;     /* "Administrator": the built-in one whatever it is called */
    const char *password; /* secret; NULL: unchanged */
    bool enable;
    bool is_administrator;
} ts_account;
bool ts_host_account_set(ts_host *host, const ts_account *account, ts_err **err);

bool ts_host_computer_rename(ts_host *host, const char *name, ts_err **err);
/* account/password for a domain only. */
typedef struct ts_join {
    bool domain;
    const char *name; /* of the domain or workgroup */
    const char *ou;   /* NULL or "": default container */
    const char *user;
    const char *password; /* secret */
} ts_join;
bool ts_host_join(ts_host *host, const ts_join *join, ts_err **err);

typedef enum ts_bitlocker_mode {
    TS_BITLOCKER_TPM,
    TS_BITLOCKER_KEY,
    TS_BITLOCKER_TPM_KEY,
    TS_BITLOCKER_TPM_PIN
} ts_bitlocker_mode;
typedef struct ts_bitlocker {
    char letter;
    ts_bitlocker_mode mode;
    char key_drive;                /* for a startup key; 0: none */
    const char *pin;               /* secret */
    const char *recovery_password; /* secret; NULL: a new one, when it goes to the directory */
    bool recovery_to_ad; /* escrow in Active Directory must succeed before encryption begins */
    bool full;           /* the whole disk, not the used space only */
    unsigned method;     /* Win32_EncryptableVolume EncryptionMethod, 0: the OS default */
    bool wait;
} ts_bitlocker;
bool ts_host_bitlocker_preprovision(ts_host *host, const ts_bitlocker *what, ts_err **err);
/* TS_REFUSED: Active Directory did not take the recovery password (recovery_to_ad); nothing was
 * encrypted. */
bool ts_host_bitlocker_enable(ts_host *host, const ts_bitlocker *what, ts_err **err);
/* Suspends protection for `restarts` restarts (0: until it is enabled again). */
bool ts_host_bitlocker_suspend(ts_host *host, char letter, unsigned restarts, ts_err **err);

typedef enum ts_cert_store { TS_CERT_ROOT, TS_CERT_CA } ts_cert_store;
/* Adds a certificate (DER) to the machine's trusted roots or intermediates. *added false: it was
 * there already. */
bool ts_host_cert_add(ts_host *host, ts_cert_store store, const void *der, size_t size, bool *added,
                      ts_err **err);

bool ts_host_time_zone_set(ts_host *host, const char *windows_name, ts_err **err);
bool ts_host_net_connect(ts_host *host, char letter, const char *path, const char *user,
                         const char *password, ts_err **err);
/* --- The agent: the program that goes on with the run in the new Windows -----------------------
 */

#define TS_AGENT_FILES_MAX 4096u /* files that one hand-over brings along */
#define TS_AGENT_PROGRAM   "taskseq.exe"
#define TS_AGENT_SERVICE   "taskseq"
/* Where Setup Windows has put the agent; the run goes on there after its restart. */
#define TS_AGENT_VARIABLE "_TaskseqAgent"

typedef struct ts_agent_file {
    const char *from; /* on the machine where the run is now */
    const char *to;   /* below the agent's folder, with '/' */
} ts_agent_file;
/* What a real machine puts onto the volume. The host layer knows neither the sequence nor the
 * options of the run, so the program says it. */
typedef struct ts_agent {
    const char *program; /* taskseq.exe for the new Windows; NULL: `missing` says why */
    const char *missing;
    const ts_agent_file *files;
    size_t n_files;
} ts_agent;
/* Borrowed until the host is freed. */
void ts_host_set_agent(ts_host *host, const ts_agent *agent);
/* NULL: the agent can be installed; else a phrase why not. Borrowed. Asked by the pre-flight. */
const char *ts_host_lacks_agent(const ts_host *host);
/* Puts the agent's program and files into `work`, a folder on the volume of a Windows that does not
 * run, and a line into its SetupComplete.cmd that starts the agent when Windows Setup has ended. */
bool ts_host_agent_install(ts_host *host, char letter, const char *work, ts_err **err);
/* Takes the agent off the Windows that runs: the service, the line in SetupComplete.cmd, and all
 * in its folder `work` that is no log. */
bool ts_host_agent_remove(ts_host *host, const char *work, ts_err **err);

#endif
