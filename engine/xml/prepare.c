/* prepare.c - before the parser: encodings, and files that are no XML at all. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define SCAN_BYTES 4096u /* how much of the start decides whether a file is binary */

typedef enum encoding { EIGHT_BIT, UTF16_LE, UTF16_BE, UTF32 } encoding;

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Byte order mark, else the pattern of the first character: real XML begins with '<' or a blank. */
static encoding find_encoding(const unsigned char *data, size_t size, size_t *skip)
{
    *skip = 0;
    if (size >= 4 && ((data[0] == 0xFF && data[1] == 0xFE && data[2] == 0 && data[3] == 0) ||
                      (data[0] == 0 && data[1] == 0 && data[2] == 0xFE && data[3] == 0xFF)))
        return UTF32;
    if (size >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF) {
        *skip = 3;
        return EIGHT_BIT;
    }
    if (size >= 2 && data[0] == 0xFF && data[1] == 0xFE) {
        *skip = 2;
        return UTF16_LE;
    }
    if (size >= 2 && data[0] == 0xFE && data[1] == 0xFF) {
        *skip = 2;
        return UTF16_BE;
    }
    if (size >= 2 && data[1] == 0 && (data[0] == '<' || is_blank(data[0])))
        return UTF16_LE;
    if (size >= 2 && data[0] == 0 && (data[1] == '<' || is_blank(data[1])))
        return UTF16_BE;
    return EIGHT_BIT;
}

/* What a file that is no text may be, by its first bytes. */
static const char *binary_kind(const unsigned char *data, size_t size)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *kind;
    } kinds[] = {
        {"PK\3\4", 4, "a zip file"},
        {"MZ", 2, "a Windows program"},
        {"\x1F\x8B", 2, "a gzip file"},
        {"MSWIM\0\0\0", 8, "a WIM image"},
        {"\x7F"
         "ELF",
         4, "a program"},
        {"%PDF", 4, "a PDF file"},
        {"MSCF", 4, "a cabinet file"},
        {"\x89PNG", 4, "a picture"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && memcmp(data, kinds[i].magic, kinds[i].size) == 0)
            return kinds[i].kind;
    return "binary data";
}

static bool is_binary(const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size && i < SCAN_BYTES; i++)
        if (data[i] < 0x20 && !is_blank(data[i]))
            return true;
    return false;
}

static bool convert(const ts_xml_source *source, encoding from, size_t skip, ts_xml_bytes *out,
                    ts_err **err)
{
    const uint8_t *data = (const uint8_t *)source->data + skip;
    size_t size = source->size - skip;
    if (size % 2 != 0)
        return ts_xml_fail_at(source, TS_SYNTAX, 1, 1, err,
                              "the UTF-16 text has an odd number of bytes: the file is cut off");
    ts_buf_init(&out->owned, source->max * 2); /* UTF-8 takes up to 3 bytes for 2 */
    ts_utf8_from_utf16(&out->owned, data, size, from == UTF16_BE);
    if (!ts_buf_ok(&out->owned, source->file, err)) {
        ts_buf_done(&out->owned);
        return false;
    }
    out->data = ts_buf_text(&out->owned);
    out->size = out->owned.len;
    out->converted = true;
    return true;
}

/* The first character that is no blank must be '<'. */
static bool check_start(const ts_xml_source *source, const ts_xml_bytes *text, ts_err **err)
{
    uint32_t line = 1, column = 1;
    size_t i = 0;
    for (; i < text->size && is_blank((unsigned char)text->data[i]); i++) {
        column = text->data[i] == '\n' ? 1 : column + 1;
        line += text->data[i] == '\n';
    }
    const char *rest = text->data + i;
    size_t left = text->size - i;
    if (left == 0)
        return ts_xml_fail_at(source, TS_SYNTAX, line, column, err,
                              "the file holds only white space; expected %s", source->expected);
    if (*rest == '<')
        return true;
    if (left >= 4 && memcmp(rest, "&lt;", 4) == 0)
        return ts_xml_fail_at(source, TS_SYNTAX, line, column, err,
                              "the document is XML-escaped once: it begins with '&lt;' where '<' "
                              "is expected; decode &lt; &gt; &quot; and &amp; once and save it");
    return ts_xml_fail_at(source, TS_SYNTAX, line, column, err,
                          "this is not XML: expected '<' as the first character of %s",
                          source->expected);
}

bool ts_xml_prepare(const ts_xml_source *source, ts_xml_bytes *out, ts_err **err)
{
    *out = (ts_xml_bytes){.data = source->data, .size = source->size};
    if (source->size > source->max || source->size > INT32_MAX / 2) /* libxml2 takes an int */
        return ts_xml_fail_at(source, TS_LIMIT, 1, 1, err,
                              "%zu bytes are more than the limit of %zu for one document",
                              source->size, source->max);
    if (source->size == 0)
        return ts_xml_fail_at(source, TS_SYNTAX, 1, 1, err, "the file is empty; expected %s",
                              source->expected);
    size_t skip;
    encoding from = find_encoding(source->data, source->size, &skip);
    if (from == UTF32)
        return ts_xml_fail_at(source, TS_SYNTAX, 1, 1, err,
                              "the text is UTF-32; save it as UTF-8 or UTF-16");
    if (from != EIGHT_BIT && !convert(source, from, skip, out, err))
        return false;
    if (from == EIGHT_BIT) {
        out->data += skip;
        out->size -= skip;
    }
    bool ok;
    if (is_binary((const unsigned char *)out->data, out->size))
        ok = ts_xml_fail_at(source, TS_SYNTAX, 1, 1, err, "the file is %s; expected %s",
                            binary_kind((const unsigned char *)out->data, out->size),
                            source->expected);
    else
        ok = check_start(source, out, err);
    if (!ok)
        ts_buf_done(&out->owned);
    return ok;
}

/* --- Sniffing ------------------------------------------------------------------------------ */

/* Skips blanks, processing instructions and comments; the place behind '<' of the first element. */
static const char *first_element(const char *p, const char *end)
{
    for (;;) {
        while (p < end && is_blank((unsigned char)*p))
            p++;
        if (end - p < 2 || *p != '<')
            return NULL;
        const char *stop = ">";
        if (p[1] == '?')
            stop = "?>";
        else if (end - p >= 4 && memcmp(p, "<!--", 4) == 0)
            stop = "-->";
        else if (p[1] != '!')
            return p + 1;
        size_t n = strlen(stop);
        for (p += 2; (size_t)(end - p) >= n && memcmp(p, stop, n) != 0; p++)
            continue;
        if ((size_t)(end - p) < n)
            return NULL;
        p += n;
    }
}

void ts_xml_sniff(const void *data, size_t size, char *out, size_t out_size)
{
    size_t skip, n = 0;
    out[0] = 0;
    encoding from = find_encoding(data, size, &skip);
    if (from == UTF32)
        return;
    size_t step = from == EIGHT_BIT ? 1 : 2;
    const char *bytes = (const char *)data + skip;
    char head[SCAN_BYTES];
    size_t have = (size - skip) / step;
    if (step == 1 && have > 0) {
        const char *name = first_element(bytes, bytes + have);
        for (; name && name < bytes + have && n + 1 < out_size; name++) {
            if (is_blank((unsigned char)*name) || *name == '>' || *name == '/')
                break;
            out[n++] = *name;
        }
    } else if (step == 2) {
        have = have > sizeof head ? sizeof head : have;
        for (size_t i = 0; i < have; i++) /* names of our root elements are ASCII */
            head[i] = bytes[2 * i + (from == UTF16_BE ? 1 : 0)];
        ts_xml_sniff(head, have, out, out_size);
        return;
    }
    out[n] = 0;
    char *colon = strchr(out, ':');
    if (colon)
        memmove(out, colon + 1, strlen(colon));
}
