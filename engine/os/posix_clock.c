/* posix_clock.c - clocks, identity and random numbers on POSIX systems. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ts/mem.h>

#include "os.h"

int64_t ts_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t ts_clock_steady(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Seconds of a time in milliseconds; before 1970 it rounds down, as the calendar does. */
static time_t whole_seconds(int64_t at)
{
    return (time_t)(at / 1000 - (at % 1000 < 0 ? 1 : 0));
}

int ts_clock_bias(int64_t at)
{
    time_t seconds = whole_seconds(at);
    struct tm local = {0};
    if (!localtime_r(&seconds, &local))
        return 0;
    return (int)(-local.tm_gmtoff / 60);
}

void ts_clock_local(int64_t at, int *year, int *month, int *day, int *hour, int *minute,
                    int *second)
{
    time_t seconds = whole_seconds(at);
    struct tm local = {0};
    if (!localtime_r(&seconds, &local))
        local = (struct tm){.tm_year = 70, .tm_mday = 1};
    *year = local.tm_year + 1900;
    *month = local.tm_mon + 1;
    *day = local.tm_mday;
    *hour = local.tm_hour;
    *minute = local.tm_min;
    *second = local.tm_sec;
}

void ts_sleep(uint32_t milliseconds)
{
    struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

uint32_t ts_thread_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

uint32_t ts_process_id(void)
{
    return (uint32_t)getpid();
}

char *ts_machine_name(ts_err **err)
{
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name - 1) != 0) {
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot ask for this machine's name");
        return NULL;
    }
    char *copy = ts_strdup(name);
    if (!copy)
        ts_fail_nomem(err);
    return copy;
}

const char *ts_env_get(const char *name)
{
    return getenv(name);
}

bool ts_random(void *out, size_t size, ts_err **err)
{
    unsigned char *at = out;
    while (size > 0) {
        ssize_t n = getrandom(at, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot get random numbers");
        at += n;
        size -= (size_t)n;
    }
    return true;
}
