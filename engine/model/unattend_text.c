/* unattend_text.c - values of an answer file: passwords, computer names, time zones. */
#include <ts/unattend.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(ts_buf *out, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i += 3) {
        uint32_t v = (uint32_t)data[i] << 16;
        v |= i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0;
        v |= i + 2 < size ? data[i + 2] : 0;
        ts_buf_char(out, alphabet[v >> 18]);
        ts_buf_char(out, alphabet[(v >> 12) & 63]);
        ts_buf_char(out, i + 1 < size ? alphabet[(v >> 6) & 63] : '=');
        ts_buf_char(out, i + 2 < size ? alphabet[v & 63] : '=');
    }
}

static void put_unit(ts_buf *out, uint32_t unit)
{
    ts_buf_char(out, (char)(unit & 0xFF));
    ts_buf_char(out, (char)(unit >> 8));
}

/* UTF-8 (valid) as UTF-16LE. */
static void utf16(ts_buf *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        unsigned more = *p < 0x80 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
        uint32_t c = more ? *p & (0x3Fu >> more) : *p;
        for (p++; more > 0 && *p; more--)
            c = c << 6 | (*p++ & 0x3F);
        if (c >= 0x10000) {
            put_unit(out, 0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        put_unit(out, c);
    }
}

bool ts_unattend_set_password(ts_unattend *u, ts_unattend_pass pass, const char *component,
                              const char *path, const char *password, ts_err **err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    ts_buf units;
    ts_buf text;
    ts_buf_init(&units, 8192);
    ts_buf_init(&text, 16384);
    bool ok = ts_utf8_valid(password, strlen(password)) ||
              ts_fail(err, TS_SCHEMA, "the password is not valid UTF-8");
    if (ok) {
        utf16(&units, password);
        if (units.over_limit || units.len / 2 > TS_WINDOWS_PASSWORD_MAX)
            ok = ts_fail(err, TS_LIMIT,
                         "the password has more than the %u characters that Windows "
                         "Setup takes",
                         TS_WINDOWS_PASSWORD_MAX);
        utf16(&units, name);
        base64(&text, (const unsigned char *)ts_buf_text(&units), units.len);
    }
    char *value TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s/Value", path);
    char *plain TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s/PlainText", path);
    if (ok && (!value || !plain || units.no_memory || text.no_memory))
        ok = ts_fail_nomem(err);
    ok = ok && ts_unattend_set(u, pass, component, value, ts_buf_text(&text), err) &&
         ts_unattend_set(u, pass, component, plain, "false", err);
    if (units.data)
        ts_wipe(units.data, units.cap);
    if (text.data)
        ts_wipe(text.data, text.cap);
    ts_buf_done(&units);
    ts_buf_done(&text);
    return ok;
}

bool ts_computer_name_check(const char *name, ts_err **err)
{
    /* Microsoft: "Naming conventions in Active Directory for computers": letters, digits and '-'
     * (the other characters that NetBIOS would take are refused by Windows Setup), 15 characters,
     * not digits only. '*' alone lets Setup make a name. */
    size_t len = strlen(name);
    size_t good = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    if (strcmp(name, "*") == 0)
        return true;
    if (len == 0)
        return ts_fail(err, TS_SCHEMA, "the computer name is empty");
    /* A reference that nothing resolved stays as it is written. */
    const char *end = name[good] == '%' ? strchr(name + good + 1, '%') : NULL;
    if (end)
        return ts_fail(err, TS_SCHEMA,
                       "computer name '%s': the variable '%.*s' is not set: set it in a step or "
                       "rule before this one, or with --var",
                       name, (int)(end - (name + good + 1)), name + good + 1);
    if (good < len)
        return ts_fail(err, TS_SCHEMA,
                       "computer name '%s': a name has letters, digits and '-' only (not '%c')",
                       name, name[good]);
    if (len > TS_COMPUTER_NAME_MAX)
        return ts_fail(err, TS_SCHEMA, "computer name '%s' has %zu characters, and 15 are possible",
                       name, len);
    if (strspn(name, "0123456789") == len)
        return ts_fail(err, TS_SCHEMA, "computer name '%s' must not be digits only", name);
    return true;
}

/* Microsoft: "Default time zones" (Windows hardware documentation); compared with the names that
 * Unicode CLDR has in windowsZones.xml, which leaves out the two that Windows calls "- Old". */
static const char *const zones[] = {"Afghanistan Standard Time",
                                    "Alaskan Standard Time",
                                    "Aleutian Standard Time",
                                    "Altai Standard Time",
                                    "Arab Standard Time",
                                    "Arabian Standard Time",
                                    "Arabic Standard Time",
                                    "Argentina Standard Time",
                                    "Astrakhan Standard Time",
                                    "Atlantic Standard Time",
                                    "AUS Central Standard Time",
                                    "Aus Central W. Standard Time",
                                    "AUS Eastern Standard Time",
                                    "Azerbaijan Standard Time",
                                    "Azores Standard Time",
                                    "Bahia Standard Time",
                                    "Bangladesh Standard Time",
                                    "Belarus Standard Time",
                                    "Bougainville Standard Time",
                                    "Canada Central Standard Time",
                                    "Cape Verde Standard Time",
                                    "Caucasus Standard Time",
                                    "Cen. Australia Standard Time",
                                    "Central America Standard Time",
                                    "Central Asia Standard Time",
                                    "Central Brazilian Standard Time",
                                    "Central Europe Standard Time",
                                    "Central European Standard Time",
                                    "Central Pacific Standard Time",
                                    "Central Standard Time",
                                    "Central Standard Time (Mexico)",
                                    "Chatham Islands Standard Time",
                                    "China Standard Time",
                                    "Cuba Standard Time",
                                    "Dateline Standard Time",
                                    "E. Africa Standard Time",
                                    "E. Australia Standard Time",
                                    "E. Europe Standard Time",
                                    "E. South America Standard Time",
                                    "Easter Island Standard Time",
                                    "Eastern Standard Time",
                                    "Eastern Standard Time (Mexico)",
                                    "Egypt Standard Time",
                                    "Ekaterinburg Standard Time",
                                    "Fiji Standard Time",
                                    "FLE Standard Time",
                                    "Georgian Standard Time",
                                    "GMT Standard Time",
                                    "Greenland Standard Time",
                                    "Greenwich Standard Time",
                                    "GTB Standard Time",
                                    "Haiti Standard Time",
                                    "Hawaiian Standard Time",
                                    "India Standard Time",
                                    "Iran Standard Time",
                                    "Israel Standard Time",
                                    "Jordan Standard Time",
                                    "Kaliningrad Standard Time",
                                    "Kamchatka Standard Time",
                                    "Korea Standard Time",
                                    "Libya Standard Time",
                                    "Line Islands Standard Time",
                                    "Lord Howe Standard Time",
                                    "Magadan Standard Time",
                                    "Magallanes Standard Time",
                                    "Marquesas Standard Time",
                                    "Mauritius Standard Time",
                                    "Mid-Atlantic Standard Time",
                                    "Middle East Standard Time",
                                    "Montevideo Standard Time",
                                    "Morocco Standard Time",
                                    "Mountain Standard Time",
                                    "Mountain Standard Time (Mexico)",
                                    "Myanmar Standard Time",
                                    "N. Central Asia Standard Time",
                                    "Namibia Standard Time",
                                    "Nepal Standard Time",
                                    "New Zealand Standard Time",
                                    "Newfoundland Standard Time",
                                    "Norfolk Standard Time",
                                    "North Asia East Standard Time",
                                    "North Asia Standard Time",
                                    "North Korea Standard Time",
                                    "Omsk Standard Time",
                                    "Pacific SA Standard Time",
                                    "Pacific Standard Time",
                                    "Pacific Standard Time (Mexico)",
                                    "Pakistan Standard Time",
                                    "Paraguay Standard Time",
                                    "Qyzylorda Standard Time",
                                    "Romance Standard Time",
                                    "Russia Time Zone 10",
                                    "Russia Time Zone 11",
                                    "Russia Time Zone 3",
                                    "Russian Standard Time",
                                    "SA Eastern Standard Time",
                                    "SA Pacific Standard Time",
                                    "SA Western Standard Time",
                                    "Saint Pierre Standard Time",
                                    "Sakhalin Standard Time",
                                    "Samoa Standard Time",
                                    "Sao Tome Standard Time",
                                    "Saratov Standard Time",
                                    "SE Asia Standard Time",
                                    "Singapore Standard Time",
                                    "South Africa Standard Time",
                                    "South Sudan Standard Time",
                                    "Sri Lanka Standard Time",
                                    "Sudan Standard Time",
                                    "Syria Standard Time",
                                    "Taipei Standard Time",
                                    "Tasmania Standard Time",
                                    "Tocantins Standard Time",
                                    "Tokyo Standard Time",
                                    "Tomsk Standard Time",
                                    "Tonga Standard Time",
                                    "Transbaikal Standard Time",
                                    "Turkey Standard Time",
                                    "Turks And Caicos Standard Time",
                                    "Ulaanbaatar Standard Time",
                                    "US Eastern Standard Time",
                                    "US Mountain Standard Time",
                                    "UTC",
                                    "UTC+12",
                                    "UTC+13",
                                    "UTC-02",
                                    "UTC-08",
                                    "UTC-09",
                                    "UTC-11",
                                    "Venezuela Standard Time",
                                    "Vladivostok Standard Time",
                                    "Volgograd Standard Time",
                                    "W. Australia Standard Time",
                                    "W. Central Africa Standard Time",
                                    "W. Europe Standard Time",
                                    "W. Mongolia Standard Time",
                                    "West Asia Standard Time",
                                    "West Bank Standard Time",
                                    "West Pacific Standard Time",
                                    "Yakutsk Standard Time",
                                    "Yukon Standard Time"};

const char *ts_time_zone_name(const char *name)
{
    for (size_t i = 0; i < TS_COUNT(zones); i++)
        if (ts_str_ieq(zones[i], name))
            return zones[i];
    return NULL;
}

/* Nearly all end alike: what stands before it is compared, and of a longer text its beginning. */
static const char *zone_stem(const char *name, char stem[64])
{
    static const char *const ends[] = {" Standard Time", " Time"};
    size_t len = strlen(name);
    for (size_t i = 0; i < TS_COUNT(ends); i++) {
        size_t tail = strlen(ends[i]);
        if (len > tail && ts_str_ieq(name + len - tail, ends[i])) {
            len -= tail;
            break;
        }
    }
    len = len < 64 ? len : 63;
    memcpy(stem, name, len);
    stem[len] = '\0';
    return stem;
}

const char *ts_time_zone_nearest(const char *name)
{
    char given[64], stem[64];
    const char *best = zones[0];
    unsigned distance = UINT_MAX;
    zone_stem(name, given);
    for (size_t i = 0; i < TS_COUNT(zones); i++) {
        unsigned d = 2 * ts_str_distance(given, zone_stem(zones[i], stem));
        d += ts_str_ncasecmp(given, stem, 1) != 0; /* of two the one that begins alike */
        if (d < distance) {
            distance = d;
            best = zones[i];
        }
    }
    return best;
}
