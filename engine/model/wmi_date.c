/* wmi_date.c - WMI dates (DMTF form) and the shorter forms of WQL constants; without a time zone
 * they are UTC (rule WQL-DATE). */
#include <string.h>

#include <ts/text.h>
#include <ts/time.h>
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
    const ts_civil t = {.year = d->year,
                        .month = d->month,
                        .day = d->day,
                        .hour = d->hour,
                        .minute = d->minute,
                        .second = d->second};
    *out = (ts_time_from_civil(&t) - (int64_t)d->offset * 60000) * 1000 + d->micro;
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
