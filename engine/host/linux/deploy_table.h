/* deploy_table.h - making a partition table. Reading one is in deploy_private.h. */
#ifndef TS_DEPLOY_TABLE_H
#define TS_DEPLOY_TABLE_H

#include <ts/deploy.h>

/* Destroys the table that is there. */
bool ts_lx_table_write(const char *path, const ts_disk_plan *plan, const uint64_t *offsets,
                       ts_err **err);

#endif
