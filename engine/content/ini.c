/* ini.c - reads the .INI files of a content library. */
#include "ini.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

static bool one_line(const char *file, char *text, unsigned line, char *section, ts_ini_line tell,
                     void *ctx, ts_err **err)
{
    text = ts_str_trim(text);
    size_t len = strlen(text);
    if (len == 0 || *text == ';')
        return true;
    if (*text == '[') {
        if (text[len - 1] != ']' || len == 2)
            return ts_fail(err, TS_SYNTAX, "%s:%u: a section is written '[name]'", file, line);
        memcpy(section, text + 1, len - 2);
        section[len - 2] = '\0';
        return true;
    }
    char *equals = strchr(text, '=');
    char *value = equals ? equals + 1 : text + len;
    if (equals)
        *equals = '\0';
    text = ts_str_trim(text);
    if (!*text)
        return ts_fail(err, TS_SYNTAX, "%s:%u: there is no name before '='", file, line);
    return tell(ctx, section, text, ts_str_trim(value), line, err);
}

static bool each_line(const char *file, char *text, const char *end, ts_ini_line tell, void *ctx,
                      ts_err **err)
{
    char section[TS_INI_LINE_MAX] = "";
    unsigned line = 0;
    for (char *next = text; next;) {
        char *at = next;
        next = memchr(at, '\n', (size_t)(end - at));
        if (next)
            *next++ = '\0';
        line++;
        if (strlen(at) >= TS_INI_LINE_MAX)
            return ts_fail(err, TS_LIMIT, "%s:%u: the line has more than %u bytes", file, line,
                           TS_INI_LINE_MAX - 1);
        if (!one_line(file, at, line, section, tell, ctx, err))
            return false;
    }
    return true;
}

bool ts_ini_read(const char *file, const void *data, size_t size, ts_ini_line tell, void *ctx,
                 ts_err **err)
{
    ts_buf text;
    if (size > TS_INI_BYTES_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' has more than %u bytes", file, TS_INI_BYTES_MAX);
    ts_buf_init(&text, 2u * TS_INI_BYTES_MAX); /* two bytes of UTF-16 may be three of UTF-8 */
    ts_text_decode(&text, data, size);         /* else Windows' code page, as it is */
    bool ok = ts_buf_ok(&text, file, err);
    if (ok && text.len > 0 && memchr(text.data, 0, text.len))
        ok = ts_fail(err, TS_SYNTAX, "'%s' is no text file", file);
    ok = ok && (text.len == 0 || each_line(file, text.data, text.data + text.len, tell, ctx, err));
    ts_buf_done(&text);
    return ok;
}
