/* host_ops.h - what stands behind the choke point: one function per operation of ts/host.h.
 *
 * Private to engine/host. A host is a const table plus its own state (`self`). host.c calls the
 * table and nobody else does, so that cancellation, counting, fault injection and the report of
 * changes happen in one place; a table's function does only the thing itself. A function that is
 * NULL means that this host cannot do it: the caller gets TS_UNSUPPORTED.
 *
 * Registry keys arrive with the long hive name and single back slashes
 * ("HKEY_LOCAL_MACHINE\Software\X"); all other arguments arrive as the caller gave them. */
#ifndef TS_HOST_OPS_H
#define TS_HOST_OPS_H

#include <ts/deploy.h>
#include <ts/host.h>

typedef struct ts_host_ops {
    void (*free)(void *self); /* required */

    /* Questions. */
    const char *(*lacks)(void *self, unsigned effects); /* NULL function: lacks nothing */
    const char *(*lacks_program)(void *self,
                                 const char *program); /* NULL function: lacks nothing */
    ts_phase (*phase)(void *self);                     /* required */
    int64_t (*now)(void *self);                        /* required */
    int (*bias)(void *self);                           /* required */
    bool (*sleep)(void *self, uint32_t milliseconds, ts_err **err);
    const char *(*env)(void *self,
                       const char *name); /* NULL: missing; borrowed until the next call */
    bool (*random)(void *self, void *out, size_t size, ts_err **err);
    /* Not in WMI, hence a question of its own. */
    bool (*firmware)(void *self, bool *uefi, bool *secure_boot, ts_err **err);
    /* Owned; what WMI calls Win32_ComputerSystem.Name. Every run asks for it before its first step,
     * and WMI is slow to start; NULL function: WMI is asked. */
    bool (*host_name)(void *self, char **out, ts_err **err);
    /* One of the two. wmi_query: the operating system evaluates the query. wmi_class: all rows of
     * one class, borrowed until the next change of the machine; host.c evaluates. An array property
     * is text with its members joined by ','. Errors: TS_NOT_FOUND (no such namespace or class),
     * TS_STATE (simulation: the profile does not say). */
    bool (*wmi_query)(void *self, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                      ts_err **err);
    bool (*wmi_class)(void *self, const char *name_space, const char *class_name,
                      const ts_wmi_rows **out, ts_err **err);
    bool (*file_info)(void *self, const char *path, ts_file_info *out, ts_err **err);
    bool (*file_read)(void *self, const char *path, size_t max, char **out, size_t *size,
                      ts_err **err);
    bool (*folder_list)(void *self, const char *path, char **out, ts_err **err);
    /* Simulation only. */
    bool (*assume_package)(void *self, const char *id, char **folder, ts_err **err);
    bool (*reg_get)(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                    char **data, ts_err **err);
    bool (*product)(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err);

    /* Changes. */
    bool (*run)(void *self, const ts_program *program, ts_program_result *out, ts_err **err);
    bool (*start)(void *self, const ts_program *program, ts_err **err);
    bool (*file_write)(void *self, const char *path, const void *data, size_t size, bool append,
                       ts_err **err);
    bool (*file_copy)(void *self, const char *from, const char *to, ts_err **err);
    bool (*file_delete)(void *self, const char *path, ts_err **err);
    bool (*folder_make)(void *self, const char *path, ts_err **err);
    bool (*reg_set)(void *self, const char *key, const char *value, ts_reg_type type,
                    const char *data, ts_err **err);
    bool (*reg_delete)(void *self, const char *key, const char *value, ts_err **err);
    /* NULL: a real machine, the fetcher that the program set is asked. */
    bool (*http)(void *self, const ts_http_request *request, ts_http_answer *out, ts_err **err);
    bool (*hand_over)(void *self, ts_restart target, bool *went_on, ts_err **err);
    bool (*reboot)(void *self, ts_restart target, uint32_t seconds, const char *message,
                   ts_err **err);

    /* ts/deploy.h. Before a change host_deploy.c has checked the arguments (letters, limits, sizes)
     * and that no safety rule (keep_off) speaks against the disk. */
    bool (*disk_image)(void *self, uint32_t disk, const char *file, ts_err **err);
    bool (*disks)(void *self, ts_disk_info **out, size_t *count, ts_err **err);
    bool (*volumes)(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err);
    bool (*disk_room)(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                      ts_err **err);
    bool (*disk_partition)(void *self, ts_disk_plan *plan, ts_err **err);
    bool (*volume_format)(void *self, char letter, ts_filesystem filesystem, const char *label,
                          bool quick, ts_err **err);
    bool (*disk_to_dynamic)(void *self, uint32_t disk, ts_err **err);
    bool (*images)(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err);
    /* NULL: where there is stream_images, it works. */
    bool (*streams_images)(void *self);
    bool (*stream_images)(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                          ts_err **err);
    bool (*image_apply)(void *self, const ts_image_apply *what, ts_err **err);
    bool (*image_capture)(void *self, char letter, const char *file, const char *name,
                          const char *description, ts_err **err);
    bool (*boot_files)(void *self, char windows, const char *locale, ts_err **err);
    bool (*boot_image)(void *self, const char *folder, ts_err **err);
    bool (*offline_reg_get)(void *self, char letter, const char *hive, const char *key,
                            const char *value, bool *found, ts_reg_type *type, char **data,
                            ts_err **err);
    bool (*offline_reg_set)(void *self, char letter, const char *hive, const char *key,
                            const char *value, ts_reg_type type, const char *data, ts_err **err);
    bool (*pnp_ids)(void *self, char **out, ts_err **err);
    bool (*driver_add)(void *self, char letter, const char *inf, bool allow_unsigned, ts_err **err);
    bool (*account_set)(void *self, const ts_account *account, ts_err **err);
    bool (*computer_rename)(void *self, const char *name, ts_err **err);
    bool (*join)(void *self, const ts_join *join, ts_err **err);
    bool (*bitlocker_preprovision)(void *self, const ts_bitlocker *what, ts_err **err);
    bool (*bitlocker_enable)(void *self, const ts_bitlocker *what, ts_err **err);
    bool (*bitlocker_suspend)(void *self, char letter, unsigned restarts, ts_err **err);
    bool (*cert_add)(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                     ts_err **err);
    bool (*time_zone_set)(void *self, const char *windows_name, ts_err **err);
    bool (*net_connect)(void *self, char letter, const char *path, const char *user,
                        const char *password, ts_err **err);
    /* NULL: a real machine, host_agent.c does it with the operations on files. */
    bool (*agent_install)(void *self, char letter, const char *work, ts_err **err);
    bool (*agent_remove)(void *self, const char *work, ts_err **err);
    /* Simulation: what a step that could not be simulated is taken to have done. NULL elsewhere. */
    void (*assume)(void *self, unsigned effects);
} ts_host_ops;

/* Takes `self`, also when it fails (ops->free is called). `name` is copied. */
ts_host *ts_host_wrap(const ts_host_ops *ops, void *self, const char *name, bool simulated,
                      ts_err **err);
/* The state behind a host made from this table; NULL when it is another kind of host. */
void *ts_host_self(const ts_host *host, const ts_host_ops *ops);

/* All rows of a class without counting as an operation (facts.c). *rows is borrowed: of the host,
 * or of *owned, which the caller releases with ts_wmi_rows_done in any case. */
bool ts_host_class_rows(ts_host *host, const char *name_space, const char *class_name,
                        ts_wmi_rows *owned, const ts_wmi_rows **rows, ts_err **err);
/* host_wmi.c: the rows that pass the query, copied. TS_SCHEMA: a name that the class has not. */
bool ts_host_rows_match(const ts_wql *query, const ts_wmi_rows *rows, ts_wmi_rows *out,
                        ts_err **err);
bool ts_host_firmware(ts_host *host, bool *uefi, bool *secure_boot, ts_err **err);

/* facts.c: the work behind ts_host_fact. */
bool ts_host_fact_get(ts_host *host, ts_fact fact, char **out, ts_err **err);

/* disk_table.c: bytes for partitions, a multiple of 1 MiB; they begin at 1 MiB. */
uint64_t ts_disk_table_room(uint64_t bytes, uint32_t sector, ts_disk_style style);
/* offsets: one for each partition of the plan. TS_LIMIT: it does not fit. */
bool ts_disk_table_offsets(const ts_disk_plan *plan, uint64_t room, uint64_t *offsets,
                           ts_err **err);

/* registry_name.c: "HKLM:\Software\\X\" becomes "HKEY_LOCAL_MACHINE\Software\X"; owned. TS_SCHEMA
 * when the root is not one of the five hives. */
char *ts_reg_key_normal(const char *key, ts_err **err);

#endif
