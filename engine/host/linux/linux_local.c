/* linux_local.c - this machine is a Linux machine. */
#include "host_linux.h"
#include "local.h"

ts_host *ts_host_local_new(ts_phase phase, ts_err **err)
{
    const ts_host_linux_options options = {.phase = phase};
    return ts_host_linux_new(&options, err);
}
