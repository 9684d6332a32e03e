/* win_private.h - the state of a Windows host, for the files of engine/host/windows. */
#ifndef TS_WIN_PRIVATE_H
#define TS_WIN_PRIVATE_H

#include "win32_parts.h"

#include <oaidl.h>

#include "local_ops.h"

#define TS_WIN_WMI_DEADLINE 60000u          /* ms that a query may take */
#define TS_WIN_SETTLE       15000u          /* ms; ts_windows.settle */
#define TS_WIN_REG_MAX      (1024u * 1024u) /* bytes of a registry value */

struct IWbemServices;
typedef struct ts_com ts_com;
typedef struct ts_win_devices ts_win_devices; /* win_device.h */
typedef struct ts_win_wmi ts_win_wmi;         /* win_wmi.h */
typedef struct ts_win_wimlib ts_win_wimlib;   /* win_image.h */

typedef struct ts_windows {
    ts_local local; /* first: the operations of local_ops.h */
    const ts_win_devices *devices;
    const ts_win_wmi *wmi_api;
    const char *tools;      /* a folder whose programs come first, for tests; NULL: none */
    uint32_t settle;        /* ms that Windows may take to see what a tool did to a disk */
    bool com;               /* COM is ready on this thread */
    ts_com *objects;        /* with the variable service; NULL: not yet, or there are none */
    bool no_objects;        /* they cannot be served */
    bool objects_elsewhere; /* another engine has them: said, and tried again */
    struct IWbemServices *wmi;
    char wmi_space[256];   /* what `wmi` is connected to */
    ts_win_wimlib *wimlib; /* NULL: not loaded */
} ts_windows;

/* win_host.c: the state behind the host; tests put other devices there. */
ts_windows *ts_win_state(const ts_host *host);

/* win_files.c */
bool ts_win_file_info(void *self, const char *path, ts_file_info *out, ts_err **err);
bool ts_win_file_read(void *self, const char *path, size_t max, char **out, size_t *size,
                      ts_err **err);
bool ts_win_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                       ts_err **err);
bool ts_win_file_copy(void *self, const char *from, const char *to, ts_err **err);
bool ts_win_file_delete(void *self, const char *path, ts_err **err);
bool ts_win_folder_make(void *self, const char *path, ts_err **err);
bool ts_win_folder_list(void *self, const char *path, char **out, ts_err **err);

/* win_registry.c; keys as host_ops.h says. */
bool ts_win_reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                    char **data, ts_err **err);
bool ts_win_reg_set(void *self, const char *key, const char *value, ts_reg_type type,
                    const char *data, ts_err **err);
bool ts_win_reg_delete(void *self, const char *key, const char *value, ts_err **err);

/* win_products.c */
bool ts_win_product(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err);

/* win_wmi.c, win_wmi_value.c */
bool ts_win_wmi_query(void *self, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                      ts_err **err);
void ts_win_wmi_close(ts_windows *machine);
bool ts_win_wmi_value(ts_arena *arena, const VARIANT *from, long cim_type, ts_wmi_value *out,
                      ts_err **err);

/* win_power.c */
bool ts_win_host_name(void *self, char **out, ts_err **err);
bool ts_win_firmware(void *self, bool *uefi, bool *secure_boot, ts_err **err);
bool ts_win_reboot(void *self, ts_restart target, uint32_t seconds, const char *message,
                   ts_err **err);
/* Switches a right on that the engine's account has. false: it has not. */
bool ts_win_privilege(const wchar_t *name);

/* win_tool.c. A program of Windows, from System32: neither PATH nor any other variable of the
 * environment chooses it, for the engine often has more rights than who set them. Owned. */
char *ts_win_tool(const ts_windows *machine, const char *name, ts_err **err);
bool ts_win_tool_exists(const ts_windows *machine, const char *name);
/* Runs one and waits. good: exit codes besides 0 that are success, 0 at the end; NULL: none. An
 * error has the end of the tool's output: "cannot <what>: ...". */
bool ts_win_tool_run(const ts_windows *machine, const char *const *argv, const uint32_t *good,
                     const char *what, ts_err **err);
/* A DLL, an HMODULE that stays loaded: of Windows, or beside the engine.
 * TS_UNSUPPORTED: it is not there. */
void *ts_win_library(const ts_windows *machine, const char *name, bool beside, ts_err **err);

/* win_identity.c */
bool ts_win_computer_rename(void *self, const char *name, ts_err **err);
bool ts_win_join(void *self, const ts_join *join, ts_err **err);
bool ts_win_account_set(void *self, const ts_account *account, ts_err **err);

/* win_offline.c */
bool ts_win_offline_reg_get(void *self, char letter, const char *name, const char *key,
                            const char *value, bool *found, ts_reg_type *type, char **data,
                            ts_err **err);
bool ts_win_offline_reg_set(void *self, char letter, const char *name, const char *key,
                            const char *value, ts_reg_type type, const char *data, ts_err **err);

/* com_server.c: the COM objects that scripts expect, as clients of the variable service at
 * `address`, for as long as the engine runs. TS_REFUSED: another engine on this machine has them.
 */
ts_com *ts_com_start(const char *address, ts_err **err);
void ts_com_stop(ts_com *com);

/* win_agent.c */
bool ts_win_agent_remove(void *self, const char *work, ts_err **err);

/* win_settings.c */
bool ts_win_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                     ts_err **err);
bool ts_win_time_zone_set(void *self, const char *windows_name, ts_err **err);
bool ts_win_net_connect(void *self, char letter, const char *path, const char *user,
                        const char *password, ts_err **err);
bool ts_win_driver_add(void *self, char letter, const char *inf, bool allow_unsigned, ts_err **err);

/* win_disk.c, win_volume.c, win_partition.c */
bool ts_win_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err);
bool ts_win_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err);
bool ts_win_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                      ts_err **err);
bool ts_win_disk_partition(void *self, ts_disk_plan *plan, ts_err **err);
bool ts_win_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                          bool quick, ts_err **err);
bool ts_win_disk_to_dynamic(void *self, uint32_t disk, ts_err **err);

/* win_image.c */
bool ts_win_images(void *self, const char *file, ts_image_info **out, size_t *count, ts_err **err);
bool ts_win_streams_images(void *self);
bool ts_win_stream_images(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                          ts_err **err);
bool ts_win_image_apply(void *self, const ts_image_apply *what, ts_err **err);
bool ts_win_image_capture(void *self, char letter, const char *file, const char *name,
                          const char *description, ts_err **err);

/* win_boot.c, win_pnp.c */
bool ts_win_boot_files(void *self, char windows, const char *locale, ts_err **err);
bool ts_win_boot_image(void *self, const char *folder, ts_err **err);
bool ts_win_pnp_ids(void *self, char **out, ts_err **err);

/* win_bitlocker.c */
bool ts_win_bitlocker_preprovision(void *self, const ts_bitlocker *what, ts_err **err);
bool ts_win_bitlocker_enable(void *self, const ts_bitlocker *what, ts_err **err);
bool ts_win_bitlocker_suspend(void *self, char letter, unsigned restarts, ts_err **err);

#endif
