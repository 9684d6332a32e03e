/* local_ops.h - what the hosts of this machine do alike, whatever its system is: over engine/os. */
#ifndef TS_LOCAL_OPS_H
#define TS_LOCAL_OPS_H

#include "host_ops.h"
#include "os.h"

/* First member of the state of such a host, so that the operations below find it. */
typedef struct ts_local {
    ts_phase phase;
    const atomic_bool *cancel;
    ts_ipc_server *server; /* made by the first program that may ask for variables */
    char lacks[256];       /* the phrase that was answered last */
} ts_local;

void ts_local_done(ts_local *local);

/* Operations of host_ops.h. */
ts_phase ts_local_phase(void *self);
int64_t ts_local_now(void *self);
int ts_local_bias(void *self);
bool ts_local_sleep(void *self, uint32_t milliseconds, ts_err **err);
const char *ts_local_env(void *self, const char *name);
bool ts_local_random(void *self, void *out, size_t size, ts_err **err);
bool ts_local_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err);
bool ts_local_start(void *self, const ts_program *program, ts_err **err);
/* Where the machine comes up again is the firmware's choice; there is nothing to prepare. */
bool ts_local_hand_over(void *self, ts_restart target, bool *went_on, ts_err **err);

/* The names in a folder as ts_host_folder_list gives them, appended. */
bool ts_local_list(const char *path, ts_buf *out, ts_err **err);

/* Would a user of the new Windows find keys and passwords there? The agent's folder on a volume,
 * and answer files: they are for the system and administrators. `path` is absolute ("C:/..." or
 * "/..."). */
bool ts_local_is_closed(const char *path);

/* One reason why effects are not possible. */
typedef struct ts_local_gap {
    unsigned effects;
    bool full_only;      /* Windows PE, or what stands for it, can do it */
    const char *program; /* missing only when there is no such program; NULL: always */
    const char *why;     /* behind a program: where it comes from */
} ts_local_gap;
/* NULL, or the first reason; `has` says which programs there are, `self` is the host. */
const char *ts_local_lacks(ts_local *local, const ts_local_gap *gaps, size_t n,
                           bool (*has)(const void *self, const char *program), unsigned effects);

#endif
