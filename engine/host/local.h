/* local.h - the machine that this program runs on, as a host. Each system has one file that
 * provides it: linux/linux_local.c, windows/windows_local.c. */
#ifndef TS_HOST_LOCAL_H
#define TS_HOST_LOCAL_H

#include <ts/host.h>

/* phase: what the user said it is; TS_PHASE_ANY: the host finds out. TS_UNSUPPORTED when the phase
 * cannot be chosen there. */
ts_host *ts_host_local_new(ts_phase phase, ts_err **err);

#endif
