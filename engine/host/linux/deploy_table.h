/* deploy_table.h - making a partition table. Reading one is in deploy_private.h. */
#ifndef TS_DEPLOY_TABLE_H
#define TS_DEPLOY_TABLE_H

#include <ts/deploy.h>

/* Bytes for partitions, a multiple of 1 MiB; they begin at 1 MiB. */
uint64_t ts_lx_table_room(uint64_t bytes, uint32_t sector, ts_disk_style style);
/* offsets: one for each partition of the plan. TS_LIMIT: it does not fit. */
bool ts_lx_table_offsets(const ts_disk_plan *plan, uint64_t room, uint64_t *offsets, ts_err **err);
/* Destroys the table that is there. */
bool ts_lx_table_write(const char *path, const ts_disk_plan *plan, const uint64_t *offsets,
                       ts_err **err);

#endif
