/* sim_clock.c - dates of the simulated clock, which starts where the profile says. */
#include <ts/time.h>

#include "sim.h"

bool sim_date_parse(const char *text, int64_t *out)
{
    ts_civil t;
    if (!ts_civil_parse(text, &t))
        return false;
    *out = ts_time_from_civil(&t);
    return true;
}

void sim_date_iso(ts_buf *out, int64_t milliseconds)
{
    ts_civil t = ts_time_civil(milliseconds);
    ts_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute,
                  t.second);
}

void sim_date_dmtf(ts_buf *out, int64_t milliseconds)
{
    ts_civil t = ts_time_civil(milliseconds);
    ts_buf_printf(out, "%04d%02d%02d%02d%02d%02d.%03d000+000", t.year, t.month, t.day, t.hour,
                  t.minute, t.second, t.millisecond);
}
