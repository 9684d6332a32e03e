/* utf8.c - validity, and UTF-16 to UTF-8. */
#include <string.h>

#include <ts/text.h>

/* Length of the sequence at p (1..4), 0 when it is not valid: overlong forms, surrogates and values
 * above U+10FFFF are not. */
static size_t sequence_length(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) ||
        (c == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

bool ts_utf8_valid(const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data;
    for (size_t i = 0; i < len;) {
        size_t n = sequence_length(p + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static void add_code_point(ts_buf *out, uint32_t c)
{
    if (c < 0x80) {
        ts_buf_char(out, (char)c);
    } else if (c < 0x800) {
        ts_buf_char(out, (char)(0xC0 | (c >> 6)));
        ts_buf_char(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        ts_buf_char(out, (char)(0xE0 | (c >> 12)));
        ts_buf_char(out, (char)(0x80 | ((c >> 6) & 0x3F)));
        ts_buf_char(out, (char)(0x80 | (c & 0x3F)));
    } else {
        ts_buf_char(out, (char)(0xF0 | (c >> 18)));
        ts_buf_char(out, (char)(0x80 | ((c >> 12) & 0x3F)));
        ts_buf_char(out, (char)(0x80 | ((c >> 6) & 0x3F)));
        ts_buf_char(out, (char)(0x80 | (c & 0x3F)));
    }
}

static uint32_t unit_at(const uint8_t *data, size_t i, bool big_endian)
{
    return big_endian ? (uint32_t)data[i] << 8 | data[i + 1] : (uint32_t)data[i + 1] << 8 | data[i];
}

void ts_utf8_from_utf16(ts_buf *out, const uint8_t *data, size_t len, bool big_endian)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint32_t c = unit_at(data, i, big_endian);
        if (c >= 0xD800 && c <= 0xDBFF && i + 3 < len) {
            uint32_t low = unit_at(data, i + 2, big_endian);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                add_code_point(out, 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00));
                i += 2;
                continue;
            }
        }
        add_code_point(out, c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c);
    }
    if (len % 2) /* half a unit at the end */
        add_code_point(out, 0xFFFD);
}

ts_text_mark ts_text_decode(ts_buf *out, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    if (size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        ts_utf8_from_utf16(out, bytes + 2, size - 2, bytes[0] == 0xFE);
        return TS_TEXT_UTF16_MARK;
    }
    bool marked = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
    ts_buf_add(out, bytes + (marked ? 3 : 0), size - (marked ? 3 : 0));
    return marked ? TS_TEXT_UTF8_MARK : TS_TEXT_NO_MARK;
}
