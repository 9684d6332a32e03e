/* wmi_date.c - WMI dates (DMTF form) and the shorter forms of WQL constants; without a time zone
 * they are UTC (rule WQL-DATE). */
#include <string.h>

#include <ts/text.h>
#include <ts/wql.h>

#define FULL_LENGTH 25u /* yyyymmddHHMMSS.ffffff+UUU */

static bool digits(const char **p, unsigned count, int *out)
{
    int value = 0;
    for (unsigned i = 0; i < count; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        value = value * 10 + (**p - '0');
    }
    *out = value;
    return true;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

typedef struct parts {
    int year, month, day, hour, minute, second, micro,
        offset; /* offset: minutes, local minus UTC */
} parts;

static bool make(const parts *d, int64_t *out)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->month < 1 || d->month > 12 || d->day < 1 || d->day > lengths[d->month - 1] ||
        d->hour > 23 || d->minute > 59 || d->second > 59)
        return false;
    int64_t seconds = days(d->year, d->month, d->day) * 86400 + d->hour * 3600 + d->minute * 60 +
                      d->second - (int64_t)d->offset * 60;
    *out = seconds * 1000000 + d->micro;
    return true;
}

bool ts_wmi_is_date(const char *text)
{
    if (!text || strlen(text) != FULL_LENGTH || text[14] != '.' ||
        (text[21] != '+' && text[21] != '-'))
        return false;
    for (size_t i = 0; i < FULL_LENGTH; i++)
        if (i != 14 && i != 21 && (text[i] < '0' || text[i] > '9'))
            return false;
    return true;
}

static bool full(const char *p, parts *d)
{
    bool negative = p[21] == '-';
    bool ok = digits(&p, 4, &d->year) && digits(&p, 2, &d->month) && digits(&p, 2, &d->day) &&
              digits(&p, 2, &d->hour) && digits(&p, 2, &d->minute) && digits(&p, 2, &d->second);
    p++;
    ok = ok && digits(&p, 6, &d->micro);
    p++;
    ok = ok && digits(&p, 3, &d->offset);
    if (negative)
        d->offset = -d->offset;
    return ok;
}

/* yyyymmdd, yyyy-mm-dd or mm/dd/yyyy */
static bool short_day(const char **p, parts *d)
{
    if (strspn(*p, "0123456789") >= 8)
        return digits(p, 4, &d->year) && digits(p, 2, &d->month) && digits(p, 2, &d->day);
    char mark = strlen(*p) > 4 && (*p)[4] == '-' ? '-' : '/';
    if (mark == '-')
        return digits(p, 4, &d->year) && *(*p)++ == '-' && digits(p, 2, &d->month) &&
               *(*p)++ == '-' && digits(p, 2, &d->day);
    return digits(p, 2, &d->month) && *(*p)++ == '/' && digits(p, 2, &d->day) && *(*p)++ == '/' &&
           digits(p, 4, &d->year);
}

/* HHMMSS, or hh:mm and hh:mm:ss behind a blank */
static bool short_time(const char *p, parts *d)
{
    if (!*p)
        return true;
    if (*p >= '0' && *p <= '9')
        return digits(&p, 2, &d->hour) && digits(&p, 2, &d->minute) && digits(&p, 2, &d->second) &&
               !*p;
    if (*p++ != ' ' || !digits(&p, 2, &d->hour) || *p++ != ':' || !digits(&p, 2, &d->minute))
        return false;
    if (*p == ':') {
        p++;
        if (!digits(&p, 2, &d->second))
            return false;
    }
    return !*p;
}

bool ts_wmi_date_parse(const char *text, int64_t *microseconds)
{
    parts d = {0};
    if (ts_wmi_is_date(text))
        return full(text, &d) && make(&d, microseconds);
    return text && short_day(&text, &d) && short_time(text, &d) && make(&d, microseconds);
}
