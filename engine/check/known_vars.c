/* known_vars.c - variables that exist without anybody in the sequence setting them. '#': digits. */
#include <string.h>

#include "known_vars.h"
#include "lint.h"

/* Windows: the environment of every process, and what cmd.exe makes up. */
static const char *const environment[] = {
    "ALLUSERSPROFILE",
    "APPDATA",
    "CD",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "COMPUTERNAME",
    "ComSpec",
    "DATE",
    "DriverData",
    "ERRORLEVEL",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "LOGONSERVER",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_ARCHITEW6432",
    "PROCESSOR_IDENTIFIER",
    "PROCESSOR_LEVEL",
    "PROCESSOR_REVISION",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "PROMPT",
    "PSModulePath",
    "PUBLIC",
    "RANDOM",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TIME",
    "TMP",
    "USERDNSDOMAIN",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "windir",
    NULL,
};

static const char *const *const tables[] = {lint_vars_configmgr, lint_vars_mdt, environment};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lint_known_var(const char *name)
{
    for (size_t t = 0; t < TS_COUNT(tables); t++)
        for (const char *const *known = tables[t]; *known; known++)
            if (ts_str_numbered(*known, name))
                return true;
    return false;
}

static bool only_digits_differ(const char *a, const char *b)
{
    size_t len = strlen(a);
    if (len != strlen(b))
        return false;
    for (size_t i = 0; i < len; i++)
        if (ts_str_ncasecmp(a + i, b + i, 1) != 0 && !(is_digit(a[i]) && is_digit(b[i])))
            return false;
    return true;
}

/* Short names resemble each other by chance. Names that differ in a number, or by a number at the
 * end, are members of a list. */
unsigned lint_near(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b);
    size_t shorter = x < y ? x : y, longer = x < y ? y : x;
    if (shorter < 5 || longer - shorter > 2 || only_digits_differ(a, b))
        return 0;
    const char *rest = (x < y ? b : a) + shorter;
    if (ts_str_ncasecmp(a, b, shorter) == 0 && strspn(rest, "0123456789") == strlen(rest))
        return 0;
    unsigned distance = ts_str_distance(a, b);
    return distance <= (shorter < 8 ? 1u : 2u) ? distance : 0;
}

const char *lint_known_near(const char *name, unsigned *distance)
{
    const char *best = NULL;
    for (size_t t = 0; t < TS_COUNT(tables); t++) {
        for (const char *const *known = tables[t]; *known; known++) {
            unsigned d = strchr(*known, '#') ? 0 : lint_near(name, *known);
            if (d > 0 && (!best || d < *distance)) {
                best = *known;
                *distance = d;
            }
        }
    }
    return best;
}
