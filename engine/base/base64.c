/* base64.c - base64 (RFC 4648). */
#include <string.h>

#include <ts/text.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ts_base64_encode(ts_buf *out, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < len ? (uint32_t)p[i + 2] : 0;
        ts_buf_char(out, digits[v >> 18 & 63]);
        ts_buf_char(out, digits[v >> 12 & 63]);
        ts_buf_char(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
        ts_buf_char(out, i + 2 < len ? digits[v & 63] : '=');
    }
}

/* The value of a digit, -1 for another character. */
static int digit_value(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ts_base64_decode(ts_buf *out, const char *text, ts_err **err)
{
    unsigned bits = 0, n = 0, padding = 0;
    for (const char *c = text ? text : ""; *c; c++) {
        if (is_space(*c))
            continue;
        int value = digit_value(*c);
        if (*c == '=' && n >= 2 && n + padding < 4) {
            padding++;
            continue;
        }
        if (value < 0 || padding)
            return ts_fail(err, TS_SYNTAX, "no base64: character %zu is '%c'",
                           (size_t)(c - text) + 1, *c > ' ' && *c < 0x7F ? *c : '?');
        bits = bits << 6 | (unsigned)value;
        if (++n == 4) {
            char bytes[3] = {(char)(bits >> 16 & 0xFF), (char)(bits >> 8 & 0xFF),
                             (char)(bits & 0xFF)};
            ts_buf_add(out, bytes, 3);
            bits = n = 0;
        }
    }
    if (n == 1 || (n && padding && n + padding != 4))
        return ts_fail(err, TS_SYNTAX, "no base64: it ends in the middle of a byte");
    if (n >= 2)
        ts_buf_char(out, (char)(bits >> (n == 2 ? 4 : 10) & 0xFF));
    if (n == 3)
        ts_buf_char(out, (char)(bits >> 2 & 0xFF));
    return ts_buf_ok(out, "decoded base64", err);
}
