/* time.c - days to dates and back (Howard Hinnant's public-domain "chrono-compatible low-level date
 * algorithms": years begin in March, eras are 400 years). */
#include <ts/time.h>

#define DAY_MS 86400000

ts_civil ts_time_civil(int64_t milliseconds)
{
    int64_t days = milliseconds / DAY_MS, rest = milliseconds % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        days--;
    }
    int64_t z = days + 719468; /* 0000-03-01 */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    return (ts_civil){.year = (int)(yoe + era * 400 + (month <= 2 ? 1 : 0)),
                      .month = (int)month,
                      .day = (int)(doy - (153 * mp + 2) / 5 + 1),
                      .hour = (int)(rest / 3600000),
                      .minute = (int)(rest / 60000 % 60),
                      .second = (int)(rest / 1000 % 60),
                      .millisecond = (int)(rest % 1000)};
}

int64_t ts_time_from_civil(const ts_civil *c)
{
    int64_t y = c->year - (c->month <= 2 ? 1 : 0);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (c->month > 2 ? c->month - 3 : c->month + 9) + 2) / 5 + c->day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    int64_t days = era * 146097 + doe - 719468;
    return ((days * 24 + c->hour) * 60 + c->minute) * 60000 + c->second * 1000 + c->millisecond;
}

/* Exactly n digits at *p. */
static bool digits(const char **p, unsigned n, int *out)
{
    int value = 0;
    for (unsigned i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        value = value * 10 + (**p - '0');
    }
    *out = value;
    return true;
}

static bool skip(const char **p, char c)
{
    bool there = **p == c;
    *p += there;
    return there;
}

bool ts_civil_parse(const char *text, ts_civil *out)
{
    ts_civil t = {0};
    const char *p = text;
    bool ok = digits(&p, 4, &t.year) && skip(&p, '-') && digits(&p, 2, &t.month) && skip(&p, '-') &&
              digits(&p, 2, &t.day);
    if (ok && (skip(&p, 'T') || skip(&p, ' '))) {
        ok = digits(&p, 2, &t.hour) && skip(&p, ':') && digits(&p, 2, &t.minute) &&
             (!skip(&p, ':') ||
              (digits(&p, 2, &t.second) && (!skip(&p, '.') || digits(&p, 3, &t.millisecond))));
        skip(&p, 'Z');
    }
    if (!ok || *p || t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31 || t.hour > 23 ||
        t.minute > 59 || t.second > 59)
        return false;
    *out = t;
    return true;
}
