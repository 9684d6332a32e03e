/* mdt_roles_run.h - what MDT's steps for roles and features do. */
#ifndef TS_STEPS_MDT_ROLES_RUN_H
#define TS_STEPS_MDT_ROLES_RUN_H

#include <ts/step.h>

#define TS_MDT_ROLES_MAX 999u /* of the list of those that are done: three digits */

bool ts_mdt_install_roles_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_uninstall_roles_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
