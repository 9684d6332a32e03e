/* win32_clock.c - clocks, identity, environment and random numbers on Windows. */
#include <stdlib.h>

#include "win32_parts.h"

#include <bcrypt.h>

#include <ts/mem.h>

#define NAME_MAX_CHARS 256
#define EPOCH_TICKS    INT64_C(116444736000000000) /* 1601 to 1970 in units of 100 ns */

static int64_t ticks_of(const FILETIME *time)
{
    return (int64_t)((uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime);
}

int64_t ts_clock_now(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    return (ticks_of(&now) - EPOCH_TICKS) / 10000;
}

uint64_t ts_clock_steady(void)
{
    LARGE_INTEGER rate;
    LARGE_INTEGER now;
    QueryPerformanceFrequency(&rate);
    QueryPerformanceCounter(&now);
    uint64_t per_second = (uint64_t)rate.QuadPart;
    uint64_t count = (uint64_t)now.QuadPart;
    return count / per_second * 1000000000u + count % per_second * 1000000000u / per_second;
}

static bool local_time(int64_t at, SYSTEMTIME *utc, SYSTEMTIME *local)
{
    uint64_t ticks = (uint64_t)(at * 10000 + EPOCH_TICKS);
    FILETIME time = {.dwLowDateTime = (DWORD)(ticks & 0xffffffffu),
                     .dwHighDateTime = (DWORD)(ticks >> 32)};
    return FileTimeToSystemTime(&time, utc) && SystemTimeToTzSpecificLocalTime(NULL, utc, local);
}

int ts_clock_bias(int64_t at)
{
    SYSTEMTIME utc;
    SYSTEMTIME local;
    FILETIME a;
    FILETIME b;
    if (!local_time(at, &utc, &local) || !SystemTimeToFileTime(&utc, &a) ||
        !SystemTimeToFileTime(&local, &b))
        return 0;
    return (int)((ticks_of(&a) - ticks_of(&b)) / 600000000);
}

void ts_clock_local(int64_t at, int *year, int *month, int *day, int *hour, int *minute,
                    int *second)
{
    SYSTEMTIME utc;
    SYSTEMTIME local;
    if (!local_time(at, &utc, &local))
        local = (SYSTEMTIME){.wYear = 1970, .wMonth = 1, .wDay = 1};
    *year = local.wYear;
    *month = local.wMonth;
    *day = local.wDay;
    *hour = local.wHour;
    *minute = local.wMinute;
    *second = local.wSecond;
}

void ts_sleep(uint32_t milliseconds)
{
    Sleep(milliseconds == INFINITE ? milliseconds - 1 : milliseconds);
}

uint32_t ts_thread_id(void)
{
    return GetCurrentThreadId();
}

uint32_t ts_process_id(void)
{
    return GetCurrentProcessId();
}

char *ts_machine_name(ts_err **err)
{
    wchar_t name[NAME_MAX_CHARS] = L"";
    DWORD n = NAME_MAX_CHARS;
    if (GetComputerNameExW(ComputerNameDnsHostname, name, &n))
        return ts_narrow(name, err);
    ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot ask for this machine's name");
    return NULL;
}

/* The C run-time's getenv answers in the code page of the system; this one in UTF-8. */
const char *ts_env_get(const char *name)
{
    static _Thread_local char *last; /* what was borrowed last */
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, NULL);
    ts_free_ptr(&last);
    DWORD size = wide ? GetEnvironmentVariableW(wide, NULL, 0) : 0;
    TS_CLEANUP(ts_free_ptr) wchar_t *value = size ? ts_alloc_array(size, sizeof(*value)) : NULL;
    if (!value || GetEnvironmentVariableW(wide, value, size) >= size)
        return NULL;
    last = ts_narrow(value, NULL);
    return last;
}

bool ts_random(void *out, size_t size, ts_err **err)
{
    unsigned char *at = out;
    while (size > 0) {
        ULONG part = size > (1u << 20) ? 1u << 20 : (ULONG)size;
        NTSTATUS status = BCryptGenRandom(NULL, at, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        if (status != 0)
            return ts_fail(err, TS_OS, "cannot get random numbers (NTSTATUS 0x%08lx)",
                           (unsigned long)status);
        at += part;
        size -= part;
    }
    return true;
}
