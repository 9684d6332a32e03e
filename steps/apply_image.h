/* apply_image.h - what Apply Operating System Image and Apply Data Image do. */
#ifndef TS_STEPS_APPLY_IMAGE_H
#define TS_STEPS_APPLY_IMAGE_H

#include <ts/step.h>

bool ts_apply_os_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_apply_data_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
