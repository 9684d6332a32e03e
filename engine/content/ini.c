/* ini.c - reads the .INI files of a content library. */
#include "ini.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

/* The text as UTF-8: Windows writes such files in its code page, or in UTF-16 with a mark. */
static bool decode(const uint8_t *data, size_t size, ts_buf *out)
{
    bool little = size >= 2 && data[0] == 0xFF && data[1] == 0xFE;
    bool big = size >= 2 && data[0] == 0xFE && data[1] == 0xFF;
    if (little || big) {
        ts_utf8_from_utf16(out, data + 2, size - 2, big);
    } else {
        size_t mark = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        ts_buf_add(out, data + mark, size - mark);
    }
    return out->len == 0 || !memchr(out->data, 0, out->len);
}

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
    bool clean = decode(data, size, &text);
    bool ok = ts_buf_ok(&text, file, err);
    if (ok && !clean)
        ok = ts_fail(err, TS_SYNTAX, "'%s' is no text file", file);
    ok = ok && (text.len == 0 || each_line(file, text.data, text.data + text.len, tell, ctx, err));
    ts_buf_done(&text);
    return ok;
}
