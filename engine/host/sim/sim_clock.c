/* sim_clock.c - dates of the simulated clock, which starts where the profile says. */
#include <inttypes.h>
#include <string.h>

#include "sim.h"

#define DAY_MS INT64_C(86400000)

/* Days since 1970-01-01 of a date in the Gregorian calendar, counted in years from March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = years + era * 400 + (*month <= 2);
}

/* Exactly n digits at *p. */
static bool digits(const char **p, int n, int64_t *out)
{
    int64_t value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9') {
            return false;
        }
        value = value * 10 + (**p - '0');
    }
    *out = value;
    return true;
}

static bool literal(const char **p, char c)
{
    if (**p != c) {
        return false;
    }
    (*p)++;
    return true;
}

bool sim_date_parse(const char *text, int64_t *out)
{
    int64_t year, month, day, hour = 0, minute = 0, second = 0;
    const char *p = text;
    bool ok = digits(&p, 4, &year) && literal(&p, '-') && digits(&p, 2, &month) &&
              literal(&p, '-') && digits(&p, 2, &day);
    if (ok && (*p == 'T' || *p == ' ')) {
        p++;
        ok = digits(&p, 2, &hour) && literal(&p, ':') && digits(&p, 2, &minute);
        if (ok && *p == ':') {
            p++;
            ok = digits(&p, 2, &second);
        }
        p += ok && *p == 'Z';
    }
    if (!ok || *p || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 59) {
        return false;
    }
    *out = days_of(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
    return true;
}

typedef struct date {
    int64_t year, month, day, hour, minute, second, millisecond;
} date;

static date split(int64_t milliseconds)
{
    date d;
    int64_t days = milliseconds / DAY_MS - (milliseconds % DAY_MS < 0);
    int64_t rest = milliseconds - days * DAY_MS;
    date_of(days, &d.year, &d.month, &d.day);
    d.hour = rest / 3600000;
    d.minute = rest / 60000 % 60;
    d.second = rest / 1000 % 60;
    d.millisecond = rest % 1000;
    return d;
}

void sim_date_iso(ts_buf *out, int64_t milliseconds)
{
    date d = split(milliseconds);
    ts_buf_printf(
        out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "Z",
        d.year, d.month, d.day, d.hour, d.minute, d.second);
}

void sim_date_dmtf(ts_buf *out, int64_t milliseconds)
{
    date d = split(milliseconds);
    ts_buf_printf(out,
                  "%04" PRId64 "%02" PRId64 "%02" PRId64 "%02" PRId64 "%02" PRId64 "%02" PRId64
                  ".%03" PRId64 "000+000",
                  d.year, d.month, d.day, d.hour, d.minute, d.second, d.millisecond);
}
