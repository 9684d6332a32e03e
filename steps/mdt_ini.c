/* mdt_ini.c - files of MDT's rules. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "mdt_ini.h"

/* Bytes that are no UTF-8 are taken for Windows' western code page, where 0xA0 to 0xFF are the
 * characters of these numbers. */
static void add_western(ts_buf *out, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c >= 0x80)
            ts_buf_char(out, (char)(0xc0 | c >> 6));
        ts_buf_char(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
    }
}

static bool to_utf8(mdt_ini *ini, const char *data, size_t size, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, 4 * (size_t)MDT_INI_MAX);
    ts_text_mark mark = ts_text_decode(&text, data, size);
    if (mark == TS_TEXT_UTF16_MARK) {
        ini->note = "the file is UTF-16, which MDT itself cannot read: save it as ANSI or UTF-8 "
                    "without a byte order mark";
    } else if (mark == TS_TEXT_UTF8_MARK) {
        ini->note = "the file begins with a byte order mark, which hides its first section from "
                    "MDT itself: save it without one";
    } else if (!ts_utf8_valid(data, size)) {
        ts_buf_clear(&text);
        add_western(&text, data, size);
    }
    bool ok = ts_buf_ok(&text, "file of rules", err);
    if (ok && strlen(ts_buf_text(&text)) != text.len)
        ok = ts_fail(err, TS_SYNTAX, "the file is no text: it holds NUL characters");
    ini->text = ok ? ts_strdup(ts_buf_text(&text)) : NULL;
    ts_buf_done(&text);
    return !ok || ini->text ? ok : ts_fail_nomem(err);
}

/* Room for one more of `n` members: the capacity is the next power of two. */
static bool grow(void **members, size_t n, size_t size, ts_err **err)
{
    if (n & (n - 1))
        return true;
    void *bigger = ts_realloc_array(*members, n ? 2 * n : 1, size);
    if (!bigger)
        return ts_fail_nomem(err);
    *members = bigger;
    return true;
}

static bool add_section(mdt_ini *ini, char *name, unsigned line, ts_err **err)
{
    void *sections = ini->sections;
    if (ini->n_sections == MDT_INI_SECTIONS_MAX)
        return ts_fail(err, TS_LIMIT, "line %u: more than %u sections", line, MDT_INI_SECTIONS_MAX);
    bool ok = grow(&sections, ini->n_sections, sizeof *ini->sections, err);
    ini->sections = sections;
    if (ok)
        ini->sections[ini->n_sections++] = (mdt_ini_section){
            .name = ts_str_trim(name), .line = line, .first = ini->n_keys};
    return ok;
}

static bool add_key(mdt_ini *ini, char *text, char *equals, unsigned line, ts_err **err)
{
    void *keys = ini->keys;
    if (ini->n_keys == MDT_INI_KEYS_MAX)
        return ts_fail(err, TS_LIMIT, "line %u: more than %u keys", line, MDT_INI_KEYS_MAX);
    bool ok = grow(&keys, ini->n_keys, sizeof *ini->keys, err);
    ini->keys = keys;
    if (!ok)
        return false;
    *equals = '\0';
    ini->keys[ini->n_keys++] = (mdt_ini_key){
        .name = ts_str_trim(text), .value = ts_str_trim(equals + 1), .line = line};
    ini->sections[ini->n_sections - 1].count++;
    return true;
}

static bool add_line(mdt_ini *ini, char *line, unsigned number, ts_err **err)
{
    line = ts_str_trim(line);
    if (*line == '[') {
        char *end = strchr(line, ']');
        if (end)
            *end = '\0';
        return add_section(ini, line + 1, number, err);
    }
    char *equals = strchr(line, '=');
    return !equals || !ini->n_sections || add_key(ini, line, equals, number, err);
}

bool mdt_ini_parse(mdt_ini *ini, const char *data, size_t size, ts_err **err)
{
    *ini = (mdt_ini){0};
    if (size > MDT_INI_MAX)
        return ts_fail(err, TS_LIMIT, "the file has %zu bytes, more than the limit of %u", size,
                       MDT_INI_MAX);
    if (!to_utf8(ini, data, size, err))
        return false;
    unsigned number = 1;
    const char *end = ini->text + strlen(ini->text);
    for (char *line = ini->text, *next; line; line = next, number++) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (next)
            *next++ = '\0';
        if (!add_line(ini, line, number, err))
            return false;
    }
    return true;
}

void mdt_ini_done(mdt_ini *ini)
{
    free(ini->text);
    free(ini->sections);
    free(ini->keys);
    *ini = (mdt_ini){0};
}

const mdt_ini_section *mdt_ini_find(const mdt_ini *ini, const char *section)
{
    for (size_t i = 0; i < ini->n_sections; i++)
        if (ts_str_ieq(ini->sections[i].name, section))
            return &ini->sections[i];
    return NULL;
}

const mdt_ini_key *mdt_ini_key_of(const mdt_ini *ini, const mdt_ini_section *section,
                                  const char *name)
{
    for (size_t i = 0; i < section->count; i++)
        if (ts_str_ieq(ini->keys[section->first + i].name, name))
            return &ini->keys[section->first + i];
    return NULL;
}
