/* path.c - paths as text. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

const char *ts_path_base(const char *path)
{
    const char *base = path;
    for (const char *p = path; *p; p++)
        if (is_separator(*p) && p[1])
            base = p + 1;
    return base;
}

char *ts_path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    bool has = n > 0 && is_separator(dir[n - 1]);
    return ts_sprintf("%s%s%s", dir, has || n == 0 ? "" : "/", name);
}

char *ts_path_dir(const char *path)
{
    size_t n = (size_t)(ts_path_base(path) - path);
    if (n == 0)
        return ts_strdup(is_separator(path[0]) ? "/" : ".");
    while (n > 1 && is_separator(path[n - 1]) && path[n - 2] != ':')
        n--;
    return ts_strndup(path, n);
}

static bool has_drive(const char *path)
{
    char c = path[0];
    return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && path[1] == ':';
}

bool ts_path_is_absolute(const char *path)
{
    return is_separator(path[0]) || (has_drive(path) && is_separator(path[2]));
}

/* Windows opens a device for these names, with any extension, in any folder. */
static bool is_reserved(const char *name, size_t len)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    const char *dot = memchr(name, '.', len);
    size_t stem = dot ? (size_t)(dot - name) : len;
    while (stem > 0 && name[stem - 1] == ' ')
        stem--;
    for (size_t i = 0; i < TS_COUNT(devices); i++)
        if (stem == strlen(devices[i]) && ts_str_ncasecmp(name, devices[i], stem) == 0)
            return true;
    return stem == 4 && name[3] >= '0' && name[3] <= '9' &&
           (ts_str_ncasecmp(name, "COM", 3) == 0 || ts_str_ncasecmp(name, "LPT", 3) == 0);
}

static bool component_is_safe(const char *name, size_t len)
{
    if (len == 0 || name[len - 1] == '.' || name[len - 1] == ' ') /* also "." and ".." */
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || strchr("<>:\"|?*", name[i]))
            return false;
    return !is_reserved(name, len);
}

bool ts_path_is_inside(const char *path)
{
    if (!*path)
        return false;
    const char *start = path;
    for (const char *p = path;; p++) {
        if (*p && !is_separator(*p))
            continue;
        if (!component_is_safe(start, (size_t)(p - start)))
            return false;
        if (!*p)
            return true;
        start = p + 1;
    }
}
