/* local.c - operations that every host of this machine does alike. */
#include <stdio.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "local_ops.h"

#define LOOK        100u               /* ms between looks at the cancel flag while waiting */
#define DATA_FOLDER "_SMSTaskSequence" /* ConfigMgr's own place on a volume */

void ts_local_done(ts_local *local)
{
    ts_ipc_server_free(local->server);
}

ts_phase ts_local_phase(void *self)
{
    const ts_local *local = self;
    return local->phase;
}

bool ts_local_is_closed(const char *path)
{
    if (path[0] != '\0' && path[1] == ':')
        path += 2;
    path += strspn(path, "/\\");
    size_t len = strcspn(path, "/\\");
    return (len == strlen(DATA_FOLDER) && ts_str_ncasecmp(path, DATA_FOLDER, len) == 0) ||
           ts_str_ieq(ts_path_base(path), "unattend.xml");
}

int64_t ts_local_now(void *self)
{
    TS_UNUSED(self);
    return ts_clock_now();
}

int ts_local_bias(void *self)
{
    TS_UNUSED(self);
    return ts_clock_bias(ts_clock_now());
}

bool ts_local_sleep(void *self, uint32_t milliseconds, ts_err **err)
{
    const ts_local *local = self;
    while (milliseconds > 0 && !*local->cancel) {
        uint32_t part = milliseconds < LOOK ? milliseconds : LOOK;
        ts_sleep(part);
        milliseconds -= part;
    }
    return !*local->cancel || ts_fail(err, TS_CANCELLED, "cancelled while waiting");
}

const char *ts_local_env(void *self, const char *name)
{
    TS_UNUSED(self);
    return ts_env_get(name);
}

bool ts_local_random(void *self, void *out, size_t size, ts_err **err)
{
    TS_UNUSED(self);
    return ts_random(out, size, err);
}

bool ts_local_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err)
{
    ts_local *local = self;
    if (program->service && !local->server) {
        local->server = ts_ipc_server_new(err);
        if (!local->server)
            return false;
    }
    return ts_process_run(program, local->server, local->cancel, out, err);
}

bool ts_local_start(void *self, const ts_program *program, ts_err **err)
{
    TS_UNUSED(self);
    return ts_process_start(program, err);
}

bool ts_local_hand_over(void *self, ts_restart target, bool *went_on, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(target);
    TS_UNUSED(err);
    *went_on = false;
    return true;
}

bool ts_local_list(const char *path, ts_buf *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char **names = NULL;
    if (!ts_file_is_folder(path))
        return ts_fail(err, TS_NOT_FOUND, "there is no folder '%s'", path);
    if (!ts_folder_list(path, &names, err))
        return false;
    for (size_t i = 0; names[i]; i++) {
        TS_CLEANUP(ts_free_ptr) char *full = ts_path_join(path, names[i]);
        if (!full)
            return ts_fail_nomem(err);
        ts_buf_printf(out, "%s%s\n", names[i], ts_file_is_folder(full) ? "/" : "");
    }
    return true;
}

const char *ts_local_lacks(ts_local *local, const ts_local_gap *gaps, size_t n,
                           bool (*has)(const void *self, const char *program), unsigned effects)
{
    for (size_t i = 0; i < n; i++) {
        const ts_local_gap *gap = &gaps[i];
        if (!(effects & gap->effects) || (gap->full_only && local->phase == TS_PHASE_WINPE))
            continue;
        if (!gap->program)
            return gap->why;
        if (!has(local, gap->program)) {
            snprintf(local->lacks, sizeof(local->lacks), "the program '%s' is not installed (%s)",
                     gap->program, gap->why);
            return local->lacks;
        }
    }
    return NULL;
}
