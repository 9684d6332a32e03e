/* ts/time.h - calendar arithmetic without a time zone; the same on every platform. */
#ifndef TS_TIME_H
#define TS_TIME_H

#include <stdint.h>

typedef struct ts_civil {
    int year, month, day, hour, minute, second; /* month and day from 1 */
    int millisecond;
} ts_civil;

/* Milliseconds since 1970-01-01 to the proleptic Gregorian calendar, and back (fields in range). */
ts_civil ts_time_civil(int64_t milliseconds);
int64_t ts_time_from_civil(const ts_civil *civil);

#endif
