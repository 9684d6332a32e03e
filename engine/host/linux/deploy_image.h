/* deploy_image.h - what the files around wimlib share. */
#ifndef TS_DEPLOY_IMAGE_H
#define TS_DEPLOY_IMAGE_H

#include "deploy_private.h"
#include "wim_job.h"

/* deploy_wimlib.c: the linked library, and what Linux does in its own way for it; the context of
 * its functions is the ts_lx_place of the volume. */
extern const ts_wimlib ts_lx_wimlib;
extern const ts_wim_system ts_lx_wim_system;

#endif
