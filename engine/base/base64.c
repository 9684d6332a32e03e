/* base64.c - base64 (RFC 4648) to bytes. */
#include <string.h>

#include <ts/text.h>

/* The value of a digit, -1 for another character. */
static int digit_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ts_base64_decode(ts_buf *out, const char *text, ts_err **err)
{
    unsigned bits = 0, digits = 0, padding = 0;
    for (const char *c = text ? text : ""; *c; c++) {
        if (is_space(*c))
            continue;
        int value = digit_value(*c);
        if (*c == '=' && digits >= 2 && digits + padding < 4) {
            padding++;
            continue;
        }
        if (value < 0 || padding)
            return ts_fail(err, TS_SYNTAX, "no base64: character %zu is '%c'",
                           (size_t)(c - text) + 1, *c > ' ' && *c < 0x7F ? *c : '?');
        bits = bits << 6 | (unsigned)value;
        if (++digits == 4) {
            char bytes[3] = {(char)(bits >> 16 & 0xFF), (char)(bits >> 8 & 0xFF),
                             (char)(bits & 0xFF)};
            ts_buf_add(out, bytes, 3);
            bits = digits = 0;
        }
    }
    if (digits == 1 || (digits && padding && digits + padding != 4))
        return ts_fail(err, TS_SYNTAX, "no base64: it ends in the middle of a byte");
    if (digits >= 2)
        ts_buf_char(out, (char)(bits >> (digits == 2 ? 4 : 10) & 0xFF));
    if (digits == 3)
        ts_buf_char(out, (char)(bits >> 2 & 0xFF));
    return ts_buf_ok(out, "decoded base64", err);
}
