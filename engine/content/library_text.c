/* library_text.c - what the .INI files of a content library say. Microsoft documents the folders
 * ("The content library in Configuration Manager"); the names inside are those that public scripts
 * of administrators read. What is not known is left alone. */
#include "import_library.h"

#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "ini.h"

#define CONTENTS_MAX 10000u

/* FILETIME counts 100 ns since 1601. */
#define FILETIME_1970 INT64_C(116444736000000000)

uint64_t ts_library_content_version(const char *content, const char *package)
{
    size_t len = strlen(package);
    int64_t n = 0;
    if (ts_str_ncasecmp(content, package, len) != 0 || content[len] != '.' ||
        strspn(content + len + 1, "0123456789") != strlen(content + len + 1) ||
        !ts_str_int64(content + len + 1, &n))
        return 0;
    return (uint64_t)n;
}

typedef struct package_reader {
    const char *file;
    ts_arena *arena;
    ts_library_package *out;
    size_t room;
} package_reader;

static bool add_content(package_reader *r, const char *name, unsigned line, ts_err **err)
{
    ts_library_package *p = r->out;
    if (strpbrk(name, "/\\") || !ts_path_is_inside(name))
        return ts_fail(err, TS_REFUSED, "%s:%u: '%s' is no name of a content folder", r->file, line,
                       name);
    if (p->n_contents == CONTENTS_MAX)
        return ts_fail(err, TS_LIMIT, "%s:%u: more than %u contents", r->file, line, CONTENTS_MAX);
    if (p->n_contents == r->room) { /* an arena cannot grow an array: the old one stays there */
        size_t room = r->room ? r->room * 2 : 8;
        const char **more = ts_arena_alloc(r->arena, room * sizeof *more);
        if (!more)
            return ts_fail_nomem(err);
        if (p->n_contents)
            memcpy(more, p->contents, p->n_contents * sizeof *more);
        p->contents = more;
        r->room = room;
    }
    p->contents[p->n_contents] = ts_arena_strdup(r->arena, name);
    return p->contents[p->n_contents++] != NULL || ts_fail_nomem(err);
}

static bool package_line(void *ctx, const char *section, const char *name, const char *value,
                         unsigned line, ts_err **err)
{
    package_reader *r = ctx;
    int64_t n = 0;
    if (ts_str_ieq(section, "Packages"))
        return add_content(r, name, line, err);
    if (ts_str_ieq(section, "Info") && ts_str_ieq(name, "Version")) {
        if (!ts_str_int64(value, &n) || n < 1)
            return ts_fail(err, TS_SYNTAX, "%s:%u: '%s' is no version", r->file, line, value);
        r->out->version = (uint64_t)n;
    }
    return true;
}

bool ts_library_package_read(const char *file, const void *data, size_t size, ts_arena *arena,
                             ts_library_package *out, ts_err **err)
{
    ts_library_package p = {.version = 0};
    package_reader r = {.file = file, .arena = arena, .out = &p};
    if (!ts_ini_read(file, data, size, package_line, &r, err))
        return false;
    if (p.version == 0 && p.n_contents == 0)
        return ts_fail(err, TS_SYNTAX,
                       "'%s' names no content: neither [Info] Version nor [Packages]", file);
    *out = p;
    return true;
}

typedef struct file_reader {
    const char *file;
    ts_library_file out;
} file_reader;

static bool read_hash(file_reader *r, const char *value, unsigned line, ts_err **err)
{
    if (strlen(value) != 64 || strspn(value, "0123456789abcdefABCDEF") != 64)
        return ts_fail(err, TS_SYNTAX, "%s:%u: '%s' is no SHA-256 (64 hexadecimal digits)", r->file,
                       line, value);
    for (size_t i = 0; i < 65; i++)
        r->out.sha256[i] = (char)(value[i] >= 'A' && value[i] <= 'F' ? value[i] + 32 : value[i]);
    return true;
}

static bool file_line(void *ctx, const char *section, const char *name, const char *value,
                      unsigned line, ts_err **err)
{
    file_reader *r = ctx;
    int64_t n = 0;
    if (!ts_str_ieq(section, "File"))
        return true;
    if (ts_str_ieq(name, "Hash"))
        return read_hash(r, value, line, err);
    if (ts_str_ieq(name, "Size")) {
        if (!ts_str_int64(value, &n) || n < 0)
            return ts_fail(err, TS_SYNTAX, "%s:%u: '%s' is no size", r->file, line, value);
        r->out.size = (uint64_t)n;
    }
    if (ts_str_ieq(name, "TimeModified") && ts_str_int64(value, &n) && n > FILETIME_1970)
        r->out.modified = (n - FILETIME_1970) / 10000;
    return true;
}

bool ts_library_file_read(const char *file, const void *data, size_t size, ts_library_file *out,
                          ts_err **err)
{
    file_reader r = {.file = file, .out = {.size = UINT64_MAX}};
    if (!ts_ini_read(file, data, size, file_line, &r, err))
        return false;
    *out = r.out;
    return true;
}
