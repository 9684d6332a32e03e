/* smbios.c - the structures of an SMBIOS table (DMTF DSP0134, "Structure standards"). The bytes
 * come from firmware, and firmware lies: nothing is believed beyond the end of the table. */
#include <string.h>

#include "linux_wmi.h"

#define HEADER   4u
#define TYPE_END 127u

/* Bytes of the strings behind the formatted part, with the two zeros that end them; 0: no end. */
static size_t strings_size(const unsigned char *p, size_t left)
{
    for (size_t i = 0; i + 1 < left; i++) {
        if (p[i] == 0 && p[i + 1] == 0)
            return i + 2;
    }
    return 0;
}

bool ts_smbios_next(const unsigned char *table, size_t size, size_t *at, ts_smbios *out)
{
    if (*at >= size || size - *at < HEADER)
        return false;
    const unsigned char *p = table + *at;
    size_t left = size - *at;
    size_t length = p[1];
    if (p[0] == TYPE_END || length < HEADER || length > left)
        return false;
    size_t strings = strings_size(p + length, left - length);
    if (strings == 0)
        return false;
    *out = (ts_smbios){.data = p, .length = length, .total = length + strings};
    *at += out->total;
    return true;
}

unsigned ts_smbios_number(const ts_smbios *s, size_t offset, size_t bytes)
{
    unsigned number = 0;
    if (offset + bytes > s->length || bytes > 4)
        return 0;
    for (size_t i = bytes; i > 0; i--)
        number = number << 8 | s->data[offset + i - 1];
    return number;
}

const char *ts_smbios_text(const ts_smbios *s, size_t offset)
{
    unsigned wanted = ts_smbios_number(s, offset, 1);
    const char *p = (const char *)s->data + s->length;
    const char *end = (const char *)s->data + s->total;
    for (unsigned i = 1; wanted != 0 && p < end && *p != '\0'; i++) {
        if (i == wanted)
            return p;
        p += strlen(p) + 1; /* the table ends in two zeros, so this stays inside */
    }
    return NULL;
}
