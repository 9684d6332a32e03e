/* lock.c - locks between processes, out of a file and its lock. */
#include <stdlib.h>
#include <string.h>

#include "os.h"

#include <ts/mem.h>
#include <ts/text.h>

#define POLL 50u /* ms between two tries */

struct ts_lock {
    ts_file *file; /* NULL: there is none */
    char *weak;
};

/* What the holder wrote. Somebody else's text: nothing in it may steer a terminal. */
static void read_who(ts_file *file, char out[TS_LOCK_WHO_MAX])
{
    size_t got = 0;
    if (!ts_file_pread(file, out, TS_LOCK_WHO_MAX - 1, 0, &got, NULL))
        got = 0;
    out[got] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    for (char *p = out; *p; p++) {
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    }
}

/* It only serves messages: a lock that nobody can read the holder of is a lock. */
static void write_who(ts_file *file, const char *what)
{
    TS_CLEANUP(ts_free_ptr) char *host = ts_machine_name(NULL);
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("process %u%s%s%s (%s)\n", ts_process_id(), host ? " on '" : "",
                            host ? host : "", host ? "'" : "", what);
    if (text && ts_file_truncate(file, 0, NULL))
        (void)ts_file_pwrite(file, text, strlen(text), 0, NULL);
}

static bool fail_busy(ts_file *file, const char *thing, uint32_t wait_ms, ts_err **err)
{
    char who[TS_LOCK_WHO_MAX];
    read_who(file, who);
    return ts_fail(err, TS_BUSY, "%s is in use by %s; waited %u s for it to end", thing,
                   *who ? who : "another process", wait_ms / 1000);
}

/* Keeps why there is no lock. */
static bool be_weak(ts_lock *lock, ts_err **why, ts_err **err)
{
    lock->weak = ts_strdup(ts_err_text(*why));
    ts_err_clear(why);
    return lock->weak != NULL || ts_fail_nomem(err);
}

static bool take(ts_lock *lock, const char *path, const char *thing, const char *what,
                 uint32_t wait_ms, ts_err **err)
{
    ts_err *why = NULL;
    uint64_t end = ts_clock_steady() + (uint64_t)wait_ms * 1000000u;
    lock->file = ts_file_open(path, TS_FILE_LOCK, false, &why);
    if (!lock->file)
        return be_weak(lock, &why, err);
    for (;;) {
        ts_file_lock_result result = ts_file_lock(lock->file, &why);
        if (result == TS_FILE_NO_LOCKS)
            return be_weak(lock, &why, err);
        if (result == TS_FILE_LOCKED)
            break;
        if (ts_clock_steady() >= end)
            return fail_busy(lock->file, thing, wait_ms, err);
        ts_sleep(POLL);
    }
    write_who(lock->file, what);
    return true;
}

ts_lock *ts_lock_take(const char *path, const char *thing, const char *what, uint32_t wait_ms,
                      ts_err **err)
{
    ts_lock *lock = ts_alloc(sizeof *lock);
    if (!lock) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (take(lock, path, thing, what, wait_ms, err))
        return lock;
    ts_file_close(lock->file);
    free(lock->weak);
    free(lock);
    return NULL;
}

const char *ts_lock_weak(const ts_lock *lock)
{
    return lock->weak;
}

void ts_lock_release(ts_lock *lock)
{
    if (!lock)
        return;
    if (lock->file && !lock->weak)
        (void)ts_file_truncate(lock->file, 0, NULL);
    ts_file_close(lock->file);
    free(lock->weak);
    free(lock);
}
