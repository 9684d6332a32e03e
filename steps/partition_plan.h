/* partition_plan.h - what Format and Partition Disk and Convert Disk do. */
#ifndef TS_STEPS_PARTITION_PLAN_H
#define TS_STEPS_PARTITION_PLAN_H

#include <ts/step.h>

/* Variable of a look ahead, with the disk's number behind it: bytes of the largest partition for
 * data that the steps on the way make there. */
#define TS_STEP_PLANNED_VOLUME "_TSPlannedVolume"
/* The same: "true" when a partition that firmware starts from will be there. */
#define TS_STEP_PLANNED_BOOT "_TSPlannedBoot"

bool ts_partition_disk_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_partition_disk_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_convert_disk_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_convert_disk_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
