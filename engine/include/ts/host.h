/* ts/host.h - the one seam to the machine.
 *
 * An operation is a sentence about the machine, not a system call. Questions (facts, WQL, registry,
 * files) are separate from changes. Every call goes through one choke point (engine/host/host.c):
 * cancellation, fault injection, masking, and a report of every change to the listener. A simulated
 * host cannot touch the real machine: it has no code that does. Paths are UTF-8; Windows paths may
 * use '\\' or '/'. A host is used by one thread. */
#ifndef TS_HOST_H
#define TS_HOST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/sequence.h>
#include <ts/text.h>
#include <ts/wql.h>

#define TS_HOST_FILE_MAX (16u * 1024u * 1024u) /* bytes that ts_host_file_read returns at most */
#define TS_HOST_OUTPUT_MAX                                                                         \
    (1024u * 1024u) /* bytes of a program's output that are kept (its tail) */

typedef struct ts_host ts_host;

/* What a change does to the machine; steps declare these, reports show them. */
#define TS_EFFECTS(X)                                                                              \
    X(EXEC, "exec", "runs a program")                                                              \
    X(FILE, "file.write", "writes or deletes files")                                               \
    X(REGISTRY, "registry.write", "changes the registry")                                          \
    X(REGISTRY_OFFLINE, "registry.offline", "changes the registry of a Windows that does not run") \
    X(DISK_WIPE, "disk.wipe", "destroys what is on a disk or volume")                              \
    X(DISK_WRITE, "disk.write", "changes partitions or boot files")                                \
    X(IMAGE, "image.apply", "applies or captures an image")                                        \
    X(NET, "net", "uses the network")                                                              \
    X(IDENTITY, "identity", "changes name, domain or workgroup")                                   \
    X(ACCOUNT, "account", "changes local accounts")                                                \
    X(CERT, "cert.trust", "changes trusted certificates")                                          \
    X(BITLOCKER, "bitlocker", "changes drive encryption")                                          \
    X(SOFTWARE, "software", "installs or removes software")                                        \
    X(DRIVER, "driver", "adds drivers")                                                            \
    X(SETTINGS, "settings", "changes Windows settings")                                            \
    X(RESTART, "restart", "restarts the machine")                                                  \
    X(SECRET, "secret.use", "uses a secret")

enum { TS_EFFECT_NONE = 0 };
typedef enum ts_effect_bit {
#define TS_EFFECT_BIT(name, id, text) TS_EFFECT_BIT_##name,
    TS_EFFECTS(TS_EFFECT_BIT)
#undef TS_EFFECT_BIT
        TS_EFFECT_COUNT
} ts_effect_bit;
#define TS_EFFECT(name) (1u << TS_EFFECT_BIT_##name)
const char *ts_effect_id(ts_effect_bit bit);   /* "disk.wipe" */
const char *ts_effect_text(ts_effect_bit bit); /* "destroys what is on a disk or volume" */

/* A change that was made or tried, as the listener sees it; all text is masked. */
typedef struct ts_host_change {
    unsigned effects;  /* TS_EFFECT(...) bits */
    const char *text;  /* "write file 'C:/x' (12 bytes)" */
    bool assumed;      /* simulation: follows from an assumption */
    const char *error; /* NULL: it worked */
    bool refused;      /* a wipe that failed before anything of the disk was touched */
} ts_host_change;
typedef void (*ts_host_listener)(void *ctx, const ts_host_change *change);

/* Masks secrets in text, as ts_vars_mask does: returns text or *owned. */
typedef const char *(*ts_host_masker)(void *ctx, const char *text, char **owned);

void ts_host_free(ts_host *host);
const char *
ts_host_name(const ts_host *host); /* "simulated machine 'laptop-nvme'", "this Linux machine" */
bool ts_host_is_simulated(const ts_host *host); /* for words in reports, never for decisions */
void ts_host_listen(ts_host *host, ts_host_listener listener, void *ctx);
void ts_host_set_masker(ts_host *host, ts_host_masker masker, void *ctx);
/* Effects that follow until the next call are marked as assumed (simulation). */
void ts_host_set_assumed(ts_host *host, bool assumed);
/* Simulation: a step that could not be simulated would have had these effects. A simulated machine
 * then lets go on what depends on them (a restart into an OS that such a step may have applied). */
void ts_host_assume(ts_host *host, unsigned effects);
/* From any thread or a signal handler: every following operation fails with TS_CANCELLED. */
void ts_host_cancel(ts_host *host);
/* Becomes true when the host is cancelled; for work that runs long without calling the host. */
const atomic_bool *ts_host_cancel_flag(const ts_host *host);
/* Tests: the n-th operation from now (from 1) fails with `code`; 0 switches it off. */
void ts_host_fail_at(ts_host *host, uint64_t n, ts_code code);
uint64_t ts_host_calls(const ts_host *host); /* operations so far */

/* Can this host do what these effects need? NULL: yes; else a phrase why not ("no PowerShell in
 * this Windows PE"). Borrowed. Asked by the pre-flight before the first effect. */
const char *ts_host_lacks(ts_host *host, unsigned effects);
/* The same for one program of a command line ("powershell.exe", "cscript.exe"). */
const char *ts_host_lacks_program(ts_host *host, const char *program);

/* --- Questions -------------------------------------------------------------------------- */

ts_phase ts_host_phase(const ts_host *host); /* TS_PHASE_WINPE or TS_PHASE_FULL_OS */
int64_t ts_host_now(ts_host *host);          /* milliseconds since 1970-01-01 UTC */
int ts_host_bias(ts_host *host);             /* minutes, UTC minus local time (CMTrace's sign) */
bool ts_host_sleep(ts_host *host, uint32_t milliseconds,
                   ts_err **err); /* simulated: moves the clock */

/* A variable of the environment that programs on the machine see in its present phase
 * ("SystemDrive", "windir"; simulated: X:\Windows in Windows PE). NULL: missing. Borrowed until the
 * next call. With a ts_host as ctx it serves ts_vars_set_env through a cast-free wrapper of the
 * caller. */
const char *ts_host_env(ts_host *host, const char *name);

/* Random bytes for a password or an id, from the operating system; a simulated machine gives the
 * same ones on every run. */
bool ts_host_random(ts_host *host, void *out, size_t size, ts_err **err);

/* Rows of a WQL query. namespace "" or NULL is root\cimv2. Errors: TS_NOT_FOUND (no such namespace
 * or class), TS_SCHEMA (no such property), TS_STATE (simulation: the profile does not say, so
 * nobody can know), TS_UNSUPPORTED. ts_wmi_rows_done frees the answer. */
bool ts_host_wmi(ts_host *host, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                 ts_err **err);

/* Facts, each one text; derived from the same WMI classes on every host (engine/host/facts.c).
 * Numbers are decimal. Lists are comma-separated. A fact that this machine does not have is "". */
#define TS_FACTS(X)                                                                                \
    X(MAKE, "make", "manufacturer (Win32_ComputerSystem.Manufacturer)")                            \
    X(MODEL, "model", "model (Win32_ComputerSystem.Model)")                                        \
    X(PRODUCT, "product", "base board product (Win32_BaseBoard.Product)")                          \
    X(SERIAL, "serial", "BIOS serial number (Win32_BIOS.SerialNumber)")                            \
    X(ASSET_TAG, "asset_tag", "chassis asset tag (Win32_SystemEnclosure.SMBIOSAssetTag)")          \
    X(UUID, "uuid", "SMBIOS UUID (Win32_ComputerSystemProduct.UUID)")                              \
    X(CHASSIS, "chassis", "chassis type number (Win32_SystemEnclosure.ChassisTypes)")              \
    X(IS_LAPTOP, "is_laptop", "True or False, from the chassis type")                              \
    X(IS_DESKTOP, "is_desktop", "True or False, from the chassis type")                            \
    X(IS_SERVER, "is_server", "True or False, from the chassis type")                              \
    X(IS_VM, "is_vm", "True or False, from make and model")                                        \
    X(VM_PLATFORM, "vm_platform", "Hyper-V, VMware, VirtualBox, Xen, KVM or empty")                \
    X(FIRMWARE, "firmware", "uefi or bios")                                                        \
    X(SECURE_BOOT, "secure_boot", "True or False")                                                 \
    X(BIOS_VERSION, "bios_version", "Win32_BIOS.SMBIOSBIOSVersion")                                \
    X(MEMORY_MB, "memory_mb", "installed memory in MiB")                                           \
    X(CPU_MHZ, "cpu_mhz", "fastest processor in MHz (Win32_Processor.MaxClockSpeed)")              \
    X(CPU_64BIT, "cpu_64bit", "True or False")                                                     \
    X(ARCHITECTURE, "architecture", "X64, X86 or ARM64 of the running OS")                         \
    X(OS_VERSION, "os_version", "10.0.22631")                                                      \
    X(OS_BUILD, "os_build", "22631")                                                               \
    X(OS_LANGUAGE, "os_language", "LCID, decimal (Win32_OperatingSystem.OSLanguage)")              \
    X(OS_IS_SERVER, "os_is_server", "True or False (ProductType > 1)")                             \
    X(HOST_NAME, "host_name", "computer name")                                                     \
    X(MAC, "mac", "MAC addresses of adapters that have an IP, 00:11:22:33:44:55")                  \
    X(IP, "ip", "IP addresses")                                                                    \
    X(GATEWAY, "gateway", "default gateways")                                                      \
    X(NET_CONNECTED, "net_connected", "True when an adapter has an address and a link")            \
    X(NET_WIRED, "net_wired", "True when that adapter is wired")                                   \
    X(ON_BATTERY, "on_battery", "True when running on battery")                                    \
    X(TPM_PRESENT, "tpm_present", "True or False")                                                 \
    X(TPM_ENABLED, "tpm_enabled", "True or False")                                                 \
    X(TPM_ACTIVATED, "tpm_activated", "True or False")                                             \
    X(TPM_VERSION, "tpm_version", "2.0, 1.2 or empty")                                             \
    X(SYSTEM_FREE_MB, "system_free_mb", "free MiB on the system volume, or largest disk in PE")

typedef enum ts_fact {
#define TS_FACT_ENUM(name, id, text) TS_FACT_##name,
    TS_FACTS(TS_FACT_ENUM)
#undef TS_FACT_ENUM
        TS_FACT_COUNT
} ts_fact;
const char *ts_fact_id(ts_fact fact);
bool ts_fact_by_id(const char *id, ts_fact *out);
/* Owned text. A fact that cannot be known (simulation: not in the profile) is "" as well. */
bool ts_host_fact(ts_host *host, ts_fact fact, char **out, ts_err **err);

typedef struct ts_file_info {
    bool exists;
    bool is_folder;
    uint64_t size;    /* bytes */
    int64_t modified; /* milliseconds since 1970 UTC */
    char version[64]; /* file version "10.0.1.2"; "" when it has none */
} ts_file_info;
bool ts_host_file_info(ts_host *host, const char *path, ts_file_info *out, ts_err **err);
/* Whole file, NUL added behind *size bytes. TS_NOT_FOUND, TS_LIMIT. */
bool ts_host_file_read(ts_host *host, const char *path, char **out, size_t *size, ts_err **err);
/* The same with a limit of the caller's own, in bytes. */
bool ts_host_file_read_up_to(ts_host *host, const char *path, size_t max, char **out, size_t *size,
                             ts_err **err);

typedef enum ts_reg_type {
    TS_REG_NONE,
    TS_REG_SZ,
    TS_REG_EXPAND_SZ,
    TS_REG_MULTI_SZ,
    TS_REG_DWORD,
    TS_REG_QWORD,
    TS_REG_BINARY
} ts_reg_type;
const char *ts_reg_type_name(ts_reg_type type); /* "REG_SZ" */
bool ts_reg_type_by_name(const char *name, ts_reg_type *out);
/* key: "HKEY_LOCAL_MACHINE\Software\X" (HKLM etc. work too). value NULL: does the key exist; "":
 * the default value. Not there: *found = false, no error. *data: numbers decimal, binary as hex,
 * MULTI_SZ joined by '\n'; owned. */
bool ts_host_reg_get(ts_host *host, const char *key, const char *value, bool *found,
                     ts_reg_type *type, char **data, ts_err **err);

/* Installed Windows Installer product by product code, or any product by upgrade code; version
 * "" when unknown. */
bool ts_host_product(ts_host *host, const char *product_code, const char *upgrade_code, bool *found,
                     char **version, ts_err **err);

/* Names in a folder, sorted, one a line, folders with '/' at the end. Owned. TS_NOT_FOUND: no such
 * folder. */
bool ts_host_folder_list(ts_host *host, const char *path, char **out, ts_err **err);

/* Simulation: the folder of a package that nobody provides. Made when it is not there, with what a
 * profile describes for the package, or an assumed image and an assumed driver. Owned.
 * TS_UNSUPPORTED on a real machine. */
bool ts_host_assume_package(ts_host *host, const char *id, char **folder, ts_err **err);

/* --- Changes ---------------------------------------------------------------------------- */

/* Task sequence variables for the programs that a step starts (`taskseq var`, the COM object):
 * served while the host waits on the child. The address is in the child's environment variable
 * TASKSEQ_SOCKET. */
typedef struct ts_var_service {
    bool (*get)(void *ctx, const char *name, ts_buf *out,
                bool *found); /* clear text, also secrets */
    bool (*set)(void *ctx, const char *name, const char *value, bool secret, ts_err **err);
    bool (*list)(void *ctx, ts_buf *out);                      /* names, one a line */
    void (*say)(void *ctx, const char *who, const char *text); /* for the log; NULL: dropped */
    void *ctx;
} ts_var_service;

typedef struct ts_program {
    const char *command_line; /* as Windows writes it; used when argv is NULL */
    const char *const *argv;  /* NULL-terminated; no shell, no splitting */
    const char *folder;       /* working folder, NULL: the engine's */
    uint32_t timeout;         /* milliseconds, 0 = none; the process tree is ended */
    const char *user;         /* run as; NULL: as the engine */
    const char *password;     /* secret */
    bool secret;              /* the command line holds a secret: it is not shown */
    bool keep_output;         /* capture stdout and stderr */
    const char *const *env;   /* NULL-terminated "NAME=value" additions */
    const ts_var_service *service;
} ts_program;

typedef struct ts_program_result {
    uint32_t exit_code;
    bool timed_out;
    uint64_t duration; /* milliseconds */
    char *output;      /* tail of the output, UTF-8, owned; "" when none was kept */
    bool assumed;      /* simulation: the profile does not know the program; 0 was assumed */
} ts_program_result;
void ts_program_result_done(ts_program_result *result);

/* Runs and waits. false: it could not be started (TS_NOT_FOUND: no such program), or cancelled. A
 * program that ran, failed or timed out is true. */
bool ts_host_run(ts_host *host, const ts_program *program, ts_program_result *out, ts_err **err);
/* Starts and does not wait (SMSTSPostAction). */
bool ts_host_start(ts_host *host, const ts_program *program, ts_err **err);

bool ts_host_file_write(ts_host *host, const char *path, const void *data, size_t size, bool append,
                        ts_err **err);
bool ts_host_file_copy(ts_host *host, const char *from, const char *to, ts_err **err);
bool ts_host_file_delete(ts_host *host, const char *path, ts_err **err); /* missing is success */
bool ts_host_folder_make(ts_host *host, const char *path,
                         ts_err **err); /* with parents; existing is success */

/* data as ts_host_reg_get gives it. */
bool ts_host_reg_set(ts_host *host, const char *key, const char *value, ts_reg_type type,
                     const char *data, ts_err **err);
/* value NULL deletes the key with all below; missing is success. */
bool ts_host_reg_delete(ts_host *host, const char *key, const char *value, ts_err **err);

/* One HTTP(S) request. TLS is always verified. A real machine asks the fetcher that the program set
 * (the host layer does not link the network); a simulated one answers from its profile ("urls").
 * Errors: TS_NET, TS_TRUST (says which certificate is missing or wrong), TS_NOT_FOUND (404, 410),
 * TS_LIMIT (longer than max), TS_TIMEOUT. The URL is shown without user, password and query. */
#define TS_HTTP_BODY_MAX                                                                           \
    (64u * 1024u * 1024u) /* bytes of an answer; larger content is a package                       \
                           */
typedef struct ts_http_request {
    const char *method; /* NULL: GET; POST */
    const char *url;
    const char *trust; /* further trusted certificates, PEM; NULL or "": none */
    const char *body;
    size_t body_size;
    const char *content_type; /* of the body */
    size_t max;               /* bytes of the answer; 0: TS_HTTP_BODY_MAX */
    uint32_t timeout;         /* milliseconds without any progress; 0: the fetcher's own */
} ts_http_request;
typedef struct ts_http_answer {
    long status;
    char *body; /* NUL behind it; owned, as the next; may be NULL when empty */
    size_t size;
    char *content_type;
    bool assumed; /* simulation: the profile does not know the URL; an empty 200 was assumed */
} ts_http_answer;
void ts_http_answer_done(ts_http_answer *answer);
typedef bool (*ts_http_fetcher)(void *ctx, const ts_http_request *request, ts_http_answer *out,
                                ts_err **err);
/* `ctx` is borrowed. A simulated machine never asks it. */
void ts_host_set_fetcher(ts_host *host, ts_http_fetcher fetcher, void *ctx);
bool ts_host_http(ts_host *host, const ts_http_request *request, ts_http_answer *out, ts_err **err);

/* The restart. TS_RESTART_OS boots the hard disk, TS_RESTART_PE the boot image: from the full OS it
 * must have been made ready (ts_host_boot_image), else TS_STATE. */
typedef enum ts_restart { TS_RESTART_NONE, TS_RESTART_OS, TS_RESTART_PE } ts_restart;
/* Can the machine come back there? A simulated machine restarts here and now, changes its phase and
 * sets *went_on; a real one checks, sets it false, and the run ends with "restart required".
 * TS_STATE: there is nothing to boot (no formatted bootable partition ...). */
bool ts_host_hand_over(ts_host *host, ts_restart target, bool *went_on, ts_err **err);
/* Really restarts this machine (after the journal is safe); seconds of notice. */
bool ts_host_reboot(ts_host *host, ts_restart target, uint32_t seconds, const char *message,
                    ts_err **err);

/* --- Capture ---------------------------------------------------------------------------- */

/* This machine as a machine profile (docs/reference/machine-profile.md), JSON text, owned. Holds
 * the serial numbers of the machine, its disks and its network adapters, and nothing secret. */
bool ts_machine_capture(ts_host *host, char **json, ts_err **err);

#endif
