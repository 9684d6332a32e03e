/* facts.c - what steps ask of the machine's facts. */
#include "facts.h"

#include <stdlib.h>

#include <ts/text.h>

#include "helpers.h"

#define VERSION_PARTS  4u
#define VERSION_DIGITS 9u /* of one part; more does not fit 32 bits */

char *ts_step_fact(ts_ctx *c, ts_fact fact, ts_result *out, ts_err **err)
{
    char *text = NULL;
    ts_err *why = NULL;
    if (ts_host_fact(ts_ctx_host(c), fact, &text, &why))
        return text;
    ts_wrap(&why, "cannot find out '%s' of this machine", ts_fact_id(fact));
    ts_step_own(out, why, err);
    return NULL;
}

static bool read_version(const char *text, uint32_t parts[VERSION_PARTS])
{
    for (unsigned i = 0; i < VERSION_PARTS; i++) {
        unsigned digits = 0;
        parts[i] = 0;
        for (; *text >= '0' && *text <= '9'; text++, digits++)
            parts[i] = parts[i] * 10 + (uint32_t)(*text - '0');
        if (digits == 0 || digits > VERSION_DIGITS)
            return false;
        if (!*text) {
            while (++i < VERSION_PARTS)
                parts[i] = 0;
            return true;
        }
        if (*text++ != '.')
            return false;
    }
    return false; /* a fifth part */
}

int ts_step_compare_versions(const char *a, const char *b, bool *valid)
{
    uint32_t left[VERSION_PARTS], right[VERSION_PARTS];
    *valid = read_version(a, left) && read_version(b, right);
    for (unsigned i = 0; *valid && i < VERSION_PARTS; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}
