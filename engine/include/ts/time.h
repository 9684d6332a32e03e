/* ts/time.h - calendar arithmetic without a time zone; the same on every platform. */
#ifndef TS_TIME_H
#define TS_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ts_civil {
    int year, month, day, hour, minute, second; /* month and day from 1 */
    int millisecond;
} ts_civil;

/* Milliseconds since 1970-01-01 to the proleptic Gregorian calendar, and back (fields in range). */
ts_civil ts_time_civil(int64_t milliseconds);
int64_t ts_time_from_civil(const ts_civil *civil);
/* "2026-11-22", or with a time: "2026-11-22T10:00", "2026-11-22 10:00:00.123Z". false: no such
 * date.
 */
bool ts_civil_parse(const char *text, ts_civil *out);

#endif
