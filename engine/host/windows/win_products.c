/* win_products.c - installed products from the registry, as Windows Installer and "Apps" keep them:
 * no msi.dll is needed, which Windows PE has only as an option. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define GUID_LENGTH 38 /* with braces */
#define PACKED      32

/* "{12345678-...}" to the form in which Windows Installer names its keys: each group's digits
 * turned round, the last two groups by pairs. Its own inverse, but for dashes. */
static bool pack(const char *guid, char out[PACKED + 1])
{
    static const unsigned char order[PACKED] = {8,  7,  6,  5,  4,  3,  2,  1,  13, 12, 11,
                                                10, 18, 17, 16, 15, 21, 20, 23, 22, 26, 25,
                                                28, 27, 30, 29, 32, 31, 34, 33, 36, 35};
    if (strlen(guid) != GUID_LENGTH || guid[0] != '{' || guid[GUID_LENGTH - 1] != '}')
        return false;
    for (size_t i = 0; i < PACKED; i++)
        out[i] = (char)toupper((unsigned char)guid[order[i]]);
    out[PACKED] = '\0';
    return true;
}

static bool unpack(const char *packed, char out[GUID_LENGTH + 1])
{
    static const unsigned char order[PACKED] = {8,  7,  6,  5,  4,  3,  2,  1,  13, 12, 11,
                                                10, 18, 17, 16, 15, 21, 20, 23, 22, 26, 25,
                                                28, 27, 30, 29, 32, 31, 34, 33, 36, 35};
    if (strlen(packed) != PACKED)
        return false;
    memcpy(out, "{00000000-0000-0000-0000-000000000000}", GUID_LENGTH + 1);
    for (size_t i = 0; i < PACKED; i++)
        out[order[i]] = packed[i];
    return true;
}

/* The version of what is in the uninstall list of one view. *found stays when it is not there. */
static bool look_in(void *self, const char *view, const char *code, bool *found, char **version,
                    ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *key = ts_sprintf("HKEY_LOCAL_MACHINE\\SOFTWARE\\%sMicrosoft\\Windows\\CurrentVersion\\"
                           "Uninstall\\%s",
                           view, code);
    if (!key)
        return ts_fail_nomem(err);
    bool there = false;
    bool has_version = false;
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    if (!ts_win_reg_get(self, key, NULL, &there, NULL, NULL, err) ||
        (there && !ts_win_reg_get(self, key, "DisplayVersion", &has_version, NULL, &text, err)))
        return false;
    if (!there)
        return true;
    *found = true;
    if (version) {
        *version = has_version ? text : ts_strdup("");
        if (has_version)
            text = NULL;
        if (!*version)
            return ts_fail_nomem(err);
    }
    return true;
}

static bool by_product(void *self, const char *code, bool *found, char **version, ts_err **err)
{
    static const char *const views[] = {"", "Wow6432Node\\"};
    for (size_t i = 0; i < TS_COUNT(views); i++) {
        if (!look_in(self, views[i], code, found, version, err))
            return false;
        if (*found)
            return true;
    }
    return true;
}

/* The value names of the key are the packed codes of the products with that upgrade code. */
static bool by_upgrade(void *self, const wchar_t *key, bool *found, char **version, ts_err **err)
{
    HKEY open = NULL;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ | KEY_WOW64_64KEY, &open) !=
        ERROR_SUCCESS)
        return true;
    bool ok = true;
    for (DWORD i = 0; ok && !*found; i++) {
        wchar_t name[64];
        DWORD len = 64;
        if (RegEnumValueW(open, i, name, &len, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        TS_CLEANUP(ts_free_ptr) char *packed = ts_narrow_n(name, len, err);
        char code[GUID_LENGTH + 1];
        ok = packed != NULL;
        if (ok && unpack(packed, code))
            ok = by_product(self, code, found, version, err);
    }
    RegCloseKey(open);
    return ok;
}

bool ts_win_product(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err)
{
    bool there = false;
    if (product_code && *product_code && !by_product(self, product_code, &there, version, err))
        return false;
    char packed[PACKED + 1];
    if (!there && upgrade_code && pack(upgrade_code, packed)) {
        static const char *const places[] = {
            "SOFTWARE\\Classes\\Installer\\UpgradeCodes\\",
            "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer\\UpgradeCodes\\",
        };
        for (size_t i = 0; !there && i < TS_COUNT(places); i++) {
            TS_CLEANUP(ts_free_ptr) char *key = ts_sprintf("%s%s", places[i], packed);
            TS_CLEANUP(ts_free_ptr) wchar_t *wide = key ? ts_wide(key, err) : NULL;
            if (!wide)
                return key ? false : ts_fail_nomem(err);
            if (!by_upgrade(self, wide, &there, version, err))
                return false;
        }
    }
    *found = there;
    return true;
}
