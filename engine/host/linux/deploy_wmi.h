/* deploy_wmi.h - the WMI classes of disks when image files stand for them. */
#ifndef TS_DEPLOY_WMI_H
#define TS_DEPLOY_WMI_H

#include "linux_private.h"

bool ts_lx_is_disk_class(const ts_lx_class *class_of);
/* Rows of a class for which ts_lx_is_disk_class is true. */
bool ts_lx_image_rows(ts_linux *machine, const ts_lx_class *class_of, ts_wmi_rows *out,
                      ts_err **err);

#endif
