/* host_linux.h - the Linux machine that the engine runs on, as a host. What each operation means
 * on Linux, and which WMI classes are answered from where: docs/reference/linux-host.md. */
#ifndef TS_HOST_LINUX_H
#define TS_HOST_LINUX_H

#include <ts/host.h>

typedef struct ts_host_linux_options {
    /* TS_PHASE_FULL_OS, or TS_PHASE_WINPE (also for TS_PHASE_ANY): boot media stand for Windows PE.
     */
    ts_phase phase;
    /* Folder that stands for "/" where the machine is described: /sys, /proc, /etc, /run/udev.
     * NULL: the machine's own. Tests describe a machine in a folder. Programs and files are not
     * moved. */
    const char *sysroot;
} ts_host_linux_options;

/* options may be NULL. */
ts_host *ts_host_linux_new(const ts_host_linux_options *options, ts_err **err);

#endif
