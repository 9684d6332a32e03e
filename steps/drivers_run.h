/* drivers_run.h - what the driver steps do. */
#ifndef TS_STEPS_DRIVERS_RUN_H
#define TS_STEPS_DRIVERS_RUN_H

#include <ts/step.h>

/* The package in which Auto Apply Drivers looks: variable TSDriversPackage, else this one. */
#define TS_DRIVERS_PACKAGE "Drivers"
#define TS_DRIVERS_MAX     5000u /* INF files of a package */
#define TS_DRIVERS_DEPTH   16u   /* folders in folders */

/* Every driver of the package, or those that fit the machine's devices, to the Windows on a volume.
 */
bool ts_drivers_add(ts_ctx *c, const char *package, bool all, char letter, ts_result *out,
                    ts_err **err);
bool ts_driver_package_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_driver_package_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_auto_drivers_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_auto_drivers_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
