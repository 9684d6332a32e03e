/* partition_plan.h - what Format and Partition Disk and Convert Disk do. */
#ifndef TS_STEPS_PARTITION_PLAN_H
#define TS_STEPS_PARTITION_PLAN_H

#include <ts/step.h>

bool ts_partition_disk_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_partition_disk_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_convert_disk_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
