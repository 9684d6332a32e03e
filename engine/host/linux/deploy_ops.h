/* deploy_ops.h - the operations of ts/deploy.h on a Linux host, for the table in linux_host.c. */
#ifndef TS_DEPLOY_OPS_H
#define TS_DEPLOY_OPS_H

#include <ts/deploy.h>

bool ts_linux_disk_image(void *self, uint32_t disk, const char *file, ts_err **err);
bool ts_linux_disks(void *self, ts_disk_info **out, size_t *count, ts_err **err);
bool ts_linux_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *count, ts_err **err);
bool ts_linux_disk_room(void *self, uint32_t disk, ts_disk_style style, uint64_t *bytes,
                        ts_err **err);
bool ts_linux_disk_partition(void *self, ts_disk_plan *plan, ts_err **err);
bool ts_linux_volume_format(void *self, char letter, ts_filesystem filesystem, const char *label,
                            bool quick, ts_err **err);
bool ts_linux_images(void *self, const char *file, ts_image_info **out, size_t *count,
                     ts_err **err);
bool ts_linux_stream_images(void *self, const ts_reader *stream, ts_image_info **out, size_t *count,
                            ts_err **err);
bool ts_linux_image_apply(void *self, const ts_image_apply *what, ts_err **err);
bool ts_linux_image_capture(void *self, char letter, const char *file, const char *name,
                            const char *description, ts_err **err);
bool ts_linux_boot_files(void *self, char windows, const char *locale, ts_err **err);
bool ts_linux_offline_reg_get(void *self, char letter, const char *hive, const char *key,
                              const char *value, bool *found, ts_reg_type *type, char **data,
                              ts_err **err);
bool ts_linux_offline_reg_set(void *self, char letter, const char *hive, const char *key,
                              const char *value, ts_reg_type type, const char *data, ts_err **err);
/* lx_pnp.c */
bool ts_linux_pnp_ids(void *self, char **out, ts_err **err);
bool ts_linux_driver_add(void *self, char letter, const char *inf, bool allow_unsigned,
                         ts_err **err);

#endif
