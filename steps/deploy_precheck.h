/* deploy_precheck.h - findings of the steps that need content, before a disk is wiped. */
#ifndef TS_STEPS_DEPLOY_PRECHECK_H
#define TS_STEPS_DEPLOY_PRECHECK_H

#include <ts/step.h>

/* The image of a package, as far as it is here. */
bool ts_apply_precheck_image(ts_ctx *c, const char *id, const char *which, ts_result *out,
                             ts_err **err);
/* The same of an image file that is no package. */
bool ts_apply_precheck_file(ts_ctx *c, const char *file, const char *which, ts_result *out,
                            ts_err **err);
bool ts_apply_os_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_apply_data_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_install_application_precheck(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_install_package_precheck(ts_ctx *c, ts_result *out, ts_err **err);

#endif
