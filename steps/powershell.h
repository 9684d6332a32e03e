/* powershell.h - a script file with PowerShell: Run PowerShell Script, and MDT's. */
#ifndef TS_STEPS_POWERSHELL_H
#define TS_STEPS_POWERSHELL_H

#include <ts/step.h>

#include "helpers.h"

#define TS_POWERSHELL_LOG "OSDLogPowerShellParameters" /* a boolean input of both steps */

typedef struct ts_powershell {
    const char *path;
    const char *parameters;    /* behind it, as PowerShell reads them */
    const char *policy;        /* "" or "Undefined": as the machine is set */
    const char *folder;        /* working folder, "": the engine's */
    const char *base;          /* a relative one lies below this; "" */
    const ts_step_run_as *who; /* NULL: nobody else */
} ts_powershell;

/* powershell.exe where there is one, else pwsh. The exit code is in `out`; *output is owned. */
bool ts_powershell_run(ts_ctx *c, const ts_powershell *script, ts_result *out, char **output,
                       ts_err **err);

bool ts_mdt_powershell_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_mdt_powershell_precheck(ts_ctx *c, ts_result *out, ts_err **err);

#endif
